"""A team file accepts what /oncall accepts, reports every mistake, and loses nothing."""

from datetime import timedelta
from itertools import count
from time import monotonic
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling.changes import checks, team_file, teams
from scheduling.changes.team_file import Problems
from scheduling.rota import queue, rotation, schedule
from storage.database import reading, writing
from storage.models import DAYS, AuditEntry, Member
from tests.builders import MONDAY, NOW, everything

pytestmark = pytest.mark.usefixtures("database_url")
ALICE = {"name": "Alice", "phone": "+13125550101"}
BOB = {"name": "Bob", "phone": "+13125550102"}


def a_file(**tables: Any) -> dict[str, Any]:
    """Return a small team file that is right, but for these tables."""
    return {"team": {"name": "Support"}, "members": [ALICE, BOB], **tables}


def problems(data: dict[str, Any], source: str = "") -> str:
    """Import what is wrong, see that nothing was changed, and return what was said."""
    before = everything()
    with pytest.raises(Problems) as caught:
        team_file.import_team(data, NOW, source=source)
    assert everything() == before
    return "\n".join(caught.value.lines)


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("slack", "@alice", "isn’t a Slack user id"),
        ("slack", "<@U0123456789>", "isn’t a Slack user id"),
        ("slack", "U1> <!channel> <@U2", "isn’t a Slack user id"),
        ("slack", "u0123456789", "isn’t a Slack user id"),
        ("slack", "C0123456789", "isn’t a Slack user id"),
        ("slack", "USERNAME", "isn’t a Slack user id"),
        ("time_zone", "Chicago", "Did you mean America/Chicago?"),
        ("time_zone", "Mars/X", "isn’t a time zone I know"),
        ("time_zone", "localtime", "isn’t a time zone I know"),
        ("time_zone", "../../etc/passwd", "isn’t a time zone I know"),
        ("name", "Alice\nYou won", "line break"),
        ("name", "Alice\u2028You won", "line break"),
        ("name", "\u200b", "isn’t a name"),
        ("name", "\u3164", "isn’t a name"),
        ("name", "42", "isn’t a name"),
        ("name", "A\u202elice", "invisible characters"),
        ("name", "A\0lice", "invisible characters"),
        ("name", "<!channel> *x*", "leave out mentions"),
        ("name", "@alice", "leave out mentions"),
        ("name", "x" * 81, "81 characters, and the limit is 80"),
        ("phone", "+13125550101 ext 23", "has an extension"),
        ("phone", "+1 900 555 0101", "premium-rate"),
        ("phone", "+8816 1234 5678", "satellite"),
        ("phone", "+13125550199", "the number I text from"),
        ("second", "+13125550199", "the number I text from"),
        ("second", "312-555-0101", "the same number as phone"),
        ("second", "nope", "isn’t a phone number"),
    ],
)
@pytest.mark.parametrize("table", ["members", "escalation"])
def test_a_person_is_checked_as_oncall_checks(
    table: str, field: str, value: str, error: str
) -> None:
    checks.we_send_from(lambda: ["+13125550199"])
    try:
        person = {**ALICE, field: value}
        said = problems(a_file(**{"members": [BOB], table: [person]}))
    finally:
        checks.we_send_from(tuple)

    assert f"[[{table}]] 1, {field}: " in said
    assert error in said


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("channel", "#support"),
        ("channel", "support"),
        ("channel", "<!channel> ../../x"),
        ("channel", "<#C0123456789>"),
        ("channel", "U0123456789"),
        ("name", "Sup\u202eport"),
        ("name", "Support\n<!here>"),
        ("notify_at", "8 o'clock"),
        ("time_zone", "Chicago"),
    ],
)
def test_the_team_is_checked_too(field: str, value: str) -> None:
    assert f"[team], {field}: " in problems(a_file(team={"name": "Support", field: value}))


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"name": "Zoe\u0308", "phone": "+13125550102"}, "the name Zoë is in the file twice"),
        ({"name": "ZOË", "phone": "+13125550102"}, "the name ZOË is in the file twice"),
        ({"name": "Ｚoë", "phone": "+13125550102"}, "is in the file twice"),
        ({"name": "Bob", "phone": "(312) 555-0101"}, "the phone +13125550101 is in the file twice"),
        (
            {"name": "Bob", "phone": "+13125550102", "slack": "U01"},
            "the Slack user U01 is in the file",
        ),
    ],
)
def test_two_members_who_look_the_same_are_refused(other: dict[str, str], error: str) -> None:
    first = {"name": "Zo\u00eb", "phone": "+13125550101"}
    if "slack" in other:
        first["slack"] = other["slack"]

    said = problems(a_file(members=[first, other]))

    assert error in said
    assert "[[members]] 2: " in said


def test_namesakes_whom_slack_tells_apart_are_taken() -> None:
    members = [{**ALICE, "slack": "U01"}, {**BOB, "name": "Alice", "slack": "U02"}]

    team_file.import_team(a_file(members=members), NOW)


def test_every_problem_has_its_line_number() -> None:
    source = (
        '[team]\nname = "Support"\n\n[[members]]\nname = "Alice"\nphone = "12"\nslack = "@alice"\n'
        '\n[[members]]\nname = "@bob"\nphone = "+13125550102"\ntime_zone = "Mars/X"\n'
    )
    members = [
        {"name": "Alice", "phone": "12", "slack": "@alice"},
        {"name": "@bob", "phone": "+13125550102", "time_zone": "Mars/X"},
    ]

    lines = problems(a_file(members=members), source).splitlines()

    assert [line.partition(": ")[0] for line in lines] == [
        "[[members]] 1 (line 4), phone",
        "[[members]] 1 (line 4), slack",
        "[[members]] 2 (line 9), name",
        "[[members]] 2 (line 9), time_zone",
    ]
    assert not any("`" in line for line in lines)


def test_problems_found_while_storing_are_reported_together() -> None:
    said = problems(
        a_file(
            settings={"confirm": 999},
            escalation=[
                {"name": "Dana", "phone": "+13125550101", "slack": "U09"},
                {**BOB, "second": "+13125550177"},
            ],
        )
    )

    assert "[[escalation]] 1: +1••••••••01 is already Alice’s number" in said
    assert "[[escalation]] 2: Bob is a member with a different second number. Give the same" in said
    assert "[settings], confirm: The time to confirm must be 1 to 120 minutes" in said


def test_national_numbers_are_those_of_the_teams_country() -> None:
    berlin = {"name": "Support", "time_zone": "Europe/Berlin"}
    team = team_file.import_team(
        a_file(team=berlin, members=[{"name": "Alice", "phone": "030 901820"}]), NOW
    )

    with reading():
        assert [member.phone for member in Member.of_team(team)] == ["+4930901820"]


def test_our_senders_country_comes_before_the_zones() -> None:
    checks.we_send_from(lambda: ["+13125550199"])
    try:
        assert checks.country("Europe/Berlin") == "US"
        assert checks.check_phone("312 555 0101", "Europe/Berlin") == "+13125550101"
        checks.we_send_from(lambda: ["+13125550199", "+442079460018"])
        assert checks.country("Europe/Berlin") == "DE"
    finally:
        checks.we_send_from(tuple)
    assert checks.country("US/Central") == "US"
    assert checks.country("Etc/UTC") is None


def test_an_escalation_contacts_second_number_is_kept() -> None:
    dana = {"name": "Dana", "phone": "+13125550112", "second": "+13125550113", "slack": "U09"}

    team = team_file.import_team(a_file(escalation=[dana]), NOW)

    assert team_file.export_team(team, NOW)["escalation"] == [dana]
    with reading():
        (contact,) = queue.escalation_contacts(team)
    assert contact.second_phone == "+13125550113"


def test_two_thousand_members_take_seconds_and_it_says_how_far_it_is() -> None:
    members = [
        {"name": f"Person {place}", "phone": f"+1312200{place:04}", "slack": f"U0{place:05}"}
        for place in range(2000)
    ]
    shifts = [{"number": n, "day": day, "hours": 24} for n, day in enumerate(DAYS, start=1)]
    lines: list[str] = []
    began = monotonic()

    team = team_file.import_team(a_file(members=members, shifts=shifts), NOW, progress=lines.append)

    assert monotonic() - began < 30  # some two on an idle machine
    assert lines[:2] == ["Read 2,000 members and 7 shifts.", "Stored 2,000 members."]
    assert len(lines) == 9
    with reading():
        assert Member.select().where(Member.team == team, Member.is_active).count() == 2000
        assert AuditEntry.select().where(AuditEntry.action == "member added").count() == 2000
    assert [
        schedule.members_by_id(team)[one].name for one in schedule.on_call(team, NOW).members
    ] == []


# --- there and back -----------------------------------------------------------------------------

letters = st.characters(categories=("L", "Nd", "Zs", "Mn", "So"), exclude_characters="<>`*~|")
names = st.text(letters, min_size=1, max_size=30).map(lambda text: f"A {text}")
phones = st.integers(0, 9999).map(lambda number: f"+1312200{number:04}")
zones = st.sampled_from(["America/Chicago", "Europe/Berlin", "Asia/Kolkata"])
people = st.fixed_dictionaries(
    {"name": names, "phone": phones},
    optional={
        "slack": st.integers(0, 99).map("U0{}".format),
        "time_zone": zones,
        "second": st.integers(0, 9999).map(lambda number: f"+1312201{number:04}"),
    },
)
files = st.fixed_dictionaries(
    {
        "team": st.fixed_dictionaries(
            {},
            optional={
                "time_zone": zones,
                "notify_at": st.sampled_from(["00:00", "07:30", "23:59"]),
                "strategy": st.sampled_from(["circular", "round_robin"]),
            },
        ),
        "members": st.lists(people, max_size=6),
        "escalation": st.lists(people, max_size=3),
        "shifts": st.lists(
            st.fixed_dictionaries(
                {
                    "number": st.integers(1, 99),
                    "day": st.sampled_from(DAYS),
                    "hours": st.integers(1, 168),
                },
                optional={"start": st.sampled_from(["00:00", "08:00", "17:45"])},
            ),
            max_size=4,
        ),
    },
    optional={
        "settings": st.fixed_dictionaries(
            {},
            optional={
                "sms": st.sampled_from(["Hi {first}", "Zoë 🎉 {until}"]),
                "second_day": st.booleans(),
                "confirm": st.integers(1, 120),
                "summary": st.booleans(),
                "sms_cap": st.integers(10, 10_000),
                "weeks_ahead": st.integers(1, 12),
            },
        )
    },
)


def test_an_exported_team_is_imported_unchanged() -> None:
    number, taken = count(), 0

    @settings(max_examples=80, suppress_health_check=list(HealthCheck))
    @given(files, st.booleans())
    def run(data: dict[str, Any], has_channel: bool) -> None:
        nonlocal taken
        data["team"]["name"] = f"Team {next(number)}"
        if has_channel:
            data["team"]["channel"] = f"C0{next(number)}"
        try:
            team = team_file.import_team(data, NOW)
        except Problems:
            return
        taken += 1
        exported = team_file.export_team(team, NOW)
        names = [checks.check_name(one["name"]) for one in data["members"]]
        assert [one["name"] for one in exported["members"]] == names
        phones = {one["phone"] for one in [*data["members"], *data["escalation"]]}
        stored = exported["members"] + exported.get("escalation", [])
        assert {one["phone"] for one in stored} <= phones
        assert len(exported.get("escalation", [])) == len(data["escalation"])

        copy = {**exported, "team": {**exported["team"], "name": f"Copy {next(number)}"}}
        if has_channel:
            copy["team"]["channel"] = f"C0{next(number)}"
        again = team_file.export_team(team_file.import_team(copy, NOW), NOW)
        assert again == copy

    run()
    assert taken > 20


def test_a_team_that_had_another_strategy_rotates_by_the_one_of_the_file() -> None:
    with writing():
        team = teams.make(
            name="Support", channel=None, time_zone="UTC", notify_at="08:00", actor="U1", now=NOW
        )
    teams.change(team, {"strategy": "round_robin"}, actor="U1", now=NOW)

    imported = team_file.import_team(a_file(), NOW)

    assert imported.strategy == "circular"
    with reading():
        rule = schedule.team_rule(imported)
    assert rotation.strategy_at(rule, MONDAY + timedelta(weeks=4)) == "circular"
