"""Changes that are shown first: what they would do, and what is said once they are made."""

from collections.abc import Sequence
from typing import Any

from bot.slack import moves, offers
from bot.slack.blocks import Button, Decision, Reply
from bot.slack.paging import page_of
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.changes import proposals, swaps
from scheduling.changes.operation import Operation
from scheduling.changes.people import mentioned
from scheduling.changes.proposals import Preview
from scheduling.changes.swaps import Swap
from scheduling.errors import Refusal
from scheduling.notifications import queue
from scheduling.words.buttons import carried
from scheduling.words.mrkdwn import bold, escaped
from scheduling.words.wording import joined
from storage.database import writing
from storage.models import Proposal
from storage.statuses import Purpose

MOVES_OF_A_PAGE = 25
SEEN = 8  # characters of a fingerprint: so much tells which preview somebody looks at


def ask(request: Request, operation: Operation[Any]) -> Reply:
    """Show what a change would do; make it at once if nobody's shift moves by it.

    Raises Refusal if the actor may not have it made, or it can't be.
    """
    found = proposals.propose(request.team, operation, request.who, now=request.now)
    if found.kept:
        request.services.jobs.wake()
        return made(request, found)
    return preview(request, found)


def ask_other(request: Request, swap: Swap) -> Reply:
    """Propose a swap to the member who has to agree, and ask them in a direct message.

    Raises whatever the swap refuses, and when the same is proposed already.
    """
    team = request.team
    with writing():
        other = swap.asks(request.who, team, request.now)
        for one in swaps.waiting(team, request.now, request.actor):
            if swaps.stored(one) == swap:
                raise Refusal(
                    f"You proposed that already: “{one.title}”. {mentioned(other)} has not "
                    "answered yet."
                )
        found = proposals.propose(
            team,
            swap,
            request.who,
            asked=other.slack_user_id,
            now=request.now,
        )
        number, shown = found.proposal.id, moves.told(team, found)
        queue.write_to(
            team,
            other,
            f":wave: <@{request.actor}> asks you in *{escaped(team.name)}*: "
            f"{found.proposal.title}?\n{shown}\n"
            f"Nothing changes unless you accept. Times are {team.time_zone}.",
            purpose=Purpose.SWAP,
            key=f"asked:{number}",
            proposal=found.proposal,
            now=request.now,
            buttons=[
                ("Accept", carried(confirms(found.proposal), team.id)),
                ("Decline", carried(f"decline {number}", team.id)),
            ],
        )
    request.services.jobs.wake()
    return Reply.of(
        f":hourglass_flowing_sand: {found.proposal.title}? I have asked {mentioned(other)}.",
        shown,
        small_print="Nothing changes until they accept; you will hear from me. Times are "
        f"{team.time_zone}.",
        buttons=(Button("Withdraw", f"discard {number}"),),
        title="Proposed",
    )


def confirms(proposal: Proposal) -> str:
    """Return what a Confirm button runs: it confirms what stands above it, and nothing else."""
    return f"confirm {proposal.id} {proposal.fingerprint[:SEEN]}"


def made(request: Request, found: Preview[Any]) -> Reply:
    """Return what is said once a change is made; of undoing it, to those only who may."""
    told = request.commands.worded(found)
    undone = f"`{COMMAND} undo`" in told.small_print and not offers.leads(request)
    return Reply.of(
        f":white_check_mark: {told.text}",
        small_print="" if undone else told.small_print,
        buttons=told.buttons,
        title="Done",
        settles=True,
    )


def preview(request: Request, found: Preview[Any], *, anew: bool = False) -> Reply:
    """Return what a change would do, and ask for Confirm or Cancel."""
    opening = (
        ":warning: Something else changed meanwhile, so nothing was done yet. This is what would "
        "happen now."
        if anew
        else ""
    )
    shown = moves.told(found.proposal.team, found) or "Nobody’s shift changes hands."
    all_of_them = Button(f"Show all {len(found.moves)}", all_moves_line(found.proposal))
    buttons = (all_of_them,) if moves.are_many(found) else ()
    return _asked(request, found, shown, opening=opening, buttons=buttons)


def all_moves(request: Request, found: Preview[Any]) -> Reply:
    """Return a page of all that a change would move; the page stands in the request's words."""
    team = found.proposal.team
    line = all_moves_line(found.proposal)
    page = page_of(request, line, moves.each(team, found), MOVES_OF_A_PAGE, takes=len)
    shown = "\n".join([f"{moves.total(team, found)}{page.title}", *page.ones])
    warned = "\n".join(moves.warnings(team, found))
    return _asked(request, found, shown, warned, buttons=page.buttons)


def all_moves_line(proposal: Proposal) -> str:
    """Return what lists all that a change moves, as it was shown."""
    return f"preview {proposal.id} {proposal.fingerprint[:SEEN]}"


def _asked(
    request: Request,
    found: Preview[Any],
    *paragraphs: str,
    opening: str = "",
    buttons: Sequence[Button] = (),
) -> Reply:
    """Return the question whether a change is to be made, with what it would do."""
    proposal = found.proposal
    told = "Everyone affected gets a DM when you confirm. " if found.moves else ""
    return Reply.of(
        opening,
        bold(f"{proposal.title}?"),
        request.commands.worded(found).echo,
        *paragraphs,
        small_print=f"Not saved yet. {told}Times in {proposal.team.time_zone}."
        f"{_unreachable(found)}",
        buttons=buttons,
        title="Confirm the change",
        decision=Decision(
            Button("Confirm", confirms(proposal), "primary"),
            Button("Cancel", f"discard {proposal.id}"),
        ),
    )


def _unreachable(found: Preview[Any]) -> str:
    """Return whom the bot can't tell that their shifts move."""
    moved = dict.fromkeys(one for move in found.moves for one in (*move.before, *move.after))
    people = [found.people[one] for one in moved]
    names = [escaped(one.name) for one in people if not one.slack_user_id]
    if not names:
        return ""
    verb = "isn’t" if len(names) == 1 else "aren’t"
    return f" {joined(names)} {verb} in Slack: tell them yourself."
