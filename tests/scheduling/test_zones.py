"""Time zones by the names people use for them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling import zones

SUMMER = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("CST", "America/Chicago"),
        ("Central Time", "America/Chicago"),
        ("central standard time", "America/Chicago"),
        ("ET", "America/New_York"),
        ("pacific daylight time", "America/Los_Angeles"),
        ("America/New_York", "America/New_York"),
        ("america/new york", "America/New_York"),
        ("New York", "America/New_York"),
        ("new_york time", "America/New_York"),
        ("Berlin", "Europe/Berlin"),
        ("utc", "UTC"),
        ("GMT", "UTC"),
    ],
)
def test_a_zone_is_known_by_its_names(typed: str, meant: str) -> None:
    zone = zones.named(typed)
    assert zone
    assert zone.key == meant


@pytest.mark.parametrize("typed", ["", "friday", "Atlantis", "+25", "noon", "../etc/passwd"])
def test_what_names_no_zone_is_none(typed: str) -> None:
    assert zones.named(typed) is None


def test_an_abbreviation_means_the_teams_own_zone_also_in_the_other_half_of_the_year() -> None:
    shanghai, dublin = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Dublin")
    assert zones.named("CST", shanghai, SUMMER) == shanghai
    assert zones.named("GMT", dublin, SUMMER) == dublin
    assert zones.named("CST", ZoneInfo("America/Chicago"), SUMMER) == ZoneInfo("America/Chicago")


def test_each_zone_of_the_database_is_itself() -> None:
    keys = [key for key in available_timezones() if "/" in key]
    assert [zone.key for key in keys if (zone := zones.named(key))] == keys


@pytest.mark.parametrize(
    "name", ["", "America", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "a\0b", "central"]
)
def test_a_name_that_is_not_a_zone_gives_none(name: str) -> None:
    assert zones.known(name) is None


@given(st.text(max_size=30))
def test_any_text_is_a_zone_or_none(name: str) -> None:
    zone = zones.known(name)

    assert zone is None or zone.key == name


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("chi", "America/Chicago"),
        ("new y", "America/New_York"),
        ("york", "America/New_York"),
        ("São Pau", "America/Sao_Paulo"),
        ("germ", "Europe/Berlin"),
        ("united st", "America/New_York"),
        ("US", "America/New_York"),
        ("cst", "America/Chicago"),
        ("singa", "Asia/Singapore"),
        ("Central Time", "America/Chicago"),
        ("pacific", "America/Los_Angeles"),
        ("Queensland", "Australia/Brisbane"),
        ("Calcutta", "Asia/Kolkata"),
        ("america/los", "America/Los_Angeles"),
        ("utc", "UTC"),
        ("greenw", "UTC"),
        ("UTC-3", "Etc/GMT+3"),
    ],
)
def test_a_zone_is_found_while_it_is_typed(typed: str, first: str) -> None:
    assert zones.search(typed, SUMMER)[:1] == [first]


def test_a_country_finds_all_its_zones_and_an_abbreviation_all_that_show_it() -> None:
    assert {"Australia/Sydney", "Australia/Perth"} <= set(zones.search("australia", SUMMER))
    assert {"Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"} <= set(zones.search("IST", SUMMER))


@pytest.mark.parametrize(
    "typed", ["", " ", "Atlantis", "?!", "localtime", "Factory", "berlin texas"]
)
def test_a_search_without_a_match_finds_nothing(typed: str) -> None:
    assert zones.search(typed, SUMMER) == []


@given(st.text(max_size=20))
def test_whatever_is_typed_finds_zones_that_are_known(typed: str) -> None:
    found = zones.search(typed, SUMMER)

    assert len(found) == len(set(found))
    assert all(zones.known(key) for key in found)
