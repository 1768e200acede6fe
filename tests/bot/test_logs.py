"""The log's lines: in UTC wherever the machine is, one object each, with fields, no secrets."""

import json
import logging
import re
import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.written import log_written

TOKEN = "xoxb-1234-hunter2"
PASSWORD = "0123456789abcdef"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
log = logging.getLogger("whoseonfirst.test")


@pytest.fixture(autouse=True)
def _in_chicago(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/Chicago")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def fails() -> None:
    try:
        raise ValueError(f"Invalid header value b'Bearer {TOKEN}\n{TOKEN}'")
    except ValueError:
        log.exception("it failed for +13125550101", extra={"reference": "ab12", "team": 7})


def test_json_is_one_object_a_line_also_with_a_traceback() -> None:
    with log_written("INFO", "json", [PASSWORD]) as lines:
        log.info("two\nlines and %s", PASSWORD)
        fails()

    one, other = (json.loads(line) for line in lines())
    assert list(one) == ["time", "level", "logger", "message"]
    assert INSTANT.fullmatch(one["time"])
    at = datetime.fromisoformat(one["time"].replace("Z", "+00:00"))
    assert abs(time.time() - at.timestamp()) < 60
    assert one["message"] == "two\nlines and …"
    assert (other["team"], other["reference"]) == (7, "ab12")
    assert "Traceback" in other["exc_info"]
    assert "hunter2" not in str(other)
    assert "3125550101" not in str(other)


def test_text_has_the_fields_at_its_end_and_nobody_elses_lines() -> None:
    forged = "Good\n2026-01-01T00:00:00.000Z INFO forged"
    with log_written("INFO", "text") as lines:
        log.info(forged, extra={"notification": 5, "actor": "command line"})
        fails()

    first, second, *rest = lines()
    instant, _, said = first.partition(" ")
    assert INSTANT.fullmatch(instant)
    assert (
        said
        == 'INFO    Good\\n2026-01-01T00:00:00.000Z INFO forged notification=5 actor="command line"'
    )
    assert second.endswith("it failed for +1••••••••01 team=7 reference=ab12")
    assert rest[0] == "Traceback (most recent call last):"
    assert "hunter2" not in "".join(rest)


def test_a_library_does_not_also_log_what_it_raises() -> None:
    with log_written("DEBUG", "json") as lines:
        logging.getLogger("slack_sdk.web.base_client").error("Failed to send a request to Slack")
        logging.getLogger("urllib3.connectionpool").debug("https://api.twilio.com:443")

    assert lines() == []
