"""What goes wrong between the bot and Twilio, by script; and what the bot asked for."""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Operation = Literal[
    "create", "list", "fetch", "update", "delete", "account", "numbers", "number", "service"
]
Kind = Literal["drop_before", "500", "503", "429", "hang", "accept_then_hang", "accept_then_drop"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one call; `retry_after` (seconds) goes with a 429."""

    kind: Kind
    retry_after: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call that reached us, with its form (or query), whether or not it was answered."""

    operation: str
    at: datetime
    parameters: dict[str, str]
    fault: str | None


class FaultPlan:
    """The faults still to come, first scripted first, and all calls so far. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._coming: dict[str, deque[Fault]] = {}
        self._calls: list[Call] = []

    def add(self, kind: Kind, times: int, operation: Operation, retry_after: int) -> None:
        """Let the next `times` calls of an operation go wrong; raises ValueError."""
        if kind not in get_args(Kind) or operation not in get_args(Operation):
            raise ValueError(f"no such fault: {kind!r} on {operation!r}")
        with self._lock:
            self._coming.setdefault(operation, deque()).extend([Fault(kind, retry_after)] * times)

    def clear(self) -> None:
        """Let everything go right from now on."""
        with self._lock:
            self._coming.clear()

    def meet(self, operation: str, at: datetime, parameters: dict[str, str]) -> Fault | None:
        """Remember a call and return what goes wrong with it, if anything."""
        with self._lock:
            coming = self._coming.get(operation)
            fault = coming.popleft() if coming else None
            self._calls.append(Call(operation, at, parameters, fault.kind if fault else None))
            return fault

    @property
    def calls(self) -> list[Call]:
        """All calls so far, oldest first."""
        with self._lock:
            return list(self._calls)
