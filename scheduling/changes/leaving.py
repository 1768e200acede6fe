"""Members leave the rotation, now or on a later day, and come back."""

from datetime import date, datetime, time, timedelta
from typing import ClassVar, NamedTuple

from scheduling.changes import overrides
from scheduling.changes.members import Joined, add_member, takes_effect
from scheduling.changes.operation import Operation, Outcome
from scheduling.changes.people import facts_of, member_of, mentioned
from scheduling.errors import NothingToDo, Refusal
from scheduling.rota import first_turn, queue, rotation, schedule
from scheduling.rota.timeline import Segment
from scheduling.words.lines import Line, mention
from scheduling.words.times import dated
from storage.database import writing
from storage.models import AuditEntry, Member, Override, RotationChange, Team
from storage.queries import timeline

A_MOMENT = timedelta(minutes=1)  # changes may take this long to take effect: it isn't a gap


class Left(NamedTuple):
    """A member who left: who covers their running shift, and their cancelled overrides."""

    member: Member
    covered: list[Override]
    cancelled: list[Override]


# --- operations -------------------------------------------------------------------------------


class MemberRemoved(Outcome, frozen=True):
    """Who left `at` an instant, what went with them, and whether anybody still takes turns.

    `gap` is the first new gap of the coming week; its end is None if that is later.
    """

    left: Left
    at: datetime
    others: bool
    gap: tuple[datetime, datetime | None] | None


class RemoveMember(Operation[MemberRemoved], frozen=True):
    """Remove a member from the rotation at once; `cover` takes over their running shift."""

    kind: ClassVar = "member removed"
    member: int
    cover: int | None = None

    def apply(self, team: Team, actor: str, now: datetime) -> MemberRemoved:
        """Remove them; see `remove_member`."""
        member = member_of(team, self.member)
        cover = member_of(team, self.cover) if self.cover else None
        before = schedule.segments(team, now, now + rotation.WEEK)
        left = remove_member(team, member, cover=cover, actor=actor, now=now)
        title = f"Remove {mentioned(member)} from the rotation"
        others = bool(queue.in_order(team, now))
        return MemberRemoved(title, left, now, others, _new_gap(team, before))


def _new_gap(team: Team, before: list[Segment]) -> tuple[datetime, datetime | None] | None:
    horizon = before[-1].end
    for gap in schedule.segments(team, before[0].start, horizon):
        was = next(one for one in before if one.start <= gap.start < one.end)
        if not gap.members and was.members and gap.end - gap.start > A_MOMENT:
            return gap.start, gap.end if gap.end < horizon else None
    return None


class MemberLeaves(Outcome, frozen=True):
    """Who will leave, and on which local day."""

    member: Member
    day: date


class LeaveLater(Operation[MemberLeaves], frozen=True):
    """Have a member leave on a future local day."""

    kind: ClassVar = "member leaves"
    member: int
    day: date

    def apply(self, team: Team, actor: str, now: datetime) -> MemberLeaves:
        """Store the leave; see `leave_later`."""
        member, day = member_of(team, self.member), self.day
        leave_later(team, member, day, actor=actor, now=now)
        title = f"Remove {mentioned(member)} from the rotation on {dated(day, year=True)}"
        return MemberLeaves(title, member, day)


class MemberActivated(Outcome, frozen=True):
    """Who is back, and how; `joined` is None if they hadn't left yet."""

    member: Member
    joined: Joined | None


class Activate(Operation[MemberActivated], frozen=True):
    """Put somebody back into the rotation who left or is about to."""

    kind: ClassVar = "member activated"
    member: int

    def apply(self, team: Team, actor: str, now: datetime) -> MemberActivated:
        """Put them back; see `activate`."""
        member = member_of(team, self.member)
        joined = activate(team, member, actor=actor, now=now)
        title = (
            f"Bring {mentioned(member)} back into the rotation"
            if joined
            else f"Keep {mentioned(member)} in the rotation"
        )
        return MemberActivated(title, member, joined)


# --- making them ------------------------------------------------------------------------------


def remove_member(
    team: Team, member: Member, *, cover: Member | None, actor: str, now: datetime
) -> Left:
    """Remove a member from the rotation; the history stays.

    Their remaining shifts of this week go to members without one; nobody else's move. Raises
    Refusal if they are on call at `now` and nobody is named to cover the rest, if the cover is the
    member, or if they have already left.
    """
    with writing():
        queue.settle_leavers(team, now)
        member = Member.get_by_id(member.id)
        if not member.is_active:
            raise NothingToDo(
                f"{member.name} isn’t in the rotation.",
                suggest=(Line("members"), " lists who is."),
            )
        if cover is not None and cover.id == member.id:
            raise Refusal(
                f"{member.name} can’t cover for themselves.",
                suggest=("Name somebody else, for example ", _with_cover(member), "."),
            )
        now = schedule.open_instant(team, now)
        held = _still_held(team, member, now)
        if queue.leaves_on(team, member):
            _forget_leaving(member)
        monday = takes_effect(team, member, now)
        if held and cover is None:
            when = "is on call right now" if held[0].start == now else "is in the middle of a shift"
            raise Refusal(
                f"{member.name} {when}.",
                suggest=("Say who covers the rest, for example ", _with_cover(member), "."),
            )
        cancelled = overrides.still_to_come(team, now, member)
        for override in cancelled:
            overrides.end_before(override, now)
        RotationChange.create(
            team=team,
            team_member=member,
            kind="leave",
            effective_from=monday,
            # A leave for the whole week has no shifts to give away. Members who leave like that can
            # come back at once, for example with another number.
            vacated_at=now if monday == schedule.next_monday_of(team, now) else None,
            created_at=now,
        )
        first_turn.rotation_changes(team, schedule.monday_of(team, now), now)
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
            if piece.members != (cover.id,)  # otherwise the rotation already gave it to the cover
        ]
        AuditEntry.record(team, actor, "member removed", now, before=before, after=facts_of(member))
    return Left(member, covered, cancelled)


def leave_later(team: Team, member: Member, day: date, *, actor: str, now: datetime) -> None:
    """Have a member leave on a future local day: from then on they start no shift.

    A shift that runs into that day stays theirs to its end. Overrides in which they cover after
    that are cancelled. Raises Refusal if they have left, already will, or the day has come.
    """
    if not member.is_active:
        raise NothingToDo(
            f"{member.name} isn’t in the rotation.",
            suggest=(Line("members"), " lists who is."),
        )
    with writing():
        now = schedule.open_instant(team, now)
        zone = schedule.zone_of(team)
        at = rotation.instant(day, time(), zone)
        if at <= now:
            raise Refusal(
                f"{dated(day)} has already started.",
                "day",
                suggest=(
                    "Give a later day, or none for today: ",
                    Line(f"members remove {mention(member)}"),
                    ".",
                ),
            )
        if leaving := queue.leaves_on(team, member):
            refused = NothingToDo if leaving == day else Refusal
            raise refused(
                f"{member.name} is already leaving on {dated(leaving)}.",
                "day",
                suggest=("To undo that: ", Line(f"members activate {mention(member)}"), "."),
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
        first_turn.rotation_changes(team, monday, now)
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
    """Put a former member back, or drop a future leave (returns None then).

    Raises Refusal if they are in the rotation and aren't leaving.
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
            raise NothingToDo(
                f"{member.name} is already in the rotation.",
                suggest=(Line("members"), " lists who is."),
            )
        _forget_leaving(member)
        first_turn.rotation_changes(team, day - timedelta(days=day.weekday()), now)
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
    """Delete a future leave, which is the member's last change."""
    if last := queue.last_change(member):
        last.delete_instance()


def _with_cover(member: Member) -> Line:
    return Line(f"members remove {mention(member)} cover @bob")


def _still_held(team: Team, member: Member, now: datetime) -> list[Segment]:
    """Return the segments in which shifts that the member already began keep them on call."""
    assigned = timeline.assignments(team.id, now, now + rotation.WEEK)
    ends = [one.end for one in assigned if one.member == member.id and one.start <= now]
    put = overrides.still_to_come(team, now, member)
    ends += [one.end_datetime for one in put if one.start_datetime <= now]
    until = max(ends, default=now)
    if until == now:
        return []
    return [s for s in schedule.segments(team, now, until) if member.id in s.members]
