"""Each setting has a command, a field and a line in the audit log."""

import pytest

from bot.slack.features.settings import EXAMPLES
from scheduling.changes import settings
from storage.models import Team
from tests.stories.conftest import World

# A team's columns that aren't settings.
KEPT_BY_US = {"id", "anchor", "begins_at", "planned_until", "created_at"}


def test_every_column_of_a_team_is_a_setting_or_ours() -> None:
    assert settings.BY_COLUMN.keys() == Team._meta.fields.keys() - KEPT_BY_US


def test_each_setting_has_a_field_in_the_form(support: World) -> None:
    view = support.opens("Alice", "settings")

    shown = [block["block_id"] for block in view.blocks if block["type"] == "input"]
    assert [name for name in shown if name != "no-channel"] == list(settings.BY_WORD)


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_can_be_typed_and_is_in_the_audit_log(support: World, example: str) -> None:
    setting = settings.BY_WORD[example.split()[1]]

    answer = support.changes("Alice", f"/oncall {example}").text

    if example.endswith((" default", "200")):
        assert "is already set that way" in answer
    else:
        assert f"• {setting.called}: " in answer
        assert f"changed the {setting.called} to " in support.runs("Alice", "/oncall audit").text
