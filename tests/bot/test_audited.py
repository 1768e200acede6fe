"""The audit log in words: every field that changed, before → after, and nothing empty."""

import ast
import json
from datetime import date, time
from pathlib import Path

import pytest

from bot.slack import audited
from scheduling.changes import (
    contacts,
    leads,
    leaving,
    members,
    overrides,
    settings,
    shifts,
    teams,
    undo,
)
from scheduling.changes.own_numbers import EnterNumber
from scheduling.rota.queue import coming
from storage.database import reading, writing
from storage.models import AuditEntry, Team
from tests.builders import ADMIN, NOW, chicago, person, support_team

SCHEDULING = Path(__file__).parents[2] / "scheduling"


@pytest.fixture
def team(database_url: str) -> Team:
    """The specification's example, on Monday at 07:00."""
    assert database_url
    return support_team()


def lines(team: Team, *, full: bool = True) -> list[str]:
    """Return the entries as they are read, oldest first, without when and by whom."""
    with reading():
        rows = list(AuditEntry.select().where(AuditEntry.team == team).order_by(AuditEntry.id))
        told = [audited.entry(row, team, full=full) for row in rows]
    return [line.partition(": ")[2] for line in told]


def last(team: Team, *, full: bool = True) -> str:
    return lines(team, full=full)[-1]


def everything_audited(team: Team) -> None:
    """Do each thing that leaves an entry."""
    greg, alice = person(team, "Greg"), person(team, "Alice")
    members.add_member(
        team, "Zoe", "+13125550177", slack_user_id="U9", time_zone="UTC", actor=ADMIN, now=NOW
    )
    edit_all(team)
    contacts.add_contact(
        team, "Greg", None, slack_user_id=greg.slack_user_id, time_zone=None, actor=ADMIN, now=NOW
    )
    contacts.remove_contact(team, person(team, "Greg"), actor=ADMIN, now=NOW)
    leaving.leave_later(team, greg, date(2026, 12, 24), actor=ADMIN, now=NOW)
    leaving.activate(team, person(team, "Greg"), actor=ADMIN, now=NOW)
    queue = coming(team, NOW)
    members.reorder(team, queue[::-1], actor=ADMIN, now=NOW)
    leaving.remove_member(team, person(team, "Greg"), cover=None, actor=ADMIN, now=NOW)
    start, end = chicago("2026-11-27 14:00"), chicago("2026-11-27 18:00")
    made = overrides.create(team, alice, start, end, reason="gym", actor=ADMIN, now=NOW).override
    overrides.edit(
        team, made.id, member=alice, start=start, end=end, reason=None, actor=ADMIN, now=NOW
    )
    overrides.cancel(team, made.id, actor=ADMIN, now=NOW)
    shifts.add_shift(team, 9, "Sunday", 2, time(8), actor=ADMIN, now=NOW)
    shifts.edit_shift(team, 9, "Sunday", 3, time(8), actor=ADMIN, now=NOW)
    shifts.remove_shift(team, 9, actor=ADMIN, now=NOW)
    shifts.replace_all(team, [("Monday", 24, time(8))], actor=ADMIN, now=NOW)
    change_all(team)
    enter_number(team)
    leads.add(team, "U8", actor=ADMIN, now=NOW)
    leads.remove(team, "U8", actor=ADMIN, now=NOW)
    undo.take_back(team, "a change", "[]", actor=ADMIN, now=NOW)


def edit_all(team: Team) -> None:
    members.edit_member(
        team,
        person(team, "Bob"),
        name="Robert",
        phone="+13125550122",
        slack_user_id="U7",
        time_zone="Europe/Berlin",
        second_phone="+13125550133",
        actor=ADMIN,
        now=NOW,
    )


def enter_number(team: Team) -> None:
    """Let Carol enter another number of hers."""
    carol = person(team, "Carol")
    EnterNumber(carol.id, "+13125550144").apply(team, str(carol.slack_user_id), NOW)


def change_all(team: Team) -> None:
    wanted = {
        "name": "Helpdesk",
        "channel_id": "C2",
        "time_zone": "America/New_York",
        "clock": "24",
        "notify_at": "07:30",
        "strategy": "round_robin",
        "sms_text": "Hi {first}",
        "second_day_sms": False,
        "weeks_ahead": 9,
        "confirm_within": 10,
        "weekly_summary": True,
        "most_segments": 100,
    }
    assert wanted.keys() == settings.BY_COLUMN.keys()
    teams.change(team, wanted, actor=ADMIN, now=NOW)


def recorded() -> set[str]:
    """Return the names of what is audited, as they are in the code."""
    found = set()
    for file in SCHEDULING.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "AuditEntry.record":
                action = node.args[2]
                assert isinstance(action, ast.Constant), f"{file.name}: {ast.unparse(node)}"
                found.add(str(action.value))
    return found


def test_every_field_of_each_audited_operation_has_a_label(team: Team) -> None:
    with writing():
        everything_audited(team)

    with reading():
        rows = list(AuditEntry.select())
    assert {row.action for row in rows} == recorded(), "do here what else is audited"
    for row in rows:
        for told in (row.before, row.after):
            keys = json.loads(told or "{}").keys()
            assert keys <= {*audited.LABELS, *audited.ABOUT}, row.action


def test_no_entry_has_anything_empty(team: Team) -> None:
    with writing():
        everything_audited(team)

    for line in lines(team):
        assert not line.endswith((":", " ")), line
        for bad in ("None", " , ", ":  ", "none, ", "→ ,", ", →", ": →"):
            assert bad not in line, line


def test_an_edited_member_is_told_field_by_field(team: Team) -> None:
    edit_all(team)

    assert last(team).startswith("*member edited* Bob: ")
    for part in (
        "name Bob → Robert",
        "number +13125550102 → +13125550122",
        "second number none → +13125550133",
        "→ Europe/Berlin",
        "→ <@U7>",
    ):
        assert part in last(team)
    assert "second number none → +1••••••••33" in last(team, full=False)
    assert "1312" not in last(team, full=False)


def test_changed_settings_are_told_one_by_one(team: Team) -> None:
    change_all(team)

    for part in (
        "*settings changed* Support: ",
        "name Support → Helpdesk",
        "→ <#C2>",
        "time zone America/Chicago → America/New_York",
        "SMS text the standard text → Hi {first}",
        "second-day SMS on → off",
        "weekly summary off → on",
        "time to confirm off → 10 min",
        "limit of SMS a day 200 → 100",
    ):
        assert part in last(team)


def test_a_member_who_becomes_a_contact_is_told_by_that_alone(team: Team) -> None:
    greg = person(team, "Greg")
    contacts.add_contact(
        team,
        "Greg",
        None,
        slack_user_id=greg.slack_user_id,
        time_zone=None,
        actor=ADMIN,
        now=NOW,
    )

    assert last(team) == "*escalation contact added* Greg: escalation contact no → yes"


def test_who_leaves_on_a_day_is_told_with_it(team: Team) -> None:
    leaving.leave_later(team, person(team, "Greg"), date(2026, 12, 24), actor=ADMIN, now=NOW)

    assert last(team) == "*member leaves* Greg: leaves on 2026-12-24"


def test_a_field_without_a_label_is_told_all_the_same(team: Team) -> None:
    with reading():
        row = AuditEntry(
            actor=ADMIN,
            action="x",
            created_at=NOW,
            before='{"new_field": 1}',
            after='{"new_field": 2}',
        )
        assert audited.entry(row, team, full=True).endswith("*x*: new field 1 → 2")
