"""The only place that asks the operating system for the time.

Everything else that depends on time takes an instant, or a `Clock`, as an argument.
"""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime:
        """Return this instant, aware and in UTC."""


class SystemClock:
    """The operating system's clock."""

    def now(self) -> datetime:
        """Return this instant, aware and in UTC."""
        return datetime.now(UTC)
