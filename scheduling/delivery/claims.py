"""Claims: a due row is taken by conditional UPDATE before it is sent, and given back if it isn't.

Only this module decides who holds a claim, and for how long. All claims of a tick are taken in one
transaction, with texts that are true at that moment.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from scheduling import phones
from scheduling.channels import (
    CALLS_VALID_FOR,
    OPTED_OUT,
    OPTED_OUT_WHY,
    VALID_FOR,
    Message,
    Search,
)
from scheduling.delivery import posts, settling, watch
from scheduling.delivery.policy import CLAIM
from scheduling.delivery.settling import about, changing
from scheduling.delivery.staleness import Judge, Verdict
from scheduling.words import reasons
from scheduling.words.gsm import counted
from storage.database import reading, writing
from storage.models import DeliveryAttempt, Notification
from storage.queries import outbox
from storage.statuses import LOOKUPS, Kind, Outcome, OwnCode, Purpose, Status, Trait

log = logging.getLogger("whoseonfirst.outbox")


class Bar(NamedTuple):
    """Why an SMS must not be sent: its new status, the error code, and the reason in words."""

    status: Status
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The last attempt that may or may not have sent the message.

    count: the number of such attempts
    at: when the last one ended
    why, code: its error
    """

    count: int
    at: datetime
    why: str
    code: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A notification taken for this attempt.

    message: the text and recipient of an earlier attempt, for looking it up
    text, address: what to send now, and where to
    attempt: the number of this attempt, from 1
    tried: the same, without attempts that were only lookups
    uncertain: it may already have been sent
    ambiguous: the last attempt that may have sent it
    lookups: the lookups since then that didn't find it
    first_try: when it was first attempted
    stale: the status it gets instead of being sent, because it isn't true anymore
    bar: why it must not be sent anymore
    """

    id: int
    team_id: int
    kind: Kind
    purpose: Purpose
    message: Message
    text: str
    address: str
    attempt: int
    tried: int
    claimed_at: datetime
    due_at: datetime
    uncertain: bool
    ambiguous: Ambiguous | None
    lookups: int
    first_try: datetime | None
    stale: Status | None
    bar: Bar | None = None

    @property
    def phone(self) -> str | None:
        """The number it goes, or went, to, if it is an SMS."""
        return None if self.kind.is_post else self.message.to

    @property
    def route(self) -> str:
        """What a provider's rate limit applies to: all our SMS, or one conversation in Slack."""
        return self.address if self.kind.is_post else str(self.kind)


# --- taking what is due ---


def take(now: datetime, mine: frozenset[int], paused: frozenset[str]) -> list[Claim]:
    """Claim what is due, in one transaction, with texts that are true at `now`.

    Rows in `mine` are still being worked on, so they wait for the next tick. So does everything on
    a route in `paused`.
    """
    with reading():
        if not outbox.anything_due(now):
            return []
    with writing():
        due = outbox.due(now)
        judge, limits = Judge(now), _Limits(due, now)
        claims = []
        for row in due:
            try:
                verdict = judge.of(row)
                claim = _claimed(row, verdict, now)
            except Exception:
                # It stays due. A broken team must not hold up the others.
                log.exception("notification %s could not be worded", row.id, extra=about(row))
                continue
            if verdict.undecided:
                continue
            if verdict.stale and not row.attempts:
                settling.drop(row, verdict.stale, now)
                row.save()
                watch.chain_changed(row, now)
                log.info("notification %s is %s", row.id, verdict.stale, extra=about(row))
            elif row.id in mine or claim.route in paused:
                continue
            elif (bar := limits.bar(row)) and not claim.uncertain:
                settling.hold_back(row, bar.status, bar.code, bar.why, now)
            else:
                claims.append(replace(claim, bar=bar))
        _mark_claimed(claims, {row.id: row.text for row in due}, now)
    return claims


class _Limits:
    """Who can't be texted, and how much a team may still send; read once per tick."""

    def __init__(self, due: list[Notification], now: datetime) -> None:
        sms = [row for row in due if row.kind == Kind.SMS]
        self._opted_out = phones.opted_out(map(_address, sms)) if sms else set()
        self._used = outbox.segments_used(now - CLAIM.cap_window) if sms else {}

    def bar(self, row: Notification) -> Bar | None:
        """Return why an SMS must not be sent, or count its segments and return None."""
        if row.kind != Kind.SMS:
            return None
        if not _address(row):
            return Bar(Status.SKIPPED, OwnCode.NO_NUMBER, reasons.NO_NUMBER)
        if _address(row) in self._opted_out and Trait.DESPITE_STOP not in row.purpose.traits:
            doubtful = phones.is_doubtful(_address(row))
            why = reasons.DOUBTFUL_NUMBER if doubtful else f"{OPTED_OUT_WHY}."
            return Bar(Status.SKIPPED, OPTED_OUT, why)
        used = self._used.get(row.team_id, 0) + counted(row.text).segments
        # Duty notifications may use the whole cap; answers and tests only half of it.
        duty = row.root.purpose.is_duty
        most = row.team.most_segments // (1 if duty else 2)
        if used > most:
            why = reasons.segments_used_up(most, duty=duty)
            return Bar(Status.FAILED, OwnCode.CAPPED, why)
        self._used[row.team_id] = used
        return None


def _address(row: Notification) -> str:
    """Return the current number or channel of a notification, '' if there is none.

    It may have been corrected since the notification was planned. Only an answer to a text, and an
    SMS to a second phone, keep the number that is stored with them.
    """
    member = row.team_member
    if row.kind == Kind.ANNOUNCEMENT:
        return row.team.channel_id or ""
    if row.kind == Kind.DIRECT:
        return posts.slack_user(row) or ""
    if Trait.KEEPS_NUMBER in row.purpose.traits:
        return row.phone or ""
    return (member and member.phone) or ""


def _claimed(row: Notification, verdict: Verdict, now: datetime) -> Claim:
    tries = []
    if row.attempts:
        query = DeliveryAttempt.select().where(DeliveryAttempt.notification == row)
        tries = list(query.order_by(DeliveryAttempt.number))
    address = _address(row)
    ambiguous = [one for one in tries if _is_ambiguous(one)]
    since = ambiguous[-1].number if ambiguous else 0
    return Claim(
        id=row.id,
        team_id=row.team_id,
        kind=row.kind,
        purpose=row.purpose,
        message=Message(
            (row.attempts and row.phone) or address,
            row.text if row.attempts else verdict.text,
            row.dedupe_key,
            valid_for=CALLS_VALID_FOR if Trait.URGENT in row.purpose.traits else VALID_FOR,
        ),
        text=verdict.text,
        address=address,
        attempt=row.attempts + 1,
        tried=1 + sum(one.error_code not in LOOKUPS for one in tries),
        claimed_at=now,
        due_at=row.due_at,
        uncertain=row.status == Status.UNCERTAIN,
        ambiguous=_last(ambiguous),
        lookups=sum(one.number > since and one.error_code == OwnCode.NOT_FOUND for one in tries),
        first_try=tries[0].started_at if tries else None,
        stale=verdict.stale,
    )


def _is_ambiguous(one: DeliveryAttempt) -> bool:
    """Tell whether an attempt may or may not have sent the message."""
    return one.outcome is None or (
        one.outcome == Outcome.UNCERTAIN and one.error_code not in LOOKUPS
    )


def _last(ambiguous: list[DeliveryAttempt]) -> Ambiguous | None:
    if not ambiguous:
        return None
    last = ambiguous[-1]
    return Ambiguous(
        len(ambiguous),
        last.finished_at or last.started_at,
        last.error_message or "",
        last.error_code or "",
    )


def _mark_claimed(claims: list[Claim], read: dict[int, str], now: datetime) -> None:
    """Store claims. `read` is the text of each notification when it was read.

    An unchanged text isn't written, because somebody may have added to a note since.
    """
    texts = [one.message.text for one in claims]
    taken = [
        outbox.Taken(one.id, one.attempt, None if new == read[one.id] else new, one.phone)
        for one, new in zip(claims, texts, strict=True)
    ]
    marked = outbox.claim(taken, now)
    if claims and marked != len(claims):
        raise RuntimeError(f"claimed {marked} notifications of {len(claims)}")


# --- holding a claim, and giving it back ---


def fresh(claim: Claim, now: datetime) -> Claim | None:
    """Return an up-to-date claim, renewed if it waited long; None if it isn't ours anymore.

    If it's undecided whether to send it, it is given back, and the next tick decides.
    """
    if now - claim.claimed_at <= CLAIM.renewed:
        return claim
    with writing():
        if not still_ours(claim, now):
            return None
        verdict = Judge(now).of(Notification.get_by_id(claim.id))
        if verdict.undecided:
            give_back([claim], now)
            return None
        text = claim.text if verdict.stale else verdict.text
        return replace(claim, claimed_at=now, stale=verdict.stale, text=text)


def still_ours(claim: Claim, now: datetime) -> bool:
    """Renew a claim; False if another process treated it as abandoned."""
    with writing():
        renewed = Notification.update(claimed_at=now).where(
            Notification.id == claim.id,
            Notification.status == Status.SENDING,
            Notification.attempts == claim.attempt,
        )
        return bool(renewed.execute())


def search_for(claim: Claim, first_try: datetime, now: datetime) -> Search:
    """Return how to look up a message, and which other rows could be mistaken for it."""
    if claim.kind.is_post:
        return Search(first_try, now)
    with reading():
        taken = outbox.message_ids(first_try - CLAIM.cap_window, claim.id)
        rivals = outbox.rivals(claim.phone, claim.id)
    return Search(first_try, now, taken, rivals)


def to_send(claim: Claim, now: datetime) -> Message | None:
    """Return the message to send now, storing its text and recipient for a later lookup.

    Posts are rendered here, in their own thread, so that no SMS waits for that. None if the claim
    was lost, or the row is settled because it must not be sent anymore.
    """
    if claim.stale or claim.bar:
        _let_go(claim, now)
        return None
    message = replace(claim.message, text=claim.text, to=claim.address)
    if claim.kind.is_post:
        with reading():
            row = Notification.get_by_id(claim.id)
            row.text = claim.text
            rendered = posts.render(row, now)
        message = replace(
            message, text=rendered.text, buttons=rendered.buttons, small_print=rendered.small_print
        )
    if (message.text, message.to) != (claim.message.text, claim.message.to):
        with changing(claim.id, Status.SENDING, claim.attempt) as ours:
            if ours is None:
                return None
            ours.text, ours.phone = message.text, None if claim.kind.is_post else message.to
    return message


def _let_go(claim: Claim, now: datetime) -> None:
    """Settle a row that must not be sent, now that we know no earlier attempt sent it."""
    with writing(), changing(claim.id, Status.SENDING, claim.attempt) as row:
        if row and claim.stale:
            settling.drop(row, claim.stale, now)
            watch.chain_changed(row, now)
        elif row and claim.bar:
            settling.hold_back(row, claim.bar.status, claim.bar.code, claim.bar.why, now)


def give_back(claims: list[Claim], at: datetime) -> None:
    """Undo claims whose attempts never began; they are due again at `at`."""
    if not claims:
        return
    with writing():
        for claim in claims:
            with changing(claim.id, Status.SENDING, claim.attempt) as row:
                if row is None:
                    continue
                before = Status.RETRYING if claim.first_try else Status.PENDING
                row.status = Status.UNCERTAIN if claim.uncertain else before
                row.attempts, row.next_attempt_at = claim.attempt - 1, at
                DeliveryAttempt.delete().where(
                    DeliveryAttempt.notification == row, DeliveryAttempt.number == claim.attempt
                ).execute()


def recover(now: datetime, mine: frozenset[int]) -> None:
    """Take over what a dead process left in the middle of an attempt."""
    abandoned = (Notification.status == Status.SENDING) & (
        Notification.claimed_at <= now - CLAIM.abandoned
    )
    with reading():
        found = outbox.abandoned(now - CLAIM.abandoned)
    lost = [number for number in found if number not in mine]
    for number in lost:
        with writing():
            taken = Notification.update(status=Status.UNCERTAIN, next_attempt_at=now).where(
                Notification.id == number, abandoned
            )
            if taken.execute():
                log.warning(
                    "notification %s was left in the middle of a try",
                    number,
                    extra={"notification": number},
                )
