"""Any full member of the workspace can make a team for a channel they're in, and leads it."""

from sandbox.slack.people import SlackChannel
from storage.database import reading
from storage.models import AuditEntry, Team
from tests.stories.conftest import World
from tests.stories.setting_up import ANOTHER, CHANNEL, NAME, PEOPLE, STEP_2, modal


def channel_of(world: World, name: str, *members: str, private: bool = False) -> SlackChannel:
    """Return a channel with these people in it; the bot is in it if it's private."""
    people = [world.people[one].slack for one in members]
    return world.sandbox.slack.channel(name, private=private, members=people, bot=private)


def teams() -> list[str]:
    with reading():
        return [team.name for team in Team.select().order_by(Team.id)]


def test_a_member_makes_a_team_for_a_channel_they_are_in_and_leads_it(support: World) -> None:
    pay = channel_of(support, "pay", "Bob", "Carol")

    made = support.runs("Bob", f"/oncall teams add Payments <#{pay.id}|pay>").text

    assert "✅ Created the team Payments: #pay" in made
    assert "this team: @Bob" in support.runs("Bob", "/oncall admins team:Payments").text
    support.changes("Bob", "/oncall settings notify 7:30 AM team:Payments")
    assert "Only leads can do that" in support.runs("Bob", "/oncall settings notify 7:30 AM").text
    refused = support.runs("Carol", "/oncall settings notify 09:00 team:Payments").text
    assert "Ask @Bob." in refused
    with reading():
        entries = [(one.action, one.actor) for one in AuditEntry.select().order_by(AuditEntry.id)]
    bob = support.people["Bob"].id
    assert entries[-3:-1] == [("team made", bob), ("lead added", bob)]


def test_setup_typed_in_a_channel_of_its_own_begins_with_that_channel(support: World) -> None:
    pay = channel_of(support, "pay", "Bob")

    form = support.people["Bob"].runs("/oncall setup", pay).view
    assert form is not None
    assert form.title == ANOTHER
    filled = support.fills_in("Bob", {NAME: "Payments"})

    assert filled.title == STEP_2
    with reading():
        assert Team.get(Team.name == "Payments").channel_id == pay.id
    support.people["Bob"].slack.closes()
    # What is left of it goes on, wherever it's typed.
    again = support.people["Bob"].runs("/oncall setup", pay).view
    assert again is not None
    assert again.title == STEP_2
    support.fills_in("Bob", {PEOPLE: [support.people["Carol"].id]})


def test_setup_typed_in_the_channel_of_another_team_says_what_to_do(support: World) -> None:
    refused = support.runs("Bob", "/oncall setup").text

    assert "Only leads can change Support. Ask @Alice." in refused
    assert "To make a team of your own: /oncall teams add" in refused


def test_whoever_is_in_no_team_sets_one_up_from_the_home_tab(support: World) -> None:
    support.joins("Zoe", "+13125550111")
    pay = channel_of(support, "pay", "Zoe")

    home = support.opens_home("Zoe", "Don’t see your team?")
    support.clicks("Zoe", "Set up a team", home)
    support.fills_in("Zoe", {NAME: "Payments", CHANNEL: pay.id})

    modal(support, "Zoe", STEP_2)
    assert teams() == ["Support", "Payments"]
    support.people["Zoe"].slack.closes()
    support.sees_home("Zoe", "Payments", "Continue setup", gone="Don’t see your team")


def test_a_channel_that_they_are_not_in_is_refused(support: World) -> None:
    others = channel_of(support, "others", "Carol")
    secret = channel_of(support, "secret", "Carol", private=True)

    for channel in (others, secret):
        mention = f"<#{channel.id}|{channel.name}>"
        for line in (f"teams add Payments {mention}",):
            refused = support.runs("Bob", f"/oncall {line}").text
            assert (
                f"You’re not in #{channel.name}. Join it first, or pick a channel you’re in."
                in (refused)
            )
    support.opens("Bob", "teams add")
    wrong = support.fills_in("Bob", {NAME: "Payments", CHANNEL: others.id})
    assert wrong.errors == {
        CHANNEL: "You’re not in the channel. Join it first, or pick a channel you’re in."
    }
    others.invite(support.people["Bob"].slack)
    assert support.fills_in("Bob").title == STEP_2
    assert teams() == ["Support", "Payments"]


def test_slack_that_is_too_busy_to_say_who_is_in_a_channel_is_asked_again(support: World) -> None:
    pay = channel_of(support, "pay", "Bob")
    line = f"/oncall teams add Payments <#{pay.id}|pay>"
    support.sandbox.slack.fault("users.conversations", "ratelimited", times=10)

    refused = support.runs("Bob", line).text
    assert "Slack didn’t answer when I looked at the channel" in refused
    assert "Invite me" not in refused
    support.sandbox.slack.recover()
    assert "✅ Created the team Payments" in support.runs("Bob", line).text


def test_whoever_leads_every_team_needs_not_be_in_the_channel(support: World) -> None:
    others = channel_of(support, "others", "Carol")

    made = support.runs("Alice", f"/oncall teams add Payments <#{others.id}|others>").text

    assert "✅ Created the team Payments" in made


def test_a_private_channel_without_the_bot_says_to_invite_it(support: World) -> None:
    support.joins("Zoe", "+13125550111")
    secret = support.sandbox.slack.channel(
        "secret", private=True, members=[support.people["Zoe"].slack], bot=False
    )

    line = f"/oncall teams add Secret <#{secret.id}|secret>"
    assert "Invite me with /invite @WhoseOnFirst" in support.runs("Zoe", line).text
    secret.invite_bot()
    assert "✅ Created the team Secret" in support.runs("Zoe", line).text


def test_a_team_is_not_moved_to_a_channel_that_its_lead_is_not_in(support: World) -> None:
    support.changes("Alice", "/oncall admins add @bob")
    others = channel_of(support, "others", "Carol")

    refused = support.runs("Bob", f"/oncall settings channel <#{others.id}|others>").text

    assert "You’re not in #others" in refused


def test_somebody_in_hundreds_of_channels_is_found_in_the_last(support: World) -> None:
    for number in range(205):
        channel_of(support, f"c{number}", "Bob")
    last = channel_of(support, "last", "Bob")

    made = support.runs("Bob", f"/oncall teams add Payments <#{last.id}|last>").text

    assert "✅ Created the team Payments" in made


def test_nobody_makes_teams_without_end(support: World) -> None:
    for number in range(5):
        pay = channel_of(support, f"pay{number}", "Bob")
        support.runs("Bob", f"/oncall teams add Pay{number} <#{pay.id}|{pay.name}>")
    more = channel_of(support, "more", "Bob")
    line = f"/oncall teams add More <#{more.id}|more>"

    refused = support.runs("Bob", line).text

    assert "You’ve used /oncall teams add a lot this hour" in refused
    assert "More" not in teams()
    support.passes(hours=1.1)
    assert "✅ Created the team More" in support.runs("Bob", line).text
    support.forgets_mail()


def test_where_only_admins_make_teams_nobody_else_is_offered_it(support: World) -> None:
    support.stops_bot()
    support.starts_bot(ONCALL_TEAMS_BY="admins")
    support.changes("Alice", "/oncall admins add @bob")
    pay = channel_of(support, "pay", "Bob")

    for line in (f"teams add Payments <#{pay.id}|pay>", "teams add"):
        refused = support.runs("Bob", f"/oncall {line}").text
        assert "Only those who lead every team can add teams. Ask @Alice." in refused
    assert "Add a team" not in support.runs("Bob", "/oncall teams").text
    support.joins("Zoe", "+13125550111")
    assert "Set up a team" not in support.opens_home("Zoe", "Support").plain
    assert "To make a team" not in support.runs("Zoe", "/oncall setup").text
    assert "Add a team" in support.runs("Alice", "/oncall teams").text


def test_a_guest_who_takes_turns_makes_no_team(support: World) -> None:
    guest = support.visits("Guest", "guest")
    support.changes("Alice", f"/oncall members add <@{guest.id}> +13125550150")
    support.forgets_mail()

    refused = guest.runs("/oncall teams add Mine #mine", support.channel).text

    assert "Only those who lead every team can add teams." in refused
    assert teams() == ["Support"]


def test_a_team_of_the_settings_keeps_nobody_from_making_theirs(world: World) -> None:
    world.joins("Zoe", "+13125550111")
    assert teams() == ["Support"]  # of ONCALL_CHANNEL; nobody leads it yet
    pay = channel_of(world, "pay", "Zoe")

    form = world.people["Zoe"].runs("/oncall setup", pay).view

    assert form is not None
    assert form.title == ANOTHER
