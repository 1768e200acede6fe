"""Changes to who is in the team and in the rotation."""

from dataclasses import dataclass
from datetime import date, datetime

from scheduling import overrides, rotation, schedule
from scheduling.errors import Refusal
from scheduling.numbers import masked
from scheduling.timeline import Segment
from storage.database import reading, writing
from storage.models import Assignment, AuditEntry, Member, Override, RotationChange, Team

LONGEST_NAME = 80  # characters: an SMS has room for two such names


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
    actor: str,
    now: datetime,
) -> Joined:
    """Take a person into the team, at the end of the rotation; one who had left comes back.

    `phone` is E.164. The change takes effect next Monday, or at once while nobody has a shift in
    the running week. Raises Refusal when the person or the number is in the team already.
    """
    if not name.strip():
        raise Refusal("A member needs a name. For example: `/oncall members add @alice …`.", "name")
    if len(name) > LONGEST_NAME:
        raise Refusal(f"A name has {LONGEST_NAME} characters at most. Use a shorter one.", "name")
    with writing():
        now = schedule.open_instant(team, now)
        member = _known(team, phone, slack_user_id)
        _tell_apart(team, name, slack_user_id)
        came_back = member is not None
        if member is None:
            member = Member(team=team, created_at=now)
        before = _facts(member) if came_back else None
        member.name = name
        member.phone = phone
        member.slack_user_id = slack_user_id or member.slack_user_id
        member.time_zone = time_zone or member.time_zone
        member.is_active = True
        member.updated_at = now
        member.save()
        monday = _takes_effect(team, member, now)
        RotationChange.create(
            team=team, team_member=member, kind="join", effective_from=monday, created_at=now
        )
        schedule.regenerate(team, now)
        place = queue(team, monday).index(member.id) + 1
        AuditEntry.record(
            team,
            actor,
            "member added",
            now,
            before=before,
            after={**_facts(member), "effective_from": monday, "place": place},
        )
    return Joined(member, monday, place, came_back)


def remove_member(
    team: Team, member: Member, *, cover: Member | None, actor: str, now: datetime
) -> Left:
    """Take a member out of the rotation; the history stays.

    Their remaining shifts of this week go to those who rest, nobody else's move. Raises Refusal
    when they are on call at `now` and nobody is named to cover the rest, when the cover is the
    member, or when they have left before.
    """
    if not member.is_active:
        raise Refusal(
            f"{member.name} is not in the rotation any more. `/oncall members` lists who is."
        )
    if cover is not None and cover.id == member.id:
        raise Refusal(
            f"{member.name} cannot cover for themselves. Name somebody else, for example "
            f"`/oncall members remove {mention(member)} cover @bob`."
        )
    with writing():
        now = schedule.open_instant(team, now)
        held = _still_held(team, member, now)
        monday = _takes_effect(team, member, now)
        if held and cover is None:
            when = "is on call right now" if held[0].start == now else "has a shift that is running"
            raise Refusal(
                f"{member.name} {when}. Say who takes over the rest, for example "
                f"`/oncall members remove {mention(member)} cover @bob`."
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
        before = _facts(member)
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
        AuditEntry.record(team, actor, "member removed", now, before=before, after=_facts(member))
    return Left(member, covered, cancelled)


def queue(team: Team, monday: date) -> list[int]:
    """Return the ids of the members in rotation order in the week of `monday`."""
    with reading():
        return rotation.queue_at(schedule.rotation_changes(team), monday)


def mention(member: Member) -> str:
    """Return how one names the member in a command: '@alice', or the name in quotes."""
    return f"<@{member.slack_user_id}>" if member.slack_user_id else f'"{member.name}"'


def _takes_effect(team: Team, member: Member, now: datetime) -> date:
    """Return the Monday from which a change at `now` holds: this week's while nobody has a shift.

    Never one before an earlier change of the same member, which would undo the new one.
    """
    monday = schedule.next_monday_of(team, now)
    if not schedule.dealt_this_week(team, now):
        monday -= rotation.WEEK
    changes = RotationChange.select().where(RotationChange.team_member == member)
    last = changes.order_by(RotationChange.effective_from.desc()).first()
    return max(monday, last.effective_from) if last else monday


def _tell_apart(team: Team, name: str, slack_user_id: str | None) -> None:
    """Refuse a name by which nobody could tell which of two members is meant."""
    for other in Member.of_team(team):
        nameless = slack_user_id is None and other.slack_user_id is None
        if nameless and other.is_active and other.name.casefold() == name.casefold():
            raise Refusal(
                f"There is a {other.name} in the rotation already. Give a name that tells them "
                f'apart, for example `/oncall members add "{name} B" +13125550101`.',
                "name",
            )


def _known(team: Team, phone: str, slack_user_id: str | None) -> Member | None:
    """Return the former member whom this number or Slack user belongs to."""
    same = Member.phone == phone
    if slack_user_id:
        same = same | (Member.slack_user_id == slack_user_id)
    found = list(Member.select().where(Member.team == team, same))
    for member in found:
        if member.is_active and member.slack_user_id == slack_user_id is not None:
            raise Refusal(
                f"{member.name} is in the rotation already, with {masked(member.phone)}. "
                f"To change the number, `/oncall members remove {mention(member)}` "
                "and add them again."
            )
        if member.is_active:
            raise Refusal(
                f"{masked(phone)} is {member.name}’s number already. Everybody needs their own: "
                "check the digits.",
                "phone",
            )
    if len(found) > 1:
        raise Refusal(
            f"{masked(phone)} was {found[0].name}’s number and the Slack user was "
            f"{found[1].name}: I cannot tell who comes back. Use the number they had before.",
            "phone",
        )
    return found[0] if found else None


def _still_held(team: Team, member: Member, now: datetime) -> list[Segment]:
    """Return the segments in which what the member already began leaves them on call."""
    running = [
        *Assignment.overlapping(team, now, now + rotation.WEEK).where(
            Assignment.team_member == member, Assignment.start_datetime <= now
        ),
        *(o for o in overrides.still_to_come(team, now, member) if o.start_datetime <= now),
    ]
    until = max((row.end_datetime for row in running), default=now)
    if until == now:
        return []
    return [s for s in schedule.segments(team, now, until) if member.id in s.members]


def _facts(member: Member) -> dict[str, object]:
    # The number in full: the audit log is the one place that must tell which one was changed.
    return {
        "member": member.id,
        "name": member.name,
        "phone": member.phone,
        "slack_user_id": member.slack_user_id,
        "is_active": member.is_active,
    }
