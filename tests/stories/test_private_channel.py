"""Settings of a team whose private channel the lead isn't in: Slack may show its picker empty."""

import pytest

from storage.database import reading
from storage.models import Team
from tests.stories.conftest import World

CHANNEL, NO_CHANNEL = "Channel", "No channel"
TAKE_AWAY = ["Remove the channel: nothing gets posted for this team"]


def channel_of_the_team() -> str | None:
    with reading():
        return Team.get().channel_id


@pytest.fixture(params=[True, False])
def private(support: World, request: pytest.FixtureRequest) -> str:
    """The team's channel is a private one that Alice, who leads the team, is not in."""
    support.sandbox.slack.truths.private_channels_in_pickers = request.param
    support.people["Zoe"] = zoe = support.sandbox.person("Zoe", "+13125559999", admin=True)
    channel = support.sandbox.slack.channel("oncall", members=[zoe.slack], private=True)
    support.changes("Zoe", f"/oncall settings channel <#{channel.id}|oncall>")
    assert channel_of_the_team() == channel.id
    return channel.id


def test_who_changes_the_name_leaves_the_private_channel(support: World, private: str) -> None:
    support.opens("Alice", "settings team:Support")

    preview = support.fills_in("Alice", {"Name": "Helpdesk"})

    assert "Helpdesk" in preview.plain
    assert "channel" not in preview.plain
    assert channel_of_the_team() == private


def test_who_changes_nothing_changes_nothing(support: World, private: str) -> None:
    support.opens("Alice", "settings team:Support")

    said = support.fills_in("Alice", {})

    assert said.plain == "ℹ️ Support is already set that way."
    assert not said.errors
    assert channel_of_the_team() == private


@pytest.mark.usefixtures("private")
def test_who_means_it_takes_the_channel_away(support: World) -> None:
    support.opens("Alice", "settings team:Support")

    said = support.fills_in("Alice", {NO_CHANNEL: TAKE_AWAY})

    assert "channel: none" in said.plain
    assert channel_of_the_team() is None
    support.opens("Alice", "settings team:Support")
    shown = support.people["Alice"].slack.view
    assert shown is not None
    assert NO_CHANNEL not in shown.plain


def test_another_channel_and_none_is_one_too_many(support: World, private: str) -> None:
    support.opens("Alice", "settings team:Support")

    said = support.fills_in("Alice", {CHANNEL: support.channel, NO_CHANNEL: TAKE_AWAY})

    assert "not both" in said.errors[CHANNEL]
    assert channel_of_the_team() == private


def test_none_can_be_typed(support: World) -> None:
    support.changes("Alice", "/oncall settings channel none")

    assert channel_of_the_team() is None
