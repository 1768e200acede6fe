"""/oncall confirm, discard, decline: what becomes of a change that was shown."""

import json
from dataclasses import replace

from bot.slack import previews
from bot.slack.blocks import Reply
from bot.slack.command import Section, subcommand
from bot.slack.refusals import worded
from bot.slack.request import Request
from bot.slack.typed import COMMAND, number_of
from scheduling.changes import proposals, waiting
from scheduling.changes.waiting import Settled
from scheduling.errors import Refusal
from scheduling.notifications import queue
from storage.models import Member, Proposal
from storage.statuses import ProposalStatus, Purpose


@subcommand(
    "confirm",
    Section.BUTTONS,
    takes="NUMBER",
    does="make a change that was shown first (the Confirm and Accept buttons)",
    examples=("confirm 17",),
    takes_time=True,
)
def confirm(request: Request) -> Reply:
    """Make a change that was shown, if it still does what was shown."""
    seen = request.words[1] if len(request.words) == 2 else None
    proposal = waiting.find(_number(request.words[:1]))
    if proposal.asked not in (None, request.actor):
        raise Refusal(f"Only <@{proposal.asked}> can accept that.")
    if proposal.asked is None and proposal.actor != request.actor:
        raise Refusal(f"Only <@{proposal.actor}>, who asked for it, can confirm that.")
    waiting.open_one(proposal.id, request.now)
    operation = request.commands.stored(proposal)
    try:
        # By now the shift may be another's, the lead none any more, or a member gone.
        if right := request.commands.rights.get(proposal.kind):
            right(replace(request, named=proposal.team_id), json.loads(proposal.facts))
        else:
            operation.rights(request.who, proposal.team, request.now)
        found = proposals.confirm(
            proposal,
            operation,
            seen=seen,
            actor=request.actor,
            now=request.now,
        )
    except Settled:
        raise
    except Refusal as refusal:
        if proposal.asked is None:
            raise
        # A swap that cannot be any more must not wait for ever, nor its proposer for an answer.
        waiting.settle(proposal, ProposalStatus.DISCARDED, request.now)
        words = f"{proposal.title} is not possible any more. {worded(refusal)}"
        _let_know(proposal, words, request)
        return Reply.of(f":no_entry: {words}", title="Not possible", settles=True)
    if not found.kept:
        return previews.preview(request, found, anew=True)
    request.services.jobs.wake()
    return previews.made(request, found)


@subcommand(
    "discard",
    Section.BUTTONS,
    takes="NUMBER",
    does="let a change go that was shown first (the Discard and Withdraw buttons)",
    examples=("discard 17",),
    takes_time=True,
)
def discard(request: Request) -> Reply:
    """Let a change go."""
    proposal = waiting.find(_number(request.words))
    if proposal.actor != request.actor:
        raise Refusal(f"Only <@{proposal.actor}>, who asked for it, can discard that.")
    settled = waiting.settle(proposal, ProposalStatus.DISCARDED, request.now)
    if settled.asked is not None:
        words = f"<@{request.actor}> took back what they asked you: {settled.title}."
        _let_know(settled, f"{words} Nothing was changed.", request, to=settled.asked)
    return Reply.of(
        f"Discarded: {settled.title}. Nothing was changed.", title="Discarded", settles=True
    )


@subcommand(
    "decline",
    Section.BUTTONS,
    takes="NUMBER",
    does="say no to a swap (the Decline button)",
    examples=("decline 17",),
    takes_time=True,
)
def decline(request: Request) -> Reply:
    """Say no to a swap, and let the other one know."""
    proposal = waiting.find(_number(request.words))
    if proposal.asked != request.actor:
        raise Refusal("Only whoever was asked can decline that.")
    settled = waiting.settle(proposal, ProposalStatus.DECLINED, request.now)
    words = f"<@{request.actor}> declined: {settled.title}. Nothing was changed."
    _let_know(settled, words, request)
    return Reply.of(
        f"Declined: {settled.title}. <@{settled.actor}> will hear of it; nothing was changed.",
        title="Declined",
        settles=True,
    )


def _let_know(proposal: Proposal, words: str, request: Request, *, to: str = "") -> None:
    """Write to the proposer of a swap, or to the Slack user `to`, what became of it."""
    user = to or proposal.actor
    reader = Member.get_or_none(Member.team == proposal.team, Member.slack_user_id == user)
    if reader is not None:
        key = f"{proposal.status}:{proposal.id}"
        text = f":no_entry: {words}"
        queue.write_to(
            proposal.team,
            reader,
            text,
            purpose=Purpose.SWAP,
            key=key,
            now=request.now,
            proposal=proposal,
        )
    request.services.jobs.wake()


def _number(words: list[str]) -> int:
    number = number_of(words[0]) if len(words) == 1 else None
    if number is None:
        raise Refusal(
            "That is what the buttons below a change do. Type the change itself, for example "
            f"`{COMMAND} override @bob tomorrow`."
        )
    return number
