"""Previews of changes, and the answers once they're made."""

from collections.abc import Sequence
from typing import Any

from bot.slack import agreeing, moves, offers
from bot.slack.blocks import Button, Decision, Reply
from bot.slack.paging import page_of
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.changes import agreement, proposals
from scheduling.changes.agreement import SEEN, confirms
from scheduling.changes.operation import Operation
from scheduling.changes.proposals import Preview
from scheduling.rota import schedule
from scheduling.words import titles
from scheduling.words.mrkdwn import bold, by, escaped
from scheduling.words.wording import joined
from storage.models import Proposal

MOVES_OF_A_PAGE = 25


def ask(request: Request, operation: Operation[Any]) -> Reply:
    """Show what a change would do; make it at once if it moves nobody's shift.

    If somebody else has to agree, they are asked instead. Raises Refusal if the actor may not make
    the change, or it isn't possible.
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
    """Return the answer to a change that another member has to agree to."""
    shown = moves.summary(request.team, found)
    return _to_agree(request, found, shown, buttons=_all_of_them(found))


def _to_agree(
    request: Request, found: Preview[Any], shown: str, *, buttons: Sequence[Button] = ()
) -> Reply:
    """Return a change that waits for an answer: as the asker reads it, or whoever was asked."""
    proposal, team = found.proposal, found.proposal.team
    reason = agreement.terms(proposal, request.now).reason
    mine = proposal.actor == request.actor
    return Reply.of(
        f":hourglass_flowing_sand: I’ve asked {by(proposal.asked or '')}. Nothing changes until "
        "they accept."
        if mine
        else f":wave: {agreeing.sentence(request, proposal)}",  # with the reason
        shown,
        f"Reason: {escaped(reason)}" if reason and mine else "",
        small_print=f"Times in {team.time_zone}.",
        buttons=(*agreeing.buttons(request, proposal), *buttons),
        title="Asked" if mine else "Your answer",
    )


def made(request: Request, found: Preview[Any]) -> Reply:
    """Return the answer to a change that was made; it mentions undo only to people who may."""
    worded = request.commands.worded(found)
    undone = f"`{COMMAND} undo`" in worded.small_print and not offers.leads(request)
    stays = (
        found.operation.about_turns
        and not found.moves
        and schedule.planned_until(found.proposal.team)
    )
    return Reply.of(
        f"{worded.sign} {worded.text}",
        "No shifts change hands." if stays else "",
        small_print="" if undone else worded.small_print,
        buttons=worded.buttons,
        title="Done",
        settles=True,
    )


def preview(request: Request, found: Preview[Any], *, changed: bool = False) -> Reply:
    """Return what a change would do, and ask for Confirm or Cancel.

    Or ask for an answer, if somebody has to agree. `changed` is whether that is no longer what the
    reader was shown before.
    """
    if found.proposal.asked:
        return _waits(request, found)
    opening = (
        ":warning: Something else changed in the meantime, so I haven’t saved anything yet. Here’s "
        "what would happen now:"
        if changed
        else ""
    )
    shown = moves.summary(found.proposal.team, found) or "No shifts change hands."
    return _asked(request, found, shown, opening=opening, buttons=_all_of_them(found))


def _all_of_them(found: Preview[Any]) -> tuple[Button, ...]:
    """Return the button that lists all moves, if only the first ones are shown."""
    if not moves.are_many(found):
        return ()
    return (Button(f"Show all {len(found.moves)}", all_moves_line(found.proposal)),)


def all_moves(request: Request, found: Preview[Any]) -> Reply:
    """Return a page of all moves of a change; the request's words have the page."""
    proposal, team = found.proposal, found.proposal.team
    line = all_moves_line(proposal)
    page = page_of(request, line, moves.each(team, found), MOVES_OF_A_PAGE, takes=len)
    shown = "\n".join([f"{moves.total(team, found)}{page.title}", *page.ones])
    warned = "\n".join(moves.warnings(team, found))
    if proposal.asked:
        listed = "\n".join(filter(None, (shown, warned)))
        return _to_agree(request, found, listed, buttons=page.buttons)
    return _asked(request, found, shown, warned, buttons=page.buttons)


def all_moves_line(proposal: Proposal) -> str:
    """Return the line that lists all moves of a change, as shown."""
    return f"preview {proposal.id} {proposal.fingerprint[:SEEN]}"


def _asked(
    request: Request,
    found: Preview[Any],
    *paragraphs: str,
    opening: str = "",
    buttons: Sequence[Button] = (),
) -> Reply:
    """Return the question whether to make a change, with what it would do."""
    proposal, worded = found.proposal, request.commands.worded(found)
    notified = "Everyone affected gets a DM when you confirm. " if found.moves else ""
    question = bold(titles.question(found.outcome.title, found.outcome.reason))
    return Reply.of(
        opening,
        f"{question} ({worded.whose})" if worded.whose else question,
        worded.echo,
        *paragraphs,
        small_print=f"Not saved yet. {notified}Times in {proposal.team.time_zone}."
        f"{_unreachable(found)}",
        buttons=buttons,
        title="Confirm the change",
        decision=Decision(
            Button("Confirm", confirms(proposal), "primary"),
            Button("Cancel", f"discard {proposal.id}"),
        ),
    )


def _unreachable(found: Preview[Any]) -> str:
    """Return a sentence about the people whom the bot can't notify of their moved shifts."""
    moved = dict.fromkeys(one for move in found.moves for one in (*move.before, *move.after))
    people = [found.people[one] for one in moved]
    names = [escaped(one.name) for one in people if not one.slack_user_id]
    if not names:
        return ""
    verb = "isn’t" if len(names) == 1 else "aren’t"
    return f" {joined(names)} {verb} in Slack: tell them yourself."
