"""A button's value on its way to Slack and back."""

from hypothesis import given
from hypothesis import strategies as st

from scheduling.words.buttons import Action, button, carried, read


@given(st.text(), st.integers(1, 999_999_999))
def test_what_a_button_carries_is_read_back(line: str, team: int) -> None:
    assert read(carried(line, team)) == (team, line)


def test_an_action_is_carried_as_it_is_typed() -> None:
    assert button("Fix the number", Action.EDIT_MEMBER, "@dave", team=3) == (
        "Fix the number",
        "3 members edit @dave",
    )


@given(st.text())
def test_whatever_slack_sends_is_read(value: str) -> None:
    team, line = read(value)

    assert 0 <= team < 10**9
    assert value.endswith(line)
