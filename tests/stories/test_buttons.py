"""Clicks whose answer is lost, refused or late: nothing is lost, and every button works."""

import sqlite3
from contextlib import closing

from sandbox.slack.people import Answer, SlackMessage
from storage.database import reading
from storage.models import Override
from tests.stories.conftest import World
from tests.stories.reading import RESPONSE_URL

BUSY = "My database is busy"


def covers() -> list[str]:
    """Return who covers, in each override that was not cancelled."""
    with reading():
        rows = Override.select().where(Override.cancelled_at.is_null()).order_by(Override.id)
        return [row.team_member.name for row in rows]


def beside(world: World, name: str, on: Answer | SlackMessage, *fragments: str) -> str:
    """Return what is said to somebody last, in a message that isn't the one clicked."""
    person = world.people[name].slack
    message = on.message if isinstance(on, Answer) else on
    assert message is not None
    place = next(
        place for place in (world.channel, person.direct_messages) if place.id == message.channel_id
    )

    def last() -> SlackMessage:
        return place.seen_by(person)[-1]

    world.sandbox.slack.until(lambda: all(one in last().plain for one in fragments))
    assert last().ts != message.ts
    return last().plain


def clicks_and_hears_nothing(
    world: World,
    name: str,
    label: str,
    on: Answer | SlackMessage,
    lost: tuple[str, str] = ("500", "drop_before"),
) -> None:
    """Let somebody click a button whose answer is lost, and lost again at its second try."""
    for kind in lost:
        world.sandbox.slack.fault(RESPONSE_URL, kind)
    before = len(world.sandbox.slack.calls(RESPONSE_URL))
    world.people[name].slack.clicks(label, on)
    world.sandbox.slack.until(lambda: len(world.sandbox.slack.calls(RESPONSE_URL)) == before + 2)


# --- an answer that is lost -------------------------------------------------------------------


def test_a_confirm_whose_answer_was_lost_can_be_pressed_again_and_says_what_was_done(
    support: World,
) -> None:
    for day, first in (("friday", "500"), ("saturday", "drop_before")):
        preview = support.runs("Alice", f"/oncall override @greg {day}")
        clicks_and_hears_nothing(support, "Alice", "Confirm", preview, (first, "drop_before"))
        assert "[ Confirm ]" in support.shown("Alice", preview)

        again = support.confirms("Alice", preview)

        assert again.text.startswith(
            "✅ Already done by @Alice at 7:00 AM CST: Have @Greg cover for @"
        )
        assert support.shown("Alice", preview) == again.text
    assert covers() == ["Greg", "Greg"]


def test_done_stays_where_only_slacks_receipt_was_lost(support: World) -> None:
    preview = support.runs("Alice", "/oncall override @greg friday")
    clicks_and_hears_nothing(support, "Alice", "Confirm", preview, ("drop_after", "drop_after"))
    alice = support.people["Alice"].slack
    support.sandbox.slack.until(
        lambda: any("✅" in one.plain for one in support.channel.seen_by(alice))
    )

    again = support.confirms("Alice", preview)

    assert "Already done by @Alice at 7:00 AM CST" in again.text
    assert covers() == ["Greg"]


def test_discard_and_decline_whose_answer_was_lost_say_what_became_of_it(support: World) -> None:
    preview = support.runs("Alice", "/oncall override @greg friday")
    clicks_and_hears_nothing(support, "Alice", "Cancel", preview)
    again = support.clicks("Alice", "Cancel", preview)
    assert again.text.startswith("Already canceled by @Alice at 7:00 AM CST: Have @Greg cover for")
    late = support.confirms("Alice", preview)
    assert late.text.startswith("Already canceled by @Alice at 7:00 AM CST")

    support.runs("Bob", "/oncall swap @dave tuesday for friday")
    support.tick()
    question = support.last_message("Dave")
    clicks_and_hears_nothing(support, "Dave", "Decline", question)
    said = support.clicks("Dave", "Decline", question)
    assert said.text.startswith("Already declined by @Dave at 7:00 AM CST: Swap")
    assert covers() == []


# --- a click that comes twice -----------------------------------------------------------------


def test_a_double_click_acts_once_and_leaves_what_was_done_there(support: World) -> None:
    preview = support.runs("Alice", "/oncall override @greg friday")
    alice = support.people["Alice"].slack
    for _ in range(3):
        alice.clicks("Confirm", preview)
    support.sandbox.slack.until(lambda: "✅" in support.shown("Alice", preview))
    support.confirms("Alice", preview)

    assert "instead of @Dave" in support.shown("Alice", preview)
    assert "Already done by @Alice at 7:00 AM CST" in beside(support, "Alice", preview, "Already")
    assert covers() == ["Greg"]


def test_a_double_click_on_accept_swaps_once(support: World) -> None:
    support.runs("Bob", "/oncall swap @dave tuesday for friday")
    support.tick()
    question = support.last_message("Dave")
    dave = support.people["Dave"].slack
    dave.clicks("Accept", question)
    dave.clicks("Accept", question)
    support.sandbox.slack.until(lambda: "Swapped" in support.shown("Dave", question))

    late = support.clicks("Dave", "Decline", question)

    assert "Already done by @Dave at 7:00 AM CST: Swap" in late.text
    assert "Swapped" in support.shown("Dave", question)
    assert covers() == ["Dave", "Bob"]


def test_a_preview_that_was_replaced_twice_can_be_confirmed(support: World) -> None:
    first = support.runs("Alice", "/oncall override @greg friday")
    support.changes("Bob", "/oncall override @carol tomorrow")  # which moves nobody on Friday
    support.changes("Alice", "/oncall override @carol friday")
    other = support.confirms("Alice", first)
    assert "@Carol → @Greg" in other.text
    support.changes("Alice", "/oncall override cancel 2")
    same = support.confirms("Alice", other)
    assert "Something else changed in the meantime" in same.text
    assert "@Dave → @Greg" in same.text

    done = support.confirms("Alice", same)

    assert "instead of @Dave" in done.text
    assert covers() == ["Carol", "Greg"]


def test_the_day_of_what_was_done_is_said_later(support: World) -> None:
    preview = support.runs("Alice", "/oncall override @greg friday")
    support.confirms("Alice", preview)
    support.until("2026-11-24 07:00")
    support.forgets_mail()

    late = support.confirms("Alice", preview)

    assert "Already done by @Alice on Mon Nov 23, 7:00 AM CST" in late.text


# --- what is refused, or fails, is said beside it -----------------------------------------------


def test_what_failed_is_said_beside_a_preview_and_a_question_which_stay(support: World) -> None:
    preview = support.runs("Alice", "/oncall override @greg saturday")
    support.runs("Bob", "/oncall swap @dave tuesday for friday")
    support.tick()
    question = support.last_message("Dave")

    with support.locked():
        support.people["Alice"].slack.clicks("Confirm", preview)
        support.people["Dave"].slack.clicks("Accept", question)
        beside(support, "Alice", preview, BUSY)
        beside(support, "Dave", question, BUSY)
    assert "[ Confirm ]" in support.shown("Alice", preview)
    assert "[ Accept ]" in support.shown("Dave", question)
    assert covers() == []

    assert "instead of @Eve" in support.confirms("Alice", preview).text
    assert "Swapped" in support.clicks("Dave", "Accept", question).text
    assert covers() == ["Greg", "Dave", "Bob"]


def test_what_is_refused_is_said_beside_a_preview_which_stays(support: World) -> None:
    support.changes("Alice", "/oncall admins add @bob")
    preview = support.runs("Bob", "/oncall override @greg friday")
    support.changes("Alice", "/oncall admins remove @bob")

    refused = support.confirms("Bob", preview)

    assert refused.text.startswith("❌ Only")
    assert "[ Confirm ]" in support.shown("Bob", preview)
    support.changes("Alice", "/oncall admins add @bob")
    assert "instead of @Dave" in support.confirms("Bob", preview).text


def test_what_fails_in_a_modal_is_said_above_its_preview(support: World) -> None:
    support.opens("Alice", "override")
    preview = support.fills_in("Alice", {"Who covers?": "Greg", "Or from": "2026-11-27"})
    with support.locked(patience=5):
        failed = support.clicks("Alice", "Confirm", preview).view
        assert failed is not None
        assert BUSY in failed.plain
        assert "@Dave → @Greg" in failed.plain

    done = support.clicks("Alice", "Confirm", failed)

    assert "instead of @Dave" in done.text
    assert BUSY not in done.text
    assert covers() == ["Greg"]


def test_a_form_that_meets_trouble_keeps_what_was_typed(support: World) -> None:
    support.opens("Bob", "members edit")
    with support.locked(patience=5):
        failed = support.fills_in("Bob", {"Name": "Robert"})
        assert BUSY in f"{failed.plain} {failed.errors}"
        assert "[ Robert ]" in failed.plain  # it took a while, so the form was rendered again

    done = support.fills_in("Bob")

    assert ": name Robert" in done.plain


def test_a_form_that_is_refused_late_is_there_again_as_it_was_filled_in(support: World) -> None:
    support.opens("Alice", "shifts edit 1")
    support.passes(minutes=10)  # who Alice is has to be asked again
    support.sandbox.slack.latency(1.0)

    typed: dict[str, object] = {"Starts every": "Friday", "At": "10:30", "Hours": "many"}
    refused = support.fills_in("Alice", typed)

    support.sandbox.slack.latency(0)
    assert "❌ Hours: " in refused.plain
    for kept in ("[ Friday ]", "[ 10:30 ]", "[ many ]"):
        assert kept in refused.plain
    preview = support.fills_in("Alice", {"Hours": "24"})
    assert "10:30" in preview.plain
    assert "❌" not in preview.plain


def test_the_home_tab_stays_when_it_cannot_be_rendered(support: World) -> None:
    home = support.opens_home("Bob", "Next two weeks")
    path = support.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as holder:
        holder.execute("ALTER TABLE team_members RENAME TO hidden")
        support.opens_home("Bob", "Something went wrong on my side", "Next two weeks")
        holder.execute("ALTER TABLE hidden RENAME TO team_members")

    again = support.opens_home("Bob", "Next two weeks")
    support.sandbox.slack.until(lambda: "went wrong" not in str(support.people["Bob"].slack.home))
    assert again.id == home.id


# --- an answer that comes too late --------------------------------------------------------------


def test_a_form_that_slack_does_not_open_in_time_is_one_click_away(support: World) -> None:
    support.runs("Alice", "/oncall members")
    support.sandbox.slack.fault("views.open", "error:expired_trigger_id")
    late = support.runs("Alice", "/oncall override")
    assert "Slack didn’t let me open the form, so nothing was changed" in late.text

    opened = support.clicks("Alice", "Open the form", late)

    assert opened.view is not None
    assert opened.view.title == "Have someone cover"


def test_a_button_in_a_message_whose_form_comes_too_late_offers_it_again(support: World) -> None:
    listed = support.runs("Alice", "/oncall overrides")
    support.sandbox.slack.fault("views.open", "error:expired_trigger_id")
    support.people["Alice"].slack.clicks("Have someone cover", listed)
    beside(support, "Alice", listed, "[ Open the form ]")
    assert "[ Have someone cover ]" in support.shown("Alice", listed)


def test_a_click_on_home_that_comes_too_late_is_answered_in_a_direct_message(
    support: World,
) -> None:
    support.runs("Bob", "/oncall swap @dave tuesday for friday")
    support.tick()
    home = support.opens_home("Dave", "Open requests")
    support.sandbox.slack.fault("views.open", "error:expired_trigger_id", times=2)
    form = support.clicks("Dave", "Swap", home)
    assert "[ Open the form ]" in form.text
    opened = support.clicks("Dave", "Open the form", form)
    assert opened.view is None  # too late once more
    opened = support.clicks("Dave", "Open the form", opened)
    assert opened.view is not None
    assert opened.view.title == "Swap shifts"

    support.sandbox.slack.fault("views.open", "error:expired_trigger_id")
    done = support.clicks("Dave", "Accept", home)

    assert "Swapped" in done.text
    assert done.message is not None
    assert done.message.channel_id == support.people["Dave"].slack.direct_messages.id
    assert covers() == ["Dave", "Bob"]


def test_an_answer_that_a_modal_does_not_take_comes_as_a_direct_message(support: World) -> None:
    support.opens("Alice", "override")
    preview = support.fills_in("Alice", {"Who covers?": "Greg", "Or from": "2026-11-27"})
    support.sees_home("Alice", "Settings")
    support.passes(minutes=10)  # who Alice is has to be asked again
    support.sandbox.slack.latency(1.0)
    support.sandbox.slack.fault("views.update", "error:internal_error", times=2)

    done = support.clicks("Alice", "Confirm", preview)

    support.sandbox.slack.latency(0)
    assert "instead of @Dave" in done.text
    assert done.message is not None
    assert covers() == ["Greg"]
