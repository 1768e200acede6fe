"""Delivering notifications: claim, attempt, retry, recover. Never twice, never none without trace.

A row is claimed by a conditional UPDATE before anything is sent, every attempt is a row of its
own, and when to try again is stored, not slept. Whatever may have gone out is looked for at the
provider before it is sent again.
"""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import cast

from peewee import OperationalError, fn

from scheduling import messages, planning
from scheduling.channels import Channel, DeliveryError, Message
from scheduling.channels.sms import OPTED_OUT, SmsChannel
from scheduling.clock import Clock
from scheduling.planning import Situation
from storage.database import database, reading, rows, stored_instant, writing
from storage.models import OPEN_STATUSES, DeliveryAttempt, Member, Notification, Team

log = logging.getLogger("whoseonfirst.outbox")

THREADS = 16
# Seconds from one try to the next: at 0, 60 and 120 s after it became due. Then it has failed.
PAUSES = (60, 60)
TRIES = len(PAUSES) + 1
# For so long a provider that asks us to wait or can't be reached is tried again, and one that
# cannot say whether a message went out is asked again. Behind a warning stands nobody else.
PATIENCE = timedelta(hours=1)
PATIENCE_TO_WARN = timedelta(hours=24)
UNFORESEEN = "unforeseen"
# The key of the line that says so of a message, before the message's id.
TRYING = "trying:"
# The codes of a call that was made and whose answer was lost; a look that failed has others.
ANSWER_LOST = ("no answer", "no sense", UNFORESEEN)
NO_LOOK = "no look"
# No call to a provider takes longer: what is still 'sending' then belongs to a dead process.
ABANDONED = timedelta(seconds=60)
# What waited so long for a free thread says again that it is ours, lest another process takes it.
WAITED = timedelta(seconds=20)
# How often, and for how long, Twilio is asked what became of an SMS.
FATE_EVERY = timedelta(seconds=15)
FATE_UNTIL = timedelta(hours=4)

# When the newest text was due, by kind and member (None: the channel).
_Newest = dict[tuple[str, int | None], datetime]


@dataclass(frozen=True, slots=True)
class _Claim:
    """A notification taken for this try.

    `message` is as an earlier try sent it, `words` what it says if it is sent now. `first_try` is
    when there was one, `in_doubt` whether it is open if the message went out, `doubts` how many
    tries left that open, and `untrue` what becomes of the row if none did, for by now it says
    something wrong.
    """

    id: int
    kind: str
    purpose: str
    message: Message
    words: str
    attempt: int
    claimed_at: datetime
    due_at: datetime
    in_doubt: bool
    doubts: int
    first_try: datetime | None
    untrue: str | None


class Outbox:
    """Sends what is due, several at a time, in threads of its own.

    `deliver` returns at once; `wait` waits for what is under way.
    """

    def __init__(self, clock: Clock, sms: SmsChannel, announcements: Channel) -> None:
        self._clock = clock
        self._sms = sms
        self._channels: dict[str, Channel] = {
            "sms": sms,
            "announcement": announcements,
            "direct": announcements,
        }
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="outbox")
        self._receipts = _Receipts()
        self._under_way: set[int] = set()
        self._never_begun: list[_Claim] = []
        self._idle = threading.Condition()

    def deliver(self, now: datetime) -> None:
        """Start delivering everything that is due at `now`, and asking what became of SMS."""
        with self._idle:
            mine = frozenset(self._under_way)
        _recover(now, mine)
        for claim in _claim(now, mine):
            self._start(claim.id, partial(self._attempt, claim), claim)
        with reading():
            sent = rows(
                Notification.select(Notification.id, Notification.twilio_sid).where(
                    Notification.status == "sent", Notification.next_attempt_at <= now
                )
            )
        for number, sid in sent:
            if number in mine:
                continue
            self._start(number, partial(self._ask_fate, number, sid))

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is under way, `timeout` seconds at most; tell whether that is so."""
        with self._idle:
            return self._idle.wait_for(lambda: not self._under_way, timeout)

    def stop(self, timeout: float) -> bool:
        """Start nothing more, wait for what is under way; tell whether all of it ended.

        What waits for a thread is given back; what is under way is looked up by the next start.
        """
        self._threads.shutdown(wait=False, cancel_futures=True)
        try:
            _give_back(self._never_begun, self._clock.now())
        except OperationalError:
            log.warning("what waited for a thread is left to be looked up", exc_info=True)
        return self.wait(timeout)

    def _start(self, number: int, work: Callable[[], None], claim: _Claim | None = None) -> None:
        with self._idle:
            if number in self._under_way:
                return
            self._under_way.add(number)

        def ended(future: Future[None]) -> None:
            if future.cancelled():
                if claim:
                    self._never_begun.append(claim)
            elif error := future.exception():
                log.error("notification %s could not be handled", number, exc_info=error)
            with self._idle:
                self._under_way.discard(number)
                self._idle.notify_all()

        self._threads.submit(work).add_done_callback(ended)

    def _attempt(self, claim: _Claim) -> None:
        """Send one claimed notification and record how that went."""
        now = self._clock.now()
        if now - claim.claimed_at > WAITED:
            again = _claimed_again(claim, now)
            if again is None:
                return
            claim = again
        channel = self._channels[claim.kind]
        try:
            receipt = _look_for(channel, claim)
            if receipt is None and claim.first_try and not _still_ours(claim, self._clock.now()):
                return  # the look took so long that somebody else took over
            if receipt is None and claim.untrue:
                with _changing(claim.id, "sending", claim.attempt) as row:
                    if row:
                        _settle(row, claim.untrue)
                return
            if receipt is None:
                receipt = channel.send(_reworded(claim))
        except DeliveryError as error:
            self._record_failure(claim, error)
        except Exception:
            # Whatever it is, it counts as a try: nothing may be tried for ever and told to nobody.
            log.exception("notification %s: a try failed in an unforeseen way", claim.id)
            words = "Something unforeseen went wrong: see the log."
            self._record_failure(claim, DeliveryError("uncertain", UNFORESEEN, words))
        else:
            self._receipts.record(claim, receipt, self._clock.now())

    def _record_failure(self, claim: _Claim, error: DeliveryError) -> None:
        now = self._clock.now()
        next_try = _next_try(claim, error, now)
        with writing(), _changing(claim.id, "sending", claim.attempt) as row:
            if row is None:
                return  # somebody else took over, and what they find out counts
            DeliveryAttempt.update(
                finished_at=now,
                outcome=error.outcome,
                error_code=error.code,
                error_message=error.message,
            ).where(
                DeliveryAttempt.notification == claim.id, DeliveryAttempt.number == claim.attempt
            ).execute()
            row.error_code, row.error_message = error.code, error.message
            if next_try:
                row.next_attempt_at = next_try
                row.status = "uncertain" if error.outcome == "uncertain" else "retrying"
                overdue = now - claim.due_at >= timedelta(seconds=sum(PAUSES))
                if overdue and claim.attempt >= TRIES and error.outcome == "temporary":
                    words = f"{error.message} I keep trying for an hour."
                    _warn(row, words, now, key=TRYING)
            else:
                _settle(row, "skipped" if error.code == str(OPTED_OUT) else "failed")
                if error.outcome == "uncertain":
                    row.error_message = f"It may have gone out all the same. {error.message}"
                _warn(row, error.message, now, unsure=error.outcome == "uncertain")
        level = logging.WARNING if next_try else logging.ERROR
        log.log(level, "notification %s: %s: %s", claim.id, error.outcome, error)

    def _ask_fate(self, number: int, sid: str) -> None:
        """Ask Twilio whether an SMS has arrived; warn the team when it will not."""
        now = self._clock.now()
        fate = None
        try:
            fate = self._sms.fate(sid)
        except DeliveryError as error:
            log.warning("notification %s: no word from Twilio: %s", number, error)
        with writing(), _changing(number, "sent") as row:
            if row is None:
                return
            waiting = now - row.sent_at < FATE_UNTIL
            row.next_attempt_at = now + FATE_EVERY if waiting else None
            if fate:
                status, why = fate
                row.error_message = why
                _settle(row, status)
                if why:
                    _warn(row, why, now)


def _claim(now: datetime, mine: frozenset[int]) -> list[_Claim]:
    """Take what is due for this try: all in one transaction, and with words true at `now`.

    `mine` are the ids of those whose last try is just being recorded: they wait for the next tick.
    """
    with writing():
        due = list(
            Notification.select(Notification, Team, Member)
            .join(Team)
            .switch(Notification)
            .join(Member, "LEFT JOIN")
            .where(Notification.status.in_(OPEN_STATUSES), Notification.next_attempt_at <= now)
            .order_by(Notification.due_at, Notification.id)
        )
        situations: dict[int, Situation] = {}
        newest: dict[int, _Newest] = {}
        claims = []
        for row in due:
            untrue, words = None, row.text
            if row.about is not None:
                try:
                    if row.team_id not in situations:
                        newest[row.team_id] = _newest(row)
                        situations[row.team_id] = Situation(row.team, now, now)
                    situation = situations[row.team_id]
                    untrue = _no_longer(row, row.about, situation, newest[row.team_id])
                    words = row.text if untrue else _words(row, situation)
                except Exception:
                    # It stays due; what is wrong with one team must not hold up the others.
                    log.exception("notification %s could not be worded", row.id)
                    continue
            elif row.dedupe_key.startswith(TRYING):
                message = Notification.get_or_none(id=int(row.dedupe_key.removeprefix(TRYING)))
                if message is None or message.status not in (*OPEN_STATUSES, "sending"):
                    untrue = "cancelled"
                elif message.status == "sending" or message.next_attempt_at <= now:
                    continue  # it is just tried again: what comes of that decides
            if untrue and not row.attempts:
                _settle(row, untrue)
                row.save()
                log.info("notification %s is %s", row.id, untrue)
            elif row.id not in mine:
                claims.append(_claimed(row, untrue, words, now))
        _mark_claimed(claims, now)
    return claims


def _claimed(row: Notification, untrue: str | None, words: str, now: datetime) -> _Claim:
    # The number and the channel of now: they may have been mended since this was planned.
    member = row.team_member
    to = {
        "sms": member and member.phone,
        "direct": member and member.slack_user_id,
        "announcement": row.team.channel_id,
    }[row.kind]
    tries = []
    if row.attempts:
        query = DeliveryAttempt.select().where(DeliveryAttempt.notification == row)
        tries = list(query.order_by(DeliveryAttempt.number))
    return _Claim(
        id=row.id,
        kind=row.kind,
        purpose=row.purpose,
        message=Message(
            to or "",
            row.text if row.attempts else words,
            row.dedupe_key,
            tuple((label, runs) for label, runs in json.loads(row.buttons or "[]")),
        ),
        words=words,
        attempt=row.attempts + 1,
        claimed_at=now,
        due_at=row.due_at,
        in_doubt=row.status == "uncertain",
        doubts=sum(one.outcome is None or one.error_code in ANSWER_LOST for one in tries),
        first_try=tries[0].started_at if tries else None,
        untrue=untrue,
    )


def _mark_claimed(claims: list[_Claim], now: datetime) -> None:
    # Plain SQL: of a thousand messages the query builder would take longer than Twilio.
    at = stored_instant(now)
    marked = database.connection().executemany(
        "UPDATE notification_log SET status = 'sending', claimed_at = ?, attempts = ?,"
        " next_attempt_at = NULL, text = ?"
        " WHERE id = ? AND status IN ('pending', 'retrying', 'uncertain')",
        [(at, claim.attempt, claim.message.text, claim.id) for claim in claims],
    )
    if claims and marked.rowcount != len(claims):
        raise RuntimeError(f"claimed {marked.rowcount} notifications of {len(claims)}")
    database.connection().executemany(
        "INSERT INTO delivery_attempts (notification_id, number, started_at) VALUES (?, ?, ?)",
        [(claim.id, claim.attempt, at) for claim in claims],
    )


def _still_ours(claim: _Claim, now: datetime) -> bool:
    """Renew a claim; False if somebody took it for abandoned meanwhile."""
    with writing():
        renewed = Notification.update(claimed_at=now).where(
            Notification.id == claim.id,
            Notification.status == "sending",
            Notification.attempts == claim.attempt,
        )
        return bool(renewed.execute())


def _claimed_again(claim: _Claim, now: datetime) -> _Claim | None:
    """Renew a claim that waited for a thread, with what is true by now; None if it was lost."""
    with writing():
        if not _still_ours(claim, now):
            return None
        row = Notification.get_by_id(claim.id)
        if row.about is None:
            return replace(claim, claimed_at=now)
        situation = Situation(row.team, now, now)
        untrue = _no_longer(row, row.about, situation, _newest(row))
        words = claim.words if untrue else _words(row, situation)
        return replace(claim, claimed_at=now, untrue=untrue, words=words)


def _give_back(claims: list[_Claim], now: datetime) -> None:
    """Undo claims whose tries never began."""
    if not claims:
        return
    with writing():
        for claim in claims:
            with _changing(claim.id, "sending", claim.attempt) as row:
                if row is None:
                    continue
                before = "retrying" if claim.first_try else "pending"
                row.status = "uncertain" if claim.in_doubt else before
                row.attempts, row.next_attempt_at = claim.attempt - 1, now
                DeliveryAttempt.delete().where(
                    DeliveryAttempt.notification == row, DeliveryAttempt.number == claim.attempt
                ).execute()


def _newest(oldest: Notification) -> _Newest:
    """Return when the team's newest text of each kind to each member was due, from `oldest` on."""
    told = Notification.select(
        Notification.kind, Notification.team_member, fn.MAX(Notification.due_at)
    ).where(
        Notification.team == oldest.team_id,
        Notification.about.is_null(False),
        Notification.due_at >= oldest.due_at,
    )
    grouped = told.group_by(Notification.kind, Notification.team_member)
    return {(kind, member): due_at for kind, member, due_at in rows(grouped)}


def _no_longer(row: Notification, about: str, situation: Situation, newest: _Newest) -> str | None:
    """Return 'cancelled' if a text is not true any more, 'expired' if a newer one is there."""
    told = {int(member) for member in about.split(",") if member}
    members = set(situation.members)
    if not told <= members or (row.kind == "announcement" and told != members):
        return "cancelled"
    return "expired" if newest[row.kind, row.team_member_id] > row.due_at else None


def _words(row: Notification, situation: Situation) -> str:
    if row.kind == "sms":
        return situation.sms(row.purpose, cast(int, row.team_member_id), row.due_at)
    return situation.announcement(row.purpose, row.due_at)


def _reworded(claim: _Claim) -> Message:
    """Return what to send now, and remember the words: a later look compares them."""
    if claim.words != claim.message.text:
        with _changing(claim.id, "sending", claim.attempt) as row:
            if row:
                row.text = claim.words
    return replace(claim.message, text=claim.words)


def _look_for(channel: Channel, claim: _Claim) -> str | None:
    """Return the receipt of an earlier try, if one went out after all.

    Raises DeliveryError when nobody can tell, or when there is no trace of the last try allowed.
    """
    if claim.first_try is None:
        return None
    try:
        receipt = channel.find(claim.message, claim.first_try)
    except DeliveryError as error:
        if claim.in_doubt:
            raise DeliveryError("uncertain", NO_LOOK, error.message) from error
        if error.outcome == "permanent":
            return None  # nobody can look, and no try is known that may have gone out
        raise
    # A post is found by its key, so one that isn't there can be sent again and again.
    tried_enough = claim.doubts >= TRIES and claim.purpose != "warning"
    if receipt is None and tried_enough and not claim.untrue:
        raise DeliveryError("permanent", "no answer", "It was tried three times without an answer.")
    return receipt


def _next_try(claim: _Claim, error: DeliveryError, now: datetime) -> datetime | None:
    """Return when to try, or to look, again; None when it is over."""
    if error.outcome == "permanent":
        return None
    ends = claim.due_at + (PATIENCE_TO_WARN if claim.purpose == "warning" else PATIENCE)
    patient = now < ends
    if error.retry_after is not None and patient:
        # After the third try a minute at least: in between, the channel is told that it goes on.
        least = PAUSES[-1] if claim.attempt >= TRIES else 0
        return min(now + timedelta(seconds=min(max(error.retry_after, least), 86_400)), ends)
    if claim.attempt < TRIES:
        return now + timedelta(seconds=PAUSES[claim.attempt - 1])
    # What may have gone out is looked for even after the last try, and a warning is the last word.
    goes_on = error.outcome == "uncertain" or claim.purpose == "warning"
    return now + timedelta(seconds=PAUSES[-1]) if goes_on and patient else None


class _Receipts:
    """Records what was sent: all that arrives while the disk is busy, in one transaction.

    `record` returns when its own receipt is on the disk, whichever thread wrote it there. What
    can't be written stays 'sending', and is looked up like that of a process that died.
    """

    def __init__(self) -> None:
        self._arriving = threading.Lock()
        self._writing = threading.Lock()
        self._arrived: list[tuple[_Claim, str, datetime]] = []

    def record(self, claim: _Claim, receipt: str, now: datetime) -> None:
        with self._arriving:
            self._arrived.append((claim, receipt, now))
        with self._writing:
            with self._arriving:
                arrived, self._arrived = self._arrived, []
            if arrived:
                _record_sent(arrived)


def _record_sent(receipts: list[tuple[_Claim, str, datetime]]) -> None:
    sent, tries = [], []
    for claim, receipt, now in receipts:
        sms, at = claim.kind == "sms", stored_instant(now)
        ask_at = stored_instant(now + FATE_EVERY) if sms else None
        sent.append((at, ask_at, receipt if sms else None, None if sms else receipt, claim.id))
        tries.append((at, claim.id, claim.attempt))
    with writing():
        database.connection().executemany(
            "UPDATE notification_log SET status = 'sent', sent_at = ?, next_attempt_at = ?,"
            " twilio_sid = ?, slack_ts = ?, error_code = NULL, error_message = NULL"
            " WHERE id = ? AND status = 'sending'",
            sent,
        )
        database.connection().executemany(
            "UPDATE delivery_attempts SET finished_at = ?, outcome = 'sent'"
            " WHERE notification_id = ? AND number = ?",
            tries,
        )
    for claim, receipt, _ in receipts:
        log.info("notification %s sent: %s", claim.id, receipt)


def _recover(now: datetime, mine: frozenset[int]) -> None:
    """Take up what a process that died left in the middle of a try."""
    abandoned = (Notification.status == "sending") & (Notification.claimed_at <= now - ABANDONED)
    with reading():
        found = rows(Notification.select(Notification.id).where(abandoned))
    lost = [number for (number,) in found if number not in mine]
    for number in lost:
        with writing():
            taken = Notification.update(status="uncertain", next_attempt_at=now).where(
                Notification.id == number, abandoned
            )
            if taken.execute():
                log.warning("notification %s was left in the middle of a try", number)


def _warn(
    row: Notification, why: str, now: datetime, *, key: str = "warning:", unsure: bool = False
) -> None:
    """Tell the team's channel about an SMS that did not arrive, or may not have, once per key."""
    if row.kind == "sms" and row.team_member is not None:
        text = messages.sms_warning(
            planning.person(row.team_member), why, trial=row.purpose == "test", unsure=unsure
        )
        planning.announce(row.team, "warning", f"{key}{row.id}", text, now)


def _settle(row: Notification, status: str) -> None:
    row.status, row.next_attempt_at = status, None


@contextmanager
def _changing(
    number: int, status: str, attempt: int | None = None
) -> Iterator[Notification | None]:
    """Yield a notification to change, and save it; None if its status or attempt is another."""
    with writing():
        row = Notification.get_by_id(number)
        ours = row.status == status and attempt in (None, row.attempts)
        yield row if ours else None
        if ours:
            row.save()
