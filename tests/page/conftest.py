"""A browser for these tests, and the demo. In CI these tests must not be skipped."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from sandbox.demo import Demo
from sandbox.keeper import Begin
from sandbox.page.server import Page
from tests.forks import Imported
from tests.page.browser import PATIENCE, Screen, chromium, launched, screen
from tests.stories.command_line import bare_environment

expect.set_options(timeout=PATIENCE)

MISSING = (
    "Left out: the tests of the sandbox's page, because there is no Chromium. On Debian or Ubuntu: "
    "apt install chromium. Elsewhere: CHROMIUM=/path/to/chrome"
)
# Sun Nov 22, 2026, 20:00 in Chicago: the next morning is Bob's.
SUNDAY = datetime(2026, 11, 22, 20, tzinfo=ZoneInfo("America/Chicago")).astimezone(UTC)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for all these tests."""
    with sync_playwright() as playwright:
        path = chromium(playwright)
        if path is None:
            if os.environ.get("CI"):
                pytest.fail(MISSING)
            pytest.skip(MISSING)
        browser = launched(playwright, path)
        yield browser
        browser.close()


@pytest.fixture
def window(browser: Browser) -> Iterator[Screen]:
    """A window of a desk's size."""
    with screen(browser) as window:
        yield window


class Stage(Demo):
    """The demo's team and bot on a clock that moves only when asked, and the page."""

    def __init__(self, folder: Path, begin: Begin, *, empty: bool = False) -> None:
        super().__init__(SUNDAY, folder, running=False, empty=empty, begin=begin)
        self.page = Page(self.sandbox, self.keeper, port=0)
        self.url = self.page.url

    def id_of(self, name: str) -> str:
        """Return somebody's Slack id."""
        return next(person.id for person in self.people if person.name == name)


@pytest.fixture(scope="package")
def bots() -> Iterator[Imported]:
    """Forks the demo's bots; only `test_keeper.py` really starts them."""
    with Imported("sandbox.kept_bot", environment=bare_environment()) as bots:
        yield bots


@pytest.fixture
def stage(tmp_path: Path, bots: Imported) -> Iterator[Stage]:
    """The demo on Sunday evening, when nothing is due."""
    yield from played(Stage(tmp_path, bots.begin))


@pytest.fixture
def empty_stage(tmp_path: Path, bots: Imported) -> Iterator[Stage]:
    """The same workspace before anybody has set up a team."""
    yield from played(Stage(tmp_path, bots.begin, empty=True))


def played(stage: Stage) -> Iterator[Stage]:
    """Start a stage's bot, and close the stage at the end."""
    try:
        stage.start_bot()
        yield stage
    finally:
        stage.close()
