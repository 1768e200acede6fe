"""The keeper's bot: started, killed, ended; and the clock that moves for it and the sandbox."""

import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.clock import SandboxClock
from sandbox.demo import Demo
from sandbox.keeper import Ahead, BotIsDown, Keeper, next_change

CHICAGO = ZoneInfo("America/Chicago")
SUNDAY = datetime(2026, 11, 22, 20, tzinfo=CHICAGO).astimezone(UTC)
MORNING = datetime(2026, 11, 23, 8, tzinfo=CHICAGO).astimezone(UTC)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    demo = Demo(SUNDAY, tmp_path, running=False)
    try:
        demo.start_bot()
        yield demo
    finally:
        demo.close()


def morning(ahead: Ahead) -> datetime:
    assert ahead.morning
    return ahead.morning


def received(demo: Demo, name: str) -> list[str]:
    return [
        sms.body for person in demo.people if person.name == name for sms in person.phone.messages
    ]


def test_the_bot_says_what_comes_next(demo: Demo) -> None:
    ahead = demo.keeper.tell()

    assert (ahead.morning, ahead.handoff, ahead.zone) == (MORNING, MORNING, CHICAGO)
    assert ahead.due
    assert SUNDAY < ahead.due <= SUNDAY + timedelta(seconds=15)  # whether Fran's SMS arrived
    assert demo.keeper.up
    assert demo.keeper.bot_name == "whoseonfirst"


def test_asking_the_bot_says_what_changed_and_does_nothing_else(demo: Demo) -> None:
    demo.keeper.tell()
    demo.people[0].runs("/oncall settings notify 07:00", demo.channel)
    demo.sandbox.clock.forward(hours=13)

    demo.keeper.look()

    assert demo.keeper.ahead.morning == MORNING - timedelta(hours=1)
    assert received(demo, "Bob") == []
    demo.keeper.kill()
    demo.keeper.look()
    assert demo.keeper.ahead.morning == MORNING - timedelta(hours=1)
    assert len(demo.sandbox.phones.messages) == 1


def test_a_week_passes_morning_by_morning(demo: Demo) -> None:
    demo.keeper.pass_until(lambda _: MORNING + timedelta(days=6))

    assert demo.sandbox.clock.now() == MORNING + timedelta(days=6)
    # Tuesday's shift has two days.
    assert [len(received(demo, name)) for name in ("Bob", "Carol", "Dave")] == [1, 2, 1]
    assert {sms.status for sms in demo.sandbox.phones.messages[:-1]} == {"delivered"}


def test_months_pass_and_the_schedule_is_planned_on_and_on(demo: Demo) -> None:
    demo.keeper.pass_until(lambda _: MORNING + timedelta(weeks=12))

    posts = [post.plain for post in demo.channel.messages]
    assert not [post for post in posts if "Nobody is on call" in post]
    assert sum("Good morning!" in post for post in posts) == 12 * 7 + 1


@pytest.mark.parametrize("lost", ["accept_then_hang", "hang"])
def test_killed_in_mid_send_it_comes_again_and_finds_out_whether_it_was_sent(
    demo: Demo, lost: str
) -> None:
    twilio, keeper = demo.sandbox.twilio, demo.keeper
    if lost == "hang":  # Twilio accepted nothing: it sees the call, then the bot dies
        twilio.fault("hang")
        watcher = threading.Thread(target=lambda: kill_at_the_next_call(demo))
        watcher.start()
    else:
        twilio.fault("accept_then_hang", then=keeper.kill)
    keeper.pass_until(morning)
    if lost == "hang":
        watcher.join()
    # It's looked up for five minutes, then resent.
    keeper.pass_until(lambda _: MORNING + timedelta(minutes=7))

    assert keeper.starts == 2
    assert [body.partition(".")[0] for body in received(demo, "Bob")] == ["Good morning, Bob"]
    (status,) = sql(demo, "SELECT status FROM notification_log WHERE kind = 'sms' AND id > 2")
    assert status == ("delivered",)


def kill_at_the_next_call(demo: Demo) -> None:
    before = len(demo.sandbox.twilio.requests)
    for _ in range(2000):
        if len(demo.sandbox.twilio.requests) > before:
            break
        threading.Event().wait(0.01)
    demo.keeper.kill()


def sql(demo: Demo, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(demo.database_url.removeprefix("sqlite:///"))
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def test_while_slack_is_away_a_bot_that_died_comes_as_soon_as_it_can(demo: Demo) -> None:
    demo.sandbox.slack.trouble("503")
    demo.keeper.kill()
    asked = len(demo.sandbox.slack.calls("auth.test"))
    demo.sandbox.slack.until(lambda: len(demo.sandbox.slack.calls("auth.test")) > asked, 20)
    assert not demo.keeper.up

    demo.sandbox.slack.recover()

    demo.keeper.tell()
    assert demo.keeper.up


def test_a_bot_that_cannot_start_is_not_tried_for_ever(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w+") as errors:
        keeper = Keeper(SandboxClock(SUNDAY), {"LOG_LEVEL": "LOUD"}, errors=errors)
        with pytest.raises(BotIsDown):
            keeper.start()
        keeper.stop()
        errors.seek(0)
        assert "LOG_LEVEL must be one of" in errors.read()


def test_time_stops_when_it_is_halted_and_nobody_waits_for_a_year(demo: Demo) -> None:
    def year() -> threading.Thread:
        there = [lambda _: MORNING + timedelta(days=365)]
        passing = threading.Thread(target=demo.keeper.pass_until, args=there)
        passing.start()
        return passing

    first = year()
    demo.sandbox.slack.until(lambda: len(demo.channel.messages) > 3)
    demo.keeper.halt()
    first.join(20)
    assert not demo.keeper.moving
    posts = len(demo.channel.messages)
    both = [year(), year()]
    demo.sandbox.slack.until(lambda: len(demo.channel.messages) > posts + 1)
    demo.keeper.halt()
    for one in both:
        one.join(20)
    assert not demo.keeper.moving
    assert demo.sandbox.clock.now() < MORNING + timedelta(days=365)


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ZONES = ["America/Chicago", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago"]


@given(
    st.sampled_from(ZONES),
    st.integers(0, 15 * 365 * 24 * 60).map(lambda minutes: LONG_AGO + timedelta(minutes=minutes)),
    st.booleans(),
)
def test_the_clocks_change_in_the_night_after_that_evening(
    zone_name: str, now: datetime, forward: bool
) -> None:
    zone = ZoneInfo(zone_name)
    evening = next_change(zone, now, forward=forward)

    def ahead_of_utc(at: datetime) -> timedelta:
        return at.astimezone(zone).utcoffset() or timedelta()

    assert now < evening <= now + timedelta(days=400)
    assert (evening.astimezone(zone).hour, evening.astimezone(zone).minute) == (20, 0)
    change = ahead_of_utc(evening + timedelta(hours=16)) - ahead_of_utc(evening)
    assert (change > timedelta()) == forward
    assert change != timedelta()


def test_where_the_clocks_never_change_that_is_said() -> None:
    with pytest.raises(LookupError, match="Asia/Tokyo has no daylight saving time"):
        next_change(ZoneInfo("Asia/Tokyo"), SUNDAY, forward=True)
