"""Plain words in the bot's direct messages do the same as after `/oncall`."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from bot.process import Bot
from bot.settings import Settings
from bot.slack.direct import MOST_WAITING
from sandbox.slack.manifest import Manifest
from sandbox.world import Sandbox
from storage.database import reading
from storage.models import AuditEntry, Member, Override
from tests.stories.anything import lines
from tests.stories.conftest import MONDAY, World
from tests.stories.talk import Talk


@pytest.fixture
def alice(support: World) -> Talk:
    return Talk(support, "Alice")


@pytest.fixture
def bob(support: World) -> Talk:
    return Talk(support, "Bob")


# --- what is typed ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "who friday 6pm",
        "schedule",
        "mine",
        "mine @alice",
        "why friday",
        "members",
        "help override",
        "overrides",
        "who the day after never",
        "override @carol",
        "take",
    ],
)
def test_words_do_what_the_command_does(support: World, bob: Talk, text: str) -> None:
    command = support.runs("Bob", f"/oncall {text}")

    said = bob.asks(text)

    if command.view is not None:
        assert said.plain.endswith("[ Open the form ]")
    else:
        assert said.plain == command.text
    assert not said.ephemeral


@pytest.mark.parametrize(
    "text",
    [
        "mine",
        " /oncall mine",
        "oncall mine",
        "OnCall: mine",
        "@WhoseOnFirst mine",
        "@whoseonfirst, mine!",
        "`/oncall mine`",
        "*mine*",
        "_*mine*_",
        "> mine",
        "mine\u00a0?",
        "Mine.",
        "mine “@bob”",
        "```mine```",
    ],
)
def test_however_it_is_dressed(bob: Talk, text: str) -> None:
    assert "shifts coming up" in bob.asks(text).plain


@pytest.mark.parametrize(
    "text",
    [
        "When is my next shift?",
        "what’s my next shift",
        "When am I on call?",
        "when am I next on call, please",
        "My shifts",
        "show my shifts",
        "when do I go on call",
    ],
)
def test_the_other_question_that_everybody_asks(bob: Talk, text: str) -> None:
    assert "shifts coming up" in bob.asks(text).plain


@pytest.mark.parametrize("text", ["Who’s on call?", "who is on call right now", "@WhoseOnFirst"])
def test_the_question_that_everybody_asks(bob: Talk, text: str) -> None:
    assert "on call for Support until" in bob.asks(text).plain


@pytest.mark.parametrize("linked", [True, False], ids=["as a link", "as typed"])
def test_numbers_mentions_channels_and_links_survive(
    support: World, alice: Talk, bob: Talk, linked: bool
) -> None:
    support.joins("Zoe", "+13125550111")
    support.sandbox.slack.truths.numbers_become_links = linked

    added = alice.asks("members add @zoe +1 312 555 0111")
    assert "Texts go to +1 312-555-0111." in added.plain
    assert "[ Confirm ]" in added.plain
    mail, page = "bob@example.com", "https://example.com/why?a=1&b=2"
    taken = bob.asks(f"take friday for {mail} and {page} and docs.example.io")
    assert f"{mail} and {page} and docs.example.io" in taken.plain


def test_a_preview_is_confirmed_by_a_click(alice: Talk) -> None:
    preview = alice.asks("take friday for the dentist")
    assert "[ Confirm ]" in preview.plain

    alice.person.clicks("Confirm", preview)

    alice.until(lambda: "✅" in alice.place.message(preview.ts, alice.person).plain)
    with reading():
        assert Override.select().count() == 1


def test_a_form_is_opened_by_a_button_and_not_called_an_error(alice: Talk) -> None:
    offered = alice.asks("members add")
    assert "❌" not in offered.plain
    assert "[ Open the form ]" in offered.plain

    alice.person.clicks("Open the form", offered)

    alice.until(lambda: alice.person.view is not None)
    assert alice.person.view is not None
    assert "Phone number" in alice.person.view.plain


def test_sharing_says_that_nobody_else_is_there(support: World, bob: Talk) -> None:
    shared = bob.asks("share")

    assert "on call for Support until" in shared.plain
    assert "Only you can see this. To share it, type /oncall share in a channel." in shared.plain
    support.sees_no_post()


def test_nothing_is_offered_to_be_shared_there(support: World, bob: Talk) -> None:
    status = bob.asks("oncall")
    assert "Share" not in status.plain

    bob.person.clicks("Who’s on call", bob.asks("blah blah"))
    bob.until(lambda: "on call for Support until" in bob.place.messages[-1].plain)
    assert "Share" not in bob.place.messages[-1].plain

    bob.person.forges_click("0 share", status)  # an answer of an older version
    bob.until(lambda: "Only you can see this." in bob.place.message(status.ts, bob.person).plain)
    support.sees_no_post()


def test_a_message_without_words_gets_the_help(bob: Talk) -> None:
    assert "who’s on call now, until when" in bob.asks("").plain
    assert "who’s on call now, until when" in bob.asks("?").plain


def test_a_file_is_not_a_question_but_its_caption_is(bob: Talk) -> None:
    bob.person.shares_file(bob.place)
    bob.person.shares_file(bob.place, "mine")

    (answer,) = bob.has(1)
    assert "shifts coming up" in answer.plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("could you please cover for me", "Sorry, I don’t know “could you please cover for me”."),
        ("schedul", "Did you mean /oncall schedule?"),
        ("remove bob", "Did you mean /oncall members remove?"),
        ("add member", "Did you mean /oncall members add?"),
        ("STOP", "reply STOP to one of my texts"),
        ("hi!", "Hi, I’m WhoseOnFirst."),
        ("Thank you so much", "You’re welcome!"),
        ("OK", "is waiting for your OK"),
        ('take "friday', "isn’t closed"),
        ("word " * 2000, "Sorry, I don’t know “word word"),
    ],
)
def test_sentences_get_a_kind_answer(bob: Talk, text: str, expected: str) -> None:
    answer = bob.asks(text)

    assert expected in answer.plain
    assert len(answer.plain) < 700


def test_several_teams_are_asked_for_as_anywhere(support: World, alice: Talk) -> None:
    payments = support.sandbox.slack.channel("payments")
    support.changes("Alice", f"/oncall teams add Payments <#{payments.id}|payments>")
    support.joins("Zoe", "+13125550111")
    zoe = Talk(support, "Zoe")

    which = zoe.asks("schedule")
    assert "Which team do you mean?" in which.plain
    zoe.person.clicks("Support", which)

    zoe.until(lambda: "Alice" in zoe.answers[-1].plain)
    assert "Support" in zoe.asks("team:support").plain
    assert "for Support" in alice.asks("oncall").plain  # hers


# --- who may, and what is not answered ----------------------------------------------------------


@pytest.mark.parametrize("text", ["oncall", "members", "hello", "what can you do", "take friday"])
def test_guests_get_the_same_answer_as_everywhere(support: World, text: str) -> None:
    guest = support.sandbox.slack.person("Gus", guest=True)
    place = guest.direct_messages

    guest.says(text, place)

    support.sandbox.slack.until(lambda: len(place.messages) == 2)
    assert "Guests can only see who’s on call" in place.messages[-1].plain


def test_nobody_gains_rights_there(bob: Talk) -> None:
    assert "Only leads can do that." in bob.asks("settings zone Europe/Berlin").plain


def test_what_the_bot_says_itself_is_not_answered(support: World, bob: Talk) -> None:
    posts = len(support.sandbox.slack.calls("chat.postMessage"))

    bob.asks("mine")
    bob.asks("schedule")

    assert len(support.sandbox.slack.calls("chat.postMessage")) == posts + 2


def test_edits_are_not_answered(bob: Talk) -> None:
    bob.asks("mine")
    said = next(one for one in bob.place.messages if not one.blocks)

    bob.person.edits(said, "schedule")

    assert "on call for Support" in bob.asks("oncall").plain


# --- threads, order, repetition, floods ---------------------------------------------------------


def test_a_thread_is_answered_in_the_thread(bob: Talk) -> None:
    first = bob.asks("mine")
    assert first.thread_ts is None

    assert bob.asks("who friday", first.ts).thread_ts == first.ts


def test_what_is_said_beside_a_click_in_a_thread_stays_there(bob: Talk) -> None:
    first = bob.asks("mine")
    inside = bob.asks("who friday", first.ts)

    bob.person.forges_click("0 nothing that I know", inside)

    bob.until(lambda: "I don’t know" in bob.place.seen_by(bob.person)[-1].plain)
    assert bob.place.seen_by(bob.person)[-1].thread_ts == first.ts
    assert bob.place.message(inside.ts, bob.person) == inside


def test_an_event_that_comes_twice_is_answered_once(support: World, bob: Talk) -> None:
    support.sandbox.slack.repeat_next_envelope()
    bob.person.says("mine", bob.place)
    support.sandbox.slack.repeat_last_event()
    bob.has(1)

    bob.asks("schedule")


def test_after_a_restart_no_change_is_made_twice(support: World, bob: Talk) -> None:
    changed = bob.asks("members edit second 312 555 0123")
    assert "second number +1 312-555-0123" in changed.plain
    with reading():
        entries = AuditEntry.select().count()
    event = support.sandbox.slack.last_event
    bob.asks("members edit second off")

    support.stops_bot()
    support.starts_bot()
    support.sandbox.slack.deliver_again(event)

    bob.asks("mine")
    with reading():
        assert AuditEntry.select().count() == entries + 1
        assert Member.get(Member.name == "Bob").second_phone is None


def test_messages_typed_quickly_are_answered_in_their_order(support: World, bob: Talk) -> None:
    support.sandbox.slack.latency(0.02)  # so that the answers take longer than the typing
    heard = {
        "mine": "shifts coming up",
        "who friday": "Fri",
        "help when": "How to say when",
        "what?": "Sorry, I don’t know “what”.",
        "thanks": "You’re welcome!",
    }
    for text in heard:
        bob.person.says(text, bob.place)

    for words, said in zip(heard.values(), bob.has(5), strict=True):
        assert words in said.plain


def test_a_flood_is_bounded_and_others_are_answered(support: World, bob: Talk) -> None:
    carol = Talk(support, "Carol")
    support.sandbox.slack.latency(0.1)
    with ThreadPoolExecutor(20) as pool:
        for _ in range(60):
            pool.submit(bob.person.says, "mine", bob.place)
        pool.submit(carol.person.says, "mine", carol.place)

    carol.has(1)
    bob.until(lambda: "That was a lot at once" in bob.answers[-1].plain)
    assert MOST_WAITING < len(bob.answers) < 60
    support.sandbox.slack.latency(0)
    assert "on call for Support" in bob.asks("oncall").plain


# --- Slack has a bad day ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", ["ratelimited", "error:invalid_blocks", "error:msg_blocks_too_long"]
)
def test_an_answer_that_is_refused_at_first_comes_all_the_same(
    support: World, bob: Talk, fault: str
) -> None:
    support.sandbox.slack.fault("chat.postMessage", fault, retry_after=0)

    bob.person.says("mine", bob.place)

    bob.until(lambda: len(bob.place.messages) == 2)
    assert "shifts coming up" in bob.place.messages[-1].plain


def test_a_thread_that_is_gone_is_answered_beside_it(support: World, bob: Talk) -> None:
    first = bob.asks("mine")
    support.sandbox.slack.fault("chat.postMessage", "error:thread_not_found")

    assert bob.asks("who friday", first.ts).thread_ts is None


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "503", "error:fatal_error"])
@pytest.mark.parametrize("in_thread", [False, True])
def test_an_answer_whose_receipt_was_lost_is_given_once(
    support: World, bob: Talk, fault: str, in_thread: bool
) -> None:
    thread = bob.asks("who friday").ts if in_thread else None
    support.sandbox.slack.fault("chat.postMessage", fault)

    assert "shifts coming up" in bob.asks("mine", thread).plain

    assert "on call for Support" in bob.asks("oncall").plain


def test_an_answer_that_cannot_be_looked_up_is_not_given_twice(support: World, bob: Talk) -> None:
    support.sandbox.slack.fault("chat.postMessage", "drop_after")
    support.sandbox.slack.fault("conversations.history", "error:internal_error", times=2)

    assert "shifts coming up" in bob.asks("mine").plain

    assert "on call for Support" in bob.asks("oncall").plain


def test_what_only_reads_is_answered_while_nothing_can_be_written(
    support: World, bob: Talk
) -> None:
    with support.locked():
        assert "shifts coming up" in bob.asks("mine").plain


# --- hello --------------------------------------------------------------------------------------


def looks(world: World, talk: Talk) -> None:
    """Let somebody open the messages tab, and wait until the bot has looked what is there."""
    asked = len(world.sandbox.slack.calls("conversations.history"))
    talk.person.opens_messages()
    talk.until(lambda: len(world.sandbox.slack.calls("conversations.history")) > asked)


def test_hello_is_said_once(support: World, bob: Talk) -> None:
    bob.person.opens_messages()

    (hello,) = bob.has(1)
    assert "Hi, I’m WhoseOnFirst." in hello.plain
    assert "[ Who’s on call ]" in hello.plain
    assert "/oncall mine" in hello.plain
    support.sandbox.slack.repeat_last_event()
    bob.person.opens_messages()
    bob.asks("mine")


def test_hello_is_not_said_again_after_a_restart(support: World, bob: Talk) -> None:
    bob.person.opens_messages()
    bob.has(1)
    support.stops_bot()
    support.starts_bot()

    looks(support, bob)

    bob.asks("mine")


def test_several_tabs_opened_at_once_are_one_hello_a_person(support: World) -> None:
    talks = [Talk(support, name) for name in ("Bob", "Carol")]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(4):
            for talk in talks:
                pool.submit(talk.person.opens_messages)

    for talk in talks:
        talk.has(1)
        talk.asks("mine")


def test_no_hello_where_something_was_said(support: World, bob: Talk) -> None:
    bob.asks("mine")

    looks(support, bob)

    bob.asks("schedule")


def test_no_hello_while_slack_cannot_be_asked(support: World, bob: Talk) -> None:
    support.sandbox.slack.fault("conversations.history", "error:internal_error")
    looks(support, bob)
    bob.asks("mine")  # nothing came before it


def test_hello_comes_the_next_time_if_slack_could_not_be_asked(support: World, bob: Talk) -> None:
    support.sandbox.slack.fault("users.info", "error:internal_error")
    bob.person.opens_messages()
    bob.until(lambda: len(support.sandbox.slack.calls("users.info")) == 1)
    assert not bob.answers

    for _ in range(500):  # the one that failed may not be over yet
        bob.person.opens_messages()
        if bob.answers:
            break
    assert "Hi, I’m WhoseOnFirst." in bob.has(1)[0].plain


def test_no_hello_for_a_guest(support: World) -> None:
    guest = support.sandbox.slack.person("Gus", guest=True)
    place = guest.opens_messages()

    guest.says("hello", place)

    support.sandbox.slack.until(lambda: len(place.messages) == 2)
    assert "Guests can only see" in place.messages[-1].plain


def test_a_guest_who_takes_turns_is_greeted(support: World) -> None:
    guest = support.sandbox.slack.person("Gus", guest=True)
    added = support.runs("Alice", f"/oncall members add <@{guest.id}|gus> +13125550111")
    support.confirms("Alice", added)
    support.forgets_mail()
    place = guest.direct_messages
    assert not place.messages
    guest.opens_messages()
    support.sandbox.slack.until(lambda: bool(place.messages))
    assert "Hi, I’m WhoseOnFirst." in place.messages[0].plain


@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(lines)
def said_by_anybody(talk: Talk, line: str) -> None:
    answer = talk.asks(line)
    assert answer.plain, line
    assert "reference:" not in answer.plain, line


def test_whatever_is_written_is_answered(support: World, alice: Talk) -> None:
    said_by_anybody(alice)
    support.forgets_mail()


def test_the_first_hello_says_how_to_begin(world: World) -> None:
    world.stops_bot()
    empty = world.sandbox.environment(world.database_url.replace("story", "empty"))
    world.bot = Bot(Settings.from_environment(empty), world.clock)
    world.bot.start(jobs_run=False)
    world.joins("Ann", "+13125550111", admin=True)
    ann = Talk(world, "Ann")

    ann.person.opens_messages()

    assert "No team is set up yet." in ann.has(1)[0].plain
    assert "[ Set up a team ]" in ann.answers[0].plain


# --- an app that was installed with the manifest of an older version -----------------------------


def test_with_the_older_manifest_nobody_can_write_there() -> None:
    older = replace(Manifest.of_the_app(), messages=False, events=frozenset({"app_home_opened"}))
    with closing(Sandbox(MONDAY, manifest=older)) as sandbox:
        bob = sandbox.person("Bob", "+13125550102").slack

        with pytest.raises(LookupError, match="turned off"):
            bob.says("mine", bob.direct_messages)
        with pytest.raises(LookupError, match="turned off"):
            bob.runs("/oncall mine", bob.direct_messages)
