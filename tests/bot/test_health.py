"""The bot's health, by its heartbeat, its ticks, its teams and the clock."""

from datetime import datetime, timedelta

import pytest

from bot import health
from storage.database import writing
from storage.models import Heartbeat, Team
from tests.builders import NOW, support_team


class Running:
    """A clock that moves on by a second each time it is read, from `NOW` on."""

    def __init__(self, step: timedelta = timedelta(seconds=1)) -> None:
        self._now, self._step = NOW, step

    def now(self) -> datetime:
        self._now += self._step
        return self._now


def beats(*, beaten: float = 0, ticked: float | None = 0, connected: bool = True) -> None:
    """Write a heartbeat `beaten` seconds old, with a successful tick `ticked` seconds ago."""
    with writing():
        Heartbeat.insert(
            id=1,
            beaten_at=NOW - timedelta(seconds=beaten),
            started_at=NOW - timedelta(hours=1),
            slack_connected=connected,
            detail="connected" if connected else "no hello",
            ticked_at=None if ticked is None else NOW - timedelta(seconds=ticked),
        ).on_conflict_replace().execute()


def plans(name: str, ago: float) -> None:
    """Make a team that is planned up to `ago` seconds before now."""
    with writing():
        planned = NOW - timedelta(seconds=ago)
        Team.update(planned_until=planned).where(Team.name == name).execute()


@pytest.mark.usefixtures("database_url")
@pytest.mark.parametrize(
    ("beaten", "ticked", "connected", "words"),
    [
        (90, 90, True, None),
        (-90, -90, True, None),
        (150, 0, True, "The last heartbeat is 2 min old"),
        (-150, 0, True, "in the future"),
        (-3600, -3600, True, "in the future"),
        (0, 150, True, "No tick has succeeded for 2 min"),
        (0, None, True, "No tick has succeeded for 1 h"),
        (0, 0, False, "Not connected to Slack: no hello"),
    ],
)
def test_a_heartbeat_and_a_tick_are_neither_old_nor_to_come(
    beaten: float, ticked: float | None, connected: bool, words: str | None
) -> None:
    support_team()
    plans("Support", 0)
    beats(beaten=beaten, ticked=ticked, connected=connected)

    found = health.look(Running())

    assert found.fine == (words is None)
    assert (words or "Alive; Slack connected") in found.words


@pytest.mark.usefixtures("database_url")
def test_a_planner_that_is_behind_is_unwell_but_one_team_of_several_is_only_named() -> None:
    support_team()
    support_team(name="Payments")
    beats()

    plans("Support", 0)
    plans("Payments", 600)
    one = health.look(Running())
    plans("Support", 600)
    both = health.look(Running())

    assert one.fine
    assert one.words.endswith("The planner is behind for Payments. See the log.")
    assert not both.fine
    assert "behind for Support, Payments" in both.words


@pytest.mark.usefixtures("database_url")
def test_a_stopped_clock_and_a_bot_that_never_ran_are_unhealthy() -> None:
    never = health.look(Running())
    beats()
    stands = health.look(Running(timedelta()))

    assert (never.fine, never.words) == (False, "There's no heartbeat yet. Is the bot running?")
    assert (stands.fine, stands.words) == (False, "The machine’s clock has stopped.")
