"""The bot of `sandbox.kept_bot`, which kills itself at the step it is given.

Nothing of ours is patched: SQLite tells each statement before it runs, and Python's audit events
tell of each request that leaves. Before it dies it removes the order, so that its successor lives.
"""

import os
import re
import resource
import signal
import sqlite3
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox import kept_bot
from sandbox.clock import SandboxClock
from scheduling.clock import Clock, SteadyClock
from tests.chaos.steps import ORDER, Order, Step, full_disk, wrong_clock

# What a transaction is for, by a statement in it. The bot words its hot ones itself, peewee quotes.
PLAN, CLAIM, RECORD, RECEIPT = "plan", "claim", "record", "receipt"
SIGNS = {
    PLAN: re.compile(r"\s*INSERT INTO notification_log"),
    CLAIM: re.compile(r"\s*UPDATE notification_log SET status = 'sending'"),
    RECORD: re.compile(r"\s*UPDATE notification_log SET status = '(?:sent|delivered)'"),
    RECEIPT: re.compile(r"""UPDATE "notification_log" SET .*"status" = 'delivered'""", re.DOTALL),
}
BEFORE = {
    PLAN: Step.BEFORE_PLAN,
    CLAIM: Step.BEFORE_CLAIM,
    RECORD: Step.BEFORE_RECORD,
    RECEIPT: Step.BEFORE_RECEIPT,
}
WITHIN = {PLAN: Step.WITHIN_PLAN, CLAIM: Step.WITHIN_CLAIM, RECORD: Step.WITHIN_RECORD}
AFTER = {PLAN: Step.AFTER_PLAN, CLAIM: Step.AFTER_CLAIM, RECORD: Step.AFTER_RECORD}
# A record is of an SMS or of a post, and that one is known by the receipt of the other kind.
OF_AN_SMS = re.compile(r"twilio_sid = 'SM")
SMS_CALL = re.compile(rb"POST \S+/Messages\.json ")
POST_CALL = re.compile(rb"POST /api/chat\.postMessage ")
# Real seconds for which one message waits until the other one is on record, to die between them.
PATIENCE = 8.0


class Victim:
    """Watches what this process does, and ends it at the step of the order."""

    def __init__(self, order: Path) -> None:
        self._order = order
        self._here = _Here()
        self._lock = threading.Lock()
        self._run, self._times = -1, 0
        self._recorded = {"sms": threading.Event(), "post": threading.Event()}

    def watch(self) -> None:
        """Look at every statement and every request from now on."""
        connect = sqlite3.connect

        def traced(*args: Any, **kwargs: Any) -> sqlite3.Connection:
            connection: sqlite3.Connection = connect(*args, **kwargs)
            connection.set_trace_callback(self._statement)
            return connection

        # The audit event of a new connection comes before it takes a callback.
        sqlite3.connect = traced  # type: ignore[assignment]
        sys.addaudithook(self._event)

    def _statement(self, sql: str) -> None:
        """Take note of a statement, which is about to run in this thread."""
        here = self._here
        self._committed()
        self._comes(Step.ANY_STATEMENT)
        if sql.startswith("BEGIN"):
            here.doing.clear()
        elif sql == "COMMIT":
            for what in here.doing & WITHIN.keys():
                self._comes(WITHIN[what])
            here.done, here.doing = here.doing, set()
        elif what := next((word for word, sign in SIGNS.items() if sign.match(sql)), ""):
            self._begun(what, sql)

    def _begun(self, what: str, sql: str) -> None:
        self._here.doing.add(what)
        if what == PLAN:
            for recorded in self._recorded.values():
                recorded.clear()
        if what == RECORD:
            self._here.doing.add("sms" if OF_AN_SMS.search(sql) else "post")
        self._comes(BEFORE[what])

    def _committed(self) -> None:
        """Take note of what this thread committed, at the first thing that it does after."""
        done, self._here.done = self._here.done, set()
        for what in done & self._recorded.keys():
            self._recorded[what].set()
        for what in done & AFTER.keys():
            self._comes(AFTER[what])

    def _event(self, name: str, args: tuple[Any, ...]) -> None:
        if self._here.busy:
            return
        if self._here.done:
            self._committed()
        if name != "http.client.send" or not isinstance(args[1], bytes):
            return
        for call, step, after, other in (
            (SMS_CALL, Step.SMS_LEAVES, Step.POST_THEN_SMS, "post"),
            (POST_CALL, Step.POST_LEAVES, Step.SMS_THEN_POST, "sms"),
        ):
            if call.match(args[1]):
                self._comes(Step.ANY_STATEMENT)
                # What leaves was claimed: it may come before the claiming thread does anything.
                self._comes(Step.AFTER_CLAIM)
                self._comes(step)
                if self._ordered(after) and self._recorded[other].wait(PATIENCE):
                    self._comes(after)

    def _ordered(self, step: Step) -> bool:
        order = self._read()
        return order is not None and order.step == step

    def _read(self) -> Order | None:
        self._here.busy = True  # reading is an event, too
        try:
            return Order.read(self._order)
        finally:
            self._here.busy = False

    def _comes(self, step: Step) -> None:
        """Die here if that is the order."""
        order = self._read()
        if order is None or order.step != step:
            return
        with self._lock:
            if order.run != self._run:
                self._run, self._times = order.run, 0
            self._times += 1
            if self._times >= order.nth:
                if order.fill:
                    fill_disk()
                self._order.unlink()
                if not order.fill:
                    os.kill(os.getpid(), signal.SIGKILL)


class _Here(threading.local):
    """What this thread's transaction is doing, what the last one did, and if we read the order."""

    def __init__(self) -> None:
        self.doing: set[str] = set()
        self.done: set[str] = set()
        self.busy = False


def fill_disk() -> None:
    """Let this process write no byte to a file anymore."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))


class WrongClock:
    """The machine's clock, as a file says that it is wrong; seconds pass as in the sandbox."""

    def __init__(self, right: SandboxClock, file: Path) -> None:
        self._right, self._file = right, file

    def now(self) -> datetime:
        """Return what the machine's clock says."""
        try:
            written = self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return self._right.now()
        if "T" in written:
            return datetime.fromisoformat(written)
        return self._right.now() + timedelta(seconds=float(written))

    def seconds(self) -> float:
        """Return the seconds that have passed."""
        return self._right.now().timestamp()


def main() -> None:
    """Run the kept bot under watch, on a machine whose clock may be wrong."""

    def seen(clock: SandboxClock) -> Clock:
        machine = WrongClock(clock, wrong_clock(order))
        return SteadyClock(machine, machine.seconds)

    order = Path(os.environ[ORDER])
    if full_disk(order).exists():
        fill_disk()
    Victim(order).watch()
    kept_bot.main(seen)


if __name__ == "__main__":
    main()
