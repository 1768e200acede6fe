"""Previews: short, with the rest a click away, and Slack's own Confirm button."""

import pytest

from sandbox.slack.people import SlackView
from storage.database import reading
from storage.models import Override, Proposal
from tests.stories.conftest import World


def covers() -> list[str]:
    """Return who covers in each override."""
    with reading():
        return [row.team_member.name for row in Override.select().order_by(Override.id)]


def statuses() -> list[str]:
    """Return the state of each change that was shown."""
    with reading():
        return [str(row.status) for row in Proposal.select().order_by(Proposal.id)]


def open_number() -> int:
    """Return the number of the one change that waits for an answer."""
    with reading():
        row = Proposal.get(Proposal.status == "open", Proposal.asked.is_null(False))
        return int(row.id)


def moves(text: str) -> list[str]:
    """Return the moves that a preview lists."""
    return [line for line in text.splitlines() if "→" in line]


# --- what a preview says ----------------------------------------------------------------------


def test_a_few_moves_are_all_listed_without_a_total(support: World) -> None:
    preview = support.runs("Alice", "/oncall override @greg friday").text

    assert len(moves(preview)) == 1
    assert "change hands" not in preview
    assert "Show all" not in preview
    assert "Not saved yet. Everyone affected gets a DM when you confirm." in preview
    assert "Times in America/Chicago." in preview
    assert "[ Confirm ]  [ Cancel ]" in preview


def test_a_preview_of_many_moves_has_the_total_and_the_next_five(support: World) -> None:
    preview = support.runs("Alice", "/oncall shifts pattern weekly")

    lines = preview.text.splitlines()
    assert lines[1] == (
        "40 shifts change hands from Tue Dec 1: @Bob +5, @Carol −1, @Dave −1, @Eve −1, @Fran −1 "
        "and @Greg −1"
    )
    assert len(moves(preview.text)) == 5
    assert "• and 35 more, until Mon" in preview.text
    assert len(lines) < 12
    assert "[ Confirm ]  [ Cancel ]  [ Show all 40 ]" in preview.text


def test_all_moves_are_a_click_away_and_can_be_confirmed_there(support: World) -> None:
    preview = support.runs("Alice", "/oncall shifts pattern weekly")

    first = support.clicks("Alice", "Show all 40", preview)
    assert "(page 1 of 2)" in first.text
    listed = moves(first.text)
    second = support.clicks("Alice", "More ›", first)
    listed += moves(second.text)

    assert len(set(listed)) == 40
    assert support.clicks("Alice", "‹ Back", second).text == first.text
    assert support.confirms("Alice", second).text.startswith("✅")


def test_the_preview_of_a_first_plan_says_how_many_shifts_each_gets(world: World) -> None:
    for name, number in (("Alice", "+13125550101"), ("Bob", "+13125550102")):
        world.joins(name, number, admin=name == "Alice")
    world.runs("Alice", "/oncall members add @alice +13125550101")
    world.runs("Alice", "/oncall members add @bob +13125550102")

    preview = world.runs("Alice", "/oncall shifts pattern weekly").text

    assert "shifts from Mon Nov 23: @Alice 5 and @Bob 4" in preview
    assert "change hands" not in preview
    assert "nobody" not in preview


def test_a_gap_is_always_pointed_out(support: World) -> None:
    preview = support.runs("Alice", "/oncall shifts remove 3")

    warning = "⚠️ Nobody is on call Thu"
    assert warning in preview.text
    assert "and 8 more times." in preview.text
    assert warning in support.clicks("Alice", "Show all 33", preview).text


def test_two_at_once_are_always_pointed_out(support: World) -> None:
    preview = support.runs("Alice", "/oncall shifts add 9 friday 24h 08:00").text

    assert "⚠️ More than one person is on call Fri" in preview


def test_a_new_preview_replaces_all_moves_of_a_stale_one(
    support: World,
) -> None:
    preview = support.runs("Alice", "/oncall shifts pattern weekly")
    support.changes("Alice", "/oncall override @greg 2026-12-08")

    anew = support.clicks("Alice", "Show all 40", preview)

    assert "Something else changed in the meantime" in anew.text
    assert support.confirms("Alice", anew).text.startswith("✅")


def test_nobody_else_reads_the_moves_of_a_preview(support: World) -> None:
    support.runs("Alice", "/oncall shifts pattern weekly")

    assert "Only @Alice" in support.runs("Bob", "/oncall preview 1").text
    assert "There are 2 pages" in support.runs("Alice", "/oncall preview 1 3").text
    assert "(page 1 of 2)" in support.runs("Alice", "/oncall preview 1").text


def test_a_preview_that_was_settled_lists_nothing_any_more(support: World) -> None:
    preview = support.runs("Alice", "/oncall shifts pattern weekly")
    support.clicks("Alice", "Cancel", preview)

    assert "Already canceled by @Alice" in support.runs("Alice", "/oncall preview 1").text


# --- if somebody has to agree ---


@pytest.fixture
def weekly(support: World) -> World:
    """Support with weekly shifts: Carol covers Bob's week, except on six evenings."""
    support.changes("Alice", "/oncall shifts pattern weekly")
    support.changes("Bob", "/oncall override @carol 2026-12-01 08:00 to 2026-12-07 08:00")
    for day in range(1, 7):
        support.changes("Bob", f"/oncall take 2026-12-0{day} 18:00 to 20:00")
    support.tick()
    return support


def test_what_a_colleague_is_asked_is_listed_in_full_to_both_of_them(weekly: World) -> None:
    asked = weekly.runs("Bob", "/oncall override edit 1 @dave")
    weekly.tick()
    assert "I’ve asked @Dave. Nothing changes until they accept." in asked.text
    assert "[ Withdraw ]  [ Show all 7 ]" in asked.text
    assert len(moves(asked.text)) == 5

    listed = weekly.clicks("Bob", "Show all 7", asked)

    assert len(moves(listed.text)) == 7
    assert moves(listed.text)[:5] == moves(asked.text)
    assert "I’ve asked @Dave. Nothing changes until they accept." in listed.text
    assert "[ Withdraw ]" in listed.text
    assert "[ Confirm ]" not in listed.text
    daves = weekly.runs("Dave", f"/oncall preview {open_number()}")
    assert moves(daves.text) == moves(listed.text)
    assert "@Bob asks you to cover Support" in daves.text
    assert "Only @Dave" in weekly.runs("Eve", f"/oncall preview {open_number()}").text

    assert weekly.clicks("Dave", "Accept", daves).text.startswith("✅")
    assert "@Dave will be on call" in weekly.runs("Eve", "/oncall who 2026-12-03 9am").text


# --- in a modal -------------------------------------------------------------------------------


@pytest.fixture
def preview(support: World) -> SlackView:
    """The modal in which Alice sees what an override of Friday would do."""
    support.opens("Alice", "override")
    return support.fills_in("Alice", {"Who covers?": "Greg", "Or from": "2026-11-27"})


def test_confirm_is_the_modals_own_button(support: World, preview: SlackView) -> None:
    assert (preview.submit, preview.close) == ("Confirm", "Cancel")
    assert "Confirm" not in preview.plain.replace("when you confirm", "")

    done = support.submits("Alice")

    assert done is not None
    assert (done.title, done.submit, done.close) == ("Done", None, "Done")
    assert done.plain.startswith("✅")
    assert covers() == ["Greg"]


def test_cancel_closes_the_modal_and_lets_the_change_go(support: World, preview: SlackView) -> None:
    assert preview.submit == "Confirm"

    support.people["Alice"].slack.closes()
    support.sandbox.slack.until(lambda: statuses() == ["discarded"])

    assert support.people["Alice"].slack.view is None
    assert covers() == []


def test_a_modal_that_is_closed_once_it_says_done_changes_nothing_back(
    support: World, preview: SlackView
) -> None:
    support.clicks("Alice", "Confirm", preview)
    support.people["Alice"].slack.closes()
    support.sees_home("Alice", "Greg")

    assert statuses() == ["done"]


@pytest.mark.usefixtures("preview")
def test_a_confirm_that_takes_long_says_so_and_goes_on(support: World) -> None:
    support.sees_home("Alice", "Settings")
    support.passes(minutes=10)  # who Alice is has to be asked again
    support.sandbox.slack.latency(1.0)
    alice = support.people["Alice"].slack

    waiting = alice.submits()

    assert waiting is not None
    assert (waiting.plain, waiting.submit) == ("One moment…", None)
    support.sandbox.slack.until(lambda: "✅" in getattr(alice.view, "plain", ""))
    support.sandbox.slack.latency(0)
    assert covers() == ["Greg"]


@pytest.mark.usefixtures("preview")
def test_a_confirm_that_is_delivered_twice_is_done_once(support: World) -> None:
    support.sandbox.slack.repeat_next_envelope()

    done = support.submits("Alice")

    assert done is not None
    assert "✅" in done.plain
    assert "already" not in done.plain
    support.runs("Bob", "/oncall")  # what was delivered again was answered before
    assert covers() == ["Greg"]


def test_what_changed_meanwhile_is_shown_in_the_modal_and_can_be_confirmed_there(
    support: World, preview: SlackView
) -> None:
    assert "@Dave → @Greg" in preview.plain
    support.changes("Alice", "/oncall override @carol friday")
    support.passes(minutes=1)

    anew = support.submits("Alice")

    assert anew is not None
    assert anew.plain.startswith("⚠️ Something else changed in the meantime")
    assert "@Carol → @Greg" in anew.plain
    assert anew.submit == "Confirm"
    assert covers() == ["Carol"]
    support.confirms_form("Alice", anew)
    assert covers() == ["Carol", "Greg"]
    # What it is called from now on is what was confirmed, not what was asked for first.
    support.settles(1)
    assert "cover for @Dave" not in support.dm("Carol")
    assert "Have @Greg cover for @Carol" in support.runs("Alice", "/oncall undo").text


def test_what_is_refused_is_said_in_the_modal_and_can_be_tried_again(support: World) -> None:
    support.changes("Alice", "/oncall admins add @bob")
    support.opens("Bob", "override")
    support.fills_in("Bob", {"Who covers?": "Greg", "Or from": "2026-11-27"})
    support.changes("Alice", "/oncall admins remove @bob")

    refused = support.submits("Bob")

    assert refused is not None
    assert refused.plain.startswith("❌ Only leads")
    assert "@Dave → @Greg" in refused.plain
    assert (refused.submit, refused.close) == ("Confirm", "Cancel")
    support.changes("Alice", "/oncall admins add @bob")
    support.confirms_form("Bob", refused)
    assert covers() == ["Greg"]


def test_what_is_refused_late_and_cannot_be_shown_is_written_with_both_buttons(
    support: World,
) -> None:
    support.changes("Alice", "/oncall admins add @bob")
    support.opens("Bob", "override")
    view = support.fills_in("Bob", {"Who covers?": "Greg", "Or from": "2026-11-27"})
    support.sees_home("Bob", "For leads")
    support.changes("Alice", "/oncall admins remove @bob")
    support.passes(minutes=10)  # who Bob is has to be asked again
    support.sandbox.slack.latency(1.0)
    support.sandbox.slack.fault("views.update", "error:internal_error", times=2)

    written = support.clicks("Bob", "Confirm", view)

    support.sandbox.slack.latency(0)
    assert written.text.startswith("❌ Only leads")
    assert "[ Confirm ]  [ Cancel ]" in written.text
    support.changes("Alice", "/oncall admins add @bob")
    assert support.confirms("Bob", written).text.startswith("✅")


def test_all_moves_are_a_click_away_in_the_modal(support: World) -> None:
    support.opens("Alice", "shifts pattern")
    preview = support.fills_in("Alice", {"Handoff at": "09:00"})
    assert len(preview.plain.splitlines()) < 12
    (label,) = [
        one["text"]["text"]
        for block in preview.blocks
        if block["type"] == "actions"
        for one in block["elements"]
    ]
    assert label.startswith("Show all ")

    listed = support.clicks("Alice", label, preview).view

    assert listed is not None
    assert len(moves(listed.plain)) == 25
    assert (listed.submit, listed.close) == ("Confirm", "Cancel")
    support.confirms_form("Alice", listed)


def test_a_modal_that_carries_what_none_of_ours_does_is_not_carried_out(
    support: World, preview: SlackView
) -> None:
    assert preview.submit == "Confirm"
    alice = support.people["Alice"].slack
    for forged in ("", "[]", "{}", '{"yes": 3}', '{"yes": "1 confirm 77"}'):
        support.opens("Alice", "override")
        support.fills_in("Alice", {"Who covers?": "Greg", "Or from": "2026-11-27"})
        answer = alice.forges(metadata=forged)
        assert answer is not None
        assert "❌" in answer.plain
        alice.closes()
    assert covers() == []
