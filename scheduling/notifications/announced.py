"""Morning messages about a turn that begins later, for teams whose handoff follows the notify time.

The morning's text then goes to the next person, and not to the one who is on call for another hour.
Everything here is a function of the stored plan and of who was notified of it.
"""

from datetime import datetime, timedelta

from scheduling.rota import schedule
from scheduling.rota.timeline import Segment, on_call_periods
from storage.models import Notification, Team
from storage.queries import outbox
from storage.statuses import Purpose

# A handoff up to this long after the notify time, on the same local day, is announced then.
AHEAD = timedelta(hours=4)


def begins(team: Team, at: datetime) -> datetime | None:
    """Return when the turn begins that the message of the notify time `at` announces.

    None if it announces the turn that runs at `at`. That is so if this turn has just begun,
    overlaps the next one, or is only interrupted by an override; and next to a gap, which is
    announced itself.
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


def turn_at(row: Notification, now: datetime) -> datetime:
    """Return an instant in the turn that a duty notification announces, usually `now`.

    If a morning's text announced a turn that hasn't begun, it is the beginning of that turn.
    """
    if row.purpose is Purpose.DAILY and row.due_at <= now < row.due_at + AHEAD:
        start = begins(row.team, row.due_at)
        if start is not None and now < start:
            return start
    return now


def on_call_at(row: Notification, now: datetime) -> datetime | None:
    """Return when the recipient is on call: `now`, or at the `turn_at` instant; None if neither."""
    if row.team_member_id in schedule.on_call(row.team, now).members:
        return now
    at = turn_at(row, now)
    theirs = at != now and row.team_member_id in schedule.on_call(row.team, at).members
    return at if theirs else None


def already_notified(team: Team, start: datetime) -> dict[int, datetime]:
    """Return who was notified in the morning of a turn that begins at `start`, and when: id -> due.

    A text that was withdrawn, or whose chain ended without a confirmation, doesn't count.
    """
    found = {}
    for member, due in outbox.notified_in_the_morning(team.id, start - AHEAD, start):
        before = schedule.on_call(team, due).members
        if member not in before and begins(team, due) == start:
            found[member] = due
    return found
