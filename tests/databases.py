"""Databases that many tests begin with: made once, then copied."""

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from storage import files
from storage.database import close_database, database, open_database, reading

# A database in memory can't have the log beside it that its header speaks of.
# https://www.sqlite.org/c3ref/deserialize.html
_NO_LOG = slice(18, 20), b"\x01\x01"
MOST_KEPT = 30

_kept: dict[bytes, bytes] = {}


def _made() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        open_database(f"sqlite:///{path}")
        close_database()
        return path.read_bytes()


_EMPTY = _made()  # as this is imported: later a test has its own database open


def empty_database(path: Path) -> str:
    """Put an empty database at `path`, as our own start would, and return its URL."""
    files.create(path)
    path.write_bytes(_EMPTY)
    return f"sqlite:///{path}"


def made_once(make: Callable[[], object], *facts: object) -> None:
    """Call `make`, which does nothing but change the open database, by `facts` alone.

    Where it was called before with the same facts on the same database, to the last byte, that is
    brought to what came of it instead.
    """
    begun = sha256(_content() + repr(facts).encode()).digest()
    if begun not in _kept:
        make()
        if len(_kept) == MOST_KEPT:
            del _kept[next(iter(_kept))]
        _kept[begun] = _content()
        return
    content = bytearray(_kept[begun])
    content[_NO_LOG[0]] = _NO_LOG[1]
    with closing(sqlite3.connect(":memory:")) as source, reading():
        source.deserialize(bytes(content))
        source.backup(database.connection())


def _content() -> bytes:
    with reading():
        content: bytes = database.connection().serialize()
        return content
