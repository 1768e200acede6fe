"""A team that moves to another time zone: its handoffs keep their local time, without a gap."""

import pytest

from tests.stories.conftest import World

ZONES = [
    "America/Los_Angeles",
    "America/New_York",
    "Pacific/Honolulu",
    "Europe/Berlin",
    "Asia/Tokyo",
]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", ["2026-11-24 07:30", "2026-11-24 08:30", "2026-11-25 23:00"])
def test_somebody_is_always_on_call_and_nobody_twice(support: World, zone: str, at: str) -> None:
    support.until(at)
    support.forgets_mail()

    asked = support.runs("Alice", f"/oncall settings zone {zone}")
    assert "⚠️" not in asked.text
    support.confirms("Alice", asked)

    weeks = support.runs("Alice", "/oncall schedule 3 weeks").text
    assert "NOBODY" not in weeks
    assert "at once" not in weeks
    _, second, *handoffs = [row for row in weeks.splitlines() if " Nov " in row or " Dec " in row][
        1:
    ]
    assert all(" 8:00 AM" in row or " 08:00" in row for row in (second, *handoffs))
    support.forgets_mail()


def test_the_running_shift_ends_when_the_next_one_starts(support: World) -> None:
    support.until("2026-11-24 13:00")
    support.forgets_mail()

    asked = support.runs("Alice", "/oncall settings zone America/Los_Angeles")
    assert "• Thu Nov 26, 8:00 AM to 10:00 AM: @Carol → @Bob" in asked.text
    support.confirms("Alice", asked)

    assert "until Thu Nov 26, 8:00 AM PST" in support.runs("Dave", "/oncall").text
    undone = support.changes("Alice", "/oncall undo")
    assert "Undone" in undone.text
    assert "until Thu Nov 26, 8:00 AM CST" in support.runs("Dave", "/oncall").text
    support.forgets_mail()


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Europe/Berlin"])
@pytest.mark.parametrize("later", ["2026-11-24 08:31", "2026-11-25 03:00", "2026-11-25 08:20"])
def test_undone_later_the_handoffs_are_where_they_were(
    support: World, zone: str, later: str
) -> None:
    support.changes("Alice", "/oncall shifts remove 2")
    support.changes("Alice", "/oncall shifts add 2 tuesday 24h 08:00")
    support.changes("Alice", "/oncall shifts add 7 wednesday 24h 08:00")
    support.until("2026-11-24 08:30")
    support.changes("Alice", f"/oncall settings zone {zone}")
    support.until(later)
    support.forgets_mail()

    support.changes("Alice", "/oncall undo")

    weeks = support.runs("Alice", "/oncall schedule 3 weeks").text
    assert "NOBODY" not in weeks
    assert "at once" not in weeks
    support.forgets_mail()
