"""Passes everything that the app says in the sandbox to readers, as it's said.

A reader gets the place (a method of Slack's Web API, RESPONSE, SUBMISSION or SMS) and the content
(the arguments, the answer or the body). It's called in the thread that carries the message.
"""

from collections.abc import Callable
from typing import Any

RESPONSE = "response_url"  # also answers within an acknowledgement
SUBMISSION = "view_submission"
SMS = "sms"

readers: list[Callable[[str, dict[str, Any]], None]] = []


def said(where: str, what: dict[str, Any]) -> None:
    """Call every reader."""
    for reader in readers:
        reader(where, what)
