"""A first start, from the Home tab to the first morning."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.process import Bot
from bot.settings import Settings
from sandbox.slack.people import SlackChannel, SlackView
from storage.database import reading
from storage.models import Member, Override, Shift, Team
from tests.stories.conftest import World
from tests.stories.setting_up import CHANNEL, NAME, NUMBERS, PEOPLE, STEP_1, STEP_2, STEP_3, modal


class New(World):
    """A workspace whose bot was just installed: no channel is set, and there is no team."""

    def starts_bot(self, **settings: str) -> None:
        """Start the bot without ONCALL_CHANNEL."""
        environment = self.sandbox.environment(self.database_url, **settings)
        assert "ONCALL_CHANNEL" not in environment
        self.bot = Bot(Settings.from_environment(environment), self.clock)
        self.bot.start(jobs_run=False)


@pytest.fixture
def new(tmp_path: Path) -> Iterator[New]:
    """A first start, with Alice, an admin, and Bob and Carol."""
    world = New(tmp_path)
    try:
        world.starts_bot()
        world.joins("Alice", "+13125550101", admin=True)
        world.joins("Bob", "+13125550102")
        world.joins("Carol", "+13125550103")
        yield world
        world.has_no_mail()
    finally:
        world.stops_bot()
        world.sandbox.close()


def platform(world: World) -> SlackChannel:
    """Return a public channel in which the bot is not yet."""
    return world.sandbox.slack.channel("platform", bot=False)


def team_made(world: World) -> SlackView:
    """Let Alice, who has the first step open, make the team Platform; return the second step."""
    modal(world, "Alice", STEP_1)
    world.fills_in("Alice", {NAME: "Platform", CHANNEL: platform(world).id})
    return modal(world, "Alice", STEP_2)


def people_chosen(world: World, *names: str) -> SlackView:
    """Let Alice choose who takes turns; return the form that asks for their numbers."""
    modal(world, "Alice", STEP_2)
    world.fills_in("Alice", {PEOPLE: [world.people[name].id for name in names]})
    return modal(world, "Alice", NUMBERS)


def numbers_given(world: World, *names: str) -> SlackView:
    """Let Alice give everybody's number; return the third step."""
    modal(world, "Alice", NUMBERS)
    numbers: dict[str, object] = {
        f"Number of {name}": world.people[name].phone.number for name in names
    }
    world.fills_in("Alice", numbers)
    return modal(world, "Alice", STEP_3)


def test_if_only_admins_make_teams_a_member_reads_who_can_begin(new: New) -> None:
    new.stops_bot()
    new.starts_bot(ONCALL_TEAMS_BY="admins")
    home = new.opens_home("Bob", "Welcome to WhoseOnFirst")

    assert "Setup takes three steps and ends with a test text:" in home.plain
    assert home.plain.endswith("A lead can set up the first team. Ask @Alice.")
    assert "[ " not in home.plain
    for command in ("", "who", "schedule", "mine", "members", "teams", "audit", "notifications"):
        answer = new.runs("Bob", f"/oncall {command}".strip()).text
        assert "No team is set up yet. Set one up in three steps: /oncall setup" in answer
    refused = new.runs("Bob", "/oncall setup").text
    assert "Only those who lead every team can add teams." in refused
    assert "Ask @Alice." in refused


def test_an_admin_sets_up_a_team_by_clicking_alone(new: New) -> None:
    home = new.opens_home("Alice", "Welcome to WhoseOnFirst")
    channel = platform(new)

    first = new.clicks("Alice", "Set up a team", home).view
    assert first is not None
    assert first.title == STEP_1
    second = new.fills_in("Alice", {NAME: "Platform", CHANNEL: channel.id})
    assert second.title == STEP_2
    new.sees_home("Alice", "Platform", "Continue setup", gone="Welcome")

    people = [new.people[name].id for name in ("Carol", "Alice", "Bob")]
    numbers = new.fills_in("Alice", {PEOPLE: people})
    assert numbers.title == NUMBERS
    assert numbers.plain.index("Carol") < numbers.plain.index("Alice") < numbers.plain.index("Bob")
    wrong = new.fills_in(
        "Alice",
        {
            "Number of Carol": "+13125550103",
            "Number of Alice": "123",
            "Number of Bob": "+1 (312) 555-0103",
        },
    )
    assert wrong.title == NUMBERS
    assert wrong.errors == {
        "Number of Alice": "“123” isn’t a phone number I can text. Write it with + and the "
        "country code, for example +13125550101.",
        "Number of Bob": "That is Carol’s number. Everybody needs their own.",
    }
    third = new.fills_in(
        "Alice",
        {"Number of Alice": "+1 312 555 0101", "Number of Bob": "+13125550102"},
    )
    assert third.title == STEP_3

    preview = new.fills_in("Alice", {"Rotation": "Weekly, handoff on Mondays"})
    assert "Start a weekly rotation, handoff Mondays 8:00 AM, starting Mon Nov 23?" in preview.plain
    assert "Mon Nov 23, 8:00 AM to Mon Nov 30, 8:00 AM: @Carol" in preview.plain
    assert "Mon Nov 30, 8:00 AM to Mon Dec 7, 8:00 AM: @Alice" in preview.plain
    with reading():
        assert Shift.select().count() == 0
    done = new.clicks("Alice", "Confirm", preview)
    assert (
        "✅ Set up: a weekly rotation, handoff Mondays 8:00 AM, starting Mon Nov 23, 8:00 AM CST."
        in done.text
    )
    assert done.view is not None

    sent = new.clicks("Alice", "Text me a test", done.view)
    assert "I’m sending a test text to +1 312-555-0101." in sent.text
    new.tick()
    new.reads("Alice", "WhoseOnFirst test", "Alice", "Platform")

    # The bot joined the channel, and tells it in the morning who is on call.
    new.until("2026-11-23 08:00")
    new.reads("Carol", "Good morning, Carol.", "Platform")
    assert "@Carol is on call for Platform" in channel.messages[-1].plain
    home = new.sees_home("Alice", "My next shifts", "1. @Carol +1 312-555-0103")
    assert "Set up a team" not in home.plain
    assert "Continue setup" not in home.plain


def test_setup_typed_does_the_same(new: New) -> None:
    new.runs("Alice", "/oncall setup")
    team_made(new)
    people_chosen(new, "Alice", "Bob")
    numbers_given(new, "Alice", "Bob")
    preview = new.fills_in("Alice", {"Rotation": "Daily"})
    new.confirms_form("Alice", preview)

    done = new.runs("Alice", "/oncall setup team:Platform")
    assert "✅ Platform is set up: #platform, America/Chicago, texts at 8:00 AM" in done.text
    sent = new.clicks("Alice", "Text me a test", done)
    assert "I’m sending a test text" in sent.text
    new.tick()
    new.reads("Alice", "WhoseOnFirst test")
    assert "Next: @Alice" in new.runs("Bob", "/oncall").text


def test_a_test_for_somebody_without_a_number_offers_to_enter_it_in_the_same_modal(
    new: New,
) -> None:
    new.runs("Alice", "/oncall setup")
    team_made(new)
    people_chosen(new, "Alice", "Bob")
    new.fills_in("Alice")
    preview = new.fills_in("Alice", {"Rotation": "Daily"})
    done = new.clicks("Alice", "Confirm", preview).view
    assert done is not None

    test = new.clicks("Alice", "Text me a test", done).view
    assert test is not None
    assert "You haven’t entered a phone number yet." in test.plain
    assert new.clicks("Alice", "Enter my number", test).view == modal(new, "Alice", "Your number")
    entered = new.fills_in("Alice", {"Your phone number": "+13125550101"})
    assert "I’m texting +1 312-555-0101 now" in entered.plain
    new.tick()
    new.reads("Alice", "Reply OK")


def test_where_there_are_shifts_already_the_plan_is_shown_before_people_are_in(new: New) -> None:
    new.runs("Alice", "/oncall setup")
    team_made(new)
    new.people["Alice"].slack.closes()
    new.runs("Alice", "/oncall shifts add 1 monday 168h 08:00")
    new.runs("Alice", "/oncall setup")
    people_chosen(new, "Alice", "Bob")

    numbers: dict[str, object] = {
        f"Number of {name}": new.people[name].phone.number for name in ("Alice", "Bob")
    }
    preview = new.fills_in("Alice", numbers)

    assert "@Alice 5 and @Bob 4" in preview.plain
    with reading():
        assert Member.select().count() == 0
    new.confirms_form("Alice", preview)
    with reading():
        assert Member.select().count() == 2


@pytest.mark.parametrize("again", ["typed", "clicked"])
def test_a_set_up_that_was_closed_in_the_middle_goes_on_later(new: New, again: str) -> None:
    def goes_on() -> None:
        if again == "typed":
            new.runs("Alice", "/oncall setup")
        else:
            home = new.opens_home("Alice", "Continue setup")
            new.clicks("Alice", "Continue setup", home)

    alice = new.people["Alice"].slack
    new.runs("Alice", "/oncall setup")
    team_made(new)
    assert alice.closes() is None
    new.passes(hours=0.5)

    goes_on()
    people_chosen(new, "Alice", "Bob")
    assert alice.closes() is None  # the numbers were not given: nobody is in
    with reading():
        assert Member.select().count() == 0

    goes_on()
    people_chosen(new, "Alice", "Bob")
    numbers_given(new, "Alice", "Bob")
    assert alice.closes() is None
    with reading():
        assert Member.select().count() == 2

    goes_on()
    modal(new, "Alice", STEP_3)
    preview = new.fills_in("Alice", {"Rotation": "Daily"})
    new.confirms_form("Alice", preview)

    new.sees_home("Alice", "7. Sun 8:00 AM, 1 day", gone="Continue setup")
    with reading():
        assert [team.name for team in Team.select()] == ["Platform"]
        assert Override.select().count() == 0


def test_everything_wrong_with_a_new_team_is_listed_at_once(new: New) -> None:
    new.runs("Alice", "/oncall setup")
    private = new.sandbox.slack.channel("secret", private=True, bot=False)

    wrong = new.fills_in("Alice", {NAME: "!", CHANNEL: private.id})

    assert set(wrong.errors) == {NAME, CHANNEL}
    assert "can’t join it myself. Invite me with /invite @WhoseOnFirst" in (wrong.errors[CHANNEL])
    with reading():
        assert Team.select().count() == 0

    private.invite_bot()
    right = new.fills_in("Alice", {NAME: "Secret", "Time zone": "germany"})
    assert right.title == STEP_2
    with reading():
        assert Team.get().time_zone == "Europe/Berlin"


def test_what_is_wrong_with_a_channel_is_plain_text(new: New) -> None:
    """Slack shows the errors of a form as they are: a mention would be read as its code."""
    new.runs("Alice", "/oncall setup")
    private = new.sandbox.slack.channel("secret", private=True, bot=False)
    wrong = new.fills_in("Alice", {NAME: "Platform", CHANNEL: private.id})
    assert "<#" not in wrong.errors[CHANNEL]

    old = new.sandbox.slack.channel("old")
    old.archive()
    wrong = new.fills_in("Alice", {CHANNEL: old.id})
    assert "is archived" in wrong.errors[CHANNEL]
    assert "<#" not in wrong.errors[CHANNEL]


def test_a_bot_and_who_left_are_not_chosen(new: New) -> None:
    robot = new.sandbox.slack.person("Robot", bot=True)
    new.runs("Alice", "/oncall setup")
    team_made(new)

    wrong = new.fills_in("Alice", {PEOPLE: [new.people["Alice"].id, robot.id]})

    assert wrong.errors == {PEOPLE: "Robot is a bot and can’t be on call. Name somebody else."}
    people_chosen(new, "Alice", "Bob")


def test_the_number_that_sends_is_nobodys(new: New) -> None:
    new.runs("Alice", "/oncall setup")
    team_made(new)
    people_chosen(new, "Alice", "Bob")

    wrong = new.fills_in(
        "Alice",
        {"Number of Alice": "+13125550199", "Number of Bob": "+13125550102"},
    )

    assert set(wrong.errors) == {"Number of Alice"}
    assert "the number I text from" in wrong.errors["Number of Alice"]
    with reading():
        assert Member.select().count() == 0


def test_a_home_that_is_out_of_date_does_not_set_up_a_second_team(new: New) -> None:
    home = new.opens_home("Alice", "Welcome")
    new.runs("Alice", "/oncall setup")
    team_made(new)
    new.people["Alice"].slack.closes()
    stale = replace(home, blocks=home.blocks)

    new.clicks("Alice", "Set up a team", stale)

    modal(new, "Alice", STEP_2)


def test_who_was_made_an_admin_by_the_settings_may_begin(new: New) -> None:
    new.stops_bot()
    new.starts_bot(ONCALL_ADMINS=new.people["Bob"].id, ONCALL_TEAMS_BY="admins")

    home = new.opens_home("Bob", "Welcome", "[ Set up a team ]")
    form = new.clicks("Bob", "Set up a team", home)

    assert form.view is not None
    assert form.view.title == STEP_1
    assert "Ask @Bob." in new.opens_home("Carol", "Welcome").plain


def test_any_full_member_begins_and_leads_the_first_team(new: New) -> None:
    """Nobody has to find an admin of the workspace first."""
    pay = new.sandbox.slack.channel("pay", members=[new.people["Bob"].slack], bot=False)
    home = new.opens_home("Bob", "Welcome to WhoseOnFirst")
    new.clicks("Bob", "Set up a team", home)
    modal(new, "Bob", STEP_1)

    new.fills_in("Bob", {NAME: "Payments", CHANNEL: pay.id})

    modal(new, "Bob", STEP_2)
    new.sees_home("Bob", "Payments", "Continue setup", gone="Welcome")
    assert (
        "Only leads can change Payments. Ask @Bob."
        in new.runs("Carol", "/oncall setup team:Payments").text
    )


# --- a guest ----------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["/oncall", "/oncall setup", "/oncall help"])
def test_before_there_is_a_team_a_guest_hears_who_can_set_one_up(new: New, line: str) -> None:
    came = new.visits("Gus", "guest")
    new.channel.invite(came.slack)

    assert came.runs(line, new.channel).text == (
        "❌ No team is set up here yet, and guests can’t set one up. Ask a full member of this "
        "workspace to do it."
    )


def test_where_only_admins_make_teams_a_guest_hears_their_names(new: New) -> None:
    new.stops_bot()
    new.starts_bot(ONCALL_TEAMS_BY="admins")
    new.runs("Alice", "/oncall")
    came = new.visits("Gus", "guest")
    new.channel.invite(came.slack)

    assert came.runs("/oncall", new.channel).text == (
        "❌ No team is set up here yet, and guests can’t set one up. Ask @Alice."
    )
