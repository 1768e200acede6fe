"""The Slack channel's errors, and its lookup of a post whose answer was lost."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk import WebClient

from sandbox.clock import SandboxClock
from sandbox.server import LoopbackServer
from sandbox.slack.blocks import BLOCKS_CHARACTERS, characters
from sandbox.slack.workspace import SlackWorkspace
from scheduling.channels import DeliveryError, Message, Search
from scheduling.channels.slack.layout import blocks_of
from scheduling.channels.slack.posts import SlackPosts
from tests.builders import NOW

KEY = "daily:1:2026-11-23:channel"


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    server = LoopbackServer()
    yield server
    server.close()


def channel_at(url: str, token: str = "xoxb-1") -> SlackPosts:
    return SlackPosts(WebClient(token, base_url=url, timeout=30, retry_handlers=[]))


def trouble(url: str) -> DeliveryError:
    """Post somewhere, and return the error."""
    with pytest.raises(DeliveryError) as error:
        channel_at(url).send(Message("C1", "Good morning!", KEY))
    return error.value


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/api/", "http://no-such-host.invalid/api/"])
def test_a_post_that_never_left_is_tried_again_each_minute(url: str) -> None:
    error = trouble(url)
    assert (error.outcome, error.code, error.retry_after) == ("temporary", "no connection", 60)


@pytest.mark.parametrize(
    ("status", "body", "wait", "meaning"),
    [
        (429, "Too many", 5, "temporary"),
        (429, '{"ok": false, "error": "ratelimited"}', 7, "temporary"),
        (502, "<html>Bad gateway</html>", None, "temporary"),
        (200, "<html>Sign in to the network</html>", None, "uncertain"),
        (408, "<html>Request timeout</html>", None, "uncertain"),
        (200, '{"ok": false, "error": "not_in_channel"}', None, "permanent"),
        (200, '{"ok": false, "error": "fatal_error"}', None, "temporary"),
    ],
)
def test_what_an_answer_means(
    server: LoopbackServer, status: int, body: str, wait: int | None, meaning: str
) -> None:
    headers = {"Retry-After": str(wait)} if wait else {}

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=body, headers=headers)

    app = web.Application()
    app.router.add_post("/chat.postMessage", answer)
    error = trouble(f"{server.serve(app)}/")
    assert (error.outcome, error.retry_after) == (meaning, wait)


def test_a_post_is_found_below_a_busy_mornings_chatter(server: LoopbackServer) -> None:
    clock = SandboxClock(NOW)
    slack = SlackWorkspace(server, clock)
    busy = slack.channel("busy")
    channel = channel_at(slack.url, slack.bot_token)
    ours = channel.send(Message(busy.id, "Good morning!", KEY))
    clock.forward(seconds=10)
    for number in range(250):
        channel.send(Message(busy.id, "Hello", f"chatter {number}"))

    assert channel.find(Message(busy.id, "Good morning!", KEY), Search(NOW)) == ours
    assert channel.find(Message(busy.id, "Good morning!", "another"), Search(NOW)) is None
    later = Search(clock.now() + timedelta(minutes=2))
    assert channel.find(Message(busy.id, "", KEY), later) is None


def test_a_long_post_can_be_changed(server: LoopbackServer) -> None:
    slack = SlackWorkspace(server, SandboxClock(NOW))
    posted = slack.channel("support")
    channel = channel_at(slack.url, slack.bot_token)
    long = Message(posted.id, "x" * 5000, KEY)
    receipt = channel.send(long)

    channel.edit(long, receipt)

    assert posted.messages[0].edited


@given(
    st.text(min_size=1, max_size=5000),
    st.integers(1, 5),
    st.text(max_size=3500),
    st.lists(st.sampled_from(["I’ve got it", "Take over"]), unique=True),
)
def test_no_post_is_more_than_slack_takes(
    text: str, times: int, small_print: str, labels: list[str]
) -> None:
    buttons = tuple((label, "take now") for label in labels)

    blocks = blocks_of(Message("C1", text * times, KEY, buttons, small_print))

    if blocks is not None:
        shown = [block.to_dict() for block in blocks]
        assert characters(shown) <= BLOCKS_CHARACTERS
        lengths = [len(one["text"]["text"]) for one in shown if one["type"] == "section"]
        assert max(lengths, default=0) <= 3000


def test_a_long_post_with_buttons_is_shown_to_its_end(server: LoopbackServer) -> None:
    slack = SlackWorkspace(server, SandboxClock(NOW))
    posted = slack.channel("support")
    lines = [f"{number}: {'x' * 90}" for number in range(150)]

    for many, end in ((80, "79: xxx"), (150, "more than fits")):
        text = "\n".join(lines[:many])
        channel_at(slack.url, slack.bot_token).send(Message(posted.id, text, KEY, (("OK", "x"),)))
        assert end in posted.messages[-1].plain
        assert "[ OK ]" in posted.messages[-1].plain
