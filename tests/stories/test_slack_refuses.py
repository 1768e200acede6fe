"""Posts and edits that Slack refuses: others are notified anyway, once."""

from datetime import timedelta

import pytest

from tests.stories.conftest import World

WARNING = "didn’t get the text"
REACHED = "has been reached"


def warned(world: World) -> None:
    """Let Alice's phone be off at 8:00, so that the channel and Bob, a contact, are warned."""
    world.changes("Alice", "/oncall escalation add @bob")
    world.people["Alice"].phone.switches("off")
    world.until("2026-11-23 08:00")
    world.settles(8)
    world.post(WARNING)


def posts_with(world: World, words: str) -> int:
    return sum(words in post.plain for post in world.channel.messages)


@pytest.mark.parametrize("binds", [True, False], ids=["apps too", "people only"])
def test_an_all_clear_is_a_new_post_if_the_warning_cannot_be_edited(
    support: World, *, binds: bool
) -> None:
    support.sandbox.slack.truths.edit_window_binds_apps = binds
    support.sandbox.slack.limits_editing(timedelta(minutes=1))
    warned(support)
    before = len(support.channel.messages)
    support.people["Alice"].phone.switches("on")
    support.settles(15)

    assert posts_with(support, REACHED) == 1
    assert posts_with(support, WARNING) == (1 if binds else 0)
    assert len(support.channel.messages) == before + (1 if binds else 0)
    support.replies("Alice", "OK")  # what follows changes nothing that was said again
    support.settles(5)
    assert posts_with(support, REACHED) == 1
    support.forgets_mail()


@pytest.mark.parametrize("code", ["cant_update_message", "edit_window_closed"])
def test_a_message_that_may_not_be_changed_is_left_and_the_all_clear_posted(
    support: World, code: str
) -> None:
    warned(support)
    support.sandbox.slack.fault("chat.update", f"error:{code}", times=1000)
    support.people["Alice"].phone.switches("on")
    support.settles(15)
    assert (posts_with(support, WARNING), posts_with(support, REACHED)) == (1, 1)
    assert "all-clear in the channel, posted" in support.runs("Bob", "/oncall notifications").text
    support.forgets_mail()


@pytest.mark.parametrize("code", ["update_failed", "external_channel_migrating"])
def test_an_edit_that_fails_for_now_is_made_later(support: World, code: str) -> None:
    support.sandbox.slack.fault("chat.update", f"error:{code}", times=2)
    support.until("2026-11-23 08:00")
    support.settles(5)
    support.reads("Alice")
    assert "text delivered 8:00:03 AM" in support.post("Good morning!")


@pytest.mark.parametrize("code", ["message_not_found", "is_inactive", "channel_not_found"])
def test_a_post_that_is_gone_is_asked_for_once(support: World, code: str) -> None:
    support.sandbox.slack.fault("chat.update", f"error:{code}", times=1000)
    support.until("2026-11-23 08:00")
    support.settles(10)
    support.reads("Alice")
    asked = support.sandbox.slack.calls("chat.update")
    assert 1 <= len(asked) <= 2  # with the receipt, and at the look five minutes after 8:00


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_blocks_too_long", "invalid_blocks_format"])
def test_a_post_whose_blocks_are_refused_goes_out_as_text(support: World, code: str) -> None:
    support.sandbox.slack.fault("chat.postMessage", f"error:{code}")
    support.sandbox.slack.fault("chat.update", f"error:{code}")
    support.until("2026-11-23 08:00")
    assert "text on its way" in support.post("Good morning!")
    support.settles(2)
    support.reads("Alice")
    assert "text delivered 8:00:03 AM" in support.post("Good morning!")


def test_a_free_workspace_that_is_over_its_limit_is_waited_for(support: World) -> None:
    support.sandbox.slack.fault("chat.postMessage", "error:message_limit_exceeded", times=5)
    support.until("2026-11-23 08:00")
    support.settles(10)
    support.reads("Alice")
    support.post("Good morning!")
