"""The sandbox's Twilio account, misconfigured: money, trials, keys, webhooks, registration."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from sandbox.clock import SandboxClock
from sandbox.phones import PhoneNetwork
from sandbox.server import LoopbackServer
from sandbox.twilio import TwilioAccount
from scheduling.channels.twilio.sms import SmsAccount, SmsChannel

MORNING = datetime(2026, 1, 5, 14, 0, tzinfo=UTC)
ALICE, BOB = "+13125550101", "+13125550102"


class Place:
    """An account on a phone network, and Twilio's client for it."""

    def __init__(self, server: LoopbackServer, number: str) -> None:
        self.clock = SandboxClock(MORNING)
        self.network = PhoneNetwork(self.clock)
        self.twilio = TwilioAccount(server, self.network, self.clock, number=number)
        self._channels: list[SmsChannel] = []

    @property
    def client(self) -> Client:
        return self.opened(self.twilio.account_sid, self.twilio.auth_token)

    def opened(self, username: str, password: str) -> Client:
        account = SmsAccount(self.twilio.account_sid, username, password, api_url=self.twilio.url)
        self._channels.append(SmsChannel(account, threads=1))
        return self._channels[-1].client

    def sends(self, client: Client | None = None) -> str:
        """Send a text to Alice, and return its status, or the error code."""
        client = client or self.client
        try:
            sid = client.messages.create(to=ALICE, from_=self.twilio.number, body="Hello").sid
        except TwilioRestException as refused:
            return str(refused.code)
        self.clock.forward(minutes=1)
        (taken,) = [one for one in self.network.messages if one.sid == sid]
        return str(taken.error_code or taken.status)

    def close(self) -> None:
        for channel in self._channels:
            channel.close()


@pytest.fixture
def place(server: LoopbackServer) -> Iterator[Place]:
    place = Place(server, "+13125550199")
    yield place
    place.close()


@pytest.fixture
def toll_free(server: LoopbackServer) -> Iterator[Place]:
    place = Place(server, "+18005550199")
    yield place
    place.close()


def test_a_new_trial_takes_no_text_of_ours_and_an_old_one_puts_its_words_before_it(
    place: Place,
) -> None:
    place.twilio.become_trial("2026")
    assert place.client.api.accounts(place.twilio.account_sid).fetch().type == "Trial"
    assert place.sends() == "572006"

    place.twilio.become_trial(True)
    assert place.sends() == "delivered"
    place.twilio.become_trial(False)
    assert place.sends() == "delivered"
    bodies = [sms.body for sms in place.network.phone(ALICE).messages]
    assert bodies == ["Sent from your Twilio trial account - Hello", "Hello"]


def test_an_account_may_begin_as_a_new_trial(server: LoopbackServer, place: Place) -> None:
    place.twilio = TwilioAccount(
        server, place.network, place.clock, number="+13125550177", trial="2026"
    )
    assert place.sends() == "572006"


def test_only_verified_numbers_are_reached_while_there_is_no_compliance_profile(
    place: Place,
) -> None:
    place.twilio.reaches_only(BOB)
    assert place.sends() == "21608"
    place.twilio.reaches_only(ALICE, BOB)
    assert place.sends() == "delivered"


@pytest.mark.parametrize("code", [20003, 20005, 10001])
def test_a_suspended_account_answers_what_nobody_is_sure_of(place: Place, code: int) -> None:
    place.twilio.truths.suspended_answers = code
    place.twilio.suspend()
    assert place.sends() == str(code)
    place.twilio.resume()
    assert place.sends() == "delivered"


def test_the_balance_is_the_accounts_and_not_a_keys_or_a_subaccounts(place: Place) -> None:
    place.twilio.balance("-0.50")
    said = place.client.balance.fetch()
    assert (said.balance, said.currency) == ("-0.50", "USD")

    key = place.opened(place.twilio.api_key, place.twilio.api_secret)
    with pytest.raises(TwilioRestException) as refused:
        key.balance.fetch()
    assert refused.value.code == 20003
    place.twilio.balance(None)
    with pytest.raises(TwilioRestException) as missing:
        place.client.balance.fetch()
    assert missing.value.code == 20404


def test_a_restricted_key_may_send_and_nothing_else(place: Place) -> None:
    place.twilio.restrict_key()
    key = place.opened(place.twilio.api_key, place.twilio.api_secret)
    assert place.sends(key) == "delivered"
    with pytest.raises(TwilioException, match="70051"):
        key.messages.list()
    with pytest.raises(TwilioException, match="70051"):
        key.incoming_phone_numbers.list()
    assert len(place.client.messages.list()) == 1  # the token still can


def test_what_comes_in_to_the_number_can_go_to_a_webhook(place: Place) -> None:
    (number,) = place.client.incoming_phone_numbers.list()
    assert (number.sms_url, number.sms_application_sid) == ("", "")
    place.twilio.set_webhook("https://demo.twilio.com/welcome/sms/reply/", application="AP1")
    (number,) = place.client.incoming_phone_numbers.list()
    assert number.sms_url == "https://demo.twilio.com/welcome/sms/reply/"
    assert number.sms_application_sid == "AP1"


def test_a_service_that_defers_to_nothing_drops_what_comes_in(place: Place) -> None:
    phone, client = place.network.phone(ALICE), place.client
    service = client.messaging.v1.services(place.twilio.messaging_service_sid)
    assert service.fetch().use_inbound_webhook_on_number is True
    phone.replies("one")

    place.twilio.service_defers(False)
    assert service.fetch().use_inbound_webhook_on_number is False
    phone.replies("two")
    place.twilio.service_defers(False, url="https://example.com/sms")
    assert service.fetch().inbound_request_url == "https://example.com/sms"
    phone.replies("three")
    place.twilio.service_defers(False)
    place.twilio.truths.service_without_webhook_drops = False
    phone.replies("four")
    place.twilio.truths.service_without_webhook_drops = True
    place.twilio.empty_service()
    phone.replies("five")

    heard = [sms.body for sms in client.messages.list(to=place.twilio.number)]
    assert heard == ["five", "four", "three", "one"]


def test_a_stop_that_is_dropped_is_heeded_by_twilio_all_the_same(place: Place) -> None:
    place.twilio.service_defers(False)
    place.network.phone(ALICE).replies("STOP")
    assert place.client.messages.list() == []
    assert place.sends() == "21610"


def test_us_carriers_drop_what_is_not_registered(place: Place) -> None:
    service = place.client.messaging.v1.services(place.twilio.messaging_service_sid)
    assert service.fetch().us_app_to_person_registered is True
    place.twilio.register(False)
    assert service.fetch().us_app_to_person_registered is False
    assert place.sends() == "30034"


@pytest.mark.parametrize("status", [None, "PENDING_REVIEW", "IN_REVIEW", "TWILIO_REJECTED"])
def test_nothing_leaves_a_toll_free_number_before_it_is_verified(
    toll_free: Place, status: str | None
) -> None:
    assert toll_free.sends() == "delivered"
    toll_free.twilio.verify_toll_free(status)
    assert toll_free.sends() == "30032"

    client = toll_free.client
    (number,) = client.incoming_phone_numbers.list()
    listed = client.messaging.v1.tollfree_verifications.list
    found = listed(tollfree_phone_number_sid=number.sid)
    assert [one.status for one in found] == ([status] if status else [])
    assert listed(tollfree_phone_number_sid="PN0") == []


def test_a_service_may_have_senders_that_are_no_numbers(place: Place) -> None:
    place.twilio.add_sender("short_code", "12345")
    place.twilio.add_sender("alpha_sender", "ONCALL")
    place.twilio.add_sender("sender", "rcs:oncall_agent")
    (found,) = place.client.messaging.v1.services.list()
    service = place.client.messaging.v1.services(found.sid)
    assert [one.phone_number for one in service.phone_numbers.list()] == [place.twilio.number]
    assert [one.short_code for one in service.short_codes.list()] == ["12345"]
    assert [one.alpha_sender for one in service.alpha_senders.list()] == ["ONCALL"]
    assert [one.sender for one in service.channel_senders.list()] == ["rcs:oncall_agent"]
