"""The dead man's switch is pinged only while messages are known to get out."""

import logging
from datetime import timedelta

import pytest
import requests
import responses

from sandbox.clock import SandboxClock
from scheduling.delivery.outbox import Outbox
from scheduling.jobs import Jobs
from scheduling.notifications import planner
from storage.database import reading, writing
from storage.models import Heartbeat, Team
from tests.builders import NOW, support_team
from tests.scheduling.doors import PATIENCE, Door, Phone, channels

URL = "https://switch.example/secret-check"


class Pulse:
    """A bot whose connection can be cut, and the heartbeats that it sends."""

    def __init__(self) -> None:
        support_team()
        self.clock = SandboxClock(NOW)
        self.connected = True
        self.phone = Phone(opened=True)
        self.outbox = Outbox(self.clock, channels(self.phone, Door(opened=True)))
        self.jobs = Jobs(self.clock, self.outbox, lambda: (self.connected, "connected"), URL)

    def beats(self, minutes: int = 1) -> int:
        """Let minutes go by, each with its ticks and its heartbeat; return the requests of all."""
        for _ in range(minutes):
            for _ in range(4):
                self.clock.forward(seconds=15)
                self.jobs.tick()
                assert self.outbox.wait(PATIENCE)
            self.jobs.beat()
            assert self.jobs.switch
            assert self.jobs.switch.wait(PATIENCE)
        return len(responses.calls)


@pytest.fixture
def pulse(database_url: str) -> Pulse:
    assert database_url
    return Pulse()


@responses.activate
def test_it_is_asked_for_each_minute_while_all_is_well(pulse: Pulse) -> None:
    responses.get(URL)
    assert pulse.beats(5) == 5
    with reading():
        beat = Heartbeat.get()
    assert pulse.clock.now() - beat.twilio_answered_at <= timedelta(minutes=2)
    assert beat.slack_answered_at == pulse.clock.now()


@responses.activate
def test_it_is_not_asked_for_before_twilio_has_ever_answered(pulse: Pulse) -> None:
    responses.get(URL)
    pulse.jobs.beat()
    assert len(responses.calls) == 0


@responses.activate
def test_it_falls_silent_without_slack(pulse: Pulse) -> None:
    responses.get(URL)
    assert pulse.beats() == 1
    pulse.connected = False
    assert pulse.beats(3) == 1


@responses.activate
def test_it_falls_silent_when_twilio_has_not_answered_for_ten_minutes(pulse: Pulse) -> None:
    responses.get(URL)
    pulse.beats()
    pulse.phone.deaf = True
    before = pulse.beats(12)
    assert pulse.beats(5) == before
    pulse.phone.deaf = False
    assert pulse.beats(3) > before


@responses.activate
def test_it_falls_silent_when_a_team_is_not_planned(pulse: Pulse) -> None:
    responses.get(URL)
    pulse.beats()
    with writing():
        Team.update(time_zone="Mars/Phobos").execute()
        Team.update(planned_until=pulse.clock.now() - planner.LOOK_BACK).execute()
    before = len(responses.calls)
    assert pulse.beats(3) == before


@responses.activate
def test_a_switch_that_does_not_answer_is_logged_without_its_secret(
    pulse: Pulse, caplog: pytest.LogCaptureFixture
) -> None:
    responses.get(URL, body=requests.ConnectionError(f"cannot reach {URL}"))
    pulse.beats()
    assert "HEARTBEAT_URL did not answer: ConnectionError" in caplog.text
    assert "secret-check" not in "".join(
        record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING
    )
