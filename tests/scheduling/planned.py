"""The notifications that the planner has written for a team."""

from scheduling.rota import schedule
from storage.database import reading
from storage.models import Notification, Team


def log(team: Team) -> list[Notification]:
    """Return the team's notifications in the order in which they were due.

    The looks ahead of each afternoon are left out: there are tests of their own for them.
    """
    with reading():
        return list(
            Notification.select()
            .where(Notification.team == team, Notification.purpose != "preflight")
            .order_by(Notification.due_at, Notification.kind, Notification.id)
        )


def notified(team: Team) -> list[tuple[str, str, str]]:
    """Return (to whom, purpose, status) of the team's notifications, in order."""
    people = schedule.members_by_id(team)
    return [
        (
            people[row.team_member_id].name if row.team_member_id else "#channel",
            row.purpose,
            row.status,
        )
        for row in log(team)
    ]
