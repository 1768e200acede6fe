"""Delivery receipts: an SMS is asked about after seconds, then ever more rarely, for four hours.

What Twilio tells of it after that, or after the receipt, is in `revisits`.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from scheduling import phones
from scheduling.channels import DeliveryError
from scheduling.channels.twilio import pace
from scheduling.channels.twilio.codes import OPTED_OUT
from scheduling.channels.twilio.sms import DeliveryReceipt, SmsChannel
from scheduling.clock import Clock
from scheduling.delivery import carriers, posts, revisits, settling, watch
from scheduling.delivery.policy import RECEIPTS
from scheduling.delivery.settling import changing, settle
from storage.database import database, reading, stored_instant, writing
from storage.models import Notification

log = logging.getLogger("whoseonfirst.outbox")

# What every tick asks, in plain SQL: the answer is almost always that there is nothing.
_SENT = "SELECT id, twilio_sid FROM notification_log WHERE status = 'sent' AND next_attempt_at <= ?"


def due(now: datetime) -> list[tuple[int, str]]:
    """Return the ids of the notifications to ask about, each with its message id."""
    with reading():
        return list(database.execute_sql(_SENT, (stored_instant(now),)).fetchall())


class Receipts:
    """Asks what became of SMS, and sees that somebody hears if one did not arrive.

    `answered` is told when Twilio has answered, `refresh` when posts may say something else by now.
    """

    def __init__(
        self,
        clock: Clock,
        sms: SmsChannel,
        answered: Callable[[], None],
        refresh: Callable[[datetime], None],
    ) -> None:
        self._clock = clock
        self._sms = sms
        self._answered = answered
        self._refresh = refresh

    def ask(self, number: int, message_id: str) -> None:
        """Ask Twilio whether an SMS has arrived."""
        now = self._clock.now()
        receipt = None
        try:
            receipt = self._sms.receipt(message_id).by_clock(now)
            self._answered()
        except DeliveryError as error:
            log.warning(
                "notification %s: no word from Twilio: %s",
                number,
                error,
                extra={"notification": number},
            )
        with writing(), changing(number, "sent") as row:
            if row is None:
                return
            _follow(row, receipt, now)
        self._refresh(now)

    def ask_again(self, asked: revisits.Asked, since: datetime) -> None:
        """Ask Twilio for what it had not told yet of SMS that are settled."""
        now = self._clock.now()
        try:
            receipts = self._sms.receipts(asked, since)
            told = {message_id: one.by_clock(now) for message_id, one in receipts.items()}
            self._answered()
        except DeliveryError as error:
            log.warning("no word from Twilio of %s SMS of before: %s", len(asked), error)
            revisits.postpone(asked, now)
            return
        for number, receipt in revisits.record(asked, told, now):
            with writing(), changing(number, "sent") as row:
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


def _settle(row: Notification, receipt: DeliveryReceipt, status: str, now: datetime) -> None:
    """Take down the delivery status that is final, or as far as anything will be known."""
    opted_out = receipt.code == str(OPTED_OUT)  # a messaging service finds it after it took the SMS
    if opted_out and row.phone:
        phones.opt_out_found(row.phone, receipt.at, now)
    if status != "sent":
        carriers.unlearn(row)
    settle(row, "skipped" if opted_out else status)
    row.error_code, row.error_message = receipt.code, receipt.why
    row.segments = receipt.segments or row.segments
    if receipt.price is not None:  # Twilio names the currency before the price
        row.price, row.price_unit = receipt.price, receipt.unit
    if status == "delivered":
        row.delivered_at = receipt.at
        if row.purpose == "test" and row.phone:
            phones.opt_in(row.phone)
    revisits.schedule_next(row, now)
    row.save()
    if receipt.why:
        settling.give_up(row, receipt.why, now)
    else:
        watch.chain_changed(row, now)
