"""An SMS followed to its end: what is seen of it, what happens if it fails, who confirms it."""

from itertools import pairwise

import pytest

from scheduling.channels.twilio.codes import REASONS
from storage.database import reading
from storage.models import Reply
from tests.stories.conftest import World
from tests.stories.stored import all_settled, rows

# --- the post shows the life of the SMS ---


def test_the_post_is_edited_through_the_life_of_the_sms(support: World) -> None:
    support.until("2026-11-23 08:00")
    assert "📤 @Alice: SMS on its way" in support.post("Good morning!")

    support.passes(seconds=15)
    support.tick()
    assert "📨 @Alice: SMS delivered 8:00:03" in support.post("Good morning!")

    support.reads("Alice", "Good morning")
    support.passes(minutes=2)
    support.people["Alice"].phone.replies("OK")
    support.passes(seconds=30)
    post = support.post("Good morning!")
    assert "✅ @Alice: SMS delivered 8:00:03, confirmed 8:02 by SMS" in post
    assert "I’ve got it" not in post
    support.reads("Alice", "Thanks, Alice: confirmed.", "until Tue 24 Nov 08:00 CST")
    assert len(support.channel.messages) == 1


def test_the_button_confirms_and_only_whose_turn_it_is_can_press_it(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning")
    (post,) = support.channel.messages

    assert "Only Alice can confirm that" in support.clicks("Bob", "I’ve got it", post).text
    assert "Thanks: you are on call" in support.clicks("Alice", "I’ve got it", post).text
    support.passes(seconds=30)
    assert "confirmed 8:00 in Slack" in support.post("Good morning!")
    told = support.runs("Alice", "/oncall ok").text
    assert "You confirmed that at 8:00 already." in told


def test_oncall_ok_confirms_what_waits(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning")

    assert "Nothing waits for your OK" in support.runs("Bob", "/oncall ok").text
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
    assert (REASONS[code].words or "?") in support.post("who is on call", "did not get the SMS")
    support.direct(
        "Alice", "Alice, you are on call for Support", (REASONS[code].words or "").rstrip(".")
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
    assert (REASONS[code].words or "?") in support.post("who is on call", "did not get the SMS")
    support.direct("Alice", "you are on call for Support", (REASONS[code].words or "").rstrip("."))
    for _ in range(20):
        support.passes(minutes=5)
    assert rows("again") == []
    support.passes(minutes=1)
    assert all_settled()


@pytest.mark.parametrize("code", [30001, 30003, 30008])
def test_what_may_pass_is_sent_anew_after_ten_minutes(support: World, code: int) -> None:
    support.sandbox.phones.script("+13125550101", f"undelivered:{code}")
    support.until("2026-11-23 08:00")
    support.passes(seconds=15)
    support.passes(seconds=15)
    assert (REASONS[code].words or "?") in support.post("who is on call", "did not get the SMS")
    support.direct("Alice", "you are on call for Support", (REASONS[code].words or "").rstrip("."))

    support.sandbox.phones.script("+13125550101", "delivered")
    for _ in range(12):
        support.passes(minutes=1)
    support.reads("Alice", "Good morning, Alice!", "(Sent again; first sent at 08:00.)")
    support.has_no_mail()
    assert "was reached after all" in support.post("who is on call", "after all")
    assert "sent again 8:10, delivered" in support.post("Good morning!")
    support.passes(minutes=1)
    assert all_settled()


@pytest.mark.parametrize("code", [20429, 21611, 20503])
def test_what_passes_within_two_minutes_is_told_to_nobody(support: World, code: int) -> None:
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

    assert "SMS sent; there is no receipt" in support.post("Good morning!")
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
    assert second.body.startswith("Good morning, Alice!")
    assert "was reached after all" in support.post("who is on call", "after all")
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

    support.direct("Alice", "you are on call for Support", "your SMS may not have arrived")
    assert len(support.channel.messages) == 1
    for _ in range(6):
        support.passes(minutes=1)
    assert "may not have got the SMS" in support.post("who is on call")
    assert rows("escalation") == []


def test_who_sees_it_in_slack_ends_the_search(support: World) -> None:
    support.changes("Alice", "/oncall escalation add @greg")
    support.people["Alice"].phone.switches("off")
    support.until("2026-11-23 08:00")
    for _ in range(4):
        support.passes(seconds=15)
    message = support.direct("Alice", "you are on call for Support", "switched off")

    support.clicks("Alice", "I’ve got it", message)
    for _ in range(30):
        support.passes(minutes=1)

    assert rows("escalation") == []
    assert "was reached after all" in support.post("who is on call", "after all")
    assert "✅ @Alice: confirmed 8:01 in Slack" in support.post("Good morning!")
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

    sms = "I cannot reach Alice, who is on call for Support until Tue 24 Nov 08:00 CST."
    support.reads("Greg", sms, "Reply OK if you see to it.")
    support.reads("Dana Boss", sms)
    warning = support.post("@Alice, who is on call, did not get the SMS")
    assert "SMS to @Greg, delivered" in warning
    assert "[ Try again ]  [ Cover the shift ]  [ Fix the number ]" in warning

    support.replies("Dana Boss", "ok")
    support.reads("Dana Boss", "Thanks, Dana.", "knows that you see to it")
    support.reads("Greg", "Dana Boss sees to it: Alice of Support could not be reached.")
    warning = support.post("@Dana Boss sees to it: @Alice, who is on call, was not reached")
    assert "confirmed" not in warning
    support.passes(minutes=1)
    assert all_settled()
    support.replies("Dana Boss", "OK")
    assert "already, Dana" in support.reads("Dana Boss", "You confirmed at 8:0")
    assert "You confirmed that at 8:0" in support.runs("Dana Boss", "/oncall ok").text


def test_who_cannot_be_reached_as_contact_is_written_to_in_slack(support: World) -> None:
    support.changes("Alice", "/oncall escalation add @greg")
    for name in ("Alice", "Greg"):
        support.people[name].phone.switches("invalid")
    support.until("2026-11-23 08:00")
    for _ in range(7):
        support.passes(minutes=1)

    message = support.direct("Greg", "I cannot reach @Alice", "Do you see to it?")
    assert "you see to it" in support.clicks("Greg", "I see to it", message).text


def test_who_takes_over_ends_the_search_for_who_was_on_call(support: World) -> None:
    support.changes("Alice", "/oncall escalation add @greg")
    support.people["Alice"].phone.switches("off")
    support.until("2026-11-23 08:00")
    for _ in range(4):
        support.passes(seconds=15)
    support.changes("Bob", "/oncall take now to 20:00")
    for _ in range(20):
        support.passes(minutes=1)

    support.reads("Bob", "Bob, you are on call for Support from now")
    support.post("@Alice did not get the SMS; by now @Bob is on call.")
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
    assert "Put @Bob on call?" in preview.text
    assert "Mon 23 Nov 08:00 to Tue 24 Nov 08:00: @Alice → @Bob" in preview.text
    support.clicks("Bob", "Discard", preview)
    support.people["Alice"].phone.switches("on")
    support.clicks("Bob", "Try again", warning)
    support.tick()
    support.reads("Alice", "Good morning, Alice!")
    support.passes(seconds=30)
    refused = support.runs("Bob", f"/oncall again {rows('daily')[1].id}").text
    assert "The SMS to Alice has arrived, so a second one could come twice" in refused
    support.has_no_mail()


def test_if_slack_is_down_the_sms_goes_out_all_the_same(support: World) -> None:
    support.sandbox.slack.trouble("503")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning")
    support.replies("Alice", "ok")
    support.reads("Alice", "Thanks, Alice: confirmed.")
    support.sandbox.slack.recover()
    support.passes(minutes=1)
    assert "confirmed 8:02 by SMS" in support.post("Good morning!")


def test_if_twilio_is_down_slack_says_so(support: World) -> None:
    support.sandbox.twilio.trouble("drop_before")
    support.until("2026-11-23 08:00")
    for _ in range(7):
        support.passes(minutes=1)

    support.direct("Alice", "you are on call for Support")
    support.passes(seconds=15)
    assert "may not have got the SMS" in support.post("@Alice, who is on call,")
    support.sandbox.twilio.recover()
    for _ in range(4):
        support.passes(minutes=1)
    support.reads("Alice", "Good morning", "min late")
    assert "was reached after all" in support.post("@Alice, who is on call,")


# --- confirmed within so many minutes ---


def test_who_does_not_confirm_in_time_is_sought_another_way(support: World) -> None:
    support.changes("Alice", "/oncall settings confirm 10")
    support.changes("Alice", "/oncall escalation add @greg")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning", "Reply OK within 10 min.")
    for _ in range(9):
        support.passes(minutes=1)
    assert len(support.channel.messages) == 1

    for _ in range(8):
        support.passes(minutes=1)
    assert "has not confirmed. There was no OK within 10 min." in support.post("who is on call,")
    support.direct("Alice", "you are on call for Support", "Please confirm that you have it.")
    for _ in range(4):
        support.passes(minutes=1)
    support.reads("Greg", "I cannot reach Alice")

    support.replies("Alice", "OK")
    support.reads("Alice", "Thanks, Alice: confirmed.")
    support.reads("Greg", "All is well: Alice is reached, and on call for Support.")
    assert "has confirmed" in support.post("@Alice, who is on call,")
    support.passes(minutes=1)
    assert all_settled()


def test_who_confirms_in_time_is_left_in_peace(support: World) -> None:
    support.changes("Alice", "/oncall settings confirm 10")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning")
    support.replies("Alice", "👍")
    support.reads("Alice", "Thanks, Alice: confirmed.")
    for _ in range(20):
        support.passes(minutes=1)

    assert len(support.channel.messages) == 1
    assert support.people["Alice"].slack.direct_messages.messages == []


# --- what people write ---


def test_who_next_and_help_are_answered(support: World) -> None:
    support.until("2026-11-23 09:00")
    support.reads("Alice", "Good morning")

    support.replies("Bob", "Who?")
    support.reads("Bob", "Alice is on call for Support until Tue 24 Nov 08:00 CST.")
    support.replies("Bob", "next")
    support.reads("Bob", "Your next shift for Support: Tue 24 Nov 08:00 to Thu 26 Nov 08:00 CST.")
    support.replies("Alice", "NEXT")
    support.reads("Alice", "You are on call for Support now, until Tue 24 Nov 08:00 CST.")
    support.replies("Bob", "menu")
    support.reads("Bob", "WHO: who is on call", "STOP: no more SMS")


def test_what_nobody_understands_is_answered_once_a_day(support: World) -> None:
    support.replies("Bob", "I am driving and will reply later")
    support.reads("Bob", "WhoseOnFirst, Support's on-call bot. Write OK: I have it.")
    support.replies("Bob", "I am driving and will reply later")
    support.has_no_mail()


def test_a_machine_that_answers_back_is_not_answered_for_ever(support: World) -> None:
    for _ in range(15):
        support.people["Bob"].phone.replies("ok")
    support.passes(minutes=2)
    assert len(support.people["Bob"].phone.messages) == 10
    support.forgets_mail()


def test_strangers_get_no_answer_and_nothing_of_theirs_is_kept(support: World) -> None:
    stranger = support.sandbox.person("Mallory", "+13125550166")
    stranger.phone.replies("WHO")
    support.passes(minutes=2)

    assert stranger.phone.messages == []
    with reading():
        (reply,) = Reply.select()
        assert (reply.meaning, reply.body) == ("stranger", "")


def test_stop_is_kept_shown_to_admins_and_the_person_is_reached_in_slack(support: World) -> None:
    support.replies("Bob", "Stop")
    support.direct("Bob", "You replied STOP", "Text START")
    assert "(replied STOP: no SMS)" in support.runs("Alice", "/oncall members").text

    support.until("2026-11-23 16:00")
    support.reads("Alice", "Good morning")
    support.post("Tomorrow’s message for Support may not arrive", "@Bob: They replied STOP")
    support.until("2026-11-24 08:00")
    support.passes(seconds=15)
    support.direct("Bob", "Bob, you are on call for Support", "STOP was sent from that phone")
    assert [call.parameters["To"] for call in support.sandbox.twilio.requests] == ["+13125550101"]

    support.replies("Bob", "START")
    support.reads("Bob", "Good morning, Bob!", "you are on call for Support until")
    support.passes(seconds=30)
    assert "was reached after all" in support.post("@Bob, who is on call")
    assert "STOP" not in support.runs("Alice", "/oncall members").text


def test_a_reply_is_read_once_through_restarts(support: World) -> None:
    support.replies("Bob", "next")
    support.reads("Bob", "Your next shift")
    support.stops_bot()
    support.starts_bot()
    for _ in range(4):
        support.passes(minutes=1)
    support.has_no_mail()


def test_replies_to_a_messaging_service_are_read_too(world: World) -> None:
    world.stops_bot()
    world.starts_bot(
        TWILIO_MESSAGING_SERVICE_SID=world.sandbox.twilio.messaging_service_sid,
        TWILIO_PHONE_NUMBER="",
    )
    world.has_support_team()
    world.until("2026-11-23 08:00")
    world.reads("Alice", "Good morning")
    world.replies("Alice", "OK")
    world.reads("Alice", "Thanks, Alice: confirmed.")


# --- numbers that nobody has confirmed ---


def test_a_new_member_is_asked_to_confirm_their_number(support: World) -> None:
    support.joins("Zoe Zimmer", "+13125550111")
    preview = support.runs("Alice", "/oncall members add @zoe +13125550111")
    done = support.confirms("Alice", preview)
    assert "(not confirmed)" in support.runs("Alice", "/oncall members").text

    support.clicks("Alice", "Ask for an OK by SMS", done)
    support.tick()
    support.reads("Zoe Zimmer", "Hello Zoe", "Reply OK so that I know I reach you")
    support.replies("Zoe Zimmer", "Ok")
    support.reads("Zoe Zimmer", "Thanks, Zoe: I know that I reach you here.")
    assert "(not confirmed)" not in support.runs("Alice", "/oncall members").text
    refused = support.runs("Alice", "/oncall members confirm").text
    assert "Everybody in Support has confirmed their number." in refused


# --- the day before, and the week ---


def test_the_afternoon_before_says_nothing_if_all_is_well(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.until("2026-11-23 16:00")
    assert len(support.channel.messages) == 1
    assert (
        "look at the next morning: all is well" in support.runs("Bob", "/oncall notifications").text
    )


def test_the_afternoon_before_warns_of_what_will_not_arrive(support: World) -> None:
    support.runs("Alice", "/oncall members edit @bob phone +13125550122")
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.people["Bob"].slack.leaves()
    support.sandbox.twilio.fault("500", times=9, on="account")
    for minute in ("16:00", "16:01", "16:02", "16:03", "16:04"):
        support.until(f"2026-11-23 {minute}")

    support.post(
        "Tomorrow’s message for Support may not arrive",
        "Nobody has ever confirmed their number",
        "Their Slack account is deactivated",
        "Twilio is having trouble",
    )


def test_mondays_begin_with_the_weeks_list_if_the_team_wants_it(support: World) -> None:
    support.changes("Alice", "/oncall settings summary on")
    support.changes("Alice", "/oncall escalation add @greg")
    support.changes("Alice", "/oncall override @bob 2026-11-28 14:00 to 18:00 for dentist")
    support.until("2026-11-23 08:00")

    support.reads("Alice", "Good morning")
    support.reads(
        "Greg",
        "Support this week: Mon Alice, Tue-Wed Bob, Thu Carol, Fri Dave, Sat Eve, "
        "Sat 14:00 Bob (for Eve), Sat 18:00 Eve, Sun Fran.",
    )
    week = support.post("who is on call this week")
    assert "Tue 24 Nov 08:00 to Thu 26 Nov 08:00 (48 h): @Bob" in week
    assert "@Bob, covering for @Eve (dentist)" in week
    support.until("2026-11-23 09:00")
    assert len(rows("summary")) == 2


# --- handoffs ---


def test_an_override_for_now_reaches_who_comes_on_and_who_goes_off(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.until("2026-11-23 10:17")
    support.changes("Bob", "/oncall take now for 2 hours")
    support.passes(seconds=15)
    support.reads("Bob", "Bob, you are on call for Support from now until Mon 23 Nov 12:17 CST")
    assert len(support.people["Alice"].slack.direct_messages.messages) == 1
    support.direct("Alice", "Off", "@Bob is on call")

    support.until("2026-11-23 12:17")
    support.reads("Alice", "Alice, you are on call for Support from now")
    support.direct("Bob", "Your turn for Support has ended: @Alice is on call now")


# --- rate and money ---


def test_a_rate_limit_holds_for_all_sms_and_for_no_channel(support: World) -> None:
    support.sandbox.twilio.fault("429", retry_after=40)
    support.until("2026-11-23 08:00")
    support.post("Good morning!")
    support.runs("Bob", "/oncall test")
    support.passes(seconds=30)
    assert len(support.sandbox.twilio.requests) == 1

    support.passes(seconds=15)
    support.reads("Bob", "Test from WhoseOnFirst")
    support.passes(seconds=30)
    support.reads("Alice", "Good morning")


def test_posts_of_one_channel_go_out_in_their_order(support: World) -> None:
    support.stops_bot()
    support.clock.forward(days=3, hours=1, minutes=10)
    support.starts_bot()
    support.tick()
    support.forgets_mail()
    posts = [post.plain for post in support.channel.messages]
    assert "Good morning!" in posts[0]
    assert "I was not running" in posts[1]


def test_a_runaway_is_stopped_and_said_loudly(support: World) -> None:
    support.changes("Alice", "/oncall settings sms-cap 10")
    for name in ("alice", "bob", "carol", "dave") * 3:
        support.runs("Alice", f"/oncall test @{name}")
        support.passes(minutes=1)
    assert len(support.sandbox.phones.messages) == 5
    support.forgets_mail()
    support.post("🚨 Support has used up its SMS segments for answers and tests: 5 of 10")

    support.until("2026-11-23 08:00")  # the other half is for those who are on call
    support.reads("Alice", "Good morning")
    for hour in range(9, 13):
        support.changes("Alice", f"/oncall override @bob {hour}:00 to {hour}:30")
    for hour in range(9, 13):
        support.until(f"2026-11-23 {hour:02}:00")
        support.until(f"2026-11-23 {hour:02}:30")
    support.passes(seconds=15)
    assert len(support.sandbox.phones.messages) == 10
    support.forgets_mail()
    support.post("🚨 Support has used up its 10 SMS segments of 24 hours")
    support.direct("Alice", "Alice, you are on call for Support", "your SMS did not arrive")
    support.changes("Alice", "/oncall settings sms-cap 200")
    support.until("2026-11-24 08:00")
    support.reads("Bob", "Good morning")


def test_what_the_sms_cost_is_shown_by_month(support: World) -> None:
    assert "No SMS was sent" in support.runs("Bob", "/oncall costs").text
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.passes(minutes=1)

    told = support.runs("Bob", "/oncall costs").text
    assert "November 2026" in told
    assert "0.01 USD" in told
