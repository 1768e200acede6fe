"""Teams: the first one, and teams from and to a file."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from scheduling.changes import team_file, teams
from scheduling.changes.team_file import Problems
from scheduling.rota import rotation, schedule
from storage.database import reading
from storage.models import Member, Shift, Team
from tests.builders import CAST, NOW, chicago, everything, join, support_team

pytestmark = pytest.mark.usefixtures("database_url")
EXAMPLE = Path(__file__).parents[2] / "examples" / "support-team.toml"


def a_file() -> dict[str, Any]:
    """Return a small team file that is right."""
    return {
        "team": {"name": "Support", "channel": "C0SUPPORT"},
        "members": [{"name": "Alice", "phone": "+13125550101"}],
        "shifts": [{"number": 1, "day": "Monday", "start": "08:00", "hours": 168}],
    }


def problems(data: dict[str, Any]) -> list[str]:
    """Import what is wrong, see that nothing was changed, and return what was said."""
    before = everything()
    with pytest.raises(Problems) as caught:
        team_file.import_team(data, NOW)
    assert everything() == before
    return caught.value.lines


def make_first(name: str, channel: str | None) -> None:
    teams.make_first(name, channel, time_zone="Europe/Berlin", notify_at="07:30", now=NOW)


def test_the_first_start_makes_the_team_of_the_settings_and_the_next_leaves_it() -> None:
    make_first("Support", None)
    with reading():
        assert Team.select().count() == 0

    make_first("Support", "C0SUPPORT")
    make_first("Another", "C0OTHER")

    with reading():
        (team,) = Team.select()
    assert (team.name, team.channel_id, team.notify_at) == ("Support", "C0SUPPORT", "07:30")
    assert team.anchor == rotation.monday_of(NOW, schedule.zone_of(team))


def test_the_example_file_is_the_specifications_week() -> None:
    team = team_file.import_team(tomllib.loads(EXAMPLE.read_text(encoding="utf-8")), NOW)

    with reading():
        assert tuple(member.name for member in Member.of_team(team)) == CAST
        assert len(Shift.in_force(team)) == 6
    people = schedule.members_by_id(team)
    found = schedule.segments(team, chicago("2026-11-23 08:00"), chicago("2026-11-30 08:00"))
    assert [people[segment.members[0]].name for segment in found] == list(CAST[:6])


def test_an_exported_team_can_be_imported_unchanged() -> None:
    team = support_team()
    join(team, "Heidi", "+13125550108", NOW + timedelta(days=2))
    data = team_file.export_team(team, NOW + timedelta(days=2))
    assert [member["name"] for member in data["members"]] == [*CAST, "Heidi"]

    data["team"] |= {"name": "Copy", "channel": "C0COPY"}
    copy = team_file.import_team(data, NOW)

    again = team_file.export_team(copy, NOW)
    assert again == data


def test_a_team_made_by_the_settings_takes_the_file() -> None:
    make_first("Support", "C0FIRST")
    data = a_file()
    del data["team"]["channel"]
    data["team"]["time_zone"] = "America/Chicago"

    team = team_file.import_team(data, NOW)

    assert (team.channel_id, team.time_zone, team.notify_at) == (
        "C0FIRST",
        "America/Chicago",
        "08:00",
    )
    with reading():
        assert Team.select().count() == 1


def test_a_team_with_people_is_not_imported_over() -> None:
    support_team()

    (line,) = problems(a_file())

    assert "has members or shifts already; nothing was imported" in line
    assert "another name" in line


def test_everything_that_is_wrong_is_said_at_once() -> None:
    lines = problems(
        {
            "team": {
                "time_zone": "America/Chicagoo",
                "strategy": "random",
                "notify_at": "8",
                "colour": "red",
            },
            "members": [
                {"name": "Alice", "phone": "+13125550101"},
                {"name": "Bob", "phone": "+13125550101"},
                {"phone": "312 555 010"},
            ],
            "shifts": [
                {"number": 1, "day": "Caturday", "hours": 24},
                {"number": 1, "day": "monday", "hours": 169, "start": "25:00"},
            ],
            "extra": 1,
        }
    )

    for place, expected in enumerate(
        [
            "the file: 'extra' is unknown. Known are escalation, members, settings, shifts, team.",
            "[team]: 'colour' is unknown.",
            "[team], time_zone: “America/Chicagoo” isn’t a time zone I know. Write it like",
            "strategy must be one of circular, round_robin; it is 'random'.",
            "[team], notify_at: “8” isn’t a time. Write it like 08:00.",
            "[team]: name is missing",
            "[[members]] 3: name is missing",
            "[[members]] 3, phone: “312 555 010” isn’t a phone number I can text.",
            "[[members]] 2: the phone +13125550101 is in the file twice, first for Alice",
            "[[shifts]] 1: 'Caturday' isn’t a day. Write it like Tuesday.",
            "[[shifts]] 2: shift 1 is in the file twice.",
            "[[shifts]] 2: hours must be a number from 1 to 168.",
            "[[shifts]] 2: '25:00' isn’t a time. Write it like 08:00.",
        ]
    ):
        assert expected in lines[place]
    assert len(lines) == 13


@pytest.mark.parametrize(
    "change",
    [
        {"team": None},
        {"team": "Support"},
        {"members": "Alice"},
        {"members": ["Alice"]},
        {"shifts": 6},
        {"team": {"name": 7}},
        {"team": {"name": "  "}},
        {"team": {"name": "S", "time_zone": ""}},
        {"team": {"name": "S", "time_zone": "../etc/passwd"}},
        {"team": {"name": "S", "time_zone": "Europe"}},
        {"team": {"name": "S", "time_zone": "a\0b"}},
        {"team": {"name": "S", "notify_at": 8}},
        {"members": [{"name": "Alice", "phone": 13125550101}]},
        {"shifts": [{"number": True, "day": "Monday", "hours": 24}]},
        {"shifts": [{"number": 1, "day": "Monday", "hours": "24"}]},
        {"shifts": [{"number": 1, "day": 1, "hours": 24}]},
        {"shifts": [{"number": 100, "day": "Monday", "hours": 24}]},
        {"shifts": [{"number": 1, "day": "Monday", "hours": 24, "start": "08:00:30"}]},
        {"shifts": [{"number": 1, "day": "Monday", "hours": 24, "start": "0800"}]},
    ],
)
def test_however_strange_the_file_is_it_is_answered_in_words(change: dict[str, Any]) -> None:
    assert all(problems({**a_file(), **change}))


def test_two_members_with_one_slack_user_are_refused_and_nothing_is_left() -> None:
    data = a_file()
    data["members"] = [
        {"name": "Alice", "phone": "+13125550101", "slack": "U0ALICE"},
        {"name": "Bob", "phone": "+13125550102", "slack": "U0ALICE"},
    ]

    assert "U0ALICE is in the file twice, first for Alice" in problems(data)[0]
