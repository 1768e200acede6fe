"""When to retry or look up a notification, for how long, and which routes are paused."""

import threading
from datetime import datetime, timedelta

from scheduling.channels import DeliveryError
from scheduling.delivery.claims import Claim
from scheduling.delivery.policy import LOOKUP, RETRY
from storage.statuses import LOOKUPS, Outcome, OwnCode


def next_try(claim: Claim, error: DeliveryError, now: datetime) -> datetime | None:
    """Return when to retry or look it up again; None to give up."""
    if error.outcome is Outcome.PERMANENT:
        return None
    if error.outcome is Outcome.UNCERTAIN and not claim.kind.is_post:
        return _next_lookup(claim, error, now)
    ends = claim.due_at + RETRY.patience(claim.kind, claim.purpose)
    patient = now < ends
    pause = RETRY.later_pause if now - claim.due_at > RETRY.each_minute_for else RETRY.pauses[-1]
    if error.retry_after is not None and patient:
        # After the third try wait at least a minute: the fallbacks have begun anyway.
        least = pause if claim.tried >= RETRY.tries else timedelta()
        # A text stays urgent however long the provider asks it to wait, so its pause is capped.
        most = RETRY.longest_wait if claim.kind.is_post else RETRY.longest_pause
        return min(now + min(max(timedelta(seconds=error.retry_after), least), most), ends)
    if claim.tried < RETRY.tries:
        return now + RETRY.pauses[claim.tried - 1] + _spread(claim, error)
    # A post has no fallback, so it is tried longer.
    goes_on = claim.kind.is_post
    return now + pause if goes_on and patient else None


def may_show_yet(claim: Claim, now: datetime) -> bool:
    """Tell whether a message the provider doesn't show may have gone out anyway."""
    if claim.kind.is_post or claim.ambiguous is None:
        return not claim.lookups
    return not claim.lookups or now < claim.ambiguous.at + LOOKUP.after[-1]


def _next_lookup(claim: Claim, error: DeliveryError, now: datetime) -> datetime | None:
    """Return when to look up an SMS that may have gone out; None to give up."""
    each_minute = now + LOOKUP.pause
    before = claim.ambiguous and error.code in LOOKUPS
    ambiguous_at = claim.ambiguous.at if claim.ambiguous and before else now
    ends = max((claim.first_try or now) + LOOKUP.patience, ambiguous_at + LOOKUP.after[-1])
    if claim.attempt >= RETRY.tries and now >= ends:
        return None
    if error.code == OwnCode.NO_LOOKUP:
        return each_minute
    return next(
        (at for at in (ambiguous_at + one for one in LOOKUP.after) if at > now), each_minute
    )


def _spread(claim: Claim, error: DeliveryError) -> timedelta:
    """Return an extra pause, different for each notification that hit a rate limit.

    Without it, those that were refused in the same minute would be retried together.
    """
    seconds = (claim.id * 7 + claim.attempt * 11) % RETRY.spread
    return timedelta(seconds=seconds if error.asks_to_wait else 0)


class Pauses:
    """The routes that a provider's rate limit has paused, and until when."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def add(self, route: str, now: datetime, error: DeliveryError) -> None:
        """Pause a route, if the provider asked for it."""
        if error.asks_to_wait:
            until = now + min(timedelta(seconds=error.retry_after or 0), RETRY.longest_pause)
            with self._lock:
                # A longer pause was recorded while the clock was ahead.
                longest = now + RETRY.longest_pause
                self._until[route] = min(max(until, self._until.get(route, until)), longest)

    def until(self, route: str, now: datetime) -> datetime | None:
        """Return when this route is open again; None if it's open."""
        with self._lock:
            until = self._until.get(route)
        return until if until and now < until <= now + RETRY.longest_pause else None

    def at(self, now: datetime) -> frozenset[str]:
        """Return the paused routes."""
        with self._lock:
            found = self._until.items()
            return frozenset(
                route for route, until in found if now < until <= now + RETRY.longest_pause
            )
