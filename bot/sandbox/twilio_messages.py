"""The Message resource: https://www.twilio.com/docs/messaging/api/message-resource"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from bot.sandbox.phones import PhoneNetwork, Sms, SmsRefused
from bot.sandbox.segments import smart_encode
from bot.sandbox.twilio_account import API_VERSION, Account, rfc2822
from bot.sandbox.twilio_errors import TwilioRefusal, lost_words
from bot.sandbox.twilio_pages import page_of

TRIAL_PREFIX = "Sent from your Twilio trial account - "
MAX_BODY = 1600  # characters, before the trial's prefix
PRICE = 0.0083  # US dollars a segment
ON_ITS_WAY = frozenset({"queued", "sending"})
# Any country's number by its length; one of North America by its plan.
_E164 = re.compile(r"\+(?:1[2-9]\d{9}|[2-9]\d{6,14})", re.ASCII)


class Messages:
    """Creates, lists, shows, redacts and deletes the messages of one account.

    What was redacted or deleted here stays on the phones. Used only on the server's loop.
    """

    def __init__(self, account: Account, network: PhoneNetwork) -> None:
        self._account = account
        self._network = network
        self._through_service: set[str] = set()
        self._redacted: set[str] = set()
        self._deleted: set[str] = set()

    async def create(self, request: web.Request) -> web.Response:
        """POST Messages.json: hand an SMS to the network."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        to = form.get("To", "").strip()
        if not to:
            raise TwilioRefusal(21604)
        sender, service = self._sender(form)
        body = self._body(form, smart=service or form.get("SmartEncoded", "").lower() == "true")
        if not _E164.fullmatch(to):
            raise TwilioRefusal(21211, to)
        if self._account.reaches is not None and to not in self._account.reaches:
            raise TwilioRefusal(21608, to)
        try:
            sms = self._network.send(
                sender,
                to,
                body,
                lost=self._account.blocks(to),
                finds_opt_out_later=service and self._account.truths.service_finds_opt_outs_later,
            )
        except SmsRefused as refused:
            raise TwilioRefusal(refused.code, to) from refused
        if service:
            self._through_service.add(sms.sid)
        return web.json_response(self._resource(sms), status=201)

    def _sender(self, form: dict[str, str]) -> tuple[str, bool]:
        """Return the number to send from and whether a Messaging Service chose it."""
        sender, service = form.get("From", "").strip(), form.get("MessagingServiceSid", "")
        if service and service != self._account.service_sid:
            raise TwilioRefusal(21701, service)
        if not sender and not service:
            raise TwilioRefusal(21603)
        if sender and not _E164.fullmatch(sender):
            raise TwilioRefusal(21212, sender)
        if self._account.status != "active":
            raise TwilioRefusal(self._account.truths.suspended_answers)
        usable = self._account.owned and self._account.texts
        if sender and (sender != self._account.number or not usable):
            raise TwilioRefusal(21606, sender)
        if service and not (self._account.sends_for_service and self._account.texts):
            raise TwilioRefusal(21703)
        return self._account.number, bool(service)

    def _body(self, form: dict[str, str], *, smart: bool) -> str:
        body = form.get("Body", "")
        if not body:
            raise TwilioRefusal(21602)
        if smart:
            body = smart_encode(body)
        if len(body) > MAX_BODY:
            raise TwilioRefusal(21617)
        if self._account.trial == "2026":
            raise TwilioRefusal(572006)
        return TRIAL_PREFIX + body if self._account.trial else body

    async def list(self, request: web.Request) -> web.Response:
        """GET Messages.json: newest first, by To, From and DateSent."""
        wanted = _filters(request)
        found = [
            sms
            for sms in _newest_first(self._network.messages)
            if self._owns(sms) and all(accepts(sms) for accepts in wanted)
        ]
        return web.json_response(
            page_of(request, "messages", found, lambda sms: sms.sid, self._resource)
        )

    async def fetch(self, request: web.Request) -> web.Response:
        """GET Messages/{sid}.json."""
        return web.json_response(self._resource(self._found(request)))

    async def update(self, request: web.Request) -> web.Response:
        """POST Messages/{sid}.json: an empty Body redacts it.

        Only scheduled messages can be canceled, and this account has none.
        """
        sms = self._found(request)
        form = await request.post()
        if "Status" in form:
            raise TwilioRefusal(30409)
        if form.get("Body") != "":
            raise TwilioRefusal(20001, "Body can only be made empty")
        self._redacted.add(sms.sid)
        return web.json_response(self._resource(sms))

    async def delete(self, request: web.Request) -> web.Response:
        """DELETE Messages/{sid}.json, once it is no longer on its way."""
        sms = self._found(request)
        if sms.status in ON_ITS_WAY:
            raise TwilioRefusal(20009)
        self._deleted.add(sms.sid)
        return web.Response(status=204)

    def _owns(self, sms: Sms) -> bool:
        ours = self._account.addresses & {sms.from_number, sms.to_number}
        return bool(ours) and sms.listed and sms.sid not in self._deleted

    def _found(self, request: web.Request) -> Sms:
        sms = self._network.find(request.match_info["message"])
        if sms is None or not self._owns(sms):
            raise TwilioRefusal(20404, request.path)
        return sms

    def _resource(self, sms: Sms) -> dict[str, Any]:
        service = sms.sid in self._through_service
        # A service answers before it has chosen a sender, so it can't count segments either.
        accepted = service and sms.status == "queued"
        sent = sms.sent_at if sms.status != "failed" else None
        priced_at = sent + timedelta(seconds=self._account.truths.priced_after) if sent else None
        priced = priced_at is not None and self._network.now >= priced_at
        uri = f"{self._account.path}/Messages/{sms.sid}"
        return {
            "account_sid": self._account.sid,
            "api_version": API_VERSION,
            "body": "" if sms.sid in self._redacted else sms.body,
            "date_created": rfc2822(sms.created_at),
            "date_sent": rfc2822(sms.sent_at),
            "date_updated": rfc2822(sms.updated_at),
            "direction": sms.direction,
            "error_code": sms.error_code,
            "error_message": lost_words(sms.error_code),
            "from": None if accepted else sms.from_number,
            "messaging_service_sid": self._account.service_sid if service else None,
            "num_media": "0",
            "num_segments": "0" if accepted else str(sms.segments),
            "price": f"{-PRICE * sms.segments:.5f}" if priced else None,
            "price_unit": "USD",
            "sid": sms.sid,
            "status": "accepted" if accepted else sms.status,
            "subresource_uris": {
                "feedback": f"{uri}/Feedback.json",
                "media": f"{uri}/Media.json",
            },
            "to": sms.to_number,
            "uri": f"{uri}.json",
        }


def _newest_first(messages: list[Sms]) -> list[Sms]:
    """Return messages by DateSent, newest first; those that came in without one are the last.

    Nobody knows the order among them within a second, so it is another one each time.
    """
    undated = {sms.sid for sms in messages if sms.direction == "inbound" and sms.sent_at is None}
    last = [sms for sms in messages if sms.sid in undated]
    last.sort(key=lambda sms: (sms.created_at.replace(microsecond=0), sms.sid), reverse=True)
    return [*(sms for sms in reversed(messages) if sms.sid not in undated), *last]


def _filters(request: web.Request) -> list[Callable[[Sms], bool]]:
    query = request.query
    filters: list[Callable[[Sms], bool]] = []
    if to := query.get("To"):
        filters.append(lambda sms: sms.to_number == to)
    if sender := query.get("From"):
        filters.append(lambda sms: sms.from_number == sender)
    if on := query.get("DateSent"):
        begin, end = _span(on)
        filters.append(lambda sms: _is_dated(sms) and begin <= _date_sent(sms) < end)
    if before := query.get("DateSent<"):
        _, last = _span(before)
        filters.append(lambda sms: _is_dated(sms) and _date_sent(sms) < last)
    if after := query.get("DateSent>"):
        earliest, _ = _span(after)
        filters.append(lambda sms: _is_dated(sms) and _date_sent(sms) >= earliest)
    return filters


def _is_dated(sms: Sms) -> bool:
    return sms.direction != "inbound" or sms.sent_at is not None


def _date_sent(sms: Sms) -> datetime:
    """What DateSent is compared with: one that has not left yet counts by its creation."""
    return (sms.sent_at or sms.created_at).replace(microsecond=0)


def _span(text: str) -> tuple[datetime, datetime]:
    """Return the beginning and the end of a date in UTC, or of an instant's second."""
    try:
        begin = datetime.fromisoformat(text)
    except ValueError:
        raise TwilioRefusal(20001, f"DateSent {text!r}") from None
    if begin.tzinfo is None:
        begin = begin.replace(tzinfo=UTC)
    is_date = len(text) == len("2026-01-05")
    return begin, begin + (timedelta(days=1) if is_date else timedelta(seconds=1))
