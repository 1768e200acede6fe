"""Guests and people of another workspace can do no more in direct messages than elsewhere."""

import pytest

from storage.database import reading, writing
from storage.models import Member, Override
from tests.stories.conftest import World
from tests.stories.elsewhere import ELSEWHERE, comes, warning
from tests.stories.talk import Talk

SILENT = "Slack didn’t tell me who"
GUESTS = "Guests can only see who’s on call"


@pytest.mark.parametrize("line", ["schedule", "members", "audit", "notifications", "mine"])
def test_a_stranger_sees_nothing_while_slack_does_not_say_who_they_are(
    support: World, line: str
) -> None:
    comes(support, "Strang", stranger=True)
    strang = Talk(support, "Strang")
    support.sandbox.slack.fault("users.info", "error:internal_error", times=99)

    answer = strang.asks(line).plain

    assert SILENT in answer
    assert "Bob" not in answer


def test_a_guest_stays_one_while_slack_is_silent(support: World) -> None:
    guest = support.sandbox.slack.person("Gus", guest=True)
    place = guest.direct_messages
    guest.says("members", place)
    support.sandbox.slack.until(lambda: len(place.messages) == 2)
    support.passes(minutes=6)  # what Slack said is old
    support.sandbox.slack.fault("users.info", "error:internal_error", times=99)

    guest.says("members", place)
    support.sandbox.slack.until(lambda: len(place.messages) == 4)

    assert GUESTS in place.messages[-1].plain
    support.channel.invite(guest)
    assert GUESTS in guest.runs("/oncall members", support.channel).text


def test_a_member_whose_account_moved_to_another_workspace_changes_nothing(support: World) -> None:
    strang = comes(support, "Strang", stranger=True)
    with writing():
        Member.update(slack_user_id=strang.id).where(Member.name == "Dave").execute()

    assert ELSEWHERE in Talk(support, "Strang").asks("take tuesday").plain

    with reading():
        assert not Override.select().exists()


def test_a_stranger_who_clicks_sees_nothing_while_slack_does_not_say_who_they_are(
    support: World,
) -> None:
    strang = comes(support, "Strang", stranger=True)
    post = warning(support)
    support.sandbox.slack.fault("users.info", "error:internal_error", times=99)

    strang.slack.forges_click("1 schedule", post)

    seen = support.channel.seen_by
    support.sandbox.slack.until(lambda: SILENT in seen(strang.slack)[-1].plain)
    support.sandbox.slack.recover()
    strang.slack.forges_click("1 schedule", post)
    support.sandbox.slack.until(lambda: GUESTS in seen(strang.slack)[-1].plain)


def test_a_colleague_of_a_sibling_workspace_can_write(support: World) -> None:
    comes(support, "Sibyl", sibling=True)

    assert "Support schedule" in Talk(support, "Sibyl").asks("schedule").plain


# --- where there is no team -------------------------------------------------------------------


def test_a_guest_in_a_channel_without_a_team_is_not_told_to_do_what_they_did(
    support: World,
) -> None:
    came = support.visits("Gus", "guest")
    other = support.sandbox.slack.channel("other", members=[came.slack])
    support.channel.invite(came.slack)

    refused = came.runs("/oncall", other).text

    assert refused == (
        "❌ This channel doesn’t belong to an on-call team. Guests can only see who’s on call in "
        "the channel of their own team: type /oncall there."
    )
    assert "on call for Support" in came.runs("/oncall", support.channel).text
