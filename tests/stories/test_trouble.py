"""Twilio, Slack or the bot fails: nothing is lost, and nothing is sent twice."""

import re

import pytest

from sandbox.twilio import Kind
from storage.database import database, reading
from storage.models import Assignment, DeliveryAttempt, Notification, Override, Proposal
from tests.stories.conftest import World


def statuses(kind: str = "sms") -> list[str]:
    with reading():
        query = Notification.select().where(Notification.kind == kind).order_by(Notification.id)
        return [row.status for row in query]


def outcomes() -> list[str | None]:
    with reading():
        return [row.outcome for row in DeliveryAttempt.select().order_by(DeliveryAttempt.id)]


@pytest.mark.parametrize("fault", ["503", "429"])
def test_a_temporary_error_is_tried_again_after_a_minute(support: World, fault: Kind) -> None:
    support.sandbox.twilio.fault(fault)
    support.until("2026-11-23 08:00")
    assert statuses() == ["retrying"]
    support.has_no_mail()

    support.passes(seconds=61)
    support.reads("Alice", "Good morning, Alice.")
    assert statuses() == ["sent"]


def test_after_three_tries_it_has_failed_and_the_channel_is_warned(support: World) -> None:
    support.sandbox.twilio.fault("503", times=9)
    support.until("2026-11-23 08:00")
    support.sees_post("Good morning!")
    for _ in range(9):
        support.passes(seconds=60)

    assert statuses()[0] == "failed"
    assert len(support.sandbox.twilio.requests) == 3
    support.sees_post(
        "@Alice is on call but didn’t get the text. Twilio is having trouble (503).",
        "[ Try again ]  [ Cover the shift ]",  # nothing is wrong with the number
    )
    support.sees_no_post()


def test_a_warning_is_posted_as_soon_as_slack_can_take_it_within_the_day(support: World) -> None:
    support.sandbox.twilio.trouble("503")
    support.sandbox.slack.trouble("503")
    support.until("2026-11-23 08:00")
    for _ in range(20):
        support.passes(minutes=1)
    support.sees_no_post()
    support.sandbox.slack.recover()

    support.passes(minutes=1)

    support.sees_post("@Alice is on call but didn’t get the text")  # what is urgent goes first
    support.sees_post("Good morning!", "21 min late", "@Alice: text not sent")
    support.sees_no_post()
    support.sandbox.twilio.recover()
    support.passes(minutes=2)
    support.reads("Alice", "min late")


def test_a_warning_outlasts_posts_without_an_answer(support: World) -> None:
    support.sandbox.twilio.trouble("503")
    support.sandbox.slack.fault("chat.postMessage", "drop_before", times=9)
    support.until("2026-11-23 08:00")
    for _ in range(20):
        support.passes(minutes=1)

    posts = [post.plain for post in support.channel.messages]
    assert sum("@Alice is on call but didn’t get the text" in post for post in posts) == 1


def test_who_gets_it_after_all_is_not_said_to_have_missed_it(support: World) -> None:
    support.sandbox.twilio.trouble("429", retry_after=15)
    support.sandbox.slack.trouble("ratelimited", retry_after=15)
    support.until("2026-11-23 08:00")
    for _ in range(20):
        support.passes(seconds=15)
    support.sandbox.twilio.recover()
    support.sandbox.slack.recover()
    support.passes(minutes=2)  # both are due in one go: the SMS and the line about it
    support.passes(seconds=15)

    support.reads("Alice", "Good morning")
    support.sees_post("Good morning!")
    support.sees_no_post()


def test_that_it_is_tried_on_is_said_while_it_is(support: World) -> None:
    support.sandbox.twilio.trouble("429", retry_after=15)
    support.until("2026-11-23 08:00")
    support.sees_post("Good morning!")
    for _ in range(20):
        support.passes(seconds=15)

    support.passes(minutes=2)
    support.sees_post("@Alice is on call but hasn’t gotten the text yet", "I’ll keep trying")
    support.sees_no_post()


def test_what_was_said_of_trying_on_is_not_said_when_that_is_over(support: World) -> None:
    support.sandbox.twilio.trouble("429", retry_after=30)
    support.sandbox.slack.trouble("ratelimited", retry_after=30)
    support.until("2026-11-23 08:00")
    for _ in range(65):
        support.passes(minutes=1)
    support.sandbox.slack.recover()

    support.passes(minutes=1)

    support.sees_post("@Alice is on call but didn’t get the text")
    support.sees_post("Good morning!", "1 h 6 min late")  # a post is of use while its turn lasts
    support.sees_no_post()


def test_the_channel_hears_that_the_outcome_of_an_sms_is_unknown(support: World) -> None:
    support.sandbox.twilio.trouble("accept_then_drop")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning")
    support.sees_post("Good morning!")
    for _ in range(65):
        support.passes(minutes=1)

    support.sees_post(
        "@Alice is on call but may not have gotten the text", "Check with them, or cover the shift"
    )
    support.sees_no_post()
    text = support.runs("Greg", "/oncall notifications").text
    assert re.search(
        r"text to @Alice, failed(, after \d+ tries)?\. It may have been sent anyway\.", text
    )


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("21211", "this number doesn’t exist"),
        ("21614", "can’t receive texts"),
        ("21608", "it’s a trial"),
        ("21408", "Geo permissions"),
    ],
)
def test_a_permanent_error_is_not_tried_again(support: World, code: str, words: str) -> None:
    support.sandbox.phones.script("+13125550101", f"refuse:{code}")
    support.until("2026-11-23 08:00")
    for _ in range(5):
        support.passes(seconds=60)

    assert statuses() == ["failed"]
    assert len(support.sandbox.twilio.requests) == 1
    support.sees_post("Good morning!")
    support.sees_post("@Alice is on call but didn’t get the text", words)


def test_somebody_who_opted_out_is_skipped_and_the_channel_hears_so(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.people["Bob"].phone.replies("STOP")
    support.sees_post("@Alice")
    support.until("2026-11-24 08:00")
    support.passes(seconds=15)

    assert statuses()[-1] == "skipped"
    support.sees_post("@Bob")
    support.sees_post("@Bob is on call but didn’t get the text", "STOP", "START")


def test_an_sms_whose_answer_was_lost_is_not_sent_twice(support: World) -> None:
    support.sandbox.twilio.fault("accept_then_drop")
    support.until("2026-11-23 08:00")
    assert statuses() == ["uncertain"]
    support.reads("Alice", "Good morning")

    for _ in range(5):
        support.passes(seconds=60)
    assert statuses() in (["sent"], ["delivered"])
    assert len(support.sandbox.twilio.requests) == 1


def test_an_sms_that_was_dropped_before_it_was_taken_is_sent_again(support: World) -> None:
    support.sandbox.twilio.fault("drop_before")
    support.until("2026-11-23 08:00")
    for _ in range(19):  # no trace of it; it is looked for until five minutes have passed
        support.passes(seconds=15)
        support.has_no_mail()

    support.passes(seconds=16)
    support.reads("Alice", "Good morning")
    assert len(support.sandbox.twilio.requests) == 2


def test_an_ambiguous_sms_is_not_resent(support: World) -> None:
    support.sandbox.twilio.fault("accept_then_drop")
    support.sandbox.twilio.fault("500", times=99, on="list")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning")
    for _ in range(4):
        support.passes(seconds=61)
        assert statuses() == ["uncertain"]

    support.sandbox.twilio.recover()
    for _ in range(5):
        support.passes(seconds=61)
    assert statuses() in (["sent"], ["delivered"])
    assert len(support.sandbox.twilio.requests) == 1


def test_the_channel_hears_of_a_text_that_twilio_cannot_deliver(support: World) -> None:
    support.sandbox.phones.script("+13125550101", "undelivered:30005")
    support.until("2026-11-23 08:00")
    support.sees_post("Good morning!")
    support.passes(seconds=15)
    support.passes(seconds=15)

    assert statuses() == ["undelivered"]
    support.sees_post("@Alice is on call but didn’t get the text", "doesn’t know this number")


def test_what_has_arrived_is_delivered(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.passes(seconds=15)

    assert statuses() == ["delivered"]


def test_a_post_whose_answer_was_lost_is_not_posted_twice(support: World) -> None:
    support.sandbox.slack.fault("chat.postMessage", "drop_after")
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    assert statuses("announcement") == ["uncertain"]

    support.passes(seconds=61)
    support.sees_post("Good morning!")
    support.sees_no_post()
    assert statuses("announcement") == ["delivered"]


def test_a_rate_limit_delays_the_post_as_long_as_slack_asks(support: World) -> None:
    support.sandbox.slack.fault("chat.postMessage", "ratelimited", retry_after=7)
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.sees_no_post()

    support.passes(seconds=8)
    support.sees_post("Good morning!")


def test_a_post_into_a_channel_without_us_fails_and_the_sms_still_comes(support: World) -> None:
    support.channel.remove_bot()
    support.until("2026-11-23 08:00")

    support.reads("Alice", "Good morning")
    assert statuses("announcement") == ["failed"]


def test_whoever_is_on_call_by_the_time_of_a_retry_gets_the_sms(support: World) -> None:
    support.sandbox.twilio.fault("503")
    support.until("2026-11-23 08:00")
    support.changes("Alice", "/oncall override @greg now to 12:00")
    support.passes(seconds=61)

    support.reads("Greg", "Greg, you're now on call", "covering Alice")
    assert statuses() == ["cancelled", "sent"]


def test_a_retry_says_what_is_true_by_then(support: World) -> None:
    support.sandbox.twilio.fault("503")
    support.until("2026-11-23 08:00")
    support.changes("Alice", "/oncall override @greg 12:00 to 13:00")
    support.passes(seconds=61)

    support.reads("Alice", "until Mon Nov 23, 12:00 PM CST", "Next: Greg")


def test_many_tries_are_on_record_each(support: World) -> None:
    support.sandbox.twilio.fault("503", times=2)
    support.sandbox.slack.fault("chat.postMessage", "error:internal_error")
    support.until("2026-11-23 08:00")
    for _ in range(3):
        support.passes(seconds=61)

    support.reads("Alice")
    assert sorted(str(one) for one in outcomes()) == ["sent", "sent", *["temporary"] * 3]


def test_old_notifications_are_deleted_after_four_hundred_days(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    bot = support.bot
    assert bot
    bot.jobs.clean()
    assert len(statuses()) == 1

    support.stops_bot()
    support.clock.forward(days=401)
    support.starts_bot()
    assert support.bot
    support.bot.jobs.clean()
    assert statuses() == []


def test_a_crash_in_a_command_shows_a_reference_that_is_in_the_log(
    support: World, caplog: pytest.LogCaptureFixture
) -> None:
    with reading():
        database.execute_sql("DROP TABLE overrides")

    text = support.runs("Bob", "/oncall").text

    assert "Something went wrong on my side" in text
    reference = text.rsplit(": ", 1)[1].rstrip(".")
    assert any(reference in record.getMessage() for record in caplog.records)


def test_the_schedule_is_extended_on_sunday_night(support: World) -> None:
    assert support.bot
    with reading():
        before = Assignment.select().count()
    support.bot.jobs.extend()
    with reading():
        assert Assignment.select().count() == before
    support.stops_bot()
    support.clock.forward(days=7)
    support.starts_bot()
    assert support.bot
    support.bot.jobs.extend()
    with reading():
        assert Assignment.select().count() == before + 6


def test_a_dropped_connection_is_replaced_and_commands_are_answered(support: World) -> None:
    slack = support.sandbox.slack
    slack.drop_connections()
    slack.until(lambda: slack.connections == 1)
    assert "is on call" in support.runs("Bob", "/oncall").text


def test_slack_asks_for_a_refresh_and_nothing_is_lost(support: World) -> None:
    slack = support.sandbox.slack
    slack.refresh_connections()
    slack.until(lambda: slack.connections == 1)
    assert "is on call" in support.runs("Bob", "/oncall").text


def test_a_command_that_slack_delivers_twice_changes_things_once(support: World) -> None:
    support.sandbox.slack.repeat_next_envelope()
    preview = support.runs("Alice", "/oncall override @bob friday 14:00 to 18:00")
    support.sandbox.slack.repeat_next_envelope()
    support.confirms("Alice", preview)
    support.sandbox.slack.repeat_next_envelope()
    support.runs("Alice", "/oncall test")
    support.tick()

    support.reads("Alice", "WhoseOnFirst test")
    with reading():
        assert Override.select().count() == 1
        assert [one.status for one in Proposal.select()] == ["done"]
    for name in ("Bob", "Dave"):  # whose shifts moved
        assert len(support.people[name].slack.direct_messages.messages) == 1
