"""What people read, and the buttons below it: who, when, why, what was sent, who changed what."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.slack.people import Answer, SlackChannel, SlackPerson
from sandbox.world import Person
from scheduling.changes import team_file
from tests.stories.conftest import World
from tests.stories.reading import table

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def rows(text: str) -> list[tuple[str, ...]]:
    """Return the rows below a schedule's heading, down to the small print."""
    lines = [row for row in table(text) if row]
    first = next(n for n, row in enumerate(lines) if row[:2] == ("From", "On call")) + 1
    last = next(n for n, row in enumerate(lines) if row[0].startswith("Times are "))
    return lines[first:last]


def labels(answer: Answer) -> list[str]:
    """Return what stands on an answer's buttons."""
    return re.findall(r"\[ (.+?) \]", answer.text)


def bullets(text: str) -> list[str]:
    """Return the lines of a list."""
    return [line for line in text.splitlines() if line.startswith("•")]


def seen(world: World, name: str) -> list[str]:
    """Return all that somebody sees in the channel."""
    return [one.plain for one in world.channel.seen_by(world.people[name].slack)]


def direct(world: World, name: str) -> SlackChannel:
    """Return somebody's direct messages with the bot, as a channel to type in."""
    return world.people[name].slack.direct_messages


def comes_from(world: World, name: str, number: str, tz: str) -> Person:
    """Let somebody who lives elsewhere come to Slack, and to the team's channel."""
    person = world.sandbox.person(name, number, tz=tz)
    world.channel.invite(person.slack)
    world.people[name] = person
    return person


@pytest.fixture
def morning(support: World) -> World:
    """The team on Monday at 08:00, when Alice's shift begins."""
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.sees_post("Good morning!")
    return support


# --- /oncall and its buttons ------------------------------------------------------------------


def test_oncall_has_four_buttons(morning: World) -> None:
    answer = morning.runs("Greg", "/oncall")

    assert answer.ephemeral
    assert labels(answer) == ["Schedule", "My shifts", "Cover a shift", "Share to channel"]


def test_schedule_takes_the_place_of_what_only_one_person_sees(morning: World) -> None:
    answer = morning.runs("Greg", "/oncall")
    before = len(seen(morning, "Greg"))

    shown = morning.clicks("Greg", "Schedule", answer)

    assert shown.ephemeral
    assert shown.text.startswith("Support: on call Mon 23 Nov 2026 to Sun 6 Dec 2026\n")
    assert len(seen(morning, "Greg")) == before
    assert answer.text not in seen(morning, "Greg")
    assert not any("on call Mon 23 Nov" in text for text in seen(morning, "Bob"))


def test_share_posts_for_everybody_and_says_who_asked(morning: World) -> None:
    answer = morning.runs("Greg", "/oncall")

    morning.clicks("Greg", "Share to channel", answer)

    post = morning.sees_post("@Alice is on call for Support until", "Asked by @Greg")
    assert "[ " not in post
    assert post in seen(morning, "Bob")
    assert answer.text in seen(morning, "Greg")  # what was only for Greg still stands there
    assert answer.text not in seen(morning, "Bob")


def test_share_can_be_typed(morning: World) -> None:
    answer = morning.runs("Greg", "/oncall share")

    assert not answer.ephemeral
    assert morning.sees_post("@Alice is on call", "Next: @Bob", "Asked by @Greg") == answer.text


def test_my_shifts_tells_ones_own(morning: World) -> None:
    answer = morning.clicks("Bob", "My shifts", morning.runs("Bob", "/oncall"))

    assert answer.ephemeral
    assert answer.text.startswith("You have 8 shifts to come in Support:\n")
    assert bullets(answer.text)[0] == "• tomorrow at 8:00 AM (Tue 24 Nov 08:00 CST), for 2 days"


def test_cover_a_shift_opens_the_form(morning: World) -> None:
    answer = morning.clicks("Greg", "Cover a shift", morning.runs("Greg", "/oncall"))

    assert answer.view is not None
    assert "Which shift?" in answer.view.plain
    preview = morning.fills_in("Greg", {"Which shift?": "Fri 27 Nov 08:00, for 1 day: Dave"})
    assert "@Dave → @Greg" in preview.plain


def test_what_is_shared_has_no_buttons(morning: World) -> None:
    morning.runs("Greg", "/oncall share")
    post = morning.channel.messages[-1]

    assert not any(block["type"] == "actions" for block in post.blocks)


# --- who --------------------------------------------------------------------------------------


def test_who_at_a_moment_to_come(morning: World) -> None:
    answer = morning.runs("Greg", "/oncall who friday 6pm")

    assert answer.text.startswith("📞 Nov 27 at 6:00 PM (Fri 27 Nov 18:00 CST): @Dave will be on ")
    assert "for Support, until Nov 28 at 8:00 AM (Sat 28 Nov 08:00 CST)." in answer.text
    assert labels(answer) == ["Why?", "Schedule"]
    why = morning.clicks("Greg", "Why?", answer)
    assert "@Dave will be on call for Support, because:" in why.text


def test_who_on_a_day_that_two_people_share(morning: World) -> None:
    morning.changes("Alice", "/oncall override @greg tomorrow 14:00 to 18:00 for gym")

    answer = morning.runs("Carol", "/oncall who tomorrow").text

    assert answer.startswith("📞 On call for Support on Tuesday 24 November 2026:\n")
    assert bullets(answer) == [
        "• Tue 24 Nov 00:00 CST to Tue 24 Nov 08:00 CST: @Alice",
        "• Tue 24 Nov 08:00 CST to Tue 24 Nov 14:00 CST: @Bob",
        "• Tue 24 Nov 14:00 CST to Tue 24 Nov 18:00 CST: @Greg, covering for @Bob (gym)",
        "• Tue 24 Nov 18:00 CST to Wed 25 Nov 00:00 CST: @Bob",
    ]


def test_who_was_it_yesterday(morning: World) -> None:
    morning.until("2026-11-24 10:00")
    morning.forgets_mail()

    assert bullets(morning.runs("Carol", "/oncall who yesterday").text) == [
        "• Mon 23 Nov 00:00 CST to Mon 23 Nov 08:00 CST: nobody",
        "• Mon 23 Nov 08:00 CST to Tue 24 Nov 00:00 CST: @Alice",
    ]
    then = morning.runs("Carol", "/oncall who yesterday 9am").text
    assert "@Alice was on call for Support, until today at 8:00 AM (Tue 24 Nov 08:00 CST)" in then


def test_who_in_a_gap_is_nobody(morning: World) -> None:
    morning.changes("Alice", "/oncall shifts remove 6")

    at_four = morning.runs("Bob", "/oncall who sunday 16:00").text
    assert "(Sun 29 Nov 16:00 CST): nobody is on call." in at_four
    all_day = morning.runs("Bob", "/oncall who sunday").text
    assert "• Sun 29 Nov 08:00 CST to Mon 30 Nov 00:00 CST: nobody" in bullets(all_day)


@pytest.mark.parametrize("when", ["2027-06-01", "2027-06-01 12:00"])
def test_so_far_ahead_nothing_is_planned_and_that_is_not_called_a_gap(
    morning: World, when: str
) -> None:
    answer = morning.runs("Bob", f"/oncall who {when}").text

    assert "nothing is planned yet. A lead can plan further: /oncall generate 26." in answer
    assert "nobody" not in answer


def test_who_now_is_what_oncall_says(morning: World) -> None:
    assert morning.runs("Bob", "/oncall who now").text == morning.runs("Bob", "/oncall").text
    assert morning.runs("Bob", "/oncall who").text == morning.runs("Bob", "/oncall").text


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("blah", "I do not know which day “blah” is. Write it like tomorrow"),
        ("next weekend", "“next weekend” means one weekend to you and another to me. Write this"),
        ("friday to sunday", "is a stretch. Name one moment, like friday 18:00, or a day"),
        ("friday 25:00", "“25:00” is not a time of day. Write it like 08:00"),
        ("5/6", "“5/6” could be two days. Write 2027-05-06 or 2027-06-05."),
        ("2030-01-01", "is too far away. Give a day within two years"),
        ("31 feb", "There is no day “31 feb”"),
    ],
)
def test_a_when_that_is_not_understood_is_said_with_examples(
    morning: World, when: str, words: str
) -> None:
    answer = morning.runs("Bob", f"/oncall who {when}").text

    assert answer.startswith("❌ ")
    assert words in answer


# --- schedule ---------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["schedule week", "schedule this week", "schedule 1 week"])
def test_schedule_of_this_week_begins_now(morning: World, typed: str) -> None:
    text = morning.runs("Bob", f"/oncall {typed}").text

    assert text.startswith("Support: on call Mon 23 Nov 2026 to Sun 29 Nov 2026\n")
    assert rows(text) == [
        ("now", "Alice"),
        ("Tue 24 Nov 08:00", "Bob", "48 h"),
        ("Thu 26 Nov 08:00", "Carol"),
        ("Fri 27 Nov 08:00", "Dave"),
        ("Sat 28 Nov 08:00", "Eve"),
        ("Sun 29 Nov 08:00", "Fran"),
    ]


def test_schedule_of_next_week_begins_at_midnight(morning: World) -> None:
    text = morning.runs("Bob", "/oncall schedule next week").text

    assert text.startswith("Support: on call Mon 30 Nov 2026 to Sun 6 Dec 2026\n")
    assert rows(text) == [
        ("Mon 30 Nov 00:00", "Fran"),
        ("Mon 30 Nov 08:00", "Bob"),
        ("Tue 1 Dec 08:00", "Carol", "48 h"),
        ("Thu 3 Dec 08:00", "Dave"),
        ("Fri 4 Dec 08:00", "Eve"),
        ("Sat 5 Dec 08:00", "Fran"),
        ("Sun 6 Dec 08:00", "Greg"),
    ]


@pytest.mark.parametrize(
    ("which", "span", "first", "last"),
    [
        ("4 weeks", "Mon 23 Nov 2026 to Sun 20 Dec 2026", "now", "Sun 20 Dec 08:00"),
        ("month", "Sun 1 Nov 2026 to Mon 30 Nov 2026", "now", "Mon 30 Nov 08:00"),
        ("december", "Tue 1 Dec 2026 to Thu 31 Dec 2026", "Tue 1 Dec 00:00", "Thu 31 Dec 08:00"),
        ("dec 2026", "Tue 1 Dec 2026 to Thu 31 Dec 2026", "Tue 1 Dec 00:00", "Thu 31 Dec 08:00"),
        ("january", "Fri 1 Jan 2027 to Sun 31 Jan 2027", "Fri 1 Jan 00:00", "Sun 24 Jan 08:00"),
        (
            "from 2026-12-05 to 2026-12-06",
            "Sat 5 Dec 2026 to Sun 6 Dec 2026",
            "Sat 5 Dec 00:00",
            "Sun 6 Dec 08:00",
        ),
        ("friday to sunday", "Fri 27 Nov 2026 to Sun 29 Nov 2026", "Fri 27 Nov 00:00", "Sun 29"),
    ],
)
def test_schedule_shows_the_days_that_are_asked_for(
    morning: World, which: str, span: str, first: str, last: str
) -> None:
    text = morning.runs("Bob", f"/oncall schedule {which}").text

    assert text.startswith(f"Support: on call {span}\n")
    assert rows(text)[0][0] == first
    assert rows(text)[-1][0].startswith(last)


def test_schedule_of_the_past_shows_who_was_on_call(morning: World) -> None:
    morning.changes("Alice", "/oncall override @greg friday 14:00 to 18:00 for gym")
    morning.until("2026-11-30 09:00")
    morning.forgets_mail()

    text = morning.runs("Bob", "/oncall schedule from 2026-11-26 to 2026-12-01").text

    assert rows(text) == [
        ("Thu 26 Nov 00:00", "Bob", "48 h"),
        ("Thu 26 Nov 08:00", "Carol"),
        ("Fri 27 Nov 08:00", "Dave"),
        ("Fri 27 Nov 14:00", "Greg", "for Dave: gym"),
        ("Fri 27 Nov 18:00", "Dave"),
        ("Sat 28 Nov 08:00", "Eve"),
        ("Sun 29 Nov 08:00", "Fran"),
        ("now", "Bob"),
        ("Tue 1 Dec 08:00", "Carol", "48 h"),
    ]


def test_schedule_marks_gaps_and_overrides_and_several_at_once(morning: World) -> None:
    morning.changes("Alice", "/oncall shifts remove 6")
    morning.changes("Alice", "/oncall shifts add 7 friday 4h 12:00")
    morning.changes("Alice", "/oncall override @bob sunday 10:00 to 11:00 for fun")
    morning.changes("Alice", "/oncall override @bob saturday 10:00 to 11:00")

    shown = rows(morning.runs("Bob", "/oncall schedule week").text)

    assert ("Sun 29 Nov 08:00", "NOBODY", "gap") in shown
    assert ("Sun 29 Nov 10:00", "Bob", "override: fun") in shown
    assert ("Sat 28 Nov 10:00", "Bob", "for Eve") in shown
    at_noon = next(row for row in shown if row[0] == "Fri 27 Nov 12:00")
    assert at_noon[1].startswith("Dave and ")
    assert at_noon[2] == "2 shifts at once"


def test_one_pages_through_the_schedule_and_back(morning: World) -> None:
    first = morning.runs("Bob", "/oncall schedule")
    assert labels(first) == ["‹ Earlier", "Later ›", "4 weeks", "My shifts", "Cover a shift"]

    later = morning.clicks("Bob", "Later ›", first)
    assert later.text.startswith("Support: on call Mon 7 Dec 2026 to Sun 20 Dec 2026\n")
    assert rows(later.text)[0] == ("Mon 7 Dec 00:00", "Greg")
    assert rows(later.text)[-1] == ("Sun 20 Dec 08:00", "Bob")

    back = morning.clicks("Bob", "‹ Earlier", later)
    assert back.text.startswith("Support: on call Mon 23 Nov 2026 to Sun 6 Dec 2026\n")
    assert rows(back.text)[-1] == ("Sun 6 Dec 08:00", "Greg")

    before = morning.clicks("Bob", "‹ Earlier", back)
    assert before.text.startswith("Support: on call Mon 9 Nov 2026 to Sun 22 Nov 2026\n")
    assert "Nobody was on call then." in before.text
    assert seen(morning, "Bob").count(before.text) == 1
    assert len([one for one in seen(morning, "Bob") if "Support: on call" in one]) == 1


def test_the_page_beyond_what_is_planned_says_so(morning: World) -> None:
    page = morning.runs("Bob", "/oncall schedule 4 weeks")
    for _ in range(2):
        page = morning.clicks("Bob", "Later ›", page)
    assert page.text.startswith("Support: on call Mon 18 Jan 2027 to Sun 14 Feb 2027\n")
    assert "I plan 8 weeks ahead." in page.text

    page = morning.clicks("Bob", "Later ›", page)

    assert "So far ahead nothing is planned yet: I plan 8 weeks ahead" in page.text
    assert "NOBODY" not in page.text


def test_four_weeks_and_the_others_are_a_click_away(morning: World) -> None:
    page = morning.runs("Bob", "/oncall schedule week")

    assert "to Sun 20 Dec 2026" in morning.clicks("Bob", "4 weeks", page).text
    page = morning.runs("Bob", "/oncall schedule week")
    assert "You have 8 shifts" in morning.clicks("Bob", "My shifts", page).text
    page = morning.runs("Bob", "/oncall schedule week")
    assert morning.clicks("Bob", "Cover a shift", page).view is not None


@pytest.mark.parametrize(
    ("which", "words"),
    [
        ("blah", "I do not know which weeks “blah” are."),
        ("105", "I show 1 to 104 weeks, not 105."),
        ("0 weeks", "I show 1 to 104 weeks, not 0."),
        ("from 2026-12-24 to 2026-12-01", "Tue 1 Dec 2026 is before Thu 24 Dec 2026."),
        ("from blah to friday", "I do not know which day “blah” is."),
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
    return [f"{one:%a} {one.day} {one:%b %H:%M}" for one in starts]


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
    # What stands on both pages, from midnight on, is told the same by both.
    assert more[0] == ("Mon 11 Jan 00:00", shown[-1][1])
    assert shown[-1][0] == "Sun 10 Jan 20:00"


def test_what_did_not_fit_is_not_in_the_heading(crowd: World) -> None:
    page = crowd.runs("Alice", "/oncall schedule 8 weeks").text

    last = rows(page)[-1][0]
    assert last == "Sun 10 Jan 20:00"
    assert page.startswith("Support: on call Mon 23 Nov 2026 to Sun 10 Jan 2027\n"), page[:70]


def test_from_a_page_that_was_cut_earlier_leads_back_to_the_same(crowd: World) -> None:
    page = crowd.runs("Alice", "/oncall schedule 8 weeks")
    there = crowd.clicks("Alice", "Later ›", page)
    back = crowd.clicks("Alice", "‹ Earlier", there)

    assert rows(back.text) == rows(page.text)


def test_answers_about_a_crowd_fit_slack(crowd: World) -> None:
    assert "50. Member 49" in crowd.runs("Alice", "/oncall members").text
    why = crowd.runs("Alice", "/oncall why friday 9am").text
    assert "and 38 more; it moves on" in why
    assert "14. Sunday 20:00, 12 hours" in crowd.runs("Alice", "/oncall shifts").text


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
    assert heading[-1] == "Your time"
    assert any(row[0] == "Mon 30 Nov 08:00" and row[-1] == "Nov 30 2:00 PM" for row in rows(hers))
    assert "Times are America/Chicago." in hers
    assert "Your time" not in others
    answer = world.runs("Eve", "/oncall").text
    assert "today at 2:00 PM (Mon 23 Nov 08:00 CST)" in answer


# --- mine -------------------------------------------------------------------------------------


def test_mine_counts_what_one_covers_and_not_what_is_covered(morning: World) -> None:
    morning.changes("Alice", "/oncall override @greg tomorrow 14:00 to 18:00 for gym")

    bobs = morning.runs("Bob", "/oncall mine")
    assert bobs.text.startswith("You have 9 shifts to come in Support:\n")
    assert bullets(bobs.text)[:2] == [
        "• tomorrow at 8:00 AM (Tue 24 Nov 08:00 CST), for 6 h",
        "• tomorrow at 6:00 PM (Tue 24 Nov 18:00 CST), for 1 day 14 h",
    ]
    assert labels(bobs) == ["Find cover", "Swap", "Schedule"]
    gregs = morning.runs("Greg", "/oncall mine").text
    assert "(Tue 24 Nov 14:00 CST), for 4 h, covering for @Bob (gym)" in bullets(gregs)[0]


def test_mine_begins_with_now_while_one_is_on_call(morning: World) -> None:
    morning.passes(hours=2)

    assert bullets(morning.runs("Alice", "/oncall mine").text)[0] == "• now, for 22 h"


def test_mine_of_somebody_else_has_no_buttons_of_theirs(morning: World) -> None:
    answer = morning.runs("Carol", "/oncall mine @bob")

    assert answer.text.startswith("@Bob has 8 shifts to come in Support:\n")
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

    assert "You are not in Support, so you have no shifts there." in answer
    assert "One person at a time" in morning.runs("Zoe", "/oncall mine @bob @carol").text
    assert "“Henry” is not in Support" in morning.runs("Zoe", "/oncall mine Henry").text


# --- why --------------------------------------------------------------------------------------


def test_why_tells_the_rotation(morning: World) -> None:
    answer = morning.runs("Bob", "/oncall why friday 6pm").text

    assert "(Fri 27 Nov 18:00 CST): @Dave will be on call for Support, because:" in answer
    assert (
        "1. It is shift 4 (Friday 08:00, 24 h), Fri 27 Nov 08:00 CST to Sat 28 Nov 08:00 CST. The "
        "rotation of that week is Alice, Bob, Carol, Dave, Eve, Fran, Greg; it moves on by one "
        "shift a week, and that week this shift falls to number 4 of them: @Dave."
    ) in answer
    now = morning.runs("Bob", "/oncall why").text
    assert "@Alice is on call for Support, because:" in now
    assert "shift 1 (Monday 08:00, 24 h)" in now


def test_why_tells_the_rotation_of_later_weeks(morning: World) -> None:
    answer = morning.runs("Bob", "/oncall why 2026-12-11 18:00").text

    assert "@Fran will be on call" in answer
    assert "that week this shift falls to number 6 of them: @Fran." in answer


def test_why_tells_each_override_and_which_one_counts(morning: World) -> None:
    morning.changes("Alice", "/oncall override @greg friday 14:00 to 20:00 for gym")
    morning.changes("Greg", "/oncall override @fran friday 15:00 to 18:00")

    lines = morning.runs("Bob", "/oncall why friday 16:00").text.splitlines()

    assert lines[0].endswith("@Fran will be on call for Support, because:")
    assert lines[1].startswith("1. It is shift 4")
    assert lines[2] == (
        "2. Override 1, made by @Alice on Mon 23 Nov 08:00 CST, puts @Greg on call from Fri 27 "
        "Nov 14:00 CST to Fri 27 Nov 20:00 CST (gym)."
    )
    assert lines[3] == (
        "3. Override 2, made by @Greg on Mon 23 Nov 08:00 CST, puts @Fran on call from Fri 27 "
        "Nov 15:00 CST to Fri 27 Nov 18:00 CST. The newest override counts."
    )

    morning.changes("Alice", "/oncall override cancel 2")
    answer = morning.runs("Bob", "/oncall why friday 16:00").text
    assert "@Greg will be on call for Support, because:" in answer
    assert "Override 2" not in answer
    assert "The newest override counts" not in answer


def test_why_tells_of_a_gap_and_of_what_is_not_planned(morning: World) -> None:
    morning.changes("Alice", "/oncall shifts remove 6")

    gap = morning.runs("Bob", "/oncall why sunday 16:00").text
    assert "nobody will be on call for Support, because:" in gap
    assert "1. No shift covers that time. /oncall shifts shows the gaps of the week." in gap
    far = morning.runs("Bob", "/oncall why 2027-06-01 12:00").text
    assert "So far ahead nothing is planned: I plan 8 weeks ahead" in far


def test_why_of_what_has_been(morning: World) -> None:
    morning.changes("Alice", "/oncall override @greg friday 14:00 to 20:00 for gym")
    morning.until("2026-11-30 09:00")
    morning.forgets_mail()

    answer = morning.runs("Bob", "/oncall why 2026-11-27 16:00").text

    assert "@Greg was on call for Support, because:" in answer
    assert "2. Override 1, made by @Alice" in answer


def test_why_of_a_whole_day_asks_for_the_time(morning: World) -> None:
    answer = morning.runs("Bob", "/oncall why tomorrow").text

    assert "At what time? The reasons can change during a day." in answer
    assert "/oncall why tomorrow 18:00" in answer


# --- members history --------------------------------------------------------------------------


def test_history_counts_shifts_hours_and_weekends(support: World) -> None:
    support.changes("Alice", "/oncall override @greg friday 14:00 to 18:00")
    support.until("2026-12-21 09:00")
    support.forgets_mail()

    fran = support.runs("Bob", "/oncall members history @fran").text
    assert fran.startswith("@Fran in Support since 23 Nov 2026\n")
    # Sunday, Saturday, and a Friday that goes on into Saturday; a Thursday is no weekend.
    assert "The last 12 months: 4 shifts, 96 hours (4 days), 3 weekends\n" in fran
    assert bullets(fran)[:4] == [
        "• Thu 17 Dec 08:00 CST to Fri 18 Dec 08:00 CST",
        "• Fri 11 Dec 08:00 CST to Sat 12 Dec 08:00 CST",
        "• Sat 5 Dec 08:00 CST to Sun 6 Dec 08:00 CST",
        "• Sun 29 Nov 08:00 CST to Mon 30 Nov 08:00 CST",
    ]
    bob = support.runs("Bob", "/oncall members history").text
    assert "The last 12 months: 3 shifts, 96 hours (4 days), 1 weekend\n" in bob
    assert "Planned: 5 shifts, 144 hours (6 days), 2 weekends" in bob
    greg = support.runs("Bob", "/oncall members history @greg").text
    assert "• Fri 27 Nov 14:00 CST to Fri 27 Nov 18:00 CST" in bullets(greg)


def test_history_of_many_shifts_lists_the_latest(world: World) -> None:
    for name, number in (("Alice", "+13125550101"), ("Bob", "+13125550102")):
        world.joins(name, number, admin=name == "Alice")
        world.changes("Alice", f"/oncall members add @{name.lower()} {number}")
    world.changes("Alice", "/oncall shifts pattern daily 08:00")
    world.until("2026-12-21 07:00")
    world.forgets_mail()

    alice = world.runs("Bob", "/oncall members history @alice").text

    past, _, planned = alice.partition("Planned:")
    assert len(bullets(past)) == 8
    assert re.search(r"… and \d+ earlier ones", past)
    assert len(bullets(planned)) == 8
    assert re.search(r"… and \d+ more", planned)


def test_history_of_nobody_and_of_who_left(support: World) -> None:
    support.joins("Zoe", "+13125550111")
    assert "Whose? For example: /oncall members history @bob." in (
        support.runs("Zoe", "/oncall members history").text
    )
    assert "One person at a time" in support.runs("Zoe", "/oncall members history @bob @eve").text
    support.until("2026-11-30 09:00")
    support.forgets_mail()
    support.changes("Alice", "/oncall members remove @dave")
    support.tick()
    support.forgets_mail()

    dave = support.runs("Bob", "/oncall members history @dave").text

    assert "since 23 Nov 2026, not in the rotation any more" in dave
    assert "The last 12 months: 1 shift, 24 hours (1 day), 1 weekend" in dave
    assert "Planned: nothing\nNo shifts." in dave


# --- notifications ----------------------------------------------------------------------------


def test_one_pages_through_what_was_sent(support: World) -> None:
    for day in range(23, 29):
        support.until(f"2026-11-{day} 08:00")
        support.passes(seconds=15)
    support.forgets_mail()

    newest = support.runs("Greg", "/oncall notifications")
    assert newest.text.startswith("The latest for Support\n")
    assert len(bullets(newest.text)) == 10
    assert labels(newest) == ["Older ›"]

    older = support.clicks("Greg", "Older ›", newest)
    assert older.text.startswith("Page 2 of what was sent for Support\n")
    assert labels(older) == ["‹ Newer"]
    assert bullets(older.text) == [
        "• 2 Mon 23 Nov 08:00 CST: SMS to @Alice, delivered",
        "• 1 Mon 23 Nov 08:00 CST: morning post, posted",
    ]
    assert support.clicks("Greg", "‹ Newer", older).text == newest.text


def test_what_was_sent_to_one_person_has_pages_of_its_own(support: World) -> None:
    support.until("2026-11-23 08:00")
    for hour in range(11):
        support.until(f"2026-11-23 {9 + hour:02}:30")
        support.runs("Greg", "/oncall test")
        support.runs("Bob", "/oncall test")
        support.tick()
    support.passes(seconds=15)
    support.forgets_mail()

    bobs = support.runs("Carol", "/oncall notifications @bob")
    assert bobs.text.startswith("The latest to @Bob for Support\n")
    assert len(bullets(bobs.text)) == 10
    assert all("test SMS to @Bob" in line for line in bullets(bobs.text))

    older = support.clicks("Carol", "Older ›", bobs)
    assert len(bullets(older.text)) == 1
    assert "test SMS to @Bob" in bullets(older.text)[0]
    assert "Mon 23 Nov 09:30 CST" in bullets(older.text)[0]
    assert "Nothing was sent to @Eve for Support yet." in (
        support.runs("Carol", "/oncall notifications @eve").text
    )


def test_all_about_an_sms_that_failed(support: World) -> None:
    support.sandbox.twilio.fault("503", times=9)
    support.until("2026-11-23 08:00")
    for _ in range(10):
        support.passes(seconds=60)
    listed = support.runs("Bob", "/oncall notifications").text
    (line,) = [one for one in bullets(listed) if ": SMS to @Alice" in one]
    assert "SMS to @Alice, failed, 3 tries. Twilio is having trouble (503)." in line
    number = line.split()[1]

    told = support.runs("Bob", f"/oncall notifications {number}").text

    assert told.startswith(f"Notification {number}: SMS to @Alice, failed\n")
    assert "Due today at 8:00 AM (Mon 23 Nov 08:00 CST)." in told
    assert "To @Alice, +1••••••••01." in told
    assert "Twilio is having trouble (503). (Twilio’s code 20503)" in told
    assert "> Good morning, Alice! You are on call for Support until Tue 24 Nov" in told
    assert [one.split(": ", 1)[1] for one in bullets(told)][:3] == [
        "failed for now. Twilio is having trouble (503)."
    ] * 3
    assert "What followed" in told
    assert "+1 312-555-0101" in support.runs("Alice", f"/oncall notifications {number}").text


def test_an_error_is_told_in_words_and_without_the_number(support: World) -> None:
    support.sandbox.phones.script("+13125550101", "refuse:21211")
    support.until("2026-11-23 08:00")

    told = support.runs("Bob", "/oncall notifications 2").text

    assert "the number does not exist: check it and correct it." in told
    assert "(Twilio’s code 21211)" in told
    assert "• Mon 23 Nov 08:00 CST: refused. Twilio says that the number does not exist" in told
    assert "3125550101" not in told


def test_ones_own_number_is_told_in_full(morning: World) -> None:
    morning.runs("Bob", "/oncall test")
    morning.tick()
    morning.reads("Bob", "Test from WhoseOnFirst")

    assert "To @Bob, +1 312-555-0102." in morning.runs("Bob", "/oncall notifications 3").text
    assert "To @Bob, +1••••••••02." in morning.runs("Carol", "/oncall notifications 3").text
    assert "To @Bob, +1 312-555-0102." in morning.runs("Alice", "/oncall notifications 3").text


def test_what_was_written_to_somebody_is_read_by_them_and_admins_only(morning: World) -> None:
    morning.changes("Alice", "/oncall override @greg friday for gym")
    morning.tick()
    listed = bullets(morning.runs("Carol", "/oncall notifications").text)
    number = next(line.split()[1] for line in listed if "direct message to @Greg" in line)

    assert "On call from Nov 27" in morning.runs("Greg", f"/oncall notifications {number}").text
    assert "On call from Nov 27" in morning.runs("Alice", f"/oncall notifications {number}").text
    assert "On call from Nov 27" not in morning.runs("Eve", f"/oncall notifications {number}").text


def test_a_long_direct_message_is_not_cut_within_a_date(morning: World) -> None:
    morning.joins("Zoe", "+13125550111")
    morning.changes("Alice", "/oncall members add @zoe +13125550111 first")
    morning.tick()
    listed = bullets(morning.runs("Alice", "/oncall notifications").text)
    number = next(line.split()[1] for line in listed if "direct message to @Alice" in line)

    told = morning.runs("Alice", f"/oncall notifications {number}").text

    assert "On call from" in told
    assert "<!date" not in told


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("page 0", "Which page? For example: /oncall notifications page 1."),
        ("page x", "Which page? For example: /oncall notifications page 1."),
        ("page 9", "The newest are on page 1: /oncall notifications."),
        ("blah blub", "Name a person or a number."),
        ("99", "There is no notification 99. /oncall notifications lists them by number."),
        ("Henry", "“Henry” is not in Support."),
    ],
)
def test_notifications_of_wrong_input(morning: World, typed: str, words: str) -> None:
    answer = morning.runs("Bob", f"/oncall notifications {typed}").text

    assert answer.startswith("❌ ")
    assert words in answer


def test_all_leads_back_to_the_list(morning: World) -> None:
    one = morning.runs("Bob", "/oncall notifications 1")

    assert morning.clicks("Bob", "All", one).text.startswith("The latest for Support\n")


# --- audit ------------------------------------------------------------------------------------


def test_the_audit_tells_who_changed_what_from_what_to_what(morning: World) -> None:
    morning.changes("Alice", "/oncall settings notify 07:30")
    morning.passes(minutes=1)
    morning.changes("Alice", "/oncall members edit @carol phone +13125550133")
    morning.passes(minutes=1)
    morning.changes("Alice", "/oncall override @greg friday 14:00 to 18:00 for gym")

    for_admins = bullets(morning.runs("Alice", "/oncall audit").text)
    for_bob = bullets(morning.runs("Bob", "/oncall audit").text)

    assert for_admins[:3] == [
        "• Mon 23 Nov 08:02 CST @Alice: override created 1: Greg, from Fri 27 Nov 14:00 CST, to "
        "Fri 27 Nov 18:00 CST, reason gym",
        "• Mon 23 Nov 08:01 CST @Alice: member edited Carol: number +13125550103 → +13125550133",
        "• Mon 23 Nov 08:00 CST @Alice: settings changed: notify time 08:00 → 07:30",
    ]
    assert for_bob[1] == (
        "• Mon 23 Nov 08:01 CST @Alice: member edited Carol: number +1••••••••03 → +1••••••••33"
    )
    assert for_bob[0] == for_admins[0]
    assert for_bob[2] == for_admins[2]
    assert "+1312" not in "".join(for_bob)


def test_one_pages_through_the_audit(morning: World) -> None:
    morning.changes("Alice", "/oncall settings notify 07:30")
    newest = morning.runs("Bob", "/oncall audit")
    assert newest.text.startswith("Support: who changed what (page 1 of 2)\n")
    assert len(bullets(newest.text)) == 10
    assert labels(newest) == ["Older ›"]

    older = morning.clicks("Bob", "Older ›", newest)

    assert older.text.startswith("Support: who changed what (page 2 of 2)\n")
    assert "command line: member added Alice: number +1••••••••01" in older.text
    assert bullets(older.text)[-1].endswith("command line: team made Support")
    assert labels(older) == ["‹ Newer"]
    assert morning.clicks("Bob", "‹ Newer", older).text == newest.text


@pytest.mark.parametrize("typed", ["x", "0", "1 2"])
def test_a_page_of_the_audit_is_a_number(morning: World, typed: str) -> None:
    answer = morning.runs("Bob", f"/oncall audit {typed}").text

    assert "Which page? For example: /oncall audit 2." in answer


def test_a_page_that_the_audit_does_not_have(morning: World) -> None:
    answer = morning.runs("Bob", "/oncall audit 9").text

    assert "There are 2 pages. For example: /oncall audit 2." in answer


def test_an_audit_of_one_page_says_so_in_good_english(world: World) -> None:
    world.joins("Alice", "+13125550101", admin=True)

    assert "There are 1 pages" not in world.runs("Alice", "/oncall audit 2").text


# --- several teams ----------------------------------------------------------------------------


class Two:
    """Support, and payments with a channel of its own, in which Zoe is on call all week."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.zoe = world.joins("Zoe", "+13125550111")
        world.joins("Henry", "+13125550112")  # is in no team
        people: list[SlackPerson] = [person.slack for person in world.people.values()]
        self.payments = world.sandbox.slack.channel("payments", members=people)
        for command in (
            "teams add payments #payments",
            "members add @zoe +13125550111 team:payments",
            "shifts pattern weekly team:payments",
        ):
            world.changes("Alice", f"/oncall {command}")
        world.tick()
        world.forgets_mail()


@pytest.fixture
def two(morning: World) -> Two:
    """Two teams, on Monday at 08:00."""
    return Two(morning)


def test_teams_lists_them_with_who_is_on_call(two: Two) -> None:
    answer = two.world.runs("Bob", "/oncall teams").text

    assert bullets(answer) == [
        "• Support: @Alice on call. #support, America/Chicago, message at 08:00, circular, planned "
        "8 weeks ahead",
        "• payments: @Zoe on call. #payments, America/Chicago, message at 08:00, circular, planned "
        "8 weeks ahead",
    ]
    assert "To name another: /oncall team:Support." in answer


def test_a_command_is_about_the_team_of_its_channel(two: Two) -> None:
    bob = two.world.people["Bob"]

    assert "@Zoe is on call for payments" in bob.runs("/oncall", two.payments).text
    assert "@Alice is on call for Support" in bob.runs("/oncall", two.world.channel).text
    assert bob.runs("/oncall schedule", two.payments).text.startswith("payments: on call")
    assert "You are not in payments" in bob.runs("/oncall mine", two.payments).text
    bob.runs("/oncall share", two.payments)
    assert "@Zoe is on call for payments" in two.payments.messages[-1].plain


def test_buttons_stay_with_the_team_they_are_about(two: Two) -> None:
    bob = two.world.people["Bob"].slack
    answer = bob.runs("/oncall team:payments", two.world.channel)

    shown = two.world.clicks("Bob", "Schedule", answer)

    assert shown.text.startswith("payments: on call")
    assert two.world.clicks("Bob", "Later ›", shown).text.startswith("payments: on call")


@pytest.mark.parametrize(
    "line",
    [
        "team:payments who tomorrow",
        "who team:payments tomorrow",
        "who tomorrow team:payments",
        "who tomorrow TEAM:Payments",
    ],
)
def test_a_team_is_named_anywhere_in_the_line(two: Two, line: str) -> None:
    answer = two.world.runs("Bob", f"/oncall {line}").text

    assert answer.startswith("📞 On call for payments on Tuesday 24 November 2026:\n")
    assert "@Zoe" in answer


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("schedule team:nope", "There is no team “nope”. There are: Support, payments."),
        ("schedule team:", "Which team? Its name comes right after the colon"),
        ("schedule team:payments team:support", "One team at a time."),
    ],
)
def test_a_team_that_is_none_is_said(two: Two, line: str, words: str) -> None:
    answer = two.world.runs("Bob", f"/oncall {line}").text

    assert answer.startswith("❌ ")
    assert words in answer


def test_a_name_with_a_space_is_named_in_quotes(two: Two) -> None:
    two.world.changes("Alice", '/oncall settings name "night shift" team:payments')

    answer = two.world.runs("Bob", '/oncall team:"night shift"').text

    assert "@Zoe is on call for night shift" in answer


def test_in_a_direct_message_ones_own_team_is_meant(two: Two) -> None:
    bob, zoe = two.world.people["Bob"], two.world.people["Zoe"]

    assert "for Support" in bob.runs("/oncall", direct(two.world, "Bob")).text
    assert "for payments" in zoe.runs("/oncall", direct(two.world, "Zoe")).text


def test_who_is_in_no_team_is_asked_which_and_clicks_it(two: Two) -> None:
    henry = two.world.people["Henry"]
    asked = henry.runs("/oncall who tomorrow", direct(two.world, "Henry"))

    assert "Which team do you mean? Click it" in asked.text
    assert labels(asked) == ["Support", "payments"]

    answer = two.world.clicks("Henry", "payments", asked)

    assert answer.text.startswith("📞 On call for payments on Tuesday 24 November 2026:\n")
    assert "@Zoe" in answer.text
    again = henry.runs("/oncall who tomorrow", direct(two.world, "Henry"))
    answer = two.world.clicks("Henry", "Support", again)
    assert answer.text.startswith("📞 On call for Support on Tuesday 24 November 2026:\n")


def test_a_name_with_a_space_can_be_clicked_too(two: Two) -> None:
    two.world.changes("Alice", '/oncall settings name "night shift" team:payments')
    henry = two.world.people["Henry"]
    asked = henry.runs("/oncall schedule", direct(two.world, "Henry"))

    answer = two.world.clicks("Henry", "night shift", asked)

    assert answer.text.startswith("night shift: on call")


def test_who_is_in_two_teams_is_asked_too(two: Two) -> None:
    two.world.changes("Alice", "/oncall members add @greg +13125550107 team:payments")
    two.world.tick()
    greg = two.world.people["Greg"]
    asked = greg.runs("/oncall mine", direct(two.world, "Greg"))
    assert labels(asked) == ["Support", "payments"]

    answer = two.world.clicks("Greg", "payments", asked)

    assert "to come in payments:" in answer.text


def test_a_form_is_opened_for_the_team_that_is_clicked(two: Two) -> None:
    world = two.world
    world.joins("Ida", "+13125550113", admin=True)
    asked = world.people["Ida"].runs("/oncall members add", direct(world, "Ida"))

    form = world.clicks("Ida", "payments", asked)

    assert form.view is not None
    assert form.view.title == "Add a member"
    ida = world.people["Ida"]
    preview = world.fills_in("Ida", {"Who, in Slack": ida.id, "Phone number": "+13125550113"})
    assert "@Zoe → @Ida" in preview.plain
    world.confirms_form("Ida", preview)
    assert "2. @Ida" in ida.runs("/oncall members", two.payments).text
    assert "@Ida" not in ida.runs("/oncall members", world.channel).text


def test_a_form_of_a_named_team_is_about_that_team(two: Two) -> None:
    form = two.world.opens("Alice", "settings team:payments")

    assert "payments" in form.plain
    assert "Support" not in form.plain


def test_each_team_tells_of_its_own_messages_and_changes(two: Two) -> None:
    bob = two.world.people["Bob"]

    assert "@Alice" not in bob.runs("/oncall notifications", two.payments).text
    audit = bob.runs("/oncall audit", two.payments).text
    assert "team made payments" in audit
    assert "member added Greg" not in audit
    assert "There is no notification 1." in bob.runs("/oncall notifications 1", two.payments).text
