"""How the sandbox's Twilio treats the keywords that people text."""

import pytest

from sandbox.keywords import HELPED, STARTED, STOPPED, heard
from sandbox.truths import TwilioTruths


@pytest.mark.parametrize(
    ("said", "opted_out", "deed", "answer"),
    [
        ("STOP", False, "stop", STOPPED),
        (" quit ", True, "stop", STOPPED),
        ("Start", False, "start", STARTED),
        ("YES", False, "start", None),
        ("yes", True, "start", STARTED),
        ("help", False, "nothing", HELPED),
        ("INFO", True, "nothing", None),
        ("please stop", False, "nothing", None),
        ("Stop!", False, "nothing", None),
        ("OK", False, "nothing", None),
    ],
)
def test_keywords(said: str, *, opted_out: bool, deed: str, answer: str | None) -> None:
    found = heard(said, opted_out=opted_out, truths=TwilioTruths())
    assert (found.deed, found.answer) == (deed, answer)


def test_marks_may_be_ignored_and_a_yes_answered() -> None:
    truths = TwilioTruths(marks_around_keywords_are_ignored=True, yes_is_always_answered=True)
    assert heard("“Stop”!", opted_out=False, truths=truths).answer == STOPPED
    assert heard("STOP 🙁", opted_out=False, truths=truths).deed == "stop"
    assert heard("Yes.", opted_out=False, truths=truths).answer == STARTED
    assert heard("please stop", opted_out=False, truths=truths).deed == "nothing"
