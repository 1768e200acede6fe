"""A clock that was ahead, or is set back by mistake: nobody is missed, nobody is notified twice."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling.delivery import claims, fallback, watch
from scheduling.delivery.chain import Chain, since
from scheduling.notifications import planner
from scheduling.rota import schedule
from storage.database import reading, writing
from storage.models import DeliveryAttempt, Notification, Team
from storage.statuses import OwnCode
from tests.builders import NOW, another_team, chicago, support_team
from tests.scheduling.planned import log, notified

DAY = timedelta(days=1)
# What is in the channel, and on the phones, of a morning.
BOTH = 2


def plans(now: datetime) -> list[claims.Claim]:
    """Plan at an instant, take what is due and mark it as sent; return what was taken."""
    planner.plan_all(now)
    taken = claims.take(now, frozenset(), frozenset())
    for claim in taken:
        with writing():
            Notification.update(status="delivered", sent_at=now, next_attempt_at=None).where(
                Notification.id == claim.id
            ).execute()
    return [claim for claim in taken if claim.purpose.is_duty]


@pytest.fixture
def team(database_url: str) -> Team:
    assert database_url
    return support_team()


@pytest.mark.usefixtures("team")
def test_somebody_texted_a_day_early_is_texted_on_the_true_day() -> None:
    plans(chicago("2026-11-23 15:00"))
    assert [one.due_at for one in plans(chicago("2026-11-24 15:00"))] == (
        [chicago("2026-11-24 08:00")] * BOTH
    )
    plans(chicago("2026-11-23 15:01"))
    assert plans(chicago("2026-11-24 07:59")) == []
    true = plans(chicago("2026-11-24 08:00"))

    assert sorted(one.kind for one in true) == ["announcement", "sms"]
    assert "late" not in true[0].text


def test_a_clock_that_was_set_back_by_mistake_repeats_nothing_when_it_is_right_again(
    team: Team,
) -> None:
    assert len(plans(chicago("2026-11-23 08:00"))) == BOTH
    assert len(plans(chicago("2026-11-24 08:00"))) == BOTH
    plans(chicago("2026-11-24 15:00"))
    plans(chicago("2026-11-23 15:00"))
    plans(chicago("1970-01-01 00:01"))

    assert plans(chicago("2026-11-24 15:02")) == []
    assert plans(chicago("2026-11-24 16:02")) == []
    assert len(plans(chicago("2026-11-25 08:00"))) == BOTH
    assert all(purpose != "missed" for _, purpose, _ in notified(team))


@pytest.mark.usefixtures("team")
@pytest.mark.parametrize("minutes", [1, 20, 59])
def test_the_morning_of_a_clock_that_is_an_hour_ahead_is_not_repeated_within_the_day(
    minutes: int,
) -> None:
    assert len(plans(chicago("2026-11-23 08:00"))) == BOTH
    plans(chicago("2026-11-23 08:00") - timedelta(minutes=minutes))

    assert plans(chicago("2026-11-23 08:00")) == []
    assert plans(chicago("2026-11-23 09:30")) == []
    assert len(plans(chicago("2026-11-24 08:00"))) == BOTH


def test_what_waits_since_a_clock_was_ahead_does_not_wait_for_that_time(team: Team) -> None:
    ahead, now = chicago("2026-11-23 10:00"), chicago("2026-11-23 09:00")
    plans(chicago("2026-11-23 08:00"))
    with writing():
        Notification.update(
            status="sending", next_attempt_at=None, claimed_at=ahead, watch_at=ahead
        ).execute()
        Team.update(planned_until=ahead).execute()
    planner.plan_all(now)
    with reading():
        rows = list(Notification.select().where(Notification.team == team))

    assert all(row.claimed_at <= now for row in rows)
    assert all(row.watch_at <= now for row in rows)


def the_text() -> Notification:
    with reading():
        row: Notification = Notification.get(Notification.kind == "sms")
        return row


@pytest.mark.usefixtures("team")
@pytest.mark.parametrize("hours", [1, 7, 30])
def test_what_was_tried_while_the_clock_was_ahead_is_looked_up_at_its_true_time(
    hours: int,
) -> None:
    true = chicago("2026-11-23 08:00")
    ahead = true + timedelta(hours=hours)
    planner.plan_all(ahead)
    (text,) = [one for one in claims.take(ahead, frozenset(), frozenset()) if one.kind == "sms"]
    with writing():
        DeliveryAttempt.update(
            finished_at=ahead + timedelta(seconds=10), outcome="uncertain", error_code="no answer"
        ).execute()
        Notification.update(status="uncertain", next_attempt_at=ahead + timedelta(minutes=1)).where(
            Notification.id == text.id
        ).execute()
    planner.plan_all(ahead + timedelta(minutes=1))
    corrected = true + timedelta(minutes=2)
    planner.plan_all(corrected)
    for later in (timedelta(), timedelta(minutes=5)):
        now = corrected + later
        (again,) = [one for one in claims.take(now, frozenset(), frozenset()) if one.id == text.id]
        assert again.first_try is not None
        assert again.ambiguous is not None
        assert true - timedelta(minutes=2) < again.first_try < true + timedelta(minutes=2)
        assert again.first_try < again.ambiguous.at <= corrected
        with writing():
            DeliveryAttempt.update(outcome="uncertain", error_code=OwnCode.NOT_FOUND).where(
                DeliveryAttempt.number > 1
            ).execute()
            Notification.update(status="uncertain", next_attempt_at=now).where(
                Notification.id == text.id
            ).execute()


@pytest.mark.usefixtures("team")
@pytest.mark.parametrize("status", ["sent", "retrying", "undelivered"])
def test_what_a_clock_that_was_ahead_has_sent_is_missed_in_time(status: str) -> None:
    true, step = chicago("2026-11-23 08:00"), timedelta(hours=7)
    plans(true + step)
    with writing():
        Notification.update(
            status=status,
            error_code="30003" if status == "undelivered" else None,
            sent_at=None if status == "retrying" else true + step,
            leaves_at=None if status == "retrying" else true + step + timedelta(minutes=1),
            next_attempt_at=None if status == "undelivered" else true + step + timedelta(minutes=1),
        ).where(Notification.kind == "sms").execute()
    planner.plan_all(true + step + timedelta(minutes=1))
    planner.plan_all(true + timedelta(minutes=2))

    text = the_text()
    assert text.created_at <= true + timedelta(minutes=2)
    assert since(text) <= true + timedelta(minutes=3)
    now = true + timedelta(minutes=9)
    with writing():  # Twilio was just asked, and had no receipt
        Notification.update(next_attempt_at=now + timedelta(minutes=1)).where(
            Notification.status == "sent"
        ).execute()
    fallback.advance_all(now)
    with reading():
        chain = Chain.of(the_text(), now)
        assert chain.trouble is not None
        assert chain.rows


@pytest.mark.usefixtures("team")
def test_a_warning_written_while_the_clock_was_days_ahead_is_written_again() -> None:
    true = chicago("2026-11-23 08:00")
    ahead = true + timedelta(minutes=20)
    plans(true)
    text = the_text()
    with writing():
        Notification.update(status="undelivered", error_code="30003", watch_at=true).where(
            Notification.id == text.id
        ).execute()
    fallback.advance_all(ahead)
    with writing():  # what such a clock has written, once it is found out
        Notification.update(
            created_at=true + 2 * DAY,
            due_at=true + 2 * DAY,
            moved_aside_at=true + 2 * DAY,
            dedupe_key="early:" + Notification.dedupe_key,
            status="failed",
        ).where(Notification.purpose == "warning").execute()
        Notification.update(watch_at=ahead).where(Notification.id == text.id).execute()

    fallback.advance_all(ahead)

    with reading():
        warnings = [row.moved_aside_at for row in log(text.team) if row.purpose == "warning"]
    assert sorted(warnings, key=str) == [true + 2 * DAY, None]


@pytest.mark.usefixtures("team")
def test_the_post_of_a_clock_that_was_ahead_is_kept_true_apart_from_that_of_the_true_day() -> None:
    early = {claim.id for claim in plans(chicago("2026-11-24 15:00"))}
    plans(chicago("2026-11-23 15:01"))
    now = chicago("2026-11-24 08:00")
    true = {claim.id for claim in plans(now)}
    assert (len(early), len(true)) == (BOTH, BOTH)

    for mine, others in ((early, true), (true, early)):
        with writing():
            Notification.update(next_attempt_at=None).execute()
            call = Notification.get(Notification.id.in_(mine), Notification.kind == "sms")
            watch.refresh_posts(call, now)
        with reading():
            due = {row.id for row in Notification.select() if row.next_attempt_at == now}
        assert due == mine - {call.id}
        assert due.isdisjoint(others)


@pytest.mark.usefixtures("team")
def test_a_morning_that_a_wrong_clock_planned_and_nobody_sent_is_not_sent() -> None:
    planner.plan_all(chicago("2026-11-24 15:00"))
    assert plans(chicago("2026-11-23 15:01")) == []
    assert len(plans(chicago("2026-11-24 08:00"))) == BOTH


def test_a_step_over_the_morning_while_it_is_not_believed_yet_loses_nothing(team: Team) -> None:
    plans(chicago("2026-11-23 11:00"))  # the clock is three hours ahead, and 8:00 was announced
    with writing():
        Notification.delete().execute()
    plans(chicago("2026-11-23 08:00") + timedelta(seconds=46))

    assert {one.due_at for one in log(team)} == {chicago("2026-11-23 08:00")}


@pytest.mark.usefixtures("team")
def test_a_mark_that_is_no_instant_is_put_right_too() -> None:
    with writing():
        Team.update(time_zone="Mars/Phobos").execute()
        Team._meta.database.execute_sql("UPDATE teams SET planned_until = 'soon'")
    planner.plan_all(NOW)
    with reading():
        assert Team.get().planned_until <= NOW


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    st.lists(
        st.tuples(st.integers(1, 2000), st.sampled_from([0, 0, 1, -1, 24, -24, 23, -25, 400])),
        max_size=12,
    )
)
def test_whatever_the_clock_did_each_true_morning_to_come_is_announced_once(
    database_url: str, history: list[tuple[int, int]]
) -> None:
    assert database_url
    team = another_team()
    now = NOW
    for minutes, wrong in history:  # hours by which the clock is wrong for a while
        now += timedelta(minutes=minutes)
        plans(now + timedelta(hours=wrong))
    now += timedelta(minutes=1)
    schedule.regenerate(team, now)
    plans(now)
    at = chicago(f"{now + 2 * DAY:%Y-%m-%d} 07:59")
    while now < at:
        now = min(now + timedelta(hours=5), at)
        plans(now)
    plans(now + timedelta(minutes=1))
    plans(now + timedelta(minutes=2))

    morning = [
        row
        for row in log(team)
        if row.due_at == now + timedelta(minutes=1) and not row.dedupe_key.startswith("early:")
    ]
    assert [row.status for row in morning if row.kind == "sms"] == ["delivered"]
    assert [row.status for row in morning if row.kind == "announcement"] == ["delivered"]
