"""A local Slack workspace: what it remembers, its Web API and its Socket Mode."""

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aiohttp import WSMsgType, web

from bot.sandbox.clock import SandboxClock
from bot.sandbox.server import LoopbackServer
from bot.sandbox.slack.blocks import message_problems

if TYPE_CHECKING:
    from bot.sandbox.slack.people import SlackChannel, SlackPerson

DEFAULT_SCOPES = frozenset(
    {
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "groups:history",
        "groups:read",
        "im:write",
        "users:read",
    }
)
ACK_WITHIN = 3.0
Form = dict[str, Any]


class ApiError(Exception):
    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.answer = {"ok": False, "error": code, **more}


@dataclass
class User:
    id: str
    name: str
    handle: str
    tz: str
    admin: bool = False
    owner: bool = False
    bot: bool = False
    deleted: bool = False


@dataclass
class Post:
    ts: str
    user: str
    text: str
    blocks: list[Any] | None = None
    metadata: dict[str, Any] | None = None
    thread_ts: str | None = None


@dataclass
class Channel:
    id: str
    name: str
    private: bool = False
    archived: bool = False
    members: set[str] = field(default_factory=set)
    posts: list[Post] = field(default_factory=list)


@dataclass
class Pending:
    envelope: str
    acked: asyncio.Future[Any]


class SlackWorkspace:
    def __init__(self, server: LoopbackServer, clock: SandboxClock, scopes: frozenset[str] = DEFAULT_SCOPES, port: int = 0) -> None:
        self.server, self.clock, self.scopes = server, clock, scopes
        self.bot_token, self.app_token = "xoxb-" + secrets.token_hex(12), "xapp-" + secrets.token_hex(12)
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.team_id = "T0SANDBOX"
        self.bot_user_id = "U0WHOSEBOT"
        self.users[self.bot_user_id] = User(self.bot_user_id, "WhoseOnFirst", "whoseonfirst", "America/Los_Angeles", bot=True)
        self.sockets: list[web.WebSocketResponse] = []
        self.pending: dict[str, asyncio.Future[Any]] = {}
        self.urls: dict[str, Callable[[Form], Awaitable[None]]] = {}
        self.faults: dict[str, list[tuple[str, int]]] = {}
        self.counts: dict[str, int] = {}
        self._last_ts = 0
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/link", self._socket)
        app.router.add_post("/respond/{key}", self._respond)
        app.on_shutdown.append(self._shut)
        self._hangs: set[asyncio.Event] = set()
        base = server.serve(app, port)
        self.url = base + "/api/"
        self.base = base

    async def _shut(self, _: web.Application) -> None:
        for event in self._hangs:
            event.set()
        for ws in list(self.sockets):
            await ws.close()

    # names
    def user(self, id: str) -> str:
        return self.users[id].name if id in self.users else id

    def channel_name(self, id: str) -> str:
        return self.channels[id].name if id in self.channels else id

    def person(self, name: str, *, admin: bool = False, owner: bool = False, tz: str = "America/Chicago", handle: str | None = None, id: str | None = None, bot: bool = False, deleted: bool = False) -> "SlackPerson":
        from bot.sandbox.slack.people import SlackPerson
        uid = id or f"U{len(self.users):04d}{''.join(c for c in name.upper() if c.isascii() and c.isalnum())[:6]}"
        self.users[uid] = User(uid, name, handle or name.split()[0].lower(), tz, admin, owner, bot, deleted)
        return SlackPerson(self, uid)

    def channel(self, name: str, *, members: "list[SlackPerson] | None" = None, bot: bool = True, private: bool = False, id: str | None = None) -> "SlackChannel":
        from bot.sandbox.slack.people import SlackChannel
        cid = id or f"C{len(self.channels):04d}{name.upper()[:6]}"
        self.channels[cid] = Channel(cid, name, private)
        self.channels[cid].members |= {m.id for m in members or []}
        if bot:
            self.channels[cid].members.add(self.bot_user_id)
        return SlackChannel(self, cid)

    def ts(self) -> str:
        micros = max(int(self.clock.now().timestamp() * 1_000_000), self._last_ts + 1)
        self._last_ts = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    def fault(self, method: str, kind: str, times: int = 1, retry_after: int = 1) -> None:
        self.faults.setdefault(method, []).extend([(kind, retry_after)] * times)

    def calls(self, method: str) -> int:
        return self.counts.get(method, 0)

    @property
    def connections(self) -> int:
        return len(self.sockets)

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        self.counts[method] = self.counts.get(method, 0) + 1
        form: Form = dict(request.query)
        if request.content_type == "application/json":
            form.update(json.loads(await request.text() or "{}"))
        else:
            form.update(await request.post())
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or form.get("token", "")
        kind, retry = self.faults[method].pop(0) if self.faults.get(method) else ("", 0)
        if kind == "ratelimited":
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(retry)})
        if kind == "500":
            return web.Response(status=500, text="oops")
        if kind.startswith("error:"):
            return web.json_response({"ok": False, "error": kind[6:]})
        if kind == "hang":
            event = asyncio.Event()
            self._hangs.add(event)
            await event.wait()
        if kind in ("hang", "drop_before"):
            if request.transport: request.transport.abort()
            return web.Response()
        try:
            answer = {"ok": True, **self._call(method, form, str(token))}
        except ApiError as error:
            answer = error.answer
        if kind == "drop_after":
            if request.transport: request.transport.abort()
            return web.Response()
        return web.json_response(answer)

    def _call(self, method: str, form: Form, token: str) -> dict[str, Any]:
        if not token:
            raise ApiError("not_authed")
        if method == "apps.connections.open":
            if token == self.bot_token: raise ApiError("not_allowed_token_type")
            if token != self.app_token: raise ApiError("invalid_auth")
            return {"url": self.base.replace("http", "ws") + "/link"}
        if token == self.app_token: raise ApiError("not_allowed_token_type")
        if token != self.bot_token: raise ApiError("invalid_auth")
        if method == "auth.test":
            return {"url": self.base, "team": "Sandbox", "user": "whoseonfirst", "team_id": self.team_id, "user_id": self.bot_user_id, "bot_id": "B0BOT"}
        if method == "users.info":
            if form.get("user") not in self.users: raise ApiError("user_not_found")
            return {"user": self._user(self.users[form["user"]])}
        if method == "users.list":
            return {"members": [self._user(u) for u in self.users.values()], "response_metadata": {"next_cursor": ""}}
        if method == "conversations.info":
            c = self._channel(form)
            return {"channel": {"id": c.id, "name": c.name, "is_channel": True, "is_private": c.private, "is_archived": c.archived, "is_member": self.bot_user_id in c.members}}
        if method == "chat.postMessage":
            c = self._channel(form)
            if self.bot_user_id not in c.members: raise ApiError("not_in_channel")
            if c.archived: raise ApiError("is_archived")
            blocks = json.loads(form["blocks"]) if isinstance(form.get("blocks"), str) else form.get("blocks")
            if blocks and message_problems(blocks): raise ApiError("invalid_blocks")
            md = form.get("metadata")
            post = Post(self.ts(), self.bot_user_id, form.get("text", ""), blocks, json.loads(md) if isinstance(md, str) else md)
            c.posts.append(post)
            return {"channel": c.id, "ts": post.ts, "message": {"text": post.text, "ts": post.ts}}
        if method == "conversations.history":
            c = self._channel(form)
            posts = [p for p in reversed(c.posts) if float(p.ts) > float(form.get("oldest") or 0)]
            return {"messages": [{"type": "message", "user": p.user, "text": p.text, "ts": p.ts, **({"metadata": p.metadata} if p.metadata and str(form.get("include_all_metadata")) in ("1", "True", "true") else {})} for p in posts], "has_more": False}
        raise ApiError("unknown_method")

    def _channel(self, form: Form) -> Channel:
        if form.get("channel") not in self.channels: raise ApiError("channel_not_found")
        return self.channels[form["channel"]]

    def _user(self, u: User) -> dict[str, Any]:
        return {"id": u.id, "team_id": self.team_id, "name": u.handle, "real_name": u.name, "deleted": u.deleted, "tz": u.tz, "profile": {"real_name": u.name, "display_name": u.handle}, "is_admin": u.admin, "is_owner": u.owner, "is_bot": u.bot}

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.send_json({"type": "hello", "num_connections": len(self.sockets) + 1, "connection_info": {"app_id": "A0"}, "debug_info": {"host": "sandbox"}})
        self.sockets.append(ws)
        try:
            async for message in ws:
                if message.type == WSMsgType.TEXT:
                    data = json.loads(message.data)
                    f = self.pending.pop(data.get("envelope_id"), None)
                    if f and not f.done():
                        f.set_result(data.get("payload"))
        finally:
            self.sockets.remove(ws)
        return ws

    async def _respond(self, request: web.Request) -> web.Response:
        f = self.urls.get(request.match_info["key"])
        if not f:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        await f(await request.json())
        return web.json_response({"ok": True})

    async def command(self, user: str, channel: str, command: str, text: str) -> list[Form]:
        if not self.sockets:
            raise RuntimeError("dispatch_failed")
        key, envelope = secrets.token_hex(8), secrets.token_hex(8)
        seen: asyncio.Queue[Form] = asyncio.Queue()
        async def put(form: Form) -> None:
            await seen.put(form)
        self.urls[key] = put
        acked: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.pending[envelope] = acked
        u, c = self.users[user], self.channels[channel]
        await self.sockets[-1].send_json({"type": "slash_commands", "envelope_id": envelope, "accepts_response_payload": True, "payload": {"token": "t", "team_id": self.team_id, "team_domain": "sandbox", "channel_id": c.id, "channel_name": c.name, "user_id": u.id, "user_name": u.handle, "command": command, "text": text, "api_app_id": "A0", "is_enterprise_install": "false", "response_url": f"{self.base}/respond/{key}", "trigger_id": secrets.token_hex(8)}})
        payload = await asyncio.wait_for(acked, ACK_WITHIN)
        if not payload:
            payload = await asyncio.wait_for(seen.get(), 10)
        if payload.get("blocks") and (p := message_problems(payload["blocks"])):
            raise RuntimeError(str(p))
        return [payload]
