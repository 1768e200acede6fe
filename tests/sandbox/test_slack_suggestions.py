"""External select menus, with suggestions from an app on slack_bolt."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.slack.connection import SocketConnection
from sandbox.clock import SandboxClock
from sandbox.server import LoopbackServer
from sandbox.slack.errors import InvalidAnswer, OperationTimeout
from sandbox.slack.people import SlackMessage
from sandbox.slack.workspace import SlackWorkspace

Json = dict[str, Any]

MORNING = datetime(2026, 1, 5, 14, 0, tzinfo=UTC)


def text(words: str) -> Json:
    return {"type": "plain_text", "text": words}


def options(*words: str) -> list[Json]:
    return [{"text": text(word), "value": word.lower()} for word in words]


COLORS = options("Dark blue", "Dark green")
FORM: Json = {
    "type": "modal",
    "callback_id": "form",
    "title": text("Paint"),
    "submit": text("Save"),
    "blocks": [
        {
            "type": "input",
            "block_id": "color",
            "label": text("Color"),
            "element": {"type": "external_select", "action_id": "it", "min_query_length": 2},
        }
    ],
}


class Painter:
    """A Bolt app that suggests colors."""

    def __init__(self, slack: SlackWorkspace) -> None:
        self.asked: list[Json] = []
        self.answer: Any = None
        self.picked: Json = {}
        self.silent = False
        self.client = WebClient(slack.bot_token, base_url=slack.url, retry_handlers=[])
        bolt = App(client=self.client, process_before_response=True)
        bolt.command("/paint")(self._paint)
        bolt.options("it")(self._suggests)
        bolt.view("form")(self._sent)
        self.connection = SocketConnection(bolt, slack.app_token, self.client)
        self.connection.start()

    def _paint(self, ack: Ack, command: Json) -> None:
        ack()
        self.client.views_open(trigger_id=command["trigger_id"], view=FORM)

    def _suggests(self, ack: Ack, body: Json) -> None:
        self.asked.append(body)
        if self.silent:
            return
        found = [one for one in COLORS if body["value"] in one["value"]]
        ack(options=found if self.answer is None else self.answer)

    def _sent(self, ack: Ack, body: Json) -> None:
        self.picked = body["view"]["state"]["values"]["color"]["it"]
        ack()


@pytest.fixture
def slack(server: LoopbackServer) -> SlackWorkspace:
    return SlackWorkspace(server, SandboxClock(MORNING), ack_within=0.5)


@pytest.fixture
def app(slack: SlackWorkspace) -> Iterator[Painter]:
    app = Painter(slack)
    yield app
    app.connection.stop()


def test_the_app_is_asked_with_what_was_typed_and_what_is_picked_is_sent(
    slack: SlackWorkspace, app: Painter
) -> None:
    alice = slack.person("Alice")
    alice.runs("/paint", slack.channel("paint", members=[alice]))
    assert alice.view is not None

    found = alice.searches(alice.view, "color", "it", "dark")

    assert found == COLORS
    (asked,) = app.asked
    assert asked["type"] == "block_suggestion"
    assert (asked["value"], asked["block_id"], asked["action_id"]) == ("dark", "color", "it")
    assert asked["container"] == {"type": "view", "view_id": alice.view.id}
    assert asked["view"]["callback_id"] == "form"
    assert "trigger_id" not in asked
    assert alice.submits({"Color": "green"}) is None
    assert app.picked == {"type": "external_select", "selected_option": COLORS[1]}


def test_a_menu_in_a_message_says_which_message(slack: SlackWorkspace, app: Painter) -> None:
    alice = slack.person("Alice")
    paint = slack.channel("paint", members=[alice])
    menu = {"type": "external_select", "action_id": "it", "placeholder": text("Color")}
    posted = app.client.chat_postMessage(
        channel=paint.id,
        text="Pick",
        blocks=[{"type": "actions", "block_id": "color", "elements": [menu]}],
    )
    message: SlackMessage = paint.message(str(posted["ts"]), alice)

    assert alice.searches(message, "color", "it", "blue") == COLORS[:1]
    assert app.asked[0]["container"]["message_ts"] == posted["ts"]
    assert alice.searches(message, "color", "it", "bl") == []  # the usual three characters
    assert len(app.asked) == 1


def test_too_little_that_was_typed_does_not_reach_the_app_and_nothing_found_cannot_be_picked(
    slack: SlackWorkspace, app: Painter
) -> None:
    alice = slack.person("Alice")
    alice.runs("/paint", slack.channel("paint", members=[alice]))
    assert alice.view is not None

    assert alice.searches(alice.view, "color", "it", "d") == []
    assert app.asked == []
    with pytest.raises(LookupError, match="nothing is found"):
        alice.submits({"Color": "mauve"})
    view = alice.submits()
    assert view is not None
    assert view.errors == {"Color": "Please complete this required field."}


@pytest.mark.parametrize(
    "answer",
    [
        options(*(f"Color {n}" for n in range(101))),
        options("x" * 76),
        [{"text": text("No value")}],
    ],
)
def test_suggestions_that_slack_would_not_show_raise_an_error(
    slack: SlackWorkspace, app: Painter, answer: Any
) -> None:
    alice = slack.person("Alice")
    alice.runs("/paint", slack.channel("paint", members=[alice]))
    app.answer = answer
    assert alice.view is not None

    with pytest.raises(InvalidAnswer):
        alice.searches(alice.view, "color", "it", "blue")


def test_an_app_that_suggests_nothing_in_time_raises_an_error(
    slack: SlackWorkspace, app: Painter
) -> None:
    alice = slack.person("Alice")
    alice.runs("/paint", slack.channel("paint", members=[alice]))
    app.silent = True
    assert alice.view is not None

    with pytest.raises(OperationTimeout):
        alice.searches(alice.view, "color", "it", "blue")
