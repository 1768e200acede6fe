"""Queries about all teams, including those whose rows are invalid."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from storage.database import database, read_instant, stored_instant
from storage.models import Team
from storage.statuses import OPEN, LeadSource, in_sql

# One query for all teams, because every tick runs it, and mostly nothing is due.
_UNPLANNED = f"""
SELECT id, time_zone, notify_at, planned_until, {
    " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} AS held WHERE held.team_id = teams.id"
        f" AND held.{edge} > planned_until AND held.{edge} <= ?1)"
        for table in ("schedule", "overrides")
        for edge in ("start_datetime", "end_datetime")
    )
}
FROM teams WHERE planned_until < ?1
"""
_PLANNED = """
UPDATE teams SET planned_until = ?1
WHERE planned_until < ?1 AND id NOT IN (SELECT value FROM json_each(?3))
AND (planned_until <= ?2 OR id IN (SELECT value FROM json_each(?4)))
"""
_TELLING = f"""
SELECT DISTINCT team_id FROM notification_log
WHERE status IN {in_sql(OPEN)} AND next_attempt_at <= ?
"""
_AHEAD = "SELECT id, time_zone, planned_until FROM teams WHERE planned_until > ?"
_BEHIND = """
SELECT coalesce(group_concat(CASE WHEN planned_until < ?1 THEN name END, ', '), ''),
    coalesce(min(planned_until < ?1), 0)
FROM teams
"""
# Those of ONCALL_ADMINS come before the workspace's admins, of whom there may be many.
_TO_WARN = f"""
SELECT team_id, slack_user_id FROM admins
UNION SELECT NULL, slack_user_id FROM (
    SELECT slack_user_id FROM known_leads ORDER BY source = '{LeadSource.WORKSPACE}', id LIMIT ?
)
UNION SELECT team_id, slack_user_id FROM team_members
WHERE escalates = 1 AND slack_user_id IS NOT NULL
"""
_KNOWN = "SELECT id, name, channel_id, time_zone, notify_at FROM teams"


class ToWarn(NamedTuple):
    """A Slack user who is warned about a team (None: about every team)."""

    team: int | None
    slack_user_id: str


class Planned(NamedTuple):
    """How far a team is planned, as it is stored: the values may be invalid.

    `edge` is whether an assignment or an override begins or ends between then and now.
    """

    id: int
    time_zone: str
    notify_at: str
    planned_until: str
    edge: bool


class PlannedAhead(NamedTuple):
    """A team that is planned further than now, as it is stored."""

    id: int
    time_zone: str
    planned_until: str


class Behind(NamedTuple):
    """The names of teams that aren't planned far enough, and whether these are all of them."""

    names: str
    all: bool


class Known(NamedTuple):
    """A team's basic columns, as they are stored."""

    id: int
    name: str
    channel_id: str | None
    time_zone: str
    notify_at: str


def by_id(number: int) -> Team:
    """Return a team, as fast as it can be read."""
    team: Team
    (team,) = Team.raw("SELECT * FROM teams WHERE id = ?", number)
    return team


def known() -> list[Known]:
    """Return every team's basic columns, from a database of an older version too."""
    return [Known(*row) for row in database.execute_sql(_KNOWN)]


def to_warn(most_of_all: int) -> list[ToWarn]:
    """Return each team's leads and contacts; at most `most_of_all` of those who lead every team."""
    return [ToWarn(*row) for row in database.execute_sql(_TO_WARN, (most_of_all,))]


def ids() -> list[int]:
    """Return the id of every team."""
    return [number for (number,) in database.execute_sql("SELECT id FROM teams")]


def mornings() -> set[tuple[str, str]]:
    """Return the time zones and notify times that teams have."""
    found = database.execute_sql("SELECT DISTINCT time_zone, notify_at FROM teams")
    return {(str(zone), str(notify_at)) for zone, notify_at in found}


def first_made_at() -> datetime | None:
    """Return when the first team was made; None if there is none."""
    (made,) = database.execute_sql("SELECT min(created_at) FROM teams").fetchone()
    return read_instant(made) if made else None


def planned_before(now: datetime) -> list[Planned]:
    """Return the teams that are planned up to some instant before now."""
    return [Planned(*row) for row in database.execute_sql(_UNPLANNED, (stored_instant(now),))]


def being_notified(now: datetime) -> list[int]:
    """Return the teams for which something is due to be sent."""
    return [team for (team,) in database.execute_sql(_TELLING, (stored_instant(now),))]


def note_planned(
    now: datetime, *, but: Collection[int], since: datetime, also: Collection[int]
) -> None:
    """Record that teams are planned up to now: those last recorded before `since`, and `also`."""
    values = (stored_instant(now), stored_instant(since), json.dumps([*but]), json.dumps([*also]))
    database.execute_sql(_PLANNED, values)


def planned_after(at: datetime) -> list[PlannedAhead]:
    """Return the teams that are planned further than `at`."""
    return [PlannedAhead(*row) for row in database.execute_sql(_AHEAD, (stored_instant(at),))]


def set_planned(team: int, until: datetime) -> None:
    """Record up to which instant a team is planned."""
    database.execute_sql(
        "UPDATE teams SET planned_until = ? WHERE id = ?", (stored_instant(until), team)
    )


def behind(at: datetime) -> Behind:
    """Return the teams that are not planned up to `at`."""
    names, every = database.execute_sql(_BEHIND, (stored_instant(at),)).fetchone()
    return Behind(names, bool(every))
