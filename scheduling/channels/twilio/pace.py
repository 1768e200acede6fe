"""How fast texts leave Twilio: it takes all at once, and sends them on at the sender's pace.

Each sender has a queue of its own, in segments a second:
https://help.twilio.com/articles/115002943027-Understanding-Twilio-Rate-Limits-and-Message-Queues
A number in an A2P 10DLC campaign goes by the campaign, which Twilio does not tell us: it counts as
any other, and what Twilio says of a text that has left corrects that.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

LONG_CODE, TOLL_FREE, SHORT_CODE = 1.0, 3.0, 100.0
ABROAD = 10.0  # from a number outside of the United States and Canada
TOLL_FREE_CODES = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")
LONGEST_SHORT_CODE = 6  # digits
# No text waits longer at Twilio: it is dropped then, and others were told.
LONGEST_WAIT = timedelta(minutes=30)
# Texts that leave this soon after Twilio took them leave at once, for people.
AT_ONCE = timedelta(seconds=30)


def of(numbers: Iterable[str]) -> float:
    """Return the segments a second that leave from these senders; one where none is known."""
    return sum(map(_of_one, numbers)) or LONG_CODE


def _of_one(number: str) -> float:
    if not number.startswith("+") and len(number) <= LONGEST_SHORT_CODE:
        return SHORT_CODE
    if number.startswith(TOLL_FREE_CODES):
        return TOLL_FREE
    return LONG_CODE if number.startswith("+1") else ABROAD


def takes(segments: int, pace: float) -> timedelta:
    """Return how long so many segments take to leave."""
    return timedelta(seconds=segments / pace)


class Queue:
    """What Twilio has taken from us and not sent on, by our reckoning.

    It shrinks while time passes and never grows by itself, so a clock that is set makes it neither
    longer nor older than it is. Not thread-safe.
    """

    def __init__(self) -> None:
        self._left = timedelta()
        self._at: datetime | None = None

    def add(self, segments: int, pace: float, now: datetime) -> timedelta:
        """Add a text that Twilio took at `now`; return how long it waits before it leaves."""
        if self._at is not None:
            self._left = max(self._left - max(now - self._at, timedelta()), timedelta())
        self._at = now
        waits = min(self._left, LONGEST_WAIT)
        self._left += takes(segments, pace)
        return waits
