"""`/oncall why`, and the history of somebody's shifts."""

import re

from tests.stories.conftest import World
from tests.stories.reading import bullets

# --- why --------------------------------------------------------------------------------------


def test_why_tells_the_rotation(morning: World) -> None:
    answer = morning.runs("Bob", "/oncall why friday 6pm").text

    assert "Fri Nov 27, 6:00 PM CST: @Dave will be on call for Support, because:" in answer
    assert (
        "1. It’s shift 4 (Fri 8:00 AM, 1 day): Fri Nov 27, 8:00 AM to Sat Nov 28, 8:00 AM. "
        "Rotation that week: Alice, Bob, Carol, Dave, Eve, Fran, Greg. Shift 4 goes to #4, @Dave."
    ) in answer
    now = morning.runs("Bob", "/oncall why").text
    assert "@Alice is on call for Support, because:" in now
    assert "shift 1 (Mon 8:00 AM, 1 day)" in now


def test_why_tells_the_rotation_of_later_weeks(morning: World) -> None:
    answer = morning.runs("Bob", "/oncall why 2026-12-11 18:00").text

    assert "@Fran will be on call" in answer
    assert "goes to #6, @Fran." in answer


def test_why_tells_each_override_and_which_one_counts(morning: World) -> None:
    morning.changes("Alice", "/oncall override @greg friday 14:00 to 20:00 for gym")
    morning.changes("Greg", "/oncall override @fran friday 15:00 to 18:00")

    lines = morning.runs("Bob", "/oncall why friday 16:00").text.splitlines()

    assert lines[0].endswith("@Fran will be on call for Support, because:")
    assert lines[1].startswith("1. It’s shift 4")
    assert lines[2] == (
        "2. Override 1 (made by @Alice, Mon Nov 23, 8:00 AM): @Greg covers Fri Nov 27, 2:00 PM to "
        "8:00 PM. Reason: gym."
    )
    assert lines[3] == (
        "3. Override 2 (made by @Greg, Mon Nov 23, 8:00 AM): @Fran covers Fri Nov 27, 3:00 PM to "
        "6:00 PM. The newest override counts."
    )

    morning.changes("Alice", "/oncall override cancel 2")
    answer = morning.runs("Bob", "/oncall why friday 16:00").text
    assert "@Greg will be on call for Support, because:" in answer
    assert "Override 2" not in answer
    assert "The newest override counts" not in answer


def test_why_tells_of_a_gap_and_of_what_is_not_planned(morning: World) -> None:
    morning.changes("Alice", "/oncall shifts remove 6")

    gap = morning.runs("Bob", "/oncall why sunday 16:00").text
    assert "nobody will be on call for Support, because:" in gap
    assert "1. No shift covers that time. /oncall shifts shows the week’s gaps." in gap
    far = morning.runs("Bob", "/oncall why 2027-06-01 12:00").text
    assert "That’s not planned yet: I plan 8 weeks ahead" in far


def test_why_of_what_has_been(morning: World) -> None:
    morning.changes("Alice", "/oncall override @greg friday 14:00 to 20:00 for gym")
    morning.until("2026-11-30 09:00")
    morning.forgets_mail()

    answer = morning.runs("Bob", "/oncall why 2026-11-27 16:00").text

    assert "@Greg was on call for Support, because:" in answer
    assert "2. Override 1 (made by @Alice" in answer


def test_why_of_a_whole_day_asks_for_the_time(morning: World) -> None:
    answer = morning.runs("Bob", "/oncall why tomorrow").text

    assert "What time? The reason can change during the day." in answer
    assert "/oncall why tomorrow 18:00" in answer


# --- members history --------------------------------------------------------------------------


def test_history_counts_shifts_hours_and_weekends(support: World) -> None:
    support.changes("Alice", "/oncall override @greg friday 14:00 to 18:00")
    support.until("2026-12-21 09:00")
    support.forgets_mail()

    fran = support.runs("Bob", "/oncall members history @fran").text
    assert fran.startswith("@Fran in Support since Mon Nov 23, 2026\n")
    # Sunday, Saturday, and a Friday that goes on into Saturday; a Thursday isn't a weekend.
    assert "The last 12 months: 4 shifts, 96 hours (4 days), 3 weekends\n" in fran
    assert bullets(fran)[:4] == [
        "• Thu Dec 17, 8:00 AM to Fri Dec 18, 8:00 AM CST",
        "• Fri Dec 11, 8:00 AM to Sat Dec 12, 8:00 AM CST",
        "• Sat Dec 5, 8:00 AM to Sun Dec 6, 8:00 AM CST",
        "• Sun Nov 29, 8:00 AM to Mon Nov 30, 8:00 AM CST",
    ]
    bob = support.runs("Bob", "/oncall members history").text
    assert "The last 12 months: 3 shifts, 96 hours (4 days), 1 weekend\n" in bob
    assert "Planned: 5 shifts, 144 hours (6 days), 2 weekends" in bob
    greg = support.runs("Bob", "/oncall members history @greg").text
    assert "• Fri Nov 27, 2:00 PM to 6:00 PM CST" in bullets(greg)


def test_history_of_many_shifts_lists_the_latest(world: World) -> None:
    for name, number in (("Alice", "+13125550101"), ("Bob", "+13125550102")):
        world.joins(name, number, admin=name == "Alice")
        world.changes("Alice", f"/oncall members add @{name.lower()} {number}")
    world.changes("Alice", "/oncall shifts pattern daily 08:00")
    world.until("2026-12-21 07:00")
    world.forgets_mail()

    alice = world.runs("Bob", "/oncall members history @alice").text

    past, _, planned = alice.partition("Planned:")
    assert len(bullets(past)) == 8
    assert re.search(r"… and \d+ earlier ones", past)
    assert len(bullets(planned)) == 8
    assert re.search(r"… and \d+ more", planned)


def test_history_of_nobody_and_of_who_left(support: World) -> None:
    support.joins("Zoe", "+13125550111")
    assert "Whose? For example: /oncall members history @bob." in (
        support.runs("Zoe", "/oncall members history").text
    )
    assert "One person at a time" in support.runs("Zoe", "/oncall members history @bob @eve").text
    support.until("2026-11-30 09:00")
    support.forgets_mail()
    support.changes("Alice", "/oncall members remove @dave")
    support.tick()
    support.forgets_mail()

    dave = support.runs("Bob", "/oncall members history @dave").text

    assert "since Mon Nov 23, 2026, not in the rotation anymore" in dave
    assert "The last 12 months: 1 shift, 24 hours (1 day), 1 weekend" in dave
    assert "Planned: no shifts\n" in dave
