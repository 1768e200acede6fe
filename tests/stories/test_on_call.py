"""`/oncall` and `/oncall who`: who is on call now or at any time, and the buttons below."""

import pytest

from tests.stories.conftest import World
from tests.stories.reading import bullets, labels, seen

# --- /oncall and its buttons ------------------------------------------------------------------


def test_oncall_has_four_buttons(morning: World) -> None:
    answer = morning.runs("Greg", "/oncall")

    assert answer.ephemeral
    assert labels(answer) == ["Schedule", "My shifts", "Cover a shift myself", "Share to channel"]


def test_schedule_takes_the_place_of_what_only_one_person_sees(morning: World) -> None:
    answer = morning.runs("Greg", "/oncall")
    before = len(seen(morning, "Greg"))

    shown = morning.clicks("Greg", "Schedule", answer)

    assert shown.ephemeral
    assert shown.text.startswith("Support schedule: Mon Nov 23, 2026 to Sun Dec 6, 2026\n")
    assert len(seen(morning, "Greg")) == before
    assert answer.text not in seen(morning, "Greg")
    assert not any("on call Mon Nov 23" in text for text in seen(morning, "Bob"))


def test_share_posts_for_everybody_and_says_who_asked(morning: World) -> None:
    answer = morning.runs("Greg", "/oncall")

    morning.clicks("Greg", "Share to channel", answer)

    post = morning.sees_post("@Alice is on call for Support until", "Shared by @Greg")
    assert "[ " not in post
    assert post in seen(morning, "Bob")
    assert answer.text in seen(morning, "Greg")  # what was only for Greg is still there
    assert answer.text not in seen(morning, "Bob")


def test_share_can_be_typed(morning: World) -> None:
    answer = morning.runs("Greg", "/oncall share")

    assert not answer.ephemeral
    assert morning.sees_post("@Alice is on call", "Next: @Bob", "Shared by @Greg") == answer.text


def test_my_shifts_tells_ones_own(morning: World) -> None:
    answer = morning.clicks("Bob", "My shifts", morning.runs("Bob", "/oncall"))

    assert answer.ephemeral
    assert answer.text.startswith("You have 8 shifts coming up in Support:\n")
    assert bullets(answer.text)[0] == "• Tue Nov 24, 8:00 AM CST, for 2 days"


def test_cover_a_shift_opens_the_form(morning: World) -> None:
    answer = morning.clicks("Greg", "Cover a shift myself", morning.runs("Greg", "/oncall"))

    assert answer.view is not None
    assert "Which shift?" in answer.view.plain
    preview = morning.fills_in("Greg", {"Which shift?": "Fri Nov 27, 8:00 AM, for 1 day: Dave"})
    assert "@Dave → @Greg" in preview.plain


def test_what_is_shared_has_no_buttons(morning: World) -> None:
    morning.runs("Greg", "/oncall share")
    post = morning.channel.messages[-1]

    assert not any(block["type"] == "actions" for block in post.blocks)


def test_the_zone_is_said_once_however_many_times_there_are(morning: World) -> None:
    morning.changes("Alice", "/oncall shifts remove 6")
    morning.until("2026-11-29 09:00")
    morning.forgets_mail()

    home = morning.opens_home("Carol", "Nobody is on call").plain.split("[ Schedule ]")[0]
    typed = morning.runs("Carol", "/oncall").text

    for text in (home, typed):
        assert "Nobody is on call for Support until Mon Nov 30, 8:00 AM CST." in text
        assert "Next: @Bob from Mon Nov 30, 8:00 AM, until Tue Dec 1, 8:00 AM." in text
        assert text.count("CST") == 1


def test_whoever_is_elsewhere_reads_their_own_time_and_each_zone_once(morning: World) -> None:
    morning.changes("Alice", "/oncall members edit @dave zone Europe/London")

    said = morning.runs("Dave", "/oncall").text

    assert "until Tue Nov 24, 8:00 AM CST (2:00 PM GMT)." in said
    assert "Next: @Bob, until Thu Nov 26, 8:00 AM (2:00 PM)." in said


def test_the_zone_is_said_again_if_the_clocks_change_in_between(morning: World) -> None:
    morning.changes("Alice", "/oncall generate 26")

    said = morning.runs("Bob", "/oncall who 2027-03-13 9am").text

    assert "Sat Mar 13, 9:00 AM CST: " in said
    assert ", until Sun Mar 14, 8:00 AM CDT." in said


# --- who --------------------------------------------------------------------------------------


def test_who_at_a_moment_to_come(morning: World) -> None:
    answer = morning.runs("Greg", "/oncall who friday 6pm")

    assert answer.text.startswith("📞 Fri Nov 27, 6:00 PM CST: @Dave will be on ")
    assert "for Support, until Sat Nov 28, 8:00 AM." in answer.text
    assert labels(answer) == ["Why?", "Schedule"]
    why = morning.clicks("Greg", "Why?", answer)
    assert "@Dave will be on call for Support, because:" in why.text


def test_who_on_a_day_that_two_people_share(morning: World) -> None:
    morning.changes("Alice", "/oncall override @greg tomorrow 14:00 to 18:00 for gym")

    answer = morning.runs("Carol", "/oncall who tomorrow").text

    assert answer.startswith("📞 On call for Support on Tue Nov 24, 2026:\n")
    assert bullets(answer) == [
        "• Tue Nov 24, 12:00 AM to 8:00 AM CST: @Alice",
        "• Tue Nov 24, 8:00 AM to 2:00 PM CST: @Bob",
        "• Tue Nov 24, 2:00 PM to 6:00 PM CST: @Greg, covering for @Bob (reason: gym)",
        "• Tue Nov 24, 6:00 PM to Wed Nov 25, 12:00 AM CST: @Bob",
    ]


def test_who_was_it_yesterday(morning: World) -> None:
    morning.until("2026-11-24 10:00")
    morning.forgets_mail()

    assert bullets(morning.runs("Carol", "/oncall who yesterday").text) == [
        "• Mon Nov 23, 12:00 AM to 8:00 AM CST: nobody",
        "• Mon Nov 23, 8:00 AM to Tue Nov 24, 12:00 AM CST: @Alice",
    ]
    then = morning.runs("Carol", "/oncall who yesterday 9am").text
    assert "@Alice was on call for Support, until Tue Nov 24, 8:00 AM." in then


def test_who_in_a_gap_is_nobody(morning: World) -> None:
    morning.changes("Alice", "/oncall shifts remove 6")

    at_four = morning.runs("Bob", "/oncall who sunday 16:00").text
    assert "Sun Nov 29, 4:00 PM CST: nobody is on call." in at_four
    all_day = morning.runs("Bob", "/oncall who sunday").text
    assert "• Sun Nov 29, 8:00 AM to Mon Nov 30, 12:00 AM CST: nobody" in bullets(all_day)


@pytest.mark.parametrize("when", ["2027-06-01", "2027-06-01 12:00"])
def test_so_far_ahead_nothing_is_planned_and_that_is_not_called_a_gap(
    morning: World, when: str
) -> None:
    answer = morning.runs("Bob", f"/oncall who {when}").text

    assert "nothing is planned yet. A lead can plan further ahead: /oncall generate 26." in answer
    assert "nobody" not in answer


def test_who_now_is_what_oncall_says(morning: World) -> None:
    assert morning.runs("Bob", "/oncall who now").text == morning.runs("Bob", "/oncall").text
    assert morning.runs("Bob", "/oncall who").text == morning.runs("Bob", "/oncall").text


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("blah", "I don’t know which day “blah” is. Write it like tomorrow"),
        ("next weekend", "“next weekend” could be this weekend or the next. Write this"),
        ("friday to sunday", "is a range. Name one time, like friday 18:00, or a day"),
        ("friday 25:00", "“25:00” isn’t a time of day. Write it like 08:00"),
        ("5/6", "“5/6” could be two days. Write 2027-05-06 or 2027-06-05."),
        ("2030-01-01", "is too far away. Give a day within two years"),
        ("31 feb", "“31 feb” isn’t a real date"),
    ],
)
def test_a_when_that_is_not_understood_is_said_with_examples(
    morning: World, when: str, words: str
) -> None:
    answer = morning.runs("Bob", f"/oncall who {when}").text

    assert answer.startswith("❌ ")
    assert words in answer
