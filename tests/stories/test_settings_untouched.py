"""The settings form of a team with an old, now invalid value: the other settings can be changed."""

import sqlite3
from contextlib import closing

import pytest

from tests.stories.conftest import World

OLDER = {"name": "Team @home", "sms_text": "Hi {fist}", "most_segments": 5, "confirm_within": 500}


@pytest.mark.parametrize("column", OLDER)
def test_another_setting_can_be_changed_in_the_form(support: World, column: str) -> None:
    with closing(sqlite3.connect(support.database_url.removeprefix("sqlite:///"))) as db, db:
        db.execute(f"UPDATE teams SET {column} = ?", (OLDER[column],))
    assert support.runs("Alice", "/oncall settings summary on").text.startswith("✅")

    support.runs("Alice", "/oncall settings")
    view = support.submits("Alice", {"Daily text at": "07:30"})

    assert view is not None
    assert not getattr(view, "errors", None), view.errors


def test_a_long_name_that_joined_later_does_not_lock_the_settings_form(support: World) -> None:
    support.changes("Alice", "/oncall settings sms {name} " + "x" * 440)
    name = "Maximiliana Alexandrina " * 3 + "Doe"
    support.changes("Alice", f'/oncall members add "{name}" +13125550177')

    support.runs("Alice", "/oncall settings")
    view = support.submits("Alice", {"Daily text at": "07:30"})

    assert view is not None
    assert not getattr(view, "errors", None), view.errors
