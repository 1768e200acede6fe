"""Find cover and take: the person who would cover, or whose shift it is, is asked first."""

import pytest

from sandbox.slack.people import Answer
from tests.stories.conftest import World
from tests.stories.stored import covers


@pytest.fixture
def asked(support: World) -> World:
    """The team in which Bob has asked Carol to cover his Monday."""
    answer = support.runs("Bob", "/oncall override @carol 2026-11-30 for the dentist")
    assert "I’ve asked @Carol. Nothing changes until they accept." in answer.text
    assert "Mon Nov 30, 8:00 AM to Tue Dec 1, 8:00 AM: @Bob → @Carol" in answer.text
    assert "Reason: the dentist" in answer.text
    support.tick()
    return support


def question(world: World, name: str) -> Answer:
    """Return the list of overrides, where somebody sees what they are asked."""
    return world.runs(name, "/oncall overrides")


def test_who_is_asked_to_cover_accepts_and_the_other_one_hears_of_it(asked: World) -> None:
    asks = asked.last_message("Carol")
    assert asks.plain == (
        "👋 @Bob asks you to cover Support: Mon Nov 30, 8:00 AM to Tue Dec 1, 8:00 AM CST. "
        "Reason: the dentist\n[ Accept ]  [ Decline ]"
    )
    assert covers() == []

    done = asked.clicks("Carol", "Accept", asks)
    asked.tick()

    assert "instead of @Bob" in done.text
    assert covers() == ["Carol"]
    assert asked.dm("Bob").startswith(
        "✅ @Carol accepted your request to cover Support, Mon Nov 30"
    )
    assert asked.last_message("Carol").ts == asks.ts  # nothing about what she did herself


def test_whose_shift_is_taken_is_asked_and_may_decline(support: World) -> None:
    support.runs("Greg", "/oncall take friday")
    support.tick()
    asks = support.last_message("Dave")
    assert asks.plain.startswith("👋 @Greg offers to cover your shift in Support: Fri Nov 27")

    answer = support.clicks("Dave", "Decline", asks)
    support.tick()

    assert "I’ll tell @Greg. Nothing was changed." in answer.text
    assert "⛔ @Dave declined your offer to cover Support, Fri Nov 27" in support.dm("Greg")
    assert covers() == []


def test_a_request_is_below_the_overrides_of_both_and_of_nobody_else(asked: World) -> None:
    bobs, carols = question(asked, "Bob"), question(asked, "Carol")
    assert "Not answered yet\n• You’re waiting for @Carol to answer your request" in bobs.text
    assert "• @Bob asks you to cover Support: Mon Nov 30" in carols.text
    assert "Not answered yet" not in question(asked, "Alice").text

    gone = asked.clicks("Bob", "Withdraw", bobs)
    asked.tick()

    assert gone.text.startswith("Withdrawn: ")
    assert "⛔ @Bob withdrew their request to cover Support" in asked.dm("Carol")
    assert "Not answered yet" not in question(asked, "Bob").text
    assert "Already canceled" in asked.clicks("Carol", "Accept", carols).text
    assert covers() == []


def test_several_open_requests_are_listed_and_answered_on_home(asked: World) -> None:
    asked.runs("Dave", "/oncall override @carol friday")

    listed = question(asked, "Carol")

    assert "@Bob asks you to cover" in listed.text
    assert "@Dave asks you to cover" in listed.text
    assert "The buttons are on my Home tab." in listed.text
    assert "[ Accept ]" not in listed.text
    home = asked.opens_home("Carol", "Open requests")
    assert home.plain.count("[ Accept ]  [ Decline ]") == 2


def test_a_second_click_says_that_it_was_done(asked: World) -> None:
    asks, open_list = asked.last_message("Carol"), question(asked, "Carol")
    asked.clicks("Carol", "Accept", asks)

    late = asked.clicks("Carol", "Decline", open_list)

    assert "Already done by @Carol at 7:00 AM CST" in late.text
    assert covers() == ["Carol"]


def test_the_first_of_two_who_accept_has_it_and_the_other_hears_it_is_too_late(
    asked: World,
) -> None:
    asked.runs("Bob", "/oncall override @dave 2026-11-30")
    asked.accepts("Dave")

    late = asked.clicks("Carol", "Accept", asked.last_message("Carol"))
    asked.tick()

    assert "That’s no longer possible. It isn’t @Bob’s shift anymore." in late.text
    assert "@Carol accepted your request to cover Support" in asked.dm("Bob")
    assert "too late" in asked.dm("Bob")
    assert covers() == ["Dave"]


def test_a_lead_undoes_what_two_agreed_on_and_both_hear_of_it(asked: World) -> None:
    asked.clicks("Carol", "Accept", asked.last_message("Carol"))
    asked.changes("Alice", "/oncall undo")
    asked.tick()

    assert covers() == []
    for name in ("Bob", "Carol"):
        assert "@Alice" in asked.last_message(name).plain


def test_the_asker_hears_of_no_answer_two_hours_before_and_when_it_begins(
    support: World,
) -> None:
    support.runs("Bob", "/oncall override @carol tomorrow")
    support.until("2026-11-24 06:00")
    support.forgets_mail()
    support.settles(1)
    reminder = support.direct("Bob", "@Carol still hasn’t answered your request to cover Support")
    assert "[ Withdraw ]" in reminder.plain

    support.until("2026-11-24 08:00")
    support.settles(1)

    support.reads("Bob", "you're on call")
    expired = support.direct("Bob", "@Carol didn’t answer your request", "in time")
    assert "that shift is still yours" in expired.plain
    late = support.clicks("Carol", "Accept", support.direct("Carol", "asks you to cover"))
    assert "Already canceled" in late.text
    assert covers() == []


def test_what_runs_or_begins_within_two_hours_is_shown_and_done_at_once(support: World) -> None:
    support.until("2026-11-24 06:00")
    support.forgets_mail()

    for name, line in (("Bob", "override @carol today"), ("Greg", "take today 08:00 to 12:00")):
        assert "[ Confirm ]" in support.runs(name, f"/oncall {line}").text
    support.until("2026-11-24 09:00")
    support.forgets_mail()
    done = support.changes("Greg", "/oncall take now for 2 hours")
    assert "instead of @Bob" in done.text
    support.forgets_mail()


def test_a_lead_asks_nobody(support: World) -> None:
    for line in ("override @greg friday", "take 2026-12-03"):
        assert "[ Confirm ]" in support.runs("Alice", f"/oncall {line}").text


def test_the_shift_of_somebody_whose_account_is_gone_is_taken_without_asking(
    support: World,
) -> None:
    support.people["Dave"].slack.leaves()

    preview = support.runs("Greg", "/oncall take friday")

    assert "[ Confirm ]" in preview.text
    assert "instead of @Dave" in support.confirms("Greg", preview).text


def test_somebody_who_is_gone_cannot_be_asked_to_cover_and_a_lead_has_to_do_it(
    support: World,
) -> None:
    support.people["Dave"].slack.leaves()
    support.runs("Bob", "/oncall override @dave tomorrow")
    support.settles(1)

    text = support.direct("Bob", "I couldn’t ask @Dave", "Nothing was changed.").plain
    assert "Or ask a lead to put somebody on call." in text
    assert covers() == []


def test_shifts_of_two_people_are_taken_one_at_a_time(support: World) -> None:
    refused = support.runs("Greg", "/oncall take thursday to friday")

    assert "That’s more than one shift, of @Carol and @Dave." in refused.text
    assert "/oncall take Thu Nov 26, 8:00 AM to Fri Nov 27, 8:00 AM" in refused.text
    assert covers() == []


def test_somebody_who_gets_their_shift_back_does_not_read_that_they_cover_it(
    support: World,
) -> None:
    support.changes("Alice", "/oncall override @greg friday")
    support.changes("Alice", "/oncall override edit 1 friday 08:00 to 12:00")
    support.tick()

    said = support.dm("Dave")
    assert "@Alice changed your shifts in Support: Change override 1" in said
    assert "• On call Fri Nov 27, 12:00 PM to Sat Nov 28, 8:00 AM CST, instead of @Greg." in said


def test_a_message_about_a_cover_is_on_the_teams_clock_wherever_its_reader_is(
    support: World,
) -> None:
    support.changes("Alice", "/oncall members edit @dave zone Europe/Berlin")
    support.changes("Alice", "/oncall override @greg friday for a trip")
    support.tick()

    assert "Fri Nov 27, 8:00 AM to Sat Nov 28, 8:00 AM CST. @Greg is on call." in (
        support.dm("Dave")
    )


def test_of_a_request_that_ended_long_ago_nobody_hears(asked: World) -> None:
    asked.stops_bot()
    asked.clock.forward(days=21)
    asked.starts_bot()
    asked.settles(1)
    asked.forgets_mail()

    assert asked.directs("Bob", "didn’t answer") == []
    assert "Not answered yet" not in question(asked, "Bob").text
    late = asked.clicks("Carol", "Accept", asked.direct("Carol", "asks you to cover"))
    assert "Already canceled" in late.text


def test_of_a_longer_cover_whoever_is_asked_reads_their_own_shift_only(support: World) -> None:
    support.changes("Greg", "/oncall take friday")
    support.runs("Greg", "/oncall override edit 1 friday to saturday")
    support.tick()

    asks = support.direct("Eve", "@Greg offers to cover your shift in Support: Sat Nov 28")
    assert "Sat Nov 28, 8:00 AM to Sun Nov 29, 8:00 AM CST." in asks.plain
    support.clicks("Eve", "Accept", asks)
    support.tick()

    assert "@Greg will be on call" in support.runs("Eve", "/oncall who saturday 9am").text
    assert "@Eve accepted your offer" in support.dm("Greg")
