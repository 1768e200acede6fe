"""The first shift of a new team, and the order after it."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle, islice, pairwise
from math import gcd

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling.changes import beginning, proposals, shifts, teams, undo
from scheduling.changes.leaving import RemoveMember
from scheduling.changes.members import AddMembers, NewMember
from scheduling.changes.order import Reorder
from scheduling.changes.patterns import PATTERNS, ReplaceShifts
from scheduling.rota import queue, schedule
from storage.database import reading, writing
from storage.models import Assignment, Member, RotationMark, Team
from tests.builders import ADMIN, LEAD, NOW, chicago

THURSDAY = chicago("2026-11-26 12:00")
LATER = chicago("2026-12-10 08:00")  # a Thursday
NAMES = ("Alice", "Bob", "Carol", "Dave", "Eve", "Fran", "Greg", "Hana", "Ivan", "Judy")


@pytest.fixture(autouse=True)
def connected(database_url: str) -> Iterator[None]:
    assert database_url
    with reading():
        yield


def new_team(people: int, now: datetime) -> Team:
    """Make a team as setup does, with people in the order in which they were picked."""
    count = Team.select().count()
    team = teams.make(
        name=f"Team {count}",
        channel=f"C0TEAM{count}",
        time_zone="America/Chicago",
        notify_at="08:00",
        actor=ADMIN,
        now=now,
    )
    picked = [NewMember(name, None, f"U0{name.upper()}", None) for name in NAMES[:people]]
    with writing():
        AddMembers(picked).apply(team, ADMIN, now)
    return Team.get_by_id(team.id)


def set_up(
    people: int, pattern: str, begins: datetime | None = None, now: datetime = THURSDAY
) -> Team:
    """Make such a team, with a usual pattern."""
    team = new_team(people, now)
    replace(team, pattern, begins, now)
    return team


def replace(team: Team, pattern: str, begins: datetime | None, now: datetime) -> None:
    with writing():
        ReplaceShifts(pattern, "08:00", begins).apply(team, ADMIN, now)


def dealt(team: Team) -> list[Assignment]:
    rows = Assignment.select(Assignment, Member).join(Member).where(Assignment.team == team)
    return list(rows.order_by(Assignment.start_datetime))


def turns(team: Team) -> list[str]:
    return [row.team_member.name for row in dealt(team)]


def in_order(team: Team, now: datetime) -> list[str]:
    return [member.name for member, _ in queue.in_order(team, now)]


def takes_in(team: Team, name: str, now: datetime = THURSDAY) -> None:
    """Take one more person in, at the end."""
    with writing():
        AddMembers([NewMember(name, None, f"U0{name.upper()}", None)]).apply(team, ADMIN, now)


def members_of(team: Team) -> list[Member]:
    return Member.of_team(team)


def next_handoff(team: Team, pattern: str, now: datetime) -> datetime:
    weekdays = [day for day, _ in PATTERNS[pattern].slots]
    return beginning.next_handoff(team, weekdays, "08:00", now)


# --- in the order in which they were picked -------------------------------------------------------


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    people=st.integers(2, 10),
    pattern=st.sampled_from(sorted(PATTERNS)),
    hours=st.integers(0, 14 * 24),
    starting=st.sampled_from(["now", "next", "day"]),
    days=st.integers(1, 20),
)
def test_the_first_shift_goes_to_the_first_and_then_it_goes_in_order(
    people: int, pattern: str, hours: int, starting: str, days: int
) -> None:
    now = NOW + timedelta(hours=hours, minutes=1)
    team = new_team(people, now)
    begins = {
        "now": None,
        "next": next_handoff(team, pattern, now),
        "day": beginning.on_day(team, (now + timedelta(days=days)).date(), "08:00"),
    }[starting]
    replace(team, pattern, begins, now)

    found = turns(team)
    assert in_order(team, now) == list(NAMES[:people])
    if begins:
        assert dealt(team)[0].start_datetime == begins
    a_week = len(PATTERNS[pattern].slots)
    if gcd(people, a_week) == 1:
        assert found == list(islice(cycle(NAMES[:people]), len(found)))
        assert all(one != other for one, other in pairwise(found))
        shifts = Counter(found[: people * a_week])
        assert max(shifts.values()) - min(shifts[name] for name in NAMES[:people]) <= 1
    else:  # nobody keeps the same days: each person has each shift once in as many weeks
        assert found[0] == NAMES[0]
        weeks = [row for row in dealt(team) if row.week_number > dealt(team)[0].week_number]
        rounds = weeks[: people * a_week]
        if len(rounds) == people * a_week:
            each = Counter((row.team_member.name, row.shift_id) for row in rounds)
            assert set(each.values()) == {1}
            assert len(each) == people * a_week


def test_a_team_of_several_shifts_a_week_deals_them_one_by_one_and_a_weekly_one_stays() -> None:

    assert set_up(5, "weekly").strategy == "circular"
    assert set_up(5, "weekend").strategy == "round_robin"


def test_a_strategy_that_was_chosen_before_it_begins_is_kept() -> None:
    team = set_up(5, "daily", chicago("2026-12-07 08:00"))
    teams.change(team, {"strategy": "circular"}, actor=ADMIN, now=THURSDAY)
    team = Team.get_by_id(team.id)
    replace(team, "weekend", LATER, THURSDAY)

    assert team.strategy == "circular"
    assert turns(team)[:5] == ["Alice", "Bob", "Bob", "Carol", "Carol"]


# --- until it begins ------------------------------------------------------------------------------


def test_changes_before_it_begins_leave_the_first_shift_with_the_first() -> None:
    team = set_up(5, "daily", LATER)
    takes_in(team, "Fran")
    assert turns(team)[:7] == [*NAMES[:6], "Alice"]
    ids = {row.name: row.id for row in members_of(team)}
    with writing():
        Reorder([ids[name] for name in reversed(NAMES[:6])]).apply(team, ADMIN, THURSDAY)
    assert turns(team)[:6] == ["Fran", "Eve", "Dave", "Carol", "Bob", "Alice"]
    with writing():
        RemoveMember(ids["Fran"]).apply(team, ADMIN, THURSDAY)
    assert turns(team)[:6] == ["Eve", "Dave", "Carol", "Bob", "Alice", "Eve"]
    shifts.remove_shift(team, 4, actor=ADMIN, now=THURSDAY)

    assert dealt(team)[0].start_datetime == LATER + timedelta(days=1)
    assert turns(team)[:6] == ["Eve", "Dave", "Carol", "Bob", "Alice", "Eve"]


def test_members_who_come_after_the_shifts_take_turns_in_their_order() -> None:
    team = new_team(0, THURSDAY)
    replace(team, "daily", LATER, THURSDAY)
    for name in NAMES[:3]:
        takes_in(team, name)

    assert turns(team)[:4] == ["Alice", "Bob", "Carol", "Alice"]


def test_another_time_zone_leaves_the_order_as_it_is() -> None:
    team = set_up(5, "daily", chicago("2026-12-03 08:00"))
    teams.change(team, {"time_zone": "Europe/Berlin"}, actor=ADMIN, now=THURSDAY)

    assert turns(team)[:6] == [*NAMES[:5], "Alice"]


def test_once_it_has_begun_whoever_joins_waits_for_their_turn() -> None:
    team = set_up(5, "daily")
    takes_in(team, "Fran", THURSDAY + timedelta(days=1))

    # From Thursday to Sunday four have had a turn; Eve is next, and Fran comes after her.
    assert turns(team)[:7] == [*NAMES[:6], "Alice"]


def test_what_was_set_up_before_goes_on_as_it_was_planned() -> None:
    """A plan without a pin, as it was made until now: the fifth has Thursday."""
    team = set_up(6, "daily", LATER)
    with writing():
        RotationMark.delete().where(RotationMark.team == team).execute()
        Team.update(strategy="circular").where(Team.id == team.id).execute()
        team = Team.get_by_id(team.id)
        schedule.regenerate(team, THURSDAY)
    before = turns(team)[:4]
    assert before == ["Dave", "Eve", "Fran", "Alice"]
    takes_in(team, "Greg")

    assert turns(team)[:4] == ["Dave", "Eve", "Fran", "Greg"]
    assert not RotationMark.of_team(team)


def test_a_running_team_keeps_its_strategy_when_it_takes_a_pattern() -> None:
    team = set_up(5, "weekly")
    replace(team, "daily", None, THURSDAY + timedelta(hours=1))

    assert Team.get_by_id(team.id).strategy == "circular"


def test_undo_of_an_earlier_beginning_puts_the_plan_back() -> None:
    team = set_up(5, "daily", chicago("2026-12-01 08:00"))
    plan = [(row.start_datetime, row.team_member_id) for row in dealt(team)]
    proposal = proposals.propose(
        team, ReplaceShifts("weekend", "09:00", LATER), LEAD, now=THURSDAY
    ).proposal
    proposals.confirm(proposal.id, LEAD, now=THURSDAY)
    assert turns(team)[:3] == ["Alice", "Bob", "Carol"]
    undone = proposals.propose(team, undo.Undo(proposal.id), LEAD, now=THURSDAY)
    proposals.confirm(undone.proposal.id, LEAD, now=THURSDAY)

    assert [(row.start_datetime, row.team_member_id) for row in dealt(team)] == plan


def test_undo_of_the_set_up_gives_the_strategy_back() -> None:
    team = new_team(3, THURSDAY)
    made = proposals.propose(team, ReplaceShifts("daily", "08:00", LATER), LEAD, now=THURSDAY)
    proposals.confirm(made.proposal.id, LEAD, now=THURSDAY)
    assert Team.get_by_id(team.id).strategy == "round_robin"
    undone = proposals.propose(team, undo.Undo(made.proposal.id), LEAD, now=THURSDAY)
    proposals.confirm(undone.proposal.id, LEAD, now=THURSDAY)

    team = Team.get_by_id(team.id)
    assert (team.strategy, team.begins_at) == ("circular", None)
    assert dealt(team) == []
    assert not RotationMark.of_team(team)
