"""The ways out: each channel is one class with `send` and `find`, and raises one error type."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

# Seconds until a provider is tried again that could not be reached at all.
OUT_OF_REACH = 60
# What Twilio, and then Slack, call it that we ask too often.
RATE_LIMITED = ("20429", "21611", "63017", "63018", "ratelimited", "rate_limited", "429")
# Seconds that a text may wait at the provider: its hour, and less for what calls somebody.
VALID_FOR, CALLS_VALID_FOR = 3600, 1800
Outcome = Literal["temporary", "permanent", "uncertain"]


class DeliveryError(Exception):
    """A message did not go out, or nobody knows.

    `outcome` is 'temporary' (worth another try), 'permanent' (never will), or 'uncertain' (it may
    have gone out: look before sending again). `code` is the provider's, `message` a sentence for
    people, `retry_after` the seconds to wait, where the provider asked for it or can't be reached:
    then another try follows even after the last.
    """

    def __init__(
        self, outcome: Outcome, code: str, message: str, retry_after: int | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.outcome = outcome
        self.code = code
        self.message = message
        self.retry_after = retry_after

    @property
    def asks_to_wait(self) -> bool:
        """Whether the provider is there, and has too many requests from us."""
        return self.code in RATE_LIMITED


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent: `to` a phone number or a Slack channel or user id, `key` unique for ever.

    `buttons` are (label, what it runs) below it, and `small_print` stands between, where the
    channel has them. After `valid_for` seconds the provider is to drop what it has not sent on.
    """

    to: str
    text: str
    key: str
    buttons: tuple[tuple[str, str], ...] = ()
    small_print: str = ""
    valid_for: int = VALID_FOR


@dataclass(frozen=True, slots=True)
class Search:
    """Where to look for a message that may have gone out.

    `since` is when it was first tried, by a clock that says `now`: aware instants. What has one of
    the ids in `taken` is another message. So many others to the same number, `rivals`, are under
    way or may have gone out, too.
    """

    since: datetime
    now: datetime | None = None
    taken: frozenset[str] = frozenset()
    rivals: int = 0


class Channel(Protocol):
    """A way out."""

    def send(self, message: Message) -> str:
        """Send once and return the provider's id of it. Raises DeliveryError."""

    def find(self, message: Message, search: Search) -> str | None:
        """Return the provider's id of the message if it went out.

        Raises DeliveryError when the provider cannot be asked.
        """


class Board(Channel, Protocol):
    """A way out where what stands there can be changed."""

    def edit(self, message: Message, receipt: str) -> None:
        """Let what `send` gave this receipt for say something else. Raises DeliveryError."""
