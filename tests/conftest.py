"""What all tests share: how hypothesis searches, and a database of one's own."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from storage.database import close_database, open_database
from tests.databases import empty_database

# The search starts from the same seed everywhere, so a failure here is a failure there too.
settings.register_profile(
    "default",
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("ci", settings.get_profile("default"), print_blob=True, max_examples=100)
settings.load_profile("ci" if os.environ.get("CI") else "default")


# Python looks for garbage every 700 objects by default: a twentieth of the time of these tests.
gc.set_threshold(100_000, 20, 20)

# Files whose tests share what takes long, or wait for a real clock, all of them on one process: of
# those that wait at once no core would have the work. (xdist_group says the same, and is not heard:
# xdist writes it where pytest looks no longer.)
TOGETHER = ("tests/chaos/test_mornings.py", "tests/stories/test_machine.py")


class OneByOne(LoadScopeScheduling):  # type: ignore[misc]
    """Gives each process the next test when it's free, the longest of what stays together first."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if file in TOGETHER else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> OneByOne:
    """Spread single tests: what one of them takes differs by a thousand times."""
    return OneByOne(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run two processes more than there are cores, for some tests wait for a real clock."""
    return (os.cpu_count() or 1) + 2


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in a line what was left out, and what it takes: a skipped test is easily overlooked."""
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
