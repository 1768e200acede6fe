"""The dead man's switch: a URL that is requested while messages are known to get out."""

import logging
import socket
import threading
from contextlib import suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter

log = logging.getLogger("whoseonfirst.jobs")

TIMEOUT = 5.0  # seconds to connect, and for each part of an answer
LIMIT = 10.0  # seconds for all of it


class Switch:
    """Requests a URL in its own thread, so it never holds up anything else.

    The URL is a secret, so it's never logged. One request may take `limit` seconds in all.
    """

    def __init__(self, url: str, limit: float = LIMIT) -> None:
        self._url = url
        self._limit = limit
        self._asking: threading.Thread | None = None

    def ask(self) -> None:
        """Start a request, unless one is running, and return at once. Not thread-safe."""
        if self._asking and self._asking.is_alive():
            log.warning("HEARTBEAT_URL still doesn't answer")
            return
        # A daemon, so that a request that hangs doesn't outlive us.
        self._asking = threading.Thread(target=self._ask, name="heartbeat-url", daemon=True)
        self._asking.start()

    def wait(self, timeout: float) -> bool:
        """Wait until no request is running, at most `timeout` seconds; tell whether that is so."""
        if self._asking:
            self._asking.join(timeout)
        return not (self._asking and self._asking.is_alive())

    def _ask(self) -> None:
        adapter = _Cut()
        timer = threading.Timer(self._limit, adapter.cut)
        timer.daemon = True
        timer.start()
        try:
            with requests.Session() as session:
                session.mount("http://", adapter)
                session.mount("https://", adapter)
                # The body isn't read: it isn't needed, and it may come byte by byte.
                with session.get(self._url, timeout=TIMEOUT, stream=True) as answer:
                    answer.raise_for_status()
        except (requests.RequestException, OSError, ValueError) as error:
            # The error's own text would contain the URL.
            log.warning("HEARTBEAT_URL did not answer: %s", type(error).__name__)
        finally:
            timer.cancel()


class _Cut(HTTPAdapter):
    """Connections that can be cut, because a timeout only limits each read, not all of them."""

    def __init__(self) -> None:
        super().__init__()
        self._opened: list[Any] = []

    def cut(self) -> None:
        """End every connection, whatever is being read from it."""
        for connection in self._opened:
            if connection.sock is not None:
                with suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Return the pool of connections to a host, which remembers those that it opens."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        made, opened = pool.ConnectionCls, self._opened

        def noted(*args: Any, **kwargs: Any) -> Any:
            connection = made(*args, **kwargs)
            opened.append(connection)
            return connection

        pool.ConnectionCls = noted
        return pool
