"""Looks up an SMS whose answer was lost in Twilio's message list.

Twilio has no idempotency key, so we compare the text, the number and the time. An account with
message redaction keeps neither text nor number:
https://www.twilio.com/docs/messaging/guides/privacy-message-redaction
"""

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from scheduling.channels import DeliveryError, Search
from scheduling.words.visible import visible_lines
from storage.statuses import Outcome, OwnCode

if TYPE_CHECKING:  # it would load all of Twilio's API
    from twilio.rest.api.v2010.account.message import MessageInstance

TRIAL_PREFIX = "Sent from your Twilio trial account - "
# How far our clock may be off, beyond the difference that Twilio's own clock shows.
TOLERANCE = timedelta(minutes=5)
# At most this many SMS to a number are read, because the order of unsent ones isn't documented.
MOST_LOOKED_AT = 3000
# The account's newest SMS show what it keeps: it keeps no texts if the newest ALL_EMPTY are empty.
# SMS that weren't sent on yet don't count, and at 8:00 hundreds of them may come first.
NEWEST, ALL_EMPTY = 50, 3
# Replies, and automatic answers to them. All of our own SMS are sent by the API.
NOT_OURS = ("inbound", "outbound-reply")
NOT_TO_BE_FOUND = (
    "Twilio doesn’t store recipients’ numbers for our account, so I can’t check whether the text "
    "was sent."
)
NOT_TOLD_APART = (
    "Twilio doesn’t store the wording of our texts, so I can’t tell whether this one was sent."
)


def earliest(search: Search, twilio_says: datetime | None) -> datetime:
    """Return the earliest instant, by Twilio's clock, at which our SMS can have been created."""
    now = search.now or search.since
    # An instant in the future was stored while the clock was ahead, so now is the latest possible.
    since = min(search.since, now)
    ahead = twilio_says - now if twilio_says and search.now else timedelta()
    return since + ahead - TOLERANCE


def the_one(
    listed: Iterable["MessageInstance"], text: str, since: datetime, search: Search
) -> str | None:
    """Return the sid of the SMS with this text among those to its number, if it is there.

    Only letters and digits are compared, because smart encoding replaces other characters; a trial
    account's prefix is allowed. If texts are redacted, the time decides. Raises DeliveryError if
    one of our other SMS could be meant then.
    """
    shown = visible_lines(text)
    texts = {letters(shown), letters(TRIAL_PREFIX + shown)}
    redacted = []
    for sms in listed:
        other = str(sms.sid) in search.taken or str(sms.direction) in NOT_OURS
        if other or sms.date_created is None or sms.date_created < since:
            continue
        if letters(sms.body or "") in texts:
            return str(sms.sid)
        if _has_no_text(sms):
            redacted.append(str(sms.sid))
    if redacted and len(redacted) <= search.rivals:
        raise DeliveryError(Outcome.UNCERTAIN, OwnCode.REDACTED, NOT_TOLD_APART)
    return redacted[0] if redacted else None


class Kept(NamedTuple):
    """What an account keeps of SMS that were sent on: their texts, and whole numbers."""

    texts: bool
    numbers: bool

    @classmethod
    def by(cls, newest: Iterable["MessageInstance"]) -> "Kept":
        """Find out from the account's newest SMS."""
        left = list(islice(filter(has_left, newest), NEWEST))
        newest_texts = left[:ALL_EMPTY]
        no_texts = bool(newest_texts) and all(map(_has_no_text, newest_texts))
        # If any number is redacted, ours may be too.
        no_numbers = any("X" in str(sms.to or "") for sms in left)
        return cls(texts=not no_texts, numbers=not no_numbers)


def has_left(sms: "MessageInstance") -> bool:
    """Whether it is ours and Twilio has sent it on; only then it is redacted."""
    return bool(sms.date_sent) and str(sms.direction) != "inbound"


def _has_no_text(sms: "MessageInstance") -> bool:
    """Whether the text was redacted; Twilio accepts an empty text only with pictures."""
    return not sms.body and str(sms.num_media or "0") == "0"


def letters(text: str) -> str:
    """Return a text's letters and digits, for the comparison."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text)))
