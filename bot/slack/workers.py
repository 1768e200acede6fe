"""The threads in which answers are given that take time."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

log = logging.getLogger("whoseonfirst.listener")


class Workers:
    """Carries work out later; direct messages have threads of their own.

    So no command waits behind what somebody writes.
    """

    def __init__(self) -> None:
        self._slow = ThreadPoolExecutor(8, thread_name_prefix="command")
        self._talk = ThreadPoolExecutor(4, thread_name_prefix="direct")
        self._in_hand: set[Future[Any]] = set()

    def later(self, work: Callable[[], Any]) -> "Future[Any]":
        """Start work; what it raises is logged."""
        return self._start(self._slow, work)

    def talk(self, work: Callable[[], Any]) -> "Future[Any]":
        """Start work in the threads for direct messages."""
        return self._start(self._talk, work)

    def after(self, ready: "Future[Any]", work: Callable[[], Any]) -> None:
        """Do something once `ready` is; never in this thread, in which an answer may be waiting."""
        ready.add_done_callback(lambda _: self.later(work))

    def stop(self, timeout: float) -> bool:
        """Take no more, and finish what was started; tell whether all was in `timeout` seconds."""
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
