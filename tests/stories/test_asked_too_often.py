"""Twilio rate-limits us, for a moment or for the day."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from tests.stories.conftest import MONDAY, World
from tests.stories.stored import rows

ALICE = "+13125550101"
IN_45_S = format_datetime(MONDAY + timedelta(hours=1, seconds=45), usegmt=True)


@pytest.mark.parametrize("says", [True, False])
def test_a_moment_passes_whether_twilio_says_how_long_it_is_or_not(
    support: World, says: bool
) -> None:
    support.sandbox.twilio.truths.rate_limits_say_how_long = says
    support.sandbox.twilio.fault("429", retry_after=20)
    support.until("2026-11-23 08:00")
    support.settles(2)

    support.reads("Alice", "Good morning, Alice.")
    assert len(support.sandbox.twilio.requests) == 2
    assert len(support.channel.messages) == 1


@pytest.mark.parametrize("asked", ["44.5", IN_45_S])
def test_a_wait_is_understood_as_a_fraction_and_as_a_date(support: World, asked: str) -> None:
    support.sandbox.twilio.fault("429", retry_after=asked)
    support.until("2026-11-23 08:00")
    support.passes(seconds=40)
    support.has_no_mail()

    support.passes(seconds=10)
    support.reads("Alice", "Good morning, Alice.")


@pytest.mark.parametrize("asked", ["-5", "0", "Mon, 23 Nov 2020 14:00:00 GMT"])
def test_a_wait_that_is_over_already_causes_no_storm(support: World, asked: str) -> None:
    support.sandbox.twilio.trouble("429", retry_after=asked)
    support.until("2026-11-23 08:00")
    support.settles(10)

    assert len(support.sandbox.twilio.requests) <= 13  # a tick's first three, then one a minute
    support.sandbox.twilio.recover()
    support.settles(2)
    support.reads("Alice", "Good morning, Alice.")


def test_slack_is_understood_as_well(support: World) -> None:
    support.sandbox.slack.fault("chat.postMessage", "ratelimited", retry_after="6.5")
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.passes(seconds=6)
    support.sees_no_post()

    support.passes(seconds=2)
    support.sees_post("Good morning!")


# --- for the day ---


def test_a_used_up_day_moves_to_slack_at_once_and_costs_one_call(support: World) -> None:
    support.runs("Alice", "/oncall members edit @alice second +13125550121")
    support.changes("Alice", "/oncall escalation add @greg")
    support.sandbox.twilio.allow(0)
    support.until("2026-11-23 08:00")
    support.passes(seconds=15)

    support.post("@Alice is on call but didn’t get the text", "used up its daily message limit")
    support.direct("Alice", "you’re on call")
    support.settles(90)
    support.direct("Greg", "Alice")
    # Neither the second phone, nor the contact, nor the same phone again: all meet the same wall.
    assert len(support.sandbox.twilio.requests) == 1
    assert rows("second") == []


def test_who_is_in_no_slack_is_texted_all_the_same(support: World) -> None:
    support.changes("Alice", "/oncall escalation add Dana +13125550112")
    support.sandbox.twilio.allow(0)
    support.until("2026-11-23 08:00")
    support.settles(8)

    assert len(support.sandbox.twilio.requests) == 2
    assert support.sandbox.twilio.requests[-1].parameters["To"] == "+13125550112"


def test_a_full_queue_is_not_taken_for_a_problem_of_one_phone(support: World) -> None:
    support.runs("Alice", "/oncall members edit @alice second +13125550121")
    support.sandbox.phones.script(ALICE, "refuse:21611")
    support.until("2026-11-23 08:00")
    support.settles(4)

    support.post("@Alice is on call but didn’t get the text", "Our message queue at Twilio is full")
    support.direct("Alice", "you’re on call")
    assert rows("second") == []
    support.sandbox.phones.script(ALICE, "delivered")
    support.settles(8)
    support.reads("Alice", "Good morning, Alice.")
