"""Polls what Twilio adds to its record of a settled SMS: its price, a reason, a late receipt.

A receipt is final, but the rest of the record isn't: the price comes minutes or hours later. SMS
that still miss something are polled again, rarely, all in one list.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from scheduling import phones
from scheduling.channels import DeliveryReceipt, ErrorClass
from scheduling.delivery import watch
from scheduling.delivery.policy import RECEIPTS
from storage.database import reading, writing
from storage.models import Notification
from storage.queries import outbox
from storage.statuses import Kind, Status

log = logging.getLogger("whoseonfirst.revisits")

_NO_PRICE = (Status.FAILED, Status.SKIPPED)  # Twilio doesn't charge for these

# Notification ids by message id.
Asked = dict[str, int]


class Due(NamedTuple):
    """The notifications of one kind to poll again, and when the oldest was sent."""

    kind: Kind
    asked: Asked
    since: datetime


def due(now: datetime) -> list[Due]:
    """Return what to poll again."""
    with reading():
        found = outbox.to_revisit(now)
    return [
        Due(
            kind,
            {one.message_id: one.id for one in found if one.kind == kind},
            min(one.sent_at for one in found if one.kind == kind),
        )
        for kind in {one.kind for one in found}
    ]


def schedule_next(row: Notification, now: datetime) -> None:
    """Set when a settled SMS is polled again; never if nothing is missing."""
    later = (row.sent_at + after for after in RECEIPTS.revisits if row.sent_at)
    row.revisit_at = next((at for at in later if at > now), None) if is_open(row) else None


def is_open(row: Notification) -> bool:
    """Tell whether something that Twilio may still add is missing for a settled SMS."""
    if row.status == Status.SENT:  # a receipt may come after the frequent polling has ended
        return row.next_attempt_at is None
    unexplained = row.status in (Status.UNDELIVERED, Status.FAILED) and row.error_code is None
    return unexplained or (row.price is None and row.status not in _NO_PRICE)


def record(
    asked: Asked, receipts: Mapping[str, DeliveryReceipt], now: datetime
) -> list[tuple[int, DeliveryReceipt]]:
    """Record what Twilio added; return receipts that came late, by notification id."""
    late = []
    with writing():
        for sid, number in asked.items():
            row = Notification.get_by_id(number)
            receipt = receipts.get(sid)
            if receipt and row.status == Status.SENT and receipt.status:
                late.append((number, receipt))
            if receipt:
                _fill_in(row, receipt, now)
            schedule_next(row, now)
            row.save()
    return late


def postpone(asked: Asked, now: datetime) -> None:
    """Poll again later, because Twilio couldn't be reached."""
    with writing():
        for number in asked.values():
            row = Notification.get_by_id(number)
            patient = row.sent_at is not None and now - row.sent_at < RECEIPTS.given_up
            row.revisit_at = now + RECEIPTS.revisit_again if patient else None
            row.save()


def _fill_in(row: Notification, receipt: DeliveryReceipt, now: datetime) -> None:
    row.segments = receipt.segments or row.segments
    if receipt.price is not None:
        row.price, row.price_unit = receipt.price, receipt.unit
    if (
        receipt.code
        and row.status in (Status.UNDELIVERED, Status.FAILED)
        and row.error_code is None
    ):
        row.error_code, row.error_message = receipt.code, receipt.why
        if receipt.error_class is ErrorClass.OPTED_OUT and row.phone:
            phones.opt_out_found(row.phone, receipt.at, now)
            row.status = Status.SKIPPED
        watch.refresh_posts(row.root, now)
        log.info(
            "notification %s: Twilio has given a reason: %s",
            row.id,
            receipt.code,
            extra={"notification": row.id, "team": row.team_id},
        )
