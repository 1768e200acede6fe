"""Changes stored by the previous version: each kind is still read correctly."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from scheduling.changes import registry
from scheduling.changes.contacts import AddContact, RemoveContact
from scheduling.changes.leads import AddLead, RemoveLead
from scheduling.changes.leaving import Activate, LeaveLater, RemoveMember
from scheduling.changes.members import AddMember, AddMembers, EditMember, NewMember
from scheduling.changes.operation import Operation
from scheduling.changes.order import Reorder
from scheduling.changes.overrides import CancelOverride, CreateOverride, EditOverride
from scheduling.changes.own_numbers import EnterNumber
from scheduling.changes.patterns import ReplaceShifts
from scheduling.changes.shifts import AddShift, EditShift, RemoveShift
from scheduling.changes.swaps import Swap
from scheduling.changes.teams import ChangeSettings, PlanWeeks
from scheduling.changes.undo import Undo

START, END = datetime(2026, 11, 24, 14, tzinfo=UTC), datetime(2026, 11, 24, 20, 30, tzinfo=UTC)
SPAN = '"start": "2026-11-24T14:00:00+00:00", "end": "2026-11-24T20:30:00+00:00"'
FROM_TO = '["2026-11-24T14:00:00+00:00", "2026-11-24T20:30:00+00:00"]'
BOB = '"name": "Bob", "phone": "+13125550102", "slack_user_id": "U0BOB"'

# Kind and facts as in rows of that version.
ROWS: list[tuple[str, str, Operation[Any]]] = [
    (
        "shift added",
        '{"number": 7, "day": "Monday", "hours": 24, "start": "08:00"}',
        AddShift(7, "Monday", 24, "08:00"),
    ),
    (
        "shift edited",
        '{"number": 2, "day": "Tuesday", "hours": 48, "start": "09:30"}',
        EditShift(2, "Tuesday", 48, "09:30"),
    ),
    ("shift removed", '{"number": 2}', RemoveShift(2)),
    ("shifts replaced", '{"pattern": "six", "start": "08:00"}', ReplaceShifts("six", "08:00")),
    (
        "shifts replaced",
        '{"pattern": "daily", "start": "08:00", "begins": "2026-11-24T14:00:00+00:00"}',
        ReplaceShifts("daily", "08:00", START),
    ),
    ("weeks planned", '{"weeks": 12}', PlanWeeks(12)),
    ("undo", '{"proposal": 17}', Undo(17)),
    ("lead added", '{"user": "U0BOB"}', AddLead("U0BOB")),
    ("admin added", '{"user": "U0BOB"}', AddLead("U0BOB")),
    (
        "lead removed",
        '{"user": "U0BOB", "still": "is an admin of the workspace"}',
        RemoveLead("U0BOB", "is an admin of the workspace"),
    ),
    ("admin removed", '{"user": "U0BOB"}', RemoveLead("U0BOB")),
    ("settings changed", '{"notify_at": "07:30"}', ChangeSettings({"notify_at": "07:30"})),
    (
        "settings changed",
        '{"second_day_sms": false, "confirm_within": null, "most_segments": 200}',
        ChangeSettings({"second_day_sms": False, "confirm_within": None, "most_segments": 200}),
    ),
    (
        "members added",
        f'{{"people": [{{{BOB}, "time_zone": "America/Chicago"}}]}}',
        AddMembers([NewMember("Bob", "+13125550102", "U0BOB", "America/Chicago")]),
    ),
    (
        "escalation contact added",
        f'{{{BOB}, "time_zone": null}}',
        AddContact("Bob", "+13125550102", "U0BOB", None),
    ),
    (
        "escalation contact added",
        '{"name": "Dana", "phone": null, "slack_user_id": null, "time_zone": null}',
        AddContact("Dana", None, None, None),
    ),
    ("escalation contact removed", '{"member": 3}', RemoveContact(3)),
    (
        "override created",
        f'{{"member": 2, {SPAN}, "reason": "dentist"}}',
        CreateOverride(2, START, END, "dentist"),
    ),
    (
        "override edited",
        f'{{"member": 2, {SPAN}, "reason": null, "number": 7}}',
        EditOverride(2, START, END, 7),
    ),
    ("override cancelled", '{"number": 7}', CancelOverride(7)),
    (
        "swap",
        f'{{"one": 1, "ones": {FROM_TO}, "other": 2, "others": {FROM_TO}}}',
        Swap(1, (START, END), 2, (START, END)),
    ),
    (
        "member added",
        f'{{{BOB}, "time_zone": "America/Chicago", "place": null}}',
        AddMember("Bob", "+13125550102", "U0BOB", "America/Chicago"),
    ),
    (
        "member added",
        '{"name": "Bob", "phone": null, "slack_user_id": "U0BOB"}',
        AddMember("Bob", None, "U0BOB"),
    ),
    (
        "member edited",
        '{"member": 2, "phone": "+13125550102", "second_phone": null}',
        EditMember(2, {"phone": "+13125550102", "second_phone": None}),
    ),
    ("number entered", '{"member": 2, "phone": "+13125550102"}', EnterNumber(2, "+13125550102")),
    ("member removed", '{"member": 2, "cover": null}', RemoveMember(2)),
    ("member removed", '{"member": 2, "cover": 3}', RemoveMember(2, 3)),
    (
        "member leaves",
        '{"member": 2, "day": "2026-12-24"}',
        LeaveLater(2, date(2026, 12, 24)),
    ),
    ("member activated", '{"member": 2}', Activate(2)),
    ("members reordered", '{"order": [3, 1, 2]}', Reorder([3, 1, 2])),
]


@pytest.mark.parametrize(("kind", "facts", "meant"), ROWS)
def test_rows_of_the_previous_version_mean_the_same(
    kind: str, facts: str, meant: Operation[Any]
) -> None:
    assert registry.decode(kind, facts) == meant


def test_there_is_a_row_of_each_kind() -> None:
    assert {kind for kind, _, _ in ROWS} == {*registry.OPERATIONS, *registry.FORMERLY}


@pytest.mark.parametrize("operation", [meant for _, _, meant in ROWS])
def test_stored_operations_are_read_back_unchanged(operation: Operation[Any]) -> None:
    text = registry.encode(operation)

    assert registry.decode(operation.kind, text) == operation
    assert isinstance(json.loads(text), dict)
