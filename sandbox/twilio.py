"""Twilio's REST API in front of the phone network, with faults by script."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from email.utils import format_datetime
from typing import Literal, get_args

from aiohttp import BasicAuth, web

from sandbox.faults import Call, Fault, FaultPlan, lose
from sandbox.phones import PhoneNetwork
from sandbox.server import LoopbackServer
from sandbox.truths import TwilioTruths
from sandbox.twilio_account import API_VERSION, Account, Trial
from sandbox.twilio_errors import TwilioRefusal
from sandbox.twilio_messages import Messages
from sandbox.twilio_pages import page_of
from sandbox.twilio_service import Service
from scheduling.clock import Clock

Operation = Literal[
    "create",
    "list",
    "fetch",
    "update",
    "delete",
    "account",
    "numbers",
    "number",
    "balance",
    "services",
    "service",
    "senders",
    "short_codes",
    "alpha_senders",
    "channel_senders",
    "verifications",
]
Kind = Literal[
    "drop_before",
    "500",
    "502",
    "503",
    "504",
    "429",
    "hang",
    "accept_then_hang",
    "accept_then_drop",
    "accept_then_500",
    "accept_then_502",
]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# With these, every call of a suspended account is refused as if its credentials were wrong.
AT_THE_DOOR = (20003, 20403, 10001)
REFUSALS: dict[str, int] = {"500": 20500, "503": 20503, "504": 20504, "429": 20429}
# The answer of a gateway that can't reach the servers behind it, which isn't in Twilio's format.
BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head></html>"
REALM = {"WWW-Authenticate": 'Basic realm="Twilio API"'}


class TwilioAccount:
    """An account with one number and one Messaging Service; serves itself at `url`.

    `url` has no path: the 2010 API and messaging.twilio.com's /v1 are both below it. SIDs and
    secrets are random. Callable from any thread but the server's.
    """

    def __init__(
        self,
        server: LoopbackServer,
        network: PhoneNetwork,
        clock: Clock,
        number: str = "+13125550199",
        *,
        trial: Trial = False,
        friendly_name: str = "WhoseOnFirst sandbox",
        port: int = 0,
    ) -> None:
        account = Account(number, friendly_name, trial, clock.now())
        self._account = account
        self._network = network
        self._clock = clock
        self._messages = Messages(account, network)
        self._service = Service(account, lambda: self.url)
        self._faults = FaultPlan()
        self._latency = 0.0
        self._closing = asyncio.Event()
        self.number = number
        self.account_sid, self.auth_token = account.sid, account.auth_token
        self.api_key, self.api_secret = account.api_key, account.api_secret
        self.messaging_service_sid = account.service_sid
        network.add_service(number, account)
        self.url = server.serve(self._application(), port)

    def fault(
        self,
        kind: Kind,
        times: int = 1,
        *,
        on: Operation = "create",
        retry_after: int | str = 1,
        then: Callable[[], None] | None = None,
    ) -> None:
        """Make the next `times` calls of an operation go wrong; several faults queue up.

        - `drop_before`: the connection closes, nothing was done
        - `500`, `502`, `503`, `504`, `429`: that answer, nothing was done; 429 has `retry_after`
          if `truths.rate_limits_say_how_long`, and 502 is a gateway's
        - `hang`: nothing is done and no answer ever comes
        - `accept_then_hang`, `accept_then_drop`: the call is carried out, the answer lost;
          `accept_then_500`, `accept_then_502`: the same, with that answer instead. A call that
          Twilio refuses anyway gets its refusal, and the fault waits for the next call

        `then` is called on the server's loop, before the answer is given or lost, and after the
        call has been carried out (if it is).
        """
        if on not in get_args(Operation):
            raise ValueError(f"no such operation: {on!r}")
        self._faults.add(on, _fault(kind, retry_after, then), times)

    def trouble(self, kind: Kind, *, retry_after: int | str = 1) -> None:
        """Make every call go wrong, as in `fault`, until `recover`."""
        self._faults.last(_fault(kind, retry_after))

    def recover(self) -> None:
        """End all faults."""
        self._faults.clear()

    def release_number(self) -> None:
        """Release the account's number: nothing can be sent from it anymore."""
        self._account.owned = False

    def regain_number(self) -> None:
        """Get the number back, in the Messaging Service, too."""
        self._account.owned = self._account.in_service = True

    def empty_service(self) -> None:
        """Remove the number from the Messaging Service; the account keeps it."""
        self._account.in_service = False

    def disable_texts(self) -> None:
        """Make the number voice only."""
        self._account.texts = False

    def suspend(self) -> None:
        """Suspend the account, as Twilio does when it runs out of money."""
        self._account.status = "suspended"

    def resume(self) -> None:
        """Reactivate a suspended account."""
        self._account.status = "active"

    def become_trial(self, trial: Trial = "2026") -> None:
        """Make it a trial account: a new one, an old one (True), or none (False: upgrade it)."""
        self._account.trial = trial

    def reaches_only(self, *numbers: str) -> None:
        """Refuse other numbers with 21608, as for a trial or without a compliance profile."""
        self._account.reaches = frozenset(numbers)

    def balance(self, dollars: str | None) -> None:
        """Set the account's balance, such as "-0.50"; None makes it a subaccount."""
        self._account.balance = dollars

    def restrict_key(self) -> None:
        """Let the API key send texts, and nothing else."""
        self._account.key_may_only_send = True

    def set_webhook(self, url: str, *, application: str = "") -> None:
        """Set the handler of incoming messages to the number: a URL, or a TwiML app's SID."""
        self._account.sms_url, self._account.sms_application_sid = url, application

    def service_defers(self, defers: bool, *, url: str | None = None) -> None:
        """Set whether the service defers to the number's webhook, and its own `url`.

        With neither, Twilio drops replies.
        """
        self._account.defers, self._account.service_url = defers, url
        self._account.service_changed_at = self._clock.now()

    def register(self, registered: bool = True) -> None:
        """Set whether the service has an A2P 10DLC campaign; without, US carriers block texts."""
        self._account.registered = registered

    def verify_toll_free(self, status: str | None) -> None:
        """Set the status of the number's toll-free verification; None if there is none."""
        self._account.verification = status

    def add_sender(
        self, kind: Literal["short_code", "alpha_sender", "sender"], sender: str
    ) -> None:
        """Add a sender other than a phone number to the service; 'sender' is one of RCS."""
        prefix = {"short_code": "SC", "alpha_sender": "AI", "sender": "XE"}[kind]
        self._account.other_senders.append((_sid(prefix), kind, sender))
        if kind != "alpha_sender":  # nobody can reply to a name
            self._network.add_service(sender, self._account)

    def allow(self, texts: int | None) -> None:
        """Limit how many texts are accepted within 24 hours; None lifts the limit."""
        self._account.allowance = texts

    def redact(self, *, bodies: bool = False, numbers: bool = False) -> None:
        """Redact the bodies or the numbers of messages once they've left."""
        self._account.redacts_bodies, self._account.redacts_numbers = bodies, numbers

    def goes_ahead(self, by: timedelta) -> None:
        """Set Twilio's clock ahead of the bot's, or behind it with a negative span."""
        self._account.ahead = by

    def latency(self, seconds: float) -> None:
        """Make every call take at least this long from now on."""
        self._latency = seconds

    @property
    def truths(self) -> TwilioTruths:
        """Open questions about the real Twilio; a story may set the other answer."""
        return self._account.truths

    @property
    def calls(self) -> list[Call]:
        """All calls that reached us, oldest first, answered or not."""
        return self._faults.calls

    @property
    def requests(self) -> list[Call]:
        """The calls that send a message, accepted or not."""
        return [call for call in self.calls if call.operation == "create"]

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[_unknown_paths_in_twilios_shape])
        app.on_shutdown.append(self._release)
        app.on_response_prepare.append(self._date)
        account = f"/{API_VERSION}/Accounts/{{account}}"
        message = f"{account}/Messages/{{message}}.json"
        numbers = f"{account}/IncomingPhoneNumbers"
        service = "/v1/Services/{service}"
        routes: list[tuple[Operation, str, str, Handler]] = [
            ("create", "POST", f"{account}/Messages.json", self._messages.create),
            ("list", "GET", f"{account}/Messages.json", self._messages.list),
            ("fetch", "GET", message, self._messages.fetch),
            ("update", "POST", message, self._messages.update),
            ("delete", "DELETE", message, self._messages.delete),
            ("account", "GET", f"{account}.json", self._show_account),
            ("numbers", "GET", f"{numbers}.json", self._list_numbers),
            ("number", "GET", f"{numbers}/{{number}}.json", self._show_number),
            ("balance", "GET", f"{account}/Balance.json", self._show_balance),
            ("services", "GET", "/v1/Services", self._service.all),
            ("service", "GET", service, self._service.show),
            ("senders", "GET", f"{service}/PhoneNumbers", self._service.numbers),
            ("short_codes", "GET", f"{service}/ShortCodes", self._service.short_codes),
            ("alpha_senders", "GET", f"{service}/AlphaSenders", self._service.alpha_senders),
            ("channel_senders", "GET", f"{service}/ChannelSenders", self._service.channel_senders),
            ("verifications", "GET", "/v1/Tollfree/Verifications", self._service.verifications),
        ]
        for operation, method, path, handler in routes:
            app.router.add_route(method, path, self._received(operation, handler))
        return app

    async def _date(self, _request: web.Request, answer: web.StreamResponse) -> None:
        answer.headers["Date"] = format_datetime(self._account.here(self._clock.now()), usegmt=True)

    async def _release(self, _app: web.Application) -> None:
        self._closing.set()

    def _received(self, operation: Operation, handler: Handler) -> Handler:
        """Wrap a handler: record the call, apply its fault, check the credentials."""

        async def receive(request: web.Request) -> web.StreamResponse:
            given = await request.post() if request.method == "POST" else request.query
            parameters = {name: str(value) for name, value in given.items()}
            fault = self._faults.meet(operation, self._clock.now(), parameters)
            if self._latency:
                await asyncio.sleep(self._latency)
            if fault is None:
                return await self._answer(request, handler)
            if fault.kind.startswith("accept"):
                await self._accept(request, handler, operation, fault)
            if fault.then:
                fault.then()
            said = fault.kind.removeprefix("accept_then_")
            if said == "502":
                return web.Response(status=502, text=BAD_GATEWAY, content_type="text/html")
            if said in REFUSALS:
                says = said == "429" and self.truths.rate_limits_say_how_long
                headers = {"Retry-After": str(fault.retry_after)} if says else {}
                raise TwilioRefusal(REFUSALS[said], headers=headers)
            return await lose(request, self._closing if fault.kind.endswith("hang") else None)

        return receive

    async def _accept(
        self, request: web.Request, handler: Handler, operation: Operation, fault: Fault
    ) -> None:
        """Carry out a call whose answer will be lost; a refused call keeps the fault."""
        try:
            await self._answer(request, handler)
        except TwilioRefusal:
            self._faults.add(operation, fault, 1, first=True)
            raise

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            login = BasicAuth.decode(request.headers.get("Authorization", ""))
        except ValueError:
            raise TwilioRefusal(20003, headers=REALM) from None
        if not self._account.admits(login.login, login.password):
            raise TwilioRefusal(20003, headers=REALM)
        suspended = self._account.truths.suspended_answers
        if self._account.status != "active" and suspended in AT_THE_DOOR:
            raise TwilioRefusal(suspended)
        if request.match_info.get("account", self.account_sid) != self.account_sid:
            raise TwilioRefusal(20404, request.path)
        if self._account.key_may_only_send and login.login == self.api_key:
            sends = request.method == "POST" and request.path.endswith("/Messages.json")
            if not sends:
                raise TwilioRefusal(70051)
        return await handler(request)

    async def _show_account(self, request: web.Request) -> web.Response:
        self._only_with_the_token(request)
        return web.json_response(self._account.as_account())

    async def _list_numbers(self, request: web.Request) -> web.Response:
        wanted = request.query.get("PhoneNumber", "")
        found = [self._account] if self._account.owned and wanted in self.number else []
        return web.json_response(
            page_of(
                request,
                "incoming_phone_numbers",
                found,
                lambda account: account.number_sid,
                lambda account: account.as_number(),
            )
        )

    async def _show_number(self, request: web.Request) -> web.Response:
        if not self._account.owned or request.match_info["number"] != self._account.number_sid:
            raise TwilioRefusal(20404, request.path)
        return web.json_response(self._account.as_number())

    async def _show_balance(self, request: web.Request) -> web.Response:
        # An API key can read an account's resources, but not the account; whether it can read the
        # balance isn't documented. A subaccount's isn't found (twilio-php, issue 593).
        self._only_with_the_token(request)
        if self._account.balance is None:
            raise TwilioRefusal(20404, request.path)
        return web.json_response(self._account.as_balance())

    def _only_with_the_token(self, request: web.Request) -> None:
        if BasicAuth.decode(request.headers["Authorization"]).login != self.account_sid:
            raise TwilioRefusal(20003, headers=REALM)


def _sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


def _fault(kind: str, retry_after: int | str, then: Callable[[], None] | None = None) -> Fault:
    if kind not in get_args(Kind):
        raise ValueError(f"no such fault: {kind!r}")
    return Fault(kind, retry_after, then)


@web.middleware
async def _unknown_paths_in_twilios_shape(
    request: web.Request, handler: Handler
) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPNotFound:
        raise TwilioRefusal(20404, request.path) from None
    except web.HTTPMethodNotAllowed:
        raise TwilioRefusal(20004) from None
