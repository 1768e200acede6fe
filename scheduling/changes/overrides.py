"""Overrides: create and cancel. They lie over the assignments and never edit them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar, NamedTuple

from peewee import ModelSelect

from scheduling.changes import checks, covering
from scheduling.changes.operation import Actor, Agreed, Operation, Outcome
from scheduling.changes.people import everyone, member_of, mentioned
from scheduling.errors import NotAllowed, NothingToDo, Refusal
from scheduling.rota import queue, schedule
from scheduling.rota.timeline import Segment
from scheduling.words.agreement import Terms
from scheduling.words.lines import Line
from scheduling.words.mrkdwn import by
from scheduling.words.times import span_time
from storage.database import reading, writing
from storage.models import LONGEST_OVERRIDE, AuditEntry, Member, Override, Team


class OverrideCreated(Outcome, frozen=True):
    """An override, and the ids of the members it covers; none in a gap.

    `planned` is whether the rotation is planned that far. `people` are all members by id.
    """

    override: Override
    member: Member
    instead: tuple[int, ...]
    planned: bool
    people: dict[int, Member]

    @property
    def reason(self) -> str | None:
        """Why they cover."""
        return self.override.reason


class CreateOverride(Agreed[OverrideCreated], frozen=True):
    """Put a member on call in [start, end), aware instants, regardless of the rotation."""

    kind: ClassVar = "override created"
    member: int
    start: datetime
    end: datetime
    reason: str | None = None

    @property
    def begins(self) -> datetime:
        """When it starts."""
        return self.start

    def rights(self, actor: Actor, team: Team, now: datetime) -> None:
        """See `covering.may_put`."""
        covering.may_put(self, actor, team, now)

    def asks(self, actor: Actor, team: Team, now: datetime) -> Member | None:
        """See `covering.to_ask`."""
        return covering.to_ask(self, actor, team, now)

    def agree(self, actor: Actor, asker: str, team: Team, now: datetime) -> None:
        """See `covering.may_agree`."""
        covering.may_agree(self, actor, asker, team, now)

    def terms(self, asker: str, asked: str, team: Team, now: datetime) -> Terms:
        """See `covering.terms`."""
        return covering.terms(self, asker, asked, team, now)

    def apply(self, team: Team, actor: str, now: datetime) -> OverrideCreated:
        """Create it; see `create`."""
        member = member_of(team, self.member)
        created = create(
            team, member, self.start, self.end, reason=self.reason, actor=actor, now=now
        )
        people = schedule.members_by_id(team)
        on_call = dict.fromkeys(one for segment in created.replaced for one in segment.members)
        instead = tuple(one for one in on_call if one != member.id)
        planned = schedule.planned_until(team)
        start, end = created.override.start_datetime, created.override.end_datetime
        span = span_time(start, end, schedule.clock_of(team), now)
        who, whom = mentioned(member), everyone(people, instead)
        what = f"Have {who} cover for {whom}" if whom else f"Put {who} on call"
        return OverrideCreated(
            f"{what}, {span}",
            created.override,
            member,
            instead,
            planned is not None and self.start < planned,
            people,
        )


class OverrideEdited(Outcome, frozen=True):
    """An override as it is now."""

    override: Override


class EditOverride(Agreed[OverrideEdited], frozen=True):
    """Give the override with this number another member, span or reason."""

    kind: ClassVar = "override edited"
    member: int
    start: datetime
    end: datetime
    number: int
    reason: str | None = None

    @property
    def begins(self) -> datetime:
        """When it starts."""
        return self.start

    def rights(self, actor: Actor, team: Team, now: datetime) -> None:
        """See `covering.may_put`. It must also be an override that they may change."""
        covering.may_put(self, actor, team, now, changeable(team, self.number, actor, now))

    def asks(self, actor: Actor, team: Team, now: datetime) -> Member | None:
        """See `covering.to_ask`."""
        return covering.to_ask(self, actor, team, now, find(team, self.number, now))

    def agree(self, actor: Actor, asker: str, team: Team, now: datetime) -> None:
        """See `covering.may_agree`."""
        changed = find(team, self.number, now)
        covering.may_agree(self, actor, asker, team, now, changed=changed)

    def terms(self, asker: str, asked: str, team: Team, now: datetime) -> Terms:
        """See `covering.terms`."""
        return covering.terms(self, asker, asked, team, now)

    def apply(self, team: Team, actor: str, now: datetime) -> OverrideEdited:
        """Change it; see `edit`."""
        override = edit(
            team,
            self.number,
            member=member_of(team, self.member),
            start=self.start,
            end=self.end,
            reason=self.reason,
            actor=actor,
            now=now,
        )
        return OverrideEdited(f"Change override {self.number}", override)


class OverrideCancelled(Outcome, frozen=True):
    """A cancelled override, from when, and the ids of the members on call then."""

    override: Override
    since: datetime
    on_call: tuple[int, ...]
    people: dict[int, Member]


class CancelOverride(Operation[OverrideCancelled], frozen=True):
    """Cancel the override with this number."""

    kind: ClassVar = "override cancelled"
    number: int

    def rights(self, actor: Actor, team: Team, now: datetime) -> None:
        """Raise Refusal unless it's an override that they may change."""
        changeable(team, self.number, actor, now)

    def apply(self, team: Team, actor: str, now: datetime) -> OverrideCancelled:
        """Cancel it; see `cancel`."""
        override = cancel(team, self.number, actor=actor, now=now)
        since = max(override.start_datetime, override.cancelled_at)
        whose = mentioned(override.team_member)
        return OverrideCancelled(
            f"Cancel override {override.id} ({whose} covering)",
            override,
            since,
            schedule.on_call(team, since).members,
            schedule.members_by_id(team),
        )


# --- rights -----------------------------------------------------------------------------------


def changeable(team: Team, number: int, actor: Actor, now: datetime) -> Override:
    """Return an override that the actor may change: a lead any, others those they made.

    Raises Refusal.
    """
    override = find(team, number, now)
    if own(actor, team, now)(override) or actor.leads(team):
        return override
    if override.created_by == actor.id:
        actor.needs_to_lead(team)
    actor.roles.needs_to_be_known()
    raise NotAllowed(
        f"Override {number} was made by {by(override.created_by)}. They or a lead can change it.",
        ask=actor.roles.others(team),
    )


def own(actor: Actor, team: Team, now: datetime) -> Callable[[Override], bool]:
    """Return a predicate for overrides that the actor, a member or contact, made."""
    me = actor.known_in(team)
    takes_turns = me is not None and queue.takes_turns(me, now)

    def is_own(override: Override) -> bool:
        covers = me is not None and me.escalates and override.team_member_id == me.id
        return override.created_by == actor.id and (takes_turns or covers)

    return is_own


# --- making them ------------------------------------------------------------------------------


class Created(NamedTuple):
    """A new override, and the timeline that it replaces in its span."""

    override: Override
    replaced: list[Segment]


def create(
    team: Team,
    member: Member,
    start: datetime,
    end: datetime,
    *,
    reason: str | None,
    actor: str,
    now: datetime,
) -> Created:
    """Put `member` on call in [start, end), aware instants, regardless of the rotation.

    A start in the past becomes `now`. The member may be inactive. Raises Refusal if the span is
    over or too long, or if the member is already on call then.
    """
    reason = checks.check_reason(reason)
    with writing():
        start = max(start, schedule.open_instant(team, now))
        _check_span(start, end)
        replaced = schedule.segments(team, start, end)
        if all(segment.members == (member.id,) for segment in replaced):
            raise NothingToDo(
                f"{member.name} is already on call then.",
                suggest=(Line("schedule"), " shows whose shift is when."),
            )
        override = Override.create(
            team=team,
            team_member=member,
            start_datetime=start,
            end_datetime=end,
            reason=reason,
            created_by=actor,
            created_at=now,
        )
        AuditEntry.record(team, actor, "override created", now, after=_facts(override))
    return Created(override, replaced)


def edit(
    team: Team,
    number: int,
    *,
    member: Member,
    start: datetime,
    end: datetime,
    reason: str | None,
    actor: str,
    now: datetime,
) -> Override:
    """Change an override; the past part of a running one stays as it was.

    Raises Refusal if it is over or cancelled, or if the new span is over.
    """
    with writing():
        now = schedule.open_instant(team, now)
        override = find(team, number, now)
        if reason != override.reason:  # an old reason, longer than allowed today, may stay
            reason = checks.check_reason(reason)
        start = max(start, now)
        present = (override.team_member_id, override.end_datetime, override.reason)
        same_start = start == max(override.start_datetime, now)
        if same_start and present == (member.id, end, reason):
            raise NothingToDo(f"Override {number} is already like that.")
        before = _facts(override)
        _check_span(start, end)
        begun = override.start_datetime < now
        if begun:
            end_before(override, now)
            override = Override(team=team, created_by=override.created_by, created_at=now)
        override.team_member, override.reason = member, reason
        override.start_datetime, override.end_datetime = start, end
        if begun:
            lay_beneath(override, number, now)
        else:
            override.save()
        AuditEntry.record(
            team, actor, "override edited", now, before=before, after=_facts(override)
        )
    return override


def cancel(team: Team, number: int, *, actor: str, now: datetime) -> Override:
    """Cancel an override from `now` on, and return it; what is beneath it counts again.

    The past part of a running one stays as it was. Raises Refusal if it is unknown, over or
    cancelled.
    """
    with writing():
        now = schedule.open_instant(team, now)
        override = find(team, number, now)
        end_before(override, now)
        AuditEntry.record(team, actor, "override cancelled", now, before=_facts(override))
    return override


def find(team: Team, number: int, now: datetime) -> Override:
    """Return a running or future override. Raises Refusal if it is unknown or over."""
    with reading():
        override = Override.get_or_none(Override.team == team, Override.id == number)
    if override is None:
        raise Refusal(
            f"There’s no override {number}.",
            suggest=(Line("overrides"), " shows their numbers."),
        )
    if override.cancelled_at is not None:
        raise NothingToDo(
            f"Override {number} is already canceled.",
            "which",
            suggest=(Line("overrides"), " lists the others."),
        )
    if override.end_datetime <= now:
        raise Refusal(
            f"Override {number} is over.",
            suggest=(Line("overrides"), " lists the upcoming ones."),
        )
    return override


def lay_beneath(override: Override, number: int, now: datetime) -> None:
    """Store an override that replaces the one with `number`, beneath any newer ones.

    Since the newest wins, overrides above it are stored again after it, in their order.
    """
    override.save(force_insert=True)
    for newer in sorted(still_to_come(override.team, now), key=lambda one: one.id):
        overlaps = (
            newer.start_datetime < override.end_datetime
            and newer.end_datetime > override.start_datetime
        )
        if number < newer.id < override.id and overlaps:
            columns = {**newer.__data__, "start_datetime": max(newer.start_datetime, now)}
            del columns["id"]
            end_before(newer, now)
            Override.create(**columns)


def covered_by_newer(found: Sequence[Override], now: datetime) -> set[int]:
    """Return the ids of overrides that newer ones cover completely from `now` on.

    Newest first, each takes the pieces of time that are still free; one that finds none is covered.
    Each piece is taken once, so ten thousand overrides take no longer than sorting them.
    """
    spans = {one.id: (max(one.start_datetime, now), one.end_datetime) for one in found}
    edges = sorted({edge for span in spans.values() for edge in span})
    places = {edge: place for place, edge in enumerate(edges)}
    # For each piece, a later one from which to look for a free one (path compression).
    free = list(range(len(edges) + 1))

    def next_free(place: int) -> int:
        while free[place] != place:
            free[place] = free[free[place]]
            place = free[place]
        return place

    covered = set()
    for number in sorted(spans, reverse=True):
        start, end = (places[edge] for edge in spans[number])
        place = next_free(start)
        if place >= end:
            covered.add(number)
        while place < end:
            free[place] = place + 1
            place = next_free(place)
    return covered


def end_before(override: Override, now: datetime) -> None:
    """Mark an override as cancelled at `now`; its past part stays in force."""
    override.cancelled_at = now
    if override.start_datetime < now:
        override.end_datetime = now
    override.save()


def still_to_come(team: Team, now: datetime, member: Member | None = None) -> list[Override]:
    """Return running and future overrides by start, of one covering member or of all."""
    with reading():
        query = _to_come(team, now)
        if member is not None:
            query = query.where(Override.team_member == member)
        return list(query.order_by(Override.start_datetime, Override.id))


def may_change_any(team: Team, actor: Actor, now: datetime) -> bool:
    """Tell whether there is a running or future override that the actor may change."""
    with reading():
        if actor.leads(team):
            return bool(_to_come(team, now).exists())
        theirs = _to_come(team, now).where(Override.created_by == actor.id)
        return any(map(own(actor, team, now), theirs))


def _to_come(team: Team, now: datetime) -> "ModelSelect[Override]":
    """Return the query of running and future overrides, each with its covering member."""
    recent = Override.start_datetime > now - LONGEST_OVERRIDE
    still = (Override.end_datetime > now) & Override.cancelled_at.is_null()
    query = Override.select(Override, Member).join(Member)
    return query.where(Override.team == team, recent, still)


def _check_span(start: datetime, end: datetime) -> None:
    if end <= start:
        raise Refusal(
            "That time has already passed. Give one that’s still ahead, "
            "for example `tomorrow` or `friday 14:00 to 18:00`.",
            "end",
        )
    if end - start > LONGEST_OVERRIDE:
        raise Refusal(
            f"An override can be {LONGEST_OVERRIDE.days // 7} weeks long at most.",
            "end",
            suggest=(
                "For a longer absence, a lead can take the person who’s away out of the rotation: ",
                Line("members remove @alice"),
                ".",
            ),
        )


def _facts(override: Override) -> dict[str, object]:
    return {
        "override": override.id,
        "member": override.team_member.name,
        "start": override.start_datetime,
        "end": override.end_datetime,
        "reason": override.reason,
    }
