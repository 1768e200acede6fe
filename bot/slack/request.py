"""Who asks what, about which team, and what they may do there."""

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
        return queue.teams_of(self.actor, self.now)

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
    def who(self) -> Actor:
        """Whoever asks, as the domain knows them."""
        return Actor(self.actor, self.roles)

    @cached_property
    def roles(self) -> SlackRoles:
        """What the actor leads; Slack is asked when it is first needed."""
        return SlackRoles(self.services, self.actor)

    @property
    def profile(self) -> Profile | Refusal:
        """Who the actor is, as Slack says; why it does not, while it doesn't. May ask Slack."""
        return self.roles.profile

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
        return self.roles.leads(self.team)

    @cached_property
    def leads_everywhere(self) -> bool:
        """Whether the actor leads every team; False while Slack does not say who they are."""
        return self.roles.leads(None)

    def turns_to(self, team: Team) -> None:
        """Be about this team from now on, wherever it is asked: it owns what was named."""
        self.__dict__["team"] = team

    def means(self, team: Team, *, for_all: bool = False) -> bool:
        """Tell whether a command that names no team means this one where the answer is read.

        What is `for_all` is read by everybody in the channel. Of a form or the Home tab nobody can
        tell where its reader types then.
        """
        # Asked anew: its channel may be what was just changed.
        here = Team.of_channel(self.channel) if self.channel else None
        if here is not None:
            return bool(here.id == team.id)
        if for_all:
            return not Team.are_several()
        return len(self.teams) == 1 or (self.channel is not None and self.own_teams == {team.id})

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
        return schedule.members_by_id(self.team)

    @cached_property
    def member(self) -> Member | None:
        """The team's member who the actor is; None for anybody who left, or never took turns."""
        me = self.known_as
        return me if me is not None and queue.takes_turns(me, self.now) else None

    @cached_property
    def known_as(self) -> Member | None:
        """The actor as the team knows them, with no rights that follow from it.

        They may have left, or be an escalation contact only.
        """
        return Member.in_slack(self.team, self.actor)

    @cached_property
    def makes_teams(self) -> bool:
        """Whether the actor may make a team; False while Slack does not say who they are."""
        return self.roles.makes_teams()

    @property
    def own_clock(self) -> Clock:
        """The clock that the actor reads: the team's, in their own zone as far as it is known."""
        known = self.services.directory.known(self.actor)
        zone = (self.known_as and self.known_as.time_zone) or (known and known.time_zone)
        return schedule.clock_of(self.team, zone or None)

    def at(self, instant: datetime) -> str:
        """Return an instant on the team's clock, and in the actor's zone if that is another."""
        return in_both(instant, schedule.clock_of(self.team), self.own_clock)

    def needs_lead(self) -> None:
        """Raise Refusal, which names who could do it, unless the actor leads the team."""
        self.who.needs_to_lead(self.team)

    def needs_rights_to(self, what: "Subcommand | FormReader") -> None:
        """Raise Refusal unless the actor may use a subcommand, or send a form."""
        if what.for_leads:
            self.needs_lead()
        if what.makes_team:
            self.who.needs_to_make_teams()

    def needs_to_be_known(self) -> None:
        """Raise Refusal while Slack does not say who the actor is: they may be a lead."""
        self.roles.needs_to_be_known()

    def who_could(self) -> str:
        """Return a sentence about whom to ask for a change of the team."""
        return who_could(self.roles.others(self.team if self.teams else None))


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
            f"There’s no team {echo(str(named))}. There are: {names}{more}. For example: "
            f"`{COMMAND} {team_word(teams[0].name)}`."
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
        f"like `{COMMAND} {team_word((mine or teams)[0].name)}`.",
        [*mine, *(team for team in teams if team.id not in own)],
    )
