"""Captures the log, as the process writes it, in memory."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import StringIO

from bot.logs import set_up

OTHERS = ("peewee", "twilio", "tzlocal", "urllib3", "slack_sdk", "apscheduler", "slack_bolt")


@contextmanager
def log_written(
    level: str, form: str, secrets: Iterable[str] = ()
) -> Iterator[Callable[[], list[str]]]:
    """Log as `run_bot.py run` does, until the end of the block; yield what returns the lines."""
    loggers = [logging.getLogger(name) for name in (None, *OTHERS)]
    root, levels = loggers[0], [logger.level for logger in loggers]
    handlers = root.handlers[:]
    written = StringIO()
    set_up(level, form, secrets)
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    try:
        yield lambda: written.getvalue().splitlines()
    finally:
        root.handlers[:] = handlers
        for logger, before in zip(loggers, levels, strict=True):
            logger.setLevel(before)
