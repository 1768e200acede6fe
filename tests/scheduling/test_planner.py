"""Planning: each event is announced exactly once, however time passes."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from scheduling.changes import overrides
from scheduling.notifications import planner, queue
from scheduling.notifications.snapshot import OnCallSnapshot
from scheduling.rota import rotation, schedule
from scheduling.words.gsm import one_segment
from storage.database import close_database, open_database, reading, writing
from storage.models import Assignment, Member, Notification, Team
from tests.builders import (
    ADMIN,
    CHICAGO,
    MONDAY,
    NOW,
    another_team,
    chicago,
    override,
    person,
    phone,
    support_team,
)
from tests.scheduling.planned import log, notified

MORNING = chicago("2026-11-23 08:00")
# Two handoffs a week in the morning, one on Wednesday at 14:00.
UNEVEN_WEEK = ((0, time(8), 24), (1, time(8), 30), (2, time(14), 114))


# --- whatever happens -------------------------------------------------------------------------

Announced = tuple[str, datetime, int | None]


def due(team: Team, since: datetime, until: datetime) -> list[Announced]:
    """Return what must be announced in (since, until], computed from the rows alone."""
    with reading():
        rows = list(Assignment.select().where(Assignment.team == team))
    found: list[Announced] = []

    def event(purpose: str, at: datetime, member: int) -> None:
        if since < at <= until:
            found.extend([(purpose, at, member), (purpose, at, None)])

    for row in rows:
        if row.start_datetime.astimezone(CHICAGO).time() != time(8):
            event("handoff", row.start_datetime, row.team_member_id)
        day = row.start_datetime.astimezone(CHICAGO).date()
        while (at := rotation.instant(day, time(8), CHICAGO)) < row.end_datetime:
            if at >= row.start_datetime:
                event("daily", at, row.team_member_id)
            day += timedelta(days=1)
    return found


class Bot(RuleBasedStateMachine):
    """A bot whose process and clock do what they like; it may tick once, often, or hardly ever."""

    url = ""

    @initialize()
    def begins(self) -> None:
        self.team = another_team(UNEVEN_WEEK)
        self.now = NOW
        self.expected: list[Announced] = []
        self.planned = NOW

    def _tick(self) -> None:
        schedule.regenerate(self.team, self.now)
        planner.plan(self.team.id, self.now)
        if self.now > self.planned:
            since = max(self.planned, self.now - planner.LOOK_BACK)
            self.expected += due(self.team, since, self.now)
            self.planned = self.now

    @rule(seconds=st.sampled_from((0, 1, 15, 60, 3600)))
    def ticks(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self._tick()

    @rule(hours=st.integers(1, 20 * 24))
    def is_down_for_hours(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self._tick()

    @rule(microseconds=st.sampled_from((-1, 0, 1)))
    def ticks_just_when_the_morning_comes(self, microseconds: int) -> None:
        day = self.now.astimezone(CHICAGO).date() + timedelta(days=1)
        self.now = rotation.instant(day, time(8), CHICAGO) + timedelta(microseconds=microseconds)
        self._tick()

    @rule(times=st.integers(2, 4))
    def ticks_again_and_again(self, times: int) -> None:
        for _ in range(times):
            self._tick()

    @rule()
    def restarts(self) -> None:
        close_database()
        open_database(self.url)
        self._tick()

    @rule(hours=st.integers(1, 50))
    def has_its_clock_set_back(self, hours: int) -> None:
        before = self.now
        self.now -= timedelta(hours=hours)
        planner.plan(self.team.id, self.now)
        self.now = before

    @invariant()
    def everything_due_was_announced_once(self) -> None:
        rows = [row for row in log(self.team) if row.purpose not in ("missed", "off")]
        found = Counter((row.purpose, row.due_at, row.team_member_id) for row in rows)
        assert found == Counter(self.expected)
        assert all(count == 1 for count in found.values())

    @invariant()
    def only_the_newest_of_a_tick_is_still_to_be_sent(self) -> None:
        posts = [row for row in log(self.team) if row.about is not None and not row.team_member_id]
        newest = {row.created_at: row.due_at for row in posts}
        assert all(
            (row.status == "pending") == (newest[row.created_at] == row.due_at) for row in posts
        )


def test_each_event_is_announced_once_through_ticks_restarts_and_jumps(database_url: str) -> None:
    class ThisBot(Bot):
        url = database_url

    run_state_machine_as_test(
        ThisBot,
        settings=settings(
            max_examples=12,
            stateful_step_count=15,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.usefixtures("database_url")
def test_planners_at_the_same_instant_tell_it_once() -> None:
    team = support_team()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: planner.plan(team.id, MORNING), range(24)))

    assert notified(team) == [("#channel", "daily", "pending"), ("Alice", "daily", "pending")]


# --- mornings and handoffs --------------------------------------------------------------------


@pytest.fixture
def team(database_url: str) -> Team:
    """The specification's example, on Monday at 07:00."""
    assert database_url
    return support_team()


def test_nothing_is_announced_before_eight(team: Team) -> None:
    planner.plan_all(MORNING - timedelta(microseconds=1))

    assert notified(team) == []


def test_at_eight_the_person_gets_an_sms_and_the_channel_a_post(team: Team) -> None:
    planner.plan_all(MORNING)

    post, sms = log(team)
    assert sms.text == (
        "Good morning, Alice. You're on call for Support until Tue Nov 24, 8:00 AM CST. Next: Bob. "
        "Reply OK to confirm."
    )
    assert "<@U0ALICE> is on call for *Support*" in post.text
    assert (sms.status, sms.due_at, sms.next_attempt_at) == ("pending", MORNING, MORNING)
    assert sms.about == post.about == str(person(team, "Alice").id)
    with reading():
        assert Assignment.get_by_id(sms.schedule_id).start_datetime == MORNING


def test_the_second_morning_of_a_long_shift_says_so(team: Team) -> None:
    planner.plan_all(chicago("2026-11-24 08:00"))
    planner.plan_all(chicago("2026-11-25 08:00"))

    sms = [row.text for row in log(team) if row.kind == "sms" and row.status == "pending"]
    assert [text.split(" for ")[0] for text in sms] == [
        "Good morning, Bob. Day 1 of 2: you're on call",
        "Good morning, Bob. Day 2 of 2: you're on call",
    ]


def test_an_override_in_the_afternoon_is_announced_to_both_in_their_turn(
    team: Team,
) -> None:
    override(team, "Greg", "2026-11-23 14:00", "2026-11-23 18:00")

    for at in ("08:00", "14:00", "18:00"):
        planner.plan_all(chicago(f"2026-11-23 {at}"))

    assert notified(team) == [
        ("#channel", "daily", "pending"),
        ("Alice", "daily", "pending"),
        ("#channel", "handoff", "pending"),
        ("Alice", "off", "pending"),
        ("Greg", "handoff", "pending"),
        ("#channel", "handoff", "pending"),
        ("Greg", "off", "pending"),
        ("Alice", "handoff", "pending"),
    ]
    greg = log(team)[4].text
    assert greg.startswith("Greg, you're now on call for Support until Mon Nov 23, 6:00 PM CST")
    assert "covering Alice" in greg


def test_the_morning_of_an_override_tells_the_one_who_covers(team: Team) -> None:
    override(team, "Greg", "2026-11-24 08:00", "2026-11-26 08:00")

    planner.plan_all(MORNING)
    planner.plan_all(chicago("2026-11-24 08:00"))

    assert notified(team)[2:] == [("#channel", "daily", "pending"), ("Greg", "daily", "pending")]


def test_nobody_on_call_is_said_in_the_channel_and_to_no_phone(database_url: str) -> None:
    assert database_url
    team = support_team(people=2, slots=[(0, time(8), 12)])

    planner.plan_all(MORNING)
    planner.plan_all(chicago("2026-11-23 20:00"))
    planner.plan_all(chicago("2026-11-24 08:00"))

    assert notified(team) == [
        ("#channel", "daily", "pending"),
        ("Alice", "daily", "pending"),
        ("#channel", "handoff", "pending"),
        ("Alice", "off", "pending"),
        ("#channel", "daily", "pending"),
    ]
    assert [row.about for row in log(team) if row.purpose != "off"][2:] == ["", ""]
    assert "*Nobody is on call*" in log(team)[2].text


def test_two_on_call_at_once_get_an_sms_each_and_the_channel_one_post(database_url: str) -> None:
    assert database_url
    team = support_team(people=3, slots=[(0, time(8), 24), (0, time(8), 24)])

    planner.plan_all(MORNING)

    assert notified(team) == [
        ("#channel", "daily", "pending"),
        ("Alice", "daily", "pending"),
        ("Bob", "daily", "pending"),
    ]


def test_somebody_who_comes_in_beside_another_is_the_only_one_notified(database_url: str) -> None:
    assert database_url
    team = support_team(people=3, slots=[(0, time(8), 24), (0, time(12), 4)])

    planner.plan_all(MORNING)
    planner.plan_all(chicago("2026-11-23 12:00"))
    planner.plan_all(chicago("2026-11-23 16:00"))

    assert notified(team)[2:] == [
        ("#channel", "handoff", "pending"),
        ("Bob", "handoff", "pending"),
        ("#channel", "handoff", "pending"),
        ("Bob", "off", "pending"),
    ]


def test_a_team_without_a_channel_gets_its_sms(database_url: str) -> None:
    assert database_url
    team = support_team(channel=None)

    planner.plan_all(MORNING)

    assert notified(team) == [("Alice", "daily", "pending")]


@pytest.mark.parametrize(
    ("night_before", "morning"),
    [("2027-03-13 12:00", "2027-03-14 08:00"), ("2026-10-31 12:00", "2026-11-01 08:00")],
)
def test_eight_is_eight_after_both_nights_in_which_the_clocks_change(
    database_url: str, night_before: str, morning: str
) -> None:
    assert database_url
    team = support_team(chicago(night_before))
    at = chicago(night_before)

    while at <= chicago(morning) + timedelta(hours=2):
        planner.plan_all(at)
        at += timedelta(minutes=10)

    mornings = [row.due_at for row in log(team) if row.team_member_id and row.purpose == "daily"]
    assert mornings == [chicago(morning)]


def test_a_notify_time_that_is_missing_in_spring_comes_an_hour_later(database_url: str) -> None:
    assert database_url
    team = support_team(chicago("2027-03-12 12:00"))
    with writing():
        Team.update(notify_at="02:30").execute()

    for hour in range(24 * 3):
        planner.plan_all(chicago("2027-03-12 12:00") + timedelta(hours=hour))

    assert [row.due_at for row in log(team) if row.kind == "sms" and row.purpose == "daily"] == [
        chicago("2027-03-13 02:30"),
        chicago("2027-03-14 03:30"),
        chicago("2027-03-15 02:30"),
    ]


# --- late -------------------------------------------------------------------------------------


def test_a_few_minutes_late_is_not_worth_a_word(team: Team) -> None:
    planner.plan_all(MORNING + timedelta(minutes=5))

    assert all("late" not in row.text for row in log(team))


def test_a_late_morning_says_how_late_it_is(team: Team) -> None:
    planner.plan_all(chicago("2026-11-23 09:30"))

    post, sms = log(team)
    assert sms.text.endswith("(Sent 1 h 30 min late.)")
    assert "1 h 30 min late" in post.text
    assert one_segment(sms.text)


def test_after_three_days_only_the_newest_goes_out_and_one_note_says_what_was_missed(
    team: Team,
) -> None:
    planner.plan_all(NOW + timedelta(minutes=1))
    planner.plan_all(chicago("2026-11-26 10:00"))

    assert notified(team) == [
        ("#channel", "daily", "expired"),
        ("Alice", "daily", "expired"),
        ("#channel", "daily", "expired"),
        ("Bob", "daily", "expired"),
        ("#channel", "daily", "expired"),
        ("Bob", "daily", "expired"),
        ("#channel", "daily", "pending"),
        ("Carol", "daily", "pending"),
        ("#channel", "missed", "pending"),
    ]
    note = log(team)[-1].text
    assert "from Mon Nov 23, 7:01 AM CST to Thu Nov 26, 10:00 AM CST" in note
    assert note.count("• ") == 3
    assert "Tue Nov 24, 8:00 AM CST: Bob" in note


def test_somebody_still_on_call_is_notified_even_if_the_channel_has_newer_news(
    database_url: str,
) -> None:
    # Alice came on at 08:00 for the whole day; at 12:00 Bob came in beside her. Both still are.
    assert database_url
    team = support_team(people=3, slots=[(0, time(8), 24), (0, time(12), 12)])

    planner.plan_all(chicago("2026-11-23 13:00"))

    assert notified(team) == [
        ("#channel", "daily", "expired"),
        ("Alice", "daily", "pending"),
        ("#channel", "handoff", "pending"),
        ("Bob", "handoff", "pending"),
    ]


def test_events_older_than_a_week_are_not_announced(team: Team) -> None:
    schedule.regenerate(team, NOW, 20)

    planner.plan_all(chicago("2027-01-04 09:00"))

    rows = log(team)
    assert min(row.due_at for row in rows) == chicago("2026-12-28 09:00") + timedelta(hours=23)
    assert len([row for row in rows if row.status == "pending"]) == 3
    assert re.search(r"2 earlier messages|1 earlier message\b", rows[-1].text)


def test_a_clock_that_was_set_back_tells_nothing_twice(team: Team) -> None:
    planner.plan_all(MORNING)
    before = notified(team)

    planner.plan_all(NOW)
    planner.plan_all(MORNING)
    planner.plan_all(MORNING + timedelta(seconds=15))

    assert notified(team) == before


def test_a_handoff_can_not_be_slipped_in_behind_the_planners_back(team: Team) -> None:
    planner.plan_all(chicago("2026-11-23 12:00"))

    # Somebody's click of 11:59 arrives late; it counts from the instant planned up to.
    made = overrides.create(
        team,
        person(team, "Greg"),
        chicago("2026-11-23 11:59"),
        chicago("2026-11-23 18:00"),
        reason=None,
        actor=ADMIN,
        now=chicago("2026-11-23 11:59"),
    ).override
    planner.plan_all(chicago("2026-11-23 12:00") + timedelta(seconds=15))

    assert made.start_datetime == chicago("2026-11-23 12:00") + timedelta(microseconds=1)
    assert ("Greg", "handoff", "pending") in notified(team)


# --- other words ------------------------------------------------------------------------------


def test_a_test_sms_goes_out_once_a_minute(team: Team) -> None:
    fran = person(team, "Fran")

    assert queue.send_test(team, fran, NOW)
    assert not queue.send_test(team, fran, NOW + timedelta(seconds=59))
    assert queue.send_test(team, fran, NOW + timedelta(seconds=60))

    assert notified(team) == [("Fran", "test", "pending")] * 2
    assert "from Sun Nov 29, 8:00 AM." in log(team)[0].text


def test_a_line_for_the_channel_is_kept_once_per_key(team: Team) -> None:
    for _ in range(2):
        with writing():
            queue.announce(team, "warning", "warning:7", "Look here.", NOW)

    assert [row.text for row in log(team)] == ["Look here."]


def test_every_team_is_planned_by_its_own_morning(team: Team) -> None:
    berlin = support_team(name="Berlin", zone="Europe/Berlin", people=1, slots=[(0, time(8), 168)])

    planner.plan_all(MORNING)
    planner.plan_all(chicago("2026-11-24 01:00"))  # 08:00 in Berlin

    assert len(notified(team)) == 2
    # Set up in the middle of her week, Alice was texted at once.
    assert notified(berlin) == [
        ("#channel", "handoff", "pending"),
        ("Alice", "handoff", "pending"),
        ("#channel", "daily", "pending"),
        ("Alice", "daily", "pending"),
    ]
    with reading():
        assert Member.select().where(Member.phone == phone(0)).count() == 2
        assert {row.planned_until for row in Team.select()} == {chicago("2026-11-24 01:00")}
    assert berlin.anchor == MONDAY


def test_one_team_of_many_that_cannot_be_planned_holds_up_nobody(
    team: Team, caplog: pytest.LogCaptureFixture
) -> None:
    broken, last = support_team(name="Broken"), support_team(name="Last")
    with writing():
        Team.update(time_zone="Nowhere").where(Team.id == broken.id).execute()

    planner.plan_all(MORNING)
    planner.plan_all(MORNING + timedelta(seconds=15))

    assert len(notified(team)) == len(notified(last)) == 2
    assert notified(broken) == []
    assert f"team {broken.id} could not be planned" in caplog.text
    with reading():
        assert Team.get_by_id(broken.id).planned_until < MORNING


def test_the_second_day_is_counted_from_the_shifts_start() -> None:
    team = support_team(
        slots=((0, time(18), 24), (1, time(18), 48), (3, time(18), 96)), people=3, name="Evening"
    )

    def notified(at: str) -> str:
        snapshot = OnCallSnapshot(team, chicago(at), chicago(at))
        return snapshot.sms("daily", snapshot.members[0], chicago(at))

    assert "Day 1 of 2" in notified("2026-11-25 08:00")
    assert "Day 2 of 2" in notified("2026-11-26 08:00")


def test_a_preflight_warning_that_leads_get_after_midnight_is_about_the_same_morning(
    database_url: str,
) -> None:
    assert database_url
    team = support_team()
    with writing():
        queue.announce(team, "preflight", "look", "Careful.", chicago("2026-11-23 16:00"))
        post = Notification.get(Notification.dedupe_key == "look")
        queue.write_to(
            team,
            None,
            "Careful.",
            user="U0LEAD",
            purpose="preflight",
            key="lead",
            now=chicago("2026-11-24 00:30"),
            fallback_of=post,
        )
        direct = Notification.get(Notification.dedupe_key == "lead")

        for look in (post, direct):
            assert planner.morning_checked(look) == chicago("2026-11-24 08:00")
