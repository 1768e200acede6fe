"""Mornings that tell of a turn which begins a little later, where texts go out before the handoff.

Whoever comes on call then hears it in the morning's text, and nobody else does: not the one who is
on call for an hour more. Everything here is a function of the stored plan, and of whom it was told.
"""

from datetime import datetime, timedelta

from scheduling.rota import schedule
from scheduling.rota.timeline import Segment, on_call_periods
from storage.models import Notification, Team
from storage.queries import outbox
from storage.statuses import Purpose

# A handoff this long after the notify time, on the same local day, is told of at that time.
AHEAD = timedelta(hours=4)


def begins(team: Team, at: datetime) -> datetime | None:
    """Return when the turn begins that the message of a notify time tells of.

    None if that is the turn that runs at `at`: where that has just begun, or goes on beside the
    next one, or is only interrupted by an override; and around a gap, which must be told itself.
    """
    moment = timedelta(microseconds=1)
    found = on_call_periods(schedule.segments(team, at - moment, at + AHEAD + moment))
    if len(found) < 2 or found[0].end <= at:
        return None
    running, coming = found[0], found[1]
    if not running.members or not coming.members or {*running.members} & {*coming.members}:
        return None
    if _shifts(running.segments[-1]) & _shifts(coming.segments[0]):
        return None
    zone, start = schedule.zone_of(team), coming.start
    same_day = start.astimezone(zone).date() == at.astimezone(zone).date()
    return start if same_day else None


def _shifts(segment: Segment) -> set[int]:
    return {one.id for one in segment.assignments}


def told_of(row: Notification, now: datetime) -> datetime:
    """Return the instant at which the turn runs that a duty notification tells of: mostly `now`.

    It is later where a morning's text came before the turn, and that has not begun.
    """
    if row.purpose is Purpose.DAILY and row.due_at <= now < row.due_at + AHEAD:
        start = begins(row.team, row.due_at)
        if start is not None and now < start:
            return start
    return now


def called(row: Notification, now: datetime) -> datetime | None:
    """Return the instant at which the person whom it calls is on call: `now`, or as `told_of` says.

    None if they are at neither.
    """
    if row.team_member_id in schedule.on_call(row.team, now).members:
        return now
    at = told_of(row, now)
    theirs = at != now and row.team_member_id in schedule.on_call(row.team, at).members
    return at if theirs else None


def already_told(team: Team, start: datetime) -> dict[int, datetime]:
    """Return who was told in the morning of a turn that begins at `start`, and when that was due.

    Those only of whom it is known, or still found out, whether they were reached.
    """
    found = {}
    for member, due in outbox.told_in_the_morning(team.id, start - AHEAD, start):
        before = schedule.on_call(team, due).members
        if member not in before and begins(team, due) == start:
            found[member] = due
    return found
