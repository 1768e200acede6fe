"""Putting right what was written by a clock that was ahead of today's.

Nothing in the rows says which of the two clocks is wrong, so nothing that is over is changed. What
says when to act next is pulled back to now. What is still going on, a try or the wait for a
receipt, goes back by as much as the clock did: how long ago it was counts. What was said for a
later day is moved aside, with the instant that the planner had reached. When that day comes, the
instant tells which clock was wrong: see `said` and docs/decisions/0015.
"""

import logging
from datetime import datetime, time, timedelta

from scheduling import zones
from scheduling.clock import TOLERANCE
from scheduling.rota import rotation
from storage.database import read_instant, reading, writing
from storage.models import Notification
from storage.queries import setback as stored
from storage.queries import teams
from storage.queries.teams import PlannedAhead

log = logging.getLogger("whoseonfirst.planning")

# A clock may step over an event while it isn't believed yet, so planning starts over this far back.
REPLANNED = timedelta(minutes=2)
# A clock set back by more than this is as likely wrong as the one before: what waits is left alone.
FAR = timedelta(hours=36)
# A planner never looks back further, so what is older needs no new key.
OLDEST = timedelta(days=8)


def put_right(now: datetime) -> None:
    """Put right the teams that are planned further than now, because the clock was set back."""
    with reading():
        if not teams.planned_after(now + TOLERANCE):
            return
    with writing():
        found = teams.planned_after(now + TOLERANCE)
        for team in found:
            _put_right(team, now)
    log.warning(
        "The clock was set back: notifications were planned up to %s. They are planned again from "
        "now on; nothing is sent twice.",
        max(team.planned_until for team in found),
    )


def said(event: str, now: datetime, at: datetime | None = None) -> bool:
    """Tell whether the notifications of an event were written, at their true time.

    Those moved aside count if the clock has passed what it read when they were: then it was right
    before, and wrong when it was set back. With `at`, they must have been due at that instant.
    """
    return stored.said(event, now, at)


def void(row: Notification, now: datetime) -> bool:
    """Tell whether a notification that was moved aside was written by a clock that was wrong."""
    if row.moved_aside_at is None:
        return False
    return now < row.moved_aside_at or stored.said_anew(row)


def _put_right(team: PlannedAhead, now: datetime) -> None:
    tomorrow, reached = _tomorrow(team.time_zone, now), _reached(team.planned_until, now)
    stored.move_aside(team.id, reached, tomorrow, reached - OLDEST)
    if reached - now <= FAR:
        stored.go_back(team.id, reached - now, now)
        stored.act_now(team.id, now, tomorrow)
    teams.set_planned(team.id, now - REPLANNED)


def _reached(planned: str, now: datetime) -> datetime:
    try:
        return read_instant(planned)
    except ValueError:
        return now  # no instant at all: it only has to be one again


def _tomorrow(zone: str, now: datetime) -> datetime:
    """Return the beginning of tomorrow in a team's zone."""
    there = zones.known(zone)
    if there is None:
        return now + timedelta(days=1)
    tomorrow = now.astimezone(there).date() + timedelta(days=1)
    return rotation.instant(tomorrow, time(0), there)
