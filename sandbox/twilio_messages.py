"""The Message resource: https://www.twilio.com/docs/messaging/api/message-resource"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from sandbox.phones import PhoneNetwork, Sms, SmsRefused
from sandbox.segments import smart_encode
from sandbox.twilio_account import API_VERSION, Account, rfc2822
from sandbox.twilio_errors import TwilioRefusal, lost_words
from sandbox.twilio_pages import page_of

TRIAL_PREFIX = "Sent from your Twilio trial account - "
MAX_BODY = 1600  # characters, before the trial's prefix
LONGEST_VALIDITY = 36_000  # seconds
PRICE = 0.0083  # US dollars a segment
ON_ITS_WAY = frozenset({"queued", "sending"})
# Any country's number by its length; one of North America by its plan.
_E164 = re.compile(r"\+(?:1[2-9]\d{9}|[2-9]\d{6,14})", re.ASCII)


class Messages:
    """Creates, lists, shows, redacts and deletes the messages of one account.

    Messages redacted or deleted here stay on the phones. Used only on the server's loop.
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
        validity = _validity(form)
        if not _E164.fullmatch(to):
            raise TwilioRefusal(21211, to)
        if self._account.reaches is not None and to not in self._account.reaches:
            raise TwilioRefusal(21608, to)
        self._within_allowance()
        risky = form.get("RiskCheck", "enable") != "disable"
        try:
            sms = self._network.send(
                sender,
                to,
                body,
                lost=self._account.blocks(to),
                finds_opt_out_later=service and self._account.truths.service_finds_opt_outs_later,
                validity=validity,
                risk_check=risky,
            )
        except SmsRefused as refused:
            raise TwilioRefusal(refused.code, to) from refused
        if service:
            self._through_service.add(sms.sid)
        return web.json_response(self._resource(sms), status=201)

    def _within_allowance(self) -> None:
        since = self._network.now - timedelta(days=1)
        outbound = [sms for sms in self._network.messages if sms.direction != "inbound"]
        used = sum(self._owns(sms) and sms.created_at > since for sms in outbound)
        if self._account.allowance is not None and used >= self._account.allowance:
            raise TwilioRefusal(63038, str(self._account.allowance))

    def _sender(self, form: dict[str, str]) -> tuple[str, bool]:
        """Return the sender's number, and whether a Messaging Service chose it."""
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
        """GET Messages.json: newest first by DateSent, filtered by To, From and DateSent."""
        wanted = _filters(request, self._account)
        listed = self._network.now - timedelta(seconds=self._account.truths.listed_after)
        found = [
            sms
            for sms in _newest_first(self._network.messages)
            if self._owns(sms)
            and sms.created_at <= listed
            and all(accepts(sms) for accepts in wanted)
        ]
        if not self._account.truths.unsent_listed_first:
            found.sort(key=lambda sms: sms.direction != "inbound" and sms.sent_at is None)
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

    def _is_redacted(self, sms: Sms) -> bool:
        left = sms.sent_at is not None
        return sms.sid in self._redacted or (left and self._account.redacts_bodies)

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
        # A service answers before it has chosen a sender, so it can't count the segments yet.
        accepted = service and sms.status == "queued"
        sent = sms.sent_at if sms.status != "failed" else None
        priced_at = sent + timedelta(seconds=self._account.truths.priced_after) if sent else None
        priced = priced_at is not None and self._network.now >= priced_at
        uri = f"{self._account.path}/Messages/{sms.sid}"
        return {
            "account_sid": self._account.sid,
            "api_version": API_VERSION,
            "body": "" if self._is_redacted(sms) else sms.body,
            "date_created": rfc2822(self._account.here(sms.created_at)),
            "date_sent": rfc2822(sms.sent_at and self._account.here(sms.sent_at)),
            "date_updated": rfc2822(self._account.here(sms.updated_at)),
            "direction": sms.direction,
            "error_code": sms.error_code,
            "error_message": lost_words(sms.error_code),
            "from": None if accepted else _shown(sms, sms.from_number, self._account),
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
            "to": _shown(sms, sms.to_number, self._account),
            "uri": f"{uri}.json",
        }


def _newest_first(messages: list[Sms]) -> list[Sms]:
    """Return messages by DateSent, newest first; incoming ones without a date come last.

    The order within one second is undefined, so it's random here.
    """
    undated = {sms.sid for sms in messages if sms.direction == "inbound" and sms.sent_at is None}
    last = [sms for sms in messages if sms.sid in undated]
    last.sort(key=lambda sms: (sms.created_at.replace(microsecond=0), sms.sid), reverse=True)
    return [*(sms for sms in reversed(messages) if sms.sid not in undated), *last]


def _validity(form: dict[str, str]) -> timedelta:
    """Return how long a text may wait in the queue: https://www.twilio.com/docs/api/errors/21624"""
    given = form.get("ValidityPeriod", str(LONGEST_VALIDITY))
    if not (given.isascii() and given.isdigit() and 1 <= int(given) <= LONGEST_VALIDITY):
        raise TwilioRefusal(21624, given)
    return timedelta(seconds=int(given))


def _filters(request: web.Request, account: Account) -> list[Callable[[Sms], bool]]:
    query = request.query
    filters: list[Callable[[Sms], bool]] = []
    if to := query.get("To"):
        filters.append(lambda sms: _shown(sms, sms.to_number, account) == to)
    if sender := query.get("From"):
        filters.append(lambda sms: _shown(sms, sms.from_number, account) == sender)
    if on := query.get("DateSent"):
        begin, end = _span(on)
        filters.append(lambda sms: begin <= _date_sent(sms, account) < end)
    if before := query.get("DateSent<"):
        _, last = _span(before)
        filters.append(lambda sms: _date_sent(sms, account) < last)
    if after := query.get("DateSent>"):
        earliest, _ = _span(after)
        filters.append(lambda sms: _date_sent(sms, account) >= earliest)
    if any(name.startswith("DateSent") for name in query):
        filters.append(lambda sms: _is_dated(sms, account))
    return filters


def _is_dated(sms: Sms, account: Account) -> bool:
    """Whether a list by DateSent has it; for a text that hasn't left, that's an open question."""
    waits = sms.direction != "inbound" and account.truths.filtered_lists_have_unsent
    return sms.sent_at is not None or waits


def _date_sent(sms: Sms, account: Account) -> datetime:
    """The date for DateSent filters; a text that hasn't left counts by its creation, if at all."""
    return account.here(sms.sent_at or sms.created_at).replace(microsecond=0)


def _shown(sms: Sms, number: str, account: Account) -> str:
    """Return a number as the records show it: whole, or a redacted one without its last digits."""
    masks = account.redacts_numbers and sms.sent_at is not None
    return f"{number[:-4]}XXXX" if masks and number not in account.addresses else number


def _span(text: str) -> tuple[datetime, datetime]:
    """Return the start and the end of a date in UTC, or of an instant's second."""
    try:
        begin = datetime.fromisoformat(text)
    except ValueError:
        raise TwilioRefusal(20001, f"DateSent {text!r}") from None
    if begin.tzinfo is None:
        begin = begin.replace(tzinfo=UTC)
    is_date = len(text) == len("2026-01-05")
    return begin, begin + (timedelta(days=1) if is_date else timedelta(seconds=1))
