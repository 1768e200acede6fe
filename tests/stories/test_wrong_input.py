"""Wrong input gets what was wrong and an example, and changes nothing."""

import pytest

from storage.database import database, reading
from tests.stories.conftest import World

NINES = "9" * 30
WRONG = {
    "": ["oncal", "?!"],
    "who": ["whoo", "who someday", "who 2026-02-30"],
    "schedule": [
        "schedule many weeks",
        "schedule 0 weeks",
        "schedule 4 months",
        "schedule " + "9" * 4400,
    ],
    "members": ["member", "members list", "members ad @bob"],
    "members add": [
        'members add "Zoe Doe"',
        "members add @zoe 312555011",
        "members add @zoe +1 312 555 0111 ext 23",
        "members add @zoe +13125550111,,23",
        "members add @zoe +1-312-555-CALL",
        "members add @zoe +13125550111 +13125550112",
        "members add @zoe +13125550111 please",
        "members add @zoe +19005550111",
        "members add @zoe 911",
        "members add @zoe +13125550199",
        "members add @zoe 312-555-0199",
        "members add @zoe +1312",
        "members add @bob +13125550111",
        "members add @zoe +13125550102",
        "members add @nobody +13125550111",
        'members add "Zoe +13125550111',
        "members add +13125550111 @zoe",
        f"members add {'Z' * 81} +13125550111",
        "members add <!here> +13125550111",
    ],
    "members edit": [
        "members edit @bob phone +1 312 555 0111 x23",
        "members edit @bob second +13125550199",
        "members edit @bob second +13125550102",
        "members edit @bob name *",
        "members edit @bob name \u202e\u2066",
        "members edit @bob name B\x1bob",
        "members edit @bob zone Nowhere",
    ],
    "escalation add": [
        "escalation add @zoe +1 312 555 0111 #23",
        "escalation add @zoe +13125550199",
        "escalation add 42 +13125550111",
    ],
    "members remove": [
        "members remove @zoe",
        "members remove @greg instead @bob",
        "members remove @greg cover @greg",
        "members remove Nobody",
    ],
    "shifts": ["shift", "shifts all", "shifts list 2"],
    "shifts add": [
        "shifts add 2 tuesday 48h 08:00",
        "shifts add x tuesday 48h 08:00",
        "shifts add 7 someday 24h 08:00",
        "shifts add 7 tuesday 169h 08:00",
        "shifts add 7 tuesday long 08:00",
        "shifts add 7 tuesday 24h 25:00",
        "shifts add 0 tuesday 24h 08:00",
    ],
    "shifts remove": [
        "shifts remove 99",
        "shifts remove two",
        f"shifts remove {NINES}",
    ],
    "override": [
        "override @zoe tomorrow",
        "override @bob someday",
        "override @bob yesterday",
        "override @bob next weekend",
        "override @bob friday 14:00:30 to 18:00",
        "override @bob friday 14:00",
        "override @bob friday 14:00 to",
        "override @bob friday 25:00 to 26:00",
        "override @bob friday 14:00 to thursday",
        "override @bob 2026-12-24 to 2026-12-20",
        "override @bob tomorrow for",
        "override @bob 2026-02-30",
        "override @bob 9999-12-31",
        "override @bob tomorrow for 4 hours",
        "override @bob for 4 hours",
        "override @bob friday for two days",
        "override @bob now to 12:00 for 3 hours",
        "override @bob the week after next",
        "override @bob today to 2027-12-01 08:00",
    ],
    "overrides": ["overide", "overrides all", "overrides 7"],
    "override cancel": [
        "override cancel seven",
        "override cancel 99",
        f"override cancel {NINES}",
    ],
    "test": ["tset", "test now", "test @bob now", "test @zoe"],
    "help": ["halp", "help everything", "help me please"],
}
# Without arguments these ask for them, in a form of this title.
FORMS = {
    "members add": "Add a member",
    "members remove": "Remove a member",
    "shifts add": "Add a shift",
    "shifts remove": "Remove a shift",
    "override": "Have someone cover",
}
CASES = [typed for typings in WRONG.values() for typed in typings]


@pytest.mark.parametrize("typed", CASES)
def test_wrong_input_gets_what_was_wrong_and_an_example(support: World, typed: str) -> None:
    support.joins("Zoe", "+13125550111")
    before = _everything()

    answer = support.runs("Alice", f"/oncall {typed}")

    assert answer.text.startswith("❌"), answer.text
    assert "/oncall " in answer.text, answer.text
    assert answer.ephemeral
    assert _everything() == before


@pytest.mark.parametrize(("typed", "title"), FORMS.items())
def test_what_lacks_all_its_arguments_asks_for_them_in_a_form(
    support: World, typed: str, title: str
) -> None:
    before = _everything()

    view = support.runs("Alice", f"/oncall {typed}").view

    assert view is not None
    assert view.title == title
    assert _everything() == before


def test_which_override_to_cancel_is_asked_where_there_is_one(support: World) -> None:
    refused = support.runs("Alice", "/oncall override cancel")
    assert refused.text.startswith("ℹ️ There are no upcoming overrides")
    assert "/oncall override @carol tomorrow" in refused.text  # tomorrow is Bob’s anyway
    support.changes("Alice", "/oncall override @greg friday")
    before = _everything()

    view = support.runs("Alice", "/oncall override cancel").view

    assert view is not None
    assert view.title == "Cancel an override"
    assert "Which one?" in view.plain
    assert _everything() == before


def test_a_stranger_who_tries_to_change_something_reads_who_can(support: World) -> None:
    before = _everything()

    for typed in ("members add @greg +13125550111", "shifts remove 2", "test @alice"):
        answer = support.runs("Bob", f"/oncall {typed}")
        assert "Only leads can do that" in answer.text
        assert "Ask @Alice." in answer.text
    answer = support.runs("Bob", "/oncall override @greg friday")  # a shift of Dave's
    assert "Only leads can put somebody else on call for a shift that isn’t yours" in (answer.text)
    assert "Ask @Alice." in answer.text

    assert _everything() == before


@pytest.mark.parametrize(
    "typed",
    [
        "override “Greg” tomorrow",
        "override ‘Greg’ tomorrow",
        "override\u00a0@greg\u00a0tomorrow",
        "override @greg friday 14:00–18:00",
        "override @greg friday 14:00 — 18:00",
        "OVERRIDE @greg Tomorrow",
        "  override   @greg\u200b  tomorrow  ",
    ],
)
def test_what_phones_make_of_typing_is_understood(support: World, typed: str) -> None:
    answer = support.changes("Alice", f"/oncall {typed}")

    if "‘" in typed:  # an apostrophe is a letter of a name, not a quotation mark
        assert answer.text.startswith("❌")
    else:
        assert answer.text.startswith("✅"), answer.text


@pytest.mark.parametrize("text", ["\0", "x" * 8000, "🤷" * 100, "'; DROP TABLE teams; --", "``` *"])
def test_no_input_however_strange_gets_silence_or_a_crash(support: World, text: str) -> None:
    for typed in (text, f"override {text}", f"members add {text} +13125550111", f"help {text}"):
        answer = support.runs("Alice", f"/oncall {typed}")
        assert answer.text
        assert "went wrong" not in answer.text


def _everything() -> dict[str, list[tuple[object, ...]]]:
    """All that is stored, except the heartbeat."""
    tables = (
        "teams",
        "team_members",
        "shifts",
        "rotation_changes",
        "schedule",
        "overrides",
        "admins",
    )
    logs = ("notification_log", "delivery_attempts", "audit_log", "proposals")
    with reading():
        return {
            table: list(database.execute_sql(f"SELECT * FROM {table} ORDER BY id"))
            for table in (*tables, *logs)
        }


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("override @bob now for 9999999 hours", "8 weeks long at most"),
        ("override @bob now for 999999999999999 weeks", "8 weeks long at most"),
        ("override @bob now for 60 days", "8 weeks long at most"),
        ("generate 9999999", "1 to 104 weeks ahead, not 9999999"),
        ("schedule 9999999 weeks", "1 to 104 weeks, not 9999999"),
        ("audit 9999999", "There are 2 pages"),
        ("notifications 9999999", "There’s no notification 9999999"),
        ("notifications page 999999999999999", "There aren’t that many"),
        ("settings confirm 9999999", "1 to 120 minutes"),
        ("settings sms-cap 99999999", "10 to 10000 segments"),
        ("shifts add 9 friday 9999999h 08:00", "1 to 168 hours, not 9999999"),
        ("shifts add 9999999 friday 4h 08:00", "1 to 99, not 9999999"),
        ("override cancel 9999999", "There’s no override 9999999"),
        ("ok 999999999999999", "isn’t a text to somebody"),
        ("confirm 9999999", "I don’t know that change"),
    ],
)
def test_a_number_that_is_too_big_is_said_to_be_that(support: World, line: str, why: str) -> None:
    answer = support.runs("Alice", f"/oncall {line}").text

    assert why in answer
    assert "cannot read" not in answer


@pytest.mark.parametrize(
    ("line", "example"),
    [
        ("settings notify 24:00", "settings notify 7:30 AM"),
        ("settings zone Mars", "settings zone Europe/Berlin"),
        ("shifts add 9 someday 4h 08:00", "shifts add 7 tuesday 48h 08:00"),
    ],
)
def test_the_example_is_one_of_what_was_typed(support: World, line: str, example: str) -> None:
    assert f"/oncall {example}" in support.runs("Alice", f"/oncall {line}").text


def test_the_command_behind_a_button_isnt_suggested(support: World) -> None:
    answer = support.runs("Alice", "/oncall confirm 9999999").text
    assert answer == "❌ I don’t know that change. Please type the command again."
