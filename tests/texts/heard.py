"""Records what the bot says in the tests: `pytest -p tests.texts.heard --heard FOLDER`."""

import json
import os
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from sandbox import transcript
from tests.texts.reading import read

# Stories with unusual input, which become examples only if no other story has the text.
ODD = re.compile(r"test_(?:fuzz|forged|hidden|markup|long|large|floods|robustness|true)")


class Scribe:
    """Writes each message into a file once, ignoring differences in numbers.

    Messages of ODD stories go into a file of their own, named `odd`.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._file = (folder / f"{name}.jsonl").open("a", encoding="utf-8")
        self._odd = (folder / f"{name}.odd").open("a", encoding="utf-8")
        self._known: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def __call__(self, where: str, what: dict[str, Any]) -> None:
        """Write it down."""
        if found := read(where, what):
            reader, text = found
            with self._lock:
                key = (reader, re.sub(r"\d+", "0", text))
                if key not in self._known:
                    self._known.add(key)
                    odd = ODD.search(os.environ.get("PYTEST_CURRENT_TEST", ""))
                    file = self._odd if odd else self._file
                    file.write(json.dumps([reader, text], ensure_ascii=False) + "\n")

    def close(self) -> None:
        """Finish the files."""
        self._file.close()
        self._odd.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for the folder."""
    parser.addoption("--heard", type=Path, help="a folder for what the bot says in the tests")


def pytest_configure(config: pytest.Config) -> None:
    """Start recording, in each process that runs tests."""
    folder: Path | None = config.getoption("--heard")
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        worker = getattr(config, "workerinput", {"workerid": "alone"})["workerid"]
        scribe = Scribe(folder, worker)
        transcript.readers.append(scribe)
        config.add_cleanup(scribe.close)
