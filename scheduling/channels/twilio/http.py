"""The HTTP side of Twilio's client: timeouts, the connection pool, and errors."""

import json
import logging
import re
import threading
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import (
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http import HttpClient
from twilio.http.response import Response

from scheduling.channels import OUT_OF_REACH, DeliveryError
from scheduling.channels.retry_after import asked_wait, instant
from scheduling.channels.twilio import codes
from scheduling.numbers import masked
from storage.statuses import Outcome, OwnCode

API_URL = "https://api.twilio.com"
CONNECT_TIMEOUT, READ_TIMEOUT = 5.0, 10.0  # seconds

# With these answers Twilio has accepted nothing: https://www.twilio.com/docs/api/errors/20429.
NOT_TAKEN = (429, 503)


class TwilioHttp(HttpClient):  # type: ignore[misc]
    """The HTTP client of Twilio's client, with timeouts and as many connections as we have threads.

    Twilio's own one can't use another base URL (edge and region only insert labels), and it stores
    each answer in an attribute shared by all threads, so one could get another's receipt.
    """

    def __init__(self, api_url: str | None, threads: int) -> None:
        super().__init__(logging.getLogger("twilio.http_client"), False)
        self._base = urlsplit(api_url) if api_url else None
        self.session = requests.Session()
        adapter = HTTPAdapter(pool_maxsize=threads)
        self.session.mount("https://", adapter)
        self.session.mount("http://", adapter)
        # The environment's proxies and certificates are read once, not for every SMS.
        found = self.session.merge_environment_settings(api_url or API_URL, {}, None, None, None)
        self.session.proxies, self.session.verify = found["proxies"], found["verify"]
        self.session.trust_env = False
        self._answers = threading.local()

    def twilio_says(self) -> datetime | None:
        """Return Twilio's clock in the last answer to this thread, if it gave the time."""
        at: datetime | None = getattr(self._answers, "date", None)
        return at

    def request(  # noqa: PLR0917 - the library defines the signature
        self,
        method: str,
        url: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002 - we have our own two timeouts
        allow_redirects: bool = False,
    ) -> Response:
        if self._base:
            asked = urlsplit(url)
            path = self._base.path.rstrip("/") + asked.path
            url = urlunsplit((self._base.scheme, self._base.netloc, path, asked.query, ""))
        self._answers.date = None
        answer = self.session.request(
            method,
            url,
            params=params,
            data=data,
            headers=headers,
            auth=auth,
            timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
            allow_redirects=allow_redirects,
        )
        self._answers.date = instant(answer.headers.get("Date", ""))
        if answer.status_code in NOT_TAKEN:
            # The library's exceptions drop the headers, which say how long to wait.
            code, words = _code_and_words(answer.text)
            standard = 20429 if answer.status_code == 429 else 0
            wait = asked_wait(answer.headers)
            raise _refusal(answer.status_code, code or standard, words, wait)
        return Response(answer.status_code, answer.text, answer.headers)


class delivery_errors:  # noqa: N801 - used like a function in a with statement
    """Turn any error that Twilio's client raises into a DeliveryError."""

    def __init__(self, *, sending: bool) -> None:
        self._sending = sending

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, requests.RequestException):
            raise self._unanswered(error) from error
        if isinstance(error, TwilioException):
            raise _answered(error, sending=self._sending) or DeliveryError(
                _lost(self._sending), OwnCode.UNWELL, "Twilio is having trouble."
            ) from error
        if isinstance(error, (ValueError, KeyError, TypeError)):  # for example a proxy's page
            words = "Twilio’s answer made no sense."
            raise DeliveryError(_lost(self._sending), OwnCode.NO_SENSE, words) from error

    def _unanswered(self, error: requests.RequestException) -> DeliveryError:
        # Without a connection nothing was sent. Otherwise it may have been.
        never_left = isinstance(error, requests.ConnectTimeout) or any(
            cause in repr(error) for cause in ("NewConnectionError", "NameResolutionError")
        )
        if self._sending and not never_left:
            return DeliveryError(
                Outcome.UNCERTAIN, OwnCode.NO_ANSWER, "Twilio got the request but never answered."
            )
        return DeliveryError(
            Outcome.TEMPORARY, OwnCode.NO_CONNECTION, "Twilio couldn’t be reached.", OUT_OF_REACH
        )


def _answered(error: TwilioException, *, sending: bool) -> DeliveryError | None:
    """Return what a refusal of Twilio's means; None if `error` has no answer in it."""
    if isinstance(error, TwilioRestException):
        status, code, words = int(error.status), error.code, str(error.msg or "")
        if words.startswith("Unable to "):  # the library's, before Twilio's
            words = words.partition(": ")[2]
    elif isinstance(error, TwilioServiceException):
        status, code, words = int(error.status), error.code, error.detail or error.title
    elif len(error.args) == 2 and isinstance(error.args[1], Response):  # of a list
        status = int(error.args[1].status_code)
        code, words = _code_and_words(error.args[1].text)
    else:
        return None
    number = int(code) if str(code).isdecimal() and code != status else 0
    return _refusal(status, number, words, sending=sending)


def _refusal(
    status: int, code: int, words: str, wait: int | None = None, *, sending: bool = False
) -> DeliveryError:
    """Return what a refusal means: Twilio's code decides, then the HTTP status.

    After a 500, or a gateway's 502, Twilio may have accepted an SMS anyway.
    """
    known = codes.reason(code or status)
    said = codes.error_text(code, without_numbers(words))
    if status >= 500 and not known.words and not (code and words):
        said = f"Twilio is having trouble ({status})."
    outcome = Outcome.PERMANENT
    if code not in codes.REASONS or known.outcome is not Outcome.PERMANENT:
        if status >= 500:
            outcome = _lost(sending and status not in NOT_TAKEN)
        elif status == 429 or known.outcome is not Outcome.PERMANENT:
            outcome = Outcome.TEMPORARY
    final_code = str(code or status)
    return DeliveryError(
        outcome,
        final_code,
        said,
        wait if outcome is not Outcome.PERMANENT else None,
        codes.explain(final_code).error_class,
    )


def _lost(sending: bool) -> Outcome:
    """Return the outcome without a usable answer: uncertain if we were sending."""
    return Outcome.UNCERTAIN if sending else Outcome.TEMPORARY


def _code_and_words(answer: str) -> tuple[int, str]:
    """Return the code and the words of a refusal; 0 and '' if there are none."""
    try:
        body = json.loads(answer)
        # Newer products use the fields of RFC 9457.
        words = body.get("message") or body.get("detail") or body.get("title")
        return int(body.get("code") or 0), str(words or "")
    except (ValueError, TypeError, AttributeError):  # for example a proxy's page
        return 0, ""


def without_numbers(text: str) -> str:
    """Return Twilio's words with masked phone numbers, because the team reads them."""
    return re.sub(r"\+\d{7,15}", lambda found: masked(found[0]), text)
