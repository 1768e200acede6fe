"""Decides which posts may be refreshed now, in which order, and when the next ones may.

Slack counts an app's edits in a workspace together, across all channels: chat.update is Tier 3,
about fifty calls a minute (https://docs.slack.dev/apis/web-api/rate-limits). With three hundred
posts at 8:00 most have to wait, so those that somebody must act on go first.
"""

import threading
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from scheduling.delivery.policy import EDITS


class Waiting(NamedTuple):
    """A post that may have to be refreshed: posted at, and waiting since (aware instants).

    `urgent` if it is about somebody who wasn't reached.
    """

    id: int
    urgent: bool
    posted: datetime
    since: datetime


def in_order(waiting: Collection[Waiting]) -> list[Waiting]:
    """Return the order in which posts get their turn: urgent ones, then the newest.

    Every fourth place goes to the one that has waited longest, so nothing waits forever.
    """
    newest = sorted(waiting, key=lambda one: (one.posted, one.id), reverse=True)
    by_worth = iter(sorted(newest, key=lambda one: not one.urgent))
    by_age = iter(sorted(waiting, key=lambda one: (one.since, one.id)))
    found: dict[int, Waiting] = {}
    while len(found) < len(waiting):
        turn = by_age if len(found) % EDITS.fair == EDITS.fair - 1 else by_worth
        one = _next(turn, found)
        found[one.id] = one
    return list(found.values())


def _next(turn: Iterable[Waiting], taken: Collection[int]) -> Waiting:
    return next(one for one in turn if one.id not in taken)


class Budget:
    """How many edits we may still make. Thread-safe; `now` is an aware instant."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: list[datetime] = []  # within the last minute, the oldest first
        self._paused_until: datetime | None = None

    def room(self, now: datetime, *, urgent: bool) -> bool:
        """Tell whether an edit may be made."""
        with self._lock:
            return self._opens(now, urgent=urgent) <= now

    def take(self, now: datetime, *, urgent: bool) -> bool:
        """Take one edit from the budget; False if there is none left."""
        with self._lock:
            if self._opens(now, urgent=urgent) > now:
                return False
            self._taken.append(now)
            return True

    def pause(self, now: datetime, seconds: int | None) -> None:
        """Hold back all edits, because Slack asked us to wait and counts them together."""
        wait = EDITS.unsaid_pause if seconds is None else timedelta(seconds=seconds)
        with self._lock:
            self._paused_until = now + min(wait, EDITS.longest_pause)

    def opens(self, now: datetime) -> datetime:
        """Return when the next non-urgent edit may be made; `now` if it may already."""
        with self._lock:
            return self._opens(now, urgent=False)

    def _opens(self, now: datetime, *, urgent: bool) -> datetime:
        # An edit dated in the future was recorded while the clock was ahead: it counts as of now.
        taken = (min(at, now) for at in self._taken)
        self._taken = [at for at in taken if at > now - EDITS.minute]
        until = self._paused_until
        opens = until if until and now < until <= now + EDITS.longest_pause else now
        most = EDITS.per_minute if urgent else EDITS.per_minute - EDITS.kept_for_urgent
        if len(self._taken) >= most:
            opens = max(opens, self._taken[-most] + EDITS.minute)
        return opens
