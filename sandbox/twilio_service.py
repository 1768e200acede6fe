"""messaging.twilio.com for an account: its service, the service's senders, toll-free verification.

https://www.twilio.com/docs/messaging/api/service-resource
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from sandbox.twilio_account import Account
from sandbox.twilio_errors import TwilioRefusal

Json = dict[str, Any]


def _iso8601(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


class Service:
    """Answers for the account's one Messaging Service. Used only on the server's loop.

    `base_url` is our own address; each list has a single page.
    """

    def __init__(self, account: Account, base_url: Callable[[], str]) -> None:
        self._account = account
        self._base_url = base_url

    async def all(self, _request: web.Request) -> web.Response:
        """GET /v1/Services."""
        return self._page("services", f"{self._base_url()}/v1/Services", [self._service()])

    async def show(self, request: web.Request) -> web.Response:
        """GET /v1/Services/{sid}."""
        self._must_exist(request)
        return web.json_response(self._service())

    async def numbers(self, request: web.Request) -> web.Response:
        """GET /v1/Services/{sid}/PhoneNumbers: at most one."""
        self._must_exist(request)
        account = self._account
        sender = self._sender(account.number_sid, "PhoneNumbers") | {
            "capabilities": ["Voice", "SMS", "MMS"] if account.texts else ["Voice"],
            "country_code": "US",
            "phone_number": account.number,
            "service_sid": account.service_sid,
        }
        found = [sender] if account.sends_for_service else []
        return self._page("phone_numbers", self._url("PhoneNumbers"), found)

    async def short_codes(self, request: web.Request) -> web.Response:
        """GET /v1/Services/{sid}/ShortCodes."""
        more = {"country_code": "US", "capabilities": ["SMS"]}
        return self._others(request, "short_codes", "ShortCodes", "short_code", more)

    async def alpha_senders(self, request: web.Request) -> web.Response:
        """GET /v1/Services/{sid}/AlphaSenders: names, which nobody can reply to."""
        more: Json = {"capabilities": ["SMS"]}
        return self._others(request, "alpha_senders", "AlphaSenders", "alpha_sender", more)

    async def channel_senders(self, request: web.Request) -> web.Response:
        """GET /v1/Services/{sid}/ChannelSenders: RCS and the like."""
        more: Json = {"sender_type": "RCS", "country_code": None}
        return self._others(request, "senders", "ChannelSenders", "sender", more)

    async def verifications(self, request: web.Request) -> web.Response:
        """GET /v1/Tollfree/Verifications, by TollfreePhoneNumberSid."""
        account = self._account
        wanted = request.query.get("TollfreePhoneNumberSid", account.number_sid)
        found = []
        if account.verification and wanted == account.number_sid:
            rejected = account.verification == "TWILIO_REJECTED"
            found.append(
                {
                    "account_sid": account.sid,
                    "date_created": self._created,
                    "date_updated": self._created,
                    "rejection_reason": "Business name doesn't match" if rejected else None,
                    "sid": "HH" + secrets.token_hex(16),
                    "status": account.verification,
                    "tollfree_phone_number_sid": account.number_sid,
                }
            )
        url = f"{self._base_url()}/v1/Tollfree/Verifications"
        return self._page("verifications", url, found)

    @property
    def _created(self) -> str:
        return _iso8601(self._account.created_at)

    def _url(self, below: str) -> str:
        return f"{self._base_url()}/v1/Services/{self._account.service_sid}/{below}"

    def _must_exist(self, request: web.Request) -> None:
        if request.match_info["service"] != self._account.service_sid:
            raise TwilioRefusal(20404, request.path)

    def _others(
        self, request: web.Request, key: str, below: str, field: str, more: Json
    ) -> web.Response:
        self._must_exist(request)
        found = [
            self._sender(sid, below)
            | {field: sender, "service_sid": self._account.service_sid}
            | more
            for sid, kind, sender in self._account.other_senders
            if kind == field
        ]
        return self._page(key, self._url(below), found)

    def _sender(self, sid: str, below: str) -> Json:
        return {
            "account_sid": self._account.sid,
            "date_created": self._created,
            "date_updated": self._created,
            "sid": sid,
            "url": f"{self._url(below)}/{sid}",
        }

    @staticmethod
    def _page(key: str, url: str, found: list[Json]) -> web.Response:
        meta = {
            "first_page_url": f"{url}?PageSize=50&Page=0",
            "key": key,
            "next_page_url": None,
            "page": 0,
            "page_size": 50,
            "previous_page_url": None,
            "url": url,
        }
        return web.json_response({key: found, "meta": meta})

    def _service(self) -> Json:
        account = self._account
        url = f"{self._base_url()}/v1/Services/{account.service_sid}"
        return {
            "account_sid": account.sid,
            "area_code_geomatch": True,
            "date_created": self._created,
            "date_updated": _iso8601(account.service_changed_at or account.created_at),
            "fallback_method": "POST",
            "fallback_to_long_code": True,
            "fallback_url": None,
            "friendly_name": f"{account.friendly_name} messages",
            "inbound_method": "POST",
            "inbound_request_url": account.service_url,
            "links": {
                "alpha_senders": f"{url}/AlphaSenders",
                "phone_numbers": f"{url}/PhoneNumbers",
                "short_codes": f"{url}/ShortCodes",
            },
            "mms_converter": True,
            "scan_message_content": "inherit",
            "sid": account.service_sid,
            "smart_encoding": True,
            "status_callback": None,
            "sticky_sender": True,
            "synchronous_validation": False,
            "url": url,
            "us_app_to_person_registered": account.registered,
            "use_inbound_webhook_on_number": account.defers,
            "usecase": "notifications",
            "validity_period": 36000,
        }
