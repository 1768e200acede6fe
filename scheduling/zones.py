"""The time zones people name: 'CST', 'Central Time', 'Chicago', 'america/new york'."""

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

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
_KNOWN = {word: zone for zone, words in _CALLED.items() for word in words}
_QUARTERS = tuple(timedelta(days=days) for days in (0, 91, 182, 273))


def named(text: str, home: ZoneInfo | None = None, now: datetime | None = None) -> ZoneInfo | None:
    """Return the zone that a word or a few mean, None if they name none.

    An abbreviation that clocks in `home` show at some time of the year around `now` means `home`.
    """
    plain = _plain(text)
    if home and now and plain.upper() in {f"{(now + q).astimezone(home):%Z}" for q in _QUARTERS}:
        return home
    key = _KNOWN.get(plain) or _cities().get(plain)
    return ZoneInfo(key) if key else None


def _plain(text: str) -> str:
    plain = " ".join(text.replace("_", " ").casefold().split()).removeprefix("the ")
    for ending in (" time", " standard", " daylight"):
        plain = plain.removesuffix(ending)
    return plain


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    """Return the keys of all zones by their plain spelling, in full and by their last part."""
    found: dict[str, str] = {}
    for key in sorted(available_timezones(), key=lambda key: (key.count("/"), key)):
        plain = key.replace("_", " ").casefold()
        found.setdefault(plain, key)
        if "/" in key and not key.startswith(("Etc/", "US/", "Canada/", "SystemV/")):
            found.setdefault(plain.rpartition("/")[2], key)
    return found
