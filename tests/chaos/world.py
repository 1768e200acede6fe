"""A sandbox with a bot that can crash, and the final state of its phones, channel and database."""

import re
import resource
import socket
import sqlite3
import threading
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from sandbox.demo import EXAMPLE
from sandbox.keeper import Begin, Keeper, begun
from sandbox.slack.errors import NoAnswer
from sandbox.slack.people import SlackChannel
from sandbox.world import Sandbox
from scheduling.changes import team_file
from scheduling.rota import rotation, schedule
from storage.database import close_database, open_database
from tests.chaos.steps import ORDER, full_disk, wrong_clock

VICTIM = "tests.chaos.victim"
# Real seconds: from a crash to the next start, and for what must come to pass.
PAUSE, PATIENCE = 0.02, 40.0
# Time passes from one due thing to the next, at least by this much; what is still due afterwards
# waits for something else, and for the bot's next tick.
LEAST_STEP, TICK = timedelta(seconds=1), timedelta(seconds=15)
# The storage is opened once per process, and worlds may be many.
ONE_DATABASE = threading.Lock()


class World:
    """The specification's team on a sandbox of its own, and one bot or two that keep coming.

    `start` is an aware instant. What it leaves is in `folder`: the database, and the bot's log.
    `begin` starts a bot's process.
    """

    def __init__(self, folder: Path, start: datetime, begin: Begin = begun) -> None:
        self.folder = folder
        self._begin = begin
        self.sandbox = Sandbox(start)
        self.clock = self.sandbox.clock
        data = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
        for described in data["members"]:
            admin = not self.sandbox.people
            person = self.sandbox.person(described["name"], described["phone"], admin=admin)
            described["slack"] = person.id
        self.people = {person.name: person for person in self.sandbox.people}
        members = [person.slack for person in self.sandbox.people]
        self.channel: SlackChannel = self.sandbox.slack.channel("support", members=members)
        data["team"]["channel"] = self.channel.id
        self.path = folder / "chaos.db"
        self.order = folder / "order"
        self.log = folder / "bot.log"
        self.switch = SlowSwitch()
        self._errors = self.log.open("a", encoding="utf-8")
        with ONE_DATABASE:
            open_database(f"sqlite:///{self.path}")
            try:
                self.zone = schedule.zone_of(team_file.import_team(data, start))
            finally:
                close_database()
        self.keepers = [self._keeper()]
        self.keepers[0].start()

    def _keeper(self) -> Keeper:
        environment = self.sandbox.environment(
            f"sqlite:///{self.path}",
            LOG_FORMAT="text",
            **{ORDER: str(self.order), "HEARTBEAT_URL": self.switch.url},
        )
        return Keeper(
            self.clock,
            environment,
            errors=self._errors,
            program=VICTIM,
            begin=self._begin,
            pause=PAUSE,
        )

    def close(self) -> None:
        """End the bots and everything that serves."""
        with self._errors, closing(self.sandbox), closing(self.switch):
            for keeper in self.keepers:
                keeper.stop()

    # --- processes ---

    @contextmanager
    def second_process(self) -> Iterator[None]:
        """Run a second bot beside the first, on the same database, by mistake."""
        second = self._keeper()
        self.keepers.append(second)
        try:
            second.start()
            yield
        finally:
            self.keepers.remove(second)
            second.stop()

    @property
    def starts(self) -> int:
        """How often a bot was started so far."""
        return sum(keeper.starts for keeper in self.keepers)

    def kill(self) -> None:
        """Kill the first bot in the middle of whatever it does."""
        self.keepers[0].kill()

    # --- time ---

    def tell(self) -> datetime | None:
        """Bring the bots to the clock's instant, both at once; return what is due next."""
        if len(self.keepers) == 1:
            return self.keepers[0].tell().due
        with ThreadPoolExecutor(len(self.keepers)) as threads:
            aheads = list(threads.map(Keeper.tell, self.keepers))
        return min((ahead.due for ahead in aheads if ahead.due), default=None)

    def until(self, instant: datetime) -> None:
        """Let time pass, from one due thing to the next, until an aware instant."""
        due = self.tell()
        while (now := self.clock.now()) < instant:
            self.clock.catch_up(_next(due, now, instant))
            due = self.tell()

    def in_spite_of(self, trouble: timedelta) -> None:
        """Let this much time pass while the bot may be unable to start."""
        end = self.clock.now() + trouble
        while (now := self.clock.now()) < end:
            if happens(lambda: self.keepers[0].up, 2.0):
                due = self.tell()
                self.clock.catch_up(_next(due, now, end))
            else:
                self.clock.catch_up(min(now + timedelta(minutes=1), end))

    def at(self, day: datetime, hour: int, minute: int = 0) -> datetime:
        """Return a wall-clock time of the local day of an instant."""
        local = day.astimezone(self.zone)
        return rotation.instant(local.date(), local.time().replace(hour, minute, 0, 0), self.zone)

    # --- people ---

    def steps_in(self, name: str) -> None:
        """Let an admin put somebody on call for three hours from now, until that is answered."""
        admin = self.sandbox.people[0]
        for _ in range(5):
            try:
                handle = self.people[name].slack.handle
                asked = admin.runs(f"/oncall override @{handle} now for 3 hours", self.channel)
                found = re.search(r"confirm (\d+)", str(asked.blocks))
                if found is None:
                    return  # "on call then anyway": the last try went through after all
                if admin.runs(f"/oncall confirm {found[1]}", self.channel).text.startswith("✅"):
                    return
            except NoAnswer:
                self.tell()
        raise AssertionError("nobody could make an override")

    # --- trouble with the disk ---

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the database locked, as another program may."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            yield

    def clock_is(self, wrong: str | None) -> None:
        """Let the machine's clock be wrong, as a file says (see `wrong_clock`), or right again."""
        file = wrong_clock(self.order)
        if wrong is None:
            file.unlink(missing_ok=True)
            return
        draft = file.with_suffix(".draft")
        draft.write_text(wrong, encoding="utf-8")
        draft.replace(file)

    def fill_disk(self, *, full: bool) -> None:
        """Let the first bot, and those that come after it, write no byte to a file; or again."""
        marker = full_disk(self.order)
        if full:
            marker.touch()
        else:
            marker.unlink(missing_ok=True)
        pid = self.keepers[0].pid
        if pid is not None:
            try:
                _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                soft = 0 if full else hard
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))
            except ProcessLookupError:
                return  # it died of it, and its successor looks at the marker


class SlowSwitch:
    """A dead man's switch that answers at once, or, while it is slow, a byte every three seconds.

    Its slow answers don't end before they are closed.
    """

    def __init__(self) -> None:
        self.slow = False
        self.asked_slowly = 0
        self._closing = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/ping"
        threading.Thread(target=self._serve, name="switch", daemon=True).start()

    def close(self) -> None:
        """Answer no more."""
        self._closing.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n")
            if self.slow:
                self.asked_slowly += 1
                connection.sendall(b"X-Slow: ")
                while not self._closing.wait(3):
                    connection.sendall(b".")
            connection.sendall(b"Content-Length: 0\r\n\r\n")


def _next(due: datetime | None, now: datetime, end: datetime) -> datetime:
    """Return when to look again, before or at an end, if something is due then."""
    if due is None:
        return end
    return min(now + TICK if due <= now else max(due, now + LEAST_STEP), end)


def passes(seconds: float) -> None:
    """Let real time pass, in which something is as it is."""
    threading.Event().wait(seconds)


def happens(condition: Callable[[], bool], within: float) -> bool:
    """Wait until a condition holds, at most this many real seconds; tell whether it does."""
    deadline, pause = monotonic() + within, threading.Event()
    while not (holds := condition()) and monotonic() < deadline:
        pause.wait(0.005)
    return holds
