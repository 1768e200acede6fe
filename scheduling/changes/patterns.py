"""The usual patterns: a whole week of shifts at once."""

from datetime import date, datetime, time
from typing import ClassVar, NamedTuple

from scheduling.changes import shifts
from scheduling.changes.operation import Operation, Outcome
from scheduling.changes.shifts import Patch
from scheduling.errors import Refusal
from scheduling.rota import first_turn, schedule
from scheduling.words import titles
from scheduling.words.times import wall_time
from scheduling.words.visible import quoted
from storage.models import DAYS, Assignment, Member, Shift, Team


class Pattern(NamedTuple):
    """A usual way to cut a week: its slots are (weekday, hours) from one start time on.

    `title` is its name in a choice; `phrase` is the same in a sentence, with {at} for the start
    time.
    """

    title: str
    phrase: str
    slots: tuple[tuple[int, int], ...]


PATTERNS: dict[str, Pattern] = {
    "weekly": Pattern(
        "Weekly, handoff on Mondays", "a weekly rotation, handoff Mondays {at}", ((0, 168),)
    ),
    "daily": Pattern(
        "Daily", "a daily rotation, handoff {at}", tuple((day, 24) for day in range(7))
    ),
    "six": Pattern(
        "Daily, with Tue-Wed combined",
        "a daily rotation with Tue-Wed combined, handoff {at}",
        ((0, 24), (1, 48), (3, 24), (4, 24), (5, 24), (6, 24)),
    ),
    "weekend": Pattern(
        "Weekdays and weekends",
        "weekday and weekend shifts, handoff Mondays and Saturdays {at}",
        ((0, 120), (5, 48)),
    ),
}


class Turns(NamedTuple):
    """How a new team takes turns: who is first, and whether each shift goes to the next person."""

    first: Member
    one_by_one: bool


class ShiftsReplaced(Outcome, frozen=True):
    """A usual pattern that replaced all slots: its name in a sentence, and its start.

    - `since`: the Monday from which it holds; None if at once.
    - `begins`: when a team that was set up beforehand has its first person on call.
    - `uneven`: times left uncovered, or covered twice.
    - `turns`: None in a team that already has a plan, or has no members.
    """

    pattern: str
    start: time
    since: date | None
    uneven: list[Patch]
    begins: datetime | None = None
    turns: Turns | None = None


class ReplaceShifts(Operation[ShiftsReplaced], frozen=True):
    """Replace all slots by one of `PATTERNS`. `start` is wall-clock, 'HH:MM'.

    A new team has nobody on call before `begins`; None is now.
    """

    kind: ClassVar = "shifts replaced"
    pattern: str
    start: str
    begins: datetime | None = None

    def apply(self, team: Team, actor: str, now: datetime) -> ShiftsReplaced:
        """Replace them; see `shifts.replace_all`. Raises Refusal if there is no such pattern."""
        if self.pattern not in PATTERNS:
            raise Refusal(f"I don’t know the pattern {quoted(self.pattern)}.", "pattern")
        first = not Shift.in_force(team)
        starts = first_turn.is_new(team) or schedule.waits(team, now)
        pattern, start = PATTERNS[self.pattern], shifts.start_of(self.start)
        wanted = [(DAYS[day], hours, start) for day, hours in pattern.slots]
        monday = shifts.replace_all(team, wanted, begins=self.begins, actor=actor, now=now)
        begins = team.begins_at if schedule.waits(team, now) else None
        clock = schedule.clock_of(team)
        phrase = pattern.phrase.format(at=wall_time(start, twelve=clock.twelve))
        day = begins.astimezone(clock.zone).date() if begins else monday
        since = titles.since(day, begins=starts)
        title = f"{'Start' if first else 'Move to'} {phrase}{since}"
        turns = _turns(team, len(wanted)) if starts else None
        return ShiftsReplaced(title, phrase, start, monday, shifts.coverage(team), begins, turns)


def _turns(team: Team, shifts_a_week: int) -> Turns | None:
    planned = Assignment.select().where(Assignment.team == team)
    row = planned.order_by(Assignment.start_datetime).first()
    if row is None:
        return None
    one_by_one = shifts_a_week > 1 and team.strategy == "round_robin"
    return Turns(row.team_member, one_by_one)


def of_team(team: Team) -> tuple[str | None, str | None]:
    """Return the pattern of a team's shifts, if they are one, and their start, 'HH:MM'.

    The start is that of the lowest shift number; None for a team without shifts.
    """
    found = Shift.in_force(team)
    if not found:
        return None, None
    start = found[0].start_time
    slots = {(DAYS.index(one.day_of_week), one.duration_hours, one.start_time) for one in found}
    names = (
        name
        for name, pattern in PATTERNS.items()
        if slots == {(day, hours, start) for day, hours in pattern.slots}
    )
    return next(names, None), start
