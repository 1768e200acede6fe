"""How commands are written for people."""

from scheduling.words.lines import Line, in_slack, mention, plain, typed
from scheduling.words.people import Person


def test_a_command_is_code_in_slack_and_bare_elsewhere() -> None:
    sentence = ("To see them: ", Line("shifts"), ".")

    assert in_slack(sentence) == "To see them: `/oncall shifts`."
    assert plain(sentence) == "To see them: /oncall shifts."
    assert typed("") == "/oncall"


def test_who_is_in_slack_is_mentioned_and_others_are_quoted() -> None:
    assert mention(Person("Alice Ames", "U0ALICE")) == "<@U0ALICE>"
    assert mention(Person("Bob\u200b  Burns")) == '"Bob Burns"'
