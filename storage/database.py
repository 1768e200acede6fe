"""Opening the database, units of work, and how instants are stored."""

import errno
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import peewee
from peewee import DatabaseProxy, DateTimeField
from playhouse.migrations import Runner
from playhouse.pool import PooledSqliteDatabase

from storage import files

database = DatabaseProxy()
_one_writer = threading.RLock()
_unit = threading.local()  # per thread: what to do once its unit of work is committed

MIGRATIONS = Path(__file__).parent / "migrations"

PRAGMAS = {
    "journal_mode": "wal",
    "foreign_keys": 1,
    "busy_timeout": 5000,  # milliseconds
    "synchronous": "full",  # a claimed SMS must still be claimed after a power cut
}

# Parts of SQLite's error messages, and our words for them. The first match is shown.
_TROUBLES = (
    (
        "not a database",
        "{path} isn't a SQLite database. Move it away, or set DATABASE_URL to another file.",
    ),
    ("malformed", "{path} is damaged. Restore a backup, or set DATABASE_URL to another file."),
    (
        "readonly",
        "{path} can't be written. Give the user that runs the bot write access to it and to its "
        "directory, {directory}.",
    ),
    ("disk is full", "The disk with {path} is full. Free up some space, then try again."),
    ("disk i/o", "Can't read or write {path}. Check its disk (is it full?), then try again."),
    ("locked", "{path} is locked by another program. Stop it, then try again."),
    (
        "unable to open",
        "{path} can't be opened. Check that it's a file, and that the user that runs the bot can "
        "read and write it and its directory, {directory}.",
    ),
)


AT_THE_NEXT_START = "The next `run_bot.py run` makes a copy of it, then upgrades it."


class DatabaseProblem(Exception):
    """The database can't be used; the message is one line that says what to do."""


class NoDatabaseYet(DatabaseProblem):
    """There is no file, or an empty one."""


class UtcDateTimeField(DateTimeField):
    """An instant. Takes only aware datetimes, and stores them as UTC text that sorts by time."""

    def db_value(self, value: datetime | None) -> str | None:
        """Return the stored form; a naive value raises ValueError, because its zone is unknown."""
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


class Opened(NamedTuple):
    """The result of opening a database: whether it's new, and the copy made before migrations."""

    path: Path
    new: bool
    migrated: tuple[str, ...] = ()
    copy: Path | None = None


def open_database(url: str, *, migrate: bool = True) -> Opened:
    """Open the SQLite database at `url` (sqlite:///relative.db, sqlite:////absolute.db) for use.

    Creates the tables in a new one. One of an older version is copied and migrated; with
    `migrate=False` this raises instead, because an older process may be using it. A real write
    proves that the file can be written, so a full disk or a wrong permission shows at the start and
    not at 8:00. Raises DatabaseProblem.
    """
    path = _place_of(url)
    opened = PooledSqliteDatabase(
        str(path), pragmas=PRAGMAS, autoconnect=False, max_connections=0, check_same_thread=False
    )
    database.initialize(opened)
    try:
        with in_words(url):
            files.create(path)
            with writing():
                pass
            done = _migrate(opened, path, migrate=migrate)
            _prove_a_write()
    except DatabaseProblem:
        close_database()
        raise
    return done


def open_to_look(url: str, *, older: bool = False) -> tuple[str, ...]:
    """Open an existing database read-only, even while another process uses it.

    Nothing is written, not even the files that SQLite creates beside a database. Returns the
    migrations that it lacks. With `older=True`, one of an older version is opened too, whose tables
    may lack columns of the models. Raises DatabaseProblem.
    """
    path = _path_of(url)
    with in_words(url):
        is_there = path.exists() and (not path.is_file() or path.stat().st_size > 0)
    if not is_there:
        raise NoDatabaseYet(
            f"The database {path} doesn't exist yet. To create it, start the bot: run_bot.py run"
        )
    # Without a log nobody is writing; opening with mode=ro alone would create a log and leave it.
    how = "mode=ro" if files.logs_of(path) else "mode=ro&immutable=1"
    opened = PooledSqliteDatabase(
        f"{path.resolve().as_uri()}?{how}",
        uri=True,
        pragmas={"busy_timeout": PRAGMAS["busy_timeout"]},
        autoconnect=False,
        max_connections=0,
        check_same_thread=False,
    )
    database.initialize(opened)
    try:
        with in_words(url), reading():
            missing = _missing(Runner(opened, str(MIGRATIONS)), path)
        if missing and not older:
            raise DatabaseProblem(
                f"{path} was written by an older WhoseOnFirst. {AT_THE_NEXT_START}"
            )
    except DatabaseProblem:
        close_database()
        raise
    return missing


def prove_writable(url: str) -> Path:
    """Return the path of the database, which needn't exist yet.

    Raises DatabaseProblem if it can't be written. Nothing is written to find out.
    """
    path = _place_of(url)
    with in_words(url):
        trouble = files.why_not_writable(path)
    if trouble:
        raise DatabaseProblem(_worded(sqlite3.OperationalError(trouble), path))
    return path


@contextmanager
def in_words(url: str) -> Iterator[None]:
    """Turn database errors in this block into a DatabaseProblem."""
    try:
        yield
    except (peewee.DatabaseError, sqlite3.Error, OSError) as error:
        raise DatabaseProblem(_worded(error, _path_of(url))) from error


def close_database() -> None:
    """Close every connection. Call it when no other thread uses the database anymore."""
    if database.obj is not None:
        database.close_all()


@contextmanager
def reading() -> Iterator[None]:
    """A unit of work that only reads. May be nested in another unit."""
    with _connection():
        yield


@contextmanager
def writing() -> Iterator[None]:
    """A unit of work that writes: one transaction, with no other writer at the same time.

    IMMEDIATE takes the write lock before the first read, so what was read is still true when it is
    written. Nested in another `writing`, it joins that one.
    """
    # Our own threads queue here and wake at once; SQLite's busy wait would keep them asleep longer.
    with _one_writer, _connection():
        if database.in_transaction():
            yield
            return
        kept = _unit.kept = []
        try:
            with database.atomic("IMMEDIATE"):
                yield
        finally:
            _unit.kept = None
    for work in dict(kept):
        work([item for its, item in kept if its is work])


def once_kept(work: Callable[[list[Any]], None], item: object) -> None:
    """Call `work` with all its items after the `writing` around this is committed.

    It is not called if the unit, or the rehearsal around this, is rolled back.
    """
    kept = getattr(_unit, "kept", None)
    if kept is None:
        work([item])
    else:
        kept.append((work, item))


@contextmanager
def rehearsing() -> Iterator[Callable[[], None]]:
    """A part of a unit that can be rolled back, by calling the yielded function at its end."""
    before = len(_unit.kept)
    with database.atomic() as savepoint:

        def roll_back() -> None:
            savepoint.rollback()
            del _unit.kept[before:]

        yield roll_back


def rows(query: Any) -> list[tuple[Any, ...]]:
    """Return a query's rows as plain tuples, without the cost of building models."""
    return list(query.tuples())


@contextmanager
def _connection() -> Iterator[None]:
    # The pool keeps the connection for the next unit, because opening one is expensive.
    mine = database.connect(reuse_if_open=True)
    try:
        yield
    except ValueError:
        # A row that can't be read leaves its cursor open, and with it an old snapshot of the
        # database that can't be written from.
        if mine:
            database.manual_close()
        raise
    finally:
        if mine:
            database.close()


def _path_of(url: str) -> Path:
    scheme, separator, rest = url.partition(":///")
    if scheme != "sqlite" or not separator or not rest:
        raise DatabaseProblem(
            "DATABASE_URL must name a SQLite file, "
            f"for example sqlite:///data/whoseonfirst.db; it is {_shown(url)!r}."
        )
    path = Path(rest)
    if os.path.isdir(path):  # Path.is_dir raises without permission
        raise DatabaseProblem(
            f"{path} is a directory. Set DATABASE_URL to a file in it: "
            f"sqlite:///{path / 'whoseonfirst.db'}"
        )
    return path


def _place_of(url: str) -> Path:
    """Return the path of a database. Raises DatabaseProblem if its directory doesn't exist."""
    path = _path_of(url)
    with in_words(url):
        has_directory = path.parent.is_dir()
    if not has_directory:
        raise DatabaseProblem(
            f"The database's directory, {path.parent}, doesn't exist. "
            f"Create it (mkdir -p {path.parent}), or set DATABASE_URL to another path."
        )
    return path


def _shown(url: str) -> str:
    """Return another database's URL without the parts that may contain a password."""
    if "?" in url:
        return f"{url.partition(':')[0]}:…"
    return url.rpartition("@")[2]


def _missing(runner: Runner, path: Path) -> tuple[str, ...]:
    """Return the migrations to run. Raises DatabaseProblem if a newer version wrote the file."""
    steps = runner.status()
    newer = [step.name for step in steps if step.path is None]
    if newer:
        raise DatabaseProblem(
            f"{path} was written by a newer WhoseOnFirst (with {', '.join(newer)}, which this "
            "version doesn't know). Update WhoseOnFirst, or restore a backup of the database."
        )
    return tuple(step.name for step in steps if not step.applied)


def _migrate(opened: PooledSqliteDatabase, path: Path, *, migrate: bool) -> Opened:
    with reading():
        runner = Runner(opened, str(MIGRATIONS))
        missing = _missing(runner, path)
        new = not opened.get_tables()
        if not missing:
            return Opened(path, new)
        if new:
            _all_at_once(opened, runner)
            return Opened(path, new, missing)
        if not migrate:
            raise DatabaseProblem(
                f"{path} was written by an older WhoseOnFirst. Start this version first "
                "(`run_bot.py run`): it makes a copy of the database, then upgrades it."
            )
        copy = files.copy_before(opened.connection(), path, missing[0].partition("_")[0])
        try:
            _all_at_once(opened, runner)
        except Exception as error:
            # Whatever fails, the operator needs to know where the copy is.
            raise DatabaseProblem(
                f"{path} couldn't be upgraded ({type(error).__name__}: {error}). It's unchanged, "
                f"and {copy} is a copy of it: the previous version can still run with either."
            ) from error
        files.remove_copies(path, keep=copy)
    return Opened(path, new, missing, copy)


def _all_at_once(opened: PooledSqliteDatabase, runner: Runner) -> None:
    """Run the missing migrations in one transaction, so a kill or a failure changes nothing."""
    # Migrations rebuild tables, and this pragma has no effect inside a transaction.
    opened.pragma("foreign_keys", 0)
    try:
        with opened.atomic("IMMEDIATE"):
            before = _dangling(opened)
            runner.up()
            # Somebody may have deleted rows by hand, so only new dangling references count.
            for table, parent in _dangling(opened) - before:
                raise peewee.IntegrityError(f"a row of {table} refers to a missing row of {parent}")
    finally:
        opened.pragma("foreign_keys", 1)


def _dangling(opened: PooledSqliteDatabase) -> Counter[tuple[str, str]]:
    """Return the number of dangling references, by table and referenced table."""
    found = opened.execute_sql("PRAGMA foreign_key_check").fetchall()
    return Counter((table, parent) for table, _, parent, _ in found)


def _prove_a_write() -> None:
    # Two pages are written to the disk, because reading wouldn't notice that it is full.
    with _connection():
        database.execute_sql("CREATE TABLE IF NOT EXISTS write_probe (filler TEXT)")
        database.execute_sql("INSERT INTO write_probe VALUES (?)", ("x" * 8192,))
        database.execute_sql("DROP TABLE write_probe")


def _worded(error: Exception, path: Path) -> str:
    said = str(error).lower()
    if isinstance(error, OSError):  # about the file itself, before SQLite opened it
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        said = "disk is full" if full else "unable to open"
    for sign, words in _TROUBLES:
        if sign in said:
            return words.format(path=path, directory=path.parent)
    return f"{path} can't be used as the database: {error}."
