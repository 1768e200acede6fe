"""Reads a span of a team's timeline, and inserts assignments."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, Protocol

from storage.database import database, read_instant, stored_instant
from storage.models import LONGEST_OVERRIDE, LONGEST_SHIFT

_ASSIGNMENTS = """
SELECT held.id, held.team_member_id, held.shift_id, shifts.shift_number, held.start_datetime,
    held.end_datetime
FROM schedule AS held JOIN shifts ON shifts.id = held.shift_id
WHERE held.team_id = ? AND held.start_datetime > ? AND held.start_datetime < ?
    AND held.end_datetime > ?
ORDER BY held.start_datetime
"""
_OVERRIDES = """
SELECT id, team_member_id, start_datetime, end_datetime, reason
FROM overrides
WHERE team_id = ? AND start_datetime > ? AND start_datetime < ? AND end_datetime > ?
    AND (cancelled_at IS NULL OR cancelled_at >= end_datetime)
ORDER BY id
"""
_END = """
SELECT max(end_datetime) FROM (
    SELECT max(end_datetime) AS end_datetime FROM schedule WHERE team_id = ?
    UNION ALL SELECT max(end_datetime) FROM overrides WHERE team_id = ? AND cancelled_at IS NULL
)
"""
_BEFORE = """
SELECT 1 FROM schedule WHERE team_id = ?1 AND start_datetime < ?2
UNION ALL SELECT 1 FROM overrides WHERE team_id = ?1 AND start_datetime < ?2 LIMIT 1
"""
_PLANNED = """
SELECT end_datetime FROM schedule WHERE team_id = ? ORDER BY start_datetime DESC LIMIT 1
"""
_INSERT = """
INSERT INTO schedule (team_id, team_member_id, shift_id, week_number, start_datetime, end_datetime,
    created_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""


class StoredAssignment(NamedTuple):
    """An assignment on the timeline. `number` is that of its shift in the team."""

    id: int
    member: int
    shift: int
    number: int
    start: datetime
    end: datetime


class StoredOverride(NamedTuple):
    """An override on the timeline."""

    id: int
    member: int
    start: datetime
    end: datetime
    reason: str | None


class NewAssignment(Protocol):
    """An assignment to be stored. `shift` is the shift's id, `week` counts from 1970."""

    @property
    def member(self) -> int: ...
    @property
    def shift(self) -> int: ...
    @property
    def week(self) -> int: ...
    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...


def all_in(
    team: int, start: datetime, end: datetime
) -> tuple[list[StoredAssignment], list[StoredOverride]]:
    """Return the assignments and the overrides of a team in [start, end)."""
    edges = stored_instant(end), stored_instant(start)
    return _assignments(team, start, *edges), _overrides(team, start, *edges)


def assignments(team: int, start: datetime, end: datetime) -> list[StoredAssignment]:
    """Return the assignments of a team that touch [start, end), earliest first."""
    return _assignments(team, start, stored_instant(end), stored_instant(start))


def overrides(team: int, start: datetime, end: datetime) -> list[StoredOverride]:
    """Return the overrides of a team that were or are in force in [start, end), oldest first.

    An override that was cancelled while it ran was true until then; its end was moved to that
    instant, so it still tells the past.
    """
    return _overrides(team, start, stored_instant(end), stored_instant(start))


def _assignments(team: int, start: datetime, *edges: str) -> list[StoredAssignment]:
    bounds = team, stored_instant(start - LONGEST_SHIFT), *edges
    return [
        StoredAssignment(row, member, shift, number, read_instant(begin), read_instant(finish))
        for row, member, shift, number, begin, finish in database.execute_sql(_ASSIGNMENTS, bounds)
    ]


def _overrides(team: int, start: datetime, *edges: str) -> list[StoredOverride]:
    bounds = team, stored_instant(start - LONGEST_OVERRIDE), *edges
    return [
        StoredOverride(number, member, read_instant(begin), read_instant(finish), reason)
        for number, member, begin, finish, reason in database.execute_sql(_OVERRIDES, bounds)
    ]


def stored_until(team: int) -> datetime | None:
    """Return where a team's last assignment or override ends; None without any."""
    (end,) = database.execute_sql(_END, (team, team)).fetchone()
    return read_instant(end) if end else None


def anybody_before(team: int, at: datetime) -> bool:
    """Tell whether an assignment or an override of a team began before an instant."""
    found = database.execute_sql(_BEFORE, (team, stored_instant(at)))
    return found.fetchone() is not None


def planned_until(team: int) -> datetime | None:
    """Return the end of the assignment that begins last; None without any."""
    last = database.execute_sql(_PLANNED, (team,)).fetchone()
    return read_instant(last[0]) if last else None


def insert_assignments(team: int, new: Iterable[NewAssignment], now: datetime) -> None:
    """Store assignments of a team: ten years of them in a moment."""
    created = stored_instant(now)
    database.connection().executemany(
        _INSERT,
        [
            (
                team,
                one.member,
                one.shift,
                one.week,
                stored_instant(one.start),
                stored_instant(one.end),
                created,
            )
            for one in new
        ],
    )
