"""Slow Slack, repeated deliveries, late forms, odd places, odd people, odd and long input."""

import json
from datetime import timedelta
from time import monotonic

import pytest

from storage.database import reading, writing
from storage.models import Member, Override, Proposal, Team
from tests.builders import stored_member
from tests.stories.conftest import World

SOON = 2.5  # seconds; Slack gives up after three


def count(model: type[Override | Proposal | Member]) -> int:
    """Return how many rows there are of a table."""
    with reading():
        return int(model.select().count())


# --- slow and silent services -----------------------------------------------------------------


def test_while_slack_is_slow_a_command_is_acknowledged_at_once_and_answered_later(
    support: World,
) -> None:
    support.sandbox.slack.latency(1.0)
    began = monotonic()

    answer = support.runs("Alice", "/oncall members")

    assert "@Alice" in answer.text
    assert monotonic() - began > 1.0  # Slack was asked who Alice is, and was slow


def test_a_form_whose_reading_takes_long_says_so_and_goes_on(support: World) -> None:
    support.runs("Alice", "/oncall override")
    support.passes(minutes=10)  # who Alice is has to be asked again
    support.sandbox.slack.latency(1.0)
    alice = support.people["Alice"].slack
    began = monotonic()

    waiting = alice.submits({"Who covers?": "Greg", "Or from": "2026-11-27"})

    assert monotonic() - began < SOON
    assert waiting is not None
    assert waiting.plain == "One moment…"
    support.sandbox.slack.until(lambda: "@Dave → @Greg" in getattr(alice.view, "plain", ""))
    support.sandbox.slack.latency(0)
    assert alice.view is not None
    support.clicks("Alice", "Confirm", alice.view)
    assert count(Override) == 1


def test_a_forms_answer_does_not_wait_for_the_home_tab_to_be_rendered(support: World) -> None:
    support.runs("Bob", "/oncall members edit")
    support.sandbox.slack.latency(2.0)
    began = monotonic()

    done = support.people["Bob"].slack.submits({"Name": "Robert"})

    assert monotonic() - began < 2.0  # a single call of Slack's takes as long
    assert done is not None
    assert ": name Robert" in done.plain


def test_when_slack_does_not_say_who_somebody_is_nothing_changes(support: World) -> None:
    support.sandbox.slack.trouble("500")

    answer = support.runs("Alice", "/oncall members remove @greg")

    assert "Slack didn’t tell me who" in answer.text
    support.sandbox.slack.recover()
    with reading():
        assert Member.get(Member.name == "Greg").is_active


def test_a_form_that_slack_does_not_open_is_answered_in_words(support: World) -> None:
    support.runs("Alice", "/oncall members")  # from now on it is known who Alice is
    support.sandbox.slack.fault("views.open", "error:expired_trigger_id")

    answer = support.runs("Alice", "/oncall override")

    assert "Slack didn’t let me open the form, so nothing was changed" in answer.text


# --- the same again ---------------------------------------------------------------------------


def test_a_command_that_is_delivered_twice_is_answered_once(support: World) -> None:
    support.sandbox.slack.repeat_next_envelope()
    support.runs("Alice", "/oncall override @greg friday")
    support.runs("Alice", "/oncall members")

    assert count(Proposal) == 1


def test_a_form_that_is_delivered_twice_is_read_once(support: World) -> None:
    support.runs("Alice", "/oncall override")
    support.sandbox.slack.repeat_next_envelope()
    support.people["Alice"].slack.submits({"Who covers?": "Greg", "Or from": "2026-11-27"})
    support.runs("Alice", "/oncall members")

    assert count(Proposal) == 1


def test_a_form_that_comes_ten_minutes_late_meets_what_is_true_by_then(support: World) -> None:
    support.changes("Alice", "/oncall override @greg friday")
    support.runs("Alice", "/oncall override cancel")
    support.changes("Alice", "/oncall override cancel 1")
    support.passes(minutes=10)

    late = support.people["Alice"].slack.submits({"Which one?": "1: Fri Nov 27, 8:00 AM, Greg"})

    assert late is not None
    assert "Override 1 is already canceled" in late.errors["Which one?"]


def test_a_form_about_somebody_who_left_meanwhile_is_refused(support: World) -> None:
    support.runs("Alice", "/oncall members move")
    support.changes("Alice", "/oncall members remove @greg")
    support.passes(hours=24 * 8)
    support.forgets_mail()

    late = support.people["Alice"].slack.submits({"Who moves?": "Greg", "Where to?": "First"})

    assert late is not None
    assert "Greg isn’t in the rotation" in late.errors["Who moves?"]


# --- places -----------------------------------------------------------------------------------


def test_in_a_direct_message_a_command_works_as_anywhere(support: World) -> None:
    alice = support.people["Alice"]
    answer = alice.runs("/oncall override @greg friday", alice.slack.direct_messages)

    assert "[ Confirm ]" in answer.text
    assert answer.message is not None
    done = support.clicks("Alice", "Confirm", answer.message)
    assert done.text.startswith("✅")


def test_in_a_channel_without_the_bot_a_command_works_as_anywhere(support: World) -> None:
    other = support.sandbox.slack.channel("elsewhere", bot=False)

    assert "On call" in support.people["Alice"].runs("/oncall schedule", other).text
    preview = support.people["Alice"].runs("/oncall override @greg friday", other)
    assert preview.message is not None
    support.people["Alice"].slack.clicks("Confirm", preview.message)
    support.sandbox.slack.until(
        lambda: "✅" in other.seen_by(support.people["Alice"].slack)[-1].plain
    )
    assert count(Override) == 1


def test_sharing_works_in_a_channel_without_the_bot(support: World) -> None:
    other = support.sandbox.slack.channel("elsewhere", bot=False)

    support.people["Bob"].runs("/oncall share", other)

    assert "Shared by @Bob" in other.messages[-1].plain


def test_an_archived_channel_is_not_made_a_teams(support: World) -> None:
    old = support.sandbox.slack.channel("old")
    old.archive()

    answer = support.runs("Alice", "/oncall teams add Old #old")
    by_mention = support.runs("Alice", f"/oncall settings channel <#{old.id}|old>")

    assert "I can’t find that channel" in answer.text
    assert "is archived" in by_mention.text


def test_a_private_channel_needs_an_invitation(support: World) -> None:
    secret = support.sandbox.slack.channel("secret", bot=False, private=True)

    answer = support.runs("Alice", f"/oncall teams add Secret <#{secret.id}|secret>")

    assert "/invite @WhoseOnFirst" in answer.text
    with reading():
        assert Team.select().count() == 1


def test_a_direct_message_is_sent_once_even_if_slacks_answer_is_lost(support: World) -> None:
    support.changes("Alice", "/oncall override @greg friday")
    support.sandbox.slack.fault("chat.postMessage", "drop_after", times=2)
    support.tick()
    support.passes(minutes=2)

    for name in ("Greg", "Dave"):
        person = support.people[name].slack
        assert len(person.direct_messages.seen_by(person)) == 1


# --- people -----------------------------------------------------------------------------------


def test_a_guest_may_take_turns_but_leads_nothing(support: World) -> None:
    support.visits("Gast", "guest")

    assert "is a guest here" in support.runs("Alice", "/oncall admins add @gast").text
    added = support.changes("Alice", "/oncall members add @gast +13125550150")
    assert added.text.startswith("✅")
    assert "Alice" in support.runs("Gast", "/oncall schedule").text
    assert "Only leads" in support.runs("Gast", "/oncall shifts remove 1").text


@pytest.mark.parametrize(("kind", "why"), [("bot", "is a bot"), ("deleted", "has left this Slack")])
def test_who_cannot_answer_a_phone_takes_no_turns(support: World, kind: str, why: str) -> None:
    user = support.visits("Marvin", kind)

    for line in (f"members add <@{user.id}> +13125550150", f"admins add <@{user.id}>"):
        assert why in support.runs("Alice", f"/oncall {line}").text


def test_somebody_of_another_workspace_may_look_and_change_nothing(support: World) -> None:
    stranger = support.visits("Strang", "stranger")
    support.channel.invite(stranger.slack)
    answer = support.runs("Alice", "/oncall members add @strang +13125550150")
    assert "is in another workspace" in answer.text

    # A file that is imported may name them anyway; then they are asked, and may not act.
    with writing():
        Member.update(slack_user_id=stranger.id).where(Member.name == "Carol").execute()
    support.runs("Bob", "/oncall swap Carol 2026-11-30 for thursday")
    support.tick()
    request = stranger.slack.direct_messages.seen_by(stranger.slack)[-1]

    answer = support.clicks("Strang", "Accept", request)

    assert "You’re in another workspace" in answer.text
    assert count(Override) == 0


def test_a_member_whose_account_is_gone_stays_in_the_rotation_until_removed(
    support: World,
) -> None:
    support.people["Bob"].slack.leaves()

    assert "@Bob" in support.runs("Alice", "/oncall members").text
    assert support.changes("Alice", "/oncall members remove @bob").text.startswith("✅")


def test_admins_who_left_slack_can_change_nothing_any_more(support: World) -> None:
    support.changes("Alice", "/oncall admins add @bob")
    preview = support.runs("Bob", "/oncall override @greg friday")
    support.people["Bob"].slack.leaves()
    support.passes(minutes=6)  # so long who somebody is is remembered

    late = support.runs("Bob", "/oncall members remove @greg")

    assert "[ Confirm ]" in preview.text
    assert "Only leads can do that" in late.text


# --- input ------------------------------------------------------------------------------------

LONG = "x" * 4000
RTL = "שרה אברהם"


@pytest.mark.parametrize(
    "word", [LONG, "🎉" * 500, RTL * 50, "\u202e" * 100, "*_~`" * 100, "&<>" * 99]
)
@pytest.mark.parametrize(
    "line",
    [
        "{}",
        "who {}",
        "schedule {}",
        "override @greg {}",
        "override @greg friday for {}",
        'members add "{}" +13125550111',
        "members edit @bob name {}",
        "settings name {}",
        "settings sms {}",
        "teams add {} #support",
        "team:{} members",
        "help {}",
    ],
)
def test_long_and_odd_input_has_an_answer(support: World, line: str, word: str) -> None:
    answer = support.runs("Alice", f"/oncall {line.format(word)}"[:4000])

    # Of signs that nobody sees nothing is left: then the form asks for the rest.
    assert answer.text or (answer.view and answer.view.title == "Have someone cover")
    assert "reference" not in answer.text


def test_a_name_from_the_right_does_not_scramble_the_number_beside_it(support: World) -> None:
    support.changes("Alice", f'/oncall members add "{RTL}" +13125550111')

    listed = support.runs("Alice", "/oncall members").text

    assert f"\u2068{RTL}\u2069 +1 312-555-0111" in listed


def test_markup_in_a_reason_is_shown_as_it_was_typed(support: World) -> None:
    support.changes("Alice", "/oncall override @greg friday for *very* _urgent_ `rm`")

    sent = json.dumps(support.runs("Bob", "/oncall overrides").blocks, ensure_ascii=False)

    assert "∗very∗ ˍurgentˍ ˋrmˋ" in sent


def test_an_emoji_name_and_a_long_one_fit_everywhere(support: World) -> None:
    for number, name in enumerate(["🎉 Party", "N" * 80]):
        made = support.changes("Alice", f'/oncall members add "{name}" +1312555011{number}')
        assert made.text.startswith("✅")
    for line in ("members", "schedule 8 weeks", "override", "swap", "members move", "audit"):
        answer = support.runs("Alice", f"/oncall {line}")
        assert answer.text or answer.view


# --- limits -----------------------------------------------------------------------------------


@pytest.fixture
def crowd(support: World) -> World:
    """A team of fifty, planned for 104 weeks, with shifts of twelve hours."""
    with writing():
        team = Team.get()
        now = support.clock.now()
        for number in range(43):
            name = f"Member {number:02} with a rather long name"
            since = (now + timedelta(days=7)).date()
            stored_member(team, name, f"+1312555{1000 + number}", since, now)
    answer = support.runs("Alice", "/oncall generate 104")
    support.confirms("Alice", answer) if "[ Confirm ]" in answer.text else answer
    return support


@pytest.mark.parametrize(
    "line",
    [
        "", "schedule 104 weeks", "schedule month", "members", "mine", "mine @bob", "override",
        "take", "swap", "members add", "members edit", "members remove", "members move",
        "members history @bob", "generate 52", "members remove @bob", "shifts pattern daily",
        "settings strategy round_robin", "why friday 12:00", "who friday", "audit", "help",
    ],
)  # fmt: skip
def test_everything_fits_slack_for_fifty_members_and_two_years(crowd: World, line: str) -> None:
    answer = crowd.runs("Alice", f"/oncall {line}")

    assert answer.text or answer.view
    assert "❌" not in answer.text
    if "[ Confirm ]" in answer.text:
        assert crowd.confirms("Alice", answer).text.startswith("✅")
        crowd.tick()


def test_the_home_tab_fits_slack_for_fifty_members(crowd: World) -> None:
    alice = crowd.people["Alice"].slack
    alice.opens_home()
    crowd.sandbox.slack.until(lambda: alice.home is not None)

    assert alice.home is not None
    assert "50. " in alice.home.plain
