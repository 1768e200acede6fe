"""Commands as they are shown to people."""

import pytest

from bot.slack.app import build_commands
from bot.slack.splitting import split
from scheduling.words.lines import OF_NO_TEAM, Line, in_slack, mention, naming, plain, typed
from scheduling.words.people import Person
from scheduling.words.visible import AS_MEANT


def test_a_command_is_code_in_slack_and_bare_elsewhere() -> None:
    sentence = ("To see them: ", Line("shifts"), ".")

    assert in_slack(sentence) == "To see them: `/oncall shifts`."
    assert plain(sentence) == "To see them: /oncall shifts."
    assert typed("") == "/oncall"


def test_who_is_in_slack_is_mentioned_and_others_are_quoted() -> None:
    assert mention(Person("Alice Ames", "U0ALICE")) == "<@U0ALICE>"
    assert mention(Person("Bob\u200b  Burns")) == '"Bob Burns"'


@pytest.mark.parametrize(
    ("suggested", "named"),
    [
        ("`/oncall undo` undoes it.", "`/oncall undo team:Payments` undoes it."),
        ("`/oncall` shows who is.", "`/oncall team:Payments` shows who is."),
        ("`/oncall help when` lists more.", "`/oncall help when` lists more."),
        ("like `/oncall team:Support`", "like `/oncall team:Support`"),
        ("They wrote “`/oncall ok`”.", "They wrote “`/oncall ok`”."),
        ("use /oncall or `take`", "use /oncall or `take`"),
    ],
)
def test_a_command_names_its_team_unless_it_acts_on_none_or_somebody_else_wrote_it(
    suggested: str, named: str
) -> None:
    assert naming(suggested, "Payments") == named


def test_what_acts_on_no_team_is_a_command() -> None:
    assert {*OF_NO_TEAM} <= {one.name for one in build_commands()}


@pytest.mark.parametrize("name", ["Payments", "night shift", "R&D", "«Nuit» d’été", "לילה"])
def test_the_word_that_names_a_team_is_read_back_as_one(name: str) -> None:
    typed_line = naming("`/oncall undo`", name).strip("`").removeprefix("/oncall ")

    assert split(typed_line) == ["undo", f"team:{name.translate(AS_MEANT)}".replace('"', "")]


def test_a_name_that_ends_in_team_and_a_colon_does_not_name_a_team() -> None:
    said = naming('`/oncall override "Steam: Deck" until friday`', "Payments")

    assert said.endswith(" team:Payments`")
