"""Instants and lengths of time in words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.words.times import clock_time, length, slack_time
from tests.builders import CHICAGO, chicago
from tests.words.turns import EIGHT, SINCE_EIGHT


@pytest.mark.parametrize(
    ("at", "zone", "shown"),
    [
        (EIGHT, "America/Chicago", "Mon 23 Nov 08:00 CST"),
        (EIGHT, "Europe/Berlin", "Mon 23 Nov 15:00 CET"),
        (EIGHT, "UTC", "Mon 23 Nov 14:00 UTC"),
        (chicago("2026-07-01 08:00"), "America/Chicago", "Wed 1 Jul 08:00 CDT"),
    ],
)
def test_a_time_is_told_in_the_teams_zone_and_says_which_that_is(
    at: datetime, zone: str, shown: str
) -> None:
    assert clock_time(at, ZoneInfo(zone)) == shown


def test_slack_shows_each_reader_their_own_time_and_the_teams_beside_it() -> None:
    assert slack_time(chicago("2026-11-24 08:00"), CHICAGO) == (
        f"{SINCE_EIGHT} (Tue 24 Nov 08:00 CST)"
    )


@pytest.mark.parametrize(
    ("by", "told"),
    [
        (timedelta(), "1 min"),
        (timedelta(seconds=59), "1 min"),
        (timedelta(minutes=20), "20 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(hours=3, minutes=5), "3 h 5 min"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=2, hours=4, minutes=9), "2 days 4 h"),
    ],
)
def test_lengths_are_told_as_people_say_them(by: timedelta, told: str) -> None:
    assert length(by) == told
