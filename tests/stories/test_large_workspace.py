"""A workspace of thousands on a Slack of twenty pages a minute: no partial list passes as whole."""

import pytest

from storage.database import reading
from storage.models import KnownLead
from tests.stories.conftest import World
from tests.stories.stored import person

UNTOLD = "Slack didn’t tell me who the workspace admins are."


def pages(world: World, method: str = "users.list") -> int:
    """Return how many pages of a list were asked for and given."""
    return sum(call.fault is None for call in world.sandbox.slack.calls(method))


@pytest.fixture
def large(support: World) -> World:
    """The team in a workspace of 5,000, with two more people at the end of Slack's list."""
    support.sandbox.slack.real_tiers()
    support.sandbox.slack.crowd(5000)
    support.joins("Zoe Last", "+13125550190", admin=True)
    support.joins("Yuri Last", "+13125550191")
    return support


@pytest.fixture
def limited(large: World) -> World:
    """The same, and Slack gives three of the six pages each minute."""
    large.sandbox.slack.real_tiers({"users.list": 3, "conversations.list": 3})
    return large


# --- admins ---


def test_all_admins_are_named_after_six_pages(large: World) -> None:
    answer = large.runs("Bob", "/oncall admins").text

    assert "every team (workspace admins and owners): @Alice, @Zoe" in answer
    assert pages(large) == 6
    large.runs("Bob", "/oncall admins")
    assert pages(large) == 6


def test_admins_are_not_named_in_part_and_the_list_goes_on_where_it_was_cut_off(
    limited: World,
) -> None:
    limited.changes("Alice", "/oncall admins add @bob")
    answer = limited.runs("Bob", "/oncall admins").text
    assert UNTOLD in answer
    assert "as workspace admins and owners" not in answer
    assert "this team: @Bob" in answer
    assert pages(limited) == 3

    limited.passes(minutes=1)
    answer = limited.runs("Bob", "/oncall admins").text
    assert "every team (workspace admins and owners): @Alice, @Zoe" in answer
    assert UNTOLD not in answer
    assert pages(limited) == 6


def test_until_slack_s_wait_is_over_it_is_not_asked_again(limited: World) -> None:
    for _ in range(3):
        assert "Ask an admin of this workspace" in limited.runs("Carol", "/oncall undo").text

    assert len(limited.sandbox.slack.calls("users.list")) == 4


def test_a_refusal_does_not_ask_a_slack_that_fails_each_time(large: World) -> None:
    large.sandbox.slack.fault("users.list", "error:internal_error", times=99)
    for _ in range(3):
        assert "Ask an admin of this workspace" in large.runs("Carol", "/oncall undo").text
    assert len(large.sandbox.slack.calls("users.list")) == 1

    large.sandbox.slack.recover()
    large.passes(minutes=1)
    assert "Ask @Alice or @Zoe" in large.runs("Carol", "/oncall undo").text


def test_admins_of_a_minute_ago_are_named_while_slack_does_not_tell(large: World) -> None:
    assert "Ask @Alice or @Zoe" in large.runs("Carol", "/oncall undo").text
    large.passes(minutes=6)
    large.sandbox.slack.fault("users.list", "drop_before", times=99)

    assert "Ask @Alice or @Zoe" in large.runs("Carol", "/oncall undo").text
    assert UNTOLD in large.runs("Carol", "/oncall admins").text


@pytest.mark.parametrize("trouble", ["ratelimited", "503"])
def test_a_short_wait_is_waited_out(large: World, trouble: str) -> None:
    large.sandbox.slack.fault("users.list", trouble, retry_after=1)

    assert "owners): @Alice, @Zoe" in large.runs("Bob", "/oncall admins").text


def test_those_who_hear_when_the_channel_is_broken_are_never_a_part_of_the_admins(
    limited: World,
) -> None:
    limited.channel.archive()
    limited.until("2026-11-23 08:00")
    limited.reads("Alice")
    limited.passes(minutes=1)
    with reading():
        assert KnownLead.select().count() == 0

    limited.until("2026-11-23 16:00")  # asked again: the first three pages are too old by then
    limited.passes(seconds=59)
    limited.sandbox.slack.real_tiers()
    limited.until("2026-11-24 08:00")
    limited.passes(minutes=1)
    limited.forgets_mail()
    with reading():
        known = {row.slack_user_id for row in KnownLead.select()}
    assert known == {limited.people[name].id for name in ("Alice", "Zoe Last")}
    assert limited.directs("Zoe Last", "I can’t post in")


# --- people and channels by name ---


def adds(world: World, who: str, number: str) -> str:
    """Let Alice type a name as Slack leaves it where it makes no mention of it."""
    line = f"/oncall members add {who} {number}"
    answer = world.people["Alice"].slack.runs(line, world.channel, escape=False)
    return world.confirms("Alice", answer).text if "[ Confirm ]" in answer.text else answer.text


def test_a_handle_is_found_on_the_last_page_and_the_next_one_in_what_was_read(
    large: World,
) -> None:
    assert adds(large, "@zoe", "+13125550190").startswith("✅")
    assert adds(large, "@yuri", "+13125550191").startswith("✅")

    assert person("Yuri Last").is_active
    assert pages(large) == 6


def test_nobody_is_said_to_be_unknown_after_a_part_of_the_list(limited: World) -> None:
    refused = adds(limited, "@yuri", "+13125550191")
    assert "Slack didn’t tell me who @yuri is (rate limited)" in refused
    assert "Type @ and pick the person from Slack’s list" in refused
    assert "Nobody in Slack is called" not in refused

    limited.passes(minutes=1)
    assert adds(limited, "@yuri", "+13125550191").startswith("✅")
    assert pages(limited) == 6
    assert "Nobody in Slack is called @nemo" in adds(limited, "@nemo", "+13125550192")
    assert pages(limited) == 6


def test_of_two_who_show_the_same_name_none_is_picked(large: World) -> None:
    large.sandbox.slack.person("Zoe Other", handle="zoe", stranger=True)

    refused = large.people["Alice"].slack.runs(
        "/oncall admins add @zoe", large.channel, escape=False
    )

    assert "Slack knows 2 people called @zoe. Type @ and pick the right one" in refused.text


def test_whoever_came_a_minute_ago_is_found(large: World) -> None:
    assert "Nobody in Slack is called @xena" in adds(large, "@xena", "+13125550192")
    large.joins("Xena New", "+13125550192")
    large.passes(minutes=1)

    assert adds(large, "@xena", "+13125550192").startswith("✅")


def test_a_mention_needs_no_list(limited: World) -> None:
    yuri = limited.people["Yuri Last"].id
    added = limited.changes("Alice", f"/oncall members add <@{yuri}> +13125550191")

    assert added.text.startswith("✅")
    assert limited.sandbox.slack.calls("users.list") == []


def test_a_channel_is_not_unknown_after_a_part_of_the_list_and_needs_none_if_picked(
    limited: World,
) -> None:
    limited.sandbox.slack.crowd(0, channels=4000)
    last = limited.sandbox.slack.channel("last")

    refused = limited.runs("Alice", "/oncall settings channel #last").text
    assert "Slack didn’t answer when I looked for the channel (rate limited)" in refused
    assert "I can’t find that channel" not in refused
    assert "✅" in limited.changes("Alice", f"/oncall settings channel <#{last.id}|last>").text
    limited.passes(minutes=1)
    assert "✅" in limited.changes("Alice", "/oncall settings channel #support").text
    assert "✅" in limited.changes("Alice", "/oncall settings channel #last").text
    assert pages(limited, "conversations.list") == 5
    assert "I can’t find that channel" in limited.runs("Alice", "/oncall settings channel #no").text
