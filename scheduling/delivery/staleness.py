"""Decides whether a text is still true when it is about to be sent, and what it should say."""

from datetime import datetime
from typing import NamedTuple, cast

from scheduling.delivery import posts
from scheduling.delivery.chain import Chain
from scheduling.delivery.policy import CLAIM
from scheduling.notifications import announced, planner, setback
from scheduling.notifications.snapshot import OnCallSnapshot
from storage.models import Notification
from storage.queries import outbox
from storage.statuses import Kind, Purpose, Status

# When the newest text was due, by kind and member (None: the channel).
_Newest = dict[tuple[Kind, int | None], datetime]


class Verdict(NamedTuple):
    """What is to be done with a text that is due.

    text: what it should say now
    stale: the status of a row that isn't true anymore, so it isn't sent
    undecided: leave the row alone; the next tick decides
    """

    text: str
    stale: Status | None = None
    undecided: bool = False


class Judge:
    """Decides what is stale; what it reads about a team is read once."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._snapshots: dict[tuple[int, datetime], OnCallSnapshot] = {}
        self._newest: dict[int, _Newest] = {}

    def of(self, row: Notification) -> Verdict:
        """Return what is to be done with a row that is due."""
        duty = row.fallback_of
        if duty and duty.kind == Kind.SMS and duty.purpose.is_duty:
            return self._of_chain(row, Chain.of(duty, self._now))
        if row.purpose == Purpose.PREFLIGHT and self._now >= planner.morning_checked(row):
            return Verdict(row.text, Status.EXPIRED)  # the morning it is about has come
        if row.about is None:
            return Verdict(row.text)
        if setback.void(row, self._now):
            return Verdict(row.text, Status.CANCELLED)
        if row.acknowledged_by_id and row.acknowledged_by_id == row.team_member_id:
            return Verdict(row.text, Status.CANCELLED)
        return self._about_a_turn(row, row)

    def _of_chain(self, row: Notification, chain: Chain) -> Verdict:
        if row.purpose == Purpose.WARNING:
            return self._of_warning(row, chain)
        if row.purpose == Purpose.CLEAR:
            return Verdict(row.text)
        if row.purpose in (Purpose.DIRECT, Purpose.ESCALATION):
            taken = row.purpose == Purpose.ESCALATION and chain.taken
            # Somebody who isn't a contact was asked only because the channel couldn't be warned.
            warned = row.kind == Kind.SMS and chain.posted and not row.recipient.escalates
            needless = taken or warned or chain.reached or not chain.current
            return Verdict(row.text, Status.CANCELLED if needless else None)
        if chain.reached:
            return Verdict(row.text, Status.CANCELLED)
        return self._about_a_turn(row, chain.root, chain.first_sent)

    def _of_warning(self, row: Notification, chain: Chain) -> Verdict:
        if chain.reached:
            return Verdict(row.text, Status.CANCELLED)
        soon = chain.under_way and self._now - row.created_at < CLAIM.decided
        if chain.trouble is None or soon:
            return Verdict(row.text, undecided=True)
        return Verdict(posts.render(row, self._now).text)

    def _about_a_turn(
        self, row: Notification, duty: Notification, first_sent: datetime | None = None
    ) -> Verdict:
        """Return the verdict on a duty notification; if it was resent, `duty` is the first one.

        `first_sent` is when the first one went out, if this one is resent.
        """
        team = row.team_id
        if team not in self._newest:
            self._newest[team] = outbox.newest_due(team, duty.due_at, self._now)
        snapshot = self._snapshot_at(duty, self._now)
        if not _is_true(duty, snapshot):
            snapshot = self._snapshot_at(duty, announced.turn_at(duty, self._now))
        if stale := _no_longer(duty, snapshot, self._newest[team]):
            return Verdict(row.text, stale)
        return Verdict(_text(duty, snapshot, first_sent))

    def _snapshot_at(self, duty: Notification, at: datetime) -> OnCallSnapshot:
        key = (duty.team_id, at)
        if key not in self._snapshots:
            self._snapshots[key] = OnCallSnapshot(duty.team, at, self._now)
        return self._snapshots[key]


def _is_true(duty: Notification, snapshot: OnCallSnapshot) -> bool:
    named = {int(member) for member in (duty.about or "").split(",") if member}
    members = set(snapshot.members)
    return named <= members and (duty.kind != Kind.ANNOUNCEMENT or named == members)


def _no_longer(duty: Notification, snapshot: OnCallSnapshot, newest: _Newest) -> Status | None:
    """Return 'cancelled' if a text isn't true anymore, 'expired' if there is a newer one."""
    if not _is_true(duty, snapshot):
        return Status.CANCELLED
    latest = newest.get((duty.kind, duty.team_member_id), duty.due_at)
    return Status.EXPIRED if latest > duty.due_at else None


def _text(duty: Notification, snapshot: OnCallSnapshot, first_sent: datetime | None) -> str:
    if duty.kind == Kind.SMS:
        member = cast(int, duty.team_member_id)
        return snapshot.sms(duty.purpose, member, duty.due_at, first_sent)
    return snapshot.announcement(duty.purpose, duty.due_at)
