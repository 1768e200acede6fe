"""The page's HTTP interface, without a browser: who is let in, and how bad requests are refused."""

import socket
from typing import Any

import pytest
import requests

from sandbox.page.server import USUAL_PORT, Page
from sandbox.world import Sandbox
from tests.page.conftest import Stage

Json = dict[str, Any]


def do(stage: Stage, door: str, **said: Any) -> requests.Response:
    """Do one of the page's actions as Alice."""
    heard = {"as": stage.people[0].id, **said}
    return requests.post(f"{stage.url}/do/{door}", json=heard, timeout=60)


def test_only_the_page_itself_may_use_the_doors(stage: Stage) -> None:
    said = {"as": stage.people[0].id, "channel": stage.channel.id, "text": "/oncall"}
    before = len(stage.channel.seen_by(stage.people[0].slack))
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        answer = requests.post(f"{stage.url}/do/type", json=said, headers=headers, timeout=30)
        assert answer.status_code == 403
    as_a_form = requests.post(f"{stage.url}/do/type", data=said, timeout=30)
    assert as_a_form.status_code == 404
    assert len(stage.channel.seen_by(stage.people[0].slack)) == before


def test_nothing_of_the_page_may_come_from_elsewhere(stage: Stage) -> None:
    for path in ("/", "/static/app.js", "/world"):
        answer = requests.get(stage.url + path, timeout=30)
        assert answer.status_code == 200
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert requests.get(f"{stage.url}/static/../server.py", timeout=30).status_code == 404
    assert requests.get(f"{stage.url}/files/F1", timeout=30).status_code == 404
    assert requests.get(f"{stage.url}/events?as=nobody", timeout=30).status_code == 404


def test_it_is_served_on_loopback_at_another_port_if_the_usual_one_is_taken() -> None:
    with socket.socket() as taken, Sandbox() as sandbox:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        first = Page(sandbox, port=port)

        assert first.url.startswith("http://127.0.0.1:")
        assert not first.url.endswith(f":{port}")
        assert requests.get(first.url, timeout=30).status_code == 200
    assert USUAL_PORT == 8765


@pytest.mark.parametrize(
    ("door", "said"),
    [
        ("type", {}),
        ("type", {"as": "U1", "channel": "C1", "text": "x"}),
        ("clock", {"to": "yesterday"}),
        ("phone", {"number": "+13125550102", "condition": "lost"}),
        ("reply", {"number": "+13125550199", "text": "hello"}),
    ],
)
def test_nonsense_is_refused_and_changes_nothing(stage: Stage, door: str, said: Json) -> None:
    now = stage.sandbox.clock.now()

    assert do(stage, door, **{"channel": stage.channel.id, **said}).status_code == 400
    assert do(stage, "window", **said).status_code == 404
    assert stage.sandbox.clock.now() == now
    assert stage.people[1].phone.condition == "on"


@pytest.mark.parametrize(
    ("door", "said", "words"),
    [
        ("type", {"channel": "C1", "text": "x"}, "there is no such channel"),
        ("type", {"text": "/uncall"}, "/uncall isn’t a command here"),
        ("use", {"ts": "1.000000", "block": "b", "action": "a"}, "no longer there"),
        ("use", {"view": "V1", "block": "b", "action": "a"}, "no longer open"),
        ("submit", {"view": "V1", "entered": {}}, "no longer open"),
        ("close", {"view": "V1"}, "no longer open"),
        ("weather", {"service": "slack", "word": "foggy"}, "'slack' can’t be 'foggy'"),
        ("clock", {"to": "date", "date": "soon"}, "'soon' isn’t a date and time"),
        ("clock", {"to": "date", "date": "9999-12-31T23:59"}, "isn’t a date and time"),
        ("clock", {"to": "date", "date": "2026-11-28T08:00+05:00"}, "isn’t a date and time"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    stage: Stage, door: str, said: Json, words: str
) -> None:
    answer = do(stage, door, **{"channel": stage.channel.id, **said})

    assert answer.status_code == 200
    assert words in answer.json()["error"]


def test_time_cannot_pass_where_no_bot_is_kept() -> None:
    with Sandbox() as sandbox:
        person = sandbox.person("Alice", "+13125550101")
        url = Page(sandbox, port=0).url
        said = {"as": person.id, "to": "hour"}
        answer = requests.post(f"{url}/do/clock", json=said, timeout=30)

    assert "there is no bot here" in answer.json()["error"]


@pytest.mark.parametrize("word", ["slow", "rate limiting", "hanging", "losing responses"])
def test_whatever_the_weather_bob_gets_his_sms_once(stage: Stage, word: str) -> None:
    assert do(stage, "clock", to="minute").json() == {}  # the clock isn't moving anymore
    assert do(stage, "weather", service="twilio", word=word).json() == {}
    assert do(stage, "clock", to="morning").json() == {}
    assert do(stage, "weather", service="twilio", word="working").json() == {}
    for _ in range(6):  # an ambiguous SMS is looked up for five minutes
        assert do(stage, "clock", to="minute").json() == {}

    (sms,) = stage.people[1].phone.messages
    assert "Good morning, Bob." in sms.body
    assert sms.status == "delivered"
