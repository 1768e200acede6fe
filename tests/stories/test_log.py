"""The log records what people do, and never contains a secret."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.redaction import Redactor
from storage.database import database, reading
from tests.stories.conftest import World
from tests.written import log_written

Log = Callable[[], list[dict[str, Any]]]
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture
def log(support: World) -> Iterator[Log]:
    """Write the log as JSON, and return it as objects; no line may have a secret in it."""
    twilio, slack = support.sandbox.twilio, support.sandbox.slack
    secrets = [slack.bot_token, slack.app_token, twilio.auth_token]
    forbidden = [*secrets, *(person.phone.number for person in support.people.values())]
    with log_written("DEBUG", "json", [twilio.auth_token]) as lines:
        yield lambda: [json.loads(line) for line in lines()]
        for line in lines():
            assert INSTANT.fullmatch(json.loads(line)["time"])
            for secret in forbidden:
                assert secret not in line
                assert secret.removeprefix("+") not in line
            assert Redactor()(line) == line


def at_info(log: Log, **fields: object) -> list[dict[str, Any]]:
    """Return the lines at INFO that have these fields."""
    return [line for line in log() if line["level"] == "INFO" and fields.items() <= line.items()]


def test_a_command_answered_is_one_line_with_who_what_and_how_long(
    support: World, log: Log
) -> None:
    bob = support.people["Bob"].id
    support.runs("Bob", "/oncall who friday")

    (line,) = at_info(log, actor=bob)
    assert (line["operation"], line["team"]) == ("who", 1)
    assert isinstance(line["ms"], int)
    assert f"/oncall who of {bob}: answered in" in line["message"]


def test_after_a_command_the_rest_of_the_log_goes_on(support: World, log: Log) -> None:
    support.runs("Bob", "/oncall")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning")

    assert [line["level"] for line in log() if " sent: " in line["message"]] == ["INFO", "INFO"]


def test_what_was_refused_says_so(support: World, log: Log) -> None:
    support.runs("Bob", "/oncall who someday")
    support.runs("Bob", "/oncall nonsense")

    assert [line["operation"] for line in at_info(log)] == ["who", "unknown"]
    assert all("refused in" in line["message"] for line in at_info(log))


def test_a_change_is_said_once_when_it_is_made_and_not_when_it_is_only_shown(
    support: World, log: Log
) -> None:
    alice = support.people["Alice"].id
    answer = support.runs("Alice", "/oncall override @Carol tomorrow")
    assert not at_info(log, operation="override created")

    support.confirms("Alice", answer)

    (line,) = at_info(log, operation="override created")
    assert (line["actor"], line["team"]) == (alice, 1)
    assert line["message"] == f"changed by {alice} in Support: override created"
    done = [line["operation"] for line in at_info(log, actor=alice)]
    assert done == ["override", "override created", "confirm"]


def test_a_change_made_at_once_and_one_by_a_form_are_said_too(support: World, log: Log) -> None:
    alice = support.people["Alice"].id
    support.changes("Alice", "/oncall settings summary on")
    (line,) = at_info(log, operation="settings changed")
    assert (line["actor"], line["team"]) == (alice, 1)

    support.runs("Alice", "/oncall override")
    assert at_info(log, operation="override", actor=alice)


def test_a_crash_has_its_reference_as_a_field(support: World, log: Log) -> None:
    with reading():
        database.execute_sql("DROP TABLE overrides")

    text = support.runs("Bob", "/oncall").text

    (line,) = (line for line in log() if line["level"] == "ERROR")
    assert line["reference"] in text
    assert (line["actor"], line["operation"]) == (support.people["Bob"].id, "status")
    assert "Traceback" in line["exc_info"]


def test_what_is_sent_is_said_with_its_number_and_its_team(support: World, log: Log) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Good morning")

    sent = [line for line in log() if " sent: " in line["message"]]
    assert len(sent) == 2  # the SMS and the post
    for line in sent:
        assert line["team"] == 1
        assert line["message"].startswith(f"notification {line['notification']} sent: ")


TWILIO = ("drop_before", "500", "503", "429", "accept_then_drop")
SLACK = ("drop_before", "503", "ratelimited", "error:invalid_auth", "error:not_in_channel")


@pytest.mark.parametrize("trouble", [*TWILIO, *SLACK, "none", "stop", "crash"])
def test_whatever_goes_wrong_no_line_tells_a_number_or_a_token(
    support: World, log: Log, trouble: str
) -> None:
    if trouble in TWILIO:
        for operation in ("create", "list", "fetch"):
            support.sandbox.twilio.fault(trouble, 9, on=operation)  # type: ignore[arg-type]
    if trouble in SLACK:
        support.sandbox.slack.fault("chat.postMessage", trouble, 9)
        support.sandbox.slack.fault("users.info", trouble, 3)
    if trouble == "stop":
        support.replies("Alice", "STOP")
    if trouble == "crash":
        with reading():
            database.execute_sql("ALTER TABLE uses RENAME TO gone")

    support.until("2026-11-23 08:00")
    support.passes(minutes=3)
    number = support.people["Carol"].phone.number
    support.runs("Alice", "/oncall members")
    support.runs("Alice", f"/oncall members edit @bob phone {number}")
    support.runs("Alice", f"/oncall members add Zoe {number}")
    support.runs("Alice", "/oncall members add Zoe +1312555")
    support.runs("Bob", "/oncall test")
    support.replies("Alice", f"who is this? call {number}")
    support.passes(minutes=12)

    support.forgets_mail()
    assert len(at_info(log)) >= 5  # a line for each command
