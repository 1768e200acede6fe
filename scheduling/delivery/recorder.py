"""Records what was sent: everything that arrives while the disk is busy, in one transaction."""

import logging
import threading
from datetime import datetime, timedelta
from typing import NamedTuple

from scheduling.channels import Channels, Message, Tracks, pace
from scheduling.delivery import posts, watch
from scheduling.delivery.claims import Claim
from scheduling.delivery.policy import RECEIPTS
from scheduling.delivery.settling import about
from scheduling.words.gsm import counted
from storage.database import reading, writing
from storage.models import Notification
from storage.queries import outbox
from storage.statuses import Kind, Trait

log = logging.getLogger("whoseonfirst.outbox")


class Sent(NamedTuple):
    """A sent message; `message` is None if a lookup found that an earlier attempt sent it."""

    claim: Claim
    message: Message | None
    message_id: str


class Recorder:
    """Records what was sent.

    One thread at a time writes, until nothing is left, while the others go on sending. The outbox
    is idle only when all of it is on disk. What can't be written stays 'sending', and is looked up
    later, as after a crash.
    """

    def __init__(self, channels: Channels) -> None:
        self._arriving = threading.Lock()
        self._writing = threading.Lock()
        self._arrived: list[tuple[Sent, datetime]] = []
        self._tracked = {
            kind: channel for kind, channel in channels.items() if isinstance(channel, Tracks)
        }
        self._queues: dict[Kind, pace.Queue] = {}  # used only by the writing thread

    def record(self, sent: Sent, now: datetime) -> None:
        """Record that this was sent at `now`, or leave it to the thread that is writing."""
        with self._arriving:
            self._arrived.append((sent, now))
        # Checked again after the release: nobody else would write what arrived just before it.
        while self._arrived and self._writing.acquire(blocking=False):
            try:
                with self._arriving:
                    arrived, self._arrived = self._arrived, []
                if arrived:
                    self._write(arrived)
            except Exception:
                log.exception("what was sent could not be recorded; it will be looked up")
            finally:
                self._writing.release()

    def _write(self, arrived: list[tuple[Sent, datetime]]) -> None:
        tracked: list[outbox.Sent] = []
        posted: list[outbox.Posted] = []
        paces = {kind: channel.pace() for kind, channel in self._tracked.items()}
        for sent, now in arrived:
            claim, message_id = sent.claim, sent.message_id
            if claim.kind in self._tracked:
                segments = counted((sent.message or claim.message).text).segments
                waits = self._waits(claim.kind, segments, paces[claim.kind], now)
                leaves_at = now + waits if waits >= pace.AT_ONCE else None
                ask_at = now + RECEIPTS.first
                tracked.append(
                    outbox.Sent(
                        claim.id, claim.attempt, message_id, now, ask_at, segments, leaves_at
                    )
                )
            else:
                # It is posted as `shown`; the next tick refreshes it if that isn't true anymore.
                shown = posts.Rendered.of(sent.message).as_stored if sent.message else None
                posted.append(outbox.Posted(claim.id, claim.attempt, message_id, now, shown))
        with writing():
            outbox.record(tracked, posted)
            for sent, now in arrived:
                if Trait.STEP in sent.claim.purpose.traits:
                    watch.refresh_posts(Notification.get_by_id(sent.claim.id).root, now)
        for sent, _ in arrived:
            claim = sent.claim
            log.info("notification %s sent: %s", claim.id, sent.message_id, extra=about(claim))

    def _waits(self, kind: Kind, segments: int, pace_now: float, now: datetime) -> timedelta:
        """Return how long a text waits at the provider that has just taken it."""
        if kind not in self._queues:
            self._queues[kind] = _queue_left(kind, now, pace_now)
        return self._queues[kind].add(segments, pace_now, now)


def _queue_left(kind: Kind, now: datetime, pace_now: float) -> pace.Queue:
    """Return the provider's queue as an earlier process left it."""
    found = pace.Queue()
    with reading():
        taken = outbox.in_queue(kind, now - 2 * pace.LONGEST_WAIT, now)
    for one in taken:
        found.add(one.segments or 1, pace_now, one.at)
    return found
