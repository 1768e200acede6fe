"""What goes wrong between the bot and the sandbox, by script; and what the bot asked for."""

import asyncio
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

ANY = "*"


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one call; `retry_after` (seconds) goes with a 429."""

    kind: str
    retry_after: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call that reached us, with its form or query, whether or not it was answered."""

    operation: str
    at: datetime
    parameters: dict[str, Any]
    fault: str | None


class FaultPlan:
    """The faults still to come, first scripted first, and all calls so far. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._coming: dict[str, deque[Fault]] = {}
        self._calls: list[Call] = []

    def add(self, operation: str, kind: str, times: int, retry_after: int) -> None:
        """Let the next `times` calls of an operation (ANY: of whichever) go wrong."""
        with self._lock:
            self._coming.setdefault(operation, deque()).extend([Fault(kind, retry_after)] * times)

    def clear(self) -> None:
        """Let everything go right from now on."""
        with self._lock:
            self._coming.clear()

    def meet(self, operation: str, at: datetime, parameters: dict[str, Any]) -> Fault | None:
        """Remember a call and return what goes wrong with it, if anything."""
        with self._lock:
            coming = self._coming.get(operation) or self._coming.get(ANY)
            fault = coming.popleft() if coming else None
            self._calls.append(Call(operation, at, parameters, fault.kind if fault else None))
            return fault

    @property
    def calls(self) -> list[Call]:
        """All calls so far, oldest first."""
        with self._lock:
            return list(self._calls)


async def lose(request: web.Request, hang_until: asyncio.Event | None) -> web.Response:
    """Answer nothing: hold the connection until the event, or close it right away."""
    if hang_until is not None:
        await hang_until.wait()
    if request.transport is not None:
        request.transport.abort()
    return web.Response()  # has nowhere to go any more
