"""Texts at 7:00, handoff at 8:00: the person coming on is texted, and nobody twice."""

import pytest

from storage.database import reading
from storage.models import Notification
from storage.statuses import Status
from tests.stories.conftest import World


@pytest.fixture
def early(support: World) -> World:
    """Support, whose texts go out at seven; on Monday at nine, with Alice on call."""
    support.changes("Alice", "/oncall settings notify 07:00")
    support.tick()
    support.until("2026-11-23 09:00")
    support.forgets_mail()
    for _ in range(len(support.channel.messages)):
        support.sees_post()
    return support


def texts() -> list[tuple[str, str]]:
    """Return the SMS that call somebody on Tuesday, as (purpose, name)."""
    with reading():
        rows = Notification.select().where(
            Notification.kind == "sms", Notification.purpose.in_(("daily", "handoff"))
        )
        day = [one for one in rows if f"{one.due_at:%Y-%m-%d}" == "2026-11-24"]
        return [(str(one.purpose), one.team_member.name) for one in day if one.team_member]


def test_whoever_comes_on_is_texted_in_the_morning_and_nobody_else(early: World) -> None:
    early.until("2026-11-24 07:00")

    text = early.reads("Bob", "Good morning, Bob.", "from 8:00 AM until Thu Nov 26, 8:00 AM CST")
    assert "Next: Carol" in text
    early.sees_post("Good morning! @Bob is on call for Support from 8:00 AM", "until Thu Nov 26")
    early.until("2026-11-24 09:00")
    early.has_no_mail()
    early.sees_no_post()
    assert texts() == [("daily", "Bob")]
    # Nobody comes on the next morning: it tells of the second day, which begins at eight.
    early.until("2026-11-25 07:00")
    early.reads("Bob", "Good morning, Bob. Day 2 of 2: you're on call")
    early.sees_post("@Bob is on call for Support (day 2 of 2)")


def test_the_second_day_sends_no_text_where_the_team_wants_none(early: World) -> None:
    early.changes("Alice", "/oncall settings second-day off")
    early.until("2026-11-24 07:00")
    early.reads("Bob", "Good morning, Bob. Day 1 of 2", "from 8:00 AM")
    early.until("2026-11-25 07:00")

    early.has_no_mail()


def test_a_notify_time_that_moves_to_before_now_tells_of_whoever_comes_on(early: World) -> None:
    early.changes("Alice", "/oncall settings notify 07:30")
    early.until("2026-11-24 07:10")
    early.forgets_mail()

    early.changes("Alice", "/oncall settings notify 07:00")
    early.settles(1)
    early.reads("Bob", "Good morning, Bob.", "from 8:00 AM until Thu Nov 26, 8:00 AM CST")
    early.until("2026-11-24 08:30")
    early.has_no_mail()
    assert texts() == [("daily", "Bob")]


def test_an_override_in_between_tells_whoever_steps_in(early: World) -> None:
    early.until("2026-11-24 07:00")
    early.reads("Bob", "from 8:00 AM")
    early.sees_post("@Bob is on call")
    early.passes(minutes=30)

    early.changes("Alice", "/oncall override @carol today 08:00 to 18:00")
    early.passes(seconds=15)
    assert "took you off call" in early.dm("Bob")
    early.until("2026-11-24 08:00")

    early.reads("Carol", "Carol, you're now on call for Support until Tue Nov 24, 6:00 PM")
    early.sees_post("Handoff: @Carol is on call")
    early.has_no_mail()
    assert len(early.directs("Bob", "has ended")) == 0  # he knew
    early.until("2026-11-24 18:00")
    early.reads("Bob", "now on call for Support")
    early.sees_post("Handoff: @Bob")


def test_a_text_that_waits_is_not_sent_to_somebody_who_does_not_come_on(early: World) -> None:
    early.sandbox.twilio.trouble("503")
    early.until("2026-11-24 07:00")
    early.changes("Alice", "/oncall override @carol today 08:00 to 18:00")
    early.sandbox.twilio.recover()
    early.settles(5)

    early.has_no_mail()
    with reading():
        row = Notification.get(
            Notification.kind == "sms",
            Notification.purpose == "daily",
            Notification.status == Status.CANCELLED,
        )
        assert row.team_member is not None
        assert row.team_member.name == "Bob"
    early.until("2026-11-24 08:00")
    early.reads("Carol", "now on call for Support")


def test_somebody_who_cannot_be_reached_is_sought_before_their_turn(early: World) -> None:
    early.people["Bob"].phone.switches("off")
    early.until("2026-11-24 07:00")
    early.settles(10)

    warning = early.post("@Bob is on call but", "text")
    assert "[ Cover the shift ]" in warning
    assert "you’re on call for Support from 8:00 AM until Thu Nov 26" in early.dm("Bob")
    message = next(one for one in early.channel.messages if "Cover the shift" in one.plain)
    preview = early.clicks("Carol", "Cover the shift", message)
    assert "Tue Nov 24, 8:00 AM" in preview.text
    early.people["Bob"].phone.switches("on")
    early.settles(5)
    early.forgets_mail()


def test_a_reply_before_the_turn_confirms_it(early: World) -> None:
    early.changes("Alice", "/oncall settings confirm 15")
    early.until("2026-11-24 07:00")
    early.reads("Bob", "Reply OK within 15 min.")
    early.replies("Bob", "OK")
    early.reads("Bob")
    early.until("2026-11-24 09:00")

    early.has_no_mail()
    early.post("Good morning! @Bob", "confirmed")


def test_a_late_text_is_sent_once(early: World) -> None:
    """The process was down from before seven until after eight."""
    early.stops_bot()
    early.clock.forward(hours=23, minutes=30)  # to 8:30
    early.starts_bot()
    early.tick()
    early.passes(seconds=15)

    early.reads("Bob", "Good morning, Bob.", "Sent 1 h 30 min late")
    early.has_no_mail()
    assert texts() == [("daily", "Bob")]


def test_more_than_four_hours_ahead_is_too_early(support: World) -> None:
    support.changes("Alice", "/oncall settings notify 03:00")
    support.until("2026-11-23 09:00")
    support.forgets_mail()
    support.until("2026-11-24 03:00")
    support.reads("Alice", "Good morning, Alice.", "until Tue Nov 24, 8:00 AM")
    support.until("2026-11-24 08:00")
    support.reads("Bob", "Bob, you're now on call for Support")


def test_tomorrows_check_is_about_whoever_is_texted(early: World) -> None:
    early.people["Bob"].phone.replies("STOP")
    early.passes(minutes=2)
    early.forgets_mail()
    early.until("2026-11-23 16:00")
    early.tick()

    assert "@Bob: " in early.post("Heads-up: tomorrow’s messages for Support may not get through")
    early.until("2026-11-24 08:30")
    early.forgets_mail()


# --- pointed out ----------------------------------------------------------------------------------

SOON = (
    "The notify time is 7:00 AM, but shifts change at 8:00 AM. Whoever comes on at 8:00 AM is "
    "texted at 7:00 AM."
)


def test_a_notify_time_before_the_handoff_is_pointed_out(support: World) -> None:
    assert SOON in support.changes("Alice", "/oncall settings notify 07:00").text
    assert SOON in support.runs("Alice", "/oncall setup").text
    assert SOON in support.changes("Alice", "/oncall shifts pattern daily").text
    late = support.changes("Alice", "/oncall settings notify 09:00").text
    assert "The notify time is 9:00 AM, but shifts change at 8:00 AM." in late
    assert "Whoever comes on at 8:00 AM is texted at 8:00 AM." in late
    assert "but shifts change" not in support.changes("Alice", "/oncall settings notify 08:00").text
    other = support.changes("Alice", "/oncall shifts edit 2 tuesday 48h 10:00").text
    assert "but shifts change" not in other  # one shift of several starts then
    support.forgets_mail()
