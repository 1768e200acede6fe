"""Suggested commands act on the team that the answer is about, wherever it was asked."""

import html
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from bot.slack.app import build_commands
from scheduling.changes.members import AddMembers
from scheduling.changes.own_numbers import EnterNumber
from scheduling.errors import Refusal
from scheduling.words.lines import OF_NO_TEAM
from storage.database import reading
from storage.models import Proposal
from storage.statuses import ProposalStatus
from tests.stories.advice import MISTAKEN, OFFENDING, READ, SUGGESTED, texts_of
from tests.stories.conftest import World
from tests.stories.talk import Talk

NIGHTS = 'team:"Night shift"'
# An example shows how a command looks, as the help does.
TYPED = [(one.name, *one.examples) for one in build_commands() if one.name != "help"]
# Each kind of change, one after the other.
CHANGES = (
    "take sunday", "override edit 2 sunday 10:00 to 18:00", "override cancel 2",
    "settings summary on", "settings sms-cap 100", "settings zone America/Denver",
    "shifts add 9 monday 2h 09:00", "shifts edit 9 tuesday 2h 09:00", "shifts remove 9",
    "shifts pattern daily", "generate 10", "members edit @bob phone +13125550142",
    "members move @dave first", "members remove @fran", "members activate @fran",
    "members remove @eve from 2026-12-21", "members add @zoe +13125550111",
    "escalation add @eve", "escalation remove @eve", "admins add @carol", "admins remove @carol",
    "undo",
)  # fmt: skip


@pytest.fixture
def elsewhere(support: World) -> World:
    """Support, renamed and with a gap. Everybody types in the channel of Payments, still empty."""
    support.joins("Zoe", "+13125550111")
    support.changes("Alice", '/oncall settings name "Night shift"')
    support.changes("Alice", "/oncall shifts remove 3")
    support.changes("Alice", "/oncall override @greg friday")
    channel = support.another_team("Payments", "pay")
    for person in support.people.values():
        channel.invite(person.slack)
        person.runs("/oncall members", channel)  # by then it is known who they are
    support.channel = channel
    return support


def suggested(shown: Any) -> list[str]:
    """Return the commands in an answer, a message or a view, as they are read."""
    view = getattr(shown, "view", None)
    blocks: Sequence[object] = [*shown.blocks, *(view.blocks if view else ())]
    found = [text for block in blocks for text in texts_of(block)]
    return [html.unescape(one) for text in found for one in SUGGESTED.findall(text)]


def astray(shown: Any) -> Iterator[str]:
    """Yield the commands in an answer about the night shift that act on the team of the place."""
    for one in suggested(shown):
        if NIGHTS not in one and not one.removeprefix("/oncall ").startswith(OF_NO_TEAM):
            yield one


@pytest.mark.parametrize("name", ["Alice", "Bob", "Zoe"])
def test_whatever_is_asked_about_another_team_is_answered_with_its_name(
    elsewhere: World, name: str
) -> None:
    wrong, seen = [], 0
    typed = [line for lines in TYPED for line in (*lines, f"{lines[0]} x", f"{lines[0]} @x y z")]
    for line in dict.fromkeys((*READ, *MISTAKEN, *OFFENDING, *typed)):
        answer = elsewhere.runs(name, f"/oncall {line} {NIGHTS}")
        wrong += [f"{line!r} suggests {one!r}" for one in astray(answer)]
        seen += len(suggested(answer))
    elsewhere.forgets_mail()
    assert not wrong, "\n".join(wrong)
    assert seen > 80


def test_the_answer_to_every_kind_of_change_has_commands_for_its_team(elsewhere: World) -> None:
    wrong = list(
        astray(elsewhere.runs("Bob", f"/oncall swap @carol tomorrow for 2026-12-01 {NIGHTS}"))
    )
    elsewhere.passes(minutes=1)
    elsewhere.clicks("Carol", "Accept", elsewhere.direct("Carol", "asks you"))
    for line in CHANGES:
        answer = elsewhere.changes("Alice", f"/oncall {line} {NIGHTS}")
        assert answer.text.startswith("✅"), answer.text
        wrong += [f"{line!r} suggests {one!r}" for one in astray(answer)]
    elsewhere.forgets_mail()
    assert not wrong, "\n".join(wrong)
    with reading():
        done = {one.kind for one in Proposal if one.status != ProposalStatus.OPEN}
    kinds = {one.kind for one in build_commands().words}
    assert kinds - done == {AddMembers.kind, EnterNumber.kind}  # which only forms make


@pytest.mark.parametrize("name", ["Alice", "Bob"])
def test_where_a_team_is_meant_anyway_no_command_names_it(elsewhere: World, name: str) -> None:
    person, nights = elsewhere.people[name], elsewhere.sandbox.slack.channel("support")
    for line in dict.fromkeys((*READ, *MISTAKEN, *OFFENDING)):
        if line != "teams":
            for named in ("", f" {NIGHTS}"):
                answer = person.runs(f"/oncall {line}{named}", nights)
                typed = "I don’t know" in answer.text  # what was typed is shown as it was
                assert typed or "team:" not in "".join(suggested(answer)), (line, answer.text)
    elsewhere.forgets_mail()


def test_where_there_is_one_team_no_command_names_it(support: World) -> None:
    random = support.sandbox.slack.channel("random", members=[support.people["Bob"].slack])
    for line in ("", "take someday", "override @bob someday", "notifications 99", "mine @x y"):
        answer = support.people["Bob"].runs(f"/oncall {line} team:Support", random)
        assert "team:" not in "".join(suggested(answer)), answer.text


# --- what is done with what was suggested -----------------------------------------------------


def test_the_undo_that_is_suggested_is_of_the_change_just_made(support: World) -> None:
    support.another_team("Payments", "pay")
    support.changes("Alice", "/oncall settings summary on")
    said = support.changes("Alice", "/oncall settings sms-cap 100 team:Payments")
    (command,) = suggested(said)
    assert command == "/oncall undo team:Payments"

    preview = support.runs("Alice", command)

    assert "Undo “Change the text limit for Payments”?" in preview.text


def test_the_gap_that_is_to_be_filled_is_the_teams(support: World) -> None:
    support.another_team("Payments", "pay")
    support.changes("Alice", "/oncall members add @Bob +13125550102 team:Payments")
    support.changes("Alice", "/oncall shifts add 1 monday 168h 08:00 team:Payments")
    fills, *_ = suggested(support.runs("Alice", "/oncall team:Payments"))
    assert fills.startswith("/oncall override @bob until")

    support.changes("Alice", fills)

    assert "@Bob" in support.runs("Alice", "/oncall overrides team:Payments").text
    assert "@Bob" not in support.runs("Alice", "/oncall overrides").text


def test_what_is_shared_in_another_channel_names_the_team_to_all(elsewhere: World) -> None:
    shared = elsewhere.runs("Bob", f"/oncall share {NIGHTS}")

    assert not shared.ephemeral
    fills, *_ = suggested(shared)
    assert fills.startswith("/oncall take until")
    assert not list(astray(shared))
    assert (
        "Put @Dave on call, Mon Nov 23, 7:00 AM to 8:00 AM?" in elsewhere.runs("Dave", fills).text
    )


def test_the_answer_to_a_change_confirmed_by_its_number_names_its_own_team(
    elsewhere: World,
) -> None:
    asked = elsewhere.runs("Alice", f"/oncall take sunday {NIGHTS}")
    assert "[ Confirm ]" in asked.text
    with reading():
        number = Proposal.select().order_by(Proposal.id.desc()).get().id

    done = elsewhere.runs("Alice", f"/oncall confirm {number}")

    assert done.text.startswith("✅")
    assert "[ Undo ]" in done.text
    assert not list(astray(done))


def test_a_team_that_was_just_renamed_goes_by_its_new_name(elsewhere: World) -> None:
    done = elsewhere.changes("Alice", f'/oncall settings name "R&D «nights»" {NIGHTS}')
    (command,) = suggested(done)
    assert command == '/oncall undo team:"R&D nights"'

    assert "Night shift" in elsewhere.changes("Alice", command).text


# --- forms, direct messages, the Home tab -----------------------------------------------------


def test_in_a_form_the_team_is_named_since_nobody_knows_where_one_types_then(
    elsewhere: World,
) -> None:
    elsewhere.opens("Alice", f"override @bob {NIGHTS}")
    view = elsewhere.submits("Alice", {})
    assert view
    (wrong,) = view.errors.values()
    assert "/oncall override @" in wrong
    assert wrong.count("/oncall") == wrong.count(NIGHTS)

    elsewhere.opens("Alice", f"shifts remove {NIGHTS}")
    done = elsewhere.confirms_form(
        "Alice", elsewhere.fills_in("Alice", {"Which?": "2: Tue 8:00 AM, 2 days"})
    )
    assert suggested(done)
    assert not list(astray(done))
    elsewhere.forgets_mail()


def test_in_direct_messages_a_team_other_than_ones_own_is_named(elsewhere: World) -> None:
    talk = Talk(elsewhere, "Bob")  # is in the night shift only

    assert "team:" not in "".join(suggested(talk.asks(f"take someday {NIGHTS}")))
    other = suggested(talk.asks("take someday team:Payments"))
    assert other
    assert all(one.endswith(" team:Payments") for one in other)
    assert suggested(talk.asks("share team:Payments"))[-1] == "/oncall share team:Payments"
    assert suggested(talk.asks("halp team:Payments")) == ["/oncall help", "/oncall help", "/oncall"]
    assert "/oncall schedule team:R&D" in suggested(talk.asks("scheduel team:R&D"))


def test_a_direct_message_that_the_bot_writes_names_another_team_than_ones_own(
    elsewhere: World,
) -> None:
    elsewhere.changes("Alice", "/oncall members add @zoe +13125550111")
    elsewhere.changes("Alice", "/oncall shifts add 1 monday 1h 07:00")
    elsewhere.channel.archive()
    elsewhere.until("2026-11-23 07:00")
    elsewhere.passes(minutes=1)

    said = elsewhere.direct("Alice", "I can’t post in Payments’s channel")

    assert suggested(said) == ["/oncall settings team:Payments"]
    elsewhere.forgets_mail()


def test_the_home_tab_names_its_team_where_there_are_several(elsewhere: World) -> None:
    elsewhere.changes("Alice", "/oncall members add @zoe +13125550111")
    elsewhere.changes("Alice", "/oncall shifts add 1 tuesday 1h 07:00")
    home = elsewhere.opens_home("Zoe", "Nobody is on call for Payments")

    found = suggested(home)
    assert found
    assert all(one.endswith(" team:Payments") for one in found)


def test_the_undo_of_a_channel_is_the_teams_that_has_left_it(support: World) -> None:
    support.joins("Zoe", "+13125550111", admin=True)
    support.another_team("Payments", "pay").invite(support.people["Zoe"].slack)
    support.changes("Zoe", "/oncall members add @Zoe +13125550111 team:Payments")
    support.forgets_mail()
    new = support.sandbox.slack.channel("new", members=[support.people["Zoe"].slack])
    said = support.changes("Zoe", f"/oncall settings channel <#{new.id}|new>")
    (command,) = suggested(said)

    # Where it is, which isn't a team's channel anymore.
    assert "Undo “Change the channel for Support”?" in support.runs("Zoe", command).text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tkae team:Payments", "/oncall take team:Payments"),
        ('whoo team:"monday crew"', '/oncall who team:"monday crew"'),
    ],
)
def test_a_guess_keeps_the_team_that_was_typed(support: World, typed: str, meant: str) -> None:
    support.another_team("Payments", "pay")
    support.another_team("monday crew", "crew")

    assert meant in suggested(Talk(support, "Bob").asks(typed))


def test_no_two_teams_have_one_word(support: World) -> None:
    support.another_team("Nights", "nights")

    with pytest.raises(Refusal, match="There’s already a team called Nights"):
        support.another_team("«Nights»", "others")


def test_a_command_typed_with_a_team_is_not_its_own_example(elsewhere: World) -> None:
    typed = f'/oncall members add "Alice Doe" +13125550101 {NIGHTS}'

    assert typed not in suggested(elsewhere.runs("Alice", typed))
    elsewhere.forgets_mail()
