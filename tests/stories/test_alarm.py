"""What people read if the bot can't write, or if one team fails."""

import logging

import pytest
from peewee import OperationalError

from bot.quiet import Quiet
from scheduling.delivery import fallback
from scheduling.notifications import queue
from storage.database import database, reading, writing
from storage.models import Notification, Team
from tests.stories.conftest import World


def test_where_nothing_can_be_written_people_read_that_once_and_that_it_is_over(
    support: World,
) -> None:
    support.until("2026-11-23 07:59")
    with support.locked():
        for seconds in (60, 40, 15):
            with pytest.raises(OperationalError):
                support.passes(seconds=seconds)
        support.alarmed()
        support.sees_post(
            "⚠️ I haven’t been able to text or post for Support since Mon Nov 23, 8:00 AM",
            "my database is locked by another program",
            "On call now: @Alice",
        )
        support.sees_no_post()
        support.direct("Alice", "I haven’t been able to text or post anything since", "locked")
    support.passes(seconds=15)
    support.alarmed()

    support.reads("Alice", "Good morning, Alice.")
    support.sees_posts(("✅ I can text and post again",), ("@Alice is on call for Support",))
    support.direct("Alice", "✅ I can text and post again")
    support.passes(minutes=2)
    support.alarmed()
    support.sees_no_post()


def test_what_nobody_can_write_is_tried_once_not_for_each_row(
    support: World, caplog: pytest.LogCaptureFixture
) -> None:
    support.until("2026-11-23 08:00")
    support.passes(seconds=30)
    support.forgets_mail()
    with writing():
        sales = {**Team.get().__data__, "id": None, "name": "Sales", "channel_id": "C0SALES01"}
        Team.insert(sales).execute()
        calls = Notification.select().where(Notification.purpose == "daily")
        Notification.update(watch_at=support.clock.now()).where(
            Notification.id.in_([one.id for one in calls])
        ).execute()
    assert support.bot
    caplog.clear()
    with support.locked():
        with pytest.raises(OperationalError):
            fallback.advance_all(support.clock.now())
        support.bot.jobs.extend()

    assert len([record for record in caplog.records if record.exc_info]) == 1


def test_a_lock_of_some_seconds_is_not_reported(support: World) -> None:
    support.until("2026-11-23 07:59")
    with support.locked(), pytest.raises(OperationalError):
        support.passes(seconds=60)
    support.passes(seconds=15)
    support.alarmed()

    support.reads("Alice", "Good morning, Alice.")
    support.sees_post("@Alice is on call for Support")
    support.sees_no_post()


def test_a_broken_team_is_reported_once_and_holds_up_no_other(support: World) -> None:
    sales = support.sandbox.slack.channel("sales", members=[support.people["Alice"].slack])
    with writing():
        team = Team.get(Team.name == "Support")
        other = {**team.__data__, "id": None, "name": "Sales", "channel_id": sales.id}
        Team.insert({**other, "time_zone": "Mars/Phobos"}).execute()
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning, Alice.")
    support.sees_post("@Alice is on call for Support")
    for _ in range(8):
        support.passes(seconds=15)
    support.alarmed()

    said = [post.plain for post in sales.messages]
    assert len(said) == 1
    assert "I can’t plan what to send for Sales" in said[0]
    assert "Mars/Phobos" in said[0]
    support.direct("Alice", "I can’t plan what to send for Sales")
    support.sees_no_post()

    with writing():
        Team.update(time_zone="America/Chicago").where(Team.name == "Sales").execute()
    support.passes(seconds=15)
    support.alarmed()
    assert any(
        "✅ I can plan what to send for Sales again" in post.plain for post in sales.messages
    )
    with reading():
        assert Team.get(Team.name == "Sales").planned_until == support.clock.now()


def test_a_row_that_cannot_be_read_holds_up_nobody(
    support: World, caplog: pytest.LogCaptureFixture
) -> None:
    with writing():
        team = Team.get(Team.name == "Support")
        other = Team.insert({**team.__data__, "id": None, "name": "Other"}).execute()
        queue.announce(Team.get_by_id(other), "missed", "a line", "A line", support.clock.now())
        database.execute_sql(
            "UPDATE teams SET anchor = 'someday', created_at = 'once' WHERE id = ?", (other,)
        )
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning, Alice.")
    support.sees_post("@Alice is on call for Support")
    caplog.clear()

    support.stops_bot()
    support.starts_bot()
    caplog.clear()  # a traceback that is kept keeps its cursor open
    support.replies("Alice", "OK")
    support.reads("Alice", "on call for Support")


def test_a_failure_that_repeats_is_written_once_in_full_and_then_now_and_then() -> None:
    quiet = Quiet()

    def written(words: str) -> logging.LogRecord | None:
        try:
            raise OperationalError(words)
        except OperationalError as error:
            said = (type(error), error, error.__traceback__)
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "it failed", (), said)
        return record if quiet.filter(record) else None

    first = written("database or disk is full")
    assert first
    assert first.exc_info
    assert all(written("database or disk is full") is None for _ in range(50))
    assert written("database is locked")
