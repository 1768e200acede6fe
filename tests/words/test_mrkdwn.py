"""Texts in Slack’s mrkdwn."""

from hypothesis import given
from hypothesis import strategies as st

from scheduling.words.mrkdwn import bold, escaped


def test_a_right_to_left_name_is_isolated_and_others_stay_as_they_are() -> None:
    assert escaped("שרה") == "\u2068שרה\u2069"
    assert escaped("Bob <b>") == "Bob &lt;b&gt;"
    assert escaped("*a* _b_ c_d") == "∗a∗ ˍbˍ c_d"


def test_bold_within_bold_is_bold_once() -> None:
    assert bold("Put *Hank Doe* on call?") == "*Put Hank Doe on call?*"


@given(st.text(max_size=40))
def test_whatever_somebody_is_called_only_our_two_stars_are_there(name: str) -> None:
    assert bold(f"Put *{escaped(name)}* on call").count("*") == 2
