"""The stored schedule: generate, extend, regenerate, preview; and who is on call.

Only assignments that start in the future are ever replaced. The rotation doesn't depend on where
one starts, so generating, extending and regenerating are one function.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, cast
from zoneinfo import ZoneInfo

from scheduling import zones
from scheduling.rota import marks, rotation, timeline
from scheduling.rota.rotation import Slot
from scheduling.rota.timeline import OnCallPeriod, Segment
from scheduling.words.times import Clock
from storage.database import reading, rows, writing
from storage.models import (
    DAYS,
    LONGEST_SHIFT,
    Assignment,
    Member,
    RotationChange,
    Shift,
    Team,
)
from storage.queries import members
from storage.queries import timeline as stored

# How far ahead to look for the next handoff: longer than any shift.
LOOK_AHEAD = timedelta(days=15)


class Difference(NamedTuple):
    """What a regeneration would change in one slot; None if the slot is new, or removed."""

    start: datetime
    end: datetime
    before: int | None
    after: int | None


def zone_of(team: Team) -> ZoneInfo:
    """Return the team's time zone."""
    return ZoneInfo(team.time_zone)


def clock_of(team: Team, zone: str | None = None) -> Clock:
    """Return the team's clock; in `zone` for a member who has their own.

    A zone that our tz database doesn't have is ignored, because the text must go out.
    """
    auto = team.clock == "auto"
    twelve = zones.twelve_hours(team.time_zone) if auto else team.clock == "12"
    return Clock((zones.known(zone) if zone else None) or zone_of(team), twelve)


def wall_time(text: str) -> time:
    """Return a stored 'HH:MM' as a wall-clock time."""
    return time.fromisoformat(text)


def team_rule(team: Team) -> rotation.Rule:
    """Return the rule by which the team rotates."""
    strategy: rotation.Strategy = "round_robin" if team.strategy == "round_robin" else "circular"
    return rotation.Rule(zone_of(team), team.anchor, strategy, marks.of_team(team))


def week_of(team: Team, monday: date) -> rotation.Week:
    """Return the team's rotation as the week of `monday` begins."""
    with reading():
        shifts = [weekly(shift) for shift in Shift.of_team(team)]
        return rotation.week_of(team_rule(team), shifts, rotation_changes(team), monday)


def running_weeks(team: Team, now: datetime) -> list[rotation.Week]:
    """Return the rotation as the running week and the next one begin."""
    return [week_of(team, monday) for monday in (monday_of(team, now), next_monday_of(team, now))]


def weekly(shift: Shift) -> rotation.WeeklyShift:
    """Return a stored shift as the rotation sees it."""
    return rotation.WeeklyShift(
        id=shift.id,
        number=shift.shift_number,
        weekday=DAYS.index(shift.day_of_week),
        start=wall_time(shift.start_time),
        hours=shift.duration_hours,
        active_from=shift.active_from,
        active_until=shift.active_until,
    )


def rotation_changes(team: Team) -> list[rotation.Change]:
    """Return the team's stored changes as the rotation sees them, in order of effect."""
    return [
        rotation.Change(
            kind=cast(rotation.ChangeKind, change.kind),
            member=change.team_member_id,
            effective_from=change.effective_from,
            position=change.position,
            vacated_at=change.vacated_at,
        )
        for change in RotationChange.of_team(team)
    ]


# --- who is on call ---------------------------------------------------------------------------


def segments(team: Team, start: datetime, end: datetime) -> list[Segment]:
    """Return the team's timeline in [start, end), gaps included."""
    with reading():
        assignments, overrides = stored.all_in(team.id, start, end)
    return timeline.segments(assignments, overrides, start, end)


def on_call(team: Team, at: datetime) -> Segment:
    """Return the segment of the timeline in force at `at`, cut to that instant."""
    return segments(team, at, at + timedelta(microseconds=1))[0]


def coming(team: Team, now: datetime, ahead: timedelta = LOOK_AHEAD) -> list[OnCallPeriod]:
    """Return the on-call periods from `now` on, beginning with the running one.

    If there is no handoff within `ahead`, search all that is stored. If there is none at all (one
    member alone has no handoffs), return the segments one by one instead.
    """
    found = timeline.on_call_periods(segments(team, now, now + ahead))
    if len(found) == 1 and (end := _stored_until(team)) > now + ahead:
        found = timeline.on_call_periods(segments(team, now, end))
    *joined, last = found
    return [*joined, *(OnCallPeriod(s.start, s.end, s.members, (s,)) for s in last.segments)]


def next_turn(team: Team, member: int, now: datetime) -> OnCallPeriod | None:
    """Return a member's running turn, or the next one in all that is stored; None if none is."""
    turn = _turn_of(member, coming(team, now))
    if turn and turn.end < now + LOOK_AHEAD:
        return turn
    end = _stored_until(team)
    return _turn_of(member, coming(team, now, end - now)) if end > now else turn


def _turn_of(member: int, of: Iterable[OnCallPeriod]) -> OnCallPeriod | None:
    return next((one for one in of if member in one.members), None)


def _stored_until(team: Team) -> datetime:
    """Return the end of the last stored assignment or override."""
    with reading():
        end = stored.stored_until(team.id)
    return end or datetime.min.replace(tzinfo=UTC)


def members_by_id(team: Team, of: Iterable[OnCallPeriod] | None = None) -> dict[int, Member]:
    """Return members by id: those in the given periods, or all of the team's, former included."""
    among = None
    if of is not None:
        segments = [segment for period in of for segment in period.segments]
        among = {member for s in segments for member in (*s.members, *s.covered)}
    with reading():
        return {member.id: member for member in members.of_team(team.id, among)}


def planned_until(team: Team) -> datetime | None:
    """Return the end of the last stored assignment, None if there is none."""
    with reading():
        return stored.planned_until(team.id)


def is_topped_up(team: Team, now: datetime) -> bool:
    """Return whether `regenerate` would add nothing after the last stored assignment."""
    with reading():
        last_wanted = rotation.monday_of(now, zone_of(team)) + team.weeks_ahead * rotation.WEEK
        row = (
            Assignment.select()
            .where(Assignment.team == team)
            .order_by(Assignment.start_datetime.desc())
            .first()
        )
    if row is not None and row.week_number >= rotation.week_number(last_wanted):
        return True
    until = row.end_datetime if row else now
    return not any(one.after and one.start >= until for one in preview(team, now))


def open_instant(team: Team, now: datetime) -> datetime:
    """Return the instant from which the team's timeline may still be changed: `now` or later.

    Call it inside the change's transaction. While that waited for the lock, the planner may have
    planned past our `now`, and nobody would be notified of a handoff before its mark.
    """
    planned: datetime = Team.get_by_id(team.id).planned_until
    return max(now, planned + timedelta(microseconds=1))


# --- generating -------------------------------------------------------------------------------


def preview(team: Team, now: datetime, weeks: int | None = None) -> list[Difference]:
    """Return what `regenerate` would change, in order of time."""
    with reading():
        gone, new = _compare(team, now, weeks)
    before = {(row.shift_id, row.week_number): row for row in gone}
    after = {(slot.shift, slot.week): slot for slot in new}
    found = []
    for key in before.keys() | after.keys():
        old, fresh = before.get(key), after.get(key)
        start, end = (
            (fresh.start, fresh.end) if fresh else (old.start_datetime, old.end_datetime)  # type: ignore[union-attr]
        )
        found.append(
            Difference(
                start, end, old.team_member_id if old else None, fresh.member if fresh else None
            )
        )
    return sorted(found, key=lambda difference: difference.start)


def regenerate(team: Team, now: datetime, weeks: int | None = None) -> None:
    """Store the team's assignments from `now` to `weeks` full weeks ahead (the team's own).

    Assignments that have started stay as they are. Only differences are written, so with an
    unchanged rotation this only extends the schedule. Overrides are left alone.
    """
    with writing():
        gone, new = _compare(team, now, weeks)
        if gone:
            Assignment.delete().where(Assignment.id.in_([row.id for row in gone])).execute()
        _store(team, new, now)


def _compare(team: Team, now: datetime, weeks: int | None) -> tuple[list[Assignment], list[Slot]]:
    """Return the stored assignments to delete and the slots to add."""
    _settle_anchor(team, now)
    wanted = {(slot.shift, slot.week): slot for slot in _wanted(team, now, weeks)}
    begun = Assignment.select(Assignment.shift, Assignment.week_number, Assignment.end_datetime)
    begun = begun.where(
        Assignment.team == team,
        Assignment.start_datetime > now - 2 * LONGEST_SHIFT,
        Assignment.start_datetime <= now,
    )
    somebody = False
    for shift, week, end in rows(begun):
        wanted.pop((shift, week), None)
        somebody = somebody or end > now
    stored = list(
        Assignment.select().where(Assignment.team == team, Assignment.start_datetime > now)
    )
    planned = {(row.shift_id, row.week_number): row.start_datetime for row in stored}
    fresh = {}
    for key, slot in wanted.items():
        if slot.start > now:
            fresh[key] = slot
        elif not somebody:
            # This slot is running but nobody is on call: it begins now, and the past stays a gap.
            fresh[key] = replace(slot, start=now)
        elif key in planned and planned[key] < slot.end:
            # In the new zone it has already begun. It still begins as planned, at the handoff.
            fresh[key] = replace(slot, start=planned[key])
    gone = []
    for row in stored:
        slot_now = fresh.get((row.shift_id, row.week_number))
        if slot_now and (slot_now.member, slot_now.start, slot_now.end) == (
            row.team_member_id,
            row.start_datetime,
            row.end_datetime,
        ):
            del fresh[row.shift_id, row.week_number]
        else:
            gone.append(row)
    return gone, list(fresh.values())


def move_running_ends(team: Team, now: datetime) -> None:
    """Let running shifts end at their local time in the team's zone, which has just changed.

    That is when the next ones start. A shift whose end has already passed there ends as planned.
    """
    ends = {(slot.shift, slot.week): slot.end for slot in _wanted(team, now, None)}
    running = Assignment.select().where(
        Assignment.team == team, Assignment.start_datetime <= now, Assignment.end_datetime > now
    )
    for row in running:
        row.end_datetime = ends.get((row.shift_id, row.week_number), row.end_datetime)
        row.save(only=[Assignment.end_datetime])


def _settle_anchor(team: Team, now: datetime) -> None:
    # Week 0 is the week in which the first assignment is dealt, not that in which it starts.
    if not Assignment.select().where(Assignment.team == team).exists():
        team.anchor = rotation.monday_of(max(now, team.begins_at or now), zone_of(team))


def _wanted(team: Team, now: datetime, weeks: int | None) -> list[Slot]:
    # One week earlier, whose last shift may still run; one more, because this week isn't full.
    first = rotation.monday_of(now, zone_of(team)) - rotation.WEEK
    slots = rotation.deal(
        team_rule(team),
        [weekly(shift) for shift in Shift.of_team(team)],
        rotation_changes(team),
        first,
        (weeks or team.weeks_ahead) + 2,
    )
    begins = max(now, team.begins_at or now)
    # A slot that is running as the team begins starts at that instant.
    return [
        replace(slot, start=team.begins_at) if slot.start < (team.begins_at or slot.start) else slot
        for slot in slots
        if slot.end > begins
    ]


def first_slots(team: Team, now: datetime) -> list[Slot]:
    """Return the slots of a team that hasn't begun, from week 0 on, in order of time."""
    _settle_anchor(team, now)
    week_0 = rotation.week_number(team.anchor)
    return [slot for slot in _wanted(team, now, None) if slot.week >= week_0]


def _store(team: Team, slots: list[Slot], now: datetime) -> None:
    if not slots:
        return
    Team.update(anchor=team.anchor).where(Team.id == team.id).execute()
    stored.insert_assignments(team.id, slots, now)


def waits(team: Team, now: datetime) -> bool:
    """Return whether a team was set up to begin later, so that nobody is on call yet."""
    return team.begins_at is not None and team.begins_at > now


def is_prepared(team: Team, at: datetime) -> bool:
    """Return whether a team is still being set up: it begins later, or was never planned."""
    never = planned_until(team) is None and not anybody_before(team, at)
    return waits(team, at) or never


def has_begun(team: Team, now: datetime) -> bool:
    """Return whether any shift has ever begun in a team."""
    begun = Assignment.select().where(Assignment.team == team, Assignment.start_datetime <= now)
    return bool(begun.exists())


def anybody_before(team: Team, at: datetime) -> bool:
    """Return whether anybody was on call in a team before an instant."""
    with reading():
        return stored.anybody_before(team.id, at)


def first_assignment(team: Team, monday: date, now: datetime) -> Assignment | None:
    """Return the first assignment from a Monday on that isn't over; None if none is planned."""
    since = rotation.instant(monday, time(), zone_of(team))
    query = Assignment.select().where(
        Assignment.team == team,
        Assignment.start_datetime >= since,
        Assignment.end_datetime > now,
    )
    found: Assignment | None = query.order_by(Assignment.start_datetime).first()
    return found


def dealt_this_week(team: Team, now: datetime) -> bool:
    """Return whether the running week still has assignments that people rely on."""
    next_monday = rotation.instant(next_monday_of(team, now), time(), zone_of(team))
    return (
        Assignment.select()
        .where(
            Assignment.team == team,
            Assignment.start_datetime > now - LONGEST_SHIFT,
            Assignment.start_datetime < next_monday,
            Assignment.end_datetime > now,
        )
        .exists()
    )


def next_monday_of(team: Team, now: datetime) -> date:
    """Return the Monday after the running week, in the team's zone."""
    return monday_of(team, now) + rotation.WEEK


def monday_of(team: Team, now: datetime) -> date:
    """Return the Monday of the running week, in the team's zone."""
    return rotation.monday_of(now, zone_of(team))


def monday_of_changes(team: Team, now: datetime) -> date:
    """Return the Monday from which a change of the rotation holds: the next one.

    It's this week's while nobody has a shift in it, so that a new team starts at once.
    """
    return next_monday_of(team, now) if dealt_this_week(team, now) else monday_of(team, now)
