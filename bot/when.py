"""The dates and times people type: understood in the team's zone, preferring the future.

Whoever uses this echoes what was understood. What could mean two things is refused with both.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduling import overrides, rotation, schedule
from scheduling.errors import Refusal
from storage.models import Team

EXAMPLES = "`tomorrow`, `2026-12-24`, or `friday 14:00 to 18:00`"

_TIME = r"\d{1,2}(?::\d{2})?\s*[ap]\.?m\.?|\d{1,2}:\d{2}"
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*([ap])?\.?(?:m\.?)?", re.IGNORECASE)
_ENDS_WITH_TIME = re.compile(
    rf"^(?P<day>.*?)(?:\b(?:at|from)\s+)?(?P<time>{_TIME})$", re.IGNORECASE
)
_TIME_RANGE = re.compile(rf"({_TIME})\s*-\s*({_TIME})", re.IGNORECASE)
_TO = re.compile(r"\s+(?:to|until|till|-)\s+", re.IGNORECASE)
# A lone month or number is no day, whatever a parser makes of it.
_NAMES_A_DAY = re.compile(
    r"\b(?:mon|tue|wed|thu|fri|sat|sun|today|tonight|tomorrow|yesterday)"
    r"|\d.*[a-z]{3}|[a-z]{3}.*\d|\d[-/.]\d"
)
_HOURS = re.compile(r"(\d{1,3})\s*(?:h|hr|hrs|hour|hours)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Point:
    """What one end of a span says: a local day, a wall-clock time, or both."""

    day: date | None
    wall: time | None


def span(text: str, length: str | None, team: Team, now: datetime) -> tuple[datetime, datetime]:
    """Return the span that `text` means, as UTC instants.

    A day without times stands for its whole shift. `length` is what stood after 'for': of a form
    such as '3 hours' it gives the end. Raises Refusal with what was not understood, and examples.
    """
    zone = schedule.zone_of(team)
    text = _TIME_RANGE.sub(r"\1 to \2", text.strip())
    first, *rest = _TO.split(f" {text}".rstrip(), maxsplit=1) if text else [""]
    start = _point(first.strip(), zone, now)
    hours = _HOURS.fullmatch(length.strip()) if length else None
    if rest:
        end = _point(rest[0].strip(), zone, now, since=start)
        return _between(start, end, text, team, now)
    if hours:
        wall = start.wall or now.astimezone(zone).time()
        begins = rotation.instant(_day(start, zone, now), wall, zone) if start.wall else now
        return begins, begins + timedelta(hours=int(hours[1]))
    if start.wall is not None:
        raise Refusal(
            f"Until when? “{text}” has a start and no end. Write it like `{text} to 18:00`, "
            "or give just the day for the whole shift."
        )
    day = _day(start, zone, now)
    return overrides.whole_shifts(team, day, day, now)


def is_length(text: str) -> bool:
    """Tell whether a text is a length of time such as '3 hours', and no reason."""
    return bool(_HOURS.fullmatch(text.strip()))


def wall_time(text: str) -> time:
    """Return a wall-clock time typed as 08:00, 8:00, 8am or 8. Raises Refusal."""
    match = _CLOCK.fullmatch(text.strip())
    hour, minute = (int(match[1]), int(match[2] or 0)) if match else (99, 0)
    half = match[3] if match else None
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    elif half:
        hour = 99
    if hour > 23 or minute > 59:
        raise Refusal(f"“{text}” is not a time of day. Write it like `08:00`, `14:30` or `2pm`.")
    return time(hour, minute)


def _between(
    start: _Point, end: _Point, text: str, team: Team, now: datetime
) -> tuple[datetime, datetime]:
    zone = schedule.zone_of(team)
    first = _day(start, zone, now)
    if start.wall is None and end.wall is None:
        last = _day(end, zone, now)
        if last < first:
            raise Refusal(f"“{text}” ends before it starts. Write it like `friday to sunday`.")
        return overrides.whole_shifts(team, first, last, now)
    if start.wall is None or end.wall is None:
        raise Refusal(
            f"“{text}” has a time at one end only. Give both, like `friday 14:00 to 18:00`, "
            "or none for whole shifts."
        )
    last = end.day or first
    if end.day is None and end.wall <= start.wall:
        last += timedelta(days=1)  # 22:00 to 06:00 goes over midnight
    begins = rotation.instant(first, start.wall, zone)
    ends = rotation.instant(last, end.wall, zone)
    if ends <= begins:
        raise Refusal(f"“{text}” ends before it starts. Write it like `friday 14:00 to 18:00`.")
    return begins, ends


def _day(point: _Point, zone: ZoneInfo, now: datetime) -> date:
    return point.day or now.astimezone(zone).date()


def _point(text: str, zone: ZoneInfo, now: datetime, since: _Point | None = None) -> _Point:
    local = now.astimezone(zone)
    if text.lower() == "now":
        return _Point(local.date(), local.time())
    match = _ENDS_WITH_TIME.match(text)
    if not match:
        return _Point(_date(text, local, since), None)
    day = match["day"].strip()
    return _Point(_date(day, local, since) if day else None, wall_time(match["time"]))


def _date(text: str, local: datetime, since: _Point | None) -> date:
    """Return the local date that a text means; the end of a span lies after its start."""
    plain = re.sub(r"^(?:on|from|this)\s+", "", text.strip().lower())
    if plain.startswith("next "):
        raise Refusal(
            f"“{text}” means one day to you and another to me. Give the date, "
            f"for example `{(local.date() + timedelta(days=7)).isoformat()}`."
        )
    import dateparser  # noqa: PLC0415 - takes 0.1 s and 20 MB, and few commands need it

    base = local.replace(tzinfo=None)
    if since and since.day:
        base = max(base, datetime.combine(since.day, time(12)) - timedelta(days=1))
    found: datetime | None = None
    if _NAMES_A_DAY.search(plain):
        found = dateparser.parse(
            plain,
            languages=["en"],
            settings={
                "PREFER_DATES_FROM": "future",
                "RELATIVE_BASE": base,
                "RETURN_AS_TIMEZONE_AWARE": False,
            },
        )
    if found is None:
        raise Refusal(f"I do not know which day “{text}” is. Write it like {EXAMPLES}.")
    return found.date()
