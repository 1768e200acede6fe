"""Turns the errors of Slack, or of the connection to it, into a DeliveryError."""

import socket
from http.client import HTTPException
from urllib.error import URLError

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from scheduling.channels import OUT_OF_REACH, DeliveryError
from scheduling.channels.retry_after import asked_wait
from scheduling.channels.slack import codes
from storage.statuses import Outcome, OwnCode

SLACK_ERRORS = (SlackClientError, OSError, HTTPException)


def never_left(error: Exception) -> bool:
    """Tell whether the request can't have reached Slack, because there was no connection."""
    unreached = ConnectionRefusedError | socket.gaierror
    return isinstance(error, URLError) and isinstance(error.reason, unreached)


def delivery_error(error: Exception, *, sending: bool) -> DeliveryError:
    """Return what one of SLACK_ERRORS means. If we were `sending`, the post may exist anyway."""
    if isinstance(error, SlackApiError):
        return _refused(error.response, sending=sending)
    if sending and not never_left(error):
        return DeliveryError(
            Outcome.UNCERTAIN, OwnCode.NO_ANSWER, "Slack got the request but never answered."
        )
    return DeliveryError(
        Outcome.TEMPORARY, OwnCode.NO_CONNECTION, "Slack couldn’t be reached.", OUT_OF_REACH
    )


def _refused(answer: SlackResponse, *, sending: bool) -> DeliveryError:
    code = str(answer.get("error") or answer.status_code)
    known = codes.is_code(code)
    trouble = f"Slack is having trouble ({answer.status_code})."
    words = codes.words(code) if known and not code.isdecimal() else trouble
    passes = codes.outcome(code) is Outcome.TEMPORARY
    if answer.status_code == 429 or answer.status_code >= 500 or passes:
        code = code if known else str(answer.status_code)
        error_class = codes.explain(code).error_class
        wait = asked_wait(answer.headers)
        return DeliveryError(Outcome.TEMPORARY, code, words, wait, error_class)
    if not known:  # not Slack's, for example a proxy's page
        words = "Slack’s answer made no sense."
        outcome = Outcome.UNCERTAIN if sending else Outcome.TEMPORARY
        return DeliveryError(outcome, OwnCode.NO_SENSE, words)
    return refusal(code, words)


def refusal(code: str, words: str | None = None) -> DeliveryError:
    """Return the error of something that Slack refuses for good."""
    error_class = codes.explain(code).error_class
    words = words or codes.words(code)
    return DeliveryError(Outcome.PERMANENT, code, words, error_class=error_class)
