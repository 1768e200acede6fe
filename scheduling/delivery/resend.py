"""Resending: the same text in a new row, because the first one wasn't delivered.

People ask for it, correct the number, or text us from a phone that we couldn't reach.
"""

from collections.abc import Iterator
from datetime import datetime

from scheduling import phones
from scheduling.delivery.chain import Chain, recent, root_of
from scheduling.delivery.policy import FOLLOW_UP
from scheduling.delivery.watch import refresh_posts
from scheduling.errors import NothingToDo, Refusal
from scheduling.notifications import queue
from scheduling.words.lines import Line, mention
from storage.database import writing
from storage.models import Member, Notification, Team
from storage.statuses import Purpose, Status


def put_resend(root: Notification, now: datetime) -> bool:
    """Put an SMS into the outbox again; False if that was done in the same minute."""
    minute = int(now.timestamp()) // 60
    return queue.write_sms(
        root.team,
        root.recipient,
        root.text,
        purpose=Purpose.RESENT,
        key=f"again:{root.id}:{minute}",
        now=now,
        fallback_of=root,
    )


def resend(team: Team, number: int, now: datetime) -> Member:
    """Resend an SMS because somebody asks for it, and return its recipient.

    Raises Refusal if it arrived, may still arrive, or the person isn't on call anymore.
    """
    with writing():
        root = root_of(team, number)
        chain = Chain.of(root, now)
        name = root.recipient.name
        if not chain.current:
            raise Refusal(f"{name} isn’t on call anymore.", suggest=(Line(""), " shows who is."))
        newest = chain.own[-1]
        if root.recipient.phone is None:
            raise Refusal(
                f"{name} hasn’t entered a phone number yet.",
                suggest=("To ask again: ", Line(f"members confirm {mention(root.recipient)}"), "."),
            )
        if chain.confirmed:
            raise NothingToDo(f"{name} has already confirmed, so there’s nothing to resend.")
        if not newest.status.has_failed:
            raise Refusal(
                f"The text to {name} {_progress(newest)}.",
                suggest=(Line(f"notifications {newest.id}"), " has the details."),
            )
        put_resend(root, now)
        _check_at(root, now + FOLLOW_UP.notice)
        refresh_posts(root, now)
        return root.recipient


def _progress(row: Notification) -> str:
    if row.status is Status.DELIVERED:
        return "has arrived, so there’s nothing to resend"
    sent = "is still on its way" if row.status is Status.SENT else "is still being sent"
    return f"{sent}: if I resend it now, they could get it twice"


def resend_to_new_number(member: Member, now: datetime) -> bool:
    """Resend a failed SMS to a number that was just corrected; False if there is none."""
    for chain in _unreached(member, now):
        newest = chain.own[-1]
        if newest.status.has_failed and newest.phone != member.phone:
            _check_at(chain.root, now + FOLLOW_UP.notice)
            return put_resend(chain.root, now)
    return False


def phone_works(member: Member, number: str, now: datetime) -> bool:
    """Resend a failed duty notification to a phone that somebody has just texted us from.

    Return whether one is resent. Call this in a transaction.
    """
    if phones.opted_out([number]):
        return False
    for chain in _unreached(member, now):
        if chain.own[-1].status.has_failed:
            first = number == member.phone
            # If nothing went to the second phone yet, the next check of the chain texts it.
            _check_at(chain.root, now + FOLLOW_UP.notice if first else now)
            return first and put_resend(chain.root, now)
    return False


def _unreached(member: Member, now: datetime) -> Iterator[Chain]:
    """Yield the chains of a member who is on call and wasn't reached, newest first."""
    for root in recent(member, now):
        chain = Chain.of(root, now)
        if root.team_member_id == member.id and chain.current and not chain.reached:
            yield chain


def _check_at(root: Notification, at: datetime) -> None:
    """Set when a chain is checked next."""
    Notification.update(watch_at=at).where(Notification.id == root.id).execute()
