"""What we know about phone numbers: whether they are confirmed, opted out, or give no receipts."""

from collections.abc import Iterable
from datetime import datetime

from storage.database import reading, writing
from storage.models import Phone, Reply
from storage.queries import phones
from storage.statuses import Meaning


def confirm(number: str, now: datetime) -> None:
    """Remember that a number's owner confirmed it."""
    _change(number, {Phone.confirmed_at: now}, Phone.confirmed_at.is_null())


def opt_out(number: str, now: datetime) -> None:
    """Remember that this number wants no SMS."""
    _change(number, {Phone.opted_out_at: now}, Phone.opted_out_at.is_null())


def opt_out_found(number: str, at: datetime, now: datetime) -> None:
    """Remember an opt-out that Twilio reported for an instant of its own clock.

    If a START came since, it is ignored, because Twilio may report an opt-out long after it began.
    """
    with writing():
        since = Reply.select().where(
            Reply.phone == number, Reply.meaning == Meaning.START, Reply.received_at > at
        )
        if not since.exists():
            opt_out(number, now)


def opt_in(number: str) -> None:
    """Remember that this number takes SMS again."""
    with writing():
        Phone.update(opted_out_at=None).where(Phone.number == number).execute()


def expect_no_receipts(number: str, now: datetime) -> None:
    """Remember that the carrier of this number gives no receipts."""
    _change(number, {Phone.no_receipts_at: now}, Phone.no_receipts_at.is_null())


def expect_receipts(number: str) -> bool:
    """Remember that a receipt came for this number; tell whether none was expected."""
    with writing():
        return phones.expect_receipts(number)


def without_receipts(number: str) -> bool:
    """Tell whether no receipts are expected for this number."""
    row = known([number]).get(number)
    return row is not None and row.no_receipts_at is not None


def lose_replies(sender: str, since: datetime) -> None:
    """Remember that replies to one of our senders are lost, as far as we know."""
    _change(sender, {Phone.unheard_at: since}, Phone.unheard_at.is_null())


def replies_lost() -> bool:
    """Tell whether replies are lost: none has come since a sender was set up to drop them."""
    with reading():
        return phones.replies_lost()


def known(numbers: Iterable[str | None]) -> dict[str, Phone]:
    """Return what we know about these numbers, by number; None and unknown numbers are left out."""
    asked = {number for number in numbers if number}
    with reading():
        return {row.number: row for row in Phone.select().where(Phone.number.in_(asked))}


def opted_out(numbers: Iterable[str | None]) -> set[str]:
    """Return which of these numbers want no SMS."""
    return {number for number, row in known(numbers).items() if row.opted_out_at}


def is_confirmed(number: str | None) -> bool:
    """Tell whether a number's owner has confirmed it."""
    row = known([number]).get(number or "")
    return row is not None and row.confirmed_at is not None


def is_doubtful(number: str | None) -> bool:
    """Tell whether a number sent STOP without ever being confirmed: it may be a stranger's."""
    row = known([number]).get(number or "")
    return row is not None and row.opted_out_at is not None and row.confirmed_at is None


def _change(number: str, values: dict[object, datetime], unless: object) -> None:
    with writing():
        Phone.insert(number=number).on_conflict_ignore().execute()
        Phone.update(values).where(Phone.number == number, unless).execute()
