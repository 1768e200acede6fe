"""Every morning at 8:00 the person on call gets an SMS, and the channel a copy."""

from storage.database import writing
from storage.models import Member
from tests.stories.conftest import World


def test_at_eight_the_person_on_call_gets_an_sms_and_the_channel_a_copy(support: World) -> None:
    support.until("2026-11-23 08:00")

    support.reads(
        "Alice", "Good morning, Alice.", "on call for Support until Tue Nov 24, 8:00 AM CST", "Bob"
    )
    support.sees_post(
        "Good morning! @Alice is on call for Support", "Tue Nov 24, 8:00 AM CST", "@Bob"
    )


def test_a_zone_that_is_not_known_here_keeps_no_text_back(support: World) -> None:
    """It may have been stored by another version, with another tz database."""
    with writing():
        Member.update(time_zone="Mars/Olympus").where(Member.name == "Alice").execute()
    support.until("2026-11-23 08:00")

    support.reads("Alice", "on call for Support until Tue Nov 24, 8:00 AM CST")
    assert "Alice" in support.runs("Alice", "/oncall").text


def test_nothing_is_sent_before_eight(support: World) -> None:
    support.until("2026-11-23 07:59")

    support.has_no_mail()
    support.sees_no_post()


def test_ticking_again_and_again_sends_nothing_twice(support: World) -> None:
    support.until("2026-11-23 08:00")
    for _ in range(20):
        support.passes(seconds=15)

    support.reads("Alice", "Good morning")
    support.sees_post("Good morning")
    support.sees_no_post()


def test_the_second_day_of_a_long_shift_says_so(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.until("2026-11-24 08:00")
    support.until("2026-11-25 08:00")

    support.reads("Alice", "Good morning, Alice.")
    support.reads("Bob", "Day 1 of 2", "until Thu Nov 26, 8:00 AM CST")
    support.reads("Bob", "Day 2 of 2", "until Thu Nov 26, 8:00 AM CST")


def test_the_whole_example_week_reaches_everybody_in_turn(support: World) -> None:
    days = range(23, 30)
    for day in days:
        support.until(f"2026-11-{day} 08:00")
    support.until("2026-11-30 08:00")

    for name in ("Alice", "Bob", "Bob", "Carol", "Dave", "Eve", "Fran", "Bob"):
        support.reads(name, f"Good morning, {name}.")


def test_in_the_night_the_clocks_change_it_is_still_eight_o_clock(support: World) -> None:
    support.stops_bot()
    support.until("2027-03-14 07:00")
    support.starts_bot()
    support.tick()
    late = support.people  # what the winter missed is another story
    for person in late.values():
        while person.phone.messages and _has_mail(support, person.name):
            support.reads(person.name)
    support.until("2027-03-14 07:59")
    support.has_no_mail()
    support.until("2027-03-14 08:00")

    on_call = support.runs("Alice", "/oncall").text
    name = next(name for name in support.people if f"@{name} is on call" in on_call)
    support.reads(name, "until Mon Mar 15, 8:00 AM CDT")


def test_an_opened_gap_is_announced_and_nobody_gets_an_sms(support: World) -> None:
    support.changes("Alice", "/oncall shifts remove 1")
    support.until("2026-11-23 08:00")

    support.sees_post("Nobody is on call for Support until", "To fill the gap: /oncall take until")


def test_two_people_whose_shifts_overlap_both_get_an_sms(support: World) -> None:
    support.changes("Alice", "/oncall shifts add 7 monday 24h 08:00")
    support.until("2026-11-23 08:00")

    support.reads("Alice", "Good morning, Alice.")
    support.reads("Greg", "Good morning, Greg.")
    support.sees_post("@Alice and @Greg are on call")


def test_a_start_at_twenty_past_eight_sends_the_sms_late_and_says_so(support: World) -> None:
    support.stops_bot()
    support.until("2026-11-23 08:20")
    support.starts_bot()
    support.tick()

    support.reads("Alice", "Good morning, Alice.", "20 min late")
    support.sees_post("@Alice is on call", "20 min late")


def test_after_two_days_down_only_what_is_useful_goes_out_and_one_note_tells_the_rest(
    support: World,
) -> None:
    support.stops_bot()
    support.until("2026-11-26 10:00")
    support.starts_bot()
    support.tick()

    support.reads("Carol", "Good morning, Carol.", "2 h late")
    support.sees_posts(
        ("@Carol is on call", "2 h late"),
        ("I wasn’t running from", "Mon Nov 23, 8:00 AM CST: Alice", "Bob"),
    )
    support.sees_no_post()


def test_an_override_made_after_eight_tells_the_person_who_comes_on(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning")
    support.sees_post("@Alice")
    support.changes("Alice", "/oncall override @greg 9:00 to 17:00 for a dentist")
    support.until("2026-11-23 09:00")

    support.reads("Greg", "Greg, you're now on call", "covering Alice", "Mon Nov 23, 5:00 PM CST")
    support.sees_post("Handoff: @Greg is on call", "covering for @Alice (reason: a dentist)")

    support.until("2026-11-23 17:00")
    support.reads("Alice", "Alice, you're now on call")
    support.sees_post("Handoff: @Alice")


def test_a_running_override_that_is_cancelled_hands_back_at_once(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.changes("Alice", "/oncall override @greg now to 17:00")
    support.passes(seconds=15)
    support.reads("Greg", "on call for")
    support.changes("Alice", "/oncall override cancel 1")
    support.passes(seconds=15)

    support.reads("Alice", "Alice, you're now on call")


def _has_mail(world: World, name: str) -> bool:
    try:
        world.has_no_mail()
    except AssertionError as left:
        return world.people[name].phone.number in str(left)
    return False
