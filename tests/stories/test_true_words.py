"""Posts and texts say the truth: who covers for whom, how late, which day, whether reached."""

from tests.stories.conftest import World
from tests.stories.stored import rows


def test_a_cover_over_several_shifts_names_all_whom_it_covers_for(support: World) -> None:
    preview = support.runs(
        "Alice", "/oncall override @greg 2026-11-24 08:00 to 2026-11-27 08:00 for vacation"
    )
    asked = "Have @Greg cover for @Bob and @Carol, Tue Nov 24, 8:00 AM to Fri Nov 27, 8:00 AM?"
    assert f"{asked} Reason: vacation" in preview.text
    support.confirms("Alice", preview)
    support.until("2026-11-24 08:00")
    support.passes(seconds=15)
    support.forgets_mail()
    covering = "covering for @Bob and @Carol (reason: vacation)"
    assert covering in support.post("Good morning! @Greg is on call")
    assert covering in support.runs("Bob", "/oncall").text
    assert covering in support.runs("Greg", "/oncall mine").text


def test_a_reason_is_never_read_as_one_of_who_is_on_call(support: World) -> None:
    support.changes("Alice", "/oncall override @greg 2026-11-24 08:00 to 12:00 for a vacation")
    support.changes("Alice", "/oncall shifts remove 1")  # nobody would be on call today
    support.changes("Alice", "/oncall override @fran 2026-11-23 08:00 to 12:00 for extra hands")

    listed = support.runs("Bob", "/oncall overrides").text
    assert "CST, covering for @Bob (reason: a vacation)" in listed
    assert "12:00 PM CST. Reason: extra hands" in listed
    answer = support.runs("Bob", "/oncall who 2026-11-23 09:00").text
    assert "until Mon Nov 23, 12:00 PM. Reason: extra hands." in answer
    support.until("2026-11-23 08:00")
    support.forgets_mail()
    post = support.post("@Fran is on call for Support")
    assert "until Mon Nov 23, 12:00 PM CST. Reason: extra hands." in post


def test_an_override_of_many_names_two_of_them_and_counts_the_others(support: World) -> None:
    support.changes("Alice", "/oncall override @greg 2026-11-24 to 2026-11-28 for a trip")

    listed = support.runs("Bob", "/oncall overrides").text

    assert "covering for @Bob, @Carol and 2 more (reason: a trip)" in listed


def test_whose_own_turn_is_part_of_it_does_not_cover_in_it(support: World) -> None:
    support.changes("Alice", "/oncall override @alice 2026-11-24 08:00 to 2026-11-25 08:00")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "until Wed Nov 25, 8:00 AM CST.")
    post = support.post("Good morning!")
    assert "@Alice is on call" in post
    assert "covering" not in post


def test_an_sms_that_was_in_time_was_not_reached_late(support: World) -> None:
    support.sandbox.twilio.fault("accept_then_drop")  # the answer is lost
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.sandbox.twilio.trouble("503")  # and nobody can look
    support.settles(7)
    support.post("may not have gotten the text")
    support.sandbox.twilio.recover()
    support.settles(5)
    said = support.post("@Alice is on call and got the text at 8:00:03 AM; its receipt came late.")
    assert "delivered 8:00:03 AM" in said
    support.changes("Bob", "/oncall take now to 20:00")
    support.settles(2)
    support.forgets_mail()
    support.post("Closed: @Bob is on call now. @Alice got the text at 8:00:03 AM.")


def test_a_text_to_the_second_phone_is_not_late_if_the_first_was_in_time(support: World) -> None:
    support.runs("Alice", "/oncall members edit @alice second +13125550121")
    support.changes("Alice", "/oncall settings confirm 10")
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.settles(11)
    (second,) = support.sandbox.phones.phone("+13125550121").messages
    assert second.body.endswith("(Sent again; first sent at 8:00 AM.)")
    support.settles(10)


def test_what_never_went_out_before_is_as_late_as_it_is(support: World) -> None:
    support.sandbox.twilio.trouble("503")
    support.until("2026-11-23 08:00")
    support.settles(9)
    support.sandbox.twilio.recover()
    support.settles(4)
    assert "min late.)" in support.reads("Alice", "Good morning")


def test_a_turn_that_is_all_but_over_is_not_texted_a_day_late(support: World) -> None:
    support.stops_bot()
    support.until("2026-11-24 07:59")
    support.starts_bot()
    support.tick()
    support.has_no_mail()
    assert "23 h 59 min late" in support.post("@Alice is on call")
    support.passes(minutes=1)
    support.reads("Bob", "Good morning, Bob.")
    assert rows("daily")[1].status == "expired"


def test_a_shift_that_ends_in_the_hour_that_spring_skips_is_one_day(world: World) -> None:
    world.joins("Alice", "+13125550101", admin=True)
    world.joins("Bob", "+13125550102")
    world.runs("Alice", "/oncall members add @alice +13125550101")
    world.runs("Alice", "/oncall members add @bob +13125550102")
    world.clock.forward_to(world.clock.now().replace(year=2027, month=3, day=8, hour=18))
    world.changes("Alice", "/oncall shifts add 1 saturday 24h 02:30")
    world.changes("Alice", "/oncall settings notify 02:30")
    world.until("2027-03-13 02:30")
    world.passes(seconds=15)
    world.reads(
        "Alice", "Good morning, Alice. You're on call for Support until Sun Mar 14, 3:30 AM"
    )
    assert "(day 1" not in world.post("@Alice is on call")


def test_whoever_has_the_sms_and_has_not_confirmed_was_not_out_of_reach(support: World) -> None:
    support.changes("Alice", "/oncall settings confirm 10")
    support.changes("Alice", "/oncall escalation add @greg")
    support.changes("Alice", "/oncall escalation add @dave")
    support.until("2026-11-23 08:00")
    support.settles(17)
    support.forgets_mail()
    support.replies("Greg", "OK")
    support.reads("Greg", "Thanks, Greg.")
    support.reads("Dave", "Greg is handling it: Alice (Support) hasn't confirmed.")
    support.post("@Greg is handling it: @Alice (on call) hasn’t confirmed.")


def test_a_second_ok_on_another_day_says_which_day_the_first_was(support: World) -> None:
    support.until("2026-11-24 08:00")
    support.forgets_mail()
    support.replies("Bob", "OK")
    support.reads("Bob", "Confirmed")
    support.changes("Alice", "/oncall settings second-day off")
    support.until("2026-11-25 07:00")
    support.replies("Bob", "OK")
    support.reads("Bob", "Thanks, Bob. You already confirmed on Tue Nov 24, 8:02 AM CST.")
