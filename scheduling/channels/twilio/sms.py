"""SMS through Twilio's REST API."""

import json
import logging
import re
import threading
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
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
from twilio.rest import Client

from scheduling.channels import OUT_OF_REACH, DeliveryError, Message, Outcome, Search
from scheduling.channels.retry_after import asked_wait, instant
from scheduling.channels.twilio import codes as twilio_codes
from scheduling.channels.twilio import lookup as sms_lookup
from scheduling.channels.twilio.codes import OUT, UNWELL
from scheduling.channels.twilio.inbox import TROUBLES, Dropping, Inbound, Inbox
from scheduling.channels.twilio.lookup import Kept
from scheduling.numbers import masked
from scheduling.words.visible import visible_lines

if TYPE_CHECKING:  # it would load all of Twilio's API, which takes longer than the rest of a start
    from twilio.rest.api.v2010.account.message import MessageInstance

log = logging.getLogger("whoseonfirst.sms")

API_URL = "https://api.twilio.com"
CONNECT_TIMEOUT, READ_TIMEOUT = 5.0, 10.0  # seconds

CAPPED = "cap"  # ours: the team has sent as many SMS as it may
NO_RECEIPTS = "delivery_unknown"  # as code of an SMS that was sent, and of which no more comes
ENDS = {
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "failed",
    "delivery_unknown": "sent",  # the carrier gives no receipts: nothing more will be known
}
INBOX = timedelta(days=7)  # further back no reply is read
# So few SMS are asked for one by one; of a list so many are read at most.
MOST_ONE_BY_ONE, MOST_LISTED = 3, 5000
# Clocks that are this close show the same time: an answer takes a while.
SAME_TIME = timedelta(seconds=15)
MOST_UNLISTED = 20  # and of what a list lacks so many are asked for one by one
# With these answers nothing was taken: https://www.twilio.com/docs/api/errors/20429 promises it.
NOT_TAKEN = (429, 503)


@dataclass(frozen=True, slots=True)
class SmsAccount:
    """How to reach Twilio. `username` is the SID or an API key; one sender is set.

    `region` and `edge` are both set or both None, which means the United States.
    """

    account_sid: str
    username: str
    password: str
    phone_number: str | None = None
    messaging_service_sid: str | None = None
    api_url: str | None = None
    region: str | None = None
    edge: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryReceipt:
    """What became of an SMS.

    The status is one of ours: delivered, undelivered, failed, or sent when nothing more will be
    known; None while it is on its way. `at` is when Twilio knew, `why` a sentence for people,
    `price` in millionths of `unit` (None until it is billed), `word` Twilio's own for the status,
    and `left_at` when Twilio sent it on. Instants are by Twilio's clock, which said `asked_at` with
    this answer (None: it didn't say).
    """

    status: str | None
    at: datetime
    code: str | None = None
    why: str | None = None
    segments: int | None = None
    price: int | None = None
    unit: str | None = None
    word: str | None = None
    left_at: datetime | None = None
    asked_at: datetime | None = None

    def by_clock(self, now: datetime) -> "DeliveryReceipt":
        """Return it with instants by a clock that says `now`, where Twilio's says another time."""
        off = self.asked_at - now if self.asked_at else timedelta()
        if abs(off) < SAME_TIME:
            return self
        left_at = self.left_at and self.left_at - off
        return replace(self, at=self.at - off, left_at=left_at, asked_at=now)


class SmsChannel:
    """Sends SMS, looks for those whose outcome is unknown, and asks what became of them.

    Safe to use from `threads` threads at once: they share one pool of connections.
    """

    def __init__(self, account: SmsAccount, threads: int) -> None:
        self.account = account
        self._http = _HttpClient(account.api_url, threads)
        self.client = Client(
            account.username,
            account.password,
            account.account_sid,
            region=account.region,
            edge=account.edge,
            http_client=self._http,
            # Twilio's client reads the process's environment by itself. Settings decide instead.
            environment={"TWILIO_ACCOUNT_SID": account.account_sid},
        )
        self._inbox = Inbox(self.client, account.phone_number, account.messaging_service_sid)

    def send(self, message: Message) -> str:
        """Send an SMS to an E.164 number and return its sid. Raises DeliveryError."""
        sender: dict[str, Any] = (
            {"messaging_service_sid": self.account.messaging_service_sid}
            if self.account.messaging_service_sid
            else {"from_": self.account.phone_number}
        )
        with _errors_told(sending=True):
            # Names of older rows may hide something; a phone may show it.
            body = visible_lines(message.text)
            sent = self.client.messages.create(
                to=message.to,
                body=body,
                # It would wait for ten hours, and come after the turn that it calls to.
                validity_period=message.valid_for,
                # One curly quote would more than halve what a segment holds.
                smart_encoded=True,
                # The fraud guard has nothing to guard here: members are texted, not strangers.
                risk_check="disable",
                **sender,
            )
        return str(sent.sid)

    def find(self, message: Message, search: Search) -> str | None:
        """Return the sid of the SMS if it went out. Raises DeliveryError; uncertain: can't be told.

        All to the number are listed, whatever sent them and whenever: what has not left yet has no
        DateSent, and a messaging service may not have chosen who sends it.
        """
        with _errors_told(sending=False):
            listed = self.client.messages.stream(
                to=message.to, page_size=1000, limit=sms_lookup.MOST_LOOKED_AT
            )
            since = sms_lookup.earliest(search, self._http.twilio_says())
            sid = sms_lookup.the_one(listed, message.text, since, search)
            if sid is None and not self.kept().numbers:
                raise DeliveryError("uncertain", "redacted", sms_lookup.NOT_TO_BE_FOUND)
        return sid

    def kept(self) -> Kept:
        """Return what Twilio keeps of our SMS: there is message redaction. Raises DeliveryError."""
        with _errors_told(sending=False):
            newest = self.client.messages.list(limit=sms_lookup.NEWEST)
            if not any(map(sms_lookup.has_left, newest)):  # a morning that waits, or many replies
                newest = self.client.messages.list(page_size=1000, limit=sms_lookup.MOST_LOOKED_AT)
            return Kept.by(newest)

    def receipt(self, sid: str) -> DeliveryReceipt:
        """Return what became of an SMS, as far as it is known. Raises DeliveryError."""
        with _errors_told(sending=False):
            sms = self.client.messages(sid).fetch()
            return _receipt(sms, self._http.twilio_says())

    def receipts(self, sids: Collection[str], since: datetime) -> dict[str, DeliveryReceipt]:
        """Return what became of several SMS that were sent since then, by sid.

        A few are asked for one by one, many by reading the list once, and of what it lacks, some
        one by one. What Twilio does not tell is left out. Raises DeliveryError.
        """
        with _errors_told(sending=False):
            if len(sids) <= MOST_ONE_BY_ONE:
                found = ((sid, self._fetched(sid)) for sid in sids)
                return {sid: _receipt(sms, self._http.twilio_says()) for sid, sms in found if sms}
            listed = self.client.messages.stream(
                date_sent_after=since - timedelta(days=1), page_size=1000, limit=MOST_LISTED
            )
            told = {
                str(sms.sid): _receipt(sms, self._http.twilio_says())
                for sms in listed
                if sms.sid in sids
            }
            # What was never sent has no DateSent, and may be in no list that is filtered by it.
            for sid in [sid for sid in sids if sid not in told][:MOST_UNLISTED]:
                try:
                    sms = self._fetched(sid)
                except TROUBLES as error:
                    log.info("some SMS could not be asked for: %s", error)
                    break  # what is known by now is told all the same
                if sms:
                    told[sid] = _receipt(sms, self._http.twilio_says())
            return told

    def _fetched(self, sid: str) -> "MessageInstance | None":
        """Return an SMS as Twilio has it; None where it was deleted there."""
        try:
            return self.client.messages(sid).fetch()
        except TwilioRestException as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return None

    def received(self, since: datetime) -> list[Inbound]:
        """Return what was sent to us since then, and some of before, the oldest first.

        Raises DeliveryError.
        """
        with _errors_told(sending=False):
            found = self._inbox.read(since)
            read_at = self._http.twilio_says()
            return [replace(one, ago=read_at - one.at) if read_at else one for one in found]

    @property
    def drops_replies(self) -> Dropping | None:
        """The messaging service that drops replies to us, as far as known."""
        return self._inbox.dropping

    def own_numbers(self) -> frozenset[str]:
        """Return the numbers that SMS come from, as far as known: Twilio is not asked."""
        return self._inbox.numbers

    def senders(self, *, ask: bool = False) -> frozenset[str]:
        """Return the numbers and short codes that texts come from, as far as known.

        With `ask` Twilio is asked, if that may be needed. Raises DeliveryError then.
        """
        if ask:
            with _errors_told(sending=False):
                self._inbox.ask()
        return self._inbox.senders

    def asking(self) -> "_errors_told":
        """Return a context in which whatever Twilio's client raises becomes a DeliveryError."""
        return _errors_told(sending=False)

    def close(self) -> None:
        """Close the pooled connections."""
        self._http.session.close()


class _HttpClient(HttpClient):  # type: ignore[misc]
    """The way Twilio's client speaks HTTP: with a timeout, and a pool as large as our threads.

    Its own one has no setting for another base URL (edge and region only insert labels), and hands
    each answer through an attribute that all threads share: one could get another's receipt.
    """

    def __init__(self, api_url: str | None, threads: int) -> None:
        super().__init__(logging.getLogger("twilio.http_client"), False)
        self._base = urlsplit(api_url) if api_url else None
        self.session = requests.Session()
        adapter = HTTPAdapter(pool_maxsize=threads)
        self.session.mount("https://", adapter)
        self.session.mount("http://", adapter)
        # What the environment says of proxies and certificates is read once, not for every SMS.
        found = self.session.merge_environment_settings(api_url or API_URL, {}, None, None, None)
        self.session.proxies, self.session.verify = found["proxies"], found["verify"]
        self.session.trust_env = False
        self._answers = threading.local()

    def twilio_says(self) -> datetime | None:
        """Return what Twilio's clock said with the last answer to this thread, if it did."""
        at: datetime | None = getattr(self._answers, "date", None)
        return at

    def request(  # noqa: PLR0917 - its shape is the library's
        self,
        method: str,
        url: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the library's; ours are two
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
            # The library's exceptions keep no headers, and so not how long to wait.
            code, words = _told_by(answer.text)
            standard = 20429 if answer.status_code == 429 else 0
            wait = asked_wait(answer.headers)
            raise _refusal(answer.status_code, code or standard, words, wait)
        return Response(answer.status_code, answer.text, answer.headers)


def _masked(text: str) -> str:
    """Return words of Twilio's without the numbers that it puts into them: the team reads these."""
    return re.sub(r"\+\d{7,15}", lambda found: masked(found[0]), text)


def _receipt(sms: "MessageInstance", asked_at: datetime | None) -> DeliveryReceipt:
    status, code = ENDS.get(str(sms.status)), int(sms.error_code or 0)
    failed = status in ("undelivered", "failed")
    told = NO_RECEIPTS if str(sms.status) == NO_RECEIPTS else None
    return DeliveryReceipt(
        status,
        at=sms.date_updated,
        code=str(code) if failed and code else told,
        why=twilio_codes.told(code, _masked(sms.error_message or "")) if failed else None,
        segments=int(sms.num_segments or 0) or None,
        price=None if sms.price is None else round(abs(float(sms.price)) * 1_000_000),
        unit=sms.price_unit,
        word=str(sms.status),
        left_at=sms.date_sent,
        asked_at=asked_at,
    )


class _errors_told:  # noqa: N801 - reads as the words of a with-statement
    """Turn whatever Twilio's client raises into a DeliveryError."""

    def __init__(self, *, sending: bool) -> None:
        self._sending = sending

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, requests.RequestException):
            raise self._unanswered(error) from error
        if isinstance(error, TwilioException):
            raise _answered(error, sending=self._sending) or DeliveryError(
                "uncertain" if self._sending else "temporary", UNWELL, "Twilio is having trouble."
            ) from error
        if isinstance(error, (ValueError, KeyError, TypeError)):  # a proxy's page, say
            outcome: Outcome = "uncertain" if self._sending else "temporary"
            raise DeliveryError(outcome, "no sense", "Twilio’s answer made no sense.") from error

    def _unanswered(self, error: requests.RequestException) -> DeliveryError:
        # Without a connection nothing can have gone out; after that, nobody knows.
        never_left = isinstance(error, requests.ConnectTimeout) or any(
            cause in repr(error) for cause in ("NewConnectionError", "NameResolutionError")
        )
        if self._sending and not never_left:
            return DeliveryError(
                "uncertain", "no answer", "Twilio took the call but never answered."
            )
        return DeliveryError("temporary", OUT, "Twilio could not be reached.", OUT_OF_REACH)


def _answered(error: TwilioException, *, sending: bool) -> DeliveryError | None:
    """Return what an answer of Twilio's that says no means; None if there is none in `error`."""
    if isinstance(error, TwilioRestException):
        status, code, words = int(error.status), error.code, str(error.msg or "")
        if words.startswith("Unable to "):  # the library's, before Twilio's
            words = words.partition(": ")[2]
    elif isinstance(error, TwilioServiceException):
        status, code, words = int(error.status), error.code, error.detail or error.title
    elif len(error.args) == 2 and isinstance(error.args[1], Response):  # of a list
        status = int(error.args[1].status_code)
        code, words = _told_by(error.args[1].text)
    else:
        return None
    number = int(code) if str(code).isdecimal() and code != status else 0
    return _refusal(status, number, words, sending=sending)


def _refusal(
    status: int, code: int, words: str, wait: int | None = None, *, sending: bool = False
) -> DeliveryError:
    """Return what an answer that says no means: Twilio's code decides, then the HTTP status.

    An SMS that was answered with 500 or a gateway's 502 may have been taken all the same.
    """
    known = twilio_codes.reason(code or status)
    said = twilio_codes.told(code, _masked(words))
    if status >= 500 and not known.words and not (code and words):
        said = f"Twilio is having trouble ({status})."
    outcome: Outcome = "permanent"
    if code not in twilio_codes.REASONS or known.outcome != "permanent":
        if status >= 500:
            outcome = "uncertain" if sending and status not in NOT_TAKEN else "temporary"
        elif status == 429 or known.outcome != "permanent":
            outcome = "temporary"
    return DeliveryError(
        outcome, str(code or status), said, wait if outcome != "permanent" else None
    )


def _told_by(answer: str) -> tuple[int, str]:
    """Return the code and the words of an answer that says no; 0 where there is none."""
    try:
        body = json.loads(answer)
        # Newer products say it in the words of RFC 9457.
        words = body.get("message") or body.get("detail") or body.get("title")
        return int(body.get("code") or 0), str(words or "")
    except (ValueError, TypeError, AttributeError):  # a proxy's page, say
        return 0, ""
