"""One websocket to Slack, from its hello to its end."""

import json
import logging
import struct
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.client import HTTPException
from typing import Any

import websocket
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode.client import BaseSocketModeClient

log = logging.getLogger("whoseonfirst.connection")

# Raised by a broken network or peer, or by Slack's refusal, while we connect, read or write.
CONNECTION_ERRORS = (
    SlackClientError,
    websocket.WebSocketException,
    HTTPException,
    OSError,
    ValueError,
)
# Slack's code for too many connections: an app may have ten. Slack sends it instead of hello:
# https://github.com/slackapi/bolt-js/issues/2238
TOO_MANY = "too_many_websockets"


class SentAway(ConnectionError):
    """Slack sent something else instead of its hello; `code` is its reason."""

    def __init__(self, first: Mapping[str, Any]) -> None:
        self.code = str(first.get("reason", ""))
        super().__init__(
            f"Slack has as many connections of this app as it takes ({TOO_MANY}): is another copy "
            "of the bot running?"
            if self.code == TOO_MANY
            else f"Slack began with {first} instead of a hello"
        )


class Link(BaseSocketModeClient):
    """One websocket, open and greeted once constructed. It reports its end and never reconnects.

    Bolt's `send_response` requires the base class.
    """

    def __init__(
        self,
        url: str,
        *,
        sslopt: dict[str, Any] | None,
        connect_timeout: float,
        silence: float,
        on_message: Callable[["Link", dict[str, Any]], None],
        on_end: Callable[["Link", str], None],
        warned: bool = False,
    ) -> None:
        self.logger = log
        # Whether Slack said that Socket Mode is off but opened it anyway.
        self.warned = warned
        self._silence = silence
        self._on_message = on_message
        self._on_end = on_end
        self._retire_at: float | None = None
        self._opened_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="slack-reader", daemon=True)
        # Its own check for UTF-8 is slow, and decoding finds the same errors.
        self._websocket = websocket.create_connection(
            url, timeout=connect_timeout, sslopt=sslopt, skip_utf8_validation=True
        )
        try:
            first = json.loads(self._websocket.recv())
            if first.get("type") != "hello":
                raise SentAway(first)
        except CONNECTION_ERRORS:
            self._websocket.shutdown()
            raise
        # Listen for half the time, send a ping, and listen for the other half.
        self._websocket.settimeout(silence / 2)

    def start(self) -> None:
        """Read in a thread until it ends."""
        self._thread.start()

    def age(self) -> float:
        """Seconds since it was opened."""
        return time.monotonic() - self._opened_at

    def send_message(self, message: str) -> None:
        """Send an answer; raises one of CONNECTION_ERRORS."""
        self._websocket.send(message)

    def retire(self, grace: float) -> None:
        """Keep reading for at least `grace` seconds, unless Slack closes it first; then end."""
        self._retire_at = time.monotonic() + grace

    def close(self) -> None:
        """Say goodbye and end, at the latest after a second."""
        with suppress(*CONNECTION_ERRORS):
            self._say_goodbye()
        self._thread.join(timeout=0.5)
        if self._thread.is_alive():
            self._websocket.abort()
            self._thread.join(timeout=0.5)

    def _say_goodbye(self) -> None:
        # Not websocket.close(), which would read in this thread while our reader does, too.
        status = struct.pack("!H", websocket.STATUS_NORMAL)
        self._websocket.send(status, websocket.ABNF.OPCODE_CLOSE)

    def _run(self) -> None:
        reason = "our reader failed"
        try:
            reason = self._read()
        except websocket.WebSocketTimeoutException:
            reason = f"heard nothing for {self._silence:g} s"
        except CONNECTION_ERRORS as error:
            reason = f"dropped: {in_words(error)}"
        finally:
            self._websocket.shutdown()
            self._on_end(self, reason)

    def _read(self) -> str:
        asked = False
        while self._retire_at is None or time.monotonic() < self._retire_at:
            try:
                opcode, frame = self._websocket.recv_data_frame(control_frame=True)
            except websocket.WebSocketTimeoutException:
                if asked:
                    raise
                self._websocket.ping()
                asked = True
                continue
            asked = False
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                return "closed by Slack"
            if opcode == websocket.ABNF.OPCODE_TEXT:
                self._on_message(self, json.loads(frame.data.decode()))
        self._say_goodbye()
        return "replaced"


def code_of(error: Exception) -> str:
    """Return Slack's error code; '' if it gave none."""
    if isinstance(error, SlackApiError):
        return str(error.response.get("error") or "")
    return error.code if isinstance(error, SentAway) else ""


def in_words(error: Exception) -> str:
    """Return an error as one line for the log."""
    if isinstance(error, SlackApiError):
        return f"Slack says {error.response['error']}"
    return str(error).rstrip(".") or type(error).__name__
