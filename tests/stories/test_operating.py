"""An operator's work: checking, exporting, importing, upgrading, stopping."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from peewee import SqliteDatabase
from playhouse.migrations import Runner

from sandbox.world import Sandbox
from storage.database import MIGRATIONS
from tests.stories.command_line import ROOT, run_bot
from tests.stories.processes import Process

EXAMPLE = ROOT / "examples" / "support-team.toml"


def old_database(path: Path, up_to: str = "0004_ends") -> None:
    """Make the database of an older version, with a team that has a channel."""
    old: Any = SqliteDatabase(str(path), pragmas={"foreign_keys": 1, "journal_mode": "wal"})
    with old.connection_context():
        Runner(old, str(MIGRATIONS)).up(up_to)
        old.execute_sql(
            "INSERT INTO teams (id, name, channel_id, time_zone, notify_at, strategy, anchor,"
            " weeks_ahead, planned_until, created_at) VALUES (1, 'Support', 'C0000SUPPOR',"
            " 'America/Chicago', '08:00', 'circular', '2026-11-23', 8,"
            " '2026-11-23 14:00:00.000000', '2026-11-23 14:00:00.000000')"
        )
    old.close()


def migrations_of(path: Path) -> list[str]:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        return [name for (name,) in connection.execute("SELECT name FROM schema_migration")]
    finally:
        connection.close()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(running=True) as sandbox:
        sandbox.slack.channel("support")
        yield sandbox


@pytest.mark.parametrize("command", ["check", "export", "health"])
def test_commands_that_only_read_make_no_file(
    sandbox: Sandbox, tmp_path: Path, command: str
) -> None:
    settings = sandbox.environment(f"sqlite:///{tmp_path / 'bot.db'}")

    ended = run_bot(command, environment=settings, fresh=True)

    assert list(tmp_path.iterdir()) == []
    assert str(tmp_path / "bot.db") in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            ["check"],
            "from an older version (Support). The next `run_bot.py run` makes a copy of it",
        ),
        (["export"], "older WhoseOnFirst. The next `run_bot.py run` makes a copy of it"),
        (["health"], "older WhoseOnFirst. The next `run_bot.py run` makes a copy of it"),
        (["import", str(EXAMPLE)], "Start this version first"),
    ],
)
def test_reading_before_the_upgrade_does_not_upgrade(
    sandbox: Sandbox, tmp_path: Path, command: list[str], expected: str
) -> None:
    path = tmp_path / "bot.db"
    old_database(path, "0003_followed_to_the_end")
    before = path.read_bytes()

    ended = run_bot(*command, environment=sandbox.environment(f"sqlite:///{path}"))

    assert expected in ended.stdout + ended.stderr
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["bot.db"]
    if command == ["check"]:  # it knows the team's channel anyway
        assert "I’m in #support" in ended.stdout


def test_run_brings_it_up_to_date_and_says_where_the_copy_is(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "bot.db"
    old_database(path, "0003_followed_to_the_end")
    before = migrations_of(path)
    process = Process(sandbox.environment(f"sqlite:///{path}"))
    try:
        copy = tmp_path / "bot.db.before-0004"
        process.says(f"A copy from before is {copy}")
        process.says("Connected to Slack")
    finally:
        process.ends(signal.SIGTERM)

    assert migrations_of(copy) == before
    assert len(migrations_of(path)) == len(list(MIGRATIONS.glob("0*.py")))


def test_a_new_database_is_said_at_the_start(sandbox: Sandbox, tmp_path: Path) -> None:
    environment = sandbox.environment(
        f"sqlite:///{tmp_path / 'bot.db'}", ONCALL_CHANNEL="C0000SUPPOR"
    )
    process = Process(environment)
    try:
        process.says("is new and empty. If you had one, check DATABASE_URL")
        process.says("Team On-call")
    finally:
        process.ends(signal.SIGTERM)
    again = Process(environment)
    try:
        again.says("Team On-call")
    finally:
        again.ends(signal.SIGTERM)
    assert not any("new and empty" in line for line in again.lines)


def test_the_backup_of_the_documentation_is_whole_and_fails_on_a_path_that_is_wrong(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    line = next(one for one in page.splitlines() if one.startswith(".venv/bin/python -c"))
    script = line.partition('"')[2].rpartition('"')[0]
    (tmp_path / "data").mkdir()
    url = f"sqlite:///{tmp_path / 'data' / 'whoseonfirst.db'}"
    run_bot("import", str(EXAMPLE), environment=sandbox.environment(url))

    def backs_up() -> int:
        return subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, check=False
        ).returncode

    backup = tmp_path / "backup.db"
    assert backs_up() == 0
    assert backup.stat().st_mode & 0o777 == 0o600
    kept = run_bot("export", environment=sandbox.environment(f"sqlite:///{backup}"))
    assert kept.stdout == run_bot("export", environment=sandbox.environment(url)).stdout != ""

    backup.unlink()
    (tmp_path / "data").rename(tmp_path / "date")
    assert backs_up() == 1
    assert not backup.exists()


def test_a_hang_up_ends_it_as_cleanly_as_sigterm(sandbox: Sandbox, tmp_path: Path) -> None:
    ours = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # as in a terminal, and not below `nohup`
    try:
        process = Process(sandbox.environment(f"sqlite:///{tmp_path / 'bot.db'}"))
    finally:
        signal.signal(signal.SIGHUP, ours)
    process.says("Connected to Slack")

    assert process.ends(signal.SIGHUP) == 0
    process.says("Stopped.")


of_git = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this isn't a git checkout")


@of_git
@pytest.mark.parametrize(
    "name",
    [
        ".env",
        ".env.bak",
        "bot.db",
        "data/x.db-wal",
        "data/x.db.before-0005",
        "backup.db",
        "team.toml",
        "support.toml",
        "backup-2026-11-26.db.gz",
        "copies/old.db",
    ],
)
def test_git_takes_in_no_file_with_numbers_or_secrets(name: str) -> None:
    ignored = subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT, check=False)
    assert ignored.returncode == 0


@of_git
@pytest.mark.parametrize("name", [".env.example", "examples/team.toml", "pyproject.toml"])
def test_git_takes_in_what_belongs_to_the_project(name: str) -> None:
    ignored = subprocess.run(["git", "check-ignore", "-q", name], cwd=ROOT, check=False)
    assert ignored.returncode == 1
