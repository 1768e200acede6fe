"""Twilio's answer doesn't say whether it accepted an SMS: it arrives, and arrives once."""

from datetime import timedelta

import pytest

from sandbox.twilio import Kind
from scheduling.channels.twilio.lookup import NOT_TO_BE_FOUND
from tests.stories.conftest import World
from tests.stories.phones import ALICE
from tests.stories.stored import rows, the_call

LOST: list[Kind] = ["accept_then_drop", "accept_then_500", "accept_then_502"]


# --- it went out ---


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("has_unsent", [False, True])
@pytest.mark.parametrize("status", ["queued", "sent"])
def test_what_was_taken_is_found_whatever_the_list_shows(
    support: World, fault: Kind, has_unsent: bool, status: str
) -> None:
    support.sandbox.twilio.truths.filtered_lists_have_unsent = has_unsent
    support.sandbox.phones.script(ALICE, f"stuck:{status}")
    support.sandbox.twilio.fault(fault)
    support.until("2026-11-23 08:00")
    support.settles(2)

    assert the_call().status == "sent"
    support.settles(8)
    assert len(support.sandbox.twilio.requests) == 1
    support.forgets_mail()


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("listed_after", [0, 70, 180, 280])
def test_what_the_list_shows_late_is_not_sent_twice(
    support: World, listed_after: float, fault: Kind
) -> None:
    support.sandbox.twilio.truths.listed_after = listed_after
    support.sandbox.twilio.fault(fault)
    support.until("2026-11-23 08:00")
    support.settles(8)

    support.reads("Alice", "Good morning, Alice.")
    assert len(support.sandbox.twilio.requests) == 1
    assert the_call().status == "delivered"


@pytest.mark.parametrize("unsent_first", [True, False])
def test_many_older_ones_do_not_hide_it(support: World, unsent_first: bool) -> None:
    support.sandbox.twilio.truths.unsent_listed_first = unsent_first
    for _ in range(1200):
        support.sandbox.phones.send(support.sandbox.twilio.number, ALICE, "Something else")
    support.forgets_mail()
    support.sandbox.phones.script(ALICE, "stuck:queued")
    support.sandbox.twilio.fault("accept_then_drop")
    support.until("2026-11-23 08:00")
    support.settles(6)

    assert len(support.sandbox.twilio.requests) == 1


@pytest.mark.parametrize("minutes", [-20, -6, 6, 20])
def test_a_clock_that_is_wrong_by_minutes_does_not_hide_it(support: World, minutes: int) -> None:
    support.sandbox.twilio.goes_ahead(timedelta(minutes=minutes))
    support.sandbox.twilio.fault("accept_then_drop")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning, Alice.")
    support.settles(6)

    assert len(support.sandbox.twilio.requests) == 1


# --- it did not ---


@pytest.mark.parametrize("fault", ["drop_before", "500", "502", "504"])
def test_what_was_not_taken_is_sent_again_after_five_minutes(support: World, fault: Kind) -> None:
    support.sandbox.twilio.fault(fault)
    support.until("2026-11-23 08:00")
    support.settles(4)
    assert len(support.sandbox.twilio.requests) == 1
    assert "couldn’t find the message" in str(the_call().error_message)

    support.settles(2)
    support.reads("Alice", "Good morning, Alice.")
    assert len(support.sandbox.twilio.requests) == 2


def test_lookups_do_not_count_as_attempts(support: World) -> None:
    support.sandbox.twilio.fault("drop_before")
    support.sandbox.twilio.fault("503", times=1)
    support.until("2026-11-23 08:00")
    support.settles(5)
    assert the_call().status == "retrying"  # the second of three tries was refused for the moment
    support.settles(2)

    support.reads("Alice", "Good morning, Alice.")
    assert len(support.sandbox.twilio.requests) == 3
    text = support.runs("Alice", "/oncall notifications").text
    assert "text to @Alice, delivered, 3 tries" in text


def test_meanwhile_slack_says_that_they_may_not_have_it(support: World) -> None:
    support.sandbox.twilio.trouble("500")
    support.until("2026-11-23 08:00")
    support.settles(6)

    support.post(
        "@Alice is on call but may not have gotten the text. Twilio is having trouble (500)."
    )
    support.direct("Alice", "on call")


@pytest.mark.parametrize("minutes", [-6, 0, 6])
def test_an_old_one_in_the_same_words_is_not_taken_for_it(support: World, minutes: int) -> None:
    support.sandbox.twilio.goes_ahead(timedelta(minutes=minutes))
    said = (
        "Good morning, Alice. You're on call for Support until Tue Nov 24, 8:00 AM CST. Next: Bob. "
        "Reply OK to confirm."
    )
    support.until("2026-11-23 07:52")
    support.sandbox.phones.send(support.sandbox.twilio.number, ALICE, said)
    support.reads("Alice", said)
    support.sandbox.twilio.fault("drop_before")
    support.until("2026-11-23 08:00")
    support.settles(6)

    assert support.reads("Alice") == said


def test_one_in_the_same_words_that_another_text_is_known_to_be_is_not_taken_for_it(
    support: World,
) -> None:
    support.replies("Alice", "WHO")
    first = support.reads("Alice", "on call")
    support.sandbox.twilio.fault("drop_before")
    support.replies("Alice", "WHO")
    support.settles(6)

    assert support.reads("Alice") == first
    assert len({row.twilio_sid for row in rows("answer")}) == 2


# --- what Twilio does not keep ---


def test_where_texts_are_not_kept_the_number_and_the_time_tell(support: World) -> None:
    support.sandbox.twilio.redact(bodies=True)
    support.sandbox.twilio.fault("accept_then_drop")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning, Alice.")
    support.settles(6)

    assert len(support.sandbox.twilio.requests) == 1
    assert the_call().status == "delivered"


def test_where_texts_are_not_kept_what_was_not_taken_is_sent_again(support: World) -> None:
    support.sandbox.twilio.redact(bodies=True)
    support.until("2026-11-23 07:59")
    support.runs("Alice", "/oncall test")
    support.tick()
    support.reads("Alice", "WhoseOnFirst test")  # its text is gone, too, and it is another one
    support.sandbox.twilio.fault("drop_before")
    support.until("2026-11-23 08:00")
    support.settles(6)

    support.reads("Alice", "Good morning, Alice.")


@pytest.mark.parametrize("bodies", [False, True])
@pytest.mark.parametrize("fault", ["accept_then_drop", "drop_before"])
def test_where_numbers_are_not_kept_it_is_never_sent_blindly(
    support: World, fault: Kind, bodies: bool
) -> None:
    support.runs("Bob", "/oncall test")
    support.tick()
    support.reads("Bob", "WhoseOnFirst test")
    support.sandbox.twilio.redact(bodies=bodies, numbers=True)
    support.sandbox.twilio.fault(fault)
    support.until("2026-11-23 08:00")
    sent = len(support.sandbox.twilio.requests)
    support.settles(75)

    assert len(support.sandbox.twilio.requests) == sent
    assert len(support.people["Alice"].phone.messages) == (fault == "accept_then_drop")
    support.forgets_mail()
    warning = support.post(
        "@Alice is on call but may not have gotten the text", "Check with them, or cover the shift"
    )
    assert NOT_TO_BE_FOUND in warning
    support.direct("Alice", "on call")
