"""Delivering notifications: attempt, retry, follow to the end. Never twice, never without trace.

A row is claimed by a conditional UPDATE before anything is sent, every attempt is a row of its
own, and when to try again is stored, not slept. Whatever may have gone out is looked for at the
provider, more than once, before it is sent again.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from peewee import OperationalError

from scheduling import phones
from scheduling.channels import Board, Channel, DeliveryError, Message, pace
from scheduling.channels.slack_codes import UNREACHABLE
from scheduling.channels.sms import Fate, SmsChannel
from scheduling.channels.sms_inbox import Inbound
from scheduling.channels.twilio_codes import OPTED_OUT
from scheduling.clock import Clock, distance
from scheduling.delivery import (
    carriers,
    claims,
    posts,
    replies,
    revisits,
    second_way,
    unread,
    watch,
)
from scheduling.delivery.claims import (
    LOOKS,
    NO_LOOK,
    NOT_THERE,
    UNFORESEEN,
    Claim,
    about,
    changing,
    settle,
)
from scheduling.delivery.redrawing import Redrawing
from scheduling.delivery.second_way import NO_CHANNEL
from scheduling.notifications import preflight
from scheduling.notifications.planning import CALLS
from scheduling.words import messages
from storage.database import database, read_instant, reading, stored_instant, writing
from storage.models import LONGEST_SHIFT, DeliveryAttempt, Notification

log = logging.getLogger("whoseonfirst.outbox")

THREADS = 16
# Posts have threads of their own: a Slack that is slow, or asks to wait, must hold up no SMS.
POSTING_THREADS = 8
# Seconds that posts wait at most until each text of the same tick has a thread: all threads share
# one processor, and of many teams at 8:00 the texts go first.
TEXTS_FIRST, GLANCE = 5.0, 0.1
# Seconds that a channel's own thread waits where Slack asks it to, so many times for one post.
SHORT_WAIT, SHORT_WAITS = 5, 5
# What goes first to a channel: that somebody was not reached, then who is on call.
FIRST = ("warning", "escalation", "direct", *CALLS)
# Seconds from one try to the next: at 0, 60 and 120 s after it became due. Then it has failed.
PAUSES = (60, 60)
TRIES = len(PAUSES) + 1
# An SMS that may have gone out is looked for so long after that: Twilio's list may show it late. If
# it is not there at the last look, it is sent again.
LOOKED_AT = (timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=5))
# Two ticks' worth of seconds over which those are spread that were asked too often.
SPREAD = 31
# For so long an SMS is tried again where Twilio asks us to wait or can't be reached, and looked for
# where nobody can tell whether it went out. By then others were told.
PATIENCE = timedelta(hours=1)
# Nothing steps in for a post, so it is tried for as long as somebody can use it. Those that say who
# is on call stop being true when the turn is over: that ends them, and no turn is longer than this.
PATIENCE_TO_POST = timedelta(hours=24)
PATIENCE_BY_PURPOSE = {
    **dict.fromkeys(CALLS, LONGEST_SHIFT),
    "missed": timedelta(days=7),
    "preflight": timedelta(days=2),  # the next morning ends it
}
# After an hour of tries each minute, a post is tried every five minutes.
EACH_MINUTE_FOR, LATER_PAUSE = timedelta(hours=1), 300
# What waited so long for a free thread says again that it is ours, lest another process takes it.
WAITED = timedelta(seconds=20)
# When, and for how long, Twilio is asked what became of an SMS: each time half as late again.
FIRST_ASKED, LAST_ASKED = timedelta(seconds=15), timedelta(minutes=15)
FATE_UNTIL = timedelta(hours=4)
# A rate limit holds for all that goes the same way, so long at most; for a text itself, too.
LONGEST_PAUSE = timedelta(minutes=10)
# What every tick asks, in plain SQL: the answer is almost always that there is nothing.
_SENT = "SELECT id, twilio_sid FROM notification_log WHERE status = 'sent' AND next_attempt_at <= ?"


# What stands below the posts about the SMS because of which it was written.
CHAINED = ("second", "again", "direct", "escalation")


class Outbox:
    """Sends what is due, several at a time, in threads of its own.

    `deliver` returns at once; `wait` waits for what is under way. Posts into one channel go out one
    after the other, in the order in which they became due. `check` looks ahead at the next morning;
    `listened` is called after replies were asked for; `pace_now` tells how many segments a second
    leave Twilio, without asking it.
    """

    def __init__(
        self,
        clock: Clock,
        sms: SmsChannel,
        announcements: Board,
        check: "preflight.Check | None" = None,
        listened: Callable[[datetime], None] = lambda _now: None,
        *,
        pace_now: Callable[[], float] = lambda: pace.LONG_CODE,
    ) -> None:
        self._clock = clock
        self._sms = sms
        self._board = announcements
        self._check = check
        self._listened = listened
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="outbox")
        self._posting = ThreadPoolExecutor(POSTING_THREADS, thread_name_prefix="posting")
        self._stopping = threading.Event()
        self._receipts = _Receipts(pace_now)
        self._pauses = _Pauses()
        self._under_way: set[int] = set()
        self._never_begun: list[Claim] = []
        self._idle = threading.Condition()
        self._redrawing = Redrawing(clock, announcements, check, self._start, self._answered)
        self._listened_at: datetime | None = None
        self.hears = True  # whether replies could be read when that was last tried
        self.twilio_answered_at: datetime | None = None
        self.slack_answered_at: datetime | None = None

    def deliver(self, now: datetime) -> None:
        """Start delivering everything that is due at `now`, and asking what became of the rest."""
        with self._idle:
            mine = frozenset(self._under_way)
        claims.recover(now, mine)
        self._send_due(now, mine)
        with reading():
            due = database.execute_sql(_SENT, (stored_instant(now),)).fetchall()
        for number, sid in due:
            self._start([number], partial(self._ask_fate, number, sid))
        if again := revisits.due(now):
            self._start([_REVISITING], partial(self._ask_again, *again))
        self._redrawing.draw(now)

    def listen(self, now: datetime, *, at_once: bool = False) -> None:
        """Start reading what people have written to us, if it is time to, or `at_once`."""
        last = self._listened_at
        if at_once or last is None or distance(now, last) >= replies.pause(now):
            self._listened_at = now
            self._start([_LISTENING], self._read_replies)

    def go_on(self, now: datetime) -> None:
        """Go on with the posts that wait to be drawn anew, if Slack takes edits again."""
        self._redrawing.go_on(now)

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is under way, `timeout` seconds at most; tell whether that is so."""
        with self._idle:
            return self._idle.wait_for(lambda: not self._under_way, timeout)

    def stop(self, timeout: float) -> bool:
        """Start nothing more, wait for what is under way; tell whether all of it ended.

        What waits for a thread is given back; what is under way is looked up by the next start.
        """
        self._stopping.set()
        for threads in (self._threads, self._posting):
            threads.shutdown(wait=False, cancel_futures=True)
        try:
            claims.give_back(self._never_begun, self._clock.now())
        except OperationalError:
            log.warning("what waited for a thread is left to be looked up", exc_info=True)
        return self.wait(timeout)

    def _start(
        self,
        numbers: list[int],
        work: Callable[[], None],
        taken: Iterable[Claim] = (),
        *,
        posts: bool = False,
    ) -> None:
        with self._idle:
            if not self._under_way.isdisjoint(numbers):
                return
            self._under_way.update(numbers)

        def ended(future: Future[None]) -> None:
            if future.cancelled():
                self._never_begun.extend(taken)
            elif error := future.exception():
                log.error("notifications %s could not be handled", numbers, exc_info=error)
            with self._idle:
                self._under_way.difference_update(numbers)
                self._idle.notify_all()

        try:
            threads = self._posting if posts else self._threads
            threads.submit(work).add_done_callback(ended)
        except RuntimeError:  # we are stopping: the next start takes it up
            with self._idle:
                self._under_way.difference_update(numbers)

    # --- sending ---

    def _send_due(self, now: datetime, mine: frozenset[int]) -> None:
        by_channel: dict[str, list[Claim]] = {}
        taken = claims.take(now, mine, self._pauses.at(now))
        texts = _Texts(sum(claim.kind == "sms" for claim in taken))
        for claim in taken:
            if claim.kind == "sms":
                self._start([claim.id], partial(self._attempt_text, claim, texts), [claim])
            else:
                by_channel.setdefault(claim.route, []).append(claim)
        for row in by_channel.values():
            row.sort(key=_urgency)
        # Of many channels, too, those with the most urgent post come first.
        for row in sorted(by_channel.values(), key=lambda row: _urgency(row[0])):
            work = partial(self._attempt_all, row, texts)
            self._start([one.id for one in row], work, row, posts=True)

    def _attempt_text(self, claim: Claim, texts: "_Texts") -> None:
        texts.begin()
        self._attempt(claim)

    def _attempt_all(self, taken: list[Claim], texts: "_Texts") -> None:
        """Send into one channel, one after the other, once the texts are on their way."""
        latest = monotonic() + TEXTS_FIRST
        while not texts.all_begun and monotonic() < latest and not self._stopping.is_set():
            texts.wait(GLANCE)
        for claim in taken:
            try:
                self._attempt(claim)
            except Exception:
                log.exception("notification %s could not be handled", claim.id, extra=about(claim))

    def _attempt(self, claim: Claim) -> None:
        """Send one claimed notification and record how that went."""
        now = self._clock.now()
        if until := self._pauses.until(claim.route, now):
            claims.give_back([claim], until)
            return
        if now - claim.claimed_at > WAITED:
            again = claims.renewed(claim, now)
            if again is None:
                return
            claim = again
        channel: Channel = self._sms if claim.kind == "sms" else self._board
        try:
            receipt = _look_for(channel, claim, now)
            looked = receipt is None and claim.first_try is not None
            if looked and not claims.still_ours(claim, self._clock.now()):
                return  # the look took so long that somebody else took over
            looks = claim.purpose == "preflight" and claim.kind == "announcement"
            if receipt is None and looks and self._check:
                words = self._look_ahead(self._check, claim, now)
                claim = replace(claim, words=words, untrue=None if words else "cancelled")
            if receipt is None and (claim.untrue or claim.bar):
                _let_go(claim, now)
                return
            sent = None
            if receipt is None:
                sent = claims.reworded(claim, self._clock.now())
                if sent is None:
                    return
                receipt = self._sent(channel, claim, sent)
        except DeliveryError as error:
            self._record_failure(claim, error)
        except Exception:
            # Whatever it is, it counts as a try: nothing may be tried for ever and told to nobody.
            log.exception(
                "notification %s: a try failed in an unforeseen way", claim.id, extra=about(claim)
            )
            words = "Something unforeseen went wrong: see the log."
            self._record_failure(claim, DeliveryError("uncertain", UNFORESEEN, words))
        else:
            self._answered(claim.kind)
            self._receipts.record(claim, sent, receipt, self._clock.now())

    def _sent(self, channel: Channel, claim: Claim, message: Message) -> str:
        """Send, and wait out what Slack asks for if that is short. Raises DeliveryError."""
        if claim.kind == "announcement" and not message.to:
            raise DeliveryError("permanent", NO_CHANNEL, preflight.NO_CHANNEL)
        for _ in range(SHORT_WAITS if claim.kind != "sms" else 0):
            try:
                return channel.send(message)
            except DeliveryError as error:
                wait = error.retry_after
                if not error.asks_to_wait or wait is None or wait > SHORT_WAIT:
                    raise
                if self._stopping.wait(wait) or not claims.still_ours(claim, self._clock.now()):
                    raise
        return channel.send(message)

    def _look_ahead(self, check: preflight.Check, claim: Claim, now: datetime) -> str:
        """Return what there is to say of the next morning. Raises DeliveryError of its own."""
        try:
            return check.words(claim.id, now)
        except DeliveryError as error:
            # The code is ours: what is asked too often is no reason to hold back what is posted.
            raise DeliveryError(
                error.outcome, "look ahead", error.message, error.retry_after
            ) from error

    def _answered(self, kind: str) -> None:
        if kind == "sms":
            self.twilio_answered_at = self._clock.now()
        else:
            self.slack_answered_at = self._clock.now()

    def _record_failure(self, claim: Claim, error: DeliveryError) -> None:
        now = self._clock.now()
        if error.outcome == "permanent":
            self._answered(claim.kind)
        self._pauses.add(claim.route, now, error)
        next_try = _next_try(claim, error, now)
        if claim.kind == "announcement" and next_try is None and self._check:
            self._check.learn_leads(now)
        with writing(), changing(claim.id, "sending", claim.attempt) as row:
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
                row.save()
                watch.refresh_posts(row.root, now)
            else:
                opted_out = error.code == str(OPTED_OUT)
                unsure = error.outcome == "uncertain"
                if opted_out and row.phone:
                    phones.opt_out(row.phone, now)
                settle(row, "skipped" if opted_out else "failed")
                if unsure:
                    row.error_message = f"{messages.UNSURE} {error.message}"
                row.save()
                claims.give_up(row, error.message, now, unsure=unsure)
                second_way.instead(row, now)
                unread.follow(row, now)
        level = logging.WARNING if next_try else logging.ERROR
        log.log(
            level,
            "notification %s: %s: %s",
            claim.id,
            error.outcome,
            error,
            extra=about(claim),
        )

    # --- following ---

    def _ask_fate(self, number: int, sid: str) -> None:
        """Ask Twilio whether an SMS has arrived, and see that somebody hears if it did not."""
        now = self._clock.now()
        fate = None
        try:
            fate = self._sms.fate(sid).by_clock(now)
            self._answered("sms")
        except DeliveryError as error:
            log.warning(
                "notification %s: no word from Twilio: %s",
                number,
                error,
                extra={"notification": number},
            )
        with writing(), changing(number, "sent") as row:
            if row is None:
                return
            late, row.twilio_status = (
                posts.is_late(row, now),
                fate.word if fate else row.twilio_status,
            )
            moved = _left(row, fate, now) if fate else False
            row.next_attempt_at = _asked_next(row, now)
            late = late or posts.is_late(row, now)
            if fate and fate.status:
                _record_fate(row, fate, fate.status, now)
            else:
                as_sent = carriers.take_as_sent(row)
                over = row.next_attempt_at is None
                if as_sent or over or late or moved:
                    revisits.schedule_next(row, now)
                    row.save()
                    watch.chain_changed(row, now)
                if over and fate:
                    carriers.learn(row, now)
        self._redrawing.draw(now)

    def _ask_again(self, asked: revisits.Asked, since: datetime) -> None:
        """Ask Twilio for what it had not told yet of SMS that are settled."""
        now = self._clock.now()
        try:
            told = {sid: fate.by_clock(now) for sid, fate in self._sms.fates(asked, since).items()}
            self._answered("sms")
        except DeliveryError as error:
            log.warning("no word from Twilio of %s SMS of before: %s", len(asked), error)
            revisits.postpone(asked, now)
            return
        for number, fate in revisits.record(asked, told, now):
            with writing(), changing(number, "sent") as row:
                if row and fate.status:
                    row.twilio_status = fate.word
                    _record_fate(row, fate, fate.status, now)
        self._redrawing.draw(now)

    # --- listening ---

    def _read_replies(self) -> None:
        """Read what people have written to us, and answer."""
        now = self._clock.now()
        try:
            found = replies.unread(self._sms.received(replies.since(now)), now)
            self._answered("sms")
        except DeliveryError as error:
            log.warning("what people wrote could not be read: %s", error)
            self.hears = False
            return
        self.hears = True
        news = [one for one in found if _taken(one, now)]
        if news:
            self._redrawing.draw(now)
            with self._idle:
                mine = frozenset(self._under_way)
            self._send_due(now, mine)
        self._listened(now)


def _taken(reply: Inbound, now: datetime) -> bool:
    """Take a reply; one that can't be read must not keep the others from being read."""
    try:
        return replies.take(reply, now)
    except Exception:
        log.exception("a reply could not be taken: %s", reply.sid)
        return False


# In the place of a notification's id, for what is under way without one.
_LISTENING, _REVISITING = 0, -1


def _urgency(claim: Claim) -> int:
    return FIRST.index(claim.purpose) if claim.purpose in FIRST else len(FIRST)


class _Texts:
    """The texts of one tick: how many still wait for a thread."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._changed = threading.Condition()

    @property
    def all_begun(self) -> bool:
        return self._left <= 0

    def begin(self) -> None:
        """Say that one of them has its thread."""
        with self._changed:
            self._left -= 1
            if self.all_begun:
                self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait until all have, so many real seconds at most."""
        with self._changed:
            self._changed.wait_for(lambda: self.all_begun, seconds)


class _Pauses:
    """Until when a provider wants no more calls that go the same way."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def add(self, route: str, now: datetime, error: DeliveryError) -> None:
        """Hold back what goes this way, if the provider was there to ask for it."""
        if error.asks_to_wait:
            until = now + min(timedelta(seconds=error.retry_after or 0), LONGEST_PAUSE)
            with self._lock:
                # One that seems longer was noted down by a clock that was ahead.
                longest = now + LONGEST_PAUSE
                self._until[route] = min(max(until, self._until.get(route, until)), longest)

    def until(self, route: str, now: datetime) -> datetime | None:
        """Return when this way is open again; None if it is."""
        with self._lock:
            until = self._until.get(route)
        return until if until and now < until <= now + LONGEST_PAUSE else None

    def at(self, now: datetime) -> frozenset[str]:
        """Return the ways that are not open."""
        with self._lock:
            found = self._until.items()
            return frozenset(way for way, until in found if now < until <= now + LONGEST_PAUSE)


def _look_for(channel: Channel, claim: Claim, now: datetime) -> str | None:
    """Return the receipt of an earlier try, if one went out after all.

    Raises DeliveryError when nobody can tell, when there is no trace of it yet, or of the last try
    allowed.
    """
    if claim.first_try is None:
        return None
    try:
        search = claims.search_for(claim, claim.first_try, now)
        receipt = channel.find(claim.message, search)
    except DeliveryError as error:
        if claim.in_doubt and error.code not in UNREACHABLE:
            raise DeliveryError("uncertain", NO_LOOK, error.message) from error
        if error.outcome != "temporary":
            return None  # nobody can look, and no try is known that may have gone out
        raise
    if receipt is not None or claim.untrue:
        return receipt
    if claim.in_doubt and _may_show_yet(claim, now):
        words = "There is no trace of it; I look once more before I send it again."
        raise DeliveryError("uncertain", NOT_THERE, f"{claim.doubt} {words}".strip())
    # A post is found by its key, so one that isn't there can be sent again and again.
    if claim.doubts >= TRIES and claim.kind == "sms":
        # By its code the chain knows whether that may pass: then it is sent anew later.
        code, words = claim.doubt_code, "It was tried three times without an answer."
        raise DeliveryError("permanent", code or "no answer", words)
    return None


def _let_go(claim: Claim, now: datetime) -> None:
    """Settle what is not to go out any more, now that it is clear that it has not."""
    with writing(), changing(claim.id, "sending", claim.attempt) as row:
        if row and claim.untrue:
            claims.drop(row, claim.untrue, now)
            watch.chain_changed(row, now)
        elif row and claim.bar:
            claims.hold_back(row, *claim.bar, now)


def _may_show_yet(claim: Claim, now: datetime) -> bool:
    """Tell whether what isn't shown by the provider may have gone out all the same."""
    if claim.kind != "sms" or claim.doubtful_at is None:
        return not claim.looks
    return not claim.looks or now < claim.doubtful_at + LOOKED_AT[-1]


def _next_try(claim: Claim, error: DeliveryError, now: datetime) -> datetime | None:
    """Return when to try, or to look, again; None when it is over."""
    if error.outcome == "permanent":
        return None
    if error.outcome == "uncertain" and claim.kind == "sms":
        return _next_look(claim, error, now)
    ends = claim.due_at + _patience(claim)
    patient = now < ends
    pause = LATER_PAUSE if now - claim.due_at > EACH_MINUTE_FOR else PAUSES[-1]
    if error.retry_after is not None and patient:
        # After the third try a minute at least: by then people are told another way.
        least = pause if claim.tried >= TRIES else 0
        # A text that was told to wait for an hour is as urgent as those that were not asked to.
        most = LONGEST_PAUSE.total_seconds() if claim.kind == "sms" else 86_400
        return min(now + timedelta(seconds=min(max(error.retry_after, least), most)), ends)
    if claim.tried < TRIES:
        return now + timedelta(seconds=PAUSES[claim.tried - 1] + _spread(claim, error))
    # For a post nothing steps in.
    goes_on = claim.kind != "sms"
    return now + timedelta(seconds=pause) if goes_on and patient else None


def _next_look(claim: Claim, error: DeliveryError, now: datetime) -> datetime | None:
    """Return when to look for an SMS that may have gone out; None when that is over."""
    each_minute = now + timedelta(seconds=PAUSES[-1])
    doubtful_at = (claim.doubtful_at or now) if error.code in LOOKS else now
    ends = max((claim.first_try or now) + PATIENCE, doubtful_at + LOOKED_AT[-1])
    if claim.attempt >= TRIES and now >= ends:
        return None
    if error.code == NO_LOOK:
        return each_minute
    return next((at for at in (doubtful_at + one for one in LOOKED_AT) if at > now), each_minute)


def _spread(claim: Claim, error: DeliveryError) -> int:
    """Return the seconds by which one waits longer than others that are asked too often, too.

    Where nobody says how long to wait, those of one minute must not come together again.
    """
    return (claim.id * 7 + claim.attempt * 11) % SPREAD if error.asks_to_wait else 0


def _patience(claim: Claim) -> timedelta:
    """Return for how long after it became due something is tried."""
    if claim.kind == "sms":
        return PATIENCE
    return PATIENCE_BY_PURPOSE.get(claim.purpose, PATIENCE_TO_POST)


def _asked_next(row: Notification, now: datetime) -> datetime | None:
    """Return when to ask again what became of an SMS; None four hours after it left."""
    left_at = row.left_at or now
    if left_at > now:  # it waits for its turn at Twilio
        return min(left_at + FIRST_ASKED, now + LAST_ASKED)
    if now - left_at >= FATE_UNTIL:
        return None
    return now + min(max((now - left_at) / 2, FIRST_ASKED), LAST_ASKED)


def _left(row: Notification, fate: Fate, now: datetime) -> bool:
    """Take down when Twilio sent an SMS on; tell whether that is another time than expected.

    It can't be before Twilio took the SMS, or ahead: clocks are seconds apart.
    """
    if fate.left_at is None or row.sent_at is None or row.held:
        return False
    left_at = min(max(fate.left_at, row.sent_at), now)
    expected, row.leaves_at = (
        row.leaves_at,
        left_at if left_at - row.sent_at >= pace.AT_ONCE else None,
    )
    return bool(row.leaves_at != expected)


def _record_fate(row: Notification, fate: Fate, status: str, now: datetime) -> None:
    opted_out = fate.code == str(OPTED_OUT)  # a messaging service finds it after it took the SMS
    if opted_out and row.phone:
        phones.opt_out_found(row.phone, fate.at, now)
    if status != "sent":
        carriers.unlearn(row)
    settle(row, "skipped" if opted_out else status)
    row.error_code, row.error_message = fate.code, fate.why
    row.segments = fate.segments or row.segments
    if fate.price is not None:  # Twilio names the currency before the price
        row.price, row.price_unit = fate.price, fate.unit
    if status == "delivered":
        row.delivered_at = fate.at
        if row.purpose == "test" and row.phone:
            phones.opt_in(row.phone)
    revisits.schedule_next(row, now)
    row.save()
    if fate.why:
        claims.give_up(row, fate.why, now)
    else:
        watch.chain_changed(row, now)


# A claim, what was sent (None: an earlier try of it was found), its receipt, and when.
_Sent = tuple[Claim, Message | None, str, datetime]


class _Receipts:
    """Records what was sent: all that arrives while the disk is busy, in one transaction.

    Whoever finds nobody writing writes, until nothing is left; the others send on. So what is under
    way does not end before all of it is on the disk. What can't be written stays 'sending', and is
    looked up like that of a process that died.
    """

    def __init__(self, pace_now: Callable[[], float]) -> None:
        self._arriving = threading.Lock()
        self._writing = threading.Lock()
        self._arrived: list[_Sent] = []
        self._pace_now = pace_now
        self._queue: pace.Queue | None = None  # at Twilio; used by whoever writes

    def record(self, claim: Claim, sent: Message | None, receipt: str, now: datetime) -> None:
        with self._arriving:
            self._arrived.append((claim, sent, receipt, now))
        # Looked at again after the lock is free: what came just before is nobody else's to write.
        while self._arrived and self._writing.acquire(blocking=False):
            try:
                with self._arriving:
                    arrived, self._arrived = self._arrived, []
                if arrived:
                    self._queue = self._queue or _queue(arrived[0][-1], self._pace_now())
                    _record_sent(arrived, self._queue, self._pace_now())
            except Exception:
                log.exception("what was sent could not be recorded; it will be looked up")
            finally:
                self._writing.release()


def _queue(now: datetime, pace_now: float) -> pace.Queue:
    """Return what a process before us left at Twilio."""
    found = pace.Queue()
    with reading():
        sent = database.execute_sql(
            "SELECT sent_at, segments FROM notification_log"
            " WHERE kind = 'sms' AND sent_at > ? AND sent_at <= ? ORDER BY sent_at",
            (stored_instant(now - 2 * pace.LONGEST_WAIT), stored_instant(now)),
        ).fetchall()
    for sent_at, segments in sent:
        found.add(segments or 1, pace_now, read_instant(sent_at))
    return found


def _record_sent(receipts: list[_Sent], queue: pace.Queue, pace_now: float) -> None:
    sms, other, tries = [], [], []
    for claim, sent, receipt, now in receipts:
        at = stored_instant(now)
        if claim.kind == "sms":
            ask_at, segments = (
                stored_instant(now + FIRST_ASKED),
                messages.counted((sent or claim.message).text).segments,
            )
            waits = queue.add(segments, pace_now, now)
            leaves_at = stored_instant(now + waits) if waits >= pace.AT_ONCE else None
            sms.append((at, ask_at, receipt, segments, leaves_at, claim.id))
        else:
            # It stands there; whether it is still true is seen by the next tick.
            drawn = posts.Drawn.of(sent).as_stored if sent else None
            other.append((at, at, at, receipt, drawn, claim.id))
        tries.append((at, claim.id, claim.attempt))
    with writing():
        database.connection().executemany(
            "UPDATE notification_log SET status = 'sent', sent_at = ?, next_attempt_at = ?,"
            " twilio_sid = ?, segments = ?, leaves_at = ?, error_code = NULL,"
            " error_message = NULL WHERE id = ? AND status = 'sending'",
            sms,
        )
        database.connection().executemany(
            "UPDATE notification_log SET status = 'delivered', sent_at = ?, delivered_at = ?,"
            " next_attempt_at = ?, slack_ts = ?, shown = ?, error_code = NULL, error_message = NULL"
            " WHERE id = ? AND status = 'sending'",
            other,
        )
        database.connection().executemany(
            "UPDATE delivery_attempts SET finished_at = ?, outcome = 'sent'"
            " WHERE notification_id = ? AND number = ?",
            tries,
        )
        for claim, _, _, now in receipts:
            if claim.purpose in CHAINED:
                watch.refresh_posts(Notification.get_by_id(claim.id).root, now)
    for claim, _, receipt, _ in receipts:
        log.info("notification %s sent: %s", claim.id, receipt, extra=about(claim))
