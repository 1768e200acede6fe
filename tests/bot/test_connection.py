"""The Socket Mode connection, with a small Slack that behaves, drops it, or falls silent."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiohttp import WSMsgType, web
from slack_bolt import Ack, App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack.connection import SocketConnection
from sandbox.server import LoopbackServer

PATIENCE = 60.0  # seconds; how long a test waits for something that should come at once
TOKEN = "xapp-right"


class Line:
    """Slack's end of one connection."""

    def __init__(self, server: LoopbackServer, request: web.Request, mute: bool) -> None:
        self._server = server
        self._request = request
        self._mute = mute
        self._socket = web.WebSocketResponse(autoping=False)
        self.answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.pings: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.ended = threading.Event()

    async def hold(self) -> web.WebSocketResponse:
        try:
            async for message in self._socket:
                if message.type == WSMsgType.TEXT:
                    self.answers.put(message.json())
                elif message.type == WSMsgType.PING and not self._mute:
                    await self._socket.pong(message.data)
                    self.pings.put(message.data)
        finally:
            self.ended.set()
        return self._socket

    async def greet(self, message: dict[str, Any] | None) -> None:
        await self._socket.prepare(self._request)
        if message:
            await self._socket.send_json(message)

    def say(self, message: dict[str, Any]) -> None:
        self._server.call(self._socket.send_json(message))

    def command(self, envelope_id: str) -> None:
        """Someone types /oncall."""
        self.say(
            {
                "type": "slash_commands",
                "envelope_id": envelope_id,
                "accepts_response_payload": True,
                "payload": {"command": "/oncall", "text": envelope_id, "team_id": "T1"},
            }
        )

    def answer(self) -> dict[str, Any]:
        return self.answers.get(timeout=PATIENCE)

    def drop(self) -> None:
        """Break the connection without a goodbye, as a dying router does."""
        self._server.call(self._abort())

    async def _abort(self) -> None:
        assert self._request.transport
        self._request.transport.abort()

    def close(self) -> None:
        self._server.call(self._socket.close())


class SlackEnd:
    """The half of Slack that Socket Mode needs."""

    def __init__(self) -> None:
        self._server = LoopbackServer()
        self.lines: queue.SimpleQueue[Line] = queue.SimpleQueue()
        self.refusals: queue.SimpleQueue[web.Response] = queue.SimpleQueue()
        self.greeting: dict[str, Any] | None = {"type": "hello"}
        self.mute = False
        self.off = ""  # what it does while Socket Mode is off: it "refuses" or "warns"
        self.opened = threading.Semaphore(0)
        app = web.Application()
        app.router.add_post("/api/apps.connections.open", self._open)
        app.router.add_get("/link", self._link)
        self.url = self._server.serve(app)

    async def _open(self, request: web.Request) -> web.Response:
        self.opened.release()
        if not self.refusals.empty():
            return self.refusals.get()
        if self.off == "refuses":
            return web.json_response({"ok": False, "error": "socket_mode_not_enabled"})
        if request.headers["Authorization"] != f"Bearer {TOKEN}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        answer: dict[str, Any] = {"ok": True, "url": f"ws://{request.host}/link"}
        if self.off == "warns":
            answer["response_metadata"] = {"messages": ["[WARN] Socket Mode is not turned on."]}
        return web.json_response(answer)

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        line = Line(self._server, request, self.mute)
        await line.greet(self.greeting)
        self.lines.put(line)
        return await line.hold()

    def line(self) -> Line:
        """The next connection that is made to us."""
        return self.lines.get(timeout=PATIENCE)

    def close(self) -> None:
        self._server.close()


class Listeners:
    """A Bolt app whose one listener waits for `may_answer`."""

    def __init__(self) -> None:
        self.began: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.app = App(
            authorize=lambda: AuthorizeResult(enterprise_id=None, team_id="T1"),
            process_before_response=True,
            logger=logging.getLogger("tests.bolt"),
        )
        self.app.command("/oncall")(self._oncall)

    def _oncall(self, ack: Ack, command: dict[str, Any]) -> None:
        self.began.put(command["text"])
        self.may_answer.wait(PATIENCE)
        ack(f"answer to {command['text']}")


@pytest.fixture
def slack() -> Iterator[SlackEnd]:
    end = SlackEnd()
    yield end
    end.close()


@pytest.fixture
def listeners() -> Listeners:
    return Listeners()


States = queue.SimpleQueue[tuple[bool, str]]
Connect = Callable[..., SocketConnection]


@pytest.fixture
def states() -> States:
    return queue.SimpleQueue()


@pytest.fixture
def connect(slack: SlackEnd, listeners: Listeners, states: States) -> Iterator[Connect]:
    """Makes connections to `slack`, not started, and stops them at the end of the test."""
    made: list[SocketConnection] = []

    def on_state(alive: bool, state: str) -> None:
        states.put((alive, state))

    def connect(app_token: str = TOKEN, **thresholds: Any) -> SocketConnection:
        client = WebClient(base_url=f"{slack.url}/api/", retry_handlers=[])
        connection = SocketConnection(listeners.app, app_token, client, on_state, **thresholds)
        made.append(connection)
        return connection

    yield connect
    listeners.may_answer.set()
    for connection in made:
        connection.stop()


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What our own log says at WARNING and above."""
    ours = [record for record in caplog.records if record.name == "whoseonfirst.connection"]
    return [record.getMessage() for record in ours if record.levelno >= logging.WARNING]


def test_start_returns_once_slack_has_said_hello(
    slack: SlackEnd, connect: Connect, states: States
) -> None:
    connection = connect()
    assert (connection.alive, connection.state) == (False, "not started")

    connection.start()

    assert (connection.alive, connection.state) == (True, "connected")
    assert states.get(timeout=PATIENCE) == (True, "connected")
    assert slack.line()


def test_a_command_is_answered(slack: SlackEnd, connect: Connect) -> None:
    connect().start()
    line = slack.line()

    line.command("who")

    assert line.answer() == {"envelope_id": "who", "payload": {"text": "answer to who"}}


def test_a_wrong_token_raises_slacks_error(connect: Connect) -> None:
    connection = connect(app_token="xapp-wrong")

    with pytest.raises(SlackApiError, match="invalid_auth"):
        connection.start()

    assert not connection.alive


def test_slack_out_of_reach_raises_an_error_that_says_so(listeners: Listeners) -> None:
    nowhere = WebClient(base_url="http://127.0.0.1:9/api/", retry_handlers=[])
    connection = SocketConnection(listeners.app, TOKEN, nowhere)

    with pytest.raises(ConnectionError, match=r"No Socket Mode connection to Slack: .*refused"):
        connection.start()


@pytest.mark.parametrize(
    ("greeting", "complaint"),
    [(None, "timed out"), ({"type": "disconnect"}, "instead of a hello")],
)
def test_a_missing_hello_raises_an_error_that_says_so(
    slack: SlackEnd, connect: Connect, greeting: dict[str, Any] | None, complaint: str
) -> None:
    slack.greeting = greeting

    with pytest.raises(ConnectionError, match=complaint):
        connect(connect_timeout=0.2).start()


@pytest.mark.parametrize("end", [Line.drop, Line.close])
def test_a_connection_that_breaks_is_replaced_with_one_warning(
    slack: SlackEnd,
    connect: Connect,
    states: States,
    caplog: pytest.LogCaptureFixture,
    end: Callable[[Line], None],
) -> None:
    connection = connect()
    connection.start()
    broken = slack.line()

    end(broken)

    line = slack.line()
    assert states.get(timeout=PATIENCE) == (True, "connected")
    alive, state = states.get(timeout=PATIENCE)
    assert not alive
    assert state.startswith("reconnecting: ")
    assert states.get(timeout=PATIENCE) == (True, "connected")
    line.command("still there?")
    assert line.answer()["envelope_id"] == "still there?"
    connection.stop()
    [warning] = warnings(caplog)
    assert "connection replaced" in warning


def test_a_connection_that_is_open_but_silent_is_replaced_with_one_warning(
    slack: SlackEnd, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    slack.mute = True
    connection = connect(silence=0.2)
    connection.start()
    silent = slack.line()
    slack.mute = False

    line = slack.line()

    assert silent.ended.wait(PATIENCE)
    line.command("still there?")
    assert line.answer()["envelope_id"] == "still there?"
    connection.stop()
    [warning] = warnings(caplog)
    assert "heard nothing for 0.2 s" in warning


def test_a_quiet_connection_that_answers_pings_is_left_alone(
    slack: SlackEnd, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    connection = connect(silence=0.2)
    connection.start()
    line = slack.line()

    for _ in range(4):
        line.pings.get(timeout=PATIENCE)

    assert connection.alive
    assert slack.lines.empty()
    assert warnings(caplog) == []


def test_a_refresh_loses_no_envelope_and_is_never_down(
    slack: SlackEnd,
    connect: Connect,
    listeners: Listeners,
    states: States,
    caplog: pytest.LogCaptureFixture,
) -> None:
    connection = connect()
    connection.start()
    old = slack.line()
    listeners.may_answer.clear()
    old.command("before")
    assert listeners.began.get(timeout=PATIENCE) == "before"

    old.say({"type": "disconnect", "reason": "warning"})
    new = slack.line()
    listeners.may_answer.set()
    old.command("late")
    new.command("after")

    assert {old.answer()["envelope_id"], old.answer()["envelope_id"]} == {"before", "late"}
    assert new.answer()["envelope_id"] == "after"
    old.close()
    new.command("last")
    assert new.answer()["envelope_id"] == "last"
    connection.stop()
    assert slack.lines.empty()
    assert warnings(caplog) == []
    assert [states.get()[1], states.get()[1], states.get()[1]] == [
        "connected",
        "stopping",
        "stopped",
    ]


def test_a_replaced_connection_that_slack_leaves_open_is_closed_after_its_grace(
    slack: SlackEnd, connect: Connect
) -> None:
    connection = connect(silence=0.2, refresh_grace=0.0)
    connection.start()
    old = slack.line()

    old.say({"type": "disconnect", "reason": "refresh_requested"})

    assert slack.line()
    assert old.ended.wait(PATIENCE)
    assert connection.alive


FULL = {"type": "disconnect", "reason": "too_many_websockets"}


def test_of_too_many_connections_the_old_one_goes_first(
    slack: SlackEnd, connect: Connect, states: States, caplog: pytest.LogCaptureFixture
) -> None:
    connection = connect(retry_delays=(0.0,), crowded_wait=3600.0)
    connection.start()
    old = slack.line()
    assert states.get(timeout=PATIENCE)[0]

    old.say(FULL)

    assert old.ended.wait(PATIENCE)
    assert not states.get(timeout=PATIENCE)[0]
    assert slack.lines.empty()
    connection.stop()  # at once, not in an hour
    assert not warnings(caplog)


def test_a_new_connection_that_is_one_too_many_waits_for_room(
    slack: SlackEnd,
    connect: Connect,
    listeners: Listeners,
    states: States,
    caplog: pytest.LogCaptureFixture,
) -> None:
    connection = connect(retry_delays=(0.0,), crowded_wait=0.0)
    connection.start()
    old = slack.line()
    assert states.get(timeout=PATIENCE) == (True, "connected")
    listeners.may_answer.clear()
    old.command("in hand")
    assert listeners.began.get(timeout=PATIENCE) == "in hand"
    slack.greeting = FULL

    old.say({"type": "disconnect", "reason": "refresh_requested"})
    slack.line()  # sent away
    slack.greeting = {"type": "hello"}
    listeners.may_answer.set()

    assert old.answer()["payload"]["text"] == "answer to in hand"
    assert old.ended.wait(PATIENCE)
    while states.get(timeout=PATIENCE) != (True, "connected"):
        pass
    connection.stop()
    assert "too_many_websockets" in warnings(caplog)[0]


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "opened with a warning"])
def test_socket_mode_that_is_off_is_named_once(
    slack: SlackEnd,
    connect: Connect,
    states: States,
    caplog: pytest.LogCaptureFixture,
    refused: bool,
) -> None:
    connection = connect(retry_delays=(0.0,))
    connection.start()
    line = slack.line()
    assert states.get(timeout=PATIENCE) == (True, "connected")
    slack.off = "refuses" if refused else "warns"
    while slack.opened.acquire(blocking=False):
        pass

    line.say({"type": "disconnect", "reason": "link_disabled"})

    for _ in range(5):
        slack.opened.acquire(timeout=PATIENCE)
        if not refused:
            slack.line().drop()
    assert "turn it on under Socket Mode at https://api.slack.com/apps" in connection.state
    last = None if refused else slack.line()  # opened while it was off
    slack.off = ""
    if last:
        last.drop()
    while states.get(timeout=PATIENCE) != (True, "connected"):
        pass
    connection.stop()
    assert sum("Socket Mode is off" in one for one in warnings(caplog)) == 1
    assert len(warnings(caplog)) <= 2  # and that it is connected again


def test_a_connection_opened_while_socket_mode_is_off_gives_way_once_it_is_on(
    slack: SlackEnd,
    connect: Connect,
    states: States,
    caplog: pytest.LogCaptureFixture,
) -> None:
    slack.off = "warns"
    connection = connect(off_wait=0.05)
    connection.start()
    for _ in range(3):  # nothing comes on any of them
        deaf = slack.line()
    slack.off = ""

    while states.get(timeout=PATIENCE) != (True, "connected"):
        pass

    line = slack.line()
    while not slack.lines.empty():
        line = slack.line()
    assert line is not deaf
    line.command("e1")
    assert line.answer()["envelope_id"] == "e1"
    assert len(warnings(caplog)) == 1


def test_it_keeps_trying_while_slack_refuses(
    slack: SlackEnd, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    connection = connect(retry_delays=(0.0,))
    connection.start()
    line = slack.line()
    slack.refusals.put(web.Response(status=503, text="upstream is away"))
    slack.refusals.put(
        web.json_response({"ok": False, "error": "ratelimited"}, headers={"Retry-After": "0"})
    )

    line.drop()

    assert slack.line()
    connection.stop()
    first, second, third = warnings(caplog)
    assert "no new connection yet" in first
    assert "\n" not in first
    assert "ratelimited" in second
    assert "connection replaced" in third


def test_a_slack_that_drops_every_connection_is_not_hammered(
    slack: SlackEnd, connect: Connect, states: States
) -> None:
    connection = connect(retry_delays=(0.0, 0.0, 3600.0))
    connection.start()

    for _ in range(3):
        slack.line().drop()
        assert states.get(timeout=PATIENCE)[0]
        assert not states.get(timeout=PATIENCE)[0]

    assert connection.state.startswith("reconnecting: ")
    assert slack.lines.empty()
    connection.stop()  # at once, not in an hour
    assert connection.state == "stopped"


def test_stop_finishes_work_under_way_takes_no_more_and_leaves_no_thread(
    slack: SlackEnd, connect: Connect, listeners: Listeners, states: States
) -> None:
    before = set(threading.enumerate())
    connection = connect()
    connection.start()
    line = slack.line()
    listeners.may_answer.clear()
    line.command("in hand")
    assert listeners.began.get(timeout=PATIENCE) == "in hand"

    stopping = threading.Thread(target=connection.stop)
    stopping.start()
    assert states.get(timeout=PATIENCE) == (True, "connected")
    assert states.get(timeout=PATIENCE) == (False, "stopping")
    line.command("too late")
    listeners.may_answer.set()
    stopping.join(PATIENCE)

    assert line.answer()["envelope_id"] == "in hand"
    assert line.ended.wait(PATIENCE)
    assert line.answers.empty()
    assert listeners.began.empty()
    assert (connection.alive, connection.state) == (False, "stopped")
    assert set(threading.enumerate()) <= before


def test_stop_is_prompt_and_can_be_repeated(connect: Connect) -> None:
    connection = connect()
    connection.start()
    began = time.monotonic()

    connection.stop()
    connection.stop()

    assert time.monotonic() - began < 5.0


def test_stop_gives_up_on_a_listener_after_its_limit(
    slack: SlackEnd,
    connect: Connect,
    listeners: Listeners,
    caplog: pytest.LogCaptureFixture,
) -> None:
    connection = connect()
    connection.start()
    listeners.may_answer.clear()
    slack.line().command("endless")
    listeners.began.get(timeout=PATIENCE)

    connection.stop(limit=0.05)

    assert warnings(caplog) == ["Slack: 1 request(s) unfinished after 0.05 s"]
    assert connection.state == "stopped"


def test_an_answer_whose_connection_is_gone_is_a_warning_not_a_crash(
    slack: SlackEnd,
    connect: Connect,
    listeners: Listeners,
    caplog: pytest.LogCaptureFixture,
) -> None:
    connection = connect()
    connection.start()
    gone = slack.line()
    listeners.may_answer.clear()
    gone.command("who")
    listeners.began.get(timeout=PATIENCE)
    gone.drop()
    assert slack.line()

    listeners.may_answer.set()
    connection.stop()

    assert any("an answer was lost" in warning for warning in warnings(caplog))
    assert not any(record.exc_info for record in caplog.records)
