"""Something else happens while it's unknown whether an SMS was sent."""

import pytest

from sandbox.twilio import Kind
from tests.stories.conftest import World
from tests.stories.stored import rows, the_call

NOT_TAKEN: list[Kind] = ["drop_before", "500"]


def mornings(world: World) -> int:
    """Return how often Alice's phone got the text that she is on call."""
    return sum("Good morning" in sms.body for sms in world.people["Alice"].phone.messages)


@pytest.mark.parametrize("fault", NOT_TAKEN)
def test_who_replies_stop_meanwhile_is_not_sent_it_again(support: World, fault: Kind) -> None:
    support.sandbox.twilio.fault(fault)
    support.until("2026-11-23 08:00")
    support.people["Alice"].phone.replies("Stop!")  # which Twilio doesn't take for a STOP
    support.settles(9)

    assert mornings(support) == 0
    assert the_call().status == "skipped"
    support.post("@Alice is on call but didn’t get the text")
    support.direct("Alice", "on call")
    support.forgets_mail()


@pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_500"])
def test_who_replies_stop_meanwhile_may_have_got_it(support: World, fault: Kind) -> None:
    support.sandbox.twilio.fault(fault)
    support.until("2026-11-23 08:00")
    support.people["Alice"].phone.replies("Stop!")
    support.settles(9)

    assert mornings(support) == 1
    assert the_call().status == "delivered"
    support.forgets_mail()


def test_what_uses_up_the_allowance_meanwhile_holds_it_back(support: World) -> None:
    support.changes("Alice", "/oncall settings sms-cap 10")  # and half of it for tests
    support.sandbox.twilio.fault("drop_before")
    for name in ("bob", "alice", "carol", "dave", "eve", "fran"):
        support.runs("Alice", f"/oncall test @{name}")
        support.tick()
    support.settles(9)

    assert [row.status for row in rows("test")] == ["failed", *["delivered"] * 5]
    assert not support.people["Bob"].phone.messages
    support.post("test text", "@Bob")
    support.forgets_mail()


# --- what Twilio does not keep ---


@pytest.mark.parametrize(
    "faults", [("accept_then_drop", "drop_before"), ("drop_before", "accept_then_drop")]
)
def test_where_texts_are_not_kept_one_of_two_is_not_taken_for_the_other(
    support: World, faults: tuple[Kind, Kind]
) -> None:
    support.sandbox.twilio.redact(bodies=True)
    for fault in faults:
        support.sandbox.twilio.fault(fault)
    support.until("2026-11-23 07:59:50")
    support.runs("Alice", "/oncall test")
    support.until("2026-11-23 08:00")
    support.settles(12)

    both = [*rows("test"), the_call()]
    assert [row.status for row in both] == ["uncertain", "uncertain"]
    assert len(support.sandbox.twilio.requests) == 2
    support.post("@Alice is on call but may not have gotten the text")
    support.forgets_mail()


def test_where_texts_are_not_kept_two_that_both_went_out_are_found(support: World) -> None:
    support.sandbox.twilio.redact(bodies=True)
    support.sandbox.twilio.fault("accept_then_drop", times=2)
    support.until("2026-11-23 07:59:50")
    support.runs("Alice", "/oncall test")
    support.until("2026-11-23 08:00")
    support.settles(6)

    assert {row.status for row in [*rows("test"), the_call()]} == {"delivered"}
    assert len(support.sandbox.twilio.requests) == 2
    support.forgets_mail()


def test_where_texts_are_not_kept_an_answer_of_twilios_is_not_taken_for_ours(
    support: World,
) -> None:
    support.sandbox.twilio.redact(bodies=True)
    support.sandbox.twilio.truths.keyword_answers_are_listed = True
    support.until("2026-11-23 07:57")
    support.people["Alice"].phone.replies("STOP")
    support.people["Alice"].phone.replies("START")
    support.until("2026-11-23 07:59")
    support.forgets_mail()
    support.sandbox.twilio.fault("drop_before")
    support.until("2026-11-23 08:00")
    support.settles(6)

    assert mornings(support) == 1
    support.forgets_mail()


def test_where_numbers_are_not_kept_what_has_not_left_yet_does_not_hide_that(
    support: World,
) -> None:
    support.runs("Bob", "/oncall test")
    support.tick()
    support.reads("Bob", "WhoseOnFirst test")
    support.sandbox.twilio.redact(bodies=True, numbers=True)
    support.sandbox.twilio.fault("accept_then_drop")
    support.until("2026-11-23 08:00")
    support.sandbox.phones.script("+13125550190", "stuck:queued")
    for _ in range(60):
        support.sandbox.phones.send(support.sandbox.twilio.number, "+13125550190", "Waits")
    support.settles(9)

    assert mornings(support) == 1
    assert len(support.sandbox.twilio.requests) == 2
    support.forgets_mail()


# --- it lasts ---


@pytest.mark.parametrize("fault", ["500", "504"])
@pytest.mark.parametrize("lists_work", [True, False])
@pytest.mark.parametrize("minutes", [4, 12, 20, 35, 50])
def test_an_outage_that_says_nothing_clear_delays_it_only(
    support: World, fault: Kind, lists_work: bool, minutes: int
) -> None:
    support.until("2026-11-23 07:59")
    if lists_work:
        support.sandbox.twilio.fault(fault, times=100)
    else:
        support.sandbox.twilio.trouble(fault)
    support.settles(minutes + 1)
    support.sandbox.twilio.recover()
    support.settles(30)

    assert mornings(support) == 1
    support.forgets_mail()
