"""Keeps one Socket Mode connection to Slack alive, and reports its state.

Why it isn't one of slack-sdk's clients: docs/decisions/0004.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import chain, repeat
from typing import Any, NamedTuple

from slack_bolt import App
from slack_bolt.adapter.socket_mode.internals import run_bolt_app, send_response
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.link import CONNECTION_ERRORS, TOO_MANY, Link, code_of, in_words
from scheduling.channels.retry_after import asked_wait
from scheduling.channels.slack.codes import REASONS

log = logging.getLogger("whoseonfirst.connection")

# Most seconds to wait before connecting, whatever Slack asks for.
LONGEST_WAIT = 600

# Seconds that answers under way may take before their connection is closed.
ANSWERED_WITHIN = 2.0
# Slack's codes for Socket Mode being off: on an open connection, and as an answer to opening one.
# Sometimes Slack opens one anyway, with OFF_MESSAGE among its answer's messages.
OFF = ("link_disabled", "socket_mode_not_enabled")
OFF_MESSAGE = "Socket Mode is not turned on"
OFF_IN_WORDS = REASONS["socket_mode_not_enabled"].words.rstrip(".")


class SocketConnection:
    """Receives what people do in Slack, hands it to `app` and sends the answer, until `stop()`.

    - A broken connection is replaced at once, an open one after `silence` seconds without a
      frame; each replacement logs one warning.
    - While Slack can't be reached, or new connections break right away, the pauses between
      attempts are `retry_delays` (seconds; the last one repeats). Each step of an attempt may take
      `connect_timeout` seconds.
    - When Slack asks for a refresh, the new connection is opened first. The old one is read until
      Slack closes it, or for at least `refresh_grace` seconds.
    - When we have too many connections, the old one is closed first, and the new one is opened
      `crowded_wait` seconds later.
    - That Socket Mode is off is logged once. A connection that Slack opens anyway is replaced
      every `off_wait` seconds until Socket Mode is on.

    `on_state(alive, state)` is called at each change, from a thread of ours: it must be quick and
    must not raise. Up to `concurrency` envelopes are handled at a time, each in a thread.
    """

    def __init__(
        self,
        app: App,
        app_token: str,
        web_client: WebClient,
        on_state: Callable[[bool, str], None] | None = None,
        *,
        silence: float = 30.0,
        connect_timeout: float = 10.0,
        retry_delays: tuple[float, ...] = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0),
        refresh_grace: float = 30.0,
        crowded_wait: float = 15.0,
        off_wait: float = 60.0,
        concurrency: int = 10,
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._web_client = web_client
        self._on_state = on_state
        self._silence = silence
        self._connect_timeout = connect_timeout
        self._retry_delays = retry_delays
        self._refresh_grace = refresh_grace
        self._crowded_wait = crowded_wait
        self._off_wait = off_wait
        self._off = False  # whether Slack said that Socket Mode is off
        self._workers = ThreadPoolExecutor(concurrency, thread_name_prefix="slack-envelope")
        self._in_hand: set[Future[None]] = set()
        self._lock = threading.RLock()
        self._current: Link | None = None
        self._links: list[Link] = []  # the current one, and older ones that Slack may still use
        self._alive, self._state = False, "not started"
        self._stopping = threading.Event()
        self._pauses = self._delays()
        self._losses: queue.SimpleQueue[_Loss | None] = queue.SimpleQueue()
        self._keeper = threading.Thread(target=self._keep, name="slack-keeper", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether a connection is open and Slack sent a frame in the last `silence` seconds."""
        return self._alive

    @property
    def state(self) -> str:
        """A few words for the health state, such as "connected" or "reconnecting: ..."."""
        return self._state

    def start(self) -> None:
        """Connect; returns once Slack has said hello.

        Raises SlackApiError if Slack refuses (a wrong token, Socket Mode off), ConnectionError if
        it can't be reached or says no hello in time. Start once; after `stop()` make a new one.
        """
        try:
            link = self._open()
        except SlackApiError:
            raise
        except CONNECTION_ERRORS as error:
            complaint = f"No Socket Mode connection to Slack: {in_words(error)}"
            raise ConnectionError(complaint) from error
        self._take(link)
        self._keeper.start()

    def stop(self, limit: float = 5.0) -> None:
        """Take no more envelopes, finish those under way (at most `limit` seconds) and close.

        Takes milliseconds when none is under way. Envelopes that arrive meanwhile aren't answered,
        so Slack delivers them again to another connection. May be called twice. A listener that
        never returns keeps its thread alive, and with it the process.
        """
        with self._lock:
            self._stopping.set()
            self._say(False, "stopping")
        self._losses.put(None)
        unfinished = wait(self._in_hand.copy(), limit).not_done
        if unfinished:
            log.warning("Slack: %d request(s) unfinished after %g s", len(unfinished), limit)
        self._workers.shutdown(wait=not unfinished, cancel_futures=True)
        with self._lock:
            links = self._links.copy()
        for link in links:
            link.close()
        if self._keeper.is_alive():
            # It may be waiting for Slack to answer a call; it ends by itself after that.
            self._keeper.join(timeout=1.0)
        self._say(False, "stopped")

    # The keeper thread: one loss after another.

    def _keep(self) -> None:
        while (loss := self._next_loss()) is not None:
            if loss.link is self._current:  # not one that was already replaced
                self._replace(loss)

    def _next_loss(self) -> "_Loss | None":
        """Wait for a loss; None when stopping. While Socket Mode is off, wait `off_wait` at most.

        Slack doesn't say whether a connection opened while it was off works once it's on.
        """
        link = self._current
        may_be_off = link is not None and link.warned
        try:
            return self._losses.get(timeout=self._off_wait if may_be_off else None)
        except queue.Empty:
            assert link is not None
            return _Loss(link, logging.DEBUG, "Socket Mode was off")

    def _replace(self, loss: "_Loss") -> None:
        old = loss.link
        if old.age() > self._silence:  # it worked for a while; else we'd hammer a flapping peer
            self._pauses = self._delays()
        began, asked_to_wait = time.monotonic(), 0.0
        if loss.code == TOO_MANY:
            asked_to_wait = self._make_room(old)
        for pause in self._pauses:
            if self._stopping.wait(max(pause, asked_to_wait)):
                return
            try:
                new = self._open()
            except CONNECTION_ERRORS as error:
                asked_to_wait = self._failed(error, loss)
                continue
            old.retire(self._refresh_grace)
            self._take(new)
            seconds = time.monotonic() - began
            level = logging.DEBUG if self._off else loss.level
            log.log(level, "Slack: connection replaced within %.1f s (%s)", seconds, loss.reason)
            return

    def _failed(self, error: Exception, loss: "_Loss") -> float:
        """Log that connecting failed; return the least number of seconds to wait."""
        code = code_of(error)
        if code in OFF:
            self._is_off()
            self._say(False, OFF_IN_WORDS)
            return 0.0
        log.warning("Slack: no new connection yet (%s): %s", loss.reason, in_words(error))
        return self._make_room(loss.link) if code == TOO_MANY else _retry_after(error)

    def _make_room(self, old: Link) -> float:
        """Close a connection after its pending answers; return the seconds to wait."""
        wait(self._in_hand.copy(), ANSWERED_WITHIN)
        old.close()
        return self._crowded_wait

    def _is_off(self) -> None:
        """Remember that Socket Mode is off; logged once until it's on again."""
        with self._lock:
            if not self._off:
                self._off = True
                log.warning("Slack: %s. I’ll connect as soon as it’s on.", OFF_IN_WORDS)

    def _delays(self) -> Iterator[float]:
        return chain(self._retry_delays, repeat(self._retry_delays[-1]))

    def _open(self) -> Link:
        answer = self._web_client.apps_connections_open(app_token=self._app_token)
        return Link(
            str(answer["url"]),
            sslopt={"context": self._web_client.ssl} if self._web_client.ssl else None,
            connect_timeout=self._connect_timeout,
            silence=self._silence,
            on_message=self._receive,
            on_end=self._ended,
            warned=says_it_is_off(answer.get("response_metadata")),
        )

    def _take(self, link: Link) -> None:
        """Make an open link the current one; close it instead if we're stopping."""
        with self._lock:
            stopping = self._stopping.is_set()
            self._links.append(link)
            link.start()
            if not stopping:
                self._current = link
                if link.warned:
                    self._is_off()
                    self._say(True, f"connected, but Slack says that {OFF_IN_WORDS}")
                else:
                    self._off = False
                    self._say(True, "connected")
        if stopping:
            link.close()

    # Called by the links, each from its reading thread.

    def _receive(self, link: Link, message: dict[str, Any]) -> None:
        if message.get("type") == "disconnect":
            loss = _why_disconnect(link, message)
            if loss.code in OFF:
                self._is_off()
                self._say(False, OFF_IN_WORDS)
            self._losses.put(loss)
            return
        request = SocketModeRequest.from_dict(message)
        with self._lock:
            if request is None or self._stopping.is_set():
                return
            future = self._workers.submit(self._answer, link, request)
            self._in_hand.add(future)
        future.add_done_callback(self._answered)

    def _ended(self, link: Link, reason: str) -> None:
        with self._lock:
            self._links.remove(link)
            if link is self._current and not self._stopping.is_set():
                self._say(False, OFF_IN_WORDS if self._off else f"reconnecting: {reason}")
                self._losses.put(_Loss(link, logging.WARNING, reason))

    # Called in the worker threads.

    def _answer(self, link: Link, request: SocketModeRequest) -> None:
        began = time.time()
        response = run_bolt_app(self._app, request)
        try:
            # On the link that the envelope came by: Slack ignores an answer on another one.
            send_response(link, request, response, began)
        except CONNECTION_ERRORS as error:
            log.warning("Slack: an answer was lost with its connection (%s)", in_words(error))

    def _answered(self, future: Future[None]) -> None:
        self._in_hand.discard(future)
        if not future.cancelled() and (error := future.exception()):
            log.error("Slack: a request could not be handled", exc_info=error)

    def _say(self, alive: bool, state: str) -> None:
        with self._lock:
            if (alive, state) == (self._alive, self._state):
                return
            self._alive, self._state = alive, state
            if self._on_state:
                self._on_state(alive, state)


class _Loss(NamedTuple):
    """A connection to replace; `code` is Slack's reason, if it gave one."""

    link: Link
    level: int
    reason: str
    code: str = ""


def _why_disconnect(link: Link, message: dict[str, Any]) -> _Loss:
    code = str(message.get("reason"))
    if code in ("warning", "refresh_requested"):
        return _Loss(link, logging.INFO, "Slack asked for a refresh", code)
    return _Loss(link, logging.WARNING, f"Slack said disconnect: {code}", code)


def says_it_is_off(metadata: Any) -> bool:
    """Return whether the response_metadata of Slack's answer warns that Socket Mode is off."""
    messages = metadata.get("messages") if isinstance(metadata, Mapping) else None
    return any(OFF_MESSAGE in str(message) for message in messages or ())


def _retry_after(error: Exception) -> float:
    """Return the seconds that Slack asks us to wait, LONGEST_WAIT at most; 0 if it doesn't."""
    if not isinstance(error, SlackApiError):
        return 0.0
    return float(min(asked_wait(error.response.headers) or 0, LONGEST_WAIT))
