"""The live check's questions to Twilio on the sandbox, with both answers where it can give both."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.live.check import Wrong, beforehand, chosen
from bot.live.live_check import Answer
from bot.live.live_checks import LIVE_CHECKS
from bot.process import Bot
from tests.stories.live import LivePlace

SERVICE_DROPS = "service_without_webhook_drops"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LivePlace]:
    monkeypatch.chdir(tmp_path)
    place = LivePlace(tmp_path)
    yield place
    place.is_clean()
    place.close()


def by_service(place: LivePlace) -> None:
    """Let texts come from the messaging service."""
    del place.environment["TWILIO_PHONE_NUMBER"]
    place.environment["TWILIO_MESSAGING_SERVICE_SID"] = place.sandbox.twilio.messaging_service_sid


def says(holds: bool) -> str:
    return "yes" if holds else "no"


# --- open questions -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "truth", "answer"),
    [
        ("filtered_lists_have_unsent", True, "yes"),
        ("filtered_lists_have_unsent", False, "no"),
        ("unsent_listed_first", True, "yes"),
        ("unsent_listed_first", False, "no"),
        ("listed_after", 0.0, "yes"),
        ("listed_after", 180.0, "no"),
        ("priced_after", 1.0, "yes"),
        ("priced_after", 3600.0, "no"),
        ("inbound_has_date_sent", True, "yes"),
        ("inbound_has_date_sent", False, "no"),
        ("keyword_answers_are_listed", True, "yes"),
        ("keyword_answers_are_listed", False, "no"),
        ("yes_is_always_answered", True, "yes"),
        ("yes_is_always_answered", False, "no"),
        ("marks_around_keywords_are_ignored", True, "yes"),
        ("marks_around_keywords_are_ignored", False, "no"),
    ],
)
def test_a_check_finds_out_what_holds(
    place: LivePlace, field: str, truth: object, answer: str
) -> None:
    setattr(place.sandbox.twilio.truths, field, truth)
    place.sandbox.phones.send(place.sandbox.twilio.number, place.alice.phone.number, "Before")
    place.passes(300)

    assert place.answers(field).says == answer


@pytest.mark.parametrize("url", ["", "https://example.com/sms"])
def test_whether_there_is_a_webhook_is_said_with_the_date_of_a_reply(
    place: LivePlace, url: str
) -> None:
    place.sandbox.twilio.set_webhook(url)
    seen = f"the number has {'a' if url else 'no'} webhook"
    assert place.answers("inbound_has_date_sent") == Answer("yes", seen)


@pytest.mark.parametrize("later", [True, False])
def test_when_a_service_finds_an_opt_out(place: LivePlace, later: bool) -> None:
    by_service(place)
    place.sandbox.twilio.truths.service_finds_opt_outs_later = later

    assert place.answers("service_finds_opt_outs_later").says == says(later)
    assert place.alice.phone.condition == "on"  # START undid the STOP


@pytest.mark.parametrize("drops", [True, False])
def test_a_service_that_hands_replies_to_nobody(place: LivePlace, drops: bool) -> None:
    by_service(place)
    place.sandbox.twilio.service_defers(False)
    place.sandbox.twilio.truths.service_without_webhook_drops = drops

    assert place.answers(SERVICE_DROPS).says == says(drops)


def test_a_service_that_hands_replies_on_is_left_alone(place: LivePlace) -> None:
    by_service(place)

    assert place.answers(SERVICE_DROPS).says == "skipped"
    assert place.alice.phone.messages == []


def test_a_reply_that_nobody_sent_proves_nothing(place: LivePlace) -> None:
    by_service(place)
    place.sandbox.twilio.service_defers(False)
    place.do = {"At that phone": lambda _: None, "Have you sent": place.clicks("No")}

    assert place.answers(SERVICE_DROPS) == Answer("skipped", "nobody replied to the text")


@pytest.mark.parametrize(("code", "answer"), [(20005, "yes"), (20003, "no"), (10001, "no")])
def test_what_a_suspended_account_says(place: LivePlace, code: int, answer: str) -> None:
    place.sandbox.twilio.truths.suspended_answers = code
    place.sandbox.twilio.suspend()

    assert place.answers("suspended_answers").says == answer
    assert place.context
    assert place.context.left == []


def test_another_refusal_does_not_count_as_a_suspension_if_a_key_may_not_ask(
    place: LivePlace,
) -> None:
    twilio = place.sandbox.twilio
    del place.environment["TWILIO_AUTH_TOKEN"]
    place.environment |= {
        "TWILIO_API_KEY": twilio.api_key,
        "TWILIO_API_SECRET": twilio.api_secret,
    }
    twilio.become_trial("2026")
    assert place.answers("suspended_answers").says == "skipped"

    twilio.truths.suspended_answers = 20403
    twilio.suspend()
    assert place.answers("suspended_answers").says == "no"


@pytest.mark.parametrize("how_long", [True, False])
def test_a_rate_limit(place: LivePlace, how_long: bool) -> None:
    place.sandbox.twilio.truths.rate_limits_say_how_long = how_long
    place.sandbox.twilio.fault("429", times=3, on="list")

    assert place.answers("rate_limits_say_how_long").says == says(how_long)


def test_without_a_rate_limit_nothing_is_known_of_it(place: LivePlace) -> None:
    assert place.answers("rate_limits_say_how_long").says == "skipped"


# --- the rest, both ways where the sandbox can ----------------------------------------------------

Deed = Callable[[LivePlace], object]


@pytest.mark.parametrize(
    ("key", "deed", "answer"),
    [
        ("refusals_are_json", lambda _: None, "yes"),
        ("refusals_are_json", lambda place: place.sandbox.twilio.trouble("drop_before"), "broke"),
        ("balance_can_be_read", lambda _: None, "yes"),
        ("balance_can_be_read", lambda place: place.sandbox.twilio.balance(None), "no"),
        ("sender_can_be_read", lambda _: None, "yes"),
        ("sender_can_be_read", by_service, "yes"),
        ("free_texts_are_taken", lambda _: None, "yes"),
        ("free_texts_are_taken", lambda place: place.sandbox.twilio.become_trial("2026"), "no"),
        ("parameters_are_taken", lambda _: None, "yes"),
        ("receipts_come", lambda _: None, "yes"),
        (
            "receipts_come",
            lambda place: place.sandbox.phones.script("+13125550101", "stuck:sent"),
            "no",
        ),
        ("words_come_back", lambda _: None, "yes"),
        ("words_come_back", lambda place: place.sandbox.twilio.become_trial(True), "yes"),
        ("words_are_added", lambda _: None, "no"),
        ("words_are_added", lambda place: place.sandbox.twilio.become_trial(True), "yes"),
        ("segments_agree", lambda _: None, "yes"),
        ("sender_is_known_at_once", by_service, "no"),
        ("sender_is_known_at_once", lambda _: None, "skipped"),
        ("bodies_are_readable", lambda _: None, "skipped"),
        ("lists_are_newest_first", lambda _: None, "skipped"),
    ],
)
def test_the_other_checks(place: LivePlace, key: str, deed: Deed, answer: str) -> None:
    deed(place)

    assert place.answers(key).says == answer


def texted_before(place: LivePlace) -> None:
    for count in range(3):
        place.sandbox.phones.send(
            place.sandbox.twilio.number, place.alice.phone.number, f"Text {count}"
        )
        place.passes(60)


@pytest.mark.parametrize("readable", [True, False])
def test_redacted_messages_are_seen(place: LivePlace, readable: bool) -> None:
    texted_before(place)
    place.sandbox.twilio.redact(bodies=not readable)

    assert place.answers("bodies_are_readable").says == says(readable)


@pytest.mark.parametrize(("ahead", "answer"), [(0, "yes"), (50, "yes"), (-90, "no"), (600, "no")])
def test_a_clock_that_is_wrong(place: LivePlace, ahead: float, answer: str) -> None:
    place.sandbox.twilio.goes_ahead(timedelta(seconds=ahead))

    assert place.answers("clocks_agree").says == answer


def test_the_order_of_a_list(place: LivePlace) -> None:
    texted_before(place)
    place.alice.phone.replies("OK")
    assert place.answers("lists_are_newest_first").says == "yes"

    place.sandbox.twilio.truths.inbound_has_date_sent = False
    place.alice.phone.replies("MENU")
    assert place.answers("lists_are_newest_first").says == "no"


def test_a_restricted_key_may_look_at_nothing(place: LivePlace) -> None:
    twilio = place.sandbox.twilio
    twilio.restrict_key()
    del place.environment["TWILIO_AUTH_TOKEN"]
    place.environment |= {
        "TWILIO_API_KEY": twilio.api_key,
        "TWILIO_API_SECRET": twilio.api_secret,
    }

    assert [
        one.answer.says for one in place.tries("balance_can_be_read", "sender_can_be_read")
    ] == [
        "no",
        "no",
    ]


def test_one_text_answers_all_that_one_text_can(place: LivePlace) -> None:
    place.tries(
        "free_texts_are_taken",
        "parameters_are_taken",
        "listed_after",
        "filtered_lists_have_unsent",
        "priced_after",
        "receipts_come",
        "words_come_back",
        "segments_agree",
    )

    assert len(place.alice.phone.messages) == 1
    assert place.context
    assert place.context.left == ["a text on that phone"]


def test_once_nobody_replies_nobody_is_asked_again(place: LivePlace) -> None:
    place.do = {"At that phone": lambda _: None}
    found = place.tries("inbound_has_date_sent", "keyword_answers_are_listed")

    assert [one.answer.says for one in found] == ["skipped", "skipped"]
    assert len([line for line in place.said if line.startswith("→")]) == 1


def test_a_stop_that_nobody_undoes_is_said(place: LivePlace) -> None:
    place.do = {"reply START": lambda _: None}
    place.sandbox.twilio.truths.marks_around_keywords_are_ignored = True

    assert place.answers("marks_around_keywords_are_ignored").says == "yes"
    assert place.context
    assert "that phone has opted out of our texts: text START from it" in place.context.left


def test_a_stop_is_undone_even_where_twilio_does_not_know_it(place: LivePlace) -> None:
    assert place.answers("marks_around_keywords_are_ignored").says == "no"
    said = [sms.body for sms in place.sandbox.phones.messages if sms.direction == "inbound"]
    assert said == ["STOP!!", "START"]  # the bot reads both, once it runs


@pytest.mark.parametrize("ignored", [True, False])
def test_a_phone_that_corrects_the_word_proves_nothing(place: LivePlace, ignored: bool) -> None:
    place.sandbox.twilio.truths.marks_around_keywords_are_ignored = ignored
    place.do = {"reply STOP!!": lambda _: place.alice.phone.replies("STOP")}

    assert place.answers("marks_around_keywords_are_ignored") == Answer(
        "skipped", "the reply was not STOP!!"
    )
    assert place.alice.phone.condition == "on"


def test_a_start_with_a_slip_is_asked_for_again(place: LivePlace) -> None:
    said = iter(["STRAT", "start"])
    place.do = {"reply START": lambda _: place.alice.phone.replies(next(said))}

    place.answers("marks_around_keywords_are_ignored")
    assert place.alice.phone.condition == "on"
    assert place.context
    assert set(place.context.left) == {"a text on that phone"}


@pytest.mark.parametrize("asked", ["reply STOP!!", "reply START"])
def test_ctrl_c_between_stop_and_start_is_said(place: LivePlace, asked: str) -> None:
    def stopped(_: str) -> None:
        if "STOP" in asked:
            place.alice.phone.replies("STOP!!")
        os.kill(os.getpid(), signal.SIGINT)
        threading.Event().wait(5)

    place.sandbox.twilio.truths.marks_around_keywords_are_ignored = True
    place.do = {asked: stopped}
    assert place.tries("marks_around_keywords_are_ignored") == []
    assert place.context
    (left,) = [one for one in place.context.left if "text START from it" in one]
    assert left.startswith("a STOP from that phone" if "STOP" in asked else "that phone has")


def test_a_trouble_between_stop_and_start_leaves_no_stop(place: LivePlace) -> None:
    twilio = place.sandbox.twilio

    def stops(_: str) -> None:
        place.alice.phone.replies("STOP!!")
        twilio.fault("429", on="create")

    twilio.truths.marks_around_keywords_are_ignored = True
    place.do = {"reply STOP!!": stops}
    assert place.answers("marks_around_keywords_are_ignored").says == "broke"
    assert place.alice.phone.condition == "on"


@pytest.mark.parametrize("key", ["yes_is_always_answered", "marks_around_keywords_are_ignored"])
def test_while_the_bot_runs_it_would_answer_too(place: LivePlace, key: str) -> None:
    bot = Bot(place.settings, place.clock)
    bot.start(jobs_run=False)
    try:
        answer = place.answers(key)
    finally:
        bot.stop()
    assert answer.says == "skipped"
    assert "stop it, then run this again" in answer.seen
    assert [line for line in place.said if line.startswith("→")] == []


def test_what_it_costs_and_who_is_needed_is_said_before(place: LivePlace) -> None:
    by_service(place)
    first, texts, stop = beforehand(LIVE_CHECKS, place.settings, place.options(costly=False))
    assert "15 need somebody in Slack, and 6 somebody at the phone" in first
    assert texts.startswith("At most 3 texts to that phone. They cost a few cents")
    assert "reply STOP, then START" in stop
    place.tries(costly=False)
    assert len(place.alice.phone.messages) <= 3


def test_without_a_phone_no_text_is_spoken_of(place: LivePlace) -> None:
    given = place.options(sms_to="", channel="")
    assert list(beforehand(LIVE_CHECKS, place.settings, given)) == []


def test_who_is_not_needed_is_not_named(place: LivePlace) -> None:
    given = place.options(costly=False)
    (first, *_) = beforehand(chosen(["inbound_has_date_sent"]), place.settings, given)
    assert first == "1 check. 1 needs somebody at the phone. Ctrl-C ends it anytime."
    (first, *_) = beforehand(chosen(["in_a_grid", "ephemeral_posts"]), place.settings, given)
    assert first == (
        "2 checks. 1 needs nobody. Then 1 needs somebody in Slack. Ctrl-C ends it anytime."
    )


def test_a_channel_that_slack_does_not_list_in_time_can_be_given_by_id(place: LivePlace) -> None:
    place.sandbox.slack.trouble("ratelimited", retry_after=30)
    with pytest.raises(Wrong, match=r"Slack didn’t list its channels in time.*or give its id"):
        place.options(channel="warroom")
