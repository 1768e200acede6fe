"""What somebody typed, shown back to them."""

import re

from scheduling.words import lines
from scheduling.words.mrkdwn import escaped
from scheduling.words.visible import visible

COMMAND = lines.COMMAND


def typed(text: str, limit: int = 60) -> str:
    """Return what somebody typed, ready to be shown: short, and without markup."""
    plain = re.sub(r"<[@#]\w+\|([^>]*)>", r"@\1", text)
    flat = visible(plain.replace("`", " "))
    return escaped(flat if len(flat) <= limit else f"{flat[: limit - 1]}…")


def echo(text: str) -> str:
    """Return what somebody typed as a quotation."""
    return f"“{typed(text)}”"
