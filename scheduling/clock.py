"""The only place that asks the operating system for the time.

Everything else that depends on time takes an instant, or a `Clock`, as an argument. Pauses are
measured in seconds that have passed, never by the time of the day (docs/decisions/0015).
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

log = logging.getLogger("whoseonfirst.clock")

# A step of at most this much is followed at once, as if the clock had been slewed.
TOLERANCE = timedelta(seconds=2)
# A clock that stepped is believed once it has run normally for this many seconds, so one that is
# wrong for half a minute has no effect.
TRUST = 45.0
# The reference time is renewed this often, so a clock that runs slightly fast or slow is followed.
NOTED_EVERY = 30.0


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime:
        """Return this instant, aware and in UTC."""


class SystemClock:
    """The operating system's clock."""

    def now(self) -> datetime:
        """Return this instant, aware and in UTC."""
        return datetime.now(UTC)


def passed() -> float:
    """Return a count of seconds that never steps and includes those while the machine sleeps."""
    # Linux's monotonic clock stops during sleep; where there is no other, waking up is a step.
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


def distance(one: datetime, other: datetime) -> timedelta:
    """Return how far apart two instants are, whichever is first.

    Used for the age of a stored instant: one in the future is as unreliable as an old one.
    """
    return abs(one - other)


@dataclass(slots=True)
class _Doubt:
    """A step that isn't believed yet.

    step: how far the clock is from where it should be
    since: when this step was first seen, in `passed` seconds
    began: when the clock was last right, in the same seconds
    """

    step: timedelta
    since: float
    began: float


class SteadyClock:
    """The machine's clock, as far as it can be believed. Any thread may ask it.

    It follows the machine's clock while that runs normally. After a step, in either direction, the
    new time is believed once the clock has run normally for `TRUST` seconds. Until then, and while
    the clock is frozen or runs wildly, this one counts the seconds that pass. So a clock that is
    wrong for half a minute has no effect. The beginning and end of each step are logged.
    """

    def __init__(self, wall: Clock | None = None, seconds: Callable[[], float] = passed) -> None:
        self._wall = wall or SystemClock()
        self._seconds = seconds
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []
        self._base, self._base_at = self._wall.now(), seconds()
        self._last = self._base
        self._doubt: _Doubt | None = None

    def on_set(self, listener: Callable[[], None]) -> None:
        """Call `listener()` whenever a new time is believed, in the thread that notices."""
        self._listeners.append(listener)

    @property
    def trouble(self) -> str | None:
        """What is wrong with the machine's clock, if it has been unusable for a while."""
        with self._lock:
            doubt = self._doubt
            if doubt is None or self._seconds() - doubt.began <= TRUST + 1:
                return None
        return "The machine’s clock has stopped, or runs at the wrong speed."

    def now(self) -> datetime:
        """Return this instant, aware and in UTC, as far as it is known."""
        with self._lock:
            wall, at = self._wall.now(), self._seconds()
            expected = self._base + timedelta(seconds=at - self._base_at)
            stands, self._last = wall == self._last, wall
            step = wall - expected
            if abs(step) <= TOLERANCE:
                self._ends(None)
                if at - self._base_at >= NOTED_EVERY:
                    self._base, self._base_at = wall, at
                return wall
            doubt = self._doubt
            if doubt is None:
                self._doubt = _Doubt(step, at, at)
                self._begins(step, stands=stands)
            elif abs(step - doubt.step) > TOLERANCE:
                doubt.step, doubt.since = step, at
            elif at - doubt.since >= TRUST:
                self._ends(step)
                self._base, self._base_at = wall, at
                expected = wall
            else:
                return expected
            believed = self._doubt is None
        if believed:
            for listener in self._listeners:
                listener()
        return expected

    @staticmethod
    def _begins(step: timedelta, *, stands: bool) -> None:
        what = "has stopped" if stands else _stepped(step)
        log.warning(
            "The machine's clock %s. I keep my own time until it has run normally for %g s.",
            what,
            TRUST,
        )

    def _ends(self, believed: timedelta | None) -> None:
        if self._doubt is None:
            return
        self._doubt = None
        if believed is None:
            log.warning(
                "The machine's clock is back to the right time. I never used the wrong one."
            )
        else:
            log.warning(
                "The machine's clock %s and runs normally, so I use it from now on.",
                _stepped(believed),
            )


def _stepped(step: timedelta) -> str:
    whole = timedelta(seconds=round(abs(step).total_seconds()))
    return f"was set {'ahead' if step > timedelta() else 'back'} by {whole}"
