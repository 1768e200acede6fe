"""What a Retry-After says: seconds, a fraction of one, or a date.

https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

SHORTEST, LONGEST = 1, 86_400  # seconds


def asked_wait(headers: Mapping[str, str] | None) -> int | None:
    """Return the seconds, SHORTEST to LONGEST, that an answer asks us to wait, if it does."""
    seconds = said_wait(headers)
    return None if seconds is None else math.ceil(min(max(seconds, SHORTEST), LONGEST))


def said_wait(headers: Mapping[str, str] | None) -> float | None:
    """Return the seconds that an answer's headers ask for, unchanged; None if they don't."""
    given = {name.lower(): str(value) for name, value in (headers or {}).items()}
    return seconds_to_wait(given.get("retry-after"), given.get("date"))


def seconds_to_wait(said: str | None, date: str | None = None) -> float | None:
    """Return the seconds that a Retry-After asks for; None if it says nothing usable.

    `date` is the answer's own Date header, because our clock may differ from the server's.
    """
    text = (said or "").strip()
    try:
        seconds = float(text)
    except ValueError:
        until, now = instant(text), instant(date or "")
        if until is None or now is None:
            return None
        seconds = max((until - now).total_seconds(), 0.0)
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def instant(text: str) -> datetime | None:
    """Return the instant, aware, that a date in a header names; None if it names none."""
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # A date that ends in -0000 has no zone, and is UTC anyway.
    return at if at.tzinfo else at.replace(tzinfo=UTC)
