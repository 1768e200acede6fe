"""The outbox among threads and processes. What providers answer is told by the stories."""

import threading
from collections.abc import Iterator
from datetime import datetime

import pytest

from bot.sandbox.clock import SandboxClock
from scheduling import planning
from scheduling.channels import Message
from scheduling.channels.sms import SmsAccount, SmsChannel
from scheduling.outbox import THREADS, Outbox
from storage.database import reading, writing
from storage.models import DeliveryAttempt, Notification
from tests.builders import NOW, support_team

PATIENCE = 10.0  # seconds; how long a test waits for something that should come at once


class Door:
    """A channel that lets nothing out until it is opened, and knows what went out."""

    def __init__(self, *, opened: bool = False) -> None:
        self.sent: list[str] = []
        self.entered = threading.Semaphore(0)
        self.opened = threading.Event()
        if opened:
            self.opened.set()

    def send(self, message: Message) -> str:
        self.entered.release()
        assert self.opened.wait(PATIENCE)
        self.sent.append(message.key)
        return f"receipt of {message.key}"

    def find(self, message: Message, since: datetime) -> str | None:
        return f"receipt of {message.key}" if message.key in self.sent and since else None


@pytest.fixture
def sms() -> Iterator[SmsChannel]:
    channel = SmsChannel(SmsAccount("AC1", "AC1", "x", api_url="http://127.0.0.1:1"), threads=1)
    yield channel
    channel.close()


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock(NOW)


def announcements(count: int) -> list[str]:
    """Put so many announcements into the outbox; return their keys."""
    team = support_team()
    keys = [f"note:{number}" for number in range(count)]
    with writing():
        for key in keys:
            planning.announce(team, "missed", key, f"This is {key}", NOW)
    return keys


def statuses() -> set[str]:
    with reading():
        return {row.status for row in Notification.select()}


@pytest.mark.usefixtures("database_url")
def test_what_waits_for_a_thread_is_sent_when_one_is_free(
    clock: SandboxClock, sms: SmsChannel
) -> None:
    keys, door = announcements(THREADS + 3), Door()
    outbox = Outbox(clock, sms, door)
    outbox.deliver(clock.now())
    for _ in range(THREADS):
        assert door.entered.acquire(timeout=PATIENCE)
    clock.forward(seconds=30)
    outbox.deliver(clock.now())  # the next tick leaves alone what is under way
    door.opened.set()

    assert outbox.wait(PATIENCE)
    assert sorted(door.sent) == sorted(keys)
    assert statuses() == {"sent"}


@pytest.mark.usefixtures("database_url")
def test_what_another_process_took_over_is_left_to_it(clock: SandboxClock, sms: SmsChannel) -> None:
    keys, door, other_door = announcements(THREADS + 1), Door(), Door(opened=True)
    outbox, other = Outbox(clock, sms, door), Outbox(clock, sms, other_door)
    outbox.deliver(clock.now())
    for _ in range(THREADS):
        assert door.entered.acquire(timeout=PATIENCE)
    # The last one waits for a thread for so long that it looks abandoned.
    clock.forward(seconds=61)
    other.deliver(clock.now())
    assert other.wait(PATIENCE)
    door.opened.set()

    assert outbox.wait(PATIENCE)
    assert keys[-1] in other_door.sent
    assert keys[-1] not in door.sent


@pytest.mark.usefixtures("database_url")
def test_two_processes_on_one_database_send_each_message_once(
    clock: SandboxClock, sms: SmsChannel
) -> None:
    keys, door = announcements(40), Door(opened=True)
    boxes = [Outbox(clock, sms, door) for _ in range(2)]
    threads = [threading.Thread(target=box.deliver, args=(clock.now(),)) for box in boxes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(box.wait(PATIENCE) for box in boxes)
    assert sorted(door.sent) == sorted(keys)
    with reading():
        assert DeliveryAttempt.select().count() == len(keys)
