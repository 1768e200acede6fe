"""The team's members: joining, coming back, leaving, and refused changes."""

import json
from datetime import date, datetime, timedelta

import pytest

from scheduling.changes import leaving, members, overrides
from scheduling.changes.leaving import Left
from scheduling.changes.members import Joined
from scheduling.rota import queue, rotation, schedule
from storage.database import reading
from storage.models import Assignment, AuditEntry, Member, Override, Team
from tests.builders import (
    ADMIN,
    MONDAY,
    NOW,
    add_shift,
    chicago,
    person,
    phone,
    refused,
    support_team,
)

HEIDI = "+13125550108"
WEDNESDAY = chicago("2026-11-25 12:00")


@pytest.fixture
def team(database_url: str) -> Team:
    """The specification's example, on Monday at 07:00."""
    assert database_url
    return support_team()


def add(
    team: Team, name: str, number: str, now: datetime = NOW, slack_user_id: str | None = None
) -> Joined:
    return members.add_member(
        team, name, number, slack_user_id=slack_user_id, time_zone=None, actor=ADMIN, now=now
    )


def remove(team: Team, name: str, now: datetime, cover: str | None = None) -> Left:
    return leaving.remove_member(
        team,
        person(team, name),
        cover=person(team, cover) if cover else None,
        actor=ADMIN,
        now=now,
    )


def turns(team: Team, monday: date, weeks: int = 1) -> list[str]:
    """Return who holds the shifts that start in these weeks, in order of time."""
    first = rotation.week_number(monday)
    with reading():
        rows = (
            Assignment.select()
            .where(
                Assignment.team == team, Assignment.week_number.between(first, first + weeks - 1)
            )
            .order_by(Assignment.start_datetime)
        )
        return [row.team_member.name for row in rows]


def on_call(team: Team, at: str) -> list[str]:
    people = schedule.members_by_id(team)
    return [people[one].name for one in schedule.on_call(team, chicago(at)).members]


def last_entry(team: Team) -> AuditEntry:
    with reading():
        entry = AuditEntry.select().where(AuditEntry.team == team).order_by(AuditEntry.id.desc())
        found = entry.get()
    assert isinstance(found, AuditEntry)
    return found


def test_who_joins_in_mid_week_takes_turns_from_monday_on_after_everyone_else(team: Team) -> None:
    this_week, next_week = turns(team, MONDAY), turns(team, MONDAY + rotation.WEEK)

    joined = add(team, "Heidi", HEIDI, WEDNESDAY)

    assert (joined.effective_from, joined.place) == (MONDAY + rotation.WEEK, 8)
    assert not joined.came_back
    assert turns(team, MONDAY) == this_week
    assert turns(team, MONDAY + rotation.WEEK) == next_week
    assert turns(team, MONDAY + 2 * rotation.WEEK)[-1] == "Heidi"


def test_the_first_members_take_turns_at_once(database_url: str) -> None:
    assert database_url
    team = support_team(people=0)

    assert add(team, "Alice", phone(0)).effective_from == MONDAY

    assert turns(team, MONDAY) == ["Alice"] * 6


def test_who_leaves_gives_this_weeks_shifts_to_who_rests_and_nobody_else_moves(
    team: Team,
) -> None:
    assert turns(team, MONDAY) == ["Alice", "Bob", "Carol", "Dave", "Eve", "Fran"]

    left = remove(team, "Dave", WEDNESDAY)

    assert turns(team, MONDAY) == ["Alice", "Bob", "Carol", "Greg", "Eve", "Fran"]
    assert "Dave" not in turns(team, MONDAY + rotation.WEEK, 8)
    assert (left.covered, left.cancelled) == ([], [])
    assert not person(team, "Dave").is_active


def test_who_left_keeps_the_past(team: Team) -> None:
    remove(team, "Alice", WEDNESDAY)

    assert on_call(team, "2026-11-23 12:00") == ["Alice"]


def test_who_is_on_call_leaves_only_if_somebody_covers_the_rest(team: Team) -> None:
    with refused("Bob is on call right now.", "`/oncall members remove <@U0BOB> cover @bob`"):
        remove(team, "Bob", WEDNESDAY)

    left = remove(team, "Bob", WEDNESDAY, cover="Greg")

    (covered,) = left.covered
    assert (covered.start_datetime, covered.end_datetime) == (
        WEDNESDAY,
        chicago("2026-11-26 08:00"),
    )
    assert covered.reason == "Bob left the team"
    assert on_call(team, "2026-11-25 11:59") == ["Bob"]
    assert on_call(team, "2026-11-25 12:00") == ["Greg"]
    assert on_call(team, "2026-11-26 08:00") == ["Carol"]


def test_who_has_a_running_shift_that_another_covers_still_has_to_name_somebody(
    team: Team,
) -> None:
    overrides.create(
        team,
        person(team, "Greg"),
        WEDNESDAY,
        WEDNESDAY + timedelta(hours=2),
        reason=None,
        actor=ADMIN,
        now=WEDNESDAY,
    )

    with refused("Bob is in the middle of a shift.", "cover @bob"):
        remove(team, "Bob", WEDNESDAY)

    remove(team, "Bob", WEDNESDAY, cover="Carol")
    assert on_call(team, "2026-11-25 13:00") == ["Greg"]
    assert on_call(team, "2026-11-25 15:00") == ["Carol"]


def test_nobody_covers_for_themselves_and_nobody_leaves_twice(team: Team) -> None:
    with refused("Bob can’t cover for themselves", "for example"):
        remove(team, "Bob", WEDNESDAY, cover="Bob")

    remove(team, "Dave", WEDNESDAY)

    with refused("Dave isn’t in the rotation", "`/oncall members`"):
        remove(team, "Dave", WEDNESDAY)


def test_the_overrides_of_who_leaves_go_with_them(team: Team) -> None:
    friday = chicago("2026-11-27 08:00")
    overrides.create(
        team,
        person(team, "Greg"),
        friday,
        friday + timedelta(days=1),
        reason=None,
        actor=ADMIN,
        now=NOW,
    )

    left = remove(team, "Greg", WEDNESDAY)

    assert len(left.cancelled) == 1
    assert on_call(team, "2026-11-27 12:00") == ["Dave"]
    with reading():
        assert Override.get().cancelled_at == WEDNESDAY


def test_who_comes_back_is_the_same_person_at_the_end_of_the_queue(team: Team) -> None:
    alice = person(team, "Alice")
    remove(team, "Alice", chicago("2026-11-25 12:00"))

    joined = add(team, "Alice B.", HEIDI, chicago("2026-12-02 12:00"), slack_user_id="U0ALICE")

    assert joined.came_back
    assert joined.member.id == alice.id
    assert joined.place == 7
    assert joined.effective_from == MONDAY + 2 * rotation.WEEK
    with reading():
        again = Member.get_by_id(alice.id)
    assert (again.name, again.phone, again.is_active) == ("Alice B.", HEIDI, True)


def test_a_member_who_is_there_already_is_not_added_again(team: Team) -> None:
    with refused("Bob is already in the rotation", "+1••••••••02", "`/oncall members edit"):
        add(team, "Bobby", HEIDI, slack_user_id="U0BOB")


def test_a_number_belongs_to_one_member_only_and_is_not_shown_in_full(team: Team) -> None:
    with refused("is already Alice’s number", "check the digits", field="phone"):
        add(team, "Heidi", phone(0), slack_user_id="U0HEIDI")

    with pytest.raises(Exception, match="is already Alice’s number") as caught:
        add(team, "Heidi", phone(0), slack_user_id="U0HEIDI")
    assert phone(0) not in str(caught.value)


def test_when_number_and_slack_user_are_of_two_former_members_it_asks_instead_of_guessing(
    team: Team,
) -> None:
    remove(team, "Dave", WEDNESDAY)
    remove(team, "Eve", WEDNESDAY)

    with refused(
        "Dave’s number", "Eve", "If it’s Eve, give the number they had before", field="phone"
    ):
        add(team, "Dave", phone(3), WEDNESDAY, slack_user_id="U0EVE")


def test_every_change_is_in_the_audit_log_with_what_was_before(team: Team) -> None:
    remove(team, "Dave", WEDNESDAY)

    entry = last_entry(team)

    assert (entry.actor, entry.action, entry.created_at) == (ADMIN, "member removed", WEDNESDAY)
    assert json.loads(entry.before or "")["is_active"] is True
    assert json.loads(entry.after or "")["is_active"] is False

    add(team, "Heidi", HEIDI, WEDNESDAY)
    entry = last_entry(team)
    assert (entry.action, entry.before) == ("member added", None)
    assert json.loads(entry.after or "")["effective_from"] == "2026-11-30"


def test_the_last_member_can_leave_and_then_nobody_is_on_call(database_url: str) -> None:
    assert database_url
    team = support_team(people=1)

    remove(team, "Alice", NOW)

    assert on_call(team, "2026-11-24 12:00") == []
    assert turns(team, MONDAY, 9) == []


def test_two_leave_and_one_joins_in_a_week_and_the_next_weeks_still_have_no_gap(
    team: Team,
) -> None:
    remove(team, "Eve", WEDNESDAY)
    remove(team, "Fran", WEDNESDAY + timedelta(hours=1))
    add(team, "Heidi", HEIDI, WEDNESDAY + timedelta(hours=2))

    assert turns(team, MONDAY) == ["Alice", "Bob", "Carol", "Dave", "Greg", "Alice"]
    assert sorted(turns(team, MONDAY + rotation.WEEK)) == sorted(
        ["Alice", "Bob", "Carol", "Dave", "Greg", "Heidi"]
    )
    ahead = schedule.segments(team, NOW + timedelta(hours=1), chicago("2027-01-25 08:00"))
    assert all(len(segment.members) == 1 for segment in ahead)


def test_someone_removed_and_added_with_another_number_before_there_are_shifts_is_in(
    database_url: str,
) -> None:
    assert database_url
    team = support_team(people=1, slots=[])
    remove(team, "Alice", NOW)

    joined = add(team, "Alice", HEIDI, NOW + timedelta(seconds=10), slack_user_id="U0ALICE")
    add_shift(team, 1, "Monday", 168, now=NOW + timedelta(seconds=20))

    assert joined.effective_from == MONDAY
    assert turns(team, MONDAY, 9) == ["Alice"] * 9


def test_who_left_a_running_week_and_comes_back_after_everyone_left_is_in_from_the_next(
    database_url: str,
) -> None:
    assert database_url
    team = support_team(people=2)
    remove(team, "Alice", NOW)
    remove(team, "Bob", NOW + timedelta(seconds=10))

    joined = add(team, "Alice", phone(0), NOW + timedelta(seconds=20))

    assert joined.effective_from == MONDAY + rotation.WEEK
    assert turns(team, MONDAY) == []
    assert turns(team, MONDAY + rotation.WEEK) == ["Alice"] * 6


def test_who_joins_from_monday_on_and_leaves_before_never_takes_a_turn(database_url: str) -> None:
    assert database_url
    team = support_team(people=1)
    add(team, "Heidi", HEIDI, NOW + timedelta(seconds=10))
    remove(team, "Alice", NOW + timedelta(seconds=20))

    remove(team, "Heidi", NOW + timedelta(seconds=30))

    assert turns(team, MONDAY, 9) == []


def test_who_covers_what_is_theirs_anyway_needs_no_override_for_it(team: Team) -> None:
    now = chicago("2026-11-24 09:00")  # Bob's shift, which Alice covers
    alice, bob = person(team, "Alice"), person(team, "Bob")
    evening = chicago("2026-11-24 18:00")
    overrides.create(team, alice, now, evening, reason=None, actor=ADMIN, now=now)

    left = leaving.remove_member(team, alice, cover=bob, actor=ADMIN, now=now + timedelta(hours=1))

    assert left.covered == []
    assert schedule.on_call(team, now + timedelta(hours=2)).members == (bob.id,)


def test_a_dated_leave_ends_the_rights_of_a_member_when_its_day_begins(team: Team) -> None:
    greg = person(team, "Greg")
    leaving.leave_later(team, greg, date(2026, 11, 25), actor=ADMIN, now=NOW)
    greg = person(team, "Greg")

    assert queue.takes_turns(greg, chicago("2026-11-24 23:59"))
    # Nobody has looked at the calendar yet: the row says that they are active.
    assert greg.is_active
    assert not queue.takes_turns(greg, chicago("2026-11-25 00:00"))
    leaving.activate(team, greg, actor=ADMIN, now=NOW)
    assert queue.takes_turns(greg, chicago("2026-11-25 00:00"))
