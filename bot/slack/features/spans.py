"""When somebody covers, and why: typed, or chosen in a form."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import Block

from bot.slack import when
from bot.slack.forms import (
    OPTIONS,
    Fields,
    choice,
    day_field,
    text_field,
    time_field,
    unreadable,
)
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.changes import checks
from scheduling.errors import Refusal
from scheduling.rota import rotation, schedule
from scheduling.rota.timeline import Segment
from scheduling.words.mrkdwn import isolated
from scheduling.words.times import Clock, length, wall_clock
from scheduling.words.wording import joined
from storage.models import Member

WEEKS_TO_CHOOSE = timedelta(weeks=8)


def span_fields(
    shifts: list[tuple[str, str]], chosen: str | None = None, *, zone: str
) -> list[Block]:
    """Return the fields for a span (one of these shifts, or times) and a reason.

    The times are in the team's `zone`.
    """
    fields: list[Block] = []
    if shifts:
        fields.append(
            choice(
                "shift",
                "Which shift?",
                shifts,
                chosen,
                hint="You cover all of it, or what’s left. For other times, use the fields below.",
                optional=True,
            )
        )
    return [
        *fields,
        day_field("first", "Or from" if shifts else "From", optional=True),
        time_field(
            "start", "At", hint="Leave both times empty for the whole day’s shift.", optional=True
        ),
        day_field("last", "To", hint="Leave empty for the same day.", optional=True),
        time_field("end", "Until", hint=f"Times in {zone}.", optional=True),
        text_field(
            "reason", "Reason", placeholder="dentist", optional=True, most=checks.LONGEST_REASON
        ),
    ]


def read_filled_in(request: Request, typed: str) -> tuple[tuple[datetime, datetime], str | None]:
    """Return the span and the reason from a form; `typed` is an example of the same as a line.

    Raises Refusal.
    """
    fields = Fields(request.values)
    shift = read_span(fields["shift"]) if fields["shift"] else None
    span = shift or (request.now, request.now)
    if any(fields[name] for name in ("first", "start", "last", "end")):
        written = _written(request, fields, shift)
        with fields.reading("first"):
            span = when.span(written, None, request.team, request.now)
    elif shift is None:
        raise Refusal(
            f"Choose a shift above, or a day here. You can also type it: `{COMMAND} {typed}`.",
            "first",
        )
    fields.done()
    return span, fields.text("reason") or None


def _written(request: Request, fields: Fields, shift: tuple[datetime, datetime] | None) -> str:
    """Return the picked times as one would type them; without a day, those of the shift."""
    first, start, last, end = (fields[name] for name in ("first", "start", "last", "end"))
    if not first:
        if shift is None:
            raise Refusal("Choose a day, too.", "first")
        first = _day_of_shift(start, shift, request)
    if start and not end:
        raise Refusal("Choose an end time, too.", "end")
    if end and not start:
        raise Refusal("Choose a start time, too.", "start")
    if last and f"{last} {end or ''}" < f"{first} {start or ''}":
        raise Refusal("It ends before it starts. Choose a later end.", "last")
    if not start:
        return f"{first} to {last}" if last and last != first else str(first)
    return f"{first} {start} to {last or ''} {end}"


def _day_of_shift(start: str | None, shift: tuple[datetime, datetime], request: Request) -> str:
    """Return the day on which a time of day is within the shift; else its first day."""
    zone = schedule.zone_of(request.team)
    begins = max(shift[0], request.now)
    first, last = (at.astimezone(zone).date() for at in (begins, shift[1]))
    if start:
        for days in range((last - first).days + 1):
            day = first + timedelta(days=days)
            if begins <= rotation.instant(day, time.fromisoformat(start), zone) < shift[1]:
                return f"{day:%Y-%m-%d}"
    return f"{first:%Y-%m-%d}"


def picked(day: str, wall: str, zone: ZoneInfo, was: datetime) -> datetime:
    """Return the instant of a picked day and time; `was` if that is how it was shown.

    In the night in which the clocks go back, a day and time can mean two instants.
    """
    if f"{was.astimezone(zone):%Y-%m-%d %H:%M}" == f"{day} {wall}":
        return was
    return rotation.instant(date.fromisoformat(day), time.fromisoformat(wall), zone)


def shift_options(
    request: Request,
    *,
    only: Member | None = None,
    but: Member | None = None,
    running: bool = True,
) -> list[tuple[str, str]]:
    """Return the turns to choose from, as (value, label), including the `running` one."""
    team, people, clock = request.team, request.people, schedule.clock_of(request.team)
    horizon = request.now + WEEKS_TO_CHOOSE
    ahead = schedule.segments(team, request.now, horizon)
    planned = schedule.planned_until(team) or request.now
    found = [
        one
        for one in ahead
        if one.start < planned
        and one.end < horizon  # not one that is cut off
        and (running or one.start > request.now)
        and (only is None or only.id in one.members)
        and (but is None or but.id not in one.members)
    ]
    return [
        (stored_span(one.start, one.end), _option(people, one, clock, one.start <= request.now))
        for one in found[:OPTIONS]
    ]


def _option(people: dict[int, Member], segment: Segment, clock: Clock, running: bool) -> str:
    who = joined([isolated(people[one].name) for one in segment.members]) or "nobody"
    start = "now" if running else wall_clock(segment.start, clock)
    return f"{start}, for {length(segment.end - segment.start)}: {who}"


def stored_span(start: datetime, end: datetime) -> str:
    """Return a span as the value of a form's option."""
    return f"{start.timestamp():.6f} {end.timestamp():.6f}"


def read_span(stored: str) -> tuple[datetime, datetime]:
    """Return the span of an option's value. Raises Refusal if it isn't one."""
    try:
        start, end = (datetime.fromtimestamp(float(at), UTC) for at in stored.split())
    except (ValueError, OverflowError, OSError):
        raise unreadable() from None
    return start, end


def parts(words: list[str]) -> tuple[str, timedelta | None, str | None]:
    """Return the time, the length and the reason in 'friday 14:00 [for 4 hours] [for dentist]'."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word.lower() == "for" and len(parts) < 3:
            parts.append([])
        else:
            parts[-1].append(word)
    text, *more = (" ".join(part) for part in parts)
    length = when.length_of(more[0]) if more else None
    if more and when.is_rest(more[0]):  # 'for the rest of the day'
        text, more = f"{text or 'now'} to {more[0]}", more[1:]
    elif length:
        more = more[1:]
    reason = " for ".join(more)
    if "" in more:
        raise Refusal(
            "After `for`, give a reason or a length. For example: "
            f"`{COMMAND} override @bob tomorrow for sick leave`."
        )
    if not text:
        raise Refusal(
            f"From when? For example: `{COMMAND} override @bob now for 3 hours`, or "
            f"`{COMMAND} override @bob tomorrow for sick leave`."
        )
    return text, length, checks.check_reason(reason)
