"""A new channel needs one class and one line of the registry; delivery doesn't know it.

The pager's provider speaks HTTP on loopback. It takes the place of the SMS: a kind of its own would
be another word in `Kind`, and a migration of the CHECK that guards it.
"""

import json
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import inf
from typing import Any

import pytest
import requests

from sandbox.clock import SandboxClock
from scheduling.channels import (
    OUT_OF_REACH,
    Channels,
    DeliveryError,
    DeliveryReceipt,
    ErrorClass,
    Explanation,
    Message,
    Search,
    explaining,
)
from scheduling.delivery.outbox import Outbox
from scheduling.jobs import Jobs
from storage.database import reading
from storage.models import DeliveryAttempt, Notification
from storage.statuses import Kind, Outcome, Purpose, Status
from tests.builders import chicago, support_team
from tests.scheduling.doors import PATIENCE, Door

EIGHT = chicago("2026-11-23 08:00")
WHY = {"unknown": ErrorClass.WRONG_ADDRESS, "busy": ErrorClass.BUSY}


class Beeper:
    """Sends pages, and looks one up by its key. It gives no receipts."""

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, message: Message) -> str:
        page = {"to": message.to, "text": message.text, "key": message.key}
        try:
            answer = requests.post(f"{self._url}/pages", json=page, timeout=30)
        except requests.ConnectionError as error:
            raise DeliveryError(Outcome.UNCERTAIN, "no answer", "The pager is silent.") from error
        return str(self._answer(answer)["id"])

    def find(self, message: Message, search: Search) -> str | None:
        pages = self._asked(f"?key={message.key}&since={search.since.timestamp()}")
        return pages[0]["id"] if pages else None

    def explain(self, code: str | None, /) -> Explanation:
        outcome = Outcome.TEMPORARY if code == "busy" else Outcome.PERMANENT
        return Explanation(outcome, WHY.get(code or "", ErrorClass.OTHER))

    def _asked(self, what: str) -> Any:
        try:
            return self._answer(requests.get(f"{self._url}/pages{what}", timeout=30))
        except requests.ConnectionError as error:
            raise DeliveryError(Outcome.TEMPORARY, "away", "No pager.", OUT_OF_REACH) from error

    def _answer(self, answer: requests.Response) -> Any:
        said = answer.json()
        if answer.ok:
            return said
        known = self.explain(said["error"])
        raise DeliveryError(
            known.outcome, said["error"], said["words"], said.get("wait"), known.error_class
        )


class Pager(Beeper):
    """Gives receipts too."""

    def receipt(self, message_id: str) -> DeliveryReceipt:
        return self.receipts([message_id], EIGHT)[message_id]

    def receipts(self, ids: Collection[str], since: datetime) -> Mapping[str, DeliveryReceipt]:
        pages = self._asked(f"?since={since.timestamp()}")
        beeped = {True: Status.DELIVERED, False: None}
        return {
            page["id"]: DeliveryReceipt(beeped[page["beeped"]], at=EIGHT + timedelta(seconds=30))
            for page in pages
            if page["id"] in ids
        }

    def pace(self) -> float:
        return inf


@dataclass
class Provider:
    """The pages that the pager's provider accepted, and what it does with the next ones."""

    pages: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    loses_answers: int = 0
    url: str = ""
    asked: list[str] = field(default_factory=list)

    def takes(self, page: dict[str, Any]) -> dict[str, Any]:
        self.pages.append({"id": f"P{len(self.pages) + 1}", "beeped": True, **page})
        return self.pages[-1]


@pytest.fixture
def provider() -> Iterator[Provider]:
    state = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            page = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if state.refusals:
                self._says(400, state.refusals.pop(0))
                return
            taken = state.takes(page)
            if state.loses_answers:
                state.loses_answers -= 1
                self.close_connection = True  # it is accepted, and the answer is lost
                return
            self._says(200, taken)

        def do_GET(self) -> None:
            state.asked.append(self.path)
            _, _, key = self.path.partition("key=")
            wanted = key.partition("&")[0]
            self._says(200, [page for page in state.pages if wanted in {"", page["key"]}])

        def _says(self, status: int, said: object) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def slack() -> Door:
    return Door(opened=True)


@pytest.fixture
def channels(provider: Provider, slack: Door) -> Iterator[Channels]:
    registry: Channels = {
        Kind.ANNOUNCEMENT: slack,
        Kind.DIRECT: slack,
        Kind.SMS: Pager(provider.url),
    }
    explaining.ask(registry)
    yield registry
    explaining.ask({})


def morning(channels: Channels, minutes: float) -> None:
    support_team()
    clock = SandboxClock(EIGHT - timedelta(seconds=10))
    outbox = Outbox(clock, channels)
    jobs = Jobs(clock, outbox, lambda: (True, "connected"))
    for _ in range(int(minutes * 4)):
        clock.forward(seconds=15)
        jobs.tick()
        assert outbox.wait(PATIENCE)
    assert outbox.stop(PATIENCE)


def call() -> Notification:
    with reading():
        row: Notification = Notification.get(
            Notification.kind == Kind.SMS, Notification.purpose == Purpose.DAILY
        )
        return row


def said(slack: Door) -> list[str]:
    return sorted(key.split(":")[0] for key in slack.sent)


@pytest.mark.usefixtures("database_url")
def test_a_pager_beeps_and_its_receipt_is_asked_for(
    channels: Channels, provider: Provider, slack: Door
) -> None:
    morning(channels, minutes=2)

    assert [page["to"] for page in provider.pages] == ["+13125550101"]
    assert (call().status, call().twilio_sid) == (Status.DELIVERED, "P1")
    assert said(slack) == ["daily"]
    assert "delivered" in slack.edits[-1][2]  # and the post says so


@pytest.mark.usefixtures("database_url")
def test_a_page_whose_answer_was_lost_is_looked_up_and_not_sent_again(
    channels: Channels, provider: Provider, slack: Door
) -> None:
    provider.loses_answers = 1
    morning(channels, minutes=5)

    assert len(provider.pages) == 1
    assert any("key=" in path for path in provider.asked)
    assert call().status == Status.DELIVERED
    with reading():
        tries = list(DeliveryAttempt.select().where(DeliveryAttempt.notification == call()))
    assert [one.outcome for one in tries] == [Outcome.UNCERTAIN, Outcome.SENT]
    assert said(slack) == ["daily"]


@pytest.mark.usefixtures("database_url")
def test_an_unknown_pager_is_reported_to_its_person_in_slack_and_can_be_corrected(
    channels: Channels, provider: Provider, slack: Door
) -> None:
    provider.refusals = [{"error": "unknown", "words": "Nobody has that pager."}] * 9
    morning(channels, minutes=10)

    assert (call().status, call().error_code) == (Status.FAILED, "unknown")
    assert said(slack) == ["daily", "direct", "warning"]
    assert any("Nobody has that pager." in text for text in slack.texts)
    with reading():
        warning = Notification.get(Notification.purpose == Purpose.WARNING)
    assert "Fix the number" in str(warning.shown)


@pytest.mark.usefixtures("database_url")
def test_a_provider_that_is_busy_is_left_alone_for_as_long_as_it_asks(
    channels: Channels, provider: Provider, slack: Door
) -> None:
    provider.refusals = [{"error": "busy", "words": "Too many pages.", "wait": 90}]
    morning(channels, minutes=4)

    assert call().status == Status.DELIVERED
    assert call().sent_at >= EIGHT + timedelta(seconds=90)
    assert said(slack) == ["daily"]


@pytest.mark.usefixtures("database_url")
def test_a_page_of_which_nothing_more_is_ever_known_counts_as_delivered(
    channels: Channels, provider: Provider, slack: Door
) -> None:
    morning({**channels, Kind.SMS: Beeper(provider.url)}, minutes=10)

    assert (call().status, call().sent_at) == (Status.DELIVERED, call().delivered_at)
    assert provider.asked == []
    assert said(slack) == ["daily"]
