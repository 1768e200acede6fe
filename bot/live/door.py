"""The live check's own Socket Mode connection: waits for one action of a person at a time.

bot/slack/connection.py keeps a connection alive for days and passes everything to Bolt. A check
needs the opposite: one raw envelope, answered as the check wants, and then it disconnects.
"""

import json
import logging
import queue
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import websocket
from slack_sdk import WebClient

from bot.slack.link import CONNECTION_ERRORS

log = logging.getLogger("whoseonfirst.live")

Json = dict[str, Any]
TIMEOUT = 10.0  # seconds, to connect
BUSY = "I’m being checked right now (`check --live`). Please try again in a few minutes."


class NobodyCame(Exception):
    """Nobody did what a check waited for in time."""


@dataclass(slots=True)
class Event:
    """One thing that somebody did, as Slack sent it; `at` is monotonic. A URL has five uses."""

    kind: str
    payload: Json
    at: float
    uses_left: int = 5

    @property
    def response_url(self) -> str:
        """Where to answer later; empty if there is no such URL."""
        return str(self.payload.get("response_url") or "")

    @property
    def user(self) -> str:
        """The id of the user who did it."""
        user = self.payload.get("user") or self.payload.get("user_id") or ""
        if isinstance(user, dict):
            return str(user["id"])
        return str(user or self.payload.get("event", {}).get("user", ""))

    def clicked(self, prefix: str) -> bool:
        """Return whether it's a click on a button whose action id has this prefix."""
        return any(one.startswith(prefix) for one in self.actions)

    @property
    def actions(self) -> list[str]:
        """The action ids of the clicked elements."""
        return [str(action.get("action_id")) for action in self.payload.get("actions", [])]


@dataclass(slots=True)
class Awaited:
    """What a check waits for, and the answer to acknowledge it with."""

    wanted: Callable[[Event], bool]
    answer: Json | None
    came: "queue.SimpleQueue[Event]" = field(default_factory=queue.SimpleQueue)

    def wait(self, seconds: float) -> Event:
        """Return what somebody did. Raises NobodyCame."""
        try:
            return self.came.get(timeout=seconds)
        except queue.Empty:
            raise NobodyCame from None


class Door:
    """One connection. Anything that no check waits for is answered with a note that we're busy."""

    def __init__(self, client: WebClient, app_token: str) -> None:
        self._client = client
        self._app_token = app_token
        self._awaited: list[Awaited] = []
        self._lock = threading.Lock()
        self._socket: Any = None
        self._reader = threading.Thread()
        self.connections = 0

    def open(self, *, more: str = "") -> None:
        """Connect, and wait for Slack's hello; `more` is added to the address.

        Raises one of CONNECTION_ERRORS. `connections` is then how many the app has, this one
        included: https://docs.slack.dev/apis/events-api/using-socket-mode
        """
        answer = self._client.apps_connections_open(app_token=self._app_token)
        context = {"context": self._client.ssl} if self._client.ssl else None
        self._socket = websocket.create_connection(
            str(answer["url"]) + more, timeout=TIMEOUT, sslopt=context
        )
        hello = json.loads(self._socket.recv())
        if hello.get("type") != "hello":
            raise ConnectionError("Slack said no hello")
        self.connections = int(hello.get("num_connections") or 1)
        self._socket.settimeout(None)
        self._reader = threading.Thread(
            target=self._read, args=[self._socket], name="live-door", daemon=True
        )
        self._reader.start()

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._socket is not None

    def close(self) -> None:
        """End the connection. May be called twice."""
        link, self._socket = self._socket, None
        if link is None:
            return
        with suppress(*CONNECTION_ERRORS):
            # Not websocket.close(), which would read in this thread while our reader does, too.
            link.send(struct.pack("!H", websocket.STATUS_NORMAL), websocket.ABNF.OPCODE_CLOSE)
        self._reader.join(timeout=0.5)
        link.shutdown()

    def expect(self, wanted: Callable[[Event], bool], answer: Json | None = None) -> Awaited:
        """Wait from now on for something; `answer` goes with its acknowledgement."""
        awaited = Awaited(wanted, answer)
        with self._lock:
            self._awaited.append(awaited)
        return awaited

    def forget(self, awaited: Awaited) -> None:
        """Stop waiting for something."""
        with self._lock, suppress(ValueError):
            self._awaited.remove(awaited)

    def _read(self, link: Any) -> None:
        try:
            while text := link.recv():
                self._take(link, json.loads(text))
        except CONNECTION_ERRORS as error:
            log.debug("the live check's connection ended: %s", type(error).__name__)
        if self._socket is link:  # Slack closed it: the next check that needs one opens it
            self._socket = None

    def _take(self, link: Any, message: Json) -> None:
        event = Event(str(message.get("type")), message.get("payload") or {}, time.monotonic())
        envelope = message.get("envelope_id")
        with self._lock:
            awaited = next((one for one in self._awaited if one.wanted(event)), None)
            if awaited:
                self._awaited.remove(awaited)
        if awaited:
            if envelope:
                answer = awaited.answer if message.get("accepts_response_payload") else None
                link.send(json.dumps(_acknowledgement(envelope, answer)))
            awaited.came.put(event)
        elif event.kind == "slash_commands":
            busy = {"text": BUSY, "response_type": "ephemeral"}
            link.send(json.dumps(_acknowledgement(str(envelope), busy)))
        elif event.kind == "interactive" or event.payload.get("event", {}).get("bot_id"):
            link.send(json.dumps(_acknowledgement(str(envelope), None)))
        # Messages that aren't acknowledged are delivered again, to the bot once it runs.


def _acknowledgement(envelope: str, answer: Json | None) -> Json:
    return {"envelope_id": envelope, **({"payload": answer} if answer else {})}
