"""STOP, START, HELP: the bot answers only what Twilio doesn't answer itself."""

import pytest

from tests.stories.conftest import World

IGNORED = pytest.mark.parametrize(
    "ignored", [True, False], ids=["marks are ignored", "marks count"]
)


@pytest.mark.parametrize("word", ["HELP", "help ", "Info"])
def test_help_is_answered_by_twilio_alone(support: World, word: str) -> None:
    support.replies("Bob", word)
    support.reads_from_twilio("Bob", "Reply STOP to unsubscribe")
    support.has_no_mail()


@pytest.mark.parametrize("word", ["MENU", "?", "commands"])
def test_the_words_are_listed_where_twilio_answers_nothing(support: World, word: str) -> None:
    support.replies("Bob", word)
    support.reads("Bob", "WHO for who's on call", "MENU for this list")
    assert support.people["Bob"].phone.notices == []


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("word", ["START", "unstop"])
def test_start_is_answered_by_twilio_alone(support: World, word: str, *, listed: bool) -> None:
    support.sandbox.twilio.truths.keyword_answers_are_listed = listed
    support.replies("Bob", "STOP")
    support.reads_from_twilio("Bob", "unsubscribed")
    support.replies("Bob", word)
    support.reads_from_twilio("Bob", "re-subscribed")
    assert "opted out" not in support.runs("Alice", "/oncall members").text
    support.has_no_mail()


@pytest.mark.parametrize("always", [True, False])
def test_a_yes_confirms_whether_twilio_answers_it_or_not(support: World, *, always: bool) -> None:
    support.sandbox.twilio.truths.yes_is_always_answered = always
    support.changes("Alice", "/oncall settings confirm 15")
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.replies("Alice", "YES")
    support.reads("Alice", "Thanks, Alice. Confirmed")
    assert bool(support.people["Alice"].phone.notices) == always


def test_a_yes_of_somebody_who_opted_out_is_answered_by_twilio_alone(support: World) -> None:
    support.replies("Bob", "STOP")
    support.replies("Bob", "Yes")
    support.reads_from_twilio("Bob", "re-subscribed")
    assert "opted out" not in support.runs("Alice", "/oncall members").text
    support.has_no_mail()


@IGNORED
@pytest.mark.parametrize("by_service", [True, False])
@pytest.mark.parametrize("said", ["Stop!", "please stop", "STOP 🙁", "Stop texting me."])
def test_a_stop_that_twilio_does_not_know_is_confirmed_once(
    support: World, said: str, *, ignored: bool, by_service: bool
) -> None:
    support.sandbox.twilio.truths.marks_around_keywords_are_ignored = ignored
    if by_service:
        support.uses_service()
    support.replies("Bob", said)
    known = bool(support.people["Bob"].phone.notices)
    assert known == (ignored and said.lower().strip("! 🙁") == "stop")
    if known:
        support.reads_from_twilio("Bob", "unsubscribed")
    else:
        support.reads("Bob", "You're opted out", "text START")
    support.direct("Bob", "opted out of texts")
    assert "opted out" in support.runs("Alice", "/oncall members").text
    support.replies("Bob", said)
    support.passes(minutes=5)
    support.has_no_mail()
    support.sees_no_post()  # that Twilio refused our confirmation does no harm


def test_a_yes_after_a_stop_that_twilio_does_not_know_is_answered_by_us(support: World) -> None:
    support.replies("Bob", "please stop")
    support.reads("Bob", "You're opted out")
    support.replies("Bob", "Yes")
    support.reads("Bob", "You're opted back in.")
    assert support.people["Bob"].phone.notices == []
    assert "opted out" not in support.runs("Alice", "/oncall members").text


def test_a_yes_after_both_kinds_of_stop_is_answered_by_twilio_alone(support: World) -> None:
    support.replies("Bob", "STOP")
    support.replies("Bob", "please stop")
    support.replies("Bob", "Yes")
    support.reads_from_twilio("Bob", "re-subscribed")
    assert "opted out" not in support.runs("Alice", "/oncall members").text
    support.has_no_mail()


def test_a_machine_that_says_start_to_everything_is_not_answered_for_ever(support: World) -> None:
    for _ in range(14):
        support.replies("Bob", "Start.")
    for _ in range(10):
        support.reads("Bob", "You're opted back in.")
    support.has_no_mail()


@pytest.mark.parametrize("said", ["ARRET", "Arrêt", "arrêt svp"])
def test_a_stop_in_the_other_language_of_canada_counts(support: World, said: str) -> None:
    support.replies("Bob", said)
    support.reads("Bob", "You're opted out", "text START")
    assert "opted out" in support.runs("Alice", "/oncall members").text
    support.forgets_mail()


def test_stop_itself_is_answered_by_twilio_alone(support: World) -> None:
    support.replies("Bob", " stop")
    support.reads_from_twilio("Bob", "unsubscribed")
    support.has_no_mail()


@IGNORED
def test_after_a_stop_with_marks_start_lets_texts_through(support: World, *, ignored: bool) -> None:
    support.sandbox.twilio.truths.marks_around_keywords_are_ignored = ignored
    support.replies("Bob", "Stop!")
    support.forgets_mail()
    support.replies("Bob", "Start")
    support.runs("Bob", "/oncall test")
    support.passes(seconds=15)
    support.reads("Bob", "WhoseOnFirst test")


@IGNORED
def test_a_start_with_marks_is_believed_as_far_as_twilio_does(
    support: World, *, ignored: bool
) -> None:
    support.sandbox.twilio.truths.marks_around_keywords_are_ignored = ignored
    support.replies("Bob", "STOP")
    support.replies("Bob", "Start!")
    if ignored:  # Twilio answers, and so do we: nobody can tell beforehand
        support.reads("Bob", "You're opted back in.")
    assert ("opted out" in support.runs("Alice", "/oncall members").text) != ignored


@pytest.mark.parametrize("said", ["I can't stop the alert", "end of my shift", "cancel it"])
def test_other_words_opt_nobody_out(support: World, said: str) -> None:
    support.replies("Bob", said)
    support.reads("Bob", "Reply OK to confirm")
    assert "opted out" not in support.runs("Alice", "/oncall members").text
