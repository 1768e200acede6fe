"""The messages about a change that somebody has to agree to, from the question to its end. Pure."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from scheduling.words.mrkdwn import escaped, shown
from scheduling.words.people import Person
from scheduling.words.times import Clock, span_with_zone

Span = tuple[datetime, datetime]


class Wish(StrEnum):
    """What one person asks of another: to cover for them, to let them cover, or to swap."""

    COVER = "cover"
    OFFER = "offer"
    SWAP = "swap"


class Terms(NamedTuple):
    """What `asked` has to agree to.

    `span` is when they would be on call, or in an offer when they would be relieved; `back` is the
    span that they would give away in a swap. Both are aware instants.
    """

    wish: Wish
    team: str
    asker: Person
    asked: Person
    span: Span
    clock: Clock
    now: datetime
    back: Span | None = None
    reason: str | None = None


def question(terms: Terms) -> str:
    """Return the question to the person who has to agree, as mrkdwn."""
    asker, team = shown(terms.asker), f"*{escaped(terms.team)}*"
    span = _span(terms, terms.span)
    reason = f" Reason: {escaped(terms.reason)}" if terms.reason else ""
    if terms.wish is Wish.OFFER:
        return f"{asker} offers to cover your shift in {team}: {span}.{reason}"
    if terms.back is not None:
        give, take = _span(terms, terms.back), span
        return f"{asker} asks you to swap shifts in {team}.\n• You take {take}.\n• You give {give}."
    return f"{asker} asks you to cover {team}: {span}.{reason}"


def asked_question(terms: Terms) -> str:
    """Return the direct message to the person who has to agree."""
    return f":wave: {question(terms)}"


def open_line(terms: Terms) -> str:
    """Return the line that the asker sees while there's no answer."""
    asked = shown(terms.asked)
    return f"You’re waiting for {asked} to answer {_what(terms, 'your')}."


def accepted(terms: Terms) -> str:
    """Return the direct message to the asker that the change was made."""
    asked = shown(terms.asked)
    if terms.back is not None:
        return (
            f":white_check_mark: {asked} accepted your swap in *{escaped(terms.team)}*.\n"
            f"• {asked} is on call {_span(terms, terms.span)}.\n"
            f"• You’re on call {_span(terms, terms.back)}."
        )
    return f":white_check_mark: {asked} accepted {_what(terms, 'your')}."


def declined(terms: Terms) -> str:
    """Return the direct message to the asker that nothing was changed, and what they can do."""
    said = f":no_entry: {shown(terms.asked)} declined {_what(terms, 'your')}."
    return f"{said} {_still_yours(terms)}"


def withdrawn(terms: Terms) -> str:
    """Return the direct message that the request was withdrawn, to the person who was asked."""
    return f":no_entry: {shown(terms.asker)} withdrew {_what(terms, 'their')}. Nothing was changed."


def unanswered(terms: Terms) -> str:
    """Return the direct message to the asker that it begins soon and there's no answer yet."""
    says = f":hourglass: {shown(terms.asked)} still hasn’t answered {_what(terms, 'your')}."
    if terms.wish is Wish.OFFER:
        return f"{says} If it’s urgent, call them."
    return f"{says} Call them, or put somebody else on call: `/oncall override`."


def expired(terms: Terms) -> str:
    """Return the direct message to the asker that it begins now without an answer."""
    said = f":no_entry: {shown(terms.asked)} didn’t answer {_what(terms, 'your')} in time."
    return f"{said} {_still_yours(terms)}"


def impossible(terms: Terms, why: str) -> str:
    """Return the direct message to the asker that it was accepted but is no longer possible."""
    return f":no_entry: {shown(terms.asked)} accepted {_what(terms, 'your')}, but too late. {why}"


def _still_yours(terms: Terms) -> str:
    if terms.wish is Wish.OFFER:
        return "Nothing was changed."
    if terms.back is not None:
        return "Nothing was changed: both shifts stay as they are."
    return (
        "Nothing was changed, so that shift is still yours. To ask somebody else: "
        "`/oncall override`."
    )


def _what(terms: Terms, whose: str) -> str:
    """Return what was asked for, as the object of a sentence: 'your offer to cover …'."""
    team, span = f"*{escaped(terms.team)}*", _span(terms, terms.span)
    if terms.wish is Wish.OFFER:
        return f"{whose} offer to cover {team}, {span}"
    if terms.back is not None:
        return f"{whose} swap in {team}, {span} for {_span(terms, terms.back)}"
    return f"{whose} request to cover {team}, {span}"


def _span(terms: Terms, span: Span) -> str:
    return span_with_zone(*span, terms.clock, terms.now)
