"""The stored schedule: regenerating it, previewing, and looking up the person on call."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling.changes import leaving, overrides, shifts
from scheduling.rota import rotation, schedule
from scheduling.rota.schedule import Difference
from scheduling.rota.timeline import OnCallPeriod
from storage.database import database, reading, writing
from storage.models import Assignment, Member, Override, RotationChange, Team
from tests.builders import (
    ADMIN,
    MONDAY,
    NOW,
    WEEK,
    another_team,
    chicago,
    override,
    person,
    phone,
    support_team,
)

pytestmark = pytest.mark.usefixtures("database_url")
# Each example makes a team of its own in the one database.
one_database = settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

Row = tuple[datetime, datetime, str, int]


def stored(team: Team) -> list[Row]:
    """Return the team's assignments as (start, end, who, week), in order of time."""
    with reading():
        return [
            (row.start_datetime, row.end_datetime, row.team_member.name, row.week_number)
            for row in Assignment.select()
            .where(Assignment.team == team)
            .order_by(Assignment.start_datetime)
        ]


def turns(team: Team, periods: list[OnCallPeriod]) -> list[tuple[str, datetime]]:
    """Return who is on call ('Alice+Bob', '-' for nobody), and from when."""
    people = schedule.members_by_id(team)
    return [
        ("+".join(people[one].name for one in period.members) or "-", period.start)
        for period in periods
    ]


def on_call(team: Team, at: str) -> str:
    people = schedule.members_by_id(team)
    return "+".join(people[one].name for one in schedule.on_call(team, chicago(at)).members) or "-"


def move_to_the_front(team: Team, member: Member, weeks: int) -> None:
    """Reorder the queue from a Monday on, without generating anything yet."""
    with writing():
        RotationChange.create(
            team=team,
            team_member=member,
            kind="reorder",
            effective_from=MONDAY + weeks * rotation.WEEK,
            position=1,
            created_at=NOW,
        )


# --- generating -------------------------------------------------------------------------------


def test_a_new_team_has_its_schedule_eight_full_weeks_ahead() -> None:
    team = support_team()

    rows = stored(team)

    assert rows[0] == (chicago("2026-11-23 08:00"), chicago("2026-11-24 08:00"), "Alice", 2968)
    assert rows[-1][1] == chicago("2027-01-25 08:00")
    assert len(rows) == 9 * 6  # this week, and eight full ones


@one_database
@given(minutes=st.lists(st.integers(0, 8 * 7 * 24 * 60), min_size=1, max_size=5))
def test_it_is_the_same_from_whichever_instant_it_is_generated_again(minutes: list[int]) -> None:
    team = another_team()
    schedule.regenerate(team, NOW, 20)
    once = stored(team)

    for minute in minutes:
        schedule.regenerate(team, NOW + timedelta(minutes=minute), 20)
    again = stored(team)

    assert again[: len(once)] == once
    assert all(earlier[1] == later[0] for earlier, later in pairwise(again))


@one_database
@given(minute=st.integers(0, 6 * 7 * 24 * 60), weeks=st.integers(1, 12))
def test_what_has_begun_is_never_touched_and_the_weeks_asked_for_are_full(
    minute: int, weeks: int
) -> None:
    team = another_team()
    now = NOW + timedelta(minutes=minute)
    with writing():
        # Everybody is turned round; what has begun must not notice.
        for place, member in enumerate(reversed(Member.of_team(team)), start=1):
            RotationChange.create(
                team=team,
                team_member=member,
                kind="reorder",
                effective_from=MONDAY,
                position=place,
                created_at=now,
            )
    begun = [row for row in stored(team) if row[0] <= now]

    schedule.regenerate(team, now, weeks)
    rows = stored(team)

    assert [row for row in rows if row[0] <= now] == begun
    assert all(earlier[1] == later[0] for earlier, later in pairwise(rows))
    last = rotation.monday_of(now, schedule.zone_of(team)) + (weeks + 1) * rotation.WEEK
    assert rows[-1][1] == rotation.instant(last, time(8), schedule.zone_of(team))


def test_a_team_set_up_in_mid_week_begins_at_once_and_its_past_stays_a_gap() -> None:
    wednesday = chicago("2026-11-25 12:00")
    team = support_team(wednesday)

    rows = stored(team)

    # Tuesday's shift of two days runs: Bob takes what is left of it.
    assert rows[0][1:3] == (chicago("2026-11-26 08:00"), "Bob")
    assert wednesday <= rows[0][0] < wednesday + timedelta(seconds=1)
    assert on_call(team, "2026-11-25 11:00") == "-"
    assert on_call(team, "2026-11-25 12:01") == "Bob"


def test_generating_again_keeps_the_rows_that_are_right_and_every_override() -> None:
    team = support_team()
    override(team, "Greg", "2026-11-27 08:00", "2026-11-28 08:00")
    with reading():
        before = [(row.id, row.created_at) for row in Assignment.select()]

    schedule.regenerate(team, NOW + timedelta(hours=5))

    with reading():
        assert [(row.id, row.created_at) for row in Assignment.select()] == before
        assert Override.select().count() == 1
    assert on_call(team, "2026-11-27 12:00") == "Greg"


def test_a_longer_outlook_only_adds_and_a_shorter_one_takes_the_far_end_away() -> None:
    team = support_team()
    eight = stored(team)

    schedule.regenerate(team, NOW, 104)
    far = stored(team)
    schedule.regenerate(team, NOW)

    assert far[: len(eight)] == eight
    assert len(far) == 105 * 6
    assert stored(team) == eight


# --- the preview ------------------------------------------------------------------------------


def test_a_preview_shows_what_would_change_and_changes_nothing() -> None:
    team = support_team()
    move_to_the_front(team, person(team, "Dave"), weeks=8)
    before = stored(team)
    people = schedule.members_by_id(team)

    found = schedule.preview(team, NOW)

    assert stored(team) == before
    # In week 8 the turn starts at Bob, whoever moves; Dave comes after Greg now, and before Alice.
    assert [(people[d.before or 0].name, people[d.after or 0].name, d.start) for d in found] == [
        ("Dave", "Eve", chicago("2027-01-21 08:00")),
        ("Eve", "Fran", chicago("2027-01-22 08:00")),
        ("Fran", "Greg", chicago("2027-01-23 08:00")),
        ("Greg", "Dave", chicago("2027-01-24 08:00")),
    ]


def test_what_the_preview_says_is_what_regenerating_does() -> None:
    team = support_team()
    move_to_the_front(team, person(team, "Dave"), weeks=2)
    before = {(row[0], row[1]): row[2] for row in stored(team)}
    people = schedule.members_by_id(team)
    found = schedule.preview(team, NOW, 10)

    schedule.regenerate(team, NOW, 10)
    after = {(row[0], row[1]): row[2] for row in stored(team)}

    expected = {
        key: (before.get(key), after.get(key))
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key)
    }
    assert {
        (d.start, d.end): (
            people[d.before].name if d.before else None,
            people[d.after].name if d.after else None,
        )
        for d in found
    } == expected
    assert schedule.preview(team, NOW, 10) == []


def test_a_longer_or_shorter_outlook_is_a_difference_too() -> None:
    team = support_team()
    first_new = chicago("2027-01-25 08:00")
    alice = {member.name: number for number, member in schedule.members_by_id(team).items()}[
        "Carol"
    ]

    longer = schedule.preview(team, NOW, 9)
    shorter = schedule.preview(team, NOW, 7)

    assert longer[0] == Difference(first_new, first_new + timedelta(days=1), None, alice)
    assert len(longer) == len(shorter) == 6
    assert {d.after for d in shorter} == {None}


# --- who is on call ---------------------------------------------------------------------------


def test_the_week_of_the_specification_handoff_after_handoff() -> None:
    team = support_team()

    assert turns(team, schedule.coming(team, chicago("2026-11-23 08:00")))[:7] == [
        ("Alice", chicago("2026-11-23 08:00")),
        ("Bob", chicago("2026-11-24 08:00")),
        ("Carol", chicago("2026-11-26 08:00")),
        ("Dave", chicago("2026-11-27 08:00")),
        ("Eve", chicago("2026-11-28 08:00")),
        ("Fran", chicago("2026-11-29 08:00")),
        ("Bob", chicago("2026-11-30 08:00")),
    ]


def test_before_the_first_shift_nobody_is_on_call_and_the_gap_says_until_when() -> None:
    team = support_team()

    now = schedule.coming(team, NOW)[0]

    assert now == OnCallPeriod(NOW, chicago("2026-11-23 08:00"), (), now.segments)
    assert on_call(team, "2026-11-23 07:59") == "-"
    assert on_call(team, "2026-11-23 08:00") == "Alice"


def test_an_override_lies_over_a_part_and_everyone_else_stays() -> None:
    team = support_team()
    override(team, "Greg", "2026-11-24 18:00", "2026-11-25 06:00")

    assert turns(team, schedule.coming(team, chicago("2026-11-24 08:00")))[:4] == [
        ("Bob", chicago("2026-11-24 08:00")),
        ("Greg", chicago("2026-11-24 18:00")),
        ("Bob", chicago("2026-11-25 06:00")),
        ("Carol", chicago("2026-11-26 08:00")),
    ]
    covered = schedule.on_call(team, chicago("2026-11-25 00:00")).covered
    assert covered == (person(team, "Bob").id,)


def test_the_newest_of_two_overrides_wins_and_what_lay_beneath_comes_back() -> None:
    team = support_team()
    override(team, "Greg", "2026-11-24 08:00", "2026-11-25 08:00")
    newest = override(team, "Fran", "2026-11-24 12:00", "2026-11-24 18:00")
    assert on_call(team, "2026-11-24 13:00") == "Fran"
    assert on_call(team, "2026-11-24 18:00") == "Greg"

    overrides.cancel(team, newest.id, actor=ADMIN, now=NOW)

    assert on_call(team, "2026-11-24 13:00") == "Greg"


def test_an_override_that_prolongs_a_turn_makes_no_handoff() -> None:
    team = support_team()
    override(team, "Alice", "2026-11-24 08:00", "2026-11-24 12:00")

    assert turns(team, schedule.coming(team, chicago("2026-11-23 09:00")))[:2] == [
        ("Alice", chicago("2026-11-23 09:00")),
        ("Bob", chicago("2026-11-24 12:00")),
    ]


def test_gaps_are_gaps_and_overlaps_are_two_people() -> None:
    # Monday 08:00 to 16:00 and 12:00 to 20:00; nothing else.
    team = support_team(people=3, slots=[(0, time(8), 8), (0, time(12), 8)])

    assert turns(team, schedule.coming(team, chicago("2026-11-23 08:00")))[:9] == [
        ("Alice", chicago("2026-11-23 08:00")),
        ("Alice+Bob", chicago("2026-11-23 12:00")),
        ("Bob", chicago("2026-11-23 16:00")),
        ("-", chicago("2026-11-23 20:00")),
        ("Bob", chicago("2026-11-30 08:00")),
        ("Bob+Carol", chicago("2026-11-30 12:00")),
        ("Carol", chicago("2026-11-30 16:00")),
        ("-", chicago("2026-11-30 20:00")),
        ("Carol", chicago("2026-12-07 08:00")),
    ]


def test_someone_alone_is_on_call_shift_after_shift() -> None:
    team = support_team(people=1)

    ahead = schedule.coming(team, chicago("2026-11-23 09:00"))

    assert turns(team, ahead)[:3] == [
        ("Alice", chicago("2026-11-23 09:00")),
        ("Alice", chicago("2026-11-24 08:00")),
        ("Alice", chicago("2026-11-26 08:00")),
    ]


def test_a_shift_of_a_whole_week_hands_over_once_a_week() -> None:
    team = support_team(people=2, slots=[(2, time(17, 30), 168)])

    # Set up on Monday: nothing is dealt before Wednesday of this week.
    assert turns(team, schedule.coming(team, NOW)) == [
        ("-", NOW),
        ("Alice", chicago("2026-11-25 17:30")),
        ("Bob", chicago("2026-12-02 17:30")),
    ]


@one_database
@given(
    start=st.integers(-48, 24 * 80),
    length=st.integers(1, 24 * 20),
    spans=st.lists(st.tuples(st.integers(1, 24 * 60), st.integers(1, 72)), max_size=4),
)
def test_the_timeline_tells_every_instant_asked_for_once(
    start: int, length: int, spans: list[tuple[int, int]]
) -> None:
    team = another_team(slots=WEEK[:4])
    greg = person(team, "Greg")
    for begins, lasts in spans:
        at = NOW + timedelta(hours=begins)
        if any(s.members != (greg.id,) for s in schedule.segments(team, at, at + _hours(lasts))):
            overrides.create(team, greg, at, at + _hours(lasts), reason=None, actor=ADMIN, now=NOW)
    opens = NOW + _hours(start)

    found = schedule.segments(team, opens, opens + _hours(length))

    assert (found[0].start, found[-1].end) == (opens, opens + _hours(length))
    assert all(earlier.end == later.start for earlier, later in pairwise(found))
    for segment in found:
        assert schedule.on_call(team, segment.start).members == segment.members


def _hours(count: int) -> timedelta:
    return timedelta(hours=count)


def test_two_teams_know_nothing_of_each_other() -> None:
    support = support_team()
    berlin = support_team(name="Berlin", zone="Europe/Berlin", people=2, slots=[(0, time(8), 168)])
    override(support, "Greg", "2026-11-24 08:00", "2026-11-25 08:00")
    leaving.remove_member(support, person(support, "Eve"), cover=None, actor=ADMIN, now=NOW)

    at = datetime(2026, 11, 24, 18, tzinfo=UTC)

    assert schedule.on_call(berlin, at).members == (person(berlin, "Alice").id,)
    assert schedule.on_call(support, at).members == (person(support, "Greg").id,)
    assert person(berlin, "Alice").phone == person(support, "Alice").phone == phone(0)


# --- ten years of history ---------------------------------------------------------------------


def a_history_of(years: int) -> Team:
    """Make a team that has rotated, with an override a week, for this long until NOW."""
    began = NOW - timedelta(weeks=52 * years)
    team = support_team(began)
    for year in range(years):
        schedule.regenerate(team, began + timedelta(weeks=52 * year), 60)
    with writing():
        member = person(team, "Greg")
        for week in range(52 * years):
            start = began + timedelta(weeks=week)
            Override.create(
                team=team,
                team_member=member,
                start_datetime=start,
                end_datetime=start + timedelta(hours=4),
                created_by=ADMIN,
                created_at=start,
            )
    return team


def steps(team: Team) -> int:
    """Return how many steps SQLite takes to find who is on call and who is next."""
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    with reading():
        connection = database.connection()
        connection.set_progress_handler(step, 1)
        try:
            assert len(schedule.coming(team, NOW)) > 10
        finally:
            connection.set_progress_handler(None, 0)
    return taken


def test_who_is_on_call_costs_the_same_after_ten_years_as_after_one() -> None:
    team = a_history_of(1)
    young = steps(team)
    with writing():
        Team.update(name="One year", channel_id="C0ONE").execute()
    team = a_history_of(10)
    with reading():
        assert Assignment.select().where(Assignment.team == team).count() > 10 * 52 * 6

    assert steps(team) <= young * 1.1


def questions(asking: Callable[[], object]) -> list[str]:
    """Return the SQL, values filled in, that something asks the database."""
    asked: list[str] = []
    with reading():
        database.connection().set_trace_callback(asked.append)
        try:
            asking()
        finally:
            database.connection().set_trace_callback(None)
    return [sql for sql in asked if sql.lstrip().startswith("SELECT")]


def test_a_span_is_found_by_its_index_with_both_ends_bounded() -> None:
    team = support_team()
    later = NOW + timedelta(days=15)
    asked = questions(lambda: schedule.segments(team, NOW, later))

    assert len(asked) == 2
    for sql in asked:
        with reading():
            plan = " ".join(row[-1] for row in database.execute_sql(f"EXPLAIN QUERY PLAN {sql}"))
        assert "USING INDEX" in plan
        assert "team_id=? AND start_datetime>? AND start_datetime<?" in plan


def test_the_timeline_is_made_of_what_the_tables_say_overlaps() -> None:
    team = support_team()
    bob, carol = person(team, "Bob"), person(team, "Carol")
    for member, begins in ((bob, "2026-11-25 10:00"), (carol, "2026-11-27 20:00")):
        start = chicago(begins)
        end = start + timedelta(hours=30)
        overrides.create(team, member, start, end, reason=None, actor=ADMIN, now=NOW)
    overrides.cancel(team, 2, actor=ADMIN, now=NOW)

    @given(at=st.integers(-48, 400), length=st.integers(1, 100))
    def agree(at: int, length: int) -> None:
        start = NOW + timedelta(hours=at)
        end = start + timedelta(hours=length)
        segments = schedule.segments(team, start, end)
        cancelled_before_its_end = Override.cancelled_at < Override.end_datetime
        with reading():
            held = Assignment.select().where(
                Assignment.start_datetime < end, Assignment.end_datetime > start
            )
            covered = Override.select().where(
                Override.start_datetime < end,
                Override.end_datetime > start,
                Override.cancelled_at.is_null() | ~cancelled_before_its_end,
            )
            held_ids, covering_ids = ({row.id for row in query} for query in (held, covered))
        assert {one.id for segment in segments for one in segment.assignments} == held_ids
        assert {s.override.id for s in segments if s.override} == covering_ids

    agree()


def test_a_shift_that_is_removed_leaves_its_history() -> None:
    team = support_team()
    thursday = chicago("2026-11-26 12:00")
    shifts.remove_shift(team, 3, actor=ADMIN, now=thursday)

    assert on_call(team, "2026-11-26 11:00") == "Carol"
    assert on_call(team, "2026-11-27 07:59") == "Carol"
    assert on_call(team, "2026-12-03 12:00") == "-"


def test_a_week_of_169_hours_has_somebody_until_its_end() -> None:
    before = chicago("2026-10-26 07:00")
    team = support_team(before, slots=((0, time(8), 168),), people=3)

    assert on_call(team, "2026-10-26 08:00") == "Alice"
    assert on_call(team, "2026-11-02 07:59") == "Alice"
    assert on_call(team, "2026-11-02 08:00") == "Bob"
