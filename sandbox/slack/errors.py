"""The local Slack's errors."""

from typing import Any


class SlackError(Exception):
    """An answer with `ok: false`. `code` is Slack's error code."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.answer: dict[str, Any] = {"ok": False, "error": code, **more}


class NoAnswer(Exception):
    """An action in Slack got no answer; the subclass says how far it got."""


class DispatchFailed(NoAnswer):
    """No app was connected. Slack tells the person: "failed with the error dispatch_failed"."""


class OperationTimeout(NoAnswer):
    """The app did not acknowledge within three seconds. Slack says "operation_timeout"."""


class InvalidAnswer(NoAnswer):
    """The app's answer is one that Slack would not show."""
