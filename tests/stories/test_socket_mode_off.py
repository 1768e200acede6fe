"""Socket Mode is off in the app's settings: the bot says so, and works once it's on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.health import trouble_of
from sandbox.slack.errors import NoAnswer
from storage.database import reading
from storage.models import Heartbeat
from tests.stories.checking import Place
from tests.stories.conftest import World

OFF = "Socket Mode is off: turn it on under Socket Mode at https://api.slack.com/apps"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.chdir(tmp_path)
    place = Place(tmp_path)
    yield place
    place.sandbox.close()


def health(world: World) -> tuple[str | None, str]:
    """Return what `run_bot.py health` would say is wrong, and what it says of Slack."""
    assert world.bot is not None
    world.tick()
    world.bot.jobs.beat()
    with reading():
        beat = Heartbeat.get_by_id(1)
    return trouble_of(beat, world.clock.now()), beat.detail


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "opened with a warning"])
def test_health_names_it_and_the_morning_comes_all_the_same(
    support: World, caplog: pytest.LogCaptureFixture, refused: bool
) -> None:
    slack = support.sandbox.slack

    slack.switch_socket_mode(on=False, refuses=refused)
    slack.until(lambda: OFF in caplog.text)
    with pytest.raises(NoAnswer):
        support.runs("Bob", "/oncall")
    if not refused:  # as far as the websocket tells, it is connected
        slack.until(lambda: slack.connections == 1)
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning, Alice.")
    trouble, detail = health(support)
    assert OFF in detail
    assert trouble == (f"Not connected to Slack: {OFF}." if refused else None)
    slack.switch_socket_mode(on=True)
    slack.until(lambda: slack.connections == 1)

    assert "@Alice is on call" in support.runs("Bob", "/oncall").text
    assert caplog.text.count("I’ll connect as soon as it’s on") == 1


def test_a_bot_that_starts_meanwhile_says_so_too(
    support: World, caplog: pytest.LogCaptureFixture
) -> None:
    support.stops_bot()
    support.sandbox.slack.switch_socket_mode(on=False)

    support.starts_bot()

    assert f"Slack: {OFF}. Texts still go out" in caplog.text
    assert health(support)[0] == f"Not connected to Slack: {OFF}."


def test_check_names_it(place: Place) -> None:
    place.sandbox.slack.switch_socket_mode(on=False)

    assert OFF in place.complaint()


def test_check_doubts_what_slack_only_warns_of(place: Place) -> None:
    place.sandbox.slack.switch_socket_mode(on=False, refuses=False)

    code, lines = place.check()

    assert code == 0
    (doubt,) = [line for line in lines if "is off" in line]
    assert doubt.startswith("!")
