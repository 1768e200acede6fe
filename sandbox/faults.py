"""Scripted faults between the bot and the sandbox, and a record of the bot's calls."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

ANY = "*"


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one call; `retry_after` (seconds, or a header's text) goes with a 429.

    `then` is called on the server's loop once the call has got as far as the fault lets it.
    """

    kind: str
    retry_after: int | str
    then: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call that reached us, with its form or query, whether or not it was answered."""

    operation: str
    at: datetime
    parameters: dict[str, Any]
    fault: str | None


class FaultPlan:
    """The faults still to come, in the order they were scripted, and all calls so far. Thread-safe.

    A fault scripted for an operation takes precedence over the one that affects every call.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._coming: dict[str, deque[Fault]] = {}
        self._lasting: Fault | None = None
        self._calls: list[Call] = []

    def add(self, operation: str, fault: Fault, times: int, *, first: bool = False) -> None:
        """Make the next `times` calls of an operation (ANY: of any) go wrong.

        They come after the faults scripted before, or with `first` ahead of them.
        """
        with self._lock:
            coming = self._coming.setdefault(operation, deque())
            (coming.extendleft if first else coming.extend)([fault] * times)

    def last(self, fault: Fault | None) -> None:
        """Make every call go wrong from now on; None ends that."""
        with self._lock:
            self._lasting = fault

    def clear(self) -> None:
        """Let everything go right from now on."""
        with self._lock:
            self._coming.clear()
            self._lasting = None

    def meet(
        self,
        operation: str,
        at: datetime,
        parameters: dict[str, Any],
        *,
        scripted: bool = False,
        otherwise: Fault | None = None,
    ) -> Fault | None:
        """Record a call and return what goes wrong with it, if anything.

        With `scripted`, only faults scripted for this very operation count; `otherwise` is the
        fault when none was scripted.
        """
        with self._lock:
            coming, lasting = self._coming.get(operation), None
            if not scripted:
                coming, lasting = coming or self._coming.get(ANY), self._lasting
            fault = coming.popleft() if coming else lasting or otherwise
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
    return web.Response()  # the connection is closed, so nobody gets it
