"""Who is in a team, and what they are about to do."""

from collections.abc import Iterable
from typing import NamedTuple

from storage.database import database
from storage.models import Member, RotationChange

_PEOPLE = "SELECT id, name, slack_user_id, time_zone FROM team_members"
_LEAVING = """
SELECT 1 FROM rotation_changes AS held JOIN team_members ON team_members.id = held.team_member_id
WHERE held.team_id = ? AND held.kind = 'leave' AND team_members.is_active LIMIT 1
"""
_LAST_CHANGE = """
SELECT * FROM rotation_changes WHERE team_id = ? AND team_member_id = ?
ORDER BY effective_from DESC, id DESC LIMIT 1
"""


class Named(NamedTuple):
    """A member as texts name them; `time_zone` is None if it's the team's."""

    id: int
    name: str
    slack_user_id: str | None
    time_zone: str | None


def of_team(team: int, among: Iterable[int] | None = None) -> list[Member]:
    """Return a team's members, including those who left; with `among`, only these ids."""
    where, bound = "team_id = ?", [team]
    if among is not None:
        bound += among
        where += f" AND id IN ({_marks(len(bound) - 1)})"
    return list(Member.raw(f"SELECT * FROM team_members WHERE {where} ORDER BY id", *bound))


def named(among: Iterable[int]) -> list[Named]:
    """Return the names of the members with these ids, of whatever team."""
    ids = tuple(among)
    if not ids:
        return []
    found = database.execute_sql(f"{_PEOPLE} WHERE id IN ({_marks(len(ids))})", ids)
    return [Named(*row) for row in found]


def anybody_leaves(team: int) -> bool:
    """Tell whether an active member may be about to leave, which is rare and asked every day."""
    return database.execute_sql(_LEAVING, (team,)).fetchone() is not None


def last_change(team: int, member: int) -> RotationChange | None:
    """Return the newest change of the rotation that is about a member."""
    return next(iter(RotationChange.raw(_LAST_CHANGE, team, member)), None)


def _marks(count: int) -> str:
    return ", ".join("?" * count)
