"""How long a text waits at a provider that takes all at once, and sends them on at a pace."""

from datetime import datetime, timedelta

SLOWEST = 1.0  # segments a second
# No text waits longer at the provider: it is dropped then, and the fallback has reached others.
LONGEST_WAIT = timedelta(minutes=30)
# Texts that leave this soon after the provider took them leave at once, for people.
AT_ONCE = timedelta(seconds=30)


def takes(segments: int, pace: float) -> timedelta:
    """Return how long so many segments take to leave."""
    return timedelta(seconds=segments / pace)


class Queue:
    """What a provider has taken from us and not sent on, by our reckoning.

    It shrinks while time passes and never grows by itself, so a clock that is set makes it neither
    longer nor older than it is. Not thread-safe.
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
