"""Stored facts of a team's rotation besides its members: the strategy, and pinned places.

A pin says whose turn is first in a week. It keeps a plan that would now be dealt differently: weeks
planned before the rotation was a place in a cycle, and the running week when a team moves to
another time zone. Any change of the rotation ends the pins of the weeks after it.
"""

from datetime import date, datetime
from typing import cast

from scheduling.rota import rotation
from scheduling.rota.rotation import FIRST_MONDAY, Mark, Strategy
from storage.models import RotationMark, Team


def of_team(team: Team) -> tuple[Mark, ...]:
    """Return the team's marks as the rotation sees them, in order of effect."""
    return tuple(
        Mark(
            effective_from=mark.effective_from,
            strategy=cast(Strategy | None, mark.strategy),
            member=mark.team_member_id,
            shift=mark.shift_id,
        )
        for mark in RotationMark.of_team(team)
    )


def change_strategy(team: Team, before: str, monday: date, now: datetime) -> None:
    """Make the team's present strategy hold from `monday` on; `before` is the former one."""
    dated = RotationMark.select().where(
        RotationMark.team == team, RotationMark.strategy.is_null(False)
    )
    if not dated.exists():
        RotationMark.create(team=team, effective_from=FIRST_MONDAY, strategy=before, created_at=now)
    # Strategy changes stored for that Monday or later are replaced by this one.
    later = (RotationMark.effective_from >= monday, RotationMark.effective_from > FIRST_MONDAY)
    RotationMark.delete().where(
        RotationMark.team == team, RotationMark.strategy.is_null(False), *later
    ).execute()
    in_force = dated.order_by(RotationMark.effective_from.desc()).first()
    if in_force.strategy != team.strategy:
        RotationMark.create(
            team=team, effective_from=monday, strategy=team.strategy, created_at=now
        )


def pin(team: Team, weeks: list[rotation.Week], now: datetime) -> None:
    """Pin whose turn is first in these weeks, whatever else changes."""
    for week in weeks:
        if not week.queue:
            continue
        RotationMark.delete().where(
            RotationMark.team == team,
            RotationMark.effective_from == week.monday,
            RotationMark.team_member.is_null(False),
            RotationMark.shift.is_null(),
        ).execute()
        RotationMark.create(
            team=team, effective_from=week.monday, team_member=week.holder(0), created_at=now
        )


def unpin(team: Team, after: date) -> None:
    """Delete the pins of the weeks after the one of this Monday; the rotation decides them."""
    RotationMark.delete().where(
        RotationMark.team == team,
        RotationMark.team_member.is_null(False),
        RotationMark.effective_from > after,
    ).execute()


def forget(team: Team) -> None:
    """Delete all marks of a team that begins again: it rotates by its row's strategy."""
    RotationMark.delete().where(RotationMark.team == team).execute()
