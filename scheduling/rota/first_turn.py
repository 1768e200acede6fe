"""Whose turn it is first in a team that begins: the first in the order has the first shift.

The rotation deals whole weeks from Monday on, but a team may begin on a Thursday. A pin on its
first week moves the place back by the shifts that are over before that. It follows every change of
the rotation until the team begins; after that, the rotation goes on from where it is.
"""

from datetime import date, datetime

from scheduling.rota import marks, rotation, schedule
from storage.models import Assignment, RotationMark, Team


def is_new(team: Team) -> bool:
    """Tell whether a team has no plan yet, and never had one."""
    return not Assignment.select().where(Assignment.team == team).exists()


def one_by_one(team: Team) -> None:
    """Let each shift of a new team go to the next person."""
    marks.forget(team)
    team.strategy = "round_robin"
    team.save(only=[Team.strategy])


def with_the_first(team: Team, now: datetime) -> None:
    """Let the first shift that a team deals go to the first in its order, and go on from there.

    For a team that hasn't begun, in a transaction that regenerates its schedule after it.
    """
    week = _first_week(team, now)
    wanted = [(week.monday, week.holder(0), None)] if week else []
    pinned = [(pin.effective_from, pin.team_member_id, pin.shift_id) for pin in _pins(team)]
    if wanted != pinned:
        marks.unpin(team, after=date.min)
        marks.pin(team, [week] if week else [], now)


def rotation_changes(team: Team, after: date, now: datetime) -> None:
    """End the pins of the weeks after the one of this Monday, because the rotation changes.

    In a team that is still to begin, the first in the order keeps the first shift. What was set up
    before teams began so goes on as it was planned.
    """
    if schedule.waits(team, now) and (is_new(team) or _pins(team)):
        with_the_first(team, now)
    else:
        marks.unpin(team, after)


def _pins(team: Team) -> list[RotationMark]:
    return [mark for mark in RotationMark.of_team(team) if mark.team_member_id is not None]


def _first_week(team: Team, now: datetime) -> rotation.Week | None:
    """Return the first week in which shifts are dealt, with the place that it should have."""
    for slot in schedule.first_slots(team, now):
        week = schedule.week_of(team, rotation.FIRST_MONDAY + slot.week * rotation.WEEK)
        dealt = [shift.id for shift in week.shifts]
        if slot.shift in dealt:  # else it was added in mid-week, and is given away
            return week._replace(first=-dealt.index(slot.shift) % len(week.queue))
    return None
