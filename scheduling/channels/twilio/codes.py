"""Twilio's error codes: whether another try can help, who must act, and how we word them.

Twilio has hundreds of codes and adds more (https://www.twilio.com/docs/api/errors). `table` lists
those that a text can run into; the rest are classified by their documented ranges, and shown with
Twilio's own words and a link.
"""

from collections.abc import Iterator
from typing import NamedTuple

from scheduling.channels import ErrorClass, Explanation
from scheduling.channels.twilio.table import OWNERS, TABLE, Fault
from storage.statuses import Outcome, OwnCode

__all__ = ["REASONS", "Fault", "Reason", "error_text", "explain", "reason"]

PAGE = "https://www.twilio.com/docs/api/errors/{}"


class Reason(NamedTuple):
    """Why a text wasn't sent or delivered.

    outcome: 'temporary' if another try within the hour may help, 'permanent' if not, and
        'uncertain' if it may have been delivered anyway
    fault: who must act; None if Twilio doesn't say
    what, act: what happened, and what they must do; both without a final period
    """

    outcome: Outcome
    fault: Fault | None
    what: str = ""
    act: str = ""

    @property
    def words(self) -> str | None:
        """A sentence for the team; None if we only have Twilio's own words."""
        if self.fault in OWNERS and self.act:
            return f"{self.what}. Whoever runs this bot needs to {self.act}."
        return self.for_owner if self.fault != "recipient" else f"{self.what}."

    @property
    def for_owner(self) -> str | None:
        """The same for the person who runs the bot."""
        if not self.what:
            return None
        return f"{self.what}: {self.act}." if self.act else f"{self.what}."

    @property
    def for_recipient(self) -> str:
        """What the recipient must do; '' if it's not up to them."""
        return self.act if self.fault == "recipient" else ""


SMALLEST = 10_000  # smaller numbers are HTTP statuses

# The error classes of codes. USED_UP is a daily allowance.
_CLASSES = {
    429: ErrorClass.BUSY,  # HTTP's
    20429: ErrorClass.BUSY,
    21610: ErrorClass.OPTED_OUT,
    21611: ErrorClass.QUEUE_FULL,
    30454: ErrorClass.USED_UP,
    63017: ErrorClass.BUSY,
    63018: ErrorClass.BUSY,
    63038: ErrorClass.USED_UP,
}

_PASSES: tuple[Outcome, Fault] = (Outcome.TEMPORARY, "provider")
_ACCOUNT: tuple[Outcome, Fault] = (Outcome.PERMANENT, "account")

REASONS = {code: Reason(*known) for code, known in TABLE.items()}
# For codes that aren't listed: the first range that contains them. The small ones are HTTP
# statuses, for answers without one of Twilio's codes.
_RANGES: tuple[tuple[range, Reason], ...] = (
    (range(429, 430), Reason(*_PASSES)),
    (range(500, 600), Reason(*_PASSES)),
    (range(10_000, 11_000), Reason(*_ACCOUNT)),
    (range(20_500, 20_600), Reason(*_PASSES)),
    (range(20_000, 21_000), Reason(*_ACCOUNT)),
    (range(572_000, 574_000), Reason(*_ACCOUNT)),
)
_UNLISTED = Reason(Outcome.PERMANENT, None)


def reason(code: str | int | None) -> Reason:
    """Return what is known about a code: Twilio's, an HTTP status, or one of ours."""
    word = str(code or "")
    if not word.isdecimal():
        return Reason(*_PASSES) if word in (OwnCode.NO_CONNECTION, OwnCode.UNWELL) else _UNLISTED
    number = int(word)
    return REASONS.get(number) or next(_in_range(number), _UNLISTED)


def explain(code: str | int | None) -> Explanation:
    """Return what delivery needs to know about a code."""
    known = reason(code)
    number = int(code) if str(code or "").isdecimal() and code else 0
    by_fault = ErrorClass.WRONG_ADDRESS if known.fault == "number" else ErrorClass.OTHER
    error_class = _CLASSES.get(number, by_fault)
    return Explanation(known.outcome, error_class, known.for_recipient, link(code))


def error_text(code: int, words: str | None) -> str:
    """Return the reason as a sentence: ours, or else Twilio's `words` with its code."""
    if known := reason(code).words:
        return known
    number = f" (code {code})" if code else ""
    if not words:
        return f"Twilio gave no reason{number}."
    return f"Twilio says: {words.rstrip('.')}{number}."


def owner_text(code: str, words: str) -> str:
    """Return the sentence about an error, with a link, for the person who runs the bot."""
    return " ".join(filter(None, (reason(code).for_owner or words, link(code))))


def link(code: str | int | None) -> str:
    """Return Twilio's page about a code that we have no words for; '' for all others."""
    number = str(code or "")
    return PAGE.format(number) if number.isdecimal() and _needs_link(int(number)) else ""


def _needs_link(number: int) -> bool:
    return number >= SMALLEST and not reason(number).words


def _in_range(number: int) -> Iterator[Reason]:
    return (known for numbers, known in _RANGES if number in numbers)
