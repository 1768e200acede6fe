"""Invited to a channel, the bot says who it is and how to begin."""

from dataclasses import replace

import pytest

from bot.process import Bot
from bot.settings import Settings
from sandbox.slack.manifest import Manifest
from sandbox.slack.people import SlackChannel, SlackMessage
from sandbox.world import Sandbox
from storage.database import reading
from storage.models import Team
from tests.stories.conftest import MONDAY, World
from tests.stories.setting_up import CHANNEL, NAME, STEP_2

GREETING = "Hi, I’m WhoseOnFirst."
SET_UP = "Set up on-call here"
BACK = "I’m back. Posts about who’s on call for Support arrive here again."


def new_channel(world: World, *names: str, private: bool = False) -> SlackChannel:
    people = [world.people[name].slack for name in names]
    return world.sandbox.slack.channel("pay", members=people, bot=False, private=private)


def greeted(world: World, channel: SlackChannel) -> SlackMessage:
    """Wait for the greeting in a channel, and return it: there is just one."""
    world.sandbox.slack.until(lambda: bool(channel.messages))
    (post,) = channel.messages
    world.reads_well(post.plain)
    return post


def nothing_was_said(world: World, channel: SlackChannel) -> None:
    """Whatever is said on an event is said before the bot has stopped."""
    world.stops_bot()
    assert channel.messages == []


@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
def test_it_says_who_it_is_and_whoever_clicks_sets_up_a_team_there(
    support: World, private: bool
) -> None:
    pay = new_channel(support, "Bob", "Carol", private=private)
    pay.invite_bot(by=support.people["Bob"].slack)

    post = greeted(support, pay)
    assert post.plain.startswith(f"👋 {GREETING}")
    assert "This channel has no team yet." in post.plain
    assert len(post.plain.split("[")[0].strip().splitlines()) == 2

    carol = support.people["Carol"].slack
    carol.clicks(SET_UP, post)
    support.sandbox.slack.until(lambda: carol.view is not None)
    made = support.submits("Carol", {NAME: "Payments"})

    assert made is not None
    assert made.title == STEP_2
    with reading():
        assert Team.get(Team.name == "Payments").channel_id == pay.id


def test_the_button_is_about_that_channel_although_another_team_is_unfinished(
    support: World,
) -> None:
    support.another_team("Half", "half")
    pay = new_channel(support, "Alice")
    pay.invite_bot()

    alice = support.people["Alice"].slack
    alice.clicks(SET_UP, greeted(support, pay))
    support.sandbox.slack.until(lambda: alice.view is not None)

    assert alice.view is not None
    assert {NAME, CHANNEL} <= {
        block["label"]["text"] for block in alice.view.blocks if block["type"] == "input"
    }


def test_a_guest_who_clicks_is_refused(support: World) -> None:
    gus = support.visits("Gus", "guest").slack
    pay = new_channel(support, "Bob")
    pay.invite(gus)
    pay.invite_bot()
    post = greeted(support, pay)

    gus.clicks(SET_UP, post)

    support.sandbox.slack.until(lambda: len(pay.seen_by(gus)) == 2)
    assert "Guests can only see who’s on call" in pay.seen_by(gus)[-1].plain
    assert gus.view is None


def test_where_admins_make_the_teams_it_says_so(support: World) -> None:
    support.stops_bot()
    support.starts_bot(ONCALL_TEAMS_BY="admins")
    pay = new_channel(support, "Bob")
    pay.invite_bot()
    post = greeted(support, pay)
    assert "A workspace admin can set one up." in post.plain

    bob = support.people["Bob"].slack
    bob.clicks(SET_UP, post)

    support.sandbox.slack.until(lambda: len(pay.seen_by(bob)) == 2)
    assert "❌" in pay.seen_by(bob)[-1].plain
    assert bob.view is None


def test_an_old_button_says_that_there_is_a_team_already(support: World) -> None:
    pay = new_channel(support, "Bob", "Carol")
    pay.invite_bot()
    post = greeted(support, pay)
    line = f"/oncall teams add Payments <#{pay.id}|pay>"
    assert "Created the team" in support.runs("Bob", line).text

    carol = support.people["Carol"].slack
    carol.clicks(SET_UP, post)

    support.sandbox.slack.until(lambda: len(pay.seen_by(carol)) == 2)
    assert "Payments is already set up for this channel" in pay.seen_by(carol)[-1].plain


def test_an_event_that_comes_again_greets_nobody_again(support: World) -> None:
    pay = new_channel(support, "Bob")
    support.sandbox.slack.repeat_next_envelope()
    pay.invite_bot()
    greeted(support, pay)
    support.sandbox.slack.repeat_last_event()
    support.stops_bot()
    support.starts_bot()  # it remembers nothing that is not in the database
    support.sandbox.slack.repeat_last_event()
    support.stops_bot()

    assert len(pay.messages) == 1


def test_each_invitation_is_answered(support: World) -> None:
    pay = new_channel(support, "Bob")
    pay.invite_bot()
    greeted(support, pay)
    pay.remove_bot()
    pay.invite_bot()

    support.sandbox.slack.until(lambda: len(pay.messages) == 2)


@pytest.mark.parametrize("name", ["Payments", "!"], ids=["made", "refused"])
def test_a_channel_that_it_joins_while_a_team_is_made_hears_nothing(
    support: World, name: str
) -> None:
    pay = new_channel(support, "Bob")
    support.opens("Bob", "teams add")

    view = support.fills_in("Bob", {NAME: name, CHANNEL: pay.id})

    assert bool(view.errors) == (name == "!")
    heard = support.sandbox.slack.heard
    support.sandbox.slack.until(
        lambda: any(one["channel"] == pay.id for one in heard("member_joined_channel"))
    )
    assert "inviter" not in heard("member_joined_channel")[-1]
    nothing_was_said(support, pay)


def test_of_other_people_nothing_is_said_and_nobody_is_asked(support: World) -> None:
    pay = support.sandbox.slack.channel("pay", members=[support.people["Bob"].slack])
    asked = ("chat.postMessage", "users.info", "conversations.info")
    before = [len(support.sandbox.slack.calls(method)) for method in asked]
    pay.invite(support.people["Carol"].slack)
    pay.invite(support.sandbox.slack.person("Strang", stranger=True))

    nothing_was_said(support, pay)
    assert [len(support.sandbox.slack.calls(method)) for method in asked] == before


def test_a_teams_channel_hears_that_posts_arrive_again_if_one_did_not(support: World) -> None:
    support.channel.remove_bot()
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.settles(1)
    support.sees_no_post()

    support.channel.invite_bot(by=support.people["Bob"].slack)
    support.sandbox.slack.until(lambda: bool(support.channel.messages))

    assert support.sees_post("I’m back.").endswith(BACK)
    support.until("2026-11-24 08:00")
    support.reads("Bob")
    support.sees_post("Good morning!")
    support.sees_no_post()


def test_a_teams_channel_that_missed_no_post_hears_nothing(morning: World) -> None:
    morning.channel.remove_bot()
    morning.channel.invite_bot(by=morning.people["Bob"].slack)

    morning.stops_bot()

    morning.sees_no_post()


@pytest.mark.parametrize("trouble", ["archived", "restricted", "gone"])
def test_a_channel_that_takes_no_greeting_is_logged(
    support: World, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    pay = new_channel(support, "Bob")
    if trouble == "archived":
        pay.archive()
    elif trouble == "restricted":
        pay.restrict()
    else:
        support.sandbox.slack.fault("chat.postMessage", "error:channel_not_found")
    pay.invite_bot()

    nothing_was_said(support, pay)

    (line,) = [one for one in caplog.records if "did not reach Slack" in one.message]
    assert line.levelname == "WARNING"
    assert not [one for one in caplog.records if one.levelname == "ERROR"]


def test_a_greeting_whose_answer_was_lost_is_there_once(support: World) -> None:
    pay = new_channel(support, "Bob")
    support.sandbox.slack.fault("chat.postMessage", "drop_after")
    pay.invite_bot()

    support.stops_bot()

    assert len(pay.messages) == 1


def test_while_nothing_can_be_written_nothing_is_posted(
    support: World, caplog: pytest.LogCaptureFixture
) -> None:
    pay = new_channel(support, "Bob")
    with support.locked():
        pay.invite_bot()
        nothing_was_said(support, pay)
    assert [one for one in caplog.records if "joined failed" in one.message]


def test_an_install_of_an_older_manifest_goes_on_working(support: World) -> None:
    support.stops_bot()
    own = Manifest.of_the_app()
    older = replace(
        own,
        scopes=own.scopes - {"app_mentions:read"},
        events=frozenset({"app_home_opened", "message.im"}),
    )
    sandbox = Sandbox(MONDAY, manifest=older)
    bot = Bot(Settings.from_environment(sandbox.environment(support.database_url)), sandbox.clock)
    bot.start(jobs_run=False)
    try:
        bob = sandbox.person("Bob", "+13125550102")
        place = sandbox.slack.channel("pay", members=[bob.slack], bot=False)
        place.invite_bot()
        bob.slack.says("@whoseonfirst who", place)
        assert "on call for Support" in bob.runs("/oncall", place).text
    finally:
        assert bot.stop()
        sandbox.close()
    assert len(place.seen_by(None)) == 1
