"""When something is tried, or looked up, again, and until when; and routes that are to wait."""

import threading
from datetime import datetime, timedelta

from scheduling.channels import DeliveryError
from scheduling.delivery.claims import LOOKUPS, NO_LOOKUP, Claim
from scheduling.notifications.planner import CALLS
from storage.models import LONGEST_SHIFT

# Seconds from one try to the next: at 0, 60 and 120 s after it became due. Then it has failed.
PAUSES = (60, 60)
TRIES = len(PAUSES) + 1
# An SMS that may have gone out is looked up so long after that: Twilio's list may show it late. If
# it is not there at the last lookup, it is sent again.
LOOKED_UP_AT = (timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=5))
# Two ticks' worth of seconds over which those are spread that were asked too often.
SPREAD = 31
# For so long an SMS is tried again where Twilio asks us to wait or can't be reached, and looked up
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
# A rate limit holds for all that goes the same way, so long at most; for a text itself, too.
LONGEST_PAUSE = timedelta(minutes=10)


def next_try(claim: Claim, error: DeliveryError, now: datetime) -> datetime | None:
    """Return when to try, or to look up, again; None when it is over."""
    if error.outcome == "permanent":
        return None
    if error.outcome == "uncertain" and claim.kind == "sms":
        return _next_lookup(claim, error, now)
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


def may_show_yet(claim: Claim, now: datetime) -> bool:
    """Tell whether what isn't shown by the provider may have gone out all the same."""
    if claim.kind != "sms" or claim.ambiguous is None:
        return not claim.lookups
    return not claim.lookups or now < claim.ambiguous.at + LOOKED_UP_AT[-1]


def _next_lookup(claim: Claim, error: DeliveryError, now: datetime) -> datetime | None:
    """Return when to look up an SMS that may have gone out; None when that is over."""
    each_minute = now + timedelta(seconds=PAUSES[-1])
    before = claim.ambiguous and error.code in LOOKUPS
    ambiguous_at = claim.ambiguous.at if claim.ambiguous and before else now
    ends = max((claim.first_try or now) + PATIENCE, ambiguous_at + LOOKED_UP_AT[-1])
    if claim.attempt >= TRIES and now >= ends:
        return None
    if error.code == NO_LOOKUP:
        return each_minute
    return next(
        (at for at in (ambiguous_at + one for one in LOOKED_UP_AT) if at > now), each_minute
    )


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


class Pauses:
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
