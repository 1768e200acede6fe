"""What a migration makes of the rows that were there."""

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


@pytest.fixture
def before_leads(tmp_path: Path) -> Path:
    """A database as it was before leads were named by team, with two teams and two admins."""
    old = tmp_path / "migrations"
    old.mkdir()
    for file in sorted(MIGRATIONS.glob("0*.py")):
        if file.name < "0010":
            shutil.copy(file, old)
    path = tmp_path / "old.db"
    Runner(SqliteDatabase(str(path), pragmas={"foreign_keys": 1}), str(old)).up()
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
