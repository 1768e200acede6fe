"""A clock that can be set forward, shared by the sandbox's Slack, its phones and the bot."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from scheduling.clock import SystemClock


class SandboxClock:
    """A clock of our own: it moves only when asked to, or runs on from `start`.

    `start` is an aware instant (now, when left out). It never goes back. Listeners given to
    `on_forward` are called, in the caller's thread, after each jump.
    """

    def __init__(self, start: datetime | None = None, *, running: bool = False) -> None:
        self._system = SystemClock()
        self._began = self._system.now()
        self._start = start or self._began
        self.running = running
        self._ahead = timedelta()
        self._lock = threading.Lock()
        self._listeners: list[Callable[[datetime], None]] = []

    def now(self) -> datetime:
        """Return the sandbox's instant, aware and in UTC."""
        with self._lock:
            elapsed = self._system.now() - self._began if self.running else timedelta()
            return self._start + elapsed + self._ahead

    def forward(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> datetime:
        """Jump ahead, call the listeners and return the new instant. Refuses to go back."""
        jump = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if jump < timedelta():
            raise ValueError(f"the clock only goes forward, not by {jump}")
        with self._lock:
            self._ahead += jump
        now = self.now()
        for listener in list(self._listeners):
            listener(now)
        return now

    def forward_to(self, instant: datetime) -> datetime:
        """Jump ahead to the given aware instant; return it. Refuses to go back."""
        return self.forward(seconds=(instant - self.now()).total_seconds())

    def catch_up(self, instant: datetime) -> datetime:
        """Jump ahead to an aware instant, or stay if that is in the past; return now."""
        return self.forward(seconds=max((instant - self.now()).total_seconds(), 0))

    def on_forward(self, listener: Callable[[datetime], None]) -> None:
        """Call `listener(now)` after every jump."""
        self._listeners.append(listener)
