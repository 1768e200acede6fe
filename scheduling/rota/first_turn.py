"""Gives a new team's first shift to the first member in the order.

The rotation deals whole weeks from Monday, but a team may begin on a Thursday. A pin on its first
week moves the place back by the shifts before that. It follows all changes of the rotation until
the team begins; after that, the rotation continues from where it is.
"""

from datetime import date, datetime

from scheduling.rota import marks, rotation, schedule
from storage.models import Assignment, RotationMark, Team


def is_new(team: Team) -> bool:
    """Return whether a team never had a plan."""
    return not Assignment.select().where(Assignment.team == team).exists()


def one_by_one(team: Team) -> None:
    """Make each shift of a new team go to the next person."""
    marks.forget(team)
    team.strategy = "round_robin"
    team.save(only=[Team.strategy])


def with_the_first(team: Team, now: datetime) -> None:
    """Make the first member in the order take the team's first shift, and continue from there.

    For a team that hasn't begun, in a transaction that regenerates its schedule afterwards.
    """
    week = _first_week(team, now)
    wanted = [(week.monday, week.holder(0), None)] if week else []
    pinned = [(pin.effective_from, pin.team_member_id, pin.shift_id) for pin in _pins(team)]
    if wanted != pinned:
        marks.unpin(team, after=date.min)
        marks.pin(team, [week] if week else [], now)


def rotation_changes(team: Team, after: date, now: datetime) -> None:
    """End the pins of the weeks after the one of this Monday, because the rotation changes.

    In a team that hasn't begun, the first in the order keeps the first shift. Teams set up by
    versions without such pins stay as planned.
    """
    if schedule.waits(team, now) and (is_new(team) or _pins(team)):
        with_the_first(team, now)
    else:
        marks.unpin(team, after)


def _pins(team: Team) -> list[RotationMark]:
    return [mark for mark in RotationMark.of_team(team) if mark.team_member_id is not None]


def _first_week(team: Team, now: datetime) -> rotation.Week | None:
    """Return the first week with shifts, with the place that it should have."""
    for slot in schedule.first_slots(team, now):
        week = schedule.week_of(team, rotation.FIRST_MONDAY + slot.week * rotation.WEEK)
        dealt = [shift.id for shift in week.shifts]
        if slot.shift in dealt:  # otherwise it was added in mid-week, and is given away
            return week._replace(first=-dealt.index(slot.shift) % len(week.queue))
    return None
