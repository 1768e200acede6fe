"""Times as people type them in Slack, and the hour that comes twice in the fall."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.stories import conftest
from tests.stories.conftest import World

# 1 November 2026 in Chicago, 01:30 for the second time.
SECOND_HALF_PAST_ONE = datetime(2026, 11, 1, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("command", "understood"),
    [
        ("take until 6pm", "Mon Nov 23, 7:00 AM to 8:00 AM"),
        ("take today until 18h.", "Mon Nov 23, 8:00 AM to 6:00 PM: @Alice → @Bob"),
        ("take for the rest of the day", "Mon Nov 23, 8:00 AM to Tue Nov 24, 12:00 AM"),
        ("take tonight", "Mon Nov 23, 6:00 PM to Tue Nov 24, 8:00 AM: @Alice → @Bob"),
        ("take next", "Mon Nov 23, 8:00 AM to Tue Nov 24, 8:00 AM: @Alice → @Bob"),
        (
            "take friday 9am EST to noon for the dentist",
            "Fri Nov 27, 8:00 AM to 11:00 AM: @Dave",
        ),
        ("take this weekend", "Sat Nov 28, 8:00 AM to Sun Nov 29, 8:00 AM"),
        ("take next friday", "Fri Dec 4, 8:00 AM to Sat Dec 5, 8:00 AM"),
    ],
)
def test_a_shift_is_taken_with_the_words_that_one_has(
    support: World, command: str, understood: str
) -> None:
    answer = support.runs("Bob", f"/oncall {command}").text
    assert understood in answer


def test_who_next_week_is_a_list_of_that_week(support: World) -> None:
    answer = support.runs("Greg", "/oncall who next week").text

    assert "On call for Support from Mon Nov 30, 2026 to Sun Dec 6, 2026:" in answer
    assert "Mon Nov 30, 8:00 AM to Tue Dec 1, 8:00 AM CST: @Bob" in answer
    assert "Mon Dec 7, 12:00 AM CST" in answer


def test_who_next_is_who_takes_over(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning")

    answer = support.runs("Greg", "/oncall who next").text

    assert "@Bob will be on call for Support" in answer
    assert "Tue Nov 24, 8:00 AM CST" in answer


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("who tonight", "Mon Nov 23, 6:00 PM to Tue Nov 24, 8:00 AM CST: @Alice"),
        ("who tomorrow morning?", "Tue Nov 24, 8:00 AM to 12:00 PM CST: @Bob"),
        ("who 2026-12-01T18:00Z", "Tue Dec 1, 12:00 PM CST: @Carol will be"),
        ("who 6pm friday in London", "Fri Nov 27, 12:00 PM CST: @Dave will be"),
        ("why in 2 hours", "Mon Nov 23, 9:00 AM CST: @Alice will be on call"),
        ("schedule tomorrow", "Support schedule: Tue Nov 24, 2026 to Tue Nov 24, 2026"),
        ("schedule this weekend", "Support schedule: Sat Nov 28, 2026 to Sun Nov 29, 2026"),
    ],
)
def test_one_looks_with_the_words_that_one_has(support: World, typed: str, said: str) -> None:
    assert said in support.runs("Greg", f"/oncall {typed}").text


@pytest.mark.parametrize(
    "command",
    [
        "who someday",
        "why 25:00",
        "take friday 14:00",
        "override @bob 5/6",
        "take friday 26:00 to 3",
    ],
)
def test_a_time_that_is_refused_points_to_the_ways_to_say_it(support: World, command: str) -> None:
    answer = support.runs("Alice", f"/oncall {command}").text

    assert answer.startswith("❌")
    assert "/oncall help when" in answer


def test_help_when_explains_it(world: World) -> None:
    world.joins("Zoe", "+13125550111")

    answer = world.runs("Zoe", "/oncall help when").text

    assert answer.startswith("How to say when\n")
    for phrase in ("until 6pm", "tonight", "this weekend", "noon", "in Berlin", "the next one"):
        assert phrase in answer
    assert "/oncall help when" in world.runs("Zoe", "/oncall help").text


def test_the_preview_says_which_zone_was_understood(support: World) -> None:
    preview = support.runs("Alice", "/oncall settings zone EST").text

    assert "Not saved yet" in preview
    assert "time zone: America/New_York" in preview


def test_a_zone_is_set_by_the_name_that_people_use(support: World) -> None:
    done = support.changes("Alice", "/oncall settings zone Eastern Time").text
    assert "America/New_York" in done


def test_an_override_from_now_shows_whole_minutes(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning")
    support.passes(minutes=30, seconds=42)

    support.changes("Alice", "/oncall override @bob now for 3 hours")
    support.passes(seconds=15)
    support.reads("Bob", "now on call for Support until Mon Nov 23, 11:30 AM CST")


# --- the hour that comes twice ------------------------------------------------------------------


@pytest.fixture
def autumn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[World]:
    """The team at the second 01:30 of the night in which the clocks go back."""
    monkeypatch.setattr(conftest, "MONDAY", SECOND_HALF_PAST_ONE)
    world = World(tmp_path)
    try:
        world.starts_bot()
        world.has_support_team()
        yield world
        world.has_no_mail()
    finally:
        world.stops_bot()
        world.sandbox.close()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("override @bob now to 01:45", "Sun Nov 1, 1:30 AM to 1:45 AM CST"),
        ("override @bob until 01:45", "Sun Nov 1, 1:30 AM to 1:45 AM CST"),
        ("override @carol 01:40 to 03:00", "Sun Nov 1, 1:40 AM to 3:00 AM CST"),
        ("take 01:50 for 30 min", "Sun Nov 1, 1:50 AM to 2:20 AM CST"),
        ("who 01:45", "Sun Nov 1, 1:45 AM CST"),
        ("why 01:45", "Sun Nov 1, 1:45 AM CST"),
        ("why 01:45 CDT", "Sun Nov 1, 1:45 AM CDT"),
    ],
)
def test_a_time_of_the_second_hour_is_the_one_still_ahead(
    autumn: World, command: str, said: str
) -> None:
    assert said in autumn.runs("Alice", f"/oncall {command}").text


def test_a_handoff_in_the_second_hour_happens_once_and_in_time(autumn: World) -> None:
    autumn.changes("Alice", "/oncall override @bob 01:40 to 01:45")

    autumn.passes(minutes=10)
    autumn.reads("Bob", "until Sun Nov 1, 1:45 AM CST")
    autumn.passes(minutes=10)
    assert "@Bob" not in autumn.runs("Alice", "/oncall").text.splitlines()[0]
    autumn.forgets_mail()  # whoever was on call before has it again


# --- questions in one's own words ----------------------------------------------------------------


def test_a_question_about_a_weekday_means_today_while_that_is_ahead(support: World) -> None:
    """It's Monday, 7:00 AM: a question can't put the wrong person on call, a change could."""
    asked = support.runs("Bob", "/oncall who monday 6pm").text
    assert "Mon Nov 23, 6:00 PM CST: @Alice will be on call" in asked
    assert "because" in support.runs("Bob", "/oncall why on monday 18:00").text

    assert "could mean today or next week" in support.runs("Bob", "/oncall who monday 6am").text
    assert (
        "could mean today or next week"
        in support.runs("Bob", "/oncall take monday 6pm for 2 hours").text
    )


def test_an_evening_asked_for_by_the_weekday_is_this_one_until_it_is_over(support: World) -> None:
    """It's Monday, 7:00 AM."""
    assert "Mon Nov 23, 6:00 PM to " in support.runs("Bob", "/oncall who monday evening").text
    assert (
        "could mean today or next week" in support.runs("Bob", "/oncall take monday evening").text
    )

    support.until("2026-11-23 13:00")
    support.forgets_mail()
    assert "Mon Nov 30, 8:00 AM to " in support.runs("Bob", "/oncall who monday morning").text
    assert "Mon Nov 23, 12:00 PM to " in support.runs("Bob", "/oncall who monday afternoon").text


@pytest.mark.parametrize(
    "typed",
    [
        "who is on call tomorrow?",
        "who's on call tomorrow",
        "who’s on call tomorrow?",
        "who is on call tomorrow? team:support",
    ],
)
def test_a_whole_question_is_understood_after_the_command_too(support: World, typed: str) -> None:
    assert (
        "On call for Support on Tue Nov 24, 2026:" in support.runs("Carol", f"/oncall {typed}").text
    )


def test_who_is_on_call_needs_no_more_words(support: World) -> None:
    assert "until Mon Nov 23, 8:00 AM CST" in support.runs("Carol", "/oncall who is on call?").text
    assert (
        "You have 8 shifts coming up"
        in support.runs("Carol", "/oncall when is my next shift?").text
    )
