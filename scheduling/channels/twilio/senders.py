"""How fast texts leave Twilio: each sender has a queue of its own, in segments a second.

https://help.twilio.com/articles/115002943027-Understanding-Twilio-Rate-Limits-and-Message-Queues
A number in an A2P 10DLC campaign goes by the campaign, which Twilio does not tell us: it counts as
any other, and what Twilio says of a text that has left corrects that.
"""

from collections.abc import Iterable

from scheduling.channels.pace import SLOWEST

LONG_CODE, TOLL_FREE, SHORT_CODE = SLOWEST, 3.0, 100.0
ABROAD = 10.0  # from a number outside of the United States and Canada
TOLL_FREE_CODES = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")
LONGEST_SHORT_CODE = 6  # digits


def pace(numbers: Iterable[str]) -> float:
    """Return the segments a second that leave from these senders; one where none is known."""
    return sum(map(_of_one, numbers)) or LONG_CODE


def _of_one(number: str) -> float:
    if not number.startswith("+") and len(number) <= LONGEST_SHORT_CODE:
        return SHORT_CODE
    if number.startswith(TOLL_FREE_CODES):
        return TOLL_FREE
    return LONG_CODE if number.startswith("+1") else ABROAD
