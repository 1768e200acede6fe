"""The recipient of the morning's text if the handoff is later, for any two times and any plan."""

from datetime import UTC, datetime, time, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling.notifications import announced, planner
from scheduling.rota import rotation, schedule
from storage.database import reading, writing
from storage.models import Assignment, Notification, Team
from tests.builders import CHICAGO, chicago, override, support_team

Announced = tuple[datetime, str, int]
HALF_HOURS = st.integers(0, 47).map(lambda half: time(half // 2, half % 2 * 30))
# A usual Tuesday, and the days before the nights in which the clocks change.
BEGINS = st.sampled_from(("2026-11-24 12:00", "2027-03-13 12:00", "2027-11-06 12:00"))
CUTS = st.sampled_from((timedelta(minutes=30), timedelta(minutes=90), timedelta(hours=7)))
LASTS = timedelta(days=3)
NUMBERS = count(1)


def daily_team(begins: datetime, start: time, notify: time) -> Team:
    """Return a team of daily shifts from `start` on, whose texts go out at `notify`."""
    slots = tuple((day, start, 24) for day in range(7))
    team = support_team(begins, slots=slots, name=f"Daily {next(NUMBERS)}")
    with writing():
        Team.update(notify_at=f"{notify:%H:%M}").where(Team.id == team.id).execute()
        team.notify_at = f"{notify:%H:%M}"
    return team


def notified(team: Team, since: datetime) -> list[Announced]:
    """Return the duty SMS that were due after an instant: when, their purpose, and to whom."""
    with reading():
        rows = Notification.select().where(
            Notification.team == team, Notification.kind == "sms", Notification.due_at > since
        )
        duties = [row for row in rows if row.purpose.is_duty]
        return sorted((one.due_at, str(one.purpose), one.team_member_id or 0) for one in duties)


def expected(team: Team, since: datetime) -> list[Announced]:
    """Return the same, computed from the stored plan alone."""
    with reading():
        rows = list(Assignment.select().where(Assignment.team == team))
    found, mornings = [], list[datetime]()
    day = since.astimezone(CHICAGO).date()
    while (
        at := rotation.instant(day, schedule.wall_time(team.notify_at), CHICAGO)
    ) <= since + LASTS:
        mornings += [at] if at > since else []
        day += timedelta(days=1)
    for at in mornings:
        same_day = [
            row
            for row in rows
            if at < row.start_datetime <= at + timedelta(hours=4)
            and row.start_datetime.astimezone(CHICAGO).date() == at.astimezone(CHICAGO).date()
        ]
        (one,) = same_day or [row for row in rows if row.start_datetime <= at < row.end_datetime]
        found.append((at, "daily", one.team_member_id))
    named = {(member, at) for at, _, member in found}
    for row in rows:
        start = row.start_datetime
        known = any(
            member == row.team_member_id and start - timedelta(hours=4) <= at <= start
            for member, at in named
        )
        if since < start <= since + LASTS and not known:
            found.append((start, "handoff", row.team_member_id))
    return sorted(found)


@given(BEGINS, HALF_HOURS, HALF_HOURS, CUTS)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_each_turn_is_announced_once_whatever_the_times_are(
    database_url: str, begins: str, start: time, notify: time, cut: timedelta
) -> None:
    assert database_url
    since = chicago(begins)
    team = daily_team(since, start, notify)
    now = since
    while now < since + LASTS:
        now = min(now + cut, since + LASTS)
        planner.plan(team.id, now)

    assert notified(team, since) == expected(team, since)


@pytest.fixture
def early(database_url: str) -> Team:
    """Daily shifts from eight on, and texts at seven."""
    assert database_url
    return daily_team(chicago("2026-11-24 12:00"), time(8), time(7))


def test_a_morning_tells_of_the_turn_that_begins_within_four_hours(early: Team) -> None:
    assert announced.begins(early, chicago("2026-11-25 07:00")) == chicago("2026-11-25 08:00")
    assert announced.begins(early, chicago("2026-11-25 04:00")) == chicago("2026-11-25 08:00")
    assert announced.begins(early, chicago("2026-11-25 03:59")) is None
    assert announced.begins(early, chicago("2026-11-25 08:00")) is None


def test_the_next_day_is_not_announced_late_in_the_evening(database_url: str) -> None:
    assert database_url
    team = daily_team(chicago("2026-11-24 12:00"), time(0), time(22))

    assert announced.begins(team, chicago("2026-11-25 22:00")) is None


def test_a_gap_is_announced_as_it_is(database_url: str) -> None:
    assert database_url
    night = tuple((day, time(20), 11) for day in range(7))
    team = support_team(chicago("2026-11-24 12:00"), slots=night, name="Nights")

    assert announced.begins(team, chicago("2026-11-25 05:00")) is None  # nobody from seven on
    assert announced.begins(team, chicago("2026-11-25 18:00")) is None  # nobody until eight


def test_a_turn_that_is_restored_is_announced_again(early: Team) -> None:
    """Carol got the morning's text, then an override; when it ends at noon, she gets another."""
    seven, eight = chicago("2026-11-25 07:00"), chicago("2026-11-25 08:00")
    planner.plan(early.id, seven)
    (_, purpose, carol) = notified(early, chicago("2026-11-25 06:00"))[0]
    assert purpose == "daily"
    half_past = chicago("2026-11-25 07:30")
    override(early, "Greg", "2026-11-25 08:00", "2026-11-25 12:00", now=half_past)
    planner.plan(early.id, eight)
    planner.plan(early.id, chicago("2026-11-25 12:00"))

    later = notified(early, half_past)
    assert [(at.astimezone(UTC), what) for at, what, _ in later] == [
        (eight, "handoff"),
        (chicago("2026-11-25 12:00"), "handoff"),
    ]
    assert later[1][2] == carol


def test_an_override_of_some_hours_takes_nobodys_morning(database_url: str) -> None:
    """Bob has two days; on the second one Greg steps in from nine to eleven."""
    assert database_url
    team = support_team()
    override(team, "Greg", "2026-11-25 09:00", "2026-11-25 11:00")
    override(team, "Greg", "2026-11-24 10:00", "2026-11-24 12:00")

    assert announced.begins(team, chicago("2026-11-25 08:00")) is None
    assert announced.begins(team, chicago("2026-11-24 08:00")) is None  # his turn has just begun
    assert announced.begins(team, chicago("2026-11-24 07:00")) == chicago("2026-11-24 08:00")


def test_an_override_that_begins_with_the_shift_is_announced(database_url: str) -> None:
    assert database_url
    team = support_team()
    override(team, "Greg", "2026-11-24 08:00", "2026-11-24 12:00")

    assert announced.begins(team, chicago("2026-11-24 07:00")) == chicago("2026-11-24 08:00")


def test_somebody_who_comes_in_beside_the_one_on_call_is_notified_then(database_url: str) -> None:
    assert database_url
    team = support_team(people=3, slots=[(0, time(8), 24), (0, time(12), 4)])

    assert announced.begins(team, chicago("2026-11-23 11:00")) is None
