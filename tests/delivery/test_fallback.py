"""A chain of notifications, read from its rows."""

from datetime import timedelta

import pytest

from scheduling.delivery import fallback
from scheduling.delivery.chain import Chain
from scheduling.notifications import planner
from storage.database import reading, writing
from storage.models import Member, Notification
from storage.statuses import Kind, Purpose, Status
from tests.builders import NOW, chicago, support_team


def warning(status: str, kind: str = "announcement") -> Notification:
    return Notification(kind=kind, purpose="warning", status=status)


@pytest.mark.parametrize(
    ("warnings", "posted"),
    [
        ([], False),
        ([warning("delivered")], True),
        ([warning("failed")], False),
        # The first one was withdrawn, and the channel can't take the second.
        ([warning("delivered"), warning("failed")], False),
        ([warning("failed"), warning("delivered", "direct")], False),
    ],
)
def test_the_channel_knows_what_its_newest_warning_says(
    warnings: list[Notification], posted: bool
) -> None:
    chain = Chain(Notification(kind="sms", purpose="daily"), tuple(warnings), NOW)

    assert chain.posted is posted


@pytest.mark.usefixtures("database_url")
def test_phones_are_texted_also_where_a_late_warning_is_the_only_thing_left_to_do() -> None:
    """Nothing else has it looked at again: no second phone, no contact, no account in Slack."""
    eight = chicago("2026-11-23 08:00")
    support_team()
    planner.plan_all(eight)
    with writing():
        Member.update(slack_user_id=None).where(Member.name == "Alice").execute()
        Notification.update(
            status=Status.SENT, sent_at=eight, next_attempt_at=None, twilio_status="sent"
        ).where(Notification.kind == Kind.SMS).execute()
    fallback.advance_all(eight + timedelta(minutes=8))
    with writing():
        Notification.update(status=Status.FAILED, attempts=1, next_attempt_at=None).where(
            Notification.purpose == Purpose.WARNING
        ).execute()

    fallback.advance_all(eight + timedelta(minutes=13))

    with reading():
        texted = Notification.get(Notification.purpose == Purpose.ESCALATION)
        assert texted.kind == Kind.SMS
