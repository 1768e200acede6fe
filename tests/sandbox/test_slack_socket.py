"""Slack's end of Socket Mode, seen by an app that speaks the protocol by hand."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
import websocket
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.clock import SandboxClock
from sandbox.server import LoopbackServer
from sandbox.slack.errors import DispatchFailed, InvalidAnswer, OperationTimeout
from sandbox.slack.people import Answer
from sandbox.slack.workspace import SlackWorkspace


class Slack(SlackWorkspace):
    """A workspace where an ack must come within half a second, with Alice in a channel."""

    def __init__(self, server: LoopbackServer) -> None:
        super().__init__(server, SandboxClock(), ack_within=0.5)
        self.client = WebClient(base_url=self.url, timeout=30, retry_handlers=[])
        self.alice = self.person("Alice")
        self.support = self.channel("support", members=[self.alice])
        self._sockets: list[websocket.WebSocket] = []
        self._threads = ThreadPoolExecutor(4)

    def link(self) -> websocket.WebSocket:
        """Open one more connection, and read its hello."""
        url = str(self.client.apps_connections_open(app_token=self.app_token)["url"])
        socket = websocket.create_connection(url, timeout=30)
        self._sockets.append(socket)
        assert json.loads(socket.recv())["type"] == "hello"
        return socket

    def types(self, command: str) -> "Future[Answer]":
        """Let Alice type a command; what she sees comes later."""
        return self._threads.submit(self.alice.runs, command, self.support)

    def clean_up(self) -> None:
        for socket in self._sockets:
            socket.shutdown()
        self._threads.shutdown()


@pytest.fixture
def slack(server: LoopbackServer) -> Iterator[Slack]:
    slack = Slack(server)
    yield slack
    slack.clean_up()


def envelope(socket: websocket.WebSocket) -> dict[str, Any]:
    received = json.loads(socket.recv())
    assert isinstance(received, dict)
    return received


def ack(socket: websocket.WebSocket, received: dict[str, Any], **payload: Any) -> None:
    answer = {"envelope_id": received["envelope_id"]} | ({"payload": payload} if payload else {})
    socket.send(json.dumps(answer))


def test_a_command_comes_in_an_envelope_and_is_answered_with_the_ack(slack: Slack) -> None:
    socket = slack.link()
    answer = slack.types("/oncall schedule 2")
    received = envelope(socket)
    assert (received["type"], received["accepts_response_payload"]) == ("slash_commands", True)
    assert received["payload"]["text"] == "schedule 2"
    assert received["payload"]["user_id"] == slack.alice.id
    assert received["payload"]["channel_name"] == "support"
    ack(socket, received, text="Two weeks")
    assert (answer.result().text, answer.result().ephemeral) == ("Two weeks", True)


def test_a_mention_is_escaped_as_the_manifest_asks(slack: Slack) -> None:
    socket = slack.link()
    answer = slack.types("/oncall members add @alice @nobody a@b.c")
    received = envelope(socket)
    ack(socket, received, text="ok")
    mention = f"<@{slack.alice.id}|alice>"
    assert received["payload"]["text"] == f"members add {mention} @nobody a@b.c"
    assert answer.result()


def test_nobody_is_connected(slack: Slack) -> None:
    with pytest.raises(DispatchFailed):
        slack.alice.runs("/oncall", slack.support)


def test_an_ack_that_comes_too_late_is_none(slack: Slack) -> None:
    socket = slack.link()
    answer = slack.types("/oncall")
    received = envelope(socket)
    with pytest.raises(OperationTimeout):
        answer.result()
    ack(socket, received, text="too late")
    assert not slack.support.seen_by(slack.alice)


def test_an_answer_that_slack_would_not_show_fails(slack: Slack) -> None:
    socket = slack.link()
    answer = slack.types("/oncall")
    ack(socket, envelope(socket), blocks=[{"type": "sectoin"}])
    with pytest.raises(InvalidAnswer, match="invalid_blocks"):
        answer.result()


def test_envelopes_go_to_the_connections_in_turn(slack: Slack) -> None:
    sockets = [slack.link(), slack.link()]
    assert slack.connections == 2
    reached = []
    for _ in range(2):
        answer = slack.types("/oncall")
        first = threading.Event()
        for number, socket in enumerate(sockets):
            socket.settimeout(0.1)
            try:
                received = envelope(socket)
            except websocket.WebSocketTimeoutException:
                continue
            reached.append(number)
            ack(socket, received, text="here")
            first.set()
        assert first.is_set()
        assert answer.result().text == "here"
    assert sorted(reached) == [0, 1]


def test_an_address_is_good_for_one_connection(slack: Slack) -> None:
    url = str(slack.client.apps_connections_open(app_token=slack.app_token)["url"])
    websocket.create_connection(url, timeout=30).close()
    with pytest.raises(websocket.WebSocketBadStatusException):
        websocket.create_connection(url, timeout=30)


def test_there_are_ten_connections_at_most(slack: Slack) -> None:
    for _ in range(10):
        slack.link()
    url = str(slack.client.apps_connections_open(app_token=slack.app_token)["url"])
    with closing(websocket.create_connection(url, timeout=30)) as socket:
        said = envelope(socket)
    # Slack opens the eleventh, then rejects it: https://github.com/slackapi/bolt-js/issues/2238
    assert (said["type"], said["reason"]) == ("disconnect", "too_many_websockets")
    assert slack.connections == 10


def test_socket_mode_can_be_switched_off_and_on(slack: Slack) -> None:
    old = slack.link()
    slack.switch_socket_mode(on=False)
    assert envelope(old)["reason"] == "link_disabled"
    with pytest.raises(SlackApiError, match="socket_mode_not_enabled"):
        slack.link()
    slack.switch_socket_mode(on=False, refuses=False)
    slack.link()
    with pytest.raises(DispatchFailed):
        slack.types("/oncall").result()
    slack.switch_socket_mode(on=True)
    new = slack.link()
    answer = slack.types("/oncall")
    ack(new, envelope(new), text="on again")
    assert answer.result().text == "on again"


def test_a_refresh_asks_for_another_connection_and_uses_only_that_one(slack: Slack) -> None:
    old = slack.link()
    slack.refresh_connections()
    asked = envelope(old)
    assert (asked["type"], asked["reason"]) == ("disconnect", "refresh_requested")
    assert slack.connections == 0
    new = slack.link()
    answer = slack.types("/oncall")
    ack(new, envelope(new), text="by the new one")
    assert answer.result().text == "by the new one"


def test_what_was_sent_before_the_refresh_may_be_acknowledged_after_it(slack: Slack) -> None:
    old = slack.link()
    answer = slack.types("/oncall")
    received = envelope(old)
    slack.refresh_connections()
    ack(old, received, text="still here")
    assert answer.result().text == "still here"


def test_a_dropped_connection_ends_without_a_goodbye(slack: Slack) -> None:
    socket = slack.link()
    slack.drop_connections()
    with pytest.raises((websocket.WebSocketConnectionClosedException, ConnectionResetError)):
        socket.recv()


def test_a_silent_connection_stays_open_and_answers_no_ping(slack: Slack) -> None:
    socket = slack.link()
    socket.ping()
    opcode, _ = socket.recv_data(control_frame=True)
    assert opcode == websocket.ABNF.OPCODE_PONG
    slack.silence_connections()
    socket.ping()
    socket.settimeout(0.1)
    with pytest.raises(websocket.WebSocketTimeoutException):
        socket.recv_data(control_frame=True)
    with pytest.raises(OperationTimeout):
        slack.alice.runs("/oncall", slack.support)


def test_the_app_gets_events_about_its_own_messages_too(slack: Slack) -> None:
    socket = slack.link()
    client = WebClient(slack.bot_token, base_url=slack.url, retry_handlers=[])
    posted = client.chat_postMessage(channel=slack.alice.id, text="hello")
    first = envelope(socket)
    ack(socket, first)
    client.chat_update(channel=str(posted["channel"]), ts=str(posted["ts"]), text="hello!")
    second = envelope(socket)
    ack(socket, second)

    said, edit = first["payload"]["event"], second["payload"]["event"]
    assert (said["channel_type"], said["text"], said["bot_id"]) == ("im", "hello", "B0SANDBOX")
    assert (edit["subtype"], edit["message"]["text"]) == ("message_changed", "hello!")
    assert "user" not in edit
    assert "bot_id" not in edit


def test_an_envelope_may_come_twice(slack: Slack) -> None:
    socket = slack.link()
    slack.repeat_next_envelope()
    answer = slack.types("/oncall")
    first, second = envelope(socket), envelope(socket)
    assert first == second
    ack(socket, first, text="once")
    ack(socket, second, text="twice")
    assert answer.result().text == "once"


def test_an_event_is_delivered_again_until_it_is_acknowledged(slack: Slack) -> None:
    socket = slack.link()
    opened = ThreadPoolExecutor(1).submit(slack.alice.opens_home)
    first, second = envelope(socket), envelope(socket)
    ack(socket, second)
    assert opened.result() is None
    assert (first["retry_attempt"], second["retry_attempt"]) == (0, 1)
    assert second["retry_reason"] == "timeout"
    assert first["payload"]["event_id"] == second["payload"]["event_id"]
    assert second["payload"]["event"]["type"] == "app_home_opened"
