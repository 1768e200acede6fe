"""The note about posts that Slack didn't accept before their shifts were over."""

from datetime import timedelta

import pytest

from scheduling.delivery import claims, unposted
from scheduling.notifications import planner
from storage.database import reading, writing
from storage.models import Notification, Team
from tests.builders import chicago, support_team

pytestmark = pytest.mark.usefixtures("database_url")
MORNING = chicago("2026-11-23 08:00")


def given_up(team: Team, day: int) -> Notification:
    """Plan a morning, and return its post as the next morning finds it."""
    planner.plan(team.id, MORNING + timedelta(days=day))
    with writing():
        post = Notification.get(
            Notification.kind == "announcement",
            Notification.purpose == "daily",
            Notification.due_at == MORNING + timedelta(days=day),
        )
        assert isinstance(post, Notification)
        return post


def test_what_is_added_while_the_note_itself_is_due_is_not_lost() -> None:
    team = support_team(slots=[(day, MORNING.time().replace(hour=8), 24) for day in range(7)])
    first, second = given_up(team, 0), given_up(team, 1)
    now = MORNING + timedelta(days=2)
    planner.plan(team.id, now)
    with writing():
        unposted.note(first, now - timedelta(days=1))
        # What is under way otherwise is none of this test's business.
        Notification.update(status="failed", next_attempt_at=None).where(
            Notification.id != second.id, Notification.purpose != "missed"
        ).execute()

    told = claims.take(now, frozenset(), frozenset())

    with reading():
        notes = list(Notification.select().where(Notification.purpose == "missed"))
    lines = "\n".join(note.text for note in notes)
    assert "Mon Nov 23, 8:00 AM CST: Alice" in lines
    assert "Tue Nov 24, 8:00 AM CST: Bob" in lines
    assert {claim.purpose for claim in told} == {"missed"}
