"""An SMS's parameters at Twilio: how long it may wait, its encoding, and no risk check."""

import pytest

from scheduling.words.gsm import counted
from tests.stories.conftest import World
from tests.stories.stored import rows

ALICE = "+13125550101"


def asked(world: World) -> dict[str, str]:
    """Return the parameters of the newest text that Twilio was asked to send."""
    return world.sandbox.twilio.requests[-1].parameters


def test_what_calls_somebody_may_wait_half_an_hour_and_the_rest_an_hour(support: World) -> None:
    support.changes("Alice", "/oncall escalation add @greg")
    support.runs("Alice", "/oncall members edit @alice second +13125550121")
    support.sandbox.phones.phone("+13125550121").switches("off")
    support.runs("Alice", "/oncall test")
    support.tick()
    assert asked(support)["ValidityPeriod"] == "3600"
    support.forgets_mail()
    support.people["Alice"].phone.switches("off")
    support.until("2026-11-23 08:00")
    assert asked(support)["ValidityPeriod"] == "1800"
    support.settles(11)  # the second phone, Greg, and the first phone again

    assert all(rows(purpose) for purpose in ("second", "escalation", "again"))
    calls = support.sandbox.twilio.requests[1:]
    assert {call.parameters["ValidityPeriod"] for call in calls} == {"1800"}
    support.forgets_mail()


def test_what_waited_too_long_is_dropped_and_sent_again_while_it_is_true(support: World) -> None:
    support.sandbox.phones.script(ALICE, "stuck:queued")
    support.until("2026-11-23 08:00")
    support.settles(28)
    support.sandbox.phones.script(ALICE, "delivered")
    assert len(support.sandbox.twilio.requests) == 1
    support.settles(20)

    support.reads("Alice", "Good morning, Alice.", "Sent again")
    call = rows("daily")[1]
    assert (call.status, call.error_code) == ("failed", "30036")
    assert "waited too long in Twilio’s queue" in str(call.error_message)


def test_what_waited_too_long_is_not_sent_again_when_somebody_else_is_on_call(
    support: World,
) -> None:
    support.sandbox.phones.script(ALICE, "stuck:queued")
    support.until("2026-11-23 08:00")
    support.settles(20)
    support.changes("Bob", "/oncall take now to 20:00")
    support.sandbox.phones.script(ALICE, "delivered")
    support.settles(40)

    support.reads("Bob", "on call for")
    support.has_no_mail()


def test_the_fraud_guard_is_not_asked(support: World) -> None:
    support.sandbox.phones.script(ALICE, "guarded")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning, Alice.")
    assert asked(support)["RiskCheck"] == "disable"


@pytest.mark.parametrize("by_service", [False, True])
def test_typographic_signs_cost_no_segment(support: World, by_service: bool) -> None:
    if by_service:
        support.stops_bot()
        service = support.sandbox.twilio.messaging_service_sid
        support.starts_bot(TWILIO_PHONE_NUMBER="", TWILIO_MESSAGING_SERVICE_SID=service)
    words = "“{first}” – you’re on call for {team} until {until}… " + "and so on, " * 6
    support.changes("Alice", f'/oncall settings sms "{words.strip()}"')
    support.sandbox.twilio.fault("accept_then_drop")
    support.until("2026-11-23 08:00")
    body = support.reads("Alice", "Alice - you're on call")
    support.settles(3)

    (call,) = [row for row in rows("daily") if row.kind == "sms"]
    (sms,) = [one for one in support.sandbox.phones.messages if one.to_number == ALICE]
    assert 70 < len(body) <= 160
    assert sms.segments == call.segments == counted(call.text).segments == 1
    assert len(support.sandbox.twilio.requests) == 1  # it was found, in other signs
