"""How the local Slack says no."""

from typing import Any


class SlackError(Exception):
    """An answer with `ok: false`. `code` is Slack's own word for what was wrong."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.answer: dict[str, Any] = {"ok": False, "error": code, **more}


class NoAnswer(Exception):
    """What somebody did in Slack got no answer; the subclass says how far it came."""


class DispatchFailed(NoAnswer):
    """No app was connected. Slack tells the person: "failed with the error dispatch_failed"."""


class OperationTimeout(NoAnswer):
    """The app did not acknowledge within three seconds. Slack says "operation_timeout"."""


class InvalidAnswer(NoAnswer):
    """The app answered with something that Slack would not show."""
