"""The domain doesn't know Slack: no commands, no Slack mentions."""

from pathlib import Path

import scheduling

ROOM = Path(scheduling.__file__).parent
# These may: they choose the words, or call Slack.
MAY = (ROOM / "words", ROOM / "channels" / "slack")


def test_only_words_know_commands_and_mentions() -> None:
    found = [
        f"{file.relative_to(ROOM)}:{number}: {line.strip()}"
        for file in sorted(ROOM.rglob("*.py"))
        if not any(file.is_relative_to(room) for room in MAY)
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if "/oncall" in line or "<@" in line
    ]

    assert found == []
