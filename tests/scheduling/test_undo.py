"""Undoing changes, and changing running shifts, leaves the past and other people's shifts alone."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from scheduling.changes import leaving, members, proposals, shifts, teams
from scheduling.changes.leaving import LeaveLater
from scheduling.changes.members import AddMember
from scheduling.changes.operation import Operation
from scheduling.changes.overrides import CancelOverride, CreateOverride, EditOverride
from scheduling.changes.patterns import ReplaceShifts
from scheduling.changes.proposals import Preview
from scheduling.changes.shifts import EditShift
from scheduling.changes.teams import ChangeSettings
from scheduling.changes.undo import Undo
from scheduling.notifications import planner
from scheduling.rota import queue, schedule
from storage.database import reading
from storage.models import Assignment, Member, Override, RotationChange, Shift, Team
from tests.builders import (
    ADMIN,
    DAYS,
    LEAD,
    NOW,
    chicago,
    override,
    person,
    phone,
    refused,
    support_team,
)

Turns = list[tuple[datetime, list[str]]]

TUESDAY = chicago("2026-11-24 09:00")
SUNDAY = chicago("2026-11-29 20:00")
NEXT_MONDAY = chicago("2026-11-30 10:00")
A_WEEK = timedelta(days=7)
HANK, IVY = "+13125550155", "+13125550156"
BERLIN, TOKYO, WEST = "Europe/Berlin", "Asia/Tokyo", "America/Los_Angeles"


@pytest.fixture
def team(database_url: str) -> Team:
    """The specification's example, on Monday at 07:00."""
    assert database_url
    return support_team()


def fresh(team: Team) -> Team:
    """Return the team as it is stored."""
    with reading():
        found: Team = Team.get_by_id(team.id)
    return found


def turns(team: Team, start: datetime, length: timedelta = A_WEEK) -> Turns:
    """Return who is on call in a period of time, and from when on."""
    people = schedule.members_by_id(team)
    return [
        (one.start, [people[member].name for member in one.members])
        for one in schedule.segments(team, start, start + length)
    ]


def on_call(team: Team, at: str) -> list[str]:
    """Return who is on call at an instant in Chicago."""
    people = schedule.members_by_id(team)
    return [people[one].name for one in schedule.on_call(team, chicago(at)).members]


def proposed(team: Team, operation: Operation[Any], now: datetime) -> Preview[Any]:
    """Propose a change; return what it did, or would do."""
    return proposals.propose(team, operation, LEAD, now=now)


def makes(team: Team, operation: Operation[Any], now: datetime) -> Preview[Any]:
    """Make a change as people do: look at it and confirm it."""
    found = proposed(team, operation, now)
    if not found.kept:
        found = proposals.confirm(found.proposal.id, LEAD, now=now)
    assert found.kept
    return found


def takes_back(team: Team, now: datetime) -> Preview[Any]:
    """Undo the last change, as people do."""
    return makes(team, Undo(proposals.last_change(team, now).id), now)


def edits(number: int, member: Member, start: str, end: str) -> EditOverride:
    """Return the change that gives an override a member and a span, in Chicago."""
    return EditOverride(member.id, chicago(start), chicago(end), number)


def adds(name: str, number: str) -> AddMember:
    """Return the change that takes somebody in who is not in Slack."""
    return AddMember(name, number)


# --- overrides --------------------------------------------------------------------------------


def test_taking_an_edit_back_leaves_what_was_on_call_by_then(team: Team) -> None:
    greg = person(team, "Greg")
    made = override(team, "Greg", "2026-11-27 15:00", "2026-11-27 18:00")
    makes(team, edits(made.id, greg, "2026-11-23 09:00", "2026-11-23 12:00"), NOW)
    planner.plan(team.id, chicago("2026-11-23 10:00"))

    takes_back(team, chicago("2026-11-23 10:01"))

    assert on_call(team, "2026-11-23 08:30") == ["Alice"]
    assert on_call(team, "2026-11-23 09:30") == ["Greg"]
    assert on_call(team, "2026-11-23 10:02") == ["Alice"]
    assert on_call(team, "2026-11-27 14:59") == ["Dave"]
    assert on_call(team, "2026-11-27 15:00") == ["Greg"]
    assert on_call(team, "2026-11-27 18:00") == ["Dave"]


def test_taking_an_edit_back_restores_what_is_still_to_come(team: Team) -> None:
    greg = person(team, "Greg")
    made = override(team, "Greg", "2026-11-23 08:00", "2026-11-23 20:00")
    makes(team, edits(made.id, greg, "2026-11-23 08:00", "2026-11-23 10:00"), NOW)
    planner.plan(team.id, chicago("2026-11-23 11:00"))

    takes_back(team, chicago("2026-11-23 11:01"))

    assert on_call(team, "2026-11-23 09:30") == ["Greg"]
    assert on_call(team, "2026-11-23 10:30") == ["Alice"]
    assert on_call(team, "2026-11-23 11:02") == ["Greg"]
    assert on_call(team, "2026-11-23 19:59") == ["Greg"]
    assert on_call(team, "2026-11-23 20:00") == ["Alice"]


def test_an_override_moved_to_another_day_leaves_it_when_the_move_is_taken_back(
    team: Team,
) -> None:
    greg = person(team, "Greg")
    made = override(team, "Greg", "2026-11-23 08:00", "2026-11-23 12:00")
    makes(team, edits(made.id, greg, "2026-11-24 08:00", "2026-11-24 12:00"), NOW)
    planner.plan(team.id, chicago("2026-11-23 13:00"))

    takes_back(team, chicago("2026-11-23 13:01"))

    assert on_call(team, "2026-11-24 09:30") == ["Bob"]
    assert on_call(team, "2026-11-23 09:30") == ["Alice"]


def test_taking_another_cover_back_gives_the_rest_to_the_first_one(team: Team) -> None:
    made = override(team, "Greg", "2026-11-23 08:00", "2026-11-23 20:00")
    planner.plan(team.id, chicago("2026-11-23 09:00"))
    fran = person(team, "Fran")
    change = edits(made.id, fran, "2026-11-23 08:00", "2026-11-23 20:00")
    makes(team, change, chicago("2026-11-23 09:01"))
    planner.plan(team.id, chicago("2026-11-23 12:00"))

    takes_back(team, chicago("2026-11-23 12:01"))

    assert on_call(team, "2026-11-23 08:30") == ["Greg"]
    assert on_call(team, "2026-11-23 11:00") == ["Fran"]
    assert on_call(team, "2026-11-23 12:02") == ["Greg"]
    assert on_call(team, "2026-11-23 20:00") == ["Alice"]


def test_a_running_override_edited_to_a_later_start_keeps_its_past_and_starts_then(
    team: Team,
) -> None:
    made = override(team, "Greg", "2026-11-23 08:00", "2026-11-23 20:00")
    planner.plan(team.id, chicago("2026-11-23 09:00"))
    greg = person(team, "Greg")

    change = edits(made.id, greg, "2026-11-27 15:00", "2026-11-27 18:00")
    makes(team, change, chicago("2026-11-23 09:01"))

    assert on_call(team, "2026-11-23 08:30") == ["Greg"]
    assert on_call(team, "2026-11-23 09:02") == ["Alice"]
    assert on_call(team, "2026-11-26 12:00") == ["Carol"]
    assert on_call(team, "2026-11-27 14:59") == ["Dave"]
    assert on_call(team, "2026-11-27 15:00") == ["Greg"]
    assert on_call(team, "2026-11-27 18:00") == ["Dave"]


def test_a_running_override_that_comes_back_stays_beneath_newer_ones(team: Team) -> None:
    made = override(team, "Greg", "2026-11-23 08:00", "2026-11-23 20:00")
    override(team, "Fran", "2026-11-23 12:00", "2026-11-23 14:00")
    planner.plan(team.id, chicago("2026-11-23 09:00"))

    makes(team, CancelOverride(made.id), chicago("2026-11-23 09:01"))
    assert on_call(team, "2026-11-23 11:00") == ["Alice"]
    takes_back(team, chicago("2026-11-23 09:05"))

    assert on_call(team, "2026-11-23 11:00") == ["Greg"]
    assert on_call(team, "2026-11-23 13:00") == ["Fran"]
    assert on_call(team, "2026-11-23 14:00") == ["Greg"]
    assert on_call(team, "2026-11-23 20:00") == ["Alice"]


# --- members ----------------------------------------------------------------------------------


def test_a_newcomer_who_is_not_in_slack_can_be_taken_back(team: Team) -> None:
    before = turns(team, TUESDAY, 5 * A_WEEK)
    makes(team, adds("Hank", HANK), TUESDAY)
    assert turns(team, TUESDAY, 5 * A_WEEK) != before

    takes_back(team, chicago("2026-11-24 10:00"))

    assert turns(team, TUESDAY, 5 * A_WEEK) == before
    assert not person(team, "Hank").is_active
    with reading():
        assert (
            not RotationChange.select()
            .where(RotationChange.team_member == person(team, "Hank"))
            .exists()
        )


def test_a_member_added_after_an_undone_one_is_not_mistaken_for_them(
    database_url: str,
) -> None:
    assert database_url
    team = support_team(people=0, slots=())
    makes(team, adds("Hank", HANK), NOW)
    hank = person(team, "Hank")

    start, end = chicago("2026-11-24 08:00"), chicago("2026-11-24 18:00")
    puts_hank = CreateOverride(hank.id, start, end)
    waiting = proposed(team, puts_hank, NOW)
    assert not waiting.kept
    takes_back(team, NOW)
    makes(team, adds("Ivy", IVY), NOW)

    assert person(team, "Ivy").id != hank.id
    proposals.confirm(waiting.proposal.id, LEAD, now=NOW)
    assert on_call(team, "2026-11-24 09:00") == ["Hank"]
    with reading():
        assert {one.team_member.name for one in Override.select()} == {"Hank"}


def test_a_leaver_is_back_when_their_leave_is_undone_after_its_day(team: Team) -> None:
    leaves = LeaveLater(person(team, "Greg").id, date(2026, 11, 24))
    before = turns(team, TUESDAY, 5 * A_WEEK)
    makes(team, leaves, chicago("2026-11-23 12:00"))
    planner.plan(team.id, TUESDAY)
    assert not person(team, "Greg").is_active

    takes_back(team, chicago("2026-11-24 09:01"))

    assert person(team, "Greg").is_active
    assert queue.leavers(team) == {}
    assert turns(team, TUESDAY, 5 * A_WEEK) == before


def test_a_leaver_removed_again_on_the_morning_of_their_day_moves_nobody(team: Team) -> None:
    alice = person(team, "Alice")
    leaving.leave_later(team, alice, date(2026, 11, 30), actor=ADMIN, now=TUESDAY)
    planner.plan(team.id, chicago("2026-11-29 09:00"))
    planner.plan(team.id, chicago("2026-11-30 06:00"))
    early = chicago("2026-11-30 06:01")
    before = turns(team, early, 3 * A_WEEK)
    assert all("Alice" not in who for at, who in before if at > chicago("2026-11-30 08:00"))

    # Their day has come, though no message was due since that would have marked them as gone.
    with refused("isn’t in the rotation"):
        leaving.remove_member(team, person(team, "Alice"), cover=None, actor=ADMIN, now=early)

    assert turns(team, early, 3 * A_WEEK) == before


def test_staying_after_all_forgets_only_the_last_leave(team: Team) -> None:
    leaving.remove_member(team, person(team, "Fran"), cover=None, actor=ADMIN, now=TUESDAY)
    at = TUESDAY + timedelta(hours=1)
    leaving.activate(team, person(team, "Fran"), actor=ADMIN, now=at)
    before = turns(team, TUESDAY, 5 * A_WEEK)

    for day in (date(2026, 12, 3), date(2026, 11, 25), date(2026, 11, 30)):
        at += timedelta(hours=1)
        leaving.leave_later(team, person(team, "Fran"), day, actor=ADMIN, now=at)
        at += timedelta(minutes=30)
        leaving.activate(team, person(team, "Fran"), actor=ADMIN, now=at)

        assert turns(team, TUESDAY, 5 * A_WEEK) == before, day
        assert queue.leavers(team) == {}


def test_the_number_of_who_left_does_not_make_another_slack_user_of_them(team: Team) -> None:
    leaving.remove_member(team, person(team, "Greg"), cover=None, actor=ADMIN, now=NOW)

    with refused("was Greg’s number before they left", field="phone"):
        members.add_member(
            team,
            "Hank",
            phone(6),
            slack_user_id="U0HANK00",
            time_zone=None,
            actor=ADMIN,
            now=NOW,
        )

    assert person(team, "Greg").slack_user_id == "U0GREG"


# --- shifts -----------------------------------------------------------------------------------


def test_an_edited_shift_taken_back_after_monday_gives_all_others_to_whom_they_had(
    team: Team,
) -> None:
    before = turns(team, NEXT_MONDAY, 3 * A_WEEK)

    makes(team, EditShift(4, "Friday", 24, "10:00"), SUNDAY)
    planner.plan(team.id, NEXT_MONDAY)
    takes_back(team, NEXT_MONDAY + timedelta(minutes=1))

    assert turns(team, NEXT_MONDAY, 3 * A_WEEK) == before


def test_a_pattern_taken_back_after_monday_gives_the_old_shifts_to_whom_they_had(
    team: Team,
) -> None:
    # What has begun by the pattern keeps its end: Bob has Monday's until Tuesday at nine.
    tuesday = chicago("2026-12-01 09:00")
    before = turns(team, tuesday, 3 * A_WEEK)

    makes(team, ReplaceShifts("daily", "09:00"), SUNDAY)
    planner.plan(team.id, NEXT_MONDAY)
    assert on_call(team, "2026-11-30 09:30") == ["Bob"]
    takes_back(team, NEXT_MONDAY + timedelta(minutes=1))

    assert turns(team, tuesday, 3 * A_WEEK) == before
    assert on_call(team, "2026-11-30 09:30") == ["Bob"]
    assert on_call(team, "2026-11-30 12:00") == ["Bob"]
    with reading():
        assert len(Shift.in_force(team)) == 6


# --- the zone ---------------------------------------------------------------------------------


def earlier_friday(team: Team) -> None:
    shifts.edit_shift(team, 5, "Friday", 24, time(10), actor=ADMIN, now=TUESDAY)


def a_day_each(team: Team) -> None:
    pattern = [(day, 24, time(8)) for day in DAYS]
    shifts.replace_all(team, pattern, actor=ADMIN, now=TUESDAY)


@pytest.mark.parametrize("change", [earlier_friday, a_day_each])
@pytest.mark.parametrize("zone", [WEST, BERLIN, TOKYO])
def test_a_new_zone_after_new_shifts_deals_nobody_in_twice(
    team: Team, change: Callable[[Team], None], zone: str
) -> None:
    change(team)
    with reading():
        running = Assignment.select().where(Assignment.start_datetime <= TUESDAY).count()
    assert running

    teams.change(team, {"time_zone": zone}, actor=ADMIN, now=TUESDAY)

    team = fresh(team)
    local = schedule.zone_of(team)
    monday = datetime(2026, 11, 30, tzinfo=local)
    with reading():
        rows = list(Assignment.select().where(Assignment.end_datetime > TUESDAY))
    week = [row for row in rows if row.start_datetime < monday]
    # What runs keeps its end; nothing that starts in this week starts twice on a day.
    days = [row.start_datetime.astimezone(local).date() for row in week]
    assert len(days) == len(set(days))
    assert len({row.team_member_id for row in week}) == len(week)


@pytest.mark.parametrize("change", [earlier_friday, a_day_each])
def test_a_zone_further_west_after_new_shifts_puts_no_two_on_call_at_once(
    team: Team, change: Callable[[Team], None]
) -> None:
    change(team)

    teams.change(team, {"time_zone": WEST}, actor=ADMIN, now=TUESDAY)

    this_week = turns(fresh(team), TUESDAY, chicago("2026-11-30 10:00") - TUESDAY)
    assert len(this_week) >= 5
    assert [who for _, who in this_week if len(who) > 1] == []


@pytest.mark.parametrize("zone", [WEST, BERLIN, TOKYO])
@pytest.mark.parametrize("day", [date(2026, 12, 3), date(2026, 11, 30)])
def test_who_leaves_on_a_day_leaves_on_that_day_of_the_new_zone(
    team: Team, zone: str, day: date
) -> None:
    leaving.leave_later(team, person(team, "Alice"), day, actor=ADMIN, now=NOW)

    teams.change(team, {"time_zone": zone}, actor=ADMIN, now=NOW)

    assert list(queue.leavers(fresh(team)).values()) == [day]


# --- names and channels -----------------------------------------------------------------------


def another(team: Team, name: str, channel: str) -> None:
    teams.make(
        name=name,
        channel=channel,
        time_zone=team.time_zone,
        notify_at="08:00",
        actor=ADMIN,
        now=NOW,
    )


def test_a_name_that_another_team_has_taken_since_does_not_come_back(team: Team) -> None:
    renamed: dict[str, str | int | bool | None] = {"name": "Payments"}
    makes(team, ChangeSettings(renamed), NOW)
    another(fresh(team), "Support", "C0OTHER")

    with refused("There’s already a team called Support", field="name"):
        takes_back(fresh(team), NOW)


def test_a_channel_that_another_team_has_taken_since_does_not_come_back(team: Team) -> None:
    moved: dict[str, str | int | bool | None] = {"channel_id": "C0NEW"}
    makes(team, ChangeSettings(moved), NOW)
    another(fresh(team), "Payments", "C0SUPPORT")

    with refused("already belongs to Payments", field="channel"):
        takes_back(fresh(team), NOW)
