"""Logs one line for each answered command, click and form."""

import logging
import secrets
from time import perf_counter

log = logging.getLogger("whoseonfirst.listener")


class Answering:
    """One request, from now until it is answered.

    `operation` is the subcommand or the form, `actor` the Slack user. With `quiet` it's something
    that nobody asked for, such as re-rendering a form, and is logged at DEBUG.
    """

    def __init__(self, operation: str, actor: str, *, quiet: bool = False) -> None:
        self._operation, self._actor = operation, actor
        self._level = logging.DEBUG if quiet else logging.INFO
        self._began = perf_counter()

    def done(self, team: int, outcome: str = "answered") -> int:
        """Log that it was answered, and how; return the team's id (0 for none)."""
        fields = self._fields(team)
        log.log(
            self._level,
            "/oncall %s of %s: %s in %d ms",
            self._operation,
            self._actor,
            outcome,
            fields["ms"],
            extra=fields,
        )
        return team

    def failed(self) -> str:
        """Log the exception being handled; return the reference by which to find it in the log."""
        reference = secrets.token_hex(4)
        log.exception(
            "/oncall %s failed [%s]",
            self._operation,
            reference,
            extra={**self._fields(0), "reference": reference},
        )
        return reference

    def _fields(self, team: int) -> dict[str, object]:
        return {
            "team": team or None,
            "actor": self._actor,
            "operation": self._operation,
            "ms": round((perf_counter() - self._began) * 1000),
        }
