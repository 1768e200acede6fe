"""A request: who asks for what, about which team, and what they may do there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bot.slack.directory import Profile
from bot.slack.refusals import who_could
from bot.slack.roles import SlackRoles
from bot.slack.typed import COMMAND, echo
from scheduling.changes.operation import Actor
from scheduling.errors import NotAllowed, NothingToDo, Refusal
from scheduling.rota import queue, schedule
from scheduling.words.lines import same_team, team_word
from scheduling.words.mrkdwn import escaped
from scheduling.words.times import Clock, in_both
from storage.models import Member, Team

if TYPE_CHECKING:
    from bot.slack.command import Commands, FormReader, Subcommand
    from bot.slack.services import Services

MOST_NAMED = 20  # teams in a refusal


@dataclass(frozen=True)
class Request:
    """What somebody typed, clicked or filled in.

    - `now`: when, in UTC; `actor`: a Slack user id.
    - `channel`: where; None in a form or the Home tab.
    - `named`: the team it names, as an id or a name.
    - `values`, `context`: a form's filled-in values, and what it was opened with.
    - `offered`: collects those commands of the answer that the reader certainly may type.
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
        """The team it is about. Raises Refusal if there is none, or it could be several."""
        here = self._here
        if here is not None and self.named is None:
            return here
        return team_for(self.named, self.channel, self.own_teams, self.teams)

    @cached_property
    def _here(self) -> Team | None:
        """The team whose channel it was asked in."""
        return Team.of_channel(self.channel) if self.channel else None

    @cached_property
    def own_teams(self) -> set[int]:
        """The ids of the teams in which the actor takes turns, or is an escalation contact."""
        return queue.teams_of(self.actor, self.now)

    @cached_property
    def teams(self) -> list[Team]:
        """The teams that the actor may see, by name: all; for outsiders, their own and this one's.

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
    def who(self) -> Actor:
        """The person who asks, as the domain knows them."""
        return Actor(self.actor, self.roles)

    @cached_property
    def roles(self) -> SlackRoles:
        """What the actor leads; asks Slack when it's first needed."""
        return SlackRoles(self.services, self.actor)

    @property
    def profile(self) -> Profile | Refusal:
        """The actor's Slack profile, or why Slack doesn't return it. May ask Slack."""
        return self.roles.profile

    @cached_property
    def is_outsider(self) -> bool:
        """Whether the actor is a guest or a bot, who may only see who is on call; may ask Slack.

        While Slack doesn't answer, they count as what they were last. A user whom we never saw
        counts as a full member without any rights.
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
        """Whether the actor leads the team; False while Slack doesn't say who they are."""
        return self.roles.leads(self.team)

    @cached_property
    def leads_everywhere(self) -> bool:
        """Whether the actor leads every team; False while Slack doesn't say who they are."""
        return self.roles.leads(None)

    def turns_to(self, team: Team) -> None:
        """Make the request be about this team, which owns the thing that was named."""
        self.__dict__["team"] = team

    def means(self, team: Team, *, for_all: bool = False) -> bool:
        """Return whether a command without a team's name means this team where it will be typed.

        With `for_all` everybody in the channel reads the answer. The reader of a form or the Home
        tab may type the command anywhere.
        """
        # Not cached: the request may just have changed the team's channel.
        here = Team.of_channel(self.channel) if self.channel else None
        if here is not None:
            return bool(here.id == team.id)
        if for_all:
            return not Team.are_several()
        return len(self.teams) == 1 or (self.channel is not None and self.own_teams == {team.id})

    @property
    def is_here(self) -> bool:
        """Whether it was asked in the channel of the team that it is about."""
        return self._here is not None and self.named in (None, self._here.id)

    @property
    def is_in_free_channel(self) -> bool:
        """Whether it was asked in a channel that doesn't belong to a team."""
        return bool(self.channel and self.channel.startswith(("C", "G")) and self._here is None)

    def keep_outsiders_out(self, *, open_to_them: bool = False) -> None:
        """Raise Refusal for a guest or a bot, unless they take turns in this team.

        What is `open_to_them` they may also ask in the team's channel.
        """
        if (open_to_them and self.is_here) or not self.is_outsider:
            return
        if self.teams and self.own_teams and self.team.id in self.own_teams:
            return
        raise self.refused_to_outsiders(asked=open_to_them)

    def refused_to_outsiders(self, *, asked: bool) -> NotAllowed:
        """Return what an outsider can do; `asked` is whether they've just tried to do that."""
        if not Team.select().exists():
            said = "No team is set up here yet, and guests can’t set one up."
            if self.services.members_make_teams:
                return NotAllowed(f"{said} Ask a full member of this workspace to do it.")
            return NotAllowed(said, ask=self.roles.others(None))
        if asked and self.is_in_free_channel:
            return NotAllowed(
                "This channel doesn’t belong to an on-call team. Guests can only see who’s on "
                f"call in the channel of their own team: type `{COMMAND}` there."
            )
        return NotAllowed(
            f"Guests can only see who’s on call: type `{COMMAND}` in your team’s channel."
        )

    @cached_property
    def people(self) -> dict[int, Member]:
        """The team's members by id, including those who left."""
        return schedule.members_by_id(self.team)

    @cached_property
    def member(self) -> Member | None:
        """The actor's own member; None if they left, or never took turns."""
        me = self.known_as
        return me if me is not None and queue.takes_turns(me, self.now) else None

    @cached_property
    def known_as(self) -> Member | None:
        """The actor's own row in the team, which gives them no rights.

        They may have left, or only be an escalation contact.
        """
        return Member.in_slack(self.team, self.actor)

    @cached_property
    def makes_teams(self) -> bool:
        """Whether the actor may make a team; False while Slack doesn't say who they are."""
        return self.roles.makes_teams()

    @property
    def own_clock(self) -> Clock:
        """The actor's clock: the team's, but in the actor's own zone if we know it."""
        known = self.services.directory.known(self.actor)
        zone = (self.known_as and self.known_as.time_zone) or (known and known.time_zone)
        return schedule.clock_of(self.team, zone or None)

    def at(self, instant: datetime, named: datetime | None = None) -> str:
        """Return an instant on the team's clock, and in the actor's zone if that's different.

        `named` is an instant beside it whose zones the answer has; see `in_both`.
        """
        return in_both(instant, schedule.clock_of(self.team), self.own_clock, named)

    def needs_lead(self) -> None:
        """Raise Refusal, with the people who could do it, unless the actor leads the team."""
        self.who.needs_to_lead(self.team)

    def needs_rights_to(self, what: "Subcommand | FormReader") -> None:
        """Raise Refusal unless the actor may use a subcommand, or send a form."""
        if what.for_leads:
            self.needs_lead()
        if what.makes_team:
            self.who.needs_to_make_teams()

    def needs_to_be_known(self) -> None:
        """Raise Refusal while Slack doesn't say who the actor is, since they may be a lead."""
        self.roles.needs_to_be_known()

    def who_could(self) -> str:
        """Return a sentence on whom to ask to change the team."""
        return who_could(self.roles.others(self.team if self.teams else None))


class WhichTeam(Refusal):
    """Several teams could be meant; the answer has a button for each."""

    def __init__(self, message: str, teams: Sequence[Team]) -> None:
        super().__init__(message)
        self.teams = teams


def team_for(
    named: int | str | None, channel: str | None, own: set[int], teams: Sequence[Team]
) -> Team:
    """Return the team meant: the one named, the channel's, the actor's `own`, or the only one.

    `teams` are those they may see, by name. Raises Refusal if there is none, or WhichTeam if it
    could be several.
    """
    if not teams:
        raise NothingToDo(
            f"No team is set up yet. Set one up in three steps: `{COMMAND} setup`, or click on my "
            "name and open the Home tab."
        )
    if named:
        for team in teams:
            if named == team.id or (isinstance(named, str) and same_team(named, team.name)):
                return team
        names = ", ".join(escaped(team.name) for team in teams[:MOST_NAMED])
        left = len(teams) - MOST_NAMED
        more = f" and {left} more; `{COMMAND} teams` lists them all" if left > 0 else ""
        raise Refusal(
            f"There’s no team {echo(str(named))}. The teams are: {names}{more}. For example: "
            f"`{COMMAND} {team_word(teams[0].name)}`."
        )
    here = [team for team in teams if channel and team.channel_id == channel]
    theirs = [team for team in teams if team.id in own]
    for candidates in (here, theirs, teams):
        if len(candidates) == 1:
            return candidates[0]
    raise which_team(own, teams)


def which_team(own: set[int], teams: Sequence[Team]) -> WhichTeam:
    """Return the question which of these teams is meant, the actor's own first."""
    mine = [team for team in teams if team.id in own]
    return WhichTeam(
        "Which team do you mean? Click it, type the command in that team’s channel, or name it, "
        f"like `{COMMAND} {team_word((mine or teams)[0].name)}`.",
        [*mine, *(team for team in teams if team.id not in own)],
    )
