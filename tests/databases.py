"""A database with all tables and no rows: made once, then copied for each test."""

import tempfile
from pathlib import Path

from storage import files
from storage.database import close_database, open_database


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
