"""The real process: started, listened to, and ended."""

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sandbox.slack.people import SlackChannel
from sandbox.world import Person, Sandbox
from tests.stories.command_line import ROOT, bare_environment, run_bot

TEAM = """
[team]
name = "Support"
channel = "{channel}"
notify_at = "{notify_at}"

[[members]]
name = "Alice"
phone = "{phone}"
slack = "{slack}"

[[shifts]]
number = 1
day = "{day}"
start = "00:00"
hours = 168
"""


class Process:
    """`run_bot.py run`, or another program, really started."""

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
        """Wait until it has logged the fragment this many times."""
        with self._news:
            said = self._news.wait_for(
                lambda: sum(fragment in line for line in self.lines) >= times, within
            )
        assert said, f"{fragment!r} was not logged: {''.join(self.lines)}"

    def ends(self, sign: signal.Signals) -> int:
        """Send a signal, wait for the end, and return the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(sign)
        code = self._process.wait(60)
        self._reader.join(60)
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
        # Neither the morning nor the handoff comes while a test runs, whenever that is.
        local = datetime.now(ZoneInfo("America/Chicago"))
        team.write_text(
            TEAM.format(
                channel=self.channel.id,
                phone=self.alice.phone.number,
                slack=self.alice.id,
                notify_at=f"{local + timedelta(hours=12):%H}:00",
                day=f"{local + timedelta(days=4):%A}",
            )
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
    """Wait for another process to do something, at most 60 s."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        threading.Event().wait(0.02)
