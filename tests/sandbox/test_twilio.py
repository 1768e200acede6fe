"""Twilio's API in front of the phone network, through Twilio's own client and plain HTTP."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from sandbox.clock import SandboxClock
from sandbox.phones import PhoneNetwork
from sandbox.server import LoopbackServer
from sandbox.twilio import Kind, TwilioAccount

MORNING = datetime(2026, 1, 5, 14, 0, tzinfo=UTC)
ALICE, BOB = "+13125550101", "+13125550102"


class HttpClient(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's HTTP client, redirected to another host."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base = urlsplit(base_url)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        asked = urlsplit(url)
        url = urlunsplit((self._base.scheme, self._base.netloc, asked.path, asked.query, ""))
        return super().request(method, url, *args, **kwargs)


@pytest.fixture
def clock() -> SandboxClock:
    return SandboxClock(MORNING)


@pytest.fixture
def network(clock: SandboxClock) -> PhoneNetwork:
    return PhoneNetwork(clock)


@pytest.fixture
def twilio(server: LoopbackServer, network: PhoneNetwork, clock: SandboxClock) -> TwilioAccount:
    return TwilioAccount(server, network, clock)


@pytest.fixture
def client(twilio: TwilioAccount) -> Iterator[Client]:
    http = HttpClient(twilio.url)
    yield Client(twilio.account_sid, twilio.auth_token, http_client=http)
    http.session.close()


@pytest.fixture
def session(twilio: TwilioAccount) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.auth = (twilio.account_sid, twilio.auth_token)
        yield session


def messages_url(twilio: TwilioAccount) -> str:
    return f"{twilio.url}/2010-04-01/Accounts/{twilio.account_sid}/Messages.json"


def form(twilio: TwilioAccount, **fields: str) -> dict[str, str]:
    return {"To": ALICE, "From": twilio.number, "Body": "Hello", **fields}


def test_an_sms_through_twilios_client_reaches_the_phone_and_walks_to_delivered(
    twilio: TwilioAccount, client: Client, network: PhoneNetwork, clock: SandboxClock
) -> None:
    alice = network.phone(ALICE, owner="Alice Adams")
    sent = client.messages.create(to=ALICE, from_=twilio.number, body="You are on call.")
    assert [sms.body for sms in alice.messages] == ["You are on call."]
    assert (sent.status, sent.num_segments, sent.date_created) == ("queued", "1", MORNING)
    assert (sent.date_sent, sent.price, sent.error_code) == (None, None, None)
    clock.forward(seconds=1)
    assert client.messages(sent.sid).fetch().status == "sent"
    clock.forward(seconds=2)
    delivered = client.messages(sent.sid).fetch()
    assert delivered.status == "delivered"
    assert delivered.date_sent == MORNING + timedelta(seconds=1)
    assert delivered.price == "-0.00830"
    assert [call.operation for call in twilio.calls] == ["create", "fetch", "fetch"]
    assert [call.parameters["To"] for call in twilio.requests] == [ALICE]


def test_the_answer_to_a_create_call_has_every_field(
    twilio: TwilioAccount, session: requests.Session
) -> None:
    answer = session.post(messages_url(twilio), data=form(twilio, Body="é" * 161))
    assert answer.status_code == 201
    message = answer.json()
    sid = message.pop("sid")
    uri = f"/2010-04-01/Accounts/{twilio.account_sid}/Messages/{sid}"
    assert sid.startswith("SM")
    assert len(sid) == 34
    assert message == {
        "account_sid": twilio.account_sid,
        "api_version": "2010-04-01",
        "body": "é" * 161,
        "date_created": "Mon, 05 Jan 2026 14:00:00 +0000",
        "date_sent": None,
        "date_updated": "Mon, 05 Jan 2026 14:00:00 +0000",
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": twilio.number,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "2",
        "price": None,
        "price_unit": "USD",
        "status": "queued",
        "subresource_uris": {"feedback": f"{uri}/Feedback.json", "media": f"{uri}/Media.json"},
        "to": ALICE,
        "uri": f"{uri}.json",
    }


def test_a_messaging_service_accepts_first_and_chooses_its_sender_later(
    twilio: TwilioAccount, client: Client, clock: SandboxClock
) -> None:
    sent = client.messages.create(
        to=ALICE, messaging_service_sid=twilio.messaging_service_sid, body="“Hello”"
    )
    assert (sent.status, sent.from_, sent.num_segments) == ("accepted", None, "0")
    clock.forward(seconds=1)
    later = client.messages(sent.sid).fetch()
    assert (later.status, later.from_, later.num_segments) == ("sent", twilio.number, "1")
    assert later.messaging_service_sid == twilio.messaging_service_sid
    assert later.body == '"Hello"'


def test_smart_encoding_is_done_when_asked_for(twilio: TwilioAccount, client: Client) -> None:
    body = "Alice’s turn – " + "a" * 100
    as_is = client.messages.create(to=ALICE, from_=twilio.number, body=body)
    smart = client.messages.create(to=ALICE, from_=twilio.number, body=body, smart_encoded=True)
    assert (as_is.body, as_is.num_segments) == (body, "2")
    assert (smart.body[:15], smart.num_segments) == ("Alice's turn - ", "1")


def test_a_trial_account_puts_its_words_before_the_text(
    server: LoopbackServer, network: PhoneNetwork, clock: SandboxClock
) -> None:
    trial = TwilioAccount(server, network, clock, number="+13125550188", trial=True)
    login = (trial.account_sid, trial.auth_token)
    requests.post(messages_url(trial), data=form(trial), auth=login, timeout=10)
    [sms] = network.phone(ALICE).messages
    assert sms.body == "Sent from your Twilio trial account - Hello"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "555-0101"}, 21211),
        ({"To": "+1312555010"}, 21211),
        ({"From": ""}, 21603),
        ({"From": "Twilio"}, 21212),
        ({"From": "+13125550177"}, 21606),
        ({"MessagingServiceSid": "MG" + "0" * 32}, 21701),
        ({"Body": ""}, 21602),
        ({"Body": "a" * 1601}, 21617),
        ({"ValidityPeriod": "0"}, 21624),
        ({"ValidityPeriod": "36001"}, 21624),
        ({"ValidityPeriod": "an hour"}, 21624),
    ],
)
def test_a_call_that_makes_no_sense_is_refused_in_twilios_words(
    twilio: TwilioAccount,
    session: requests.Session,
    network: PhoneNetwork,
    changes: dict[str, str],
    code: int,
) -> None:
    answer = session.post(messages_url(twilio), data=form(twilio, **changes))
    said = answer.json()
    assert answer.status_code == said["status"] == 400
    assert said["code"] == code
    assert said["message"]
    assert said["more_info"] == f"https://www.twilio.com/docs/errors/{code}"
    assert network.messages == []


@pytest.mark.parametrize("code", [21211, 21408, 21608, 21614, 21299])
def test_a_number_can_be_refused_by_script(
    twilio: TwilioAccount, client: Client, network: PhoneNetwork, code: int
) -> None:
    network.script(ALICE, f"refuse:{code}")
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=ALICE, from_=twilio.number, body="Hello")
    assert (refused.value.status, refused.value.code) == (400, code)
    assert len(twilio.requests) == 1


def test_who_replied_stop_is_not_written_to(
    twilio: TwilioAccount, client: Client, network: PhoneNetwork
) -> None:
    alice = network.phone(ALICE)
    alice.replies("STOP")
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=ALICE, from_=twilio.number, body="Hello")
    assert refused.value.code == 21610
    alice.replies("START")
    client.messages.create(to=ALICE, from_=twilio.number, body="Hello")
    assert len(alice.messages) == 1


def test_an_sms_lost_later_says_why(
    twilio: TwilioAccount, client: Client, network: PhoneNetwork, clock: SandboxClock
) -> None:
    network.script(ALICE, "undelivered:30005")
    sent = client.messages.create(to=ALICE, from_=twilio.number, body="Hello")
    clock.forward(seconds=3)
    lost = client.messages(sent.sid).fetch()
    assert (lost.status, lost.error_code) == ("undelivered", 30005)
    assert lost.error_message == "Unknown destination handset"
    assert network.phone(ALICE).messages == []


def test_the_list_shows_replies_too_and_filters_by_number(
    twilio: TwilioAccount, client: Client, network: PhoneNetwork
) -> None:
    client.messages.create(to=ALICE, from_=twilio.number, body="To Alice")
    client.messages.create(to=BOB, from_=twilio.number, body="To Bob")
    network.phone(ALICE).replies("ACK")
    network.reply(BOB, "+13125550198", "Not to this account")
    assert [sms.body for sms in client.messages.list()] == ["ACK", "To Bob", "To Alice"]
    [reply] = client.messages.list(to=twilio.number)
    assert (reply.from_, reply.direction, reply.status) == (ALICE, "inbound", "received")
    assert [sms.body for sms in client.messages.list(from_=twilio.number, to=BOB)] == ["To Bob"]


def test_the_list_filters_by_date_and_by_instant(
    twilio: TwilioAccount, client: Client, session: requests.Session, clock: SandboxClock
) -> None:
    for body in ("Monday", "Tuesday", "Wednesday"):
        client.messages.create(to=ALICE, from_=twilio.number, body=body)
        clock.forward(days=1)
    tuesday = MORNING + timedelta(days=1)

    def plain(**query: str) -> list[str]:
        named = {
            name.replace("_before", "<").replace("_after", ">"): v for name, v in query.items()
        }
        answer = session.get(messages_url(twilio), params=named).json()
        return [message["body"] for message in answer["messages"]]

    assert plain(DateSent="2026-01-06") == ["Tuesday"]
    assert plain(DateSent_before="2026-01-06") == ["Tuesday", "Monday"]
    assert plain(DateSent_after="2026-01-06") == ["Wednesday", "Tuesday"]
    assert plain(DateSent="2026-01-06T14:00:01Z") == ["Tuesday"]
    since = client.messages.list(date_sent_after=tuesday + timedelta(seconds=1))
    assert [sms.body for sms in since] == ["Wednesday", "Tuesday"]
    until = client.messages.list(date_sent_before=tuesday)
    assert [sms.body for sms in until] == ["Monday"]
    assert client.messages.list(date_sent_after=date(2026, 1, 8)) == []
    assert session.get(messages_url(twilio), params={"DateSent": "soon"}).json()["code"] == 20001


@pytest.mark.parametrize("has_unsent", [False, True])
def test_whether_a_list_by_date_sent_has_what_has_not_left_is_open(
    twilio: TwilioAccount, client: Client, has_unsent: bool
) -> None:
    twilio.truths.filtered_lists_have_unsent = has_unsent
    client.messages.create(to=ALICE, from_=twilio.number, body="Hello")

    found = client.messages.list(to=ALICE, date_sent_after=MORNING - timedelta(minutes=1))

    assert len(found) == has_unsent
    (listed,) = client.messages.list(to=ALICE)
    assert listed.date_sent is None


def test_pages_follow_each_other_though_new_messages_come_in(
    twilio: TwilioAccount, client: Client, session: requests.Session
) -> None:
    for number in range(5):
        client.messages.create(to=ALICE, from_=twilio.number, body=str(number))
    first = session.get(messages_url(twilio), params={"To": ALICE, "PageSize": "2"}).json()
    client.messages.create(to=ALICE, from_=twilio.number, body="new")
    second = session.get(twilio.url + first["next_page_uri"]).json()
    third = session.get(twilio.url + second["next_page_uri"]).json()
    pages = (first, second, third)
    assert [[m["body"] for m in page["messages"]] for page in pages] == [
        ["4", "3"],
        ["2", "1"],
        ["0"],
    ]
    assert [(page["page"], page["start"], page["end"]) for page in pages] == [
        (0, 0, 1),
        (1, 2, 3),
        (2, 4, 4),
    ]
    assert third["next_page_uri"] is None
    assert first["previous_page_uri"] is None
    back = session.get(twilio.url + third["previous_page_uri"]).json()
    assert [m["body"] for m in back["messages"]] == ["2", "1"]
    assert session.get(twilio.url + back["first_page_uri"]).json()["messages"][0]["body"] == "new"
    assert len(client.messages.list(page_size=4)) == 6


def test_a_page_that_makes_no_sense_is_refused(
    twilio: TwilioAccount, session: requests.Session
) -> None:
    for query in ({"PageSize": "many"}, {"Page": "-1"}, {"PageToken": "PASM0"}):
        answer = session.get(messages_url(twilio), params=query)
        assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    empty = session.get(messages_url(twilio), params={"PageSize": "5000"}).json()
    assert (empty["messages"], empty["page_size"], empty["next_page_uri"]) == ([], 1000, None)


def test_a_message_can_be_redacted_and_deleted_but_stays_on_the_phone(
    twilio: TwilioAccount, client: Client, network: PhoneNetwork, clock: SandboxClock
) -> None:
    sent = client.messages.create(to=ALICE, from_=twilio.number, body="Secret")
    with pytest.raises(TwilioRestException) as refused:
        client.messages(sent.sid).delete()
    assert (refused.value.status, refused.value.code) == (409, 20009)
    clock.forward(seconds=3)
    assert client.messages(sent.sid).update(body="").body == ""
    assert client.messages(sent.sid).fetch().body == ""
    assert client.messages(sent.sid).delete()
    assert client.messages.list() == []
    with pytest.raises(TwilioRestException) as gone:
        client.messages(sent.sid).fetch()
    assert (gone.value.status, gone.value.code) == (404, 20404)
    assert network.phone(ALICE).messages[0].body == "Secret"


def test_a_message_cannot_be_reworded_or_canceled(twilio: TwilioAccount, client: Client) -> None:
    sent = client.messages.create(to=ALICE, from_=twilio.number, body="Hello")
    with pytest.raises(TwilioRestException) as reworded:
        client.messages(sent.sid).update(body="Other")
    with pytest.raises(TwilioRestException) as canceled:
        client.messages(sent.sid).update(status="canceled")
    assert (reworded.value.code, canceled.value.code) == (20001, 30409)


def test_the_account_its_number_and_its_service_can_be_looked_up(
    twilio: TwilioAccount, client: Client
) -> None:
    account = client.api.accounts(twilio.account_sid).fetch()
    assert (account.status, account.type) == ("active", "Full")
    assert account.friendly_name == "WhoseOnFirst sandbox"
    [number] = client.incoming_phone_numbers.list(phone_number=twilio.number)
    assert (number.phone_number, number.capabilities["sms"]) == (twilio.number, True)
    assert client.incoming_phone_numbers(number.sid).fetch().sid == number.sid
    assert client.incoming_phone_numbers.list(phone_number="+13125550111") == []
    service = client.messaging.v1.services(twilio.messaging_service_sid).fetch()
    assert service.sid == twilio.messaging_service_sid
    assert service.date_created == MORNING


def test_what_does_not_exist_is_not_found(twilio: TwilioAccount, session: requests.Session) -> None:
    account = f"/2010-04-01/Accounts/{twilio.account_sid}"
    for path in (
        f"{account}/Messages/SM0.json",
        f"{account}/IncomingPhoneNumbers/PN0.json",
        "/2010-04-01/Accounts/AC0.json",
        "/v1/Services/MG0",
        "/elsewhere",
    ):
        answer = session.get(twilio.url + path)
        assert (answer.status_code, answer.json()["code"]) == (404, 20404)
    answer = session.delete(messages_url(twilio))
    assert (answer.status_code, answer.json()["code"]) == (405, 20004)


def test_an_api_key_opens_the_account_and_wrong_credentials_do_not(
    twilio: TwilioAccount, network: PhoneNetwork
) -> None:
    url, sms = messages_url(twilio), form(twilio)
    key = (twilio.api_key, twilio.api_secret)
    assert requests.post(url, data=sms, auth=key, timeout=10).status_code == 201
    account = f"{twilio.url}/2010-04-01/Accounts/{twilio.account_sid}.json"
    assert requests.get(account, auth=key, timeout=10).status_code == 401
    for wrong in ((twilio.account_sid, "guess"), (twilio.api_key, twilio.auth_token), None):
        answer = requests.post(url, data=sms, auth=wrong, timeout=10)
        assert answer.status_code == 401
        assert answer.json() == {
            "code": 20003,
            "message": "Authenticate",
            "more_info": "https://www.twilio.com/docs/errors/20003",
            "status": 401,
        }
    assert len(network.messages) == 1


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("500", 500, 20500), ("503", 503, 20503), ("504", 504, 20504), ("429", 429, 20429)],
)
def test_twilio_can_have_a_bad_moment(
    twilio: TwilioAccount, session: requests.Session, kind: Kind, status: int, code: int
) -> None:
    twilio.fault(kind, times=2, retry_after=7)
    for _ in range(2):
        answer = session.post(messages_url(twilio), data=form(twilio))
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers.get("Retry-After") == ("7" if kind == "429" else None)
    assert session.get(messages_url(twilio)).json()["messages"] == []
    assert session.post(messages_url(twilio), data=form(twilio)).status_code == 201
    assert [call.fault for call in twilio.requests] == [kind, kind, None]


@pytest.mark.parametrize(
    ("kind", "status"),
    [("502", 502), ("accept_then_500", 500), ("accept_then_502", 502)],
)
def test_an_error_can_hide_that_the_message_was_taken(
    twilio: TwilioAccount,
    session: requests.Session,
    network: PhoneNetwork,
    kind: Kind,
    status: int,
) -> None:
    twilio.fault(kind)
    answer = session.post(messages_url(twilio), data=form(twilio))
    assert answer.status_code == status
    assert answer.text.startswith("<html>") == (status == 502)
    assert len(network.phone(ALICE).messages) == kind.startswith("accept")


def test_whether_a_rate_limit_says_how_long_to_wait_is_open(
    twilio: TwilioAccount, session: requests.Session
) -> None:
    twilio.truths.rate_limits_say_how_long = False
    twilio.fault("429")
    answer = session.post(messages_url(twilio), data=form(twilio))
    assert answer.status_code == 429
    assert "Retry-After" not in answer.headers


def test_a_daily_allowance_is_used_up_and_comes_back_after_24_hours(
    twilio: TwilioAccount, session: requests.Session, clock: SandboxClock, network: PhoneNetwork
) -> None:
    network.phone(ALICE).replies("Hello", to=twilio.number)  # incoming messages don't count
    twilio.allow(2)
    for _ in range(2):
        assert session.post(messages_url(twilio), data=form(twilio)).status_code == 201
        clock.forward(hours=1)
    answer = session.post(messages_url(twilio), data=form(twilio))
    assert answer.status_code == 429
    assert answer.text.startswith('{"code":63038,"message":"Account exceeded the 2 daily')
    clock.forward(hours=22, minutes=1)
    assert session.post(messages_url(twilio), data=form(twilio)).status_code == 201


def test_what_waits_longer_than_it_may_is_dropped(
    twilio: TwilioAccount, client: Client, clock: SandboxClock, network: PhoneNetwork
) -> None:
    network.script(ALICE, "stuck:queued")
    sid = client.messages.create(
        to=ALICE, from_=twilio.number, body="Hello", validity_period=60
    ).sid
    clock.forward(seconds=59)
    assert client.messages(sid).fetch().status == "queued"
    clock.forward(seconds=1)
    dropped = client.messages(sid).fetch()
    assert (dropped.status, dropped.error_code) == ("failed", 30036)
    assert dropped.date_sent is None


@pytest.mark.parametrize("check", ["enable", "disable"])
def test_the_fraud_guard_blocks_only_what_is_to_be_checked(
    twilio: TwilioAccount,
    client: Client,
    clock: SandboxClock,
    network: PhoneNetwork,
    check: str,
) -> None:
    network.script(ALICE, "guarded")
    sid = client.messages.create(to=ALICE, from_=twilio.number, body="Hello", risk_check=check).sid
    clock.forward(seconds=5)
    arrives = check == "disable"
    assert client.messages(sid).fetch().error_code == (None if arrives else 30450)
    assert len(network.phone(ALICE).messages) == arrives


def test_what_was_redacted_is_gone_once_it_has_left(
    twilio: TwilioAccount, client: Client, clock: SandboxClock
) -> None:
    twilio.redact(bodies=True, numbers=True)
    client.messages.create(to=ALICE, from_=twilio.number, body="Hello")
    (waiting,) = client.messages.list(to=ALICE)
    assert waiting.body == "Hello"
    clock.forward(seconds=2)
    assert client.messages.list(to=ALICE) == []
    (left,) = client.messages.list()
    assert (left.body, left.to, left.from_) == ("", f"{ALICE[:-4]}XXXX", twilio.number)


def test_a_new_message_may_be_listed_late(
    twilio: TwilioAccount, client: Client, clock: SandboxClock
) -> None:
    twilio.truths.listed_after = 180
    sid = client.messages.create(to=ALICE, from_=twilio.number, body="Hello").sid
    clock.forward(seconds=179)
    assert client.messages.list(to=ALICE) == []
    assert client.messages(sid).fetch().body == "Hello"
    clock.forward(seconds=1)
    assert [one.sid for one in client.messages.list(to=ALICE)] == [sid]


@pytest.mark.parametrize("first", [True, False])
def test_the_place_of_unsent_texts_in_a_list_is_an_open_question(
    twilio: TwilioAccount, client: Client, clock: SandboxClock, network: PhoneNetwork, first: bool
) -> None:
    twilio.truths.unsent_listed_first = first
    client.messages.create(to=ALICE, from_=twilio.number, body="Sent")
    clock.forward(minutes=1)
    network.script(ALICE, "stuck:queued")
    client.messages.create(to=ALICE, from_=twilio.number, body="Waits")
    listed = [one.body for one in client.messages.list(to=ALICE)]
    assert listed == (["Waits", "Sent"] if first else ["Sent", "Waits"])


def test_each_answer_says_what_time_it_is_at_twilio(
    twilio: TwilioAccount, session: requests.Session, clock: SandboxClock
) -> None:
    twilio.goes_ahead(timedelta(minutes=7))
    taken = session.post(messages_url(twilio), data=form(twilio))
    at = clock.now() + timedelta(minutes=7)
    assert taken.headers["Date"] == format_datetime(at, usegmt=True)
    assert parsedate_to_datetime(taken.json()["date_created"]) == at


@pytest.mark.parametrize(("kind", "taken"), [("drop_before", 0), ("accept_then_drop", 1)])
def test_the_connection_can_drop_before_or_after_the_message_is_taken(
    twilio: TwilioAccount,
    session: requests.Session,
    network: PhoneNetwork,
    kind: Kind,
    taken: int,
) -> None:
    twilio.fault(kind)
    with pytest.raises(requests.ConnectionError):
        session.post(messages_url(twilio), data=form(twilio))
    assert len(network.phone(ALICE).messages) == taken
    assert len(twilio.requests) == 1


@pytest.mark.parametrize(("kind", "taken"), [("hang", 0), ("accept_then_hang", 1)])
def test_twilio_can_leave_a_call_without_an_answer(
    twilio: TwilioAccount,
    session: requests.Session,
    network: PhoneNetwork,
    kind: Kind,
    taken: int,
) -> None:
    twilio.fault(kind)
    with pytest.raises(requests.ReadTimeout):
        session.post(messages_url(twilio), data=form(twilio), timeout=0.05)
    assert len(network.phone(ALICE).messages) == taken


def test_the_list_can_fail_while_messages_are_taken(
    twilio: TwilioAccount, session: requests.Session
) -> None:
    twilio.fault("503", times=5, on="list")
    assert session.post(messages_url(twilio), data=form(twilio)).status_code == 201
    assert session.get(messages_url(twilio)).status_code == 503
    twilio.recover()
    assert session.get(messages_url(twilio)).status_code == 200


def test_trouble_lasts_until_recovery(twilio: TwilioAccount, session: requests.Session) -> None:
    twilio.trouble("429", retry_after=9)
    for _ in range(3):
        answer = session.get(messages_url(twilio))
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "9")
    twilio.recover()
    assert session.get(messages_url(twilio)).status_code == 200


def test_a_story_can_act_when_a_message_was_accepted_and_its_answer_is_lost(
    twilio: TwilioAccount, session: requests.Session, network: PhoneNetwork
) -> None:
    taken: list[int] = []
    twilio.fault("accept_then_drop", then=lambda: taken.append(len(network.messages)))
    with pytest.raises(requests.ConnectionError):
        session.post(messages_url(twilio), data=form(twilio))
    assert taken == [1]


@pytest.mark.parametrize("kind", ["drop_before", "503"])
def test_something_can_happen_when_a_call_arrives_that_comes_to_nothing(
    twilio: TwilioAccount, session: requests.Session, network: PhoneNetwork, kind: Kind
) -> None:
    arrived: list[int] = []
    twilio.fault(kind, then=lambda: arrived.append(len(network.messages)))
    with suppress(requests.ConnectionError):
        session.post(messages_url(twilio), data=form(twilio))
    assert arrived == [0]


def test_a_fault_that_does_not_exist_is_an_error(twilio: TwilioAccount) -> None:
    with pytest.raises(ValueError, match="no such fault"):
        twilio.fault("flood")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no such operation"):
        twilio.fault("503", on="call")  # type: ignore[arg-type]


def test_every_call_can_be_made_slow(twilio: TwilioAccount, session: requests.Session) -> None:
    twilio.latency(0.02)
    began = time.perf_counter()
    session.get(messages_url(twilio))
    assert time.perf_counter() - began >= 0.02


def test_calls_left_hanging_do_not_hold_up_the_end(
    clock: SandboxClock, network: PhoneNetwork, caplog: pytest.LogCaptureFixture
) -> None:
    server = LoopbackServer()
    twilio = TwilioAccount(server, network, clock)
    twilio.fault("hang")
    twilio.fault("accept_then_hang")
    outcomes: list[str] = []

    def call(timeout: float) -> None:
        login = (twilio.account_sid, twilio.auth_token)
        try:
            requests.post(messages_url(twilio), data=form(twilio), auth=login, timeout=timeout)
        except requests.RequestException as error:
            outcomes.append(type(error).__name__)

    call(timeout=0.05)  # this client times out, but the next one still waits
    waiting = threading.Thread(target=call, args=[60])
    waiting.start()
    while len(network.messages) < 1:
        waiting.join(0.001)
    began = time.perf_counter()
    server.close()
    assert time.perf_counter() - began < 5
    waiting.join()
    assert outcomes == ["ReadTimeout", "ConnectionError"]
    assert caplog.records == []
