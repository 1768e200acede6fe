"""The write side of the outbox: what any room has to say to somebody, stored once per key, to be
delivered.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from scheduling import phones
from scheduling.notifications.snapshot import person
from scheduling.rota import schedule
from scheduling.words.sms import hello_sms, trial_sms
from storage.database import database, writing
from storage.models import Member, Notification, Proposal, Team
from storage.statuses import Purpose, Status


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

    Where there is no channel, or it can't be posted to, its leads hear of it (`second_way`).
    """
    _put(
        team,
        "announcement",
        text,
        purpose,
        key,
        now,
        fallback_of=fallback_of,
        team_member=about_member,
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
) -> None:
    """Put a direct message in Slack to a member into the outbox, once per key.

    Or to the Slack `user` with this id, who need not be one. `buttons` are (label, what it runs)
    below it. `stands_for` is the post whose news it brings, `proposal` the change it is about.
    """
    _put(
        team,
        "direct",
        text,
        purpose,
        key,
        now,
        slack_user_id=user,
        team_member=member,
        buttons=json.dumps(buttons) if buttons else None,
        fallback_of=fallback_of,
        stands_for=stands_for,
        proposal=proposal,
    )


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

    It goes to `phone`, or to the number that they have when it goes out.
    """
    return _put(
        team,
        "sms",
        text,
        purpose,
        key,
        now,
        team_member=member,
        phone=phone,
        fallback_of=fallback_of,
        event=event,
    )


def send_test(team: Team, member: Member, now: datetime) -> bool:
    """Put a test SMS to a member into the outbox; False if there was one in the same minute."""
    found = schedule.next_turn(team, member.id, now)
    turn = (found.start, found.end) if found else None
    text = trial_sms(person(member), team.name, schedule.zone_of(team), now, turn)
    key = f"test:{member.id}:{int(now.timestamp()) // 60}"
    with writing():
        return write_sms(team, member, text, purpose=Purpose.TEST, key=key, now=now)


def send_hello(team: Team, member: Member, now: datetime) -> bool:
    """Put an SMS that asks a member to confirm their number into the outbox, once an hour."""
    hears = not phones.replies_lost()
    text = hello_sms(person(member), team.name, takes_turns=member.is_active, hears=hears)
    key = f"hello:{member.id}:{member.phone}:{int(now.timestamp()) // 3600}"
    with writing():
        return write_sms(team, member, text, purpose=Purpose.HELLO, key=key, now=now)


def _put(  # noqa: PLR0917 - a row has that many sides
    team: Team, kind: str, text: str, purpose: str, key: str, now: datetime, **more: object
) -> bool:
    """Store what is due now."""
    return store(
        team=team,
        kind=kind,
        purpose=purpose,
        text=text,
        due_at=now,
        dedupe_key=key,
        status=Status.PENDING,
        next_attempt_at=now,
        created_at=now,
        **more,
    )


def store(**columns: object) -> bool:
    """Store a notification; False if its key is there already.

    The unique key decides, not we: a second planner, or a second run, changes nothing.
    """
    # Plain SQL: wording it anew takes the query builder ten times as long as the insert.
    values = {"attempts": 0, **columns}
    names = tuple(values)
    found = Notification._meta.fields
    stored = [found[name].db_value(value) for name, value in values.items()]
    return bool(database.execute_sql(_insert_of(names), stored).rowcount)


@cache
def _insert_of(names: tuple[str, ...]) -> str:
    columns = ", ".join(Notification._meta.fields[name].column_name for name in names)
    marks = ", ".join("?" for _ in names)
    return f"INSERT OR IGNORE INTO notification_log ({columns}) VALUES ({marks})"
