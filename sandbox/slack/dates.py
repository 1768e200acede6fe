"""Dates as Slack shows them, to each reader in their own time zone.

https://docs.slack.dev/messaging/formatting-message-text#date-formatting
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def date_shown(epoch: str, form: str, zone: ZoneInfo, now: datetime) -> str | None:
    """Return an instant as `form` shows it at `now`; None if it can’t be shown."""
    try:
        at = datetime.fromtimestamp(int(epoch), zone)
        return _DATE_TOKEN.sub(lambda token: _DATE_TOKENS[token[1]](at, now), form)
    except (ValueError, OverflowError, OSError, KeyError):
        return None


def _ordinal(day: int) -> str:
    suffixes = {1: "st", 2: "nd", 3: "rd"}
    return f"{day}{'th' if day in (11, 12, 13) else suffixes.get(day % 10, 'th')}"


def _year(at: datetime, now: datetime) -> str:
    # Slack leaves the year out of a date less than six months away.
    return "" if abs(at - now) < timedelta(days=182) else f", {at.year}"


def _date(at: datetime, now: datetime) -> str:
    return f"{at:%B} {_ordinal(at.day)}{_year(at, now)}"


def _date_short(at: datetime, now: datetime) -> str:
    return f"{at:%b} {at.day}{_year(at, now)}"


def _date_long(at: datetime, now: datetime) -> str:
    return f"{at:%A}, {_date(at, now)}"


_Dating = Callable[[datetime, datetime], str]


def _pretty(otherwise: _Dating) -> _Dating:
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}

    def dating(at: datetime, now: datetime) -> str:
        days = (at.date() - now.date()).days
        return near[days] if days in near else otherwise(at, now)

    return dating


def _time(at: datetime, _now: datetime) -> str:
    return f"{at.hour % 12 or 12}:{at:%M %p}"


def _time_secs(at: datetime, _now: datetime) -> str:
    return f"{at.hour % 12 or 12}:{at:%M:%S %p}"


_SPANS = (
    (365 * 86_400, "year"),
    (30 * 86_400, "month"),
    (86_400, "day"),
    (3_600, "hour"),
    (60, "minute"),
)


def _ago(at: datetime, now: datetime) -> str:
    seconds = (now - at).total_seconds()
    for length, unit in _SPANS:
        if count := int(abs(seconds) // length):
            span = f"{count} {unit}{'' if count == 1 else 's'}"
            return f"{span} ago" if seconds > 0 else f"in {span}"
    return "just now"


_DATE_TOKENS: dict[str, _Dating] = {
    "date_num": lambda at, _now: f"{at:%Y-%m-%d}",
    "date_slash": lambda at, _now: f"{at:%d/%m/%Y}",
    "date": _date,
    "date_short": _date_short,
    "date_long": _date_long,
    "date_long_full": lambda at, _now: f"{at:%B} {at.day}, {at.year}",
    "date_pretty": _pretty(_date),
    "date_short_pretty": _pretty(_date_short),
    "date_long_pretty": _pretty(_date_long),
    "day_divider_pretty": _pretty(_date_long),
    "time": _time,
    "time_secs": _time_secs,
    "ago": _ago,
}
_DATE_TOKEN = re.compile(r"\{(\w+)\}")
