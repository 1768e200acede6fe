"""Opening the database, units of work, and how instants are stored."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import peewee
from peewee import DatabaseProxy, DateTimeField
from playhouse.migrations import Runner
from playhouse.pool import PooledSqliteDatabase

database = DatabaseProxy()
_one_writer = threading.RLock()

MIGRATIONS = Path(__file__).parent / "migrations"

PRAGMAS = {
    "journal_mode": "wal",
    "foreign_keys": 1,
    "busy_timeout": 5000,  # milliseconds
    "synchronous": "full",  # a claimed SMS must still be claimed after a power cut
}

# SQLite's words for a trouble, and ours. The first that matches is told.
_TROUBLES = (
    ("not a database", "{path} is not a SQLite database. Move it away, or name another file."),
    ("malformed", "{path} is damaged. Put back a backup, or name another file."),
    (
        "readonly",
        "{path} cannot be written. Give the user who runs this write permission to it "
        "and to its directory {directory}.",
    ),
    ("disk is full", "There is no room left on the disk of {path}. Free some, then start again."),
    ("disk i/o", "The disk of {path} fails to read or write (is it full?). Check it, then start."),
    ("locked", "{path} is locked by another program. Stop that one, then start again."),
    (
        "unable to open",
        "{path} cannot be opened. Check that it is a file, and that the user who runs this "
        "may read and write it and its directory {directory}.",
    ),
)


class DatabaseProblem(Exception):
    """The database cannot be used; the message is one clear line that says what to do."""


class UtcDateTimeField(DateTimeField):
    """An instant. Takes aware datetimes only, stores them as UTC text that sorts as time does."""

    def db_value(self, value: datetime | None) -> str | None:
        """Return the stored form; a naive value raises ValueError, for nobody knows its zone."""
        return None if value is None else stored_instant(value)

    def python_value(self, value: str | None) -> datetime | None:
        """Return the instant, aware and in UTC."""
        return None if value is None else read_instant(value)


def stored_instant(value: datetime) -> str:
    """Return an aware instant as it is stored, for example '2026-11-23 14:00:00.000000'."""
    if value.tzinfo is None:
        raise ValueError(f"an instant needs a time zone: {value!r}")
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def read_instant(value: str) -> datetime:
    """Return the instant that `stored_instant` wrote, aware and in UTC."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


def open_database(url: str) -> None:
    """Open the SQLite database at `url` (sqlite:///relative.db, sqlite:////absolute.db) for use.

    Makes or migrates the tables, and proves with a real write that the file can be written, so
    that a full disk or a wrong permission shows at start and not at 8:00. Raises DatabaseProblem.
    """
    path = _path_of(url)
    if not path.parent.is_dir():
        raise DatabaseProblem(
            f"The directory of the database, {path.parent}, does not exist. "
            f"Make it (mkdir -p {path.parent}), or set DATABASE_URL to another place."
        )
    opened = PooledSqliteDatabase(
        str(path), pragmas=PRAGMAS, autoconnect=False, max_connections=0, check_same_thread=False
    )
    database.initialize(opened)
    try:
        with writing():
            pass
        _migrate(opened, path)
        _prove_a_write()
    except (peewee.DatabaseError, sqlite3.Error, OSError) as error:
        close_database()
        raise DatabaseProblem(_worded(error, path)) from error
    except DatabaseProblem:
        close_database()
        raise


def open_to_look(url: str) -> None:
    """Open an existing database read-only, beside the process that uses it.

    Raises DatabaseProblem if there is none.
    """
    path = _path_of(url)
    if not path.is_file():
        raise DatabaseProblem(f"There is no database {path} yet: has the bot ever run?")
    database.initialize(
        PooledSqliteDatabase(
            f"{path.resolve().as_uri()}?mode=ro",
            uri=True,
            pragmas={"busy_timeout": PRAGMAS["busy_timeout"]},
            autoconnect=False,
            max_connections=0,
            check_same_thread=False,
        )
    )


def close_database() -> None:
    """Close every connection. Call it when no other thread uses the database any more."""
    if database.obj is not None:
        database.close_all()


@contextmanager
def reading() -> Iterator[None]:
    """A unit of work that only reads. May be nested in another unit."""
    with _connection():
        yield


@contextmanager
def writing() -> Iterator[None]:
    """A unit of work that writes: one transaction, all or nothing, no other writer beside it.

    IMMEDIATE takes the write lock before the first read, so what was read still holds when it
    is written. Nested in another `writing`, it joins that one.
    """
    # Our own threads queue here, woken at once; SQLite's busy wait would let them sleep longer.
    with _one_writer, _connection():
        if database.in_transaction():
            yield
        else:
            with database.atomic("IMMEDIATE"):
                yield


def rows(query: Any) -> list[tuple[Any, ...]]:
    """Return what a query selects as plain tuples, without the cost of building models."""
    return list(query.tuples())


@contextmanager
def _connection() -> Iterator[None]:
    # The pool keeps the connection open for the next unit: opening one costs fifty look-ups.
    mine = database.connect(reuse_if_open=True)
    try:
        yield
    finally:
        if mine:
            database.close()


def _path_of(url: str) -> Path:
    scheme, separator, rest = url.partition(":///")
    if scheme != "sqlite" or not separator or not rest:
        raise DatabaseProblem(
            "DATABASE_URL must name a SQLite file, "
            f"for example sqlite:///data/whoseonfirst.db; it is {url.rpartition('@')[2]!r}."
        )
    return Path(rest)


def _migrate(opened: PooledSqliteDatabase, path: Path) -> None:
    with reading():
        runner = Runner(opened, str(MIGRATIONS))
        newer = [step.name for step in runner.status() if step.path is None]
        if newer:
            raise DatabaseProblem(
                f"{path} was written by a newer WhoseOnFirst (it knows {', '.join(newer)}, this "
                "program does not). Update the program, or put back a backup of the database."
            )
        runner.up()


def _prove_a_write() -> None:
    # Two pages really go to the disk: reading alone would not notice that it is full.
    with _connection():
        database.execute_sql("CREATE TABLE IF NOT EXISTS write_probe (filler TEXT)")
        database.execute_sql("INSERT INTO write_probe VALUES (?)", ("x" * 8192,))
        database.execute_sql("DROP TABLE write_probe")


def _worded(error: Exception, path: Path) -> str:
    said = str(error).lower()
    for sign, words in _TROUBLES:
        if sign in said:
            return words.format(path=path, directory=path.parent)
    return f"{path} cannot be used as the database: {error}."
