"""Time zones: by their IANA name, as people name them, and the country that one lies in."""

import re
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

from scheduling.words.times import Clock, zone_mark

# What people call the zones that have more than one city. Of an abbreviation that several
# countries use, a team that lives in one of them means its own; see `named`.
_CALLED = {
    "America/New_York": ("et", "est", "edt", "eastern"),
    "America/Chicago": ("ct", "cst", "cdt", "central"),
    "America/Denver": ("mt", "mst", "mdt", "mountain"),
    "America/Los_Angeles": ("pt", "pst", "pdt", "pacific"),
    "America/Anchorage": ("akst", "akdt", "alaska"),
    "Pacific/Honolulu": ("hst", "hawaii"),
    "Europe/London": ("bst", "uk"),
    "Europe/Paris": ("cet", "cest", "central european"),
    "Europe/Athens": ("eet", "eest", "eastern european"),
    "Asia/Tokyo": ("jst", "japan"),
    "Australia/Sydney": ("aest", "aedt"),
    "UTC": ("utc", "z", "zulu", "gmt", "greenwich mean", "coordinated universal"),
}
# Countries in which clocks show 8:00 PM; source: the Unicode CLDR's preferred formats.
_TWELVE_HOURS = [
    "AE",
    "AG",
    "AS",
    "AU",
    "BB",
    "BD",
    "BH",
    "BM",
    "BS",
    "CA",
    "CO",
    "DM",
    "DO",
    "DZ",
    "EG",
    "FJ",
    "FM",
    "GD",
    "GM",
    "GR",
    "GU",
    "GY",
    "HK",
    "IN",
    "IQ",
    "JM",
    "JO",
    "KH",
    "KI",
    "KN",
    "KR",
    "KW",
    "KY",
    "LB",
    "LC",
    "LR",
    "LY",
    "MH",
    "MO",
    "MP",
    "MR",
    "MW",
    "MY",
    "NA",
    "NZ",
    "OM",
    "PA",
    "PG",
    "PH",
    "PK",
    "PR",
    "PS",
    "QA",
    "SA",
    "SB",
    "SD",
    "SG",
    "SL",
    "SV",
    "SY",
    "SZ",
    "TC",
    "TN",
    "TO",
    "TT",
    "TW",
    "UM",
    "US",
    "VC",
    "VE",
    "VG",
    "VI",
    "VU",
    "WS",
    "YE",
    "ZM",
]
_KNOWN = {word: zone for zone, words in _CALLED.items() for word in words}
# The names in the tz database have the sign the other way round.
_FIXED = re.compile(r"(?:utc|gmt)([+-])(\d{1,2})")
_QUARTERS = tuple(timedelta(days=days) for days in (0, 91, 182, 273))


def known(name: str) -> ZoneInfo | None:
    """Return the time zone of an IANA name; None if there is none here.

    What is no name at all may be a folder's or a path's, of which the tz database fails otherwise.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def named(text: str, home: ZoneInfo | None = None, now: datetime | None = None) -> ZoneInfo | None:
    """Return the zone that people mean by 'CST', 'Central Time' or 'new york'; None if by nothing.

    An abbreviation that clocks in `home` show at some time of the year around `now` means `home`.
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
    """Return the keys of all zones by their plain spelling, in full and by their last part."""
    found: dict[str, str] = {}
    for key in sorted(available_timezones(), key=lambda key: (key.count("/"), key)):
        plain = key.replace("_", " ").casefold()
        found.setdefault(plain, key)
        if "/" in key and not key.startswith(("Etc/", "US/", "Canada/", "SystemV/")):
            found.setdefault(plain.rpartition("/")[2], key)
    return found


def country_of(zone: str) -> str | None:
    """Return the country of an IANA zone as two letters, 'US'; None for one like Etc/UTC."""
    countries, links = _countries()
    return countries.get(links.get(zone, zone)) or countries.get(zone)


def twelve_hours(zone: str) -> bool:
    """Tell whether people in a zone's country read 8:00 PM rather than 20:00."""
    return country_of(zone) in _TWELVE_HOURS


@cache
def _countries() -> tuple[dict[str, str], dict[str, str]]:
    """Return the countries by zone, and the zones by older names that link to them."""
    folder = files("tzdata") / "zoneinfo"
    rows = (line.split("\t") for line in (folder / "zone.tab").read_text("utf-8").splitlines())
    countries = {row[2]: row[0] for row in rows if not row[0].startswith("#")}
    lines = (line.split() for line in (folder / "tzdata.zi").read_text("utf-8").splitlines())
    links = {words[2]: words[1] for words in lines if words[:1] == ["L"]}
    # Where a name with a country of its own links to a neighbor's clock, its own country counts.
    return countries, {old: new for old, new in links.items() if old not in countries}
