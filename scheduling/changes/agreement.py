"""Changes that somebody else has to agree to: asked, answered, withdrawn, expired."""

import logging
from datetime import datetime, timedelta
from typing import Any

from peewee import OperationalError

from scheduling.changes import registry, waiting
from scheduling.changes.covering import SOON
from scheduling.changes.operation import Actor, Agreed, Operation
from scheduling.errors import NotAllowed, NothingToDo
from scheduling.notifications import queue
from scheduling.words import agreement as words
from scheduling.words.agreement import Terms
from scheduling.words.buttons import Action, Button, button, carried
from scheduling.words.mrkdwn import by
from storage.database import reading, writing
from storage.models import Member, Notification, Proposal, Team
from storage.statuses import ProposalStatus, Purpose

log = logging.getLogger("whoseonfirst.agreement")

# After this, people who asked needn't hear that their request got no answer.
OLD_NEWS = timedelta(days=1)
SEEN = 8  # characters of a fingerprint, enough to identify the preview that somebody sees


def confirms(proposal: Proposal) -> str:
    """Return the line of a Confirm button: it confirms only the preview above it."""
    return f"{Action.CONFIRM} {proposal.id} {proposal.fingerprint[:SEEN]}"


def operation_of(proposal: Proposal) -> Agreed[Any]:
    """Return the change that somebody is asked to agree to."""
    found = registry.decode(proposal.kind, proposal.facts)
    assert isinstance(found, Agreed)
    return found


def terms(proposal: Proposal, now: datetime) -> Terms:
    """Return what somebody is asked to agree to, ready to be worded."""
    asked = proposal.asked or ""
    return operation_of(proposal).terms(proposal.actor, asked, proposal.team, now)


def waits(team: Team, now: datetime, user: str) -> list[Proposal]:
    """Return the open requests to or by a Slack user, oldest first.

    Requests about a time that has begun are left out: nobody can agree to them anymore.
    """
    with reading():
        query = Proposal.select().where(
            Proposal.team == team,
            Proposal.status == ProposalStatus.OPEN,
            (Proposal.asked == user) | (Proposal.actor == user),
            Proposal.asked.is_null(False),
        )
        found = list(query.order_by(Proposal.id))
        return [row for row in found if operation_of(row).begins > now]


def not_twice(team: Team, operation: Operation[Any], actor: Actor, now: datetime) -> None:
    """Raise Refusal if somebody has already been asked for the same and hasn't answered."""
    for row in waits(team, now, actor.id):
        if row.actor == actor.id and operation_of(row) == operation:
            whom = by(row.asked or "")
            raise NothingToDo(f"I’ve asked {whom} already. They haven’t answered yet.")


def ask(proposal: Proposal, other: Member, now: datetime) -> None:
    """Send the request to the member who has to agree. In a transaction."""
    queue.write_to(
        proposal.team,
        other,
        words.asked_question(terms(proposal, now)),
        purpose=Purpose.SWAP,
        key=f"asked:{proposal.id}",
        proposal=proposal,
        now=now,
        buttons=buttons(proposal),
    )


def buttons(proposal: Proposal) -> tuple[Button, Button]:
    """Return the buttons that accept or decline a request."""
    team = proposal.team_id
    return (
        ("Accept", carried(confirms(proposal), team)),
        button("Decline", Action.DECLINE, proposal.id, team=team),
    )


def decline(number: int, actor: Actor, now: datetime) -> Proposal:
    """Decline what the actor was asked, and notify the person who asked. Raises Settled."""
    with writing():
        proposal = waiting.find(number)
        if proposal.asked != actor.id:
            raise NotAllowed("Only the person I asked can decline that.")
        settled = waiting.settle(proposal, ProposalStatus.DECLINED, now)
        tell_asker(settled, words.declined(terms(settled, now)), now)
        return settled


def withdrawn(settled: Proposal, now: datetime) -> None:
    """Tell the person who was asked that the request is withdrawn. In a transaction."""
    asked = Member.in_slack(settled.team, settled.asked or "")
    if asked is not None:
        _write(settled, asked, words.withdrawn(terms(settled, now)), now)


def tell_asker(settled: Proposal, text: str, now: datetime) -> None:
    """Notify the person who asked of the answer. In a transaction."""
    asker = Member.in_slack(settled.team, settled.actor)
    if asker is not None:
        _write(settled, asker, text, now)


def _write(settled: Proposal, reader: Member, text: str, now: datetime) -> None:
    key = f"{settled.status}:{settled.id}"
    queue.write_to(settled.team, reader, text, purpose=Purpose.SWAP, key=key, now=now)


# --- what nobody answers ----------------------------------------------------------------------


def follow_up(now: datetime) -> None:
    """Notify people of unanswered requests shortly before they begin, and expire those begun."""
    with reading():
        found = Proposal.select(Proposal.id).where(
            Proposal.team.in_(Team.select(Team.id)),  # uses the index: this runs at every tick
            Proposal.status == ProposalStatus.OPEN,
            Proposal.asked.is_null(False),
        )
        numbers = [row.id for row in found]
    for number in numbers:
        try:
            _follow(number, now)
        except OperationalError:
            raise
        except Exception:
            # A problem with one request must not hold up the others.
            log.exception("request %s could not be followed up", number)


def _follow(number: int, now: datetime) -> None:
    with reading():
        if not _is_due(Proposal.get_by_id(number), now):
            return
    with writing():
        row = Proposal.get_by_id(number)
        if row.status != ProposalStatus.OPEN:  # answered just now
            return
        if operation_of(row).begins <= now:
            _expire(row, now)
        else:
            _remind(row, now)


def _is_due(proposal: Proposal, now: datetime) -> bool:
    begins = operation_of(proposal).begins
    soon = begins - SOON
    if begins <= now or not proposal.created_at <= soon <= now:
        return begins <= now
    key = _reminder(proposal)
    return not Notification.select().where(Notification.dedupe_key == key).exists()


def _reminder(proposal: Proposal) -> str:
    return f"unanswered:{proposal.id}"


def _remind(proposal: Proposal, now: datetime) -> None:
    asker = Member.in_slack(proposal.team, proposal.actor)
    if asker is not None:
        queue.write_to(
            proposal.team,
            asker,
            words.unanswered(terms(proposal, now)),
            purpose=Purpose.SWAP,
            key=_reminder(proposal),
            now=now,
            buttons=[button("Withdraw", Action.DISCARD, proposal.id, team=proposal.team_id)],
        )


def _expire(proposal: Proposal, now: datetime) -> None:
    settled = waiting.settle(proposal, ProposalStatus.DISCARDED, now)
    # The bot may have been down for weeks, and older versions left such requests open forever.
    if now - operation_of(settled).begins < OLD_NEWS:
        tell_asker(settled, words.expired(terms(settled, now)), now)
