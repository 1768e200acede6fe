"""Replies that are read late mean what they meant when they were written."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.outcomes import Outcome
from storage.database import reading
from storage.models import Reply
from tests.stories.conftest import World
from tests.stories.phones import BOB
from tests.stories.stored import rows


@pytest.mark.parametrize("ahead", [-600, 0, 600], ids=lambda ahead: f"Twilio's clock {ahead} s")
def test_an_ok_of_last_night_does_not_confirm_this_morning(support: World, ahead: int) -> None:
    support.sandbox.twilio.goes_ahead(timedelta(seconds=ahead))
    support.changes("Alice", "/oncall settings confirm 15")
    support.until("2026-11-23 22:00")
    support.stops_bot()
    support.passes(hours=1)
    support.people["Bob"].phone.replies("OK")
    support.until("2026-11-24 08:00")
    support.passes(seconds=30)
    support.starts_bot()
    support.passes(minutes=2)
    assert "confirmed" not in support.channel.messages[-1].plain
    support.forgets_mail()
    support.replies("Bob", "OK")
    support.reads("Bob", "Thanks, Bob. Confirmed")
    assert "confirmed 8:" in support.channel.messages[-1].plain
    support.forgets_mail()


@pytest.mark.parametrize("ahead", [-600, 600])
def test_an_ok_counts_however_wrong_our_clock_is(support: World, ahead: int) -> None:
    support.sandbox.twilio.goes_ahead(timedelta(seconds=ahead))
    support.changes("Alice", "/oncall settings confirm 15")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Reply OK within 15 min")
    support.replies("Alice", "OK")
    support.reads("Alice", "Thanks, Alice. Confirmed")


def test_a_text_that_met_a_stop_fails_after_the_start_that_undid_it(support: World) -> None:
    network = support.sandbox.phones
    support.uses_service()
    network.script(BOB, "stuck:sent")
    support.runs("Bob", "/oncall test")
    support.passes(seconds=15)
    ours = network.messages[-1].sid
    support.replies("Bob", "STOP")
    support.replies("Bob", "START")
    # Twilio says of it now what it found when Bob was opted out.
    network._taken[ours] = replace(network._taken[ours], outcome=Outcome("failed", 21610))
    for _ in range(4):
        support.passes(minutes=5)
    assert [row.status for row in rows("test")] == ["skipped"]
    assert "opted out" not in support.runs("Alice", "/oncall members").text
    support.forgets_mail()


def test_a_stop_that_is_listed_after_the_start_that_undid_it(support: World) -> None:
    taken = support.sandbox.phones._taken
    stop = support.people["Bob"].phone.replies("STOP").sid
    taken[stop] = replace(taken[stop], listed=False)
    support.passes(minutes=3)
    support.replies("Bob", "START")
    taken[stop] = replace(taken[stop], listed=True)
    support.passes(minutes=2)
    support.passes(minutes=2)
    with reading():
        assert Reply.select().where(Reply.sid == stop).exists()
    assert "opted out" not in support.runs("Alice", "/oncall members").text
    support.has_no_mail()


def test_an_earlier_ok_does_not_take_what_greg_was_asked_later(support: World) -> None:
    support.changes("Alice", "/oncall settings confirm 15")
    support.changes("Alice", "/oncall escalation add @greg")
    taken = support.sandbox.phones._taken
    support.until("2026-11-23 08:00")
    early = support.people["Greg"].phone.replies("OK").sid
    taken[early] = replace(taken[early], listed=False)
    support.settles(22)
    support.reads("Greg", "Reply OK if you'll handle it.")
    taken[early] = replace(taken[early], listed=True)
    support.passes(minutes=2)
    support.passes(minutes=2)
    assert "is handling it" not in support.channel.messages[0].plain
    support.forgets_mail()
    support.replies("Greg", "OK")
    support.reads("Greg", "you're on it")
    support.forgets_mail()


def test_a_stop_and_the_start_after_it_that_are_read_together_say_nothing_of_the_stop(
    support: World,
) -> None:
    support.passes(minutes=2)
    support.stops_bot()
    for text in ("please stop", "START"):
        support.people["Bob"].phone.replies(text)
        support.passes(minutes=1)
    support.starts_bot()
    support.passes(minutes=2)
    support.passes(minutes=2)
    assert "opted out" not in support.runs("Alice", "/oncall members").text
    assert [row.status for row in rows("stopped")] == ["cancelled", "cancelled"]
    support.has_no_mail()


@pytest.mark.parametrize("ahead", [-1200, 0, 1200])
def test_the_first_reply_of_all_is_read_however_wrong_our_clock_is(
    support: World, ahead: int
) -> None:
    support.sandbox.twilio.goes_ahead(timedelta(seconds=ahead))
    support.passes(minutes=2)
    support.replies("Bob", "NEXT")
    support.reads("Bob", "Your next Support shift")
    support.replies("Bob", "WHO")
    support.reads("Bob", "is on call")


def test_a_reply_that_is_listed_after_later_ones_were_read_is_read_at_once(support: World) -> None:
    taken = support.sandbox.phones._taken
    support.passes(minutes=2)
    early = support.people["Bob"].phone.replies("NEXT").sid
    taken[early] = replace(taken[early], listed=False)
    support.passes(minutes=25)
    support.replies("Carol", "WHO")
    support.reads("Carol", "is on call")
    taken[early] = replace(taken[early], listed=True)
    support.passes(minutes=2)
    support.reads("Bob", "Your next Support shift")


def test_what_was_written_long_before_there_was_a_team_is_not_answered(world: World) -> None:
    world.sandbox.person("Bob", BOB).phone.replies("NEXT")
    world.passes(minutes=100)
    world.has_support_team()
    for _ in range(3):
        world.passes(minutes=2)
    world.reads("Alice", "you're now on call for Support")
    world.has_no_mail()
