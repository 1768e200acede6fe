"""Settles notifications: gives them their final status, and warns people of what didn't arrive."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from scheduling.delivery import unposted, watch
from scheduling.delivery.chain import Chain
from scheduling.notifications import queue, snapshot
from scheduling.rota import schedule
from scheduling.words.posts import unsent_text_note
from scheduling.words.warnings import cap_warning, lost_sms_warning
from storage.database import writing
from storage.models import MOST_SEGMENTS as USUAL_LIMIT
from storage.models import Notification
from storage.statuses import Kind, OwnCode, Purpose, Status

log = logging.getLogger("whoseonfirst.outbox")


class _Named(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def team_id(self) -> int: ...


def about(one: _Named) -> dict[str, int]:
    """Return the fields of a log line about a notification, or a claim of one."""
    return {"notification": one.id, "team": one.team_id}


@contextmanager
def changing(
    number: int, status: Status, attempt: int | None = None
) -> Iterator[Notification | None]:
    """Yield a notification to change, and save it; None if its status or attempt has changed."""
    with writing():
        row = Notification.get_by_id(number)
        ours = row.status == status and attempt in (None, row.attempts)
        yield row if ours else None
        if ours:
            row.save()


def settle(row: Notification, status: Status) -> None:
    """Give a row its status, with nothing left to try."""
    row.status, row.next_attempt_at = status, None


def drop(row: Notification, status: Status, now: datetime) -> None:
    """Settle a stale row, and post a late note about a turn that nobody was notified of."""
    settle(row, status)
    late = now - row.due_at > snapshot.LATE
    if row.kind == Kind.ANNOUNCEMENT and row.purpose.is_duty and late:
        unposted.note(row, now)
    if row.kind == Kind.SMS and row.purpose.is_duty and status is Status.CANCELLED and late:
        if Chain.of(row, now).warned:
            return  # the warning says so when it is refreshed
        person, clock = snapshot.person(row.recipient), schedule.clock_of(row.team)
        note = unsent_text_note(person, row.due_at, clock)
        queue.announce(row.team, Purpose.MISSED, f"untold:{row.id}", note, now)


def hold_back(row: Notification, status: Status, code: str, why: str, now: datetime) -> None:
    """Settle an SMS that must not be sent, and warn people."""
    settle(row, status)
    row.error_code, row.error_message = code, why
    row.save()
    give_up(row, why, now)
    if code == OwnCode.CAPPED:
        most = row.team.most_segments
        duty = row.root.purpose.is_duty
        text = cap_warning(row.team.name, most, usual=USUAL_LIMIT, duty=duty)
        key = f"cap:{row.team_id}:{most}:{duty}:{now.date()}"
        queue.announce(row.team, Purpose.WARNING, key, text, now)
    log.warning("notification %s is %s: %s", row.id, status, why, extra=about(row))


def give_up(row: Notification, why: str, now: datetime, *, unsure: bool = False) -> None:
    """Make sure that somebody hears of what wasn't delivered."""
    watch.chain_changed(row, now)
    if row.kind == Kind.SMS and row.purpose.lost and row.team_member is not None:
        if row.purpose == Purpose.HELLO and schedule.waits(row.team, now):
            return  # nothing is posted before a team begins; leads see who hasn't confirmed
        person = snapshot.person(row.team_member)
        text = lost_sms_warning(person, row.purpose.lost, why, unsure=unsure)
        queue.announce(row.team, Purpose.WARNING, f"warning:{row.id}", text, now)
