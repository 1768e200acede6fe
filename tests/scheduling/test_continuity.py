"""The rotation continues through edits: joins, leaves, moves, other shifts, another strategy."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scheduling.changes import leaving, shifts, teams
from scheduling.errors import Refusal
from scheduling.rota import rotation, schedule
from scheduling.rota.queue import leaves_on, settle_leavers
from scheduling.rota.rotation import Change, Mark, Rule, Slot, Strategy, WeeklyShift, deal, instant
from storage.database import reading, rows
from storage.models import Assignment, Member, Team
from tests.builders import (
    ADMIN,
    CAST,
    CHICAGO,
    DAYS,
    LONG_AGO,
    MONDAY,
    NOW,
    another_team,
    join,
    joins,
)

WEEKS = 24
strategies: st.SearchStrategy[Strategy] = st.sampled_from(("circular", "round_robin"))


def monday(week: int) -> date:
    return MONDAY + week * rotation.WEEK


def midnight(week: int) -> datetime:
    return instant(monday(week), time(), CHICAGO)


@dataclass(frozen=True)
class History:
    """What happened to a team that began with `people` members, in order of effect."""

    people: int
    rule: Rule
    shifts: tuple[WeeklyShift, ...]
    changes: tuple[Change, ...]

    def dealt(self, first: int = 0, weeks: int = WEEKS) -> list[Slot]:
        return deal(self.rule, self.shifts, self.changes, monday(first), weeks)

    def week(self, nth: int) -> rotation.Week:
        return rotation.week_of(self.rule, self.shifts, self.changes, monday(nth))

    def queue(self, week: int) -> list[int]:
        return rotation.queue_at(self.changes, monday(week))

    def leaving(self, week: int) -> list[int]:
        """Return who leaves from the Monday of a week on, those included who come back at once."""
        mine = [change for change in self.changes if change.effective_from == monday(week)]
        return [change.member for change in mine if change.kind == "leave"]

    def moved_in(self, weeks: range) -> bool:
        """Tell whether somebody was put elsewhere in the order, effective in one of the weeks."""
        return any(
            c.kind == "reorder" and c.effective_from in map(monday, weeks) for c in self.changes
        )


@st.composite
def roster_changes(draw: st.DrawFn, people: int, *, moves: bool) -> tuple[Change, ...]:
    """Joins, leaves (of a Monday or in mid-week), and moves if wanted; somebody always stays."""
    found = list(joins(people))
    inside, newest = list(range(1, people + 1)), people
    kinds = ["join", "leave", "come back", *(["move"] if moves else [])]
    for week in sorted(draw(st.lists(st.integers(1, WEEKS - 4), max_size=8))):
        kind = draw(st.sampled_from(kinds))
        position = draw(st.none() | st.integers(1, 8))
        outside = [member for member in range(1, newest + 1) if member not in inside]
        if kind == "join":
            newest += 1
            inside.append(newest)
            found.append(Change("join", newest, monday(week), position))
        elif kind == "come back" and outside:
            member = draw(st.sampled_from(outside))
            inside.append(member)
            found.append(Change("join", member, monday(week), position))
        elif kind == "leave" and len(inside) > 1:
            member = draw(st.sampled_from(inside))
            inside.remove(member)
            minutes = draw(st.none() | st.integers(0, 7 * 24 * 60 - 1))
            at = None if minutes is None else midnight(week - 1) + timedelta(minutes=minutes)
            found.append(Change("leave", member, monday(week), vacated_at=at))
        elif kind == "move":
            member = draw(st.sampled_from(inside))
            found.append(Change("reorder", member, monday(week), position))
    return tuple(found)


@st.composite
def marks(draw: st.DrawFn) -> tuple[Mark, ...]:
    weeks = sorted(draw(st.sets(st.integers(1, WEEKS), max_size=3)))
    return tuple(Mark(monday(week), strategy=draw(strategies)) for week in weeks)


@st.composite
def weekly_teams(draw: st.DrawFn, *, moves: bool = False) -> History:
    """A team in which one person has the whole week; the day of the handoff may change."""
    people = draw(st.integers(2, 7))
    cuts = sorted(draw(st.sets(st.integers(1, WEEKS - 2), max_size=3)))
    begins = [LONG_AGO, *map(midnight, cuts)]
    ends = [*map(midnight, cuts), None]
    shifts = tuple(
        WeeklyShift(
            number, 1, draw(st.integers(0, 6)), time(draw(st.integers(0, 23))), 168, since, until
        )
        for number, (since, until) in enumerate(zip(begins, ends, strict=True), start=1)
    )
    rule = Rule(CHICAGO, MONDAY, draw(strategies), draw(marks()))
    return History(people, rule, shifts, draw(roster_changes(people, moves=moves)))


@st.composite
def many_shifts(draw: st.DrawFn) -> History:
    """A team with several shifts a week, whose number changes from a Monday or in mid-week."""
    people = draw(st.integers(2, 8))
    shifts = []
    for number in range(1, draw(st.integers(2, 6)) + 1):
        since, until = draw(
            st.sampled_from([(0, WEEKS)]) | st.tuples(st.integers(0, 10), st.integers(11, WEEKS))
        )
        minute = draw(st.sampled_from([0, 0, 3000, 6000]))
        begins = LONG_AGO if since == 0 else midnight(since) + timedelta(minutes=minute)
        ends = None if until == WEEKS else midnight(until) + timedelta(minutes=minute)
        day = draw(st.integers(0, 6))
        shifts.append(WeeklyShift(number, number, day, time(8), 24, begins, ends))
    rule = Rule(CHICAGO, MONDAY, draw(strategies), draw(marks()))
    return History(people, rule, tuple(shifts), draw(roster_changes(people, moves=True)))


# --- one person a week ---


@given(weekly_teams(moves=True))
def test_nobody_serves_two_weeks_in_a_row(team: History) -> None:
    for before, after in pairwise(team.dealt()):
        week = after.week - rotation.week_number(MONDAY)
        there = set(team.queue(week)) - set(team.leaving(week + 1))
        # Whoever steps in for the other one of two, in mid-week, may have had the week before.
        two = len(set(team.queue(week - 1)) & there) <= 1 or team.moved_in(range(week, week + 1))
        two = two and bool(team.leaving(week + 1))
        assert before.member != after.member or len(there) <= 1 or two


@given(weekly_teams())
def test_between_two_turns_of_somebody_everybody_else_has_exactly_one(team: History) -> None:
    turns = [slot.member for slot in team.dealt()]
    assume(len(turns) == WEEKS)  # the last one may leave before their week begins
    for first, member in enumerate(turns):
        if member not in turns[first + 1 :]:
            continue
        second = turns.index(member, first + 1)
        always = [set(team.queue(week)) for week in range(first, second + 2)]
        left = {one for week in range(first, second + 2) for one in team.leaving(week)}
        there = set.intersection(*always) - left
        served = Counter(turns[first + 1 : second])
        if member in there:
            assert all(served[other] == 1 for other in there - {member}), (turns, first, second)


@given(weekly_teams(moves=True))
def test_a_move_leaves_the_next_turn_to_whoever_has_it(team: History) -> None:
    for change in (change for change in team.changes if change.kind == "reorder"):
        week = (change.effective_from - MONDAY).days // 7
        others = [one for one in team.changes if one.effective_from == change.effective_from]
        unmoved = replace(team, changes=tuple(c for c in team.changes if c is not change))

        if others == [change]:
            assert team.week(week).holder(0) == unmoved.week(week).holder(0)


# --- several shifts a week ---


@given(many_shifts())
def test_the_week_begins_after_the_place_that_the_week_before_left(team: History) -> None:
    """By one place of the cycle in force under `circular`, by the next card else."""
    for nth in range(1, WEEKS):
        before, after = team.week(nth - 1), team.week(nth)
        dealt = team.dealt(nth - 1, 1)
        if team.moved_in(range(nth, nth + 1)) or not before.queue or not after.queue:
            continue
        cycle = [*before.queue[before.first :], *before.queue[: before.first]]
        regular = {shift.id for shift in before.shifts}
        quiet = [slot.member for slot in sorted(dealt, key=lambda s: s.shift)] == [
            before.holder(place) for place in range(len(before.shifts))
        ] and {slot.shift for slot in dealt} == regular
        if not quiet or not dealt:
            continue
        places = 1 if before.strategy == "circular" else len(dealt)
        due = [cycle[(places + step) % len(cycle)] for step in range(len(cycle))]
        here = [member for member in due if member not in team.leaving(nth)]
        if len(here) > 1 or set(after.queue) == set(here):
            assert after.holder(0) == here[0]


@given(many_shifts(), st.integers(0, WEEKS))
def test_it_is_the_same_from_wherever_one_starts(team: History, first: int) -> None:
    whole = team.dealt(0, WEEKS + 6)
    number = rotation.week_number(monday(first))

    assert team.dealt(first, 6) == [s for s in whole if number <= s.week < number + 6]


@given(many_shifts(), st.integers(1, 5))
def test_a_pinned_place_is_where_the_week_begins_and_goes_on_from_there(
    team: History, nth: int
) -> None:
    queue = team.queue(nth)
    pinned = replace(team.rule, marks=(*team.rule.marks, Mark(monday(nth), member=queue[-1])))
    theirs = replace(team, rule=replace(pinned, marks=tuple(sorted(pinned.marks, key=_date))))

    assert theirs.week(nth).holder(0) == queue[-1]
    assert theirs.dealt(0, nth) == team.dealt(0, nth)


def _date(mark: Mark) -> date:
    return mark.effective_from


# --- examples ---

WEEKLY = (WeeklyShift(1, 1, 0, time(8), 168, LONG_AGO),)


def holders(rule: Rule, changes: list[Change], first: int, weeks: int) -> list[int]:
    return [slot.member for slot in deal(rule, WEEKLY, changes, monday(first), weeks)]


def test_a_sixth_person_joins_five_who_take_a_week_each() -> None:
    joined = [*joins(5), Change("join", 6, monday(10))]

    assert holders(Rule(CHICAGO, MONDAY), joined, 8, 9) == [4, 5, 1, 2, 3, 4, 5, 6, 1]


def test_a_leaver_moves_nobody_back() -> None:
    left = [*joins(5), Change("leave", 2, monday(13))]

    assert holders(Rule(CHICAGO, MONDAY), left, 11, 6) == [2, 3, 4, 5, 1, 3]


def test_if_the_next_one_leaves_it_is_the_one_after_them() -> None:
    left = [*joins(5), Change("leave", 4, monday(13))]

    assert holders(Rule(CHICAGO, MONDAY), left, 11, 6) == [2, 3, 5, 1, 2, 3]


def test_in_a_team_of_two_the_one_who_takes_anothers_place_is_next() -> None:
    replaced = [*joins(2), Change("leave", 2, monday(1)), Change("join", 3, monday(1))]

    assert holders(Rule(CHICAGO, MONDAY), replaced, 0, 4) == [1, 3, 1, 3]


def test_somebody_who_joins_one_who_was_alone_is_next() -> None:
    joined = [*joins(1), Change("join", 2, monday(3))]

    assert holders(Rule(CHICAGO, MONDAY), joined, 1, 5) == [1, 1, 2, 1, 2]


def test_whoever_steps_in_for_a_leaver_before_the_handoff_is_not_next_again() -> None:
    friday = (WeeklyShift(1, 1, 4, time(17), 168, LONG_AGO),)
    tuesday = instant(monday(1), time(), CHICAGO) + timedelta(days=1)
    left = [*joins(5), Change("leave", 2, monday(2), vacated_at=tuesday)]

    slots = deal(Rule(CHICAGO, MONDAY), friday, left, MONDAY, 6)

    assert [slot.member for slot in slots] == [1, 3, 4, 5, 1, 3]


def test_a_week_without_shifts_passes_nobody_over() -> None:
    gone, back = midnight(2), midnight(5)
    shifts = (
        replace(WEEKLY[0], active_until=gone),
        WeeklyShift(2, 1, 2, time(8), 168, back),
    )

    slots = deal(Rule(CHICAGO, MONDAY), shifts, joins(4), MONDAY, 8)

    assert [slot.member for slot in slots] == [1, 2, 3, 4, 1]


@pytest.mark.parametrize("before", ["circular", "round_robin"])
def test_another_strategy_begins_where_the_old_one_would_have(before: Strategy) -> None:
    after: Strategy = "round_robin" if before == "circular" else "circular"
    shifts = tuple(WeeklyShift(n, n, n - 1, time(8), 24, LONG_AGO) for n in (1, 2, 3))
    steady = Rule(CHICAGO, MONDAY, before)
    changed = Rule(CHICAGO, MONDAY, before, (Mark(monday(4), strategy=after),))

    was = [slot.member for slot in deal(steady, shifts, joins(7), monday(4), 1)]
    now = [slot.member for slot in deal(changed, shifts, joins(7), monday(4), 2)]

    assert now[:3] == was
    assert (now[3] - now[0]) % 7 == (3 if after == "round_robin" else 1)


def test_round_robin_deals_the_card_that_was_not_played_when_a_shift_is_taken_out() -> None:
    rule = Rule(CHICAGO, MONDAY, "round_robin")
    thursday = midnight(1) + timedelta(days=3)
    shifts = tuple(
        WeeklyShift(n, n, n - 1, time(8), 24, LONG_AGO, thursday if n == 6 else None)
        for n in range(1, 7)
    )

    dealt = [slot.member for slot in deal(rule, shifts, joins(7), MONDAY, 4)]

    assert all(after == before % 7 + 1 for before, after in pairwise(dealt))


# --- as it is stored ---

OPERATIONS = ("join", "leave", "leave later", "come back", "day", "strategy")


@given(st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(1, 400)), max_size=8))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_the_stored_plan_nobody_serves_twice_in_a_row_or_is_passed_over(
    database_url: str, operations: list[tuple[str, int]]
) -> None:
    assert database_url
    team = another_team(slots=[(4, time(17), 168)], people=5)
    now, came, went = NOW, len(CAST), set()
    with reading():
        members = Member.of_team(team)
    for operation, hours_later in operations:
        now += timedelta(hours=hours_later)
        settle_leavers(team, now)
        schedule.regenerate(team, now)
        inside = [one for one in members if one.is_active and not leaves_on(team, one)]
        outside = [one for one in members if one not in inside]
        someone = inside[hours_later % len(inside)]
        with suppress(Refusal):  # on call right now, or the only one left
            if operation == "join":
                came += 1
                join(team, f"Member {came}", f"+13125559{came:03}", now)
            elif operation == "come back" and outside:
                leaving.activate(team, outside[0], actor=ADMIN, now=now)
            elif operation.startswith("leave") and len(inside) > 2:
                if operation == "leave":
                    leaving.remove_member(team, someone, cover=None, actor=ADMIN, now=now)
                else:
                    day = (now + timedelta(days=9)).date()
                    leaving.leave_later(team, someone, day, actor=ADMIN, now=now)
                went.add(someone.id)
            elif operation == "day":
                shifts.edit_shift(
                    team, 1, DAYS[hours_later % 7], 168, time(8), actor=ADMIN, now=now
                )
            elif operation == "strategy":
                other = "circular" if hours_later % 2 else "round_robin"
                teams.change(team, {"strategy": other}, actor=ADMIN, now=now)
        with reading():
            team, members = Team.get_by_id(team.id), Member.of_team(team)

    with reading():
        stored = rows(
            Assignment.select(Assignment.team_member)
            .where(Assignment.team == team)
            .order_by(Assignment.week_number)
        )
    turns = [member for (member,) in stored]
    assert all(before != after for before, after in pairwise(turns)), turns
    for first, member in enumerate(turns):
        later = turns[first + 1 :]
        if member in went or member not in later:
            continue
        served = Counter(later[: later.index(member)])
        newest = {one.id for one in members[5:]}
        others = {one.id for one in members} - went - newest - {member}
        assert all(served[other] == 1 for other in others), turns
