"""/oncall shifts pattern: a usual week of shifts at once; for a new team, also its first day."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from slack_sdk.models.blocks import Block

from bot.slack import previews, when
from bot.slack.blocks import Button
from bot.slack.command import Answer, OutcomeText, Section, form, subcommand, words_for
from bot.slack.features import notify_time
from bot.slack.features.members import missing
from bot.slack.features.shifts import uneven
from bot.slack.forms import Fields, Form, day_field, radio, time_field
from bot.slack.request import Request
from bot.slack.typed import COMMAND, echo
from scheduling.changes import beginning, checks, patterns
from scheduling.changes.patterns import PATTERNS, Pattern, ReplaceShifts, ShiftsReplaced, Turns
from scheduling.changes.people import mentioned
from scheduling.errors import Refusal
from scheduling.rota import queue, schedule
from scheduling.words import titles
from scheduling.words.times import clock_time
from storage.models import Shift, Team

ALONE = (
    "If somebody can’t be reached, I warn the team. To have somebody else texted, too, add an "
    "escalation contact."
)
ADD_CONTACT = Button("Add an escalation contact", "escalation add")
NEXT, NOW, DAY = "next", "now", "day"
STARTS = ((NEXT, "At the next handoff"), (NOW, "Now"), (DAY, "On a day I pick"))


@subcommand(
    "shifts pattern",
    Section.SHIFTS,
    takes="[weekly | daily | six | weekend [TIME] [now | next | DAY]]",
    does="replace all shifts with a usual pattern; in a new team, starting now, at the next "
    "handoff or on a day",
    examples=("shifts pattern daily", "shifts pattern six 08:00"),
    for_leads=True,
)
def pattern(request: Request) -> Answer:
    """Replace all shifts by a usual pattern: 'daily 08:00'."""
    if not request.words:
        return pattern_form(request)
    name, *rest = request.words
    if name.lower() not in PATTERNS:
        known = ", ".join(f"`{one}` ({pattern.title})" for one, pattern in PATTERNS.items())
        raise Refusal(
            f"{echo(' '.join(request.words))} isn’t a pattern. The patterns are: {known}. For "
            f"example: `{COMMAND} shifts pattern daily 08:00`."
        )
    start = _start_of(request.team)
    if rest and not _says_from_when(request, rest):
        start = f"{when.wall_time(rest.pop(0)):%H:%M}"
    begins = " ".join(rest)
    return previews.ask(
        request,
        ReplaceShifts(name.lower(), start, _begins(request, name.lower(), start, begins)),
    )


def _start_of(team: Team) -> str:
    """Return the default start of a pattern's shifts: that of the present ones, or the morning."""
    _, start = patterns.of_team(team)
    return start or team.notify_at


def _says_from_when(request: Request, rest: list[str]) -> bool:
    text = " ".join(rest)
    return text.lower() in (NEXT, NOW) or when.is_day(text, request.team, request.now)


def _begins(request: Request, name: str, start: str, said: str) -> datetime | None:
    """Return the instant from which somebody is on call; None for now. Raises Refusal.

    A team set up to begin later keeps its day, unless another one is typed.
    """
    if not said and (day := _day_of_beginning(request.team, request.now)):
        begins = beginning.on_day(request.team, day, start)
        return begins if begins > request.now else None
    if not said or said.lower() == NOW:
        return None
    if said.lower() == NEXT:
        weekdays = [day for day, _ in PATTERNS[name].slots]
        return beginning.next_handoff(request.team, weekdays, start, request.now)
    return _on(request, when.local_day(said, request.team, request.now), start)


def _day_of_beginning(team: Team, now: datetime) -> date | None:
    """Return the local day on which a team will begin; None if it already has."""
    if team.begins_at is None or not schedule.waits(team, now):
        return None
    day: date = team.begins_at.astimezone(schedule.zone_of(team)).date()
    return day


def _on(request: Request, day: date, start: str) -> datetime:
    found = beginning.on_day(request.team, day, start)
    if found <= request.now:
        at = clock_time(found, schedule.clock_of(request.team))
        raise Refusal(f"{at} has passed. Pick a later day, or start now.", "day")
    return found


def pattern_form(request: Request) -> Form:
    """Return the form with the usual patterns."""
    return Form("shifts pattern", "Usual patterns", pattern_fields(request.team, request.now))


class FilledIn(NamedTuple):
    """What somebody chose before: a pattern, its start, and NEXT, NOW or a day as YYYY-MM-DD."""

    pattern: str
    start: str
    begins: str

    @classmethod
    def of(cls, words: Sequence[str]) -> "FilledIn | None":
        """Return it from a button's words; None if they aren't three such words."""
        if len(words) != 3 or words[0] not in PATTERNS or not checks.is_notify_at(words[1]):
            return None
        return cls(*words) if words[2] in (NEXT, NOW) or _is_day(words[2]) else None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def pattern_fields(team: Team, now: datetime, before: FilledIn | None = None) -> list[Block]:
    """Return the fields for a pattern and, in a new team, for its first day.

    They are filled in as `before`, if it is given.
    """
    hint = "It replaces all current shifts." if Shift.in_force(team) else ""
    chosen, start = patterns.of_team(team)
    runs = schedule.has_begun(team, now) or (start and not schedule.waits(team, now))
    at = before.start if before else start or team.notify_at
    if before:
        chosen = before.pattern
    options = [
        (name, one.title, "" if runs else _next_handoff(team, one, at, now))
        for name, one in PATTERNS.items()
    ]
    fields = [
        radio("pattern", "Rotation", options, chosen or ("" if start else "weekly"), hint=hint),
        time_field("start", "Handoff at", at),
    ]
    if runs:
        return fields
    waits_for = _day_of_beginning(team, now)
    begins = before.begins if before else waits_for.isoformat() if waits_for else NEXT
    day = None if begins in (NEXT, NOW) else begins
    return [
        *fields,
        radio(
            "begins",
            "Starting when?",
            STARTS,
            DAY if day else begins,
            hint="Nothing goes out before that: no text, and no post.",
        ),
        day_field(
            "day",
            "Which day?",
            day,
            hint="Only for a day that you pick.",
            optional=True,
        ),
    ]


def _next_handoff(team: Team, pattern: Pattern, start: str, now: datetime) -> str:
    """Return when the next handoff under a pattern is.

    It names the time, because Slack doesn't say when another one is chosen.
    """
    next_one = beginning.next_handoff(team, [day for day, _ in pattern.slots], start, now)
    return f"Next handoff: {clock_time(next_one, schedule.clock_of(team))}"


@form("shifts pattern", for_leads=True)
def pattern_filled_in(request: Request) -> Answer:
    """Replace all shifts by the chosen pattern."""
    fields = Fields(request.values)
    name, start, said = fields["pattern"], fields["start"], fields["begins"] or NOW
    begins = None
    if said == DAY:
        with fields.reading("day"):
            if not fields["day"]:
                raise Refusal("Pick the day.")
            begins = _on(request, date.fromisoformat(fields["day"]), start)
    else:
        begins = _begins(request, name, start, said)
    fields.done()
    reply = previews.ask(request, ReplaceShifts(name, start, begins))
    if reply.decision and request.context.get("setup"):
        filled_in = f"{name} {start} {fields['day'] if said == DAY else said}"
        back = Button("Back", f"setup back shifts {filled_in}")
        if fields["day"] and said != DAY:
            label = dict(STARTS)[said]
            reply = reply.led_by(f":warning: You filled in a day, but chose “{label}”.")
        reply = reply.with_buttons([*reply.buttons, back])
    return reply


@words_for(ReplaceShifts)
def _replaced(team: Team, done: ShiftsReplaced) -> OutcomeText:
    said, ask_again = missing.note(team)
    turns, new = _turns(done.turns), done.turns is not None
    alone = new and not queue.escalation_contacts(team)
    since = titles.since(done.since, begins=new)
    if done.begins:
        since = f", starting {clock_time(done.begins, schedule.clock_of(team))}"
    begins = "\nNothing goes out before that." if done.begins else ""
    lines = [
        f"Set up: {done.pattern}{since}.{begins}",
        turns,
        uneven(team, done.uneven),
        notify_time.warning(team),
        said,
        ALONE if alone else "",
    ]
    return OutcomeText(
        "\n".join(filter(None, lines)),
        f"`{COMMAND} undo` undoes it.",
        (
            *(() if new else ask_again),  # they were asked a minute ago
            Button("Schedule", "schedule"),
            Button("Text me a test", "test"),
            *([ADD_CONTACT] if alone else []),
        ),
        turns,
    )


def _turns(turns: Turns | None) -> str:
    if turns is None:
        return ""
    who = mentioned(turns.first)
    if not turns.one_by_one:
        return f"{who} has the first shift."
    return f"Each shift goes to the next person. {who} has the first one."
