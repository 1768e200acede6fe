"""Forms that Slack doesn't open or show in time: a button opens them."""

import logging

import pytest

from sandbox.slack.people import Answer
from storage.database import reading
from storage.models import Override, Team
from tests.stories.conftest import World

TOO_LATE = pytest.mark.parametrize(
    "error", ["expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"]
)
OPEN = "Open the form"


def opens_again(world: World, name: str, late: Answer, title: str) -> None:
    """The button that an answer offers opens the form."""
    assert f"[ {OPEN} ]" in late.text
    opened = world.clicks(name, OPEN, late).view
    assert opened is not None
    assert opened.title == title


# --- each place that opens a form ---------------------------------------------------------------


@TOO_LATE
@pytest.mark.parametrize("command", ["override", "take", "swap", "members add", "settings"])
def test_after_a_command(support: World, command: str, error: str) -> None:
    support.sandbox.slack.fault("views.open", f"error:{error}")

    late = support.runs("Alice", f"/oncall {command}")

    assert late.ephemeral
    assert f"[ {OPEN} ]" in late.text
    assert support.clicks("Alice", OPEN, late).view is not None


def test_after_a_command_that_took_longer_than_slack_waits(support: World) -> None:
    support.sandbox.slack.expire_triggers()
    late = support.runs("Alice", "/oncall override")
    support.sandbox.slack.expire_triggers(3.0)

    opens_again(support, "Alice", late, "Have someone cover")


@TOO_LATE
def test_after_a_click_in_a_message(support: World, error: str) -> None:
    listed = support.runs("Alice", "/oncall overrides")
    support.sandbox.slack.fault("views.open", f"error:{error}")

    late = support.clicks("Alice", "Have someone cover", listed)

    opens_again(support, "Alice", late, "Have someone cover")


@TOO_LATE
def test_after_a_click_in_a_direct_message(support: World, error: str) -> None:
    alice = support.people["Alice"]
    listed = alice.runs("/oncall overrides team:Support", alice.slack.direct_messages)
    support.sandbox.slack.fault("views.open", f"error:{error}")

    late = support.clicks("Alice", "Have someone cover", listed)

    opens_again(support, "Alice", late, "Have someone cover")


@TOO_LATE
def test_after_a_click_in_home(support: World, error: str) -> None:
    home = support.opens_home("Alice", "Settings", "Change")
    support.sandbox.slack.fault("views.open", f"error:{error}")

    late = support.clicks("Alice", "Change", home)

    assert late.message is not None
    assert late.message.channel_id == support.people["Alice"].slack.direct_messages.id
    opens_again(support, "Alice", late, "Team settings")


def test_after_a_click_in_a_modal(support: World) -> None:
    home = support.opens_home("Alice", "Overrides")
    listed = support.clicks("Alice", "Overrides", home).view
    assert listed is not None
    support.sandbox.slack.fault("views.update", "error:internal_error", times=2)

    late = support.clicks("Alice", "Have someone cover", listed)

    opens_again(support, "Alice", late, "Have someone cover")


def test_in_the_wizard_opened_from_home(world: World) -> None:
    world.joins("Alice", "+13125550101", admin=True)
    home = world.opens_home("Alice", "Continue setup")
    world.sandbox.slack.fault("views.open", "error:expired_trigger_id")

    late = world.clicks("Alice", "Continue setup", home)

    opens_again(world, "Alice", late, "Step 2 of 3: members")


# --- forms that follow forms --------------------------------------------------------------------


def submits_late(world: World, name: str, values: dict[str, object]) -> Answer:
    """Submit a form whose answer comes late and is not taken; return what is written instead."""
    world.passes(minutes=10)  # who somebody is has to be asked again
    slack, person = world.sandbox.slack, world.people[name].slack
    direct = person.direct_messages
    before = len(direct.messages)
    slack.latency(1.0)
    slack.fault("views.update", "error:internal_error", times=2)
    waiting = person.submits(values)
    assert waiting is not None
    assert waiting.plain == "One moment…"
    slack.until(lambda: len(direct.messages) > before)
    slack.latency(0)
    message = direct.messages[-1]
    return Answer(message.plain, message.blocks, message.ephemeral, message, None)


def test_in_the_wizard_the_next_step_that_could_not_be_shown_is_one_click_away(
    support: World,
) -> None:
    payments = support.sandbox.slack.channel("payments")
    support.opens("Alice", "teams add")

    values = {"Team name": "Payments", "Channel": payments}
    late = submits_late(support, "Alice", values)

    assert "nothing was changed" not in late.text
    with reading():
        assert Team.select().where(Team.name == "Payments").exists()
    opens_again(support, "Alice", late, "Step 2 of 3: members")  # of the new team


def test_in_the_wizard_numbers_that_could_not_be_asked_for(world: World) -> None:
    alice = world.joins("Alice", "+13125550101", admin=True)
    world.opens("Alice", "setup")

    late = submits_late(world, "Alice", {"Who’s in the rotation?": [alice.slack]})

    opens_again(world, "Alice", late, "Step 2 of 3: members")


def test_a_preview_that_could_not_be_shown_is_written_with_its_buttons(support: World) -> None:
    support.opens("Alice", "override")

    late = submits_late(support, "Alice", {"Who covers?": "Greg", "Or from": "2026-11-27"})

    assert "@Dave → @Greg" in late.text
    support.confirms("Alice", late)
    with reading():
        assert Override.select().count() == 1


def test_what_was_wrong_with_a_form_that_could_not_be_shown_is_written(support: World) -> None:
    support.opens("Alice", "override")

    late = submits_late(support, "Alice", {"Who covers?": "Greg", "Or from": "2026-11-20"})

    assert "Nov 20" in late.text
    opens_again(support, "Alice", late, "Have someone cover")


# --- where nothing else is left -----------------------------------------------------------------


def test_an_answer_that_cannot_be_written_either_is_next_in_home_and_in_the_log(
    support: World, caplog: pytest.LogCaptureFixture
) -> None:
    home = support.opens_home("Alice", "Settings", "Change")
    support.sandbox.slack.fault("views.open", "error:expired_trigger_id")
    support.sandbox.slack.fault("chat.postMessage", "error:fatal_error")
    alice = support.people["Alice"].slack

    alice.clicks("Change", home)

    support.sandbox.slack.until(lambda: "didn’t let me open the form" in str(alice.home))
    lost = [one for one in caplog.records if "could not be given" in one.getMessage()]
    assert [one.levelno for one in lost] == [logging.WARNING]
    assert f"[{lost[0].__dict__['reference']}]" in lost[0].getMessage()
    support.opens_home("Alice", "Settings")
    support.sandbox.slack.until(lambda: "didn’t let me" not in str(alice.home))


def test_what_nobody_can_choose_is_not_put_back_into_a_form(support: World) -> None:
    view = support.opens("Alice", "swap")
    support.passes(minutes=10)  # who somebody is has to be asked again
    alice, slack = support.people["Alice"].slack, support.sandbox.slack
    block = next(one["block_id"] for one in view.blocks if one["type"] == "input")
    slack.latency(1.0)

    waiting = alice.forges({block: {"selected_option": {"value": "999"}}})

    assert waiting is not None
    assert waiting.plain == "One moment…"
    slack.until(lambda: getattr(alice.view, "plain", "") != "One moment…")
    slack.latency(0)
    assert alice.view is not None
    assert "I can’t read this form anymore" in alice.view.plain
