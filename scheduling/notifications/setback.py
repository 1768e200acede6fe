"""Corrects rows that were written while the clock was ahead.

Nothing in the rows says which of the two clocks is wrong, so nothing that is over is changed. The
time of the next action is pulled back to now. What is still going on, such as an attempt or the
wait for a receipt, is moved back by as much as the clock was, so that its age stays the same. What
was sent for a later day is moved aside, with the instant that the planner had reached. When that
day comes, this instant shows which clock was wrong: see `said` and docs/decisions/0015.
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

# While a new time isn't believed yet, an event may be skipped, so planning goes back this far.
REPLANNED = timedelta(minutes=2)
# If the clock was set back further, it may be wrong itself, so waiting rows are left alone.
FAR = timedelta(hours=36)
# The planner never looks back further, so older rows needn't be moved aside.
OLDEST = timedelta(days=8)


def put_right(now: datetime) -> None:
    """Correct the rows of teams that are planned past `now`, because the clock was set back."""
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
    """Tell whether the notifications of an event were written at their true time.

    Rows moved aside count once the clock has passed the instant it had reached when they were: then
    it was right before, and wrong to be set back. With `at`, they must have been due at that
    instant.
    """
    return stored.said(event, now, at)


def void(row: Notification, now: datetime) -> bool:
    """Tell whether a notification that was moved aside was written while the clock was wrong."""
    if row.moved_aside_at is None:
        return False
    return now < row.moved_aside_at or stored.said_again(row)


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
        return now  # an invalid value, which only has to become valid


def _tomorrow(zone: str, now: datetime) -> datetime:
    """Return the beginning of tomorrow in a team's zone."""
    there = zones.known(zone)
    if there is None:
        return now + timedelta(days=1)
    tomorrow = now.astimezone(there).date() + timedelta(days=1)
    return rotation.instant(tomorrow, time(0), there)
