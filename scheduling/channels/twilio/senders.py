"""How fast texts leave Twilio: each sender has its own queue, in segments per second.

https://help.twilio.com/articles/115002943027-Understanding-Twilio-Rate-Limits-and-Message-Queues
The pace of a number in an A2P 10DLC campaign depends on the campaign, which Twilio doesn't tell us.
It counts like any other number; Twilio's status of a text corrects the estimate.
"""

from collections.abc import Iterable

from scheduling.channels.pace import SLOWEST

LONG_CODE, TOLL_FREE, SHORT_CODE = SLOWEST, 3.0, 100.0
ABROAD = 10.0  # from a number outside the United States and Canada
TOLL_FREE_CODES = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")
LONGEST_SHORT_CODE = 6  # digits


def pace(numbers: Iterable[str]) -> float:
    """Return the segments per second of these senders; one if no sender is known."""
    return sum(map(_of_one, numbers)) or LONG_CODE


def _of_one(number: str) -> float:
    if not number.startswith("+") and len(number) <= LONGEST_SHORT_CODE:
        return SHORT_CODE
    if number.startswith(TOLL_FREE_CODES):
        return TOLL_FREE
    return LONG_CODE if number.startswith("+1") else ABROAD
