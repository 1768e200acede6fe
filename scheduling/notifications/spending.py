"""What texts cost: those of the last 30 days, and by them those of the next days."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from storage.database import reading
from storage.queries import spending as stored

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
PRICED = timedelta(days=30)  # how far back prices are looked at
SEGMENTS = 2  # what a text about a turn takes, mostly


class Spent(NamedTuple):
    """What texts took: `prices` in millionths, by currency; `unbilled` is how many of them have no
    price yet."""

    sms: int
    segments: int
    prices: dict[str, int]
    unbilled: int


def lately(now: datetime, team: int | None = None) -> Spent:
    """Return what the texts of the last 30 days took, of a team or of all. `now` is aware."""
    with reading():
        found = stored.spent(now - PRICED, team)
    return Spent(
        sum(one.sms for one in found),
        sum(one.segments for one in found),
        {one.unit: one.price for one in found if one.unit and one.price},
        sum(one.unbilled for one in found),
    )


def by_month(team: int, zone: ZoneInfo) -> list[tuple[date, Spent]]:
    """Return what a team's texts took, by the first day of the local month, the newest first."""
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
    """Return millionths by currency as '$0.35', or '0.12 EUR and $0.35': no sum of both."""
    amounts = [(unit, f"{prices[unit] / 1_000_000:.2f}") for unit in sorted(prices)]
    return " and ".join(f"${much}" if unit == "USD" else f"{much} {unit}" for unit, much in amounts)


def whole_month(spent: Spent, since: datetime, now: datetime, ends: datetime) -> dict[str, int]:
    """Return what a month will have cost when it `ends`, if it goes on as `since` then.

    Texts without a price count as much as the others. Empty if there is less than a day to go by,
    or no price yet. All instants are aware.
    """
    billed = spent.sms - spent.unbilled
    if now - since < DAY or not billed:
        return {}
    grows = (ends - since) / (now - since) * spent.sms / billed
    return {unit: round(price * grows) for unit, price in spent.prices.items()}


def next_week(now: datetime) -> tuple[Decimal, str] | None:
    """Return what all teams' texts of the next seven days will cost, and in which currency.

    It is as many as in the last seven days, or as many as turns begin, whatever is more, at the
    prices of the last 30 days. None if no text has a price yet. `now` is aware.
    """
    with reading():
        priced = stored.priced(now - PRICED)
        if priced is None or not priced.unit:
            return None
        segments = stored.segments(now - WEEK)
        turns = stored.turns(now, now + WEEK)
    each = Decimal(priced.price) / Decimal(priced.segments) / 1_000_000
    return each * max(segments, SEGMENTS * turns), priced.unit
