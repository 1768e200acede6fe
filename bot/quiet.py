"""Keeps a failure that repeats from filling the log."""

import logging
import threading
from collections import OrderedDict
from time import monotonic

# Seconds from one line about the same failure to the next, and until its traceback is news again.
EVERY, FORGOTTEN = 60.0, 3600.0
MOST = 200  # failures remembered


class Quiet(logging.Filter):
    """Lets the first traceback of a failure through, then at most one line a minute.

    Two failures are the same if their type and message are, whichever logger they come from.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        # By failure: when it was last written, when it last occurred, how many were left out.
        self._seen: OrderedDict[tuple[str, str], tuple[float, float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is written; one that repeats loses its traceback."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return True
        cause, now = (type(error).__name__, str(error)), monotonic()
        with self._lock:
            said_at, last, left_out = self._seen.pop(cause, (now, -FORGOTTEN, 0))
            news = now - last >= FORGOTTEN
            tells = news or now - said_at >= EVERY
            self._seen[cause] = (now, now, 0) if tells else (said_at, now, left_out + 1)
            if len(self._seen) > MOST:
                self._seen.popitem(last=False)
        if tells and not news:
            more = f", and {left_out} more like it" if left_out else ""
            record.msg = f"{record.getMessage()} ({cause[0]}: {cause[1]}{more})"
            record.args, record.exc_info, record.exc_text = (), None, None
        return tells
