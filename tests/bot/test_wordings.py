"""The Slack front words every kind of change."""

from bot.slack.app import build_commands
from scheduling.changes.registry import OPERATIONS


def test_each_kind_of_change_is_worded_once_it_is_made() -> None:
    assert set(build_commands().words) == set(OPERATIONS.values())
