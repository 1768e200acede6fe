"""Changes to who is in the team and in the rotation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from peewee import chunked

from scheduling.changes import overrides
from scheduling.changes.people import (
    check_second,
    checked_fields,
    facts_of,
    free_name,
    tell_apart,
    told_twice,
    with_field,
)
from scheduling.errors import NothingToDo, Refusal
from scheduling.numbers import masked
from scheduling.rota import marks, queue, rotation, schedule
from scheduling.rota.timeline import Segment
from scheduling.words.lines import Line, mention
from scheduling.words.mrkdwn import by
from storage.database import writing
from storage.models import AuditEntry, Member, Override, RotationChange, Team
from storage.queries import timeline


@dataclass(frozen=True, slots=True)
class Joined:
    """A member who joined: the Monday from which on, and the place (1-based) in the queue."""

    member: Member
    effective_from: date
    place: int
    came_back: bool


@dataclass(frozen=True, slots=True)
class Left:
    """A member who left: who covers what was running, and the overrides that went with them."""

    member: Member
    covered: list[Override]
    cancelled: list[Override]


def add_member(
    team: Team,
    name: str,
    phone: str,
    *,
    slack_user_id: str | None,
    time_zone: str | None,
    place: int | None = None,
    actor: str,
    now: datetime,
) -> Joined:
    """Take a person into the team, at `place` (1-based) or the end; one who had left comes back.

    `phone` is E.164. The change takes effect next Monday, or at once while nobody has a shift in
    the running week. Raises Refusal when the person or the number is in the team already, or a
    field is not what `checks` lets in.
    """
    with writing():
        now = schedule.open_instant(team, now)
        member = _known(team, phone, slack_user_id)
        given = {"name": name, "phone": phone, "slack_user_id": slack_user_id}
        checked = checked_fields({**given, "time_zone": time_zone}, member)
        name, phone = str(checked["name"]), str(checked["phone"])
        if slack_user_id is None:  # one whom Slack knows goes by a mention
            tell_apart(team, name, member, nameless=True)
        else:
            name = free_name(team, name, member)
        came_back = member is not None and bool(queue.former([member]))
        if member is None:
            member = Member(team=team, created_at=now)
        before = facts_of(member) if member.id else None
        member.name = name
        member.phone = phone
        member.slack_user_id = slack_user_id or member.slack_user_id
        member.time_zone = time_zone or member.time_zone
        member.is_active = True
        member.updated_at = now
        member.save()
        monday = _takes_effect(team, member, now)
        RotationChange.create(
            team=team,
            team_member=member,
            kind="join",
            effective_from=monday,
            position=place,
            created_at=now,
        )
        marks.unpin(team, after=monday)
        schedule.regenerate(team, now)
        place = queue.order(team, monday).index(member.id) + 1
        AuditEntry.record(
            team,
            actor,
            "member added",
            now,
            before=before,
            after={**facts_of(member), "effective_from": monday, "place": place},
        )
    return Joined(member, monday, place, came_back)


def add_first_members(
    team: Team, people: Sequence[Mapping[str, str | None]], *, actor: str, now: datetime
) -> None:
    """Take people into a team that has nobody yet, in this order: thousands in seconds.

    Each has the keys of `_CHECKS`. Raises Refusal as `add_member` does for one of them.
    """
    checked = [checked_fields(dict(one)) for one in people]
    for _, refusal in told_twice(checked):
        raise refusal
    with writing():
        now = schedule.open_instant(team, now)
        if Member.of_team(team):
            raise Refusal(
                f"{team.name} has members already.",
                suggest=("Add others with ", Line("members add"), "."),
            )
        for one in checked:
            check_second(str(one["name"]), str(one["phone"]), one["second_phone"])
        stamps = {"team": team, "is_active": True, "created_at": now, "updated_at": now}
        for some in chunked([{**one, **stamps} for one in checked], 500):
            Member.insert_many(some).execute()
        members = Member.of_team(team)
        monday = schedule.monday_of_changes(team, now)
        joins = [
            {
                "team": team,
                "team_member": member,
                "kind": "join",
                "effective_from": monday,
                "created_at": now,
            }
            for member in members
        ]
        for some in chunked(joins, 500):
            RotationChange.insert_many(some).execute()
        schedule.regenerate(team, now)
        for place, member in enumerate(members, start=1):
            after = {**facts_of(member), "effective_from": monday, "place": place}
            AuditEntry.record(team, actor, "member added", now, after=after)


def remove_member(
    team: Team, member: Member, *, cover: Member | None, actor: str, now: datetime
) -> Left:
    """Take a member out of the rotation; the history stays.

    Their remaining shifts of this week go to those who rest, nobody else's move. Raises Refusal
    when they are on call at `now` and nobody is named to cover the rest, when the cover is the
    member, or when they have left before.
    """
    with writing():
        queue.settle_leavers(team, now)
        member = Member.get_by_id(member.id)
        if not member.is_active:
            raise Refusal(
                f"{member.name} is not in the rotation any more.",
                suggest=(Line("members"), " lists who is."),
            )
        if cover is not None and cover.id == member.id:
            raise Refusal(
                f"{member.name} cannot cover for themselves.",
                suggest=("Name somebody else, for example ", _with_cover(member), "."),
            )
        now = schedule.open_instant(team, now)
        held = _still_held(team, member, now)
        if queue.leaves_on(team, member):
            _forget_leaving(member)
        monday = _takes_effect(team, member, now)
        if held and cover is None:
            when = "is on call right now" if held[0].start == now else "has a shift that is running"
            raise Refusal(
                f"{member.name} {when}.",
                suggest=("Say who takes over the rest, for example ", _with_cover(member), "."),
            )
        cancelled = overrides.still_to_come(team, now, member)
        for override in cancelled:
            overrides.end_before(override, now)
        RotationChange.create(
            team=team,
            team_member=member,
            kind="leave",
            effective_from=monday,
            # A leave that holds for the whole week has nothing of it to give away; and who left
            # so can come back at once, say with another number.
            vacated_at=now if monday == schedule.next_monday_of(team, now) else None,
            created_at=now,
        )
        marks.unpin(team, after=schedule.monday_of(team, now))
        before = facts_of(member)
        member.is_active = False
        member.updated_at = now
        member.save()
        schedule.regenerate(team, now)
        covered = [
            overrides.create(
                team,
                cover,
                piece.start,
                piece.end,
                reason=f"{member.name} left the team",
                actor=actor,
                now=now,
            ).override
            for segment in held
            if cover is not None
            for piece in schedule.segments(team, segment.start, segment.end)
            if piece.members != (cover.id,)  # theirs anyway, now that the member is out
        ]
        AuditEntry.record(team, actor, "member removed", now, before=before, after=facts_of(member))
    return Left(member, covered, cancelled)


def leave_later(team: Team, member: Member, day: date, *, actor: str, now: datetime) -> None:
    """Let a member leave on a local day to come: from its beginning on they start no shift.

    A shift that runs into that day stays theirs to its end; overrides in which they stand in from
    then on are cancelled. Raises Refusal when they have left, or will, or the day has come.
    """
    if not member.is_active:
        raise Refusal(
            f"{member.name} is not in the rotation any more.",
            suggest=(Line("members"), " lists who is."),
        )
    with writing():
        now = schedule.open_instant(team, now)
        zone = schedule.zone_of(team)
        at = rotation.instant(day, time(), zone)
        if at <= now:
            raise Refusal(
                f"{day:%A} {day.day} {day:%b} has begun.",
                "day",
                suggest=(
                    "Give a day to come, or none for today: ",
                    Line(f"members remove {mention(member)}"),
                    ".",
                ),
            )
        if leaving := queue.leaves_on(team, member):
            raise Refusal(
                f"{member.name} leaves on {leaving:%A} {leaving.day} {leaving:%b} already.",
                "day",
                suggest=("To take that back: ", Line(f"members activate {mention(member)}"), "."),
            )
        monday = rotation.monday_of(at, zone)
        mid_week = at > rotation.instant(monday, time(), zone)
        RotationChange.create(
            team=team,
            team_member=member,
            kind="leave",
            effective_from=monday + rotation.WEEK if mid_week else monday,
            vacated_at=at if mid_week else None,
            created_at=now,
        )
        for override in overrides.still_to_come(team, at, member):
            if override.start_datetime >= at:
                overrides.end_before(override, now)
        marks.unpin(team, after=monday)
        schedule.regenerate(team, now)
        AuditEntry.record(
            team,
            actor,
            "member leaves",
            now,
            before=facts_of(member),
            after={**facts_of(member), "leaves_on": day},
        )


def activate(team: Team, member: Member, *, actor: str, now: datetime) -> Joined | None:
    """Take somebody back who left; of one who is about to leave, forget it (None then).

    Raises Refusal when they are in the rotation and stay.
    """
    with writing():
        now = schedule.open_instant(team, now)
        queue.settle_leavers(team, now)
        member = Member.get_by_id(member.id)
        if not member.is_active:
            return add_member(
                team,
                member.name,
                member.phone,
                slack_user_id=member.slack_user_id,
                time_zone=member.time_zone,
                actor=actor,
                now=now,
            )
        day = queue.leaves_on(team, member)
        if day is None:
            raise Refusal(
                f"{member.name} is in the rotation.", suggest=(Line("members"), " lists who is.")
            )
        _forget_leaving(member)
        marks.unpin(team, after=day - timedelta(days=day.weekday()))
        schedule.regenerate(team, now)
        AuditEntry.record(
            team,
            actor,
            "member stays",
            now,
            before={**facts_of(member), "leaves_on": day},
            after={**facts_of(member), "leaves_on": None},
        )
        return None


def _forget_leaving(member: Member) -> None:
    """Take out the leave that is to come: the last change of theirs."""
    if last := queue.last_change(member):
        last.delete_instance()


def edit_member(
    team: Team,
    member: Member,
    *,
    name: str,
    phone: str,
    slack_user_id: str | None,
    time_zone: str | None,
    second_phone: str | None,
    actor: str,
    now: datetime,
) -> list[str]:
    """Change who a member is or how they are reached; return the names of what changed.

    The phones are E.164, `time_zone` an IANA zone. Raises Refusal when nothing changes, a field is
    not what `checks` lets in, or the number, the Slack user or the name is somebody else's.
    """
    given = {"name": name, "phone": phone, "slack_user_id": slack_user_id}
    wanted = checked_fields({**given, "time_zone": time_zone, "second_phone": second_phone}, member)
    name = str(wanted["name"])
    with writing():
        for other in Member.of_team(team):
            if other.id == member.id:
                continue
            if other.phone == phone:
                raise Refusal(
                    f"{masked(phone)} is {other.name}’s number already. Everybody needs their own: "
                    "check the digits.",
                    "phone",
                )
            if slack_user_id and other.slack_user_id == slack_user_id:
                raise Refusal(f"{by(slack_user_id)} is {other.name} already.", "slack_user")
        if name != member.name:  # two of one name, from before, can still change the rest
            tell_apart(team, name, member)
        before = facts_of(member)
        check_second(name, phone, second_phone)
        changed = [field for field, value in wanted.items() if getattr(member, field) != value]
        if not changed:
            raise NothingToDo(
                f"That is how {member.name} is known already, so nothing was changed."
            )
        for field in changed:
            setattr(member, field, wanted[field])
        member.updated_at = now
        member.save()
        AuditEntry.record(team, actor, "member edited", now, before=before, after=facts_of(member))
    return changed


def reorder(team: Team, order: list[int], *, actor: str, now: datetime) -> date:
    """Put the members of the coming rotation into another order, from next Monday on.

    While nobody has a shift in the running week, at once. `order` holds each id of `queue.coming`.
    Raises Refusal when somebody is missing or named twice, or nothing changes.
    """
    with writing():
        now = schedule.open_instant(team, now)
        monday = schedule.monday_of_changes(team, now)
        present = queue.order(team, monday)
        if sorted(order) != sorted(present):
            raise Refusal(
                "The order must name everybody in the rotation once.",
                "order",
                suggest=(Line("members"), " lists them."),
            )
        if order == present:
            raise NothingToDo("That is the order already, so nothing was changed.", "order")
        for place, number in enumerate(order, start=1):
            RotationChange.create(
                team=team,
                team_member=number,
                kind="reorder",
                effective_from=monday,
                position=place,
                created_at=now,
            )
        marks.unpin(team, after=monday)
        schedule.regenerate(team, now)
        names = {member.id: member.name for member in Member.of_team(team)}
        AuditEntry.record(
            team,
            actor,
            "members reordered",
            now,
            before={"order": [names[number] for number in present]},
            after={"order": [names[number] for number in order], "effective_from": monday},
        )
    return monday


def _takes_effect(team: Team, member: Member, now: datetime) -> date:
    """Return the Monday from which a change at `now` holds: this week's while nobody has a shift.

    Never one before an earlier change of the same member, which would undo the new one.
    """
    monday = schedule.monday_of_changes(team, now)
    last = queue.last_change(member)
    return max(monday, last.effective_from) if last else monday


def _known(team: Team, phone: str, slack_user_id: str | None) -> Member | None:
    """Return the former member whom this number or Slack user belongs to."""
    same = Member.phone == phone
    if slack_user_id:
        same = same | (Member.slack_user_id == slack_user_id)
    found = list(Member.select().where(Member.team == team, same))
    for member in found:
        if member.is_active and member.slack_user_id == slack_user_id is not None:
            raise Refusal(
                f"{member.name} is in the rotation already, with {masked(member.phone)}.",
                suggest=("To change the number: ", with_field(member, "phone", phone), "."),
            )
        if member.is_active:
            raise Refusal(
                f"{masked(phone)} is {member.name}’s number already. Everybody needs their own: "
                "check the digits.",
                "phone",
            )
    theirs = found[0].slack_user_id if len(found) == 1 else None
    if theirs and slack_user_id and theirs != slack_user_id:
        raise Refusal(
            f"{masked(phone)} was {found[0].name}’s number, who left. If it is another’s now, "
            f"give {found[0].name} another one first.",
            "phone",
            suggest=(": ", with_field(found[0], "phone", "+13125550121"), "."),
        )
    if len(found) > 1:
        raise Refusal(
            f"{masked(phone)} was {found[0].name}’s number and the Slack user was "
            f"{found[1].name}: I cannot tell who comes back. Use the number they had before.",
            "phone",
        )
    return found[0] if found else None


def _with_cover(member: Member) -> Line:
    return Line(f"members remove {mention(member)} cover @bob")


def _still_held(team: Team, member: Member, now: datetime) -> list[Segment]:
    """Return the segments in which what the member already began leaves them on call."""
    assigned = timeline.assignments(team.id, now, now + rotation.WEEK)
    ends = [one.end for one in assigned if one.member == member.id and one.start <= now]
    put = overrides.still_to_come(team, now, member)
    ends += [one.end_datetime for one in put if one.start_datetime <= now]
    until = max(ends, default=now)
    if until == now:
        return []
    return [s for s in schedule.segments(team, now, until) if member.id in s.members]
