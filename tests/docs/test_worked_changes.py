"""The changes shown in docs/worked-changes.md work as written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs import worked

# Besides the tests that the page writes: those that hold a new module, word, setting or kind.
HOLD = (
    "tests/docs/test_house.py",
    "tests/docs/test_docs.py",
    "tests/bot/test_audited.py",
    "tests/changes/test_stored.py",
    "tests/changes/test_no_front.py",
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The project with all of the changes in it, and the paths of the files that they add."""
    copy = tmp_path_factory.mktemp("house")
    return copy, worked.apply(copy)


def runs(house: Path, *command: str) -> None:
    """Run a module of the tools in a copy of the project; what it says is shown if it fails."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=house,
        env=kept,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_worked_changes_pass_their_tests(house: tuple[Path, list[str]]) -> None:
    copy, added = house
    tests = [path for path in added if path.startswith("tests/")]
    assert len(tests) >= 4

    runs(copy, "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests, *HOLD)


def test_the_worked_changes_are_in_the_form_of_the_house(house: tuple[Path, list[str]]) -> None:
    copy, _ = house

    runs(copy, "ruff", "check", "--quiet", "--no-cache", ".")
    runs(copy, "ruff", "format", "--check", "--quiet", "--no-cache", ".")
