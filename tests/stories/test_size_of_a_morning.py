"""How long a morning's texts take to send: `/oncall costs` and `check` say it, and what helps."""

from datetime import timedelta

import pytest
import time_machine

from bot import leaving
from scheduling.notifications import mornings
from scheduling.notifications.mornings import Morning
from storage.database import reading, writing
from storage.models import Notification, Team
from tests.builders import NOW
from tests.stories.checking import Place, advice, by_service, place
from tests.stories.conftest import World
from tests.stories.many_teams import has_teams

__all__ = ["place"]  # pytest finds the fixture by its name here


def test_a_morning_that_leaves_at_once_needs_no_advice() -> None:
    assert leaving.estimate(Morning(NOW, 1, 2), 1) == (
        "The busiest morning ahead has 1 text (about 2 segments). At 1 segment a second, "
        "sending takes 2 s."
    )


@pytest.mark.parametrize(
    ("segments", "a_second", "words"),
    [
        (300, 1, "the last one goes out after 5 min. A second number in a messaging service "),
        (300, 1, "would cut that to 2 min"),
        (300, 3, "At 3 segments a second, the last one goes out after 2 min"),
        (45, 1, "after 45 s. A second number in a messaging service would cut that to 22 s"),
        (3600, 1, "Twilio drops texts that wait longer than 30 min."),
    ],
)
def test_a_morning_that_takes_longer_says_what_helps(
    segments: int, a_second: float, words: str
) -> None:
    assert words in leaving.estimate(Morning(NOW, segments, segments), a_second)


def test_teams_that_share_a_minute_are_one_morning(support: World) -> None:
    assert support.bot
    has_teams(support, 10)
    with writing():
        Team.update(notify_at="08:01").where(Team.name.in_(["Team 0", "Team 1"])).execute()
        Team.update(time_zone="Mars/Base").where(Team.name == "Team 2").execute()

    found = mornings.biggest(support.clock.now())

    assert found == Morning(support.clock.now() + timedelta(hours=1), 8, 16)
    with writing():
        Team.update(time_zone="America/Chicago").execute()


def test_a_day_with_nobody_on_call_does_not_count_as_a_morning(world: World) -> None:
    assert mornings.biggest(world.clock.now()) is None


def test_costs_tell_the_last_30_days_and_the_biggest_morning(support: World) -> None:
    has_teams(support, 40)
    support.until("2026-11-23 08:00")
    mine = support.runs("Bob", "/oncall costs team:Support").text
    assert "Last 30 days: 1 text, 1 segment, 1 not billed yet" in mine
    assert "All 41 teams" not in mine
    support.settles(15)
    mine = support.runs("Bob", "/oncall costs team:Support").text
    assert "Last 30 days: 1 text, 1 segment, $0.01" in mine
    assert "not billed yet" not in mine
    assert (
        "The busiest morning ahead has 41 texts (about 41 segments). At 1 segment a second, the "
        "last one goes out after 41 s." in mine
    )
    assert "All 41 teams, last 30 days: 41 texts, 41 segments" in (
        support.runs("Alice", "/oncall costs team:Support").text
    )
    with reading():
        assert Notification.select().where(Notification.kind == "sms").count() == 41
    support.forgets_mail()


@pytest.mark.parametrize("service", [False, True], ids=["number", "service"])
def test_check_says_when_another_sender_pays(
    support: World, place: Place, *, service: bool
) -> None:
    has_teams(support, 40)
    settings = {"ONCALL_CHANNEL": support.channel.id}
    if service:
        settings |= by_service(support.sandbox.twilio)
    environment = support.sandbox.environment(support.database_url, **settings)
    with time_machine.travel(support.clock.now()):  # `check` goes by the machine's clock
        said = advice(place, **environment)
    assert (
        "The busiest morning ahead has 41 texts (about 82 segments). At 1 segment a second, the "
        "last one goes out after 82 s. A second number in a messaging service would cut that to "
        "41 s;"
    ) in said


def test_what_was_paid_in_two_currencies_is_not_added_up(support: World) -> None:
    for name in ("Alice", "Bob"):
        support.runs(name, "/oncall test")
        support.passes(seconds=15)
        support.reads(name)
    support.passes(minutes=15)
    with writing():
        row = Notification.select().where(Notification.price.is_null(False)).first()
        Notification.update(price=20_000, price_unit="EUR").where(
            Notification.id == row.id
        ).execute()

    text = support.runs("Alice", "/oncall costs").text

    assert text.count("0.02 EUR and $0.01") == 3  # this month, the last 30 days, and the table
