"""The dates and times people type: understood in the team's zone, preferring the future.

Whoever uses this echoes what was understood. Only the forms below are taken, for a parser that
guesses would put the wrong person on call; what could mean two things is refused with both.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from bot.command import echo, typed
from scheduling import overrides, rotation, schedule
from scheduling.errors import Refusal
from storage.models import Team

EXAMPLES = "`tomorrow`, `2026-12-24`, or `friday 14:00 to 18:00`"
FARTHEST = timedelta(days=731)

_WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs?(?:day)?)?|fri(?:day)?"
    r"|sat(?:urday)?|sun(?:day)?)"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_NAMED = re.compile(
    rf"(?P<weekday>{_WEEKDAY})?,?\s*"
    rf"(?:(?P<before>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?(?P<first>{_MONTH})"
    rf"|(?P<second>{_MONTH})\s+(?P<after>\d{{1,2}})(?:st|nd|rd|th)?)"
    rf"(?:,?\s+(?P<year>\d{{4}}))?"
)
_NUMBERED = re.compile(r"(\d{1,2})([/.])(\d{1,2})(?:\2(\d{4})?)?")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_IN = re.compile(r"in (\d{1,3}) (day|week)s?")

_TIME = r"\d{1,2}(?::\d{2})?\s*[ap]\.?m\.?|\d{1,2}:\d{2}"
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*([ap])?\.?(?:m\.?)?", re.IGNORECASE)
_ENDS_WITH_TIME = re.compile(
    rf"^(?P<day>.*?)(?:\b(?:at|from)\s+)?(?P<time>{_TIME})$", re.IGNORECASE
)
_DASH = re.compile(rf"(?:(?<=[a-z.])|(?<=:\d\d))\s*-\s*(?={_WEEKDAY}|{_TIME})", re.IGNORECASE)
_TO = re.compile(r"\s+(?:to|until|till|-)\s+", re.IGNORECASE)
_LENGTH = re.compile(
    r"(\d{1,3}(?:[.,]\d{1,2})?)\s*"
    r"(?:(?P<m>m|mins?|minutes?)|(?P<h>h|hrs?|hours?)|(?P<d>d|days?)|(?P<w>w|weeks?))",
    re.IGNORECASE,
)
_WORDY_LENGTH = re.compile(
    r"(?:an?|the|one|two|three|four|five|six|seven|half an?|\d+)\s+"
    r"(?:minute|hour|day|night|week|month)s?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Point:
    """What one end of a span says: a local day, a wall-clock time, or both."""

    day: date | None
    wall: time | None
    at: datetime | None = None  # "now" is this very instant, also in an hour that comes twice


def span(
    text: str, length: timedelta | None, team: Team, now: datetime
) -> tuple[datetime, datetime]:
    """Return the span that `text` means, as UTC instants.

    A day without times stands for its whole shift; with a `length` the text is just the start.
    Raises Refusal with what was not understood, and examples.
    """
    zone = schedule.zone_of(team)
    text = _DASH.sub(" to ", text.strip())
    first, *rest = _TO.split(f" {text}", maxsplit=1)
    start = _point(first.strip(), zone, now)
    if rest and length:
        raise Refusal(
            f"{echo(text)} says until when already: give either the end or a length, like "
            "`friday 14:00 to 18:00` or `friday 14:00 for 4 hours`."
        )
    if rest:
        end = _point(rest[0].strip(), zone, now, since=start)
        return _between(start, end, text, team, now)
    if length:
        if start.wall is None:
            raise Refusal(
                f"From when on {echo(text)}? Write it like `{typed(text)} 14:00 for 4 hours`, "
                "or give just the day for the whole shift."
            )
        begins = start.at or _instant(start.day or now.astimezone(zone).date(), start.wall, zone)
        local = begins.astimezone(zone)
        days, rest_of_day = divmod(length, timedelta(days=1))
        if not rest_of_day:  # days end at the same time of day, also when the clocks change
            return begins, rotation.instant(local.date() + timedelta(days), local.time(), zone)
        return begins, begins + length
    if start.wall is not None:
        raise Refusal(
            f"Until when? {echo(text)} has a start and no end. Write it like "
            f"`{typed(text)} for 4 hours`, or give just the day for the whole shift."
        )
    day = start.day or now.astimezone(zone).date()
    return overrides.whole_shifts(team, day, day, now)


def moment(text: str, team: Team, now: datetime) -> tuple[datetime, datetime]:
    """Return the instant that `text` means, past ones included, as a span of nothing.

    A day without a time is the whole day, from midnight to midnight. Raises Refusal.
    """
    zone = schedule.zone_of(team)
    if _DASH.search(text) or _TO.search(f" {text}"):
        raise Refusal(
            f"{echo(text)} is a stretch. Name one moment, like `friday 18:00`, or a day; "
            "`/oncall schedule from friday to sunday` shows a stretch."
        )
    point = _point(text.strip(), zone, now, past=True)
    if point.at:
        return point.at, point.at
    day = point.day or now.astimezone(zone).date()
    if point.wall is None:
        return (
            rotation.instant(day, time(), zone),
            rotation.instant(day + timedelta(days=1), time(), zone),
        )
    at = _instant(day, point.wall, zone)
    return at, at


def local_day(text: str, team: Team, now: datetime, *, past: bool = False) -> date:
    """Return the local day that `text` means; one that is over only if `past`. Raises Refusal."""
    return _date(text, now.astimezone(schedule.zone_of(team)), None, past=past)


def length_of(text: str) -> timedelta | None:
    """Return a length of time such as '3 hours', '90 min' or '2 days'; None if it is a reason.

    Raises Refusal for one in words: taken as a reason it would be lost.
    """
    match = _LENGTH.fullmatch(text.strip())
    if not match or not (number := float(match[1].replace(",", "."))):
        if _WORDY_LENGTH.fullmatch(text.strip()):
            raise Refusal(f"{echo(text)} is a length I cannot read. Write it like `3 hours`.")
        return None
    if match["m"]:
        return timedelta(minutes=number)
    if match["h"]:
        return timedelta(hours=number)
    return timedelta(days=number) if match["d"] else timedelta(weeks=number)


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
        raise Refusal(
            f"{echo(text)} is not a time of day. Write it like `08:00`, `14:30` or `2pm`."
        )
    return time(hour, minute)


def _between(
    start: _Point, end: _Point, text: str, team: Team, now: datetime
) -> tuple[datetime, datetime]:
    zone = schedule.zone_of(team)
    first = start.day or now.astimezone(zone).date()
    if start.wall is None and end.wall is None:
        last = end.day or first
        if last < first:
            raise Refusal(f"{echo(text)} ends before it starts. Write it like `friday to sunday`.")
        return overrides.whole_shifts(team, first, last, now)
    if start.wall is None or end.wall is None:
        raise Refusal(
            f"{echo(text)} has a time at one end only. Give both, like `friday 14:00 to 18:00`, "
            "or none for whole shifts."
        )
    last = end.day or first
    if end.day is None and end.wall <= start.wall:
        last += timedelta(days=1)  # 22:00 to 06:00 goes over midnight
    begins = start.at or _instant(first, start.wall, zone)
    ends = _instant(last, end.wall, zone)
    if ends <= begins:
        raise Refusal(f"{echo(text)} ends before it starts. Write it like `friday 14:00 to 18:00`.")
    return begins, ends


def _instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Return the instant; refuses a time that the clocks leap over."""
    at = rotation.instant(day, wall, zone)
    leapt = at.astimezone(zone)
    if leapt.time() != wall:
        raise Refusal(
            f"There is no {wall:%H:%M} on {day:%A} {day.day} {day:%b %Y}: the clocks go forward "
            f"then. Write `{leapt:%H:%M}`, for example."
        )
    return at


def _point(
    text: str, zone: ZoneInfo, now: datetime, since: _Point | None = None, *, past: bool = False
) -> _Point:
    local = now.astimezone(zone)
    if text.lower() == "now":
        return _Point(local.date(), local.time(), now)
    match = _ENDS_WITH_TIME.match(text)
    if not match:
        return _Point(_date(text, local, since, past=past), None)
    named = match["day"].strip()
    day = _date(named, local, since, past=past) if named else None
    if since and match["time"] == "24:00":  # the end of a day is the beginning of the next
        return _Point(day + timedelta(days=1) if day else None, time())
    return _Point(day, wall_time(match["time"]))


def _date(text: str, local: datetime, since: _Point | None, *, past: bool = False) -> date:
    """Return the local date that a text means; the end of a span lies after its start."""
    today = local.date()
    plain = re.sub(r"^(?:on|from|this)\s+", "", text.strip().lower().rstrip(","))
    if plain.startswith("next "):
        raise Refusal(
            f"{echo(text)} means one day to you and another to me. Give the date, "
            f"for example `{(today + timedelta(days=7)).isoformat()}`."
        )
    begins_today = since is None or since.day in (None, today)
    named_today = re.fullmatch(_WEEKDAY, plain) and f"{today:%a}".lower() == plain[:3]
    if begins_today and named_today:
        raise Refusal(f"{echo(text)} is today. Write `today` or `{today + timedelta(days=7)}`.")
    base = max(today, since.day - timedelta(days=1)) if since and since.day else today
    found = _found(plain, text, today, base)
    if found is None:
        raise Refusal(f"I do not know which day {echo(text)} is. Write it like {EXAMPLES}.")
    if found < today and not past:
        raise Refusal(
            f"{_spelled(found)} is over. Give a day to come, for example `tomorrow` or "
            f"`{(today + timedelta(days=7)).isoformat()}`."
        )
    if abs(found - today) > FARTHEST:
        raise Refusal(
            f"{_spelled(found)} is too far away. Give a day within two years, "
            f"for example `{(today + timedelta(days=7)).isoformat()}`."
        )
    return found


def _found(plain: str, text: str, today: date, base: date) -> date | None:
    """Return the date in one of the forms that we take, None if it has none of them."""
    days = {"today": 0, "tomorrow": 1, "yesterday": -1, "day after tomorrow": 2}
    if (after := days.get(plain.removeprefix("the "))) is not None:
        return today + timedelta(days=after)
    if match := _IN.fullmatch(plain):
        return today + int(match[1]) * timedelta(days=7 if match[2] == "week" else 1)
    if _ISO.fullmatch(plain):
        try:
            return date.fromisoformat(plain)
        except ValueError:
            raise _no_such_day(text) from None
    if match := _NUMBERED.fullmatch(plain):
        return _numbered(text, match, base)
    if re.fullmatch(_WEEKDAY, plain):
        return _parsed(plain[:3], base)  # the parser does not know each of our abbreviations
    match = _NAMED.fullmatch(plain)
    return _named(text, match, base) if match else None


def _named(text: str, match: re.Match[str], base: date) -> date | None:
    month = _parsed(f"1 {match['first'] or match['second']}", base)
    day = int(match["before"] or match["after"])
    year = int(match["year"]) if match["year"] else None
    found = _coming(month.month, day, year, base) if month else None
    if found is None:
        raise _no_such_day(text)
    weekday = match["weekday"]
    if weekday and not f"{found:%A}".lower().startswith(weekday[:3]):
        raise Refusal(
            f"{echo(text)} does not fit: {found.day} {found:%b %Y} is a {found:%A}. Give the date "
            f"alone, for example `{found.isoformat()}`."
        )
    return found


def _numbered(text: str, match: re.Match[str], base: date) -> date:
    """Return 24.12. or 12/24; what could be either way round is refused."""
    one, other, year = int(match[1]), int(match[3]), int(match[4]) if match[4] else None
    found = {_coming(other, one, year, base)}
    if match[2] == "/":  # with dots the day comes first
        found.add(_coming(one, other, year, base))
    found.discard(None)
    if not found:
        raise _no_such_day(text)
    if len(found) > 1:
        ways = " or ".join(f"`{day}`" for day in sorted(filter(None, found)))
        raise Refusal(f"{echo(text)} could be two days. Write {ways}.")
    return cast(date, found.pop())


def _coming(month: int, day: int, year: int | None, base: date) -> date | None:
    """Return the date in a year, or the next from `base` on if that is None; None if none is."""
    for one in range(base.year, base.year + 3) if year is None else (year,):
        with suppress(ValueError):
            if (found := date(one, month, day)) >= base or year is not None:
                return found
    return None


def _parsed(plain: str, base: date) -> date | None:
    import dateparser  # noqa: PLC0415 - takes 0.1 s and 20 MB, and few commands need it

    found: datetime | None = dateparser.parse(
        plain,
        languages=["en"],
        settings={
            "PREFER_DATES_FROM": "future",
            "RELATIVE_BASE": datetime.combine(base, time(12)),
            "RETURN_AS_TIMEZONE_AWARE": False,
        },
    )
    return found.date() if found else None


def _no_such_day(text: str) -> Refusal:
    return Refusal(f"There is no day {echo(text)}. Write it like {EXAMPLES}.")


def _spelled(day: date) -> str:
    return f"{day:%A} {day.day} {day:%b} {day.year}"
