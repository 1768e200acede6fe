"""The database as a file: who may read it, whether it can be written, a copy of it."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

PRIVATE, SHARED_WITH_GROUP = 0o600, 0o660
# Bytes. With less the next start could not write what it must.
ROOM = 1_000_000
BEFORE = ".before-"


def private_mode(path: Path) -> int:
    """Return the mode a file with phone numbers at `path` should have.

    A container's user id may change from run to run while its group stays 0. Where the directory
    is that group's to write in, the file is, too.
    """
    folder = path.parent.stat()
    group_writes = folder.st_gid == 0 and folder.st_mode & 0o020
    return SHARED_WITH_GROUP if group_writes else PRIVATE


def create(path: Path) -> None:
    """Make an empty file with its private mode, if there is none.

    SQLite gives the files beside it (-wal, -shm) the same mode.
    """
    try:
        made = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE)
    except FileExistsError:
        return
    try:
        os.fchmod(made, private_mode(path))
    finally:
        os.close(made)


def readable_by_others(path: Path) -> bool:
    """Tell whether users other than the owner and the group can read a file."""
    return bool(path.stat().st_mode & 0o004)


def why_not_writable(path: Path, *, wait: float = 5.0) -> str | None:
    """Return why a database at `path` could not be written, in SQLite's words; None if it could.

    Nothing is written to find that out: with a log beside the file its write lock is taken and
    given back, which takes up to `wait` seconds.
    """
    there = path.exists()
    if not _allowed(path.parent, os.W_OK | os.X_OK) or (there and not _allowed(path, os.W_OK)):
        return "readonly" if there else "unable to open"
    if shutil.disk_usage(path.parent).free < ROOM:
        return "disk is full"
    if not logs_of(path):
        return None
    uri = path.resolve().as_uri()
    # While the first connection reads, closing the second one moves nothing from the log.
    with closing(sqlite3.connect(f"{uri}?mode=ro", uri=True, timeout=wait)) as reader:
        reader.execute("BEGIN")
        try:
            reader.execute("SELECT 1 FROM sqlite_master").fetchone()
            how = f"{uri}?mode=rw"
            with closing(
                sqlite3.connect(how, uri=True, timeout=wait, isolation_level=None)
            ) as writer:
                writer.execute("BEGIN IMMEDIATE")
                writer.execute("ROLLBACK")
        except sqlite3.Error as error:
            return str(error)
    return None


def _allowed(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def logs_of(path: Path) -> list[Path]:
    """Return SQLite's logs beside a database: there while a process uses it, or after a crash."""
    beside = [path.with_name(path.name + end) for end in ("-wal", "-journal")]
    return [one for one in beside if one.exists()]


def copy_before(source: sqlite3.Connection, path: Path, number: str) -> Path:
    """Copy the database at `path` to a file beside it, named after the migration that follows.

    SQLite makes the copy, so that it holds what is in the log, too. An older copy with that name
    is replaced once this one is whole. Raises sqlite3.Error or OSError.
    """
    copy = path.with_name(f"{path.name}{BEFORE}{number}")
    part = copy.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
    try:
        create(part)
        with closing(sqlite3.connect(part)) as target:
            source.backup(target)
            # One file: a copy in WAL mode would make more of them wherever it is opened.
            target.execute("PRAGMA journal_mode = DELETE")
        part.replace(copy)
    finally:
        part.unlink(missing_ok=True)
    return copy


def copies_of(path: Path) -> list[Path]:
    """Return the copies that upgrades made of the database at `path`."""
    beside = path.parent.iterdir()
    return sorted(one for one in beside if one.name.startswith(f"{path.name}{BEFORE}"))


def remove_copies(path: Path, keep: Path) -> None:
    """Remove the copies that earlier upgrades made of the database at `path`, all but `keep`."""
    for copy in copies_of(path):
        if copy != keep:
            copy.unlink(missing_ok=True)
