"""Who takes which shift in which week: pure, and the only place with wall-clock arithmetic.

The queue of a week is the fold of the dated changes up to its Monday. The rotation deals the
week's shifts to the queue. Everything is a function of stored facts, so it gives the same answer
from wherever one starts to ask.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

WEEK = timedelta(weeks=1)
FIRST_MONDAY = date(1970, 1, 5)

Strategy = Literal["circular", "round_robin"]
ChangeKind = Literal["join", "leave", "reorder"]


@dataclass(frozen=True, slots=True)
class Rule:
    """How a team rotates. `anchor` is the Monday of week 0."""

    zone: ZoneInfo
    anchor: date
    strategy: Strategy = "circular"


@dataclass(frozen=True, slots=True)
class WeeklyShift:
    """A weekly slot: `weekday` 0 is Monday, `start` is wall-clock, `hours` is its length.

    It is in force in [active_from, active_until), two aware instants; None is no end.
    """

    id: int
    number: int
    weekday: int
    start: time
    hours: int
    active_from: datetime
    active_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A dated change of the queue, effective from a Monday.

    `position` is 1-based; None is the end. With a leave, `vacated_at` is the instant from which
    the leaver's shifts of the running week are given away, too.
    """

    kind: ChangeKind
    member: int
    effective_from: date
    position: int | None = None
    vacated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """One shift of one week, dealt to a member. `week` counts from Monday 1970-01-05."""

    shift: int
    member: int
    week: int
    start: datetime
    end: datetime


@lru_cache(maxsize=4096)
def instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, at which clocks in `zone` show `wall` on `day`.

    A time that does not exist (spring) moves forward by the gap; of one that exists twice
    (autumn) it is the first. Both are what PEP 495's fold=0 means.
    """
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)


def instants(day: date, wall: time, zone: tzinfo) -> tuple[datetime, ...]:
    """Return all the instants, in UTC, at which clocks in `zone` show `wall` on `day`.

    They are two in the hour that comes twice (autumn), none in the one that is left out (spring).
    """
    shown = datetime.combine(day, wall)
    both = {shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return tuple(sorted(at for at in both if at.astimezone(zone).replace(tzinfo=None) == shown))


def monday_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the Monday of the week that `at` falls into, in `zone`."""
    day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def week_number(monday: date) -> int:
    """Return how many weeks `monday` lies after Monday 1970-01-05."""
    return (monday - FIRST_MONDAY).days // 7


def span(shift: WeeklyShift, monday: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the shift's start and end in the week of `monday`.

    The end is wall-clock arithmetic: 24 h from 08:00 end at 08:00, also on a day of 23 or 25 h.
    """
    starts = datetime.combine(monday + timedelta(days=shift.weekday), shift.start)
    ends = starts + timedelta(hours=shift.hours)
    return (
        instant(starts.date(), shift.start, zone),
        instant(ends.date(), ends.time(), zone),
    )


def queue_at(changes: Iterable[Change], monday: date) -> list[int]:
    """Return the members in rotation order in the week of `monday`.

    `changes` stand in the order in which they take effect.
    """
    queue: list[int] = []
    for change in changes:
        if change.effective_from <= monday:
            _apply(change, queue)
    return queue


def _apply(change: Change, queue: list[int]) -> None:
    if change.member in queue:
        queue.remove(change.member)
    if change.kind != "leave":
        place = len(queue) if change.position is None else change.position - 1
        queue.insert(place, change.member)


def regular_shifts(shifts: Iterable[WeeklyShift], at: datetime) -> list[WeeklyShift]:
    """Return the shifts in force at an instant: at a week's beginning, those that it deals."""
    return [
        shift
        for shift in shifts
        if shift.active_from <= at and (shift.active_until is None or shift.active_until > at)
    ]


def place(rule: Rule, monday: date, shifts: int, nth: int, people: int) -> int:
    """Return which of `people` (0-based, in queue order) takes the `nth` of the week's `shifts`."""
    week = (monday - rule.anchor).days // 7
    first = week if rule.strategy == "circular" else week * shifts
    return (first + nth) % people


def deal(
    rule: Rule,
    shifts: Sequence[WeeklyShift],
    changes: Sequence[Change],
    first_monday: date,
    weeks: int,
) -> list[Slot]:
    """Return the slots of `weeks` weeks from `first_monday` on, in the order of their start.

    `shifts` stand by number, `changes` in the order in which they take effect. A week without
    members has no slots: a gap is shown as a gap.
    """
    ahead = list(changes)
    queue: list[int] = []
    slots: list[Slot] = []
    for nth in range(weeks):
        monday = first_monday + nth * WEEK
        while ahead and ahead[0].effective_from <= monday:
            _apply(ahead.pop(0), queue)
        if queue:
            slots += _deal_week(rule, shifts, changes, queue, monday)
    return slots


def _deal_week(
    rule: Rule,
    shifts: Sequence[WeeklyShift],
    changes: Sequence[Change],
    queue: Sequence[int],
    monday: date,
) -> list[Slot]:
    opens = instant(monday, time(), rule.zone)
    closes = instant(monday + WEEK, time(), rule.zone)
    regular = regular_shifts(shifts, opens)
    holders = {
        shift.id: queue[place(rule, monday, len(regular), nth, len(queue))]
        for nth, shift in enumerate(regular)
    }
    added = [shift for shift in shifts if opens < shift.active_from < closes]
    spans = {shift.id: span(shift, monday, rule.zone) for shift in (*regular, *added)}

    # What changed in mid-week moves nobody else: a new shift, and the remaining ones of a member
    # who left, go to those who rest this week, in queue order.
    here = list(queue)
    leaves = [
        (change.vacated_at, change)
        for change in changes
        if change.vacated_at and opens <= change.vacated_at < closes
    ]
    events: list[tuple[datetime, WeeklyShift | Change]] = [
        *((shift.active_from, shift) for shift in added),
        *leaves,
    ]
    for at, event in sorted(events, key=lambda event: event[0]):
        if isinstance(event, WeeklyShift):
            _hand_over([event.id], here, holders)
            continue
        if event.member in here:
            here.remove(event.member)
        left = [shift for shift, holder in holders.items() if holder == event.member]
        left = [shift for shift in left if spans[shift][0] >= at]
        _hand_over(sorted(left, key=lambda shift: spans[shift][0]), here, holders)

    removed = {shift.id: shift.active_until for shift in shifts if shift.active_until}
    number = week_number(monday)
    slots = [
        Slot(shift, holder, number, *spans[shift])
        for shift, holder in holders.items()
        # In the night the clocks spring forward a short shift can vanish in the gap.
        if spans[shift][0] < min(spans[shift][1], removed.get(shift, spans[shift][1]))
    ]
    return sorted(slots, key=lambda slot: slot.start)


def _hand_over(given: Iterable[int], here: Sequence[int], holders: dict[int, int]) -> None:
    """Give shifts, one after the other, to the member in `here` with the fewest this week."""
    for shift in given:
        holders.pop(shift, None)
        if here:
            held = list(holders.values())
            holders[shift] = min(here, key=held.count)
