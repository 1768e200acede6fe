"""The observations of a run: on the phones, in Slack and in the database."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sandbox.slack.people import SlackChannel
from scheduling.rota import rotation, schedule
from scheduling.rota.timeline import OnCallPeriod, on_call_periods
from storage.database import close_database, open_to_look, reading
from storage.models import Notification, Team
from storage.statuses import FINAL
from tests.chaos.verdict import DAILY, HANDOFF, Event, Facts, Row, Text
from tests.chaos.world import ONE_DATABASE, World


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a run begins: what was there before is none of its business."""

    at: datetime
    row: int
    starts: int

    @classmethod
    def now(cls, world: World) -> "Mark":
        """Return where a world is."""
        with closing(sqlite3.connect(world.path)) as connection:
            (last,) = connection.execute("SELECT max(id) FROM notification_log").fetchone()
        return cls(world.clock.now(), last or 0, world.starts)


def heard(
    world: World, since: Mark, *, strict: bool, asleep: tuple[datetime, datetime] | None
) -> Facts:
    """Return what the witnesses saw since a mark."""
    names = {person.id: person.name for person in world.people.values()}
    owners = {person.phone.number: person.name for person in world.people.values()}
    timeline, rows = _database(world, since)
    direct = {name: person.slack.direct_messages for name, person in world.people.items()}
    return Facts(
        zone=world.zone,
        events=list(_events(world, since, timeline)),
        sms=[
            Text(owners[sms.to_number], sms.body, sms.created_at)
            for sms in world.sandbox.phones.messages
            if sms.created_at >= since.at and sms.arrived_at and sms.direction == "outbound-api"
        ],
        posts=list(_texts(world.channel, None, since, names)),
        direct=[
            text for name, there in direct.items() for text in _texts(there, name, since, names)
        ],
        rows=rows,
        on_call=lambda at: next(who for start, end, who in timeline if start <= at < end),
        strict=strict,
        asleep=asleep,
    )


def took_effect(world: World, since: Mark) -> bool:
    """Tell whether an OK and a STOP that were sent since a mark both count."""
    with closing(sqlite3.connect(world.path)) as connection:
        (confirmed,) = connection.execute(
            "SELECT count(*) FROM notification_log WHERE id > ? AND acknowledged_at IS NOT NULL",
            (since.row,),
        ).fetchone()
        (stopped,) = connection.execute(
            "SELECT count(*) FROM phones WHERE opted_out_at IS NOT NULL"
        ).fetchone()
    return bool(confirmed and stopped)


_Timeline = list[tuple[datetime, datetime, frozenset[str]]]


def _database(world: World, since: Mark) -> tuple[_Timeline, list[Row]]:
    """Return who was on call since the mark, as far as is known, and the rows made since."""
    with ONE_DATABASE:
        open_to_look(f"sqlite:///{world.path}")
        try:
            with reading():
                team = Team.get()
                found = schedule.segments(team, since.at, world.clock.now() + timedelta(days=1))
                names = {number: one.name for number, one in schedule.members_by_id(team).items()}
                rows = [
                    _row(row, names)
                    for row in Notification.select().where(
                        Notification.id > since.row, Notification.due_at <= world.clock.now()
                    )
                ]
        finally:
            close_database()

    def facts_of(period: OnCallPeriod) -> tuple[datetime, datetime, frozenset[str]]:
        return period.start, period.end, frozenset(names[one] for one in period.members)

    return [facts_of(period) for period in on_call_periods(found)], rows


def _row(row: Notification, names: dict[int, str]) -> Row:
    waits_no_more = row.status == "sent" and row.next_attempt_at is None
    return Row(
        id=row.id,
        to=names[row.team_member_id] if row.team_member_id else None,
        due_at=row.due_at,
        status=row.status,
        settled=row.status in FINAL or waits_no_more,
    )


def _events(world: World, since: Mark, timeline: _Timeline) -> Iterator[Event]:
    """Yield what had to be said since the mark: each morning, and each handoff at another time."""
    mornings = set(_mornings(world, since))
    before: frozenset[str] = timeline[0][2]
    for start, end, members in timeline:
        if since.at < start <= world.clock.now() and start not in mornings:
            yield Event(start, HANDOFF, members, members - before)
        for at in sorted(at for at in mornings if start <= at < end):
            yield Event(at, DAILY, members, members)
        before = members


def _mornings(world: World, since: Mark) -> Iterator[datetime]:
    day, last = (at.astimezone(world.zone).date() for at in (since.at, world.clock.now()))
    while day <= last:
        at = rotation.instant(day, time(8), world.zone)
        if since.at < at <= world.clock.now():
            yield at
        day += timedelta(days=1)


def _texts(
    place: SlackChannel, to: str | None, since: Mark, names: dict[str, str]
) -> Sequence[Text]:
    """Return the posts since the mark, with names instead of mentions."""

    def named(text: str) -> str:
        return re.sub(r"<@(\w+)>", lambda found: names.get(found[1], found[1]), text)

    found = []
    for post in place.messages:
        key = ((post.metadata or {}).get("event_payload") or {}).get("key")
        if float(post.ts) >= since.at.timestamp():
            at = datetime.fromtimestamp(float(post.ts), since.at.tzinfo)
            found.append(Text(to, named(post.text), at, key))
    return found
