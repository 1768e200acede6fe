"""Who takes turns in a team and in what order, who will leave it, and who is told when things go
wrong.
"""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from scheduling.rota import rotation, schedule
from storage.database import reading, rows, writing
from storage.models import Member, RotationChange, Team
from storage.queries import members


def order(team: Team, monday: date) -> list[int]:
    """Return the ids of the members in rotation order in the week of `monday`."""
    with reading():
        return rotation.queue_at(schedule.rotation_changes(team), monday)


def coming(team: Team, now: datetime) -> list[int]:
    """Return the ids in rotation order as they will stand when a change made now takes effect."""
    return order(team, schedule.monday_of_changes(team, now))


def in_order(team: Team, now: datetime) -> list[tuple[Member, bool]]:
    """Return the active members in the order of next Monday, and whether they wait for it."""
    members = {member.id: member for member in Member.of_team(team)}
    this_week = rotation.monday_of(now, schedule.zone_of(team))
    dated = schedule.rotation_changes(team)
    # Who joins next Monday, and who leaves some day, stand in one of both.
    present = rotation.queue_at(dated, this_week)
    later = rotation.queue_at(dated, this_week + rotation.WEEK)
    return [
        (members[number], number not in present)
        for number in [*later, *(n for n in present if n not in later)]
        if members[number].is_active
    ]


def takes_turns(member: Member, now: datetime) -> bool:
    """Tell whether somebody is in the rotation at `now`, and so has a member's rights.

    A leave that is dated counts from its day on, also before `settle_leavers` has seen it.
    """
    if not member.is_active:
        return False
    with reading():
        last = last_change(member)
        if last is None or last.kind != "leave":
            return True
        zone = schedule.zone_of(member.team)
        return _day_of_leave(last, zone) > now.astimezone(zone).date()


def teams_of(user: str, now: datetime) -> set[int]:
    """Return the ids of the teams in which a Slack user takes turns, or is a contact."""
    theirs = Member.select().where(Member.slack_user_id == user)
    return {one.team_id for one in theirs if one.escalates or takes_turns(one, now)}


def last_change(member: Member) -> RotationChange | None:
    """Return the newest of a member's joins, leaves and moves, also if it is still to come."""
    return members.last_change(member.team_id, member.id)


def leavers(team: Team) -> dict[int, date]:
    """Return the local day on which each of those active members leaves who will, by member."""
    zone = schedule.zone_of(team)
    with reading():
        active = {member.id for member in Member.of_team(team) if member.is_active}
        last = {change.team_member_id: change for change in RotationChange.of_team(team)}
    return {
        number: _day_of_leave(change, zone)
        for number, change in last.items()
        if change.kind == "leave" and number in active
    }


def leaves_on(team: Team, member: Member) -> date | None:
    """Return the local day on which an active member leaves, None if they stay."""
    return leavers(team).get(member.id)


def settle_leavers(team: Team, now: datetime) -> None:
    """Mark those as inactive whose day to leave has come."""
    with writing():
        if not members.anybody_leaves(team.id):
            return
        today = now.astimezone(schedule.zone_of(team)).date()
        gone = [number for number, day in leavers(team).items() if day <= today]
        if gone:
            Member.update(is_active=False, updated_at=now).where(Member.id.in_(gone)).execute()


def former(people: list[Member]) -> list[Member]:
    """Return those of a team's members who took turns once, and do not any more."""
    gone = [member for member in people if not member.is_active]
    with reading():
        query = RotationChange.select(RotationChange.team_member).where(
            RotationChange.team_member.in_([member.id for member in gone])
        )
        ever = {number for (number,) in rows(query)}
    return [member for member in gone if member.id in ever]


def escalation_contacts(team: Team) -> list[Member]:
    """Return who is told when the person on call can't be reached, in the order they came."""
    query = Member.select().where(Member.team == team, Member.escalates == True)  # noqa: E712 - SQL
    return list(query.order_by(Member.id))


def _day_of_leave(change: RotationChange, zone: ZoneInfo) -> date:
    at = change.vacated_at or rotation.instant(change.effective_from, time(), zone)
    return at.astimezone(zone).date()
