"""Answering `/oncall` and `/oncall schedule 8 weeks`, in process and over Socket Mode.

The floor is a bare Bolt app: Bolt's defaults and one listener that acknowledges with our answer's
blocks, from a constant. By default Bolt runs a listener in another thread and checks every 10 ms
whether it has acknowledged; ours acknowledges in the thread that received the request. A bare app
that does the same (process_before_response) shows the share of the time that isn't ours.

In process, all get the same payload through `App.dispatch`, each time with another trigger id. A
table goes to a response URL on loopback, and ours is measured until it arrives. Over Socket Mode
each app is a process with a sandbox of its own, and the time is the round trip as a person in
Slack sees it, including the sandbox's share, which is the same for all.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from queue import SimpleQueue
from typing import Any

from aiohttp import web
from slack_bolt import App, BoltRequest

from benchmarks.bare_bot import answer
from benchmarks.data import (
    CHANNEL,
    NOW,
    StoppedClock,
    add_overrides,
    fresh_database,
    make_team,
    url,
)
from benchmarks.measuring import Comparison, Growth, Measured, Result, seconds, side_by_side
from benchmarks.processes import BARE_BOT, OUR_BOT, Workplace, workplace
from bot.process import Bot, asking_client
from bot.settings import Settings
from bot.slack.app import build_app
from bot.slack.directory import Directory
from bot.slack.services import Services
from sandbox.slack.people import Answer
from sandbox.world import Sandbox
from scheduling.rota import schedule

ROUNDS, CALLS, MEMBERS = 25, 20, 50
PAYLOAD = {
    "command": "/oncall",
    "text": "",
    "user_id": "U000000001",
    "user_name": "member",
    "channel_id": CHANNEL,
    "channel_name": "support",
    "team_id": "T0000000001",
    "team_domain": "example",
    "api_app_id": "A0000000001",
    "is_enterprise_install": "false",
    "token": "unused",
}
# A redelivery would have the same trigger id; these requests are all new.
TRIGGERS = count(1)
WEEKS = "schedule 8 weeks"
RESPONSES: SimpleQueue[dict[str, Any]] = SimpleQueue()  # what was sent to the response URL


def run() -> Result:
    """Compare our app with both bare ones, in process and over Socket Mode."""
    comparisons = []
    for text, limit in (("", 0.3), (WEEKS, 1.0)):
        with _apps(MEMBERS, text) as apps:
            near = side_by_side(ROUNDS, *(_dispatching(app, text) for app in apps))
            blocks = _dispatched(apps[0], text)["blocks"]
        with _bots(text, json.dumps(blocks)) as bots:
            far = side_by_side(ROUNDS, *bots)
        what = f"/oncall {text}".strip()
        comparisons += compared(f"{what}, in process", near, limit)
        comparisons += compared(f"{what}, over Socket Mode", far, limit)
    grown = {f"{members}": _alone(members) * 1000 for members in (10, MEMBERS, 200)}
    return Result(comparisons, [Growth("/oncall in process, by members", grown, "ms")])


def compared(what: str, found: list[float], limit: float | None) -> list[Comparison]:
    """Return the comparisons of three times: ours, the default bare app's, the `at-once` one's."""
    ours, default, at_once = (figure * 1000 for figure in found)
    bare = "a bare Bolt app with Bolt's defaults"
    return [
        Comparison(what, ours, default, "ms", bare, limit),
        Comparison("not ours in it: the bare app at once", at_once, default, "ms", bare),
    ]


def _alone(members: int) -> float:
    with _apps(members, "") as apps:
        return side_by_side(5, _dispatching(apps[0], ""))[0]


@contextmanager
def _apps(members: int, text: str) -> Iterator[tuple[App, App, App]]:
    """Yield our app, a bare one, and a bare one that runs its listener before the response."""
    with fresh_database() as path, Sandbox(NOW) as sandbox:
        team = make_team(members)
        schedule.regenerate(team, NOW)
        add_overrides(team, weeks=8)
        clock = StoppedClock(NOW)
        settings = Settings.from_environment(sandbox.environment(url(path)))
        client = asking_client(settings)
        jobs = Bot(settings, clock).jobs
        directory = Directory(client, clock)
        directory.profile(_asker(sandbox))  # so that the person asking is known already
        PAYLOAD["response_url"] = f"{sandbox.server.serve(_response_url())}/"
        ours = build_app(client, Services(clock, directory, jobs, frozenset())).bolt
        bare = App(client=client), App(client=client, process_before_response=True)
        for app in bare:
            answer(app, _dispatched(ours, text)["blocks"])
        yield ours, *bare


def _response_url() -> web.Application:
    async def take(request: web.Request) -> web.Response:
        RESPONSES.put(await request.json())
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_post("/", take)
    return app


def _asker(sandbox: Sandbox) -> str:
    PAYLOAD["user_id"] = sandbox.person("Member", "+13125559999").id
    return PAYLOAD["user_id"]


def _dispatched(app: App, text: str) -> dict[str, Any]:
    body = {**PAYLOAD, "text": text, "trigger_id": f"{next(TRIGGERS)}.1"}
    response = app.dispatch(BoltRequest(mode="socket_mode", body=body))
    said: dict[str, Any] = json.loads(response.body) if response.body else RESPONSES.get(timeout=5)
    _is_an_answer(said["blocks"])
    return said


def _is_an_answer(blocks: list[dict[str, Any]]) -> None:
    if not any(block["type"] == "table" or "is on call" in str(block) for block in blocks):
        raise RuntimeError(f"that is not who is on call: {blocks}")


def _dispatching(app: App, text: str) -> Measured:
    return lambda: seconds(lambda: _dispatched(app, text), CALLS)


@contextmanager
def _bots(text: str, blocks: str) -> Iterator[list[Measured]]:
    """Yield functions that measure the round trip of each of the three apps."""
    with ExitStack() as stack:
        bots: list[Measured] = []
        for program in (OUR_BOT, BARE_BOT, (*BARE_BOT, "at-once")):
            place = stack.enter_context(workplace(large=text == WEEKS))
            stack.enter_context(place.bot(*program, BLOCKS=blocks))
            _is_an_answer(_asked(place, text).blocks)
            bots.append(_asking(place, text))
        yield bots


def _asked(place: Workplace, text: str) -> Answer:
    return place.alice.runs(f"/oncall {text}".strip(), place.channel)


def _asking(place: Workplace, text: str) -> Measured:
    return lambda: seconds(lambda: _asked(place, text), CALLS)
