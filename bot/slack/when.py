"""The times people type, in whole minutes, on the team's clock unless they name a zone.

Callers show what was understood. `days.py` reads days and `points.py` one end of a span; here two
ends, or one and a length, become a span. In the hour that the clocks repeat in autumn, a time means
the next one that is still ahead. Every refusal points to `/oncall help when`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, time, timedelta

from bot.slack import days
from bot.slack.days import A_DAY
from bot.slack.points import (
    NEXT,
    REST,
    Point,
    Said,
    clock_face,
    cut,
    instants_of,
    next_turn,
    read_point,
    tidy,
    without_zone,
)
from bot.slack.refusals import worded
from bot.slack.typed import COMMAND, echo, typed
from scheduling.changes import named_days
from scheduling.errors import Refusal
from scheduling.rota import rotation, schedule
from storage.models import LONGEST_OVERRIDE, Team

MORE = f"`{COMMAND} help when` lists the ways to say when."
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

_TO = re.compile(r"\s+(?:to|until|till|'?til|through|thru|-)\s+", re.IGNORECASE)
_LENGTH = re.compile(
    r"(\d{1,15}(?:[.,]\d{1,2})?)\s*"
    r"(?:(?P<m>m|mins?|minutes?)|(?P<h>h|hrs?|hours?)|(?P<d>d|days?)|(?P<w>w|weeks?))",
    re.IGNORECASE,
)
_WORDY_LENGTH = re.compile(
    r"(?:an?|the|one|two|three|four|five|six|seven|half an?|\d+)\s+"
    r"(?:minute|hour|day|night|week|month)s?",
    re.IGNORECASE,
)


@contextmanager
def _pointing_to_help() -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        if MORE in refusal.message:
            raise
        raise Refusal(f"{worded(refusal)} {MORE}", refusal.field) from None


# --- what others call ---------------------------------------------------------------------------


@_pointing_to_help()
def span(
    text: str, length: timedelta | None, team: Team, now: datetime
) -> tuple[datetime, datetime]:
    """Return the span that `text` means, as UTC instants of whole minutes.

    A day without times means its whole shift; with a `length` the text is only the start.
    Raises Refusal with what was not understood, and examples.
    """
    said = Said(team, now, schedule.zone_of(team))
    first, *rest = _TO.split(f" {tidy(text)} ", maxsplit=1)
    if rest and length:
        raise Refusal(
            f"{echo(text)} already has an end: give either the end or a length, like "
            "`friday 14:00 to 18:00` or `friday 14:00 for 4 hours`."
        )
    if rest and not rest[0].strip():
        raise Refusal(
            f"Until when? {echo(text)} has no end. Write it like `friday 14:00 to 18:00`."
        )
    if rest:
        start, end = _ends(first.strip(), rest[0].strip(), said)
        return _between(start, end, text)
    start = read_point(first.strip(), said)
    if length:
        return _lasting(start, length, text)
    if start.until and start.at:
        return cut(start.at), start.until
    if start.wall is not None or start.at:
        raise Refusal(
            f"Until when? {echo(text)} has a start and no end. Write it like "
            f"`{_still_ahead(start, typed(text))} for 4 hours`, or give just the day for the whole "
            "shift."
        )
    day = start.day or said.local.date()
    return named_days.whole_shifts(team, day, start.last or day, now)


@_pointing_to_help()
def moment(text: str, team: Team, now: datetime) -> tuple[datetime, datetime]:
    """Return the instant that `text` means, past or future, as a span of zero length.

    One or more days without a time, such as 'next week', are whole days, midnight to midnight. A
    part of a day is a span, too; `next` is the start of the next turn. Raises Refusal.
    """
    said = Said(team, now, schedule.zone_of(team), past=True)
    plain = tidy(text)
    if NEXT.fullmatch(plain):
        at, _ = next_turn(said)
        return at, at
    if _TO.search(f" {plain} "):
        raise Refusal(
            f"{echo(text)} is a range. Name one time, like `friday 18:00`, or a day; "
            f"`{COMMAND} schedule from friday to sunday` shows a range."
        )
    point = read_point(plain, said)
    if point.is_now:
        return now, now
    if point.at:
        return point.at, point.until or point.at
    day = point.day or said.local.date()
    if point.wall is None:
        return (
            rotation.instant(day, time(), said.zone),
            rotation.instant((point.last or day) + A_DAY, time(), said.zone),
        )
    at = _starts(point)
    return at, at


@_pointing_to_help()
def local_day(text: str, team: Team, now: datetime, *, past: bool = False) -> date:
    """Return the local day that `text` means; a past one only if `past`. Raises Refusal.

    If it means several ('next week'), return the first.
    """
    return local_days(text, team, now, past=past)[0]


@_pointing_to_help()
def local_days(text: str, team: Team, now: datetime, *, past: bool = False) -> tuple[date, date]:
    """Return the first and last of the local days that `text` means. Raises Refusal."""
    said = Said(team, now, schedule.zone_of(team))
    plain = tidy(text)
    if found := days.several(plain, said.local, past=past):
        return found
    day = days.named(plain, said.local, past=past)
    return day, day


def is_day(text: str, team: Team, now: datetime) -> bool:
    """Return whether a text means one day, so that a time can follow it."""
    with suppress(Refusal):
        first, last = local_days(text, team, now, past=True)
        return first == last
    return False


def is_rest(text: str) -> bool:
    """Return whether a text means the time from now to an end, like 'the rest of the day'."""
    return bool(REST.fullmatch(text.strip()))


@_pointing_to_help()
def length_of(text: str) -> timedelta | None:
    """Return a length of time such as '3 hours', '90 min' or '2 days'; None if it's a reason.

    Raises Refusal for a length in words, which would otherwise be taken as a reason.
    """
    match = _LENGTH.fullmatch(text.strip().rstrip(".,"))
    if not match or not (number := float(match[1].replace(",", "."))):
        if _WORDY_LENGTH.fullmatch(text.strip()):
            raise Refusal(f"{echo(text)} is a length I can’t read. Use digits, like `3 hours`.")
        return None
    unit = MINUTE if match["m"] else HOUR if match["h"] else A_DAY if match["d"] else 7 * A_DAY
    # Capped, so that it can be added to a date; making the override says that it's too long.
    lasts = unit * min(number, (LONGEST_OVERRIDE + A_DAY) / unit)
    if match["d"] or match["w"]:
        return lasts
    return max(MINUTE, MINUTE * round(lasts / MINUTE))


@_pointing_to_help()
def wall_time(text: str) -> time:
    """Return a time of day typed as 08:00, 8am, 8p, 18h, 8, noon or midnight. Raises Refusal."""
    return clock_face(text)


def _still_ahead(start: Point, text: str) -> str:
    """Return the start as it was typed. Raises Refusal if it is more than four hours ago."""
    now = start.said.now
    if _starts(start) + 4 * HOUR > now:
        return text
    return "now" if start.day else f"tomorrow {text}"


# --- spans ----------------------------------------------------------------------------------------


def _ends(first: str, second: str, said: Said) -> tuple[Point, Point]:
    """Return both ends. A zone at either of them counts for both; 'until 6pm' starts now."""
    one, ones = without_zone(first, said)
    other, others = without_zone(second, said)
    if ones.zone == said.zone and not ones.mark:
        ones = others
    elif others.zone == said.zone and not others.mark:
        others = ones
    start = read_point(one, ones)
    since = (start.at.astimezone(ones.zone).date() if start.at else None) or start.day
    return start, read_point(other, others, since or ones.local.date(), ends=True)


def _between(start: Point, end: Point, text: str) -> tuple[datetime, datetime]:
    said = start.said
    team, now = said.team, said.now
    today = said.local.date()
    clocked = [point.at or point.wall for point in (start, end)]
    if start.day == today and clocked == [None, end.at or end.wall] and clocked[1]:
        start = Point(said, at=said.minute, is_now=True)  # 'today until 6pm'
    elif start.is_now and clocked[1] is None:  # 'until friday': including that day's shift
        day = end.day or today
        if end.last and day > today:  # 'until next week'
            raise Refusal(
                f"{echo(text)} could mean until it starts or until it’s over. Write "
                f"`until {day} 08:00` or `until {end.last}`."
            )
        last = end.last or day
        _, ends = named_days.whole_shifts(team, last, last, now)
        return said.minute, ends
    elif clocked == [None, None]:
        first = start.day or today
        last = end.last or end.day or first
        if last < first:
            raise Refusal(f"{echo(text)} ends before it starts. Write it like `friday to sunday`.")
        return named_days.whole_shifts(team, first, last, now)
    elif None in clocked:
        raise Refusal(
            f"{echo(text)} has a time at one end only. Give both, like `friday 14:00 to 18:00`, "
            "or none for whole shifts."
        )
    begins = _starts(start)
    ends = end.until or end.at or _finishes(end, begins)
    if ends <= begins:
        raise Refusal(f"{echo(text)} ends before it starts. Write it like `friday 14:00 to 18:00`.")
    return begins, ends


def _lasting(start: Point, length: timedelta, text: str) -> tuple[datetime, datetime]:
    if start.wall is None and start.at is None:
        day = typed(text) if start.last in (None, start.day) else str(start.day)
        example = "now" if start.day == start.said.local.date() else f"{day} 14:00"
        raise Refusal(
            f"{echo(text)} needs a start time. Write it like `{example} for 4 hours`, or give just "
            "the day for the whole shift."
        )
    begins, zone = _starts(start), start.said.zone
    local = begins.astimezone(zone)
    whole_days, rest_of_day = divmod(length, A_DAY)
    if not rest_of_day:  # a day ends at the same time of day, even if the clocks change
        ends = rotation.instant(local.date() + timedelta(whole_days), local.time(), zone)
        return begins, ends
    return begins, cut(begins + length)


def _starts(point: Point) -> datetime:
    """Return the instant at which a point with a time begins."""
    if point.at:
        return cut(point.at)
    assert point.wall is not None
    said = point.said
    found = instants_of(point.day or said.local.date(), point.wall, said)
    ahead = [at for at in found if at >= said.minute]
    return ahead[0] if ahead else found[-1]


def _finishes(point: Point, begins: datetime) -> datetime:
    """Return the first instant after `begins` at which clocks show a point's time."""
    assert point.wall is not None
    said = point.said
    first = point.day or begins.astimezone(said.zone).date()
    for day in (first, first + A_DAY):
        found = instants_of(day, point.wall, said)
        later = [at for at in found if at > begins]
        if later:
            return later[0]
        if point.day:
            return found[-1]
    raise AssertionError("a time of day comes again tomorrow")
