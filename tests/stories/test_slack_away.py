"""Slack is down for a long time: afterwards, only messages that are still useful go out."""

import pytest

from tests.stories.conftest import World
from tests.stories.stored import all_settled, rows


def tries(world: World) -> int:
    # After the first try it is looked for before it is posted.
    return len(world.sandbox.slack.calls("conversations.history"))


@pytest.mark.parametrize("trouble", ["503", "ratelimited", "error:internal_error", "drop_before"])
def test_the_morning_post_comes_as_soon_as_slack_is_back_and_says_how_late(
    support: World, trouble: str
) -> None:
    support.sandbox.slack.trouble(trouble, retry_after=30)
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    for _ in range(65):
        support.passes(minutes=1)
    support.sandbox.slack.recover()
    for _ in range(9):
        support.passes(minutes=1)

    support.sees_post("Good morning!", "@Alice is on call", "due at 8:00 AM", " min late")
    support.sees_no_post()


def test_after_an_hour_it_is_tried_every_five_minutes(support: World) -> None:
    support.sandbox.slack.trouble("503")
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    by_hour = [0]
    for _ in range(2):
        for _ in range(60):
            support.passes(minutes=1)
        by_hour.append(tries(support))

    assert by_hour[1] >= 58
    assert 10 <= by_hour[2] - by_hour[1] <= 14


def test_a_handoff_post_comes_late_too(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.sees_post("Good morning!")
    support.changes("Alice", "/oncall override @bob 12:00 to 20:00")
    support.sandbox.slack.trouble("503")
    support.until("2026-11-23 12:00")
    support.reads("Bob")
    for _ in range(120):
        support.passes(minutes=1)
    support.sandbox.slack.recover()
    for _ in range(6):
        support.passes(minutes=1)

    support.sees_post("Handoff: @Bob is on call", "h", "min late")


def test_a_post_whose_turn_is_over_is_not_posted_but_noted(support: World) -> None:
    support.sandbox.slack.trouble("503")
    for day in (23, 24, 25):
        support.until(f"2026-11-{day} 08:00")
        for _ in range(80):
            support.passes(minutes=1)
        support.forgets_mail()
    support.sandbox.slack.recover()
    for _ in range(10):
        support.passes(minutes=1)

    support.post("Good morning! @Bob is on call", "late")  # Bob has two days: the second one
    support.post(
        "I couldn’t reach Slack in time to post who was on call",
        "• Mon Nov 23, 8:00 AM CST: Alice\n• Tue Nov 24, 8:00 AM CST: Bob",
    )
    assert len(support.channel.messages) == 2


def test_the_weeks_list_comes_late_within_the_day(support: World) -> None:
    support.changes("Alice", "/oncall settings summary on")
    support.sandbox.slack.trouble("503")
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    for _ in range(90):
        support.passes(minutes=1)
    support.sandbox.slack.recover()
    for _ in range(6):
        support.passes(minutes=1)

    support.post("who is on call this week")


def test_everything_comes_to_an_end_however_long_slack_is_away(support: World) -> None:
    support.sandbox.slack.trouble("503")
    support.until("2026-11-23 08:00")
    for _ in range(24 * 6):
        support.passes(minutes=10)
    support.sandbox.slack.recover()
    for _ in range(20):
        support.passes(minutes=1)
    support.forgets_mail()

    assert all_settled()
    assert [row.status for row in rows("daily") if row.kind != "sms"] == ["cancelled", "delivered"]
