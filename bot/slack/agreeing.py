"""Requests that wait for their reader's answer, and the reader's own unanswered requests."""

from bot.slack.blocks import Button
from bot.slack.request import Request
from scheduling.changes import agreement
from scheduling.words.agreement import open_line, question
from storage.models import Proposal

MOST = 5  # in a list


def sentence(request: Request, one: Proposal) -> str:
    """Return what the reader is asked, or asked for, as a sentence."""
    terms = agreement.terms(one, request.now)
    return open_line(terms) if one.actor == request.actor else question(terms)


def buttons(request: Request, one: Proposal) -> tuple[Button, ...]:
    """Return the buttons that answer the request; if it's the reader's own, that withdraw it."""
    if one.actor == request.actor:
        return (Button("Withdraw", f"discard {one.id}"),)
    accept = Button("Accept", agreement.confirms(one), "primary")
    return accept, Button("Decline", f"decline {one.id}")


def pending(request: Request) -> tuple[str, tuple[Button, ...]]:
    """Return all open requests, for the end of a list, and the buttons if there is just one."""
    found = agreement.waits(request.team, request.now, request.actor)
    if not found:
        return "", ()
    lines = ["*Not answered yet*", *(f"• {sentence(request, one)}" for one in found[:MOST])]
    if len(found) > MOST:
        lines.append(f"• and {len(found) - MOST} more")
    if len(found) > 1:
        lines.append("The buttons are on my Home tab.")
    return "\n".join(lines), buttons(request, found[0]) if len(found) == 1 else ()
