"""Finds the steps that are due while somebody on call isn't reached: pure functions.

The steps and their order are data: `policy.FOLLOW_UP.steps`. `due` goes through them with the
results so far, and returns what to do now and when to check again.

A second escalation level is one more entry behind the first: `Step(To.SECOND_LEVEL, ...)`, and
`holds=timedelta(minutes=10)` on the first level is its delay. A voice call is one, too:
`Step(To.FIRST_PHONE, (Kind.CALL,), ...)`. Each takes a line in `targets` (to whom) and one in
`fallback` (what is written); `due` stays as it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from storage.statuses import Kind, Trouble

Who = TypeVar("Who")


class To(StrEnum):
    """Who a step notifies."""

    CHANNEL = "the channel"
    LEADS = "the leads"
    FIRST_PHONE = "the person’s phone"
    SECOND_PHONE = "their second phone"
    IN_SLACK = "the person in Slack"
    CONTACTS = "the escalation contacts"

    @property
    def helps(self) -> bool:
        """Whether they are asked to help; somebody in several such groups is asked once."""
        return self in (To.LEADS, To.CONTACTS)


class Step(NamedTuple):
    """One thing to do while somebody isn't reached.

    to, by: who is notified, and by which kinds of message, in this order
    on: the troubles in which the step is taken
    patience: how long one kind of message may take before the next is tried
    holds: how long later steps wait for the result of this one
    every, until: repeat it at this interval, up to this long after the first time
    """

    to: To
    by: tuple[Kind, ...]
    on: frozenset[Trouble]
    patience: timedelta = timedelta()
    holds: timedelta = timedelta()
    every: timedelta | None = None
    until: timedelta | None = None


class Result(StrEnum):
    """The outcome of a message so far."""

    OPEN = "open"
    HELPED = "helped"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"  # cancelled before it was sent, because it wasn't needed any more


class Try(NamedTuple):
    """A message written at `at`; if it repeats another, that one was written at `first`."""

    at: datetime
    result: Result = Result.OPEN
    first: datetime | None = None


class Target(NamedTuple, Generic[Who]):
    """Somebody whom a step notifies; they can only get the kinds of message in `tries`."""

    who: Who
    tries: Mapping[Kind, Try | None]


class Rung(NamedTuple, Generic[Who]):
    """A step, with everybody it notifies and the results so far."""

    step: Step
    targets: Sequence[Target[Who]]


class Message(NamedTuple, Generic[Who]):
    """A message to write now."""

    to: To
    kind: Kind
    who: Who


class Due(NamedTuple, Generic[Who]):
    """What to write now, and when to check again; None if no later step will become due."""

    now: tuple[Message[Who], ...]
    next: datetime | None


_OVER = (Result.FAILED, Result.WITHDRAWN)


def due(rungs: Iterable[Rung[Who]], now: datetime) -> Due[Who]:
    """Return what to do at `now`; the rungs behind one that holds aren't read."""
    messages: list[Message[Who]] = []
    looks: list[datetime] = []
    for rung in rungs:
        step, held = rung.step, list[datetime]()
        for target in rung.targets:
            tries = {**target.tries, **_just_asked(step, target.who, messages, now)}
            while (coming := _coming(step, tries, now)) and coming[1] <= now:
                kind, _ = coming
                messages.append(Message(step.to, kind, target.who))
                before = tries[kind]
                tries[kind] = Try(now, first=(before.first or before.at) if before else None)
            under_way = [one.at for one in tries.values() if one and one.result not in _OVER]
            looks += [coming[1]] if coming else []
            open_ones = [one.at for one in tries.values() if one and one.result is Result.OPEN]
            looks += [at + step.patience for at in open_ones if at + step.patience > now]
            if step.holds and under_way and min(under_way) + step.holds > now:
                held.append(min(under_way) + step.holds)
        if held:
            looks.append(max(held))
            break
    return Due(tuple(messages), min(looks, default=None))


def _just_asked(
    step: Step, who: Who, messages: Iterable[Message[Who]], now: datetime
) -> dict[Kind, Try]:
    """Return the kinds of message by which an earlier step is asking somebody to help."""
    asked = (one.kind for one in messages if one.to.helps and step.to.helps and one.who == who)
    return {kind: Try(now) for kind in asked}


def _coming(
    step: Step, tries: Mapping[Kind, Try | None], now: datetime
) -> tuple[Kind, datetime] | None:
    """Return the next kind of message for somebody, and when it is due; None if there is none."""
    opens = now
    for kind in step.by:
        if kind not in tries:
            continue
        last = tries[kind]
        if last is None:
            return kind, opens
        if last.result in (Result.HELPED, Result.WITHDRAWN):
            return None
        if step.every:
            return _repeated(step, kind, last, now)
        opens = now if last.result is Result.FAILED else last.at + step.patience
    return None


def _repeated(step: Step, kind: Kind, last: Try, now: datetime) -> tuple[Kind, datetime] | None:
    at, first = last.at + (step.every or timedelta()), last.first or last.at
    in_time = step.until is None or max(at, now) <= first + step.until
    return (kind, at) if in_time else None
