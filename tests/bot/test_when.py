"""Dates and times as people type them: accepted and refused forms."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.slack import when
from bot.slack.features.help import MOMENTS, WHOLE_SHIFTS, WITH_TIMES
from scheduling.errors import Refusal
from scheduling.words.times import Clock, clock_time, span_time
from storage.models import LONGEST_OVERRIDE, Team
from tests.builders import NOW, chicago, support_team

pytestmark = pytest.mark.usefixtures("database_url")
CHICAGO = ZoneInfo("America/Chicago")


def understood(typed: str, now: datetime = NOW) -> str:
    """Return what a text means, as the team's wall clock: '2026-11-24 08:00 to 2026-11-26 08:00'.

    `now` is Monday 23 November 2026, 07:00, by default. What comes after 'for' is a length.
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
        ("12/24/2026", "2026-12-24 08:00 to 2026-12-25 08:00"),
        ("12/24/26", "2026-12-24 08:00 to 2026-12-25 08:00"),
        ("24.12.26 14:00 to 18:00", "2026-12-24 14:00 to 2026-12-24 18:00"),
        ("2026/12/24", "2026-12-24 08:00 to 2026-12-25 08:00"),
        ("the next turn", "2026-11-23 08:00 to 2026-11-24 08:00"),
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
        ("now until noon", "2026-11-23 07:00 to 2026-11-23 12:00"),
        ("noon to midnight", "2026-11-23 12:00 to 2026-11-24 00:00"),
        ("friday midday to friday midnight", "2026-11-27 12:00 to 2026-11-28 00:00"),
        ("24:00 to 06:00", "2026-11-24 00:00 to 2026-11-24 06:00"),
        ("midnight to 06:00", "2026-11-24 00:00 to 2026-11-24 06:00"),
        ("until 6pm", "2026-11-23 07:00 to 2026-11-23 18:00"),
        ("today until 6pm.", "2026-11-23 07:00 to 2026-11-23 18:00"),
        ("till 18h", "2026-11-23 07:00 to 2026-11-23 18:00"),
        ("until tomorrow 6p", "2026-11-23 07:00 to 2026-11-24 18:00"),
        ("until friday", "2026-11-23 07:00 to 2026-11-28 08:00"),
        ("until tonight", "2026-11-23 07:00 to 2026-11-23 18:00"),
        ("until next", "2026-11-23 07:00 to 2026-11-23 08:00"),
        ("until the end of the day", "2026-11-23 07:00 to 2026-11-24 00:00"),
        ("friday, 14:00 to 18:00,", "2026-11-27 14:00 to 2026-11-27 18:00"),
        ("6pm friday to 8 pm friday", "2026-11-27 18:00 to 2026-11-27 20:00"),
        ("14h30 to 18h", "2026-11-23 14:30 to 2026-11-23 18:00"),
        ("Nov 27, 2026 at 2:00 PM to 6:00 PM", "2026-11-27 14:00 to 2026-11-27 18:00"),
        ("8pm tonight to 10pm", "2026-11-23 20:00 to 2026-11-23 22:00"),
        ("tonight 8pm to midnight", "2026-11-23 20:00 to 2026-11-24 00:00"),
        ("2026-12-01T14:00 to 18:00", "2026-12-01 14:00 to 2026-12-01 18:00"),
        ("2026-12-01T14:00:00 to 2026-12-01T18:00", "2026-12-01 14:00 to 2026-12-01 18:00"),
        ("2026-12-01T20:00Z to 2026-12-01T22:00:00.000Z", "2026-12-01 14:00 to 2026-12-01 16:00"),
        ("2026-12-01T21:00+01:00 to 18:00", "2026-12-01 14:00 to 2026-12-01 18:00"),
        ("2026-12-24 08:00-12:00", "2026-12-24 08:00 to 2026-12-24 12:00"),
        ("in 2 hours to noon", "2026-11-23 09:00 to 2026-11-23 12:00"),
        # Zones
        ("9am EST to 5pm EST", "2026-11-23 08:00 to 2026-11-23 16:00"),
        ("9am to 5pm Eastern Time", "2026-11-23 08:00 to 2026-11-23 16:00"),
        ("friday 9am to 5pm CST", "2026-11-27 09:00 to 2026-11-27 17:00"),
        ("friday 9am to 5pm Central", "2026-11-27 09:00 to 2026-11-27 17:00"),
        ("friday 9am to 5pm America/New_York", "2026-11-27 08:00 to 2026-11-27 16:00"),
        ("friday 9am to 5pm america/new york", "2026-11-27 08:00 to 2026-11-27 16:00"),
        ("friday 17:00 to 20:00 UTC", "2026-11-27 11:00 to 2026-11-27 14:00"),
        ("friday 9am in Berlin to noon", "2026-11-27 02:00 to 2026-11-27 05:00"),
        ("friday 9am Chicago time to noon", "2026-11-27 09:00 to 2026-11-27 12:00"),
        # Parts of a day, several days
        ("tonight", "2026-11-23 18:00 to 2026-11-24 08:00"),
        ("this afternoon", "2026-11-23 12:00 to 2026-11-23 18:00"),
        ("tomorrow morning", "2026-11-24 08:00 to 2026-11-24 12:00"),
        ("friday evening", "2026-11-27 18:00 to 2026-11-28 00:00"),
        ("saturday night", "2026-11-28 18:00 to 2026-11-29 08:00"),
        ("this weekend", "2026-11-28 08:00 to 2026-11-30 08:00"),
        ("next week", "2026-11-30 08:00 to 2026-12-07 08:00"),
        ("next friday", "2026-12-04 08:00 to 2026-12-05 08:00"),
        ("next monday", "2026-11-30 08:00 to 2026-12-01 08:00"),
        ("next", "2026-11-23 08:00 to 2026-11-24 08:00"),
        ("rest of the day", "2026-11-23 07:00 to 2026-11-24 00:00"),
        # A start and a length
        ("in 2 hours for 90 min", "2026-11-23 09:00 to 2026-11-23 10:30"),
        ("in half an hour for 1 hour", "2026-11-23 07:30 to 2026-11-23 08:30"),
        ("tomorrow morning for 2 hours", "2026-11-24 08:00 to 2026-11-24 10:00"),
        ("now for 3 hours", "2026-11-23 07:00 to 2026-11-23 10:00"),
        ("now for 90 min", "2026-11-23 07:00 to 2026-11-23 08:30"),
        ("friday 14:00 for 1.5h", "2026-11-27 14:00 to 2026-11-27 15:30"),
        ("14:00 for 2 days", "2026-11-23 14:00 to 2026-11-25 14:00"),
    ],
)
def test_times_are_understood(typed: str, meant: str) -> None:
    assert understood(typed) == meant


@pytest.mark.parametrize(
    ("typed", "refusal_text"),
    [
        ("tuesday 30 nov", "“tuesday 30 nov” doesn’t fit: Nov 30, 2026 is a Monday."),
        ("friday 13 november", "Nov 13, 2027 is a Saturday. Give the date alone"),
        ("8.30", "“8.30” isn’t a real date."),
        ("24.12.0000", "“24.12.0000” isn’t a real date."),
        ("3/4", "“3/4” could be two days. Write `2027-03-04` or `2027-04-03`."),
        ("13/14", "“13/14” isn’t a real date."),
        ("31 feb", "“31 feb” isn’t a real date."),
        ("2026-02-30", "“2026-02-30” isn’t a real date."),
        ("2026-13-01", "“2026-13-01” isn’t a real date."),
        ("2026-11-22", "Sun Nov 22, 2026 has passed."),
        ("yesterday", "Sun Nov 22, 2026 has passed."),
        ("9999-12-31", "is too far away. Give a day within two years"),
        ("0001-01-01", "has passed"),
        ("monday", "“monday” could mean today or next week. Write `today` or `2026-11-30`."),
        (
            "monday 14:00 to 18:00",
            "“monday” could mean today or next week. Write `today` or `2026-11-30`.",
        ),
        ("today 14:00 to monday 18:00", "“monday” could mean today or next week."),
        ("sept 1", "No shift is planned on Wed Sep 1, 2027."),
        ("next weekend", "“next weekend” could be this weekend or the next. Write `this"),
        ("now to next week", "could mean until it starts or until it’s over. Write `until 2026-"),
        ("friday midnight to 06:00", "Write `2026-11-27 00:00` or `2026-11-28 00:00`."),
        ("tomorrow night 8:00 to 10:00", "doesn’t fit: 08:00 is in the morning"),
        (
            "friday 14:00:30 to 18:00",
            "has seconds, and times here are to the minute. Write `14:00`",
        ),
        ("2026-12-01T14:00:30Z to 18:00", "has seconds, and times here are to the minute"),
        ("2026-11-20T14:00Z to 18:00", "Fri Nov 20, 2026 has passed."),
        ("this morning to friday", "has a time at one end only"),
        ("christmas", "I don’t know which day “christmas” is."),
        ("5 days", "I don’t know which day “5 days” is."),
        ("1 monday", "I don’t know which day “1 monday” is."),
        ("december", "I don’t know which day “december” is."),
        ("24", "I don’t know which day “24” is."),
        ("friday 14.00 to 18.00", "I don’t know which day “friday 14.00” is."),
        ("x" * 4000, f"I don’t know which day “{'x' * 59}…” is."),
        ("8pm", "Until when? “8pm” has a start and no end. Write it like `8pm for 4 hours`"),
        (
            "tomorrow for 4 hours",
            "“tomorrow” needs a start time. Write it like `tomorrow 14:00 for 4",
        ),
        ("now to 12:00 for 3 hours", "“now to 12:00” already has an end"),
        ("friday 14:00 to saturday", "has a time at one end only"),
        ("friday 18:00 to friday 14:00", "ends before it starts"),
        ("friday 14:00 to", "Until when?"),
        ("2027-03-14 02:30 to 04:00", "There’s no 02:30 on Sun Mar 14, 2027: the clocks spring f"),
        ("friday 25:00 to 26:00", "“25:00” isn’t a time of day."),
        ("<@U1|greg> tomorrow", "I don’t know which day “@greg tomorrow” is."),
    ],
)
def test_unclear_times_are_refused(typed: str, refusal_text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        understood(typed)
    assert refusal_text in refusal.value.message


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


@pytest.mark.parametrize("words", ["two days", "a week", "0 hours", "half an hour"])
def test_a_length_that_cannot_be_read_is_not_taken_for_a_reason(words: str) -> None:
    with pytest.raises(Refusal, match="is a length I can’t read"):
        when.length_of(words)


@pytest.mark.parametrize("words", ["2000 hours", "60 days", "999999999999999 weeks"])
def test_a_length_that_is_too_long_is_longer_than_any_override(words: str) -> None:
    length = when.length_of(words)

    assert length is not None
    assert length > LONGEST_OVERRIDE


# --- a clock that shows an hour twice -------------------------------------------------------------

FIRST = chicago("2026-11-01 01:30")  # the clock shows 01:30 again an hour later
SECOND = FIRST + timedelta(hours=1)


@pytest.mark.parametrize(
    ("typed", "now", "starts", "lasts"),
    [
        ("now to 01:45", SECOND, timedelta(), 15),
        ("until 01:45", SECOND, timedelta(), 15),
        ("01:40 to 03:00", SECOND, timedelta(minutes=10), 80),
        ("now to 01:45", FIRST, timedelta(), 15),
        ("now to 01:15", FIRST, timedelta(), 45),
        ("01:40 to 03:00", FIRST, timedelta(minutes=10), 140),
        ("01:15 to 03:00", FIRST, timedelta(minutes=45), 105),
        ("1 nov 01:40 CST to 03:00", FIRST, timedelta(minutes=70), 80),
        ("1 nov 01:40 CDT to 01:50 CST", FIRST, timedelta(minutes=10), 70),
        ("now to 01:15", SECOND, timedelta(), 23 * 60 + 45),
        ("now to 02:00", FIRST, timedelta(), 90),
        ("now for 1 hour", FIRST, timedelta(), 60),
    ],
)
def test_in_the_hour_that_comes_twice_a_time_is_the_one_still_ahead(
    typed: str, now: datetime, starts: timedelta, lasts: int
) -> None:
    text, _, length = typed.partition(" for ")
    start, end = when.span(text, when.length_of(length) if length else None, support_team(), now)
    assert (start - now, end - start) == (starts, timedelta(minutes=lasts))


@pytest.mark.parametrize(("now", "after"), [(FIRST, 15), (SECOND, 15)])
def test_a_moment_in_the_hour_that_comes_twice_is_the_one_still_ahead(
    now: datetime, after: int
) -> None:
    at, _ = when.moment("01:45", support_team(), now)
    assert at - now == timedelta(minutes=after)


def test_nothing_is_finer_than_a_minute() -> None:
    now, team = NOW + timedelta(seconds=42, microseconds=7), support_team()
    for typed, length in (("now", timedelta(hours=3)), ("until 18:00", None), ("tonight", None)):
        for at in when.span(typed, length, team, now):
            assert (at.second, at.microsecond) == (0, 0)


# --- before dawn, and at weekends -----------------------------------------------------------------


def test_tonight_before_dawn_could_be_two_nights() -> None:
    with pytest.raises(Refusal, match="Write `now to 08:00` or `today 18:00 to tomorrow 08:00`"):
        understood("tonight", chicago("2026-11-24 03:00"))


def test_next_weekend_is_clear_at_a_weekend() -> None:
    assert understood("next weekend", chicago("2026-11-28 09:00")).startswith("2026-12-05 08:00")


def test_a_day_that_was_is_known_by_its_weekday() -> None:
    now = chicago("2026-12-14 12:00")
    at, _ = when.moment("Mon Nov 23, 8:00 AM CST", support_team(), now)
    assert at == chicago("2026-11-23 08:00")


def test_an_abbreviation_of_the_teams_own_zone_is_meant() -> None:
    team = support_team(zone="Asia/Shanghai")
    start, _ = when.span("tomorrow 9am to 5pm CST", None, team, NOW)
    assert start == datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


# --- what we print can be typed -------------------------------------------------------------------


ZONES = ("America/Chicago", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Tokyo")
# Minutes; within this, a date without a year is unambiguous.
WITHIN = st.integers(1, 360 * 24 * 60)
NIGHTS = (datetime(2026, 11, 1, 6, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC))
STARTS = st.builds(
    lambda since, minutes: since + timedelta(minutes=minutes),
    st.just(datetime(2026, 1, 1, tzinfo=UTC)),
    st.integers(0, 700 * 24 * 60),
) | st.builds(
    lambda night, minutes: night + timedelta(minutes=minutes),
    st.sampled_from(NIGHTS),
    st.integers(0, 180),
)


@given(zone=st.sampled_from(ZONES), start=STARTS, before=WITHIN, lasts=st.integers(1, 60 * 200))
@example(zone=ZONES[0], start=NIGHTS[0] + timedelta(minutes=90), before=200, lasts=10)
@example(zone=ZONES[0], start=NIGHTS[0] + timedelta(minutes=30), before=200, lasts=70)
@example(zone=ZONES[1], start=NIGHTS[1] + timedelta(minutes=90), before=200, lasts=70)
def test_each_time_that_is_printed_can_be_typed_back(
    zone: str, start: datetime, before: int, lasts: int
) -> None:
    """Also in the repeated hour: the clock's name, CST or CDT, says which one it is."""
    now = start - timedelta(minutes=before)
    end = start + timedelta(minutes=lasts)
    team = Team(id=1, name="Support", time_zone=zone)
    home = ZoneInfo(zone)

    clocks = [Clock(home, twelve) for twelve in (True, False)]
    printed = [
        *(f"{clock_time(start, one)} to {clock_time(end, one)}" for one in clocks),
        *(span_time(start, end, one, now) for one in clocks),
        f"{iso(start)} to {iso(end)}",
        f"{start.astimezone(home):%Y-%m-%dT%H:%M%z} to {end:%Y-%m-%dT%H:%M:%SZ}",
    ]
    for text in printed:
        assert when.span(text, None, team, now) == (start, end), text
    for text in (*(clock_time(start, one) for one in clocks), iso(start)):
        assert when.moment(text, team, now) == (start, start), text


def iso(at: datetime) -> str:
    return f"{at.isoformat()}"


WORDS = (
    "now next friday tonight noon midnight 6pm 24:00 until to in 2 hours rest of the day 1/2 CST"
)


@given(text=st.text(max_size=40) | st.lists(st.sampled_from(WORDS.split())).map(" ".join))
def test_whatever_is_typed_is_understood_or_refused_with_the_way_to_help(text: str) -> None:
    team = Team(id=1, name="Support", time_zone="America/Chicago")
    with suppress(Refusal):
        start, end = when.span(text, None, team, NOW)
        assert start < end
    with suppress(Refusal):
        when.moment(text, team, NOW)


@pytest.mark.parametrize("text", ["someday", "25:00", "yesterday", "8pm", "friday to 9pm", "5/6"])
def test_a_refusal_points_to_the_ways_to_say_it(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        understood(text)
    assert refusal.value.message.endswith("`/oncall help when` lists the ways to say when.")


@pytest.mark.parametrize(
    "phrase", [p for ways in (WHOLE_SHIFTS, WITH_TIMES) for phrases, _ in ways for p in phrases]
)
def test_each_way_that_the_help_names_means_a_span(phrase: str) -> None:
    assert understood(phrase)


@pytest.mark.parametrize("phrase", [p for phrases, _ in MOMENTS for p in phrases])
def test_each_way_that_the_help_names_means_a_moment(phrase: str) -> None:
    assert when.moment(phrase, support_team(), NOW)
