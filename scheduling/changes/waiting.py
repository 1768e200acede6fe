"""Finds and settles proposals."""

from datetime import datetime

from scheduling.errors import Refusal
from scheduling.rota import schedule
from scheduling.words.mrkdwn import by
from scheduling.words.times import when
from storage.database import reading, writing
from storage.models import Proposal
from storage.statuses import ProposalStatus


def find(number: int) -> Proposal:
    """Return a proposal, settled or not. Raises Refusal if there is none."""
    with reading():
        row = Proposal.get_or_none(Proposal.id == number)
    if row is None:
        raise Refusal("I don’t know that change. Please type the command again.")
    return row


class Settled(Refusal):
    """A proposal is already settled: nothing is wrong, and there is nothing left to do."""


def open_one(number: int, now: datetime) -> Proposal:
    """Return an open proposal. Raises Settled if it isn't open any more, Refusal if unknown."""
    row = find(number)
    if row.status == ProposalStatus.OPEN:
        return row
    # The person asked accepts or declines; otherwise it became impossible by itself.
    settled_by: str | None = row.asked or row.actor
    if row.status == ProposalStatus.DISCARDED:
        settled_by = None if row.asked else row.actor
    at = when(row.settled_at, schedule.clock_of(row.team), now)
    whose = f" by {by(settled_by)}" if settled_by else ""
    said = f"Already {row.status.in_words.lower()}{whose} {at}"
    if row.status in (ProposalStatus.DONE, ProposalStatus.UNDONE):
        since = ", and undone since" if row.status == ProposalStatus.UNDONE else ""
        raise Settled(f":white_check_mark: {said}{since}: {row.title}.")
    raise Settled(f"{said}: {row.title}. Nothing was changed.")


def settle(proposal: Proposal, status: ProposalStatus, now: datetime) -> Proposal:
    """Settle a proposal without making the change. Raises Settled if it already is."""
    with writing():
        row = open_one(proposal.id, now)
        row.status, row.settled_at = status, now
        row.save()
        return row
