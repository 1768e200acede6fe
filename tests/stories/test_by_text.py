"""Other texts: confirmations, questions, numbers, the week, handoffs, limits."""

from storage.database import reading
from storage.models import Reply
from tests.stories.conftest import World
from tests.stories.stored import all_settled, rows

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
    support.post("is on call but hasn’t confirmed. There was no OK within 10 min.")
    support.direct("Alice", "you’re on call for Support", "Please confirm.")
    for _ in range(4):
        support.passes(minutes=1)
    support.reads("Greg", "can't reach Alice")

    support.replies("Alice", "OK")
    support.reads("Alice", "Thanks, Alice. Confirmed")
    support.reads("Greg", "All clear: Alice has been reached and is on call for Support.")
    support.post("is on call and has confirmed")
    support.passes(minutes=1)
    assert all_settled()


def test_who_confirms_in_time_is_left_in_peace(support: World) -> None:
    support.changes("Alice", "/oncall settings confirm 10")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning")
    support.replies("Alice", "👍")
    support.reads("Alice", "Thanks, Alice. Confirmed")
    for _ in range(20):
        support.passes(minutes=1)

    assert len(support.channel.messages) == 1
    assert support.people["Alice"].slack.direct_messages.messages == []


# --- what people write ---


def test_who_next_and_help_are_answered(support: World) -> None:
    support.until("2026-11-23 09:00")
    support.reads("Alice", "Good morning")

    support.replies("Bob", "Who?")
    support.reads("Bob", "Alice is on call for Support until Tue Nov 24, 8:00 AM CST.")
    support.replies("Bob", "next")
    support.reads("Bob", "Your next Support shift: Tue Nov 24, 8:00 AM to Thu Nov 26, 8:00 AM CST.")
    support.replies("Alice", "NEXT")
    support.reads("Alice", "You're on call for Support until Tue Nov 24, 8:00 AM CST.")
    support.replies("Bob", "menu")
    support.reads("Bob", "WHO for who's on call", "STOP or START to opt out or in")


def test_what_nobody_understands_is_answered_once_a_day(support: World) -> None:
    support.replies("Bob", "I am driving and will reply later")
    support.reads("Bob", "WhoseOnFirst (Support on-call). Reply OK to confirm,")
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
    support.direct("Bob", "(replied STOP)", "text START")
    assert "(opted out)" in support.runs("Alice", "/oncall members").text

    support.until("2026-11-23 16:00")
    support.reads("Alice", "Good morning")
    support.post(
        "Heads-up: tomorrow’s messages for Support may not get through",
        "@Bob: They opted out (replied STOP)",
    )
    support.until("2026-11-24 08:00")
    support.passes(seconds=15)
    support.direct("Bob", "Bob, you’re on call for Support", "Opted out (replied STOP)")
    assert [call.parameters["To"] for call in support.sandbox.twilio.requests] == ["+13125550101"]

    support.replies("Bob", "START")
    support.reads("Bob", "Good morning, Bob.", "you're on call for Support until")
    support.passes(seconds=30)
    support.post("is on call and has been reached")
    assert "STOP" not in support.runs("Alice", "/oncall members").text


def test_a_reply_is_read_once_through_restarts(support: World) -> None:
    support.replies("Bob", "next")
    support.reads("Bob", "Your next Support shift")
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
    world.reads("Alice", "Thanks, Alice. Confirmed")


# --- numbers that nobody has confirmed ---


def test_a_new_member_is_asked_to_confirm_their_number(support: World) -> None:
    support.joins("Zoe Zimmer", "+13125550111")
    preview = support.runs("Alice", "/oncall members add @zoe +13125550111")
    done = support.confirms("Alice", preview)
    assert "(not confirmed)" in support.runs("Alice", "/oncall members").text

    support.clicks("Alice", "Ask for an OK by text", done)
    support.tick()
    support.reads("Zoe Zimmer", "Hi Zoe", "Reply OK to confirm")
    support.replies("Zoe Zimmer", "Ok")
    support.reads("Zoe Zimmer", "Thanks, Zoe. This number is confirmed.")
    assert "(not confirmed)" not in support.runs("Alice", "/oncall members").text
    refused = support.runs("Alice", "/oncall members confirm").text
    assert "Everyone in Support has confirmed their number." in refused


# --- the day before, and the week ---


def test_the_afternoon_before_says_nothing_if_all_is_well(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.until("2026-11-23 16:00")
    assert len(support.channel.messages) == 1
    assert "tomorrow’s check: OK" in support.runs("Bob", "/oncall notifications").text


def test_the_afternoon_before_warns_of_what_will_not_arrive(support: World) -> None:
    support.runs("Alice", "/oncall members edit @bob phone +13125550122")
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.people["Bob"].slack.leaves()
    support.sandbox.twilio.fault("500", times=9, on="account")
    for minute in ("16:00", "16:01", "16:02", "16:03", "16:04"):
        support.until(f"2026-11-23 {minute}")

    support.post(
        "Heads-up: tomorrow’s messages for Support may not get through",
        "Their number isn’t confirmed",
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
        "Sat 2:00 PM CST Bob (for Eve), Sat 6:00 PM Eve, Sun Fran.",
    )
    week = support.post("who is on call this week")
    assert "Tue Nov 24, 8:00 AM to Thu Nov 26, 8:00 AM (48 h): @Bob" in week
    assert "@Bob, covering for @Eve (reason: dentist)" in week
    support.until("2026-11-23 09:00")
    assert len(rows("summary")) == 2


# --- handoffs ---


def test_an_override_for_now_reaches_who_comes_on_and_who_goes_off(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.until("2026-11-23 10:17")
    support.changes("Bob", "/oncall take now for 2 hours")
    support.passes(seconds=15)
    support.reads("Bob", "Bob, you're now on call for Support until Mon Nov 23, 12:17 PM CST")
    assert len(support.people["Alice"].slack.direct_messages.messages) == 1
    support.direct("Alice", "@Bob took you off call for Support: now until", "@Bob is on call")

    support.until("2026-11-23 12:17")
    support.reads("Alice", "Alice, you're now on call for Support")
    support.direct("Bob", "Your Support shift is over. @Alice is on call now")


# --- rate and money ---


def test_a_rate_limit_holds_for_all_sms_and_for_no_channel(support: World) -> None:
    support.sandbox.twilio.fault("429", retry_after=40)
    support.until("2026-11-23 08:00")
    support.post("Good morning!")
    support.runs("Bob", "/oncall test")
    support.passes(seconds=30)
    assert len(support.sandbox.twilio.requests) == 1

    support.passes(seconds=15)
    support.reads("Bob", "WhoseOnFirst test")
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
    assert "I wasn’t running" in posts[1]


def test_a_runaway_is_stopped_and_said_loudly(support: World) -> None:
    support.changes("Alice", "/oncall settings sms-cap 10")
    for name in ("alice", "bob", "carol", "dave") * 3:
        support.runs("Alice", f"/oncall test @{name}")
        support.passes(minutes=1)
    assert len(support.sandbox.phones.messages) == 5
    support.forgets_mail()
    support.post(
        "⚠️ Support has hit its limit for tests, answers and other extra texts: 5 of its 10"
    )

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
    support.post("🚨 Support has hit its limit of 10 SMS segments in 24 hours")
    support.direct("Alice", "Alice, you’re on call for Support", "your text didn’t arrive")
    support.changes("Alice", "/oncall settings sms-cap 200")
    support.until("2026-11-24 08:00")
    support.reads("Bob", "Good morning")


def test_what_the_sms_cost_is_shown_by_month(support: World) -> None:
    assert "No texts sent for Support yet." in support.runs("Bob", "/oncall costs").text
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.passes(minutes=1)

    text = support.runs("Bob", "/oncall costs").text
    assert "November 2026" in text
    assert "November so far: 1 text, 1 segment, $0.01." in text  # too early for an estimate
    support.until("2026-11-24 08:00")
    support.reads("Bob")
    support.until("2026-11-25 08:00")
    support.reads("Bob")
    support.passes(minutes=1)

    text = support.runs("Bob", "/oncall costs").text
    assert "November so far: 3 texts, 3 segments, $0.02; about $0.09 for the whole month." in text
    support.until("2026-12-01 07:59")
    support.forgets_mail()
    assert "December so far: no texts." in support.runs("Bob", "/oncall costs").text


def test_a_text_is_on_its_readers_clock_and_a_direct_message_on_the_teams(support: World) -> None:
    for name in ("alice", "bob"):
        support.changes("Alice", f"/oncall members edit @{name} zone Europe/Berlin")
    support.people["Alice"].phone.switches("off")
    support.until("2026-11-23 08:00")
    support.settles(5)
    support.direct("Alice", "you’re on call for Support", "until Tue Nov 24, 8:00 AM CST.")
    support.people["Alice"].phone.switches("on")

    support.changes("Bob", "/oncall take now to 09:00")
    support.settles(1)
    support.reads("Bob", "Bob, you're now on call for Support until Mon Nov 23, 4:00 PM CET")
    support.until("2026-11-23 09:00")
    support.settles(1)

    support.direct("Bob", "@Alice is on call now, until Tue Nov 24, 8:00 AM CST.")
    support.forgets_mail()
