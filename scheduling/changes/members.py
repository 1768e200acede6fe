"""Changes to who is in the team and in the rotation."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import ClassVar, Literal, NamedTuple

import msgspec
from peewee import chunked

from scheduling.changes.operation import Actor, Operation, Outcome
from scheduling.changes.people import (
    check_reached,
    check_second,
    check_unique_name,
    checked_fields,
    duplicates,
    facts_of,
    free_name,
    known_by,
    member_of,
    mentioned,
    number_taken,
)
from scheduling.errors import NothingToDo, Refusal
from scheduling.notifications import queue as notifications
from scheduling.rota import first_turn, queue, rotation, schedule
from scheduling.words import titles
from scheduling.words.lines import Line, mention
from scheduling.words.mrkdwn import by
from scheduling.words.wording import joined, several
from storage.database import writing
from storage.models import AuditEntry, Member, RotationChange, Team

Field = Literal["name", "phone", "second_phone", "slack_user_id", "time_zone"]
# The names of fields, for sentences without their values.
FIELDS: dict[str, str] = {
    "name": "name",
    "phone": "phone number",
    "slack_user_id": "Slack user",
    "time_zone": "time zone",
    "second_phone": "second number",
}


def _sends_nothing(_member: Member, _now: datetime) -> bool:
    return False


_resend: Callable[[Member, datetime], bool] = _sends_nothing


def resend_with(resend: Callable[[Member, datetime], bool]) -> None:
    """Set what resends a failed SMS to a corrected number.

    Sending is another package's job, and a process has one way to do it.
    """
    global _resend  # noqa: PLW0603 - like the numbers that we send from
    _resend = resend


def resend_failed(member: Member, now: datetime) -> bool:
    """Resend a failed SMS to a member's new number; False if there is none."""
    return _resend(member, now)


class Joined(NamedTuple):
    """A member who joined: from which Monday, and at which place (1-based) in the queue."""

    member: Member
    effective_from: date
    place: int
    came_back: bool


# --- operations -------------------------------------------------------------------------------


class MemberAdded(Outcome, frozen=True):
    """Who joined, and how; `since` is the Monday from which they take turns, if not this week."""

    joined: Joined
    since: date | None


class AddMember(Operation[MemberAdded], frozen=True):
    """Add a person at `place` (1-based) or the end.

    `phone` is E.164; None for somebody in Slack who will enter it.
    """

    kind: ClassVar = "member added"
    name: str
    phone: str | None
    slack_user_id: str | None = None
    time_zone: str | None = None
    place: int | None = None

    def apply(self, team: Team, actor: str, now: datetime) -> MemberAdded:
        """Add them; see `add_member`."""
        joined = add_member(
            team,
            self.name,
            self.phone,
            slack_user_id=self.slack_user_id,
            time_zone=self.time_zone,
            place=self.place,
            actor=actor,
            now=now,
        )
        monday = joined.effective_from
        since = monday if monday > rotation.monday_of(now, schedule.zone_of(team)) else None
        who = mentioned(joined.member)
        what = f"Bring {who} back into" if joined.came_back else f"Add {who} to"
        title = f"{what} the rotation, in position {joined.place}, starting {titles.week(since)}"
        return MemberAdded(title, joined, since)


class NewMember(msgspec.Struct, frozen=True):
    """Somebody in Slack to add. `phone` is E.164; None if they will enter it."""

    name: str
    phone: str | None
    slack_user_id: str
    time_zone: str | None


class MembersAdded(Outcome, frozen=True):
    """Who joined."""

    people: list[NewMember]


class AddMembers(Operation[MembersAdded], frozen=True):
    """Add several people, in this order."""

    kind: ClassVar = "members added"
    people: list[NewMember]

    def apply(self, team: Team, actor: str, now: datetime) -> MembersAdded:
        """Add them. Raises the first Refusal, with that person's number as its field."""
        for one in self.people:
            try:
                add_member(
                    team,
                    one.name,
                    one.phone,
                    slack_user_id=one.slack_user_id,
                    time_zone=one.time_zone,
                    actor=actor,
                    now=now,
                )
            except Refusal as refusal:
                raise refusal.about(f"phone {one.slack_user_id}") from refusal
        count = several(len(self.people), "person", "people")
        return MembersAdded(f"Add {count} to the rotation", self.people)


class MemberEdited(Outcome, frozen=True):
    """A member as they are now, and which of FIELDS changed.

    `resent` is whether a failed SMS goes to their new number.
    """

    member: Member
    changed: list[str]
    resent: bool


class EditMember(Operation[MemberEdited], frozen=True):
    """Change a member's details; phones are E.164."""

    kind: ClassVar = "member edited"
    member: int
    wanted: dict[Field, str | None]

    def rights(self, actor: Actor, team: Team, now: datetime) -> None:
        """Raise Refusal unless they lead the team, or edit themselves; leads set Slack users."""
        me = actor.member_of(team, now)
        if me is None or me.id != member_of(team, self.member).id or "slack_user_id" in self.wanted:
            actor.needs_to_lead(team)

    def apply(self, team: Team, actor: str, now: datetime) -> MemberEdited:
        """Change it; see `edit_member`."""
        member = member_of(team, self.member)
        given: dict[str, str | None] = {field: getattr(member, field) for field in FIELDS}
        given |= {str(field): value for field, value in self.wanted.items()}
        changed = edit_member(
            team,
            member,
            name=given["name"] or "",
            phone=given["phone"],
            slack_user_id=given["slack_user_id"],
            time_zone=given["time_zone"],
            second_phone=given["second_phone"],
            actor=actor,
            now=now,
        )
        resent = "phone" in changed and resend_failed(Member.get_by_id(member.id), now)
        # Others read the title, so it has no numbers.
        kinds = joined([FIELDS[field] for field in changed])
        title = f"Change {mentioned(member)}’s {kinds}"
        return MemberEdited(title, member, changed, resent)


# --- making them ------------------------------------------------------------------------------


def add_member(
    team: Team,
    name: str,
    phone: str | None,
    *,
    slack_user_id: str | None,
    time_zone: str | None,
    place: int | None = None,
    actor: str,
    now: datetime,
) -> Joined:
    """Add a person to the team, at `place` (1-based) or the end; a former member comes back.

    `phone` is E.164; without one, they are asked for it in Slack. It takes effect next Monday, or
    at once while nobody has a shift in the running week. Raises Refusal if the person or the
    number is already in the team, or a field doesn't pass its check.
    """
    with writing():
        now = schedule.open_instant(team, now)
        member = known_by(team, phone, slack_user_id)
        given = {"name": name, "phone": phone, "slack_user_id": slack_user_id}
        checked = checked_fields({**given, "time_zone": time_zone}, member)
        name, phone = str(checked["name"]), checked["phone"]
        check_reached(name, phone, slack_user_id)
        if slack_user_id is None:  # people in Slack are mentioned instead
            check_unique_name(team, name, member, nameless=True)
        else:
            name = free_name(team, name, member)
        came_back = member is not None and bool(queue.former([member]))
        if member is None:
            member = Member(team=team, created_at=now)
        before = facts_of(member) if member.id else None
        member.name = name
        member.phone = phone or member.phone
        member.slack_user_id = slack_user_id or member.slack_user_id
        member.time_zone = time_zone or member.time_zone
        member.is_active = True
        member.updated_at = now
        member.save()
        monday = takes_effect(team, member, now)
        RotationChange.create(
            team=team,
            team_member=member,
            kind="join",
            effective_from=monday,
            position=place,
            created_at=now,
        )
        first_turn.rotation_changes(team, monday, now)
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
        _ask_for_number(team, member, actor, now)
    return Joined(member, monday, place, came_back)


def _ask_for_number(team: Team, member: Member, actor: str, now: datetime) -> None:
    if member.phone is None:
        notifications.ask_for_number(team, member, now, by=actor)


def add_first_members(
    team: Team, people: Sequence[Mapping[str, str | None]], *, actor: str, now: datetime
) -> None:
    """Add people to an empty team, in this order; fast enough for thousands.

    Each has the keys of `_CHECKS`. Raises Refusal as `add_member` does for one of them.
    """
    checked = [checked_fields(dict(one)) for one in people]
    for _, refusal in duplicates(checked):
        raise refusal
    with writing():
        now = schedule.open_instant(team, now)
        for one in checked:
            check_reached(str(one["name"]), one["phone"], one["slack_user_id"])
            check_second(str(one["name"]), one["phone"], one["second_phone"])
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
            _ask_for_number(team, member, actor, now)


def edit_member(
    team: Team,
    member: Member,
    *,
    name: str,
    phone: str | None,
    slack_user_id: str | None,
    time_zone: str | None,
    second_phone: str | None,
    actor: str,
    now: datetime,
) -> list[str]:
    """Change a member's details; return the names of the changed fields.

    Phones are E.164, `time_zone` is an IANA zone. Raises Refusal if nothing changes, a field
    doesn't pass its check, or the number, Slack user or name is somebody else's.
    """
    given = {"name": name, "phone": phone, "slack_user_id": slack_user_id}
    wanted = checked_fields({**given, "time_zone": time_zone, "second_phone": second_phone}, member)
    name = str(wanted["name"])
    with writing():
        for other in Member.of_team(team):
            if other.id == member.id:
                continue
            if phone and other.phone == phone:
                raise number_taken(phone, other, theirs=actor == member.slack_user_id)
            if slack_user_id and other.slack_user_id == slack_user_id:
                raise Refusal(
                    f"{by(slack_user_id)} is already {other.name}’s Slack account.",
                    "slack_user",
                    suggest=(
                        "If that’s wrong, correct it first: ",
                        Line(f"members edit {mention(other)}"),
                        ".",
                    ),
                )
        if name != member.name:  # old namesakes can still change their other fields
            check_unique_name(team, name, member)
        before = facts_of(member)
        check_reached(name, phone, slack_user_id)
        check_second(name, phone, second_phone)
        changed = [field for field, value in wanted.items() if getattr(member, field) != value]
        if not changed:
            raise NothingToDo(f"{member.name}’s details are already like that.")
        for field in changed:
            setattr(member, field, wanted[field])
        member.updated_at = now
        member.save()
        AuditEntry.record(team, actor, "member edited", now, before=before, after=facts_of(member))
    return changed


def takes_effect(team: Team, member: Member, now: datetime) -> date:
    """Return the Monday from which a change at `now` holds: this week's while nobody has a shift.

    It is never before an earlier change of the same member, which would undo the new one.
    """
    monday = schedule.monday_of_changes(team, now)
    last = queue.last_change(member)
    return max(monday, last.effective_from) if last else monday
