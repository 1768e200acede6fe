"""Plays a plan: one morning, its troubles, the hours after it, and the verdict."""

import asyncio
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from sandbox.keeper import Begin, begun, next_change
from sandbox.twilio import Kind, Operation
from tests.chaos.plans import PHONES, Fault, Plan
from tests.chaos.steps import Order, Step
from tests.chaos.verdict import Verdict, judge
from tests.chaos.witnesses import Mark, heard, took_effect
from tests.chaos.world import PATIENCE, TICK, World, happens, passes

CHICAGO = ZoneInfo("America/Chicago")
# Mon Oct 19, 2026, the evening before that day; the clocks go back two weeks later.
FIRST = datetime(2026, 10, 18, 20, tzinfo=CHICAGO).astimezone(UTC)
# Until then everything is settled: receipts are polled for four hours.
AFTERWARDS = timedelta(hours=5)
BEFORE = timedelta(minutes=2)
# How often replies are read, and how soon somebody else must hear of a person who isn't reached.
READ_AFTER, SOON = timedelta(seconds=20), timedelta(minutes=10)
# The beginning of the post about a database that can't be written.
ALARM = "I haven’t been able to text or post"
# On these somebody else comes on call at 8:00: the shift of Tuesday has two days.
HANDOFFS = (0, 1, 3, 4, 5, 6)
# Mornings played in one world; a fresh one takes a start of the bot.
MORNINGS = 20


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a plan: whether the process really was killed, and the verdict.

    `broken` says what kept the run from its end, `kept` where its database and log are.
    """

    plan: Plan
    killed: bool
    verdict: Verdict
    broken: str = ""
    kept: str = ""

    @property
    def clean(self) -> bool:
        """Whether all was as it must be."""
        return self.verdict.clean and not self.broken


def play_all(
    batches: Sequence[Sequence[Plan]], at_once: int, begin: Begin = begun
) -> Iterator[list[Played]]:
    """Yield what came of plans, batch by batch in their order: each in worlds of its own."""

    def one_after_another(plans: Sequence[Plan]) -> list[Played]:
        with Stage(begin) as stage:
            return [stage.play(plan) for plan in plans]

    with ThreadPoolExecutor(at_once) as threads:
        yield from threads.map(one_after_another, batches)


class Stage:
    """Plays plans one after another, in as few worlds as will do. One thread at a time.

    `begin` starts a bot's process.
    """

    def __init__(self, begin: Begin = begun) -> None:
        self._begin_process = begin
        self._world: World | None = None
        self._left = 0

    def __enter__(self) -> "Stage":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def play(self, plan: Plan) -> Played:
        """Play a plan; after one that goes wrong the next gets a fresh world."""
        if plan.clocks or not self._left:
            self._end()
        world = self._world or self._begin(plan)
        self._left -= 1
        try:
            played = _Morning(world, plan).play()
        except Exception as error:  # noqa: BLE001 - a run that breaks is a result, and the next one counts
            played = Played(plan, False, Verdict(), broken=f"{type(error).__name__}: {error}")
        if not played.clean:
            self._end(keep=True)
            return replace(played, kept=str(world.folder))
        if plan.clocks or plan.phone or plan.says:
            self._end()  # it ends in another season, or with numbers that gave up on us
        return played

    def _begin(self, plan: Plan) -> World:
        start = FIRST
        if plan.clocks:
            start = next_change(CHICAGO, FIRST, forward=plan.clocks == "forward")
        folder = Path(tempfile.mkdtemp(prefix="whoseonfirst-chaos-"))
        self._world, self._left = World(folder, start, self._begin_process), MORNINGS
        return self._world

    def _end(self, *, keep: bool = False) -> None:
        if self._world:
            self._world.close()
            if not keep:
                shutil.rmtree(self._world.folder)
        self._world, self._left = None, 0


class _Morning:
    """One plan in one world."""

    def __init__(self, world: World, plan: Plan) -> None:
        self._world = world
        self._plan = plan
        self._killed = threading.Event()
        self._over = threading.Event()
        self._asleep: tuple[datetime, datetime] | None = None
        self._broken = ""
        self._alarmed = 0  # how often the channel has read before that nothing can be written

    def play(self) -> Played:
        """Let it happen, and ask the witnesses."""
        world, plan = self._world, self._plan
        # Where the clocks change, the world is new, and has just announced who is on call.
        world.until(world.clock.now() + BEFORE if plan.clocks else self._eve())
        with world.second_process() if plan.processes > 1 else nullcontext():
            world.tell()
            since = Mark.now(world)
            try:
                self._happen()
            finally:
                self._all_is_well()
            world.until(world.clock.now() + AFTERWARDS)
            killed = self._killed.is_set() and world.starts > since.starts
            if "OK" in plan.says and not took_effect(world, since):
                self._broken = "an OK and a STOP were sent, and did not both count"
        facts = heard(world, since, strict=plan.strict, asleep=self._asleep)
        if plan.archived or (plan.says and plan.phone):
            facts = replace(facts, by_others=True, within=SOON)
        return Played(plan, killed, judge(facts), self._broken)

    def _eve(self) -> datetime:
        """Return two minutes before the next morning of the plan's day of the week."""
        world, weekday = self._world, self._plan.weekday
        weekdays = HANDOFFS if weekday is None else (weekday,)
        day = world.clock.now()
        while True:
            eve = world.at(day, 8) - BEFORE
            if eve > world.clock.now() and eve.astimezone(world.zone).weekday() in weekdays:
                return eve
            day += timedelta(days=1)

    def _happen(self) -> None:
        world, plan = self._world, self._plan
        if plan.asleep and not plan.kill:
            self._sleep()
            world.tell()
            return
        morning = world.at(world.clock.now(), 8)
        early = plan.override is not None and plan.override < 0
        if early:
            self._steps_in(morning)
        if plan.clock:
            self._clock_is_wrong(morning)
        world.until(morning - timedelta(seconds=1))
        self._goes_wrong(morning)
        if plan.override is not None and not early:
            self._steps_in(morning)
        world.until(world.clock.now() + timedelta(minutes=1))  # the receipt is polled in it

    def _steps_in(self, morning: datetime) -> None:
        world, plan = self._world, self._plan
        at = morning + timedelta(seconds=plan.override or 0)
        world.until(max(at, world.clock.now()))
        world.steps_in(list(world.people)[plan.seed % len(world.people)])

    def _goes_wrong(self, morning: datetime) -> None:
        """Let it become 8:00 with all that the plan has."""
        world, plan = self._world, self._plan
        for person in world.sandbox.people if plan.phone else ():
            world.sandbox.phones.script(person.phone.number, PHONES[plan.phone])
        world.sandbox.twilio.truths.listed_after = plan.listed_after
        for fault in plan.faults:
            self._fault(fault)
        if plan.archived:
            world.channel.archive()
        world.switch.slow, world.switch.asked_slowly = plan.slow, 0
        if plan.full_minutes:
            self._alarmed = self._alarms()
            world.fill_disk(full=True)
        with self._no_writing():
            world.clock.catch_up(morning)
            if plan.says:
                self._answers(morning)
            if plan.kill:
                self._arm(plan.kill)
            world.tell()
            if plan.kill is Step.ANY_MOMENT:
                self._killed.wait(PATIENCE)
        lasting = max((fault.minutes for fault in plan.faults), default=0)
        if lasting:
            world.in_spite_of(timedelta(minutes=lasting))
            world.sandbox.twilio.recover()
            world.sandbox.slack.recover()
        if plan.full_minutes:
            self._disk_is_full()
        if plan.slow:
            self._switch_is_slow()

    def _answers(self, morning: datetime) -> None:
        """Let whoever was texted in the morning answer all at once; it is to be read next."""
        world = self._world
        world.tell()
        world.until(morning + READ_AFTER)
        texted = {
            sms.to_number
            for sms in world.sandbox.phones.messages
            if sms.created_at >= morning and sms.direction == "outbound-api"
        }
        for number in texted:
            for text in self._plan.says:
                world.sandbox.phones.phone(number).replies(text, world.sandbox.twilio.number)
        world.clock.catch_up(world.clock.now() + READ_AFTER)

    def _clock_is_wrong(self, morning: datetime) -> None:
        """Let the machine's clock step, or stop, and be right again."""
        world, plan = self._world, self._plan
        world.until(max(morning - plan.wrong_before, world.clock.now()))
        stopped = plan.clock == "stopped"
        world.clock_is(
            world.clock.now().isoformat() if stopped else str(plan.wrong_by.total_seconds())
        )
        self._ticks(plan.wrong_for)
        world.clock_is(None)
        self._ticks(timedelta(minutes=2))

    def _disk_is_full(self) -> None:
        """Let nothing be written for some minutes in which Slack works: somebody must hear."""
        world = self._world
        self._ticks(timedelta(minutes=self._plan.full_minutes))
        if not happens(lambda: self._alarms() > self._alarmed, PATIENCE):
            self._broken = "nobody heard that nothing can be written"
        world.fill_disk(full=False)
        self._ticks(timedelta(minutes=1))

    def _alarms(self) -> int:
        return sum(ALARM in post.text for post in self._world.channel.messages)

    def _switch_is_slow(self) -> None:
        """Let some minutes pass in which each heartbeat asks for a URL that hardly answers."""
        switch = self._world.switch
        for _ in range(100):  # the one before may still be under way, for ten real seconds
            self._ticks(TICK)
            if switch.asked_slowly:
                return
            passes(0.2)
        self._broken = "the heartbeat URL was not asked for"

    def _ticks(self, length: timedelta) -> None:
        """Let time pass as the real bot's ticks do."""
        world = self._world
        ends = world.clock.now() + length
        while (now := world.clock.now()) < ends:
            world.clock.catch_up(min(now + TICK, ends))
            world.tell()

    def _fault(self, fault: Fault) -> None:
        sandbox = self._world.sandbox
        if fault.service == "slack":
            if fault.minutes:
                sandbox.slack.trouble(fault.kind)
            else:
                sandbox.slack.fault(fault.on or "chat.postMessage", fault.kind, fault.times)
        elif fault.minutes:
            sandbox.twilio.trouble(cast(Kind, fault.kind))
        else:
            on = cast(Operation, fault.on or "create")
            sandbox.twilio.fault(cast(Kind, fault.kind), fault.times, on=on)

    @contextmanager
    def _no_writing(self) -> Iterator[None]:
        """Hold the database locked, or the disk full, for as long as the plan says."""
        plan, begun = self._plan, threading.Event()
        if plan.fills:
            # Not in the thread: the morning could be over before that comes to it.
            Order(plan.fills, plan.nth, plan.seed, fill=True).write(self._world.order)
        trouble = self._lock if plan.locked else self._fill
        thread = threading.Thread(target=trouble, args=[begun])
        if plan.locked or plan.full:
            thread.start()
            if not plan.after and not plan.fills:
                begun.wait()
        try:
            yield
        finally:
            if thread.ident:
                thread.join()

    def _lock(self, begun: threading.Event) -> None:
        passes(self._plan.after)
        with self._world.locked():
            begun.set()
            passes(self._plan.locked)

    def _fill(self, begun: threading.Event) -> None:
        world, plan = self._world, self._plan
        if plan.fills and not happens(lambda: not world.order.exists(), PATIENCE):
            self._broken = f"the disk did not fill: the morning never came to {plan.fills}"
            return
        passes(plan.after)
        world.fill_disk(full=True)
        begun.set()
        passes(plan.full)
        world.fill_disk(full=False)

    # --- dying ---

    def _arm(self, kill: Step) -> None:
        """Have the process die at a step."""
        world, plan = self._world, self._plan
        twilio, slack = world.sandbox.twilio, world.sandbox.slack
        world.keepers[0].stays_dead(bool(plan.asleep))
        if kill is Step.SMS_ARRIVES:
            twilio.fault("drop_before", then=self._kill)
        elif kill is Step.SMS_TAKEN:
            twilio.fault("accept_then_drop", then=self._kill)
        elif kill is Step.POST_ARRIVES:
            slack.fault("chat.postMessage", "drop_before", then=self._kill)
        elif kill is Step.POST_TAKEN:
            slack.fault("chat.postMessage", "drop_after", then=self._kill)
        elif kill is Step.ANY_MOMENT:
            threading.Timer(plan.after, self._kill_and_settle).start()
        else:
            Order(kill, plan.nth, plan.seed).write(world.order)
            threading.Thread(target=self._watch, daemon=True).start()

    def _kill(self) -> None:
        self._world.kill()
        self._died()

    def _kill_and_settle(self) -> None:
        self._world.kill()
        self._settle()
        self._died()

    def _watch(self) -> None:
        """Wait until the process carries out its order."""
        order = self._world.order
        happens(lambda: self._over.is_set() or not order.exists(), PATIENCE)
        if not self._over.is_set() and not order.exists():
            self._settle()
            self._died()

    def _settle(self) -> None:
        """Wait until it's dead and what it had sent by then was taken: only then may time jump."""
        happens(lambda: not self._world.keepers[0].up, PATIENCE)
        for _ in range(10):
            self._world.sandbox.server.call(asyncio.sleep(0.002))

    def _died(self) -> None:
        self._killed.set()
        if self._plan.asleep:
            self._sleep()
        self._world.keepers[0].stays_dead(False)

    def _sleep(self) -> None:
        """Let time pass in which nothing runs."""
        now = self._world.clock.now()
        self._asleep = (now, self._world.clock.catch_up(now + self._plan.asleep))

    def _all_is_well(self) -> None:
        """Withdraw what has not happened, and repair what was broken."""
        world = self._world
        self._over.set()
        self._world.keepers[0].stays_dead(False)
        world.order.unlink(missing_ok=True)
        world.clock_is(None)
        world.switch.slow = False
        if self._plan.full_minutes:
            world.fill_disk(full=False)
        world.sandbox.twilio.recover()
        world.sandbox.slack.recover()
        if self._plan.archived:
            world.channel.unarchive()
        for person in world.sandbox.people if self._plan.phone else ():
            world.sandbox.phones.switch(person.phone.number, "on")
