"""What changes are called: each as one asks for it, so that it reads well as a question too. Pure.

In a preview, in a direct message, in an undo and in the audit log.
"""

from datetime import date, time, timedelta

from scheduling.words.mrkdwn import escaped
from scheduling.words.times import Clock, dated, length, wall_time


def slot(day: str, start: str, hours: int, clock: Clock) -> str:
    """Return when a weekly shift is: 'Tue 8:00 AM, 2 days'. `start` is 'HH:MM'."""
    begins = wall_time(time.fromisoformat(start), twelve=clock.twelve)
    return f"{day[:3]} {begins}, {length(timedelta(hours=hours))}"


def since(day: date | None) -> str:
    """Return from which day on something holds: ', starting Mon Nov 30'; '' if at once."""
    return f", starting {dated(day)}" if day else ""


def week(monday: date | None) -> str:
    """Return the week from which on something holds: 'Mon Nov 30', or 'this week'."""
    return dated(monday) if monday else "this week"


def whole(title: str, reason: str | None) -> str:
    """Return what a change is called with its reason, as it was typed, if there is one."""
    return f"{title} (reason: {escaped(reason)})" if reason else title


def question(title: str, reason: str | None) -> str:
    """Return the same as a question."""
    return f"{title}? Reason: {escaped(reason)}" if reason else f"{title}?"
