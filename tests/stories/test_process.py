"""The bot as its own process, against any implementation of the two public APIs."""

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.slack.errors import NoAnswer
from sandbox.slack.people import SlackChannel
from sandbox.world import Person, Sandbox
from storage.database import stored_instant
from tests.stories.command_line import ROOT, bare_environment, run_bot

TEAM = """
[team]
name = "Support"
channel = "{channel}"

[[members]]
name = "Alice"
phone = "{phone}"
slack = "{slack}"

[[shifts]]
number = 1
day = "Monday"
start = "00:00"
hours = 168
"""


class Process:
    """`run_bot.py run`, started for real, or another program in its place."""

    def __init__(self, environment: dict[str, str], *program: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *(program or ("run_bot.py",)), "run"],
            cwd=ROOT,
            env={**bare_environment(), **environment},
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stderr
        for line in self._process.stderr:
            with self._news:
                self.lines.append(line)
                self._news.notify_all()

    def says(self, fragment: str, times: int = 1, within: float = 60) -> None:
        """Wait until it has logged a line with the fragment so many times."""
        with self._news:
            said = self._news.wait_for(
                lambda: sum(fragment in line for line in self.lines) >= times, within
            )
        assert said, f"{fragment!r} was not logged: {''.join(self.lines)}"

    def ends(self, sign: signal.Signals) -> int:
        """Send a signal, wait for the end, and return the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(sign)
        code = self._process.wait(20)
        self._reader.join(20)
        assert self._process.stderr
        self._process.stderr.close()
        return code


class Place:
    """A running sandbox, a database with a team of one, and processes that work on them."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.alice: Person = sandbox.person("Alice", "+13125550101", admin=True)
        self.channel: SlackChannel = sandbox.slack.channel("support", members=[self.alice.slack])
        self.database = folder / "bot.db"
        self.environment = sandbox.environment(f"sqlite:///{self.database}", LOG_LEVEL="DEBUG")
        self._processes: list[Process] = []
        team = folder / "team.toml"
        team.write_text(
            TEAM.format(channel=self.channel.id, phone=self.alice.phone.number, slack=self.alice.id)
        )
        assert run_bot("import", str(team), environment=self.environment).returncode == 0

    def starts(self, *program: str) -> Process:
        process = Process(self.environment, *program)
        self._processes.append(process)
        return process

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(self.database, timeout=10)
        try:
            with connection:
                return connection.execute(statement).fetchall()
        finally:
            connection.close()

    def clean_up(self) -> None:
        for process in self._processes:
            process.ends(signal.SIGKILL)


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for something that another process does, 20 s at most."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        threading.Event().wait(0.02)


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
    assert "Alice, you are on call for Support" in place.alice.phone.messages[0].body
    assert "@Alice is on call for Support" in place.alice.runs("/oncall", place.channel).text
    told = "".join(process.lines)
    assert place.alice.phone.number not in told
    assert place.environment["TWILIO_AUTH_TOKEN"] not in told
    assert place.environment["SLACK_BOT_TOKEN"] not in told


def test_sigterm_ends_it_cleanly_within_five_seconds(place: Place) -> None:
    process = place.starts()
    process.says("sent: SM")
    began = time.monotonic()

    assert process.ends(signal.SIGTERM) == 0
    assert time.monotonic() - began < 5
    process.says("Stopped.")


def test_sigterm_ends_it_in_time_while_twilio_hangs(place: Place) -> None:
    place.sandbox.twilio.fault("hang", times=9)
    process = place.starts()
    eventually(lambda: len(place.sandbox.twilio.requests) == 1)
    began = time.monotonic()

    assert process.ends(signal.SIGTERM) == 0
    assert time.monotonic() - began < 5
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
        assert time.monotonic() - began < 5
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
            assert time.monotonic() - began < 5


def test_sigterm_ends_it_in_time_while_it_starts(place: Place) -> None:
    place.sandbox.slack.fault("auth.test", "hang", times=9)
    process = place.starts()
    place.sandbox.slack.until(lambda: bool(place.sandbox.slack.calls("auth.test")))
    began = time.monotonic()

    assert process.ends(signal.SIGTERM) == 0
    assert time.monotonic() - began < 5


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
    assert "Good morning, Alice!" in late
    assert "min late" in late


@pytest.mark.parametrize(
    "changes", [{"SLACK_API_URL": "http://127.0.0.1:1/api/"}, {"SLACK_BOT_TOKEN": "xoxb-revoked"}]
)
def test_a_start_without_slack_sends_the_sms_all_the_same(
    place: Place, changes: dict[str, str]
) -> None:
    place.environment.update(changes)
    process = place.starts()

    process.says("SMS go out all the same; I keep trying")
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
    process.says("I look once more before I send it again")
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
