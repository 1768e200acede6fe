"""One kind of change as data: its parameters, who may have it made, and what it does.

A front reads what somebody wants into an operation and words the outcome, but decides nothing.
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
    """What somebody leads, as their front knows it; lazy, since that may have to ask Slack."""

    def leads(self, team: Team | None) -> bool:
        """Return whether they lead a team; with None, every team. False while unknown."""

    def makes_teams(self) -> bool:
        """Return whether they may make another team. False while unknown."""

    def needs_to_be_known(self) -> None:
        """Raise Refusal while it's unknown who they are, since they may be a lead."""

    def others(self, team: Team | None) -> Sequence[str]:
        """Return the Slack users who lead a team, or every team, whom they could ask."""

    def reaches(self, user: str) -> bool:
        """Return whether a direct message would reach another user. True while unknown."""


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who asks for a change; `id` is their name in the audit log, e.g. a Slack id."""

    id: str
    roles: Roles

    def leads(self, team: Team) -> bool:
        """Return whether they lead a team."""
        return self.roles.leads(team)

    def known_in(self, team: Team) -> Member | None:
        """Return their row in a team: as a member, a contact, or a former member."""
        return Member.in_slack(team, self.id)

    def member_of(self, team: Team, now: datetime) -> Member | None:
        """Return their row in a team if they take turns in it."""
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
            raise NotAllowed(
                "Only those who lead every team can add teams.", ask=self.roles.others(None)
            )

    def _needs_to_lead(self, team: Team | None, who: str, to: str = "do that") -> None:
        if not self.roles.leads(team):
            self.roles.needs_to_be_known()
            raise NotAllowed(f"{who} can {to}.", ask=self.roles.others(team))


class Outcome(msgspec.Struct, frozen=True):
    """What a change did, or would do. The `title` is mrkdwn, in the imperative; see `titles`."""

    title: str

    @property
    def reason(self) -> str | None:
        """The reason for it, as typed."""
        return None


Did = TypeVar("Did", bound=Outcome)


class _Abstract(msgspec.StructMeta, ABCMeta):
    """Metaclass of a struct with abstract methods."""


class Operation(msgspec.Struct, Generic[Did], frozen=True, metaclass=_Abstract):
    """A change that isn't made yet, storable as JSON.

    Its values are plain and absolute, so that confirming it later still means the same.
    """

    kind: ClassVar[str]
    # Whether there is always a preview, even if it moves nobody's shift.
    shown_first: ClassVar[bool] = False
    # Whether people expect shifts to move, so that the answer says so if none does.
    about_turns: ClassVar[bool] = False

    def rights(self, actor: Actor, team: Team, now: datetime) -> None:  # noqa: ARG002
        """Raise Refusal unless the actor may have it made: by default, leads may."""
        actor.needs_to_lead(team)

    def asks(self, actor: Actor, team: Team, now: datetime) -> Member | None:  # noqa: ARG002
        """Return who has to agree before an actor may have it made: nobody here; see `Agreed`."""
        return None

    @abstractmethod
    def apply(self, team: Team, actor: str, now: datetime) -> Did:
        """Make the change in one transaction, in the name of `actor`. Raises Refusal."""


class Agreed(Operation[Did], Generic[Did], frozen=True):
    """A change that somebody else may have to agree to before it is made."""

    @property
    @abstractmethod
    def begins(self) -> datetime:
        """The aware instant from which it's too late to agree."""

    @abstractmethod
    def asks(self, actor: Actor, team: Team, now: datetime) -> Member | None:
        """Return who has to agree before an actor may have it made; None if nobody has to.

        Raises Refusal if that is more than one person, or somebody who can't be asked.
        """

    @abstractmethod
    def agree(self, actor: Actor, asker: str, team: Team, now: datetime) -> None:
        """Raise Refusal unless it's the actor who now has to agree to the request of `asker`."""

    @abstractmethod
    def terms(self, asker: str, asked: str, team: Team, now: datetime) -> Terms:
        """Return what the user `asked` has to agree to, ready to be worded."""


def stored(operation: Operation[Any]) -> str:
    """Return an operation as JSON."""
    return msgspec.json.encode(operation).decode()
