"""How many SMS a text takes, counted the way carriers and Twilio count it.

A text of GSM-7 characters (3GPP TS 23.038) goes out in septets, any other in UTF-16 units:
https://www.twilio.com/docs/glossary/what-sms-character-limit
"""

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")  # an escape and a character: two septets

# The typographic characters from phones and editors that SmartEncoded replaces.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‘’‚‛′‹›", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f", " "),
        "…": "...",
    }
)


def smart_encode(body: str) -> str:
    """Replace curly quotes, dashes and the like with GSM-7 characters."""
    return body.translate(_PLAIN)


def count_segments(body: str) -> int:
    """Return how many SMS the text takes: one of 160 septets or 70 units, or parts of 153 or 67.

    A character of two septets or two units is never split, so a part may have one unused.
    """
    if GSM.union(GSM_EXTENSION).issuperset(body):
        widths = [2 if character in GSM_EXTENSION else 1 for character in body]
        alone, joined = 160, 153
    else:
        widths = [2 if ord(character) > 0xFFFF else 1 for character in body]
        alone, joined = 70, 67
    if sum(widths) <= alone:
        return 1
    segments, used = 1, 0
    for width in widths:
        if used + width > joined:
            segments, used = segments + 1, 0
        used += width
    return segments
