"""Twilio accepts a morning's texts at once, and sends them at the pace of our number."""

from datetime import timedelta

import pytest

from scheduling.delivery.chain import since
from scheduling.notifications import NOTICE
from storage.database import reading
from storage.models import Notification
from tests.stories.conftest import World
from tests.stories.many_teams import has_teams, number
from tests.stories.reading import say

TEAMS = 180
# A text of two segments.
IN_TWO = "Good morning! You are on call. " + "Please look at the board before you begin. " * 4


def texts() -> list[Notification]:
    """Return the texts of 8:00, in the order in which they leave."""
    with reading():
        query = Notification.select().where(
            Notification.kind == "sms", Notification.purpose == "daily"
        )
        return sorted(query, key=since)


def alarms() -> list[str]:
    """Return what was written because somebody seemed not to be reached."""
    with reading():
        query = Notification.select().where(
            Notification.purpose.in_(("direct", "warning", "second", "escalation", "again"))
        )
        return [row.dedupe_key for row in query]


def test_a_morning_that_takes_longer_than_five_minutes_alarms_nobody(support: World) -> None:
    has_teams(support, TEAMS, sms_text=IN_TWO)
    support.sandbox.phones.limits_pace(1.0)
    support.until("2026-11-23 08:00")
    segments = sum(row.segments or 1 for row in texts())
    assert segments > 330  # the last one leaves when it has waited for longer than NOTICE
    support.settles(segments // 60 + 2)

    assert not alarms()
    assert {row.status for row in texts()} == {"delivered"}
    last = texts()[-1]
    assert last.delivered_at
    assert last.delivered_at - last.due_at > NOTICE
    support.forgets_mail()


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("stuck:sent", "may not have gotten the text"),
        ("stuck:queued", "hasn’t gotten the text yet"),
    ],
)
def test_who_is_last_in_the_queue_and_silent_is_missed_five_minutes_after_their_turn(
    support: World, outcome: str, words: str
) -> None:
    *_, channel = has_teams(support, 40, sms_text=IN_TWO)
    silent = number(39)
    support.sandbox.phones.script(silent, outcome)
    support.sandbox.phones.limits_pace(1.0)
    support.until("2026-11-23 08:00")
    (theirs,) = [row for row in texts() if row.phone == silent]
    assert since(theirs) - theirs.due_at > timedelta(seconds=30)

    support.settles(5)
    assert say([channel], words) + say([channel], "message in Slack") == 0
    support.settles(6)
    assert say([channel], words) == 1
    support.forgets_mail()


def test_what_twilio_says_of_when_a_text_left_counts_more_than_our_reckoning(
    support: World,
) -> None:
    *_, channel = has_teams(support, 40, sms_text=IN_TWO)
    support.sandbox.phones.script(number(39), "stuck:sent")
    support.until("2026-11-23 08:00")  # its campaign lets all of them leave at once
    (theirs,) = [row for row in texts() if row.phone == number(39)]
    assert since(theirs) - theirs.due_at > timedelta(seconds=30)

    support.settles(4)
    assert say([channel], "message in Slack") + say([channel], "may not have") == 0
    support.until("2026-11-23 08:05")
    support.passes(seconds=15)
    assert say([channel], "may not have gotten the text") == 1
    support.forgets_mail()


def test_a_new_process_knows_what_the_one_before_it_left_at_twilio(support: World) -> None:
    has_teams(support, 40, sms_text=IN_TWO)
    support.sandbox.phones.limits_pace(1.0)
    support.until("2026-11-23 08:00")
    support.stops_bot()
    support.starts_bot()
    support.runs("Bob", "/oncall test")
    support.tick()
    with reading():
        test = Notification.get(Notification.purpose == "test")
    assert since(test) - support.clock.now() > timedelta(seconds=60)
    support.settles(2)
    support.reads("Bob", "WhoseOnFirst test")
    support.forgets_mail()
