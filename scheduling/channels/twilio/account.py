"""Checks our Twilio account and senders: each finding is fine, advice, or wrong.

`run_bot.py check` checks everything; the preflight check only what stops texts or replies. The bot
works with an API key that may only send, so what the key may not read doesn't count as wrong.
"""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit

from twilio.base.exceptions import TwilioRestException

from scheduling.channels import DeliveryError
from scheduling.channels.findings import Finding
from scheduling.channels.twilio import services
from scheduling.channels.twilio.lookup import Kept
from scheduling.channels.twilio.senders import TOLL_FREE_CODES
from scheduling.channels.twilio.services import defers
from scheduling.channels.twilio.sms import SmsChannel
from scheduling.numbers import country_of_number

T = TypeVar("T")

# Twilio's codes for what an API key may not read.
MAY_NOT_LOOK = ("20003", "20403", "70051", "403")
# The first of these may also mean wrong credentials, and the second a suspended account:
# https://www.twilio.com/docs/api/errors/20403
RESTRICTED = MAY_NOT_LOOK[2:]
# Teams that check within this time share one answer.
SAME_LOOK = timedelta(seconds=45)
LOW = Decimal(5)  # of the account's currency, mostly US dollars
# Twilio suspends a prepaid account at zero, so one that is active this far below is invoiced:
# https://support.twilio.com/hc/en-us/articles/223135487-How-Twilio-billing-works
CREDIT = Decimal(-20)
DEMO = "demo.twilio.com"  # the webhook that Twilio gives to new numbers
MESSAGES = "messages"  # without them there are no replies and no receipts
# At most this many services are checked, and numbers of each.
MOST = 20


class Tomorrow:
    """Finds what would stop the next morning's texts; teams that ask at once share the answer."""

    def __init__(self, sms: SmsChannel) -> None:
        self._sms = sms
        self._lock = threading.Lock()
        self._looked_at: datetime | None = None
        self._found: list[Finding] | DeliveryError = []

    def wrong(self, now: datetime) -> list[Finding]:
        """Return what is wrong. Raises DeliveryError when Twilio can't be asked."""
        with self._lock:
            if self._looked_at is None or abs(now - self._looked_at) >= SAME_LOOK:
                self._found, self._looked_at = self._look(), now
            found = self._found
        if isinstance(found, DeliveryError):  # each thread raises its own instance
            raise DeliveryError(
                found.outcome, found.code, found.message, found.retry_after, found.error_class
            ) from found
        return found

    def _look(self) -> list[Finding] | DeliveryError:
        try:
            found = list(look(self._sms, closely=False))
        except DeliveryError as error:
            return error
        return [one for one in found if one.level == "wrong"]


def look(
    sms: SmsChannel, *, closely: bool, week: tuple[Decimal, str] | None = None
) -> Iterator[Finding]:
    """Yield findings about the account and its sender, each as soon as it is known.

    Without `closely`, only what stops texts or replies is checked. `week` is the estimated cost of
    the next seven days, and its currency. Raises DeliveryError when Twilio can't be asked.
    """
    yield from _Look(sms, closely=closely).findings(week)


class _Look:
    def __init__(self, sms: SmsChannel, *, closely: bool) -> None:
        self._sms, self._client, self._account = sms, sms.client, sms.account
        self._closely = closely
        self._refused: list[str] = []

    def findings(self, week: tuple[Decimal, str] | None) -> Iterator[Finding]:
        state = self._state()
        yield from state
        if any(one.level == "wrong" and not one.doubtful for one in state):
            return
        yield from self._service() if self._account.messaging_service_sid else self._number()
        yield from self._balance(week)
        if self._closely:
            yield from _redacted(self._allowed(MESSAGES, self._sms.kept))
        if self._refused:
            unread = _listed(self._refused)
            what = f"The API key isn’t allowed to read {unread}, so I couldn’t check them"
            blind = " and can’t see replies or receipts" if MESSAGES in self._refused else ""
            help_ = ". Give it read access in Twilio’s console, or use a standard key"
            yield Finding("advice", what + blind + help_)

    def _state(self) -> list[Finding]:
        """Check the account. A standard API key may not read it, so it is tried on messages."""
        sid = self._account.account_sid
        if self._account.username != sid:
            try:
                with self._sms.asking():
                    self._client.messages.list(limit=1)
            except DeliveryError as error:
                if error.code not in RESTRICTED:
                    raise
                self._refused.append(MESSAGES)
            return [Finding("fine", f"the API key works for the account {sid}")]
        with self._sms.asking():
            account = self._client.api.accounts(sid).fetch()
        if account.status != "active":
            act = "check its status and balance in Twilio’s console"
            return [Finding("wrong", f"The account is {account.status}", act)]
        found = [Finding("fine", f"the account “{account.friendly_name}” is active")]
        if account.type == "Trial":
            found.append(
                Finding(
                    "wrong",
                    "A Twilio trial account can’t send our texts",
                    "upgrade it, and get its primary compliance profile (Trust Hub) approved",
                    doubtful=True,
                )
            )
        return found

    # --- the sender ---

    def _number(self) -> Iterator[Finding]:
        """Check the number that we send from, and its messaging service, if any."""
        phone = str(self._account.phone_number)

        def owned() -> list[Any]:
            return list(self._client.incoming_phone_numbers.list(phone_number=phone, limit=1))

        numbers = self._allowed("numbers", owned)
        if numbers == []:
            what = f"{phone} isn’t one of this account’s numbers"
            yield Finding("wrong", what, "check TWILIO_PHONE_NUMBER")
            return
        if numbers and (numbers[0].capabilities or {}).get("sms") is False:
            act = "set TWILIO_PHONE_NUMBER to a number that can"
            yield Finding("wrong", f"{phone} can’t send texts", act)
            return
        if numbers:
            yield Finding("fine", f"Texts come from {phone}")
        services = self._allowed(
            "messaging services", lambda: self._with(phone), needed=self._closely
        )
        service = services[0] if services else None
        if service:
            yield from self._answered(service, [phone])
        if numbers and self._closely and (service is None or defers(service)):
            yield from _webhook(numbers[0])
        if numbers and _is_toll_free(phone):
            yield from self._verified(phone, numbers[0].sid)
        elif _is_us(phone) and service:
            yield from _registered(service)
        elif _is_us(phone) and services == [] and self._closely:
            yield Finding(
                "advice",
                f"{phone} isn’t in a messaging service. Carriers block its texts to US numbers "
                "until you add it to one that has an approved A2P 10DLC campaign (error 30034)",
            )

    def _with(self, phone: str) -> list[Any] | None:
        """Return the messaging service that has a number: one or none; None if unknown."""
        found, sure = services.that_has(self._client, phone, MOST)
        return [found] if found else [] if sure else None

    def _service(self) -> Iterator[Finding]:
        """Check the messaging service and its senders."""
        sid = str(self._account.messaging_service_sid)
        context = self._client.messaging.v1.services(sid)

        def found() -> tuple[Any, list[Any]]:
            try:
                return context.fetch(), context.phone_numbers.list()
            except TwilioRestException as error:
                if error.status != HTTPStatus.NOT_FOUND:
                    raise
                return None, []

        answer = self._allowed("the messaging service", found)
        if answer is None:
            return
        service, numbers = answer
        if service is None:
            act = "check TWILIO_MESSAGING_SERVICE_SID"
            yield Finding("wrong", "The messaging service doesn’t exist", act)
            return
        name = f"The messaging service “{service.friendly_name}”"
        texting = [one for one in numbers if "SMS" in (one.capabilities or ())]
        others = self._others(context) if self._closely or not texting else {}
        if not texting and not any(others.values()):
            what = f"{name} has no number that can send texts"
            yield Finding("wrong", what, "add one that can")
            return
        yield Finding("fine", f"Texts come from the messaging service “{service.friendly_name}”")
        yield from self._answered(service, [one.phone_number for one in texting])
        if self._closely:
            yield from _sender_findings(name, others)
            yield from self._webhooks(service, numbers)
        for one in [one for one in texting if _is_toll_free(one.phone_number)][:MOST]:
            yield from self._verified(one.phone_number, one.sid)
        if any(_is_us(one.phone_number) for one in texting):
            yield from _registered(service)

    def _others(self, context: Any) -> dict[str, list[str]]:
        """Return a service's senders that aren't numbers, by kind."""
        kinds: dict[str, Callable[[], list[str]]] = {
            "short code": lambda: [one.short_code for one in context.short_codes.list()],
            "channel": lambda: [one.sender for one in context.channel_senders.list()],
            "name": lambda: [one.alpha_sender for one in context.alpha_senders.list()],
        }
        return {kind: self._allowed(f"{kind}s", ask) or [] for kind, ask in kinds.items()}

    def _answered(self, service: Any, phones: list[str]) -> Iterator[Finding]:
        """Yield a finding if replies may not reach the account's message list.

        If neither the service nor its numbers handle them, Twilio drops them, according to
        https://www.twilio.com/docs/messaging/api/service-resource. If a reply did come, it doesn't.
        """
        name = f"The messaging service “{service.friendly_name}”"
        url = service.inbound_request_url
        act = "set its Integration to “Defer to sender's webhook”"
        if defers(service):
            return
        if url and self._closely:
            yield _answering(f"{name} forwards replies to", url, act)
        elif not url and not self._heard_since(service.date_updated, phones):
            what = f"{name} drops replies, so OK and STOP never reach me"
            yield Finding("wrong", what, act, of_replies=True)

    def _heard_since(self, changed_at: datetime | None, phones: list[str]) -> bool:
        """Tell whether a reply came after the service was last changed."""
        if changed_at is None:
            return False

        def newest() -> list[Any]:
            listed = (self._client.messages.list(to=one, limit=MOST) for one in phones[:MOST])
            return [sms for found in listed for sms in found]

        return any(
            str(sms.direction) == "inbound" and sms.date_created > changed_at
            for sms in self._allowed(MESSAGES, newest) or []
        )

    def _webhooks(self, service: Any, numbers: list[Any]) -> Iterator[Finding]:
        if not defers(service):
            return
        for one in numbers[:MOST]:

            def fetched(sid: str = one.sid) -> Any:
                return self._client.incoming_phone_numbers(sid).fetch()

            if number := self._allowed("numbers", fetched):
                yield from _webhook(number)

    def _verified(self, phone: str, sid: str) -> Iterator[Finding]:
        """Yield a finding if a toll-free number isn't verified, because it can't send before."""

        def asked() -> list[Any]:
            listed = self._client.messaging.v1.tollfree_verifications.list
            return list(listed(tollfree_phone_number_sid=sid, limit=MOST))

        found = self._allowed("toll-free verifications", asked, needed=self._closely)
        states = [str(one.status) for one in found or []]
        if found is None or "TWILIO_APPROVED" in states:
            return
        what, act = f"The toll-free number {phone} isn’t verified", "verify it with Twilio"
        if {"PENDING_REVIEW", "IN_REVIEW"} & set(states):
            what, act = f"{phone} is still waiting to be verified", "wait for Twilio’s approval"
        elif found:
            why = f" ({found[0].rejection_reason})" if found[0].rejection_reason else ""
            what = f"Twilio rejected the verification of {phone}{why}"
            act = "fix it and submit it again"
        yield Finding("wrong", f"{what}, so its texts are blocked (error 30032)", act, to="+1")

    # --- money ---

    def _balance(self, week: tuple[Decimal, str] | None) -> Iterator[Finding]:
        """Check the balance. Subaccounts have none, and not every key may read it."""
        try:
            with self._sms.asking():
                fetched = self._client.balance.fetch()
            balance, unit = Decimal(fetched.balance or ""), str(fetched.currency)
        except (DeliveryError, InvalidOperation):
            return
        if not balance.is_finite():
            return
        what = f"The Twilio balance is {balance:.2f} {unit}"
        if balance < CREDIT:
            what = f"the account owes {-balance:.2f} {unit}, so it’s billed by invoice"
            yield Finding("fine", what)
            return
        if balance <= 0:
            yield Finding("wrong", what, "add money before Twilio suspends the account")
            return
        needed = week[0] if week and week[1] == unit else Decimal(0)
        if self._closely and balance < max(LOW, needed):
            cost = f", and the next 7 days will cost about {needed:.2f}" if needed else ""
            yield Finding("advice", f"{what}{cost}", "add money, or turn on auto recharge")

    def _allowed(self, what: str, ask: Callable[[], T], *, needed: bool = True) -> T | None:
        """Return an answer of Twilio's; if the key may not ask, remember `what` and return None.

        If the answer isn't `needed`, other errors are treated the same way.
        """
        try:
            with self._sms.asking():
                return ask()
        except DeliveryError as error:
            if needed and error.code not in MAY_NOT_LOOK:
                raise
            if what not in self._refused:
                self._refused.append(what)
            return None


def _redacted(kept: Kept | None) -> Iterator[Finding]:
    """Yield findings about what the account's message redaction hides from us.

    https://www.twilio.com/docs/messaging/guides/privacy-message-redaction
    """
    if kept and not kept.texts:
        what = (
            "Twilio doesn’t store texts on this account (message redaction), so I can’t read "
            "replies: an OK won’t confirm. And if Twilio’s answer to a send is lost, I can find "
            "that text only by its number and time"
        )
        yield Finding("advice", what, "turn off redaction for message bodies")
    if kept and not kept.numbers:
        what = (
            "Twilio doesn’t store full phone numbers on this account (message redaction), so I "
            "can’t tell who sent a reply. And if Twilio’s answer to a send is lost, I can’t find "
            "that text, so I don’t send it again"
        )
        yield Finding("advice", what, "turn off redaction for phone numbers")


def _sender_findings(name: str, others: dict[str, list[str]]) -> Iterator[Finding]:
    """Yield whether people can reply to a service's senders that aren't numbers."""
    if read := [*others["short code"], *others["channel"]]:
        yield Finding("fine", f"{name} also sends from {_listed(read)}: I read replies there, too")
    if names := others["name"]:
        yield Finding(
            "advice",
            f"{name} also sends as {_listed(names)}, and nobody can reply to a name",
            "remove it if people should be able to reply OK or STOP",
        )


def _webhook(number: Any) -> Iterator[Finding]:
    """Yield a finding if something else answers texts to a number. A TwiML app precedes a URL."""
    phone = number.phone_number
    act = "clear “A message comes in” in the number’s Messaging Configuration"
    if app := number.sms_application_sid:
        what = f"Replies to {phone} also go to the TwiML app {app}, which may answer them, too"
        yield Finding("advice", what, act)
    elif url := number.sms_url:
        yield _answering(f"{phone} forwards replies to", url, act)


def _answering(who: str, url: str, act: str) -> Finding:
    host = urlsplit(url).hostname or url
    if host == DEMO:
        return Finding("wrong", f"{who} {host}, Twilio’s demo, which answers every text", act)
    return Finding("advice", f"{who} {host}, which may answer them, too", act)


def _registered(service: Any) -> Iterator[Finding]:
    if service.us_app_to_person_registered is False:
        yield Finding(
            "wrong",
            f"The messaging service “{service.friendly_name}” has no approved A2P 10DLC campaign, "
            "so carriers block its texts to US numbers (error 30034)",
            "register a brand and a campaign for it",
            to="+1",
        )


def _is_toll_free(phone: str) -> bool:
    return phone.startswith(TOLL_FREE_CODES)


def _is_us(phone: str) -> bool:
    """Whether it is an ordinary US number, to which A2P 10DLC applies."""
    ordinary = phone.startswith("+1") and not _is_toll_free(phone)
    return ordinary and country_of_number(phone) == "US"


def _listed(words: list[str]) -> str:
    """Return 'A, B and C'."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
