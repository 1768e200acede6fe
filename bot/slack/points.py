"""One end of a span, or a moment, as people type it: a day, a time of day, a zone, a part of a day.

`bot/slack/when.py` combines these into spans.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.slack import days
from bot.slack.days import A_DAY, EXAMPLES
from bot.slack.typed import echo
from scheduling import zones
from scheduling.errors import Refusal
from scheduling.rota import rotation, schedule
from scheduling.words.times import Clock, dated, wall_time, zone_mark
from storage.models import Team

# From hour to hour on the clock. Together they cover the day; a night ends on the next one.
PARTS = {"morning": (8, 12), "afternoon": (12, 18), "evening": (18, 24), "night": (18, 32)}
NIGHT_ENDS = PARTS["night"][1] - 24

_NOON = r"(?:12\s+)?(?:noon|midday|midnight)"
_TIME = (
    r"\d{1,2}(?::\d{2})?\s*[ap]\.?(?:m\.?)?(?![a-z])|\d{1,2}h(?:\d{2})?(?!\w)|\d{1,2}:\d{2}"
    rf"|{_NOON}"
)
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*(?:([ap])\.?(?:m\.?)?)?", re.IGNORECASE)
_HOURS = re.compile(r"(\d{1,2})h(\d{2})?", re.IGNORECASE)
_ENDS_WITH_TIME = re.compile(
    rf"(?P<day>.*?)(?:\b(?:at|from|by)\s+)?(?<!\w)(?P<time>{_TIME})", re.IGNORECASE
)
_BEGINS_WITH_TIME = re.compile(rf"(?P<time>{_TIME})\s+(?:on\s+)?(?P<day>.+)", re.IGNORECASE)
_DASH = re.compile(rf"(?:(?<=[a-z.])|(?<=:\d\d))\s*-\s*(?={days.WEEKDAY}|{_TIME})", re.IGNORECASE)
# "2026-12-24 08:00-12:00" is a span as people write it, so an offset requires the standard's T.
_ISO_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:T|\s+(?!\S*[+-]))(\d{1,2}:\d{2})(:\d{2}(?:[.,]\d+)?)?"
    r"(Z|[+-](?:0\d|1[0-4])(?::?\d{2})?)?(?![\w:])",
    re.IGNORECASE,
)
_SECONDS = re.compile(r"(\d{1,2}:\d{2}):(\d{2})\b")
_INSTANT = re.compile(r"@(\d+)@")  # our notation for an ISO time with an offset
_IN = re.compile(
    r"in\s+(an?|half\s+an|\d{1,3})\s*(?:(?P<h>h|hrs?|hours?)|(?P<m>m|mins?|minutes?))",
    re.IGNORECASE,
)
REST = re.compile(
    r"(?:(?:the\s+)?(?:end|rest)\s+of\s+(?:(?:the|my|this)\s+)?(day|today|shift|turn|week)|eod)",
    re.IGNORECASE,
)
NEXT = re.compile(r"(?:the\s+)?next(?:\s+(?:shift|turn))?", re.IGNORECASE)
_PART = re.compile(
    rf"(?:(?P<day>.+?)\s+)??(?:in\s+the\s+)?(?P<part>{'|'.join(PARTS)}|tonight)", re.IGNORECASE
)


class Said(NamedTuple):
    """The context of what is typed: the team, now (UTC), and the zone that is meant.

    `mark` is the clock's name if one was typed: CST or CDT picks one of the two equal hours. `past`
    is whether past times may be meant.
    """

    team: Team
    now: datetime
    zone: ZoneInfo
    mark: str = ""
    past: bool = False

    @property
    def local(self) -> datetime:
        return self.now.astimezone(self.zone)

    @property
    def minute(self) -> datetime:
        """The current minute: nobody means anything finer."""
        return self.now.replace(second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Point:
    """One end of a span, as typed.

    It has days (`day` to `last`), a time of day, or an instant. With `until` it is a span itself,
    such as a morning.
    """

    said: Said
    day: date | None = None
    last: date | None = None
    wall: time | None = None
    at: datetime | None = None
    until: datetime | None = None
    is_now: bool = False


def tidy(text: str) -> str:
    """Return a text with uniform dashes, spaces and ISO times, without punctuation at its end."""
    plain = _ISO_TIME.sub(_iso_time, " ".join(text.split()))
    if seconds := _SECONDS.search(plain):
        if seconds[2] != "00":
            raise Refusal(
                f"{echo(text)} has seconds, and times here are to the minute. Write "
                f"`{seconds[1]}`, for example."
            )
        plain = _SECONDS.sub(r"\1", plain)
    plain = " ".join(plain.replace(", ", " ").split()).strip(" ,;.!?")
    return _DASH.sub(" to ", plain)


def _iso_time(match: re.Match[str]) -> str:
    """Return an ISO time as we write it; with an offset, the instant."""
    day, wall, seconds, offset = match.groups()
    plain = f"{day} {wall}{(seconds or '')[:3]}"
    if not offset:
        return plain
    try:
        at = datetime.fromisoformat(f"{day}T{wall}{(seconds or '')[:3]}{offset.upper()}")
        stamp = int(at.astimezone(UTC).timestamp())
    except (ValueError, OverflowError):
        return plain + offset  # not a real offset or day: refused when it's read
    return f"@{stamp}@" if at.second == 0 else plain


def read_point(text: str, said: Said, since: date | None = None, *, ends: bool = False) -> Point:
    """Return one end of a span; `since` is the day on which the other end begins. Raises Refusal.

    If it `ends` the span, a part of a day or the next turn means its beginning.
    """
    text, said = without_zone(text, said)
    for way in _WAYS:
        if found := way(text, said):
            return found
    if match := _ENDS_WITH_TIME.fullmatch(text) or _BEGINS_WITH_TIME.fullmatch(text):
        return _Clocked(text, match["day"].strip(), match["time"], ends).read(said, since)
    if NEXT.fullmatch(text):
        at, until = next_turn(said)
        return Point(said, at=at, until=None if ends else until)
    if match := _PART.fullmatch(text):
        part = _part_of_day(match["day"] or "today", match["part"].lower(), said, since)
        return replace(part, until=None) if ends else part
    return Point(said, day=days.named(text, said.local, since, past=said.past))


def _now(text: str, said: Said) -> Point | None:
    if text.lower() in ("", "now", "right now"):
        return Point(said, at=said.now, is_now=True)
    return None


def _instant(text: str, said: Said) -> Point | None:
    if match := _INSTANT.fullmatch(text):
        return Point(said, at=_in_reach(datetime.fromtimestamp(int(match[1]), UTC), said))
    return None


def _in_a_while(text: str, said: Said) -> Point | None:
    match = _IN.fullmatch(text)
    if not match:
        return None
    number = {"a": 1.0, "an": 1.0}.get(match[1].lower()) or (
        float(match[1]) if match[1].isdecimal() else 0.5
    )
    after = timedelta(hours=number) if match["h"] else timedelta(minutes=number)
    return Point(said, at=cut(said.minute + after))


def _rest(text: str, said: Said) -> Point | None:
    match = REST.fullmatch(text)
    return Point(said, at=said.minute, until=_end_of(match[1], said)) if match else None


def _several_days(text: str, said: Said) -> Point | None:
    found = days.several(text, said.local, past=said.past)
    return Point(said, day=found[0], last=found[1]) if found else None


_WAYS: tuple[Callable[[str, Said], Point | None], ...] = (
    _now,
    _instant,
    _in_a_while,
    _rest,
    _several_days,
)


class _Clocked(NamedTuple):
    """A text with a time of day, split: the day it names, or '', and the `clock`."""

    text: str
    named: str
    clock: str
    ends: bool

    def read(self, said: Said, since: date | None) -> Point:
        """Return what it means. Raises Refusal."""
        part = _PART.fullmatch(self.named)
        named = (part["day"] or "today") if part else self.named
        midnight = self.clock.lower().endswith("midnight")
        if named.lower() == "this" or (not midnight and self._is_later_today(named, said)):
            named = "today"
        day = days.named(named, said.local, since, past=said.past) if named else None
        if self.clock == "24:00" or (midnight and (self.ends or part)):
            # The end of a day is the beginning of the next one.
            day = day if day or self.ends else said.local.date()
            return Point(said, day=day + A_DAY if day else None, wall=time())
        if midnight and day:
            raise Refusal(
                f"{echo(self.text)} could be the start of that day or its end. Write "
                f"`{day} 00:00` or `{day + A_DAY} 00:00`."
            )
        wall = clock_face(self.clock)
        if midnight:
            return Point(said, day=said.local.date() + A_DAY, wall=wall)
        if part and part["part"].lower() != "morning" and wall.hour < 12:
            raise Refusal(
                f"{echo(self.text)} doesn’t fit: {wall:%H:%M} is in the morning. Write it like "
                "`today 20:00` or `tomorrow 02:00`."
            )
        return Point(said, day=day, wall=wall)

    def _is_later_today(self, named: str, said: Said) -> bool:
        """Return whether this is a question about today by its weekday's name, at a later time.

        A change asks instead, since a wrong guess would put the wrong person on call.
        """
        if not said.past or self.clock == "24:00" or not days.is_todays_name(named, said.local):
            return False
        return clock_face(self.clock) > said.local.time()


def _part_of_day(named: str, part: str, said: Said, since: date | None) -> Point:
    """Return the span of a morning, an afternoon, an evening or a night."""
    if part == "tonight" or (part == "night" and named.lower() in ("this", "today")):
        named, part = "today", "night"
        local, twelve = said.local, schedule.clock_of(said.team).twelve
        if local.hour < NIGHT_ENDS - 2:
            raise Refusal(
                f"It’s {wall_time(local.time(), twelve=twelve)}: “tonight” could be the night "
                f"that’s ending or the next one. Write `now to {NIGHT_ENDS:02}:00` or "
                f"`today 18:00 to tomorrow {NIGHT_ENDS:02}:00`."
            )
    named = "yesterday" if named.lower() == "last" and said.past else named
    named = "today" if named.lower() == "this" else named
    today = said.local.date()
    # As in `_is_later_today`: a question is answered, a change asks instead.
    weekday_it_is = said.past and days.is_todays_name(named, said.local)
    day = today if weekday_it_is else days.named(named, said.local, since, past=said.past)
    first, last = _hours_of(part, day, said)
    if weekday_it_is and last <= said.now:
        first, last = _hours_of(part, today + days.A_WEEK, said)
    return Point(said, at=first, until=last)


def _hours_of(part: str, day: date, said: Said) -> tuple[datetime, datetime]:
    first, last = (
        rotation.instant(day + hour // 24 * A_DAY, time(hour % 24), said.zone)
        for hour in PARTS[part]
    )
    return first, last


def next_turn(said: Said) -> tuple[datetime, datetime]:
    """Return the turn after the running one."""
    _, *later = schedule.coming(said.team, said.now)
    following = next((turn for turn in later if turn.members), None)
    if following is None:
        raise Refusal(
            f"I don’t know whose shift is next: nothing is planned yet. Write it like {EXAMPLES}."
        )
    return following.start, following.end


def _end_of(what: str | None, said: Said) -> datetime:
    """Return the end of the day, of the running turn, or of the week."""
    today = said.local.date()
    if what and what.lower() in ("shift", "turn"):
        return schedule.coming(said.team, said.now)[0].end
    if what and what.lower() == "week":
        return rotation.instant(today + (7 - today.weekday()) * A_DAY, time(), said.zone)
    return rotation.instant(today + A_DAY, time(), said.zone)


def _in_reach(at: datetime, said: Said) -> datetime:
    """Return the instant. Raises Refusal, as for days, if it's past or too far away."""
    days.named(at.astimezone(said.zone).date().isoformat(), said.local, past=said.past)
    return at


def without_zone(text: str, said: Said) -> tuple[str, Said]:
    """Return a text without the zone's name at its end, and the context with that zone."""
    words = text.split()
    for place in range(max(1, len(words) - 4), len(words)):
        name = words[place:]
        if name[0].lower() == "in" and len(name) > 1:
            name = name[1:]
        if zone := zones.named(" ".join(name), said.zone, said.now):
            mark = name[0].upper() if len(name) == 1 else ""
            rest = " ".join(words[:place])
            return rest, Said(said.team, said.now, zone, mark, said.past)
    return text, said


def clock_face(text: str) -> time:
    """Return a time of day typed as 08:00, 8am, 8p, 18h, 8, noon or midnight. Raises Refusal."""
    plain = text.strip().lower()
    if re.fullmatch(_NOON, plain):
        return time(0) if plain.endswith("midnight") else time(12)
    match = _CLOCK.fullmatch(plain)
    hours = _HOURS.fullmatch(plain)
    half = match[3] if match else None
    found = match or hours
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    elif half:
        hour = 99
    if hour > 23 or minute > 59:
        raise Refusal(f"{echo(text)} isn’t a time of day. Write it like `08:00`, `14:30` or `2pm`.")
    return time(hour, minute)


def instants_of(day: date, wall: time, said: Said) -> tuple[datetime, ...]:
    """Return when clocks show `wall` on `day`; refuse a time that the clocks skip."""
    found = rotation.instants(day, wall, said.zone)
    if not found:
        leapt = rotation.instant(day, wall, said.zone).astimezone(said.zone)
        raise Refusal(
            f"There’s no {wall:%H:%M} on {dated(day, year=True)}: the clocks spring forward "
            f"then. Write `{leapt:%H:%M}`, for example."
        )
    marked = tuple(at for at in found if zone_mark(at, Clock(said.zone)) == said.mark)
    return marked or found


def cut(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
