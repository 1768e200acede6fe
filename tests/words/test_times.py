"""Instants and durations in words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.words.times import Clock, clock_time, in_both, length, seconds
from tests.builders import chicago
from tests.words.turns import CLOCK, EIGHT


@pytest.mark.parametrize(
    ("at", "zone", "twelve", "shown"),
    [
        (EIGHT, "America/Chicago", True, "Mon Nov 23, 8:00 AM CST"),
        (EIGHT, "America/Chicago", False, "Mon Nov 23, 08:00 CST"),
        (EIGHT, "Europe/Berlin", False, "Mon Nov 23, 15:00 CET"),
        (EIGHT, "Europe/Berlin", True, "Mon Nov 23, 3:00 PM CET"),
        (EIGHT, "America/Sao_Paulo", False, "Mon Nov 23, 11:00 UTC-3"),
        (EIGHT, "Asia/Kathmandu", True, "Mon Nov 23, 7:45 PM UTC+5:45"),
        (chicago("2026-07-01 12:00"), "America/Chicago", True, "Wed Jul 1, 12:00 PM CDT"),
        (chicago("2026-07-01 00:30"), "America/Chicago", True, "Wed Jul 1, 12:30 AM CDT"),
    ],
)
def test_a_time_is_on_its_readers_clock_and_names_its_zone(
    at: datetime, zone: str, twelve: bool, shown: str
) -> None:
    assert clock_time(at, Clock(ZoneInfo(zone), twelve)) == shown


def test_a_time_to_the_second_keeps_its_half_of_the_day() -> None:
    assert seconds(EIGHT + timedelta(seconds=7), CLOCK) == "8:00:07 AM"
    assert seconds(EIGHT + timedelta(seconds=7), CLOCK._replace(twelve=False)) == "08:00:07"


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("America/Chicago", "Mon Nov 23, 8:00 AM CST"),
        ("America/Winnipeg", "Mon Nov 23, 8:00 AM CST"),
        ("Europe/London", "Mon Nov 23, 8:00 AM CST (2:00 PM GMT)"),
        ("Pacific/Auckland", "Mon Nov 23, 8:00 AM CST (Tue Nov 24, 3:00 AM NZDT)"),
    ],
)
def test_a_reader_elsewhere_sees_their_own_time_in_brackets(zone: str, expected: str) -> None:
    assert in_both(EIGHT, CLOCK, Clock(ZoneInfo(zone), twelve=True)) == expected


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (timedelta(), "1 min"),
        (timedelta(seconds=59), "1 min"),
        (timedelta(minutes=20), "20 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(hours=3, minutes=5), "3 h 5 min"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=7), "7 days"),
        (timedelta(days=4, hours=11, minutes=9), "4 d 11 h"),
    ],
)
def test_durations_read_as_people_say_them(by: timedelta, expected: str) -> None:
    assert length(by) == expected
