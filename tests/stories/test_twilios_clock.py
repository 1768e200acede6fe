"""Twilio's clock and ours differ by minutes, and either one may be right."""

from datetime import timedelta

import pytest

from tests.stories.conftest import World
from tests.stories.phones import ALICE
from tests.stories.stored import rows, the_call

OFF = (-60, -10, 0, 3, 10, 60)


@pytest.mark.parametrize("minutes", OFF)
def test_who_is_silent_is_missed_after_five_minutes(support: World, minutes: int) -> None:
    support.sandbox.twilio.goes_ahead(timedelta(minutes=minutes))
    support.sandbox.phones.script(ALICE, "stuck:sent")
    support.until("2026-11-23 08:00")
    support.settles(4)
    assert not rows("direct")
    support.settles(2)

    support.reads("Alice", "Good morning, Alice.")
    support.direct("Alice", "on call")


@pytest.mark.parametrize("minutes", OFF)
def test_who_does_not_confirm_is_missed_when_the_time_is_over(support: World, minutes: int) -> None:
    support.changes("Alice", "/oncall settings confirm 10")
    support.sandbox.twilio.goes_ahead(timedelta(minutes=minutes))
    support.until("2026-11-23 08:00")
    support.settles(9)
    assert not rows("direct")
    support.settles(2)

    support.reads("Alice", "Good morning, Alice.")
    support.direct("Alice", "on call")


@pytest.mark.parametrize("minutes", OFF)
def test_when_it_arrived_is_said_by_our_clock(support: World, minutes: int) -> None:
    support.sandbox.twilio.goes_ahead(timedelta(minutes=minutes))
    support.until("2026-11-23 08:00")
    support.settles(1)

    support.reads("Alice", "Good morning, Alice.")
    call = the_call()
    assert call.delivered_at is not None
    assert abs(call.delivered_at - call.due_at) < timedelta(seconds=30)
