"""Undo of a change that later changes block: the answer says which, and how to resolve it."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.stories.conftest import World

MORE = "/oncall members add @Zoe +13125550102"


class Taken(NamedTuple):
    """What is changed, what takes its place, what is said then, and what clears it."""

    before: tuple[str, ...]
    by: Callable[[World], object]
    said: str
    clears: str


def _zoe(world: World) -> None:
    world.joins("Zoe", "+13125550144")
    world.changes("Alice", MORE)


def _another(line: str) -> Callable[[World], object]:
    return lambda world: world.changes("Alice", f"/oncall {line}")


TAKEN = {
    "a number": Taken(
        ("members edit @Bob phone +13125550133",),
        _zoe,
        "is Zoe’s number now, so this can’t be undone. Change it by hand, for example "
        "with /oncall members edit @Zoe phone +13125550121.",
        "/oncall members edit @Zoe phone +13125550121",
    ),
    "a name": Taken(
        ("members edit @Bob name Robert",),
        _another("members add Bob +13125550144"),
        "There’s another Bob now, so this can’t be undone",
        "/oncall members edit @Bob name Bobby",
    ),
    "a shift's number": Taken(
        ("shifts remove 6",),
        _another("shifts add 6 sunday 24h 08:00"),
        "There’s another shift 6 now, so this can’t be undone",
        "/oncall shifts remove 6",
    ),
}


@pytest.mark.parametrize("case", TAKEN)
def test_what_is_in_the_way_is_named_and_can_be_cleared(support: World, case: str) -> None:
    before, by, said, clears = TAKEN[case]
    for line in before:
        support.changes("Alice", f"/oncall {line}")
    undo = support.runs("Alice", "/oncall undo")
    by(support)

    answer = support.confirms("Alice", undo)

    assert said in answer.text
    assert "Undone" not in answer.text
    assert support.changes("Alice", clears).text.startswith("✅")
    assert support.confirms("Alice", undo).text.startswith("✅")
    support.forgets_mail()


@pytest.mark.parametrize("since", ["leads add @Bob", "leads add @Carol"])
def test_who_led_leads_again_whoever_became_a_lead_since(support: World, since: str) -> None:
    for line in ("leads add @Bob", "leads remove @Bob"):
        support.changes("Alice", f"/oncall {line}")
    undo = support.runs("Alice", "/oncall undo")
    support.changes("Alice", f"/oncall {since}")

    assert support.confirms("Alice", undo).text.startswith("✅")
    listed = support.runs("Alice", "/oncall leads").text
    assert listed.count("@Bob") == 1
    assert ("@Carol" in listed) == ("Carol" in since)


NAMESAKES = {
    "a member's removal": (
        ("members add Dora +13125550155", "members remove Dora"),
        "members add Dora +13125550156",
    ),
    "the removal of somebody in Slack": (
        ("members remove @Bob",),
        "members edit @Carol name Bob",
    ),
    "a contact's name": (
        ("escalation add Dora +13125550155", "members edit Dora name Theodora"),
        "members add Dora +13125550156",
    ),
    "a contact's removal": (
        ("escalation add Dora +13125550155", "escalation remove Dora"),
        "members add Dora +13125550156",
    ),
}


@pytest.mark.parametrize("case", NAMESAKES)
def test_an_undo_makes_no_namesakes(support: World, case: str) -> None:
    before, taken = NAMESAKES[case]
    for line in before:
        support.changes("Alice", f"/oncall {line}")
    undo = support.runs("Alice", "/oncall undo")
    support.changes("Alice", f"/oncall {taken}")

    answer = support.confirms("Alice", undo)
    if "[ Confirm ]" in answer.text:  # it does something else now
        answer = support.confirms("Alice", answer)

    assert "now, so this can’t be undone" in answer.text
    support.forgets_mail()


def test_what_an_undone_newcomer_has_does_not_bar_the_changes_before(support: World) -> None:
    support.joins("Zoe", "+13125550144")
    support.changes("Alice", "/oncall members edit @Bob slack @Zoe")
    support.changes("Alice", "/oncall members add @Bob +13125550146")
    support.changes("Alice", "/oncall undo")

    answer = support.changes("Alice", "/oncall undo")

    assert "That Slack user is Bob 2 now" in answer.text
    assert "/oncall members edit @Bob slack none" in answer.text
    support.changes("Alice", "/oncall members edit @Bob slack none")
