"""Channels that a test opens and closes, instead of a provider."""

import threading
from collections.abc import Collection
from datetime import datetime

from scheduling.channels import (
    Channel,
    Channels,
    DeliveryError,
    DeliveryReceipt,
    Explanation,
    Inbound,
    Message,
    Search,
)
from scheduling.channels.twilio import codes as twilio_codes
from storage.statuses import Kind, Outcome, Status
from tests.builders import NOW

PATIENCE = 60.0  # seconds; how long a test waits for something that should come at once


class Door:
    """A channel that lets nothing out until it is opened, and knows what went out.

    `troubles` happen to the sends in order (None: it works), `blind` to every look. A `deaf` one
    can't be asked for replies.
    """

    def __init__(
        self,
        *troubles: Exception | None,
        opened: bool = False,
        blind: Exception | None = None,
    ) -> None:
        self.asked: list[str] = []
        self.sent: list[str] = []
        self.texts: list[str] = []
        self.edits: list[tuple[str, str, str]] = []
        self.troubles = list(troubles)
        self.blind = blind
        self.deaf = False
        self.entered = threading.Semaphore(0)
        self.opened = threading.Event()
        if opened:
            self.opened.set()

    def send(self, message: Message) -> str:
        self.asked.append(message.key)
        self.entered.release()
        assert self.opened.wait(PATIENCE)
        if self.troubles and (trouble := self.troubles.pop(0)):
            raise trouble
        self.sent.append(message.key)
        self.texts.append(message.text)
        return f"receipt of {message.key}"

    def explain(self, code: str | None, /) -> Explanation:
        return twilio_codes.explain(code)

    def edit(self, message: Message, message_id: str) -> None:
        self.edits.append((message_id, message.text, message.small_print))

    def find(self, message: Message, search: Search) -> str | None:
        if self.blind:
            raise self.blind
        return f"receipt of {message.key}" if message.key in self.sent and search else None


class Phone(Door):
    """A door to phones: it can say whether a text arrived, and what people write."""

    def receipt(self, sid: str) -> DeliveryReceipt:
        return DeliveryReceipt(Status.DELIVERED if sid else None, at=NOW)

    def receipts(self, sids: Collection[str], since: datetime) -> dict[str, DeliveryReceipt]:
        return {sid: self.receipt(sid) for sid in sids if since}

    def received(self, since: datetime) -> list[Inbound]:
        if self.deaf:
            raise DeliveryError(
                Outcome.TEMPORARY, "no connection", f"Nobody answered since {since}."
            )
        return []

    def pace(self) -> float:
        return 1.0


def channels(sms: Channel, slack: Channel) -> Channels:
    return {Kind.SMS: sms, Kind.ANNOUNCEMENT: slack, Kind.DIRECT: slack}
