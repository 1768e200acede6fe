"""Putting a notification into the outbox."""

from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter

from storage.database import database, stored_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotification:
    """A new row of the outbox, by its columns: see `models.Notification`."""

    team_id: int
    kind: str
    purpose: str
    status: str
    text: str
    dedupe_key: str
    due_at: datetime
    created_at: datetime
    next_attempt_at: datetime | None
    watch_at: datetime | None = None
    attempts: int = 0
    team_member_id: int | None = None
    schedule_id: int | None = None
    fallback_of_id: int | None = None
    stands_for_id: int | None = None
    proposal_id: int | None = None
    event: str | None = None
    about: str | None = None
    slack_user_id: str | None = None
    phone: str | None = None
    buttons: str | None = None


_COLUMNS = tuple(field.name for field in fields(NewNotification))
_values_of = attrgetter(*_COLUMNS)
_INSERT = (
    f"INSERT INTO notification_log ({', '.join(_COLUMNS)})"
    f" VALUES ({', '.join('?' * len(_COLUMNS))}) ON CONFLICT (dedupe_key) DO NOTHING"
)


def insert(new: NewNotification) -> bool:
    """Store a notification; False if its key is there already.

    The unique key decides that, so a second planner, or a second run, changes nothing.
    """
    values = [
        stored_instant(value) if isinstance(value, datetime) else value for value in _values_of(new)
    ]
    return bool(database.execute_sql(_INSERT, values).rowcount)
