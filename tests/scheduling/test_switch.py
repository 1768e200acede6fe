"""The dead man's switch, pinging servers that answer slowly or never."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from scheduling.switch import Switch

LIMIT = 0.5
HEADERS = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n"


class Drip:
    """A server that sends something at once, and then a byte every tenth of a second."""

    def __init__(self, at_once: bytes) -> None:
        self._at_once = at_once
        self._closing = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.asked = 0
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/secret"
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.asked += 1
                self._threads.append(threading.Thread(target=self._drip, args=[connection]))
                self._threads[-1].start()

    def _drip(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.recv(4096)
            connection.sendall(self._at_once)
            while not self._closing.wait(0.1):
                connection.sendall(b".")

    def close(self) -> None:
        self._closing.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join()


@pytest.fixture(params=[b"", HEADERS + b"X-Slow: ", HEADERS + b"\r\n"])
def drip(request: pytest.FixtureRequest) -> Iterator[Drip]:
    drip = Drip(request.param)
    yield drip
    drip.close()


def test_one_that_hardly_answers_holds_up_nobody_and_is_given_up(drip: Drip) -> None:
    switch = Switch(drip.url, LIMIT)
    for times in (1, 2):
        began = time.monotonic()
        switch.ask()
        assert time.monotonic() - began < LIMIT / 2
        assert switch.wait(LIMIT * 4)
        assert drip.asked == times


def test_it_is_not_asked_for_twice_at_once(caplog: pytest.LogCaptureFixture) -> None:
    drip = Drip(b"")
    switch = Switch(drip.url, LIMIT)
    switch.ask()
    switch.ask()
    assert switch.wait(LIMIT * 4)
    drip.close()

    assert drip.asked == 1
    assert "HEARTBEAT_URL still doesn't answer" in caplog.text
    assert "secret" not in caplog.text
