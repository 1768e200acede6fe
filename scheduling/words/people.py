"""Whom a message speaks of, and the turns on call that it tells. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from scheduling.words.times import Clock
from scheduling.words.wording import joined


class Person(NamedTuple):
    """Whom a message speaks of. `slack_user_id` lets Slack show and notify them."""

    name: str
    slack_user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn on call, as a message tells it. `until` is an aware instant.

    `day` is (2, 2) on the second day of two, None on a turn of one day. `covering` are those for
    whom an override put the person in, `next_up` those who take over (empty: nobody does).
    `first_sent` is when an earlier one went out, of one that is sent again, `late_since` when the
    message was due, if it is late, `confirm_within` the minutes in which the team wants an OK,
    `hears` whether a reply by SMS would reach us, `first` whether nobody was on call before,
    `since` when it begins, if that is to come.
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
    """Return several people by their whole names, as a list is said."""
    return joined([person.name for person in people])


class MovedTurn(NamedTuple):
    """A span that comes to somebody, or leaves them; `others` were, or will be, on call then."""

    start: datetime
    end: datetime
    comes: bool
    others: tuple[Person, ...]


class Slot(NamedTuple):
    """A stretch of a week's list: who is on call, for whom they stand in, and why."""

    start: datetime
    end: datetime
    people: tuple[Person, ...]
    covered: tuple[Person, ...] = ()
    reason: str | None = None
