"""The troubles of a morning: by name, or drawn from a seed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import get_args

from sandbox.twilio import Kind
from tests.chaos.steps import Step

# How often a step comes in a plain morning, of one SMS and one post, where that is not once.
TWICE = {Step.BEFORE_PLAN, Step.BEFORE_CLAIM, Step.BEFORE_RECORD}
# Statements and requests in a morning, about.
STATEMENTS = 60
# Seconds (real) that a morning takes, about.
MORNING = 0.05

SLACK_KINDS = (
    "ratelimited", "500", "503", "hang", "drop_before", "drop_after",
    "error:internal_error", "error:channel_not_found", "error:invalid_auth",
)  # fmt: skip
HANGING = ("hang", "accept_then_hang")
PHONES: dict[str, str] = {
    "off": "undelivered:30003",
    "filtered": "failed:30007",
    "blocked": "refuse:21610",
    "invalid": "refuse:21211",
    "without receipts": "stuck:sent",
    "silent": "stuck:queued",
}
LENGTHS = {
    "minutes": timedelta(minutes=20),
    "hours": timedelta(hours=7),
    "three days": timedelta(days=3, hours=2),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A service's calls that go wrong: the next `times` of an operation, or all for `minutes`."""

    service: str
    kind: str
    times: int = 1
    on: str = ""
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """One morning. `row` is its line in the table; what is left out goes well.

    `kill` is where the process dies, the `nth` time it comes there, or `after` so many real
    seconds. `asleep` is how long nothing runs: from before the morning or, with a kill, from then
    on. `override` is how many seconds before (less than 0) or after 8:00 somebody else steps in.
    `locked` and `full` are real seconds in which nothing can be written: from before 8:00 on, from
    `after` seconds past it, or from the step `fills` on. With `archived` the channel is, from
    before 8:00 on. `weekday` is that of the morning, None for the next one on which somebody else
    comes on call. Whoever was texted at 8:00 answers with `says`, all at once.
    In `full_minutes` of the sandbox nothing can be written either, and Slack works. `clock` is what
    the machine's clock does ('ahead', 'back' or 'stopped') from `wrong_before` until 8:00 on, for
    `wrong_for`, and `wrong_by` how far it steps. With `slow` the heartbeat URL answers a byte every
    three seconds. Twilio lists a new SMS `listed_after` so many seconds.
    """

    row: str
    seed: int = 0
    kill: Step | None = None
    nth: int = 1
    after: float = 0.0
    faults: tuple[Fault, ...] = ()
    phone: str = ""
    asleep: timedelta = timedelta()
    clocks: str = ""
    override: int | None = None
    locked: float = 0.0
    full: float = 0.0
    fills: Step | None = None
    processes: int = 1
    weekday: int | None = None
    archived: bool = False
    says: tuple[str, ...] = ()
    full_minutes: int = 0
    clock: str = ""
    wrong_by: timedelta = timedelta()
    wrong_for: timedelta = timedelta(seconds=35)
    wrong_before: timedelta = timedelta(seconds=30)
    slow: bool = False
    listed_after: float = 0.0

    @property
    def strict(self) -> bool:
        """Whether the SMS themselves must arrive: nothing of it lasts, and the phone is on."""
        tries = sum(fault.times for fault in self.faults if fault.service == "twilio")
        lasting = any(fault.minutes for fault in self.faults)
        return (
            not self.phone
            and not self.says
            and not lasting
            and tries + (self.kill is not None) <= 2
        )


def kill_row(step: Step) -> str:
    """Return the line of the table for the runs that are killed at a step."""
    return f"killed {step}"


def _kills() -> Iterator[Plan]:
    for step in Step:
        yield Plan(kill_row(step), kill=step, after=MORNING / 3)


def _faults() -> Iterator[Plan]:
    for kind in get_args(Kind):
        yield Plan(f"Twilio: {kind}", faults=(Fault("twilio", kind),))
    for kind in SLACK_KINDS:
        yield Plan(f"Slack: {kind}", faults=(Fault("slack", kind),))
    # The lookup of an SMS whose answer was lost fails.
    looks = (Fault("twilio", "accept_then_drop"), Fault("twilio", "503", on="list"))
    yield Plan("Twilio: no look", faults=looks)
    late = (Fault("twilio", "accept_then_500"),)
    yield Plan("Twilio: shown late", faults=late, listed_after=180)
    both = (Fault("twilio", "503"), Fault("slack", "503"))
    yield Plan("both: 503", faults=both)


def _troubles() -> Iterator[Plan]:
    for name in PHONES:
        yield Plan(f"phone {name}", phone=name)
    for name, length in LENGTHS.items():
        yield Plan(f"asleep for {name}", asleep=length)
    for way in ("forward", "back"):
        yield Plan(f"clocks go {way}", clocks=way, asleep=timedelta(hours=13))
    yield Plan("database locked", locked=1.5)
    yield Plan("disk full", full=0.5)
    for step in (Step.BEFORE_RECORD, Step.AFTER_CLAIM, Step.SMS_LEAVES):
        yield Plan(f"disk full {step}", full=0.3, fills=step)
    yield Plan("disk full, Slack up", full_minutes=5)
    yield Plan("clock jumps ahead", clock="ahead", wrong_by=timedelta(days=1))
    yield Plan(
        "clock goes back", clock="back", wrong_by=timedelta(hours=-1), wrong_for=LENGTHS["minutes"]
    )
    yield Plan("clock stopped", clock="stopped", wrong_for=timedelta(minutes=10))
    yield Plan("slow heartbeat URL", slow=True)
    yield Plan("two processes", processes=2)
    yield Plan("an override in the morning", override=30)
    yield Plan("an archived channel", phone="off", archived=True)
    flood = tuple(f"I am out of office, {number}" for number in range(60))
    slow = (Fault("slack", "ratelimited", times=4),)
    yield Plan("a reply flood", faults=slow, phone="off", says=flood)
    yield Plan("OK and STOP during a kill", kill=Step.ANY_MOMENT, says=("OK", "STOP"))


PLAIN = {plan.row: plan for plan in (*_kills(), *_faults(), *_troubles())}
ROWS = tuple(PLAIN)


def drawn(seed: int) -> Plan:
    """Return the plan of a seed. Seeds in a row go through the table, row by row."""
    plan = PLAIN[ROWS[seed % len(ROWS)]]
    dice = Random(seed)
    plan = replace(plan, seed=seed, weekday=seed % 7)
    if plan.says or plan.archived:
        plan = replace(plan, after=dice.uniform(0, MORNING))
    elif plan.kill:
        plan = _drawn_kill(plan, plan.kill, dice)
    elif plan.faults:
        plan = replace(plan, faults=_drawn_faults(plan.faults, dice))
    elif plan.processes > 1 and dice.random() < 0.7:
        step = dice.choice([Step.ANY_MOMENT, Step.SMS_TAKEN, Step.SMS_ARRIVES])
        plan = replace(plan, kill=step, after=dice.uniform(0, MORNING))
    elif plan.locked:
        after = dice.choice([0.0, dice.uniform(0, MORNING)])
        plan = replace(plan, locked=dice.choice([0.5, 2.0, 4.0, 7.0, 30.0]), after=after)
    elif plan.full:
        after = dice.choice([0.0, dice.uniform(0, MORNING)]) if not plan.fills else 0.0
        plan = replace(plan, full=dice.choice([0.1, 0.5, 2.0]), after=after)
    elif plan.clock:
        plan = _drawn_clock(plan, dice)
    elif plan.asleep and not plan.clocks:
        plan = replace(plan, asleep=plan.asleep * dice.uniform(0.2, 1.0))
    if plan.override is not None or dice.random() < 0.3:
        plan = replace(plan, override=dice.choice([-60, -1, 0, 1, 30, 59, 61, 90, 200, 1800]))
    return plan


def _drawn_kill(plan: Plan, kill: Step, dice: Random) -> Plan:
    nth = dice.randint(1, 2) if kill in TWICE else 1
    if kill is Step.ANY_STATEMENT:
        nth = dice.randint(1, STATEMENTS)
    plan = replace(plan, nth=nth, after=dice.uniform(0, MORNING))
    if dice.random() < 0.2:
        plan = replace(plan, asleep=dice.choice(list(LENGTHS.values())) * dice.uniform(0.2, 1.0))
    elif dice.random() < 0.2 and kill in (Step.ANY_MOMENT, Step.ANY_STATEMENT):
        kinds = [kind for kind in get_args(Kind) if kind not in HANGING]
        plan = replace(plan, faults=(Fault("twilio", dice.choice(kinds)),))
    return plan


def _drawn_clock(plan: Plan, dice: Random) -> Plan:
    """Return the clock wrong by something else, for another while, or at another time."""
    before = timedelta(seconds=15 * dice.choice([0, 1, 2, 4, 40]))
    if plan.clock == "stopped":
        return replace(plan, wrong_before=before)
    seconds = dice.choice([5, 20, 35, 40] if plan.clock == "ahead" else [20, 40, 300, 1200])
    sign = 1 if plan.clock == "ahead" else -1
    by = sign * dice.choice([timedelta(minutes=20), timedelta(hours=1), timedelta(days=1)])
    wrong_for = timedelta(seconds=seconds)
    return replace(plan, wrong_by=by, wrong_for=wrong_for, wrong_before=before)


def _drawn_faults(faults: tuple[Fault, ...], dice: Random) -> tuple[Fault, ...]:
    """Return the faults single, several, or lasting for a while."""
    if any(fault.kind in HANGING for fault in faults):
        return faults  # each call takes ten real seconds
    how = dice.choice(["single", "several", "lasting"])
    if how == "single":
        return faults
    if how == "several":
        return tuple(replace(fault, times=dice.randint(2, 4)) for fault in faults)
    minutes = dice.choice([1, 5, 20, 58, 90])
    return tuple(fault if fault.on else replace(fault, minutes=minutes) for fault in faults)
