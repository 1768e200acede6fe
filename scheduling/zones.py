"""Time zones: by IANA name, by the names people use, and their countries."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from scheduling.words.times import Clock, zone_mark

# What people call zones besides their city: abbreviations, and large places that the tz database
# doesn't name. If several countries use an abbreviation, a team in one of them means its own; see
# `named`.
_CALLED = {
    "America/New_York": (
        *("et", "est", "edt", "eastern", "ny", "nyc", "boston", "philadelphia", "atlanta"),
        *("miami", "florida", "washington dc", "massachusetts", "pennsylvania", "ohio"),
    ),
    "America/Chicago": (
        *("ct", "cst", "cdt", "central", "texas", "dallas", "houston", "austin", "illinois"),
        *("minneapolis", "minnesota", "st louis", "missouri", "new orleans", "nashville"),
    ),
    "America/Denver": (*("mt", "mst", "mdt", "mountain", "colorado", "salt lake city", "utah"),),
    "America/Los_Angeles": (
        *("pt", "pst", "pdt", "pacific", "la", "sf", "california", "san francisco", "san diego"),
        *("seattle", "portland", "oregon", "nevada", "las vegas"),
    ),
    "America/Anchorage": ("akst", "akdt", "alaska"),
    "Pacific/Honolulu": ("hst", "hawaii"),
    "Europe/London": ("bst", "uk"),
    "Europe/Paris": ("cet", "cest", "central european"),
    "Europe/Athens": ("eet", "eest", "eastern european"),
    "Asia/Tokyo": ("jst", "japan"),
    "Asia/Kolkata": ("india", "mumbai", "delhi", "bangalore", "bengaluru", "hyderabad"),
    "Australia/Sydney": ("aest", "aedt"),
    "UTC": ("utc", "z", "zulu", "gmt", "greenwich mean", "coordinated universal"),
}
# Countries in which clocks show 8:00 PM; source: the Unicode CLDR's preferred formats.
_TWELVE_HOURS = frozenset((
    "AE", "AG", "AS", "AU", "BB", "BD", "BH", "BM", "BS", "CA", "CO", "DM", "DO", "DZ", "EG",
    "FJ", "FM", "GD", "GM", "GR", "GU", "GY", "HK", "IN", "IQ", "JM", "JO", "KH", "KI", "KN",
    "KR", "KW", "KY", "LB", "LC", "LR", "LY", "MH", "MO", "MP", "MR", "MW", "MY", "NA", "NZ",
    "OM", "PA", "PG", "PH", "PK", "PR", "PS", "QA", "SA", "SB", "SD", "SG", "SL", "SV", "SY",
    "SZ", "TC", "TN", "TO", "TT", "TW", "UM", "US", "VC", "VE", "VG", "VI", "VU", "WS", "YE",
    "ZM",
))  # fmt: skip
_KNOWN = {word: zone for zone, words in _CALLED.items() for word in words}
# In the tz database, such names have the opposite sign.
_FIXED = re.compile(r"(?:utc|gmt)([+-])(\d{1,2})")
_NOBODYS = ("Factory", "localtime")  # keys of the tz database that nobody uses as a zone
_FILLERS = ("most", "area", "areas", "of", "except")  # in its descriptions of a country's regions
_QUARTERS = tuple(timedelta(days=days) for days in (0, 91, 182, 273))


def known(name: str) -> ZoneInfo | None:
    """Return the time zone of an IANA name; None if there is none.

    For the name of a folder or a path the tz database raises other errors, which count as none too.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def named(text: str, home: ZoneInfo | None = None, now: datetime | None = None) -> ZoneInfo | None:
    """Return the zone that people mean by 'CST', 'Central Time' or 'new york'; None if unknown.

    An abbreviation that `home` uses at some time in the year around `now` means `home`.
    """
    plain = _plain(text)
    if home and now and plain.upper() in {zone_mark(now + q, Clock(home)) for q in _QUARTERS}:
        return home
    if fixed := _FIXED.fullmatch(plain):
        return known(f"Etc/GMT{'-' if fixed[1] == '+' else '+'}{int(fixed[2])}")
    key = _KNOWN.get(plain) or _cities().get(plain)
    return ZoneInfo(key) if key else None


def _plain(text: str) -> str:
    plain = " ".join(text.replace("_", " ").casefold().split()).removeprefix("the ")
    for ending in (" time", " standard", " daylight"):
        plain = plain.removesuffix(ending)
    return plain


@cache
def _cities() -> dict[str, str]:
    """Return all zones by their full name and by its last part, both in plain spelling."""
    found: dict[str, str] = {}
    for key in sorted(available_timezones(), key=lambda key: (key.count("/"), key)):
        plain = key.replace("_", " ").casefold()
        found.setdefault(plain, key)
        if "/" in key and not key.startswith(("Etc/", "US/", "Canada/", "SystemV/")):
            found.setdefault(plain.rpartition("/")[2], key)
    return found


def search(text: str, now: datetime) -> list[str]:
    """Return the IANA zones that somebody may mean while typing, the best match first.

    The text is the beginning of a city, a country, a region or an abbreviation: 'chi', 'new york',
    'germ', 'pacific', 'ist', 'us'. A small city that isn't in the tz database isn't found.
    """
    plain = _plain(_unaccented(text))
    words = ["us"] if plain == "usa" else _words(plain)
    if not words:
        return []
    meant = named(text)
    ranked = {_today(meant.key): 0} if meant and meant.key not in _NOBODYS else {}
    for place in _places():
        rank = _rank(place, words, now)
        if rank is not None:
            ranked.setdefault(place.key, rank)
    return sorted(ranked, key=lambda key: (ranked[key], key not in _CALLED))


def city(zone: str) -> str:
    """Return the city of an IANA zone: 'New York', 'UTC'."""
    return zone.rpartition("/")[2].replace("_", " ")


def _today(zone: str) -> str:
    """Return a zone's current name: Asia/Kolkata for Asia/Calcutta."""
    _, links = _countries()
    return zone if zone in _CALLED else links.get(zone, zone)


class _Place(NamedTuple):
    """A zone as people search for it, in words in lower case and without accents.

    `others` are the words of its continent, its region and its older names.
    """

    key: str
    code: str
    city: list[str]
    country: list[str]
    others: list[str]


def _rank(place: _Place, words: list[str], now: datetime) -> int | None:
    """Return how well a zone matches what was typed (lower is better); None if it doesn't."""
    if words == [place.code]:
        return 1
    if place.city[: len(words) - 1] == words[:-1] and _begin(words, place.city[: len(words)]):
        return 2
    if _begin(words, place.city):
        return 3
    if len(words) == 1 and words[0] in _marks(place.key, now.year):
        return 4
    if _begin(words, place.country):
        return 5
    return 6 if _begin(words, [*place.city, *place.country, *place.others]) else None


def _begin(words: list[str], of: list[str]) -> bool:
    """Tell whether each word is the beginning of one of the others."""
    return all(any(one.startswith(word) for one in of) for word in words)


@cache
def _marks(zone: str, year: int) -> set[str]:
    """Return the abbreviations that a zone uses in a year: 'cst', 'cdt'."""
    days = (datetime(year, month, 1, tzinfo=UTC) for month in (1, 7))
    return {zone_mark(day, Clock(ZoneInfo(zone))).casefold() for day in days}


@cache
def _places() -> list[_Place]:
    """Return UTC and the zones that people live in, a country's largest zone first."""
    names = dict(_rows("iso3166.tab"))
    _, links = _countries()
    older: dict[str, list[str]] = {}
    for old, new in links.items():
        older.setdefault(new, []).extend(_words(old))
    found = [_Place("UTC", "", ["utc"], [], ["gmt", "greenwich", "coordinated", "universal"])]
    for code, _, key, *region in _rows("zone.tab"):
        there = [word for word in _words(" ".join(region)) if word not in _FILLERS]
        called = [word for name in _CALLED.get(key, ()) for word in name.split()]
        others = [*_words(key), *there, *called, *older.get(key, [])]
        words = _words(city(key)), _words(names[code]), others
        found.append(_Place(key, code.casefold(), *words))
    return found


def _words(text: str) -> list[str]:
    return re.findall("[a-z0-9]+", _unaccented(text).casefold().replace("_", " "))


def _unaccented(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def country_of(zone: str) -> str | None:
    """Return the country of an IANA zone as two letters, 'US'; None for a zone like Etc/UTC."""
    countries, links = _countries()
    return countries.get(links.get(zone, zone)) or countries.get(zone)


def twelve_hours(zone: str) -> bool:
    """Tell whether people in a zone's country read 8:00 PM rather than 20:00."""
    return country_of(zone) in _TWELVE_HOURS


@cache
def _countries() -> tuple[dict[str, str], dict[str, str]]:
    """Return the countries by zone, and the zones by older names that link to them."""
    countries = {row[2]: row[0] for row in _rows("zone.tab")}
    lines = (line.split() for line in _lines("tzdata.zi"))
    links = {words[2]: words[1] for words in lines if words[:1] == ["L"]}
    # If a name links to a neighboring country's zone, its own country counts.
    return countries, {old: new for old, new in links.items() if old not in countries}


def _rows(name: str) -> Iterator[list[str]]:
    """Yield the rows of a table of the tz database."""
    return (line.split("\t") for line in _lines(name) if not line.startswith("#"))


def _lines(name: str) -> list[str]:
    return (files("tzdata") / "zoneinfo" / name).read_text("utf-8").splitlines()
