"""A user without root's permissions, even where the tests run as root."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = os.geteuid() == 0
NOBODY = 65534


@contextmanager
def folder_of_nobody() -> Iterator[Path]:
    """Yield a directory in which file permissions apply, even when the tests run as root."""
    folder = Path(tempfile.mkdtemp())
    try:
        if ROOT:
            os.chown(folder, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            if ROOT:
                os.seteuid(0)
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)
