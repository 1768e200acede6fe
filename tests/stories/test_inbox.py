"""Replies are read in the order they arrived, whatever Twilio's list leaves out."""

from typing import Literal

import pytest

from sandbox.twilio_messages import Messages
from storage.database import reading
from storage.models import Reply
from tests.stories.conftest import World

BOTH = pytest.mark.parametrize("dated", [True, False], ids=["with DateSent", "without DateSent"])


@BOTH
def test_a_reply_is_read_whether_it_has_a_date_sent_or_not(support: World, *, dated: bool) -> None:
    support.sandbox.twilio.truths.inbound_has_date_sent = dated
    support.changes("Alice", "/oncall settings confirm 15")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Reply OK within 15 min")
    support.replies("Alice", "OK")
    support.reads("Alice", "Thanks, Alice. Confirmed")


def test_replies_below_a_hundred_older_ones_are_read(support: World) -> None:
    truths = support.sandbox.twilio.truths
    stranger = support.sandbox.person("Mallory", "+13125550166")
    for _ in range(150):  # the number had a webhook then
        stranger.phone.replies("hello")
    support.passes(minutes=2)
    support.stops_bot()
    support.passes(minutes=30)
    truths.inbound_has_date_sent = False  # now it has none: what comes is listed last
    support.people["Bob"].phone.replies("NEXT")
    support.starts_bot()
    support.passes(minutes=2)
    support.reads("Bob", "Your next Support shift")
    support.replies("Bob", "WHO")
    support.reads("Bob", "is on call")
    with reading():
        assert Reply.select().count() == 152


def test_of_a_flood_no_reply_is_lost(support: World) -> None:
    stranger = support.sandbox.person("Mallory", "+13125550166")
    support.people["Bob"].phone.replies("NEXT")
    for _ in range(1200):
        stranger.phone.replies("hello")
    support.passes(minutes=2)
    support.passes(minutes=2)
    support.reads("Bob", "Your next Support shift")
    with reading():
        assert Reply.select().count() == 1201


def test_a_poll_asks_once_for_each_number(support: World) -> None:
    support.passes(minutes=2)
    before = len(support.sandbox.twilio.calls)
    support.passes(minutes=2)
    (call,) = support.sandbox.twilio.calls[before:]
    assert (call.operation, call.parameters["PageSize"]) == ("list", "100")
    assert "DateSent>" not in call.parameters


def test_a_poll_asks_once_if_the_list_is_long_and_somebody_has_just_replied(
    support: World,
) -> None:
    stranger = support.sandbox.person("Mallory", "+13125550166")
    for _ in range(150):
        stranger.phone.replies("hello")
    support.passes(minutes=2)
    support.passes(minutes=30)
    support.replies("Bob", "NEXT")
    support.reads("Bob", "Your next Support shift")
    support.passes(minutes=2)  # all of it is read once an hour
    before = len(support.sandbox.twilio.calls)
    support.passes(minutes=2)
    asked = [call.operation for call in support.sandbox.twilio.calls[before:]]
    assert asked.count("list") == 1


# --- of one second ---


@pytest.mark.parametrize(
    ("said", "blocked"), [(("STOP", "START"), False), (("START", "STOP"), True)], ids=str
)
@BOTH
def test_stop_and_start_of_one_second(
    support: World, said: tuple[str, str], *, dated: bool, blocked: bool
) -> None:
    support.sandbox.twilio.truths.inbound_has_date_sent = dated
    for text in said:
        support.people["Bob"].phone.replies(text)
    support.passes(minutes=2)
    # Without DateSent nothing tells the order: then the next text finds it out.
    shown = support.runs("Alice", "/oncall members").text
    assert ("opted out" in shown) == (blocked and dated)
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.until("2026-11-24 08:00")
    support.passes(seconds=15)
    if blocked:
        support.direct("Bob", "Bob, you’re on call for Support")
        assert "opted out" in support.runs("Alice", "/oncall members").text
    else:
        support.reads("Bob", "Good morning, Bob.")


@BOTH
def test_ok_and_stop_of_one_second_both_count(support: World, *, dated: bool) -> None:
    support.sandbox.twilio.truths.inbound_has_date_sent = dated
    support.changes("Alice", "/oncall settings confirm 15")
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    for text in ("OK", "STOP"):
        support.people["Alice"].phone.replies(text)
    support.passes(minutes=2)
    support.post("Good morning!", "confirmed 8:0")
    assert "opted out" in support.runs("Alice", "/oncall members").text


def test_stop_and_start_of_one_second_to_two_numbers(support: World) -> None:
    support.sandbox.twilio.add_sender("short_code", "31255")
    support.uses_service()
    support.people["Bob"].phone.replies("START", to="31255")
    support.people["Bob"].phone.replies("Stop!", to=support.sandbox.twilio.number)
    support.passes(minutes=2)
    support.reads("Bob", "You're opted out")
    assert "opted out" in support.runs("Alice", "/oncall members").text


# --- other senders of a service ---


@pytest.mark.parametrize("sender", ["31255", "rcs:on_call", "rcs:+13125550177"])
def test_what_is_written_to_a_short_code_or_by_rcs_is_read(support: World, sender: str) -> None:
    kind: Literal["sender", "short_code"] = "sender" if ":" in sender else "short_code"
    support.sandbox.twilio.add_sender(kind, sender)
    support.uses_service()
    support.changes("Alice", "/oncall settings confirm 15")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Reply OK")
    support.people["Alice"].phone.replies("OK", to=sender)
    support.passes(minutes=2)
    support.reads("Alice", "Thanks, Alice. Confirmed")


def test_a_key_that_may_not_ask_for_other_senders_hears_the_numbers(support: World) -> None:
    support.sandbox.twilio.fault("503", on="short_codes")
    support.uses_service()
    support.replies("Bob", "NEXT")
    support.reads("Bob", "Your next Support shift")


def test_a_message_that_was_read_has_arrived(
    support: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Messages._resource
    monkeypatch.setattr(
        Messages, "_resource", lambda self, sms: honest(self, sms) | {"status": "read"}
    )
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.passes(seconds=15)
    assert "text delivered 8:00:03 AM" in support.post("Good morning!")


def test_a_redacted_reply_does_not_count_as_a_call_for_help(support: World) -> None:
    support.changes("Alice", "/oncall settings confirm 15")
    support.sandbox.twilio.redact(bodies=True)
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    for _ in range(2):
        support.replies("Alice", "OK")
    support.reads("Alice", "reply has no text", "Confirm in Slack")  # once a day
    support.post("@Alice, who is on call, replied: ", "“(no text)”")
    assert "confirmed" not in support.post("Good morning!")
    support.replies("Bob", "WHO")  # not on call: nothing for the channel to read
    support.reads("Bob", "reply has no text")
