"""The people and turns that a message is about. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from scheduling.words.times import Clock
from scheduling.words.wording import joined


class Person(NamedTuple):
    """Somebody in a message. `slack_user_id` lets Slack show and notify them."""

    name: str
    slack_user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn on call, with what a message says about it. Instants are aware.

    - `until`: its end; `since`: its start, if that's in the future
    - `day`: (2, 2) on the second day of two, None for a turn of one day
    - `covering`: the people whom an override replaced with this one
    - `next_up`: the people who take over (empty: nobody does)
    - `first_sent`: for a resent message, when the first one went out
    - `late_since`: when the message was due, if it's late
    - `confirm_within`: the minutes in which the team wants an OK
    - `hears`: whether a reply by SMS would reach us
    - `first`: whether nobody was on call before
    """

    team: str
    clock: Clock
    people: tuple[Person, ...]
    until: datetime
    day: tuple[int, int] | None = None
    covering: tuple[Person, ...] = ()
    reason: str | None = None
    next_up: tuple[Person, ...] = ()
    late_since: datetime | None = None
    late_by: timedelta = timedelta()
    first_sent: datetime | None = None
    confirm_within: int | None = None
    hears: bool = True
    first: bool = False
    since: datetime | None = None


def first_name(person: Person) -> str:
    """Return what to call somebody in a sentence: the first word of their name."""
    return (person.name.split() or [person.name])[0]


def listed(people: Sequence[Person]) -> str:
    """Return several people by their full names, as a list."""
    return joined([person.name for person in people])


class MovedTurn(NamedTuple):
    """A span that somebody gets (`comes`) or loses; `others` were, or will be, on call then."""

    start: datetime
    end: datetime
    comes: bool
    others: tuple[Person, ...]


class Slot(NamedTuple):
    """A line of the weekly summary: who is on call, whom they cover, and why."""

    start: datetime
    end: datetime
    people: tuple[Person, ...]
    covered: tuple[Person, ...] = ()
    reason: str | None = None
