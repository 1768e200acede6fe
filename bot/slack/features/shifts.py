"""/oncall shifts: list with gaps and overlaps, add, edit, remove."""

import re
from datetime import datetime, time

from slack_sdk.models.blocks import Block

from bot.slack import offers, previews, when
from bot.slack.blocks import Button, Reply
from bot.slack.command import (
    Answer,
    OutcomeText,
    Section,
    form,
    subcommand,
    words_for,
)
from bot.slack.features import notify_time
from bot.slack.forms import Fields, Form, choice, chosen_number, text_field, time_field
from bot.slack.request import Request
from bot.slack.typed import COMMAND, echo
from scheduling.changes import shifts
from scheduling.changes.shifts import (
    AddShift,
    EditShift,
    Patch,
    RemoveShift,
    ShiftChanged,
)
from scheduling.errors import NothingToDo, Refusal
from scheduling.rota import schedule
from scheduling.words import titles
from scheduling.words.lines import number_of
from scheduling.words.mrkdwn import escaped
from scheduling.words.times import dated, wall_time
from scheduling.words.wording import several
from storage.models import DAYS, Shift, Team

ADD = "shifts add 2 tuesday 48h 08:00"
Slot = tuple[int, str, int, str]
"""Number, day, hours and start of a shift, as typed."""
EDIT = "shifts edit 2 tuesday 24h 09:00"
BUTTONS = (
    Button("Add", "shifts add"),
    Button("Edit", "shifts edit"),
    Button("Remove", "shifts remove"),
    Button("Pattern", "shifts pattern"),
)


@subcommand(
    "shifts",
    Section.LOOKING,
    does="the weekly shifts, with gaps and overlaps",
    examples=("shifts",),
    takes_time=True,
    question=True,
)
def show(request: Request) -> Reply:
    """Return the shifts, and the parts of the week that they leave uncovered or cover twice."""
    found = Shift.in_force(request.team)
    if not found:
        begin = (
            f" Begin with `{COMMAND} shifts add 1 monday 24h 08:00`, or use a pattern: "
            f"`{COMMAND} shifts pattern daily`."
        )
        return Reply.of(
            "There are no shifts yet." + (begin if offers.is_lead(request) else ""),
            buttons=BUTTONS,
            title="Shifts",
        )
    return Reply.of(
        f"*{escaped(request.team.name)}* has {several(len(found), 'shift')} a week:",
        "\n".join(listed(request.team, request.now)),
        uneven(request.team, shifts.coverage(request.team)),
        small_print=f"Times in {request.team.time_zone}.",
        buttons=BUTTONS,
        title="Shifts",
    )


def listed(team: Team, now: datetime) -> list[str]:
    """Return the shifts as lines of mrkdwn, each with the day of its next change, if any."""
    return [
        f"*{shift.shift_number}.* {_pattern(team, shift)}{_from(team, shift, now)}"
        for shift in Shift.in_force(team)
    ]


def _from(team: Team, shift: Shift, now: datetime) -> str:
    if shift.active_from <= now:
        return ""
    since = shift.active_from.astimezone(schedule.zone_of(team))
    return f" (starting {dated(since)})"


# --- add, edit --------------------------------------------------------------------------------


@subcommand(
    "shifts add",
    Section.SHIFTS,
    takes="[NUMBER DAY HOURSh TIME]",
    does="add a weekly shift",
    examples=(ADD, "shifts add 1 monday 24h 08:00"),
    for_leads=True,
)
def add(request: Request) -> Answer:
    """Add a shift: 'NUMBER DAY HOURSh TIME'; without a time it starts at 08:00."""
    if not request.words:
        return add_form(request)
    return previews.ask(request, AddShift(*_typed(request.words, ADD)))


@subcommand(
    "shifts edit",
    Section.SHIFTS,
    takes="[NUMBER DAY HOURSh TIME]",
    does="change a weekly shift, starting next Monday",
    examples=(EDIT,),
    for_leads=True,
)
def edit(request: Request) -> Answer:
    """Change a shift: 'NUMBER DAY HOURSh TIME'."""
    if not request.words:
        return edit_form(request)
    if len(request.words) == 1:
        return edit_form(request, _number(request.words[0]))
    return previews.ask(request, EditShift(*_typed(request.words, EDIT)))


def _typed(words: list[str], example: str) -> Slot:
    if len(words) not in (3, 4):
        raise Refusal(
            "I need the shift’s number, its day, its length and its start. For example: "
            f"`{COMMAND} {example}`."
        )
    start = when.wall_time(words[3]) if len(words) == 4 else time(8)
    return _number(words[0]), _day(words[1]), _hours(words[2]), f"{start:%H:%M}"


def add_form(request: Request) -> Form:
    """Return the form that adds a shift."""
    taken = {shift.shift_number for shift in Shift.in_force(request.team)}
    free = next(number for number in range(1, 101) if number not in taken)
    return Form("shifts add", "Add a shift", _fields(str(free), "Monday", "24", "08:00"))


def edit_form(request: Request, number: int | None = None) -> Form:
    """Return the form that changes a shift; without a number, the one that asks which."""
    found = _some(request.team)
    chosen = next((shift for shift in found if shift.shift_number == number), None)
    if number is not None and chosen is None:
        raise Refusal(f"There’s no shift {number}. `{COMMAND} shifts` lists them.")
    if chosen is None:
        options = _options(request.team)
        return Form("shifts edit", "Edit a shift", [choice("which", "Which one?", options)])
    fields = _fields(
        "", chosen.day_of_week, str(chosen.duration_hours), chosen.start_time, numbered=False
    )
    return Form("shifts edit", f"Edit shift {number}", fields, context={"number": number})


def _fields(number: str, day: str, hours: str, start: str, *, numbered: bool = True) -> list[Block]:
    fields = [
        choice("day", "Starts every", [(one, one) for one in DAYS], day),
        time_field("start", "At", start),
        text_field(
            "hours",
            "Hours",
            hours,
            hint="24 is one day, 48 is two, 168 is a week. You’ll see whose shifts move before "
            "anything is saved. This week’s don’t move.",
            most=4,
        ),
    ]
    if numbered:
        hint = "People take shifts in the order of these numbers."
        fields.insert(0, text_field("number", "Number", number, hint=hint, most=3))
    return fields


@form("shifts add", for_leads=True)
def add_filled_in(request: Request) -> Answer:
    """Add the shift in the form."""
    return previews.ask(request, AddShift(*_filled_in(request, None)))


@form("shifts edit", for_leads=True)
def edit_filled_in(request: Request) -> Answer:
    """Change a shift as in the form; or open that form for the chosen shift."""
    if "which" in request.values:
        return edit_form(request, chosen_number(request.values["which"]))
    slot = _filled_in(request, chosen_number(request.context["number"]))
    return previews.ask(request, EditShift(*slot))


def _filled_in(request: Request, number: int | None) -> Slot:
    fields = Fields(request.values)
    hours = 0
    with fields.reading("hours"):
        hours = _hours(fields.text("hours"))
    if number is None:
        with fields.reading("number"):
            number = _number(fields.text("number"))
    fields.done()
    return number or 0, fields["day"], hours, fields["start"]


@words_for(AddShift)
def _added(team: Team, done: ShiftChanged) -> OutcomeText:
    pattern = _pattern(team, done.shift)
    return OutcomeText(
        f"Added shift {done.shift.shift_number} ({pattern}).\n"
        f"{uneven(team, done.uneven)}{_at_another_time(team)}",
        f"`{COMMAND} schedule` shows who takes it.",
    )


@words_for(EditShift)
def _edited(team: Team, done: ShiftChanged) -> OutcomeText:
    slot = f"{_pattern(team, done.shift)}{titles.since(done.since)}"
    return OutcomeText(
        f"Changed shift {done.shift.shift_number} to {slot}.\n"
        f"{uneven(team, done.uneven)}{_at_another_time(team)}",
        f"`{COMMAND} undo` undoes it.",
    )


# --- remove -----------------------------------------------------------------------------------


@subcommand(
    "shifts remove",
    Section.SHIFTS,
    takes="[NUMBER]",
    does="remove a weekly shift; a running one still finishes",
    examples=("shifts remove 2",),
    for_leads=True,
)
def remove(request: Request) -> Answer:
    """Remove a shift by its number."""
    if not request.words:
        options = _options(request.team)
        return Form("shifts remove", "Remove a shift", [choice("which", "Which?", options)])
    if len(request.words) != 1:
        raise Refusal(f"Say which one by its number. For example: `{COMMAND} shifts remove 2`.")
    return previews.ask(request, RemoveShift(_number(request.words[0])))


@form("shifts remove", for_leads=True)
def remove_filled_in(request: Request) -> Answer:
    """Remove the chosen shift."""
    return previews.ask(request, RemoveShift(chosen_number(request.values["which"])))


@words_for(RemoveShift)
def _removed(team: Team, done: ShiftChanged) -> OutcomeText:
    pattern = _pattern(team, done.shift)
    return OutcomeText(
        f"Removed shift {done.shift.shift_number} ({pattern}).\n{uneven(team, done.uneven)}",
        f"If it’s running now, it still finishes. `{COMMAND} undo` undoes it.",
    )


def _at_another_time(team: Team) -> str:
    warned = notify_time.warning(team)
    return f"\n{warned}" if warned else ""


# --- words ------------------------------------------------------------------------------------


def _some(team: Team) -> list[Shift]:
    """Return the shifts to choose from. Raises Refusal if there are none."""
    found = Shift.in_force(team)
    if not found:
        raise NothingToDo(f"There are no shifts yet. Begin with `{COMMAND} {ADD}`.")
    return found


def _options(team: Team) -> list[tuple[str, str]]:
    """Return the shifts as options. Raises NothingToDo if there are none."""
    return [
        (str(one.shift_number), f"{one.shift_number}: {_pattern(team, one)}") for one in _some(team)
    ]


def _number(text: str) -> int:
    if (number := number_of(text)) is None:
        raise Refusal(f"{echo(text)} isn’t a shift number. Those are 1, 2, 3 and so on.")
    return number


def _day(text: str) -> str:
    typed = text.casefold()
    found = [day for day in DAYS if len(typed) >= 2 and day.casefold().startswith(typed)]
    if len(found) != 1:
        raise Refusal(
            f"{echo(text)} isn’t a day of the week. Write it like `tuesday`: `{COMMAND} {ADD}`.",
            "day",
        )
    return found[0]


def _hours(text: str) -> int:
    match = re.fullmatch(r"(\d{1,15})\s*(?:h|hr|hrs|hour|hours)?", text, re.IGNORECASE)
    if not match:
        raise Refusal(
            f"{echo(text)} isn’t a length. Write hours like `24h` or `48h`: `{COMMAND} {ADD}`."
        )
    return int(match[1])


def _pattern(team: Team, shift: Shift) -> str:
    clock = schedule.clock_of(team)
    return titles.slot(shift.day_of_week, shift.start_time, shift.duration_hours, clock)


def uneven(team: Team, patches: list[Patch]) -> str:
    """Return the parts of the week not covered once, as lines of mrkdwn."""
    if not patches:
        return ":white_check_mark: Every hour of the week has exactly one shift."
    twelve = schedule.clock_of(team).twelve
    return "\n".join(_patch(patch, twelve=twelve) for patch in patches)


def _patch(patch: Patch, *, twelve: bool) -> str:
    start, end = (
        f"{DAYS[day]} {wall_time(wall, twelve=twelve)}" for day, wall in (patch.start, patch.end)
    )
    span = "all week" if patch.start == patch.end else f"from {start} to {end}"
    if patch.count == 0:
        return f":warning: Gap: nobody is on call {span}."
    return f":warning: Overlap: {patch.count} shifts run {span}."
