"""What the process writes about itself: JSON lines or text, never a full phone number."""

import logging
import re
import sys

from pythonjsonlogger.json import JsonFormatter

from scheduling.numbers import masked

_NUMBER = re.compile(r"\+\d{7,15}\b")


class _Masked(logging.Formatter):
    """Formats through another formatter, and masks the numbers in what comes out."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return _NUMBER.sub(lambda match: masked(match[0]), self._inner.format(record))


def set_up(level: str, form: str) -> None:
    """Write log lines of `level` and above to standard error, as 'json' or 'text'."""
    inner: logging.Formatter
    if form == "json":
        inner = JsonFormatter(
            "{asctime}{levelname}{name}{message}",
            style="{",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        )
    else:
        inner = logging.Formatter("%(asctime)s %(levelname)-7s %(message)s")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Masked(inner))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Their every request at INFO would bury what matters.
    for name in ("peewee", "slack_sdk", "twilio", "tzlocal", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # A wake-up that is skipped because two are running already changes nothing.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    # At each start it warns that it will not use the token in the environment; the client has it.
    logging.getLogger("slack_bolt").setLevel(logging.ERROR)
