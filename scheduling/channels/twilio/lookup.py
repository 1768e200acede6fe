"""Looking for an SMS whose answer was lost, among those that Twilio lists.

Twilio has no idempotency key, so the text, the number and the time have to tell. An account may
keep neither text nor number of what has left:
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
# A host's clock, or ours while it steps, may be wrong by so much, beside what Twilio's own shows.
TOLERANCE = timedelta(minutes=5)
# Of the SMS to one number so many are looked at: which come first that have not left yet, is open.
MOST_LOOKED_AT = 3000
# Of the account's newest SMS so many tell what it keeps; of the texts as many must be empty. Those
# that have not left yet tell nothing, and at 8:00 hundreds of them may come first.
NEWEST, ALL_EMPTY = 50, 3
# What people write, and what Twilio or a webhook answers to it: we send all of ours by a call.
NOT_OURS = ("inbound", "outbound-reply")
NOT_TO_BE_FOUND = "Twilio keeps no numbers of what was sent, so it can’t be found there."
NOT_TOLD_APART = "Twilio keeps no texts of what was sent, so this one can’t be found among them."


def earliest(search: Search, twilio_says: datetime | None) -> datetime:
    """Return from when on an SMS can be the one, by Twilio's clock, which says so now."""
    now = search.now or search.since
    # An instant in the future was stored while the clock was ahead, so now is the latest possible.
    since = min(search.since, now)
    ahead = twilio_says - now if twilio_says and search.now else timedelta()
    return since + ahead - TOLERANCE


def the_one(
    listed: Iterable["MessageInstance"], text: str, since: datetime, search: Search
) -> str | None:
    """Return the sid of the SMS with this text, of those to its number, if one is there.

    Letters and digits are compared: a trial account puts words of its own before the text, and
    smart encoding replaces signs. Of what was redacted the time decides, unless one of ours that
    is looked for, too, may be it. Raises DeliveryError then.
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
    """What an account keeps of the SMS that have left: their texts, and whole numbers."""

    texts: bool
    numbers: bool

    @classmethod
    def by(cls, newest: Iterable["MessageInstance"]) -> "Kept":
        """Tell it by the account's newest SMS."""
        left = list(islice(filter(has_left, newest), NEWEST))
        newest_texts = left[:ALL_EMPTY]
        no_texts = bool(newest_texts) and all(map(_has_no_text, newest_texts))
        # Anything that hides a number could hide ours.
        no_numbers = any("X" in str(sms.to or "") for sms in left)
        return cls(texts=not no_texts, numbers=not no_numbers)


def has_left(sms: "MessageInstance") -> bool:
    """Whether we have sent it, and it has left Twilio: only then anything is taken out of it."""
    return bool(sms.date_sent) and str(sms.direction) != "inbound"


def _has_no_text(sms: "MessageInstance") -> bool:
    """Whether the text is gone: one without any is taken with pictures only."""
    return not sms.body and str(sms.num_media or "0") == "0"


def letters(text: str) -> str:
    """Return what is compared of a text: its letters and digits."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text)))
