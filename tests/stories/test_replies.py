"""What people write to our number, and what is said to them: true, and in few words."""

import pytest

from tests.stories.conftest import World
from tests.stories.test_delivery_corners import settles


@pytest.mark.parametrize(
    "said", ["I've got it", "got it, thanks", "Liked “{}”", "\u200b👍\u200b to “{}”", "OK - Alice"]
)
def test_a_yes_in_the_words_of_people_and_phones_confirms(support: World, said: str) -> None:
    support.changes("Alice", "/oncall settings confirm 15")
    support.until("2026-11-23 08:00")
    sms = support.reads("Alice", "Reply OK within 15 min")
    support.replies("Alice", said.format(sms))
    support.reads("Alice", "Thanks, Alice: confirmed.")
    support.post("Good morning!", "confirmed 8:02 by SMS")
    settles(support, 16)
    support.has_no_mail()


@pytest.mark.parametrize("said", ["ok, can somebody else?", "Disliked “{}”", "ok but I am ill"])
def test_what_is_no_yes_is_passed_on(support: World, said: str) -> None:
    support.until("2026-11-23 08:00")
    sms = support.reads("Alice")
    support.replies("Alice", said.format(sms))
    support.reads("Alice", "Write OK: I have it")
    support.post("@Alice, who is on call, replied to the SMS", said.partition("{")[0])
    assert "confirmed" not in support.post("Good morning!")


def test_a_no_after_an_ok_is_passed_on(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.replies("Alice", "OK")
    support.reads("Alice", "confirmed")
    support.until("2026-11-23 11:00")
    support.replies("Alice", "Sorry, I have to leave")
    support.reads("Alice", "Write OK: I have it")
    support.post("@Alice, who is on call, replied to the SMS", "Sorry, I have to leave")


def test_two_replies_of_one_second_are_read_in_their_order(support: World) -> None:
    phone = support.people["Bob"].phone
    phone.replies("STOP")
    phone.replies("START")
    support.passes(minutes=2)
    support.reads("Bob", "You get my SMS again.")
    support.runs("Bob", "/oncall test")
    support.passes(seconds=15)
    support.reads("Bob", "Test from WhoseOnFirst")
