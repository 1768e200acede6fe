"""The documentation says what the code does: settings, subcommands, targets, scopes, links."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from slack_sdk import WebClient

from bot.check import SCOPES
from bot.live.docs import PAGE, with_table
from bot.settings import Settings, SettingsProblem
from bot.slack.app import build_commands
from bot.slack.command import Section
from bot.slack.typed import COMMAND
from run_bot import cli
from scheduling.changes import settings, team_file
from scheduling.channels.twilio.codes import REASONS
from scheduling.delivery import timetable
from scheduling.words.sms import PLACEHOLDERS
from storage.models import Team
from tests.chaos.plans import ROWS
from tests.docs import samples
from tests.docs.documented import COMMANDS, documented_commands
from tests.docs.environments import COMPLETE

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
MOST_OF_THE_README = 200  # lines


def text(file: Path) -> str:
    """Return a file's text."""
    return file.read_text(encoding="utf-8")


PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted(DOCS.rglob("*.md")),
]
README = text(ROOT / "README.md")
CONTRIBUTING = text(ROOT / "CONTRIBUTING.md")
SETTINGS = text(DOCS / "settings.md")
SLACK = text(DOCS / "slack.md")
RELIABILITY = DOCS / "reliability.md"
# What the original specification's web API offers.
ENDPOINTS = {
    "GET /team-members/",
    "POST /team-members/",
    "GET /team-members/{id}",
    "PUT /team-members/{id}",
    "DELETE /team-members/{id}",
    "GET /team-members/{id}/history",
    "GET /shifts/",
    "POST /shifts/",
    "PUT /shifts/{id}",
    "DELETE /shifts/{id}",
    "GET /schedule/current",
    "GET /schedule/upcoming",
    "POST /schedule/generate",
    "PUT /schedule/{id}",
    "GET /schedule/by-date",
    "GET /notifications/",
    "POST /notifications/send-test",
    "GET /notifications/{id}",
    "GET /health",
    "GET /docs",
    "GET /redoc",
}


class Watched(Mapping[str, str]):
    """An environment that remembers which variables were asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def settings_read() -> set[str]:
    """Return the names that the settings read, those of files (X_FILE) as X."""
    found: set[str] = set()
    for more in ({}, {"TWILIO_API_KEY": "SK1", "TWILIO_API_SECRET": "secret"}):
        environment = Watched({**COMPLETE, **more})
        Settings.from_environment(environment)
        found |= environment.asked
    return {name for name in found if name.removesuffix("_FILE") not in found - {name}}


def required() -> set[str]:
    """Return the names without which there are no settings."""
    with pytest.raises(SettingsProblem) as problem:
        Settings.from_environment({})
    return {line.split()[0] for line in problem.value.problems}


def defaults() -> dict[str, str]:
    """Return the default of each setting that has one."""
    settings = Settings.from_environment(COMPLETE)
    assert settings.slack_api_url is None
    assert settings.sms.api_url is None
    return {
        "SLACK_API_URL": WebClient.BASE_URL,
        "DATABASE_URL": settings.database_url,
        "ONCALL_TEAM": settings.team,
        "ONCALL_TIMEZONE": settings.time_zone,
        "ONCALL_NOTIFY_AT": settings.notify_at,
        "LOG_LEVEL": settings.log_level,
        "ONCALL_TEAMS_BY": settings.teams_by,
        "LOG_FORMAT": settings.log_format,
    }


def table(page: str, first_column: str) -> dict[str, list[str]]:
    """Return a table's rows, cells by what is in backticks in the first one."""
    lines = iter(page.splitlines())
    assert any(line.startswith(f"| {first_column} |") for line in lines), first_column
    next(lines)
    found = {}
    for line in lines:
        if not line.startswith("|"):
            break
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        for name in re.findall(r"`([^`]+)`", cells[0]):
            found[name] = cells[1:]
    return found


def without_code(page: str) -> str:
    return re.sub(r"```.*?```", "", page, flags=re.DOTALL)


# --- settings ---------------------------------------------------------------------------------


def test_the_table_of_settings_is_complete_and_tells_the_defaults() -> None:
    rows = table(SETTINGS, "variable")

    assert rows.keys() == settings_read()
    assert {name for name, cells in rows.items() if cells[0] == "required"} == required()
    said = {name: cells[0].strip("`") for name, cells in rows.items() if "`" in cells[0]}
    assert said == defaults()
    assert {cells[0] for cells in rows.values() if "`" not in cells[0]} == {"required", "none"}


def test_the_example_environment_is_complete_and_shows_the_defaults() -> None:
    example = text(ROOT / ".env.example")
    lines = re.findall(r"^(#?)([A-Z_]+)=(.*)$", example, re.MULTILINE)
    names = [name for _, name, _ in lines]

    assert len(names) == len(set(names))
    assert set(names) == settings_read()
    assert {name for mark, name, _ in lines if not mark} == required()
    shown = {name: value for _, name, value in lines if name in defaults()}
    assert shown == defaults()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_names_a_setting_that_does_not_exist(page: Path) -> None:
    named = set(re.findall(r"\b(?:SLACK|TWILIO|ONCALL|LOG|DATABASE)_[A-Z_]+\b", text(page)))

    assert {name.removesuffix("_FILE") for name in named} <= settings_read()


# --- commands ---------------------------------------------------------------------------------


def test_what_the_readme_shows_of_the_commands_is_typed_so() -> None:
    commands = build_commands()
    rows = table(README, "command")

    assert rows.keys() <= {one.usage for one in commands}
    for usage, cells in rows.items():
        example = cells[-1].strip("`").removeprefix(COMMAND)
        assert commands.find(example)[0].usage == usage


def test_every_subcommand_is_in_the_list_of_commands_as_it_is_typed_and_for_whom() -> None:
    commands = build_commands()
    rows = documented_commands()

    assert rows.keys() == {one.usage for one in commands}
    for one in commands:
        who, example, *_ = rows[one.usage]
        assert commands.find(example.strip("`").removeprefix(COMMAND))[0] is one
        assert (who == "leads") == one.for_leads, one.usage
        assert (who == "makers") == one.makes_team, one.usage


def test_each_button_in_the_list_of_commands_is_called_so() -> None:
    code = "\n".join(
        text(file) for room in ("bot", "scheduling") for file in (ROOT / room).rglob("*.py")
    )
    said = {
        label
        for cells in documented_commands().values()
        for label in re.findall(r"`([^`]+)`", " ".join(cells[2:]))
        if not label.startswith(COMMAND)
    }

    assert said
    assert {label for label in said if f'"{label.rstrip("0123456789")}' not in code} == set()


@pytest.mark.parametrize("section", Section)
def test_the_list_of_commands_has_the_sections_of_the_help(section: Section) -> None:
    _, _, rest = COMMANDS.partition(f"\n## {section}\n")
    listed = rest.partition("\n## ")[0]

    assert documented_commands(listed).keys() == {
        one.usage for one in build_commands() if one.section is section
    }


def test_every_endpoint_of_the_specification_has_a_command() -> None:
    rows = table(text(DOCS / "specification.md"), "endpoint")

    assert rows.keys() == ENDPOINTS
    for endpoint, (command, *_) in rows.items():
        assert re.search(r"`(/oncall [a-z]|run_bot\.py health)", command), endpoint


def test_the_placeholders_of_an_sms_are_all_documented() -> None:
    rows = table(SETTINGS, "placeholder")

    assert rows == {f"{{{name}}}": [meaning] for name, meaning in PLACEHOLDERS.items()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_shows_a_command_that_is_not_understood(page: Path) -> None:
    commands = build_commands()

    for typed in re.findall(rf"`{COMMAND}([^`]*)`", without_code(text(page))):
        commands.find(typed.replace("\\|", "|"))


def test_each_setting_of_a_team_is_documented_with_its_default_and_an_example() -> None:
    rows = table(SETTINGS, "setting")

    assert rows.keys() == {one.word or one.column for one in settings.SETTINGS}
    for name, (meaning, _, example, _) in rows.items():
        assert meaning, name
        word = settings.BY_WORD.get(name)
        expected = f"`{COMMAND} settings {name} " if word else f"`{COMMAND} "
        assert example.startswith(expected), name
    for name, (_, at_first, *_) in rows.items():
        if at_first in {"on", "off"}:
            column = settings.BY_WORD[name].column
            assert bool(Team._meta.fields[column].default) == (at_first == "on"), name


def test_the_settings_of_a_team_file_are_all_documented() -> None:
    said = {cells[-1].strip("`") for cells in table(SETTINGS, "setting").values()} - {"–"}

    assert said == team_file.SETTINGS.keys()


def test_every_command_of_the_command_line_is_documented_and_exists() -> None:
    exist = {one.name or one.callback.__name__ for one in cli.registered_commands if one.callback}
    everywhere = "\n".join(text(page) for page in PAGES)

    assert set(re.findall(r"run_bot\.py ([a-z]+)\b", everywhere)) == exist
    rows = table(text(DOCS / "operations.md"), "command")
    assert rows.keys() == {f"run_bot.py {name}" for name in exist}


def test_every_make_target_is_documented_and_exists() -> None:
    makefile = text(ROOT / "Makefile")
    exist = set(re.findall(r"^([a-z]+):.*##", makefile, re.MULTILINE))
    said = {
        target
        for page in PAGES
        for target in re.findall(r"(?:`|^)make ([a-z]+)(?=`|$| [A-Z]+=)", text(page), re.MULTILINE)
    }

    assert said == exist
    assert "\nmake test\n" in README
    assert "\nmake demo\n" in README


# --- pages ------------------------------------------------------------------------------------


def links(page: Path) -> list[str]:
    """Return where a page links to: relative paths, addresses, anchors."""
    return re.findall(r"\]\(([^)\s]+)\)", without_code(text(page)))


def test_the_readme_is_read_in_a_few_minutes() -> None:
    assert len(README.splitlines()) <= MOST_OF_THE_README


def test_every_page_is_reached_from_the_readme() -> None:
    reached, ahead = set[Path](), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in reached:
            continue
        reached.add(page)
        if page.is_dir():
            ahead += page.iterdir()
        elif page.suffix == ".md":
            targets = (link.partition("#")[0] for link in links(page) if "://" not in link)
            ahead += [(page.parent / target).resolve() for target in targets if target]

    assert {page for page in DOCS.rglob("*") if page.is_file()} <= reached


# --- the rest ---------------------------------------------------------------------------------


def test_the_scopes_that_are_explained_are_those_of_the_manifest() -> None:
    manifest = json.loads(text(ROOT / "manifest.json"))

    assert table(SLACK, "scope").keys() == set(manifest["oauth_config"]["scopes"]["bot"])
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == SCOPES
    for event in manifest["settings"]["event_subscriptions"]["bot_events"]:
        assert f"`{event}`" in SLACK
    request = re.search(r"Scopes: (.+?)\.", SLACK.replace("\n> ", ""), re.DOTALL)
    assert request, "the message to the admin lists the scopes"
    assert set(re.findall(r"[a-z_]+(?::[a-z]+)?", request[1])) == SCOPES


def test_every_dependency_is_in_the_list_with_a_reason() -> None:
    project = tomllib.loads(text(ROOT / "pyproject.toml"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    rows = table(CONTRIBUTING, "package")

    assert rows.keys() == {re.split(r"[<>=~!\[ ;]", one)[0] for one in wanted}
    assert all(cells[0] for cells in rows.values())


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", without_code(text(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_relative_links_and_anchors_resolve(page: Path) -> None:
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_nothing_is_left_for_later(page: Path) -> None:
    assert not re.search(r"\b(?:TODO|FIXME|XXX|TBD)\b", text(page))


def test_decisions_are_numbered_in_a_row_and_short() -> None:
    records = sorted((DOCS / "decisions").glob("*.md"))

    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        lines = text(record).splitlines()
        assert lines[0].startswith(f"# {int(record.name[:4])}. ")
        assert [line for line in lines if line.startswith("## ")] == [
            "## Context",
            "## Decision",
            "## What it costs",
        ]
        assert len(lines) < 40


def test_the_effect_of_each_of_twilios_codes_is_documented() -> None:
    rows = re.findall(
        r"^\| (\d{5,6}) \| (\w+) \| (\S+) \| (.+) \|$", text(RELIABILITY), re.MULTILINE
    )

    assert {int(code): said for code, *said in rows} == {
        code: [known.outcome, known.fault or "–", known.words or "Twilio’s own words"]
        for code, known in REASONS.items()
    }


def test_the_table_of_open_questions_is_made_from_the_live_checks() -> None:
    page = text(PAGE)

    assert with_table(page) == page, "write it with: python -m bot.live.docs"


def test_what_is_tried_when_is_what_the_policy_says() -> None:
    page = text(RELIABILITY)

    assert timetable.with_table(page) == page, (
        "write it with: python -m scheduling.delivery.timetable"
    )


def test_the_table_of_the_crash_tests_is_whole_and_clean() -> None:
    table = text(RELIABILITY).split("<!-- chaos -->")[1].split("<!-- /chaos -->")[0]
    lines = [
        [cell.strip(" *") for cell in line.strip("|\n").split("|")]
        for line in table.splitlines()
        if line.startswith("|")
    ]
    found = {line[0]: line[1:] for line in lines[2:]}

    assert found.keys() == {*ROWS, "all"}
    assert all(line[2:] == ["0"] * 4 for line in found.values())
    assert int(found["all"][0]) >= 500


def test_the_sample_messages_of_a_registration_are_what_the_bot_sends() -> None:
    page = text(samples.PAGE)

    assert samples.with_samples(page) == page, "write them with: python -m tests.docs.samples"


def test_the_place_of_the_benchmark_is_marked() -> None:
    page = text(DOCS / "speed.md")

    assert re.search(r"<!-- bench:start -->\nMeasured on .+\n<!-- bench:end -->", page, re.DOTALL)
