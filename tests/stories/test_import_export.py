"""A team imported from a file, and exported to one."""

import tomllib
from pathlib import Path

import pytest

from tests.stories.command_line import ROOT, run_bot

EXAMPLE = ROOT / "examples" / "support-team.toml"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"DATABASE_URL": f"sqlite:///{tmp_path / 'bot.db'}"}


def test_what_is_exported_is_what_was_imported(tmp_path: Path, environment: dict[str, str]) -> None:
    done = run_bot("import", str(EXAMPLE), environment=environment, fresh=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Imported the team Support." in done.stdout

    exported = run_bot("export", environment=environment, fresh=True)
    assert exported.returncode == 0
    team = tomllib.loads(exported.stdout)
    example = tomllib.loads(EXAMPLE.read_text())
    assert [member["name"] for member in team["members"]] == [
        member["name"] for member in example["members"]
    ]
    assert [shift["hours"] for shift in team["shifts"]] == [24, 48, 24, 24, 24, 24]

    # And it goes in again, elsewhere.
    copy = tmp_path / "copy.toml"
    copy.write_text(exported.stdout)
    elsewhere = {"DATABASE_URL": f"sqlite:///{tmp_path / 'other.db'}"}
    assert run_bot("import", str(copy), environment=elsewhere).returncode == 0
    assert run_bot("export", environment=elsewhere).stdout == exported.stdout


def test_second_phones_contacts_and_settings_are_kept(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    more = (
        '[settings]\nsms = "Hi {first}"\nsecond_day = false\nconfirm = 10\nsummary = true\n'
        "sms_cap = 500\nweeks_ahead = 12\n\n"
        '[[escalation]]\nname = "Dana Boss"\nphone = "+13125550112"\n\n'
        '[[escalation]]\nname = "Greg"\nphone = "+13125550107"\n\n[[members]]'
    )
    content = EXAMPLE.read_text().replace("[[members]]", more, 1)
    content = content.replace('"+13125550101"', '"+13125550101"\nsecond = "+13125550121"', 1)
    file = tmp_path / "team.toml"
    file.write_text(content)
    done = run_bot("import", str(file), environment=environment)
    assert (done.returncode, done.stderr) == (0, "")

    exported = run_bot("export", environment=environment).stdout
    team, given = tomllib.loads(exported), tomllib.loads(content)
    assert team["settings"] == given["settings"]
    assert team["members"][0]["second"] == "+13125550121"
    assert {one["name"] for one in team["escalation"]} == {"Dana Boss", "Greg"}
    copy = tmp_path / "copy.toml"
    copy.write_text(exported)
    elsewhere = {"DATABASE_URL": f"sqlite:///{tmp_path / 'other.db'}"}
    assert run_bot("import", str(copy), environment=elsewhere).returncode == 0
    assert run_bot("export", environment=elsewhere).stdout == exported


def test_a_team_is_imported_once(environment: dict[str, str]) -> None:
    run_bot("import", str(EXAMPLE), environment=environment)
    again = run_bot("import", str(EXAMPLE), environment=environment)
    assert again.returncode == 1
    assert "Support" in again.stderr
    assert "Nothing was imported." in again.stderr


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[team", "is not TOML"),
        ("", "name"),
        ('[team]\nname = "A"\n[[members]]\nname = "Alice"\nphone = "12"\n', "phone"),
        (
            '[team]\nname = "A"\n[[shifts]]\nnumber = 1\nday = "Someday"\nstart = "8"\nhours = 0\n',
            "Tuesday",
        ),
        ('[team]\nname = "A"\n[settings]\nconfirm = "soon"\n', "confirm must be a number"),
        ('[team]\nname = "A"\n[settings]\nconfirm = 999\n', "1 to 120 minutes"),
        ('[team]\nname = "A"\n[[escalation]]\nname = "B"\nphone = "12"\n', "phone number"),
        (
            '[team]\nname = "A"\n[[members]]\nname = "Al\u200bice"\nphone = "+13125550101"\n',
            "The name “Alice” contains a line break or invisible characters. Type it again instead "
            "of pasting it, for example Alice Doe.",
        ),
        (
            '[team]\nname = "A"\n[[members]]\nname = "Bob"\nphone = "+13125550102"\n'
            '[[escalation]]\nname = "Bob"\nphone = "+13125550102"\nsecond = "+13125550177"\n',
            "[[escalation]] 1 (line 6): Bob is a member with a different second number. Give the "
            "same one, or leave it out here.",
        ),
    ],
)
def test_a_file_that_is_wrong_says_where(
    tmp_path: Path, environment: dict[str, str], content: str, expected: str
) -> None:
    file = tmp_path / "team.toml"
    file.write_text(content)
    done = run_bot("import", str(file), environment=environment)
    assert done.returncode == 1
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    nothing = run_bot("export", environment=environment)
    assert nothing.returncode == 1
    assert "There’s no team yet." in nothing.stderr


def test_an_empty_text_is_the_standard_one(tmp_path: Path) -> None:
    file = tmp_path / "team.toml"
    file.write_text('[team]\nname = "Support"\n[settings]\nsms = ""\n', encoding="utf-8")

    done = run_bot("import", str(file), environment={"DATABASE_URL": f"sqlite:///{tmp_path}/x.db"})

    assert done.returncode == 0, done.stderr


def test_every_wrong_setting_is_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "team.toml"
    file.write_text(
        '[team]\nname = "Support"\n[settings]\nconfirm = 0\nweeks_ahead = 500\nsms_cap = 1\n'
        'sms = "Hi {nope}"\nsecond_day = "yes"\n',
        encoding="utf-8",
    )

    done = run_bot("import", str(file), environment={"DATABASE_URL": f"sqlite:///{tmp_path}/x.db"})

    assert done.returncode == 1
    for wrong in (
        "[settings], confirm: ",
        "1 to 104 weeks",
        "10 to 10000",
        "[settings], sms: I don’t know {nope}",
        "[settings] second_day must be true or false",
    ):
        assert wrong in done.stderr


def test_a_file_that_is_not_there(environment: dict[str, str]) -> None:
    done = run_bot("import", "nowhere.toml", environment=environment)
    assert done.returncode == 1
    assert "nowhere.toml does not exist." in done.stderr


def test_health_without_a_database(environment: dict[str, str]) -> None:
    done = run_bot("health", environment=environment)
    assert done.returncode == 1
    assert "Can’t read the heartbeat" in done.stderr
    assert "Traceback" not in done.stderr
