"""The kinds of change, by the word under which each is stored; to JSON and back."""

import json
from typing import Any

import msgspec

from scheduling.changes.operation import Deed, Operation
from scheduling.changes.shifts import AddShift, EditShift, RemoveShift, ReplaceShifts

OPERATIONS: dict[str, type[Operation[Any]]] = {
    one.kind: one for one in (AddShift, EditShift, RemoveShift, ReplaceShifts)
}


def encode(operation: Operation[Any]) -> str:
    """Return an operation as it is stored."""
    if isinstance(operation, Deed):
        return json.dumps(operation.facts)
    return msgspec.json.encode(operation).decode()


def decode(kind: str, stored: str) -> Operation[Any]:
    """Return the operation that was stored, also by an earlier version."""
    found: Operation[Any] = msgspec.json.decode(stored, type=OPERATIONS[kind])
    return found
