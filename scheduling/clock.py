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

# A clock that is put right by so much is followed at once, as one that is slewed is.
TOLERANCE = timedelta(seconds=2)
# A clock that stepped is believed when it has gone on from there for so many seconds: one that is
# wrong for half a minute is not.
TRUST = 45.0
# So often it is noted where the clock stands: one that runs a little fast or slow stays believed.
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
    """Return seconds that only ever grow, by as many as pass, those of a sleeping machine too."""
    # Linux leaves sleep out of its monotonic clock; where there is no other, waking up is a step.
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


def distance(one: datetime, other: datetime) -> timedelta:
    """Return how far apart two instants are, whichever is first.

    The age of what was noted down is bounded by this: a mark that lies ahead is as bad as an old
    one.
    """
    return abs(one - other)


@dataclass(slots=True)
class _Doubt:
    """A clock that stepped: by how much, and since when, and where it stood when last looked at."""

    step: timedelta
    since: float
    began: float


class SteadyClock:
    """The machine's clock, as far as it can be believed. Any thread may ask it.

    It goes by the machine's clock while that one moves as time passes. One that steps, either way,
    is believed `TRUST` seconds later, if it has gone on from there; until then, and as long as it
    stands still or runs wildly, this one goes on by the seconds that pass. So what is wrong for
    half a minute changes nothing. A step is logged once, and its end.
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
        """Call `listener()` whenever another time is believed, in whoever's thread finds that."""
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
