"""The schedule as people read it: tables, pages, their own shifts."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sandbox.world import Person
from scheduling.changes import team_file
from scheduling.words.times import Clock, wall_clock
from tests.stories.conftest import World
from tests.stories.reading import bullets, labels, rows, seen, table

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def comes_from(world: World, name: str, number: str, tz: str) -> Person:
    """Let somebody who lives elsewhere come to Slack, and to the team's channel."""
    person = world.sandbox.person(name, number, tz=tz)
    world.channel.invite(person.slack)
    world.people[name] = person
    return person


# --- schedule ---------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["schedule week", "schedule this week", "schedule 1 week"])
def test_schedule_of_this_week_begins_now(morning: World, typed: str) -> None:
    text = morning.runs("Bob", f"/oncall {typed}").text

    assert text.startswith("Support schedule: Mon Nov 23, 2026 to Sun Nov 29, 2026\n")
    assert rows(text) == [
        ("now", "Alice"),
        ("Tue Nov 24, 8:00 AM", "Bob", "48 h"),
        ("Thu Nov 26, 8:00 AM", "Carol"),
        ("Fri Nov 27, 8:00 AM", "Dave"),
        ("Sat Nov 28, 8:00 AM", "Eve"),
        ("Sun Nov 29, 8:00 AM", "Fran"),
    ]


def test_schedule_of_next_week_begins_at_midnight(morning: World) -> None:
    text = morning.runs("Bob", "/oncall schedule next week").text

    assert text.startswith("Support schedule: Mon Nov 30, 2026 to Sun Dec 6, 2026\n")
    assert rows(text) == [
        ("Mon Nov 30, 12:00 AM", "Fran"),
        ("Mon Nov 30, 8:00 AM", "Bob"),
        ("Tue Dec 1, 8:00 AM", "Carol", "48 h"),
        ("Thu Dec 3, 8:00 AM", "Dave"),
        ("Fri Dec 4, 8:00 AM", "Eve"),
        ("Sat Dec 5, 8:00 AM", "Fran"),
        ("Sun Dec 6, 8:00 AM", "Greg"),
    ]


@pytest.mark.parametrize(
    ("which", "span", "first", "last"),
    [
        ("4 weeks", "Mon Nov 23, 2026 to Sun Dec 20, 2026", "now", "Sun Dec 20, 8:00 AM"),
        ("month", "Sun Nov 1, 2026 to Mon Nov 30, 2026", "now", "Mon Nov 30, 8:00 AM"),
        (
            "december",
            "Tue Dec 1, 2026 to Thu Dec 31, 2026",
            "Tue Dec 1, 12:00 AM",
            "Thu Dec 31, 8:00 AM",
        ),
        (
            "dec 2026",
            "Tue Dec 1, 2026 to Thu Dec 31, 2026",
            "Tue Dec 1, 12:00 AM",
            "Thu Dec 31, 8:00 AM",
        ),
        (
            "january",
            "Fri Jan 1, 2027 to Sun Jan 31, 2027",
            "Fri Jan 1, 12:00 AM",
            "Sun Jan 24, 8:00 AM",
        ),
        (
            "from 2026-12-05 to 2026-12-06",
            "Sat Dec 5, 2026 to Sun Dec 6, 2026",
            "Sat Dec 5, 12:00 AM",
            "Sun Dec 6, 8:00 AM",
        ),
        (
            "friday to sunday",
            "Fri Nov 27, 2026 to Sun Nov 29, 2026",
            "Fri Nov 27, 12:00 AM",
            "Sun Nov 29",
        ),
    ],
)
def test_schedule_shows_the_days_that_are_asked_for(
    morning: World, which: str, span: str, first: str, last: str
) -> None:
    text = morning.runs("Bob", f"/oncall schedule {which}").text

    assert text.startswith(f"Support schedule: {span}\n")
    assert rows(text)[0][0] == first
    assert rows(text)[-1][0].startswith(last)


def test_schedule_of_the_past_shows_who_was_on_call(morning: World) -> None:
    morning.changes("Alice", "/oncall override @greg friday 14:00 to 18:00 for gym")
    morning.until("2026-11-30 09:00")
    morning.forgets_mail()

    text = morning.runs("Bob", "/oncall schedule from 2026-11-26 to 2026-12-01").text

    assert rows(text) == [
        ("Thu Nov 26, 12:00 AM", "Bob", "48 h"),
        ("Thu Nov 26, 8:00 AM", "Carol"),
        ("Fri Nov 27, 8:00 AM", "Dave"),
        ("Fri Nov 27, 2:00 PM", "Greg", "for Dave: gym"),
        ("Fri Nov 27, 6:00 PM", "Dave"),
        ("Sat Nov 28, 8:00 AM", "Eve"),
        ("Sun Nov 29, 8:00 AM", "Fran"),
        ("now", "Bob"),
        ("Tue Dec 1, 8:00 AM", "Carol", "48 h"),
    ]


def test_schedule_marks_gaps_and_overrides_and_several_at_once(morning: World) -> None:
    morning.changes("Alice", "/oncall shifts remove 6")
    morning.changes("Alice", "/oncall shifts add 7 friday 4h 12:00")
    morning.changes("Alice", "/oncall override @bob sunday 10:00 to 11:00 for fun")
    morning.changes("Alice", "/oncall override @bob saturday 10:00 to 11:00")

    shown = rows(morning.runs("Bob", "/oncall schedule week").text)

    assert ("Sun Nov 29, 8:00 AM", "NOBODY", "gap") in shown
    assert ("Sun Nov 29, 10:00 AM", "Bob", "override: fun") in shown
    assert ("Sat Nov 28, 10:00 AM", "Bob", "for Eve") in shown
    at_noon = next(row for row in shown if row[0] == "Fri Nov 27, 12:00 PM")
    assert at_noon[1].startswith("Dave and ")
    assert at_noon[2] == "2 shifts at once"


def test_one_pages_through_the_schedule_and_back(morning: World) -> None:
    first = morning.runs("Bob", "/oncall schedule")
    assert labels(first) == ["‹ Earlier", "Later ›", "4 weeks", "My shifts", "Cover a shift myself"]

    later = morning.clicks("Bob", "Later ›", first)
    assert later.text.startswith("Support schedule: Mon Dec 7, 2026 to Sun Dec 20, 2026\n")
    assert rows(later.text)[0] == ("Mon Dec 7, 12:00 AM", "Greg")
    assert rows(later.text)[-1] == ("Sun Dec 20, 8:00 AM", "Bob")

    back = morning.clicks("Bob", "‹ Earlier", later)
    assert back.text.startswith("Support schedule: Mon Nov 23, 2026 to Sun Dec 6, 2026\n")
    assert rows(back.text)[-1] == ("Sun Dec 6, 8:00 AM", "Greg")

    before = morning.clicks("Bob", "‹ Earlier", back)
    assert before.text.startswith("Support schedule: Mon Nov 9, 2026 to Sun Nov 22, 2026\n")
    assert "Nobody was on call then." in before.text
    assert seen(morning, "Bob").count(before.text) == 1
    assert len([one for one in seen(morning, "Bob") if "Support schedule: " in one]) == 1


def test_the_page_beyond_what_is_planned_says_so(morning: World) -> None:
    page = morning.runs("Bob", "/oncall schedule 4 weeks")
    for _ in range(2):
        page = morning.clicks("Bob", "Later ›", page)
    assert page.text.startswith("Support schedule: Mon Jan 18, 2027 to Sun Feb 14, 2027\n")
    assert "I plan 8 weeks ahead." in page.text

    page = morning.clicks("Bob", "Later ›", page)

    assert "Nothing is planned that far ahead yet. I plan 8 weeks ahead" in page.text
    assert "NOBODY" not in page.text


def test_four_weeks_and_the_others_are_a_click_away(morning: World) -> None:
    page = morning.runs("Bob", "/oncall schedule week")

    assert "to Sun Dec 20, 2026" in morning.clicks("Bob", "4 weeks", page).text
    page = morning.runs("Bob", "/oncall schedule week")
    assert "You have 8 shifts" in morning.clicks("Bob", "My shifts", page).text
    page = morning.runs("Bob", "/oncall schedule week")
    assert morning.clicks("Bob", "Cover a shift myself", page).view is not None


@pytest.mark.parametrize(
    ("which", "words"),
    [
        ("blah", "I don’t know which weeks “blah” means."),
        ("105", "I show 1 to 104 weeks, not 105."),
        ("0 weeks", "I show 1 to 104 weeks, not 0."),
        ("from 2026-12-24 to 2026-12-01", "Tue Dec 1, 2026 is before Thu Dec 24, 2026."),
        ("from blah to friday", "I don’t know which day “blah” is."),
        ("from 2026-01-01 to 2028-06-01", "I show 104 weeks at most."),
    ],
)
def test_a_schedule_that_is_not_understood_is_said_with_an_example(
    morning: World, which: str, words: str
) -> None:
    answer = morning.runs("Bob", f"/oncall schedule {which}").text

    assert answer.startswith("❌ ")
    assert words in answer
    assert "/oncall schedule" in answer


# --- more rows than a table has ---------------------------------------------------------------


@pytest.fixture
def crowd(world: World) -> World:
    """Fifty members who change every 12 hours, from Monday 08:00 on; 112 turns in eight weeks."""
    world.joins("Alice", "+13125550101", admin=True)
    members = [{"name": f"Member {n:02}", "phone": f"+1312555{1000 + n}"} for n in range(50)]
    slots = [(day, at) for day in DAYS for at in ("08:00", "20:00")]
    shifts = [
        {"number": n, "day": day, "start": at, "hours": 12}
        for n, (day, at) in enumerate(slots, start=1)
    ]
    team = {"name": "Support", "time_zone": "America/Chicago", "channel": world.channel.id}
    data = {"team": team, "members": members, "shifts": shifts}
    team_file.import_team(data, world.clock.now())
    return world


def turns_of_eight_weeks() -> list[str]:
    """Return when each turn of the crowd begins, as the schedule says it."""
    first = datetime(2026, 11, 23, 8, tzinfo=UTC)  # of the wall clock, no zone is shown
    starts = [first + timedelta(hours=12 * n) for n in range(112)]
    clock = Clock(ZoneInfo("UTC"), twelve=True)
    return [wall_clock(one, clock) for one in starts]


def test_more_rows_than_a_table_has_go_on_without_a_hole(crowd: World) -> None:
    page = crowd.runs("Alice", "/oncall schedule 8 weeks")
    shown = rows(page.text)
    assert len(shown) == 99

    following = crowd.clicks("Alice", "Later ›", page)
    more = rows(following.text)

    assert len(more) <= 99
    who = {row[0]: row[1] for row in shown}
    who.update({row[0]: row[1] for row in more})
    expected = turns_of_eight_weeks()
    assert [start for start in expected if start not in who] == []
    # What is on both pages, from midnight on, reads the same on both.
    assert more[0] == ("Mon Jan 11, 12:00 AM", shown[-1][1])
    assert shown[-1][0] == "Sun Jan 10, 8:00 PM"


def test_what_did_not_fit_is_not_in_the_heading(crowd: World) -> None:
    page = crowd.runs("Alice", "/oncall schedule 8 weeks").text

    last = rows(page)[-1][0]
    assert last == "Sun Jan 10, 8:00 PM"
    assert page.startswith("Support schedule: Mon Nov 23, 2026 to Sun Jan 10, 2027\n"), page[:70]


def test_from_a_page_that_was_cut_earlier_leads_back_to_the_same(crowd: World) -> None:
    page = crowd.runs("Alice", "/oncall schedule 8 weeks")
    there = crowd.clicks("Alice", "Later ›", page)
    back = crowd.clicks("Alice", "‹ Earlier", there)

    assert rows(back.text) == rows(page.text)


def test_answers_about_a_crowd_fit_slack(crowd: World) -> None:
    assert "50. Member 49" in crowd.runs("Alice", "/oncall members").text
    why = crowd.runs("Alice", "/oncall why friday 9am").text
    assert "and 38 more. Shift 9 goes to #9" in why
    assert "14. Sun 8:00 PM, 12 h" in crowd.runs("Alice", "/oncall shifts").text


# --- a reader elsewhere -----------------------------------------------------------------------


def test_who_lives_elsewhere_reads_their_own_time_beside_the_teams(world: World) -> None:
    world.joins("Alice", "+13125550101", admin=True)
    comes_from(world, "Eve", "+13125550105", "Europe/London")
    world.changes("Alice", "/oncall shifts pattern daily 08:00")
    world.changes("Alice", "/oncall members add @alice +13125550101")
    world.changes("Alice", "/oncall members add @eve +13125550105")

    hers = world.runs("Eve", "/oncall schedule next week").text
    others = world.runs("Alice", "/oncall schedule next week").text

    (heading,) = [row for row in table(hers) if row[0] == "From"]
    assert heading[-1] == "From, your time"
    assert any(
        row[0] == "Mon Nov 30, 8:00 AM" and row[-1] == "Mon Nov 30, 2:00 PM" for row in rows(hers)
    )
    assert "Times in America/Chicago." in hers
    assert "your time" not in others
    answer = world.runs("Eve", "/oncall").text
    assert "Mon Nov 23, 8:00 AM CST (2:00 PM GMT)" in answer


# --- mine -------------------------------------------------------------------------------------


def test_mine_counts_what_one_covers_and_not_what_is_covered(morning: World) -> None:
    morning.changes("Alice", "/oncall override @greg tomorrow 14:00 to 18:00 for gym")

    bobs = morning.runs("Bob", "/oncall mine")
    assert bobs.text.startswith("You have 9 shifts coming up in Support:\n")
    assert bullets(bobs.text)[:2] == [
        "• Tue Nov 24, 8:00 AM CST, for 6 h",
        "• Tue Nov 24, 6:00 PM CST, for 1 d 14 h",
    ]
    assert labels(bobs) == ["Find cover", "Swap", "Schedule"]
    gregs = morning.runs("Greg", "/oncall mine").text
    assert "Tue Nov 24, 2:00 PM CST, for 4 h, covering for @Bob (reason: gym)" in bullets(gregs)[0]


def test_mine_begins_with_now_while_one_is_on_call(morning: World) -> None:
    morning.passes(hours=2)

    assert bullets(morning.runs("Alice", "/oncall mine").text)[0] == "• now, for 22 h"


def test_mine_of_somebody_else_has_no_buttons_of_theirs(morning: World) -> None:
    answer = morning.runs("Carol", "/oncall mine @bob")

    assert answer.text.startswith("@Bob has 8 shifts coming up in Support:\n")
    assert labels(answer) == ["Schedule"]


def test_find_cover_and_swap_below_mine_open_their_forms(morning: World) -> None:
    cover = morning.clicks("Bob", "Find cover", morning.runs("Bob", "/oncall mine"))
    assert cover.view is not None
    assert cover.view.title == "Find cover"
    swap = morning.clicks("Bob", "Swap", morning.runs("Bob", "/oncall mine"))
    assert swap.view is not None
    assert "You give" in swap.view.plain


def test_who_is_in_no_team_has_no_shifts(morning: World) -> None:
    morning.joins("Zoe", "+13125550111")

    answer = morning.runs("Zoe", "/oncall mine").text

    assert "You’re not in Support, so you have no shifts there." in answer
    assert "One person at a time" in morning.runs("Zoe", "/oncall mine @bob @carol").text
    assert "“Henry” isn’t in Support" in morning.runs("Zoe", "/oncall mine Henry").text


def test_a_zone_further_east_drops_nobody_whose_shift_was_about_to_begin(support: World) -> None:
    """At half past seven in Chicago it's half past eight in New York: Bob still comes on."""
    support.until("2026-11-24 07:30")
    support.forgets_mail()
    support.changes("Alice", "/oncall settings zone America/New_York")
    support.settles(1)
    # New York's notify time has passed, so the morning's text goes out now.
    support.reads("Bob", "Good morning, Bob.", "from ", "until Thu Nov 26, 8:00 AM EST")

    for _ in range(2):  # planned again, nothing changes
        listed = support.runs("Alice", "/oncall schedule").text
        assert "NOBODY" not in listed
        assert "Tue Nov 24, 9:00 AM  Thu Nov 26, 8:00 AM  Bob" in listed
        support.runs("Alice", "/oncall generate 8")
    support.until("2026-11-24 08:00")
    support.has_no_mail()
    assert "@Bob is on call for Support" in support.runs("Alice", "/oncall").text
