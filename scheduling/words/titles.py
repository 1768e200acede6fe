"""Titles of changes, in the imperative, so that they also read well as questions. Pure.

Previews, direct messages, undo and the audit log show them.
"""

from datetime import date, time, timedelta

from scheduling.words.mrkdwn import escaped
from scheduling.words.times import Clock, dated, length, wall_time


def slot(day: str, start: str, hours: int, clock: Clock) -> str:
    """Return a weekly shift's day, time and length: 'Tue 8:00 AM, 2 days'. `start` is 'HH:MM'."""
    begins = wall_time(time.fromisoformat(start), twelve=clock.twelve)
    return f"{day[:3]} {begins}, {length(timedelta(hours=hours))}"


def since(day: date | None, *, begins: bool = False) -> str:
    """Return the day from which a change applies: ', starting Mon Nov 30'.

    If at once, '', or for what `begins` with it ', starting now'.
    """
    if day:
        return f", starting {dated(day)}"
    return ", starting now" if begins else ""


def week(monday: date | None) -> str:
    """Return the week from which a change applies: 'Mon Nov 30', or 'this week'."""
    return dated(monday) if monday else "this week"


def whole(title: str, reason: str | None) -> str:
    """Return a change's title with its reason, if there is one, as typed."""
    return f"{title} (reason: {escaped(reason)})" if reason else title


def question(title: str, reason: str | None) -> str:
    """Return a change's title and reason as a question."""
    return f"{title}? Reason: {escaped(reason)}" if reason else f"{title}?"
