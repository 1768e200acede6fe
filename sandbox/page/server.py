"""The page: a small Slack workspace next to the team's phones, live in any number of browsers.

It only carries data: actions go through `Doors`, and `snapshot.seen_by` says what people see.
"""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.keeper import Keeper
from sandbox.page import snapshot
from sandbox.page.doors import Doors
from sandbox.page.weather import Weather
from sandbox.world import Person, Sandbox

STATIC = Path(__file__).parent / "static"
USUAL_PORT = 8765
# How often to check for news (real seconds). SMS statuses change by the clock alone.
EVERY = 0.15
# After a change in one of these, the bot is asked what comes next.
ANSWERS = {"channels", "modal", "home"}
DRIFT = timedelta(seconds=0.4)
# How many actions can run at once. Some of them wait for an answer, or for the clock.
THREADS = 16
# The page may load nothing from elsewhere, and no other site may frame it.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Page:
    """Serves itself at `url`: at `port`, or at any free one if that is taken.

    Without a keeper there's no bot whose clock could be moved, so the page has no clock.
    """

    def __init__(
        self, sandbox: Sandbox, keeper: Keeper | None = None, *, port: int = USUAL_PORT
    ) -> None:
        self._sandbox = sandbox
        self._keeper = keeper
        self._weather = Weather(sandbox, keeper)
        self._key = secrets.token_hex(4)
        self._closing = asyncio.Event()
        self._looking: asyncio.Future[None] | None = None
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="page")
        self._doors = Doors(sandbox, keeper, self._weather)
        app = web.Application(middlewares=[self._guard])
        app.on_shutdown.append(self._release)
        app.router.add_get("/", self._index)
        app.router.add_static("/static/", STATIC)
        app.router.add_get("/world", self._show_world)
        app.router.add_get("/events", self._events)
        app.router.add_get("/files/{file}", self._file)
        app.router.add_post("/do/{door}", self._do)
        try:
            self.url = sandbox.server.serve(app, port)
        except OSError:
            self.url = sandbox.server.serve(app)

    # --- what it shows ---

    @web.middleware
    async def _guard(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        """Serve only this page: another site's script could reach loopback, too."""
        host = request.headers.get("Host", "")
        origin = request.headers.get("Origin", f"http://{host}")
        if urlsplit(f"//{host}").hostname not in ("127.0.0.1", "localhost"):
            raise web.HTTPForbidden(text="only for this machine")
        if origin != f"http://{host}":
            raise web.HTTPForbidden(text="only for the page itself")
        response = await handler(request)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    async def _release(self, _app: web.Application) -> None:
        self._closing.set()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _index(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _show_world(self, _request: web.Request) -> web.Response:
        return web.json_response(snapshot.world(self._sandbox, self._key))

    async def _file(self, request: web.Request) -> web.Response:
        """Return a file that was uploaded to the workspace, for an image block."""
        file = self._sandbox.slack.memory.files.get(request.match_info["file"])
        if file is None or file.content is None:
            raise web.HTTPNotFound
        kind = "image/png" if file.content.startswith(b"\x89PNG") else "application/octet-stream"
        return web.Response(body=file.content, content_type=kind)

    async def _events(self, request: web.Request) -> web.WebSocketResponse:
        """Send what changed for one person in one browser, part by part, until they close it.

        It's a websocket because a browser opens at most six event streams to one address.
        """
        wanted = request.query.get("as")
        person = next((one for one in self._sandbox.people if one.id == wanted), None)
        if person is None:
            raise web.HTTPNotFound
        person = person.on(request.query.get("client", ""))
        window = web.WebSocketResponse()
        await window.prepare(request)
        closed = asyncio.ensure_future(window.receive())  # the page sends nothing here but a close
        ended = asyncio.ensure_future(self._closing.wait())
        try:
            await self._tell(person, window, (closed, ended))
        finally:
            closed.cancel()
            ended.cancel()
            await window.close()
        return window

    async def _tell(
        self,
        person: Person,
        window: web.WebSocketResponse,
        ends: "tuple[asyncio.Future[Any], asyncio.Future[Any]]",
    ) -> None:
        known: dict[str, str] = {}
        told_ahead: timedelta | None = None
        look = False
        while not any(end.done() for end in ends):
            seen = snapshot.seen_by(person, self._sandbox, self._keeper, self._weather)
            parts = {name: json.dumps(part) for name, part in {"key": self._key, **seen}.items()}
            changed = {name: part for name, part in parts.items() if known.get(name) != part}
            said = [f'"{name}": {part}' for name, part in changed.items()]
            known = parts
            if ANSWERS & changed.keys():
                look = True
            if look and self._look_ahead():
                look = False
            # The page's clock runs on by itself; it's corrected when ours has jumped.
            now = self._sandbox.clock.now()
            ahead = now - datetime.now(UTC)
            if told_ahead is None or abs(ahead - told_ahead) > DRIFT:
                said.append(f'"now": {now.timestamp()}')
                told_ahead = ahead
            if said:
                with suppress(ConnectionError):  # then it is closed
                    await window.send_str(f"{{{', '.join(said)}}}")
            await asyncio.wait(ends, timeout=EVERY, return_when=asyncio.FIRST_COMPLETED)

    def _look_ahead(self) -> bool:
        """Start asking the bot what comes next; return whether it was free to answer."""
        if self._keeper is None or self._closing.is_set():
            return True
        if self._keeper.moving or (self._looking is not None and not self._looking.done()):
            return False
        loop = asyncio.get_running_loop()
        self._looking = loop.run_in_executor(self._threads, self._keeper.look)
        return True

    # --- what is done on it ---

    async def _do(self, request: web.Request) -> web.Response:
        """Do something as a person; answer with what was found, or with what went wrong."""
        door = request.match_info["door"]
        if door not in self._doors or request.content_type != "application/json":
            raise web.HTTPNotFound
        try:
            # The actions wait for the server's loop, which is this one.
            said = json.loads(await request.text())
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._threads, self._doors.go, door, said)
        except (KeyError, TypeError, ValueError) as error:
            raise web.HTTPBadRequest(text=f"that makes no sense: {error!r}") from error
        return web.json_response(answer)
