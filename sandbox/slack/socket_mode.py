"""Slack's end of Socket Mode: connections, envelopes, acknowledgements.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.slack.errors import DispatchFailed, OperationTimeout, SlackError
from sandbox.slack.memory import APP_ID, Json

MOST_CONNECTIONS = 10


class Connection:
    """One websocket that an app opened."""

    def __init__(self) -> None:
        self.socket = web.WebSocketResponse(autoping=False)
        self.transport: asyncio.BaseTransport | None = None
        self.silent = False  # open, but nothing gets through anymore, in either direction
        self.leaving = False  # asked to leave, so nothing more is sent to it

    def drop(self) -> None:
        """Break it without a goodbye."""
        self.leaving = True
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()


class SocketMode:
    """All connections of the app. Envelopes go to them in turn."""

    def __init__(self, ack_within: float, changed: Callable[[], None]) -> None:
        self._ack_within = ack_within
        self.is_on = True  # as the app's settings have it
        self._refuses = True  # while it is off
        self._changed = changed
        self._tickets: set[str] = set()
        self._connections: list[Connection] = []
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._next = 0
        self._copies = 1
        self.base_url = ""  # known once it is served

    def add_to(self, app: web.Application) -> None:
        """Add the websocket's route to an application."""
        app.router.add_get("/link/", self._hold)
        app.on_shutdown.append(self._close)

    async def _close(self, _app: web.Application) -> None:
        for connection in self._connections.copy():
            await connection.socket.close()

    def open(self) -> Json:
        """Return an address for one connection."""
        if not self.is_on and self._refuses:
            raise SlackError("socket_mode_not_enabled")
        ticket = secrets.token_hex(12)
        self._tickets.add(ticket)
        host = self.base_url.removeprefix("http://")
        answer: Json = {"url": f"ws://{host}/link/?ticket={ticket}&app_id={APP_ID}"}
        warning = "[WARN] Socket Mode is not turned on."
        return answer if self.is_on else answer | {"response_metadata": {"messages": [warning]}}

    @property
    def live(self) -> list[Connection]:
        """The connections that are open and haven't been asked to leave."""
        return [connection for connection in self._connections if not connection.leaving]

    async def _hold(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden(text="no such ticket")
        self._tickets.remove(ticket)
        connection = Connection()
        connection.transport = request.transport
        await connection.socket.prepare(request)
        if len(self._connections) >= MOST_CONNECTIONS:
            await _disconnect(connection, "too_many_websockets")
            await connection.socket.close()
            return connection.socket
        # Listed before its hello, because whoever saw the hello may use it at once.
        self._connections.append(connection)
        try:
            await connection.socket.send_json(
                {
                    "type": "hello",
                    "num_connections": len(self.live),
                    "connection_info": {"app_id": APP_ID},
                    "debug_info": {"host": "sandbox", "approximate_connection_time": 18060},
                }
            )
            self._changed()
            await self._listen(connection)
        finally:
            self._connections.remove(connection)
            self._changed()
        return connection.socket

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.socket:
            if connection.silent:
                continue
            if message.type == WSMsgType.PING:
                await connection.socket.pong(message.data)
            elif message.type == WSMsgType.TEXT:
                self._acknowledge(json.loads(message.data))

    def _acknowledge(self, answer: Json) -> None:
        waiting = self._waiting.get(answer.get("envelope_id", ""))
        if waiting and not waiting.done():
            waiting.set_result(answer.get("payload") or {})

    # --- from Slack to the app ---

    async def send(self, kind: str, payload: Json, *, takes_answer: bool) -> Json:
        """Deliver a payload once, and return the acknowledgement's own payload.

        Raises DispatchFailed when no app is connected, OperationTimeout when it did not
        acknowledge in time.
        """
        if not (self.live and self.is_on):
            raise DispatchFailed("dispatch_failed: the app is not connected")
        return await self._deliver(kind, payload, takes_answer=takes_answer)

    async def send_event(self, payload: Json, first_attempt: int = 0) -> None:
        """Deliver an event; up to three more times until somebody acknowledges it."""
        for attempt in range(first_attempt, 4):
            more = {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
            try:
                if self.live and self.is_on:
                    await self._deliver("events_api", payload, takes_answer=False, **more)
                    return
            except OperationTimeout:
                continue
        raise OperationTimeout("the app acknowledged none of four deliveries")

    async def _deliver(self, kind: str, payload: Json, *, takes_answer: bool, **more: Any) -> Json:
        envelope_id = secrets.token_hex(16)
        envelope = {
            "type": kind,
            "envelope_id": envelope_id,
            "accepts_response_payload": takes_answer,
            "payload": payload,
            **more,
        }
        self._waiting[envelope_id] = asyncio.get_running_loop().create_future()
        copies, self._copies = self._copies, 1
        try:
            for _ in range(copies):
                self._next += 1
                connection = self.live[self._next % len(self.live)]
                if not connection.silent:
                    with suppress(ConnectionError):  # it just stays unacknowledged
                        await connection.socket.send_json(envelope)
            return await asyncio.wait_for(self._waiting[envelope_id], self._ack_within)
        except TimeoutError:
            raise OperationTimeout(f"operation_timeout: no ack in {self._ack_within:g} s") from None
        finally:
            del self._waiting[envelope_id]

    # --- trouble by script ---

    async def refresh(self) -> None:
        """Ask the app to replace each connection by a new one, as Slack does every few hours."""
        for connection in self.live:
            connection.leaving = True
            await _disconnect(connection, "refresh_requested")

    async def switch(self, *, on: bool, refuses: bool = True) -> None:
        """Switch Socket Mode on or off in the app's settings; off closes all connections."""
        self.is_on, self._refuses = on, refuses
        if not on:
            for connection in self._connections.copy():
                connection.leaving = True
                await _disconnect(connection, "link_disabled")
                await connection.socket.close()

    async def drop(self) -> None:
        """Break every connection without a close frame."""
        for connection in self._connections.copy():
            connection.drop()

    async def fall_silent(self) -> None:
        """Keep every present connection open, but let nothing through anymore."""
        for connection in self._connections:
            connection.silent = True

    async def repeat_next(self) -> None:
        """Deliver the next envelope twice."""
        self._copies = 2


async def _disconnect(connection: Connection, reason: str) -> None:
    await connection.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {}})
