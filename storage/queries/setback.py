"""Queries that correct what was written while the clock was ahead."""

from datetime import datetime, timedelta

from storage.database import database, read_instant, stored_instant
from storage.models import Notification
from storage.statuses import ON_ITS_WAY, OPEN, Status, in_sql

# The row's key becomes free for the notification of the true day, and stays unique.
_MOVE_ASIDE = """
UPDATE notification_log
SET moved_aside_at = ?1, dedupe_key = 'early:' || ?1 || ':' || dedupe_key || '#' || id
WHERE team_id = ?2 AND due_at >= ?3 AND due_at > ?4 AND moved_aside_at IS NULL
"""
_SAID = """
SELECT 1 FROM notification_log
WHERE event = ?1 AND (moved_aside_at IS NULL OR moved_aside_at <= ?2)
AND (?3 IS NULL OR due_at = ?3) LIMIT 1
"""
_SAID_AGAIN = """
SELECT 1 FROM notification_log
WHERE event = ? AND kind = ? AND team_member_id IS ? AND moved_aside_at IS NULL LIMIT 1
"""
_TRY_NOW = f"""
UPDATE notification_log SET next_attempt_at =
    CASE WHEN about IS NOT NULL AND due_at > ?1 AND due_at < ?3 AND status IN {in_sql(OPEN)}
    THEN due_at ELSE ?1 END
WHERE team_id = ?2 AND next_attempt_at > ?1
"""
_WATCH_NOW = "UPDATE notification_log SET watch_at = ?1 WHERE team_id = ?2 AND watch_at > ?1"
_CLAIMED_NOW = f"""
UPDATE notification_log SET claimed_at = ?1
WHERE team_id = ?2 AND status = '{Status.SENDING}' AND claimed_at > ?1
"""
# What isn't settled, or whose chain isn't over.
_GOING_ON = f"""
team_id = ?1 AND (
    status IN {in_sql((*ON_ITS_WAY, Status.SENT))} OR watch_at IS NOT NULL
    OR fallback_of_id IN (SELECT id FROM notification_log WHERE watch_at IS NOT NULL)
)
"""
# By the table: its columns with instants, and its rows that are going on and were begun later than
# now, with these.
_BEGUN = {
    "notification_log": (
        ("created_at", "sent_at", "leaves_at"),
        f"SELECT id, created_at, sent_at, leaves_at FROM notification_log"
        f" WHERE {_GOING_ON} AND created_at > ?2",
    ),
    "delivery_attempts": (
        ("started_at", "finished_at"),
        f"SELECT id, started_at, finished_at FROM delivery_attempts WHERE started_at > ?2"
        f" AND notification_id IN (SELECT id FROM notification_log WHERE {_GOING_ON})",
    ),
}


def said(event: str, now: datetime, at: datetime | None) -> bool:
    """Tell whether an event's notifications were written, at `at` if that is given.

    A row moved aside counts once the clock has passed the instant it had reached then.
    """
    values = (event, stored_instant(now), at and stored_instant(at))
    return database.execute_sql(_SAID, values).fetchone() is not None


def said_again(row: Notification) -> bool:
    """Tell whether the same was written again since a notification was moved aside."""
    values = (row.event, row.kind, row.team_member_id)
    return database.execute_sql(_SAID_AGAIN, values).fetchone() is not None


def move_aside(team: int, reached: datetime, due_from: datetime, due_after: datetime) -> None:
    """Move aside what is due from one instant on, and after another; note what was `reached`."""
    values = (stored_instant(reached), team, stored_instant(due_from), stored_instant(due_after))
    database.execute_sql(_MOVE_ASIDE, values)


def act_now(team: int, now: datetime, tomorrow: datetime) -> None:
    """Pull the time of the next action back to now.

    A message for later today waits for its time; the rest is tried or checked at once.
    """
    mark = stored_instant(now)
    database.execute_sql(_TRY_NOW, (mark, team, stored_instant(tomorrow)))
    database.execute_sql(_WATCH_NOW, (mark, team))
    database.execute_sql(_CLAIMED_NOW, (mark, team))


def go_back(team: int, by: timedelta, now: datetime) -> None:
    """Move the beginning of what is still going on back by this much."""
    for table, (columns, begun) in _BEGUN.items():
        found = database.execute_sql(begun, (team, stored_instant(now))).fetchall()
        sets = ", ".join(f"{column} = ?" for column in columns)
        for number, *instants in found:
            earlier = [at and stored_instant(read_instant(at) - by) for at in instants]
            database.execute_sql(f"UPDATE {table} SET {sets} WHERE id = ?", (*earlier, number))
