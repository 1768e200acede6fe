"""The kinds of operations, by the word under which each is stored; to JSON and back."""

import json
from typing import Any

import msgspec

from scheduling.changes.contacts import AddContact, RemoveContact
from scheduling.changes.leads import AddLead, RemoveLead
from scheduling.changes.leaving import Activate, LeaveLater, RemoveMember
from scheduling.changes.members import AddMember, AddMembers, EditMember
from scheduling.changes.operation import Operation, stored
from scheduling.changes.order import Reorder
from scheduling.changes.overrides import CancelOverride, CreateOverride, EditOverride
from scheduling.changes.own_numbers import EnterNumber
from scheduling.changes.patterns import ReplaceShifts
from scheduling.changes.shifts import AddShift, EditShift, RemoveShift
from scheduling.changes.swaps import Swap
from scheduling.changes.teams import ChangeSettings, PlanWeeks
from scheduling.changes.undo import Undo

OPERATIONS: dict[str, type[Operation[Any]]] = {
    one.kind: one
    for one in (
        Activate,
        AddContact,
        AddLead,
        AddMember,
        AddMembers,
        AddShift,
        CancelOverride,
        ChangeSettings,
        CreateOverride,
        EditMember,
        EditOverride,
        EditShift,
        EnterNumber,
        LeaveLater,
        PlanWeeks,
        RemoveContact,
        RemoveLead,
        RemoveMember,
        Reorder,
        RemoveShift,
        ReplaceShifts,
        Swap,
        Undo,
    )
}
# Former kinds, in changes stored by earlier versions that may still wait.
FORMERLY = {"admin added": AddLead.kind, "admin removed": RemoveLead.kind}


def encode(operation: Operation[Any]) -> str:
    """Return an operation as JSON, as it is stored."""
    return stored(operation)


def decode(kind: str, text: str) -> Operation[Any]:
    """Return a stored operation; also one stored by an earlier version."""
    kind = FORMERLY.get(kind, kind)
    params = _as_of_now(kind, json.loads(text))
    found: Operation[Any] = msgspec.convert(params, OPERATIONS[kind])
    return found


def _as_of_now(kind: str, params: dict[str, Any]) -> dict[str, Any]:
    """Return stored parameters in today's shape: the fields of `wanted` used to be top-level."""
    if kind == ChangeSettings.kind and "wanted" not in params:
        return {"wanted": params}
    if kind == EditMember.kind and "wanted" not in params:
        return {"member": params.pop("member"), "wanted": params}
    return params
