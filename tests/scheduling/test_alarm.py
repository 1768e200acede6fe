"""The alarm with a slow Slack."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import cast

import pytest
from peewee import OperationalError

from sandbox.clock import SandboxClock
from scheduling.channels import Channel, Channels, DeliveryError, Message
from scheduling.delivery.alarm import Alarm
from scheduling.delivery.outbox import Outbox
from scheduling.delivery.policy import ALARM
from scheduling.jobs import Jobs
from scheduling.notifications import known_leads
from storage.database import writing
from storage.models import KnownLead
from storage.statuses import Kind, LeadSource, Outcome
from tests.builders import NOW, support_team
from tests.scheduling.doors import PATIENCE, Door, Phone, channels

pytestmark = pytest.mark.usefixtures("database_url")
LOCKED = OperationalError("database is locked")


class Slow:
    """A Slack that lets something happen while it accepts a message; the answer may be lost."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.keys: list[str] = []
        self.texts: list[str] = []
        self.meanwhile: Callable[[], None] = lambda: None
        self.loses = False

    def send(self, message: Message) -> str:
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        self.sent.append((message.to, message.text.split(" ")[0]))
        self.keys.append(message.key)
        self.texts.append(message.text)
        if self.loses:
            self.loses = False
            raise DeliveryError(Outcome.UNCERTAIN, "no answer", "Slack never answered.")
        return message.key

    def find(self, message: Message, since: object) -> str | None:
        return message.key if message.key in self.keys and since else None


def in_slack(slack: Slow) -> Channels:
    there = cast(Channel, slack)
    return {Kind.ANNOUNCEMENT: there, Kind.DIRECT: there}


def fails_for_long(alarm: Alarm) -> None:
    alarm.works({}, NOW)
    alarm.failed(LOCKED, NOW)
    alarm.failed(LOCKED, NOW + ALARM.after)


@pytest.mark.parametrize("answered", [True, False])
def test_people_warned_while_it_ends_hear_that_too_and_nobody_else_does(
    answered: bool,
) -> None:
    support_team()
    with writing():
        KnownLead.create(slack_user_id="U0LEAD", source="setting", seen_at=NOW)
    slack = Slow()
    alarm = Alarm(in_slack(slack), again=0.01)
    slack.meanwhile = lambda: alarm.works({}, NOW + ALARM.after + timedelta(seconds=15))
    slack.loses = not answered

    fails_for_long(alarm)

    assert alarm.wait(PATIENCE)
    assert slack.sent == [("C0SUPPORT", ":warning:"), ("C0SUPPORT", ":white_check_mark:")]


def test_two_teams_that_break_at_once_are_two_messages() -> None:
    one, other = support_team(), support_team(name="Sales")
    slack = Slow()
    alarm = Alarm(in_slack(slack))
    broken = {team.id: "its zone is none" for team in (one, other)}
    with writing():
        KnownLead.create(slack_user_id="U0LEAD", source="setting", seen_at=NOW)
    for seconds in (0, 30):
        alarm.works(broken, NOW + timedelta(seconds=seconds))

    assert alarm.wait(PATIENCE)
    assert len(set(slack.keys)) == len(slack.keys) == 4


def test_people_hear_of_a_tick_that_hangs_with_the_database_in_its_hands() -> None:
    support_team()
    clock, slack = SandboxClock(NOW), Slow()
    alarm = Alarm(in_slack(slack))
    outbox = Outbox(clock, channels(Phone(opened=True), Door(opened=True)))
    jobs = Jobs(clock, outbox, lambda: (True, "connected"), alarm=alarm)
    jobs.stuck_after = 0.0
    jobs.tick()
    held, done = threading.Event(), threading.Event()

    def hangs() -> None:
        with writing():
            held.set()
            done.wait(PATIENCE)

    stuck = threading.Thread(target=hangs)
    stuck.start()
    try:
        assert held.wait(PATIENCE)
        for _ in range(3):
            jobs.watch()
            clock.forward(seconds=15)
        assert alarm.wait(PATIENCE)
    finally:
        done.set()
        stuck.join()
    assert slack.sent == [("C0SUPPORT", ":warning:")]


def test_of_a_workspace_with_many_admins_five_are_written_to() -> None:
    support_team()
    admins = [f"U0ADMIN{number:02}" for number in range(12)]
    known_leads.remember(LeadSource.WORKSPACE, admins, NOW)
    known_leads.remember(LeadSource.SETTING, ["U0SET1"], NOW)
    slack = Slow()
    alarm = Alarm(in_slack(slack), leads=lambda: admins)

    fails_for_long(alarm)

    assert alarm.wait(PATIENCE)
    notified = [to for to, _ in slack.sent if to.startswith("U0")]
    assert notified == [*admins[:5], "U0SET1"]


def test_where_only_a_part_fails_nothing_more_is_claimed() -> None:
    support_team()
    slack = Slow()
    alarm = Alarm(in_slack(slack), leads=lambda: ["U0LEAD"])
    alarm.works({}, NOW)
    for at in (NOW, NOW + ALARM.after):
        alarm.failed(KeyError("a shift"), at)

    assert alarm.wait(PATIENCE)
    assert [
        text.count("One of my background jobs has been failing since Mon") for text in slack.texts
    ] == [1, 1]
    assert not any("haven’t been able" in text for text in slack.texts)
