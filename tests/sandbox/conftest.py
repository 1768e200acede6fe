"""One server for the tests of a file, on which each workspace and account has its own port."""

from collections.abc import Iterator

import pytest

from sandbox.server import LoopbackServer


@pytest.fixture(scope="module")
def server() -> Iterator[LoopbackServer]:
    server = LoopbackServer()
    yield server
    server.close()
