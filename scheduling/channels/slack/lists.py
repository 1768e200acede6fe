"""Reads Slack's long lists, of people and of channels, page by page; a part never passes as all.

Slack allows about 20 pages a minute (https://docs.slack.dev/apis/web-api/rate-limits), so pages are
cached for a while, and reading goes on where a rate limit interrupted it.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from scheduling.channels.retry_after import said_wait
from scheduling.channels.slack.codes import RATE_LIMITED
from scheduling.clock import distance

T = TypeVar("T")

# "Must be an integer under 1000": https://docs.slack.dev/reference/methods/conversations.list
PAGE = 999
MOST_PAGES = 1000
# A complete list is read again when its last page is older than KEPT, and an interrupted one from
# the beginning when its first page is older than CONTINUED.
KEPT = timedelta(minutes=5)
CONTINUED = timedelta(minutes=15)
# The wait (seconds) if Slack doesn't say how long, and the longest wait that we accept.
UNSAID, LONGEST_WAIT = 30.0, timedelta(minutes=5)


@dataclass(slots=True)
class _Reading(Generic[T]):
    """One pass through a list: what was found so far, and where to continue."""

    began: datetime
    read_at: datetime
    found: list[T] = field(default_factory=list)
    cursor: str | None = None
    pages: int = 0
    whole: bool = False


class Listing(Generic[T]):
    """A paged list of Slack's.

    ask: requests a page
    key: the list's name in the answer
    read: turns an entry into an item, or None to leave it out
    stopping: ends all waiting

    Threads that read at the same time share the pages.
    """

    def __init__(
        self,
        ask: Callable[..., SlackResponse],
        key: str,
        read: Callable[[dict[str, Any]], T | None],
        stopping: threading.Event | None = None,
    ) -> None:
        self._ask = ask
        self._key = key
        self._read = read
        self._stopping = stopping or threading.Event()
        self._lock = threading.Lock()
        self._reading: _Reading[T] | None = None
        self._refusal: tuple[datetime, SlackApiError] | None = None

    def each(
        self, now: datetime, *, within: timedelta = KEPT, patience: float = 0.0
    ) -> Iterator[T]:
        """Yield the whole list, as completed less than `within` ago, or read now.

        If it can't be read to its end, the error of Slack or the connection is raised. Waits as
        Slack asks, up to `patience` seconds in all.
        """
        reading, place = self._begun(now, within), 0
        while True:
            with self._lock:
                wait = None
                if place == len(reading.found) and not reading.whole:
                    wait = self._next_page(reading, now)
                found, whole = reading.found[place:], reading.whole
                refusal = self._refusal
            if wait is not None and refusal is not None:
                patience -= wait
                if patience < 0 or self._stopping.wait(wait):
                    raise refusal[1]
                now += timedelta(seconds=wait)
                continue
            yield from found
            place += len(found)
            if whole:
                return

    def _begun(self, now: datetime, within: timedelta) -> _Reading[T]:
        with self._lock:
            reading = self._reading
            if reading is None or (
                distance(now, reading.read_at) >= within
                if reading.whole
                else distance(now, reading.began) >= CONTINUED
            ):
                reading = self._reading = _Reading(now, now)
            return reading

    def _next_page(self, reading: _Reading[T], now: datetime) -> float | None:
        """Read the next page; return the seconds to wait if Slack asks us to. Raises other errors.

        Slack isn't asked again until that time is over.
        """
        if self._refusal and now < self._refusal[0] <= now + LONGEST_WAIT:
            return (self._refusal[0] - now).total_seconds()
        try:
            answer = self._ask(limit=PAGE, cursor=reading.cursor)
        except SlackApiError as error:
            wait = _asked_to_wait(error)
            if wait is None:
                if error.response.get("error") == "invalid_cursor":
                    self._reading = None  # the cursor expired, so the next call starts over
                raise
            self._refusal = now + timedelta(seconds=min(wait, LONGEST_WAIT.total_seconds())), error
            return wait
        reading.pages, reading.read_at = reading.pages + 1, now
        reading.found += [one for one in map(self._read, answer[self._key]) if one is not None]
        reading.cursor = (answer.get("response_metadata") or {}).get("next_cursor") or None
        reading.whole = reading.cursor is None
        if reading.pages >= MOST_PAGES and not reading.whole:
            raise SlackClientError("the list never ends")
        return None


def _asked_to_wait(error: SlackApiError) -> float | None:
    """Return the seconds that Slack asks us to wait; None if it's another error."""
    answer = error.response
    if answer.status_code != 429 and answer.get("error") not in RATE_LIMITED:
        return None
    said = said_wait(answer.headers)
    return UNSAID if said is None else said
