"""The ways out: what a channel can do, as protocols, and what all of them speak.

A channel is one class. Which kind of notification it carries is one line where the process is put
together; the rest of delivery knows the protocols only. A provider's codes stay behind its channel:
it says what matters of one by an ErrorClass, or explains it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import NamedTuple, Protocol, runtime_checkable

from storage.statuses import Kind, Outcome, Status

# Seconds until a provider is tried again that could not be reached at all.
OUT_OF_REACH = 60
# Seconds that a text may wait at the provider: its hour, and less for what calls somebody.
VALID_FOR, CALLS_VALID_FOR = 3600, 1800
# Clocks that are this close show the same time: an answer takes a while.
SAME_TIME = timedelta(seconds=15)
# As error code of an SMS that was sent, and as the provider's word: no more will be known of it.
NO_RECEIPTS = "delivery_unknown"
# As error code of an SMS that is not sent because they want none, and why: the code is Twilio's.
OPTED_OUT = "21610"
OPTED_OUT_WHY = "Opted out (replied STOP). To opt back in, text START to my number"
# As the provider's word for an SMS: the carrier has it.
WITH_CARRIER = "sent"


class ErrorClass(Enum):
    """What matters of an error besides its outcome, whatever the provider calls it."""

    OTHER = auto()
    BUSY = auto()  # the provider is there, and has too many requests from us
    QUEUE_FULL = auto()  # the same, and for hours: it has more than it can send on
    USED_UP = auto()  # an allowance of ours
    WRONG_ADDRESS = auto()  # whoever keeps the number or id must correct it
    OPTED_OUT = auto()  # they want nothing from us that way
    GONE = auto()  # nobody reads what is sent there, however often it is tried
    RESTRICTED = auto()  # only some may send there, which is known by trying only
    NOT_EDITABLE = auto()  # it is there, and can't be changed anymore

    @property
    def pauses_route(self) -> bool:
        """Whether nothing is to be sent the same way for a while."""
        return self in (ErrorClass.BUSY, ErrorClass.QUEUE_FULL)

    @property
    def stops_all(self) -> bool:
        """Whether nothing of ours would go out that way just now, to whomever."""
        return self in (ErrorClass.QUEUE_FULL, ErrorClass.USED_UP)


class Explanation(NamedTuple):
    """What a channel knows of one of its error codes.

    `outcome` is 'temporary' if another try within the hour may help. `for_recipient` is what the
    person who is written to must do, '' where it is somebody else's; `link` is where the provider
    explains a code that nobody here has words for.
    """

    outcome: Outcome = Outcome.PERMANENT
    error_class: ErrorClass = ErrorClass.OTHER
    for_recipient: str = ""
    link: str = ""

    @property
    def may_pass(self) -> bool:
        """Whether the trouble may go by itself: then it is tried again later."""
        return self.outcome is Outcome.TEMPORARY


class DeliveryError(Exception):
    """A message did not go out, or nobody knows.

    `outcome` is 'temporary' (worth another try), 'permanent' (never will), or 'uncertain' (it may
    have gone out: look it up before sending again). `code` is the provider's, `message` a sentence
    for people, `retry_after` the seconds to wait, where the provider asked for it or can't be
    reached: then another try follows even after the last.
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
        """Whether the provider is there, and has too many requests from us."""
        return self.error_class.pauses_route


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent: `to` a phone number or a Slack channel or user id, `key` unique for ever.

    `buttons` are (label, what it runs) below it, and `small_print` is between them, where the
    channel has them. After `valid_for` seconds the provider is to drop what it has not sent on.
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

    The status is delivered, undelivered, failed, or sent when nothing more will be known; None
    while it is on its way. `at` is when the provider knew, `code` and `why` (a sentence for people)
    why it failed. `price` is in millionths of `unit` (None until it is billed), `word` the
    provider's own for the status, and `left_at` when it was sent on. Instants are by the provider's
    clock, which said `asked_at` with this answer (None: it didn't say).
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
        """Return it with instants by a clock that says `now`, where the other says another time."""
        off = self.asked_at - now if self.asked_at else timedelta()
        if abs(off) < SAME_TIME:
            return self
        left_at = self.left_at and self.left_at - off
        return replace(self, at=self.at - off, left_at=left_at, asked_at=now)


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message that somebody sent to us.

    `phone` is the bare number, however the message came. `placed` is whether its place in the list
    tells what came first within a second; the provider's instants are whole seconds. `at` is by its
    clock; `ago` is how long before it was read that was, by the same clock, None if unknown.
    """

    sid: str
    phone: str
    body: str
    at: datetime
    to: str = ""
    placed: bool = True
    ago: timedelta | None = None


class Dropping(NamedTuple):
    """A sender of ours that drops what comes in, and since when it has been set up as it is.

    A reply that came since then proves that it drops nothing.
    """

    sid: str
    since: datetime | None


class Explains(Protocol):
    """Knows what the error codes of a provider mean."""

    def explain(self, code: str | None, /) -> Explanation:
        """Return what is known of a code that was stored."""


class Sends(Explains, Protocol):
    """A way out."""

    def send(self, message: Message) -> str:
        """Send once and return the message id. Raises DeliveryError."""


class LooksUp(Protocol):
    """Finds what may have gone out, because the answer was lost."""

    def find(self, message: Message, search: Search) -> str | None:
        """Return the message id if it went out.

        Raises DeliveryError when the provider cannot be asked.
        """


class Channel(Sends, LooksUp, Protocol):
    """What every channel is: nothing is sent a second time before it was looked up."""


@runtime_checkable
class Tracks(Protocol):
    """Gives delivery receipts: what was sent is asked about until its end is known."""

    def receipt(self, message_id: str) -> DeliveryReceipt:
        """Return the delivery status of a message, as far as it is known. Raises DeliveryError."""

    def receipts(self, ids: Collection[str], since: datetime) -> Mapping[str, DeliveryReceipt]:
        """Return the delivery status of messages sent since then, where the provider says.

        Raises DeliveryError.
        """

    def pace(self) -> float:
        """Return how many segments a second leave the provider, without asking it."""


@runtime_checkable
class Edits(Protocol):
    """A way out whose messages can be edited."""

    def edit(self, message: Message, message_id: str) -> None:
        """Let what was sent say something else. May be called twice. Raises DeliveryError."""


@runtime_checkable
class Hears(Protocol):
    """Reads what people write to us."""

    def received(self, since: datetime) -> Collection[Inbound]:
        """Return what was sent to us since then, and some of before, the oldest first.

        Raises DeliveryError.
        """


# Which channel carries which kind of notification.
Channels = Mapping[Kind, Channel]
