"""Carriers that give no delivery receipts, learned by number: then 'sent' is all there is to know.

Twilio leaves such a text at `sent` for ever (https://help.twilio.com/articles/223134347), which
looks like a phone that is switched off. So after texts of three days that all ended there, 'sent'
counts as arrived for that number, until the first receipt: if somebody has ever written from it,
and no receipt ever came; else only if somebody wrote from it since the last of these texts. Where a
team wants an OK, nothing does.
"""

import logging
from datetime import date, datetime

from scheduling import phones
from scheduling.channels import NO_RECEIPTS, WITH_CARRIER
from scheduling.delivery.policy import RECEIPTS
from scheduling.notifications import known_leads, queue, snapshot
from scheduling.numbers import masked
from scheduling.rota import schedule
from scheduling.words.directs import no_receipts_direct, no_receipts_lead
from storage.models import Notification, Reply
from storage.statuses import Kind, Purpose, Status

log = logging.getLogger("whoseonfirst.carriers")


def take_as_sent(row: Notification) -> bool:
    """Take a text that the carrier has as arrived if no receipt is to be expected; tell whether so.

    In a transaction.
    """
    if row.twilio_status != WITH_CARRIER or row.error_code or not row.phone:
        return False
    if row.team.confirm_within is not None or not phones.without_receipts(row.phone):
        return False
    row.error_code = NO_RECEIPTS
    return True


def learn(row: Notification, now: datetime) -> None:
    """See whether a text that Twilio is not asked about any more is the third of its kind.

    In a transaction. `row` is stored as it stands.
    """
    number = row.phone
    if row.twilio_status != WITH_CARRIER or not number or phones.without_receipts(number):
        return
    if len(_silent_days(number)) < RECEIPTS.silent_days or not _is_in_use(number, row):
        return
    phones.expect_no_receipts(number, now)
    log.info("no receipts are expected from the carrier of %s any more", masked(number))
    _tell(row, now)


def unlearn(row: Notification) -> None:
    """Expect receipts for a number again, for one came."""
    if row.phone and phones.expect_receipts(row.phone):
        log.info("the carrier of %s gives receipts after all", masked(row.phone))


def _silent_days(number: str) -> set[date]:
    """Return the days of the last texts to a number that ended without a receipt, up to one had."""
    found = (
        Notification.select()
        .where(
            Notification.phone == number,
            Notification.kind == Kind.SMS,
            Notification.twilio_sid.is_null(False),
            Notification.sent_at.is_null(False),
        )
        .order_by(Notification.sent_at.desc())
        .limit(RECEIPTS.silent_texts)
    )
    days: set[date] = set()
    for row in found:
        if row.status != Status.SENT:
            break
        if row.next_attempt_at is None and row.twilio_status == WITH_CARRIER:
            days.add(row.sent_at.astimezone(schedule.zone_of(row.team)).date())
    return days


def _is_in_use(number: str, newest: Notification) -> bool:
    """Tell whether texts arrive at a silent number, and only the receipts are missing.

    A carrier that has given one gives more, and nobody knows whether a number is right that nobody
    has ever written from: there it takes a sign of life since the newest text.
    """
    phone = phones.known([number]).get(number)
    had_receipt = Notification.select().where(
        Notification.phone == number,
        Notification.kind == Kind.SMS,
        Notification.status.in_((Status.DELIVERED, Status.UNDELIVERED)),
    )
    if phone and phone.confirmed_at and not had_receipt.exists():
        return True
    wrote = Reply.select().where(Reply.phone == number, Reply.received_at >= newest.sent_at)
    return bool(wrote.exists())


def _tell(row: Notification, now: datetime) -> None:
    """Tell the person and the team's leads, each once."""
    member, team = row.recipient, row.team
    wants_ok = team.confirm_within is not None
    key = f"no-receipts:{row.id}"
    if member.slack_user_id:
        text = no_receipts_direct(wants_ok=wants_ok)
        queue.write_to(team, member, text, purpose=Purpose.NO_RECEIPTS, key=key, now=now)
    text = no_receipts_lead(snapshot.person(member), wants_ok=wants_ok)
    for user in known_leads.of(team):
        if user != member.slack_user_id:
            queue.write_to(
                team,
                None,
                text,
                purpose=Purpose.NO_RECEIPTS,
                key=f"{key}:{user}",
                now=now,
                user=user,
            )
