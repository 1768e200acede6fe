"""Channels: what they can do, as protocols, and the types that they share.

A channel is one class. One line where the process is set up says which kind of notification it
carries; the rest of delivery only knows the protocols. A provider's error codes stay inside its
channel, which translates them to an ErrorClass and an Explanation.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import NamedTuple, Protocol, runtime_checkable

from storage.statuses import Kind, Outcome, Status

# Seconds before the next try if a provider couldn't be reached at all.
OUT_OF_REACH = 60
# Seconds that a text may wait in the provider's queue; less for urgent ones.
VALID_FOR, CALLS_VALID_FOR = 3600, 1800
# Two clocks this close count as equal, because an answer takes a while.
SAME_TIME = timedelta(seconds=15)
# The error code, and the provider's status, of an SMS that will never get a receipt.
NO_RECEIPTS = "delivery_unknown"
# The error code, Twilio's, of an SMS that isn't sent because they opted out, and the reason.
OPTED_OUT = "21610"
OPTED_OUT_WHY = "Opted out (replied STOP). To opt back in, text START to my number"
# The provider's status of an SMS that the carrier has.
WITH_CARRIER = "sent"


class ErrorClass(Enum):
    """What else matters about an error, whatever the provider's code for it is."""

    OTHER = auto()
    BUSY = auto()  # we hit the provider's rate limit
    QUEUE_FULL = auto()  # its queue of our messages is full, which takes hours to pass
    USED_UP = auto()  # we have used up an allowance
    WRONG_ADDRESS = auto()  # the number or id is wrong and must be corrected
    OPTED_OUT = auto()  # they don't want messages this way
    GONE = auto()  # nobody can read what is sent there, so retrying is useless
    RESTRICTED = auto()  # only some may post there, which only shows when we try
    NOT_EDITABLE = auto()  # the message exists but can't be edited any more

    @property
    def pauses_route(self) -> bool:
        """Whether nothing should be sent on the same route for a while."""
        return self in (ErrorClass.BUSY, ErrorClass.QUEUE_FULL)

    @property
    def stops_all(self) -> bool:
        """Whether messages to anybody would fail this way now."""
        return self in (ErrorClass.QUEUE_FULL, ErrorClass.USED_UP)


class Explanation(NamedTuple):
    """What a channel knows about one of its error codes.

    outcome: 'temporary' if another try within the hour may help
    for_recipient: what the recipient must do; '' if it's not up to them
    link: where the provider explains a code that we have no words for
    """

    outcome: Outcome = Outcome.PERMANENT
    error_class: ErrorClass = ErrorClass.OTHER
    for_recipient: str = ""
    link: str = ""

    @property
    def may_pass(self) -> bool:
        """Whether the trouble may pass, so that the message is resent later."""
        return self.outcome is Outcome.TEMPORARY


class DeliveryError(Exception):
    """A message wasn't sent, or may not have been.

    outcome: 'temporary' (worth another try), 'permanent' (it won't work), or 'uncertain' (it may
        have been sent: look it up before sending it again)
    code: the provider's error code
    message: a sentence for people
    retry_after: seconds to wait, if the provider asks us to or can't be reached; then it is retried
        beyond the usual number of tries
    """

    def __init__(
        self,
        outcome: Outcome,
        code: str,
        message: str,
        retry_after: int | None = None,
        error_class: ErrorClass = ErrorClass.OTHER,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.outcome = outcome
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.error_class = error_class

    @property
    def asks_to_wait(self) -> bool:
        """Whether we hit a rate limit or a full queue of the provider."""
        return self.error_class.pauses_route


@dataclass(frozen=True, slots=True)
class Message:
    """A message to send.

    to: a phone number, or the id of a Slack channel or user
    key: unique among all messages ever
    buttons, small_print: (label, what it runs), and small text above them, if the channel has them
    valid_for: seconds after which the provider drops a message that it couldn't send on
    """

    to: str
    text: str
    key: str
    buttons: tuple[tuple[str, str], ...] = ()
    small_print: str = ""
    valid_for: int = VALID_FOR


class Search(NamedTuple):
    """How to look up a message that may have gone out.

    since: when it was first tried (aware)
    now: the current time by the same clock (aware)
    taken: the ids of messages that are known to be others
    rivals: how many other messages to the same number are being sent, or may have gone out
    """

    since: datetime
    now: datetime | None = None
    taken: frozenset[str] = frozenset()
    rivals: int = 0


@dataclass(frozen=True, slots=True)
class DeliveryReceipt:
    """The delivery status of a message, as the provider and the carrier report it.

    status: delivered, undelivered, failed, or sent if it's final too; None while on its way
    at: when the provider learned of it
    code, why: why it failed (`why` is a sentence for people)
    price, unit: in millionths of the unit, a currency; None until it is billed
    word: the provider's own word for the status
    left_at: when the provider sent it on
    asked_at: the provider's clock when it answered, which all the instants are by; None if unknown
    """

    status: Status | None
    at: datetime
    code: str | None = None
    why: str | None = None
    segments: int | None = None
    price: int | None = None
    unit: str | None = None
    word: str | None = None
    left_at: datetime | None = None
    asked_at: datetime | None = None
    error_class: ErrorClass = ErrorClass.OTHER

    def by_clock(self, now: datetime) -> "DeliveryReceipt":
        """Return it with its instants converted to our clock, which says `now`."""
        off = self.asked_at - now if self.asked_at else timedelta()
        if abs(off) < SAME_TIME:
            return self
        left_at = self.left_at and self.left_at - off
        return replace(self, at=self.at - off, left_at=left_at, asked_at=now)


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message that somebody sent us.

    phone: the sender's number, also if it came by RCS
    to: our number or sender
    at, ago: when it came, and how long ago that was when we read it (None: unknown); both are by
        the provider's clock, in whole seconds
    placed: whether its place in the list shows the order within a second
    """

    sid: str
    phone: str
    body: str
    at: datetime
    to: str = ""
    placed: bool = True
    ago: timedelta | None = None


class Dropping(NamedTuple):
    """One of our senders that drops replies, and since when its settings say so.

    A reply that came since then proves that it doesn't drop them.
    """

    sid: str
    since: datetime | None


class Explains(Protocol):
    """Knows what the error codes of a provider mean."""

    def explain(self, code: str | None, /) -> Explanation:
        """Return what is known about a stored code."""


class Sends(Explains, Protocol):
    """A channel that messages go out by."""

    def send(self, message: Message) -> str:
        """Send once and return the message id. Raises DeliveryError."""


class LooksUp(Protocol):
    """Finds a message that may have been sent although the answer was lost."""

    def find(self, message: Message, search: Search) -> str | None:
        """Return the message id if it went out.

        Raises DeliveryError when the provider cannot be asked.
        """


class Channel(Sends, LooksUp, Protocol):
    """What every channel can do: send, and look a message up before it is sent again."""


@runtime_checkable
class Tracks(Protocol):
    """Gives delivery receipts, which are polled until they are final."""

    def receipt(self, message_id: str) -> DeliveryReceipt:
        """Return the delivery status of a message, as far as it is known. Raises DeliveryError."""

    def receipts(self, ids: Collection[str], since: datetime) -> Mapping[str, DeliveryReceipt]:
        """Return the delivery status by message id, as far as the provider has it.

        All were sent at `since` or later. Raises DeliveryError.
        """

    def pace(self) -> float:
        """Return the segments per second that the provider sends on, without asking it."""


@runtime_checkable
class Edits(Protocol):
    """A channel whose messages can be edited."""

    def edit(self, message: Message, message_id: str) -> None:
        """Replace the content of a sent message. May be called twice. Raises DeliveryError."""


@runtime_checkable
class Hears(Protocol):
    """Reads what people write to us."""

    def received(self, since: datetime) -> Collection[Inbound]:
        """Return what was sent to us since then, and some older messages, the oldest first.

        Raises DeliveryError.
        """


# The channel for each kind of notification.
Channels = Mapping[Kind, Channel]
