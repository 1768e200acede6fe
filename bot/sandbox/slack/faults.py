"""What goes wrong between the bot and Slack's Web API, by script; and what the bot asked for."""

import re
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

EVERY_METHOD = "*"
_KIND = re.compile(r"ratelimited|500|503|hang|drop_before|drop_after|error:[a-z_]+")


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one call; `retry_after` (seconds) goes with `ratelimited`."""

    kind: str
    retry_after: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call that reached us, with its arguments, whether or not it was answered."""

    method: str
    at: datetime
    arguments: dict[str, Any]
    fault: str | None


class FaultPlan:
    """The faults still to come, first scripted first, and all calls so far. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._coming: dict[str, deque[Fault]] = {}
        self._calls: list[Call] = []

    def add(self, method: str, kind: str, times: int, retry_after: int) -> None:
        """Let the next `times` calls of a method go wrong; raises ValueError."""
        if not _KIND.fullmatch(kind):
            raise ValueError(f"no such fault: {kind!r}")
        with self._lock:
            self._coming.setdefault(method, deque()).extend([Fault(kind, retry_after)] * times)

    def clear(self) -> None:
        """Let everything go right from now on."""
        with self._lock:
            self._coming.clear()

    def meet(self, method: str, at: datetime, arguments: dict[str, Any]) -> Fault | None:
        """Remember a call and return what goes wrong with it, if anything."""
        with self._lock:
            coming = self._coming.get(method) or self._coming.get(EVERY_METHOD)
            fault = coming.popleft() if coming else None
            self._calls.append(Call(method, at, arguments, fault.kind if fault else None))
            return fault

    @property
    def calls(self) -> list[Call]:
        """All calls so far, oldest first."""
        with self._lock:
            return list(self._calls)
