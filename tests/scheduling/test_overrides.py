"""Overrides: made, canceled and refused."""

from datetime import date, datetime, time, timedelta

import pytest

from scheduling.changes import leaving, named_days, overrides
from scheduling.rota import schedule
from storage.database import reading, writing
from storage.models import Assignment, AuditEntry, Override, Team
from tests.builders import ADMIN, NOW, chicago, person, refused, support_team
from tests.builders import override as put_on_call

TUESDAY = date(2026, 11, 24)


@pytest.fixture
def team(database_url: str) -> Team:
    """The specification's example, on Monday at 07:00."""
    assert database_url
    return support_team()


def create(team: Team, name: str, start: str, end: str, now: datetime = NOW) -> overrides.Created:
    return overrides.create(
        team,
        person(team, name),
        chicago(start),
        chicago(end),
        reason="dentist",
        actor=ADMIN,
        now=now,
    )


def cancel(team: Team, number: int, now: datetime = NOW) -> Override:
    return overrides.cancel(team, number, actor=ADMIN, now=now)


def on_call(team: Team, at: str) -> list[str]:
    people = schedule.members_by_id(team)
    return [people[one].name for one in schedule.on_call(team, chicago(at)).members]


def test_an_override_tells_whose_turn_it_replaced_and_edits_no_assignment(team: Team) -> None:
    with reading():
        before = list(Assignment.select().tuples())

    created = create(team, "Greg", "2026-11-24 18:00", "2026-11-26 12:00")

    people = schedule.members_by_id(team)
    assert [people[s.members[0]].name for s in created.replaced] == ["Bob", "Carol"]
    with reading():
        assert list(Assignment.select().tuples()) == before
        entry = AuditEntry.select().order_by(AuditEntry.id.desc()).get()
    assert (entry.actor, entry.action) == (ADMIN, "override created")
    assert "dentist" in (entry.after or "")


def test_a_start_in_the_past_is_moved_to_now(team: Team) -> None:
    now = chicago("2026-11-24 12:00")

    created = create(team, "Greg", "2026-11-24 08:00", "2026-11-24 18:00", now)

    assert created.override.start_datetime == now
    assert on_call(team, "2026-11-24 11:59") == ["Bob"]
    assert on_call(team, "2026-11-24 12:00") == ["Greg"]


def test_a_span_that_is_over_is_refused(team: Team) -> None:
    with refused("That time has already passed", "for example `tomorrow`", field="end"):
        create(team, "Greg", "2026-11-22 08:00", "2026-11-23 06:00")
    with refused("That time has already passed", field="end"):
        create(team, "Greg", "2026-11-24 18:00", "2026-11-24 08:00")


def test_eight_weeks_are_the_most(team: Team) -> None:
    with refused("8 weeks long at most", "`/oncall members remove @alice`", field="end"):
        create(team, "Greg", "2026-11-24 08:00", "2027-01-19 08:01")

    create(team, "Greg", "2026-11-24 08:00", "2027-01-19 08:00")
    assert on_call(team, "2027-01-19 07:59") == ["Greg"]


def test_an_override_that_would_change_nothing_is_refused(team: Team) -> None:
    with refused("Bob is already on call then"):
        create(team, "Bob", "2026-11-24 12:00", "2026-11-25 12:00")
    # One that prolongs the turn does change something.
    create(team, "Bob", "2026-11-24 12:00", "2026-11-26 12:00")
    assert on_call(team, "2026-11-26 11:00") == ["Bob"]


def test_someone_who_left_can_cover(team: Team) -> None:
    leaving.remove_member(team, person(team, "Greg"), cover=None, actor=ADMIN, now=NOW)

    create(team, "Greg", "2026-11-24 12:00", "2026-11-24 18:00")

    assert on_call(team, "2026-11-24 13:00") == ["Greg"]


def test_a_cancelled_override_shows_what_lay_beneath(team: Team) -> None:
    made = create(team, "Greg", "2026-11-24 12:00", "2026-11-24 18:00").override

    cancel(team, made.id)

    assert on_call(team, "2026-11-24 13:00") == ["Bob"]
    assert overrides.still_to_come(team, NOW) == []


def test_of_a_running_one_the_past_stays(team: Team) -> None:
    made = create(team, "Greg", "2026-11-24 12:00", "2026-11-24 18:00").override
    now = chicago("2026-11-24 15:00")

    cancel(team, made.id, now)

    assert on_call(team, "2026-11-24 14:59") == ["Greg"]
    assert on_call(team, "2026-11-24 15:00") == ["Bob"]
    with refused("is already canceled", "`/oncall overrides`", field="which"):
        cancel(team, made.id, now)


def test_what_is_unknown_or_over_cannot_be_cancelled(team: Team) -> None:
    with refused("There’s no override 99", "`/oncall overrides` shows their numbers"):
        cancel(team, 99)
    made = create(team, "Greg", "2026-11-24 12:00", "2026-11-24 18:00").override
    with refused("is over", "`/oncall overrides`"):
        cancel(team, made.id, chicago("2026-11-24 18:00"))


def test_another_teams_override_is_unknown(team: Team) -> None:
    other = support_team(name="Other")
    made = create(team, "Greg", "2026-11-24 12:00", "2026-11-24 18:00").override

    with refused(f"There’s no override {made.id}"):
        cancel(other, made.id)


def test_coming_overrides_are_listed_by_their_start_and_past_ones_are_not(team: Team) -> None:
    create(team, "Greg", "2026-11-28 08:00", "2026-11-29 08:00")
    create(team, "Fran", "2026-11-24 08:00", "2026-11-25 08:00")
    create(team, "Eve", "2026-11-23 12:00", "2026-11-23 13:00")
    now = chicago("2026-11-24 12:00")

    people = schedule.members_by_id(team)

    def names(found: list[Override]) -> list[str]:
        return [people[one.team_member_id].name for one in found]

    assert names(overrides.still_to_come(team, now)) == ["Fran", "Greg"]
    assert names(overrides.still_to_come(team, now, person(team, "Greg"))) == ["Greg"]


# --- whole shifts ---


def test_a_day_stands_for_the_shift_that_starts_on_it(team: Team) -> None:
    assert named_days.whole_shifts(team, TUESDAY, TUESDAY, NOW) == (
        chicago("2026-11-24 08:00"),
        chicago("2026-11-26 08:00"),
    )


def test_a_day_on_which_none_starts_stands_for_its_own_part_of_the_one_that_runs(
    team: Team,
) -> None:
    wednesday = TUESDAY + timedelta(days=1)

    assert named_days.whole_shifts(team, wednesday, wednesday, NOW) == (
        chicago("2026-11-25 08:00"),
        chicago("2026-11-26 08:00"),
    )


def test_two_days_within_a_long_shift_are_two_days(database_url: str) -> None:
    assert database_url
    team = support_team(people=2, slots=[(0, datetime(2026, 1, 1, 8).time(), 168)])  # noqa: DTZ001

    assert named_days.whole_shifts(team, TUESDAY, TUESDAY + timedelta(days=1), NOW) == (
        chicago("2026-11-24 08:00"),
        chicago("2026-11-26 08:00"),
    )


EIGHT, TWENTY = (datetime(2026, 1, 1, hour).time() for hour in (8, 20))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("slots", "days", "span"),
    [
        # Five days from Monday on: Saturday is a gap from eight on, and so is all of Sunday.
        ([(0, EIGHT, 120)], ("2026-11-28", "2026-11-28"), ("2026-11-28 08:00", "2026-11-29 08:00")),
        ([(0, EIGHT, 120)], ("2026-11-29", "2026-11-29"), ("2026-11-29 08:00", "2026-11-30 08:00")),
        ([(0, EIGHT, 120)], ("2026-11-28", "2026-11-29"), ("2026-11-28 08:00", "2026-11-30 08:00")),
        ([(0, EIGHT, 120)], ("2026-11-27", "2026-11-29"), ("2026-11-27 08:00", "2026-11-30 08:00")),
        # Hours on weekdays: the days of a weekend begin at the hour at which Monday does.
        (
            [(4, EIGHT, 9), (0, EIGHT, 9)],
            ("2026-11-28", "2026-11-29"),
            ("2026-11-28 08:00", "2026-11-30 08:00"),
        ),
        # Two nights and a day from Saturday on: Monday has its hours until eight in the evening.
        ([(5, TWENTY, 48)], ("2026-11-30", "2026-11-30"), ("2026-11-30 00:00", "2026-11-30 20:00")),
        # From one week's shift into the next.
        ([(0, EIGHT, 168)], ("2026-11-26", "2026-12-01"), ("2026-11-26 08:00", "2026-12-02 08:00")),
        # Today, in the middle of a long one, is from now on.
        ([(6, EIGHT, 168)], ("2026-11-23", "2026-11-23"), ("2026-11-23 07:00", "2026-11-24 08:00")),
        # Several days end where the last one does, though its shift goes on.
        (
            [(4, EIGHT, 24), (5, EIGHT, 48)],
            ("2026-11-27", "2026-11-28"),
            ("2026-11-27 08:00", "2026-11-29 08:00"),
        ),
    ],
)
def test_nobody_is_put_on_call_for_a_day_that_was_not_named(
    database_url: str,
    slots: list[tuple[int, time, int]],
    days: tuple[str, str],
    span: tuple[str, str],
) -> None:
    assert database_url
    team = support_team(NOW - timedelta(days=7), people=2, slots=slots)
    first, last = map(date.fromisoformat, days)

    assert named_days.whole_shifts(team, first, last, NOW) == tuple(map(chicago, span))


def test_the_hour_is_the_shifts_also_where_it_was_first_dealt_in_mid_week(
    database_url: str,
) -> None:
    assert database_url
    wednesday = chicago("2026-11-25 14:37")
    team = support_team(wednesday, people=2, slots=[(0, EIGHT, 168)])
    friday = date(2026, 11, 27)

    assert named_days.whole_shifts(team, friday, friday, wednesday) == (
        chicago("2026-11-27 08:00"),
        chicago("2026-11-28 08:00"),
    )


def test_a_day_in_whose_morning_a_night_ends_stands_for_its_gap(database_url: str) -> None:
    assert database_url
    evening = datetime(2026, 1, 1, 20).time()  # noqa: DTZ001
    team = support_team(people=2, slots=[(0, evening, 12)])

    assert named_days.whole_shifts(team, TUESDAY, TUESDAY, NOW) == (
        chicago("2026-11-24 08:00"),
        chicago("2026-11-25 08:00"),
    )


def test_today_in_a_gap_is_from_now_on(database_url: str) -> None:
    assert database_url
    team = support_team(NOW, people=2, slots=[(1, EIGHT, 24)])

    assert named_days.whole_shifts(team, TUESDAY - timedelta(days=1), TUESDAY, NOW) == (
        NOW,
        chicago("2026-11-25 08:00"),
    )
    thursday = chicago("2026-11-26 03:00")
    assert named_days.whole_shifts(team, thursday.date(), thursday.date(), thursday) == (
        thursday,
        chicago("2026-11-27 08:00"),
    )


def test_what_an_override_leaves_of_a_gap_comes_first(database_url: str) -> None:
    assert database_url
    team = support_team(NOW, people=2, slots=[(1, EIGHT, 24)])
    put_on_call(team, "Alice", "2026-11-25 08:00", "2026-11-25 12:00")
    wednesday = TUESDAY + timedelta(days=1)

    assert named_days.whole_shifts(team, wednesday, wednesday, NOW) == (
        chicago("2026-11-25 12:00"),
        chicago("2026-11-26 08:00"),
    )


def test_several_days_stand_for_all_the_shifts_that_start_on_them(team: Team) -> None:
    assert named_days.whole_shifts(team, TUESDAY, TUESDAY + timedelta(days=3), NOW) == (
        chicago("2026-11-24 08:00"),
        chicago("2026-11-28 08:00"),
    )


def test_a_day_that_is_over_is_refused(team: Team) -> None:
    with refused("Sun Nov 22, 2026 has passed", "for example `tomorrow`"):
        named_days.whole_shifts(team, date(2026, 11, 22), date(2026, 11, 22), NOW)


def test_a_day_without_a_shift_is_refused(team: Team) -> None:
    far = date(2028, 1, 5)
    with refused("No shift is planned on Wed Jan 5, 2028", "`2028-01-05 08:00 to 18:00`"):
        named_days.whole_shifts(team, far, far, NOW)


def test_a_day_with_two_shifts_asks_which(database_url: str) -> None:
    assert database_url
    at_eight, at_twenty = (datetime(2026, 1, 1, hour).time() for hour in (8, 20))  # noqa: DTZ001
    team = support_team(people=2, slots=[(1, at_eight, 12), (1, at_twenty, 12)])

    with refused("2 shifts start on that day (8:00 AM and 8:00 PM)", "`2026-11-24 08:00 to 20:00`"):
        named_days.whole_shifts(team, TUESDAY, TUESDAY, NOW)


def test_two_days_in_the_night_of_the_clocks_are_whole(team: Team) -> None:
    schedule.regenerate(team, NOW, 20)
    saturday, sunday = date(2027, 3, 13), date(2027, 3, 14)

    start, end = named_days.whole_shifts(team, saturday, sunday, NOW)

    assert end - start == timedelta(hours=47)


def test_a_long_reason_of_before_keeps_nobody_from_changing_the_rest(team: Team) -> None:
    long = "dentist " * 40
    made = create(team, "Carol", "2026-11-24 08:00", "2026-11-24 12:00").override
    with writing():
        Override.update(reason=long).where(Override.id == made.id).execute()

    edited = overrides.edit(
        team,
        made.id,
        member=person(team, "Carol"),
        start=chicago("2026-11-24 08:00"),
        end=chicago("2026-11-24 13:00"),
        reason=long,
        actor=ADMIN,
        now=NOW,
    )

    assert (edited.reason, edited.end_datetime) == (long, chicago("2026-11-24 13:00"))
