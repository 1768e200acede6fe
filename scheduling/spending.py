"""What texts cost: those of the last 30 days, and by them those of the next days."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from storage.database import database, reading, stored_instant

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
    "SELECT COUNT(*), COALESCE(SUM(COALESCE(segments, 1)), 0), COALESCE(SUM(price), 0),"
    " MAX(price_unit), SUM(price IS NULL AND status != 'failed') FROM notification_log"
    " WHERE kind = 'sms' AND sent_at >= ?1 AND (?2 IS NULL OR team_id = ?2)"
)
_TURNS = "SELECT COUNT(*) FROM schedule WHERE start_datetime >= ? AND start_datetime < ?"


@dataclass(frozen=True, slots=True)
class Spent:
    """What texts took: `price` in millionths of `unit` ('' if unknown), `unbilled` how many of them
    have no price yet."""

    sms: int
    segments: int
    price: int
    unit: str
    unbilled: int


def lately(now: datetime, team: int | None = None) -> Spent:
    """Return what the texts of the last 30 days took, of a team or of all. `now` is aware."""
    with reading():
        found = database.execute_sql(_SPENT, (stored_instant(now - PRICED), team)).fetchone()
    sms, segments, price, unit, unbilled = found
    return Spent(sms, segments, price, unit or "", unbilled or 0)


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
