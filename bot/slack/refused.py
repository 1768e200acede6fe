"""Answers to a request that wasn't carried out: a refusal, or the question which team."""

import re
from collections.abc import Sequence
from itertools import takewhile

from bot.slack import answers, when
from bot.slack.blocks import Button, Reply
from bot.slack.command import Section, Subcommand
from bot.slack.refusals import worded
from bot.slack.request import WhichTeam
from bot.slack.typed import COMMAND
from scheduling.errors import NothingToDo, Refusal, WithoutExample
from scheduling.words.lines import team_word, without_team

TEAMS = 20  # buttons of the question which team is meant; a row may have 25
_WHICH = re.compile(r"which ([1-9]\d{0,2}) ?(.*)", re.DOTALL)


def refused(refusal: Refusal, subcommand: Subcommand | None = None, line: str = "") -> Reply:
    """Return the refusal of a line as an answer, with an example if the refusal has none."""
    said = worded(refusal)
    if isinstance(refusal, NothingToDo):
        return Reply.of(f":information_source: {said}", beside=True)
    own_words = said.removesuffix(when.MORE)
    helped = isinstance(refusal, WithoutExample) or f"`{COMMAND}" in own_words
    # What a button runs isn't typed by anybody.
    helped = helped or (subcommand is not None and subcommand.section is Section.BUTTONS)
    line = without_team(line)
    example = _likest(subcommand.examples, line) if subcommand and not helped else ""
    if not example or example == line:
        return Reply.of(f":x: {said}", beside=True)
    return Reply.of(f":x: {said}\nFor example: `{COMMAND} {example}`", beside=True)


def _likest(examples: Sequence[str], line: str) -> str:
    """Return the example with the most words in common at its start; the first of several."""

    def alike(example: str) -> int:
        pairs = zip(example.lower().split(), line.lower().split(), strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    return max(examples, key=alike)


def which_team(question: WhichTeam, line: str) -> Reply:
    """Return the question which team is meant, with a button for each of the first few."""
    if len(line) > answers.LONGEST_LINE:  # more than a button can carry
        return Reply.of(f":grey_question: {question.message}", beside=True)
    page = 1
    if match := _WHICH.fullmatch(line):  # a button to another page of the question
        last = max(-(-len(question.teams) // TEAMS), 1)
        page, line = min(int(match[1]), last), match[2]
    shown = question.teams[(page - 1) * TEAMS : page * TEAMS]
    buttons = [Button(team.name, f"{line} {team_word(team.name)}".strip()) for team in shown]
    if page > 1:
        buttons.insert(0, Button("‹ Back", f"which {page - 1} {line}".strip()))
    if page * TEAMS < len(question.teams):
        buttons.append(Button("More teams ›", f"which {page + 1} {line}".strip()))
    return Reply.of(f":grey_question: {question.message}", buttons=buttons, beside=True)
