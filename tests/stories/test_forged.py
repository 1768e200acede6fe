"""Forged buttons and forms get an answer in words, and change nothing."""

import json
from collections.abc import Iterator

import pytest

from sandbox.slack.people import SlackView
from tests.stories.conftest import World
from tests.stories.stored import changeable

VALUES = [
    "", " ", "1", "NaN", "-1 confirm 1", "1 confirm", "1 confirm NaN", "1 confirm 1 x y z",
    "1 confirm 99999999999999999999", "999 schedule", "99999999999999999999 schedule",
    "٣ schedule", "1 decline 1", "1 discard 1", "2 confirm 1", "2 override cancel 1",
    "1 cover NaN NaN", "1 cover inf 1", "1 ok 999999", "1 again NaN", '{"a": 1}', "[]", "null",
    '1 members edit "', "1 team:", "1 \u0000", "1 override cancel ٣", "1 notifications page 0",
    "1 audit 999999", "1 schedule from 9999-12-31 to 0001-01-01", f"1 {'x' * 1990}",
]  # fmt: skip
METADATA = [
    "{", "not JSON", "NaN", "[]", '"text"', "null", "1", "{}", '{"team": "Support"}',
    '{"team": {}}', '{"team": []}', '{"team": 999}', '{"team": -1}', '{"team": NaN}',
    '{"team": 99999999999999999999}', '{"team": 1}', '{"team": 1, "number": "x"}',
    '{"team": 1, "number": {}}', '{"team": 1, "number": NaN}', '{"team": 2, "number": 1}',
    '{"team": 1, "number": 99999999999999999999}', '{"team": 1, "member": null}',
    '{"team": 1, "known": []}', '{"team": 1, "known": {}}', '{"team": 1, "people": 7}',
    '{"team": 1, "people": [7, null]}', "[" * 1400,
]  # fmt: skip
FORMS = [
    "override", "override edit 1", "override edit", "override cancel", "take", "swap",
    "members add", "members edit @bob", "members edit", "members remove", "members move",
    "members activate", "shifts add", "shifts edit", "shifts edit 1", "shifts remove",
    "shifts pattern", "settings", "teams add", "admins add", "admins remove", "escalation add",
    "escalation remove", "generate", "setup team:Payments",
]  # fmt: skip
# Some of what is forged here is what anybody may type there: a name, a number of weeks or hours.
MAY_BE_MEANT = {
    "override edit 1", "members edit @bob", "shifts add", "shifts edit 1", "shifts pattern",
    "settings", "generate",
}  # fmt: skip
CHOICES = [
    "", "NaN", "-1", "999", "1", "99999999999999999999", "NaN NaN", "inf inf", "1 2 3", "1e400 1",
    "1795900000 1795800000", "{}", "\u0000", "٣", "first", "2026-02-30", "25:61", "U0NOBODY",
]  # fmt: skip


@pytest.fixture
def busy(support: World) -> Iterator[World]:
    """The team with an override, a swap that waits, an admin, a contact, who left; and another."""
    for line in (
        "override @greg friday",
        "admins add @bob",
        "escalation add @carol",
        "members remove @fran",
    ):
        assert support.changes("Alice", f"/oncall {line}").text.startswith("✅"), line
    support.another_team("Payments")
    support.runs("Bob", "/oncall swap @dave tuesday for saturday")
    support.tick()
    yield support
    support.forgets_mail()


def test_a_button_that_says_something_else_is_answered_in_words(
    busy: World, caplog: pytest.LogCaptureFixture
) -> None:
    carol = busy.people["Carol"].slack
    listed = busy.runs("Carol", "/oncall")
    before = changeable()
    for value in VALUES:
        seen = len(busy.sandbox.slack.calls("response_url"))
        carol.forges_click(value, listed)
        busy.sandbox.slack.until(
            lambda seen=seen: (  # type: ignore[misc]
                len(busy.sandbox.slack.calls("response_url")) > seen
            )
        )
    answers = [str(call.parameters) for call in busy.sandbox.slack.calls("response_url")]

    assert not [answer for answer in answers if "reference" in answer]
    assert "Traceback" not in caplog.text
    assert changeable() == before


def test_a_button_on_home_that_says_something_else_is_answered_in_words(
    busy: World, caplog: pytest.LogCaptureFixture
) -> None:
    home = busy.opens_home("Carol", "Next two weeks")
    before = changeable()
    for value in VALUES[:12]:
        busy.people["Carol"].slack.forges_click(value, home)
        busy.sandbox.slack.until(lambda: busy.people["Carol"].slack.view is not None)
        busy.people["Carol"].slack.closes()

    assert "Traceback" not in caplog.text
    assert changeable() == before


@pytest.mark.parametrize("form", FORMS)
def test_a_form_that_says_something_else_is_answered_in_words(
    busy: World, form: str, caplog: pytest.LogCaptureFixture
) -> None:
    alice = busy.people["Alice"].slack
    before = changeable()

    def answered(what: str) -> None:
        view = alice.view
        if view is not None and view.plain == "One moment…":
            busy.sandbox.slack.until(lambda: getattr(alice.view, "plain", "") != "One moment…")
            view = alice.view
        assert view is not None, what
        assert "reference" not in f"{view.plain} {view.errors}", what

    for metadata in METADATA:
        busy.opens("Alice", form)
        alice.forges(metadata=metadata)
        answered(metadata)
    view = busy.opens("Alice", form)
    for block in fields(view):
        for choice in CHOICES:
            busy.opens("Alice", form)
            alice.forges({block: forged(view, block, choice)})
            answered(f"{block}: {choice}")

    assert "Traceback" not in caplog.text
    if form not in MAY_BE_MEANT:
        assert changeable() == before


def fields(view: SlackView) -> list[str]:
    """Return the ids of a form's fields."""
    return [block["block_id"] for block in view.blocks if block["type"] == "input"]


def forged(view: SlackView, block_id: str, choice: str) -> dict[str, object]:
    """Return what a field of this kind would hold, had it been possible to choose that."""
    (block,) = [one for one in view.blocks if one["block_id"] == block_id]
    option = {"text": {"type": "plain_text", "text": choice}, "value": choice}
    kinds: dict[str, dict[str, object]] = {
        "static_select": {"selected_option": option},
        "external_select": {"selected_option": option},
        "radio_buttons": {"selected_option": option},
        "checkboxes": {"selected_options": [option]},
        "datepicker": {"selected_date": choice},
        "timepicker": {"selected_time": choice},
        "users_select": {"selected_user": choice},
        "multi_users_select": {"selected_users": [choice]},
        "conversations_select": {"selected_conversation": choice},
        "plain_text_input": {"value": choice},
    }
    return kinds[block["element"]["type"]]


def test_a_form_of_another_version_is_answered(support: World) -> None:
    support.runs("Alice", "/oncall override")
    alice = support.people["Alice"].slack
    held = support.sandbox.slack.memory.modals[alice.id][-1]
    held.content = {**held.content, "callback_id": "no such form"}

    alice.submits({"Who covers?": "Greg", "Or from": "2026-11-27"})

    assert alice.view is not None
    assert "I can’t read this form anymore" in alice.view.plain
    assert json.dumps(alice.view.blocks)
