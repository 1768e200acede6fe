"""The new version starts on the previous one's database, in the middle of a running plan.

`database-0004.sql` was written by that version on Tue Nov 24, 2026, 16:00 in Chicago.
Support is the specification's example: Fran left that morning, so Greg has her Sunday, Eve leaves
in December, and Carol's override of the next day waits for its Confirm. Payments serves whole weeks
from Friday on; Mona joins on Monday, and as that version counted, Lena has two weeks in a row.
"""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.database import reading, rows
from storage.models import Assignment, Notification, RotationMark
from tests.stories.conftest import World

BEFORE = Path(__file__).parents[1] / "data" / "database-0004.sql"
THEN = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
CAST = ("Alice", "Bob", "Carol", "Dave", "Eve", "Fran", "Greg")
PAYMENTS_TEAM = 2  # its id
PAYMENTS = ("Heidi", "Ivan", "Judy", "Karl", "Lena", "Mona")


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[World]:
    """The same people and channels, and that database, under the program of today."""
    world = World(tmp_path)
    try:
        for place, name in enumerate(CAST, start=101):
            world.joins(name, f"+1312555{place:04}", admin=name == "Alice")
        payments = world.sandbox.slack.channel("payments")
        for place, name in enumerate(PAYMENTS, start=201):
            payments.invite(world.joins(name, f"+1312555{place:04}").slack)
        world.clock.forward_to(THEN)
        with sqlite3.connect(world.database_url.removeprefix("sqlite:///")) as file:
            file.executescript(BEFORE.read_text(encoding="utf-8"))
        file.close()
        yield world
        world.has_no_mail()
    finally:
        world.stops_bot()
        world.sandbox.close()


def stored(world: World) -> list[tuple[object, ...]]:
    """Return the whole plan as it is in the file."""
    with sqlite3.connect(world.database_url.removeprefix("sqlite:///")) as file:
        found = file.execute(
            "SELECT id, team_id, team_member_id, start_datetime, end_datetime FROM schedule"
            " ORDER BY id"
        ).fetchall()
    file.close()
    return found


def holders(world: World, team: str, weeks: int = 8) -> list[str]:
    text = world.runs("Alice", f"/oncall schedule {weeks} weeks team:{team}").text
    names = set(world.people)
    return [word for line in text.splitlines() for word in line.split() if word in names]


def test_nobodys_shift_moves(upgraded: World) -> None:
    before = stored(upgraded)

    upgraded.starts_bot()
    upgraded.until("2026-11-25 07:00")

    assert stored(upgraded)[: len(before)] == before
    assert "Lena Lena Mona Heidi Ivan" in " ".join(holders(upgraded, "Payments"))
    upgraded.stops_bot()
    upgraded.clock.forward(days=7)
    upgraded.starts_bot()  # a week more is planned: it goes on from the last
    upgraded.forgets_mail()
    assert stored(upgraded)[: len(before)] == before
    assert len(stored(upgraded)) > len(before)
    assert holders(upgraded, "Payments", 9)[-3:] == ["Lena", "Mona", "Heidi"]


def test_a_team_in_a_zone_that_is_none_keeps_no_other_from_starting(upgraded: World) -> None:
    with sqlite3.connect(upgraded.database_url.removeprefix("sqlite:///")) as file:
        file.execute("UPDATE teams SET time_zone = 'Mars/Phobos' WHERE name = 'Payments'")
    file.close()
    before = stored(upgraded)

    upgraded.starts_bot()
    upgraded.until("2026-11-25 08:00")

    upgraded.reads("Bob", "Good morning, Bob.")
    upgraded.forgets_mail()
    assert stored(upgraded)[: len(before)] == before
    with reading():
        assert RotationMark.select().where(RotationMark.team == PAYMENTS_TEAM).exists()


def test_nothing_is_sent_twice_and_the_next_morning_comes(upgraded: World) -> None:
    upgraded.starts_bot()
    upgraded.passes(minutes=10)
    upgraded.has_no_mail()
    with reading():
        sent = rows(Notification.select(Notification.id).where(Notification.sent_at > THEN))
    assert not sent

    upgraded.until("2026-11-25 08:00")

    upgraded.reads("Bob", "Good morning, Bob.", "Thu Nov 26, 8:00 AM CST")
    assert len([p for p in upgraded.channel.messages if "Good morning" in p.plain]) == 1


def test_a_change_after_it_goes_on_without_passing_anybody_over(upgraded: World) -> None:
    upgraded.starts_bot()
    nina = upgraded.joins("Nina", "+13125550207")

    upgraded.changes(
        "Alice", f"/oncall members add @{nina.slack.handle} +13125550207 team:Payments"
    )

    # Lena has this Friday; whoever was planned for the next Monday's week keeps it.
    assert holders(upgraded, "Payments")[:7] == [
        "Lena", "Lena", "Mona", "Nina", "Heidi", "Ivan", "Judy",
    ]  # fmt: skip


def test_who_leaves_ends_the_two_weeks_in_a_row(upgraded: World) -> None:
    upgraded.starts_bot()

    upgraded.changes("Alice", "/oncall members remove @mona team:Payments")
    found = holders(upgraded, "Payments")

    assert found[:6] == ["Lena", "Heidi", "Ivan", "Judy", "Karl", "Lena"]


def test_a_change_from_before_can_be_undone_after_it(upgraded: World) -> None:
    upgraded.starts_bot()

    upgraded.changes("Alice", "/oncall undo team:Payments")
    found = holders(upgraded, "Payments")

    assert found[:7] == ["Lena", "Heidi", "Ivan", "Judy", "Karl", "Lena", "Heidi"]


def test_the_preview_that_waited_can_be_confirmed(upgraded: World) -> None:
    upgraded.starts_bot()

    answer = upgraded.changes("Alice", "/oncall override @carol tomorrow for dentist").text

    assert "✅" in answer
    upgraded.until("2026-11-25 08:00")
    upgraded.reads("Carol", "Good morning, Carol.")
    with reading():
        assert Assignment.select().count() == len(stored(upgraded))
