"""The table of commands in the documentation, as it is there."""

import re
from pathlib import Path

from scheduling.words.lines import COMMAND

COMMANDS = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")


def documented_commands(page: str = COMMANDS) -> dict[str, list[str]]:
    """Return for each command who may type it, an example, and where to click instead."""
    rows = re.findall(rf"^\| `({COMMAND}[^`]*)` \| (.*) \|$", page, re.MULTILINE)
    return {
        usage.replace("\\|", "|"): [cell.strip(" |") for cell in rest.split(" | ")]
        for usage, rest in rows
    }
