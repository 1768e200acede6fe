"""`run_bot.py`, on a machine whose clock is as a file says. What passes, passes as ever.

The file, named by OTHER_CLOCK, holds the seconds by which the clock is ahead, or 'stands'.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import run_bot

VARIABLE = "OTHER_CLOCK"


class OtherClock:
    """The machine's clock, set otherwise."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stands_at: datetime | None = None

    def now(self) -> datetime:
        """Return what the clock says."""
        told = self._file.read_text(encoding="utf-8")
        now = datetime.now(UTC)
        if told == "stands":
            self._stands_at = self._stands_at or now
            return self._stands_at
        self._stands_at = None
        return now + timedelta(seconds=float(told))


if __name__ == "__main__":
    run_bot.machine = OtherClock(Path(os.environ[VARIABLE]))
    run_bot.main()
