"""Dates and times as people type them: each form that is taken, and what is rather refused."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot import when
from scheduling.errors import Refusal
from tests.builders import NOW, chicago, support_team

pytestmark = pytest.mark.usefixtures("database_url")
CHICAGO = ZoneInfo("America/Chicago")


def understood(typed: str, now: datetime = NOW) -> str:
    """Return what a text means, as the team's wall clock: '2026-11-24 08:00 to 2026-11-26 08:00'.

    It is Monday 23 November 2026, 07:00, if nothing else is said. What stands after 'for' is a
    length.
    """
    text, _, length = typed.partition(" for ")
    team = support_team()
    start, end = when.span(text, when.length_of(length) if length else None, team, now)
    assert start.tzinfo is UTC
    return " to ".join(f"{at.astimezone(CHICAGO):%Y-%m-%d %H:%M}" for at in (start, end))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        # Whole shifts
        ("today", "2026-11-23 08:00 to 2026-11-24 08:00"),
        ("tomorrow", "2026-11-24 08:00 to 2026-11-26 08:00"),
        ("the day after tomorrow", "2026-11-25 08:00 to 2026-11-26 08:00"),
        ("in 3 days", "2026-11-26 08:00 to 2026-11-27 08:00"),
        ("in 1 week", "2026-11-30 08:00 to 2026-12-01 08:00"),
        ("Friday", "2026-11-27 08:00 to 2026-11-28 08:00"),
        ("on fri", "2026-11-27 08:00 to 2026-11-28 08:00"),
        ("this thurs", "2026-11-26 08:00 to 2026-11-27 08:00"),
        ("wed", "2026-11-25 08:00 to 2026-11-26 08:00"),
        ("tuesday to monday", "2026-11-24 08:00 to 2026-12-01 08:00"),
        ("23 nov 14:00 to 18:00", "2026-11-23 14:00 to 2026-11-23 18:00"),
        ("nov 23", "2026-11-23 08:00 to 2026-11-24 08:00"),
        ("2026-12-24", "2026-12-24 08:00 to 2026-12-25 08:00"),
        ("24 dec", "2026-12-24 08:00 to 2026-12-25 08:00"),
        ("Dec 24th", "2026-12-24 08:00 to 2026-12-25 08:00"),
        ("24. December 2026", "2026-12-24 08:00 to 2026-12-25 08:00"),
        ("thursday, december 24", "2026-12-24 08:00 to 2026-12-25 08:00"),
        ("12/24", "2026-12-24 08:00 to 2026-12-25 08:00"),
        ("4.12.", "2026-12-04 08:00 to 2026-12-05 08:00"),
        ("24.12.", "2026-12-24 08:00 to 2026-12-25 08:00"),
        ("24.12.2026", "2026-12-24 08:00 to 2026-12-25 08:00"),
        ("12/12", "2026-12-12 08:00 to 2026-12-13 08:00"),
        ("friday to sunday", "2026-11-27 08:00 to 2026-11-30 08:00"),
        ("friday-sunday", "2026-11-27 08:00 to 2026-11-30 08:00"),
        # From and to
        ("friday 14:00 to 18:00", "2026-11-27 14:00 to 2026-11-27 18:00"),
        ("friday 14:00-18:00", "2026-11-27 14:00 to 2026-11-27 18:00"),
        ("14:00 - 18:00", "2026-11-23 14:00 to 2026-11-23 18:00"),
        ("friday 2pm until 6:30 pm", "2026-11-27 14:00 to 2026-11-27 18:30"),
        ("sun 8pm-mon 8am", "2026-11-29 20:00 to 2026-11-30 08:00"),
        ("22:00 to 06:00", "2026-11-23 22:00 to 2026-11-24 06:00"),
        ("friday 20:00 to 24:00", "2026-11-27 20:00 to 2026-11-28 00:00"),
        ("friday 20:00 to friday 24:00", "2026-11-27 20:00 to 2026-11-28 00:00"),
        ("now to 12:00", "2026-11-23 07:00 to 2026-11-23 12:00"),
        ("2026-12-24 08:00 to 2026-12-26 08:00", "2026-12-24 08:00 to 2026-12-26 08:00"),
        # A start and a length
        ("now for 3 hours", "2026-11-23 07:00 to 2026-11-23 10:00"),
        ("now for 90 min", "2026-11-23 07:00 to 2026-11-23 08:30"),
        ("friday 14:00 for 1.5h", "2026-11-27 14:00 to 2026-11-27 15:30"),
        ("14:00 for 2 days", "2026-11-23 14:00 to 2026-11-25 14:00"),
    ],
)
def test_what_is_understood(typed: str, meant: str) -> None:
    assert understood(typed) == meant


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("tuesday 30 nov", "“tuesday 30 nov” does not fit: 30 Nov 2026 is a Monday."),
        ("friday 13 november", "13 Nov 2027 is a Saturday. Give the date alone"),
        ("8.30", "There is no day “8.30”."),
        ("24.12.0000", "There is no day “24.12.0000”."),
        ("3/4", "“3/4” could be two days. Write `2027-03-04` or `2027-04-03`."),
        ("13/14", "There is no day “13/14”."),
        ("31 feb", "There is no day “31 feb”."),
        ("2026-02-30", "There is no day “2026-02-30”."),
        ("2026-13-01", "There is no day “2026-13-01”."),
        ("2026-11-22", "Sunday 22 Nov 2026 is over."),
        ("yesterday", "Sunday 22 Nov 2026 is over."),
        ("9999-12-31", "is too far away. Give a day within two years"),
        ("0001-01-01", "is over"),
        ("monday", "“monday” is today. Write `today` or `2026-11-30`."),
        ("monday 14:00 to 18:00", "“monday” is today. Write `today` or `2026-11-30`."),
        ("today 14:00 to monday 18:00", "“monday” is today."),
        ("sept 1", "No shift is planned on Wednesday 1 Sep 2027."),
        ("next friday", "means one day to you and another to me"),
        ("5 days", "I do not know which day “5 days” is."),
        ("1 monday", "I do not know which day “1 monday” is."),
        ("december", "I do not know which day “december” is."),
        ("24", "I do not know which day “24” is."),
        ("tonight", "I do not know which day “tonight” is."),
        ("tomorrow morning", "I do not know which day “tomorrow morning” is."),
        ("friday 14.00 to 18.00", "I do not know which day “friday 14.00” is."),
        ("x" * 4000, f"I do not know which day “{'x' * 59}…” is."),
        ("8pm", "Until when? “8pm” has a start and no end. Write it like `8pm for 4 hours`"),
        ("tomorrow for 4 hours", "From when on “tomorrow”? Write it like `tomorrow 14:00 for 4"),
        ("now to 12:00 for 3 hours", "“now to 12:00” says until when already"),
        ("friday 14:00 to saturday", "has a time at one end only"),
        ("friday 18:00 to friday 14:00", "ends before it starts"),
        ("2027-03-14 02:30 to 04:00", "There is no 02:30 on Sunday 14 Mar 2027: the clocks go f"),
        ("friday 25:00 to 26:00", "“25:00” is not a time of day."),
        ("<@U1|greg> tomorrow", "I do not know which day “@greg tomorrow” is."),
    ],
)
def test_what_is_rather_refused(typed: str, told: str) -> None:
    with pytest.raises(Refusal) as refusal:
        understood(typed)
    assert told in refusal.value.message


def test_the_night_that_has_an_hour_twice_is_understood() -> None:
    now = chicago("2027-11-01 12:00")
    assert understood("2027-11-07 00:30 to 03:00", now) == "2027-11-07 00:30 to 2027-11-07 03:00"


def test_days_end_at_the_same_time_of_day_when_the_clocks_change() -> None:
    now = chicago("2027-03-13 12:00")
    assert understood("14:00 for 2 days", now) == "2027-03-13 14:00 to 2027-03-15 14:00"


def test_the_second_of_two_equal_hours_is_now_when_it_is_now() -> None:
    second = chicago("2026-11-01 01:30") + timedelta(hours=1)
    start, end = when.span("now", timedelta(hours=3), support_team(), second)
    assert (start, end - start) == (second, timedelta(hours=3))


def test_the_last_day_of_the_year_is_today_and_tomorrow_is_the_first() -> None:
    now = chicago("2026-12-31 21:00")
    assert understood("31 dec 22:00 to jan 1 06:00", now) == "2026-12-31 22:00 to 2027-01-01 06:00"


@pytest.mark.parametrize("reason", ["sick leave", "3", "hours", "3 hours ago"])
def test_a_reason_is_not_a_length(reason: str) -> None:
    assert when.length_of(reason) is None


@pytest.mark.parametrize("words", ["two days", "a week", "0 hours", "1000 hours", "half an hour"])
def test_a_length_that_cannot_be_read_is_not_taken_for_a_reason(words: str) -> None:
    with pytest.raises(Refusal, match="is a length I cannot read"):
        when.length_of(words)
