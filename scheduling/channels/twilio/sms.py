"""SMS through Twilio's REST API."""

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from twilio.base.exceptions import (
    TwilioRestException,
)
from twilio.rest import Client

from scheduling.channels import (
    NO_RECEIPTS,
    DeliveryError,
    DeliveryReceipt,
    Dropping,
    ErrorClass,
    Explanation,
    Inbound,
    Message,
    Search,
)
from scheduling.channels.twilio import codes, lookup, senders
from scheduling.channels.twilio.http import TwilioHttp, delivery_errors, without_numbers
from scheduling.channels.twilio.inbox import TROUBLES, Inbox
from scheduling.channels.twilio.lookup import Kept
from scheduling.words.visible import visible_lines
from storage.statuses import Outcome, OwnCode, Status

if TYPE_CHECKING:  # it would load all of Twilio's API, which takes longer than the rest of a start
    from twilio.rest.api.v2010.account.message import MessageInstance

log = logging.getLogger("whoseonfirst.sms")

ENDS = {
    "delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "undelivered": Status.UNDELIVERED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
    NO_RECEIPTS: Status.SENT,  # the carrier gives no receipts, so this is final
}
# Up to this many SMS are fetched one by one; otherwise at most this many rows of the list are read.
MOST_ONE_BY_ONE, MOST_LISTED = 3, 5000
MOST_UNLISTED = 20  # up to this many that the list lacks are then fetched one by one


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


class SmsChannel:
    """Sends SMS, looks up ambiguous ones, and polls receipts and replies.

    Up to `threads` threads may use it at once; they share one connection pool.
    """

    def __init__(self, account: SmsAccount, threads: int) -> None:
        self.account = account
        self._http = TwilioHttp(account.api_url, threads)
        self.client = Client(
            account.username,
            account.password,
            account.account_sid,
            region=account.region,
            edge=account.edge,
            http_client=self._http,
            # Without this, Twilio's client would read the environment; our settings decide.
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
        with delivery_errors(sending=True):
            # Older rows may have names with invisible characters, which a phone may show.
            body = visible_lines(message.text)
            sent = self.client.messages.create(
                to=message.to,
                body=body,
                # The default of ten hours could deliver it after the turn.
                validity_period=message.valid_for,
                # One curly quote would more than halve what a segment holds.
                smart_encoded=True,
                # The fraud guard isn't needed, because we text members, not strangers.
                risk_check="disable",
                **sender,
            )
        return str(sent.sid)

    def find(self, message: Message, search: Search) -> str | None:
        """Return the sid of the SMS if it was sent. Raises DeliveryError; 'uncertain': can't say.

        All SMS to the number are listed, without a filter: one that wasn't sent on yet has no
        DateSent, and a messaging service may not have chosen its sender yet.
        """
        with delivery_errors(sending=False):
            listed = self.client.messages.stream(
                to=message.to, page_size=1000, limit=lookup.MOST_LOOKED_AT
            )
            since = lookup.earliest(search, self._http.twilio_says())
            sid = lookup.the_one(listed, message.text, since, search)
            if sid is None and not self.kept().numbers:
                raise DeliveryError(Outcome.UNCERTAIN, OwnCode.REDACTED, lookup.NOT_TO_BE_FOUND)
        return sid

    def kept(self) -> Kept:
        """Return what Twilio keeps of our SMS, given message redaction. Raises DeliveryError."""
        with delivery_errors(sending=False):
            newest = self.client.messages.list(limit=lookup.NEWEST)
            if not any(map(lookup.has_left, newest)):  # a queue in the morning, or many replies
                newest = self.client.messages.list(page_size=1000, limit=lookup.MOST_LOOKED_AT)
            return Kept.by(newest)

    def receipt(self, sid: str) -> DeliveryReceipt:
        """Return the delivery status of an SMS, as far as it is known. Raises DeliveryError."""
        with delivery_errors(sending=False):
            sms = self.client.messages(sid).fetch()
            return _receipt(sms, self._http.twilio_says())

    def receipts(self, sids: Collection[str], since: datetime) -> dict[str, DeliveryReceipt]:
        """Return the delivery status of several SMS that were sent since then, by sid.

        A few are fetched one by one. For many, the list is read once, and some of those it lacks
        are fetched one by one. The rest is left out. Raises DeliveryError.
        """
        with delivery_errors(sending=False):
            if len(sids) <= MOST_ONE_BY_ONE:
                found = ((sid, self._fetched(sid)) for sid in sids)
                return {sid: _receipt(sms, self._http.twilio_says()) for sid, sms in found if sms}
            listed = self.client.messages.stream(
                date_sent_after=since - timedelta(days=1), page_size=1000, limit=MOST_LISTED
            )
            known = {
                str(sms.sid): _receipt(sms, self._http.twilio_says())
                for sms in listed
                if sms.sid in sids
            }
            # An SMS that was never sent on has no DateSent, so the filtered list may lack it.
            for sid in [sid for sid in sids if sid not in known][:MOST_UNLISTED]:
                try:
                    sms = self._fetched(sid)
                except TROUBLES as error:
                    log.info("some SMS could not be asked for: %s", error)
                    break  # return what we have so far
                if sms:
                    known[sid] = _receipt(sms, self._http.twilio_says())
            return known

    def _fetched(self, sid: str) -> "MessageInstance | None":
        """Return Twilio's record of an SMS; None if it was deleted there."""
        try:
            return self.client.messages(sid).fetch()
        except TwilioRestException as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return None

    def received(self, since: datetime) -> list[Inbound]:
        """Return what was sent to us since then, and some older messages, the oldest first.

        Raises DeliveryError.
        """
        with delivery_errors(sending=False):
            found = self._inbox.read(since)
            read_at = self._http.twilio_says()
            return [replace(one, ago=read_at - one.at) if read_at else one for one in found]

    @property
    def drops_replies(self) -> Dropping | None:
        """The messaging service that drops replies to us, as far as known."""
        return self._inbox.dropping

    def own_numbers(self) -> frozenset[str]:
        """Return the numbers that SMS come from, as far as known without asking Twilio."""
        return self._inbox.numbers

    def senders(self, *, ask: bool = False) -> frozenset[str]:
        """Return the numbers and short codes that texts come from, as far as known.

        With `ask` Twilio is asked, if that may be needed. Raises DeliveryError then.
        """
        if ask:
            with delivery_errors(sending=False):
                self._inbox.ask()
        return self._inbox.senders

    def asking(self) -> "delivery_errors":
        """Return a context that turns errors of Twilio's client into a DeliveryError."""
        return delivery_errors(sending=False)

    def pace(self) -> float:
        """Return the segments per second that leave Twilio, as far as we know our senders."""
        return senders.pace(self.senders())

    def explain(self, code: str | None, /) -> Explanation:
        """Return what is known about one of Twilio's codes."""
        return codes.explain(code)

    def close(self) -> None:
        """Close the pooled connections."""
        self._http.session.close()


def _receipt(sms: "MessageInstance", asked_at: datetime | None) -> DeliveryReceipt:
    status, code = ENDS.get(str(sms.status)), int(sms.error_code or 0)
    failed = status in (Status.UNDELIVERED, Status.FAILED)
    no_receipts = NO_RECEIPTS if str(sms.status) == NO_RECEIPTS else None
    return DeliveryReceipt(
        status,
        at=sms.date_updated,
        code=str(code) if failed and code else no_receipts,
        why=codes.error_text(code, without_numbers(sms.error_message or "")) if failed else None,
        segments=int(sms.num_segments or 0) or None,
        price=None if sms.price is None else round(abs(float(sms.price)) * 1_000_000),
        unit=sms.price_unit,
        word=str(sms.status),
        left_at=sms.date_sent,
        asked_at=asked_at,
        error_class=codes.explain(code).error_class if failed else ErrorClass.OTHER,
    )
