"""/oncall preview, confirm, discard, decline: what people do with a previewed change."""

from dataclasses import replace

from bot.slack import moves, previews
from bot.slack.blocks import Reply
from bot.slack.command import Section, subcommand
from bot.slack.refusals import worded
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.changes import agreement, proposals, waiting
from scheduling.changes.proposals import Impossible
from scheduling.errors import Refusal
from scheduling.words.lines import number_of
from scheduling.words.mrkdwn import by


@subcommand(
    "confirm",
    Section.BUTTONS,
    takes="NUMBER",
    does="save a change after its preview (Confirm and Accept)",
    examples=("confirm 17",),
    takes_time=True,
)
def confirm(request: Request) -> Reply:
    """Make a previewed change, if it would still do the same."""
    seen = request.words[1] if len(request.words) == 2 else None
    number = _number(request, request.words[:1])
    try:
        found = proposals.confirm(number, request.who, seen=seen, now=request.now)
    except Impossible as gone:
        request.services.jobs.wake()
        return Reply.of(f":no_entry: {worded(gone)}", title="Not possible", settles=True)
    if not found.kept:
        return previews.preview(request, found, changed=True)
    request.services.jobs.wake()
    return previews.made(request, found)


@subcommand(
    "preview",
    Section.BUTTONS,
    takes="NUMBER",
    does="list everything a change would move, page by page (Show all)",
    examples=("preview 17",),
    takes_time=True,
)
def all_moves(request: Request) -> Reply:
    """List all moves of a change that waits for Confirm, or for somebody's answer."""
    number, *page = request.words or [""]
    seen = page.pop(0) if page and len(page[0]) == agreement.SEEN else ""
    found = proposals.rehearse(_number(request, [number]), request.who, now=request.now)
    # Whoever was asked agrees to the request itself, whatever else has changed since.
    changed = not (found.proposal.asked or found.proposal.fingerprint.startswith(seen))
    if changed or not moves.are_many(found):
        return previews.preview(request, found, changed=changed)
    return previews.all_moves(replace(request, words=page), found)


@subcommand(
    "discard",
    Section.BUTTONS,
    takes="NUMBER",
    does="drop a change after its preview (Cancel and Withdraw)",
    examples=("discard 17",),
    takes_time=True,
)
def discard(request: Request) -> Reply:
    """Discard a change."""
    settled = proposals.discard(_number(request, request.words), request.who, request.now)
    request.services.jobs.wake()
    did = "Withdrawn" if settled.asked else "Canceled"
    return Reply.of(f"{did}: {settled.title}. Nothing was changed.", title=did, settles=True)


@subcommand(
    "decline",
    Section.BUTTONS,
    takes="NUMBER",
    does="decline what somebody asks you for (Decline)",
    examples=("decline 17",),
    takes_time=True,
)
def decline(request: Request) -> Reply:
    """Decline a swap or a request to cover, and notify the person who asked."""
    settled = agreement.decline(_number(request, request.words), request.who, request.now)
    request.services.jobs.wake()
    asker = by(settled.actor)
    return Reply.of(
        f"Declined: {settled.title}. I’ll tell {asker}. Nothing was changed.",
        title="Declined",
        settles=True,
    )


def _number(request: Request, words: list[str]) -> int:
    """Return the number of a previewed change, and make the request be about its team."""
    number = number_of(words[0]) if len(words) == 1 else None
    if number is None:
        raise Refusal(
            "Use the buttons below a change for that. To confirm that you’re on it: "
            f"`{COMMAND} ok`."
        )
    request.turns_to(waiting.find(number).team)
    return number
