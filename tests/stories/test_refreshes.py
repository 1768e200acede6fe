"""Slack accepts about fifty edits a minute: how long posts stay out of date."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sandbox.outcomes import Outcome
from sandbox.slack.tiers import PER_MINUTE, POST
from tests.stories.conftest import World
from tests.stories.many_teams import has_teams, number
from tests.stories.reading import say
from tests.stories.stored import beside_alice

TEAMS, UNREACHED = 300, 8
BOB = "+13125550102"


def first_time(world: World, minutes: int, holds: Callable[[], bool]) -> timedelta:
    """Let time pass, tick by tick, until something holds; return how long that took."""
    began: datetime = world.clock.now()
    for _ in range(minutes * 4):
        world.passes(seconds=15)
        if holds():
            return world.clock.now() - began
    raise AssertionError(f"it did not come to pass within {minutes} min")


def test_of_300_teams_at_8_each_post_is_right_within_eight_minutes(support: World) -> None:
    channels = has_teams(support, TEAMS)
    # Of posts Slack takes "several hundred" a minute: here the teams' and the warnings.
    support.sandbox.slack.real_tiers({**PER_MINUTE, POST: TEAMS + 50})
    for place in range(UNREACHED):
        support.sandbox.phones.script(number(place), "undelivered:30003")
    support.until("2026-11-23 08:00")

    def warned() -> bool:
        failed = say(channels, "text not delivered")
        return failed == say(channels, "didn’t get the text") == UNREACHED

    took = first_time(support, 1, warned)
    took += first_time(support, 8, lambda: say(channels, "text delivered") == TEAMS - UNREACHED)

    assert took < timedelta(minutes=8)
    refused = [call for call in support.sandbox.slack.calls("chat.update") if call.fault]
    assert not refused
    support.forgets_mail()


def edits(world: World) -> int:
    """Return how often Slack was asked to change a post."""
    return len(world.sandbox.slack.calls("chat.update"))


def test_a_post_about_two_texts_waits_for_both_receipts(support: World) -> None:
    beside_alice(support, "Bob")
    support.sandbox.phones.script(BOB, "stuck:sent")
    support.until("2026-11-23 08:00")
    support.settles(2)
    assert support.post("Good morning!").count("text on its way") == 2
    assert edits(support) == 0

    support.settles(4)
    post = support.post("Good morning!")
    assert "@Alice: text delivered 8:00:03 AM" in post
    assert "@Bob: text on its way" in post
    assert edits(support) == 1
    support.forgets_mail()


def test_a_failure_waits_for_no_other_receipt(support: World) -> None:
    beside_alice(support, "Bob")
    support.sandbox.phones.script(BOB, "stuck:sent")
    support.people["Alice"].phone.switches("off")
    support.until("2026-11-23 08:00")
    support.settles(1)
    post = support.post("Good morning!")
    assert "@Alice: text not delivered" in post
    assert "@Bob: text on its way" in post
    support.forgets_mail()


def test_a_confirmation_waits_for_no_other_receipt(support: World) -> None:
    beside_alice(support, "Bob")
    support.sandbox.phones.script(BOB, "stuck:sent")
    support.until("2026-11-23 08:00")
    support.replies("Alice", "OK")
    assert "@Alice: text delivered 8:00:03 AM, confirmed 8:0" in support.post("Good morning!")
    support.forgets_mail()


def test_a_text_that_twilio_holds_for_seconds_causes_no_edit(support: World) -> None:
    support.sandbox.phones.script("+13125550101", "stuck:queued")
    support.until("2026-11-23 08:00")
    support.passes(seconds=15)
    assert edits(support) == 0
    support.settles(1)
    assert edits(support) == 1
    # It leaves, and nothing is known of it yet: what is there may stay until the receipt.
    for sid, taken in support.sandbox.phones._taken.items():
        left = replace(taken, outcome=Outcome.parse("stuck:sent"))
        support.sandbox.phones._taken[sid] = left
    support.settles(1)
    assert edits(support) == 1
    support.forgets_mail()


def test_a_rate_limit_of_edits_holds_for_all_channels_and_no_longer(support: World) -> None:
    channels = has_teams(support, 3)
    support.sandbox.slack.fault("chat.update", "ratelimited", times=8, retry_after=60)
    support.until("2026-11-23 08:00")
    support.settles(1)
    asked = edits(support)
    assert say(channels, "text delivered") == 0
    assert asked <= 4  # those that were under way when Slack said so
    support.sandbox.slack.recover()
    support.passes(seconds=15)
    assert say(channels, "text delivered") == 3
    support.forgets_mail()


def test_a_click_is_answered_at_once_while_no_post_can_be_edited(support: World) -> None:
    support.sandbox.slack.fault("chat.update", "ratelimited", times=100, retry_after=600)
    support.until("2026-11-23 08:00")
    support.settles(1)
    support.reads("Alice")
    post = next(one for one in support.channel.messages if "Good morning!" in one.plain)
    assert "confirmed" in support.clicks("Alice", "I’ve got it", post).text
    assert "confirmed" not in support.post("Good morning!")
    support.sandbox.slack.recover()
    support.passes(minutes=10)
    assert "confirmed 8:01 AM" in support.post("Good morning!")
