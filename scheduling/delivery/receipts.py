"""Polls the delivery receipt of an SMS: after seconds, then at growing intervals, for four hours.

`revisits` has what Twilio adds to its record later.
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
    """Return the notifications whose receipt is to be polled."""
    with reading():
        return outbox.to_track(now)


class Receipts:
    """Polls the delivery status of what was sent, and warns somebody if it wasn't delivered.

    `answered` is called with the kind of a channel that has answered, `refresh` when posts may have
    changed.
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
        """Poll the delivery status of one message."""
        now = self._clock.now()
        receipt = None
        try:
            receipt = self._tracked[kind].receipt(message_id).by_clock(now)
            self._answered(kind)
        except DeliveryError as error:
            log.warning(
                "notification %s: its delivery status could not be polled: %s",
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
        """Poll again for what is still missing about settled messages."""
        for kind, asked, since in due:
            self._ask_again(kind, asked, since)

    def _ask_again(self, kind: Kind, asked: revisits.Asked, since: datetime) -> None:
        now = self._clock.now()
        try:
            receipts = self._tracked[kind].receipts(asked, since)
            known = {message_id: one.by_clock(now) for message_id, one in receipts.items()}
            self._answered(kind)
        except DeliveryError as error:
            log.warning(
                "the delivery status of %s older texts could not be polled: %s", len(asked), error
            )
            revisits.postpone(asked, now)
            return
        for number, receipt in revisits.record(asked, known, now):
            with writing(), changing(number, Status.SENT) as row:
                if row and receipt.status:
                    row.twilio_status = receipt.word
                    _settle(row, receipt, receipt.status, now)
        self._refresh(now)


def _follow(row: Notification, receipt: DeliveryReceipt | None, now: datetime) -> None:
    """Record a receipt (None if the poll failed), and when to poll again."""
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
    """Return when to poll the status of an SMS again; None four hours after it left."""
    left_at = row.left_at or now
    if left_at > now:  # it waits in Twilio's queue
        return min(left_at + RECEIPTS.first, now + RECEIPTS.rarest)
    if now - left_at >= RECEIPTS.until:
        return None
    return now + min(max((now - left_at) / 2, RECEIPTS.first), RECEIPTS.rarest)


def _left(row: Notification, receipt: DeliveryReceipt, now: datetime) -> bool:
    """Record when Twilio sent an SMS on; tell whether that differs from what we expected.

    The instant is moved between when Twilio took the SMS and now, because clocks differ by seconds.
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
    """Record the final delivery status, or the last one that Twilio will give."""
    # A messaging service reports an opt-out only after it has accepted the SMS.
    opted_out = receipt.error_class is ErrorClass.OPTED_OUT
    if opted_out and row.phone:
        phones.opt_out_found(row.phone, receipt.at, now)
    if status is not Status.SENT:
        carriers.unlearn(row)
    settle(row, Status.SKIPPED if opted_out else status)
    row.error_code, row.error_message = receipt.code, receipt.why
    row.segments = receipt.segments or row.segments
    if receipt.price is not None:  # Twilio gives the currency earlier than the price
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
