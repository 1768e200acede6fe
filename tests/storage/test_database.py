"""The database: opening it, one writer at a time, constraints, and stored instants."""

import os
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peewee import IntegrityError, OperationalError, SqliteDatabase
from playhouse.migrations import Runner

from scheduling.changes import overrides
from scheduling.notifications import planner
from storage.database import (
    MIGRATIONS,
    DatabaseProblem,
    UtcDateTimeField,
    close_database,
    database,
    open_database,
    open_to_look,
    prove_writable,
    read_instant,
    reading,
    rows,
    stored_instant,
    writing,
)
from storage.models import (
    ALL_TABLES,
    CHANGE_KINDS,
    DAYS,
    STRATEGIES,
    DeliveryAttempt,
    Member,
    Notification,
    Proposal,
    Team,
)
from storage.statuses import Kind, Outcome, ProposalStatus, Status
from tests.builders import ADMIN, NOW, chicago, everything, person, support_team
from tests.nobody import ROOT, folder_of_nobody
from tests.stories.command_line import bare_environment


@pytest.fixture(autouse=True)
def _closed_afterwards() -> Iterator[None]:
    yield
    close_database()


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def problem(path: Path, *fragments: str) -> str:
    """Open what can't be opened, and return the one line that says why."""
    with pytest.raises(DatabaseProblem) as caught:
        open_database(url_of(path))
    said = str(caught.value)
    assert "\n" not in said
    for fragment in fragments:
        assert fragment in said
    return said


def raw(path: Path) -> "closing[sqlite3.Connection]":
    """Return a connection of another program, which does not wait for locks."""
    return closing(sqlite3.connect(path, timeout=0, isolation_level=None))


def a_team() -> Team:
    """Make a team of three with an override, and plan its first morning."""
    team = support_team(people=3)
    overrides.create(
        team,
        person(team, "Carol"),
        chicago("2026-11-24 12:00"),
        chicago("2026-11-24 18:00"),
        reason=None,
        actor=ADMIN,
        now=NOW,
    )
    planner.plan_all(chicago("2026-11-23 08:00"))
    return team


# --- opening ----------------------------------------------------------------------------------


def test_a_new_file_gets_its_tables_and_keeps_its_rows_when_opened_again(tmp_path: Path) -> None:
    url = url_of(tmp_path / "new.db")
    open_database(url)
    a_team()
    before = everything()
    close_database()

    open_database(url)

    assert everything() == before


def test_migrating_makes_exactly_the_tables_of_the_models(database_url: str) -> None:
    assert database_url
    mine = SqliteDatabase(":memory:")

    def tables_of(asked: Any) -> list[tuple[object, ...]]:
        # A column that was added comes after the constraints: the order says nothing.
        return [
            (kind, name, table, sorted(re.split(r", (?![^(]*\))", (sql or "").strip(")"))))
            for kind, name, table, sql in asked.execute_sql(
                "SELECT type, name, tbl_name, sql FROM sqlite_master"
                " WHERE tbl_name != 'schema_migration' ORDER BY type, name"
            )
        ]

    with mine.bind_ctx(ALL_TABLES), mine.connection_context():
        mine.create_tables(ALL_TABLES)
        of_models = tables_of(mine)

    with reading():
        migrated = tables_of(database)

    assert migrated == of_models
    assert len(of_models) > 20


def test_a_database_of_the_first_tables_keeps_its_rows_when_it_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old: Any = SqliteDatabase(str(path), pragmas={"foreign_keys": 1})
    with old.connection_context():
        Runner(old, str(MIGRATIONS)).up("0001_first_tables")
        old.execute_sql(
            "INSERT INTO teams VALUES (1, 'Support', 'C1', 'America/Chicago', '08:00', 'circular',"
            " '2026-11-23', 8, '2026-11-23 14:00:00.000000', '2026-11-23 14:00:00.000000')"
        )
        old.execute_sql(
            "INSERT INTO notification_log (id, team_id, kind, purpose, text, due_at, dedupe_key,"
            " status, attempts, created_at) VALUES (7, 1, 'sms', 'daily', 'Good morning', '2026',"
            " 'daily:1', 'delivered', 1, '2026')"
        )
        old.execute_sql(
            "INSERT INTO delivery_attempts (id, notification_id, number, started_at)"
            " VALUES (9, 7, 1, '2026')"
        )

    open_database(url_of(path))

    with reading():
        team = Team.get()
        assert (team.name, team.second_day_sms, team.sms_text) == ("Support", True, None)
        assert rows(Notification.select(Notification.id, Notification.text)) == [
            (7, "Good morning")
        ]
        assert rows(DeliveryAttempt.select(DeliveryAttempt.id, DeliveryAttempt.notification)) == [
            (9, 7)
        ]
        assert database.execute_sql("PRAGMA foreign_key_check").fetchall() == []


def test_what_a_crash_must_not_undo_is_on_the_disk(database_url: str) -> None:
    assert database_url
    with reading():
        settings = {
            name: database.execute_sql(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }

    assert settings == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 2,
        "busy_timeout": 5000,
    }


def test_nothing_is_left_of_the_proof_that_the_file_can_be_written(database_url: str) -> None:
    assert database_url
    with reading():
        assert "write_probe" not in database.get_tables()


@pytest.mark.parametrize(
    "url",
    ["", "whoseonfirst.db", "sqlite://", "sqlite:///", "mysql:///x", "postgresql://host/db"],
)
def test_a_url_that_names_no_sqlite_file_is_refused_with_one_that_does(url: str) -> None:
    with pytest.raises(DatabaseProblem, match=r"for example sqlite:///data/whoseonfirst\.db"):
        open_database(url)


def test_a_password_in_a_url_is_not_repeated() -> None:
    with pytest.raises(DatabaseProblem) as caught:
        open_database("postgresql://bot:hunter2@db.example/oncall")

    assert "hunter2" not in str(caught.value)
    assert "db.example/oncall" in str(caught.value)


def test_a_missing_directory_is_named_with_the_command_that_makes_it(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there"

    problem(folder / "x.db", f"{folder}, doesn't exist", f"mkdir -p {folder}", "DATABASE_URL")

    assert not folder.exists()


def test_a_directory_is_no_database(tmp_path: Path) -> None:
    problem(tmp_path, "is a directory", f"sqlite:///{tmp_path}/whoseonfirst.db")
    with pytest.raises(DatabaseProblem, match="is a directory"):
        open_to_look(url_of(tmp_path))


@pytest.mark.parametrize("how", [open_database, open_to_look, prove_writable])
def test_a_name_that_is_too_long_is_reported_in_words(
    tmp_path: Path, how: Callable[[str], object]
) -> None:
    with pytest.raises(DatabaseProblem):
        how(url_of(tmp_path / f"{'a' * 300}.db"))


@pytest.mark.skipif(not ROOT, reason="only root can become somebody who may not look into it")
@pytest.mark.parametrize("how", [open_database, open_to_look, prove_writable])
def test_a_directory_that_may_not_be_entered_is_reported_in_words(
    how: Callable[[str], object],
) -> None:
    with tempfile.TemporaryDirectory() as top:
        Path(top).chmod(0o755)
        closed = Path(top, "data")
        closed.mkdir(mode=0o700)
        os.seteuid(65534)
        try:
            with pytest.raises(DatabaseProblem):
                how(url_of(closed / "whoseonfirst.db"))
            with pytest.raises(DatabaseProblem):
                how(url_of(closed / "deeper" / "whoseonfirst.db"))
        finally:
            os.seteuid(0)


@pytest.mark.parametrize("content", [b"To whom it may concern: " * 100, b"\x89PNG" * 1000])
def test_another_kind_of_file_is_reported_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(content)

    problem(path, "isn't a SQLite database", "set DATABASE_URL to another file")

    assert path.read_bytes() == content


def test_a_damaged_file_asks_for_a_backup(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    open_database(url_of(path))
    close_database()
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xaa" * 4000 + whole[4100:])

    problem(path, "is damaged", "Restore a backup")


def test_the_database_of_a_newer_program_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    open_database(url_of(path))
    close_database()
    with raw(path) as other:
        other.execute(
            "INSERT INTO schema_migration (name, applied) VALUES ('0999_wings', '2030-01-01')"
        )
        before = list(other.iterdump())

    problem(path, "newer WhoseOnFirst", "0999_wings", "Update WhoseOnFirst")

    with raw(path) as other:
        assert list(other.iterdump()) == before


def test_a_locked_database_says_so_after_a_few_seconds(tmp_path: Path) -> None:
    path = tmp_path / "busy.db"
    with raw(path) as other:
        other.execute("BEGIN EXCLUSIVE")

        problem(path, "is locked by another program", "Stop it")


def test_a_file_that_cannot_be_written_says_what_to_permit() -> None:
    with folder_of_nobody() as folder:
        path = folder / "mine.db"
        open_database(url_of(path))
        close_database()
        path.chmod(0o400)

        problem(path, "can't be written", "write access", str(folder))


def test_a_directory_that_cannot_be_written_says_what_to_permit() -> None:
    with folder_of_nobody() as folder:
        folder.chmod(0o500)

        problem(folder / "new.db", "can't be opened", "read and write it", str(folder))


def test_a_file_that_cannot_be_read_says_what_to_permit() -> None:
    with folder_of_nobody() as folder:
        path = folder / "theirs.db"
        open_database(url_of(path))
        close_database()
        path.chmod(0)

        problem(path, "can't be opened", "read and write it")


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Let the operating system refuse to make any file larger."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_refuses_to_write_shows_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "grown.db"
    open_database(url_of(path))
    close_database()

    with files_no_larger_than(4096):
        problem(path, "Can't read or write", "Check its disk")

    open_database(url_of(path))


# --- upgrading --------------------------------------------------------------------------------


def older(path: Path, *, up_to: str = "0001_first_tables") -> None:
    """Make the database of an older version, with a team."""
    old: Any = SqliteDatabase(str(path), pragmas={"foreign_keys": 1, "journal_mode": "wal"})
    with old.connection_context():
        Runner(old, str(MIGRATIONS)).up(up_to)
        old.execute_sql(
            "INSERT INTO teams (id, name, channel_id, time_zone, notify_at, strategy, anchor,"
            " weeks_ahead, planned_until, created_at) VALUES (1, 'Support', 'C1',"
            " 'America/Chicago', '08:00', 'circular', '2026-11-23', 8,"
            " '2026-11-23 14:00:00.000000', '2026-11-23 14:00:00.000000')"
        )
    old.close()


def dump(path: Path) -> list[str]:
    with raw(path) as other:
        return list(other.iterdump())


def files_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_an_upgrade_keeps_a_copy_of_what_was_there_also_of_what_is_only_in_the_log(
    tmp_path: Path,
) -> None:
    path = tmp_path / "bot.db"
    older(path)
    with raw(path) as running:
        running.execute("UPDATE teams SET name = 'Payments'")
        before = list(running.iterdump())

        opened = open_database(url_of(path))

    assert opened.migrated[0].startswith("0002_")
    assert opened.copy == tmp_path / "bot.db.before-0002"
    assert dump(opened.copy) == before
    close_database()
    assert files_in(tmp_path) == ["bot.db", "bot.db.before-0002"]


def test_a_copy_stays_until_the_next_upgrade_has_worked(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    (tmp_path / "other.db.before-0002").touch()
    older(path)
    open_database(url_of(path))
    close_database()
    with raw(path) as other:  # as if one were new, which finds its place taken
        other.execute("DELETE FROM schema_migration WHERE name = '0004_ends'")

    problem(path, "couldn't be upgraded", "It's unchanged")
    copies = ["bot.db.before-0002", "bot.db.before-0004"]
    assert files_in(tmp_path) == ["bot.db", *copies, "other.db.before-0002"]


def test_a_new_database_and_one_that_is_up_to_date_get_no_copy(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"

    assert open_database(url_of(path)).new
    close_database()
    again = open_database(url_of(path))
    close_database()

    assert (again.new, again.migrated, again.copy) == (False, (), None)
    assert files_in(tmp_path) == ["bot.db"]


def test_an_upgrade_that_fails_in_the_middle_leaves_the_old_file_to_the_old_version(
    tmp_path: Path,
) -> None:
    path = tmp_path / "bot.db"
    older(path)
    with raw(path) as other:  # the first migrations work, a later one finds its place taken
        other.execute("CREATE TABLE schedule_team_id_end_datetime (x)")
    before = dump(path)

    said = problem(path, "couldn't be upgraded", str(path.with_name("bot.db.before-")))

    assert "the previous version can still run" in said
    assert dump(path) == before
    assert dump(tmp_path / "bot.db.before-0002") == before


def test_without_room_for_the_copy_nothing_is_upgraded(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    older(path)
    before = dump(path)

    with files_no_larger_than(path.stat().st_size // 2):
        problem(path, "disk")

    assert dump(path) == before
    assert "bot.db.before-0002" not in files_in(tmp_path)


def test_an_older_database_may_be_in_use_and_is_upgraded_only_on_request(
    tmp_path: Path,
) -> None:
    path = tmp_path / "bot.db"
    older(path)
    before = dump(path)

    with pytest.raises(DatabaseProblem, match="Start this version first"):
        open_database(url_of(path), migrate=False)

    assert dump(path) == before
    close_database()
    assert files_in(tmp_path) == ["bot.db"]


# --- who may read the file --------------------------------------------------------------------


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_nobody_else_can_read_the_database_nor_its_log_nor_a_copy(
    tmp_path: Path, umask: int
) -> None:
    path = tmp_path / "bot.db"
    before = os.umask(umask)
    try:
        older(path)
        path.chmod(0o600)
        open_database(url_of(path))
        fresh = tmp_path / "fresh"
        fresh.mkdir(mode=0o755)
        open_database(url_of(fresh / "bot.db"))
        support_team()
        modes = {
            file.name: oct(file.stat().st_mode & 0o777)
            for folder in (tmp_path, fresh)
            for file in folder.iterdir()
            if file.is_file()
        }
    finally:
        os.umask(before)

    assert {"bot.db", "bot.db-wal", "bot.db-shm", "bot.db.before-0002"} <= set(modes)
    assert set(modes.values()) == {"0o600"}


OPENED_AS_SOMEBODY_ELSE = """
import os, pathlib, sys
from storage.database import open_database, reading
from storage.models import Team

os.seteuid(123456)
open_database(sys.argv[1])
with reading():
    print(Team.select().count())
    print(*(oct(file.stat().st_mode & 0o777) for file in pathlib.Path(sys.argv[2]).iterdir()))
"""


@pytest.mark.skipif(not ROOT, reason="only root can give a directory to group 0")
def test_where_group_0_may_write_to_the_directory_it_may_write_to_the_file(tmp_path: Path) -> None:
    volume = tmp_path / "data"
    volume.mkdir()
    os.chown(volume, 1001, 0)
    volume.chmod(0o775)
    open_database(url_of(volume / "bot.db"))
    support_team()
    close_database()
    for folder in (*volume.parents, volume):  # pytest's own are private
        if folder.is_relative_to(tempfile.gettempdir()) and folder != Path(tempfile.gettempdir()):
            folder.chmod(folder.stat().st_mode | 0o011)
    os.chown(volume / "bot.db", 1001, 0)

    # A copy of the program, because the checkout may lie where only root may read.
    shutil.copytree(MIGRATIONS.parent, volume.parent / "program" / "storage")
    command = (sys.executable, "-c", OPENED_AS_SOMEBODY_ELSE, url_of(volume / "bot.db"), volume)
    elsewhere = {**bare_environment(), "PYTHONPATH": str(volume.parent / "program")}
    said = subprocess.run(
        command, cwd=volume, env=elsewhere, capture_output=True, text=True, check=False
    )
    assert not said.stderr
    teams, *modes = said.stdout.split()

    assert teams == "1"
    assert set(modes) == {"0o660"}


# --- looking ----------------------------------------------------------------------------------


def test_one_can_look_beside_the_process_but_not_write(tmp_path: Path) -> None:
    folder = tmp_path / "a b?c#d%20e"
    folder.mkdir()
    path = folder / "look.db"
    open_database(url_of(path))
    a_team()
    close_database()

    open_to_look(url_of(path))

    with reading():
        assert [team.name for team in Team.select()] == ["Support"]
    with pytest.raises(OperationalError, match="readonly"), writing():
        Team.update(name="Changed").execute()


def test_looking_makes_no_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseProblem, match="To create it, start the bot"):
        open_to_look(url_of(tmp_path / "none.db"))

    assert list(tmp_path.iterdir()) == []


def test_looking_changes_no_byte_whether_it_was_closed_or_killed(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    open_database(url_of(path))
    support_team()
    running = tmp_path / "killed"
    running.mkdir()
    for file in tmp_path.glob("bot.db*"):  # as a kill leaves it: a part of it in the log
        shutil.copy(file, running / file.name)
    close_database()

    for folder, names in ((tmp_path, {"bot.db"}), (running, {"bot.db", "bot.db-wal"})):
        before = {name: (folder / name).read_bytes() for name in names}
        prove_writable(url_of(folder / "bot.db"))
        open_to_look(url_of(folder / "bot.db"))
        with reading():
            assert [team.name for team in Team.select()] == ["Support"]
        close_database()
        after = {name: (folder / name).read_bytes() for name in names}
        assert after == before
    assert sorted(file.name for file in tmp_path.glob("bot.db*")) == ["bot.db"]


def test_looking_tells_an_older_version_from_a_newer_one(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    older(path)
    before = dump(path)

    with pytest.raises(
        DatabaseProblem, match=r"older WhoseOnFirst\. The next `run_bot.py run` makes a copy"
    ):
        open_to_look(url_of(path))
    assert open_to_look(url_of(path), older=True)[0].startswith("0002_")
    close_database()
    assert dump(path) == before
    with raw(path) as other:
        other.execute(
            "INSERT INTO schema_migration (name, applied) VALUES ('0999_wings', '2030-01-01')"
        )
    with pytest.raises(DatabaseProblem, match="newer WhoseOnFirst"):
        open_to_look(url_of(path), older=True)


def test_a_file_or_directory_that_cannot_be_written_is_known_without_writing() -> None:
    with folder_of_nobody() as folder:
        path = folder / "bot.db"
        assert prove_writable(url_of(path)) == path
        open_database(url_of(path))
        close_database()
        path.chmod(0o400)
        with pytest.raises(DatabaseProblem, match="can't be written"):
            prove_writable(url_of(path))
        path.unlink()
        folder.chmod(0o500)
        with pytest.raises(DatabaseProblem, match="can't be opened"):
            prove_writable(url_of(path))


# --- units of work ----------------------------------------------------------------------------


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def test_a_writer_holds_the_lock_before_its_first_read(database_url: str) -> None:
    with raw(path_of(database_url)) as other:
        with writing(), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")

        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")


def test_a_reader_locks_nobody_out_and_sees_what_was_committed(database_url: str) -> None:
    team = support_team()
    with raw(path_of(database_url)) as other, reading():
        other.execute("UPDATE teams SET notify_at = '09:00'")
        assert Team.get_by_id(team.id).notify_at == "09:00"


def test_a_unit_that_fails_leaves_nothing_behind_nor_do_those_within_it(database_url: str) -> None:
    assert database_url
    team = support_team()
    before = everything()

    def fails_late() -> None:
        with writing():
            Team.update(name="Changed").execute()
            with writing():
                Member.update(name="Changed").where(Member.team == team).execute()
            assert person(team, "Changed")
            raise KeyError

    with pytest.raises(KeyError):
        fails_late()

    assert everything() == before


def test_within_a_unit_one_can_read_and_the_rest_is_still_one_unit(database_url: str) -> None:
    assert database_url
    support_team()

    with writing():
        Team.update(name="Changed").execute()
        with reading():
            assert Team.get().name == "Changed"
        assert database.in_transaction()

    with reading():
        assert Team.get().name == "Changed"
    assert not database.in_transaction()


def test_writers_wait_for_each_other_so_that_no_change_is_lost(database_url: str) -> None:
    assert database_url
    team = support_team()
    with writing():
        Team.update(weeks_ahead=1).execute()
    together = threading.Barrier(8)

    def add_one(_: int) -> None:
        together.wait()
        with writing():
            seen = Team.get_by_id(team.id).weeks_ahead
            Team.update(weeks_ahead=seen + 1).execute()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add_one, range(32)))

    with reading():
        assert Team.get().weeks_ahead == 33


# --- what no row may hold ---------------------------------------------------------------------


@pytest.fixture
def team(database_url: str) -> Team:
    """A team with an assignment, an override, a notification and an attempt to deliver it."""
    assert database_url
    team = a_team()
    with writing():
        Proposal.create(
            team=team,
            actor=ADMIN,
            kind="undo",
            facts="{}",
            title="",
            fingerprint="",
            status="open",
            created_at=NOW,
        )
        notification = Notification.select().where(Notification.kind == "sms").get()
        DeliveryAttempt.create(notification=notification, number=1, started_at=NOW)
    return team


def store(table: str, column: str, value: object) -> None:
    """Write a value as a program would that does not know our models."""
    with writing():
        newest = f"(SELECT max(id) FROM {table})"
        done = database.execute_sql(
            f"UPDATE {table} SET {column} = ? WHERE id = {newest}", (value,)
        )
        assert done.rowcount == 1


WORDS = {
    ("notification_log", "status"): tuple(Status),
    ("notification_log", "kind"): tuple(Kind),
    ("proposals", "status"): tuple(ProposalStatus),
    ("delivery_attempts", "outcome"): tuple(Outcome),
    ("rotation_changes", "kind"): CHANGE_KINDS,
    ("teams", "strategy"): STRATEGIES,
    ("shifts", "day_of_week"): DAYS,
}


@pytest.mark.parametrize("column", WORDS, ids=".".join)
@pytest.mark.usefixtures("team")
def test_a_word_column_holds_its_words_and_no_other(column: tuple[str, str]) -> None:
    for word in WORDS[column]:
        store(*column, word)

    for wrong in ("", "finished", WORDS[column][0].upper(), WORDS[column][0] + " ", 1):
        with pytest.raises(IntegrityError, match="CHECK"):
            store(*column, wrong)


@pytest.mark.parametrize(
    ("table", "column", "wrong", "right"),
    [
        ("teams", "weeks_ahead", (0, -1, 105), (1, 104)),
        ("shifts", "shift_number", (0, -1), (7, 99)),
        ("shifts", "duration_hours", (0, 169), (1, 168)),
        (
            "schedule",
            "end_datetime",
            ("2000-01-01 00:00:00.000000",),
            ("2100-01-01 00:00:00.000000",),
        ),
        (
            "overrides",
            "end_datetime",
            ("2000-01-01 00:00:00.000000",),
            ("2100-01-01 00:00:00.000000",),
        ),
    ],
)
@pytest.mark.usefixtures("team")
def test_a_figure_out_of_bounds_is_not_stored(
    table: str, column: str, wrong: tuple[object, ...], right: tuple[object, ...]
) -> None:
    for value in right:
        store(table, column, value)
    for value in wrong:
        with pytest.raises(IntegrityError, match="CHECK"):
            store(table, column, value)


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("teams", "name"),
        ("team_members", "team_id, phone"),
        ("team_members", "team_id, slack_user_id"),
        ("shifts", "team_id, shift_number"),
        ("schedule", "shift_id, week_number"),
        ("notification_log", "dedupe_key"),
        ("delivery_attempts", "notification_id, number"),
    ],
)
@pytest.mark.usefixtures("team")
def test_what_is_one_of_a_kind_is_not_stored_twice(table: str, columns: str) -> None:
    with reading():
        names = [column.name for column in database.get_columns(table) if column.name != "id"]
    # A copy of a row that differs in every other unique column.
    others = {"name", "phone", "slack_user_id"} - {name.strip() for name in columns.split(",")}
    copied = ", ".join(f"{name} || 'x'" if name in others else name for name in names)

    with pytest.raises(IntegrityError, match="UNIQUE") as caught, writing():
        database.execute_sql(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {copied} FROM {table} LIMIT 1"
        )

    assert columns.rsplit(", ", maxsplit=1)[-1] in str(caught.value)


def test_a_number_of_a_removed_shift_is_free(team: Team) -> None:
    with writing():
        database.execute_sql("UPDATE shifts SET active_until = active_from WHERE shift_number = 1")
        database.execute_sql(
            "INSERT INTO shifts (team_id, shift_number, day_of_week, start_time, duration_hours,"
            " active_from, created_at) SELECT team_id, shift_number, day_of_week, start_time,"
            " duration_hours, active_from, created_at FROM shifts WHERE shift_number = 1"
        )
    assert team.id


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("team_members", "team_id"),
        ("shifts", "team_id"),
        ("rotation_changes", "team_member_id"),
        ("schedule", "team_member_id"),
        ("schedule", "shift_id"),
        ("overrides", "team_member_id"),
        ("notification_log", "schedule_id"),
        ("delivery_attempts", "notification_id"),
        ("audit_log", "team_id"),
    ],
)
@pytest.mark.usefixtures("team")
def test_a_row_refers_to_what_is_there(table: str, column: str) -> None:
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        store(table, column, 4711)


def test_a_notification_outlives_its_assignment_and_takes_its_attempts_along(team: Team) -> None:
    with writing():
        sms = Notification.select().where(Notification.kind == "sms").get()
        assert sms.schedule_id is not None
        database.execute_sql("DELETE FROM schedule WHERE id = ?", (sms.schedule_id,))

    with writing():
        assert Notification.get_by_id(sms.id).schedule_id is None
        Notification.delete().where(Notification.team == team).execute()
        assert DeliveryAttempt.select().count() == 0


# --- instants ---------------------------------------------------------------------------------

instants = st.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001
    datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from(
        (UTC, ZoneInfo("America/Chicago"), ZoneInfo("Asia/Kolkata"), timezone(timedelta(hours=-12)))
    ),
)


@given(instants)
def test_an_instant_comes_back_as_the_same_in_utc(at: datetime) -> None:
    again = read_instant(stored_instant(at))

    assert again == at.astimezone(UTC)
    assert again.tzinfo is UTC


@given(instants, instants)
def test_what_is_stored_sorts_as_time_does(one: datetime, other: datetime) -> None:
    earlier, later = sorted((one.astimezone(UTC), other.astimezone(UTC)))

    assert stored_instant(earlier) <= stored_instant(later)
    assert (stored_instant(earlier) == stored_instant(later)) == (earlier == later)


def test_a_naive_time_is_refused_for_nobody_knows_its_zone(database_url: str) -> None:
    assert database_url
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="needs a time zone"):
        UtcDateTimeField().db_value(naive)

    team = support_team()
    tries: list[Callable[[], object]] = [
        lambda: Team.update(planned_until=naive).execute(),
        lambda: list(Team.select().where(Team.planned_until < naive)),
    ]
    for attempt in tries:
        with pytest.raises(ValueError, match="needs a time zone"), writing():
            attempt()
    with reading():
        assert Team.get_by_id(team.id).planned_until == NOW - timedelta(microseconds=1)


def test_the_first_and_the_second_half_past_one_of_autumn_are_two_instants() -> None:
    first = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/Chicago"))

    assert stored_instant(first) == "2026-11-01 06:30:00.000000"
    assert stored_instant(first.replace(fold=1)) == "2026-11-01 07:30:00.000000"


def test_no_instant_is_none(database_url: str) -> None:
    assert database_url
    assert UtcDateTimeField().db_value(None) is None
    assert UtcDateTimeField().python_value(None) is None


def test_models_and_plain_rows_read_the_same_instants(database_url: str) -> None:
    assert database_url
    team = support_team()

    with reading():
        ((at,),) = rows(Team.select(Team.created_at).where(Team.id == team.id))

    assert at == NOW
