"""What fits into an SMS: the characters of GSM-7, and how many segments a text takes. Pure."""

from typing import NamedTuple

SEGMENT = 160
# GSM 03.38: the characters that an SMS carries in seven bits; those in the second line count twice.
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Twilio's SmartEncoded replaces typographic characters of editors and phones with these plain ones.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‘’‚‛′‹›", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f", " "),
        "…": "...",
    }
)
GSM_DOUBLE = frozenset("^{}\\[~]|€\f")


def one_segment(text: str) -> bool:
    """Return whether a text fits a single GSM-7 segment."""
    if not all(sign in GSM or sign in GSM_DOUBLE for sign in text):
        return False
    return sum(2 if sign in GSM_DOUBLE else 1 for sign in text) <= SEGMENT


class Count(NamedTuple):
    """How long an SMS is. `foreign` has the characters that reduce a segment from 160 to 70."""

    characters: int
    segments: int
    foreign: tuple[str, ...]


def counted(text: str) -> Count:
    """Count a text as an SMS: characters, segments, and the characters that aren't GSM-7.

    Typographic quotes and dashes don't count as foreign, because Twilio replaces them. A character
    that counts twice is never split between segments.
    """
    text = text.translate(_PLAIN)
    foreign = tuple(dict.fromkeys(one for one in text if one not in GSM and one not in GSM_DOUBLE))
    if foreign:
        widths, single, joined = [2 if ord(one) > 0xFFFF else 1 for one in text], 70, 67
    else:
        widths, single, joined = [2 if one in GSM_DOUBLE else 1 for one in text], SEGMENT, 153
    if sum(widths) <= single:
        return Count(len(text), 1, foreign)
    full, used = 1, 0
    for width in widths:
        if used + width > joined:
            full, used = full + 1, 0
        used += width
    return Count(len(text), full, foreign)


def shortest_loss(*wordings: str) -> str:
    """Return the fullest wording that fits one segment, or else the shortest."""
    return next((text for text in wordings if one_segment(text)), wordings[-1])
