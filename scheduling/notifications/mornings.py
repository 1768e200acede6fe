"""The biggest morning ahead: the most texts of all teams that are due at the same instant."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import NamedTuple

from scheduling import zones
from scheduling.notifications.spending import PRICED, SEGMENTS
from scheduling.rota import rotation, schedule
from storage.database import reading
from storage.queries import spending, teams


class Morning(NamedTuple):
    """How many texts are due at an instant (aware), and how many segments they take."""

    at: datetime
    texts: int
    segments: int


def biggest(now: datetime) -> Morning | None:
    """Return the biggest of the teams' next mornings; mornings at the same instant are added up.

    It goes by the plan, and by the segments that such texts took in the last 30 days. None if
    nobody is on call then.
    """
    with reading():
        each = spending.duty_segments(now - PRICED) or SEGMENTS
        together: defaultdict[datetime, set[int]] = defaultdict(set)
        for team in teams.known():
            if at := following(team.time_zone, team.notify_at, now):
                together[at].add(team.id)
        found = [(at, _texts(at, of)) for at, of in together.items()]
    at, texts = max(found, key=lambda one: one[1], default=(now, 0))
    return Morning(at, texts, round(texts * each)) if texts else None


def following(zone_name: str, notify_at: str, now: datetime) -> datetime | None:
    """Return the next notify time of a team; None if its zone or time makes no sense."""
    # The planner reports what is wrong with such a team.
    try:
        wall = schedule.wall_time(notify_at)
    except ValueError:
        return None
    if (zone := zones.known(zone_name)) is None:
        return None
    today = now.astimezone(zone).date()
    mornings = (rotation.instant(today + timedelta(days), wall, zone) for days in (0, 1))
    return next((at for at in mornings if at > now), None)


def _texts(at: datetime, of: set[int]) -> int:
    people = spending.on_call_by_team(at)
    return sum(people.get(team, 0) for team in of)
