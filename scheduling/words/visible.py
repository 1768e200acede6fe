"""Removes control, invisible and direction characters from texts. Pure.

Names, reasons and texts come from forms, commands, files, Slack profiles and SMS. An invisible
character can make two names look the same, reverse a line or end it, so all input goes through
`visible`. So does text on its way into a message, because older rows may contain such characters.
"""

import re
import unicodedata

# Characters that phones and word processors substitute, and the ones that people typed.
AS_MEANT = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»", '"'),
        **dict.fromkeys("‘’‚‛", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
    }
)
# Fillers, joiners and blanks: letters or marks by category, but invisible.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u2800\u3164\uffa0")
_JOINERS = "\u200c\u200d"  # part of the spelling in Indic and Arabic scripts
_BREAKS = re.compile(r"\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_MARKUP = str.maketrans({"<": "‹", ">": "›", "`": "ˋ", "*": "∗", "~": "∼"})
_SPACES = re.compile(r"\s+")


def visible(text: str) -> str:
    """Return a text's visible characters as one line, with single spaces between the words."""
    return _SPACES.sub(" ", _seen(_BREAKS.sub(" ", text))).strip()


def visible_lines(text: str) -> str:
    """Return a text's visible characters, keeping its lines."""
    lines = [_SPACES.sub(" ", _seen(line)).rstrip() for line in _BREAKS.split(text)]
    return "\n".join(lines).strip()


def without_hidden(text: str) -> str:
    """Return a text without invisible characters; its spaces and lines stay as they are."""
    return "\n".join(map(_seen, _BREAKS.split(text)))


def hides_something(text: str) -> bool:
    """Return whether a text has line breaks, control or invisible characters; spaces are fine."""
    spaced = "".join(" " if unicodedata.category(one) == "Zs" else one for one in text)
    return _seen(spaced) != unicodedata.normalize("NFC", spaced)


def same_to_the_eye(text: str) -> str:
    """Return a key that ignores case, width, accents' form and spaces, for comparing names."""
    plain = unicodedata.normalize("NFKC", visible(text)).casefold()
    joined = plain.translate(dict.fromkeys(map(ord, _JOINERS)))
    return " ".join(unicodedata.normalize("NFKC", joined).split())


def quoted(text: str, most: int = 40) -> str:
    """Return what somebody typed for quoting in a refusal: short, and without markup."""
    line = visible(text).translate(_MARKUP)
    return f"“{line if len(line) <= most else f'{line[: most - 1]}…'}”"


def _seen(text: str) -> str:
    if text.isascii() and text.isprintable():  # true of nearly all texts, and the rest is slow
        return text
    text = unicodedata.normalize("NFC", text)
    kept: list[str] = []
    for place, sign in enumerate(text):
        before = kept[-1] if kept else ""
        if _is_seen(sign, before, text[place + 1 : place + 2]):
            kept.append(sign)
    return unicodedata.normalize("NFC", "".join(kept))


def _is_seen(sign: str, before: str, after: str) -> bool:
    if sign in _JOINERS:
        return _joins(sign, before, after)
    if "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef":  # variants
        return bool(before) and (
            unicodedata.category(before) in ("So", "Sm", "Lo", "Po") or before in "0123456789"
        )
    # Lone surrogates can't be stored, and the last two code points of each plane aren't characters.
    gone = unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") and sign != "\t"
    return not gone and sign not in _BLANK and ord(sign) & 0xFFFE != 0xFFFE


def _joins(sign: str, before: str, after: str) -> bool:
    """Return whether a joiner is part of an emoji, or of a word in a script that needs it."""
    if not before or not after:
        return False
    kinds = unicodedata.category(before), unicodedata.category(after)
    if all(kind in ("Lo", "Mn", "Mc") for kind in kinds) and "\ufe0f" not in (before, after):
        return before not in _BLANK and after not in _BLANK
    # 👩‍💻, 🏳️‍🌈, 👩🏽‍🚀: a symbol, perhaps with a variation selector or skin tone, then another one.
    return (
        sign == "\u200d" and (kinds[0] in ("So", "Sk") or before == "\ufe0f") and kinds[1] == "So"
    )
