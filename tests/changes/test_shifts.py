"""The weekly shifts: adding, removing, and the times that they leave uncovered."""

from datetime import datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.changes import shifts
from scheduling.changes.patterns import ReplaceShifts
from scheduling.changes.shifts import Patch, uneven
from scheduling.rota import schedule
from storage.database import reading
from storage.models import Shift, Team
from tests.builders import ADMIN, NOW, add_shift, chicago, refused, support_team

WEDNESDAY = chicago("2026-11-25 12:00")
EIGHT = time(8)


@pytest.fixture
def team(database_url: str) -> Team:
    """The specification's example, on Monday at 07:00."""
    assert database_url
    return support_team()


def on_call(team: Team, at: str) -> list[str]:
    people = schedule.members_by_id(team)
    return [people[one].name for one in schedule.on_call(team, chicago(at)).members]


def remove(team: Team, number: int, now: datetime) -> Shift:
    return shifts.remove_shift(team, number, actor=ADMIN, now=now)


def test_a_new_shift_goes_to_somebody_free_this_week_and_joins_the_rotation_next_week(
    team: Team,
) -> None:
    add_shift(team, 7, "Friday", 4, now=WEDNESDAY, start=time(12))

    assert on_call(team, "2026-11-27 13:00") == ["Dave", "Greg"]
    assert on_call(team, "2026-12-04 13:00") == ["Eve", "Alice"]


def test_a_new_shift_whose_time_is_over_this_week_begins_the_next(team: Team) -> None:
    add_shift(team, 7, "Tuesday", 4, now=WEDNESDAY, start=time(12))

    assert on_call(team, "2026-11-24 13:00") == ["Bob"]
    assert on_call(team, "2026-12-01 13:00") == ["Carol", "Alice"]


def test_a_removed_shift_that_runs_comes_to_its_end(team: Team) -> None:
    remove(team, 2, WEDNESDAY)

    assert on_call(team, "2026-11-26 07:59") == ["Bob"]
    assert on_call(team, "2026-12-02 12:00") == []
    # Five shifts are dealt from then on: Bob, second in the queue, begins the next week.
    assert on_call(team, "2026-11-30 12:00") == ["Bob"]
    assert on_call(team, "2026-12-03 12:00") == ["Carol"]


def test_a_shift_can_be_removed_and_added_again_with_its_number(team: Team) -> None:
    remove(team, 6, WEDNESDAY)
    add_shift(team, 6, "Sunday", 24, now=WEDNESDAY, start=time(10))

    assert on_call(team, "2026-11-29 09:00") == []
    assert len(on_call(team, "2026-11-29 11:00")) == 1
    with reading():
        assert [shift.shift_number for shift in Shift.in_force(team)] == [1, 2, 3, 4, 5, 6]
        assert len(Shift.of_team(team)) == 7


def test_a_taken_number_is_refused_and_a_free_one_offered(team: Team) -> None:
    with refused(
        "Shift 3 already exists.",
        "use number 7",
        "`/oncall shifts edit 3 friday 4h 08:00`",
        field="number",
    ):
        add_shift(team, 3, "Friday", 4, now=WEDNESDAY)


@pytest.mark.parametrize("hours", [0, -1, 169, 10**9])
def test_a_shift_lasts_an_hour_to_a_week(team: Team, hours: int) -> None:
    with refused("1 to 168 hours", str(hours), "`24h`", field="hours"):
        add_shift(team, 7, "Friday", hours, now=WEDNESDAY)


@pytest.mark.parametrize("number", [0, -3, 100])
def test_a_number_is_one_to_ninety_nine(team: Team, number: int) -> None:
    with refused("1 to 99", str(number), field="number"):
        add_shift(team, number, "Friday", 24, now=WEDNESDAY)


def test_an_unknown_day_is_refused_with_one_that_is_right(team: Team) -> None:
    with refused("“Caturday”", "`tuesday`", field="day"):
        add_shift(team, 7, "Caturday", 24, now=WEDNESDAY)


def test_a_pattern_that_is_not_there_anymore_is_refused(team: Team) -> None:
    """A change may have been stored by another version; forms and commands offer only ours."""
    with refused("I don’t know the pattern “hourly”.", field="pattern"):
        ReplaceShifts("hourly", "08:00").apply(team, ADMIN, NOW)


def test_an_unknown_shift_cannot_be_removed_nor_one_twice(team: Team) -> None:
    with refused(
        "There’s no shift 9", "`/oncall shifts`", "`/oncall shifts remove 2`", field="number"
    ):
        remove(team, 9, WEDNESDAY)
    remove(team, 2, WEDNESDAY)
    with refused("There’s no shift 2", field="number"):
        remove(team, 2, WEDNESDAY)


# --- coverage ---


def test_the_specifications_week_is_covered_exactly_once(team: Team) -> None:
    assert shifts.coverage(team) == []


def test_removing_the_two_day_shift_leaves_its_two_days_open(team: Team) -> None:
    remove(team, 2, NOW)

    assert shifts.coverage(team) == [Patch((1, EIGHT), (3, EIGHT), 0)]


def test_a_gap_over_sunday_night_is_one_gap() -> None:
    week = [(0, EIGHT, 4 * 24), (4, EIGHT, 60)]

    assert uneven(week) == [Patch((6, time(20)), (0, EIGHT), 0)]


def test_overlaps_are_counted() -> None:
    assert uneven([(0, EIGHT, 168), (2, time(12), 4), (2, time(14), 4)]) == [
        Patch((2, time(12)), (2, time(14)), 2),
        Patch((2, time(14)), (2, time(16)), 3),
        Patch((2, time(16)), (2, time(18)), 2),
    ]


def test_no_shift_at_all_is_one_gap_of_a_week() -> None:
    assert uneven([]) == [Patch((0, time()), (0, time()), 0)]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 6),
            st.times().map(lambda t: t.replace(second=0, microsecond=0)),
            st.integers(1, 168),
        ),
        max_size=4,
    )
)
def test_gaps_overlaps_and_the_rest_add_up_to_the_week(week: list[tuple[int, time, int]]) -> None:
    def minute(edge: tuple[int, time]) -> int:
        return edge[0] * 1440 + edge[1].hour * 60 + edge[1].minute

    patches = uneven(week)

    # What is covered once is the rest of the week; each patch counts as often as it is covered.
    lengths = [((minute(p.end) - minute(p.start) - 1) % 10080 + 1, p.count) for p in patches]
    once = 10080 - sum(length for length, _ in lengths)
    assert once + sum(length * count for length, count in lengths) == sum(
        hours * 60 for _, _, hours in week
    )
