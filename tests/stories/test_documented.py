"""Each example of docs/commands.md works in a team that has something to do."""

import pytest

from bot.slack.app import build_commands
from tests.docs.documented import documented_commands
from tests.stories.conftest import World

EXAMPLES = {usage: cells[1].strip("`") for usage, cells in documented_commands().items()}
FORMS = {
    "/oncall cover FROM TO": "Find cover",
    "/oncall members reorder": "Reorder the rotation",
    "/oncall number": "Your number",
    "/oncall setup back STEP": "Step 1 of 3: the team",
}


@pytest.fixture
def busy(support: World) -> World:
    """The team with an override, open changes, somebody about to leave, and an SMS lost."""
    support.joins("Zoe Zimmer", "+13125550111")
    support.sandbox.slack.channel("payments")
    support.changes("Alice", "/oncall override @greg friday")
    support.runs("Alice", "/oncall override @bob saturday")
    support.runs("Bob", "/oncall swap @alice 2026-11-30 for 2026-12-13")
    support.changes("Alice", "/oncall members remove @fran from 2026-12-21")
    support.changes("Alice", "/oncall admins add @carol")
    support.runs("Alice", "/oncall test")
    support.tick()
    support.reads("Alice", "WhoseOnFirst test")
    support.changes("Alice", "/oncall escalation add @eve")
    support.people["Alice"].phone.switches("off")
    support.until("2026-11-23 08:00")
    support.passes(seconds=15)
    support.passes(seconds=15)
    return support


@pytest.mark.parametrize("usage", EXAMPLES)
def test_an_example_of_the_documentation_works(busy: World, usage: str) -> None:
    seen = busy.runs("Alice", EXAMPLES[usage])

    if usage in FORMS:
        assert seen.view is not None
        assert seen.view.title == FORMS[usage]
        return
    assert seen.text
    assert "❌" not in seen.text
    if "[ Confirm ]" in seen.text:
        done = busy.confirms("Alice", seen)
        assert done.text.startswith("✅")
    busy.tick()
    if usage.startswith("/oncall members confirm"):
        busy.reads("Bob", "Reply OK to confirm")


def test_every_command_has_an_example() -> None:
    assert EXAMPLES.keys() == {one.usage for one in build_commands()}
