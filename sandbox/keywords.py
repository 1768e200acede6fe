"""The keywords that Twilio itself acts on and answers.

https://help.twilio.com/articles/223134027: STOP and its like, START and its like, HELP and INFO, as
the whole message. It's an open question whether the account's lists show the answers, as
`outbound-reply`.
"""

import re
from dataclasses import dataclass
from typing import Literal

from sandbox.truths import TwilioTruths

STOP_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"}
)
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})
STOPPED = (
    "You have successfully been unsubscribed. You will not receive any more messages from this "
    "number. Reply START to resubscribe."
)
STARTED = (
    "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
)
HELPED = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."


@dataclass(frozen=True, slots=True)
class Heard:
    """What Twilio makes of a text: the number's new opt-out state, and its answer, if any."""

    deed: Literal["stop", "start", "nothing"] = "nothing"
    answer: str | None = None


def heard(body: str, *, opted_out: bool, truths: TwilioTruths) -> Heard:
    """Return what Twilio makes of a text from somebody who has or hasn't opted out."""
    word = body.strip().upper()
    if truths.marks_around_keywords_are_ignored:
        word = re.sub(r"^\W+|\W+$", "", word)
    if word in STOP_WORDS:
        return Heard("stop", STOPPED)
    if word in START_WORDS:
        answers = opted_out or word != "YES" or truths.yes_is_always_answered
        return Heard("start", STARTED if answers else None)
    if word in HELP_WORDS and not opted_out:
        return Heard(answer=HELPED)
    return Heard()
