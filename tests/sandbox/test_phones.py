"""The phone network: which SMS arrive, how they end, and opt-outs."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.clock import SandboxClock
from sandbox.outcomes import Outcome
from sandbox.phones import PhoneNetwork, SmsRefused
from sandbox.segments import GSM, GSM_EXTENSION, count_segments, smart_encode

MORNING = datetime(2026, 1, 5, 14, 0, tzinfo=UTC)
SERVICE, ALICE, BOB = "+13125550199", "+13125550101", "+13125550102"


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock(MORNING)


@pytest.fixture
def network(clock: SandboxClock) -> PhoneNetwork:
    network = PhoneNetwork(clock)
    network.add_service(SERVICE)
    return network


def test_an_sms_is_on_the_phone_at_once_while_its_status_takes_its_time(
    clock: SandboxClock, network: PhoneNetwork
) -> None:
    alice = network.phone(ALICE, owner="Alice Adams")
    taken = network.send(SERVICE, ALICE, "You are on call.")
    [sms] = alice.messages
    assert sms == taken
    assert (sms.body, sms.status, sms.arrived_at, sms.sent_at) == (
        "You are on call.",
        "queued",
        MORNING,
        None,
    )
    clock.forward(seconds=0.5)
    assert alice.messages[0].status == "sending"
    clock.forward(seconds=0.5)
    assert alice.messages[0].status == "sent"
    assert alice.messages[0].sent_at == MORNING + timedelta(seconds=1)
    clock.forward(seconds=2)
    assert alice.messages[0].status == "delivered"
    assert alice.messages[0].updated_at == MORNING + timedelta(seconds=3)


def test_a_phone_is_switched_off_blocked_given_up_and_on_again(
    clock: SandboxClock, network: PhoneNetwork
) -> None:
    alice = network.phone(ALICE)
    assert alice.condition == "on"

    alice.switches("off")
    lost = network.send(SERVICE, ALICE, "Nobody reads this.")
    clock.forward(seconds=3)
    assert [(sms.status, sms.error_code) for sms in network.messages] == [("undelivered", 30003)]
    assert network.messages[0].sid == lost.sid
    assert alice.messages == []

    for condition, code in (("blocked", 21610), ("invalid", 21211)):
        alice.switches(condition)  # type: ignore[arg-type]
        assert alice.condition == condition
        with pytest.raises(SmsRefused) as refused:
            network.send(SERVICE, ALICE, "Nor this.")
        assert refused.value.code == code

    alice.switches("on")
    network.send(SERVICE, ALICE, "But this.")
    assert [sms.body for sms in alice.messages] == ["But this."]

    alice.replies("STOP")
    assert alice.condition == "blocked"
    alice.replies("START")
    assert alice.condition == "on"
    network.script(ALICE, "stuck:queued")
    assert alice.condition == "scripted"
    with pytest.raises(ValueError, match="no such condition"):
        alice.switches("lost")  # type: ignore[arg-type]


def test_an_sms_arrives_on_its_own_phone_only(network: PhoneNetwork) -> None:
    alice, bob = network.phone(ALICE, owner="Alice Adams"), network.phone(BOB)
    network.send(SERVICE, ALICE, "For Alice.")
    assert [sms.body for sms in alice.messages] == ["For Alice."]
    assert bob.messages == []
    assert network.phone(ALICE) is alice
    assert alice.owner == "Alice Adams"
    assert network.phones == [alice, bob]


@pytest.mark.parametrize(
    ("outcome", "end", "code", "arrives", "leaves"),
    [
        ("delivered", "delivered", None, True, True),
        ("undelivered:30003", "undelivered", 30003, False, True),
        ("failed:30007", "failed", 30007, False, True),
        ("stuck:queued", "queued", None, False, False),
        ("stuck:sending", "sending", None, False, False),
        ("stuck:sent", "sent", None, True, True),
    ],
)
def test_the_outcome_of_sms_to_a_number_can_be_scripted(
    *,
    clock: SandboxClock,
    network: PhoneNetwork,
    outcome: str,
    end: str,
    code: int | None,
    arrives: bool,
    leaves: bool,
) -> None:
    network.script(ALICE, outcome)
    taken = network.send(SERVICE, ALICE, "Hello")
    assert (taken.status, taken.error_code) == ("queued", None)
    clock.forward(days=1)
    sms = network.find(taken.sid)
    assert sms is not None
    assert (sms.status, sms.error_code) == (end, code)
    assert (sms.sent_at is not None) == leaves
    assert bool(network.phone(ALICE).messages) == arrives


def test_a_new_script_does_not_change_what_was_sent_before(
    clock: SandboxClock, network: PhoneNetwork
) -> None:
    network.send(SERVICE, ALICE, "Before")
    network.script(ALICE, "failed:30007")
    network.send(SERVICE, ALICE, "After")
    clock.forward(seconds=3)
    assert [sms.status for sms in network.messages] == ["delivered", "failed"]


def test_a_number_can_refuse_its_sms(network: PhoneNetwork) -> None:
    network.script(ALICE, "refuse:21614")
    with pytest.raises(SmsRefused) as refused:
        network.send(SERVICE, ALICE, "Hello")
    assert refused.value.code == 21614
    assert network.messages == []


@pytest.mark.parametrize("words", ["", "lost", "failed", "refuse:", "stuck:delivered"])
def test_an_outcome_that_does_not_exist_is_an_error(words: str) -> None:
    with pytest.raises(ValueError, match="no such outcome"):
        Outcome.parse(words)


@pytest.mark.parametrize("stop", ["STOP", "stopall", " Unsubscribe ", "OPTOUT", "revoke", "QUIT"])
def test_who_replies_stop_gets_no_more_until_start(network: PhoneNetwork, stop: str) -> None:
    alice = network.phone(ALICE)
    network.send(SERVICE, ALICE, "One")
    alice.replies(stop)
    with pytest.raises(SmsRefused) as refused:
        network.send(SERVICE, ALICE, "Two")
    assert refused.value.code == 21610
    network.send(SERVICE, BOB, "Bob still gets his")
    alice.replies("Unstop")
    network.send(SERVICE, ALICE, "Three")
    assert [sms.body for sms in alice.messages] == ["One", "Three"]


def test_a_sentence_with_stop_in_it_stops_nothing(network: PhoneNetwork) -> None:
    network.phone(ALICE).replies("please stop")
    network.send(SERVICE, ALICE, "Hello")


def test_a_reply_goes_to_whoever_wrote_last(network: PhoneNetwork) -> None:
    other = "+13125550198"
    network.send(other, ALICE, "From elsewhere")
    reply = network.phone(ALICE).replies("ACK")
    assert (reply.to_number, reply.direction, reply.status) == (other, "inbound", "received")
    assert network.phone(BOB).replies("Hi").to_number == SERVICE
    assert network.phone(BOB).replies("Hi", to=other).to_number == other


def test_a_reply_to_nobody_is_an_error(clock: SandboxClock) -> None:
    with pytest.raises(LookupError, match="nobody wrote"):
        PhoneNetwork(clock).phone(ALICE).replies("Hi")


@pytest.mark.parametrize(
    ("body", "segments"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        # 76 pairs make 152 of 153 septets, and the next is not cut: 153 pairs take three.
        ("€" * 152, 2),
        ("€" * 153, 3),
        ("ж" * 70, 1),
        ("ж" * 71, 2),
        ("ж" * 134, 2),
        ("ж" * 135, 3),
        ("🚨" * 35, 1),
        ("🚨" * 36, 2),
        ("a" * 69 + "“", 1),
        ("a" * 70 + "“", 2),
    ],
)
def test_segments_are_counted_as_carriers_count_them(body: str, segments: int) -> None:
    assert count_segments(body) == segments


def test_smart_encoding_makes_typographic_characters_plain() -> None:
    assert smart_encode("“Alice’s” — on call…\u00a0now") == '"Alice\'s" - on call... now'


gsm_texts = st.text(st.sampled_from(sorted(GSM | GSM_EXTENSION)), max_size=700)
texts = gsm_texts | st.text(max_size=300) | st.text(st.sampled_from("aж🚨€“"), max_size=300)


@given(texts)
def test_segments_lie_between_the_bounds_of_their_alphabet(body: str) -> None:
    gsm = all(character in GSM | GSM_EXTENSION for character in body)
    if gsm:
        units = len(body) + sum(character in GSM_EXTENSION for character in body)
        alone, joined = 160, 153
    else:
        units = sum(2 if ord(character) > 0xFFFF else 1 for character in body)
        alone, joined = 70, 67
    segments = count_segments(body)
    if units <= alone:
        assert segments == 1
    else:
        # Each part but the last is full, or one short before a character of two.
        assert -(-units // joined) <= segments <= -(-units // (joined - 1))


@given(texts)
def test_a_longer_text_never_takes_fewer_segments(body: str) -> None:
    counts = [count_segments(body[:length]) for length in range(0, len(body), 20)]
    assert all(before <= after for before, after in pairwise(counts))


@given(texts)
def test_smart_encoding_once_is_enough(body: str) -> None:
    assert smart_encode(smart_encode(body)) == smart_encode(body)
