"""What texts cost: those of the last 30 days, and by them those of the next days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from storage.database import database, read_instant, reading, stored_instant

WEEK = timedelta(days=7)
PRICED = timedelta(days=30)  # how far back prices are looked at
SEGMENTS = 2  # what a text about a turn takes, mostly
_SENT = (
    "SELECT price_unit, SUM(price), SUM(COALESCE(segments, 1)) FROM notification_log"
    " WHERE kind = 'sms' AND price IS NOT NULL AND sent_at >= ? GROUP BY price_unit"
    " ORDER BY 3 DESC LIMIT 1"
)
_LATELY = (
    "SELECT COALESCE(SUM(COALESCE(segments, 1)), 0) FROM notification_log"
    " WHERE kind = 'sms' AND sent_at >= ?"
)
# What has failed at Twilio was never sent, and costs nothing.
_SPENT = (
    "SELECT price_unit, COUNT(*), SUM(COALESCE(segments, 1)), COALESCE(SUM(price), 0),"
    " SUM(price IS NULL AND status != 'failed') FROM notification_log"
    " WHERE kind = 'sms' AND sent_at >= ?1 AND (?2 IS NULL OR team_id = ?2)"
    " GROUP BY price_unit ORDER BY price_unit"
)
# What has failed at Twilio was never sent, and costs nothing.
_SENT_BY = (
    "SELECT sent_at, segments, CASE WHEN status = 'failed' THEN COALESCE(price, 0) ELSE price"
    " END, price_unit FROM notification_log"
    " WHERE team_id = ? AND kind = 'sms' AND sent_at IS NOT NULL ORDER BY sent_at DESC"
)
_TURNS = "SELECT COUNT(*) FROM schedule WHERE start_datetime >= ? AND start_datetime < ?"


@dataclass(frozen=True, slots=True)
class Spent:
    """What texts took: `prices` in millionths, by currency; `unbilled` is how many of them have no
    price yet."""

    sms: int
    segments: int
    prices: dict[str, int]
    unbilled: int


def lately(now: datetime, team: int | None = None) -> Spent:
    """Return what the texts of the last 30 days took, of a team or of all. `now` is aware."""
    with reading():
        found = database.execute_sql(_SPENT, (stored_instant(now - PRICED), team)).fetchall()
    return Spent(
        sum(sms for _, sms, *_ in found),
        sum(segments for _, _, segments, *_ in found),
        {unit: price for unit, _, _, price, _ in found if unit and price},
        sum(unbilled for *_, unbilled in found),
    )


def by_month(team: int, zone: ZoneInfo) -> list[tuple[date, Spent]]:
    """Return what a team's texts took, by the first day of the local month, the newest first."""
    found: dict[date, Spent] = {}
    with reading():
        for sent_at, segments, price, unit in database.execute_sql(_SENT_BY, (team,)):
            month = read_instant(sent_at).astimezone(zone).date().replace(day=1)
            before = found.get(month, Spent(0, 0, {}, 0))
            prices = dict(before.prices)
            if unit:
                prices[unit] = prices.get(unit, 0) + (price or 0)
            found[month] = Spent(
                before.sms + 1,
                before.segments + (segments or 1),
                prices,
                before.unbilled + (price is None),
            )
    return list(found.items())


def in_words(prices: Mapping[str, int]) -> str:
    """Return millionths by currency as '0.35 USD', or '0.12 EUR and 0.35 USD': no sum of both."""
    return " and ".join(f"{prices[unit] / 1_000_000:.2f} {unit}" for unit in sorted(prices))


def next_week(now: datetime) -> tuple[Decimal, str] | None:
    """Return what all teams' texts of the next seven days will cost, and in which currency.

    It is as many as in the last seven days, or as many as turns begin, whatever is more, at the
    prices of the last 30 days. None if no text has a price yet. `now` is aware.
    """
    with reading():
        priced = database.execute_sql(_SENT, (stored_instant(now - PRICED),)).fetchone()
        if priced is None or not priced[0]:
            return None
        (lately,) = database.execute_sql(_LATELY, (stored_instant(now - WEEK),)).fetchone()
        between = (stored_instant(now), stored_instant(now + WEEK))
        (turns,) = database.execute_sql(_TURNS, between).fetchone()
    unit, millionths, segments = priced
    each = Decimal(millionths) / Decimal(segments) / 1_000_000
    return each * max(lately, SEGMENTS * turns), unit
