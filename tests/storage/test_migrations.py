"""The effect of migrations on existing rows."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from peewee import SqliteDatabase
from playhouse.migrations import Runner

from scheduling import leads
from storage.database import close_database, open_database
from storage.models import Admin, Team

MIGRATIONS = Path(__file__).parents[2] / "storage" / "migrations"


def made_before(migration: str, folder: Path) -> Path:
    """Return a database as it was before a migration."""
    old = folder / "migrations"
    old.mkdir()
    for file in sorted(MIGRATIONS.glob("0*.py")):
        if file.name < migration:
            shutil.copy(file, old)
    path = folder / "old.db"
    Runner(SqliteDatabase(str(path), pragmas={"foreign_keys": 1}), str(old)).up()
    return path


@pytest.fixture
def before_leads(tmp_path: Path) -> Path:
    """A database as it was before leads were named by team, with two teams and two admins."""
    path = made_before("0010", tmp_path)
    with closing(sqlite3.connect(path)) as db, db:
        for name in ("Support", "Payments"):
            db.execute(
                "INSERT INTO teams (name, time_zone, notify_at, strategy, anchor, weeks_ahead,"
                " planned_until, created_at) VALUES (?, 'UTC', '08:00', 'circular', '2026-11-23',"
                " 8, '2026-11-23 13:00:00', '2026-11-23 13:00:00')",
                (name,),
            )
        for user in ("U2", "U1"):
            db.execute(
                "INSERT INTO admins (slack_user_id, added_by, created_at)"
                " VALUES (?, 'U0', '2026-11-23 13:00:00')",
                (user,),
            )
    return path


def test_whoever_was_named_before_leads_every_team(before_leads: Path) -> None:
    open_database(f"sqlite:///{before_leads}")
    try:
        assert leads.everywhere() == ["U2", "U1"]
        with Admin._meta.database.connection_context():
            (support, payments) = Team.select().order_by(Team.id)
            assert Admin.get().added_by == "U0"
        for team in (support, payments):
            assert leads.named(team) == []
            assert leads.of_team(team) == ["U2", "U1"]
            assert leads.is_named("U1", team)
    finally:
        close_database()


def test_rows_that_somebody_deleted_by_hand_are_no_fault_of_an_upgrade(before_leads: Path) -> None:
    with closing(sqlite3.connect(before_leads)) as db, db:
        db.execute(
            "INSERT INTO delivery_attempts (notification_id, number, started_at)"
            " VALUES (7, 1, '2026-11-23 14:00:00')"
        )

    open_database(f"sqlite:///{before_leads}")

    try:
        assert leads.everywhere() == ["U2", "U1"]
    finally:
        close_database()


REACHED = "2026-11-25 14:00:00.000000"
HANDOFF = "handoff:1:2026-11-23T13:00:00+00:00"
# Keys, kinds, purposes and texts of before, and what each becomes: event, moved aside at, shown
# for, proposal, ambiguous, whether it is cleared.
KEPT: dict[tuple[str, str, str, str, str | None], tuple[object, ...]] = {
    ("daily:1:2026-11-24:3", "sms", "daily", "Good morning", None): (
        "daily:1:2026-11-24", None, None, None, False, False,
    ),
    (f"{HANDOFF}:channel", "announcement", "handoff", "Handoff", None): (
        HANDOFF, None, None, None, False, False,
    ),
    (f"early:{REACHED}:daily:1:2026-11-25:3#3", "sms", "daily", "Good morning", None): (
        "daily:1:2026-11-25", REACHED, None, None, False, False,
    ),
    ("summary:1:2026-11-23:4", "sms", "summary", "This week", None): (
        "summary:1:2026-11-23", None, None, None, False, False,
    ),
    ("preflight:1:2026-11-24", "announcement", "preflight", "Look", None): (
        "preflight:1:2026-11-24", None, None, None, False, False,
    ),
    ("unposted:1:2", "announcement", "missed", "Not posted", None): (
        "unposted:1", None, None, None, False, False,
    ),
    ("missed:1:2026-11-24T13:00:00+00:00", "announcement", "missed", "Missed", None): (
        None, None, None, None, False, False,
    ),
    ("lead:2:U1", "direct", "warning", ":white_check_mark: All well", None): (
        None, None, 2, None, False, True,
    ),
    ("lead:99:U1", "direct", "preflight", "Of a post that is deleted", None): (
        None, None, None, None, False, False,
    ),
    ("asked:1", "direct", "swap", "Swap?", None): (None, None, None, 1, False, False),
    (f"early:{REACHED}:moved:1:3#11", "direct", "moved", "Moved", None): (
        None, REACHED, None, 1, False, False,
    ),
    ("moved:9:3", "direct", "moved", "By a change that is deleted", None): (
        None, None, None, None, False, False,
    ),
    ("test:3:1", "sms", "test", "Test", "It may have gone out all the same. No answer."): (
        None, None, None, None, True, False,
    ),
    ("test:3:2", "sms", "test", "Test", "The number is wrong."): (
        None, None, None, None, False, False,
    ),
}  # fmt: skip


def test_what_keys_and_texts_said_is_in_columns(tmp_path: Path) -> None:
    path = made_before("0013", tmp_path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "INSERT INTO teams (id, name, time_zone, notify_at, strategy, anchor, weeks_ahead,"
            " planned_until, created_at) VALUES (1, 'Support', 'UTC', '08:00', 'circular',"
            " '2026-11-23', 8, '2026-11-23 13:00:00', '2026-11-23 13:00:00')"
        )
        db.execute(
            "INSERT INTO proposals (id, team_id, actor, kind, facts, title, fingerprint, status,"
            " created_at) VALUES (1, 1, 'U1', 'swap', '{}', '', '', 'open', '2026-11-23 13:00:00')"
        )
        for number, (key, kind, purpose, text, error) in enumerate(KEPT, start=1):
            db.execute(
                "INSERT INTO notification_log (id, team_id, kind, purpose, text, due_at,"
                " dedupe_key, status, attempts, created_at, error_message)"
                " VALUES (?, 1, ?, ?, ?, '2026', ?, ?, 1, '2026-11-23 13:00:00', ?)",
                (number, kind, purpose, text, key, "failed" if error else "delivered", error),
            )
            db.execute(
                "INSERT INTO delivery_attempts (notification_id, number, started_at)"
                " VALUES (?, 1, '2026-11-23 14:00:00')",
                (number,),
            )

    open_database(f"sqlite:///{path}")
    close_database()

    with closing(sqlite3.connect(path)) as db:
        found = db.execute(
            "SELECT event, moved_aside_at, stands_for_id, proposal_id, ambiguous,"
            " cleared_at IS NOT NULL FROM notification_log ORDER BY id"
        ).fetchall()
        (tries,) = db.execute("SELECT count(*) FROM delivery_attempts").fetchone()
    assert dict(zip(KEPT, found, strict=True)) == KEPT
    assert tries == len(KEPT)
