"""Putting right what was written by a clock that was ahead of today's.

Nothing in the rows says which of the two clocks is wrong, so nothing that is over is changed. What
says when to act next is pulled back to now. What is still going on, a try or the wait for a
receipt, goes back by as much as the clock did: how long ago it was counts. What was said for a
later day is moved aside, with the instant that the planner had reached. When that day comes, the
instant tells which clock was wrong: see `said` and docs/decisions/0015.
"""

import logging
from datetime import datetime, time, timedelta

from scheduling import zones
from scheduling.clock import TOLERANCE
from scheduling.rota import rotation
from storage.database import database, read_instant, reading, stored_instant, writing
from storage.models import Notification

log = logging.getLogger("whoseonfirst.planning")

# A clock may step over an event while it isn't believed yet, so planning starts over this far back.
REPLANNED = timedelta(minutes=2)
# A clock set back by more than this is as likely wrong as the one before: what waits is left alone.
FAR = timedelta(hours=36)
# A planner never looks back further, so what is older needs no new key.
OLDEST = timedelta(days=8)

_AHEAD = "SELECT id, planned_until, time_zone FROM teams WHERE planned_until > ?"
# The key is free for the notification of the true day, and is still one of a kind.
_MOVE_ASIDE = """
UPDATE notification_log
SET moved_aside_at = ?1, dedupe_key = 'early:' || ?1 || ':' || dedupe_key || '#' || id
WHERE team_id = ?2 AND due_at >= ?3 AND due_at > ?4 AND moved_aside_at IS NULL
"""
# What was moved aside counts once the clock has passed what it read then.
_SAID = """
SELECT 1 FROM notification_log
WHERE event = ?1 AND (moved_aside_at IS NULL OR moved_aside_at <= ?2)
AND (?3 IS NULL OR due_at = ?3) LIMIT 1
"""
_SAID_ANEW = """
SELECT 1 FROM notification_log
WHERE event = ? AND kind = ? AND team_member_id IS ? AND moved_aside_at IS NULL LIMIT 1
"""
# A message of later today waits for its time; the rest is tried, or looked at, at once.
_WAITING = """
UPDATE notification_log SET next_attempt_at =
    CASE WHEN about IS NOT NULL AND due_at > ?1 AND due_at < ?3
        AND status IN ('pending', 'retrying', 'uncertain')
    THEN due_at ELSE ?1 END
WHERE team_id = ?2 AND next_attempt_at > ?1
"""
_WATCHED = "UPDATE notification_log SET watch_at = ?1 WHERE team_id = ?2 AND watch_at > ?1"
_CLAIMED = """
UPDATE notification_log SET claimed_at = ?1
WHERE team_id = ?2 AND status = 'sending' AND claimed_at > ?1
"""
# What is not settled, or has steps of a chain still to come, and its tries: by the row's id, the
# columns with instants, from now on those that lie ahead of it.
_OPEN = """
team_id = ?1 AND (
    status IN ('pending', 'sending', 'retrying', 'uncertain', 'sent') OR watch_at IS NOT NULL
    OR fallback_of_id IN (SELECT id FROM notification_log WHERE watch_at IS NOT NULL)
)
"""
_GOING_ON = {
    "notification_log": (
        ("created_at", "sent_at", "leaves_at"),
        f"SELECT id, created_at, sent_at, leaves_at FROM notification_log"
        f" WHERE {_OPEN} AND created_at > ?2",
    ),
    "delivery_attempts": (
        ("started_at", "finished_at"),
        f"SELECT id, started_at, finished_at FROM delivery_attempts WHERE started_at > ?2"
        f" AND notification_id IN (SELECT id FROM notification_log WHERE {_OPEN})",
    ),
}


def put_right(now: datetime) -> None:
    """Put right the teams that are planned further than now, because the clock was set back."""
    with reading():
        if not database.execute_sql(_AHEAD, (stored_instant(now + TOLERANCE),)).fetchone():
            return
    with writing():
        found = database.execute_sql(_AHEAD, (stored_instant(now + TOLERANCE),)).fetchall()
        for team_id, planned, zone in found:
            _put_right(team_id, planned, zone, now)
    log.warning(
        "The clock was set back: notifications were planned up to %s. They are planned again from "
        "now on; nothing is sent twice.",
        max(planned for _, planned, _ in found),
    )


def said(event: str, now: datetime, at: datetime | None = None) -> bool:
    """Tell whether the notifications of an event were written, at their true time.

    Those moved aside count if the clock has passed what it read when they were: then it was right
    before, and wrong when it was set back. With `at`, they must have been due at that instant.
    """
    values = (event, stored_instant(now), at and stored_instant(at))
    return bool(database.execute_sql(_SAID, values).fetchone())


def void(row: Notification, now: datetime) -> bool:
    """Tell whether a notification that was moved aside was written by a clock that was wrong."""
    if row.moved_aside_at is None:
        return False
    values = (row.event, row.kind, row.team_member_id)
    return now < row.moved_aside_at or bool(database.execute_sql(_SAID_ANEW, values).fetchone())


def _put_right(team_id: int, planned: str, zone: str, now: datetime) -> None:
    mark, tomorrow, reached = stored_instant(now), _tomorrow(zone, now), _reached(planned, now)
    oldest = stored_instant(reached - OLDEST)
    database.execute_sql(_MOVE_ASIDE, (stored_instant(reached), team_id, tomorrow, oldest))
    if reached - now <= FAR:
        _go_back(team_id, reached - now, now)
        database.execute_sql(_WAITING, (mark, team_id, tomorrow))
        for statement in (_WATCHED, _CLAIMED):
            database.execute_sql(statement, (mark, team_id))
    database.execute_sql(
        "UPDATE teams SET planned_until = ? WHERE id = ?",
        (stored_instant(now - REPLANNED), team_id),
    )


def _go_back(team_id: int, by: timedelta, now: datetime) -> None:
    """Let what is still going on have begun as long ago as it was."""
    for table, (columns, query) in _GOING_ON.items():
        found = database.execute_sql(query, (team_id, stored_instant(now))).fetchall()
        sets = ", ".join(f"{column} = ?" for column in columns)
        for number, *instants in found:
            earlier = [at and stored_instant(read_instant(at) - by) for at in instants]
            database.execute_sql(f"UPDATE {table} SET {sets} WHERE id = ?", (*earlier, number))


def _reached(planned: str, now: datetime) -> datetime:
    try:
        return read_instant(planned)
    except ValueError:
        return now  # no instant at all: it only has to be one again


def _tomorrow(zone: str, now: datetime) -> str:
    """Return the beginning of tomorrow in a team's zone, as it is stored."""
    there = zones.known(zone)
    if there is None:
        return stored_instant(now + timedelta(days=1))
    tomorrow = now.astimezone(there).date() + timedelta(days=1)
    return stored_instant(rotation.instant(tomorrow, time(0), there))
