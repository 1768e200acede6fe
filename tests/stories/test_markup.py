"""Messages as people see them: no stray markup, and one word for one thing.

That no story shows markup of ours is checked at the end of each (`World.has_no_markup`).
"""

import pytest

from storage.database import reading, writing
from storage.models import Notification, Team
from tests.stories.conftest import World
from tests.stories.markup import left_over


@pytest.mark.parametrize(
    "text",
    ["Put *Hank* on call", "a `word` of code", "_so_", "<@U0001> is", "&lt;b&gt;", ":wave: hello"],
)
def test_what_is_left_of_markup_is_found(text: str) -> None:
    assert left_over(text)


@pytest.mark.parametrize("text", ["round_robin", "Tue Nov 24, 8:00 AM", "∗very∗", "[ *typed* ]"])
def test_text_that_only_resembles_markup_is_not_found(text: str) -> None:
    assert not left_over(text)


@pytest.mark.parametrize("name", ["Hank Doe", "_Hank_ Doe", "Hank_D", "O’Hara"])
def test_a_name_in_a_preview_and_in_what_follows_has_no_stars_around_it(
    support: World, name: str
) -> None:
    support.changes("Alice", f'/oncall members add "{name}" +13125550177')
    preview = support.runs("Alice", f'/oncall override "{name}" friday for *urgent*')

    title = preview.text.splitlines()[0]
    assert "*" not in title
    assert title.startswith(("Have Hank", "Have ˍHank", "Have O'Hara"))
    assert "*" not in support.confirms("Alice", preview).text
    # Not `schedule`: a table shows what was typed as it was typed.
    for line in ("overrides", "who friday 9am", "members", "audit", "undo"):
        assert not left_over(
            support.runs("Bob" if line != "undo" else "Alice", f"/oncall {line}").text
        )
    support.tick()


def test_a_form_s_preview_of_somebody_outside_slack_has_no_stars(support: World) -> None:
    support.changes("Alice", '/oncall members add "Hank Doe" +13125550177')
    support.opens("Alice", "override")
    preview = support.fills_in("Alice", {"Who covers?": "Hank Doe", "Or from": "2026-11-27"})
    assert preview.plain.startswith("Have Hank Doe cover for @Dave")


def test_one_is_not_called_by_many(support: World) -> None:
    one = support.changes("Alice", "/oncall generate 1").text
    assert "I now plan 1 week ahead" in one
    assert (
        "1 weeks" not in support.runs("Bob", "/oncall schedule from 2027-06-01 to 2027-06-08").text
    )
    assert "1 weeks" not in support.runs("Bob", "/oncall teams").text


def test_costs_say_that_nothing_is_priced_yet_only_once(support: World) -> None:
    support.until("2026-11-23 08:01")
    support.reads("Alice")
    with writing():
        Notification.update(price=None, price_unit="USD", segments=1).where(
            Notification.kind == "sms"
        ).execute()

    said = str(support.runs("Alice", "/oncall costs").blocks)

    assert "not known yet" in said
    assert "without a price yet" not in said
    with reading():
        assert Team.select().count() == 1
