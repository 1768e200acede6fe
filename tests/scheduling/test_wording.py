"""Numbers of things, and what is set in bold."""

from hypothesis import given
from hypothesis import strategies as st

from scheduling.words.mrkdwn import bold, escaped
from scheduling.words.wording import several


def test_one_thing_is_one() -> None:
    assert several(1, "shift") == "1 shift"
    assert several(0, "shift") == "0 shifts"
    assert several(2, "person", "people") == "2 people"
    assert several(1, "person", "people") == "1 person"


def test_bold_within_bold_is_bold_once() -> None:
    assert bold("Put *Hank Doe* on call?") == "*Put Hank Doe on call?*"


@given(st.text(max_size=40))
def test_whatever_somebody_is_called_only_our_two_stars_are_there(name: str) -> None:
    assert bold(f"Put *{escaped(name)}* on call").count("*") == 2
