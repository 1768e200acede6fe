"""The days people type, as local dates: in words, by weekday or by date, and several at once.

Only the forms below are accepted, because a guessing parser would put the wrong person on call. A
text with two possible meanings is refused, and the refusal names both.
"""

import re
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import cast

from bot.slack.typed import echo
from scheduling.errors import Refusal
from scheduling.words.times import dated

EXAMPLES = "`tomorrow`, `2026-12-24`, or `friday 14:00 to 18:00`"
FARTHEST = timedelta(days=731)
A_DAY, A_WEEK = timedelta(days=1), timedelta(weeks=1)

WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs?(?:day)?)?|fri(?:day)?"
    r"|sat(?:urday)?|sun(?:day)?)"
)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_NAMED = re.compile(
    rf"(?P<weekday>{WEEKDAY})?\s*"
    rf"(?:(?P<before>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?(?P<first>{_MONTH})"
    rf"|(?P<second>{_MONTH})\s+(?P<after>\d{{1,2}})(?:st|nd|rd|th)?)"
    rf"(?:\s+(?P<year>\d{{4}}))?"
)
_NUMBERED = re.compile(r"(\d{1,2})([/.])(\d{1,2})(?:\2(\d{4}|\d{2})?)?")
_ISO = re.compile(r"\d{4}([-/])\d{2}\1\d{2}")
_CENTURY = 2000  # added to a year of two digits
_IN = re.compile(r"in (a|\d{1,3}) (day|week)s?")
_NEXT = re.compile(rf"next ({WEEKDAY})")
_INTO_DAY = re.compile(r"^(?:on|from|this)\s+")
_SEVERAL = re.compile(r"(?:(this|the|next|last) )?(weekend|week)")


def several(text: str, local: datetime, *, past: bool = False) -> tuple[date, date] | None:
    """Return the first and last day of 'next week' or 'this weekend'; None for other texts.

    Weeks begin on Monday. `local` is now on the team's clock; past weeks only if `past`.
    """
    match = _SEVERAL.fullmatch(text.lower())
    if not match or (match[2] == "week" and match[1] in (None, "the")):
        return None
    today = local.date()
    monday = today - today.weekday() * A_DAY
    if match[1] == "last":
        if not past:
            return None
        monday -= A_WEEK
    if match[1] == "next":
        monday += A_WEEK
    if match[2] == "week":
        return monday, monday + 6 * A_DAY
    saturday = monday + 5 * A_DAY
    if match[1] == "next" and today.weekday() < 5:
        raise Refusal(
            f"{echo(text)} could be this weekend or the next. Write `this weekend`, or "
            f"`{saturday} to {saturday + A_DAY}`."
        )
    return saturday, saturday + A_DAY


def named(text: str, local: datetime, since: date | None = None, *, past: bool = False) -> date:
    """Return the local date that a text means; with `since`, on that day or later.

    `local` is now on the team's clock; past days only if `past`. Raises Refusal.
    """
    today = local.date()
    plain = _INTO_DAY.sub("", text.strip().lower())
    if since in (None, today) and is_todays_name(text, local):
        raise Refusal(
            f"{echo(text)} could mean today or next week. Write `today` or `{today + A_WEEK}`."
        )
    base = max(today, since - A_DAY) if since else today
    found = _found(plain, text, today, base, past=past)
    if found is None:
        raise Refusal(f"I don’t know which day {echo(text)} is. Write it like {EXAMPLES}.")
    if found < today and not past:
        raise Refusal(
            f"{_spelled(found)} has passed. Give today or a later day, for example `tomorrow` or "
            f"`{(today + A_WEEK).isoformat()}`."
        )
    if abs(found - today) > FARTHEST:
        raise Refusal(
            f"{_spelled(found)} is too far away. Give a day within two years, "
            f"for example `{(today + A_WEEK).isoformat()}`."
        )
    return found


def is_todays_name(text: str, local: datetime) -> bool:
    """Return whether a text names the weekday of `local`, like 'on friday' on a Friday."""
    plain = _INTO_DAY.sub("", text.strip().lower())
    return bool(re.fullmatch(WEEKDAY, plain)) and f"{local:%a}".lower() == plain[:3]


def _found(plain: str, text: str, today: date, base: date, *, past: bool) -> date | None:
    """Return the date if the text has one of the accepted forms, else None."""
    if counted := _from_today(plain, today):
        return counted
    if _ISO.fullmatch(plain):
        try:
            return date.fromisoformat(plain.replace("/", "-"))
        except ValueError:
            raise _no_such_day(text) from None
    if match := _NUMBERED.fullmatch(plain):
        return _numbered(text, match, base)
    if re.fullmatch(WEEKDAY, plain):
        ahead = (_WEEKDAYS.index(plain[:3]) - base.weekday() - 1) % 7 + 1
        return base + ahead * A_DAY
    match = _NAMED.fullmatch(plain)
    return _month_and_day(text, match, base, past=past) if match else None


def _from_today(plain: str, today: date) -> date | None:
    """Return the date of a text relative to today: 'tomorrow', 'in 3 days', 'next friday'."""
    words = {"today": 0, "tonight": 0, "tomorrow": 1, "yesterday": -1, "day after tomorrow": 2}
    if (after := words.get(plain.removeprefix("the "))) is not None:
        return today + after * A_DAY
    if match := _IN.fullmatch(plain):
        number = 1 if match[1] == "a" else int(match[1])
        return today + number * (A_WEEK if match[2] == "week" else A_DAY)
    if match := _NEXT.fullmatch(plain):  # that day of the week after this one
        monday = today - today.weekday() * A_DAY
        return monday + A_WEEK + _WEEKDAYS.index(match[1][:3]) * A_DAY
    return None


def _month_and_day(text: str, match: re.Match[str], base: date, *, past: bool) -> date | None:
    month = _parsed(f"1 {match['first'] or match['second']}", base)
    day = int(match["before"] or match["after"])
    year = int(match["year"]) if match["year"] else None
    found = _coming(month.month, day, year, base) if month else None
    if found is None or month is None:
        raise _no_such_day(text)
    weekday = match["weekday"]
    if past and weekday and year is None and not _falls_on(found, weekday):
        # There is no year, and the weekday isn't that of the coming date: it's last year's.
        with suppress(ValueError):
            before = date(found.year - 1, month.month, day)
            found = before if _falls_on(before, weekday) else found
    if weekday and not _falls_on(found, weekday):
        raise Refusal(
            f"{echo(text)} doesn’t fit: {found:%b} {found.day}, {found.year} is a {found:%A}. "
            f"Give the date alone, for example `{found.isoformat()}`."
        )
    return found


def _falls_on(day: date, weekday: str) -> bool:
    return _WEEKDAYS[day.weekday()] == weekday[:3]


def _numbered(text: str, match: re.Match[str], base: date) -> date:
    """Return the date of 24.12. or 12/24; refuse one whose day and month could be swapped."""
    one, other = int(match[1]), int(match[3])
    year = int(match[4]) + _CENTURY * (len(match[4]) == len("26")) if match[4] else None
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
    """Return the date in `year`, or the next one from `base` on; None if there is none."""
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
    return Refusal(f"{echo(text)} isn’t a real date. Write it like {EXAMPLES}.")


def _spelled(day: date) -> str:
    return dated(day, year=True)
