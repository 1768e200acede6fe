"""A member’s turns: the coming ones, those of the last year, and their totals."""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduling.rota import schedule
from scheduling.rota.timeline import OnCallPeriod, on_call_periods
from storage.models import Member, Team

AHEAD = timedelta(weeks=8)
BACK = timedelta(days=365)


def coming(team: Team, member: Member, now: datetime) -> list[OnCallPeriod]:
    """Return the coming periods in which a member is on call, as far as planned."""
    until = max(schedule.planned_until(team) or now, now + AHEAD)
    ahead = until - now
    return [turn for turn in schedule.coming(team, now, ahead) if member.id in turn.members]


class Tally(NamedTuple):
    """Totals of turns: how many, how long, and on how many weekends."""

    turns: int
    time: timedelta
    weekends: int


def tally(of: list[OnCallPeriod], zone: ZoneInfo) -> Tally:
    """Count turns. A weekend counts once, if any of its Saturday or Sunday was on call."""
    weekends = set()
    for turn in of:
        day = turn.start.astimezone(zone).date()
        last = (turn.end - timedelta(microseconds=1)).astimezone(zone).date()
        while day <= last:
            if day.weekday() >= 5:
                weekends.add(day - timedelta(days=day.weekday()))
            day += timedelta(days=1)
    return Tally(len(of), sum((t.end - t.start for t in of), timedelta()), len(weekends))


def past(team: Team, member: Member, now: datetime) -> list[OnCallPeriod]:
    """Return the periods of the last year in which a member was on call, oldest first."""
    segments = schedule.segments(team, now - BACK, now)
    return [turn for turn in on_call_periods(segments) if member.id in turn.members]
