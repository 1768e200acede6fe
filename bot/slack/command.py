"""`/oncall <word> ...`: the table of subcommands, and how a function gets into it."""

import difflib
from collections.abc import Callable, Iterator
from enum import StrEnum
from types import ModuleType
from typing import Any, NamedTuple, TypeVar

from bot.slack.blocks import Button, Reply
from bot.slack.forms import Form
from bot.slack.plain_words import asked
from bot.slack.request import Request
from bot.slack.splitting import split
from bot.slack.typed import COMMAND, echo
from scheduling.changes.checks import LONGEST_TEAM_NAME
from scheduling.changes.operation import Did, Operation
from scheduling.changes.proposals import Preview
from scheduling.errors import Refusal
from scheduling.words.lines import naming
from storage.models import Team

# Words that people may type for others.
ALIASES = {"lead": "admins", "leads": "admins"}


class OutcomeText(NamedTuple):
    """The outcome of an operation, in words.

    `echo` is shown in the preview beside the title, only to the person who asks: the full number
    as it was understood, since titles never show one. `whose` follows the question in brackets.
    `sign` is the emoji before the text.
    """

    text: str
    small_print: str = ""
    buttons: tuple[Button, ...] = ()
    echo: str = ""
    whose: str = ""
    sign: str = ":white_check_mark:"


Answer = Reply | Form


class Section(StrEnum):
    """The sections of the help, in order. BUTTONS isn't shown: its lines are only for buttons."""

    NOW = "Who’s on call"
    COVER = "Cover and swap"
    TEXTS = "Your texts and number"
    LOOKING = "Look things up"
    ROTATION = "For leads: the rotation"
    SHIFTS = "For leads: shifts"
    SETTING_UP = "For leads: the team"
    BUTTONS = "Behind buttons"


class Subcommand(NamedTuple):
    """A line of the table: how it is typed, what it does, and who does it.

    - `takes`: its arguments as the help shows them.
    - `for_leads`: only leads may use it; `makes_team`: only people who may make a team;
      `of_outsiders`: guests may use it, too.
    - `takes_time`: it calls Slack, writes, or opens a form, so it's answered after the
      acknowledgement.
    - `once`: a second click on the same button does nothing if the first one succeeded.
    - `offered`: raises a Refusal where its button must not be shown.
    - `question`: it changes and sends nothing, so it's also answered if the bot is mentioned.
    """

    name: str
    section: Section
    run: Callable[[Request], Answer]
    does: str
    examples: tuple[str, ...]
    takes: str = ""
    for_leads: bool = False
    takes_time: bool = False
    once: bool = False
    makes_team: bool = False
    of_outsiders: bool = False
    offered: Callable[[Request], object] | None = None
    question: bool = False

    @property
    def usage(self) -> str:
        """The whole line to type, for example '/oncall shifts remove NUMBER'."""
        return " ".join(part for part in (COMMAND, self.name, self.takes) if part)

    @property
    def slow(self) -> bool:
        """Whether it must be acknowledged before it runs."""
        return self.for_leads or self.makes_team or self.takes_time


class FormReader(NamedTuple):
    """What reads a form that was submitted, and, if it has live fields, what updates it."""

    name: str
    submit: Callable[[Request], Answer]
    changed: Callable[[Request], Form] | None = None
    for_leads: bool = False
    makes_team: bool = False


class Wording(NamedTuple):
    """The function that words the outcome of an operation, for the team that it changed."""

    operation: type[Operation[Any]]
    words: Callable[[Team, Any], OutcomeText]


Mark = Subcommand | FormReader | Wording
Marked = TypeVar("Marked", bound=Callable[..., object])
Runs = TypeVar("Runs", bound=Callable[[Request], Answer])
Words = Callable[[Team, Did], OutcomeText]
MARKS = "marks"  # attribute of a function: its entries in the table


def subcommand(
    name: str,
    section: Section,
    *,
    does: str,
    examples: tuple[str, ...],
    takes: str = "",
    for_leads: bool = False,
    takes_time: bool = False,
    once: bool = False,
    makes_team: bool = False,
    of_outsiders: bool = False,
    offered: Callable[[Request], object] | None = None,
    question: bool = False,
) -> Callable[[Runs], Runs]:
    """Mark the function that answers a subcommand; see Subcommand."""
    return lambda run: _marked(
        run,
        Subcommand(
            name,
            section,
            run,
            does,
            examples,
            takes,
            for_leads=for_leads,
            takes_time=takes_time,
            once=once,
            makes_team=makes_team,
            of_outsiders=of_outsiders,
            offered=offered,
            question=question,
        ),
    )


def form(
    name: str,
    *,
    changed: Callable[[Request], Form] | None = None,
    for_leads: bool = False,
    makes_team: bool = False,
) -> Callable[[Runs], Runs]:
    """Mark the function that reads a form of this name when it comes back; see FormReader."""
    return lambda submit: _marked(
        submit, FormReader(name, submit, changed, for_leads=for_leads, makes_team=makes_team)
    )


def words_for(operation: type[Operation[Did]]) -> Callable[[Words[Did]], Words[Did]]:
    """Mark the function that words what such an operation did."""
    return lambda words: _marked(words, Wording(operation, words))


def _marked(function: Marked, *marks: Mark) -> Marked:
    function.__dict__.setdefault(MARKS, []).extend(marks)
    return function


class Commands:
    """The table of subcommands, in the order in which the help shows them."""

    def __init__(self) -> None:
        self._table: dict[str, Subcommand] = {}
        self.forms: dict[str, FormReader] = {}
        self.words: dict[type[Operation[Any]], Callable[[Team, Any], OutcomeText]] = {}

    def collect(self, feature: ModuleType) -> None:
        """Add the marked functions of a module to the table, in their order."""
        for function in vars(feature).values():
            if getattr(function, "__module__", "") == feature.__name__:
                for mark in getattr(function, MARKS, ()):
                    self._add(mark)

    def _add(self, mark: Mark) -> None:
        match mark:
            case Subcommand(name=name):
                if name in self._table:
                    raise ValueError(f"two subcommands are called {name!r}")
                self._table[name] = mark
            case FormReader(name=name):
                self.forms[name] = mark
            case Wording(operation=operation):
                self.words[operation] = mark.words

    def worded(self, found: Preview[Any]) -> OutcomeText:
        """Return the outcome of a change in words."""
        return self.words[type(found.operation)](found.proposal.team, found.outcome)

    def __iter__(self) -> Iterator[Subcommand]:
        return iter(self._table.values())

    def find(self, text: str) -> tuple[Subcommand, list[str], str | None]:
        """Return the subcommand that was typed, the words after it, and the team it names.

        Raises Refusal.
        """
        words, team = _without_team(split(text))
        if (question := asked(" ".join(words))) is not None:  # "who's on call tomorrow?"
            words = split(question)
        words[:1] = [ALIASES.get(word.lower(), word) for word in words[:1]]
        for length in (2, 1):
            found = self._table.get(" ".join(words[:length]).lower()) if words else None
            if found and len(words) >= length:
                rest = words[length:]
                if rest and not found.takes:
                    raise self.unknown(words, team)
                return found, rest, team
        if not words:
            return self._table[""], [], team
        raise self.unknown(words, team)

    def shown(self) -> list[Subcommand]:
        """Return the subcommands that people type."""
        return [one for one in self._table.values() if one.section is not Section.BUTTONS]

    def unknown(self, words: list[str], team: str | None = None) -> Refusal:
        """Return the refusal of words that aren't a subcommand, suggesting the closest one.

        If they named a `team`, so does the suggestion.
        """
        return NoCommand(" ".join(words), self._meant(words), team)

    def _meant(self, words: list[str]) -> str | None:
        """Return the name closest to what was typed: 'members remove' for 'remove bob'."""
        first, *_ = typed = [word.lower() for word in words[:2]]
        names = [one.name for one in self.shown() if one.name]

        def close(text: str, cutoff: float) -> list[str]:
            return difflib.get_close_matches(text, names, n=1, cutoff=cutoff)

        found = close(" ".join(reversed(typed)), 0.8)  # 'remove shift'
        if len(typed) > 1:
            found = found or [name for name in names if name.endswith(f" {first}")]
        found = found or close(" ".join(typed), 0.6) or close(first, 0.6)
        return found[0] if found else None


def _without_team(words: list[str]) -> tuple[list[str], str | None]:
    """Return the words without `team:payments`, and the team that it names."""
    named = [word for word in words if word.lower().startswith("team:")]
    if len(named) > 1:
        raise Refusal(f"One team at a time. For example: `{COMMAND} schedule team:payments`.")
    if not named:
        return words, None
    team = named[0][len("team:") :].strip()
    if not team:
        raise Refusal(
            f"Which team? Put its name right after the colon, like `{COMMAND} team:payments`, or "
            f'in quotes: `{COMMAND} team:"night shift"`.'
        )
    return [word for word in words if word != named[0]], team


class NoCommand(Refusal):
    """What was `typed` isn't a subcommand; `close` is the most similar one, if any."""

    def __init__(self, text: str, close: str | None, team: str | None) -> None:
        self.typed = text
        self.close = close
        self._team = team
        hint = self.hint(f"For example: `{COMMAND} schedule`.")
        super().__init__(f"I don’t know {echo(text)}. {hint} `{COMMAND} help` lists all commands.")

    def hint(self, otherwise: str) -> str:
        """Return what is suggested; `otherwise` if nothing comes close."""
        said = f"Did you mean `{COMMAND} {self.close}`?" if self.close else otherwise
        # A longer name can't be a team's, so it isn't repeated.
        named = self._team if len(self._team or "") <= LONGEST_TEAM_NAME else None
        return naming(said, named) if named else said
