"""Databases that many tests start with: made once, then copied."""

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from storage import files
from storage.database import close_database, database, open_database, reading

# An in-memory database can't have the write-ahead log that its header mentions.
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


_EMPTY = _made()  # at import, because later a test has its own database open


def empty_database(path: Path) -> str:
    """Put an empty database at `path`, like one from a first start, and return its URL."""
    files.create(path)
    path.write_bytes(_EMPTY)
    return f"sqlite:///{path}"


def made_once(make: Callable[[], object], *facts: object) -> None:
    """Call `make`, whose only effect is a change of the open database that depends on `facts`.

    If it was called before with the same facts on the same database, byte for byte, the earlier
    result is copied instead.
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
