"""The files in examples/ run the bot as the Containerfile and the documentation say."""

import json
import re
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from bot.settings import Settings
from run_bot import ENDS_WITHIN, cli
from tests.docs.environments import COMPLETE

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
CONTAINERFILE = (ROOT / "Containerfile").read_text(encoding="utf-8")


def unit() -> ConfigParser:
    """Return the systemd unit; a key that is twice in a section is an error."""
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((EXAMPLES / "whoseonfirst.service").read_text(encoding="utf-8"))
    return parser


def service() -> dict[str, Any]:
    """Return the one service of the compose file."""
    loaded = yaml.safe_load((EXAMPLES / "compose.yaml").read_text(encoding="utf-8"))
    found: dict[str, Any] = loaded["services"]["whoseonfirst"]
    assert found["volumes"] == ["whoseonfirst:/data"]
    assert "whoseonfirst" in loaded["volumes"]
    return found


def seconds(lasts: str) -> float:
    """Return a number of seconds, written as 10 or as 10s."""
    return float(lasts.removesuffix("s"))


def test_the_systemd_unit_runs_a_command_that_exists_and_starts_it_again() -> None:
    section = unit()["Service"]
    python, script, command = section["ExecStart"].split()

    assert python == f"{section['WorkingDirectory']}/.venv/bin/python"
    assert (ROOT / script).exists()
    assert command in {
        one.name or one.callback.__name__ for one in cli.registered_commands if one.callback
    }
    assert section["Restart"] == "always"
    assert seconds(section["TimeoutStopSec"]) > ENDS_WITHIN
    assert unit()["Install"]["WantedBy"] == "multi-user.target"


def test_the_systemd_unit_may_write_where_the_documentation_puts_the_database() -> None:
    section = unit()["Service"]
    said = re.search(r"`DATABASE_URL=(sqlite:\S+)`", OPERATIONS)
    assert said

    settings = Settings.from_environment({**COMPLETE, "DATABASE_URL": said[1]})

    assert (
        settings.database_url == f"sqlite:////var/lib/{section['StateDirectory']}/whoseonfirst.db"
    )
    assert said[1] in (EXAMPLES / "whoseonfirst.service").read_text(encoding="utf-8")
    assert f"useradd --system --home-dir /var/lib/{section['StateDirectory']}" in OPERATIONS
    assert section["User"] in OPERATIONS
    assert f"cd {section['WorkingDirectory']}" in OPERATIONS


def test_the_compose_file_builds_the_containerfile_and_keeps_its_data_and_health_check() -> None:
    compose = service()
    check = re.search(r"^HEALTHCHECK (.+) CMD (\[.+\])$", CONTAINERFILE, re.MULTILINE)
    assert check
    options = dict(re.findall(r"--([a-z-]+)=(\S+)", check[1]))

    assert (EXAMPLES / compose["build"]["context"] / compose["build"]["dockerfile"]).exists()
    assert compose["healthcheck"] == {
        "test": ["CMD", *json.loads(check[2])],
        "interval": options["interval"],
        "timeout": options["timeout"],
        "start_period": options["start-period"],
        "retries": int(options["retries"]),
    }
    assert f"DATABASE_URL={compose['environment']['DATABASE_URL']}" in CONTAINERFILE
    assert "VOLUME /data" in CONTAINERFILE
    assert seconds(compose["stop_grace_period"]) > ENDS_WITHIN
    assert "ports" not in compose
    assert "docker compose -f examples/compose.yaml up -d --build" in OPERATIONS
