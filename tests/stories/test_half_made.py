"""Leads can find and finish a setup that was left halfway."""

import pytest

from sandbox.slack.people import SlackChannel
from tests.stories.conftest import World
from tests.stories.setting_up import ANOTHER, CHANNEL, NAME, PEOPLE, STEP_1, STEP_2, STEP_3, modal

CONTINUE = "Continue setup"


@pytest.fixture
def pay(support: World) -> SlackChannel:
    """Support, and a team that Bob began for #pay, and closed in the second step."""
    people = [support.people[name].slack for name in ("Alice", "Bob", "Carol", "Dave")]
    channel = support.sandbox.slack.channel("pay", members=people)
    support.opens("Bob", "teams add")
    support.fills_in("Bob", {NAME: "Payments", CHANNEL: channel.id})
    support.people["Bob"].slack.closes()
    return channel


def test_the_first_step_says_that_it_makes_the_team(support: World) -> None:
    form = support.opens("Bob", "teams add")

    assert "Next creates the team. You can change all of this later." in form.plain


@pytest.mark.usefixtures("pay")
def test_the_leads_home_goes_on_with_a_team_beside_their_own(support: World) -> None:
    said = "Payments isn’t set up yet. It still needs members and shifts."
    home = support.opens_home("Bob", "Support", said, CONTINUE)
    support.clicks("Bob", CONTINUE, home)
    modal(support, "Bob", STEP_2)

    assert CONTINUE not in support.opens_home("Carol", "Payments").plain
    # Who leads every team may finish it as well.
    assert said in support.opens_home("Alice", "Payments").plain


def test_a_lead_reads_in_its_channel_what_is_missing(support: World, pay: SlackChannel) -> None:
    said = support.people["Bob"].runs("/oncall", pay)

    assert "Payments isn’t set up yet. It still needs members and shifts." in said.text
    assert "/oncall" not in said.text
    assert said.message is not None
    form = support.clicks("Bob", CONTINUE, said.message).view
    assert form is not None
    assert form.title == STEP_2
    support.fills_in("Bob", {PEOPLE: [support.people["Carol"].id]})
    support.fills_in("Bob")
    modal(support, "Bob", STEP_3)
    support.people["Bob"].slack.closes()
    assert "It still needs shifts." in support.people["Bob"].runs("/oncall", pay).text


def test_others_read_who_can_finish_it(support: World, pay: SlackChannel) -> None:
    support.opens_home("Carol", "Support")  # now the bot knows that she isn't a lead
    text = support.people["Carol"].runs("/oncall", pay).text

    assert "Payments isn’t set up yet. @Bob" in text
    assert "can finish the setup." in text
    assert CONTINUE not in text
    shared = support.people["Bob"].runs("/oncall share", pay).text
    assert "Payments isn’t set up yet. @Bob" in shared


def test_an_admin_makes_a_team_for_a_channel_without_one(support: World) -> None:
    """Who leads every team isn't told about another one."""
    ops = support.sandbox.slack.channel("ops", members=[support.people["Alice"].slack])

    form = support.people["Alice"].runs("/oncall setup", ops).view

    assert form is not None
    assert form.title == ANOTHER
    support.fills_in("Alice", {NAME: "Ops"})
    modal(support, "Alice", STEP_2)
    support.people["Alice"].slack.closes()
    # What they left in the middle goes on.
    again = support.people["Alice"].runs("/oncall setup", ops).view
    assert again is not None
    assert again.title == STEP_2


def test_a_lead_of_another_team_makes_one_too(support: World) -> None:
    support.changes("Alice", "/oncall admins add @bob")
    ops = support.sandbox.slack.channel("ops", members=[support.people["Bob"].slack])

    form = support.people["Bob"].runs("/oncall setup", ops).view

    assert form is not None
    assert form.title == ANOTHER


@pytest.mark.usefixtures("pay")
def test_an_unfinished_team_that_goes_on_elsewhere_is_named(support: World) -> None:
    ops = support.sandbox.slack.channel("ops", members=[support.people["Bob"].slack])

    form = support.people["Bob"].runs("/oncall setup", ops).view

    assert form is not None
    assert form.title == STEP_2
    assert "This finishes Payments, which isn’t set up yet." in form.plain
    another = support.clicks("Bob", "Add another team", form).view
    assert another is not None
    assert another.title == ANOTHER != STEP_1


def test_a_finished_team_offers_another(support: World) -> None:
    done = support.runs("Alice", "/oncall setup")
    assert "Support is set up" in done.text

    form = support.clicks("Alice", "Add another team", done).view

    assert form is not None
    assert form.title == ANOTHER


# --- what is said on the way ---------------------------------------------------------------------


def test_the_numbers_page_warns_of_guests_and_of_whoever_is_not_in_the_channel(
    support: World, pay: SlackChannel
) -> None:
    guest = support.visits("Gus", "guest")
    pay.invite(guest.slack)
    support.opens("Bob", "setup team:Payments")
    people = [support.people[name].id for name in ("Carol", "Eve", "Gus")]
    view = support.fills_in("Bob", {PEOPLE: people})

    assert view.plain.startswith("Leave any empty: when you press Next, I’ll ask them in Slack.")
    assert "⚠️ @Eve isn’t in #pay and won’t see its posts. Invite them there." in view.plain
    assert "⚠️ @Gus is a guest in this workspace. Guests can be on call, too" in view.plain


def test_members_are_not_searched_while_slack_does_not_say(
    support: World, pay: SlackChannel
) -> None:
    assert pay.name == "pay"
    support.sandbox.slack.fault("conversations.members", "error:internal_error", times=5)
    support.opens("Bob", "setup team:Payments")

    view = support.fills_in("Bob", {PEOPLE: [support.people["Eve"].id]})

    assert "Number of Eve" in view.plain
    assert "won’t see" not in view.plain


@pytest.mark.usefixtures("pay")
def test_a_first_plan_tells_each_of_their_first_shift(support: World) -> None:
    support.opens("Bob", "setup team:Payments")
    support.fills_in("Bob", {PEOPLE: [support.people[name].id for name in ("Carol", "Dave")]})
    third = support.fills_in("Bob")
    assert "Weekly, handoff on Mondays (Next handoff: Mon Nov 23, 8:00 AM CST)" in third.plain
    preview = support.fills_in("Bob", {"Rotation": "Weekly, handoff on Mondays"})
    support.confirms_form("Bob", preview)

    (said,) = support.directs("Carol", "@Bob put you on the Payments rotation.")
    assert "Your first shift: Mon Nov 23, 8:00 AM to Mon Nov 30, 8:00 AM CST." in said
    assert "/oncall mine" in said


@pytest.mark.usefixtures("pay")
def test_the_hint_of_the_next_handoff_stays_true_if_another_time_is_chosen(
    support: World,
) -> None:
    support.opens("Bob", "setup team:Payments")
    support.fills_in("Bob", {PEOPLE: [support.people[name].id for name in ("Carol", "Dave")]})
    third = support.fills_in("Bob")
    hint = "Weekly, handoff on Mondays (Next handoff: Mon Nov 23, 8:00 AM CST)"
    assert hint in third.plain  # it's 7:00 AM on Monday, Nov 23

    preview = support.fills_in(
        "Bob", {"Rotation": "Weekly, handoff on Mondays", "Handoff at": "06:00"}
    )

    assert "starting Mon Nov 30" in preview.plain


def test_a_new_lead_is_notified(support: World) -> None:
    support.changes("Alice", "/oncall admins add @bob")
    support.tick()

    (said,) = support.directs("Bob", "@Alice made you a lead of Support")
    assert "you can change its members, shifts and settings" in said


def test_gaps_are_on_the_teams_clock(support: World) -> None:
    support.changes("Alice", "/oncall shifts remove 3")

    gap = "Gap: nobody is on call from Thursday 8:00 AM to Friday 8:00 AM."
    assert gap in support.runs("Alice", "/oncall shifts").text


def test_the_refusal_to_swap_somebody_elses_shift_is_in_the_second_person(support: World) -> None:
    refused = support.runs("Dave", "/oncall swap @carol tuesday for thursday").text

    assert "You’re not on call for all of Tue Nov 24" in refused
    assert "Swap one of your shifts: /oncall mine lists them." in refused
    other = support.runs("Dave", "/oncall swap @carol friday for tuesday").text
    assert "Carol isn’t on call for all of Tue Nov 24" in other


# --- what is clicked instead of typed ------------------------------------------------------------


def test_leads_may_also_have_someone_cover(support: World) -> None:
    home = support.opens_home("Alice", "Support")
    for shown in (home, support.runs("Alice", "/oncall")):
        form = support.clicks("Alice", "Have someone cover", shown).view
        assert form is not None
        assert "Who" in form.plain
        support.people["Alice"].slack.closes()
    support.opens_home("Bob", "Support")
    assert "Have someone cover" not in support.runs("Bob", "/oncall").text
    assert "[ Cover a shift myself ]" in support.runs("Bob", "/oncall").text


def test_an_override_is_undone_by_a_button(support: World) -> None:
    done = support.changes("Alice", "/oncall override @greg friday")

    assert "/oncall" not in done.text
    preview = support.clicks("Alice", "Undo", done)
    assert "Greg" in preview.text
    support.confirms("Alice", preview)
    assert "No overrides" in support.runs("Alice", "/oncall overrides").text


def test_a_lead_without_a_turn_reads_how_to_be_added(support: World, pay: SlackChannel) -> None:
    text = support.people["Bob"].runs("/oncall test", pay).text

    assert "A lead can add you: /oncall members add @Bob" in text
    assert "+1312" not in text
