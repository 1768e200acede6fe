"""Two processes on one database notice each other, and each logs it once."""

import logging
from datetime import timedelta

import pytest

from sandbox.clock import SandboxClock
from scheduling.delivery.outbox import Outbox
from scheduling.jobs import Jobs
from scheduling.neighbors import Neighbors
from storage.database import writing
from storage.models import Heartbeat
from tests.builders import NOW
from tests.scheduling.doors import Door, Phone, channels

SAID = "works on this database"


class Process:
    """A process that writes a heartbeat each minute, and what it logged."""

    def __init__(self, number: int) -> None:
        self.started_at = NOW + timedelta(seconds=number)
        self._neighbors = Neighbors(self.started_at)

    def beats(self) -> None:
        with writing():
            self._neighbors.look()
            Heartbeat.insert(
                id=1,
                beaten_at=NOW,
                started_at=self.started_at,
                slack_connected=True,
                detail="connected",
            ).on_conflict_replace().execute()


@pytest.fixture
def said(database_url: str, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    assert database_url
    caplog.set_level(logging.WARNING)
    return caplog


def test_two_processes_notice_each_other_and_each_says_so_once(
    said: pytest.LogCaptureFixture,
) -> None:
    one, other = Process(1), Process(2)

    for _ in range(5):
        one.beats()
        other.beats()

    assert [record.getMessage().count(SAID) for record in said.records] == [1, 1]
    assert "13:00:02Z" in said.records[0].getMessage()
    assert "13:00:01Z" in said.records[1].getMessage()


def test_a_process_alone_and_one_that_follows_another_say_nothing(
    said: pytest.LogCaptureFixture,
) -> None:
    for number in range(3):
        process = Process(number)
        for _ in range(3):
            process.beats()

    assert said.records == []


def test_a_third_one_is_said_too(said: pytest.LogCaptureFixture) -> None:
    one = Process(1)
    one.beats()
    for number in (2, 3):
        Process(number).beats()
        one.beats()

    assert len(said.records) == 2


def test_the_heartbeats_of_two_bots_notice_each_other(said: pytest.LogCaptureFixture) -> None:
    def bot(second: int) -> Jobs:
        clock = SandboxClock(NOW + timedelta(seconds=second))
        phone = Phone(opened=True)
        outbox = Outbox(clock, channels(phone, Door(opened=True)))
        return Jobs(clock, outbox, lambda: (True, "connected"))

    one, other = bot(1), bot(2)
    for _ in range(3):
        one.beat()
        other.beat()

    assert [record.getMessage().count(SAID) for record in said.records] == [1, 1]
