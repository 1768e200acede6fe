"""The verdict on a morning: lost, duplicate, wrong and unfinished messages.

Pure. The witnesses are the phones, the channel and the direct messages; the database is asked only
who was on call, and whether its rows came to an end. Messages are compared by what they mean.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduling.words.times import Clock, clock_time

DAILY, HANDOFF = "daily", "handoff"
# How the SMS that call somebody on call are recognized among others, and from one another.
_DAILY = re.compile(r"Good morning, .*\b[Yy]ou're on call", re.DOTALL)
_HANDOFF = re.compile(r".*, you're now on call\b.* until\b", re.DOTALL)
WARNING = ":warning:"
# How long after an SMS its receipt is first polled.
ASKED_AFTER = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Event:
    """Something to announce: `members` are on call from `at` on, `notified` must hear of it."""

    at: datetime
    purpose: str
    members: frozenset[str]
    notified: frozenset[str]


@dataclass(frozen=True, slots=True)
class Text:
    """What arrived: an SMS on somebody's phone, a post (`to` None), or a direct message.

    Those named in it are named by their name. `key` tells a post from all others, if it has one.
    """

    to: str | None
    text: str
    at: datetime
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A notification as it is at the end; `settled` if nothing more will come of it.

    `to` is whom it is for, None for the channel.
    """

    id: int
    to: str | None
    due_at: datetime
    status: str
    settled: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was seen of a run.

    `asleep` is the span in which nothing ran, if there was one: of what was due in it only the
    newest is still sent. `strict` says that the SMS themselves must have arrived; otherwise it is
    enough that somebody was notified: with `by_others` somebody else than the person, and with
    `within` this soon after it was due.
    """

    zone: ZoneInfo
    events: Sequence[Event]
    sms: Sequence[Text]
    posts: Sequence[Text]
    direct: Sequence[Text]
    rows: Sequence[Row]
    on_call: Callable[[datetime], frozenset[str]]
    strict: bool = True
    asleep: tuple[datetime, datetime] | None = None
    by_others: bool = False
    within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What went wrong, each in a sentence; nothing did if all of it is empty."""

    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.lost or self.doubled or self.wrong or self.unfinished)

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that went wrong."""
        return (*self.lost, *self.doubled, *self.wrong, *self.unfinished)


def judge(facts: Facts) -> Verdict:
    """Return what went wrong in a run."""
    return Verdict(
        tuple(_lost(facts)), tuple(_doubled(facts)), tuple(_wrong(facts)), tuple(_unfinished(facts))
    )


def purpose_of(sms: str) -> str | None:
    """Return what an SMS is for: 'daily', 'handoff', or None if it calls nobody on call."""
    if _DAILY.match(sms):
        return DAILY
    return HANDOFF if _HANDOFF.match(sms) else None


def _lost(facts: Facts) -> Iterable[str]:
    events = sorted(facts.events, key=lambda event: event.at)
    for place, event in enumerate(events):
        later = events[place + 1 :]
        for name in sorted(event.notified):
            ends = next((other.at for other in later if name in other.notified), None)
            if not _reached(facts, event, name, ends) and not _excused(facts, event, name, later):
                when = clock_time(event.at, Clock(facts.zone, twelve=True))
                yield f"{name} heard nothing of {when} ({event.purpose})"


def _reached(facts: Facts, event: Event, name: str, ends: datetime | None) -> bool:
    """Tell whether an SMS that calls them on call was on their phone before the next one's turn."""
    return any(
        sms.to == name
        and purpose_of(sms.text)
        and event.at <= sms.at
        and (ends is None or sms.at < ends)
        for sms in facts.sms
    )


def _excused(facts: Facts, event: Event, name: str, later: Sequence[Event]) -> bool:
    """Tell whether no SMS had to arrive: it was no longer true, or somebody else was notified."""
    became = {row.status for row in facts.rows if (row.to, row.due_at) == (name, event.at)}
    reliefs = [one for one in later if one.purpose == HANDOFF and name not in one.members]
    if "cancelled" in became and reliefs:
        return True
    if any(one.at < event.at + ASKED_AFTER for one in reliefs):
        return True  # nobody could know yet that it did not arrive, and it is the relief's turn
    # One that was no longer needed depends on the newer one that says the same.
    if "expired" in became and any(
        name in one.notified
        and (_reached(facts, one, name, None) or _excused(facts, one, name, later[place:]))
        for place, one in enumerate(later, start=1)
    ):
        return True
    overslept = _slept_through(facts, event) and any(_slept_through(facts, one) for one in later)
    return (overslept or not facts.strict) and _somebody_was_warned(facts, event, name)


def _slept_through(facts: Facts, event: Event) -> bool:
    return facts.asleep is not None and facts.asleep[0] <= event.at <= facts.asleep[1]


def _somebody_was_warned(facts: Facts, event: Event, name: str) -> bool:
    """Tell whether a warning, a direct message, or the note after an outage speaks of them."""
    when = clock_time(event.at, Clock(facts.zone, twelve=True))
    last = event.at + facts.within if facts.within else None
    posts = [
        post.text
        for post in facts.posts
        if post.at >= event.at and (last is None or post.at <= last) and name in post.text
    ]
    if any(WARNING in text for text in posts):
        return True
    if any(when in line and name in line for text in posts for line in text.splitlines()):
        return True
    notified = [
        one for one in facts.direct if one.at >= event.at and (last is None or one.at <= last)
    ]
    if facts.by_others:
        return any(one.to != name and name in one.text and WARNING in one.text for one in notified)
    return any(one.to == name or name in one.text for one in notified)


def _doubled(facts: Facts) -> Iterable[str]:
    mornings = sorted(event.at for event in facts.events if event.purpose == DAILY)
    dailies: Counter[tuple[str | None, int]] = Counter()
    handoffs: Counter[str | None] = Counter()
    others: Counter[tuple[str | None, str]] = Counter()
    for sms in facts.sms:
        purpose = purpose_of(sms.text)
        if purpose == DAILY:
            dailies[sms.to, bisect_right(mornings, sms.at)] += 1
        elif purpose == HANDOFF:
            handoffs[sms.to] += 1
        else:
            others[sms.to, sms.text] += 1
    came_on = Counter(
        n for event in facts.events if event.purpose == HANDOFF for n in event.notified
    )
    for (name, _), times in dailies.items():
        if times > 1:
            yield f"{name} got {times} SMS of one morning"
    for name, times in handoffs.items():
        if times > came_on[name or ""]:
            yield f"{name} got {times} SMS of {came_on[name or '']} handoffs"
    for (name, text), times in others.items():
        if times > 1:
            yield f"{name} got {times} times: {text}"
    yield from _doubled_posts([*facts.posts, *facts.direct])


def _doubled_posts(posts: Sequence[Text]) -> Iterable[str]:
    keys = Counter(post.key for post in posts if post.key)
    for key, times in keys.items():
        if times > 1:
            yield f"the post {key} is there {times} times"
    # Two warnings about one person can have the same words, for two messages.
    texts = Counter((post.to, post.text) for post in posts if WARNING not in post.text)
    for (_, text), times in texts.items():
        if times > 1:
            yield f"{times} posts say: {text}"


def _wrong(facts: Facts) -> Iterable[str]:
    for sms in facts.sms:
        if purpose_of(sms.text) and sms.to not in facts.on_call(sms.at):
            when = clock_time(sms.at, Clock(facts.zone, twelve=True))
            there = " and ".join(sorted(facts.on_call(sms.at))) or "nobody"
            yield f"{sms.to} was called at {when}, when {there} was"


def _unfinished(facts: Facts) -> Iterable[str]:
    for row in facts.rows:
        if not row.settled:
            due = clock_time(row.due_at, Clock(facts.zone, twelve=True))
            yield f"notification {row.id}, due {due}: {row.status}"
