"""A team that is set up but begins on a later day: each answer says when, and none raises alarm."""

import pytest

from tests.stories.conftest import World
from tests.stories.reading import rows

BEGINS = "On-call for Later starts Mon Dec 14, 8:00 AM CST."


@pytest.fixture
def later(support: World) -> World:
    """Support, and the team Later, which begins in three weeks with Bob and Carol."""
    channel = support.another_team("Later", "later")
    for number, name in enumerate(("Bob", "Carol"), start=2):
        channel.invite(support.people[name].slack)
        support.changes(
            "Alice", f"/oncall members add @{name.lower()} +1312555010{number} team:Later"
        )
    asked = support.runs("Alice", "/oncall shifts pattern daily 08:00 2026-12-14 team:Later")
    support.confirms("Alice", asked)
    return support


@pytest.mark.parametrize(
    "line", ["", "why", "why friday 9am", "who friday 9:00", "who friday", "schedule"]
)
def test_each_answer_says_when_it_begins(later: World, line: str) -> None:
    answer = later.runs("Bob", f"/oncall {line} team:Later")

    assert f"{BEGINS} Nobody is on call before that." in answer.text
    assert "⚠️" not in answer.text


def test_the_past_was_without_anybody(later: World) -> None:
    answer = later.runs("Bob", "/oncall schedule from 2026-11-02 to 2026-11-08 team:Later")
    assert "Nobody was on call then." in answer.text


def test_the_plan_has_to_reach_the_day_on_which_it_begins(later: World) -> None:
    refused = later.runs("Alice", "/oncall generate 2 team:Later")

    assert refused.text == (
        "❌ On-call for Later starts Mon Dec 14, 8:00 AM CST, so I have to plan at least 4 weeks "
        "ahead. For example: /oncall generate 4 team:Later."
    )
    assert (
        "I now plan 4 weeks ahead" in later.changes("Alice", "/oncall generate 4 team:Later").text
    )


def test_in_another_time_zone_it_begins_at_the_same_local_time(later: World) -> None:
    asked = later.runs("Alice", "/oncall settings zone Europe/Berlin team:Later")
    assert "⚠️" not in asked.text
    later.confirms("Alice", asked)

    for line in ("", "why"):
        answer = later.runs("Bob", f"/oncall {line} team:Later").text
        assert "On-call for Later starts Mon Dec 14, 08:00 CET" in answer


def test_the_schedule_has_no_gap_before_it_begins(later: World) -> None:
    week = later.runs("Bob", "/oncall schedule from 2026-12-14 to 2026-12-20 team:Later").text

    assert rows(week)[:2] == [
        ("Mon Dec 14, 12:00 AM", "nobody", "before the first shift"),
        ("Mon Dec 14, 8:00 AM", "Bob"),
    ]
    assert "NOBODY" not in week
    assert "gap" not in week


def test_the_form_refuses_too_few_weeks_at_its_field(later: World) -> None:
    later.opens("Alice", "generate team:Later")

    view = later.fills_in("Alice", {"How many weeks ahead?": "1"})

    assert "starts Mon Dec 14, 8:00 AM CST" in view.errors["How many weeks ahead?"]
