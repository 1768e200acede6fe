"""Remembers the latest things by key, to recognize what is delivered twice."""

import threading
from collections import OrderedDict
from typing import TypeVar

REMEMBERED = 1000

T = TypeVar("T")


class Recent(OrderedDict[str, T]):
    """The latest entries by key, `most` of them; older ones are forgotten."""

    def __init__(self, most: int = REMEMBERED) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: str, value: T) -> None:
        super().__setitem__(key, value)
        if len(self) > self._most:
            self.popitem(last=False)


class Deliveries:
    """Recent deliveries: Slack repeats one if it isn't sure that we got it."""

    def __init__(self) -> None:
        self._seen: Recent[None] = Recent()
        self._lock = threading.Lock()

    def known(self, delivery: str | None) -> bool:
        """Return whether something was delivered before, and remember it."""
        if not delivery:
            return False
        with self._lock:
            if delivery in self._seen:
                return True
            self._seen[delivery] = None
        return False
