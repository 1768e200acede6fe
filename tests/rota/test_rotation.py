"""The rotation: who takes which shift in which week, and its times on the clock."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scheduling.rota import rotation
from scheduling.rota.rotation import Change, Rule, Slot, Strategy, WeeklyShift, deal, instant
from tests.builders import CAST, CHICAGO, LONG_AGO, MONDAY, WEEK, chicago, joins, weekly_shifts

ZONES = (
    "America/Chicago",
    "America/New_York",
    "America/Santiago",  # the clocks change at midnight
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Australia/Sydney",
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Auckland",
    "Pacific/Apia",
    "UTC",
)
TEN_YEARS = 522  # weeks
RULE = Rule(CHICAGO, MONDAY)

whole_minutes = st.times().map(lambda t: t.replace(second=0, microsecond=0))
weeks_away = st.integers(-300, 300)
strategies: st.SearchStrategy[Strategy] = st.sampled_from(("circular", "round_robin"))


@st.composite
def covering_weeks(draw: st.DrawFn) -> list[tuple[int, time, int]]:
    """Shifts that follow one another round the whole week, from any minute on."""
    cuts = sorted(draw(st.sets(st.integers(1, 167), max_size=9)))
    lengths = [end - start for start, end in pairwise([0, *cuts, 168])]
    opens = datetime.combine(MONDAY, draw(whole_minutes)) + timedelta(days=draw(st.integers(0, 6)))
    slots = []
    for hours in lengths:
        slots.append((opens.weekday(), opens.time(), hours))
        opens += timedelta(hours=hours)
    return slots


@st.composite
def any_shifts(draw: st.DrawFn) -> list[WeeklyShift]:
    """Shifts of any kind: gaps and overlaps are allowed."""
    slot = st.tuples(st.integers(0, 6), whole_minutes, st.integers(1, 168))
    return weekly_shifts(draw(st.lists(slot, min_size=1, max_size=8)))


def holders(slots: list[Slot]) -> list[str]:
    """Return who holds the shifts, by shift number."""
    return [CAST[slot.member - 1] for slot in sorted(slots, key=lambda slot: slot.shift)]


def starts_and_ends(slots: list[Slot]) -> list[tuple[datetime, datetime]]:
    return [(slot.start, slot.end) for slot in slots]


# --- the order ---


@pytest.mark.parametrize(
    ("week", "on_call", "rests"),
    [
        (0, "Alice Bob Carol Dave Eve Fran", "Greg"),
        (1, "Bob Carol Dave Eve Fran Greg", "Alice"),
        (2, "Carol Dave Eve Fran Greg Alice", "Bob"),
        (7, "Alice Bob Carol Dave Eve Fran", "Greg"),
    ],
)
def test_seven_people_take_six_shifts_as_the_specification_tells(
    week: int, on_call: str, rests: str
) -> None:
    monday = MONDAY + week * rotation.WEEK
    slots = deal(RULE, weekly_shifts(), joins(7), monday, 1)

    assert holders(slots) == on_call.split()
    assert rests not in holders(slots)
    assert [slot.week for slot in slots] == [rotation.week_number(monday)] * 6


def test_a_round_robin_deals_on_where_the_week_before_stopped() -> None:
    rule = replace(RULE, strategy="round_robin")
    turns = [
        name
        for nth in range(3)
        for name in holders(deal(rule, weekly_shifts(), joins(7), MONDAY + nth * rotation.WEEK, 1))
    ]

    assert turns == [CAST[turn % 7] for turn in range(18)]


@given(people=st.integers(1, 12), slots=covering_weeks(), first=weeks_away)
def test_in_as_many_weeks_as_there_are_people_everyone_holds_every_shift_once(
    people: int, slots: list[tuple[int, time, int]], first: int
) -> None:
    rule = Rule(ZoneInfo("UTC"), MONDAY)
    shifts = weekly_shifts(slots)
    since = MONDAY - 400 * rotation.WEEK
    dealt = deal(rule, shifts, joins(people, since), MONDAY + first * rotation.WEEK, people)

    held = Counter((slot.member, slot.shift) for slot in dealt)

    assert held == {(member, shift.id): 1 for member in range(1, people + 1) for shift in shifts}


@given(people=st.integers(1, 12), slots=covering_weeks(), weeks=st.integers(1, 60))
def test_a_round_robin_never_gives_anyone_two_shifts_more_than_another(
    people: int, slots: list[tuple[int, time, int]], weeks: int
) -> None:
    rule = Rule(ZoneInfo("UTC"), MONDAY, "round_robin")
    dealt = deal(rule, weekly_shifts(slots), joins(people), MONDAY, weeks)

    held = Counter(dict.fromkeys(range(1, people + 1), 0))
    held.update(slot.member for slot in dealt)

    assert max(held.values()) - min(held.values()) <= 1


@given(
    strategy=strategies,
    shifts=any_shifts(),
    anchor=weeks_away,
    first=st.integers(0, 40),
    weeks=st.integers(1, 6),
)
def test_it_gives_the_same_answer_from_whichever_monday_one_starts(
    strategy: Strategy, shifts: list[WeeklyShift], anchor: int, first: int, weeks: int
) -> None:
    rule = Rule(CHICAGO, MONDAY + anchor * rotation.WEEK, strategy)
    changes = [
        *joins(5),
        Change("leave", 2, MONDAY + 9 * rotation.WEEK),
        Change("join", 6, MONDAY + 20 * rotation.WEEK, position=1),
        Change("reorder", 5, MONDAY + 30 * rotation.WEEK, position=2),
    ]
    all_of_it = deal(rule, shifts, changes, MONDAY, 50)
    start = MONDAY + first * rotation.WEEK
    these = range(rotation.week_number(start), rotation.week_number(start) + weeks)

    part = deal(rule, shifts, changes, start, weeks)

    assert part == [slot for slot in all_of_it if slot.week in these]


@given(strategy=strategies, people=st.integers(1, 9), shifts=any_shifts(), cycles=weeks_away)
def test_an_anchor_a_whole_cycle_away_changes_nothing(
    strategy: Strategy, people: int, shifts: list[WeeklyShift], cycles: int
) -> None:
    moved = replace(RULE, strategy=strategy, anchor=MONDAY + cycles * people * rotation.WEEK)
    here = replace(RULE, strategy=strategy)

    assert deal(moved, shifts, joins(people), MONDAY, 4) == deal(
        here, shifts, joins(people), MONDAY, 4
    )


def test_one_person_holds_everything_and_nobody_holds_nothing() -> None:
    assert {slot.member for slot in deal(RULE, weekly_shifts(), joins(1), MONDAY, 5)} == {1}
    assert deal(RULE, weekly_shifts(), [], MONDAY, 5) == []
    assert deal(RULE, [], joins(7), MONDAY, 5) == []


# --- the clock ---


@pytest.mark.parametrize("name", ZONES)
@settings(max_examples=20)
@given(slots=covering_weeks(), people=st.integers(1, 9))
def test_shifts_that_cover_the_week_leave_no_gap_and_no_overlap_in_ten_years(
    name: str, slots: list[tuple[int, time, int]], people: int
) -> None:
    rule = Rule(ZoneInfo(name), MONDAY)

    dealt = deal(rule, weekly_shifts(slots), joins(people), MONDAY, TEN_YEARS)
    dealt = sorted(dealt, key=lambda slot: slot.start)

    assert all(earlier.end == later.start for earlier, later in pairwise(dealt))
    assert all(slot.start < slot.end for slot in dealt)
    assert dealt[-1].end - dealt[0].start > timedelta(weeks=TEN_YEARS - 2)


@pytest.mark.parametrize("name", ZONES)
def test_the_morning_handoff_stays_at_eight_on_the_wall_in_summer_and_winter(name: str) -> None:
    zone = ZoneInfo(name)

    for slot in deal(Rule(zone, MONDAY), weekly_shifts(), joins(7), MONDAY, TEN_YEARS):
        assert slot.start.astimezone(zone).time() == time(8)
        assert slot.end.astimezone(zone).time() == time(8)


@pytest.mark.parametrize(
    ("sunday", "hours_long"),
    [("2027-03-14", 23), ("2026-11-01", 25), ("2026-11-08", 24)],
)
def test_a_day_shift_ends_at_eight_however_long_the_night_is(sunday: str, hours_long: int) -> None:
    saturday = date.fromisoformat(sunday) - timedelta(days=1)
    shift = weekly_shifts([(5, time(8), 24)])[0]

    start, end = rotation.span(shift, saturday - timedelta(days=5), CHICAGO)

    assert (start, end) == (chicago(f"{saturday} 08:00"), chicago(f"{sunday} 08:00"))
    assert end - start == timedelta(hours=hours_long)


@pytest.mark.parametrize(
    ("zone", "local", "utc"),
    [
        # Spring: 02:30 doesn't exist, so it means 03:30.
        ("America/Chicago", "2027-03-14 02:30", "2027-03-14 08:30"),
        ("America/Chicago", "2027-03-14 03:00", "2027-03-14 08:00"),
        ("Europe/Berlin", "2027-03-28 02:15", "2027-03-28 01:15"),
        ("Australia/Lord_Howe", "2026-10-04 02:10", "2026-10-03 15:40"),
        # Midnight itself is missing in Santiago.
        ("America/Santiago", "2026-09-06 00:00", "2026-09-06 04:00"),
        # Autumn: 01:30 comes twice; it is the first, by summer time.
        ("America/Chicago", "2026-11-01 01:30", "2026-11-01 06:30"),
        ("Europe/London", "2026-10-25 01:30", "2026-10-25 00:30"),
        ("Australia/Lord_Howe", "2027-04-04 01:45", "2027-04-03 14:45"),
    ],
)
def test_a_missing_time_moves_forward_and_a_double_one_is_the_first(
    zone: str, local: str, utc: str
) -> None:
    wall = datetime.fromisoformat(local)

    at = instant(wall.date(), wall.time(), ZoneInfo(zone))

    assert at == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_a_shift_that_lies_in_the_missing_hour_is_left_out_that_night_only() -> None:
    nightly = weekly_shifts([(6, time(2), 1)])

    sundays = [slot.start for slot in deal(RULE, nightly, joins(1), date(2027, 3, 1), 3)]

    assert sundays == [chicago("2027-03-07 02:00"), chicago("2027-03-21 02:00")]


@given(at=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), name=st.sampled_from(ZONES))  # noqa: DTZ001
def test_the_monday_of_an_instant_opens_the_week_it_lies_in(at: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    monday = rotation.monday_of(at.replace(tzinfo=UTC), zone)

    assert monday.weekday() == 0
    assert timedelta() <= at.replace(tzinfo=UTC).astimezone(zone).date() - monday < rotation.WEEK


# --- changes ---


def test_a_new_member_waits_until_monday_and_is_last() -> None:
    second = MONDAY + rotation.WEEK
    changes = [*joins(3), Change("join", 4, second)]

    assert rotation.queue_at(changes, MONDAY) == [1, 2, 3]
    assert rotation.queue_at(changes, second) == [1, 2, 3, 4]
    assert rotation.queue_at([*joins(3), Change("join", 4, second, position=2)], second) == [
        1,
        4,
        2,
        3,
    ]


def test_a_leaver_takes_nobodys_place_and_a_moved_member_stays_where_they_were_put() -> None:
    second = MONDAY + rotation.WEEK

    assert rotation.queue_at([*joins(4), Change("leave", 2, second)], second) == [1, 3, 4]
    assert rotation.queue_at([*joins(4), Change("reorder", 4, second, position=1)], second) == [
        4,
        1,
        2,
        3,
    ]
    assert rotation.queue_at([*joins(4), Change("reorder", 1, second)], second) == [2, 3, 4, 1]


@st.composite
def later_changes(draw: st.DrawFn) -> list[Change]:
    """Changes to a roster of seven from the tenth week on."""
    first = MONDAY + 10 * rotation.WEEK
    found = []
    for week in sorted(draw(st.lists(st.integers(0, 8), max_size=6))):
        kind: rotation.ChangeKind = draw(st.sampled_from(("join", "leave", "reorder")))
        member = draw(st.integers(1, 9))
        position = None if kind == "leave" else draw(st.none() | st.integers(1, 8))
        found.append(Change(kind, member, first + week * rotation.WEEK, position))
    return found


@given(strategy=strategies, shifts=any_shifts(), changes=later_changes())
def test_a_change_to_come_moves_nothing_before_its_monday(
    strategy: Strategy, shifts: list[WeeklyShift], changes: list[Change]
) -> None:
    rule = replace(RULE, strategy=strategy)
    first = min((change.effective_from for change in changes), default=MONDAY)
    before = rotation.week_number(first)

    planned = deal(rule, shifts, joins(7), MONDAY, 20)
    changed = deal(rule, shifts, [*joins(7), *changes], MONDAY, 20)

    assert [s for s in changed if s.week < before] == [s for s in planned if s.week < before]
    # The times of shifts don't depend on who holds them.
    if rotation.queue_at([*joins(7), *changes], MONDAY + 20 * rotation.WEEK):
        assert starts_and_ends(changed)[-5:] == starts_and_ends(planned)[-5:]


@given(
    shifts=any_shifts(),
    people=st.integers(2, 9),
    leaver=st.integers(1, 9),
    minute=st.integers(0, 7 * 24 * 60 - 1),
)
def test_leaving_in_mid_week_moves_neither_the_past_nor_anyone_elses_shift(
    shifts: list[WeeklyShift], people: int, leaver: int, minute: int
) -> None:
    assume(leaver <= people)
    at = instant(MONDAY, time(), CHICAGO) + timedelta(minutes=minute)
    leave = Change("leave", leaver, MONDAY + rotation.WEEK, vacated_at=at)

    planned = {slot.shift: slot for slot in deal(RULE, shifts, joins(people), MONDAY, 1)}
    changed = {slot.shift: slot for slot in deal(RULE, shifts, [*joins(people), leave], MONDAY, 1)}

    assert planned.keys() == changed.keys()
    for number, slot in planned.items():
        if slot.member != leaver or slot.start < at:
            assert changed[number] == slot
        else:
            assert changed[number].member != leaver
            assert changed[number] == replace(slot, member=changed[number].member)


def test_a_leavers_shifts_go_to_free_members_in_queue_order() -> None:
    # Nine people, six shifts: Greg, the eighth and the ninth rest. Bob and Fran leave on Monday.
    noon = chicago("2026-11-23 12:00")
    second = MONDAY + rotation.WEEK
    bob, fran = (Change("leave", who, second, vacated_at=noon) for who in (2, 6))

    slots = deal(RULE, weekly_shifts(), [*joins(9), bob, fran], MONDAY, 1)

    assert [slot.member for slot in slots] == [1, 7, 3, 4, 5, 8]


def test_a_begun_shift_stays_with_the_leaver_and_the_last_member_leaves_a_gap() -> None:
    wednesday = chicago("2026-11-25 12:00")
    leave = Change("leave", 1, MONDAY + rotation.WEEK, vacated_at=wednesday)

    slots = deal(RULE, weekly_shifts(), [*joins(1), leave], MONDAY, 2)

    assert starts_and_ends(slots) == [
        (chicago("2026-11-23 08:00"), chicago("2026-11-24 08:00")),
        (chicago("2026-11-24 08:00"), chicago("2026-11-26 08:00")),
    ]


@given(
    shifts=any_shifts(),
    people=st.integers(1, 9),
    weekday=st.integers(0, 6),
    minute=st.integers(1, 7 * 24 * 60 - 1),
)
def test_a_shift_added_in_mid_week_moves_nobody(
    shifts: list[WeeklyShift], people: int, weekday: int, minute: int
) -> None:
    at = instant(MONDAY, time(), CHICAGO) + timedelta(minutes=minute)
    added = WeeklyShift(99, 99, weekday, time(8), 24, active_from=at)

    planned = deal(RULE, shifts, joins(people), MONDAY, 1)
    changed = deal(RULE, [*shifts, added], joins(people), MONDAY, 1)

    assert [slot for slot in changed if slot.shift != 99] == planned
    assert len([slot for slot in changed if slot.shift == 99]) == 1


def test_a_shift_added_in_mid_week_goes_to_a_free_member() -> None:
    added = WeeklyShift(7, 7, 4, time(12), 4, active_from=chicago("2026-11-25 12:00"))

    slots = deal(RULE, [*weekly_shifts(), added], joins(7), MONDAY, 1)

    assert holders(slots)[-1] == "Greg"


def test_a_removed_shift_goes_from_the_instant_of_its_removal_on() -> None:
    thursday = 3
    shifts = [
        replace(shift, active_until=chicago("2026-12-02 12:00"))
        if shift.number == thursday
        else shift
        for shift in weekly_shifts()
    ]

    slots = deal(RULE, shifts, joins(7), MONDAY, 3)

    assert [slot.start for slot in slots if slot.shift == thursday] == [chicago("2026-11-26 08:00")]
    # The week after, the five that are left are dealt in a row.
    assert holders(slots[-5:]) == ["Carol", "Dave", "Eve", "Fran", "Greg"]


def test_a_shift_of_the_far_past_is_dealt_as_one_of_today() -> None:
    old = deal(
        Rule(CHICAGO, date(1999, 1, 4)), weekly_shifts(), joins(7, date(1999, 1, 4)), MONDAY, 1
    )

    assert starts_and_ends(old) == starts_and_ends(
        deal(RULE, weekly_shifts(WEEK), joins(7), MONDAY, 1)
    )
    assert old[0].start > LONG_AGO
