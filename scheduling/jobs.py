"""When planning and delivery run: a tick every 15 seconds, and a heartbeat every minute.

Both, and the watchdog of the tick, are threads that wait by the monotonic clock, whatever the
machine's clock does. APScheduler only wakes the tick at the exact minute. `planner` decides from
stored state what is due, so a tick that runs twice, late, or not at all loses nothing.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from peewee import OperationalError

from scheduling import zones
from scheduling.changes import agreement
from scheduling.clock import TOLERANCE, TRUST, Clock, SteadyClock, distance
from scheduling.delivery import fallback, hellos
from scheduling.delivery.alarm import Alarm
from scheduling.delivery.outbox import Outbox
from scheduling.neighbors import Neighbors
from scheduling.notifications import planner
from scheduling.rota import schedule
from scheduling.switch import Switch
from storage.database import reading, writing
from storage.models import (
    Heartbeat,
    Notification,
    Proposal,
    Reply,
    Team,
)
from storage.queries import teams
from storage.statuses import DUTY, FINAL, ON_ITS_WAY, Kind, Status

log = logging.getLogger("whoseonfirst.jobs")

# Seconds between ticks, between heartbeats, and between checks whether the clock was set.
TICK, BEAT, LOOK = 15.0, 60.0, 1.0
# If no tick succeeds for this many seconds, it hangs, and people are warned.
STUCK = 120.0
# Twilio must have answered within this window for delivery to count as healthy.
PROOF = timedelta(minutes=10)
# Settled notifications older than this are deleted at midnight.
KEPT = timedelta(days=400)


class Jobs:
    """The scheduled work. Each method can be called at any time, from any thread.

    connected: whether Slack is connected, and the details in words, for the heartbeat
    heartbeat_url: requested with each heartbeat while deliveries are known to work
    alarm: warns people when ticks fail, or when one hangs for `stuck_after` seconds
    """

    def __init__(
        self,
        clock: Clock,
        outbox: Outbox,
        connected: Callable[[], tuple[bool, str]],
        heartbeat_url: str | None = None,
        alarm: Alarm | None = None,
    ) -> None:
        self._clock = clock
        self._outbox = outbox
        self._connected = connected
        self._alarm = alarm
        self.stuck_after = STUCK
        self.switch = Switch(heartbeat_url) if heartbeat_url else None
        self._started_at = clock.now()
        self._neighbors = Neighbors(self._started_at)
        self._ticked: float | None = None  # by the monotonic clock, as is the next
        self._began: float | None = None
        self._beaten_at: datetime | None = None  # by the previous process
        self._crons: set[tuple[str, str, str]] = set()
        self._ticking = threading.Lock()
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._set = threading.Event()
        self._misled = False  # whether the clock was set, so wake-ups are wrong
        self._threads = [
            threading.Thread(target=self._ticks, name="tick", daemon=True),
            threading.Thread(target=self._beats, name="beat", daemon=True),
            threading.Thread(target=self._watches, name="watch", daemon=True),
        ]
        self._scheduler = BackgroundScheduler(
            timezone=ZoneInfo("UTC"),
            executors={"default": ThreadPoolExecutor(2)},
            # What is due is decided from stored state, so a late or merged wake-up is fine.
            job_defaults={"coalesce": True, "max_instances": 2, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Handle what is due, then run until `stop`."""
        if isinstance(self._clock, SteadyClock):
            self._clock.on_set(self._clock_was_set)
        with reading():
            beat = Heartbeat.get_or_none(Heartbeat.id == 1)
        self._beaten_at = beat.beaten_at if beat else None
        self._began = monotonic()
        self._scheduler.start()
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float) -> bool:
        """Start nothing more, and wait for what runs; tell whether all of it ended in time."""
        deadline = monotonic() + timeout
        self._stopping.set()
        self._woken.set()
        self._set.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        running = [thread for thread in self._threads if thread.is_alive()]
        for thread in running:
            thread.join(max(deadline - monotonic(), 0))
        return not any(thread.is_alive() for thread in running)

    def wake(self) -> None:
        """Run the tick as soon as possible, in its own thread; nothing before `start`."""
        self._woken.set()

    def tick(self) -> None:
        """Plan what became due, and start delivering it.

        Ticks run one at a time, so after a call everything that was due is under way.
        """
        with self._ticking:
            now = self._clock.now()
            try:
                failing = self._work(now)
            except Exception as error:
                if self._alarm:
                    self._alarm.failed(error, now)
                raise
            self._ticked = monotonic()
            if self._alarm:
                self._alarm.works(failing, now)

    def glance(self) -> None:
        """Do what can't wait for the next tick: notice a step of the clock, continue edits."""
        self._outbox.go_on(self._clock.now())

    def _work(self, now: datetime) -> dict[int, str]:
        """Do the steps of a tick; return the teams that can't be planned: id -> reason.

        If a step fails, the others still run, unless the database can't be written.
        """
        failing: dict[int, str] = {}
        broken: list[Exception] = []

        def plan() -> None:
            failing.update(planner.plan_all(now))

        for step in (
            plan,
            lambda: fallback.advance_all(now),
            lambda: self._outbox.deliver(now),
            lambda: self._outbox.listen(now),
            lambda: agreement.follow_up(now),
            lambda: hellos.remind(now),
            self._keep_crons,
        ):
            try:
                step()
            except OperationalError:
                raise
            except Exception as error:
                log.exception("a part of the tick failed; the rest is done")
                broken.append(error)
        if broken:
            raise broken[0]
        return failing

    def _ticks(self) -> None:
        """Tick until we stop, waiting by the monotonic clock."""
        self._hold()
        tick, glance = self._guarded(self.tick), self._guarded(self.glance)
        while not self._stopping.is_set():
            self._woken.clear()
            tick()
            ends = monotonic() + TICK
            while (left := ends - monotonic()) > 0 and not self._woken.wait(min(left, LOOK)):
                glance()

    def _hold(self) -> None:
        """Wait a while if the clock is behind the last heartbeat, because it may be corrected soon.

        A small computer without a battery starts with an old time, and corrects it within seconds.
        """
        last, ends = self._beaten_at, monotonic() + TRUST
        if last is None or self._clock.now() >= last - TOLERANCE:
            return
        log.warning(
            "The last heartbeat is from %s, but the machine's clock says %s. I wait up to %g s for "
            "the clock to be corrected.",
            last,
            self._clock.now(),
            TRUST,
        )
        while self._clock.now() < last and monotonic() < ends:
            if self._stopping.wait(LOOK):
                return

    def _beats(self) -> None:
        """Write a heartbeat each minute, and whenever the clock was set, until we stop."""
        beat, extend = self._guarded(self.beat), self._guarded(self.extend)
        while not self._stopping.is_set():
            beat()
            if self._set.wait(BEAT) and not self._stopping.is_set():
                self._set.clear()
                extend()

    def watch(self) -> None:
        """Warn people when no tick has succeeded for too long, without using the database.

        A tick that hangs may hold the database's lock, so that not even a heartbeat can be written.
        """
        since = self._ticked or self._began
        if self._alarm and since is not None and monotonic() - since > self.stuck_after:
            error = TimeoutError(f"no tick has succeeded for {self.stuck_after:g} s")
            self._alarm.failed(error, self._clock.now())

    def _watches(self) -> None:
        watch = self._guarded(self.watch)
        while not self._stopping.wait(TICK):
            watch()

    def _clock_was_set(self) -> None:
        self._misled = True
        self._set.set()
        self._woken.set()

    def extend(self) -> None:
        """Store the schedule of every team as far ahead as it wants to see it."""
        now = self._clock.now()
        with reading():
            numbers = teams.ids()
        for number in numbers:
            try:
                with writing():
                    team = Team.get_by_id(number)
                    # By a clock that is further back, all of the plan looks too far ahead.
                    if now >= team.created_at:
                        schedule.regenerate(team, schedule.open_instant(team, now))
            except OperationalError:
                # Each further team would wait as long for the database, and delay heartbeats.
                log.exception("the schedules could not be extended")
                return
            except Exception:
                log.exception(
                    "the schedule of team %s could not be extended",
                    number,
                    extra={"team": number},
                )

    def clean(self) -> None:
        """Delete proposals, replies, and notifications with their attempts after 400 days."""
        with writing():
            before = self._clock.now() - KEPT
            Proposal.delete().where(Proposal.created_at < before).execute()
            Reply.delete().where(Reply.received_at < before).execute()
            gone = (
                Notification.delete()
                .where(
                    Notification.due_at < before,
                    Notification.status.in_((*FINAL, Status.SENT)),
                )
                .execute()
            )
        log.info("deleted %s old notifications", gone)

    def beat(self) -> None:
        """Write the heartbeat that `run_bot.py health` reads."""
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
                slack_answered_at=now
                if connected
                else self._outbox.answered_at(Kind.ANNOUNCEMENT, Kind.DIRECT),
                twilio_answered_at=self._outbox.answered_at(Kind.SMS),
                ticked_at=now - timedelta(seconds=monotonic() - self._ticked)
                if self._ticked
                else None,
                trouble=getattr(self._clock, "trouble", None),
            ).on_conflict_replace().execute()
        if self.switch and connected and self._deliveries_work(now):
            self.switch.ask()

    def _deliveries_work(self, now: datetime) -> bool:
        """Tell whether Twilio answers, the planner keeps up, and no duty SMS is stuck."""
        answered = self._outbox.answered_at(Kind.SMS)
        if answered is None or distance(now, answered) > PROOF:
            return False
        with reading():
            behind = Team.select().where(Team.planned_until < now - PROOF).exists()
            stuck = (
                Notification.select()
                .where(
                    Notification.status.in_(ON_ITS_WAY),
                    Notification.kind == Kind.SMS,
                    Notification.purpose.in_(DUTY),
                    Notification.created_at < now - PROOF,
                )
                .exists()
            )
        return not behind and not stuck

    def _keep_crons(self) -> None:
        """Keep the wake-ups: every notify time, and Sunday and midnight in every team's zone.

        A wake-up serves all teams, so teams with the same time or zone share it.
        """
        if not self._scheduler.running:
            return
        with reading():
            times = teams.mornings()
        if self._misled:
            self._misled, self._crons = False, set()
        wanted = {("notify", *one) for one in times}
        for zone, _ in times:
            wanted |= {("extend", zone, "23:00"), ("clean", zone, "00:00")}
        if wanted == self._crons:
            return
        works = {"notify": self.wake, "extend": self.extend, "clean": self.clean}
        for name, zone, at in wanted - self._crons:
            self._scheduler.add_job(
                self._guarded(works[name]),
                _cron(zone, at, "sun" if name == "extend" else "*"),
                id=f"{name}-{zone}-{at}",
                replace_existing=True,
            )
        for gone in self._crons - wanted:
            self._scheduler.remove_job("-".join(gone))
        self._crons = wanted

    def _guarded(self, work: Callable[[], None]) -> Callable[[], None]:
        """Return `work` as a job that never raises: a failure is logged, and it runs again."""

        def run() -> None:
            try:
                work()
            except Exception:
                log.exception("the job %s failed; it will be tried again", work.__name__)

        return run


def _cron(zone: str, at: str, day: str) -> CronTrigger:
    """Return the trigger for a time of day; midnight UTC if a team's row is invalid.

    The planner reports what is wrong with such a team.
    """
    try:
        hour, minute = at.split(":")
        there = zones.known(zone) or ZoneInfo("UTC")
        return CronTrigger(timezone=there, day_of_week=day, hour=hour, minute=minute)
    except ValueError:
        return CronTrigger(timezone=ZoneInfo("UTC"), day_of_week=day, hour=0, minute=0)
