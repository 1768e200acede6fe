"""One server for the tests of a file: each workspace and account on it has a port of its own."""

from collections.abc import Iterator

import pytest

from sandbox.server import LoopbackServer


@pytest.fixture(scope="module")
def server() -> Iterator[LoopbackServer]:
    server = LoopbackServer()
    yield server
    server.close()
