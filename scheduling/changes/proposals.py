"""Changes that are shown before they are made: preview, confirm, discard, undo.

A preview makes the change in a savepoint, compares who is on call before and after, and rolls it
back. So it shows what would happen by the same code that makes it happen. Confirming runs it again
and keeps it, if it still does what was shown.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Generic, NamedTuple

from scheduling.changes import agreement, own_entries, registry, undo, waiting
from scheduling.changes.operation import Actor, Agreed, Did, Operation
from scheduling.changes.overrides import CreateOverride
from scheduling.changes.people import mentioned
from scheduling.errors import NotAllowed, NothingToDo, Refusal
from scheduling.notifications import queue, snapshot
from scheduling.rota import schedule, timeline
from scheduling.rota.timeline import Move
from scheduling.words import agreement as words
from scheduling.words import titles
from scheduling.words.directs import moved_note
from scheduling.words.lines import Line, continued, in_slack
from scheduling.words.mrkdwn import by
from scheduling.words.people import MovedTurn
from storage.database import reading, rehearsing, writing
from storage.models import Member, Proposal, Team
from storage.statuses import ProposalStatus, Purpose

# How long a change can be undone.
UNDO_WITHIN = timedelta(hours=24)
# No override can be further ahead.
FARTHEST = timedelta(days=800)


class Preview(NamedTuple, Generic[Did]):
    """What a change would do, or did if it is `kept`: its outcome, and the moves of shifts.

    `people` are the members by id, including those that the change adds.
    """

    operation: Operation[Did]
    outcome: Did
    moves: list[Move]
    people: dict[int, Member]
    kept: bool
    proposal: Proposal


def propose(
    team: Team,
    operation: Operation[Did],
    actor: Actor,
    *,
    now: datetime,
) -> Preview[Did]:
    """Make a change at once if it moves nobody's shift; otherwise store it to be confirmed.

    It's also stored if the operation always has a preview, or if somebody else has to agree, who
    gets a direct message and becomes the proposal's `asked`. Raises the operation's refusals,
    including that the actor may not have it made.
    """
    with reading():
        operation.rights(actor, team, now)
        other = operation.asks(actor, team, now)
    asked = other.slack_user_id if other else None
    with writing():
        if asked:
            agreement.not_twice(team, operation, actor, now)
        carried = _carry_out(
            team,
            operation,
            actor.id,
            now,
            lambda moves, _: not (moves or asked or operation.shown_first),
        )
        proposal = Proposal.create(
            team=team,
            actor=actor.id,
            asked=asked,
            kind=operation.kind,
            facts=registry.encode(operation),
            title=carried.title,
            fingerprint=carried.fingerprint,
            status=ProposalStatus.DONE if carried.kept else ProposalStatus.OPEN,
            touched=undo.as_json(carried.changed_rows) if carried.kept else None,
            created_at=now,
            settled_at=now if carried.kept else None,
        )
        if carried.kept:
            _mark_undone(proposal)
        if other:
            agreement.ask(proposal, other, now)
    return carried.of(operation, proposal)


def rehearse(number: int, actor: Actor, *, now: datetime) -> Preview[Any]:
    """Return what an open proposal would do now, without changing anything.

    If somebody has to agree to it, both they and the person who asked may look. The returned
    proposal has the fingerprint of that. Raises Settled if it's already settled, NotAllowed if it
    isn't theirs, and the operation's refusals.
    """
    proposal = waiting.find(number)
    if proposal.asked is None or proposal.actor != actor.id:
        _may_settle(proposal, actor)
    waiting.open_one(number, now)
    operation = registry.decode(proposal.kind, proposal.facts)
    with writing():
        carried = _carry_out(proposal.team, operation, proposal.actor, now, lambda _, __: False)
    proposal.fingerprint = carried.fingerprint
    return carried.of(operation, proposal)


class Impossible(Refusal):
    """What somebody was asked is no longer possible: it's discarded, and the asker notified."""


def confirm(number: int, actor: Actor, *, seen: str | None = None, now: datetime) -> Preview[Any]:
    """Make a previewed change, unless it would do something else than was shown.

    `seen` is the beginning of the fingerprint that the actor saw, by default the last one shown. If
    the fingerprint has changed, nothing is done: `kept` is false, and the caller shows the new
    moves. People whose shifts move are notified. Raises Settled if it's already settled,
    NotAllowed if it isn't theirs, and the operation's refusals, or instead of those Impossible if
    the actor was asked to agree.
    """
    with reading():
        proposal, operation = _theirs(number, actor, now)
        try:
            if proposal.asked is None:
                _may_confirm(operation, actor, proposal.team, now)
            return _confirm(proposal, operation, seen, actor, now)
        except waiting.Settled:
            raise
        except Refusal as refusal:
            if proposal.asked is None:
                raise
            raise _impossible(proposal, refusal, now) from refusal


def _theirs(number: int, actor: Actor, now: datetime) -> tuple[Proposal, Operation[Any]]:
    """Return an open proposal that the actor may confirm, and its operation."""
    proposal = waiting.find(number)
    _may_settle(proposal, actor)
    waiting.open_one(number, now)
    return proposal, registry.decode(proposal.kind, proposal.facts)


def _may_settle(proposal: Proposal, actor: Actor) -> None:
    """Raise NotAllowed unless it's the actor who confirms or accepts a proposal."""
    if proposal.asked not in (None, actor.id):
        raise NotAllowed(f"Only {by(proposal.asked)} can accept that.")
    if proposal.asked is None and proposal.actor != actor.id:
        raise NotAllowed(f"Only {by(proposal.actor)}, who asked for it, can confirm that.")


def _may_confirm(operation: Operation[Any], actor: Actor, team: Team, now: datetime) -> None:
    """Raise Refusal unless the actor may still have it made without asking anybody."""
    operation.rights(actor, team, now)
    other = operation.asks(actor, team, now)
    if other is not None:
        raise NotAllowed(
            f"{mentioned(other)} has to agree to that first. Type it again, and I’ll ask them."
        )


def _confirm(
    proposal: Proposal, operation: Operation[Did], seen: str | None, actor: Actor, now: datetime
) -> Preview[Did]:
    with writing():
        row = waiting.open_one(proposal.id, now)
        if row.asked and isinstance(operation, Agreed):
            # In the transaction, so that two people can't accept at the same moment.
            operation.agree(actor, row.actor, row.team, now)
        # The person asked agrees to all of it, and `agree` has checked that it's unchanged.
        expected = "" if row.asked else seen or row.fingerprint
        carried = _carry_out(
            row.team, operation, row.actor, now, lambda _, found: found.startswith(expected)
        )
        if carried.kept:
            row.status, row.settled_at = ProposalStatus.DONE, now
            row.title, row.touched = carried.title, undo.as_json(carried.changed_rows)
            _mark_undone(row)
            covers, reason = isinstance(operation, CreateOverride), carried.outcome.reason
            new = set[int]() if isinstance(operation, undo.Undo) else carried.new
            _tell(row, carried.moves, actor.id, now, covers=covers, new=new, reason=reason)
            if row.asked:
                agreement.tell_asker(row, words.accepted(agreement.terms(row, now)), now)
        else:
            row.title, row.fingerprint = carried.title, carried.fingerprint
        row.save()
    return carried.of(operation, row)


def _impossible(proposal: Proposal, refusal: Refusal, now: datetime) -> Impossible:
    """Discard an impossible request and notify its asker, so that neither waits forever."""
    to_asker = refusal.read_by(proposal.actor)
    why = continued(to_asker.message, in_slack(to_asker.suggest))
    refusal = refusal.read_by(proposal.asked or "")
    with writing():
        settled = waiting.settle(proposal, ProposalStatus.DISCARDED, now)
        text = words.impossible(agreement.terms(settled, now), why)
        agreement.tell_asker(settled, text, now)
    return Impossible(f"That’s no longer possible. {refusal.message}", suggest=refusal.suggest)


def discard(number: int, actor: Actor, now: datetime) -> Proposal:
    """Discard the actor's change; notify the person asked to agree, if any. Raises Settled."""
    with writing():
        proposal = waiting.find(number)
        if proposal.actor != actor.id:
            raise NotAllowed(f"Only {by(proposal.actor)}, who asked for it, can discard that.")
        settled = waiting.settle(proposal, ProposalStatus.DISCARDED, now)
        if settled.asked is not None:
            agreement.withdrawn(settled, now)
        return settled


# --- undo -------------------------------------------------------------------------------------


def last_change(team: Team, now: datetime) -> Proposal:
    """Return the team's last change that can be undone. Raises Refusal if there is none.

    Details that members entered about themselves are skipped.
    """
    with reading():
        found = (
            Proposal.select()
            .where(
                Proposal.team == team,
                Proposal.status == ProposalStatus.DONE,
                Proposal.kind != undo.Undo.kind,
                Proposal.touched != "[]",
            )
            .order_by(Proposal.settled_at.desc(), Proposal.id.desc())
        )
        row = next((one for one in found.iterator() if not own_entries.is_own(one)), None)
    if row is None or now - row.settled_at > UNDO_WITHIN:
        last = f" The last change, “{row.title}”, is older." if row else ""
        raise NothingToDo(
            f"There’s nothing to undo in {team.name} from the last 24 hours.{last}",
            suggest=(Line("audit"), " shows who changed what."),
        )
    return row  # type: ignore[no-any-return]


def _mark_undone(proposal: Proposal) -> None:
    if proposal.kind == undo.Undo.kind:
        undone = Proposal.update(status=ProposalStatus.UNDONE)
        undone.where(Proposal.id == json.loads(proposal.facts)["proposal"]).execute()


# --- how --------------------------------------------------------------------------------------


class _Carried(NamedTuple, Generic[Did]):
    outcome: Did
    moves: list[Move]
    people: dict[int, Member]
    new: set[int]  # members who had no shift before
    fingerprint: str
    changed_rows: list[undo.ChangedRow]
    kept: bool

    @property
    def title(self) -> str:
        """The change's title with its reason, as it would be now."""
        return titles.whole(self.outcome.title, self.outcome.reason)

    def of(self, operation: Operation[Did], proposal: Proposal) -> Preview[Did]:
        return Preview(operation, self.outcome, self.moves, self.people, self.kept, proposal)


def _carry_out(
    team: Team,
    operation: Operation[Did],
    actor: str,
    now: datetime,
    keep: Callable[[list[Move], str], bool],
) -> _Carried[Did]:
    """Make a change, and keep it if `keep` says so, given its moves and fingerprint."""
    team = Team.get_by_id(team.id)
    since = schedule.open_instant(team, now)
    before = schedule.segments(team, since, since + FARTHEST)
    planned = _Planned(
        schedule.planned_until(team),
        schedule.is_topped_up(team, since),
        team.weeks_ahead,
        team.time_zone,
    )
    rows = undo.rows(team, since)
    with rehearsing() as roll_back:
        outcome = operation.apply(team, actor, now)
        after = schedule.segments(team, since, since + FARTHEST)
        moves = timeline.moves(before, after, _horizon(team, planned, since))
        fingerprint = _fingerprint(moves, since)
        kept = keep(moves, fingerprint)
        people = schedule.members_by_id(team)
        changed_rows = undo.changed_rows(rows, undo.rows(team, since)) if kept else []
        if not kept:
            roll_back()
    new = set(people) - {one for segment in before for one in segment.members}
    return _Carried(outcome, moves, people, new, fingerprint, changed_rows, kept)


class _Planned(NamedTuple):
    """How far a team was planned before a change.

    `whole` is whether there was nothing more to plan: all wanted `weeks` were planned, or the
    rotation had no members or shifts.
    """

    until: datetime | None
    whole: bool
    weeks: int
    zone: str


def _horizon(team: Team, planned: _Planned, since: datetime) -> datetime:
    """Return until when a difference in assignments counts as a move.

    With no plan before, all of the new plan counts. So do shifts that a change adds after a whole
    plan: people who saw that nobody is on call then must hear that they are. A plan that only
    reaches further moves nothing. When the horizon shrinks, dropped shifts don't count; nor do the
    hours by which the plan ends earlier or later in another time zone.
    """
    now_planned = schedule.planned_until(team) or since
    if planned.until is None or planned.until <= since:
        return now_planned
    changed = Team.get_by_id(team.id)
    if changed.weeks_ahead < planned.weeks or changed.time_zone != planned.zone:
        return min(planned.until, now_planned)
    if planned.whole and changed.weeks_ahead == planned.weeks:
        return max(planned.until, now_planned)
    return planned.until


def _fingerprint(moves: list[Move], since: datetime) -> str:
    """Return a hash that differs between previews; a running span begins 'now' in all of them."""
    parts = [
        (
            "now" if one.start == since else one.start.isoformat(),
            one.end.isoformat(),
            one.before,
            one.after,
        )
        for one in moves
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


# --- telling ----------------------------------------------------------------------------------


def _tell(
    proposal: Proposal,
    moves: list[Move],
    actor: str,
    now: datetime,
    *,
    covers: bool,
    new: set[int],
    reason: str | None,
) -> None:
    """Write to all people whose shifts move, in Slack, exactly which of theirs do.

    Members in `new` hear which shift is their first. The `actor` gets no message, having just seen

    the change; the person who asked for it hears that it was accepted.
    """
    if not moves:
        return
    team = proposal.team
    people = schedule.members_by_id(team)
    for number in dict.fromkeys(one for move in moves for one in (*move.before, *move.after)):
        member = people[number]
        theirs = [
            MovedTurn(
                move.start,
                move.end,
                comes=number in move.after,
                others=tuple(
                    snapshot.person(people[one])
                    for one in (move.before if number in move.after else move.after)
                    if one != number
                ),
            )
            for move in moves
            if (number in move.before) != (number in move.after)
        ]
        knows = member.slack_user_id in (None, actor, proposal.actor)
        if theirs and not knows:
            text = moved_note(
                team.name,
                proposal.title,
                proposal.actor,
                theirs,
                covers=covers,
                first=number in new and not covers,
                reason=reason,
                clock=schedule.clock_of(team),
                now=now,
            )
            key = f"moved:{proposal.id}:{number}"
            queue.write_to(
                team, member, text, purpose=Purpose.MOVED, key=key, now=now, proposal=proposal
            )
