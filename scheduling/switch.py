"""The dead man's switch: a URL that is asked for as long as messages are known to get out."""

import logging
import threading
from time import monotonic

import requests

log = logging.getLogger("whoseonfirst.jobs")

TIMEOUT = 5.0  # seconds to connect, and for each part of an answer
LIMIT = 10.0  # seconds for all of it
# Of those that hang so many are waited for; then it is asked for no more until one has ended.
MOST = 5


class Switch:
    """Asks for a URL, each time in a thread of its own: whatever it does holds up nobody.

    The URL is a secret, so no line of the log has it.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._asking: list[tuple[float, threading.Thread]] = []

    def ask(self) -> None:
        """Start asking, and return at once. One thread at a time may call this."""
        self._asking = [one for one in self._asking if one[1].is_alive()]
        if any(monotonic() - began > LIMIT for began, _ in self._asking):
            log.warning("HEARTBEAT_URL did not answer within %g s", LIMIT)
        if len(self._asking) < MOST:
            # A daemon, so that one that hangs does not outlive us.
            thread = threading.Thread(target=self._ask, name="heartbeat-url", daemon=True)
            self._asking.append((monotonic(), thread))
            thread.start()

    def wait(self, timeout: float) -> bool:
        """Wait for what was asked, so many seconds at most; tell whether all of it ended."""
        deadline = monotonic() + timeout
        for _, thread in self._asking:
            thread.join(max(deadline - monotonic(), 0))
        return not any(thread.is_alive() for _, thread in self._asking)

    def _ask(self) -> None:
        try:
            # A timeout is for one read, so of what may come byte by byte nothing is read.
            with requests.get(self._url, timeout=TIMEOUT, stream=True) as answer:
                answer.raise_for_status()
        except requests.RequestException as error:
            # Not the error's words: they have the URL in them.
            log.warning("HEARTBEAT_URL did not answer: %s", type(error).__name__)
