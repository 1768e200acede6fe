"""Instants and durations in words, on the reader's clock. Pure."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduling.words.wording import several


class Clock(NamedTuple):
    """How times are shown: in a zone, on a 12-hour clock (8:00 AM) or a 24-hour one (08:00)."""

    zone: ZoneInfo
    twelve: bool = False


def clock_time(at: datetime, clock: Clock) -> str:
    """Return an instant with its zone, for example 'Fri Nov 27, 8:00 AM CST'."""
    return f"{wall_clock(at, clock)} {zone_mark(at, clock)}"


def time_beside(at: datetime, clock: Clock, named: datetime | None = None) -> str:
    """Return an instant; its zone is left out if it's that of `named`, which has it nearby."""
    same = named is not None and zone_mark(at, clock) == zone_mark(named, clock)
    return wall_clock(at, clock) if same else clock_time(at, clock)


def in_both(at: datetime, clock: Clock, own: Clock, named: datetime | None = None) -> str:
    """Return an instant with the reader's own time: 'Fri Nov 27, 8:00 AM CST (2:00 PM GMT)'.

    The zones are left out if they're those of `named`, another instant that has them nearby.
    """
    here = time_beside(at, clock, named)
    local, theirs = (f"{time_of_day(at, one)} {zone_mark(at, one)}" for one in (clock, own))
    if local == theirs:
        return here
    there = time_beside(at, own, named)
    if day_of(at, clock) == day_of(at, own):
        there = there.removeprefix(f"{day_of(at, own)}, ")
    return f"{here} ({there})"


def wall_clock(at: datetime, clock: Clock) -> str:
    """Return an instant whose zone is named beside it, for example 'Fri Nov 27, 8:00 AM'."""
    return f"{day_of(at, clock)}, {time_of_day(at, clock)}"


def day_of(at: datetime, clock: Clock) -> str:
    """Return the day of an instant, for example 'Fri Nov 27'."""
    return dated(at.astimezone(clock.zone))


def dated(day: date, *, year: bool = False) -> str:
    """Return a day of the calendar: 'Fri Nov 27', or 'Fri Nov 27, 2026' with its `year`."""
    return f"{day:%a} {day:%b} {day.day}" + (f", {day.year}" if year else "")


def time_of_day(at: datetime, clock: Clock) -> str:
    """Return an instant of today, for example '8:02 AM' or '08:02'."""
    return wall_time(at.astimezone(clock.zone).time(), twelve=clock.twelve)


def wall_time(wall: time, *, twelve: bool) -> str:
    """Return a time of day, for example '8:00 AM' or '08:00'."""
    if not twelve:
        return f"{wall:%H:%M}"
    return f"{wall.hour % 12 or 12}:{wall:%M} {'PM' if wall.hour >= 12 else 'AM'}"


def seconds(at: datetime, clock: Clock) -> str:
    """Return an instant of today to the second, for example '8:00:07 AM' or '08:00:07'."""
    hour, _, rest = time_of_day(at, clock).partition(":")
    minute, *half = rest.split()
    return " ".join([f"{hour}:{minute}:{at.astimezone(clock.zone):%S}", *half])


def zone_mark(at: datetime, clock: Clock) -> str:
    """Return the zone's abbreviation at an instant: 'CST', or 'UTC-3' if it doesn't have one."""
    mark = f"{at.astimezone(clock.zone):%Z}"
    if not mark.startswith(("+", "-")):
        return mark
    hours, minutes = mark[1:3], mark[3:]
    return f"UTC{mark[0]}{int(hours)}" + (f":{minutes}" if minutes else "")


def span_time(start: datetime, end: datetime, clock: Clock, now: datetime) -> str:
    """Return a span whose zone is named beside it: 'Fri Nov 27, 2:00 PM to 6:00 PM'.

    It has the year if that differs from the year of `now`, and the zone (CDT or CST) if the clock
    shows a time twice.
    """
    first, last = start.astimezone(clock.zone), end.astimezone(clock.zone)
    marks = [f" {at:%Z}" if _comes_twice(at) else "" for at in (first, last)]
    if any(marks) and f"{first:%Z}" == f"{last:%Z}":
        marks = ["", f" {last:%Z}"]
    same_day = first.date() == last.date()
    until = time_of_day(end, clock) if same_day else wall_clock(end, clock)
    year = f", {first.year}" if first.year != now.astimezone(clock.zone).year else ""
    begins = f"{day_of(start, clock)}{year}, {time_of_day(start, clock)}"
    return f"{begins}{marks[0]} to {until}{marks[1]}"


def span_with_zone(start: datetime, end: datetime, clock: Clock, now: datetime) -> str:
    """Return a span with its zone: 'Fri Nov 27, 2:00 PM to 6:00 PM CST'."""
    span, mark = span_time(start, end, clock, now), zone_mark(end, clock)
    return span if span.endswith(f" {mark}") else f"{span} {mark}"


def _comes_twice(local: datetime) -> bool:
    """Return whether a local time occurs twice, as when clocks go back."""
    one, other = (local.replace(fold=fold).utcoffset() for fold in (0, 1))
    return (one or timedelta()) > (other or timedelta())


def length(by: timedelta) -> str:
    """Return a duration in words: '20 min', '3 h 5 min', '7 days', '4 d 11 h'."""
    minutes = max(round(by.total_seconds()) // 60, 1)
    days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else several(days, "day")
    if hours:
        return f"{hours} h" + (f" {minutes} min" if minutes else "")
    return f"{minutes} min"


def when(at: datetime, clock: Clock, now: datetime) -> str:
    """Return when something happened: 'at 8:02 AM CST'; before today 'on Mon Nov 23, …'."""
    today = at.astimezone(clock.zone).date() == now.astimezone(clock.zone).date()
    if not today:
        return f"on {clock_time(at, clock)}"
    return f"at {time_of_day(at, clock)} {zone_mark(at, clock)}"
