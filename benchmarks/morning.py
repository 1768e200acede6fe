"""300 teams that are all notified at 8:00: from the tick to the last SMS accepted and recorded.

Each team has seven people, six shifts and a channel. Slack and Twilio are the sandbox, in another
process; its Twilio takes 20 ms for each request. Ours is one `Jobs.tick` on the morning after the
schedule was made: everything is planned, claimed, worded, sent and recorded on disk, while the
posts go out in parallel. Another connection checks every few milliseconds whether all SMS are
recorded.

The floor is arithmetic: the requests that Twilio had, by 16 threads at 20 ms each. For comparison
there's a bare loop: 16 threads that post the same SMS to the same sandbox with one pooled
`requests` session and no post to Slack. Its share of the time isn't ours.
"""

import gc
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, sleep

import requests
from requests.adapters import HTTPAdapter

from benchmarks.data import TEAM_OF, fresh_database, make_teams, number, url
from benchmarks.measuring import Comparison, Result, seconds, side_by_side
from benchmarks.sandbox_process import LATENCY, SandboxProcess, sandbox_process
from bot.process import Bot
from bot.settings import Settings
from sandbox.clock import SandboxClock
from scheduling.delivery.outbox import THREADS
from storage.database import close_database, open_database

ROUNDS, TEAMS = 9, 300
MORNING = datetime(2026, 11, 24, 14, tzinfo=UTC)  # 8:00 in Chicago
LOOK_EVERY, PATIENCE = 0.004, 60.0  # seconds
SENT = "SELECT count(*) FROM notification_log WHERE kind = 'sms' AND status = 'sent'"
TEXT = "Good morning, Member. You're on call for Team 100 until Wed 25 Nov 08:00 CST. Next: Member."


def run() -> Result:
    """Compare ours, and the bare loop, with the least time that 16 threads can take."""
    with sandbox_process(TEAMS) as sandbox, _teams(sandbox.channels) as path:
        ours, bare = side_by_side(
            ROUNDS, lambda: _ours(path, sandbox), lambda: _bare(sandbox.environment)
        )
    floor = TEAMS / THREADS * LATENCY
    least = f"a request each, by {THREADS} threads at 20 ms"
    loop = f"a bare loop of {THREADS} threads with one pooled session"
    what = f"{TEAMS} teams at 8:00, to the last SMS recorded"
    return Result(
        [
            Comparison(what, ours * 1e3, floor * 1e3, "ms", least, 1.3),
            Comparison(f"not ours in it: {loop}", bare * 1e3, floor * 1e3, "ms", least),
            Comparison("the same", ours * 1e3, bare * 1e3, "ms", loop),
        ]
    )


@contextmanager
def _teams(channels: list[str]) -> Iterator[Path]:
    """Yield the file of a closed database with a team for each channel."""
    with tempfile.TemporaryDirectory() as folder:
        with fresh_database() as path:
            make_teams(channels)
            close_database()
            kept = Path(shutil.copy(path, folder))
        yield kept


def _ours(teams: Path, sandbox: SandboxProcess) -> float:
    """Return the seconds from the tick until every SMS is recorded as sent."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copy(teams, folder))
        open_database(url(path))
        environment = {**sandbox.environment, "DATABASE_URL": url(path)}
        bot = Bot(Settings.from_environment(environment), SandboxClock(MORNING, running=True))
        before = sandbox.requests()
        try:
            gc.collect()
            began = perf_counter()
            bot.jobs.tick()
            _wait_for_all(path)
            took = perf_counter() - began
            if not bot.outbox.wait(PATIENCE):
                raise RuntimeError("the posts did not come to an end")
        finally:
            bot.stop()
        _prove_all_sent(path)
        # Two more requests than SMS: a poll for replies, and a lookup of the sender.
        if (asked := sandbox.requests() - before) != TEAMS + 2:
            raise RuntimeError(f"{asked} requests to Twilio for {TEAMS} SMS")
        return took


def _wait_for_all(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        until = perf_counter() + PATIENCE
        while connection.execute(SENT).fetchone() != (TEAMS,):
            if perf_counter() > until:
                raise RuntimeError("the SMS did not come to an end")
            sleep(LOOK_EVERY)


def _prove_all_sent(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            "SELECT kind, status, count(*), count(DISTINCT coalesce(twilio_sid, team_id))"
            " FROM notification_log GROUP BY kind, status ORDER BY kind"
        ).fetchall()
    if found != [("announcement", "delivered", TEAMS, TEAMS), ("sms", "sent", TEAMS, TEAMS)]:
        raise RuntimeError(f"not everything was sent once: {found}")


def _bare(environment: dict[str, str]) -> float:
    """Return the seconds that the bare loop takes for the same number of SMS."""
    account = environment["TWILIO_ACCOUNT_SID"]
    path = f"{environment['TWILIO_API_URL']}/2010-04-01/Accounts/{account}/Messages.json"
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=THREADS))
    session.trust_env = False
    session.auth = (account, environment["TWILIO_AUTH_TOKEN"])

    def post(team: int) -> None:
        form = {
            "To": number(team * TEAM_OF),
            "From": environment["TWILIO_PHONE_NUMBER"],
            "Body": TEXT,
        }
        session.post(path, data=form, timeout=10).raise_for_status()

    def post_all() -> None:
        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(post, range(TEAMS)))

    with session:
        return seconds(post_all)
