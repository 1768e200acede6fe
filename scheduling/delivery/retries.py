"""When something is tried, or looked up, again, and until when; and routes that are to wait."""

import threading
from datetime import datetime, timedelta

from scheduling.channels import DeliveryError
from scheduling.delivery.claims import Claim
from scheduling.delivery.policy import LOOKUP, RETRY
from storage.statuses import LOOKUPS, Outcome, OwnCode


def next_try(claim: Claim, error: DeliveryError, now: datetime) -> datetime | None:
    """Return when to try, or to look up, again; None when it is over."""
    if error.outcome is Outcome.PERMANENT:
        return None
    if error.outcome is Outcome.UNCERTAIN and not claim.kind.is_post:
        return _next_lookup(claim, error, now)
    ends = claim.due_at + RETRY.patience(claim.kind, claim.purpose)
    patient = now < ends
    pause = RETRY.later_pause if now - claim.due_at > RETRY.each_minute_for else RETRY.pauses[-1]
    if error.retry_after is not None and patient:
        # After the third try a minute at least: by then people are told another way.
        least = pause if claim.tried >= RETRY.tries else timedelta()
        # A text that was told to wait for an hour is as urgent as those that were not asked to.
        most = RETRY.longest_wait if claim.kind.is_post else RETRY.longest_pause
        return min(now + min(max(timedelta(seconds=error.retry_after), least), most), ends)
    if claim.tried < RETRY.tries:
        return now + RETRY.pauses[claim.tried - 1] + _spread(claim, error)
    # For a post nothing steps in.
    goes_on = claim.kind.is_post
    return now + pause if goes_on and patient else None


def may_show_yet(claim: Claim, now: datetime) -> bool:
    """Tell whether what isn't shown by the provider may have gone out all the same."""
    if claim.kind.is_post or claim.ambiguous is None:
        return not claim.lookups
    return not claim.lookups or now < claim.ambiguous.at + LOOKUP.after[-1]


def _next_lookup(claim: Claim, error: DeliveryError, now: datetime) -> datetime | None:
    """Return when to look up an SMS that may have gone out; None when that is over."""
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
    """Return by how much one waits longer than others that are asked too often, too.

    Where nobody says how long to wait, those of one minute must not come together again.
    """
    seconds = (claim.id * 7 + claim.attempt * 11) % RETRY.spread
    return timedelta(seconds=seconds if error.asks_to_wait else 0)


class Pauses:
    """Until when a provider wants no more calls that go the same way."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def add(self, route: str, now: datetime, error: DeliveryError) -> None:
        """Hold back what goes this way, if the provider was there to ask for it."""
        if error.asks_to_wait:
            until = now + min(timedelta(seconds=error.retry_after or 0), RETRY.longest_pause)
            with self._lock:
                # One that seems longer was noted down by a clock that was ahead.
                longest = now + RETRY.longest_pause
                self._until[route] = min(max(until, self._until.get(route, until)), longest)

    def until(self, route: str, now: datetime) -> datetime | None:
        """Return when this way is open again; None if it is."""
        with self._lock:
            until = self._until.get(route)
        return until if until and now < until <= now + RETRY.longest_pause else None

    def at(self, now: datetime) -> frozenset[str]:
        """Return the ways that are not open."""
        with self._lock:
            found = self._until.items()
            return frozenset(
                way for way, until in found if now < until <= now + RETRY.longest_pause
            )
