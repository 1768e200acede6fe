"""The write side of the outbox: stores what has to be sent to somebody, once per key."""

import json
from collections.abc import Sequence
from datetime import datetime

from scheduling import phones
from scheduling.notifications.snapshot import person
from scheduling.rota import queue, schedule
from scheduling.words.buttons import ENTER_NUMBER, Action, button
from scheduling.words.directs import number_direct
from scheduling.words.lines import COMMAND, naming
from scheduling.words.mrkdwn import is_slack_user
from scheduling.words.sms import hello_sms, test_sms
from storage.database import stored_instant, writing
from storage.models import Member, Notification, Proposal, Team
from storage.queries import notifications
from storage.queries.notifications import NewNotification
from storage.statuses import Kind, Purpose, Status


def announce(
    team: Team,
    purpose: str,
    key: str,
    text: str,
    now: datetime,
    *,
    fallback_of: Notification | None = None,
    about_member: Member | None = None,
    event: str | None = None,
) -> None:
    """Put a line for the team's channel into the outbox, once per key.

    If there is no channel, or it can't be posted to, the team's leads get it (`second_way`).
    """
    _put(
        team,
        Kind.ANNOUNCEMENT,
        text,
        purpose,
        key,
        now,
        fallback_of=fallback_of,
        member=about_member,
        event=event,
    )


def write_to(
    team: Team,
    member: Member | None,
    text: str,
    *,
    purpose: str,
    key: str,
    now: datetime,
    user: str | None = None,
    buttons: Sequence[tuple[str, str]] = (),
    fallback_of: Notification | None = None,
    stands_for: Notification | None = None,
    proposal: Proposal | None = None,
) -> bool:
    """Put a direct message in Slack into the outbox, once per key; False if it's there already.

    user: the Slack user to write to, who needn't be a member; by default the member's
    buttons: (label, what it runs) below the message
    stands_for: the failed post whose news it carries
    proposal: the change it is about
    """
    reader = user or (member.slack_user_id if member else None)
    return _put(
        team,
        Kind.DIRECT,
        read_by(reader, team, text, now),
        purpose,
        key,
        now,
        user=user,
        member=member,
        buttons=json.dumps(buttons) if buttons else None,
        fallback_of=fallback_of,
        stands_for=stands_for,
        proposal=proposal,
    )


def read_by(user: str | None, team: Team, text: str, now: datetime) -> str:
    """Return what a direct message about a team says to a Slack user.

    Its commands name the team, unless they would mean this team anyway for that user.
    """
    if f"`{COMMAND}" not in text or not Team.are_several():
        return text
    return text if user and queue.teams_of(user, now) == {team.id} else naming(text, team.name)


def write_sms(
    team: Team,
    member: Member,
    text: str,
    *,
    purpose: str,
    key: str,
    now: datetime,
    phone: str | None = None,
    fallback_of: Notification | None = None,
    event: str | None = None,
) -> bool:
    """Put an SMS to a member into the outbox, once per key; False if it is there already.

    It goes to `phone`, or to the number that the member has when it is sent.
    """
    return _put(
        team,
        Kind.SMS,
        text,
        purpose,
        key,
        now,
        member=member,
        phone=phone,
        fallback_of=fallback_of,
        event=event,
    )


def send_test(team: Team, member: Member, now: datetime) -> bool:
    """Put a test SMS to a member into the outbox; False if there was one this minute."""
    found = schedule.next_turn(team, member.id, now)
    turn = (found.start, found.end) if found else None
    text = test_sms(person(member), team.name, schedule.clock_of(team, member.time_zone), now, turn)
    key = f"test:{member.id}:{int(now.timestamp()) // 60}"
    with writing():
        return write_sms(team, member, text, purpose=Purpose.TEST, key=key, now=now)


def ask_for_number(
    team: Team, member: Member, now: datetime, *, by: str, again: bool = False
) -> bool:
    """Write to a member in Slack, with a button that lets them enter their own number.

    That happens each time they join, and with `again` once more, but at most once an hour. `by` is
    who added them. Return whether it was written now.
    """
    # The id alone isn't a key, because an undone member's id is reused.
    hour = int(now.timestamp()) // 3600
    key = f"number:{member.id}:{stored_instant(member.created_at)}:{hour}"
    somebody_else = by if is_slack_user(by) and by != member.slack_user_id else None
    with writing():
        return write_to(
            team,
            member,
            number_direct(team.name, somebody_else, again=again),
            purpose=Purpose.HELLO,
            key=key,
            now=now,
            buttons=(button(ENTER_NUMBER, Action.ENTER_NUMBER, team=team.id),),
        )


def send_hello(team: Team, member: Member, now: datetime) -> bool:
    """Put an SMS that asks a member to confirm their number into the outbox, once an hour."""
    hears = not phones.replies_lost()
    text = hello_sms(person(member), team.name, takes_turns=member.is_active, hears=hears)
    key = f"hello:{member.id}:{member.phone}:{int(now.timestamp()) // 3600}"
    with writing():
        return write_sms(team, member, text, purpose=Purpose.HELLO, key=key, now=now)


def _put(  # noqa: PLR0917 - a row has this many columns
    team: Team,
    kind: Kind,
    text: str,
    purpose: str,
    key: str,
    now: datetime,
    *,
    member: Member | None,
    fallback_of: Notification | None,
    stands_for: Notification | None = None,
    proposal: Proposal | None = None,
    event: str | None = None,
    user: str | None = None,
    phone: str | None = None,
    buttons: str | None = None,
) -> bool:
    """Store what is due now; False if its key is there already."""
    new = NewNotification(
        team_id=team.id,
        kind=kind,
        purpose=purpose,
        status=Status.PENDING,
        text=text,
        dedupe_key=key,
        due_at=now,
        created_at=now,
        next_attempt_at=now,
        team_member_id=member.id if member else None,
        fallback_of_id=fallback_of.id if fallback_of else None,
        stands_for_id=stands_for.id if stands_for else None,
        proposal_id=proposal.id if proposal else None,
        event=event,
        slack_user_id=user,
        phone=phone,
        buttons=buttons,
    )
    return notifications.insert(new)
