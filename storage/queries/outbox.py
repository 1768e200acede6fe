"""Queries of the outbox: what to send, track and refresh, and claiming and recording it.

Every tick runs them. They almost always find nothing, and otherwise perhaps thousands of rows.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from peewee import fn

from storage.database import database, read_instant, stored_instant
from storage.models import Member, Notification, Team
from storage.statuses import (
    DUTY,
    HAS_FAILED,
    OPEN,
    POSTS,
    WITHDRAWN,
    Kind,
    Outcome,
    Purpose,
    Status,
    Trait,
    in_sql,
    purposes,
)

_KINDS = {str(kind): kind for kind in Kind}
_ANYTHING_DUE = f"""
SELECT 1 FROM notification_log WHERE status IN {in_sql(OPEN)} AND next_attempt_at <= ? LIMIT 1
"""
_ABANDONED = f"""
SELECT id FROM notification_log WHERE status = '{Status.SENDING}' AND claimed_at <= ?
"""
_RIVALS = f"""
SELECT count(*) FROM notification_log
WHERE status IN {in_sql((Status.SENDING, Status.UNCERTAIN))} AND kind = '{Kind.SMS}'
    AND phone = ? AND id <> ?
"""
_MESSAGE_IDS = """
SELECT twilio_sid FROM notification_log
WHERE sent_at > ? AND twilio_sid IS NOT NULL AND id <> ?
"""
_SEGMENTS_USED = f"""
SELECT team_id, sum(segments) FROM notification_log
WHERE sent_at > ? AND kind = '{Kind.SMS}' GROUP BY team_id
"""
_NOTIFIED_IN_THE_MORNING = f"""
SELECT team_member_id, due_at FROM notification_log
WHERE team_id = ? AND due_at >= ? AND due_at < ? AND kind = '{Kind.SMS}'
    AND purpose = '{Purpose.DAILY}' AND status NOT IN {in_sql(WITHDRAWN)}
    AND (delivered_at IS NOT NULL OR acknowledged_at IS NOT NULL OR watch_at IS NOT NULL)
"""
_NEWEST = """
SELECT kind, team_member_id, max(due_at) FROM notification_log
WHERE team_id = ? AND about IS NOT NULL AND due_at >= ? AND due_at <= ?
GROUP BY kind, team_member_id
"""
_AWAITS_REPLY = f"""
SELECT 1 FROM notification_log
WHERE sent_at > ? AND kind = '{Kind.SMS}' AND purpose IN {in_sql(purposes(Trait.AWAITS_REPLY))}
    AND acknowledged_at IS NULL LIMIT 1
"""
_SUPERSEDED = f"""
SELECT 1 FROM notification_log
WHERE team_id = ? AND team_member_id IS ? AND due_at > ? AND due_at <= ?
    AND kind NOT IN {in_sql(POSTS)} AND purpose IN {in_sql(DUTY)}
    AND status NOT IN {in_sql(WITHDRAWN)} LIMIT 1
"""
# An unchanged text isn't written, because somebody may have added to a note since it was read.
_CLAIM = f"""
UPDATE notification_log SET status = '{Status.SENDING}', claimed_at = ?, attempts = ?,
    next_attempt_at = NULL, text = coalesce(?, text), phone = ?
WHERE id = ? AND status IN {in_sql(OPEN)}
"""
_ATTEMPT = "INSERT INTO delivery_attempts (notification_id, number, started_at) VALUES (?, ?, ?)"
_SENT = f"""
UPDATE notification_log SET status = '{Status.SENT}', sent_at = ?, next_attempt_at = ?,
    twilio_sid = ?, segments = ?, leaves_at = ?, error_code = NULL, error_message = NULL
WHERE id = ? AND status = '{Status.SENDING}'
"""
_POSTED = f"""
UPDATE notification_log SET status = '{Status.DELIVERED}', sent_at = ?, delivered_at = ?,
    next_attempt_at = ?, slack_ts = ?, shown = ?, error_code = NULL, error_message = NULL
WHERE id = ? AND status = '{Status.SENDING}'
"""
_TRIED = f"""
UPDATE delivery_attempts SET finished_at = ?, outcome = '{Outcome.SENT}'
WHERE notification_id = ? AND number = ?
"""
_TAKEN = """
SELECT sent_at, segments FROM notification_log
WHERE kind = ? AND sent_at > ? AND sent_at <= ? ORDER BY sent_at
"""
_TO_TRACK = f"""
SELECT id, kind, twilio_sid FROM notification_log
WHERE status = '{Status.SENT}' AND next_attempt_at <= ?
"""
_TO_REVISIT = """
SELECT id, kind, twilio_sid, sent_at FROM notification_log
WHERE revisit_at <= ? AND twilio_sid IS NOT NULL AND sent_at IS NOT NULL
"""
_WATCHED = "SELECT id FROM notification_log WHERE watch_at <= ?"
# Posts about somebody who wasn't reached are urgent: these purposes, and the post of a morning or
# handoff whose SMS failed, or has a step of its chain.
_TO_REFRESH = f"""
SELECT id, sent_at, next_attempt_at,
    purpose IN {in_sql((Purpose.WARNING, Purpose.DIRECT, Purpose.ESCALATION))} OR EXISTS (
        SELECT 1 FROM notification_log AS call
        WHERE post.kind = '{Kind.ANNOUNCEMENT}' AND post.purpose IN {in_sql(DUTY)}
            AND call.kind = '{Kind.SMS}' AND call.event = post.event
            AND call.moved_aside_at IS post.moved_aside_at
            AND (call.status IN {in_sql(HAS_FAILED)} OR EXISTS (
                SELECT 1 FROM notification_log AS step WHERE step.fallback_of_id = call.id
            ))
    )
FROM notification_log AS post WHERE status = '{Status.DELIVERED}' AND next_attempt_at <= ?
"""


_WAITS = f"""
SELECT
    (SELECT min(next_attempt_at) FROM notification_log
        WHERE status IN {in_sql((*OPEN, Status.DELIVERED))}
            OR status = '{Status.SENT}' AND sent_at > ?),
    (SELECT min(claimed_at) FROM notification_log WHERE status = '{Status.SENDING}'),
    (SELECT min(watch_at) FROM notification_log)
"""


class Taken(NamedTuple):
    """A notification to claim. `text` is None if the stored one stays."""

    id: int
    attempt: int
    text: str | None
    phone: str | None


class Sent(NamedTuple):
    """A message that a provider accepted and gives receipts for.

    `ask_at` is when to poll the first time, `leaves_at` when it leaves the provider's queue (None:
    at once).
    """

    id: int
    attempt: int
    message_id: str
    at: datetime
    ask_at: datetime
    segments: int
    leaves_at: datetime | None


class Posted(NamedTuple):
    """A message that is in Slack, as it is `shown` there."""

    id: int
    attempt: int
    message_id: str
    at: datetime
    shown: str | None


class InQueue(NamedTuple):
    """A message that a provider accepted."""

    at: datetime
    segments: int | None


class ToTrack(NamedTuple):
    """A message whose receipt is to be polled."""

    id: int
    kind: Kind
    message_id: str


class ToRevisit(NamedTuple):
    """A settled message that something is still missing for."""

    id: int
    kind: Kind
    message_id: str
    sent_at: datetime


class ToRefresh(NamedTuple):
    """A post that may not be up to date."""

    id: int
    urgent: bool
    posted_at: datetime
    due_at: datetime


def anything_due(now: datetime) -> bool:
    """Tell whether anything is to be sent."""
    return database.execute_sql(_ANYTHING_DUE, (stored_instant(now),)).fetchone() is not None


def due(now: datetime) -> list[Notification]:
    """Return what is due, with its team and member, in the order of sending."""
    query = (
        Notification.select(Notification, Team, Member)
        .join(Team)
        .switch(Notification)
        .join(Member, "LEFT JOIN", on=Notification.team_member)
        .where(
            Notification.status.in_(OPEN),
            Notification.next_attempt_at <= now,
            # A team whose row is invalid must not make the whole query fail.
            fn.datetime(Team.created_at).is_null(False),
        )
        # SMS before posts of the same time, because they wake people.
        .order_by(Notification.due_at, Notification.kind.desc(), Notification.id)
    )
    return list(query)


def notified_in_the_morning(
    team: int, since: datetime, until: datetime
) -> list[tuple[int, datetime]]:
    """Return the members with a morning's SMS that was due in [since, until), and when.

    SMS that were withdrawn are left out, and those whose chain ended without any confirmation.
    """
    values = (team, stored_instant(since), stored_instant(until))
    found = database.execute_sql(_NOTIFIED_IN_THE_MORNING, values)
    return [(int(member), read_instant(due)) for member, due in found]


def last_post(team: Team) -> Notification | None:
    """Return the team's last post that was posted or given up; None if there is none."""
    last: Notification | None = (
        Notification.select()
        .where(
            Notification.team == team,
            Notification.kind == Kind.ANNOUNCEMENT,
            Notification.status.in_((Status.DELIVERED, Status.FAILED)),
        )
        .order_by(Notification.id.desc())
        .first()
    )
    return last


def newest_due(
    team: int, since: datetime, until: datetime
) -> dict[tuple[Kind, int | None], datetime]:
    """Return when a team's newest text of each kind to each member (None: the channel) was due."""
    values = (team, stored_instant(since), stored_instant(until))
    return {
        (_KINDS[kind], member): read_instant(due_at)
        for kind, member, due_at in database.execute_sql(_NEWEST, values)
    }


def segments_used(since: datetime) -> dict[int, int]:
    """Return how many segments each team has sent."""
    found = database.execute_sql(_SEGMENTS_USED, (stored_instant(since),))
    return {team: used or 0 for team, used in found}


def anybody_may_reply(since: datetime) -> bool:
    """Tell whether an SMS sent since then still awaits a reply."""
    return database.execute_sql(_AWAITS_REPLY, (stored_instant(since),)).fetchone() is not None


def was_texted(phone: str) -> bool:
    """Tell whether an SMS to a number was sent, as far as we know, or may have been."""
    query = Notification.select().where(
        Notification.phone == phone, Notification.kind == Kind.SMS, Notification.attempts > 0
    )
    # There is no index of numbers, but they mostly reply to something recent.
    return bool(query.order_by(Notification.id.desc()).exists())


def is_superseded(team: int, member: int | None, after: datetime, until: datetime) -> bool:
    """Tell whether a member has another duty SMS, not withdrawn, that was due in (after, until]."""
    values = (team, member, stored_instant(after), stored_instant(until))
    return database.execute_sql(_SUPERSEDED, values).fetchone() is not None


def claim(taken: Sequence[Taken], now: datetime) -> int:
    """Claim notifications and begin their attempts; return how many could be claimed."""
    at = stored_instant(now)
    marked = database.connection().executemany(
        _CLAIM, [(at, one.attempt, one.text, one.phone, one.id) for one in taken]
    )
    attempts = [(one.id, one.attempt, at) for one in taken]
    database.connection().executemany(_ATTEMPT, attempts)
    return int(marked.rowcount)


def abandoned(claimed_by: datetime) -> list[int]:
    """Return what was claimed at this instant or earlier, and is still being sent."""
    found = database.execute_sql(_ABANDONED, (stored_instant(claimed_by),))
    return [number for (number,) in found]


def rivals(phone: str | None, but: int) -> int:
    """Return how many other SMS to a number are being sent or are uncertain."""
    (count,) = database.execute_sql(_RIVALS, (phone, but)).fetchone()
    return int(count)


def message_ids(since: datetime, but: int) -> frozenset[str]:
    """Return the message ids of what was sent since then, except for one notification."""
    found = database.execute_sql(_MESSAGE_IDS, (stored_instant(since), but))
    return frozenset(message_id for (message_id,) in found)


def record(sent: Sequence[Sent], posted: Sequence[Posted]) -> None:
    """Record what was sent, if it's still claimed, and end the attempts."""
    database.connection().executemany(
        _SENT,
        [
            (
                stored_instant(one.at),
                stored_instant(one.ask_at),
                one.message_id,
                one.segments,
                one.leaves_at and stored_instant(one.leaves_at),
                one.id,
            )
            for one in sent
        ],
    )
    database.connection().executemany(
        _POSTED,
        [(*[stored_instant(one.at)] * 3, one.message_id, one.shown, one.id) for one in posted],
    )
    both: list[Sent | Posted] = [*sent, *posted]
    tries = [(stored_instant(one.at), one.id, one.attempt) for one in both]
    database.connection().executemany(_TRIED, tries)


def in_queue(kind: Kind, since: datetime, until: datetime) -> list[InQueue]:
    """Return what a provider accepted in (since, until], the oldest first."""
    found = database.execute_sql(_TAKEN, (kind, stored_instant(since), stored_instant(until)))
    return [InQueue(read_instant(at), segments) for at, segments in found.fetchall()]


def to_track(now: datetime) -> list[ToTrack]:
    """Return the messages whose receipts are to be polled."""
    found = database.execute_sql(_TO_TRACK, (stored_instant(now),)).fetchall()
    return [ToTrack(number, _KINDS[kind], message_id) for number, kind, message_id in found]


def to_revisit(now: datetime) -> list[ToRevisit]:
    """Return the settled messages that are to be polled again."""
    found = database.execute_sql(_TO_REVISIT, (stored_instant(now),)).fetchall()
    return [
        ToRevisit(number, _KINDS[kind], message_id, read_instant(sent_at))
        for number, kind, message_id, sent_at in found
    ]


def watched(now: datetime) -> list[int]:
    """Return the SMS whose chains are due to be checked."""
    found = database.execute_sql(_WATCHED, (stored_instant(now),)).fetchall()
    return [number for (number,) in found]


def to_refresh(now: datetime) -> list[ToRefresh]:
    """Return the posts that are due to be refreshed."""
    found = database.execute_sql(_TO_REFRESH, (stored_instant(now),)).fetchall()
    return [
        ToRefresh(number, bool(urgent), read_instant(posted), read_instant(since))
        for number, posted, since, urgent in found
    ]


def first_waits(since: datetime) -> tuple[datetime | None, datetime | None, datetime | None]:
    """Return the earliest next attempt, claim, and check of a chain.

    A text that was sent by `since` counts as one whose receipt has come.
    """
    found = database.execute_sql(_WAITS, (stored_instant(since),)).fetchone()
    tried, claimed, watched = (read_instant(one) if one else None for one in found)
    return tried, claimed, watched
