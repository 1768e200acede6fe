"""Who leads a team, and so may change it: those named for it, and those who lead every team.

Workspace admins and owners lead every team too, but only Slack knows who they are.
"""

from collections.abc import Iterable

from storage.database import reading
from storage.models import Admin, Team


def of_team(team: Team, configured: Iterable[str] = ()) -> list[str]:
    """Return the Slack ids of a team's leads that we know, those closest to the team first.

    These are the ones named for it, those of ONCALL_ADMINS (`configured`), and those named when
    every lead led every team.
    """
    return list(dict.fromkeys([*named(team), *sorted(configured), *everywhere()]))


def named(team: Team) -> list[str]:
    """Return the Slack users named to lead this team, in that order."""
    with reading():
        query = Admin.select().where(Admin.team == team).order_by(Admin.id)
        return [row.slack_user_id for row in query]


def everywhere() -> list[str]:
    """Return the Slack users named before leads were named by team: they lead every one."""
    with reading():
        query = Admin.select().where(Admin.team.is_null()).order_by(Admin.id)
        return [row.slack_user_id for row in query]


def led_by(user: str) -> set[int]:
    """Return the ids of the teams that a Slack user was named to lead by a lead of each."""
    with reading():
        query = Admin.select().where(Admin.slack_user_id == user, Admin.team.is_null(False))
        return {row.team_id for row in query if row.team_id is not None}


def is_named(user: str, team: Team | None) -> bool:
    """Tell whether a Slack user was named to lead a team; with None, every team."""
    with reading():
        theirs = Admin.team.is_null()
        if team is not None:
            theirs = theirs | (Admin.team == team)
        return Admin.select().where(Admin.slack_user_id == user, theirs).exists()
