"""Keeps a bot running on the sandbox, as a supervisor does, and moves the clock for both."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import IO, Protocol, Self
from zoneinfo import ZoneInfo

from sandbox.clock import SandboxClock

ROOT = Path(__file__).parents[1]
# Real seconds: the pause between a crash and the next start; how long a start or answer may take.
PAUSE, PATIENCE = 1.5, 30.0
# How long to wait while somebody else is moving the clock.
TURN = 3.0
# The clock jumps from one due thing to the next, but never by less than this.
LEAST_STEP = timedelta(seconds=1)

NOWHERE = ZoneInfo("America/Chicago")  # the default for a first team


class BotIsDown(Exception):
    """The bot died, or doesn't start."""


class TimePasses(Exception):
    """Somebody else is already moving the clock."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What comes next, according to the bot: aware instants in UTC, None where nothing does.

    `due` is when anything happens at all, `morning` the first team's next notify time, `handoff`
    when that team's on-call person next changes. `zone` is its time zone (Chicago while there is
    no team), and `twelve` whether it uses a 12-hour clock ("8:00 PM", not "20:00").
    """

    due: datetime | None = None
    morning: datetime | None = None
    handoff: datetime | None = None
    zone: ZoneInfo = NOWHERE
    twelve: bool = True

    @classmethod
    def read(cls, line: str) -> Self:
        """Read what the bot said."""
        said = json.loads(line)

        def instant(name: str) -> datetime | None:
            return datetime.fromisoformat(said[name]) if said[name] else None

        zone = ZoneInfo(said["zone"]) if said["zone"] else NOWHERE
        twelve = bool(said["twelve"])
        return cls(instant("due"), instant("morning"), instant("handoff"), zone, twelve)


class Process(Protocol):
    """The part of `subprocess.Popen` that a keeper needs."""

    stdin: IO[str] | None
    stdout: IO[str] | None
    pid: int

    def kill(self) -> None:
        """Kill it without warning, as when the machine dies."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for it to end; raises subprocess.TimeoutExpired."""


def begun(program: str, environment: dict[str, str], errors: IO[str] | None) -> Process:
    """Start a module as a program, with pipes to talk to it."""
    return subprocess.Popen(
        [sys.executable, "-m", program],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        start_new_session=True,  # Ctrl-C is for us only; the bot ends when its input does
    )


Begin = Callable[[str, dict[str, str], IO[str] | None], Process]


class Keeper:
    """One bot in a process of its own, which is restarted when it is killed or dies.

    Its only settings are those in `environment`. `program` is the module that is run,
    `begin` starts it, and `pause` is the real seconds from a crash to the next start. May be used
    from any thread.
    """

    def __init__(
        self,
        clock: SandboxClock,
        environment: dict[str, str],
        *,
        errors: IO[str] | None = None,
        program: str = "sandbox.kept_bot",
        begin: Begin = begun,
        pause: float = PAUSE,
    ) -> None:
        self._clock = clock
        self._program = program
        self._begin = begin
        self._pause = pause
        kept = ("PATH", "HOME", "LANG", "SYSTEMROOT")
        self._environment = {name: os.environ[name] for name in kept if name in os.environ}
        self._environment |= environment
        self._errors = errors
        self._process: Process | None = None
        self._news = threading.Condition()
        self._up = False
        self._stopping = False
        self._stays_dead = False
        self._talking = threading.Lock()
        self._moving = threading.Lock()
        self._halts = 0
        self._watcher = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self.starts = 0
        self.bot_name = ""
        self.ahead = Ahead()

    # --- the process ---

    def start(self) -> None:
        """Start the bot and let it do what is due; raises BotIsDown."""
        self._watcher.start()
        self.tell()

    def stop(self) -> None:
        """End it as SIGTERM does, and don't restart it."""
        with self._news:
            self._stopping = True
            self._news.notify_all()
            process = self._process
        self.halt()
        if process and process.stdin:
            with suppress(OSError):  # it died in the meantime
                process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        if self._watcher.is_alive():
            self._watcher.join()

    def kill(self) -> None:
        """Kill it in the middle of whatever it's doing; it restarts by itself."""
        with self._news:
            self._up = False
            if self._process:
                self._process.kill()

    def stays_dead(self, stays: bool) -> None:
        """Set whether the bot, once dead, stays dead instead of restarting by itself."""
        with self._news:
            self._stays_dead = stays
            self._news.notify_all()

    @property
    def pid(self) -> int | None:
        """The id of the latest process; None before the first start."""
        return self._process.pid if self._process else None

    @property
    def up(self) -> bool:
        """Whether it runs and is connected."""
        return self._up

    def _keep(self) -> None:
        while True:
            with self._news:
                if self._stopping:
                    return
                process = self._process = self._begin(
                    self._program, self._environment, self._errors
                )
            try:
                self._greet(process)
            except BotIsDown:
                process.kill()
                self._stopping = self._stopping or not self.starts  # and never will be
            process.wait()
            with self._news:
                self._up = False
                self._news.notify_all()
                self._news.wait_for(lambda: self._stopping, self._pause)
                self._news.wait_for(lambda: self._stopping or not self._stays_dead)
            with self._talking:
                _close(process)

    def _greet(self, process: Process) -> None:
        facts = {"now": self._clock.now().isoformat(), "running": self._clock.running}
        hello = json.loads(_exchange(process, facts))
        with self._news:
            self.bot_name = hello["bot"]
            self.starts += 1
            self._up = True
            self._news.notify_all()

    def _wait_until_up(self, deadline: float) -> Process:
        with self._news:
            there = self._news.wait_for(
                lambda: self._up or self._stopping, max(deadline - monotonic(), 0)
            )
            if not there or self._stopping or self._process is None:
                raise BotIsDown("the bot does not come up")
            return self._process

    # --- time ---

    def tell(self) -> Ahead:
        """Move the bot to the clock's instant, let it do what is due, return what comes next.

        If it dies doing that, the restarted bot does it. Raises BotIsDown.
        """
        deadline = monotonic() + PATIENCE
        while True:
            process = self._wait_until_up(deadline)
            try:
                with self._talking:
                    answer = _exchange(process, {"now": self._clock.now().isoformat()})
                    self.ahead = ahead = Ahead.read(answer)
            except BotIsDown:
                with self._news:
                    self._news.wait_for(lambda: not self._up or self._stopping, PAUSE)
            else:
                return ahead

    def look(self) -> None:
        """Ask the bot what comes next, because somebody may have changed that in Slack.

        Nothing else happens. While the bot is down, `ahead` stays as it is; the restarted bot gets
        the time and updates it.
        """
        with self._talking:
            if self._up and self._process:
                with suppress(BotIsDown):
                    self.ahead = Ahead.read(_exchange(self._process, {"now": None}))

    def pass_until(self, choose: Callable[[Ahead], datetime]) -> None:
        """Move the clock, from one due thing to the next, to the instant that `choose` picks.

        A caller who comes while the clock is moving waits briefly, so that two requests for one
        minute each make two minutes. Raises TimePasses if the wait gets long, BotIsDown, and what
        `choose` raises. `halt` ends it.
        """
        halts = self._halts
        if not self._moving.acquire(timeout=TURN):
            raise TimePasses
        try:
            ahead = self.tell()
            instant = choose(ahead)
            while (now := self._clock.now()) < instant and self._halts == halts:
                step = max(ahead.due or instant, now + LEAST_STEP)
                self._clock.catch_up(min(step, instant))
                ahead = self.tell()
        finally:
            self._moving.release()

    def halt(self) -> None:
        """Stop the clock where it is, for those waiting for their turn, too."""
        self._halts += 1

    @property
    def moving(self) -> bool:
        """Whether somebody is moving the clock."""
        return self._moving.locked()


def _exchange(process: Process, facts: dict[str, object]) -> str:
    """Send a line and return the answer; raises BotIsDown."""
    if process.stdin is None or process.stdout is None:
        raise BotIsDown("it has no pipes")
    try:
        process.stdin.write(json.dumps(facts) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
    except (OSError, ValueError) as error:  # ValueError: the pipe was closed by `stop`
        raise BotIsDown(str(error)) from error
    if not answer:
        raise BotIsDown("it died")
    return answer


def _close(process: Process) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(OSError):  # the rest of what we sent doesn't matter anymore
                pipe.close()


def next_change(zone: ZoneInfo, after: datetime, *, forward: bool) -> datetime:
    """Return 20:00 on the evening before the clocks next go forward (or back) in a zone.

    Raises LookupError where they never do.
    """
    evening = after.astimezone(zone).replace(hour=20, minute=0, second=0, microsecond=0, fold=0)
    for _ in range(400):
        morning = (evening + timedelta(hours=16)).replace(fold=0)
        before, then = evening.utcoffset() or timedelta(), morning.utcoffset() or timedelta()
        if evening > after and (then > before if forward else then < before):
            return evening.astimezone(UTC)
        evening += timedelta(days=1)
    raise LookupError(f"{zone.key} has no daylight saving time")
