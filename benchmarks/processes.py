"""Bots as processes of their own, each on a sandbox of its own."""

import os
import subprocess
import sys
import tempfile
import tomllib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import IO, Any

from benchmarks.data import url
from sandbox.world import Sandbox
from scheduling.changes import team_file
from scheduling.clock import SystemClock
from storage.database import close_database, open_database
from storage.models import DAYS

ROOT = Path(__file__).parents[1]
TEAM = ROOT / "examples" / "support-team.toml"

OUR_BOT = (str(ROOT / "run_bot.py"), "run")
BARE_BOT = (str(ROOT / "benchmarks" / "bare_bot.py"),)
BARE_START = (str(ROOT / "benchmarks" / "bare_start.py"),)


class Workplace:
    """A running sandbox with Alice, an admin, in a channel, and a database with her team.

    The team is the example's, with only her in Slack, or a `large` one that is all in Slack: 50
    people and 14 shifts a week.
    """

    def __init__(self, sandbox: Sandbox, folder: Path, *, large: bool = False) -> None:
        self._sandbox = sandbox
        self._folder = folder
        self.slack = sandbox.slack
        self.alice = sandbox.person("Alice", "+13125550101", admin=True)
        self.channel = sandbox.slack.channel("support", members=[self.alice.slack])
        self._database = url(folder / "bot.db")
        team = tomllib.loads(TEAM.read_text(encoding="utf-8"))
        if large:
            team["members"] = _many_members()
            team["shifts"] = _two_shifts_a_day()
        team["team"]["channel"] = self.channel.id
        team["members"][0]["slack"] = self.alice.id
        for member in team["members"][1:]:
            if large:
                member["slack"] = sandbox.person(member["name"], member["phone"]).id
            else:
                sandbox.phones.phone(member["phone"], owner=member["name"])
        open_database(self._database)
        team_file.import_team(team, SystemClock().now())
        close_database()

    @contextmanager
    def bot(self, *program: str, **more: str) -> Iterator["Connected"]:
        """Run a Python program, which prints to standard error once it's connected, then kill it.

        Its environment has the sandbox's settings, Alice's number as $TO, and the $CHANNEL.
        """
        more |= {"TO": self.alice.phone.number, "CHANNEL": self.channel.id, "LOG_FORMAT": "text"}
        settings = self._sandbox.environment(self._database, **more)
        began = perf_counter()
        process = subprocess.Popen(
            [sys.executable, *program],
            cwd=self._folder,  # not the developer's own, because of its .env
            env={"PATH": os.environ.get("PATH", ""), **settings},
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield Connected(process, began)
        finally:
            process.kill()
            process.wait()


def _many_members() -> list[dict[str, Any]]:
    found = [{"name": f"Member {n}", "phone": f"+13125550{n:03}"} for n in range(101, 151)]
    found[0]["name"] = "Alice"
    return found


def _two_shifts_a_day() -> list[dict[str, Any]]:
    return [
        {
            "number": number + 1,
            "day": DAYS[number // 2],
            "start": ("08:00", "20:00")[number % 2],
            "hours": 12,
        }
        for number in range(14)
    ]


class Connected:
    """A connected process. `seconds` is how long it took to connect."""

    def __init__(self, process: "subprocess.Popen[str]", began: float) -> None:
        self._process = process
        said = []
        for line in process.stderr or ():
            said.append(line)
            if "connected" in line.lower():
                self.seconds = perf_counter() - began
                # Keep reading its log, because a full pipe would block it.
                Thread(target=_read_on, args=(process.stderr,), daemon=True).start()
                return
        raise RuntimeError(f"it did not connect: {''.join(said)}")

    @property
    def resident(self) -> float:
        """The process's resident memory in MiB."""
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("the process has no memory: it has ended")


def _read_on(stream: IO[str]) -> None:
    with stream:
        deque(stream, maxlen=0)


@contextmanager
def workplace(*, large: bool = False) -> Iterator[Workplace]:
    """Open a workplace for one bot."""
    with tempfile.TemporaryDirectory() as folder, Sandbox(running=True) as sandbox:
        yield Workplace(sandbox, Path(folder), large=large)
