"""Instants and lengths of time in words. Pure."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scheduling.words.wording import several


def clock_time(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant as the team reads it, for example 'Tue 24 Nov 08:00 CST'."""
    return f"{wall_clock(at, zone)} {at.astimezone(zone):%Z}"


def wall_clock(at: datetime, zone: ZoneInfo) -> str:
    """Return the same where the zone is told beside it, for example 'Tue 24 Nov 08:00'."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b} {local:%H:%M}"


def span_time(start: datetime, end: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Return a span as the team reads it, for example 'Fri 27 Nov 14:00 to 18:00'.

    Another year than the one at `now` is told; so is the clocks' name (CDT or CST) where they
    show a time twice.
    """
    first, last = start.astimezone(zone), end.astimezone(zone)
    marks = [f" {at:%Z}" if _comes_twice(at) else "" for at in (first, last)]
    if any(marks) and f"{first:%Z}" == f"{last:%Z}":
        marks = ["", f" {last:%Z}"]
    until = f"{last:%H:%M}" if first.date() == last.date() else wall_clock(end, zone)
    year = f" {first.year}" if first.year != now.astimezone(zone).year else ""
    begins = f"{first:%a} {first.day} {first:%b}{year} {first:%H:%M}"
    return f"{begins}{marks[0]} to {until}{marks[1]}"


def _comes_twice(local: datetime) -> bool:
    """Tell whether clocks show a local time in two different hours."""
    one, other = (local.replace(fold=fold).utcoffset() for fold in (0, 1))
    return (one or timedelta()) > (other or timedelta())


def slack_time(at: datetime, zone: ZoneInfo) -> str:
    """Return mrkdwn that shows an instant in each reader's zone, with the team's in brackets."""
    plain = clock_time(at, zone)
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{plain}> ({plain})"


def length(by: timedelta) -> str:
    """Return a length of time in words: '20 min', '3 h 5 min', '2 days 4 h'."""
    minutes = max(round(by.total_seconds()) // 60, 1)
    days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return several(days, "day") + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {minutes} min" if minutes else "")
    return f"{minutes} min"


def seconds(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant of today to the second, as the team reads it: '8:00:07'."""
    return f"{minutes(at, zone)}:{at.astimezone(zone):%S}"


def when(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Return when something happened: 'at 8:02' today, 'on Mon 23 Nov 08:02' before."""
    today = at.astimezone(zone).date() == now.astimezone(zone).date()
    return f"at {minutes(at, zone)}" if today else f"on {wall_clock(at, zone)}"


def minutes(at: datetime, zone: ZoneInfo) -> str:
    """Return an instant of today as the team reads it: '8:02'."""
    local = at.astimezone(zone)
    return f"{local.hour}:{local:%M}"
