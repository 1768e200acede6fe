"""A set-up that was left in the middle is found again, by whoever leads the team."""

import pytest

from sandbox.slack.people import SlackChannel
from tests.stories.conftest import World
from tests.stories.setting_up import ANOTHER, CHANNEL, NAME, PEOPLE, STEP_1, STEP_2, STEP_3, modal

CONTINUE = "Continue set-up"


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

    assert "Next makes the team. You can change all of this later." in form.plain


@pytest.mark.usefixtures("pay")
def test_the_leads_home_goes_on_with_a_team_beside_their_own(support: World) -> None:
    said = "Payments isn’t set up yet. It still needs members and shifts."
    home = support.opens_home("Bob", "Support", said, CONTINUE)
    support.clicks("Bob", CONTINUE, home)
    modal(support, "Bob", STEP_2)

    assert CONTINUE not in support.opens_home("Carol", "Payments").plain
    # Who leads every team may finish it as well.
    assert said in support.opens_home("Alice", "Payments").plain


def test_a_lead_is_told_in_its_channel_what_is_missing(support: World, pay: SlackChannel) -> None:
    told = support.people["Bob"].runs("/oncall", pay)

    assert "Payments isn’t set up yet. It still needs members and shifts." in told.text
    assert "/oncall" not in told.text
    assert told.message is not None
    form = support.clicks("Bob", CONTINUE, told.message).view
    assert form is not None
    assert form.title == STEP_2
    support.fills_in("Bob", {PEOPLE: [support.people["Carol"].id]})
    support.fills_in("Bob")
    modal(support, "Bob", STEP_3)
    support.people["Bob"].slack.closes()
    assert "It still needs shifts." in support.people["Bob"].runs("/oncall", pay).text


def test_others_are_told_who_can_finish_it(support: World, pay: SlackChannel) -> None:
    support.opens_home("Carol", "Support")  # from now on it's known that she is no lead
    told = support.people["Carol"].runs("/oncall", pay).text

    assert "Payments isn’t set up yet. @Bob" in told
    assert "can finish it." in told
    assert CONTINUE not in told
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
