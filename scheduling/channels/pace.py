"""Estimates how long a text waits in the queue of a provider that sends at a fixed pace."""

from datetime import datetime, timedelta

SLOWEST = 1.0  # segments a second
# No text waits longer: the provider drops it then, and the fallbacks have begun long before.
LONGEST_WAIT = timedelta(minutes=30)
# A text that leaves within this time counts as sent at once.
AT_ONCE = timedelta(seconds=30)


def takes(segments: int, pace: float) -> timedelta:
    """Return how long these segments take to leave."""
    return timedelta(seconds=segments / pace)


class Queue:
    """Our estimate of the segments that a provider has accepted and not sent on.

    It only shrinks with time, so a clock that is set back or ahead doesn't make it grow. Not
    thread-safe.
    """

    def __init__(self) -> None:
        self._left = timedelta()
        self._at: datetime | None = None

    def add(self, segments: int, pace: float, now: datetime) -> timedelta:
        """Add a text that the provider took at `now`; return how long it waits before it leaves."""
        if self._at is not None:
            self._left = max(self._left - max(now - self._at, timedelta()), timedelta())
        self._at = now
        waits = min(self._left, LONGEST_WAIT)
        self._left += takes(segments, pace)
        return waits
