"""What waits for its reader's answer, and what they wait for themselves."""

from bot.slack.blocks import Button
from bot.slack.request import Request
from scheduling.changes import agreement
from scheduling.words.agreement import open_line, question
from storage.models import Proposal

MOST = 5  # that a list tells


def told(request: Request, one: Proposal) -> str:
    """Return what the reader is asked, or what they asked."""
    terms = agreement.terms(one, request.now)
    return open_line(terms) if one.actor == request.actor else question(terms)


def buttons(request: Request, one: Proposal) -> tuple[Button, ...]:
    """Return the buttons by which the reader answers, or withdraws what they asked."""
    if one.actor == request.actor:
        return (Button("Withdraw", f"discard {one.id}"),)
    accept = Button("Accept", agreement.confirms(one), "primary")
    return accept, Button("Decline", f"decline {one.id}")


def pending(request: Request) -> tuple[str, tuple[Button, ...]]:
    """Return all that waits, for the end of a list, and the buttons if it is one thing only."""
    found = agreement.waits(request.team, request.now, request.actor)
    if not found:
        return "", ()
    lines = ["*Not answered yet*", *(f"• {told(request, one)}" for one in found[:MOST])]
    if len(found) > MOST:
        lines.append(f"• and {len(found) - MOST} more")
    if len(found) > 1:
        lines.append("The buttons are on my Home tab.")
    return "\n".join(lines), buttons(request, found[0]) if len(found) == 1 else ()
