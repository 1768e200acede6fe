"""Floods: endless replies, a busy channel, a busy finger."""

import pytest

from tests.stories.conftest import World
from tests.stories.stored import rows


def said(world: World) -> list[str]:
    return [post.plain for post in world.channel.messages if " replied: " in post.plain]


# --- replies ---


def test_sixty_texts_of_one_phone_are_one_post_that_counts_them(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    for number in range(60):
        support.people["Alice"].phone.replies(f"out of office {number}")
    support.passes(minutes=1)
    support.settles(1)
    support.forgets_mail()

    (post,) = said(support)
    assert post.count("“out of office") == 3
    assert "…and 57 more" in post


def test_later_replies_are_added_to_the_same_post(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.replies("Alice", "hm")
    support.reads("Alice")
    support.replies("Alice", "I can’t, I am ill")
    support.settles(1)

    (post,) = said(support)
    assert "“hm”" in post
    assert "And: “I can’t, I am ill”" in post


def test_after_five_minutes_there_is_a_post_of_its_own(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.replies("Alice", "hm")
    support.reads("Alice")
    support.settles(6)
    support.replies("Alice", "I can’t, I am ill")
    support.settles(1)

    assert len(said(support)) == 2


def test_texts_while_slack_is_away_are_one_post_afterwards(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.sandbox.slack.trouble("503")
    for text in ("one", "two", "three", "four"):
        support.replies("Alice", text)
        support.passes(seconds=15)
    support.forgets_mail()
    support.sandbox.slack.recover()
    support.settles(6)

    (post,) = said(support)[:1]
    assert "“one”" in post
    assert "And: “two”" in post


# --- what Slack asks for ---


def test_a_short_wait_that_slack_asks_for_costs_no_tick(support: World) -> None:
    support.sandbox.slack.fault("chat.postMessage", "ratelimited", retry_after=1)
    support.until("2026-11-23 08:00")

    support.reads("Alice")
    support.sees_post("Good morning!")  # without another tick


def test_a_warning_goes_before_what_waits_for_the_same_channel(support: World) -> None:
    support.changes("Alice", "/oncall settings confirm 10")
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.sees_post("Good morning!")
    support.sandbox.slack.trouble("503")
    support.replies("Alice", "hm")
    support.forgets_mail()
    support.settles(11)
    support.sandbox.slack.recover()
    support.settles(2)

    support.sees_post("@Alice is on call but hasn’t confirmed")
    support.sees_post("@Alice, who is on call, replied: ")


# --- what people may do only so often ---


def test_test_is_done_five_times_an_hour(support: World) -> None:
    for _ in range(5):
        assert "I’m sending a test text" in support.runs("Bob", "/oncall test").text
        support.passes(minutes=1)
        support.reads("Bob", "WhoseOnFirst test")

    refused = support.runs("Bob", "/oncall test").text
    assert "You’ve used /oncall test a lot this hour. Try again in 55 min." in refused
    support.until("2026-11-23 08:00")
    support.forgets_mail()
    assert "I’m sending a test text" in support.runs("Bob", "/oncall test").text
    support.tick()
    support.forgets_mail()


def test_a_lead_can_test_a_whole_team_in_one_go(support: World) -> None:
    for name in ("alice", "bob", "carol", "dave", "eve", "fran", "greg"):
        assert "I’m sending a test text" in support.runs("Alice", f"/oncall test @{name}").text
    support.tick()
    support.forgets_mail()


def test_share_is_done_once_a_minute_and_five_times_an_hour(support: World) -> None:
    support.runs("Bob", "/oncall share")
    assert "less than a minute ago" in support.runs("Bob", "/oncall share").text
    assert "Shared by @Carol" in support.runs("Carol", "/oncall share").text
    for _ in range(4):
        support.passes(minutes=1)
        assert "Shared by @Bob" in support.runs("Bob", "/oncall share").text
    support.passes(minutes=1)

    assert "a lot this hour" in support.runs("Bob", "/oncall share").text
    assert len(support.channel.messages) == 6


@pytest.mark.parametrize("restarts", [False, True])
def test_again_is_done_five_times_an_hour(support: World, *, restarts: bool) -> None:
    support.people["Alice"].phone.switches("invalid")
    support.until("2026-11-23 08:00")
    support.settles(1)
    (call,) = [row for row in rows("daily") if row.kind == "sms"]
    answers = []
    for _ in range(7):
        answers.append(support.runs("Greg", f"/oncall again {call.id}").text)
        support.settles(2)
    if restarts:
        support.stops_bot()
        support.starts_bot()

    assert ["I’m texting" in text for text in answers] == [True] * 5 + [False] * 2
    refused = support.runs("Greg", f"/oncall again {call.id}").text
    assert "You’ve used /oncall again a lot this hour" in refused
    assert "I’m texting" in support.runs("Fran", f"/oncall again {call.id}").text
    support.settles(1)
