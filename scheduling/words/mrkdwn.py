"""Texts and people in Slack’s mrkdwn, so that nothing somebody typed marks up what we say. Pure."""

import re
import unicodedata
from collections.abc import Sequence

from scheduling.words.people import Person
from scheduling.words.visible import visible, without_hidden
from scheduling.words.wording import joined


def bold(text: str) -> str:
    """Return mrkdwn in bold, whatever in it is bold already: stars within stars would be shown.

    A star that somebody typed is none of ours: `escaped` has put its twin in its place.
    """
    return f"*{text.replace('*', '')}*"


_TWINS = str.maketrans({"*": "∗", "`": "ˋ", "~": "∼"})
_EDGE = re.compile(r"(?<!\w)_|_(?!\w)")


def escaped(text: str) -> str:
    """Return what somebody typed so that Slack shows it as it is: no markup, no scrambled line.

    Slack has no way to escape an asterisk, so what would mark text up is replaced by its twin.
    """
    plain = without_hidden(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return isolated(_EDGE.sub("ˍ", plain.translate(_TWINS)))


def isolated(text: str) -> str:
    """Return a text so that its direction does not scramble what is beside it.

    One that is read from the right is set apart; what would turn others around is taken out.
    """
    text = without_hidden(text)
    if any(unicodedata.bidirectional(sign) in ("R", "AL", "AN") for sign in text):
        return f"\u2068{text}\u2069"
    return text


def literal(text: str, most: int = 300) -> str:
    """Return what a stranger to our markup wrote, sign by sign: in a code span of one line.

    There an emoji's code stays a code. That web addresses become no links is up to the block.
    """
    said = visible(text)
    said = (said if len(said) <= most else f"{said[: most - 1]}…").replace("`", "ˋ")
    plain = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"`{plain}`" if plain else "(nothing that can be shown)"


def shown(person: Person) -> str:
    """Return a person in mrkdwn: a mention where Slack knows them, else their name."""
    return (
        f"<@{person.slack_user_id}>"
        if person.slack_user_id
        else f"*{escaped(visible(person.name))}*"
    )


def by(actor: str) -> str:
    """Return who did something in mrkdwn: a Slack user's id as a mention, or 'command line'."""
    return f"<@{actor}>" if is_slack_user(actor) else escaped(actor)


def is_slack_user(actor: str) -> bool:
    """Tell the id of a Slack user from other words for who did something."""
    return re.fullmatch(r"[UW][A-Z0-9]+", actor) is not None


def all_shown(people: Sequence[Person]) -> str:
    """Return several people in mrkdwn, as a list is said."""
    return joined([shown(person) for person in people])


def standing_in(covered: str, reason: str | None, says: str = "covering for") -> str:
    """Return for whom somebody stands in, and why: ', covering for @carol (reason: vacation)'.

    It goes before the full stop after who is on call. The reason is of those who are `covered`, as
    mrkdwn; where nobody is, it's a sentence of its own, which wants that full stop, too.
    """
    if covered:
        return f", {says} {covered}" + (f" (reason: {escaped(reason)})" if reason else "")
    return f". Reason: {escaped(reason)}" if reason else ""
