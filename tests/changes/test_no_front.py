"""The domain knows no front: it speaks no command, and names nobody as Slack does."""

from pathlib import Path

import scheduling

ROOM = Path(scheduling.__file__).parent
# Where words are chosen, and where Slack is spoken to.
MAY = (ROOM / "words", ROOM / "channels" / "slack")


def test_what_people_type_and_how_slack_names_them_stand_among_the_words_only() -> None:
    found = [
        f"{file.relative_to(ROOM)}:{number}: {line.strip()}"
        for file in sorted(ROOM.rglob("*.py"))
        if not any(file.is_relative_to(room) for room in MAY)
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if "/oncall" in line or "<@" in line
    ]

    assert found == []
