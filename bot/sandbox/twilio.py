"""Twilio's REST API in front of the phone network, with faults by script."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, get_args

from aiohttp import BasicAuth, web

from bot.sandbox.faults import Call, Fault, FaultPlan, lose
from bot.sandbox.phones import PhoneNetwork
from bot.sandbox.server import LoopbackServer
from bot.sandbox.truths import TwilioTruths
from bot.sandbox.twilio_account import API_VERSION, Account
from bot.sandbox.twilio_errors import TwilioRefusal
from bot.sandbox.twilio_messages import Messages
from bot.sandbox.twilio_pages import page_of
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
    "service",
    "senders",
]
Kind = Literal["drop_before", "500", "503", "429", "hang", "accept_then_hang", "accept_then_drop"]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
REFUSALS: dict[str, int] = {"500": 20500, "503": 20503, "429": 20429}
REALM = {"WWW-Authenticate": 'Basic realm="Twilio API"'}


class TwilioAccount:
    """An account with one number and one Messaging Service; serves itself at `url`.

    `url` has no path: the 2010 API and messaging.twilio.com's /v1 are both below it. SIDs and
    secrets are made up anew each time. All of this may be called from any thread but the
    server's.
    """

    def __init__(
        self,
        server: LoopbackServer,
        network: PhoneNetwork,
        clock: Clock,
        number: str = "+13125550199",
        *,
        trial: bool = False,
        friendly_name: str = "WhoseOnFirst sandbox",
        port: int = 0,
    ) -> None:
        account = Account(number, friendly_name, trial, clock.now())
        self._account = account
        self._clock = clock
        self._messages = Messages(account, network)
        self._faults = FaultPlan()
        self._latency = 0.0
        self._closing = asyncio.Event()
        self.number = number
        self.account_sid, self.auth_token = account.sid, account.auth_token
        self.api_key, self.api_secret = account.api_key, account.api_secret
        self.messaging_service_sid = account.service_sid
        network.add_service(number)
        self.url = server.serve(self._application(), port)

    def fault(
        self,
        kind: Kind,
        times: int = 1,
        *,
        on: Operation = "create",
        retry_after: int = 1,
        then: Callable[[], None] | None = None,
    ) -> None:
        """Let the next `times` calls of an operation go wrong; several faults queue up.

        - `drop_before`: the connection closes, nothing was taken
        - `500`, `503`, `429`: that answer, nothing was taken; 429 says `retry_after` in seconds
        - `hang`: nothing is taken and no answer ever comes
        - `accept_then_hang`, `accept_then_drop`: the call is carried out, the answer lost. A call
          that is refused is answered, and the fault waits for the next

        `then` is called, on the server's loop, before the answer is given or lost, and after the
        call was carried out if it is.
        """
        if on not in get_args(Operation):
            raise ValueError(f"no such operation: {on!r}")
        self._faults.add(on, _fault(kind, retry_after, then), times)

    def trouble(self, kind: Kind, *, retry_after: int = 1) -> None:
        """Let every call go wrong, as in `fault`, until `recover`."""
        self._faults.last(_fault(kind, retry_after))

    def recover(self) -> None:
        """Let everything go right again."""
        self._faults.clear()

    def release_number(self) -> None:
        """Give the account's number up: nothing can be sent from it any more."""
        self._account.owned = False

    def regain_number(self) -> None:
        """Have the number again, in the Messaging Service, too."""
        self._account.owned = self._account.in_service = True

    def empty_service(self) -> None:
        """Take the number out of the Messaging Service; the account keeps it."""
        self._account.in_service = False

    def disable_texts(self) -> None:
        """Let the number do calls only."""
        self._account.texts = False

    def suspend(self) -> None:
        """Suspend the account, as Twilio does when there is no money on it."""
        self._account.status = "suspended"

    def latency(self, seconds: float) -> None:
        """Let every call from now on take at least this long."""
        self._latency = seconds

    @property
    def truths(self) -> TwilioTruths:
        """Open questions about the real Twilio; a story may give the other answer."""
        return self._account.truths

    @property
    def calls(self) -> list[Call]:
        """All calls that reached us, oldest first, answered or not."""
        return self._faults.calls

    @property
    def requests(self) -> list[Call]:
        """The calls that asked for a message to be sent, taken or not."""
        return [call for call in self.calls if call.operation == "create"]

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[_unknown_paths_in_twilios_shape])
        app.on_shutdown.append(self._release)
        account = f"/{API_VERSION}/Accounts/{{account}}"
        message = f"{account}/Messages/{{message}}.json"
        numbers = f"{account}/IncomingPhoneNumbers"
        routes: list[tuple[Operation, str, str, Handler]] = [
            ("create", "POST", f"{account}/Messages.json", self._messages.create),
            ("list", "GET", f"{account}/Messages.json", self._messages.list),
            ("fetch", "GET", message, self._messages.fetch),
            ("update", "POST", message, self._messages.update),
            ("delete", "DELETE", message, self._messages.delete),
            ("account", "GET", f"{account}.json", self._show_account),
            ("numbers", "GET", f"{numbers}.json", self._list_numbers),
            ("number", "GET", f"{numbers}/{{number}}.json", self._show_number),
            ("service", "GET", "/v1/Services/{service}", self._show_service),
            ("senders", "GET", "/v1/Services/{service}/PhoneNumbers", self._list_senders),
        ]
        for operation, method, path, handler in routes:
            app.router.add_route(method, path, self._received(operation, handler))
        return app

    async def _release(self, _app: web.Application) -> None:
        self._closing.set()

    def _received(self, operation: Operation, handler: Handler) -> Handler:
        """Wrap a handler: remember the call, meet its fault, check who calls."""

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
            if fault.kind in REFUSALS:
                headers = {"Retry-After": str(fault.retry_after)} if fault.kind == "429" else {}
                raise TwilioRefusal(REFUSALS[fault.kind], headers=headers)
            return await lose(request, self._closing if fault.kind.endswith("hang") else None)

        return receive

    async def _accept(
        self, request: web.Request, handler: Handler, operation: Operation, fault: Fault
    ) -> None:
        """Carry out a call whose answer will be lost; what is refused waits for the next one."""
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
        if request.match_info.get("account", self.account_sid) != self.account_sid:
            raise TwilioRefusal(20404, request.path)
        return await handler(request)

    async def _show_account(self, request: web.Request) -> web.Response:
        login = BasicAuth.decode(request.headers["Authorization"]).login
        if login != self.account_sid:
            raise TwilioRefusal(20003, headers=REALM)
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

    async def _show_service(self, request: web.Request) -> web.Response:
        if request.match_info["service"] != self._account.service_sid:
            raise TwilioRefusal(20404, request.path)
        return web.json_response(self._account.as_service(self.url))

    async def _list_senders(self, request: web.Request) -> web.Response:
        if request.match_info["service"] != self._account.service_sid:
            raise TwilioRefusal(20404, request.path)
        return web.json_response(self._account.as_senders(self.url))


def _fault(kind: str, retry_after: int, then: Callable[[], None] | None = None) -> Fault:
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
