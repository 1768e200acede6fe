"""Sending 1,000 SMS that are due at once, to a local server that takes 20 ms for each.

Ours is one `Outbox.deliver`: every notification is claimed, checked against who is on call, worded
again, sent with Twilio's client, and recorded with its attempt, each in a durable transaction. The
floor posts the same 1,000 requests with 16 bare `requests` sessions, one in each of 16 threads,
and stores nothing. The server is a process of its own. The rate of Twilio's client alone in as
many threads is printed as well, because its share isn't ours.
"""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import requests

from benchmarks import slow_twilio
from benchmarks.data import NOW, StoppedClock, fresh_database, make_team
from benchmarks.measuring import Comparison, Growth, Result, seconds, side_by_side
from scheduling.channels import Message
from scheduling.channels.twilio.sms import SmsAccount, SmsChannel
from scheduling.delivery.outbox import THREADS, Outbox
from scheduling.rota import schedule
from storage.database import reading, writing
from storage.models import DeliveryAttempt, Notification, Team
from storage.statuses import Kind

ROUNDS, MESSAGES = 7, 1000
SID, TOKEN, SENDER = "AC" + "0" * 32, "secret", "+13125550199"
MESSAGE = Message(
    "+13125550000",
    "Good morning, Member 0! You are on call for Support until Mon 20:00. Next: Member 1.",
    "unused",
)


def run() -> Result:
    """Compare the throughput of the outbox with that of the bare sessions."""
    with _server() as url:
        ours, twilios, floor = side_by_side(
            ROUNDS, lambda: _ours(url, MESSAGES), lambda: _twilios(url), lambda: _floor(url)
        )
        grown = side_by_side(3, *(lambda n=n: _ours(url, n) for n in (100, MESSAGES, 2000)))
    what = f"{MESSAGES} SMS due at once"
    bare = f"{THREADS} bare requests sessions in threads"
    sizes = ("100", f"{MESSAGES}", "2000")
    return Result(
        [
            Comparison(what, ours, floor, "SMS/s", bare, 0.85, at_least=True),
            Comparison("not ours in it: Twilio's client alone", twilios, floor, "SMS/s", bare),
        ],
        [Growth("SMS, by how many are due", dict(zip(sizes, grown, strict=True)), "SMS/s")],
    )


@contextmanager
def _server() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, slow_twilio.__file__], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def _ours(url: str, messages: int) -> float:
    """Return how many SMS a second the outbox sends."""
    with fresh_database():
        _fill(messages)
        sms = SmsChannel(_account(url), THREADS)
        outbox = Outbox(StoppedClock(NOW), {Kind.SMS: sms})
        try:
            return messages / seconds(lambda: _deliver(outbox))
        finally:
            outbox.stop(1)
            sms.close()
            _prove_all_sent(messages)


def _account(url: str) -> SmsAccount:
    return SmsAccount(SID, SID, TOKEN, SENDER, api_url=url)


def _deliver(outbox: Outbox) -> None:
    outbox.deliver(NOW)
    if not outbox.wait(120):
        raise RuntimeError("the outbox did not come to an end")


def _fill(messages: int) -> None:
    team = make_team()
    schedule.regenerate(team, NOW, weeks=8)
    with writing():
        Team.update(most_segments=10 * messages).execute()
        (member,) = schedule.on_call(team, NOW).members
        for number in range(messages):
            Notification.create(
                team=team,
                team_member=member,
                kind="sms",
                purpose="daily",
                text=MESSAGE.text,
                about=f"{member}",
                due_at=NOW,
                dedupe_key=f"daily:{number}",
                status="pending",
                next_attempt_at=NOW,
                created_at=NOW,
            )


def _prove_all_sent(messages: int) -> None:
    with reading():
        sent = Notification.select().where(Notification.status == "sent")
        receipts = sent.select(Notification.twilio_sid).distinct().count()
        tries = DeliveryAttempt.select().where(DeliveryAttempt.outcome == "sent").count()
    if (receipts, tries) != (messages, messages):
        raise RuntimeError(f"{messages} SMS, but {receipts} receipts and {tries} attempts")


def _twilios(url: str) -> float:
    """Return how many SMS a second Twilio's client sends in as many threads, without an outbox."""
    sms = SmsChannel(_account(url), THREADS)
    try:
        return _posted(lambda: sms.send(MESSAGE))
    finally:
        sms.close()


def _floor(url: str) -> float:
    """Return how many requests a second the bare sessions post."""
    form = {"To": MESSAGE.to, "From": SENDER, "Body": MESSAGE.text}
    path = f"{url}/2010-04-01/Accounts/{SID}/Messages.json"
    mine = threading.local()

    def open_session() -> None:
        mine.session = requests.Session()

    def post() -> None:
        mine.session.post(path, data=form, auth=(SID, TOKEN), timeout=10).raise_for_status()

    return _posted(post, open_session)


def _posted(post: Callable[[], object], prepare: Callable[[], None] | None = None) -> float:
    """Return how many times a second the threads do `post`, after each has done `prepare`."""

    def post_all() -> None:
        with ThreadPoolExecutor(THREADS, initializer=prepare) as threads:
            for done in [threads.submit(post) for _ in range(MESSAGES)]:
                done.result()

    return MESSAGES / seconds(post_all)
