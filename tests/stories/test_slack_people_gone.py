"""Deactivated accounts: messages to them count as unread, and others are notified."""

from collections.abc import Callable

import pytest

from storage.database import writing
from storage.models import Team
from tests.stories.conftest import World
from tests.stories.reading import cannot_reach
from tests.stories.stored import covers, rows

DEACTIVATED = "Their Slack account is deactivated."
HIDDEN = "Slack doesn’t know them, or doesn’t show them to me."


def deactivated(world: World, name: str) -> None:
    world.people[name].slack.leaves()


def closed_to_conversations(world: World, name: str) -> None:
    """Deactivated, and Slack opens the direct messages anyway."""
    world.sandbox.slack.truths.deactivated_cannot_be_opened = False
    world.people[name].slack.leaves()


def unasked(world: World, name: str) -> None:
    """Deactivated, while Slack doesn't say who anybody is: opening the messages decides."""
    world.people[name].slack.leaves()
    world.sandbox.slack.fault("users.info", "ratelimited", times=99, retry_after=30)


def hidden(world: World, name: str) -> None:
    world.people[name].slack.is_hidden()


GONE: dict[str, tuple[Callable[[World, str], None], str]] = {
    "deactivated": (deactivated, DEACTIVATED),
    "opened anyway": (closed_to_conversations, DEACTIVATED),
    "users.info away": (unasked, DEACTIVATED),
    "hidden": (hidden, HIDDEN),
}
every_way_to_be_gone = pytest.mark.parametrize(("goes", "why"), GONE.values(), ids=GONE)
either_truth = pytest.mark.parametrize("goes", [deactivated, closed_to_conversations])


# --- the chain behind a text ---


@every_way_to_be_gone
def test_the_chain_goes_on_at_once_where_nobody_can_read_its_message(
    support: World, goes: Callable[[World, str], None], why: str
) -> None:
    support.changes("Alice", "/oncall escalation add @greg")
    goes(support, "Alice")
    support.people["Alice"].phone.switches("invalid")
    support.until("2026-11-23 08:00")
    support.settles(3)

    assert len(cannot_reach(support, "Greg")) == 1
    assert support.directs("Alice", "you’re on call") == []
    assert "message in Slack, failed" in support.post("@Alice is on call but didn’t get the text")
    listed = support.runs("Bob", "/oncall notifications").text
    assert f"direct message to @Alice, failed. {why}" in listed
    support.forgets_mail()


def test_a_guest_whose_access_has_ended_is_gone_as_well(support: World) -> None:
    gus = support.sandbox.slack.person("Gus", guest=True)
    support.changes("Alice", f"/oncall members edit @alice slack <@{gus.id}>")
    gus.leaves()
    support.people["Alice"].phone.switches("invalid")
    support.until("2026-11-23 08:00")
    support.settles(1)

    assert gus.direct_messages.messages == []
    assert "message in Slack, failed" in support.post("@Gus is on call but didn’t get the text")


def test_somebody_who_is_there_is_written_to_though_slack_does_not_say_who_they_are(
    support: World,
) -> None:
    support.sandbox.slack.fault("users.info", "ratelimited", times=99, retry_after=30)
    support.people["Alice"].phone.switches("invalid")
    support.until("2026-11-23 08:00")
    support.settles(1)

    assert len(support.directs("Alice", "you’re on call")) == 1


@pytest.mark.parametrize("trouble", ["ratelimited", "503", "drop_before", "drop_after"])
def test_where_the_messages_cannot_be_opened_right_now_it_is_tried_again(
    support: World, trouble: str
) -> None:
    support.sandbox.slack.fault("conversations.open", trouble, times=1, retry_after=20)
    support.people["Alice"].phone.switches("invalid")
    support.until("2026-11-23 08:00")
    support.settles(3)

    assert len(support.directs("Alice", "you’re on call")) == 1


def test_an_app_that_may_not_open_direct_messages_writes_to_people_all_the_same(
    support: World,
) -> None:
    support.sandbox.slack.withdraw("im:write")
    support.people["Alice"].phone.switches("invalid")
    support.until("2026-11-23 08:00")
    support.settles(1)

    assert len(support.directs("Alice", "you’re on call")) == 1


def test_where_slack_tells_nothing_at_all_what_it_took_counts_as_sent(support: World) -> None:
    support.changes("Alice", "/oncall escalation add @greg")
    unasked(support, "Alice")
    support.sandbox.slack.withdraw("im:write")
    support.people["Alice"].phone.switches("invalid")
    support.until("2026-11-23 08:00")
    support.settles(3)
    assert "message in Slack, failed" not in support.post("Good morning!", "@Alice")
    assert cannot_reach(support, "Greg") == []
    support.settles(5)

    assert len(cannot_reach(support, "Greg")) == 1
    support.forgets_mail()


@either_truth
def test_a_message_whose_answer_was_lost_is_not_looked_for_where_its_reader_is_gone(
    support: World, goes: Callable[[World, str], None]
) -> None:
    support.sandbox.slack.fault("chat.postMessage", "drop_before", times=2)  # the post's, and hers
    support.people["Alice"].phone.switches("invalid")
    support.until("2026-11-23 08:00")
    support.stops_bot()
    goes(support, "Alice")
    support.starts_bot()
    support.settles(5)

    (message,) = rows("direct")
    assert (message.status, message.error_message) == ("failed", DEACTIVATED)


def test_posts_cost_no_lookup_of_people_and_a_message_is_refreshed_without_opening_it(
    support: World,
) -> None:
    slack = support.sandbox.slack
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.settles(1)
    assert slack.calls("users.info") == slack.calls("conversations.open") == []

    support.people["Bob"].phone.switches("invalid")
    support.until("2026-11-24 08:00")
    support.settles(2)
    support.clicks("Bob", "I’ve got it", support.direct("Bob", "you’re on call"))
    support.settles(1)

    assert "confirmed" in support.direct("Bob", "you’re on call").plain
    assert len(slack.calls("conversations.open")) == 1


def test_direct_messages_whose_id_has_changed_are_opened_again(support: World) -> None:
    bob = support.people["Bob"].slack
    support.changes("Alice", "/oncall override @bob 2026-11-23 12:00 to 13:00")
    support.tick()
    assert len(support.directs("Bob", "put you on call")) == 1
    before = bob.direct_messages.id
    bob.direct_messages.delete()
    support.sandbox.slack.channel("another")
    support.changes("Alice", "/oncall override @bob 2026-11-23 14:00 to 15:00")
    support.tick()

    assert bob.direct_messages.id != before
    assert len(support.directs("Bob", "put you on call")) == 1


# --- who waits for an answer, or made the change ---


@every_way_to_be_gone
def test_a_swap_with_somebody_who_is_gone_does_not_wait_for_ever(
    support: World, goes: Callable[[World, str], None], why: str
) -> None:
    goes(support, "Dave")
    support.runs("Bob", "/oncall swap @dave tuesday for friday")
    support.tick()
    support.tick()

    text = support.direct("Bob", "I couldn’t ask @Dave", why, "Nothing was changed.").plain
    assert "/oncall swap" in text
    assert "/oncall override" in text
    assert "You’re getting this because" not in text  # it was never for the channel
    assert "Open requests" not in support.opens_home("Bob", "Next two weeks").plain
    assert covers() == []
    # The same can be proposed again, once they are back.
    assert "I’ve asked" in support.runs("Bob", "/oncall swap @dave tuesday for friday").text


@either_truth
def test_whoever_moves_a_shift_of_somebody_who_is_gone_hears_that_they_do_not_know(
    support: World, goes: Callable[[World, str], None]
) -> None:
    goes(support, "Dave")
    support.changes("Alice", "/oncall override @bob friday")
    support.tick()
    support.tick()

    said = support.direct("Alice", "I couldn’t tell @Dave about your change", DEACTIVATED)
    assert "Tell them another way" in said.plain
    assert "You’re getting this because" not in said.plain
    assert len(support.directs("Bob", "put you on call")) == 1


@either_truth
def test_whose_turn_ends_hears_it_by_text_where_slack_has_them_no_more(
    support: World, goes: Callable[[World, str], None]
) -> None:
    support.changes("Alice", "/oncall override @bob 2026-11-23 14:00 to 16:00")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning")
    goes(support, "Bob")
    support.until("2026-11-23 14:00")
    support.reads("Bob", "on call for")
    support.until("2026-11-23 16:00")
    support.forgets_mail()
    support.settles(1)

    support.reads("Bob", "Bob, your Support shift is over. Alice is on call now.")


# --- leads ---


@every_way_to_be_gone
def test_leads_who_are_gone_are_passed_over(
    led: World, goes: Callable[[World, str], None], why: str
) -> None:
    led.channel.archive()
    for name in ("Greg", "Dana Boss"):
        goes(led, name)
    led.people["Alice"].phone.switches("invalid")  # the third lead, and it's about her
    led.until("2026-11-23 08:00")
    led.settles(1)

    assert led.directs("Bob", "@Alice is on call but didn’t get the text")
    assert why in [row.error_message for row in rows("warning")]
    led.forgets_mail()


@either_truth
def test_of_many_leads_those_who_are_there_are_notified(
    support: World, goes: Callable[[World, str], None]
) -> None:
    for number in range(6):
        lead = support.joins(f"Lead{number} Doe", f"+1312555012{number}")
        support.changes("Alice", f"/oncall admins add <@{lead.id}>")
        if number < 5:
            goes(support, f"Lead{number} Doe")
    support.channel.archive()
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.settles(1)

    assert len(support.directs("Lead5 Doe", "I can’t post in Support’s channel")) == 1


def test_the_alarm_from_memory_does_not_stop_at_a_lead_who_is_gone(led: World) -> None:
    led.passes(minutes=2)
    closed_to_conversations(led, "Dana Boss")
    with led.locked():
        for _ in range(3):
            with pytest.raises(Exception, match="locked"):
                led.passes(seconds=20)
        led.alarmed()
    led.passes(seconds=15)
    led.alarmed()

    assert led.directs("Greg", "I haven’t been able to text or post")
    assert led.directs("Dana Boss", "text or post") == []


def test_where_the_alarm_finds_only_leads_who_are_gone_the_admins_hear_it(
    support: World,
) -> None:
    support.changes("Alice", "/oncall admins add @greg")
    deactivated(support, "Greg")
    support.channel.archive()
    with writing():
        Team.update(time_zone="Mars/Phobos").execute()
    for _ in range(8):
        support.passes(seconds=15)
    support.alarmed()

    assert len(support.directs("Alice", "I can’t plan what to send for Support")) == 1
    with writing():
        Team.update(time_zone="America/Chicago").execute()
    support.passes(seconds=15)
    support.alarmed()
    assert support.directs("Alice", "I can plan what to send for Support again")


# --- by hand ---


@pytest.mark.parametrize("code", ["user_not_found", "user_not_visible"])
def test_whom_slack_does_not_show_us_is_unknown_to_it_in_the_same_words(
    support: World, code: str
) -> None:
    support.sandbox.slack.fault("users.info", f"error:{code}", times=9)
    refused = support.runs("Alice", "/oncall members add <@U0NOBODY99> +13125550150").text

    assert "Slack doesn’t know" in refused
    assert "Please try again" not in refused


# --- the check of the next morning ---


@pytest.mark.parametrize("way", [one for one in GONE if one != "users.info away"])
def test_tomorrows_check_says_who_cannot_be_written_to(support: World, way: str) -> None:
    goes, why = GONE[way]
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    goes(support, "Bob")
    support.until("2026-11-23 16:00")
    support.settles(1)

    support.post("Heads-up: tomorrow’s messages for Support may not get through", why)
