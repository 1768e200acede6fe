"""The database as a file: its permissions, whether it can be written, and copies."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

PRIVATE, SHARED_WITH_GROUP = 0o600, 0o660
# Bytes that must be free, so that the next start can write what it needs.
ROOM = 1_000_000
BEFORE = ".before-"


def private_mode(path: Path) -> int:
    """Return the mode a file with phone numbers at `path` should have.

    A container's user id may change from run to run while its group stays 0. If that group may
    write in the directory, it may write the file too.
    """
    folder = path.parent.stat()
    group_writes = folder.st_gid == 0 and folder.st_mode & 0o020
    return SHARED_WITH_GROUP if group_writes else PRIVATE


def create(path: Path) -> None:
    """Create an empty file with a private mode, if there is none.

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

    Nothing is written to find out. If there is a log beside the file, the write lock is taken and
    released, which may take up to `wait` seconds.
    """
    there = path.exists()
    if not _allowed(path.parent, os.W_OK | os.X_OK) or (there and not _allowed(path, os.W_OK)):
        return "readonly" if there else "unable to open"
    if shutil.disk_usage(path.parent).free < ROOM:
        return "disk is full"
    if not logs_of(path):
        return None
    uri = path.resolve().as_uri()
    # While the first connection reads, closing the second one doesn't checkpoint the log.
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
    """Return SQLite's logs beside a database, which exist while it's in use, or after a crash."""
    beside = [path.with_name(path.name + end) for end in ("-wal", "-journal")]
    return [one for one in beside if one.exists()]


def copy_before(source: sqlite3.Connection, path: Path, number: str) -> Path:
    """Copy the database at `path` to a file beside it, named after the migration that follows.

    SQLite makes the copy, so it includes what is in the log. An older copy with that name is
    replaced once this one is complete. Raises sqlite3.Error or OSError.
    """
    copy = path.with_name(f"{path.name}{BEFORE}{number}")
    part = copy.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
    try:
        create(part)
        with closing(sqlite3.connect(part)) as target:
            source.backup(target)
            # In WAL mode, opening the copy would create more files beside it.
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
