"""What the app says in the sandbox, as it comes, for whoever reads along.

A reader is given where it was said: a method of Slack's Web API, RESPONSE or SUBMISSION, or SMS;
and what: the arguments, the answer, or the body. It's called in the thread in which it's said.
"""

from collections.abc import Callable
from typing import Any

RESPONSE = "response_url"  # also what is said with an acknowledgement
SUBMISSION = "view_submission"
SMS = "sms"

readers: list[Callable[[str, dict[str, Any]], None]] = []


def said(where: str, what: dict[str, Any]) -> None:
    """Tell every reader."""
    for reader in readers:
        reader(where, what)
