"""Slack's Web API over HTTP: tokens, arguments, faults, and the table of methods."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox import transcript
from sandbox.faults import Fault, FaultPlan, lose
from sandbox.slack import methods_chat, methods_conversations, methods_people, methods_views
from sandbox.slack.asking import Ask
from sandbox.slack.errors import SlackError
from sandbox.slack.memory import Json, Memory
from sandbox.slack.tiers import Tiers
from sandbox.slack.triggers import Triggers

METHODS: dict[str, Callable[[Ask], Json]] = {
    **methods_people.METHODS,
    **methods_conversations.METHODS,
    **methods_chat.METHODS,
    **methods_views.METHODS,
}
OPEN_CONNECTION = "apps.connections.open"


class WebApi:
    """Answers `/api/METHOD` and takes uploaded files."""

    def __init__(
        self,
        memory: Memory,
        triggers: Triggers,
        faults: FaultPlan,
        open_connection: Callable[[], Json],
        *,
        bot_token: str,
        app_token: str,
        scopes: frozenset[str],
    ) -> None:
        self._memory = memory
        self._triggers = triggers
        self._faults = faults
        self._open_connection = open_connection
        self._bot_token, self._app_token, self.scopes = bot_token, app_token, scopes
        self._closing = asyncio.Event()
        self.tiers = Tiers()
        self.latency = 0.0
        self.base_url = ""  # known once it is served

    def add_to(self, app: web.Application) -> None:
        """Add the Web API's routes to an application."""
        app.on_shutdown.append(self._release)
        app.router.add_route("*", "/api/{method}", self._receive)
        app.router.add_post("/upload/{file}", self._upload)

    async def _release(self, _app: web.Application) -> None:
        self._closing.set()

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = await _arguments(request)
        now = self._memory.clock.now()
        wait = self.tiers.meet(method, str(arguments.get("channel", "")), now)
        too_many = None if wait is None else Fault("ratelimited", wait)
        fault = self._faults.meet(method, now, arguments, otherwise=too_many)
        self._memory.tell()
        if self.latency:
            await asyncio.sleep(self.latency)
        if fault is None:
            return self._answer(request, method, arguments)
        if fault.kind == "drop_after":
            self._answer(request, method, arguments)
        if fault.then:
            fault.then()
        if fault.kind in ("hang", "drop_before", "drop_after"):
            return await lose(request, self._closing if fault.kind == "hang" else None)
        return refusal(fault)

    def _answer(self, request: web.Request, method: str, arguments: Json) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        headers = {"X-OAuth-Scopes": ",".join(sorted(self.scopes))}
        try:
            answer = {"ok": True, **self._run(method, arguments, token)}
        except SlackError as error:
            answer = error.answer
        return web.json_response(answer, headers=headers)

    def _run(self, method: str, arguments: Json, token: str) -> Json:
        if method == "api.test":
            if error := arguments.get("error"):
                raise SlackError(str(error), args=arguments)
            return {"args": arguments}
        if method != OPEN_CONNECTION and method not in METHODS:
            raise SlackError("unknown_method", req_method=method)
        token = token or str(arguments.get("token", ""))
        if not token:
            raise SlackError("not_authed")
        if token not in (self._bot_token, self._app_token):
            raise SlackError("invalid_auth")
        right = self._app_token if method == OPEN_CONNECTION else self._bot_token
        if token != right:
            raise SlackError("not_allowed_token_type")
        if method == OPEN_CONNECTION:
            return self._open_connection()
        ask = Ask(self._memory, self._triggers, self.base_url, self.scopes, arguments)
        answer = METHODS[method](ask)
        transcript.said(method, arguments)
        self._memory.tell()
        return answer

    async def _upload(self, request: web.Request) -> web.Response:
        file = self._memory.files.get(request.match_info["file"])
        if file is None:
            raise web.HTTPNotFound
        form = await request.post() if request.content_type == "multipart/form-data" else {}
        sent = next((part for part in form.values() if isinstance(part, web.FileField)), None)
        file.content = sent.file.read() if sent else await request.read()
        if len(file.content) != file.length:
            file.content = None
            raise web.HTTPBadRequest(text="the length is not the one that was announced")
        return web.Response(text=f"OK - {file.length}")


async def _arguments(request: web.Request) -> Json:
    """Return the arguments from the query and the body, which is a form or JSON."""
    arguments: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except json.JSONDecodeError:
            body = {}
        return arguments | (body if isinstance(body, dict) else {})
    return arguments | dict(await request.post())


def refusal(fault: Fault) -> web.Response:
    """Return Slack's answer to a call that a fault makes fail."""
    if fault.kind == "ratelimited":
        return web.json_response(
            {"ok": False, "error": "ratelimited"},
            status=429,
            headers={"Retry-After": str(fault.retry_after)},
        )
    if fault.kind.startswith("error:"):
        return web.json_response({"ok": False, "error": fault.kind.removeprefix("error:")})
    return web.Response(status=int(fault.kind), text="upstream trouble")
