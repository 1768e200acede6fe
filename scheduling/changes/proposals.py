"""Changes that are shown before they are made: preview, confirm, discard, undo.

A preview carries the change out in a savepoint, compares who is on call before and after, and
rolls it back: what is shown is what would happen, by the very code that makes it happen. Confirming
does the same again and keeps it, if it still does what was shown.
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

# So long a change can be taken back.
UNDO_WITHIN = timedelta(hours=24)
# Further ahead no override can be.
FARTHEST = timedelta(days=800)


class Preview(NamedTuple, Generic[Did]):
    """What a change did if it is `kept`, else what it would do: its outcome, and whose shifts move.

    `people` are the members by id, those included whom the change takes in.
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
    """Make a change at once if nobody's shift moves by it; else store it, to be confirmed.

    It waits in any case if it is always shown first, and if somebody else has to agree: they are
    asked in a direct message, and are the `asked` one of the proposal. Raises whatever the
    operation refuses, also if the actor may not have it made.
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
            title=titles.whole(carried.outcome.title, carried.outcome.reason),
            fingerprint=carried.fingerprint,
            status=ProposalStatus.DONE if carried.kept else ProposalStatus.OPEN,
            touched=undo.as_json(carried.touched) if carried.kept else None,
            created_at=now,
            settled_at=now if carried.kept else None,
        )
        if carried.kept:
            _mark_undone(proposal)
        if other:
            agreement.ask(proposal, other, now)
    return carried.of(operation, proposal)


def rehearse(number: int, actor: Actor, *, now: datetime) -> Preview[Any]:
    """Return what an open proposal of the actor's would do now; nothing is changed.

    The proposal that comes with it has the fingerprint of that. Raises Settled when it is settled
    already, NotAllowed when it isn't theirs, and what the operation refuses.
    """
    proposal, operation = _theirs(number, actor, now)
    with writing():
        carried = _carry_out(proposal.team, operation, proposal.actor, now, lambda _, __: False)
    proposal.fingerprint = carried.fingerprint
    return carried.of(operation, proposal)


class Impossible(Refusal):
    """What somebody was asked to agree to can't be any more: it is discarded, its asker knows."""


def confirm(number: int, actor: Actor, *, seen: str | None = None, now: datetime) -> Preview[Any]:
    """Carry out what was shown. If by now it would do something else, nothing is changed.

    `seen` is the beginning of the fingerprint of what was looked at; the last one shown if left
    out. If it is another by now, `kept` is false and the moves are to be shown anew. Whose shifts
    move is told. Raises Settled when it is settled already, NotAllowed when it isn't theirs, what
    the operation refuses, and Impossible instead of that to whoever was asked to agree.
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
    """Return an open proposal that is the actor's to confirm, and the change it stands for."""
    proposal = waiting.find(number)
    if proposal.asked not in (None, actor.id):
        raise NotAllowed(f"Only {by(proposal.asked)} can accept that.")
    if proposal.asked is None and proposal.actor != actor.id:
        raise NotAllowed(f"Only {by(proposal.actor)}, who asked for it, can confirm that.")
    waiting.open_one(number, now)
    return proposal, registry.decode(proposal.kind, proposal.facts)


def _may_confirm(operation: Operation[Any], actor: Actor, team: Team, now: datetime) -> None:
    """Raise Refusal unless the actor may still have a change made, and without asking anybody."""
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
            # In the transaction: else two who are asked could accept at the same moment.
            operation.agree(actor, row.actor, row.team, now)
        # Whoever was asked agrees to the whole of it, and `agree` has seen that it is the same.
        expected = "" if row.asked else seen or row.fingerprint
        carried = _carry_out(
            row.team, operation, row.actor, now, lambda _, found: found.startswith(expected)
        )
        if carried.kept:
            row.status, row.settled_at = ProposalStatus.DONE, now
            row.touched = undo.as_json(carried.touched)
            _mark_undone(row)
            covers, reason = isinstance(operation, CreateOverride), carried.outcome.reason
            new = set[int]() if isinstance(operation, undo.Undo) else carried.new
            _tell(row, carried.moves, actor.id, now, covers=covers, new=new, reason=reason)
            if row.asked:
                agreement.tell_asker(row, words.accepted(agreement.terms(row, now)), now)
        else:
            row.fingerprint = carried.fingerprint
        row.save()
    return carried.of(operation, row)


def _impossible(proposal: Proposal, refusal: Refusal, now: datetime) -> Impossible:
    """Discard what can't be any more: it must not wait for ever, nor its proposer for an answer."""
    to_asker = refusal.read_by(proposal.actor)
    why = continued(to_asker.message, in_slack(to_asker.suggest))
    refusal = refusal.read_by(proposal.asked or "")
    with writing():
        settled = waiting.settle(proposal, ProposalStatus.DISCARDED, now)
        text = words.impossible(agreement.terms(settled, now), why)
        agreement.tell_asker(settled, text, now)
    return Impossible(f"That’s not possible any more. {refusal.message}", suggest=refusal.suggest)


def discard(number: int, actor: Actor, now: datetime) -> Proposal:
    """Let a change of the actor's go; whoever was asked to agree hears of it. Raises Settled."""
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
    """Return the team's last change that can be taken back. Raises Refusal if there is none.

    What members entered about themselves is passed over.
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
    new: set[int]  # the members who had no shift before
    fingerprint: str
    touched: list[undo.Touched]
    kept: bool

    def of(self, operation: Operation[Did], proposal: Proposal) -> Preview[Did]:
        return Preview(operation, self.outcome, self.moves, self.people, self.kept, proposal)


def _carry_out(
    team: Team,
    operation: Operation[Did],
    actor: str,
    now: datetime,
    keep: Callable[[list[Move], str], bool],
) -> _Carried[Did]:
    """Make a change and keep what it did, or not, as `keep` decides by moves and fingerprint."""
    team = Team.get_by_id(team.id)
    since = schedule.open_instant(team, now)
    before = schedule.segments(team, since, since + FARTHEST)
    planned = _Planned(
        schedule.planned_until(team), schedule.is_topped_up(team, since), team.weeks_ahead
    )
    rows = undo.rows(team, since)
    with rehearsing() as take_back:
        outcome = operation.apply(team, actor, now)
        after = schedule.segments(team, since, since + FARTHEST)
        moves = timeline.moves(before, after, _horizon(team, planned, since))
        fingerprint = _fingerprint(moves, since)
        kept = keep(moves, fingerprint)
        people = schedule.members_by_id(team)
        touched = undo.touched(rows, undo.rows(team, since)) if kept else []
        if not kept:
            take_back()
    new = set(people) - {one for segment in before for one in segment.members}
    return _Carried(outcome, moves, people, new, fingerprint, touched, kept)


class _Planned(NamedTuple):
    """How far a team was planned before a change.

    `whole` says that the rotation gave nothing more to plan: because it was planned as many `weeks`
    ahead as wanted, or because nobody, or no shift, was left in it.
    """

    until: datetime | None
    whole: bool
    weeks: int


def _horizon(team: Team, planned: _Planned, since: datetime) -> datetime:
    """Return until when other assignments move somebody's shift.

    With no plan before, all of the new plan counts, and so does what a change adds behind a whole
    one: whoever was told that nobody is on call there must hear that they are. A plan that only
    reaches further moves nothing; when the horizon shrinks, dropped shifts don't count either.
    """
    now_planned = schedule.planned_until(team) or since
    if planned.until is None or planned.until <= since:
        return now_planned
    weeks = Team.get_by_id(team.id).weeks_ahead
    if weeks < planned.weeks:
        return min(planned.until, now_planned)
    if planned.whole and weeks == planned.weeks:
        return max(planned.until, now_planned)
    return planned.until


def _fingerprint(moves: list[Move], since: datetime) -> str:
    """Return what tells two previews apart; what runs already begins 'now', whenever that is."""
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
    """Write to each whose shifts move, in Slack, exactly what moves for them.

    To those who are `new` to having shifts: which one is their first.

    Not to the `actor`, who has just seen it; whoever asked for it hears that it was accepted.
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
