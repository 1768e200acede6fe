"""Delivery receipts: an SMS is asked about after seconds, then ever more rarely, for four hours.

What is told of it after that, or after the receipt, is in `revisits`.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from scheduling import phones
from scheduling.channels import (
    Channels,
    DeliveryError,
    DeliveryReceipt,
    ErrorClass,
    Tracks,
    pace,
)
from scheduling.clock import Clock
from scheduling.delivery import carriers, posts, revisits, settling, watch
from scheduling.delivery.policy import RECEIPTS
from scheduling.delivery.settling import changing, settle
from storage.database import reading, writing
from storage.models import Notification
from storage.queries import outbox
from storage.queries.outbox import ToTrack
from storage.statuses import Kind, Purpose, Status

log = logging.getLogger("whoseonfirst.outbox")


def due(now: datetime) -> list[ToTrack]:
    """Return the notifications to ask about."""
    with reading():
        return outbox.to_track(now)


class Receipts:
    """Asks what became of what was sent, and sees that somebody hears if it did not arrive.

    `answered` is told of which kind a channel has answered, `refresh` when posts may say something
    else by now.
    """

    def __init__(
        self,
        clock: Clock,
        channels: Channels,
        answered: Callable[[Kind], None],
        refresh: Callable[[datetime], None],
    ) -> None:
        self._clock = clock
        self._tracked = {
            kind: channel for kind, channel in channels.items() if isinstance(channel, Tracks)
        }
        self._answered = answered
        self._refresh = refresh

    def ask(self, number: int, kind: Kind, message_id: str) -> None:
        """Ask whether a message of this kind has arrived."""
        now = self._clock.now()
        receipt = None
        try:
            receipt = self._tracked[kind].receipt(message_id).by_clock(now)
            self._answered(kind)
        except DeliveryError as error:
            log.warning(
                "notification %s: no word of what became of it: %s",
                number,
                error,
                extra={"notification": number},
            )
        with writing(), changing(number, Status.SENT) as row:
            if row is None:
                return
            _follow(row, receipt, now)
        self._refresh(now)

    def ask_again(self, due: Sequence[revisits.Due]) -> None:
        """Ask for what was not told yet of messages that are settled."""
        for kind, asked, since in due:
            self._ask_again(kind, asked, since)

    def _ask_again(self, kind: Kind, asked: revisits.Asked, since: datetime) -> None:
        now = self._clock.now()
        try:
            receipts = self._tracked[kind].receipts(asked, since)
            told = {message_id: one.by_clock(now) for message_id, one in receipts.items()}
            self._answered(kind)
        except DeliveryError as error:
            log.warning("no word of what became of %s sent before: %s", len(asked), error)
            revisits.postpone(asked, now)
            return
        for number, receipt in revisits.record(asked, told, now):
            with writing(), changing(number, Status.SENT) as row:
                if row and receipt.status:
                    row.twilio_status = receipt.word
                    _settle(row, receipt, receipt.status, now)
        self._refresh(now)


def _follow(row: Notification, receipt: DeliveryReceipt | None, now: datetime) -> None:
    """Take down what a receipt says, None where nobody could be asked, and when to ask again."""
    was_late = posts.is_late(row, now)
    moved = False
    if receipt:
        row.twilio_status = receipt.word
        moved = _left(row, receipt, now)
    row.next_attempt_at = _next_asked(row, now)
    late = was_late or posts.is_late(row, now)
    if receipt and receipt.status:
        _settle(row, receipt, receipt.status, now)
        return
    as_sent = carriers.take_as_sent(row)
    over = row.next_attempt_at is None
    if as_sent or over or late or moved:
        revisits.schedule_next(row, now)
        row.save()
        watch.chain_changed(row, now)
    if over and receipt:
        carriers.learn(row, now)


def _next_asked(row: Notification, now: datetime) -> datetime | None:
    """Return when to ask again what became of an SMS; None four hours after it left."""
    left_at = row.left_at or now
    if left_at > now:  # it waits for its turn at Twilio
        return min(left_at + RECEIPTS.first, now + RECEIPTS.rarest)
    if now - left_at >= RECEIPTS.until:
        return None
    return now + min(max((now - left_at) / 2, RECEIPTS.first), RECEIPTS.rarest)


def _left(row: Notification, receipt: DeliveryReceipt, now: datetime) -> bool:
    """Take down when Twilio sent an SMS on; tell whether that is another time than expected.

    It can't be before Twilio took the SMS, or ahead: clocks are seconds apart.
    """
    if receipt.left_at is None or row.sent_at is None or row.held:
        return False
    left_at = min(max(receipt.left_at, row.sent_at), now)
    expected, row.leaves_at = (
        row.leaves_at,
        left_at if left_at - row.sent_at >= pace.AT_ONCE else None,
    )
    return bool(row.leaves_at != expected)


def _settle(row: Notification, receipt: DeliveryReceipt, status: Status, now: datetime) -> None:
    """Take down the delivery status that is final, or as far as anything will be known."""
    opted_out = (
        receipt.error_class is ErrorClass.OPTED_OUT
    )  # a messaging service finds it after it took the SMS
    if opted_out and row.phone:
        phones.opt_out_found(row.phone, receipt.at, now)
    if status is not Status.SENT:
        carriers.unlearn(row)
    settle(row, Status.SKIPPED if opted_out else status)
    row.error_code, row.error_message = receipt.code, receipt.why
    row.segments = receipt.segments or row.segments
    if receipt.price is not None:  # Twilio names the currency before the price
        row.price, row.price_unit = receipt.price, receipt.unit
    if status is Status.DELIVERED:
        row.delivered_at = receipt.at
        if row.purpose == Purpose.TEST and row.phone:
            phones.opt_in(row.phone)
    revisits.schedule_next(row, now)
    row.save()
    if receipt.why:
        settling.give_up(row, receipt.why, now)
    else:
        watch.chain_changed(row, now)
