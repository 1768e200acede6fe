"""/oncall shifts: list with gaps and overlaps, add, remove."""

import re
from datetime import time

from bot import when
from bot.blocks import Reply
from bot.command import COMMAND, Commands, Request, Subcommand, echo, number_of
from scheduling import shifts
from scheduling.errors import Refusal
from scheduling.messages import escaped
from scheduling.shifts import Patch
from storage.models import DAYS, Shift

ADD = "shifts add 2 tuesday 48h 08:00"


def register(commands: Commands) -> None:
    """Take `shifts` into the table."""
    commands.add(
        Subcommand(
            name="shifts",
            takes="",
            does="the weekly shifts, with the gaps and overlaps they leave",
            examples=("shifts",),
            run=show,
        )
    )
    commands.add(
        Subcommand(
            name="shifts add",
            takes="NUMBER DAY HOURSh TIME",
            does="add a weekly shift",
            examples=(ADD, "shifts add 1 monday 24h 08:00"),
            run=add,
            for_admins=True,
        )
    )
    commands.add(
        Subcommand(
            name="shifts remove",
            takes="NUMBER",
            does="take a weekly shift out; one that is running comes to its end",
            examples=("shifts remove 2",),
            run=remove,
            for_admins=True,
        )
    )


def show(request: Request) -> Reply:
    """Return the shifts, and what of the week they leave uncovered or cover twice."""
    found = Shift.in_force(request.team)
    if not found:
        raise Refusal(
            f"There are no shifts yet. Begin with `{COMMAND} shifts add 1 monday 24h 08:00`."
        )
    lines = [f"*{shift.shift_number}.* {_pattern(shift)}" for shift in found]
    return Reply.of(
        f"*{escaped(request.team.name)}* has {_counted(len(found), 'shift')} a week:",
        "\n".join(lines),
        _uneven(request),
        small_print=f"Times are {request.team.time_zone}.",
    )


def add(request: Request) -> Reply:
    """Add a shift: 'NUMBER DAY HOURSh TIME'; without a time it starts at 08:00."""
    words = request.words
    if len(words) not in (3, 4):
        raise Refusal(
            "I need a number, a day, a length and a start. For example: "
            f"`{COMMAND} {ADD}` is shift 2, every Tuesday from 08:00 for two days."
        )
    shift = shifts.add_shift(
        request.team,
        _number(words[0]),
        _day(words[1]),
        _hours(words[2]),
        when.wall_time(words[3]) if len(words) == 4 else time(8),
        actor=request.actor,
        now=request.now,
    )
    request.services.jobs.wake()
    return Reply.of(
        f":white_check_mark: Shift {shift.shift_number} is in: {_pattern(shift)}.",
        _uneven(request),
        small_print=f"`{COMMAND} schedule` shows who takes it.",
    )


def remove(request: Request) -> Reply:
    """Take a shift out by its number."""
    if len(request.words) != 1:
        raise Refusal(f"Say which one by its number. For example: `{COMMAND} shifts remove 2`.")
    shift = shifts.remove_shift(
        request.team, _number(request.words[0]), actor=request.actor, now=request.now
    )
    request.services.jobs.wake()
    return Reply.of(
        f":white_check_mark: Shift {shift.shift_number} is out: {_pattern(shift)}.",
        _uneven(request),
        small_print="If it is running right now, it comes to its end.",
    )


def _number(text: str) -> int:
    if (number := number_of(text)) is None:
        raise Refusal(f"{echo(text)} is not a shift's number; those are 1, 2, 3 and so on.")
    return number


def _day(text: str) -> str:
    typed = text.casefold()
    found = [day for day in DAYS if len(typed) >= 2 and day.casefold().startswith(typed)]
    if len(found) != 1:
        raise Refusal(
            f"{echo(text)} is not a day of the week. Write it like `tuesday`: `{COMMAND} {ADD}`."
        )
    return found[0]


def _hours(text: str) -> int:
    match = re.fullmatch(r"(\d{1,6})\s*(?:h|hr|hrs|hour|hours)?", text, re.IGNORECASE)
    if not match:
        raise Refusal(
            f"{echo(text)} is not a length. Write hours like `24h` or `48h`: `{COMMAND} {ADD}`."
        )
    return int(match[1])


def _pattern(shift: Shift) -> str:
    return f"{shift.day_of_week} {shift.start_time}, {_counted(shift.duration_hours, 'hour')}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _uneven(request: Request) -> str:
    patches = shifts.coverage(request.team)
    if not patches:
        return ":white_check_mark: Every hour of the week has exactly one shift."
    return "\n".join(_patch(patch) for patch in patches)


def _patch(patch: Patch) -> str:
    start = f"{DAYS[patch.start[0]]} {patch.start[1]:%H:%M}"
    end = f"{DAYS[patch.end[0]]} {patch.end[1]:%H:%M}"
    span = "all week" if patch.start == patch.end else f"from {start} to {end}"
    if patch.count == 0:
        return f":warning: Gap: nobody is on call {span}."
    return f":warning: Overlap: {patch.count} shifts run {span}."
