"""A text on its way: what its post says, Twilio's codes, and the fallback."""

from itertools import pairwise

import pytest

from scheduling.channels.twilio.codes import REASONS
from tests.stories.conftest import World
from tests.stories.stored import all_settled, rows

# --- the post shows the life of the SMS ---


def test_the_post_is_edited_through_the_life_of_the_sms(support: World) -> None:
    support.until("2026-11-23 08:00")
    assert "📤 @Alice: text on its way" in support.post("Good morning!")

    support.passes(seconds=15)
    support.tick()
    assert "📨 @Alice: text delivered 8:00:03 AM" in support.post("Good morning!")

    support.reads("Alice", "Good morning")
    support.passes(minutes=2)
    support.people["Alice"].phone.replies("OK")
    support.passes(seconds=30)
    post = support.post("Good morning!")
    assert "✅ @Alice: text delivered 8:00:03 AM, confirmed 8:02 AM by text" in post
    assert "I’ve got it" not in post
    support.reads("Alice", "Thanks, Alice. Confirmed", "until Tue Nov 24, 8:00 AM CST")
    assert len(support.channel.messages) == 1


def test_the_button_confirms_and_only_whose_turn_it_is_can_press_it(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning")
    (post,) = support.channel.messages

    assert (
        "Only Alice or an escalation contact can confirm that"
        in support.clicks("Bob", "I’ve got it", post).text
    )
    assert "You’re on call" in support.clicks("Alice", "I’ve got it", post).text
    support.passes(seconds=30)
    assert "confirmed 8:00 AM in Slack" in support.post("Good morning!")
    text = support.runs("Alice", "/oncall ok").text
    assert "You already confirmed that at 8:00 AM CST." in text


def test_oncall_ok_confirms_what_waits(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning")

    assert "Nothing in Support is waiting for your OK" in support.runs("Bob", "/oncall ok").text
    assert "confirmed" in support.runs("Alice", "/oncall ok").text
    assert rows("daily")[1].acknowledged_in == "slack"


def test_a_status_that_comes_late_never_takes_one_back(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.passes(seconds=15)
    assert rows("daily")[1].status == "delivered"

    support.sandbox.phones.script("+13125550101", "stuck:sent")
    for _ in range(20):
        support.passes(minutes=1)
    assert rows("daily")[1].status == "delivered"
    assert len(support.sandbox.twilio.requests) == 1


def test_twilio_is_asked_less_and_less_often_and_not_beyond_four_hours(support: World) -> None:
    support.sandbox.phones.script("+13125550101", "stuck:sent")
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    for _ in range(5 * 60 * 4):
        support.passes(seconds=15)

    asked = [call.at for call in support.sandbox.twilio.calls if call.operation == "fetch"]
    pauses = [(after - before).total_seconds() for before, after in pairwise(asked)]
    assert pauses == sorted(pauses)
    assert (asked[-1] - asked[0]).total_seconds() < 4.3 * 3600
    assert len(asked) < 40
    support.passes(minutes=1)
    assert all_settled()


# --- each of Twilio's codes ---


FAILS_AT_ONCE = (20003, 21211, 21212, 21217, 21408, 21606, 21608, 21610, 21614, 21617)


FAILS_LATER = (30004, 30005, 30006, 30007, 30034)


@pytest.mark.parametrize("code", FAILS_AT_ONCE)
def test_what_is_refused_for_good_goes_on_in_slack_at_once(support: World, code: int) -> None:
    support.sandbox.phones.script("+13125550101", f"refuse:{code}")
    support.until("2026-11-23 08:00")
    support.passes(seconds=15)

    call = rows("daily")[1]
    assert call.status == ("skipped" if code == 21610 else "failed")
    assert (call.error_code, call.error_message) == (str(code), REASONS[code].words)
    assert (REASONS[code].words or "?") in support.post("is on call but", "didn’t get the text")
    support.direct(
        "Alice", "Alice, you’re on call for Support", (REASONS[code].words or "").rstrip(".")
    )
    for _ in range(20):
        support.passes(minutes=5)
    assert rows("again") == []
    assert len(support.sandbox.twilio.requests) == 1
    support.passes(minutes=1)
    assert all_settled()


@pytest.mark.parametrize("code", FAILS_LATER)
def test_what_is_lost_for_good_on_the_way_goes_on_in_slack(support: World, code: int) -> None:
    support.sandbox.phones.script("+13125550101", f"undelivered:{code}")
    support.until("2026-11-23 08:00")
    support.passes(seconds=15)
    support.passes(seconds=15)

    call = rows("daily")[1]
    assert (call.status, call.error_code) == ("undelivered", str(code))
    assert (REASONS[code].words or "?") in support.post("is on call but", "didn’t get the text")
    support.direct("Alice", "you’re on call for Support", (REASONS[code].words or "").rstrip("."))
    for _ in range(20):
        support.passes(minutes=5)
    assert rows("again") == []
    support.passes(minutes=1)
    assert all_settled()


@pytest.mark.parametrize("code", [30001, 30003, 30008])
def test_a_text_with_a_transient_error_is_resent_after_ten_minutes(
    support: World, code: int
) -> None:
    support.sandbox.phones.script("+13125550101", f"undelivered:{code}")
    support.until("2026-11-23 08:00")
    support.passes(seconds=15)
    support.passes(seconds=15)
    assert (REASONS[code].words or "?") in support.post("is on call but", "didn’t get the text")
    support.direct("Alice", "you’re on call for Support", (REASONS[code].words or "").rstrip("."))

    support.sandbox.phones.script("+13125550101", "delivered")
    for _ in range(12):
        support.passes(minutes=1)
    support.reads("Alice", "Good morning, Alice.", "(Sent again; first sent at 8:00 AM.)")
    support.has_no_mail()
    warning = support.post("is on call and has been reached")
    assert "resent 8:10 AM, delivered\nTimes in CST" in warning
    assert "@Alice: text delivered 8:10:" in support.post("Good morning!")
    assert "resent" not in support.post("Good morning!")
    support.passes(minutes=1)
    assert all_settled()


@pytest.mark.parametrize("code", [20429, 21611, 20503])
def test_nobody_hears_of_a_failure_that_passes_within_two_minutes(
    support: World, code: int
) -> None:
    support.sandbox.phones.script("+13125550101", f"refuse:{code}")
    support.until("2026-11-23 08:00")
    call = rows("daily")[1]
    assert (call.status, call.error_code) == ("retrying", str(code))
    assert call.error_message

    support.sandbox.phones.script("+13125550101", "delivered")
    for _ in range(6):
        support.passes(minutes=1)
    support.reads("Alice", "Good morning")
    assert len(support.channel.messages) == 1
    assert support.people["Alice"].slack.direct_messages.messages == []


def test_a_carrier_without_receipts_alarms_nobody(support: World) -> None:
    support.sandbox.phones.script("+13125550101", "delivery_unknown")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning")
    for _ in range(15):
        support.passes(minutes=1)

    assert "text sent, no delivery receipt" in support.post("Good morning!")
    assert len(support.channel.messages) == 1
    assert support.people["Alice"].slack.direct_messages.messages == []


# --- the fallback ---


def test_the_second_phone_rings_when_the_first_one_fails(support: World) -> None:
    support.runs("Alice", "/oncall members edit @alice second +13125550121")
    support.people["Alice"].phone.switches("off")
    support.until("2026-11-23 08:00")
    for _ in range(4):
        support.passes(seconds=15)

    (second,) = support.sandbox.phones.phone("+13125550121").messages
    assert second.body.startswith("Good morning, Alice.")
    support.post("is on call and has been reached")
    assert support.people["Alice"].slack.direct_messages.messages == []
    (row,) = rows("second")
    assert row.fallback_of_id == rows("daily")[1].id


def test_without_a_receipt_slack_is_tried_besides_after_five_minutes(support: World) -> None:
    support.sandbox.phones.script("+13125550101", "stuck:sending")
    support.until("2026-11-23 08:00")
    for _ in range(4):
        support.passes(minutes=1)
    assert support.people["Alice"].slack.direct_messages.messages == []
    support.passes(minutes=1)
    support.passes(seconds=15)

    support.direct("Alice", "you’re on call for Support", "your text may not have arrived")
    assert len(support.channel.messages) == 1
    for _ in range(6):
        support.passes(minutes=1)
    support.post("is on call but may not have gotten the text")
    assert rows("escalation") == []


def test_who_sees_it_in_slack_ends_the_search(support: World) -> None:
    support.changes("Alice", "/oncall escalation add @greg")
    support.people["Alice"].phone.switches("off")
    support.until("2026-11-23 08:00")
    for _ in range(4):
        support.passes(seconds=15)
    message = support.direct("Alice", "you’re on call for Support", "phone is off")

    support.clicks("Alice", "I’ve got it", message)
    for _ in range(30):
        support.passes(minutes=1)

    assert rows("escalation") == []
    support.post("is on call and has been reached")
    assert "✅ @Alice: confirmed 8:01 AM in Slack" in support.post("Good morning!")
    support.passes(minutes=1)
    assert all_settled()


def test_the_escalation_contacts_hear_of_who_cannot_be_reached(support: World) -> None:
    support.changes("Alice", "/oncall escalation add @greg")
    dana = support.joins("Dana Boss", "+13125550112")
    support.changes("Alice", f"/oncall escalation add <@{dana.id}> +13125550112")
    support.people["Alice"].phone.switches("invalid")
    support.until("2026-11-23 08:00")
    for _ in range(7):
        support.passes(minutes=1)

    sms = "Support: can't reach Alice (on call until Tue Nov 24, 8:00 AM CST)."
    support.reads("Greg", sms, "Reply OK if you'll handle it.")
    support.reads("Dana Boss", sms)
    warning = support.post("@Alice is on call but didn’t get the text")
    assert "text to @Greg, delivered" in warning
    assert "[ Try again ]  [ Cover the shift ]  [ Fix the number ]" in warning

    support.replies("Dana Boss", "ok")
    support.reads("Dana Boss", "Thanks, Dana.", "now shows you're on it")
    support.reads("Greg", "Dana Boss is handling it: Alice (Support) couldn't be reached.")
    warning = support.post("@Dana Boss is handling it: @Alice (on call) didn’t get the text")
    assert "confirmed" not in warning
    support.passes(minutes=1)
    assert all_settled()
    support.replies("Dana Boss", "OK")
    support.reads("Dana Boss", "Thanks, Dana. You already confirmed at 8:0", " CST.")
    assert "You already confirmed that at 8:0" in support.runs("Dana Boss", "/oncall ok").text


def test_who_cannot_be_reached_as_contact_is_written_to_in_slack(support: World) -> None:
    support.changes("Alice", "/oncall escalation add @greg")
    for name in ("Alice", "Greg"):
        support.people[name].phone.switches("invalid")
    support.until("2026-11-23 08:00")
    for _ in range(7):
        support.passes(minutes=1)

    message = support.direct("Greg", "I can’t reach @Alice", "Will you handle it?")
    assert "you’re on it" in support.clicks("Greg", "I’m on it", message).text


def test_who_takes_over_ends_the_search_for_who_was_on_call(support: World) -> None:
    support.changes("Alice", "/oncall escalation add @greg")
    support.people["Alice"].phone.switches("off")
    support.until("2026-11-23 08:00")
    for _ in range(4):
        support.passes(seconds=15)
    support.changes("Bob", "/oncall take now to 20:00")
    for _ in range(20):
        support.passes(minutes=1)

    support.reads("Bob", "Bob, you're now on call for Support")
    support.post("Closed: @Bob is on call now. @Alice didn’t get the text.")
    assert rows("escalation") == []
    support.passes(minutes=1)
    assert all_settled()


def test_the_buttons_below_a_warning_help(support: World) -> None:
    support.people["Alice"].phone.switches("invalid")
    support.until("2026-11-23 08:00")
    support.passes(seconds=15)
    warning = support.channel.messages[-1]

    assert support.clicks("Alice", "Fix the number", warning).view is not None
    preview = support.clicks("Bob", "Cover the shift", warning)
    assert "Have @Bob cover for @" in preview.text
    assert "Mon Nov 23, 8:00 AM to Tue Nov 24, 8:00 AM: @Alice → @Bob" in preview.text
    support.clicks("Bob", "Cancel", preview)
    support.people["Alice"].phone.switches("on")
    support.clicks("Bob", "Try again", warning)
    support.tick()
    support.reads("Alice", "Good morning, Alice.")
    support.passes(seconds=30)
    refused = support.runs("Bob", f"/oncall again {rows('daily')[1].id}").text
    assert "The text to Alice has arrived, so there’s nothing to resend" in refused
    support.has_no_mail()


def test_if_slack_is_down_the_sms_goes_out_all_the_same(support: World) -> None:
    support.sandbox.slack.trouble("503")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning")
    support.replies("Alice", "ok")
    support.reads("Alice", "Thanks, Alice. Confirmed")
    support.sandbox.slack.recover()
    support.passes(minutes=1)
    assert "confirmed 8:02 AM by text" in support.post("Good morning!")


def test_if_twilio_is_down_slack_says_so(support: World) -> None:
    support.sandbox.twilio.trouble("drop_before")
    support.until("2026-11-23 08:00")
    for _ in range(7):
        support.passes(minutes=1)

    support.direct("Alice", "you’re on call for Support")
    support.passes(seconds=15)
    support.post("is on call but may not have gotten the text")
    support.sandbox.twilio.recover()
    for _ in range(4):
        support.passes(minutes=1)
    support.reads("Alice", "Good morning", "min late")
    support.post("@Alice is on call and has been reached")
