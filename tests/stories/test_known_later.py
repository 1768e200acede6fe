"""Twilio's later news about an SMS: its price, a receipt, or that it hasn't been sent yet."""

from datetime import timedelta
from typing import Any

import pytest

from sandbox.phones import Sms
from sandbox.twilio_messages import Messages
from tests.stories.conftest import World
from tests.stories.phones import ALICE, arrives
from tests.stories.stored import rows

Told = dict[str, Any]
PRICE = 8300  # millionths of a dollar, the sandbox's of one segment


def priced_after(world: World, delay: timedelta) -> None:
    """Let Twilio know the price of an SMS only so long after it was sent."""
    world.sandbox.twilio.truths.priced_after = delay.total_seconds()


@pytest.mark.parametrize("minutes", [1, 30, 60, 300])
def test_a_price_that_comes_later_is_learned(support: World, minutes: int) -> None:
    priced_after(support, timedelta(minutes=minutes))
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.passes(seconds=15)
    assert "not known yet" in support.runs("Alice", "/oncall costs").text
    for _ in range(25):
        support.passes(hours=1)
    support.reads("Bob")
    assert rows("daily")[1].price == PRICE


def test_a_price_that_never_comes_is_asked_for_three_times(support: World) -> None:
    priced_after(support, timedelta(days=99))
    support.until("2026-11-23 08:00")
    support.passes(seconds=15)
    for _ in range(9):
        support.passes(minutes=10)
    fetched = [call for call in support.sandbox.twilio.calls if call.operation == "fetch"]
    assert len(fetched) == 3  # its receipt, and twice again
    support.until("2026-11-24 07:59")
    support.until("2026-11-24 08:00")
    support.passes(minutes=1)
    support.forgets_mail()
    assert rows("daily")[1].revisit_at is None


def test_while_twilio_is_away_the_question_waits(support: World) -> None:
    priced_after(support, timedelta(minutes=5))
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.passes(seconds=15)
    support.sandbox.twilio.trouble("503")
    support.passes(minutes=11)
    assert rows("daily")[1].price is None
    support.sandbox.twilio.recover()
    support.passes(minutes=11)
    assert rows("daily")[1].price == PRICE


def test_a_receipt_that_comes_hours_later_is_learned(support: World) -> None:
    support.sandbox.phones.script(ALICE, "stuck:sent")
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    for _ in range(25):
        support.passes(minutes=10)
    assert "text sent, no delivery receipt" in support.post("Good morning!")
    lost = rows("daily")[1]
    arrives(support, lost.twilio_sid or "")
    for _ in range(24):
        support.passes(hours=1)
    support.forgets_mail()
    assert rows("daily")[1].status == "delivered"


def test_what_twilio_has_not_sent_yet_is_not_said_to_be_sent(support: World) -> None:
    support.sandbox.phones.script(ALICE, "stuck:queued")
    support.until("2026-11-23 08:00")
    support.settles(1)
    assert "Twilio has the text but hasn’t sent it yet" in support.post("Good morning!")
    assert "accepted by Twilio, not sent yet" in support.runs("Bob", "/oncall notifications").text
    support.settles(5)
    warning = support.post("hasn’t gotten the text yet")
    assert "Twilio has accepted it but hasn’t sent it yet." in warning
    support.direct("Alice", "your text couldn’t be sent yet")


def test_what_twilio_says_it_sent_is_sent(support: World) -> None:
    support.sandbox.phones.script(ALICE, "stuck:sent")
    support.until("2026-11-23 08:00")
    assert "accepted by Twilio, no receipt yet" in support.runs("Bob", "/oncall notifications").text
    support.settles(1)
    support.reads("Alice")
    assert (
        "text to @Alice, sent, no receipt yet" in support.runs("Bob", "/oncall notifications").text
    )


def test_a_stop_that_twilio_tells_of_later_is_a_stop(
    support: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Messages._resource

    def late(self: Messages, sms: Sms) -> Told:
        said = honest(self, sms)
        unexplained = {"error_code": None, "error_message": None}
        early = support.clock.now() - sms.created_at < timedelta(minutes=5)
        return said | (unexplained if early else {})

    monkeypatch.setattr(Messages, "_resource", late)
    support.sandbox.phones.script(ALICE, "undelivered:21610")
    support.until("2026-11-23 08:00")
    support.settles(1)
    assert "Twilio gave no reason" in support.post("is on call but", "the text")
    assert "opted out" not in support.runs("Alice", "/oncall members").text
    support.passes(minutes=11)
    assert "(opted out)" in support.runs("Alice", "/oncall members").text
    support.post("is on call but", "To opt back in, text START")
    (sent,) = [one for one in rows("daily") if one.kind == "sms"]
    assert sent.status == "skipped"
