"""What changes are called, in previews, in direct messages and when they are taken back. Pure."""

from datetime import date

from scheduling.words.times import dated
from scheduling.words.wording import several


def slot(day: str, start: str, hours: int) -> str:
    """Return when a weekly shift is: 'Tuesday 08:00, 48 hours'."""
    return f"{day} {start}, {several(hours, 'hour')}"


def since(day: date | None) -> str:
    """Return from which day on something holds; '' if at once."""
    return f" from {dated(day)} on" if day else ""


def week(monday: date | None) -> str:
    """Return the week from which on something holds: 'Mon Nov 30', or 'this week'."""
    return dated(monday) if monday else "this week"
