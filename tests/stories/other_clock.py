"""`run_bot.py` on a machine whose wall clock a file sets. The monotonic clock is unaffected.

The file, named by OTHER_CLOCK, has the seconds by which the clock is ahead, or 'stopped'.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import run_bot

VARIABLE = "OTHER_CLOCK"


class OtherClock:
    """The machine's clock, changed by the file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stopped_at: datetime | None = None

    def now(self) -> datetime:
        """Return what the clock says."""
        setting = self._file.read_text(encoding="utf-8")
        now = datetime.now(UTC)
        if setting == "stopped":
            self._stopped_at = self._stopped_at or now
            return self._stopped_at
        self._stopped_at = None
        return now + timedelta(seconds=float(setting))


if __name__ == "__main__":
    run_bot.machine = OtherClock(Path(os.environ[VARIABLE]))
    run_bot.main()
