"""When the rest of this package runs: APScheduler, inside the process.

Jobs only wake us. What is due is decided by `planning` from stored state, so a job that runs
twice, late, or not at all changes nothing but the minute.
"""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from scheduling import planning, schedule
from scheduling.clock import Clock, SystemClock
from scheduling.outbox import Outbox
from storage.database import reading, writing
from storage.models import FINAL_STATUSES, Heartbeat, Notification, Proposal, Team

log = logging.getLogger("whoseonfirst.jobs")

TICK = 15  # seconds
# Notifications that came to an end this long ago are deleted at midnight.
KEPT = timedelta(days=400)


class Jobs:
    """The work that time does. Each method can be called at any time, from any thread.

    `connected` tells whether Slack is, and in what words, for the heartbeat.
    """

    def __init__(
        self, clock: Clock, outbox: Outbox, connected: Callable[[], tuple[bool, str]]
    ) -> None:
        self._clock = clock
        self._outbox = outbox
        self._connected = connected
        self._started_at = clock.now()
        self._crons: dict[str, tuple[str, str]] = {}
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
            self._outbox.deliver(now)
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
        """Delete notifications, with their attempts, and proposals of more than 400 days ago."""
        with writing():
            Proposal.delete().where(Proposal.created_at < self._clock.now() - KEPT).execute()
            gone = (
                Notification.delete()
                .where(
                    Notification.due_at < self._clock.now() - KEPT,
                    Notification.status.in_((*FINAL_STATUSES, "sent")),
                )
                .execute()
            )
        log.info("deleted %s old notifications", gone)

    def beat(self) -> None:
        """Write the sign of life that `run_bot.py health` reads."""
        connected, detail = self._connected()
        with writing():
            Heartbeat.insert(
                id=1,
                beaten_at=self._clock.now(),
                started_at=self._started_at,
                slack_connected=connected,
                detail=detail,
            ).on_conflict_replace().execute()

    def _keep_crons(self) -> None:
        """Hold one set of wake-ups per team: its notify time, and Sunday and midnight there."""
        with reading():
            wanted = {f"team-{team.id}": (team.time_zone, team.notify_at) for team in Team.select()}
        if wanted == self._crons or not self._scheduler.running:
            return
        for name, (zone, notify_at) in wanted.items():
            hour, minute = notify_at.split(":")
            for job, work, when in (
                ("notify", self.tick, {"hour": hour, "minute": minute}),
                ("extend", self.extend, {"day_of_week": "sun", "hour": 23, "minute": 0}),
                ("clean", self.clean, {"hour": 0, "minute": 0}),
            ):
                self._scheduler.add_job(
                    self._guarded(work),
                    CronTrigger(timezone=ZoneInfo(zone), **when),
                    id=f"{name}-{job}",
                    replace_existing=True,
                )
        for name in self._crons.keys() - wanted.keys():
            for job in ("notify", "extend", "clean"):
                self._scheduler.remove_job(f"{name}-{job}")
        self._crons = wanted

    def _guarded(self, work: Callable[[], None]) -> Callable[[], None]:
        """Return `work` as a job that never raises: one that fails is logged and comes again."""

        def run() -> None:
            try:
                work()
            except Exception:
                log.exception("the job %s failed; it will be tried again", work.__name__)

        return run
