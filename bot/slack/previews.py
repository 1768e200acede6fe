"""Changes that are shown first: what they would do, and what is said once they are made."""

from collections.abc import Sequence
from typing import Any

from bot.slack import moves, offers
from bot.slack.blocks import Button, Decision, Reply
from bot.slack.paging import page_of
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.changes import agreement, proposals
from scheduling.changes.agreement import SEEN, confirms
from scheduling.changes.operation import Operation
from scheduling.changes.proposals import Preview
from scheduling.words import titles
from scheduling.words.mrkdwn import bold, by, escaped
from scheduling.words.wording import joined
from storage.models import Proposal

MOVES_OF_A_PAGE = 25


def ask(request: Request, operation: Operation[Any]) -> Reply:
    """Show what a change would do; make it at once if nobody's shift moves by it.

    Where somebody else has to agree, they are asked in its place. Raises Refusal if the actor may
    not have it made, or it can't be.
    """
    found = proposals.propose(request.team, operation, request.who, now=request.now)
    if found.kept:
        request.services.jobs.wake()
        return made(request, found)
    if found.proposal.asked:
        request.services.jobs.wake()
        return _waits(request, found)
    return preview(request, found)


def _waits(request: Request, found: Preview[Any]) -> Reply:
    """Return what is said to whoever asks another member to agree to a change."""
    proposal, team = found.proposal, request.team
    whom, terms = by(proposal.asked or ""), agreement.terms(proposal, request.now)
    return Reply.of(
        f":hourglass_flowing_sand: I’ve asked {whom}. Nothing changes until they accept.",
        moves.told(team, found),
        f"Reason: {escaped(terms.reason)}" if terms.reason else "",
        small_print=f"Times in {team.time_zone}.",
        buttons=(Button("Withdraw", f"discard {proposal.id}"),),
        title="Asked",
    )


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
    proposal, worded = found.proposal, request.commands.worded(found)
    told = "Everyone affected gets a DM when you confirm. " if found.moves else ""
    question = bold(titles.question(found.outcome.title, found.outcome.reason))
    return Reply.of(
        opening,
        f"{question} ({worded.whose})" if worded.whose else question,
        worded.echo,
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
