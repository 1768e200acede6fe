"""The bot as its own process, against any implementation of the two public APIs."""

import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.slack.errors import NoAnswer
from sandbox.world import Sandbox
from storage.database import stored_instant
from tests.stories.command_line import run_bot
from tests.stories.processes import Place, eventually

# Seconds after which systemd and Docker kill it, as our examples set them. It needs half of that on
# an idle machine.
KILLED_AFTER = 10


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with Sandbox(running=True) as sandbox:
        place = Place(sandbox, tmp_path)
        try:
            yield place
        finally:
            place.clean_up()


def test_it_says_what_it_is_connected_to_and_tells_who_is_on_call(place: Place) -> None:
    process = place.starts()

    process.says("Connected to Slack as")
    process.says("sent: SM")
    eventually(lambda: len(place.channel.messages) == 1)
    assert "Alice, you're now on call for Support" in place.alice.phone.messages[0].body
    assert "@Alice is on call for Support" in place.alice.runs("/oncall", place.channel).text
    said = "".join(process.lines)
    assert place.alice.phone.number not in said
    assert place.environment["TWILIO_AUTH_TOKEN"] not in said
    assert place.environment["SLACK_BOT_TOKEN"] not in said


def test_sigterm_ends_it_cleanly_and_in_time(place: Place) -> None:
    process = place.starts()
    process.says("sent: SM")
    began = time.monotonic()

    assert process.ends(signal.SIGTERM) == 0
    assert time.monotonic() - began < KILLED_AFTER
    process.says("Stopped.")


def test_sigterm_ends_it_in_time_while_twilio_hangs(place: Place) -> None:
    place.sandbox.twilio.fault("hang", times=9)
    process = place.starts()
    eventually(lambda: len(place.sandbox.twilio.requests) == 1)
    began = time.monotonic()

    assert process.ends(signal.SIGTERM) == 0
    assert time.monotonic() - began < KILLED_AFTER
    assert place.sql("SELECT status FROM notification_log WHERE kind = 'sms'") == [("sending",)]


def test_sigterm_ends_it_in_time_while_slack_hangs(place: Place) -> None:
    process = place.starts()
    process.says("sent: SM")
    slack = place.sandbox.slack
    slack.fault("users.info", "hang", times=9)
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(place.alice.runs, "/oncall members", place.channel)
        slack.until(lambda: bool(slack.calls("users.info")))
        began = time.monotonic()

        assert process.ends(signal.SIGTERM) == 0
        assert time.monotonic() - began < KILLED_AFTER
        assert isinstance(asked.exception(), NoAnswer)


def test_sigterm_ends_it_in_time_while_the_planner_waits_for_the_database(place: Place) -> None:
    process = place.starts()
    process.says("sent: SM")
    with closing(sqlite3.connect(place.database, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        # What it asks for here makes it tick at once, and wait for the lock.
        with ThreadPoolExecutor(1) as threads:
            threads.submit(place.alice.runs, "/oncall test", place.channel)
            threading.Event().wait(0.5)
            began = time.monotonic()

            assert process.ends(signal.SIGTERM) == 0
            assert time.monotonic() - began < KILLED_AFTER


def test_sigterm_ends_it_in_time_while_it_starts(place: Place) -> None:
    place.sandbox.slack.fault("auth.test", "hang", times=9)
    process = place.starts()
    place.sandbox.slack.until(lambda: bool(place.sandbox.slack.calls("auth.test")))
    began = time.monotonic()

    assert process.ends(signal.SIGTERM) == 0
    assert time.monotonic() - began < KILLED_AFTER


def test_killed_after_sending_and_started_again_it_does_not_repeat(place: Place) -> None:
    process = place.starts()
    process.says("sent: SM")
    eventually(lambda: len(place.channel.messages) == 1)
    process.ends(signal.SIGKILL)

    again = place.starts()
    again.says("Connected to Slack as")
    _has_ticked(place)
    assert len(place.alice.phone.messages) == 1
    assert len(place.channel.messages) == 1


def test_killed_in_the_middle_of_an_sms_that_went_out_it_finds_that_out(place: Place) -> None:
    place.sandbox.twilio.fault("accept_then_hang")
    process = place.starts()
    eventually(lambda: len(place.alice.phone.messages) == 1)
    process.ends(signal.SIGKILL)
    _a_minute_passes(place)

    place.starts().says("sent: SM")
    assert len(place.alice.phone.messages) == 1
    assert len(place.sandbox.twilio.requests) == 1


def test_killed_in_the_middle_of_an_sms_that_did_not_go_out_it_sends_it(place: Place) -> None:
    place.sandbox.twilio.fault("hang")
    process = place.starts()
    eventually(lambda: len(place.sandbox.twilio.requests) == 1)
    process.ends(signal.SIGKILL)
    _a_minute_passes(place)
    _looks_once(place)

    place.starts().says("sent: SM")
    assert len(place.alice.phone.messages) == 1


def test_killed_in_the_middle_of_a_post_it_posts_it_exactly_once(place: Place) -> None:
    place.sandbox.slack.fault("chat.postMessage", "hang")
    process = place.starts()
    process.says("sent: SM")
    eventually(lambda: bool(place.sandbox.slack.calls("chat.postMessage")))
    process.ends(signal.SIGKILL)
    _a_minute_passes(place)
    _looks_once(place)

    place.starts().says("sent: 1")
    assert len(place.channel.messages) == 1


def test_down_over_the_morning_it_sends_it_late_and_says_so(place: Place) -> None:
    process = place.starts()
    process.says("sent: SM")
    process.ends(signal.SIGKILL)
    # As if the night had passed: the notify time was ten minutes ago, and we were not there.
    ago = place.sandbox.clock.now().timestamp() - 600
    place.sql(
        "UPDATE notification_log SET due_at = strftime('%Y-%m-%d %H:%M:%f000', "
        f"{ago - 3600}, 'unixepoch')"
    )
    place.sql(
        "UPDATE schedule SET start_datetime = strftime('%Y-%m-%d %H:%M:%f000', "
        f"{ago - 3600}, 'unixepoch') WHERE start_datetime < strftime('%Y-%m-%d %H:%M:%f', 'now')"
    )
    place.sql(
        "UPDATE teams SET notify_at = strftime('%H:%M', "
        f"{ago}, 'unixepoch'), time_zone = 'UTC', planned_until = strftime("
        f"'%Y-%m-%d %H:%M:%f000', {ago - 3600}, 'unixepoch'), created_at = strftime("
        f"'%Y-%m-%d %H:%M:%f000', {ago - 3600}, 'unixepoch')"
    )

    place.starts().says("sent: SM")
    late = place.alice.phone.messages[-1].body
    assert "Good morning, Alice." in late
    assert "min late" in late


@pytest.mark.parametrize(
    "changes", [{"SLACK_API_URL": "http://127.0.0.1:1/api/"}, {"SLACK_BOT_TOKEN": "xoxb-revoked"}]
)
def test_a_start_without_slack_sends_the_sms_all_the_same(
    place: Place, changes: dict[str, str]
) -> None:
    place.environment.update(changes)
    process = place.starts()

    process.says("Texts still go out; I'll keep trying")
    process.says("sent: SM")
    assert len(place.alice.phone.messages) == 1
    eventually(lambda: bool(place.sql("SELECT * FROM heartbeat WHERE NOT slack_connected")))
    assert process.ends(signal.SIGTERM) == 0


def test_health_reads_the_heartbeat(place: Place) -> None:
    process = place.starts()
    process.says("Connected to Slack as")
    eventually(lambda: bool(place.sql("SELECT * FROM heartbeat")))
    assert run_bot("health", environment=place.environment).returncode == 0

    process.ends(signal.SIGTERM)
    place.sql("UPDATE heartbeat SET beaten_at = '2026-01-01 00:00:00.000000'")
    old = run_bot("health", environment=place.environment)
    assert old.returncode == 1
    assert "last heartbeat" in old.stderr


def _a_minute_passes(place: Place) -> None:
    """Let what was claimed be older than any call can take, and than Twilio's list can be late."""
    place.sql("UPDATE notification_log SET claimed_at = '2026-01-01 00:00:00.000000'")
    ago = place.sandbox.clock.now() - timedelta(minutes=6)
    place.sql(f"UPDATE delivery_attempts SET started_at = '{stored_instant(ago)}'")


def _looks_once(place: Place) -> None:
    """Let it look for what may have gone out; a minute later it would look once more."""
    process = place.starts()
    process.says("check once more before resending it")
    process.ends(signal.SIGTERM)
    place.sql(
        "UPDATE notification_log SET next_attempt_at = '2026-01-01 00:00:00.000000'"
        " WHERE status = 'uncertain'"
    )


def _has_ticked(place: Place) -> None:
    """Wait for the first thing of a tick that is seen from outside: it asks for replies."""
    asked = [call.operation for call in place.sandbox.twilio.calls].count("list")
    eventually(
        lambda: [call.operation for call in place.sandbox.twilio.calls].count("list") > asked
    )
