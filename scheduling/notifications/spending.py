"""What texts cost: in the last 30 days and, estimated from these, in the next days."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from storage.database import reading
from storage.queries import spending as stored

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
PRICED = timedelta(days=30)  # prices are read this far back
SEGMENTS = 2  # of a typical text about a turn


class Spent(NamedTuple):
    """What texts cost: `prices` in millionths, by currency; `unbilled` of them have none yet."""

    sms: int
    segments: int
    prices: dict[str, int]
    unbilled: int


def lately(now: datetime, team: int | None = None) -> Spent:
    """Return what a team's texts (None: all) cost in the last 30 days. `now` is aware."""
    with reading():
        found = stored.spent(now - PRICED, team)
    return Spent(
        sum(one.sms for one in found),
        sum(one.segments for one in found),
        {one.unit: one.price for one in found if one.unit and one.price},
        sum(one.unbilled for one in found),
    )


def by_month(team: int, zone: ZoneInfo) -> list[tuple[date, Spent]]:
    """Return what a team's texts cost by local month (its first day), the newest first."""
    found: dict[date, Spent] = {}
    with reading():
        for text in stored.sent_by(team):
            month = text.sent_at.astimezone(zone).date().replace(day=1)
            before = found.get(month, Spent(0, 0, {}, 0))
            prices = dict(before.prices)
            if text.unit:
                prices[text.unit] = prices.get(text.unit, 0) + (text.price or 0)
            found[month] = Spent(
                before.sms + 1,
                before.segments + (text.segments or 1),
                prices,
                before.unbilled + (text.price is None),
            )
    return list(found.items())


def money(prices: Mapping[str, int]) -> str:
    """Return millionths by currency as '$0.35' or '0.12 EUR and $0.35'."""
    amounts = [(unit, f"{prices[unit] / 1_000_000:.2f}") for unit in sorted(prices)]
    return " and ".join(f"${much}" if unit == "USD" else f"{much} {unit}" for unit, much in amounts)


def whole_month(spent: Spent, since: datetime, now: datetime, ends: datetime) -> dict[str, int]:
    """Estimate what a month that began at `since` will have cost when it `ends`.

    Texts without a price count like the others. Empty in the first 24 hours, or if there is no
    price yet. All instants are aware.
    """
    billed = spent.sms - spent.unbilled
    if now - since < DAY or not billed:
        return {}
    grows = (ends - since) / (now - since) * spent.sms / billed
    return {unit: round(price * grows) for unit, price in spent.prices.items()}


def next_week(now: datetime) -> tuple[Decimal, str] | None:
    """Estimate the cost of all teams' texts in the next seven days, with its currency.

    It takes the segments of the last seven days, or those for the turns that will begin if that is
    more, at the prices of the last 30 days. None if no text has a price yet. `now` is aware.
    """
    with reading():
        priced = stored.priced(now - PRICED)
        if priced is None or not priced.unit:
            return None
        segments = stored.segments(now - WEEK)
        turns = stored.turns(now, now + WEEK)
    each = Decimal(priced.price) / Decimal(priced.segments) / 1_000_000
    return each * max(segments, SEGMENTS * turns), priced.unit
