"""The page: a small Slack workspace beside the team's phones, live in any number of browsers.

It only carries: what somebody does on it goes through the same doors as in the tests (`Person`,
`Phone`, `Keeper`, the services' faults), and what it shows is `snapshot.seen_by`.
"""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.sandbox.keeper import BotIsDown, Keeper, TimePasses, next_change
from bot.sandbox.page import snapshot
from bot.sandbox.page.weather import Weather
from bot.sandbox.slack.errors import NoAnswer
from bot.sandbox.slack.people import SlackChannel, SlackMessage, SlackView
from bot.sandbox.slack.render import EMOJI
from bot.sandbox.world import Person, Sandbox
from scheduling import rotation

Json = dict[str, Any]
Door = Callable[[Json], object]

STATIC = Path(__file__).parent / "static"
USUAL_PORT = 8765
# How often it is looked for news (real seconds). The statuses of SMS change by the clock alone.
EVERY = 0.15
# Nothing of the page may load from elsewhere, and nobody else's page may hold ours.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
# How far one may let time pass at once.
FARTHEST = timedelta(days=400)


class Page:
    """Serves itself at `url`: at `port`, or at any free one if that is taken.

    Without a keeper (and so without a bot whose time could pass) it has no clock to set.
    """

    def __init__(
        self, sandbox: Sandbox, keeper: Keeper | None = None, *, port: int = USUAL_PORT
    ) -> None:
        self._sandbox = sandbox
        self._keeper = keeper
        self._weather = Weather(sandbox, keeper)
        self._people = {person.id: person for person in sandbox.people}
        self._world = snapshot.world(sandbox, secrets.token_hex(4)) | {"emoji": EMOJI}
        self._closing = asyncio.Event()
        self._doors: dict[str, Door] = {
            "type": self._type,
            "use": self._use,
            "submit": self._submit,
            "close": self._close,
            "home": lambda said: self._person(said).slack.opens_home(),
            "reply": self._reply,
            "phone": self._switch_phone,
            "clock": self._pass_time,
            "halt": lambda _: self._kept().halt(),
            "weather": lambda said: self._weather.turn(said["service"], said["word"]),
            "crash": lambda _: self._weather.arm(),
        }
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
        """Serve nobody but this page: another site's script could reach loopback, too."""
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

    async def _index(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _show_world(self, _request: web.Request) -> web.Response:
        return web.json_response(self._world)

    async def _file(self, request: web.Request) -> web.Response:
        """Return a file that was uploaded to the workspace, as an image block shows it."""
        file = self._sandbox.slack.memory.files.get(request.match_info["file"])
        if file is None or file.content is None:
            raise web.HTTPNotFound
        kind = "image/png" if file.content.startswith(b"\x89PNG") else "application/octet-stream"
        return web.Response(body=file.content, content_type=kind)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Send what changed for one person, part by part, as server-sent events."""
        person = self._people.get(request.query.get("as", ""))
        if person is None:
            raise web.HTTPNotFound
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", **HEADERS})
        await stream.prepare(request)
        known: dict[str, str] = {}
        ahead: timedelta | None = None
        while not self._closing.is_set():
            seen = snapshot.seen_by(person, self._sandbox, self._keeper, self._weather)
            parts = {name: json.dumps(part) for name, part in seen.items()}
            news = [name for name in parts if parts[name] != known.get(name)]
            known = parts
            now = self._sandbox.clock.now()
            # The page's clock runs on by itself; it is told again when ours has jumped.
            jumped, ahead = ahead, now - datetime.now(UTC)
            told = [f'"{name}": {parts[name]}' for name in news]
            if jumped is None or abs(ahead - jumped) > timedelta(seconds=0.5):
                told.append(f'"now": {now.timestamp()}')
            if told:
                try:
                    await stream.write(f"data: {{{', '.join(told)}}}\n\n".encode())
                except ConnectionError:
                    break
            await self._a_while()
        return stream

    async def _a_while(self) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), EVERY)
        except TimeoutError:
            return

    # --- what is done on it ---

    async def _do(self, request: web.Request) -> web.Response:
        """Do something as somebody; what goes wrong is told in the words that they would see."""
        door = self._doors.get(request.match_info["door"])
        if door is None or request.content_type != "application/json":
            raise web.HTTPNotFound
        try:
            said = json.loads(await request.text())
            # The doors wait for the server's loop, which is this one.
            await asyncio.to_thread(door, said)
        except (KeyError, TypeError, ValueError) as error:
            raise web.HTTPBadRequest(text=f"that makes no sense: {error!r}") from error
        except NoAnswer as error:
            words = f"The app did not answer as Slack expects: {error}"
        except BotIsDown:
            words = "The bot is down. It comes again in a moment; try then."
        except TimePasses:
            words = "Time is passing already. Let it, or stop it first."
        except LookupError as error:
            words = f"That can’t be done: {error}."
        else:
            return web.json_response({})
        return web.json_response({"error": words})

    def _person(self, said: Json) -> Person:
        return self._people[said["as"]]

    def _kept(self) -> Keeper:
        if self._keeper is None:
            raise LookupError("there is no bot here whose time could pass")
        return self._keeper

    def _channel(self, channel: str) -> SlackChannel:
        return self._sandbox.slack.find_channel(channel)

    def _type(self, said: Json) -> None:
        """Type something: a command, or a message to the others."""
        person, channel, text = self._person(said), self._channel(said["channel"]), said["text"]
        word = text.split(maxsplit=1)[0] if text.strip() else ""
        if word.startswith("/"):
            if word not in {command.name for command in self._sandbox.slack.manifest.commands}:
                raise LookupError(f"{word} is not a valid command here")
            person.runs(text, channel)
        elif word:
            person.slack.says(text, channel)

    def _use(self, said: Json) -> None:
        """Click or choose something in a message, in a modal or in the Home tab."""
        person = self._person(said)
        person.slack.uses(
            self._place(person, said),
            said["block"],
            said["action"],
            said.get("choice"),
            said.get("entered"),
        )

    def _place(self, person: Person, said: Json) -> SlackMessage | SlackView:
        if "ts" in said:
            return self._channel(said["channel"]).message(said["ts"], person.slack)
        for view in (person.slack.view, person.slack.home):
            if view and view.id == said["view"]:
                return view
        raise LookupError("that form is no longer open")

    def _top(self, said: Json) -> Person:
        """Return who has the named modal on top."""
        person = self._person(said)
        view = person.slack.view
        if view is None or view.id != said["view"]:
            raise LookupError("that form is no longer open")
        return person

    def _submit(self, said: Json) -> None:
        person = self._top(said)
        person.slack.fills_in(said["entered"])
        person.slack.submits()

    def _close(self, said: Json) -> None:
        self._top(said).slack.closes()

    def _reply(self, said: Json) -> None:
        if said["text"].strip():
            self._sandbox.phones.phone(said["number"]).replies(said["text"])

    def _switch_phone(self, said: Json) -> None:
        self._sandbox.phones.phone(said["number"]).switches(said["condition"])

    def _pass_time(self, said: Json) -> None:
        """Let time pass for everybody: `to` says until when, `date` a wall-clock instant."""
        keeper, now = self._kept(), self._sandbox.clock.now()
        ahead = keeper.tell()
        match said["to"]:
            case "minute" | "hour" as span:
                until = now + timedelta(**{f"{span}s": 1})
            case "morning":
                until = _there(ahead.morning, "there is no team yet")
            case "handoff":
                until = _there(ahead.handoff, "nobody comes on call in the next two weeks")
            case "spring" | "autumn" as season:
                until = next_change(ahead.zone, now, forward=season == "spring")
            case "date":
                until = _instant(said["date"], ahead.zone)
            case other:
                raise ValueError(other)
        if until <= now:
            raise LookupError("time only goes forward")
        if until - now > FARTHEST:
            raise LookupError(f"that is too far away: {FARTHEST.days} days at most")
        keeper.pass_until(until)


def _there(instant: datetime | None, otherwise: str) -> datetime:
    if instant is None:
        raise LookupError(otherwise)
    return instant


def _instant(text: str, zone: ZoneInfo) -> datetime:
    wall = datetime.fromisoformat(text)
    return rotation.instant(wall.date(), wall.time(), zone)
