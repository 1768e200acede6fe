"""Changes to the weekly shifts, and the times that they leave uncovered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from math import gcd
from typing import ClassVar

from scheduling.changes import checks
from scheduling.changes.beginning import begin_on
from scheduling.changes.operation import Operation, Outcome
from scheduling.errors import NothingToDo, Refusal
from scheduling.rota import first_turn, queue, rotation, schedule
from scheduling.words import titles
from scheduling.words.lines import Line
from scheduling.words.visible import quoted
from storage.database import reading, writing
from storage.models import DAYS, Assignment, AuditEntry, Shift, Team

MINUTES_A_WEEK = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class Patch:
    """A part of the week covered by `count` shifts: 0 is a gap, 2 or more are an overlap.

    `start` and `end` are (weekday, wall-clock time), 0 being Monday.
    """

    start: tuple[int, time]
    end: tuple[int, time]
    count: int


# --- operations -------------------------------------------------------------------------------


class ShiftChanged(Outcome, frozen=True):
    """A weekly slot as it is now, or was before its removal; `since` is the Monday, if not now.

    `uneven` are the times that all slots leave uncovered, or cover twice.
    """

    shift: Shift
    uneven: list[Patch]
    since: date | None = None


class AddShift(Operation[ShiftChanged], frozen=True):
    """Add a weekly slot. `start` is wall-clock, 'HH:MM'."""

    kind: ClassVar = "shift added"
    number: int
    day: str
    hours: int
    start: str

    def apply(self, team: Team, actor: str, now: datetime) -> ShiftChanged:
        """Add it; see `add_shift`."""
        shift = add_shift(
            team, self.number, self.day, self.hours, start_of(self.start), actor=actor, now=now
        )
        title = f"Add shift {shift.shift_number} ({_slot(team, shift)})"
        return ShiftChanged(title, shift, coverage(team))


class EditShift(Operation[ShiftChanged], frozen=True):
    """Change a weekly slot. `start` is wall-clock, 'HH:MM'."""

    kind: ClassVar = "shift edited"
    number: int
    day: str
    hours: int
    start: str

    def apply(self, team: Team, actor: str, now: datetime) -> ShiftChanged:
        """Change it; see `edit_shift`."""
        shift, monday = edit_shift(
            team, self.number, self.day, self.hours, start_of(self.start), actor=actor, now=now
        )
        title = f"Change shift {shift.shift_number} to {_slot(team, shift)}{titles.since(monday)}"
        return ShiftChanged(title, shift, coverage(team), monday)


class RemoveShift(Operation[ShiftChanged], frozen=True):
    """Remove a weekly slot."""

    kind: ClassVar = "shift removed"
    number: int

    def apply(self, team: Team, actor: str, now: datetime) -> ShiftChanged:
        """Remove it; see `remove_shift`."""
        shift = remove_shift(team, self.number, actor=actor, now=now)
        title = f"Remove shift {shift.shift_number} ({_slot(team, shift)})"
        return ShiftChanged(title, shift, coverage(team))


def start_of(text: str) -> time:
    """Return a shift's start, 'HH:MM', as a wall-clock time. Raises Refusal."""
    if not checks.is_notify_at(text):
        raise Refusal(f"{quoted(text)} isn’t a time. Write it like 08:00.", "start")
    return schedule.wall_time(text)


def _slot(team: Team, shift: Shift) -> str:
    clock = schedule.clock_of(team)
    return titles.slot(shift.day_of_week, shift.start_time, shift.duration_hours, clock)


# --- making them ------------------------------------------------------------------------------


def add_shift(
    team: Team, number: int, day: str, hours: int, start: time, *, actor: str, now: datetime
) -> Shift:
    """Add a weekly slot: `day` is an English name, `start` wall-clock in the team's zone.

    It is dealt from now on and moves nobody else's shift of this week. Raises Refusal if the
    number is taken or a value is out of bounds.
    """
    _check(day, hours, number)
    with writing():
        now = schedule.open_instant(team, now)
        taken = {shift.shift_number for shift in Shift.in_force(team)}
        if number in taken:
            free = next(n for n in range(1, 101) if n not in taken)
            raise Refusal(
                f"Shift {number} already exists.",
                "number",
                suggest=(
                    "To change it: ",
                    Line(f"shifts edit {number} {day.lower()} {hours}h {start:%H:%M}"),
                    f". To add another shift, use number {free}.",
                ),
            )
        shift = Shift.create(
            team=team,
            shift_number=number,
            day_of_week=day,
            start_time=f"{start:%H:%M}",
            duration_hours=hours,
            active_from=_in_force_from(team, now),
            created_at=now,
        )
        first_turn.rotation_changes(team, schedule.monday_of(team, now), now)
        schedule.regenerate(team, now)
        AuditEntry.record(team, actor, "shift added", now, after=_facts(shift))
    return shift


def edit_shift(
    team: Team,
    number: int,
    day: str,
    hours: int,
    start: time,
    *,
    actor: str,
    now: datetime,
) -> tuple[Shift, date | None]:
    """Change a weekly slot from next Monday on; this week stays as it is.

    At once while nobody has a shift in the running week. Returns the slot as it will be, and that
    Monday (None if at once). Raises Refusal if there is no such shift, a value is out of bounds,
    or nothing changes.
    """
    _check(day, hours, number)
    with writing():
        now = schedule.open_instant(team, now)
        present = _find(team, number)
        wanted = (day, f"{start:%H:%M}", hours)
        if wanted == (present.day_of_week, present.start_time, present.duration_hours):
            raise NothingToDo(f"Shift {number} is already like that.")
        before = _facts(present)
        monday = _changes_on(team, now)
        changed = present
        if monday is not None and present.active_from < _begin(team, monday):
            present.active_until = _begin(team, monday)
            present.save()
            changed = Shift(
                team=team, shift_number=number, active_from=present.active_until, created_at=now
            )
        changed.day_of_week, changed.start_time, changed.duration_hours = wanted
        changed.save()
        first_turn.rotation_changes(team, schedule.monday_of(team, now), now)
        schedule.regenerate(team, now)
        AuditEntry.record(team, actor, "shift edited", now, before=before, after=_facts(changed))
    return changed, monday


def replace_all(
    team: Team,
    slots: Sequence[tuple[str, int, time]],
    *,
    begins: datetime | None = None,
    actor: str,
    now: datetime,
) -> date | None:
    """Replace all shifts by these slots (day, hours, start), numbered from 1 on.

    They hold from the returned Monday, or at once while nobody has a shift in the running week
    (returns None). In a team that hasn't begun, nobody is on call before `begins`. A team without a
    plan gives its first shift to the first in the order; if it goes from at most one shift a week
    to several, each goes to the next person, unless that gives everybody the same days each week.
    Raises Refusal if the team already has these shifts, or if `begins` is given and somebody was
    already on call.
    """
    with writing():
        now = schedule.open_instant(team, now)
        begins = begins if begins is not None and begins > now else None
        waited = team.begins_at if schedule.waits(team, now) else None
        present = Shift.in_force(team)
        wanted = [(day, f"{start:%H:%M}", hours) for day, hours, start in slots]
        same = wanted == [(one.day_of_week, one.start_time, one.duration_hours) for one in present]
        if same and begins == waited:
            raise NothingToDo("Those are already the team’s shifts.", "pattern")
        if begins or waited:
            begin_on(team, begins, now)
        starts, strategy = first_turn.is_new(team), team.strategy
        several = starts and len(present) <= 1 < len(wanted)
        # With a common divisor, going one by one gives everybody the same days each week.
        if several and gcd(len(queue.in_order(team, now)), len(wanted)) == 1:
            first_turn.one_by_one(team)
        monday = _changes_on(team, now)
        since = _begin(team, monday) if monday else _in_force_from(team, now)
        for shift in present:
            shift.active_until = since
            shift.save()
        for number, (day, start, hours) in enumerate(wanted, start=1):
            Shift.create(
                team=team,
                shift_number=number,
                day_of_week=day,
                start_time=start,
                duration_hours=hours,
                active_from=since,
                created_at=now,
            )
        if starts:
            first_turn.with_the_first(team, now)
        else:
            first_turn.rotation_changes(team, schedule.monday_of(team, now), now)
        schedule.regenerate(team, now)
        AuditEntry.record(
            team,
            actor,
            "shifts replaced",
            now,
            before={
                "shifts": [_facts(shift) for shift in present],
                **({"strategy": strategy} if team.strategy != strategy else {}),
            },
            after={
                "shifts": [_facts(shift) for shift in Shift.in_force(team)],
                **({"strategy": team.strategy} if team.strategy != strategy else {}),
                **({"begins_at": begins} if begins else {}),
            },
        )
    return monday


def remove_shift(team: Team, number: int, *, actor: str, now: datetime) -> Shift:
    """Remove a weekly slot. If it is running at `now`, it still ends as planned."""
    with writing():
        now = schedule.open_instant(team, now)
        shift = _find(team, number)
        # If it was edited this week, its new version, in force from Monday, goes too.
        Shift.update(active_until=now).where(
            Shift.team == team,
            Shift.shift_number == number,
            Shift.active_until.is_null() | (Shift.active_until > now),
        ).execute()
        first_turn.rotation_changes(team, schedule.monday_of(team, now), now)
        schedule.regenerate(team, now)
        AuditEntry.record(team, actor, "shift removed", now, before=_facts(shift))
    return shift


def _check(day: str, hours: int, number: int) -> None:
    if day not in DAYS:
        raise Refusal(f"“{day}” isn’t a day of the week. Write it like `tuesday`.", "day")
    if not 1 <= hours <= 168:
        raise Refusal(
            f"A shift lasts 1 to 168 hours, not {hours}. A whole day is `24h`, two are `48h`.",
            "hours",
        )
    if not 1 <= number <= 99:
        raise Refusal(f"A shift’s number is 1 to 99, not {number}.", "number")


def _find(team: Team, number: int) -> Shift:
    shift = Shift.get_or_none(
        Shift.team == team, Shift.shift_number == number, Shift.active_until.is_null()
    )
    if shift is None:
        raise Refusal(
            f"There’s no shift {number}.",
            "number",
            suggest=(
                Line("shifts"),
                " lists them; then, for example, ",
                Line("shifts remove 2"),
                ".",
            ),
        )
    return shift


def _changes_on(team: Team, now: datetime) -> date | None:
    """Return the Monday from which changed shifts hold; None if at once."""
    return schedule.next_monday_of(team, now) if schedule.dealt_this_week(team, now) else None


def _begin(team: Team, monday: date) -> datetime:
    return rotation.instant(monday, time(), schedule.zone_of(team))


def coverage(team: Team) -> list[Patch]:
    """Return the gaps and overlaps that the shifts leave in a week, in order of time."""
    with reading():
        return uneven(
            [
                (
                    DAYS.index(shift.day_of_week),
                    schedule.wall_time(shift.start_time),
                    shift.duration_hours,
                )
                for shift in Shift.in_force(team)
            ]
        )


def uneven(shifts: list[tuple[int, time, int]]) -> list[Patch]:
    """Return the times at which not exactly one shift (weekday, start, hours) is on. Pure."""
    counts = [0] * MINUTES_A_WEEK
    for weekday, start, hours in shifts:
        opens = weekday * 1440 + start.hour * 60 + start.minute
        for minute in range(opens, opens + hours * 60):
            counts[minute % MINUTES_A_WEEK] += 1
    patches = []
    begun = 0
    for minute in range(1, MINUTES_A_WEEK + 1):
        if minute == MINUTES_A_WEEK or counts[minute] != counts[begun]:
            if counts[begun] != 1:
                patches.append(Patch(_wall(begun), _wall(minute), counts[begun]))
            begun = minute
    # A patch from Sunday night into Monday is one patch, not two.
    if len(patches) > 1 and patches[0].start == patches[-1].end == (0, time()):
        first, last = patches[0], patches[-1]
        if first.count == last.count:
            patches = [*patches[1:-1], Patch(last.start, first.end, last.count)]
    return patches


def _wall(minute: int) -> tuple[int, time]:
    minute %= MINUTES_A_WEEK
    return minute // 1440, time(minute % 1440 // 60, minute % 60)


def _in_force_from(team: Team, now: datetime) -> datetime:
    # A team's first shifts hold for the whole running week, since that moves nobody's shift.
    if Assignment.select().where(Assignment.team == team).exists():
        return now
    zone = schedule.zone_of(team)
    return rotation.instant(rotation.monday_of(now, zone), time(), zone)


def _facts(shift: Shift) -> dict[str, object]:
    return {
        "shift": shift.shift_number,
        "day_of_week": shift.day_of_week,
        "start_time": shift.start_time,
        "duration_hours": shift.duration_hours,
    }
