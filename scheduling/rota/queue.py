"""Who takes turns in a team, in what order, who will leave, and the escalation contacts."""

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
    """Return the ids in rotation order as of when a change made now takes effect."""
    return order(team, schedule.monday_of_changes(team, now))


def in_order(team: Team, now: datetime) -> list[tuple[Member, bool]]:
    """Return the active members in next Monday's order, and whether they join only then."""
    members = {member.id: member for member in Member.of_team(team)}
    this_week = rotation.monday_of(now, schedule.zone_of(team))
    dated = schedule.rotation_changes(team)
    # Members who join next Monday or leave later are in only one of the two queues.
    present = rotation.queue_at(dated, this_week)
    later = rotation.queue_at(dated, this_week + rotation.WEEK)
    return [
        (members[number], number not in present)
        for number in [*later, *(n for n in present if n not in later)]
        if members[number].is_active
    ]


def takes_turns(member: Member, now: datetime) -> bool:
    """Return whether somebody is in the rotation at `now`, and so has a member's rights.

    A future leave counts from its day on, even before `settle_leavers` has run.
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
    """Return the newest of a member's joins, leaves and moves, including future ones."""
    return members.last_change(member.team_id, member.id)


def leavers(team: Team) -> dict[int, date]:
    """Return the local day on which active members will leave, by member."""
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
    """Return the local day on which an active member will leave, None if they stay."""
    return leavers(team).get(member.id)


def settle_leavers(team: Team, now: datetime) -> None:
    """Mark members as inactive once their day to leave has come."""
    with writing():
        if not members.anybody_leaves(team.id):
            return
        today = now.astimezone(schedule.zone_of(team)).date()
        gone = [number for number, day in leavers(team).items() if day <= today]
        if gone:
            Member.update(is_active=False, updated_at=now).where(Member.id.in_(gone)).execute()


def former(people: list[Member]) -> list[Member]:
    """Return the people who took turns once, and don't anymore."""
    gone = [member for member in people if not member.is_active]
    with reading():
        query = RotationChange.select(RotationChange.team_member).where(
            RotationChange.team_member.in_([member.id for member in gone])
        )
        ever = {number for (number,) in rows(query)}
    return [member for member in gone if member.id in ever]


def escalation_contacts(team: Team) -> list[Member]:
    """Return the people to notify when the person on call can't be reached, oldest first."""
    query = Member.select().where(Member.team == team, Member.escalates == True)  # noqa: E712 - SQL
    return list(query.order_by(Member.id))


def _day_of_leave(change: RotationChange, zone: ZoneInfo) -> date:
    at = change.vacated_at or rotation.instant(change.effective_from, time(), zone)
    return at.astimezone(zone).date()
