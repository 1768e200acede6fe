"""A Twilio account and its one number, as the REST API shows them."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, Literal

from sandbox.truths import TwilioTruths

API_VERSION = "2010-04-01"
# Not a trial; an old one, with Twilio's prefix before each text; a new one, which accepts only
# Twilio's templates: https://www.twilio.com/docs/usage/trials/try-out-sms
Trial = Literal[False, True, "2026"]
# Roughly the answer of the demo webhook that new numbers have; the exact words aren't documented.
DEMO_ANSWER = "Thanks for the message. Configure your number's SMS URL to change this message."
# Toll-free numbers of North America: https://www.nanpa.com/
TOLL_FREE = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")


def rfc2822(instant: datetime | None) -> str | None:
    """Return an instant as the 2010 API writes it: `Mon, 05 Jan 2026 14:00:00 +0000`."""
    return None if instant is None else format_datetime(instant)


def _sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


@dataclass(slots=True)
class Account:
    """The account's state. The API key is a standard one, unless it may only send.

    - `status`: active, suspended or closed
    - `owned`: whether the number is still the account's; `texts`: whether it can send SMS
    - `in_service`: whether the number is in the Messaging Service
    - `defers`: whether the service leaves incoming messages to the number's own webhook,
      `sms_url`; `service_url` is the service's; both last changed at `service_changed_at`
    - `registered`: whether the service has a US A2P 10DLC campaign; `verification`: the status of
      the number's toll-free verification, if there is one
    - `other_senders`: the service's other senders, as (sid, field of their resource, sender)
    - `reaches`: the only numbers that can be texted, as on a trial with verified numbers, or
      while the compliance profile isn't approved
    - `balance`: dollars, None for a subaccount, which doesn't have one
    - `allowance`: how many texts it may send within 24 hours
    - `ahead`: how far Twilio's clock is ahead of the bot's
    - `redacts_bodies`, `redacts_numbers`: whether its records lose these once a text has left:
      https://www.twilio.com/docs/messaging/guides/privacy-message-redaction
    """

    number: str
    friendly_name: str
    trial: Trial
    created_at: datetime
    sid: str = field(default_factory=lambda: _sid("AC"))
    auth_token: str = field(default_factory=lambda: secrets.token_hex(16))
    api_key: str = field(default_factory=lambda: _sid("SK"))
    api_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    number_sid: str = field(default_factory=lambda: _sid("PN"))
    service_sid: str = field(default_factory=lambda: _sid("MG"))
    status: str = "active"
    owned: bool = True
    texts: bool = True
    in_service: bool = True
    defers: bool = True
    service_url: str | None = None
    service_changed_at: datetime | None = None
    sms_url: str = ""
    sms_application_sid: str = ""
    registered: bool = True
    verification: str | None = "TWILIO_APPROVED"
    other_senders: list[tuple[str, str, str]] = field(default_factory=list)
    reaches: frozenset[str] | None = None
    balance: str | None = "100.00"
    key_may_only_send: bool = False
    allowance: int | None = None
    ahead: timedelta = timedelta()
    redacts_bodies: bool = False
    redacts_numbers: bool = False
    truths: TwilioTruths = field(default_factory=TwilioTruths)

    @property
    def path(self) -> str:
        """The account's path in the 2010 API, without an extension."""
        return f"/{API_VERSION}/Accounts/{self.sid}"

    def here(self, instant: datetime) -> datetime:
        """Return the time on Twilio's clock at an instant."""
        return instant + self.ahead

    def admits(self, username: str, password: str) -> bool:
        """Whether these are the SID and the auth token, or the API key and its secret."""
        return (username, password) in (
            (self.sid, self.auth_token),
            (self.api_key, self.api_secret),
        )

    @property
    def sends_for_service(self) -> bool:
        """Whether the Messaging Service has a number to send from."""
        return self.owned and self.in_service

    @property
    def addresses(self) -> set[str]:
        """The number, and the service's other senders that people can write to."""
        return {self.number, *(sender for _, _, sender in self.other_senders)}

    @property
    def swallows_replies(self) -> bool:
        """Whether replies to the number are dropped and unlisted.

        https://www.twilio.com/docs/messaging/api/service-resource, `inbound_request_url`
        """
        handled = self.defers or bool(self.service_url)
        return self.in_service and not handled and self.truths.service_without_webhook_drops

    @property
    def webhook_answers(self) -> str | None:
        """The answer of the number's webhook to each text, if it's Twilio's demo webhook."""
        asked = not self.in_service or self.defers
        demo = asked and not self.sms_application_sid and "://demo.twilio.com/" in self.sms_url
        return DEMO_ANSWER if demo else None

    def blocks(self, to: str) -> int | None:
        """Return the code with which carriers drop a text to a number, if they do."""
        if self.number.startswith(TOLL_FREE):
            return None if self.verification == "TWILIO_APPROVED" else 30032
        return 30034 if to.startswith("+1") and not self.registered else None

    def as_balance(self) -> dict[str, Any]:
        """Return the Balance resource."""
        return {"account_sid": self.sid, "balance": self.balance, "currency": "USD"}

    def as_account(self) -> dict[str, Any]:
        """Return the Account resource."""
        return {
            "auth_token": self.auth_token,
            "date_created": rfc2822(self.created_at),
            "date_updated": rfc2822(self.created_at),
            "friendly_name": self.friendly_name,
            "owner_account_sid": self.sid,
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {
                "balance": f"{self.path}/Balance.json",
                "incoming_phone_numbers": f"{self.path}/IncomingPhoneNumbers.json",
                "messages": f"{self.path}/Messages.json",
            },
            "type": "Trial" if self.trial else "Full",
            "uri": f"{self.path}.json",
        }

    def as_number(self) -> dict[str, Any]:
        """Return the IncomingPhoneNumber resource of the account's number."""
        unset = {
            f"{kind}_{what}": ""
            for kind in ("sms", "voice")
            for what in ("application_sid", "fallback_url", "url")
        }
        methods = {
            f"{kind}_{what}": "POST"
            for kind in ("sms", "voice")
            for what in ("fallback_method", "method")
        }
        return {
            **unset,
            **methods,
            "sms_application_sid": self.sms_application_sid,
            "sms_url": self.sms_url,
            "account_sid": self.sid,
            "address_requirements": "none",
            "address_sid": None,
            "api_version": API_VERSION,
            "beta": False,
            "bundle_sid": None,
            "capabilities": {"fax": False, "mms": self.texts, "sms": self.texts, "voice": True},
            "date_created": rfc2822(self.created_at),
            "date_updated": rfc2822(self.created_at),
            "emergency_address_sid": None,
            "emergency_address_status": "unregistered",
            "emergency_status": "Inactive",
            "friendly_name": self.number,
            "identity_sid": None,
            "origin": "twilio",
            "phone_number": self.number,
            "sid": self.number_sid,
            "status": "in-use",
            "status_callback": "",
            "status_callback_method": "POST",
            "trunk_sid": None,
            "type": "local",
            "uri": f"{self.path}/IncomingPhoneNumbers/{self.number_sid}.json",
            "voice_caller_id_lookup": False,
            "voice_receive_mode": "voice",
        }
