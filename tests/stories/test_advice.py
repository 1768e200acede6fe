"""Every suggested command works if its reader types it right then."""

import json
import re
from collections.abc import Iterator

import pytest

from sandbox.slack.people import Answer
from tests.stories.advice import MISTAKEN, OFFENDING, READ, SUGGESTED, texts_of
from tests.stories.conftest import World

# Named as somebody else's to do, or about somebody who has yet to come.
NOT_FOR_THE_READER = re.compile(r"(?i)a lead can|ask <@|ask .{0,20}lead")
NEWCOMERS = ("/oncall members add", "/oncall escalation add", "/oncall teams add")
# These send an SMS, or post for all; their stories are elsewhere.
LEFT_OUT = ("/oncall test", "/oncall members confirm", "/oncall share")


def suggestions(answer: Answer) -> Iterator[str]:
    """Yield the commands that an answer suggests to its reader, in words and on buttons."""
    view = answer.view.blocks if answer.view else []
    for block in (*answer.blocks, *view):
        for text in texts_of(block):
            for line in text.splitlines():
                for part in re.split(r"(?<=[.!?]) ", line):
                    if not NOT_FOR_THE_READER.search(part):
                        yield from SUGGESTED.findall(part)
        for element in block.get("elements", []):
            if element.get("type") == "button" and element.get("value"):
                yield f"/oncall {element['value'].partition(' ')[2]}"


def types(world: World, name: str, suggested: str) -> str:
    """Type what was suggested, and return the answer; a preview is let go again."""
    plain = re.sub(r"<@(\w+)>", lambda m: f"@{_handle(world, m[1])}", suggested)
    answer = world.runs(name, plain)
    return answer.text


def _handle(world: World, user: str) -> str:
    return next(one.slack.handle for one in world.people.values() if one.id == user)


def heeded(world: World, name: str, commands: tuple[str, ...]) -> list[str]:
    """Return what went wrong when somebody typed each suggestion of the answers to `commands`."""
    wrong = []
    for command in commands:
        answer = world.runs(name, f"/oncall {command}".strip())
        for one in dict.fromkeys(suggestions(answer)):
            if one.startswith((*NEWCOMERS, *LEFT_OUT)) or re.search(r"\b[A-Z]{4,}\b|…", one):
                continue
            said = types(world, name, one)
            if said.startswith("❌"):
                wrong.append(f"{name}: {command!r} suggests {one!r}, which says {said!r}")
    return wrong


@pytest.fixture
def advised(support: World) -> World:
    """The team with a gap on Thursday, an override of Friday, and people who aren't in it."""
    support.joins("Zoe", "+13125550111")
    support.joins("Yann", "+13125550112", admin=True)
    support.changes("Alice", "/oncall shifts remove 3")
    support.changes("Alice", "/oncall override @greg friday")
    support.changes("Bob", "/oncall take saturday")
    for name in support.people:
        support.runs(name, "/oncall members")  # by then it is known who they are
    return support


@pytest.mark.parametrize("name", ["Alice", "Bob", "Greg", "Zoe", "Yann"])
@pytest.mark.parametrize("when", ["2026-11-23 07:10", "2026-11-26 09:00"])
@pytest.mark.parametrize("commands", [READ, MISTAKEN], ids=["read", "mistaken"])
def test_what_an_answer_suggests_works(
    advised: World, name: str, when: str, commands: tuple[str, ...]
) -> None:
    advised.until(when)
    wrong = heeded(advised, name, commands)
    advised.forgets_mail()
    assert not wrong, "\n".join(wrong)


def test_what_a_post_suggests_works_for_each_member(advised: World) -> None:
    advised.until("2026-11-26 08:00")
    advised.forgets_mail()
    posts = [
        json.dumps(post.blocks, ensure_ascii=False) + post.text for post in advised.channel.messages
    ]
    found = {one for post in posts for one in SUGGESTED.findall(post)}
    assert found
    for one in found:
        for name in ("Alice", "Bob", "Greg"):
            assert not types(advised, name, one).startswith("❌"), (name, one)
    advised.forgets_mail()


def test_examples_name_people_who_are_there(world: World) -> None:
    for number, (name, admin) in enumerate((("Xena", True), ("Yuri", False), ("Zoe", False)), 1):
        world.joins(name, f"+1312555014{number}", admin=admin)
        world.changes("Xena", f"/oncall members add @{name.lower()} +1312555014{number}")
    world.changes("Xena", "/oncall shifts pattern daily")

    for command in ("mine @zoe @yuri", "members history @zoe x", "override @zoe someday"):
        answer = world.runs("Xena", f"/oncall {command}").text
        assert answer.startswith("❌")
        assert "@bob" not in answer
        assert re.search("@(yuri|zoe)", answer), answer
    assert not heeded(world, "Xena", MISTAKEN)
    assert not heeded(world, "Yuri", MISTAKEN)
    world.forgets_mail()


def test_whoever_may_put_nobody_else_in_can_cover_the_very_time(advised: World) -> None:
    advised.until("2026-11-24 09:00")  # Bob is on call, until Thursday
    for typed, meant in (
        ("override @carol sunday", "Sun Nov 29, 8:00 AM to Mon Nov 30, 8:00 AM"),
        ("override @carol thursday", "Thu Nov 26, 8:00 AM to Fri Nov 27, 8:00 AM"),  # the gap
        ("override @carol sunday 10am to noon", "Sun Nov 29, 10:00 AM to 12:00 PM"),
    ):
        refused = advised.runs("Bob", f"/oncall {typed}")
        assert "Only leads can put somebody else on call" in refused.text
        (offered,) = suggestions(refused)
        answer = types(advised, "Bob", offered)
        assert "[ Confirm ]" in answer or "I’ve asked @Fran" in answer, offered
        assert meant in answer
    advised.forgets_mail()


def test_finding_cover_is_not_offered_again_once_it_is_found(advised: World) -> None:
    advised.changes("Alice", "/oncall override @dave sunday")
    for number in (2, 3):
        refused = advised.runs("Bob", f"/oncall override edit {number} @carol")
        assert refused.text.startswith("❌")
        assert not list(suggestions(refused)), refused.text
    advised.forgets_mail()


def test_an_escalation_contact_is_advised_to_take_the_running_turn(advised: World) -> None:
    advised.changes("Alice", "/oncall escalation add @zoe +13125550111")
    for typed in ("take someday", "take friday", "take now", "override @bob tomorrow"):
        refused = advised.runs("Zoe", f"/oncall {typed}")
        assert refused.text.startswith("❌")
        found = [one for one in suggestions(refused) if "help" not in one]
        assert all("[ Confirm ]" in types(advised, "Zoe", one) for one in found), found
    advised.forgets_mail()


def test_an_example_of_take_takes(advised: World) -> None:
    """Bob has tomorrow himself, so the usual example would not do."""
    refused = advised.runs("Bob", "/oncall take someday")

    (example,) = (one for one in suggestions(refused) if "help" not in one)
    assert "[ Confirm ]" in types(advised, "Bob", example), example
    advised.forgets_mail()


def test_a_start_that_is_over_is_not_advised(advised: World) -> None:
    advised.until("2026-11-25 10:00")
    starts = ("1am", "0:00", "today 2am", "5am", "6:30", "midnight", "2pm", "1am ET")
    days = ("next week for 3 hours", "today for 1 hour", "saturday for 2 hours", "friday for 1 day")
    for start in (*starts, *days):
        refused = advised.runs("Alice", f"/oncall override @carol {start}").text
        written = re.search("Write it like `?(.+ for 4 hours)", refused)
        assert written, refused
        answer = advised.runs("Alice", f"/oncall override @carol {written[1]}").text
        assert "[ Confirm ]" in answer, (start, written[1], answer)
    advised.forgets_mail()


def test_examples_in_a_form_name_people_who_are_there(world: World) -> None:
    for number, (name, admin) in enumerate((("Xena", True), ("Yuri", False), ("Zoe", False)), 1):
        world.joins(name, f"+1312555014{number}", admin=admin)
        world.changes("Xena", f"/oncall members add @{name.lower()} +1312555014{number}")
    world.changes("Xena", "/oncall shifts pattern daily")

    opened = world.runs("Xena", "/oncall override @yuri")
    assert opened.view
    view = world.submits("Xena", {})
    assert view
    (wrong,) = view.errors.values()
    assert "/oncall override @" in wrong
    assert "@bob" not in wrong
    assert re.search("@(yuri|zoe)", wrong), wrong
    world.forgets_mail()


def test_undo_is_suggested_to_leads_only(advised: World) -> None:
    swap = advised.runs("Bob", "/oncall swap @carol tomorrow for 2026-12-01")
    advised.passes(minutes=1)
    done = [
        advised.clicks("Carol", "Accept", advised.direct("Carol", "asks you")),
        advised.changes("Bob", "/oncall override edit 2 saturday 10:00 to 18:00"),
        advised.changes("Bob", "/oncall override cancel 2"),
    ]
    assert "I’ve asked @Carol" in swap.text
    for answer in done:
        assert answer.text.startswith("✅"), answer.text
        assert "undo" not in answer.text
    answer = advised.changes("Alice", "/oncall override cancel 1")
    assert "/oncall undo brings it back" in answer.text
    advised.forgets_mail()


def test_whoever_leaves_is_not_to_cover_for_themselves(advised: World) -> None:
    advised.until("2026-11-24 09:00")
    answer = advised.runs("Alice", "/oncall members remove @bob")

    found = [one for one in suggestions(answer) if " cover " in one]
    assert found
    assert "[ Confirm ]" in types(advised, "Alice", found[0])
    advised.forgets_mail()


def test_what_is_shared_about_a_gap_is_for_whoever_reads_it(support: World) -> None:
    shared = support.runs("Alice", "/oncall share")
    found = SUGGESTED.findall(json.dumps(shared.blocks, ensure_ascii=False))
    filling = [one for one in found if "until" in one]
    assert filling, shared.text
    for name in ("Alice", "Bob"):
        assert "[ Confirm ]" in types(support, name, filling[0])


def test_a_name_that_is_taken_suggests_another_name_and_nothing_else(support: World) -> None:
    refused = support.runs("Bob", "/oncall members edit name alice").text
    assert "for example “alice B”" in refused
    assert "members add" not in refused


@pytest.mark.parametrize("name", ["Alice", "Bob", "Greg", "Zoe", "Yann", "Carol"])
@pytest.mark.parametrize("when", ["2026-11-23 07:10", "2026-11-23 08:30", "2026-11-27 02:00"])
def test_what_a_refusal_suggests_is_neither_refused_nor_about_what_is_not_there(
    advised: World, name: str, when: str
) -> None:
    advised.changes("Alice", "/oncall members remove @carol")
    advised.until(when)
    wrong = heeded(advised, name, OFFENDING)
    advised.forgets_mail()
    assert not wrong, "\n".join(wrong)


def test_a_contact_can_take_back_what_they_took(support: World) -> None:
    support.joins("Zed", "+13125550155")
    support.changes("Alice", "/oncall escalation add @zed +13125550155")
    support.until("2026-11-23 09:00")
    done = support.changes("Zed", "/oncall take now for 2 hours")
    support.passes(minutes=2)
    assert "[ Confirm ]" in support.clicks("Zed", "Undo", done).text
    support.forgets_mail()
