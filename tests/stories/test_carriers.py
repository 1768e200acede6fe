"""A carrier without receipts: noticed by number, said once, forgotten after the first receipt."""

from dataclasses import replace

import pytest

from sandbox.outcomes import Outcome
from scheduling import phones
from tests.stories.conftest import World
from tests.stories.phones import ALICE, arrives
from tests.stories.stored import rows

LEARNED = "carrier sends no receipts"


@pytest.fixture
def alone(support: World) -> World:
    """The team with Alice on call for weeks, whose carrier gives no receipts. Bob leads, too."""
    support.changes("Alice", "/oncall admins add @bob")
    support.changes("Alice", "/oncall override @alice 2026-11-23 08:00 to 2026-12-20 08:00")
    support.sandbox.phones.script(ALICE, "stuck:sent")
    return support


def morning(world: World, day: int, *, replies: str = "") -> str:
    """Play a day in November until the evening; return the morning's post at noon."""
    world.until(f"2026-11-{day} 08:00")
    world.reads("Alice", "Good morning, Alice.")
    world.passes(seconds=15)
    if replies:
        world.replies("Alice", replies)
        world.reads("Alice", "Thanks, Alice")
    for _ in range(12):
        world.passes(minutes=1)
    for _ in range(16):
        world.passes(minutes=20)
    return next(post.plain for post in reversed(world.channel.messages) if "Good mor" in post.plain)


def alarms() -> int:
    """Return how often somebody heard that Alice may not have been reached."""
    return len(rows("warning")) + len(rows("direct"))


def learns(world: World) -> None:
    """Play the three days after which it is known."""
    for day in (23, 24, 25):
        assert LEARNED not in morning(world, day)
    assert phones.without_receipts(ALICE)


def test_after_three_days_nobody_is_alarmed_any_more(alone: World) -> None:
    learns(alone)
    assert alarms() == 6  # a direct message and a warning each day
    assert "text sent; their carrier sends no receipts" in morning(alone, 26)
    morning(alone, 27)
    assert alarms() == 6
    alone.direct("Alice", "carrier doesn’t send delivery receipts", "tell a lead")
    alone.direct("Bob", "@Alice’s carrier doesn’t send delivery receipts")
    assert len(rows("no receipts")) == 2  # each got it once
    assert "their carrier doesn’t confirm delivery" in alone.runs("Bob", "/oncall members").text
    assert (
        "sent; their carrier sends no receipts" in alone.runs("Bob", "/oncall notifications").text
    )
    alone.forgets_mail()


def test_several_texts_of_one_day_teach_nothing(alone: World) -> None:
    alone.runs("Alice", "/oncall test")
    alone.passes(seconds=15)
    alone.reads("Alice", "WhoseOnFirst test")
    for day in (23, 24):
        morning(alone, day)
    assert not phones.without_receipts(ALICE)


def test_a_receipt_in_between_starts_the_count_again(alone: World) -> None:
    network = alone.sandbox.phones
    for day, outcome in ((23, "stuck:sent"), (24, "delivered"), (25, "stuck:sent")):
        network.script(ALICE, outcome)
        morning(alone, day)
    morning(alone, 26)
    assert not phones.without_receipts(ALICE)
    morning(alone, 27, replies="OK")  # the phone is on, so it is another carrier
    assert phones.without_receipts(ALICE)


@pytest.mark.parametrize("days_before", [1, 3])
def test_a_phone_that_gave_receipts_and_is_lost_is_missed_each_day(
    alone: World, days_before: int
) -> None:
    network = alone.sandbox.phones
    network.script(ALICE, "delivered")
    for day in range(23, 23 + days_before):
        morning(alone, day, replies="OK")
    network.script(ALICE, "stuck:sent")
    for day in range(23 + days_before, 29):
        before = alarms()
        assert LEARNED not in morning(alone, day)
        assert alarms() == before + 2


def test_a_number_that_nobody_ever_wrote_from_is_missed_each_day(alone: World) -> None:
    theirs = "+13125550131"
    alone.sandbox.phones.script(theirs, "stuck:sent")
    alone.runs("Alice", f"/oncall members edit @alice phone {theirs}")
    for day in (23, 24, 25, 26):
        before = alarms()
        alone.until(f"2026-11-{day} 08:00")
        for _ in range(12):
            alone.passes(minutes=1)
        for _ in range(16):
            alone.passes(minutes=20)
        assert alarms() == before + 2
    assert not phones.without_receipts(theirs)


@pytest.mark.parametrize("outcome", ["delivered", "undelivered:30005", "failed:30007"])
def test_the_first_receipt_undoes_it(alone: World, outcome: str) -> None:
    learns(alone)
    network = alone.sandbox.phones
    network.script(ALICE, outcome)
    alone.until("2026-11-26 08:00")
    alone.passes(seconds=15)
    alone.passes(seconds=15)
    assert not phones.without_receipts(ALICE)
    assert "no receipts" not in alone.runs("Bob", "/oncall members").text
    if outcome != "delivered":
        alone.post("is on call but", "didn’t get the text")
    alone.forgets_mail()
    network.script(ALICE, "stuck:sent")
    before = alarms()
    alone.until("2026-11-27 08:00")
    for _ in range(12):
        alone.passes(minutes=1)
    assert alarms() == before + 2
    alone.forgets_mail()


def test_a_receipt_hours_later_undoes_it_and_lost_texts_are_reported(alone: World) -> None:
    learns(alone)
    alone.until("2026-11-26 08:00")
    alone.reads("Alice")
    for _ in range(4):
        alone.passes(minutes=15)
    assert LEARNED in alone.channel.messages[-1].plain
    network = alone.sandbox.phones
    sid = next(row.twilio_sid for row in reversed(rows("daily")) if row.twilio_sid)
    network._taken[sid] = replace(network._taken[sid], outcome=Outcome("undelivered", 30005))
    for _ in range(4):
        alone.passes(minutes=15)
    assert not phones.without_receipts(ALICE)
    alone.post("is on call but", "didn’t get the text")
    alone.forgets_mail()


def test_an_ok_neither_counts_as_a_receipt_nor_resets_what_was_learned(alone: World) -> None:
    for day in (23, 24, 25):
        assert "confirmed" in morning(alone, day, replies="OK")
    assert alarms() == 0  # they answered each time
    assert phones.without_receipts(ALICE)
    assert "confirmed" in morning(alone, 26, replies="OK")
    assert phones.without_receipts(ALICE)


def test_another_number_starts_the_count_again(alone: World) -> None:
    learns(alone)
    before = alarms()
    alone.sandbox.phones.script("+13125550131", "stuck:sent")
    alone.runs("Alice", "/oncall members edit @alice phone +13125550131")
    alone.until("2026-11-26 08:00")
    for _ in range(12):
        alone.passes(minutes=1)
    assert alarms() == before + 2
    assert not phones.without_receipts("+13125550131")


def test_where_an_ok_is_wanted_nothing_is_taken_for_granted(alone: World) -> None:
    learns(alone)
    alone.changes("Alice", "/oncall settings confirm 15")
    before = alarms()
    alone.until("2026-11-26 08:00")
    alone.reads("Alice", "Reply OK within 15 min")
    for _ in range(12):
        alone.passes(minutes=1)
    assert alarms() == before + 2
    assert LEARNED not in alone.channel.messages[-1].plain


def test_what_twilio_has_not_sent_on_teaches_nothing(alone: World) -> None:
    alone.sandbox.phones.script(ALICE, "stuck:queued")
    for day in (23, 24, 25, 26):
        alone.until(f"2026-11-{day} 08:00")
        for _ in range(16):
            alone.passes(minutes=20)
    assert not phones.without_receipts(ALICE)


def test_while_twilio_cannot_be_asked_nothing_is_learned(alone: World) -> None:
    for day in (23, 24, 25):
        alone.until(f"2026-11-{day} 08:00")
        alone.reads("Alice")
        alone.passes(seconds=15)
        alone.sandbox.twilio.trouble("503")
        for _ in range(16):
            alone.passes(minutes=20)
        alone.sandbox.twilio.recover()
    assert not phones.without_receipts(ALICE)
    arrives(alone, rows("daily")[1].twilio_sid or "")
