"""Changes to the weekly shifts, and what they leave uncovered."""

from dataclasses import dataclass
from datetime import datetime, time

from scheduling import rotation, schedule
from scheduling.errors import Refusal
from storage.database import reading, writing
from storage.models import DAYS, Assignment, AuditEntry, Shift, Team

MINUTES_A_WEEK = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class Patch:
    """A part of the week that `count` shifts cover: 0 is a gap, 2 or more overlap.

    `start` and `end` are (weekday, wall-clock time), 0 being Monday.
    """

    start: tuple[int, time]
    end: tuple[int, time]
    count: int


def add_shift(
    team: Team, number: int, day: str, hours: int, start: time, *, actor: str, now: datetime
) -> Shift:
    """Add a weekly slot: `day` an English name, `start` wall-clock in the team's zone.

    It is dealt from now on and moves nobody else's shift of this week. Raises Refusal when the
    number is taken or a figure is out of bounds.
    """
    if day not in DAYS:
        raise Refusal(f"“{day}” is not a day of the week. Write it like `tuesday`.", "day")
    if not 1 <= hours <= 168:
        raise Refusal(
            f"A shift lasts 1 to 168 hours, not {hours}. A whole day is `24h`, two are `48h`.",
            "hours",
        )
    if not 1 <= number <= 99:
        raise Refusal(f"A shift's number is 1 to 99, not {number}.", "number")
    with writing():
        now = schedule.open_instant(team, now)
        taken = {shift.shift_number for shift in Shift.in_force(team)}
        if number in taken:
            free = next(n for n in range(1, 101) if n not in taken)
            raise Refusal(
                f"Shift {number} exists already; {free} is free. To change one, remove it first: "
                f"`/oncall shifts remove {number}`.",
                "number",
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
        schedule.regenerate(team, now)
        AuditEntry.record(team, actor, "shift added", now, after=_facts(shift))
    return shift


def remove_shift(team: Team, number: int, *, actor: str, now: datetime) -> Shift:
    """Take a weekly slot out. The one that runs at `now` ends when it would have ended."""
    with writing():
        now = schedule.open_instant(team, now)
        shift = Shift.get_or_none(
            Shift.team == team, Shift.shift_number == number, Shift.active_until.is_null()
        )
        if shift is None:
            raise Refusal(
                f"There is no shift {number}. `/oncall shifts` lists them; then, for example, "
                "`/oncall shifts remove 2`."
            )
        shift.active_until = now
        shift.save()
        schedule.regenerate(team, now)
        AuditEntry.record(team, actor, "shift removed", now, before=_facts(shift))
    return shift


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
    """Return where not exactly one of the shifts (weekday, start, hours) is on. Pure."""
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
    # What runs over Sunday night into Monday is one stretch, not two.
    if len(patches) > 1 and patches[0].start == patches[-1].end == (0, time()):
        first, last = patches[0], patches[-1]
        if first.count == last.count:
            patches = [*patches[1:-1], Patch(last.start, first.end, last.count)]
    return patches


def _wall(minute: int) -> tuple[int, time]:
    minute %= MINUTES_A_WEEK
    return minute // 1440, time(minute % 1440 // 60, minute % 60)


def _in_force_from(team: Team, now: datetime) -> datetime:
    # The first shifts of a team hold for the whole running week: there is nobody to disturb.
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
