"""One line in the log for each command, click and form that was answered."""

import logging
import secrets
from time import perf_counter

log = logging.getLogger("whoseonfirst.listener")


class Answering:
    """One thing that somebody asked for, from now until it is answered.

    `operation` is the subcommand or the form, `actor` the Slack user. With `quiet` it is nothing
    that somebody did, such as a form that is drawn anew: said at DEBUG only.
    """

    def __init__(self, operation: str, actor: str, *, quiet: bool = False) -> None:
        self._operation, self._actor = operation, actor
        self._level = logging.DEBUG if quiet else logging.INFO
        self._began = perf_counter()

    def done(self, team: int, outcome: str = "answered") -> int:
        """Say that it is answered, and how; return the team's id (0: none)."""
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
        """Log the exception that is being handled; return the reference under which it stands."""
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
