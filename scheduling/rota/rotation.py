"""Who takes which shift in which week: pure, and the only place with wall-clock arithmetic.

The rotation is a cycle of members and a place in it: whose turn is first in the week. Both are
folded, week by week from the anchor on, over the dated changes of the roster, the shifts and the
strategy. A change leaves the place with the member who has it, so nobody serves twice in a row or
is skipped because somebody joined, left or moved. Everything is a function of stored facts, so the
answer is the same whichever week one starts from.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import islice
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

WEEK = timedelta(weeks=1)
FIRST_MONDAY = date(1970, 1, 5)

Strategy = Literal["circular", "round_robin"]
ChangeKind = Literal["join", "leave", "reorder"]


class Mark(NamedTuple):
    """A fact about a rotation from a Monday on, or in that week, besides its members.

    Either the `strategy` from then on; or the `member` whose turn is first in that week or, with a
    `shift`, who has that shift in that week.
    """

    effective_from: date
    strategy: Strategy | None = None
    member: int | None = None
    shift: int | None = None

    @property
    def pins_the_place(self) -> bool:
        """Whether it says whose turn is first in its week."""
        return self.member is not None and self.shift is None

    def gives_a_shift_of(self, monday: date) -> bool:
        """Return whether it says who has one shift of that week."""
        return self.shift is not None and self.effective_from == monday


@dataclass(frozen=True, slots=True)
class Rule:
    """How a team rotates. `anchor` is the Monday of week 0, where the first in the queue begins.

    `strategy` holds until a mark changes it. `marks` are in order of effect.
    """

    zone: ZoneInfo
    anchor: date
    strategy: Strategy = "circular"
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class WeeklyShift:
    """A weekly slot: `weekday` 0 is Monday, `start` is wall-clock, `hours` is its length.

    It is in force in [active_from, active_until), two aware instants; None means no end.
    """

    id: int
    number: int
    weekday: int
    start: time
    hours: int
    active_from: datetime
    active_until: datetime | None = None


class Change(NamedTuple):
    """A dated change of the queue, effective from a Monday.

    `position` is 1-based; None is the end. For a leave, `vacated_at` is the instant from which the
    leaver's shifts of the running week are also given away.
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


class Week(NamedTuple):
    """The rotation as one week begins.

    `queue` has the members in order; `first` is the index of the one with the week's first shift;
    `shifts` are those that the week deals: in force on Monday at 00:00, by number.
    """

    monday: date
    queue: tuple[int, ...]
    first: int
    strategy: Strategy
    shifts: tuple[WeeklyShift, ...]

    def holder(self, nth: int) -> int:
        """Return the member who gets the `nth` of the week's shifts, counted from 0."""
        return self.queue[(self.first + nth) % len(self.queue)]


@lru_cache(maxsize=4096)
def instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, at which clocks in `zone` show `wall` on `day`.

    A time that doesn't exist (spring) moves forward by the gap; a time that exists twice (autumn)
    means the first. Both follow from PEP 495's fold=0.
    """
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)


def instants(day: date, wall: time, zone: tzinfo) -> tuple[datetime, ...]:
    """Return all the instants, in UTC, at which clocks in `zone` show `wall` on `day`.

    There are two in the hour that is repeated (autumn), none in the one that is skipped (spring).
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

    `changes` are in the order in which they take effect.
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
    """Return the shifts in force at an instant; at a week's beginning, those that it deals."""
    return [
        shift
        for shift in shifts
        if shift.active_from <= at and (shift.active_until is None or shift.active_until > at)
    ]


def strategy_at(rule: Rule, monday: date) -> Strategy:
    """Return the strategy in force in the week of `monday`."""
    dated = [m.strategy for m in rule.marks if m.strategy and m.effective_from <= monday]
    return dated[-1] if dated else rule.strategy


def week_of(
    rule: Rule, shifts: Sequence[WeeklyShift], changes: Sequence[Change], monday: date
) -> Week:
    """Return the rotation as the week of `monday` begins."""
    return next(_weeks(rule, shifts, changes, monday)).week


def deal(
    rule: Rule,
    shifts: Sequence[WeeklyShift],
    changes: Sequence[Change],
    first_monday: date,
    weeks: int,
) -> list[Slot]:
    """Return the slots of `weeks` weeks from `first_monday` on, in the order of their start.

    `shifts` are by number, `changes` in the order in which they take effect. A week without members
    has no slots.
    """
    dealt = islice(_weeks(rule, shifts, changes, first_monday), weeks)
    return [slot for week in dealt for slot in week.slots]


# --- from week to week -------------------------------------------------------------------------


class _Dealt(NamedTuple):
    """A week as it was dealt; `places` is how far the cycle moves until the next week."""

    week: Week
    slots: list[Slot]
    places: int


def _weeks(
    rule: Rule, shifts: Sequence[WeeklyShift], changes: Sequence[Change], first_monday: date
) -> Iterator[_Dealt]:
    """Yield week after week from `first_monday` on."""
    monday = first_monday
    while monday < rule.anchor:
        yield _deal_week(rule, shifts, changes, _week_before(rule, shifts, changes, monday))
        monday += WEEK
    cycle = _Cycle(rule, shifts, changes)
    cycle.go_to(monday)
    while True:
        dealt = cycle.dealt()
        yield dealt
        cycle.go_on(dealt.places)


def _week_before(
    rule: Rule, shifts: Sequence[WeeklyShift], changes: Sequence[Change], monday: date
) -> Week:
    """Return a week before the anchor, counting the cycle backwards."""
    queue = tuple(queue_at(changes, monday))
    regular = tuple(regular_shifts(shifts, instant(monday, time(), rule.zone)))
    step = 1 if rule.strategy == "circular" else len(regular)
    weeks = (monday - rule.anchor).days // 7
    first = weeks * step % len(queue) if queue else 0
    return Week(monday, queue, first, rule.strategy, regular)


class _Cycle:
    """The queue and the place in it, carried forward from Monday to Monday."""

    def __init__(
        self, rule: Rule, shifts: Sequence[WeeklyShift], changes: Sequence[Change]
    ) -> None:
        self._rule = rule
        self._shifts = shifts
        self._changes = changes
        self._ahead = list(reversed(changes))
        self._pinned = {m.effective_from: m.member for m in rule.marks if m.pins_the_place}
        self._queue: list[int] = []
        self._place = 0
        self._monday = rule.anchor
        while self._ahead and self._ahead[-1].effective_from <= self._monday:
            _apply(self._ahead.pop(), self._queue)
        self._take_pin(self._queue)

    def dealt(self) -> _Dealt:
        """Return this week as it is dealt."""
        opens = instant(self._monday, time(), self._rule.zone)
        regular = tuple(regular_shifts(self._shifts, opens))
        strategy = strategy_at(self._rule, self._monday)
        week = Week(self._monday, tuple(self._queue), self._place, strategy, regular)
        return _deal_week(self._rule, self._shifts, self._changes, week)

    def go_to(self, monday: date) -> None:
        """Go to a week that may be far away; weeks without changes are one step."""
        between = sorted(day for day in self._eventful() if self._monday < day < monday)
        for day in (*between, monday):
            if weeks := (day - self._monday).days // 7:
                self.go_on(self.dealt().places, weeks)

    def go_on(self, places: int, weeks: int = 1) -> None:
        """Go to the Monday `weeks` later, moving the place by `places` in each week."""
        self._monday += weeks * WEEK
        if self._queue:
            self._place = (self._place + weeks * places) % len(self._queue)
        before = tuple(self._queue)
        if self._ahead and self._ahead[-1].effective_from <= self._monday:
            self._change_queue(served=places > 0)
        self._take_pin(before)

    def _change_queue(self, *, served: bool) -> None:
        """Apply changes; the place stays with its member or, if they leave, goes to the next.

        If only one member stays, and has just served, a new one goes first.
        """
        order, stay = tuple(self._queue), set(self._queue)
        due = order[self._place] if order else None
        alone = due if len(order) == 1 and served else None
        while self._ahead and self._ahead[-1].effective_from <= self._monday:
            change = self._ahead.pop()
            if change.kind == "leave" and change.member in stay:
                stay.discard(change.member)
                if change.member == due:
                    due = _next_in(order, change.member, stay)
                    alone = due if len(stay) == 1 else None
            _apply(change, self._queue)
        self._place = 0 if due is None else self._queue.index(due)
        if alone is not None and alone in stay:
            self._place = (self._place + 1) % len(self._queue)

    def _take_pin(self, before: Sequence[int]) -> None:
        """Give the place to the pinned member or, if they left, to the next one who didn't."""
        pinned = self._pinned.get(self._monday)
        if pinned is None:
            return
        due = pinned if pinned in self._queue else _next_in(before, pinned, self._queue)
        if due is not None:
            self._place = self._queue.index(due)

    def _eventful(self) -> set[date]:
        """Return the Mondays on which the cycle may change."""
        rule = self._rule
        dated = {change.effective_from for change in self._changes}
        dated |= {mark.effective_from for mark in rule.marks}
        instants = {change.vacated_at for change in self._changes}
        instants |= {edge for s in self._shifts for edge in (s.active_from, s.active_until)}
        weeks = {monday_of(at, rule.zone) for at in instants if at is not None}
        return dated | weeks | {monday + WEEK for monday in weeks}


def _next_in(order: Sequence[int], after: int, among: Container[int]) -> int | None:
    """Return the first of `among` after a member in the cycle; None if there is none."""
    if after not in order:
        return None
    at = list(order).index(after)
    return next((one for one in (*order[at:], *order[:at]) if one in among), None)


# --- within a week -----------------------------------------------------------------------------


def _deal_week(
    rule: Rule, shifts: Sequence[WeeklyShift], changes: Sequence[Change], week: Week
) -> _Dealt:
    if not week.queue:
        return _Dealt(week, [], 0)
    opens = instant(week.monday, time(), rule.zone)
    closes = instant(week.monday + WEEK, time(), rule.zone)
    added = [shift for shift in shifts if opens < shift.active_from < closes]
    spans = {shift.id: span(shift, week.monday, rule.zone) for shift in (*week.shifts, *added)}
    holders = {shift.id: week.holder(nth) for nth, shift in enumerate(week.shifts)}
    given = {m.shift: m.member for m in rule.marks if m.gives_a_shift_of(week.monday)}
    holders |= {shift: member for shift, member in given.items() if shift in spans and member}

    # Mid-week changes move nobody else: new shifts, and the remaining ones of a member who left, go
    # to members without a shift this week, starting with the next in the cycle.
    next_up = (week.first + len(week.shifts)) % len(week.queue)
    here = [*week.queue[next_up:], *week.queue[:next_up]]
    events: list[tuple[datetime, WeeklyShift | Change]] = [
        *((shift.active_from, shift) for shift in added if shift.id not in given),
        *(
            (change.vacated_at, change)
            for change in changes
            if change.vacated_at and opens <= change.vacated_at < closes
        ),
    ]
    handed, gone = False, set()
    for at, event in sorted(events, key=lambda event: event[0]):
        if isinstance(event, WeeklyShift):
            left = [event.id]
        else:
            if event.member in here:
                here.remove(event.member)
            held = [shift for shift, holder in holders.items() if holder == event.member]
            left = sorted(
                (shift for shift in held if spans[shift][0] >= at), key=lambda s: spans[s][0]
            )
            if len(left) == len(held):
                gone.add(event.member)
        _hand_over(left, here, holders)
        handed = handed or bool(left)

    removed = {shift.id: shift.active_until for shift in shifts if shift.active_until}
    begun = {shift for shift in holders if shift not in removed or spans[shift][0] < removed[shift]}
    number = week_number(week.monday)
    slots = [
        Slot(shift, holder, number, *spans[shift])
        for shift, holder in holders.items()
        # A short shift can vanish in the hour skipped when the clocks spring forward.
        if shift in begun and spans[shift][0] < spans[shift][1]
    ]
    places = _places(week, begun, gone, here[-1] if handed and here else None)
    return _Dealt(week, sorted(slots, key=lambda slot: slot.start), places)


def _places(week: Week, begun: Container[int], gone: Container[int], taker: int | None) -> int:
    """Return how many places the cycle moves on in a week.

    - `round_robin`: by every dealt shift and, if some were given away within the week, as far as
      the last `taker`.
    - `circular`: by one, and by one more for each member who had the first place and left before
      their shift began, so that the members who replaced them count as dealt.
    - A week without shifts moves nothing.
    """
    dealt = [nth for nth, shift in enumerate(week.shifts, start=1) if shift.id in begun]
    if not dealt and taker is None:
        return 0
    ahead = (*week.queue[week.first :], *week.queue[: week.first])
    if week.strategy == "round_robin":
        return dealt[-1] if taker is None else ahead.index(taker) + 1
    return next((nth for nth, member in enumerate(ahead, start=1) if member not in gone), 1)


def _hand_over(given: Iterable[int], here: list[int], holders: dict[int, int]) -> None:
    """Give each shift to the member in `here` with the fewest this week.

    `here` moves on after each member who was given one, like the cycle.
    """
    for shift in given:
        holders.pop(shift, None)
        if here:
            held = list(holders.values())
            taker = min(here, key=held.count)
            holders[shift] = taker
            after = here.index(taker) + 1
            here[:] = [*here[after:], *here[:after]]
