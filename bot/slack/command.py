"""`/oncall <word> ...`: what was typed, the table of subcommands, and the help made from it."""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bot.slack.blocks import Button, Reply
from bot.slack.directory import Profile
from bot.slack.forms import Form
from bot.slack.splitting import AS_MEANT, split
from scheduling.changes import roster
from scheduling.changes.proposals import Facts
from scheduling.errors import Refusal
from scheduling.rota import schedule
from scheduling.words.messages import escaped
from scheduling.words.visible import same_to_the_eye, visible
from storage.models import Member, Team

if TYPE_CHECKING:
    from bot.slack.services import Services

COMMAND = "/oncall"
MOST_NAMED = 20  # teams in a refusal
LONGEST_NUMBER = 15  # digits, which any column can hold
# So old may be what we know of somebody when we decide what they may do.
RIGHTS_KEPT = timedelta(minutes=1)
# Words that people may type for others.
ALIASES = {"lead": "admins", "leads": "admins"}


@dataclass(frozen=True)
class Request:
    """What somebody typed, clicked or filled in. `now` is when, in UTC; `actor` a Slack user id.

    `channel` is where, None in a form or the Home tab. `named` is the team it names: an id or a
    name. Of a form `values` are what was filled in, and `context` is what it remembered. `offered`
    collects the commands of the answer that the reader is known to be able to type.
    """

    services: "Services"
    commands: "Commands"
    actor: str
    now: datetime
    words: list[str] = field(default_factory=list)
    channel: str | None = None
    named: int | str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    offered: set[str] = field(default_factory=set)

    @cached_property
    def team(self) -> Team:
        """The team it is about. Raises Refusal when there is none, or it could be several."""
        here = self._here
        if here is not None and self.named is None:
            return here
        return team_for(self.named, self.channel, self.own_teams, self.teams)

    @cached_property
    def _here(self) -> Team | None:
        """The team whose channel it is."""
        return Team.of_channel(self.channel) if self.channel else None

    @cached_property
    def own_teams(self) -> set[int]:
        """The ids of the teams in which the actor takes turns, or is an escalation contact."""
        theirs = Member.select().where(Member.slack_user_id == self.actor)
        return {one.team_id for one in theirs if one.escalates or roster.takes_turns(one, self.now)}

    @cached_property
    def teams(self) -> list[Team]:
        """The teams that the actor may see, by name: all, or an outsider's own and the channel's.

        May ask Slack.
        """
        found = list(Team.select().order_by(Team.name))
        if not self.is_outsider:
            return found
        return [
            team
            for team in found
            if team.id in self.own_teams or (self.channel and team.channel_id == self.channel)
        ]

    @cached_property
    def profile(self) -> Profile | Refusal:
        """Who the actor is, as Slack says; why it does not, while it doesn't. May ask Slack."""
        try:
            return self.services.directory.profile(self.actor)
        except Refusal as refusal:
            return refusal

    @cached_property
    def is_outsider(self) -> bool:
        """Whether the actor is a guest or a bot, who may only see who is on call; may ask Slack.

        While Slack says nothing, they are what they were when it last did; whom it never told us
        of is taken for a full member, without any rights.
        """
        said = self.profile
        silent = isinstance(said, Refusal)
        profile = self.services.directory.known(self.actor) if silent else said
        return (
            isinstance(profile, Profile)
            and profile.is_outsider
            and self.actor not in self.services.admins
        )

    @cached_property
    def leads_team(self) -> bool:
        """Whether the actor leads the team; False while Slack does not say who they are."""
        return self._leads(self.team)

    @cached_property
    def leads_everywhere(self) -> bool:
        """Whether the actor leads every team; False while Slack does not say who they are."""
        return self._leads(None)

    def _leads(self, team: Team | None) -> bool:
        if self.actor in self.services.admins:
            return True
        if isinstance(self.profile, Refusal):
            return False
        try:  # they may have been a lead a moment ago
            profile = self.services.directory.profile(self.actor, RIGHTS_KEPT)
        except Refusal:
            return False
        return self.services.leads(profile, team)

    @property
    def is_here(self) -> bool:
        """Whether it is asked in the channel of the team that it is about."""
        return self._here is not None and self.named in (None, self._here.id)

    def keep_outsiders_out(self, *, open_to_them: bool = False) -> None:
        """Raise Refusal for a guest or a bot, unless they take turns in the team that is meant.

        What is `open_to_them` they may ask in the channel of the team.
        """
        if (open_to_them and self.is_here) or not self.is_outsider:
            return
        if self.teams and self.own_teams and self.team.id in self.own_teams:
            return
        raise NotAllowed(
            f"Guests can see who’s on call, and nothing else: type `{COMMAND}` in the channel of a "
            "team that you’re in."
        )

    @cached_property
    def people(self) -> dict[int, Member]:
        """The team's members by id, those who left included."""
        return schedule.names(self.team)

    @cached_property
    def member(self) -> Member | None:
        """The team's member who the actor is; None for anybody who left, or never took turns."""
        me = self.known_as
        return me if me is not None and roster.takes_turns(me, self.now) else None

    @cached_property
    def known_as(self) -> Member | None:
        """The actor as the team knows them, with no rights that follow from it.

        They may have left, or be an escalation contact only.
        """
        return Member.in_slack(self.team, self.actor)

    def needs_lead(self, *, everywhere: bool = False) -> None:
        """Raise Refusal, which names who could do it, unless the actor leads the team.

        With `everywhere`, or while there is no team, unless they lead every team.
        """
        team = None if everywhere or not self.teams else self.team
        if self._leads(team):
            return
        if isinstance(self.profile, Refusal):
            raise self.profile
        who = "Only those who lead every team" if everywhere and self.teams else "Only leads"
        raise NotAllowed(f"{who} can do that. {self.services.who_could(self.actor, team)}")

    def needs_to_be_known(self) -> None:
        """Raise Refusal while Slack does not say who the actor is: they may be a lead."""
        if self.actor not in self.services.admins and isinstance(self.profile, Refusal):
            raise self.profile

    def who_could(self) -> str:
        """Return a sentence about whom to ask for a change of the team."""
        return self.services.who_could(self.actor, self.team if self.teams else None)


@dataclass(frozen=True, slots=True)
class Done:
    """A change in words: its `title` as one asks for it, and what is `told` once it is made.

    `echo` is what the preview says beside the title, to the one who asks alone: the full number
    that was understood, which no title may show.
    """

    title: str
    told: str
    small_print: str = ""
    buttons: tuple[Button, ...] = ()
    echo: str = ""


Answer = Reply | Form
Deed = Callable[[Team, Facts, str, datetime], Done]
"""Carries a change out, from plain facts: the team, the facts, the actor, and when."""


Right = Callable[["Request", Facts], None]
"""Raises Refusal if the one who asks, or confirms, may not have that change made."""


@dataclass(frozen=True, slots=True)
class FormReader:
    """What happens with a form that comes back, and, if it has live fields, when they change."""

    submit: Callable[[Request], Answer]
    changed: Callable[[Request], Form] | None = None
    for_leads: bool = False
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Subcommand:
    """A line of the table: how it is typed, what it does, and who does it.

    `takes` are its arguments as the help shows them. `for_leads` guards it; `takes_time` says that
    it calls Slack, writes or opens a form, so that it is answered after the acknowledgement. With
    `everywhere` it is for those only who lead every team; `of_outsiders` is for guests, too. The
    help leaves out what is only `behind_button`s. What is done `once` is not done again by a second
    click on the same button, if the first one went well. `offered` raises the Refusal for which
    its button isn't shown.
    """

    name: str
    takes: str
    does: str
    examples: tuple[str, ...]
    run: Callable[[Request], Answer]
    for_leads: bool = False
    takes_time: bool = False
    behind_button: bool = False
    once: bool = False
    everywhere: bool = False
    of_outsiders: bool = False
    offered: Callable[[Request], object] | None = None

    @property
    def usage(self) -> str:
        """The whole line to type, for example '/oncall shifts remove NUMBER'."""
        return " ".join(part for part in (COMMAND, self.name, self.takes) if part)

    @property
    def slow(self) -> bool:
        """Whether it must be acknowledged before it is carried out."""
        return self.for_leads or self.takes_time


class Commands:
    """The table of subcommands, in the order in which the help shows them."""

    def __init__(self) -> None:
        self._table: dict[str, Subcommand] = {}
        self.forms: dict[str, FormReader] = {}
        self.deeds: dict[str, Deed] = {}
        self.rights: dict[str, Right] = {}

    def add(self, subcommand: Subcommand) -> None:
        """Take a subcommand into the table. Its name is one word or two, '' for none."""
        if subcommand.name in self._table:
            raise ValueError(f"two subcommands are called {subcommand.name!r}")
        self._table[subcommand.name] = subcommand

    def __iter__(self) -> Iterator[Subcommand]:
        return iter(self._table.values())

    def add_form(self, name: str, reader: FormReader) -> None:
        """Say who reads a form."""
        self.forms[name] = reader

    def add_deed(self, kind: str, deed: Deed, may: "Right | None" = None) -> None:
        """Say who carries out a kind of change, and who `may`: leads, if nothing is said."""
        self.deeds[kind] = deed
        self.rights[kind] = may or (lambda request, _: request.needs_lead())

    def find(self, text: str) -> tuple[Subcommand, list[str], str | None]:
        """Return the subcommand that was typed, the words after it, and the team it names.

        Raises Refusal.
        """
        words, team = _without_team(split(text))
        words[:1] = [ALIASES.get(word.lower(), word) for word in words[:1]]
        for length in (2, 1):
            found = self._table.get(" ".join(words[:length]).lower()) if words else None
            if found and len(words) >= length:
                rest = words[length:]
                if rest and not found.takes:
                    raise self._unknown(words)
                return found, rest, team
        if not words:
            return self._table[""], [], team
        raise self._unknown(words)

    def _shown(self) -> list[Subcommand]:
        return [one for one in self._table.values() if not one.behind_button]

    def _unknown(self, words: list[str]) -> Refusal:
        close = self._meant(words)
        hint = (
            f"Did you mean `{COMMAND} {close}`?" if close else f"For example: `{COMMAND} schedule`."
        )
        return NoCommand(
            f"I do not know {echo(' '.join(words))}. {hint} `{COMMAND} help` lists it all.",
            " ".join(words),
            close,
        )

    def _meant(self, words: list[str]) -> str | None:
        """Return the name that looks most like what was typed: 'members remove' of 'remove bob'."""
        first, *_ = typed = [word.lower() for word in words[:2]]
        names = [one.name for one in self._shown() if one.name]

        def close(text: str, cutoff: float) -> list[str]:
            return difflib.get_close_matches(text, names, n=1, cutoff=cutoff)

        found = close(" ".join(reversed(typed)), 0.8)  # 'remove shift'
        if len(typed) > 1:
            found = found or [name for name in names if name.endswith(f" {first}")]
        found = found or close(" ".join(typed), 0.6) or close(first, 0.6)
        return found[0] if found else None

    def help(self, words: list[str]) -> str:
        """Return the help as mrkdwn: all lines, or those of a word with their examples."""
        if not words:
            lines = [f"• `{one.usage}` {one.does}" for one in self._shown()]
            return "\n".join(
                [
                    "*What I understand*",
                    *lines,
                    f"More about one: `{COMMAND} help override`. How to say when: `{COMMAND} help "
                    "when`",
                ]
            )
        words = [ALIASES.get(words[0].lower(), words[0]), *words[1:]]
        asked = " ".join(words).lower()
        found = [
            one
            for one in self._shown()
            if one.name == asked or (one.name and one.name.split()[0] == asked.split()[0])
        ]
        if not found:
            raise self._unknown(words)
        return "\n".join(
            f"`{one.usage}`\n{one.does[0].upper()}{one.does[1:]}."
            + (" For leads." if one.for_leads else "")
            + "".join(f"\n    `{COMMAND} {example}`" for example in one.examples)
            for one in found
        )


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
            f"Which team? Its name comes right after the colon, like `{COMMAND} team:payments`, or "
            f'in quotes: `{COMMAND} team:"night shift"`.'
        )
    return [word for word in words if word != named[0]], team


class NoCommand(Refusal):
    """What was `typed` is no subcommand; `close` is the one that looks most like it, if any."""

    def __init__(self, message: str, typed: str, close: str | None) -> None:
        super().__init__(message)
        self.typed = typed
        self.close = close


class NotAllowed(Refusal):
    """It is not wrong but somebody else's to do: an example would be of no use."""


class WhichTeam(Refusal):
    """It could be several teams: they can be clicked."""

    def __init__(self, message: str, teams: Sequence[Team]) -> None:
        super().__init__(message)
        self.teams = teams


def team_for(
    named: int | str | None, channel: str | None, own: set[int], teams: Sequence[Team]
) -> Team:
    """Return the team meant: the one named, the channel's, the actor's `own`, or the only one.

    `teams` are those they may see, by name. Raises Refusal when there is none, or when it could be
    several: then their own come first.
    """
    if not teams:
        raise Refusal(
            f"No team is set up yet. Set one up in three steps: `{COMMAND} setup`, or click on my "
            "name and open the Home tab."
        )
    if named:
        for team in teams:
            if named == team.id or _same_name(named, team.name):
                return team
        names = ", ".join(escaped(team.name) for team in teams[:MOST_NAMED])
        left = len(teams) - MOST_NAMED
        more = f" and {left} more; `{COMMAND} teams` lists them all" if left > 0 else ""
        raise Refusal(
            f"There is no team {echo(str(named))}. There are: {names}{more}. For example: "
            f"`{COMMAND} {team_word(teams[0])}`."
        )
    here = [team for team in teams if channel and team.channel_id == channel]
    theirs = [team for team in teams if team.id in own]
    for candidates in (here, theirs, teams):
        if len(candidates) == 1:
            return candidates[0]
    raise which_team(own, teams)


def which_team(own: set[int], teams: Sequence[Team]) -> WhichTeam:
    """Return the question which of these teams is meant; one's own stand first."""
    mine = [team for team in teams if team.id in own]
    return WhichTeam(
        "Which team do you mean? Click it, type the command in that team’s channel, or name it, "
        f"like `{COMMAND} {team_word((mine or teams)[0])}`.",
        [*mine, *(team for team in teams if team.id not in own)],
    )


def _same_name(named: int | str, name: str) -> bool:
    """Tell whether a word names a team; what phones make of an apostrophe does not matter."""
    one, other = (same_to_the_eye(str(text).translate(AS_MEANT)) for text in (named, name))
    return isinstance(named, str) and one == other


def team_word(team: Team) -> str:
    """Return the word by which a command names a team."""
    quote = '"' if " " in team.name else ""
    return f"team:{quote}{team.name}{quote}"


def typed(text: str, limit: int = 60) -> str:
    """Return what somebody typed, fit to be shown: short, and without markup."""
    plain = re.sub(r"<[@#]\w+\|([^>]*)>", r"@\1", text)
    flat = visible(plain.replace("`", " "))
    return escaped(flat if len(flat) <= limit else f"{flat[: limit - 1]}…")


def echo(text: str) -> str:
    """Return what somebody typed as a quotation."""
    return f"“{typed(text)}”"


def number_of(text: str) -> int | None:
    """Return a number, None if it is none. Whether it is too big is for its reader to say."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None
