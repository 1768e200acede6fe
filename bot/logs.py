"""What the process writes about itself: JSON lines or text, without numbers and tokens."""

import json
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

from pythonjsonlogger.json import JsonFormatter

from bot.quiet import Quiet
from bot.redaction import Redactor

# Fields that a line may have besides its text, to search by.
FIELDS = ("team", "notification", "actor", "operation", "reference", "ms")


class _InUtc(logging.Formatter):
    """Writes instants as 2026-11-26T10:44:07.091Z, whatever the machine's time zone."""

    def formatTime(  # noqa: N802 - logging's own name
        self,
        record: logging.LogRecord,
        datefmt: str | None = None,  # noqa: ARG002 - there is one format
    ) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        return f"{at.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


class _Json(_InUtc, JsonFormatter):
    """One object a line, also of a traceback; the fields are fields of it."""


class _Text(_InUtc):
    """One line, with the fields at its end; a traceback follows on lines of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        fields = {name: getattr(record, name, None) for name in FIELDS}
        extra = "".join(
            f" {name}={_word(value)}" for name, value in fields.items() if value is not None
        )
        # Text that somebody typed must not be able to fake a log line.
        return (super().formatMessage(record) + extra).replace("\r", "\\r").replace("\n", "\\n")


def _word(value: object) -> str:
    """Return a field's value as one word, in quotes if it is several."""
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if " " in text or not text else text


class _Redacted(logging.Formatter):
    """Formats through another formatter, and redacts what comes out."""

    def __init__(self, inner: logging.Formatter, redacted: Redactor) -> None:
        super().__init__()
        self._inner, self._redacted = inner, redacted

    def format(self, record: logging.LogRecord) -> str:
        return self._redacted(self._inner.format(record))


def set_up(level: str, form: str, secrets: Iterable[str] = ()) -> None:
    """Write log lines of `level` and above to standard error, as 'json' or 'text'.

    `secrets` are never in them, whoever logs.
    """
    inner: logging.Formatter
    if form == "json":
        inner = _Json(
            "{asctime}{levelname}{name}{message}",
            style="{",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        )
    else:
        inner = _Text("%(asctime)s %(levelname)-7s %(message)s")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacted(inner, Redactor(secrets)))
    handler.addFilter(Quiet())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # They log each request at INFO, which would bury what matters.
    for name in ("peewee", "twilio", "tzlocal", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # It also raises what it logs, and the caller logs that.
    logging.getLogger("slack_sdk").setLevel(logging.CRITICAL)
    # A wake-up skipped because two are already running does no harm.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    # At each start it warns that it will not use the token in the environment; the client has it.
    logging.getLogger("slack_bolt").setLevel(logging.ERROR)
