"""The latest things by key, so that what comes again is known; older ones are forgotten."""

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
    """What Slack has delivered; it repeats what it is unsure about."""

    def __init__(self) -> None:
        self._seen: Recent[None] = Recent()
        self._lock = threading.Lock()

    def known(self, delivery: str | None) -> bool:
        """Tell whether something was delivered before, and remember it."""
        if not delivery:
            return False
        with self._lock:
            if delivery in self._seen:
                return True
            self._seen[delivery] = None
        return False
