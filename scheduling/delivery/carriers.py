"""Learns which numbers' carriers give no delivery receipts, so that 'sent' is all we can know.

Twilio leaves a text to such a number at `sent` forever
(https://help.twilio.com/articles/223134347), which looks like a phone that is switched off. After
the texts of three days have all ended there, 'sent' counts as delivered for that number until a
receipt comes. Two cases count as proof that the number works: its owner confirmed it and no receipt
ever came, or somebody wrote from it after the last of these texts. If the team requires an OK,
'sent' never counts as delivered.
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
    """Count a text that the carrier has as delivered if no receipt is expected; tell whether so.

    Call this in a transaction.
    """
    if row.twilio_status != WITH_CARRIER or row.error_code or not row.phone:
        return False
    if row.team.confirm_within is not None or not phones.without_receipts(row.phone):
        return False
    row.error_code = NO_RECEIPTS
    return True


def learn(row: Notification, now: datetime) -> None:
    """Stop expecting receipts for a number if this text completes the third day without one.

    Twilio isn't asked about the text anymore. Call this in a transaction, with `row` saved.
    """
    number = row.phone
    if row.twilio_status != WITH_CARRIER or not number or phones.without_receipts(number):
        return
    if len(_silent_days(number)) < RECEIPTS.silent_days or not _is_in_use(number, row):
        return
    phones.expect_no_receipts(number, now)
    log.info("no receipts are expected from the carrier of %s anymore", masked(number))
    _tell(row, now)


def unlearn(row: Notification) -> None:
    """Expect receipts for a number again, because one came."""
    if row.phone and phones.expect_receipts(row.phone):
        log.info("the carrier of %s gives receipts after all", masked(row.phone))


def _silent_days(number: str) -> set[date]:
    """Return the local days of a number's texts without a receipt since the last one with one."""
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
    """Tell whether texts reach a number and only the receipts are missing.

    A carrier that gave a receipt once can give more, and a number that nobody ever wrote from may
    be wrong. In both cases somebody must have written from it since the newest text.
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
    """Notify the person and the team's leads, each once."""
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
