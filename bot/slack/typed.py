"""What somebody typed: shown back to them, and read as a number."""

import re

from scheduling.words import lines
from scheduling.words.mrkdwn import escaped
from scheduling.words.visible import visible

COMMAND = lines.COMMAND
LONGEST_NUMBER = 15  # digits, which any column can hold


def typed(text: str, limit: int = 60) -> str:
    """Return what somebody typed, fit to be shown: short, and without markup."""
    plain = re.sub(r"<[@#]\w+\|([^>]*)>", r"@\1", text)
    flat = visible(plain.replace("`", " "))
    return escaped(flat if len(flat) <= limit else f"{flat[: limit - 1]}…")


def echo(text: str) -> str:
    """Return what somebody typed as a quotation."""
    return f"“{typed(text)}”"


def number_of(text: str) -> int | None:
    """Return a number, None if it is none. Whether it is too big is for its reader to say."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None
