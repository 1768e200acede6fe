"""What a Retry-After says: seconds, a fraction of one, or a date.

https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
"""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def seconds_to_wait(said: str | None, date: str | None = None) -> float | None:
    """Return the seconds that a Retry-After asks for; None if it says nothing usable.

    `date` is the answer's own Date header: our clock may not be the one that the wait was set by.
    """
    text = (said or "").strip()
    try:
        seconds = float(text)
    except ValueError:
        until, now = _instant(text), _instant(date or "")
        if until is None or now is None:
            return None
        seconds = max((until - now).total_seconds(), 0.0)
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _instant(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # A date that ends in -0000 has no zone, and is UTC all the same.
    return at if at.tzinfo else at.replace(tzinfo=UTC)
