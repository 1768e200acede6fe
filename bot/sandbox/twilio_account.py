"""A Twilio account and its one number and Messaging Service, as the REST API shows them."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from bot.sandbox.truths import TwilioTruths

API_VERSION = "2010-04-01"


def rfc2822(instant: datetime | None) -> str | None:
    """Return an instant as the 2010 API writes it: `Mon, 05 Jan 2026 14:00:00 +0000`."""
    return None if instant is None else format_datetime(instant)


def _sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


@dataclass(slots=True)
class Account:
    """Who may call, and from which number. The API key is a standard one.

    `status` is active, suspended or closed. `owned` is whether the number is still the account's,
    `texts` whether it can send SMS, and `in_service` whether the Messaging Service has it.
    """

    number: str
    friendly_name: str
    trial: bool
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
    truths: TwilioTruths = field(default_factory=TwilioTruths)

    @property
    def path(self) -> str:
        """The account's path in the 2010 API, without an extension."""
        return f"/{API_VERSION}/Accounts/{self.sid}"

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

    def as_senders(self, base_url: str) -> dict[str, Any]:
        """Return the page of the service's PhoneNumber resources: there is one at most."""
        url = f"{base_url}/v1/Services/{self.service_sid}/PhoneNumbers"
        created = self.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        sender = {
            "account_sid": self.sid,
            "capabilities": ["Voice", "SMS", "MMS"] if self.texts else ["Voice"],
            "country_code": "US",
            "date_created": created,
            "date_updated": created,
            "phone_number": self.number,
            "service_sid": self.service_sid,
            "sid": self.number_sid,
            "url": f"{url}/{self.number_sid}",
        }
        meta = {
            "first_page_url": f"{url}?PageSize=50&Page=0",
            "key": "phone_numbers",
            "next_page_url": None,
            "page": 0,
            "page_size": 50,
            "previous_page_url": None,
            "url": url,
        }
        return {"phone_numbers": [sender] if self.sends_for_service else [], "meta": meta}

    def as_service(self, base_url: str) -> dict[str, Any]:
        """Return the Service resource of messaging.twilio.com, found below `base_url` here."""
        url = f"{base_url}/v1/Services/{self.service_sid}"
        created = self.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "account_sid": self.sid,
            "area_code_geomatch": True,
            "date_created": created,
            "date_updated": created,
            "fallback_method": "POST",
            "fallback_to_long_code": True,
            "fallback_url": None,
            "friendly_name": f"{self.friendly_name} messages",
            "inbound_method": "POST",
            "inbound_request_url": None,
            "links": {"phone_numbers": f"{url}/PhoneNumbers"},
            "mms_converter": True,
            "scan_message_content": "inherit",
            "sid": self.service_sid,
            "smart_encoding": True,
            "status_callback": None,
            "sticky_sender": True,
            "synchronous_validation": False,
            "url": url,
            "us_app_to_person_registered": True,
            "use_inbound_webhook_on_number": False,
            "usecase": "notifications",
            "validity_period": 36000,
        }
