"""The local Slack's rate limits: none by default, and Slack's if a story wants them."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.clock import SandboxClock
from sandbox.server import LoopbackServer
from sandbox.slack.workspace import SlackWorkspace


class Slack(SlackWorkspace):
    """A workspace with a clock that can be moved, and a client for the app."""

    def __init__(self, server: LoopbackServer) -> None:
        self.clock = SandboxClock()
        super().__init__(server, self.clock)
        self.client = WebClient(self.bot_token, base_url=self.url, retry_handlers=[])

    def lists(self, times: int) -> None:
        for _ in range(times):
            self.client.users_list()

    def wait(self, method: str, **arguments: str) -> int:
        """Call a method that is over its limit, and return the seconds to wait."""
        with pytest.raises(SlackApiError) as refusal:
            self.client.api_call(method, params=arguments)
        assert refusal.value.response.status_code == 429
        assert refusal.value.response["error"] == "ratelimited"
        return int(refusal.value.response.headers["Retry-After"])


@pytest.fixture
def slack() -> Iterator[Slack]:
    server = LoopbackServer()
    yield Slack(server)
    server.close()


def test_there_is_no_limit_unless_a_story_asks_for_it(slack: Slack) -> None:
    slack.lists(30)


def test_the_twenty_first_list_of_a_minute_has_to_wait_for_the_first_to_be_a_minute_ago(
    slack: Slack,
) -> None:
    slack.real_tiers()
    slack.lists(10)
    slack.clock.forward(seconds=40)
    slack.lists(10)

    assert slack.wait("users.list") == 20
    assert [call.fault for call in slack.calls("users.list")] == [None] * 20 + ["ratelimited"]
    slack.clock.forward(seconds=20)
    slack.lists(10)
    assert slack.wait("users.list") == 40


def test_each_method_has_its_own_count(slack: Slack) -> None:
    slack.real_tiers()
    slack.lists(20)
    slack.client.conversations_list()


def test_a_channel_takes_a_post_a_second_and_the_workspace_some_hundred_a_minute(
    slack: Slack,
) -> None:
    slack.real_tiers()
    channels = [slack.channel(f"team-{number}") for number in range(6)]
    for channel in channels[:5]:
        for _ in range(60):
            slack.client.chat_postMessage(channel=channel.id, text="Hi.")
        assert slack.wait("chat.postMessage", channel=channel.id, text="Hi.") == 60

    assert slack.wait("chat.postMessage", channel=channels[5].id, text="Hi.") == 60
    slack.clock.forward(minutes=1)
    slack.client.chat_postMessage(channel=channels[5].id, text="Hi.")


def test_a_story_may_have_limits_of_its_own(slack: Slack) -> None:
    slack.real_tiers({"users.list": 1})
    slack.lists(1)
    assert slack.wait("users.list") == 60
    slack.real_tiers({})
    slack.lists(2)


def test_a_scripted_fault_comes_first(slack: Slack) -> None:
    slack.real_tiers({"users.list": 1})
    slack.lists(1)
    slack.fault("users.list", "ratelimited", retry_after=3)
    assert slack.wait("users.list") == 3
