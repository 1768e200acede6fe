"""Texts and people in Slack’s mrkdwn; text that people typed can't add markup. Pure."""

import re
import unicodedata
from collections.abc import Sequence

from scheduling.words.people import Person
from scheduling.words.visible import visible, without_hidden
from scheduling.words.wording import joined


def bold(text: str) -> str:
    """Return mrkdwn in bold. Inner bold is dropped, because Slack would show nested stars.

    Stars that somebody typed aren't affected: `escaped` has replaced them with a lookalike.
    """
    return f"*{text.replace('*', '')}*"


_TWINS = str.maketrans({"*": "∗", "`": "ˋ", "~": "∼"})
_EDGE = re.compile(r"(?<!\w)_|_(?!\w)")


def escaped(text: str) -> str:
    """Return what somebody typed so that Slack shows it as it is: no markup, no scrambled line.

    Slack can't escape an asterisk, so markup characters are replaced with lookalikes.
    """
    plain = without_hidden(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return isolated(_EDGE.sub("ˍ", plain.translate(_TWINS)))


def isolated(text: str) -> str:
    """Return a text so that its direction doesn't scramble the text around it.

    Right-to-left text is isolated; characters that would reverse other text are removed.
    """
    text = without_hidden(text)
    if any(unicodedata.bidirectional(sign) in ("R", "AL", "AN") for sign in text):
        return f"\u2068{text}\u2069"
    return text


def literal(text: str, most: int = 300) -> str:
    """Return a text from outside Slack character by character, as a one-line code span.

    An emoji's code stays a code there. The block has to keep web addresses from becoming links.
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
    """Return whether an actor is a Slack user's id and not, for example, 'command line'."""
    return re.fullmatch(r"[UW][A-Z0-9]+", actor) is not None


def all_shown(people: Sequence[Person]) -> str:
    """Return several people in mrkdwn, as a list."""
    return joined([shown(person) for person in people])


def covering_note(covered: str, reason: str | None, says: str = "covering for") -> str:
    """Return whom somebody covers, and why: ', covering for @carol (reason: vacation)'.

    It goes before the period of a sentence about who is on call. `covered` are people in mrkdwn.
    Without them the reason is a sentence of its own, which needs that period, too.
    """
    if covered:
        return f", {says} {covered}" + (f" (reason: {escaped(reason)})" if reason else "")
    return f". Reason: {escaped(reason)}" if reason else ""
