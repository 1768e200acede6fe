"""The audit log in sentences: every changed field with its old value, and nothing empty."""

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
    order,
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
    """Return the entries as people read them, oldest first, without the time."""
    with reading():
        rows = list(AuditEntry.select().where(AuditEntry.team == team).order_by(AuditEntry.id))
        said = [audited.entry(row, team, full=full) for row in rows]
    return [line.partition("M: ")[2] for line in said]


def last(team: Team, *, full: bool = True) -> str:
    return lines(team, full=full)[-1]


def everything_audited(team: Team) -> None:
    """Do everything that makes an entry."""
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
    order.reorder(team, queue[::-1], actor=ADMIN, now=NOW)
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
    undo.undo_change(team, "a change", "[]", {}, actor=ADMIN, now=NOW)


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
    """Carol enters a new number of hers."""
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
    """Return the names of all audited actions, as found in the code."""
    found = set()
    for file in SCHEDULING.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "AuditEntry.record":
                action = node.args[2]
                assert isinstance(action, ast.Constant), f"{file.name}: {ast.unparse(node)}"
                found.add(str(action.value))
    return found


def test_every_audited_operation_has_a_sentence_and_its_fields_are_said(team: Team) -> None:
    with writing():
        everything_audited(team)

    with reading():
        rows = list(AuditEntry.select())
    assert {row.action for row in rows} == recorded(), "do here what else is audited"
    assert recorded() == audited.ACTIONS.keys()
    for row in rows:
        for facts in (row.before, row.after):
            keys = json.loads(facts or "{}").keys()
            assert keys <= {*audited.LABELS, *audited.SAID}, row.action


def test_no_entry_has_anything_empty(team: Team) -> None:
    with writing():
        everything_audited(team)

    for line in lines(team):
        assert not line.endswith((":", " ")), line
        for bad in ("None", " , ", ":  ", "()", "’s (", " now on"):
            assert bad not in line, line


def test_each_entry_is_a_sentence(team: Team) -> None:
    with writing():
        everything_audited(team)

    said = "\n".join(lines(team))
    for sentence in (
        "added Zoe starting Mon Nov 30, in position 8: time zone UTC, number +1 312-555-0177, "
        "Slack user <@U9>",
        "made Greg an escalation contact",
        "removed Greg as an escalation contact",
        "scheduled Greg to leave on Thu Dec 24",
        "kept Greg in the rotation (was leaving on Thu Dec 24)",
        "removed Greg from the rotation",
        "made override 1 (Alice, Fri Nov 27, 2:00 PM to 6:00 PM). Reason: gym",
        "changed override 1: reason to none (was gym)",
        "canceled override 1 (Alice, Fri Nov 27, 2:00 PM to 6:00 PM)",
        "added shift 9 (Sundays 8:00 AM, 2 h)",
        "changed shift 9 to Sundays 8:00 AM, 3 h (was Sundays 8:00 AM, 2 h)",
        "removed shift 9 (Sundays 8:00 AM, 3 h)",
        "replaced the shifts: Mondays 8:00 AM, 1 day (was Mondays 8:00 AM, 1 day; Tuesdays",
        "changed Carol’s number to +1 312-555-0144 (was +1 312-555-0103)",
        "agreed to get texts: number +1 312-555-0144",
        "made <@U8> a lead",
        "removed <@U8> as a lead",
        "undid “a change”",
    ):
        assert sentence in said


def test_an_edited_member_is_shown_field_by_field(team: Team) -> None:
    edit_all(team)

    assert last(team).startswith("<@U0ALICE00> changed Bob’s name to Robert (was Bob), ")
    for part in (
        "number to +1 312-555-0122 (was +1 312-555-0102)",
        "second number to +1 312-555-0133 (was none)",
        "time zone to Europe/Berlin",
        "Slack user to <@U7>",
    ):
        assert part in last(team)
    assert "second number to +1••••••••33 (was none)" in last(team, full=False)
    assert "312" not in last(team, full=False)


def test_changed_settings_are_shown_one_by_one(team: Team) -> None:
    change_all(team)

    assert last(team).startswith("<@U0ALICE00> changed the ")
    for part in (
        "name to Helpdesk (was Support)",
        "channel to <#C2>",
        "time zone to America/New_York (was America/Chicago)",
        "notify time to 7:30 AM (was 8:00 AM)",
        "rotation to next person takes next shift (was shift by one each week)",
        "morning text to “Hi {first}” (was the standard one)",
        "second-day text to off (was on)",
        "weekly summary to on (was off)",
        "time to confirm to 10 min (was off)",
        "text limit to 100 (was 200)",
    ):
        assert part in last(team)


def test_for_a_member_who_becomes_a_contact_only_that_is_shown(team: Team) -> None:
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

    assert last(team) == "<@U0ALICE00> made Greg an escalation contact"


def test_an_unknown_action_with_an_unknown_field_is_shown_all_the_same(team: Team) -> None:
    with reading():
        row = AuditEntry(
            actor=ADMIN,
            action="x",
            created_at=NOW,
            before='{"new_field": 1}',
            after='{"new_field": 2}',
        )
        assert audited.entry(row, team, full=True).endswith("x: new field to 2 (was 1)")


def test_shifts_that_an_older_entry_has_as_text_are_shown(team: Team) -> None:
    with reading():
        row = AuditEntry(
            actor=ADMIN,
            action="shifts replaced",
            created_at=NOW,
            before='{"shifts": []}',
            after='{"shifts": ["Monday 08:00, 24 h"]}',
        )
        said = audited.entry(row, team, full=True)
    assert said.endswith("set the shifts: Monday 08:00, 24 h")
