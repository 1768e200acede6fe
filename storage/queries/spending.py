"""What texts cost, and how many are to come."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from storage.database import database, read_instant, stored_instant
from storage.statuses import DUTY, Kind, Status, in_sql

_PRICED = f"""
SELECT price_unit, sum(price), sum(coalesce(segments, 1)) FROM notification_log
WHERE kind = '{Kind.SMS}' AND price IS NOT NULL AND sent_at >= ?
GROUP BY price_unit ORDER BY 3 DESC LIMIT 1
"""
_SEGMENTS = f"""
SELECT coalesce(sum(coalesce(segments, 1)), 0) FROM notification_log
WHERE kind = '{Kind.SMS}' AND sent_at >= ?
"""
_DUTY_SEGMENTS = f"""
SELECT avg(segments) FROM notification_log
WHERE kind = '{Kind.SMS}' AND sent_at >= ? AND segments IS NOT NULL AND purpose IN {in_sql(DUTY)}
"""
# A text that failed at Twilio was never sent on, and costs nothing.
_SPENT = f"""
SELECT price_unit, count(*), sum(coalesce(segments, 1)), coalesce(sum(price), 0),
    sum(price IS NULL AND status != '{Status.FAILED}')
FROM notification_log
WHERE kind = '{Kind.SMS}' AND sent_at >= ?1 AND (?2 IS NULL OR team_id = ?2)
GROUP BY price_unit ORDER BY price_unit
"""
_SENT_BY = f"""
SELECT sent_at, segments,
    CASE WHEN status = '{Status.FAILED}' THEN coalesce(price, 0) ELSE price END, price_unit
FROM notification_log
WHERE team_id = ? AND kind = '{Kind.SMS}' AND sent_at IS NOT NULL ORDER BY sent_at DESC
"""
_TURNS = "SELECT count(*) FROM schedule WHERE start_datetime >= ? AND start_datetime < ?"
_ON_CALL = """
SELECT team_id, count(DISTINCT team_member_id) FROM schedule
WHERE start_datetime <= ?1 AND end_datetime > ?1 GROUP BY team_id
"""


class Priced(NamedTuple):
    """The total price of billed texts, in millionths of a currency, and their segments."""

    unit: str | None
    price: int
    segments: int


class Spent(NamedTuple):
    """The cost of texts in one currency, in millionths of it (None: without a price yet)."""

    unit: str | None
    sms: int
    segments: int
    price: int
    unbilled: int


class Sent(NamedTuple):
    """The cost of one text; None for what isn't known yet."""

    sent_at: datetime
    segments: int | None
    price: int | None
    unit: str | None


def priced(since: datetime) -> Priced | None:
    """Return the cost of texts in their most frequent currency; None if none has a price."""
    found = database.execute_sql(_PRICED, (stored_instant(since),)).fetchone()
    return Priced(*found) if found else None


def spent(since: datetime, team: int | None) -> list[Spent]:
    """Return the cost of a team's texts (None: all teams'), by currency."""
    return [Spent(*row) for row in database.execute_sql(_SPENT, (stored_instant(since), team))]


def sent_by(team: int) -> Iterator[Sent]:
    """Yield the texts that a team ever sent, the newest first."""
    for sent_at, size, price, unit in database.execute_sql(_SENT_BY, (team,)):
        yield Sent(read_instant(sent_at), size, price, unit)


def segments(since: datetime) -> int:
    """Return how many segments went out."""
    (count,) = database.execute_sql(_SEGMENTS, (stored_instant(since),)).fetchone()
    return int(count)


def duty_segments(since: datetime) -> float | None:
    """Return how many segments an SMS to somebody on call took on average; None without any."""
    (average,) = database.execute_sql(_DUTY_SEGMENTS, (stored_instant(since),)).fetchone()
    return None if average is None else float(average)


def turns(start: datetime, end: datetime) -> int:
    """Return how many assignments begin in [start, end)."""
    bounds = (stored_instant(start), stored_instant(end))
    (count,) = database.execute_sql(_TURNS, bounds).fetchone()
    return int(count)


def on_call_by_team(at: datetime) -> dict[int, int]:
    """Return how many people are on call at an instant, by team, without overrides."""
    return dict(database.execute_sql(_ON_CALL, (stored_instant(at),)).fetchall())
