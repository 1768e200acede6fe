"""Which country a time zone lies in, by the tables that the tz database brings along."""

from functools import cache
from importlib.resources import files


def country_of(zone: str) -> str | None:
    """Return the country of an IANA zone as two letters, 'US'; None for one like Etc/UTC."""
    countries, links = _tables()
    return countries.get(links.get(zone, zone)) or countries.get(zone)


@cache
def _tables() -> tuple[dict[str, str], dict[str, str]]:
    """Return the countries by zone, and the zones by older names that link to them."""
    folder = files("tzdata") / "zoneinfo"
    rows = (line.split("\t") for line in (folder / "zone.tab").read_text("utf-8").splitlines())
    countries = {row[2]: row[0] for row in rows if not row[0].startswith("#")}
    lines = (line.split() for line in (folder / "tzdata.zi").read_text("utf-8").splitlines())
    links = {words[2]: words[1] for words in lines if words[:1] == ["L"]}
    # Where a name with a country of its own links to a neighbor's clock, its own country counts.
    return countries, {old: new for old, new in links.items() if old not in countries}
