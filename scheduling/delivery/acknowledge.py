"""Acknowledging a duty notification: its recipient confirms it, or somebody else takes it."""

from datetime import datetime

from scheduling.delivery import fallback
from scheduling.delivery.chain import WITHDRAWABLE, Chain, recent, root_of, still_on_call
from scheduling.delivery.policy import FOLLOW_UP
from scheduling.errors import Refusal
from scheduling.words.lines import Line
from storage.database import writing
from storage.models import Member, Notification, Team
from storage.statuses import Purpose, Status


def confirm(team: Team, number: int, user: str, now: datetime) -> tuple[Notification, Member]:
    """Confirm an SMS for a Slack user: its recipient, or an escalation contact.

    Return the updated notification and the user's member. Raise Refusal if the SMS isn't theirs to
    confirm, or the turn is over.
    """
    with writing():
        root = root_of(team, number)
        name = root.recipient.name
        member = Member.get_or_none(Member.team == team, Member.slack_user_id == user)
        chain = Chain.of(root, now)
        if not still_on_call(root, now):
            raise Refusal(
                f"That shift of {name}’s is over.", suggest=(Line(""), " shows who’s on call now.")
            )
        if member is None or not (member.escalates or chain.concerns(member)):
            raise Refusal(
                f"Only {name} or an escalation contact can confirm that.",
                suggest=("To take over the shift: ", Line("take"), "."),
            )
        theirs = member.id == root.team_member_id and not chain.confirmed
        if theirs or not (root.acknowledged_at or chain.reached):
            acknowledge(root, member, "slack", now)
        return Notification.get_by_id(root.id), member


def acknowledge(root: Notification, member: Member, where: str, now: datetime) -> None:
    """Record that a member confirmed an SMS, `where` being 'sms' or 'slack'.

    If the SMS is their own, their older ones are confirmed too, and one that waits for a retry is
    cancelled. If they take it for somebody else, the bot keeps trying to reach that person.
    """
    theirs = [root]
    if member.id == root.team_member_id:
        older = (row for row in own_open(member, now) if row.due_at <= root.due_at)
        theirs += [row for row in older if row.id != root.id]
    for row in theirs:
        row.acknowledged_at, row.acknowledged_by, row.acknowledged_in = now, member, where
        if member.id == row.team_member_id and row.status in WITHDRAWABLE:
            row.status, row.next_attempt_at = Status.CANCELLED, None
        row.save()
        fallback.advance(row, now)


def own_open(
    member: Member,
    now: datetime,
    by_phone: str | None = None,
    written: datetime | None = None,
) -> list[Notification]:
    """Return a member's duty notifications that they haven't confirmed, newest first.

    With `by_phone`, only those sent to that phone. With `written`, only those that a reply written
    at that instant may answer.
    """
    theirs = [row for row in recent(member, now) if row.team_member_id == member.id]
    found = [
        row for row in theirs if row.acknowledged_by_id != member.id and still_on_call(row, now)
    ]
    found = [row for row in found if _may_answer(written, row.due_at, now)]
    if by_phone and by_phone != member.phone:
        found = [row for row in found if by_phone in {one.phone for one in Chain.of(row, now).own}]
    return found


def open_to_take(
    member: Member, now: datetime, written: datetime | None = None
) -> list[Notification]:
    """Return the duty notifications that this contact was asked to take and nobody has yet.

    With `written`, only those that a reply written at that instant may answer.
    """
    found = []
    for row in recent(member, now):
        chain = Chain.of(row, now)
        was_asked = any(
            one.team_member_id == member.id
            and one.sent_at
            and _may_answer(written, one.due_at, now)
            for one in chain.with_purpose(Purpose.ESCALATION)
        )
        if was_asked and chain.current and not chain.reached and not row.acknowledged_at:
            found.append(row)
    return found


def _may_answer(written: datetime | None, asked_at: datetime, now: datetime) -> bool:
    """Tell whether a reply written at an instant (None: unknown) may answer what was asked.

    If `asked_at` is in the future, our clock was ahead when we asked, so any reply may answer it.
    """
    return written is None or asked_at > now or asked_at <= written + FOLLOW_UP.written


def last_acknowledged(member: Member, now: datetime) -> Notification | None:
    """Return the newest duty notification of a running turn that a member confirmed or took."""
    for row in recent(member, now):
        if row.acknowledged_by_id == member.id and still_on_call(row, now):
            return row
    return None


def newest_open(member: Member, now: datetime) -> Notification | None:
    """Return the newest SMS that this member can confirm: their own, or one they can take."""
    return next(iter([*own_open(member, now), *open_to_take(member, now)]), None)
