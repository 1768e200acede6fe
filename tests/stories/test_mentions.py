"""A mention in a channel is answered there, and only its author sees the answer."""

import pytest

from sandbox.slack.people import SlackChannel, SlackMessage
from storage.database import reading
from storage.models import Override
from tests.stories.conftest import World
from tests.stories.elsewhere import ELSEWHERE, comes

NO_TEAM = "This channel has no team yet."
SET_UP = "Set up on-call here"


def asks(
    world: World,
    name: str,
    text: str,
    channel: SlackChannel | None = None,
    thread: str | None = None,
) -> SlackMessage:
    """Let somebody write in a channel, and return the one answer, which only they see."""
    there, person = channel or world.channel, world.people[name].slack
    before = len(there.seen_by(person))
    person.says(text, there, thread)
    world.sandbox.slack.until(lambda: len(there.seen_by(person)) > before + 1)
    *_, answer = seen = there.seen_by(person)
    assert len(seen) == before + 2
    assert answer.ephemeral
    world.reads_well(answer.plain)
    return answer


def elsewhere(world: World, *names: str) -> SlackChannel:
    people = [world.people[name].slack for name in names]
    return world.sandbox.slack.channel("random", members=people)


@pytest.mark.parametrize(
    ("said", "command"),
    [
        ("@whoseonfirst", "/oncall"),
        ("@WhoseOnFirst who’s on call?", "/oncall"),
        ("Hey @whoseonfirst, who is on call right now?", "/oncall"),
        ("who’s on call, @whoseonfirst?", "/oncall"),
        ("Not sure.\n@whoseonfirst who next\nThanks!", "/oncall who next"),
        ("@whoseonfirst who friday 6pm", "/oncall who friday 6pm"),
        ("@whoseonfirst schedule", "/oncall schedule"),
        ("@whoseonfirst when is my next shift?", "/oncall mine"),
        ("@whoseonfirst members", "/oncall members"),
        ("@whoseonfirst overrides", "/oncall overrides"),
        ("@whoseonfirst help", "/oncall help"),
        ("@whoseonfirst who the day after never", "/oncall who the day after never"),
    ],
)
def test_questions_get_the_answer_of_the_command(support: World, said: str, command: str) -> None:
    assert asks(support, "Bob", said).plain == support.runs("Bob", command).text


def test_nobody_else_sees_the_answer(support: World) -> None:
    asks(support, "Bob", "@whoseonfirst who")

    carol = support.people["Carol"].slack
    assert len(support.channel.seen_by(carol)) == 1  # what Bob wrote


@pytest.mark.parametrize(
    "line", ["take friday", "override @carol friday", "override", "test", "share", "ok"]
)
def test_a_change_is_not_made_but_offered(support: World, line: str) -> None:
    answer = asks(support, "Bob", f"@whoseonfirst {line}")

    word = line.split(maxsplit=1)[0]
    assert f"To do this, click Continue, or type /oncall {word} in the channel." in answer.plain
    with reading():
        assert not Override.select().exists()
    support.has_no_mail()


def test_the_offer_goes_on_with_what_was_written(support: World) -> None:
    answer = asks(support, "Bob", "@whoseonfirst take friday for the dentist")

    preview = support.clicks("Bob", "Continue", answer)

    assert "the dentist" in preview.text
    assert "I’ve asked @Dave." in preview.text


def test_people_who_cannot_change_it_hear_so(support: World) -> None:
    answer = asks(support, "Bob", "@whoseonfirst members remove @carol")

    assert "Only leads can" in answer.plain
    assert "Continue" not in answer.plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hi @whoseonfirst!", "👋 Hi, I’m WhoseOnFirst."),
        ("thanks @whoseonfirst", "You’re welcome!"),
        ("@whoseonfirst schedul", "Did you mean /oncall schedule?"),
        ("we have @whoseonfirst for that", "Sorry, I don’t know “for that”."),
    ],
)
def test_sentences_get_a_kind_answer(support: World, text: str, expected: str) -> None:
    assert expected in asks(support, "Bob", text).plain


# --- where ---


def test_in_a_thread_it_is_answered_there(support: World) -> None:
    carol, bob = support.people["Carol"].slack, support.people["Bob"].slack
    carol.says("Is this down?", support.channel)
    parent = support.channel.seen_by(carol)[-1].ts
    bob.says("Let me see.", support.channel, parent)

    answer = asks(support, "Bob", "@whoseonfirst who", thread=parent)

    assert answer.thread_ts == parent


def test_a_mention_that_begins_no_thread_is_answered_in_the_channel(support: World) -> None:
    assert asks(support, "Bob", "@whoseonfirst who").thread_ts is None


@pytest.mark.parametrize("code", ["user_not_in_channel", "is_archived", "restricted_action"])
def test_where_nothing_can_be_said_to_one_person_it_is_a_direct_message(
    support: World, code: str
) -> None:
    support.sandbox.slack.fault("chat.postEphemeral", f"error:{code}")
    bob = support.people["Bob"].slack

    bob.says("@whoseonfirst who friday", support.channel)

    there = bob.direct_messages
    support.sandbox.slack.until(lambda: bool(there.messages))
    assert "On call for Support on Fri Nov 27" in there.messages[-1].plain
    assert len(support.channel.seen_by(bob)) == 1


def test_an_answer_that_may_be_there_is_not_given_twice(support: World) -> None:
    support.sandbox.slack.fault("chat.postEphemeral", "drop_after")
    bob = support.people["Bob"].slack

    bob.says("@whoseonfirst who", support.channel)
    support.stops_bot()

    assert len(support.channel.seen_by(bob)) == 2
    assert bob.direct_messages.messages == []


def test_a_layout_that_slack_refuses_comes_as_plain_text(support: World) -> None:
    support.sandbox.slack.fault("chat.postEphemeral", "error:invalid_blocks", times=2)

    assert "Support schedule" in asks(support, "Bob", "@whoseonfirst schedule").plain


# --- once ---


def test_an_event_that_comes_again_is_answered_once(support: World) -> None:
    bob = support.people["Bob"].slack
    support.sandbox.slack.repeat_next_envelope()
    bob.says("@whoseonfirst who", support.channel)
    support.sandbox.slack.repeat_last_event()

    support.stops_bot()

    assert len(support.channel.seen_by(bob)) == 2


def test_a_message_that_is_edited_is_not_answered_again(support: World) -> None:
    answer = asks(support, "Bob", "@whoseonfirst who")
    bob = support.people["Bob"].slack
    (asked,) = [one for one in support.channel.seen_by(bob) if one.ts != answer.ts]

    bob.edits(asked, "@whoseonfirst who friday")
    support.stops_bot()

    assert len(support.channel.seen_by(bob)) == 2


def test_bots_and_whoever_does_not_mention_it_are_not_answered(support: World) -> None:
    bob = support.people["Bob"].slack
    bob.says("who is on call?", support.channel)
    bob.says("@carol who is on call?", support.channel)

    support.stops_bot()

    assert len(support.channel.seen_by(bob)) == 2


def test_a_mention_in_direct_messages_is_answered_once(support: World) -> None:
    bob = support.people["Bob"].slack
    bob.says("@whoseonfirst who", bob.direct_messages)

    support.stops_bot()

    assert len(bob.direct_messages.messages) == 2


# --- who ---


def test_a_guest_sees_who_is_on_call_in_the_teams_channel_and_nothing_else(
    support: World,
) -> None:
    support.channel.invite(support.visits("Gus", "guest").slack)

    assert "on call for Support" in asks(support, "Gus", "@whoseonfirst").plain
    refused = asks(support, "Gus", "@whoseonfirst members").plain
    assert "Guests can only see who’s on call" in refused
    assert "Guests can only see" in asks(support, "Gus", "@whoseonfirst take friday").plain


def test_a_stranger_in_a_shared_channel_is_refused(support: World) -> None:
    comes(support, "Strang", stranger=True)

    assert "Guests can only see" in asks(support, "Strang", "@whoseonfirst schedule").plain
    assert ELSEWHERE in asks(support, "Strang", "@whoseonfirst take friday").plain


def test_a_stranger_sees_nothing_while_slack_does_not_say_who_they_are(support: World) -> None:
    comes(support, "Strang", stranger=True)
    support.sandbox.slack.fault("users.info", "error:internal_error", times=99)

    answer = asks(support, "Strang", "@whoseonfirst schedule").plain

    assert "Slack didn’t tell me who" in answer
    assert "Bob" not in answer


# --- a channel without a team ---


def test_elsewhere_it_answers_and_says_how_to_begin(support: World) -> None:
    random = elsewhere(support, "Bob")

    answer = asks(support, "Bob", "@whoseonfirst", random)

    assert "on call for Support" in answer.plain
    assert NO_TEAM in answer.plain
    bob = support.people["Bob"].slack
    bob.clicks(SET_UP, answer)
    support.sandbox.slack.until(lambda: bob.view is not None)


def test_without_any_team_it_says_how_to_begin(world: World) -> None:
    world.joins("Zoe", "+13125550111")
    random = elsewhere(world, "Zoe")

    answer = asks(world, "Zoe", "@whoseonfirst who’s on call?", random).plain

    assert NO_TEAM in answer
    assert f"[ {SET_UP} ]" in answer


def test_whoever_may_not_make_a_team_is_not_offered_it(support: World) -> None:
    support.stops_bot()
    support.starts_bot(ONCALL_TEAMS_BY="admins")

    answer = asks(support, "Bob", "@whoseonfirst", elsewhere(support, "Bob")).plain

    assert NO_TEAM in answer
    assert SET_UP not in answer


def test_a_guest_elsewhere_is_offered_nothing(support: World) -> None:
    support.visits("Gus", "guest")

    answer = asks(support, "Gus", "@whoseonfirst", elsewhere(support, "Gus")).plain

    assert "Guests can only see who’s on call" in answer
    assert SET_UP not in answer
