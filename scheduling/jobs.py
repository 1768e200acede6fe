"""When the rest of this package runs: APScheduler, inside the process.

Jobs only wake us. What is due is decided by `planning` from stored state, so a job that runs
twice, late, or not at all changes nothing but the minute.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import requests
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from scheduling import fallback, planning, schedule
from scheduling.clock import Clock, SystemClock
from scheduling.neighbors import Neighbors
from scheduling.outbox import Outbox
from storage.database import database, reading, writing
from storage.models import (
    FINAL_STATUSES,
    OPEN_STATUSES,
    Heartbeat,
    Notification,
    Proposal,
    Reply,
    Team,
)

log = logging.getLogger("whoseonfirst.jobs")

TICK = 15  # seconds
# So old may a proof be that messages get out; Twilio is asked for replies more often.
PROOF = timedelta(minutes=10)
PING_TIMEOUT = 5  # seconds
# Notifications that came to an end this long ago are deleted at midnight.
KEPT = timedelta(days=400)


class Jobs:
    """The work that time does. Each method can be called at any time, from any thread.

    `connected` tells whether Slack is, and in what words, for the heartbeat. `heartbeat_url` is
    asked for with each heartbeat for which deliveries are proven to work.
    """

    def __init__(
        self,
        clock: Clock,
        outbox: Outbox,
        connected: Callable[[], tuple[bool, str]],
        heartbeat_url: str | None = None,
    ) -> None:
        self._clock = clock
        self._outbox = outbox
        self._connected = connected
        self._heartbeat_url = heartbeat_url
        self._started_at = clock.now()
        self._neighbors = Neighbors(self._started_at)
        self._crons: set[tuple[str, str, str]] = set()
        self._ticking = threading.Lock()
        self._scheduler = BackgroundScheduler(
            timezone=ZoneInfo("UTC"),
            executors={"default": ThreadPoolExecutor(2)},
            # We decide by stored state; a late or merged wake-up is as good as one in time.
            job_defaults={"coalesce": True, "max_instances": 2, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Take up what is due, then run until `stop`."""
        self._scheduler.add_job(self._guarded(self.beat), IntervalTrigger(minutes=1), id="beat")
        self._scheduler.add_job(self._guarded(self.tick), IntervalTrigger(seconds=TICK), id="tick")
        self._scheduler.start()
        self.beat()
        self.wake()

    def stop(self) -> None:
        """Start nothing more; a job that runs comes to its end."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def wake(self) -> None:
        """Run the tick as soon as possible, in the scheduler's threads; nothing before `start`."""
        if self._scheduler.running:
            # The scheduler lives by the machine's clock, whichever one the rest goes by.
            self._scheduler.modify_job("tick", next_run_time=SystemClock().now())

    def tick(self) -> None:
        """Plan what became due, and start delivering what is to be sent.

        One tick at a time: who has ticked knows that what was due then is under way.
        """
        with self._ticking:
            now = self._clock.now()
            planning.plan_all(now)
            fallback.advance_all(now)
            self._outbox.deliver(now)
            self._outbox.listen(now)
            self._keep_crons()

    def extend(self) -> None:
        """Store the schedule of every team as far ahead as it wants to see it."""
        now = self._clock.now()
        with reading():
            teams = list(Team.select())
        for team in teams:
            try:
                with writing():
                    schedule.regenerate(team, schedule.open_instant(team, now))
            except Exception:
                log.exception("the schedule of team %s could not be extended", team.id)

    def clean(self) -> None:
        """Delete notifications, with their attempts, proposals and replies of 400 days ago."""
        with writing():
            before = self._clock.now() - KEPT
            Proposal.delete().where(Proposal.created_at < before).execute()
            Reply.delete().where(Reply.received_at < before).execute()
            gone = (
                Notification.delete()
                .where(
                    Notification.due_at < before,
                    Notification.status.in_((*FINAL_STATUSES, "sent")),
                )
                .execute()
            )
        log.info("deleted %s old notifications", gone)

    def beat(self) -> None:
        """Write the sign of life that `run_bot.py health` reads."""
        connected, detail = self._connected()
        now = self._clock.now()
        with writing():
            self._neighbors.look()
            Heartbeat.insert(
                id=1,
                beaten_at=now,
                started_at=self._started_at,
                slack_connected=connected,
                detail=detail,
                slack_answered_at=now if connected else self._outbox.slack_answered_at,
                twilio_answered_at=self._outbox.twilio_answered_at,
            ).on_conflict_replace().execute()
        if self._heartbeat_url and connected and self._deliveries_work(now):
            try:
                requests.get(self._heartbeat_url, timeout=PING_TIMEOUT).raise_for_status()
            except requests.RequestException as error:
                # Not the error's words: they have the URL in them, which is a secret.
                log.warning("HEARTBEAT_URL did not answer: %s", type(error).__name__)

    def _deliveries_work(self, now: datetime) -> bool:
        """Tell whether Twilio answers, the planner keeps up, and no SMS that calls is stuck."""
        answered = self._outbox.twilio_answered_at
        if answered is None or now - answered > PROOF:
            return False
        with reading():
            behind = Team.select().where(Team.planned_until < now - PROOF).exists()
            stuck = (
                Notification.select()
                .where(
                    Notification.status.in_((*OPEN_STATUSES, "sending")),
                    Notification.kind == "sms",
                    Notification.purpose.in_(planning.CALLS),
                    Notification.created_at < now - PROOF,
                )
                .exists()
            )
        return not behind and not stuck

    def _keep_crons(self) -> None:
        """Hold the wake-ups: each notify time that a team has, and Sunday and midnight there.

        Each works for all teams, so those that share a time or a zone share the wake-up.
        """
        with reading():
            told = database.execute_sql("SELECT DISTINCT time_zone, notify_at FROM teams")
            times = {(str(zone), str(notify_at)) for zone, notify_at in told}
        wanted = {("notify", *one) for one in times}
        for zone, _ in times:
            wanted |= {("extend", zone, "23:00"), ("clean", zone, "00:00")}
        if wanted == self._crons or not self._scheduler.running:
            return
        works = {"notify": self.tick, "extend": self.extend, "clean": self.clean}
        for name, zone, at in wanted - self._crons:
            hour, minute = at.split(":")
            day = "sun" if name == "extend" else "*"
            self._scheduler.add_job(
                self._guarded(works[name]),
                CronTrigger(timezone=ZoneInfo(zone), day_of_week=day, hour=hour, minute=minute),
                id=f"{name}-{zone}-{at}",
                replace_existing=True,
            )
        for gone in self._crons - wanted:
            self._scheduler.remove_job("-".join(gone))
        self._crons = wanted

    def _guarded(self, work: Callable[[], None]) -> Callable[[], None]:
        """Return `work` as a job that never raises: one that fails is logged and comes again."""

        def run() -> None:
            try:
                work()
            except Exception:
                log.exception("the job %s failed; it will be tried again", work.__name__)

        return run
