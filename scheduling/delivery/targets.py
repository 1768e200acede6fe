"""Whom each step of a chain notifies, and the results so far. This module only reads."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from scheduling import phones
from scheduling.channels import explaining
from scheduling.delivery import second_way
from scheduling.delivery.chain import Chain
from scheduling.delivery.policy import FOLLOW_UP
from scheduling.delivery.steps import Result, Rung, Target, To, Try
from scheduling.rota import queue
from scheduling.words.warnings import Trouble
from storage.models import Member, Notification
from storage.statuses import Kind, Purpose, Status


def rungs(chain: Chain, trouble: Trouble) -> Iterator[Rung[Member]]:
    """Yield the steps for a trouble, with their targets and the results so far."""
    alone = alone_until(chain) is not None
    for step in FOLLOW_UP.steps:
        if trouble.kind in step.on and (step.to is To.IN_SLACK or not alone):
            yield Rung(step, _TARGETS[step.to](chain))


def alone_until(chain: Chain) -> datetime | None:
    """Return until when only the person themselves is notified; None if others may be.

    That is the case when they were just asked for their number, so that they can enter it first.
    """
    person = chain.root.recipient
    if person.phone is not None:
        return None
    asked = (
        Notification.select()
        .where(
            Notification.team_member == person,
            Notification.kind == Kind.DIRECT,
            Notification.purpose == Purpose.HELLO,
            Notification.created_at > chain.now - FOLLOW_UP.just_asked,
        )
        .order_by(Notification.created_at.desc())
        .first()
    )
    if asked is None or asked.status.has_failed:
        return None
    until: datetime = asked.created_at + FOLLOW_UP.just_asked
    return until


def _channel(chain: Chain) -> list[Target[Member]]:
    """Return the channel, with its open warning; one that is over doesn't count."""
    posts = [row for row in _warnings(chain) if not is_over(row, chain)]
    return [Target(chain.root.recipient, {Kind.ANNOUNCEMENT: _try(posts[-1]) if posts else None})]


def _leads(chain: Chain) -> list[Target[Member]]:
    """Return the members to text if the channel can't be warned.

    Contacts are texted anyway, and people who got a direct message may not see it at night. The
    post's patience begins with its first attempt, since a warning may wait for a text's outcome.
    """
    posts = _warnings(chain)
    if chain.posted or chain.taken or not posts or posts[-1].status.is_withdrawn:
        return []
    post = Try(posts[-1].created_at if posts[-1].attempts else chain.now)
    return [
        Target(one, {Kind.ANNOUNCEMENT: post, Kind.SMS: _written(chain, alarm_key(chain, one))})
        for one in second_way.with_phones(chain.root.team, chain.now, chain.root.recipient)
    ]


def _warnings(chain: Chain) -> list[Notification]:
    """Return the warnings, except those that a clock that was ahead dated in the future."""
    return [
        row for row in chain.warnings if row.moved_aside_at is None or row.created_at <= chain.now
    ]


def _first_phone(chain: Chain) -> list[Target[Member]]:
    """Return the person, if the last SMS failed for a reason that may have passed."""
    newest = [chain.root, *chain.with_purpose(Purpose.RESENT)][-1]
    if not newest.status.has_failed or not explaining.of(newest).may_pass:
        return []
    sent = Try(newest.created_at, first=chain.root.created_at)
    return [Target(chain.root.recipient, {Kind.SMS: sent})]


def _second_phone(chain: Chain) -> list[Target[Member]]:
    """Return the person, if they have a second phone that can be texted."""
    number = chain.root.recipient.second_phone
    if not number or phones.opted_out([number]) or _texts_stopped(chain):
        return []
    return [Target(chain.root.recipient, {Kind.SMS: _written(chain, f"second:{chain.root.id}")})]


def _in_slack(chain: Chain) -> list[Target[Member]]:
    """Return the person, if they are in Slack."""
    if not chain.root.recipient.slack_user_id:
        return []
    return [Target(chain.root.recipient, {Kind.DIRECT: _written(chain, f"direct:{chain.root.id}")})]


def _contacts(chain: Chain) -> list[Target[Member]]:
    """Return the escalation contacts except the person, unless somebody has taken it."""
    if chain.taken:
        return []
    contacts = queue.escalation_contacts(chain.root.team)
    return [_contact(chain, one) for one in contacts if one.id != chain.root.team_member_id]


def _contact(chain: Chain, contact: Member) -> Target[Member]:
    key = alarm_key(chain, contact)
    text, tries = _written(chain, key), dict[Kind, Try | None]()
    # If a text would be refused too, it is sent only to contacts who aren't in Slack.
    stopped = _texts_stopped(chain) or contact.phone is None
    if text or not (stopped and contact.slack_user_id):
        tries[Kind.SMS] = text
    if contact.slack_user_id:
        tries[Kind.DIRECT] = _written(chain, f"{key}:direct")
    return Target(contact, tries)


_TARGETS: Mapping[To, Callable[[Chain], list[Target[Member]]]] = {
    To.CHANNEL: _channel,
    To.LEADS: _leads,
    To.FIRST_PHONE: _first_phone,
    To.SECOND_PHONE: _second_phone,
    To.IN_SLACK: _in_slack,
    To.CONTACTS: _contacts,
}


def _written(chain: Chain, key: str) -> Try | None:
    """Return the result of the message with this key; None if it wasn't written."""
    return next((_try(row) for row in chain.rows if row.dedupe_key == key), None)


def _try(row: Notification) -> Try:
    if row.status.is_withdrawn:
        return Try(row.created_at, Result.WITHDRAWN)
    if row.status.has_failed:
        return Try(row.created_at, Result.FAILED)
    helped = row.status == Status.DELIVERED
    return Try(row.created_at, Result.HELPED if helped else Result.OPEN)


def _texts_stopped(chain: Chain) -> bool:
    """Tell whether the last SMS failed for a reason that stops all texts, such as a daily limit."""
    return explaining.of(chain.own[-1]).error_class.stops_all


def is_over(post: Notification, chain: Chain) -> bool:
    """Tell whether a warning was withdrawn, or it (or leads' copy of it) says all clear."""
    instead = [row for row in chain.rows if row.stands_for_id == post.id]
    return post.status.is_withdrawn or any(row.cleared_at for row in (post, *instead))


def alarm_key(chain: Chain, helper: Member) -> str:
    """Return the key of the SMS that asks a lead or a contact to help."""
    return f"escalation:{chain.root.id}:{helper.id}"
