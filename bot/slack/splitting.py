"""Splits what was typed into words. Pure."""

import re

from scheduling.errors import Refusal
from scheduling.words.visible import AS_MEANT, visible

# Nobody types these characters. Spaces and line breaks aren't among them.
_CONTROL = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]"
    r"|(?<!\S)[\u202a-\u202e\u2066-\u2069]+(?!\S)"  # a word of direction marks only
)
# A mention or a link as Slack writes it: <@U1|alice doe>, <#C1|two words>, <tel:+1312…|+1 312 …>.
# A typed < arrives as &lt;. https://docs.slack.dev/messaging/formatting-message-text
REFERENCE = r"<(?:[@#!]|[A-Za-z][A-Za-z0-9+.\-]*:)[^<>]*>"
_PIECE = re.compile(rf'({REFERENCE})|"((?:{REFERENCE}|[^"])*+)"|( )|("|[^" <]+|<)')
_PHONE_LINK = re.compile(r"<tel:([^<>|]*)(?:\|([^<>]*))?>", re.IGNORECASE)
_A_NUMBER = re.compile(r"[+\d\s().\-/]*\d[+\d\s().\-/]*")


def split(text: str) -> list[str]:
    """Return the words of what was typed; a "quoted text" is one word. Raises Refusal.

    The quotes, dashes and spaces that phones insert become plain ones, and invisible characters are
    dropped. A mention or link is one word. A phone number that Slack turned into a link becomes the
    number as it was typed.
    """
    if _CONTROL.search(text):
        raise Refusal(
            "There is a control character in what you typed, so I can’t tell what you meant. Type "
            "it again instead of pasting it, for example `/oncall schedule`."
        )
    words: list[str] = []
    begun: list[str] = []  # the pieces of the current word
    for reference, quoted, blank, plain in _PIECE.findall(visible(text).translate(AS_MEANT) + " "):
        if blank:
            words += ["".join(begun)] if begun else []
            begun = []
            continue
        if plain == '"':
            raise Refusal(
                'A quotation mark (") isn’t closed. For example: '
                '`/oncall members add "Alice Doe" +13125550101`.'
            )
        begun.append(_as_typed(_number_of(reference) or quoted or plain))
    return words


def _number_of(reference: str) -> str:
    """Return a typed phone number for a link to one; any other reference as it is."""
    link = _PHONE_LINK.fullmatch(reference)
    if link is None:
        return reference
    number, label = link[1], link[2] or ""
    return label if _A_NUMBER.fullmatch(label) else number


def _as_typed(word: str) -> str:
    # Slack escapes these three, so that typed text can't look like a mention.
    return word.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
