"""One kind of change as data: what it takes, who may have it made, and what it does.

A front reads what somebody wants into an operation, and words the outcome; it decides nothing.
"""

from abc import ABCMeta, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import msgspec

from scheduling.errors import NotAllowed
from scheduling.rota import queue
from scheduling.words.agreement import Terms
from storage.models import Member, Team


class Roles(Protocol):
    """What somebody leads, as their front knows it: asked late, since it may have to ask Slack."""

    def leads(self, team: Team | None) -> bool:
        """Tell whether they lead a team; with None, every team. False while nobody can say."""

    def makes_teams(self) -> bool:
        """Tell whether they may make another team. False while nobody can say."""

    def needs_to_be_known(self) -> None:
        """Raise Refusal while nobody can say who they are: they may be a lead."""

    def others(self, team: Team | None) -> Sequence[str]:
        """Return Slack users who lead a team, or every team, and whom they could ask."""

    def reaches(self, user: str) -> bool:
        """Tell whether a direct message would reach another user. True while nobody can say."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks for a change; `id` is what the audit log calls them, in Slack their user id."""

    id: str
    roles: Roles

    def leads(self, team: Team) -> bool:
        """Tell whether they lead a team."""
        return self.roles.leads(team)

    def known_in(self, team: Team) -> Member | None:
        """Return whoever they are in a team: a member, a contact, or somebody who left."""
        return Member.in_slack(team, self.id)

    def member_of(self, team: Team, now: datetime) -> Member | None:
        """Return the member who they are, if they take turns in a team."""
        me = self.known_in(team)
        return me if me is not None and queue.takes_turns(me, now) else None

    def needs_to_lead(self, team: Team | None) -> None:
        """Raise NotAllowed unless they lead a team; every team, while there is none (None)."""
        self._needs_to_lead(team, "Only leads")

    def needs_to_lead_every_team(self, to: str = "do that") -> None:
        """Raise NotAllowed unless they lead every team; `to` is what takes that."""
        self._needs_to_lead(None, "Only those who lead every team", to)

    def needs_to_make_teams(self) -> None:
        """Raise NotAllowed unless they may make another team."""
        if not self.roles.makes_teams():
            self.roles.needs_to_be_known()
            raise NotAllowed("You can’t make a team here.", ask=self.roles.others(None))

    def _needs_to_lead(self, team: Team | None, who: str, to: str = "do that") -> None:
        if not self.roles.leads(team):
            self.roles.needs_to_be_known()
            raise NotAllowed(f"{who} can {to}.", ask=self.roles.others(team))


class Outcome(msgspec.Struct, frozen=True):
    """What a change did, or would do. The `title` is mrkdwn: how one asks for it, see `titles`."""

    title: str

    @property
    def reason(self) -> str | None:
        """Why it was asked for, as somebody typed it."""
        return None


Did = TypeVar("Did", bound=Outcome)


class _Abstract(msgspec.StructMeta, ABCMeta):
    """Of a struct that leaves methods to others."""


class Operation(msgspec.Struct, Generic[Did], frozen=True, metaclass=_Abstract):
    """A change that is not made yet, as JSON can hold it.

    Its values are plain and absolute: what is confirmed later is what was meant at first.
    """

    kind: ClassVar[str]
    # Whether it is shown before it is made, also if nobody's shift moves by it.
    shown_first: ClassVar[bool] = False

    def rights(self, actor: Actor, team: Team, now: datetime) -> None:  # noqa: ARG002
        """Raise Refusal unless the actor may have it made: leads may, unless a kind says more."""
        actor.needs_to_lead(team)

    def asks(self, actor: Actor, team: Team, now: datetime) -> Member | None:  # noqa: ARG002
        """Return who has to agree before an actor may have it made: nobody, but see `Agreed`."""
        return None

    @abstractmethod
    def apply(self, team: Team, actor: str, now: datetime) -> Did:
        """Make the change in one transaction, in the name of `actor`; raise Refusal if it can't."""


class Agreed(Operation[Did], Generic[Did], frozen=True):
    """A change that somebody else may have to agree to before it is made."""

    @property
    @abstractmethod
    def begins(self) -> datetime:
        """When it is too late to agree: an aware instant."""

    @abstractmethod
    def asks(self, actor: Actor, team: Team, now: datetime) -> Member | None:
        """Return who has to agree before an actor may have it made; None if nobody has to.

        Raises Refusal if that is more than one person, or somebody who can't be asked.
        """

    @abstractmethod
    def agree(self, actor: Actor, asker: str, team: Team, now: datetime) -> None:
        """Raise Refusal unless the actor is who has to agree, now, to what the `asker` wants."""

    @abstractmethod
    def terms(self, asker: str, asked: str, team: Team, now: datetime) -> Terms:
        """Return what the user `asked` has to agree to, ready to be put into words."""


def stored(operation: Operation[Any]) -> str:
    """Return an operation as JSON."""
    return msgspec.json.encode(operation).decode()
