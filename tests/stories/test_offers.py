"""Offers work: the buttons below a gap fill it, and nobody is offered something they can't do."""

import re

import pytest

from tests.stories.conftest import World


@pytest.fixture
def gap(support: World) -> World:
    """The team without its shift of Thursday: 26 November is a gap from eight to eight."""
    support.changes("Alice", "/oncall shifts remove 3")
    return support


def test_the_post_about_a_gap_says_what_fills_it(gap: World) -> None:
    gap.until("2026-11-26 08:00")
    gap.forgets_mail()
    post = gap.post("Nobody is on call", "To fill the gap")
    command = "/oncall take until Fri Nov 27, 8:00 AM CST"
    assert command in post
    gap.passes(hours=2, minutes=10)

    assert "from Thu Nov 26, 10:10 AM" in gap.changes("Greg", command).text
    gap.passes(seconds=15)

    gap.reads("Greg", "until Fri Nov 27, 8:00 AM CST")
    assert "@Greg is on call for Support" in gap.runs("Bob", "/oncall").text


def test_oncall_tells_each_reader_what_they_can_do_about_a_gap(gap: World) -> None:
    gap.joins("Zoe", "+13125550111")
    gap.joins("Yann", "+13125550112", admin=True)
    gap.until("2026-11-26 08:00")
    gap.forgets_mail()
    gap.runs("Yann", "/oncall members")  # by then it is known who they are

    assert (
        "To fill the gap: /oncall take until Fri Nov 27, 8:00 AM."
        in gap.runs("Bob", "/oncall").text
    )
    assert "To fill the gap" not in gap.runs("Zoe", "/oncall").text
    answer = gap.runs("Yann", "/oncall").text
    assert "To fill the gap: /oncall override @alice until Fri Nov 27, 8:00 AM." in answer
    done = gap.changes("Yann", "/oncall override @alice until Fri Nov 27, 8:00 AM")
    assert done.text.startswith("✅")
    gap.passes(seconds=15)
    gap.reads("Alice", "until Fri Nov 27, 8:00 AM")


@pytest.mark.parametrize("when", ["thursday", "26 nov", "2026-11-26"])
def test_a_day_on_which_nobody_is_on_call_means_the_gap(gap: World, when: str) -> None:
    preview = gap.runs("Alice", f"/oncall override @greg {when}").text

    assert "Thu Nov 26, 8:00 AM to Fri Nov 27, 8:00 AM: @Greg" in preview
    assert "→" not in preview


def test_today_in_a_gap_is_what_is_left_of_it(gap: World) -> None:
    gap.until("2026-11-26 09:00")
    gap.forgets_mail()

    preview = gap.runs("Bob", "/oncall take today").text

    assert "Thu Nov 26, 9:00 AM to Fri Nov 27, 8:00 AM: @Bob" in preview


@pytest.mark.parametrize("command", ["overrides", "schedule"])
def test_the_change_that_is_offered_is_one_that_the_reader_can_make(
    support: World, command: str
) -> None:
    support.joins("Yann", "+13125550112", admin=True)
    support.runs("Yann", "/oncall members")
    for name in ("Alice", "Bob", "Carol", "Yann"):
        found = re.search(
            r"To change (?:that|it|who’s on call): (/oncall [^.\n]+)",
            support.runs(name, f"/oncall {command}").text,
        )
        assert found, name
        answer = support.runs(name, found[1]).text
        assert "[ Confirm ]" in answer, answer


def test_whoever_is_not_in_the_team_is_offered_nothing_to_do(support: World) -> None:
    support.joins("Zoe", "+13125550111")

    for command in (
        "",
        "overrides",
        "schedule",
        "shifts",
        "members",
        "escalation",
        "teams",
        "admins",
    ):
        answer = support.runs("Zoe", f"/oncall {command}").text
        for refused in (
            "Cover",
            "My shifts",
            "Have someone cover",
            "[ Add ]",
            "Remove",
            "/oncall override",
        ):
            assert refused not in answer, (command, answer)


def test_lists_have_the_buttons_that_their_reader_may_press(support: World) -> None:
    for command in ("shifts", "members", "escalation", "admins"):
        assert "[ Add ]" in support.runs("Alice", f"/oncall {command}").text
        assert "[ Add ]" not in support.runs("Bob", f"/oncall {command}").text
    support.changes("Alice", "/oncall override @greg friday")
    support.changes("Bob", "/oncall take saturday")
    alices, bobs, carols = (
        support.runs(name, "/oncall overrides").text for name in ("Alice", "Bob", "Carol")
    )
    assert "[ Cancel one ]" in alices
    assert "[ Cancel one ]" in bobs
    assert "cancel" not in carols.lower()
    assert "✅" in support.changes("Bob", "/oncall override cancel 2").text


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("members confirm", "has confirmed their number"),
        ("settings strategy circular", "is already set that way"),
        ("members edit @bob name Bob", "details are already like that"),
        ("undo", "from the last 24 hours"),
        ("ok", "Nothing in Support is waiting for your OK"),
        ("escalation remove", "There are no escalation contacts"),
        ("override @alice today", "Alice is already on call then"),
        ("override cancel", "There are no upcoming overrides that you can change"),
        ("escalation remove @greg", "Greg isn’t an escalation contact"),
        ("members add @greg +13125550107", "Greg is already in the rotation"),
        ("members activate @greg", "Greg is already in the rotation"),
        ("admins remove", "Nobody has been named a lead of Support"),
    ],
)
def test_nothing_to_do_does_not_count_as_a_failure(
    support: World, command: str, expected: str
) -> None:
    answer = support.runs("Alice", f"/oncall {command}").text

    assert answer.startswith("ℹ️"), answer
    assert expected in answer
    assert "For example" not in answer


def test_the_home_tab_offers_what_its_reader_may_do(support: World) -> None:
    support.joins("Zoe", "+13125550111")

    assert "[ Cover a shift myself ]" in support.opens_home("Bob", "Support", "Overrides").plain
    assert "[ Cover a shift myself ]" not in support.opens_home("Zoe", "Support", "Overrides").plain
