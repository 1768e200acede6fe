"""The delivery chain: a duty notification by SMS, and everything done because it wasn't delivered.

This module only reads. `fallback` takes the next step; `acknowledge` and `resend` do what people
ask for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from scheduling.channels import NO_RECEIPTS, explaining
from scheduling.delivery.policy import FOLLOW_UP
from scheduling.errors import Refusal
from scheduling.notifications import announced
from scheduling.notifications.snapshot import OnCallSnapshot
from scheduling.rota import schedule
from scheduling.words.lines import Line
from scheduling.words.people import Turn
from scheduling.words.warnings import (
    NO_REASON,
    NO_RECEIPT,
    NOBODY_KNOWS,
    NOT_SENT_ON,
    Trouble,
    keeps_trying,
    no_ok,
)
from storage.models import Member, Notification, Team
from storage.queries import outbox
from storage.statuses import DUTY, POSTS, Kind, Outcome, Purpose, Status
from storage.statuses import Trouble as Kinds

# These have certainly not been sent, so they can be withdrawn.
WITHDRAWABLE = (Status.PENDING, Status.RETRYING)
# A chain begins with a duty notification to one person.
BEGINS_CHAIN = Notification.kind.not_in(POSTS) & Notification.purpose.in_(DUTY)


@dataclass(frozen=True)
class Chain:
    """A duty notification (the root), and the rows written because it didn't reach its person."""

    root: Notification
    rows: tuple[Notification, ...]
    now: datetime

    @classmethod
    def of(cls, root: Notification, now: datetime) -> "Chain":
        """Return the chain of an SMS as it is stored."""
        query = Notification.select().where(Notification.fallback_of == root)
        return cls(root, tuple(query.order_by(Notification.id)), now)

    @cached_property
    def own(self) -> list[Notification]:
        """The SMS to the person themselves, oldest first."""
        return [self.root, *self.with_purpose(Purpose.SECOND, Purpose.RESENT)]

    @property
    def delivered(self) -> Notification | None:
        """The first SMS delivered to the person, or counted so because no receipts are expected."""
        arrived = (row for row in self.own if row.status == Status.DELIVERED)
        blind = (row for row in self.own if row.error_code == NO_RECEIPTS)
        return next(arrived, None) or next(blind, None)

    @property
    def in_time(self) -> datetime | None:
        """When the first SMS was delivered, if that was before anybody was warned."""
        at, due = (
            self.root.delivered_at,
            max(self.root.due_at, self.root.leaves_at or self.root.due_at),
        )
        return at if at and at - due < FOLLOW_UP.notice else None

    @property
    def first_sent(self) -> datetime | None:
        """When the first SMS to the person went out; None while none has."""
        return min((row.sent_at for row in self.own if row.sent_at), default=None)

    @property
    def unsettled(self) -> bool:
        """Whether the outcome of an SMS to the person is still open."""
        return any(
            row.status.is_on_its_way
            or (row.status == Status.SENT and row.next_attempt_at and row.error_code != NO_RECEIPTS)
            for row in self.own
        )

    @property
    def unconfirmed(self) -> bool:
        """Whether the time in which the person has to confirm is over."""
        deadline = self.deadline
        return deadline is not None and self.now >= deadline

    @property
    def deadline(self) -> datetime | None:
        """When the person must have confirmed; None if they needn't, or already have."""
        within = self.root.team.confirm_within
        left = [row.left_at for row in self.own if row.left_at]
        if within is None or self.confirmed or not left:
            return None
        return min(left) + timedelta(minutes=within)

    @property
    def confirmed(self) -> bool:
        """Whether the person has confirmed."""
        return self.root.acknowledged_at is not None and not self.taken

    @property
    def taken(self) -> bool:
        """Whether somebody else took it: nobody else is notified then, but the person still is."""
        by = self.root.acknowledged_by_id
        return by is not None and by != self.root.team_member_id

    @property
    def reached(self) -> bool:
        """Whether the person has the message: confirmed, or delivered if that is enough."""
        return self.confirmed or (self.delivered is not None and not self.unconfirmed)

    @cached_property
    def current(self) -> bool:
        """Whether the person is on call now, and no newer message says so."""
        return still_on_call(self.root, self.now) and not _superseded(self.root, self.now)

    @property
    def under_way(self) -> bool:
        """Whether an SMS to the person is being sent, so its outcome is about to be known."""
        return any(
            row.status == Status.SENDING or (row.status.is_open and row.next_attempt_at <= self.now)
            for row in self.own
        )

    @property
    def posted(self) -> bool:
        """Whether the newest warning is in the channel."""
        return bool(self.warnings) and self.warnings[-1].status == Status.DELIVERED

    @property
    def warnings(self) -> list[Notification]:
        """The warnings in the channel, oldest first."""
        return [row for row in self.with_purpose(Purpose.WARNING) if row.kind == Kind.ANNOUNCEMENT]

    @property
    def warned(self) -> bool:
        """Whether a warning got out, in the channel or to leads instead."""
        return any(row.status == Status.DELIVERED for row in self.with_purpose(Purpose.WARNING))

    def concerns(self, member: Member) -> bool:
        """Whether it is about a member, or they were asked to help."""
        asked = self.with_purpose(Purpose.WARNING, Purpose.ESCALATION)
        return member.id in {self.root.team_member_id, *(row.team_member_id for row in asked)}

    def with_purpose(self, *purposes: Purpose) -> list[Notification]:
        """Return the rows of the chain that were written for one of these purposes."""
        return [row for row in self.rows if row.purpose in purposes]

    @property
    def trouble(self) -> Trouble | None:
        """Why the person wasn't reached, by the newest SMS to them; None if nothing is wrong."""
        return next(worded(self) for holds, worded in _TROUBLES if holds(self))

    def turn(self, texted: Member | None = None) -> Turn:
        """Return the turn that it is about: on the team's clock, or that of the member `texted`."""
        return self._snapshot.turn(texted.time_zone if texted else None)

    @cached_property
    def _snapshot(self) -> OnCallSnapshot:
        at = announced.on_call_at(self.root, self.now) or self.now
        return OnCallSnapshot(self.root.team, at, self.now)

    @property
    def changes_at(self) -> list[datetime]:
        """The instants at which its state may change by time alone, so it is checked again."""
        if self.reached and self.deadline is None:
            return []
        found = [since(self.newest) + FOLLOW_UP.notice, *([self.deadline] if self.deadline else [])]
        trouble = self.trouble
        if trouble is None:
            found += [self.root.created_at + FOLLOW_UP.notice]
            found += [since(row) + FOLLOW_UP.notice for row in self.own]
        if self.unsettled:
            asked = max(self.now, since(self.decisive)) + FOLLOW_UP.soon
            found.append(self.now + FOLLOW_UP.notice if trouble else asked)
        return found

    @property
    def too_early(self) -> bool:
        """Whether it's too early to warn: the SMS just left, or its status is being polled."""
        row = self.decisive
        asked = row.next_attempt_at is not None and row.next_attempt_at <= self.now
        return (row.status == Status.SENT and asked) or self.now - since(row) < FOLLOW_UP.notice

    @property
    def newest(self) -> Notification:
        """The newest SMS to the person that wasn't withdrawn."""
        return next((row for row in reversed(self.own) if not row.status.is_withdrawn), self.root)

    @property
    def decisive(self) -> Notification:
        """The SMS that decides whether there is trouble: the newest, once it had time to arrive."""
        newest = self.newest
        if newest is self.root or self.now - since(newest) >= FOLLOW_UP.notice:
            return newest
        # It was only just resent, or sent to the second phone: the earlier trouble still holds.
        before = self.own[self.own.index(newest) - 1]
        if newest.purpose == Purpose.RESENT and before.status == Status.SKIPPED:
            return newest  # they texted START, so the STOP before doesn't count
        return before if before.status.has_failed else newest


def _failed(chain: Chain) -> Trouble:
    row = chain.decisive
    said = row.error_message or NO_REASON
    known = explaining.of(row)
    unsure = row.ambiguous or known.outcome is Outcome.UNCERTAIN
    if known.link:
        said = f"{said} {known.link}"
    return Trouble(Kinds.UNCLEAR if unsure else Kinds.FAILED, said)


def _unconfirmed(chain: Chain) -> Trouble:
    return Trouble(Kinds.UNCONFIRMED, no_ok(chain.root.team.confirm_within))


def _unclear(chain: Chain) -> Trouble:
    return Trouble(Kinds.UNCLEAR, chain.decisive.error_message or NOBODY_KNOWS)


def _waiting(chain: Chain) -> Trouble:
    return Trouble(Kinds.WAITING, keeps_trying(chain.decisive.error_message))


# What is wrong: the first entry whose condition holds.
_TROUBLES: tuple[tuple[Callable[[Chain], object], Callable[[Chain], Trouble | None]], ...] = (
    (lambda chain: chain.reached, lambda _: None),
    (lambda chain: chain.delivered, _unconfirmed),
    (lambda chain: chain.decisive.status.has_failed, _failed),
    (lambda chain: chain.unconfirmed, _unconfirmed),
    (lambda chain: chain.too_early, lambda _: None),
    (lambda chain: chain.decisive.status == Status.UNCERTAIN, _unclear),
    (lambda chain: chain.decisive.status != Status.SENT, _waiting),
    (lambda chain: chain.decisive.held, lambda _: Trouble(Kinds.WAITING, NOT_SENT_ON)),
    (lambda _: True, lambda _: Trouble(Kinds.SILENT, NO_RECEIPT)),
)


def since(row: Notification) -> datetime:
    """Return since when we wait for an SMS's receipt: when it left Twilio's queue."""
    return row.left_at or row.created_at


def begins_chain(row: Notification) -> bool:
    """Tell whether this is a duty notification to one person."""
    return bool(not row.kind.is_post and row.purpose.is_duty)


def still_on_call(root: Notification, now: datetime) -> bool:
    """Tell whether the person an SMS called is on call, or is about to be as it said."""
    return announced.on_call_at(root, now) is not None


def has_duty(member: Member, now: datetime) -> bool:
    """Tell whether a member is on call, or was notified of a turn that begins soon."""
    return member.id in schedule.on_call(member.team, now).members or any(
        row.team_member_id == member.id and still_on_call(row, now) for row in recent(member, now)
    )


def _superseded(root: Notification, now: datetime) -> bool:
    """Tell whether a newer message calls the same person; one dated in the future doesn't count."""
    return outbox.is_superseded(root.team_id, root.team_member_id, root.due_at, now)


def recent(member: Member, now: datetime) -> list[Notification]:
    """Return the duty notifications of a member’s team that can be acknowledged, newest first."""
    query = Notification.select().where(
        Notification.team == member.team_id,
        Notification.due_at > now - FOLLOW_UP.open_for,
        BEGINS_CHAIN,
        Notification.status != Status.EXPIRED,
    )
    return list(query.order_by(Notification.due_at.desc(), Notification.id.desc()))


def root_of(team: Team, number: int) -> Notification:
    """Return the duty notification with this number. Raises Refusal if it is none of the team's."""
    row = Notification.get_or_none(
        Notification.id == number, Notification.team == team, BEGINS_CHAIN
    )
    if row is None:
        raise Refusal(
            f"{number} isn’t a text to somebody on call.",
            suggest=(Line("notifications"), " lists them."),
        )
    return row
