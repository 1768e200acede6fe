"""A workspace with every kind of block, and its page."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sandbox.page.server import Page
from sandbox.world import Sandbox
from tests.page.gallery import MANIFEST, Gallery

MORNING = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


class Hall:
    """A workspace with the gallery's app in it, and its page."""

    def __init__(self) -> None:
        self.sandbox = Sandbox(MORNING, manifest=MANIFEST)
        self.alice = self.sandbox.person("Alice Adams", "+13125550101", admin=True)
        self.bob = self.sandbox.person("Bob", "+13125550102", tz="Europe/Berlin")
        people = [self.alice.slack, self.bob.slack]
        self.support = self.sandbox.slack.channel("support", members=people)
        self.gallery = Gallery(self.sandbox.slack, self.support, self.bob.id)
        self.url = Page(self.sandbox, port=0).url


@pytest.fixture
def hall() -> Iterator[Hall]:
    hall = Hall()
    yield hall
    hall.gallery.connection.stop()
    hall.sandbox.close()
