"""Delivers notifications: attempt, retry, poll receipts. Nothing is sent twice or lost silently.

A row is claimed by a conditional UPDATE before anything is sent, every attempt is stored as a row,
and the time of the next try is stored rather than slept. What may have gone out is looked up at the
provider, more than once, before it is sent again.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial
from time import monotonic

from peewee import OperationalError

from scheduling.channels import Channels, DeliveryError, Hears, Inbound
from scheduling.clock import Clock, distance
from scheduling.delivery import claims, inbox, receipts, revisits
from scheduling.delivery.attempts import Attempts
from scheduling.delivery.claims import Claim
from scheduling.delivery.policy import CLAIM
from scheduling.delivery.receipts import Receipts
from scheduling.delivery.recorder import Recorder
from scheduling.delivery.refreshing import Refreshing
from scheduling.delivery.settling import about
from scheduling.notifications import preflight
from storage.statuses import Kind, Purpose

log = logging.getLogger("whoseonfirst.outbox")

THREADS = 16
# Posts have their own threads, so a slow Slack, or its rate limit, doesn't hold up any SMS.
POSTING_THREADS = 8


class Outbox:
    """Sends what is due, several notifications at a time, in its own threads.

    `deliver` returns at once; `wait` waits until nothing is under way. Posts to one channel go out
    one after the other, most urgent first. `check` is the preflight check; `listened` is called
    after each poll for replies.
    """

    def __init__(
        self,
        clock: Clock,
        channels: Channels,
        check: "preflight.Check | None" = None,
        listened: Callable[[datetime], None] = lambda _now: None,
    ) -> None:
        self._clock = clock
        self._hearing = {
            kind: channel for kind, channel in channels.items() if isinstance(channel, Hears)
        }
        self._listened = listened
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="outbox")
        self._posting = ThreadPoolExecutor(POSTING_THREADS, thread_name_prefix="posting")
        self._stopping = threading.Event()
        self._under_way: set[int] = set()
        self._never_begun: list[Claim] = []
        self._idle = threading.Condition()
        self._attempts = Attempts(
            clock,
            channels,
            {(Kind.ANNOUNCEMENT, Purpose.PREFLIGHT): check.words} if check else {},
            Recorder(channels),
            self._stopping,
            answered=self._answered,
            given_up=check.learn_leads if check else lambda _now: None,
        )
        self._refreshing = Refreshing(clock, channels, check, self._start, self._answered)
        self._receipts = Receipts(clock, channels, self._answered, self._refreshing.start_due)
        self._listened_at: datetime | None = None
        self.hears = True  # whether the last poll for replies succeeded
        self._answered_at: dict[Kind, datetime] = {}

    def deliver(self, now: datetime) -> None:
        """Start delivering everything due at `now`, and polling the receipts of what was sent."""
        with self._idle:
            mine = frozenset(self._under_way)
        claims.recover(now, mine)
        self._send_due(now, mine)
        for number, kind, message_id in receipts.due(now):
            self._start([number], partial(self._receipts.ask, number, kind, message_id))
        if again := revisits.due(now):
            self._start([_REVISITING], partial(self._receipts.ask_again, again))
        self._refreshing.start_due(now)

    def listen(self, now: datetime, *, at_once: bool = False) -> None:
        """Start polling for replies, if that is due, or `at_once`."""
        last = self._listened_at
        if at_once or last is None or distance(now, last) >= inbox.pause(now):
            self._listened_at = now
            self._start([_LISTENING], self._read_replies)

    def go_on(self, now: datetime) -> None:
        """Refresh the posts that had to wait, if Slack takes edits again."""
        self._refreshing.go_on(now)

    def wait(self, timeout: float) -> bool:
        """Wait until nothing is under way, at most `timeout` seconds; tell whether that is so."""
        with self._idle:
            return self._idle.wait_for(lambda: not self._under_way, timeout)

    def stop(self, timeout: float) -> bool:
        """Start nothing more, and wait for what is under way; tell whether all of it ended.

        Claims that wait for a thread are given back. If some didn't end, the next process looks
        them up.
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
        except RuntimeError:  # we are stopping: the next process takes over
            with self._idle:
                self._under_way.difference_update(numbers)

    # --- sending ---

    def _send_due(self, now: datetime, mine: frozenset[int]) -> None:
        by_channel: dict[str, list[Claim]] = {}
        taken = claims.take(now, mine, self._attempts.pauses.at(now))
        texts = _Texts(sum(not claim.kind.is_post for claim in taken))
        for claim in taken:
            if not claim.kind.is_post:
                self._start([claim.id], partial(self._attempt_text, claim, texts), [claim])
            else:
                by_channel.setdefault(claim.route, []).append(claim)
        for row in by_channel.values():
            row.sort(key=_urgency)
        # Channels are sorted too, by their most urgent post.
        for row in sorted(by_channel.values(), key=lambda row: _urgency(row[0])):
            work = partial(self._attempt_all, row, texts)
            self._start([one.id for one in row], work, row, posts=True)

    def _attempt_text(self, claim: Claim, texts: "_Texts") -> None:
        texts.begin()
        self._attempts.make(claim)

    def _attempt_all(self, taken: list[Claim], texts: "_Texts") -> None:
        """Send the posts of one channel one after the other, once the texts are on their way."""
        latest = monotonic() + CLAIM.texts_first
        while not texts.all_begun and monotonic() < latest and not self._stopping.is_set():
            texts.wait(CLAIM.glance)
        for claim in taken:
            try:
                self._attempts.make(claim)
            except Exception:
                log.exception("notification %s could not be handled", claim.id, extra=about(claim))

    def answered_at(self, *kinds: Kind) -> datetime | None:
        """Return when a channel of one of these kinds last answered a request."""
        # Iterating over the dictionary would fail if a thread added a kind at that moment.
        return max(filter(None, map(self._answered_at.get, kinds)), default=None)

    def _answered(self, kind: Kind) -> None:
        self._answered_at[kind] = self._clock.now()

    # --- listening ---

    def _read_replies(self) -> None:
        """Poll for replies, handle them and send the answers."""
        now = self._clock.now()
        try:
            found = inbox.unread(self._received(inbox.since(now)), now)
        except DeliveryError as error:
            log.warning("what people wrote could not be read: %s", error)
            self.hears = False
            return
        self.hears = True
        news = [one for one in found if _taken(one, now)]
        if news:
            self._refreshing.start_due(now)
            with self._idle:
                mine = frozenset(self._under_way)
            self._send_due(now, mine)
        self._listened(now)

    def _received(self, since: datetime) -> list[Inbound]:
        found: list[Inbound] = []
        for kind, channel in self._hearing.items():
            found += channel.received(since)
            self._answered(kind)
        return found


def _taken(reply: Inbound, now: datetime) -> bool:
    """Handle a reply; one that fails must not hold up the others."""
    try:
        return inbox.take(reply, now)
    except Exception:
        log.exception("a reply could not be taken: %s", reply.sid)
        return False


# Used like a notification's id, for work that isn't about a single one.
_LISTENING, _REVISITING = 0, -1


def _urgency(claim: Claim) -> int:
    return claim.purpose.urgency


class _Texts:
    """Counts the texts of one tick that still wait for a thread."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._changed = threading.Condition()

    @property
    def all_begun(self) -> bool:
        return self._left <= 0

    def begin(self) -> None:
        """Note that one of them has a thread."""
        with self._changed:
            self._left -= 1
            if self.all_begun:
                self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait until all of them have one, at most `seconds` of real time."""
        with self._changed:
            self._changed.wait_for(lambda: self.all_begun, seconds)
