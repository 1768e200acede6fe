"""SMS through Twilio's REST API: the request, and the result of each kind of response."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import MaxRetryError, NameResolutionError

from scheduling.channels import DeliveryError, Message, Search
from scheduling.channels.twilio import codes as twilio_codes
from scheduling.channels.twilio.account import look
from scheduling.channels.twilio.sms import SmsAccount, SmsChannel

SID = "AC" + "0" * 32
API = f"https://api.twilio.com/2010-04-01/Accounts/{SID}"
MESSAGES = f"{API}/Messages.json"
ACCOUNT = SmsAccount(SID, SID, "secret", phone_number="+13125550199")
MESSAGE = Message("+13125550101", "Good morning, Alice! You’re on call.", "daily:1:2026-11-23:1")
SINCE = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


@pytest.fixture
def twilio() -> Iterator[responses.RequestsMock]:
    """Twilio's side of the wire; a request that no test expects fails it."""
    with responses.RequestsMock() as wire:
        yield wire


def channel(account: SmsAccount = ACCOUNT) -> SmsChannel:
    return SmsChannel(account, threads=2)


def sms(
    sid: str = "SM1",
    *,
    body: str = MESSAGE.text,
    status: str = "sent",
    created: datetime = SINCE,
    error_code: int | None = None,
    error_message: str | None = None,
) -> dict[str, object]:
    """Return an SMS as Twilio describes it."""
    return {
        "sid": sid,
        "body": body,
        "status": status,
        "to": MESSAGE.to,
        "date_created": format_datetime(created),
        "error_code": error_code,
        "error_message": error_message,
    }


def page(*messages: dict[str, object]) -> dict[str, object]:
    """Return a page of Twilio's list of messages, the last one."""
    return {"messages": list(messages), "next_page_uri": None, "page": 0, "page_size": 50}


def meta(key: str) -> dict[str, object]:
    """Return what comes with a page of messaging.twilio.com, the last one."""
    return {"key": key, "next_page_url": None}


def senders(phone: str = "+13125550199") -> dict[str, object]:
    """Return a page of a messaging service's numbers: there is one."""
    number = {"sid": "PN1", "phone_number": phone, "capabilities": ["SMS"]}
    return {"phone_numbers": [number], "meta": meta("phone_numbers")}


def failure(channel: SmsChannel, message: Message = MESSAGE) -> DeliveryError:
    """Send something that fails, and return the error."""
    with pytest.raises(DeliveryError) as caught:
        channel.send(message)
    return caught.value


def asked(call: responses.Call) -> dict[str, list[str]]:
    """Return the form or the query of a request."""
    body = call.request.body or urlsplit(str(call.request.url)).query
    return parse_qs(body.decode() if isinstance(body, bytes) else str(body))


# --- sending ----------------------------------------------------------------------------------


def test_an_sms_goes_from_our_number_and_its_sid_comes_back(
    twilio: responses.RequestsMock,
) -> None:
    twilio.post(MESSAGES, status=201, json=sms("SM7", status="queued"))

    assert channel().send(MESSAGE) == "SM7"

    assert asked(twilio.calls[0]) == {
        "To": ["+13125550101"],
        "From": ["+13125550199"],
        "Body": [MESSAGE.text],
        "ValidityPeriod": ["3600"],
        "SmartEncoded": ["true"],
        "RiskCheck": ["disable"],
    }
    assert str(twilio.calls[0].request.headers["Authorization"]).startswith("Basic ")


def test_a_messaging_service_sends_instead_of_a_number(twilio: responses.RequestsMock) -> None:
    twilio.post(MESSAGES, status=201, json=sms())
    service = SmsAccount(SID, "SK1", "secret", messaging_service_sid="MG1")

    channel(service).send(MESSAGE)

    assert asked(twilio.calls[0])["MessagingServiceSid"] == ["MG1"]
    assert "From" not in asked(twilio.calls[0])


def test_another_base_url_is_asked_with_its_path(twilio: responses.RequestsMock) -> None:
    twilio.post(
        f"http://127.0.0.1:9/sandbox/2010-04-01/Accounts/{SID}/Messages.json",
        status=201,
        json=sms("SM8"),
    )
    sandbox = SmsAccount(
        SID, SID, "secret", phone_number="+1", api_url="http://127.0.0.1:9/sandbox/"
    )

    assert channel(sandbox).send(MESSAGE) == "SM8"


@pytest.mark.parametrize(
    ("region", "edge", "between"),
    [(None, None, ""), ("ie1", "dublin", ".dublin.ie1"), ("us1", "ashburn", ".ashburn.us1")],
)
def test_every_product_is_asked_in_the_region(
    twilio: responses.RequestsMock,
    monkeypatch: pytest.MonkeyPatch,
    region: str | None,
    edge: str | None,
    between: str,
) -> None:
    # What the settings say counts, not what Twilio's client finds in the environment.
    monkeypatch.setenv("TWILIO_REGION", "au1")
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    api = f"https://api{between}.twilio.com/2010-04-01/Accounts/{SID}"
    service = f"https://messaging{between}.twilio.com/v1/Services/MG1"
    twilio.post(f"{api}/Messages.json", status=201, json=sms("SM7"))
    twilio.get(f"{api}/Messages.json", json=page())
    twilio.get(f"{api}/Messages/SM7.json", json=sms("SM7"))
    unlisted = re.compile(rf"{re.escape(api)}/Messages/SM[0-689]\.json")
    twilio.get(unlisted, status=404, json={"code": 20404, "message": "No", "status": 404})
    services = service.removesuffix("/MG1")
    found = {"sid": "MG1", "friendly_name": "On-call", "use_inbound_webhook_on_number": True}
    twilio.get(services, json={"services": [found], "meta": meta("services")})
    twilio.get(service, json=found)
    twilio.get(f"{service}/PhoneNumbers", json=senders("+18005550199"))
    for path, key in (
        ("ShortCodes", "short_codes"),
        ("ChannelSenders", "senders"),
        ("AlphaSenders", "alpha_senders"),
    ):
        twilio.get(f"{service}/{path}", json={key: [], "meta": meta(key)})
    verified = [{"sid": "HH1", "status": "TWILIO_APPROVED"}]
    twilio.get(
        f"https://messaging{between}.twilio.com/v1/Tollfree/Verifications",
        json={"verifications": verified, "meta": meta("verifications")},
    )
    twilio.get(f"{api}.json", json={"sid": SID, "status": "active", "friendly_name": "Us"})
    number = {"sid": "PN1", "phone_number": "+13125550199", "capabilities": {"sms": True}}
    twilio.get(f"{api}/IncomingPhoneNumbers.json", json={"incoming_phone_numbers": [number]})
    twilio.get(f"{api}/IncomingPhoneNumbers/PN1.json", json=number)
    twilio.get(f"{api}/Balance.json", json={"balance": "20.00", "currency": "USD"})
    by_number = channel(replace(ACCOUNT, region=region, edge=edge))
    by_service = channel(
        replace(ACCOUNT, phone_number=None, messaging_service_sid="MG1", region=region, edge=edge)
    )

    for one in (by_number, by_service):
        assert one.send(MESSAGE) == "SM7"
        assert one.find(MESSAGE, Search(SINCE)) is None
        assert one.receipt("SM7").status is None
        assert one.received(SINCE) == []
        assert one.receipts([f"SM{number}" for number in range(9)], SINCE).keys() == {"SM7"}
        assert not any(one.level == "wrong" for one in look(one, closely=True))


@pytest.mark.parametrize("services", [0, 1, 20])
def test_only_where_all_services_were_seen_a_number_is_said_to_be_in_none(
    twilio: responses.RequestsMock, services: int
) -> None:
    api = f"https://api.twilio.com/2010-04-01/Accounts/{SID}"
    messaging = "https://messaging.twilio.com/v1/Services"
    listed = [{"sid": f"MG{place}", "friendly_name": "Sales"} for place in range(services)]
    twilio.get(messaging, json={"services": listed, "meta": meta("services")})
    if listed:
        twilio.get(re.compile(rf"{messaging}/MG\d+/PhoneNumbers"), json=senders("+13125550188"))
    twilio.get(f"{api}/Messages.json", json=page())
    twilio.get(f"{api}.json", json={"sid": SID, "status": "active", "friendly_name": "Us"})
    number = {"sid": "PN1", "phone_number": "+13125550199", "capabilities": {"sms": True}}
    twilio.get(f"{api}/IncomingPhoneNumbers.json", json={"incoming_phone_numbers": [number]})
    twilio.get(f"{api}/Balance.json", json={"balance": "20.00", "currency": None})

    found = " ".join(one.for_owner for one in look(channel(ACCOUNT), closely=True))

    assert ("isn’t in a messaging service" in found) == (services < 20)


def test_a_sandbox_takes_the_place_of_every_region(twilio: responses.RequestsMock) -> None:
    twilio.get("http://127.0.0.1:9/v1/Services/MG1/PhoneNumbers", json=senders())
    twilio.get(f"http://127.0.0.1:9/2010-04-01/Accounts/{SID}/Messages.json", json=page())
    sandbox = SmsAccount(
        SID,
        SID,
        "secret",
        messaging_service_sid="MG1",
        api_url="http://127.0.0.1:9",
        region="ie1",
        edge="dublin",
    )

    assert channel(sandbox).received(SINCE) == []


# --- refused ----------------------------------------------------------------------------------


REFUSED = [code for code, known in twilio_codes.REASONS.items() if known.outcome == "permanent"]


@pytest.mark.parametrize("code", REFUSED)
def test_what_no_retry_can_fix_is_permanent_and_says_what_to_do(
    code: int, twilio: responses.RequestsMock
) -> None:
    twilio.post(MESSAGES, status=400, json={"code": code, "message": "No.", "status": 400})

    error = failure(channel())

    assert (error.outcome, error.code, error.message) == (
        "permanent",
        str(code),
        twilio_codes.error_text(code, None),
    )
    assert error.message.endswith(".")


def test_who_opted_out_is_known_by_the_code(twilio: responses.RequestsMock) -> None:
    twilio.post(MESSAGES, status=400, json={"code": 21610, "message": "Blocked", "status": 400})

    error = failure(channel())

    assert (error.outcome, error.code) == ("permanent", "21610")
    assert "START" in error.message


@pytest.mark.parametrize("status", [401, 403])
def test_bad_credentials_are_permanent_and_name_the_settings(
    status: int, twilio: responses.RequestsMock
) -> None:
    answer = {"code": 20003, "message": "Authenticate", "status": status}
    twilio.post(MESSAGES, status=status, json=answer)

    error = failure(channel())

    assert error.outcome == "permanent"
    assert "TWILIO_AUTH_TOKEN" in error.message


def test_an_unknown_refusal_is_permanent_in_twilios_words(twilio: responses.RequestsMock) -> None:
    twilio.post(MESSAGES, status=400, json={"code": 29999, "message": "So so", "status": 400})

    error = failure(channel())

    assert (error.outcome, error.code) == ("permanent", "29999")
    assert error.message == "Twilio says: So so (code 29999)."


@pytest.mark.parametrize("code", [20429, 21611, 30001, 30003, 30008])
def test_a_code_that_passes_is_temporary(code: int, twilio: responses.RequestsMock) -> None:
    twilio.post(MESSAGES, status=400, json={"code": code, "message": "Later", "status": 400})

    assert failure(channel()).outcome == "temporary"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("17", 17),
        ("2.5", 3),
        ("-4", None),
        ("999999999999", 86_400),
        ("Mon, 23 Nov 2026 14:00:30 GMT", 30),
        ("Mon, 23 Nov 2026 13:00:00 GMT", 1),
        (None, None),
        ("soon", None),
    ],
)
def test_too_many_requests_are_tried_again_when_twilio_says(
    status: int, header: str | None, wait: int | None, twilio: responses.RequestsMock
) -> None:
    twilio.post(
        MESSAGES,
        status=status,
        json={"code": 20429, "message": "Too Many Requests", "status": status},
        headers={"Date": format_datetime(SINCE)} | ({"Retry-After": header} if header else {}),
    )

    error = failure(channel())

    assert (error.outcome, error.code, error.retry_after) == ("temporary", "20429", wait)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(500, "uncertain"), (502, "uncertain"), (503, "temporary"), (504, "uncertain")],
)
@pytest.mark.parametrize(
    "body",
    [
        '{"code": 20500, "message": "Oh"}',
        '{"type": "about:blank", "title": "Oh", "status": 500, "code": 20500}',
        "<html>Bad gateway</html>",
        "",
    ],
)
def test_only_after_a_503_is_it_sure_that_nothing_was_taken_whatever_it_says(
    status: int, outcome: str, body: str, twilio: responses.RequestsMock
) -> None:
    twilio.post(MESSAGES, status=status, body=body)

    assert failure(channel()).outcome == outcome


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_look_that_fails_may_be_taken_again_whatever_it_says(
    status: int, twilio: responses.RequestsMock
) -> None:
    twilio.get(MESSAGES, status=status, body='{"code":20500,"message":"Oh"}')

    with pytest.raises(DeliveryError) as caught:
        channel().find(MESSAGE, Search(SINCE))

    assert caught.value.outcome == "temporary"


@pytest.mark.parametrize("way", ["create", "list", "fetch"])
@pytest.mark.parametrize(
    "body",
    [
        '{"code":63038,"message":"Account exceeded the 50 daily messages limit","status":429}',
        '{"type":"about:blank","title":"Limit","status":429,"code":63038,"detail":"50 a day"}',
    ],
)
def test_a_daily_limit_is_known_by_its_code_in_each_form_and_in_each_call(
    way: str, body: str, twilio: responses.RequestsMock
) -> None:
    twilio.add("POST" if way == "create" else "GET", re.compile(API), status=429, body=body)
    calls: dict[str, Callable[[], object]] = {
        "create": lambda: channel().send(MESSAGE),
        "list": lambda: channel().find(MESSAGE, Search(SINCE)),
        "fetch": lambda: channel().receipt("SM1"),
    }

    with pytest.raises(DeliveryError) as caught:
        calls[way]()

    assert (caught.value.outcome, caught.value.code) == ("permanent", "63038")
    assert "used up its daily message limit" in caught.value.message


@pytest.mark.parametrize("way", ["create", "list", "fetch"])
def test_a_refusal_in_the_form_of_rfc_9457_keeps_its_code(
    way: str, twilio: responses.RequestsMock
) -> None:
    found = {"type": "about:blank", "title": "No", "status": 400, "code": 29999, "detail": "So so"}
    twilio.add("POST" if way == "create" else "GET", re.compile(API), status=400, json=found)
    calls: dict[str, Callable[[], object]] = {
        "create": lambda: channel().send(MESSAGE),
        "list": lambda: channel().find(MESSAGE, Search(SINCE)),
        "fetch": lambda: channel().receipt("SM1"),
    }

    with pytest.raises(DeliveryError) as caught:
        calls[way]()

    assert (caught.value.outcome, caught.value.code) == ("permanent", "29999")
    assert caught.value.message == "Twilio says: So so (code 29999)."


# --- no answer --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lost",
    [
        requests.ReadTimeout("read timed out"),
        requests.ConnectionError("connection reset by peer"),
        requests.exceptions.ChunkedEncodingError("broken in the middle"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_answer_that_is_lost_leaves_it_uncertain(
    lost: requests.RequestException, twilio: responses.RequestsMock
) -> None:
    twilio.post(MESSAGES, body=lost)

    error = failure(channel())

    assert (error.outcome, error.code) == ("uncertain", "no answer")


def name_unknown() -> requests.ConnectionError:
    """Return the error of a machine that has lost the network: names are not found."""
    cause = NameResolutionError(
        "api.twilio.com", HTTPSConnection("api.twilio.com"), socket.gaierror(-3, "try again")
    )
    pool = HTTPSConnectionPool("api.twilio.com")
    return requests.ConnectionError(MaxRetryError(pool, "/", cause))


@pytest.mark.parametrize(
    "lost",
    [requests.ConnectTimeout("connect timed out"), name_unknown()],
    ids=("no connection in time", "no name"),
)
def test_what_never_left_is_simply_tried_again(
    lost: requests.RequestException, twilio: responses.RequestsMock
) -> None:
    twilio.post(MESSAGES, body=lost)

    error = failure(channel())

    assert (error.outcome, error.code) == ("temporary", "no connection")


def test_a_refused_connection_sent_nothing() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        port = taken.getsockname()[1]
        nowhere = SmsAccount(
            SID, SID, "secret", phone_number="+1", api_url=f"http://127.0.0.1:{port}"
        )

        error = failure(channel(nowhere))

    assert (error.outcome, error.code) == ("temporary", "no connection")


def test_a_server_that_takes_the_request_and_hangs_up_leaves_it_uncertain() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def hang_up() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)

        thread = threading.Thread(target=hang_up)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        sms_channel = channel(SmsAccount(SID, SID, "secret", phone_number="+1", api_url=url))

        error = failure(sms_channel)

        thread.join()
        sms_channel.close()
    assert error.outcome == "uncertain"


# --- looking for one that may have gone out ---------------------------------------------------


def find(*found: dict[str, object], wire: responses.RequestsMock) -> str | None:
    wire.get(MESSAGES, json=page(*found))
    return channel().find(MESSAGE, Search(SINCE))


def test_it_asks_for_all_to_the_person_whoever_sent_them_and_whenever(
    twilio: responses.RequestsMock,
) -> None:
    assert find(wire=twilio) is None

    query = asked(twilio.calls[0])
    assert query == {"To": ["+13125550101"], "PageSize": ["1000"]}


def test_one_with_the_same_text_is_the_one(twilio: responses.RequestsMock) -> None:
    other = sms("SM1", body="Good evening, Alice!")

    assert find(other, sms("SM2"), wire=twilio) == "SM2"


@pytest.mark.parametrize(
    "body",
    [
        "Sent from your Twilio trial account - Good morning, Alice! You’re on call.",
        "Good morning, Alice! You're on call.",
        "Good morning,  Alice! You’re on call. ",
    ],
)
def test_words_that_twilio_puts_before_it_or_signs_it_replaces_do_not_hide_it(
    body: str, twilio: responses.RequestsMock
) -> None:
    assert find(sms("SM3", body=body), wire=twilio) == "SM3"


@pytest.mark.parametrize(
    ("created", "found"),
    [
        (SINCE - timedelta(hours=1), None),
        (SINCE - timedelta(minutes=4, seconds=50), "SM4"),  # clocks differ a little
        (SINCE - timedelta(minutes=5, seconds=10), None),
        (SINCE + timedelta(hours=1), "SM4"),
    ],
)
def test_one_of_an_earlier_try_is_not_yesterdays(
    created: datetime, found: str | None, twilio: responses.RequestsMock
) -> None:
    assert find(sms("SM4", created=created), wire=twilio) == found


@pytest.mark.parametrize("ahead", [-30, -6, 0, 6, 30])
@pytest.mark.parametrize(("age", "found"), [(2, "SM4"), (7.5, None)])
def test_twilios_own_clock_tells_how_old_one_is(
    ahead: int, age: float, found: str | None, twilio: responses.RequestsMock
) -> None:
    now, twilios = SINCE + timedelta(minutes=1), SINCE + timedelta(minutes=1 + ahead)
    one = sms("SM4", created=twilios - timedelta(minutes=age))
    twilio.get(MESSAGES, json=page(one), headers={"Date": format_datetime(twilios)})

    assert channel().find(MESSAGE, Search(SINCE, now)) == found


def test_one_that_another_row_has_is_not_the_one(twilio: responses.RequestsMock) -> None:
    twilio.get(MESSAGES, json=page(sms("SM5"), sms("SM6"), sms("SM7")))

    search = Search(SINCE, taken=frozenset({"SM5", "SM7"}))
    assert channel().find(MESSAGE, search) == "SM6"


def test_what_they_wrote_to_us_in_the_same_words_is_not_the_one(
    twilio: responses.RequestsMock,
) -> None:
    assert find({**sms("SM5"), "direction": "inbound"}, wire=twilio) is None


def test_one_without_its_text_is_the_one_by_its_time_and_a_picture_never_is(
    twilio: responses.RequestsMock,
) -> None:
    old = sms("SM1", body="", created=SINCE - timedelta(hours=1))
    picture = {**sms("SM2", body=""), "num_media": "1"}
    other = sms("SM3", body="Something else")

    assert find(old, picture, other, sms("SM4", body=""), wire=twilio) == "SM4"


def test_where_numbers_are_not_kept_nobody_can_tell(twilio: responses.RequestsMock) -> None:
    masked = {**sms("SM1"), "to": "+1312555XXXX", "date_sent": format_datetime(SINCE)}
    twilio.get(f"{MESSAGES}?To=%2B13125550101&PageSize=1000", json=page())
    twilio.get(f"{MESSAGES}?PageSize=50", json=page(masked))

    with pytest.raises(DeliveryError) as caught:
        channel().find(MESSAGE, Search(SINCE))

    assert (caught.value.outcome, caught.value.code) == ("uncertain", "redacted")


def test_a_list_of_several_pages_is_read_to_its_end(twilio: responses.RequestsMock) -> None:
    first = page(sms("SM1", body="another"))
    first["next_page_uri"] = f"/2010-04-01/Accounts/{SID}/Messages.json?Page=1"
    twilio.get(MESSAGES, json=first)
    twilio.get(f"{MESSAGES}?Page=1", json=page(sms("SM5")))

    assert channel().find(MESSAGE, Search(SINCE)) == "SM5"


@pytest.mark.parametrize("lost", [requests.ReadTimeout("slow"), requests.ConnectionError("reset")])
def test_looking_sends_nothing_so_a_lost_answer_to_it_is_only_temporary(
    lost: requests.RequestException, twilio: responses.RequestsMock
) -> None:
    twilio.get(MESSAGES, body=lost)

    with pytest.raises(DeliveryError) as caught:
        channel().find(MESSAGE, Search(SINCE))

    assert caught.value.outcome == "temporary"


# --- whether it arrived -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "receipt"),
    [
        (sms(status="queued"), (None, None)),
        (sms(status="sending"), (None, None)),
        (sms(status="sent"), (None, None)),
        (sms(status="delivered"), ("delivered", None)),
        (sms(status="read"), ("delivered", None)),
        (sms(status="delivery_unknown"), ("sent", None)),
        (
            sms(status="undelivered", error_code=30006),
            ("undelivered", twilio_codes.error_text(30006, None)),
        ),
        (sms(status="failed", error_code=30007), ("failed", twilio_codes.error_text(30007, None))),
        (
            sms(status="undelivered", error_code=30999, error_message="Fog on the line"),
            ("undelivered", "Twilio says: Fog on the line (code 30999)."),
        ),
        (
            sms(status="undelivered", error_code=30998),
            ("undelivered", "Twilio gave no reason (code 30998)."),
        ),
        (sms(status="canceled"), ("failed", "Twilio gave no reason.")),
    ],
)
def test_the_delivery_status_of_an_sms_is_known_when_it_is_final(
    answer: dict[str, object],
    receipt: tuple[str | None, str | None],
    twilio: responses.RequestsMock,
) -> None:
    twilio.get(f"{API}/Messages/SM1.json", json=answer)

    found = channel().receipt("SM1")

    assert (found.status, found.why) == receipt
    assert found.word == answer["status"]


@pytest.mark.parametrize("count", [2, 40])
def test_of_many_sms_one_list_is_read(count: int, twilio: responses.RequestsMock) -> None:
    billed = [{**sms(f"SM{n}", status="delivered"), "price": "-0.00790"} for n in range(count)]
    if count > 3:
        twilio.get(MESSAGES, json=page(*billed, sms("SM999", status="delivered")))
    else:
        for one in billed:
            twilio.get(f"{API}/Messages/{one['sid']}.json", json=one)

    found = channel().receipts([f"SM{n}" for n in range(count)], SINCE)

    assert {sid: one.price for sid, one in found.items()} == {f"SM{n}": 7900 for n in range(count)}
    assert len(twilio.calls) == (1 if count > 3 else count)


def test_what_a_list_by_date_sent_lacks_is_asked_for_by_itself(
    twilio: responses.RequestsMock,
) -> None:
    twilio.get(MESSAGES, json=page(*(sms(f"SM{n}", status="delivered") for n in range(1, 9))))
    opted_out = sms("SM0", status="failed", error_code=21610)
    twilio.get(f"{API}/Messages/SM0.json", json=opted_out)

    found = channel().receipts([f"SM{n}" for n in range(9)], SINCE)

    assert (found["SM0"].status, found["SM0"].code) == ("failed", "21610")
    assert len(found) == 9


def test_an_sms_that_was_deleted_at_twilio_hides_no_other(twilio: responses.RequestsMock) -> None:
    gone = {"code": 20404, "message": "was not found", "status": 404}
    twilio.get(f"{API}/Messages/SM0.json", json=gone, status=404)
    there = {**sms("SM1", status="delivered"), "price": "-0.00790"}
    twilio.get(f"{API}/Messages/SM1.json", json=there)

    found = channel().receipts(["SM0", "SM1"], SINCE)

    assert {sid: one.price for sid, one in found.items()} == {"SM1": 7900}


@pytest.mark.parametrize("space", ["", " "])
@pytest.mark.parametrize(
    ("code", "outcome", "wait"),
    [
        (20429, "temporary", 7),
        (21611, "temporary", 7),
        (63017, "temporary", 7),
        (63038, "permanent", None),
        (39999, "temporary", 7),
    ],
)
def test_too_many_requests_keep_the_code_of_twilios(
    space: str, code: int, outcome: str, wait: int | None, twilio: responses.RequestsMock
) -> None:
    body = f'{{"code":{space}{code},"message":{space}"Slow down","status":{space}429}}'
    twilio.post(MESSAGES, status=429, body=body, headers={"Retry-After": "7"})

    error = failure(channel())

    assert (error.outcome, error.code, error.retry_after) == (outcome, str(code), wait)
    assert error.message == twilio_codes.error_text(code, "Slow down")


def test_a_list_that_is_refused_says_why(twilio: responses.RequestsMock) -> None:
    answer = {"code": 20003, "message": "Authenticate", "status": 401}
    twilio.get(MESSAGES, status=401, json=answer)

    with pytest.raises(DeliveryError, match="TWILIO_AUTH_TOKEN"):
        channel().received(SINCE)


# --- what people wrote ------------------------------------------------------------------------


def test_what_is_at_the_top_is_read_although_the_rest_of_a_long_list_is_not(
    twilio: responses.RequestsMock,
) -> None:
    inbound = {"direction": "inbound", "from": "rcs:+13125550101"}
    old = SINCE - timedelta(days=1)
    rows = [sms(f"SM{n}", body="hi", created=old) | inbound for n in range(120)]
    top = page(sms("SM999", body="OK") | inbound, *rows)
    first = responses.matchers.query_param_matcher({"PageSize": "100"}, strict_match=False)
    whole = responses.matchers.query_param_matcher({"PageSize": "1000"}, strict_match=False)
    twilio.get(MESSAGES, json=top, match=[first])
    twilio.get(MESSAGES, status=503, json={"code": 20503, "status": 503}, match=[whole])

    found = channel().received(SINCE)

    assert [(one.phone, one.body) for one in found] == [("+13125550101", "OK")]


def test_of_two_replies_of_one_second_the_first_is_read_first(
    twilio: responses.RequestsMock,
) -> None:
    inbound = {"direction": "inbound", "from": "+13125550101"}
    twilio.get(
        MESSAGES,  # the newest first
        json=page({**sms("SM2", body="START"), **inbound}, {**sms("SM1", body="STOP"), **inbound}),
    )

    assert [one.body for one in channel().received(SINCE)] == ["STOP", "START"]
