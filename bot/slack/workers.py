"""The threads that work on slow answers."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

log = logging.getLogger("whoseonfirst.listener")


class Workers:
    """Runs work in threads, with separate ones for direct messages so no command waits for them."""

    def __init__(self) -> None:
        self._slow = ThreadPoolExecutor(8, thread_name_prefix="command")
        self._talk = ThreadPoolExecutor(4, thread_name_prefix="direct")
        self._in_hand: set[Future[Any]] = set()

    def later(self, work: Callable[[], Any]) -> "Future[Any]":
        """Start work; log any exception."""
        return self._start(self._slow, work)

    def talk(self, work: Callable[[], Any]) -> "Future[Any]":
        """Start work in the threads for direct messages."""
        return self._start(self._talk, work)

    def after(self, ready: "Future[Any]", work: Callable[[], Any]) -> None:
        """Run work once `ready` is done; never in the calling thread, which may have to answer."""
        ready.add_done_callback(lambda _: self.later(work))

    def stop(self, timeout: float) -> bool:
        """Accept no more, finish what was started; return whether it took at most `timeout` s."""
        self._slow.shutdown(wait=False)
        self._talk.shutdown(wait=False)
        return not wait(self._in_hand.copy(), timeout).not_done

    def _start(self, pool: ThreadPoolExecutor, work: Callable[[], Any]) -> "Future[Any]":
        future = pool.submit(work)
        self._in_hand.add(future)
        future.add_done_callback(self._ended)
        return future

    def _ended(self, future: "Future[Any]") -> None:
        self._in_hand.discard(future)
        if not future.cancelled() and (error := future.exception()):
            log.error("an answer went wrong", exc_info=error)
