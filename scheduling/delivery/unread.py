"""Handles direct messages that can't be read, because the recipient is gone from Slack.

Somebody who can act on it is notified instead: the person waiting for an answer, or who made the
change. Direct messages of a delivery chain are handled by `fallback`.
"""

from datetime import datetime

from scheduling.channels import ErrorClass, explaining
from scheduling.delivery import second_way
from scheduling.notifications import queue, snapshot
from scheduling.notifications.snapshot import OnCallSnapshot
from scheduling.words.directs import not_asked, not_notified
from scheduling.words.mrkdwn import is_slack_user
from scheduling.words.sms import going_off_sms
from storage.models import Member, Notification, Proposal
from storage.statuses import Kind, ProposalStatus, Purpose


def follow(row: Notification, now: datetime) -> None:
    """Make sure that somebody gets the news of an unread direct message. In a transaction."""
    if row.kind != Kind.DIRECT or explaining.of(row).error_class is not ErrorClass.GONE:
        return
    if row.purpose == Purpose.SWAP and row.proposal:
        _not_asked(row, row.proposal, now)
    elif row.purpose == Purpose.MOVED and row.proposal:
        _not_notified(row, row.proposal, now)
    elif row.purpose == Purpose.OFF and row.team_member:
        turn = OnCallSnapshot(row.team, now, now).turn(row.team_member.time_zone)
        text = going_off_sms(snapshot.person(row.team_member), turn)
        key = f"{row.dedupe_key}:sms"
        queue.write_sms(row.team, row.team_member, text, purpose=Purpose.OFF, key=key, now=now)
    else:
        second_way.pass_on(row, now)


def _not_asked(row: Notification, swap: Proposal, now: datetime) -> None:
    """Discard a swap that its recipient can't answer, and tell the person who proposed it."""
    if swap.status != ProposalStatus.OPEN:
        return
    swap.status, swap.settled_at = ProposalStatus.DISCARDED, now
    swap.save()
    text = not_asked(snapshot.person(row.recipient), swap.title, row.error_message or "")
    _tell(row, swap, text, f"unasked:{swap.id}", now)


def _not_notified(row: Notification, change: Proposal, now: datetime) -> None:
    """Tell the person who changed the plan that somebody with moved shifts doesn't know."""
    if change.actor == row.recipient.slack_user_id:
        return
    text = not_notified(snapshot.person(row.recipient), change.title, row.error_message or "")
    _tell(row, change, text, f"untold:{change.id}:{row.team_member_id}", now)


def _tell(row: Notification, change: Proposal, text: str, key: str, now: datetime) -> None:
    """Write to the person who asked for a change, unless it was made on the command line."""
    if not is_slack_user(change.actor):
        return
    reader = Member.get_or_none(Member.team == change.team_id, Member.slack_user_id == change.actor)
    queue.write_to(
        row.team, reader, text, user=change.actor, purpose=Purpose.UNREAD, key=key, now=now
    )
