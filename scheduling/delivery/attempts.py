"""One attempt to deliver a claimed notification: look it up, send it, record the outcome."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from scheduling import phones
from scheduling.channels import Channels, DeliveryError, ErrorClass, Message
from scheduling.clock import Clock
from scheduling.delivery import claims, retries, second_way, settling, unread, watch
from scheduling.delivery.claims import Claim
from scheduling.delivery.policy import RETRY
from scheduling.delivery.recorder import Recorder, Sent
from scheduling.delivery.settling import about, changing
from scheduling.words import reasons
from scheduling.words.warnings import UNSURE
from scheduling.words.wording import how_often
from storage.database import writing
from storage.models import DeliveryAttempt, Notification
from storage.statuses import Kind, Outcome, OwnCode, Purpose, Status

log = logging.getLogger("whoseonfirst.outbox")


class MakesText(Protocol):
    """Writes a notification's text, given its id, at the moment it is sent.

    Returns '' if there is nothing to say. Raises DeliveryError if that isn't known yet.
    """

    def __call__(self, number: int, now: datetime) -> str: ...


# The notifications whose text is written when they are sent, by kind and purpose.
MadeTexts = Mapping[tuple[Kind, Purpose], MakesText]


class Attempts:
    """Delivers claims; several threads may call it at once.

    made: writes the texts that are only known when they are sent
    answered: called with the kind of a channel that has answered
    given_up: called when a post has failed for good, before its news goes another way
    """

    def __init__(
        self,
        clock: Clock,
        channels: Channels,
        made: MadeTexts,
        recorder: Recorder,
        stopping: threading.Event,
        *,
        answered: Callable[[Kind], None],
        given_up: Callable[[datetime], None],
    ) -> None:
        self._clock = clock
        self._channels = channels
        self._made = made
        self._recorder = recorder
        self._stopping = stopping
        self._answered = answered
        self._given_up = given_up
        self.pauses = retries.Pauses()

    def make(self, claim: Claim) -> None:
        """Deliver one claimed notification, unless that was done, and record the outcome."""
        now = self._clock.now()
        if until := self.pauses.until(claim.route, now):
            claims.give_back([claim], until)
            return
        ours = claims.fresh(claim, now)
        if ours is None:
            return
        try:
            sent = self._looked_up(ours, now) or self._sent(ours, now)
        except DeliveryError as error:
            self._record_failure(ours, error)
        except Exception:
            # Any error counts as a try, so nothing is tried forever without anybody noticing.
            log.exception(
                "notification %s: a try failed in an unforeseen way", ours.id, extra=about(ours)
            )
            failure = DeliveryError(Outcome.UNCERTAIN, OwnCode.UNFORESEEN, reasons.UNFORESEEN)
            self._record_failure(ours, failure)
        else:
            if sent:
                self._answered(ours.kind)
                self._recorder.record(sent, self._clock.now())

    def _looked_up(self, claim: Claim, now: datetime) -> Sent | None:
        """Return what an earlier attempt sent, if it went out after all.

        Raises DeliveryError if the provider can't say, if the message may still show up, or if it
        isn't there and no further attempt is allowed.
        """
        if claim.first_try is None:
            return None
        try:
            search = claims.search_for(claim, claim.first_try, now)
            message_id = self._channels[claim.kind].find(claim.message, search)
        except DeliveryError as error:
            if claim.uncertain and error.error_class is not ErrorClass.GONE:
                raise DeliveryError(Outcome.UNCERTAIN, OwnCode.NO_LOOKUP, error.message) from error
            if error.outcome is not Outcome.TEMPORARY:
                return None  # it can't be looked up, and no attempt is known to be ambiguous
            raise
        if message_id is not None:
            return Sent(claim, None, message_id)
        if not claim.stale:
            _may_send_again(claim, now)
        return None

    def _sent(self, claim: Claim, now: datetime) -> Sent | None:
        """Send it; None if the claim is lost or it is stale. Raises DeliveryError."""
        if claim.first_try and not claims.still_ours(claim, self._clock.now()):
            return None  # another process took over during a slow lookup
        message = claims.to_send(self._with_text(claim, now), self._clock.now())
        return Sent(claim, message, self._call(claim, message)) if message else None

    def _with_text(self, claim: Claim, now: datetime) -> Claim:
        """Return a claim with its text, if that is written at sending. Raises DeliveryError."""
        make = self._made.get((claim.kind, claim.purpose))
        if make is None:
            return claim
        try:
            text = make(claim.id, now)
        except DeliveryError as error:
            # The code is ours, so a rate limit on the preflight's queries doesn't hold back posts.
            raise DeliveryError(
                error.outcome, OwnCode.PREFLIGHT, error.message, error.retry_after
            ) from error
        return replace(claim, text=text, stale=None if text else Status.CANCELLED)

    def _call(self, claim: Claim, message: Message) -> str:
        """Send, waiting as Slack asks if that is short, and return the message id.

        Raises DeliveryError.
        """
        if claim.kind is Kind.ANNOUNCEMENT and not message.to:
            raise DeliveryError(Outcome.PERMANENT, OwnCode.NO_CHANNEL, reasons.NO_CHANNEL)
        channel = self._channels[claim.kind]
        for _ in range(RETRY.short_waits if claim.kind.is_post else 0):
            try:
                return channel.send(message)
            except DeliveryError as error:
                wait = error.retry_after
                if not error.asks_to_wait or wait is None or wait > RETRY.short_wait:
                    raise
                if self._stopping.wait(wait) or not claims.still_ours(claim, self._clock.now()):
                    raise
        return channel.send(message)

    def _record_failure(self, claim: Claim, error: DeliveryError) -> None:
        now = self._clock.now()
        if error.outcome is Outcome.PERMANENT:
            self._answered(claim.kind)
        self.pauses.add(claim.route, now, error)
        next_try = retries.next_try(claim, error, now)
        if claim.kind is Kind.ANNOUNCEMENT and next_try is None:
            self._given_up(now)
        with writing(), changing(claim.id, Status.SENDING, claim.attempt) as row:
            if row is None:
                return  # another process took over, and its outcome counts
            _end_attempt(claim, error, now)
            row.error_code, row.error_message = error.code, error.message
            if next_try:
                row.next_attempt_at = next_try
                unclear = error.outcome is Outcome.UNCERTAIN
                row.status = Status.UNCERTAIN if unclear else Status.RETRYING
                row.save()
                watch.refresh_posts(row.root, now)
            else:
                _fail(row, error, now)
        level = logging.WARNING if next_try else logging.ERROR
        log.log(
            level,
            "notification %s: %s: %s",
            claim.id,
            error.outcome,
            error,
            extra=about(claim),
        )


def _may_send_again(claim: Claim, now: datetime) -> None:
    """Raise DeliveryError if a message that a lookup didn't find must not be sent again (yet)."""
    last = claim.ambiguous
    if claim.uncertain and retries.may_show_yet(claim, now):
        words = f"{last.why if last else ''} {reasons.NO_TRACE}".strip()
        raise DeliveryError(Outcome.UNCERTAIN, OwnCode.NOT_FOUND, words)
    # A post is looked up by its key, so one that isn't there can safely be sent again.
    if last and last.count >= RETRY.tries and not claim.kind.is_post:
        # The code tells the chain whether the cause may pass; if so, it resends later.
        words = reasons.not_answered(how_often(RETRY.tries))
        raise DeliveryError(Outcome.PERMANENT, last.code or OwnCode.NO_ANSWER, words)


def _end_attempt(claim: Claim, error: DeliveryError, now: datetime) -> None:
    DeliveryAttempt.update(
        finished_at=now,
        outcome=error.outcome,
        error_code=error.code,
        error_message=error.message,
    ).where(
        DeliveryAttempt.notification == claim.id, DeliveryAttempt.number == claim.attempt
    ).execute()


def _fail(row: Notification, error: DeliveryError, now: datetime) -> None:
    """Settle a notification that isn't tried anymore, and make sure that somebody hears of it."""
    opted_out = error.error_class is ErrorClass.OPTED_OUT
    row.ambiguous = error.outcome is Outcome.UNCERTAIN
    if opted_out and row.phone:
        phones.opt_out(row.phone, now)
    settling.settle(row, Status.SKIPPED if opted_out else Status.FAILED)
    if row.ambiguous:
        row.error_message = f"{UNSURE} {error.message}"
    row.save()
    settling.give_up(row, error.message, now, unsure=row.ambiguous)
    second_way.instead(row, now)
    unread.follow(row, now)
