"""Shared by all tests: hypothesis's settings, and a fresh database for each test."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from storage.database import close_database, open_database
from tests.databases import empty_database

# Hypothesis starts from the same seed everywhere, so failures can be reproduced.
settings.register_profile(
    "default",
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("ci", settings.get_profile("default"), print_blob=True, max_examples=100)
settings.load_profile("ci" if os.environ.get("CI") else "default")


# By default Python's garbage collector runs every 700 objects: a twentieth of these tests' time.
gc.set_threshold(100_000, 20, 20)

# Files whose tests share something slow, or wait for a real clock. Each file stays in one process,
# and those that wait share one, because several waiting at once would leave cores idle.
# (xdist_group would do this, but has no effect: xdist sets it where pytest no longer looks.)
TOGETHER = ("tests/chaos/test_mornings.py", "tests/stories/test_machine.py")


class OneByOne(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a free process the next test, first those that stay together, longest first."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if file in TOGETHER else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> OneByOne:
    """Distribute single tests, because their durations differ by a factor of a thousand."""
    return OneByOne(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run two processes more than there are cores, because some tests wait for a real clock."""
    return (os.cpu_count() or 1) + 2


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print which tests were skipped and what they need, because skips are easily overlooked."""
    reasons = {report.longrepr[2] for report in terminalreporter.stats.get("skipped", [])}
    for reason in sorted(reasons):
        terminalreporter.write_line(reason.removeprefix("Skipped: "), yellow=True)


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    """A fresh database with all tables, open, and closed again after the test."""
    url = empty_database(tmp_path / "test.db")
    open_database(url)
    try:
        yield url
    finally:
        close_database()
