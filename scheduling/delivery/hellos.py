"""Follows up on hellos, the texts that ask people to confirm their number.

Those who don't confirm are asked in Slack. When everybody has confirmed, the lead hears of it.
"""

from collections.abc import Iterable
from datetime import datetime

from scheduling import phones
from scheduling.delivery.policy import HELLOS
from scheduling.notifications.queue import write_to
from scheduling.numbers import spaced
from scheduling.words.buttons import ENTER_NUMBER, Action, button
from scheduling.words.directs import all_confirmed_direct, unanswered_hello_direct
from scheduling.words.mrkdwn import is_slack_user
from storage.database import reading, writing
from storage.models import AuditEntry, Member, Notification, Team
from storage.statuses import Kind, Purpose

# The audit log's names for the steps of setting a team up, which tell us the lead.
_SET_UP = ("team made", "member added")


def remind(now: datetime) -> None:
    """Ask those who didn't confirm their number whether it is right, once per number."""
    if phones.replies_lost():
        return
    with reading():
        due = _unanswered(now)
    for row in due:
        with writing():
            write_to(
                row.team,
                row.recipient,
                unanswered_hello_direct(row.team.name, spaced(row.recipient.phone)),
                purpose=Purpose.HELLO,
                key=_key(row),
                now=now,
                buttons=(button(ENTER_NUMBER, Action.ENTER_NUMBER, team=row.team_id),),
            )


def _unanswered(now: datetime) -> list[Notification]:
    """Return hellos without an OK whose recipient still has that number and wasn't asked yet."""
    query = (
        Notification.select(Notification, Member)
        .join(Member, on=Notification.team_member)
        .where(
            Notification.sent_at > now - HELLOS.old_news,
            Notification.sent_at <= now - HELLOS.unanswered,
            Notification.kind == Kind.SMS,
            Notification.purpose == Purpose.HELLO,
            Notification.phone == Member.phone,
            Member.slack_user_id.is_null(False),
        )
    )
    found = [row for row in query if not row.recipient.has_left]
    known = phones.known(row.phone for row in found)
    settled = {number for number, one in known.items() if one.confirmed_at or one.opted_out_at}
    keys = {_key(row): row for row in found if row.phone not in settled}
    asked = Notification.select(Notification.dedupe_key).where(
        Notification.dedupe_key.in_(list(keys))
    )
    done = {row.dedupe_key for row in asked}
    return [row for key, row in keys.items() if key not in done]


def _key(row: Notification) -> str:
    return f"unanswered hello:{row.team_member_id}:{row.phone}"


def confirmed(owners: Iterable[Member], now: datetime) -> None:
    """Tell the lead who set a team up, once, that all numbers are confirmed. In a transaction.

    `owners` are the people who have just confirmed their number.
    """
    for team in {owner.team_id: owner.team for owner in owners}.values():
        people = [one for one in Member.of_team(team) if not one.has_left]
        known = phones.known(one.phone for one in people)
        if all(one.phone in known and known[one.phone].confirmed_at for one in people):
            _tell_lead(team, now)


def _tell_lead(team: Team, now: datetime) -> None:
    entries = AuditEntry.select().where(AuditEntry.team == team, AuditEntry.action.in_(_SET_UP))
    actors = (one.actor for one in entries.order_by(AuditEntry.id))
    lead = next(filter(is_slack_user, actors), None)
    if lead:
        write_to(
            team,
            None,
            all_confirmed_direct(team.name),
            purpose=Purpose.HELLO,
            key=f"all confirmed:{team.id}",
            now=now,
            user=lead,
        )
