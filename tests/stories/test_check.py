"""`run_bot.py check`: everything right, then each fault in turn; one line each, no traceback."""

import sqlite3
from pathlib import Path

import pytest
from aiohttp import web

from sandbox.twilio import Kind
from tests.stories.checking import Place, place
from tests.stories.command_line import run_bot

__all__ = ["place"]


def test_everything_is_right(place: Place) -> None:
    code, lines = place.check()
    assert code == 0
    assert lines == [
        "✓ Settings: complete.",
        f"✓ Database: none yet; the first start creates {place.folder}/bot.db.",
        "✓ Slack: the bot token is whoseonfirst’s in the workspace Sandbox.",
        "✓ Slack: the app token works for Socket Mode.",
        "✓ Slack: I’m in #support.",
        "✓ Twilio: the account “WhoseOnFirst sandbox” is active.",
        "✓ Twilio: Texts come from +13125550199.",
    ]


def test_an_api_key_will_do(place: Place) -> None:
    twilio = place.sandbox.twilio
    code, lines = place.check(
        TWILIO_AUTH_TOKEN="", TWILIO_API_KEY=twilio.api_key, TWILIO_API_SECRET=twilio.api_secret
    )
    assert code == 0
    assert f"✓ Twilio: the API key works for the account {twilio.account_sid}." in lines


def test_a_messaging_service_will_do(place: Place) -> None:
    service = place.sandbox.twilio.messaging_service_sid
    code, lines = place.check(TWILIO_PHONE_NUMBER="", TWILIO_MESSAGING_SERVICE_SID=service)
    assert code == 0
    assert "✓ Twilio: Texts come from the messaging service" in lines[-1]


@pytest.mark.parametrize(
    "name",
    [
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_PHONE_NUMBER",
    ],
)
def test_a_setting_is_missing(place: Place, name: str) -> None:
    assert place.complaint(**{name: ""}).startswith(f"✗ Settings: {name} is missing. Set it")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        # As they are written
        ("SLACK_BOT_TOKEN", "hello", "✗ Settings: SLACK_BOT_TOKEN must start with xoxb-"),
        ("SLACK_APP_TOKEN", "hello", "✗ Settings: SLACK_APP_TOKEN must start with xapp-"),
        ("SLACK_API_URL", "slack", "✗ Settings: SLACK_API_URL must be a URL such as"),
        ("TWILIO_ACCOUNT_SID", "hello", "✗ Settings: TWILIO_ACCOUNT_SID must start with AC"),
        ("TWILIO_PHONE_NUMBER", "555", "✗ Settings: TWILIO_PHONE_NUMBER must be a number such as"),
        ("TWILIO_API_URL", "twilio", "✗ Settings: TWILIO_API_URL must be a URL such as"),
        ("TWILIO_API_URL", "https://api.twilio.com", "✗ Settings: TWILIO_API_URL is for sandboxes"),
        ("TWILIO_REGION", "ie1", "✗ Settings: TWILIO_EDGE is missing."),
        ("TWILIO_API_KEY", "hello", "✗ Settings: TWILIO_API_KEY must start with SK"),
        ("ONCALL_CHANNEL", "#support", "✗ Settings: ONCALL_CHANNEL must be a channel id such as"),
        ("ONCALL_TIMEZONE", "Chicago", "✗ Settings: ONCALL_TIMEZONE must be a zone such as"),
        ("ONCALL_NOTIFY_AT", "8 am", "✗ Settings: ONCALL_NOTIFY_AT must be a time such as 08:00"),
        ("ONCALL_ADMINS", "@alice", "✗ Settings: ONCALL_ADMINS must be Slack user ids"),
        ("LOG_LEVEL", "chatty", "✗ Settings: LOG_LEVEL must be one of DEBUG, INFO"),
        ("LOG_FORMAT", "xml", "✗ Settings: LOG_FORMAT must be one of json, text"),
        # As the other side sees them
        ("SLACK_BOT_TOKEN", "xoxb-wrong", "✗ Slack: SLACK_BOT_TOKEN: Slack says invalid_auth."),
        ("SLACK_APP_TOKEN", "xapp-wrong", "✗ Slack: SLACK_APP_TOKEN: Slack says invalid_auth."),
        (
            "TWILIO_AUTH_TOKEN",
            "wrong",
            "✗ Twilio: Twilio rejected our credentials: check TWILIO_AC",
        ),
        ("TWILIO_ACCOUNT_SID", "AC1", "✗ Twilio: Twilio rejected our credentials: check TWILIO_AC"),
        ("TWILIO_PHONE_NUMBER", "+13125550100", "✗ Twilio: +13125550100 isn’t one of this acc"),
        ("TWILIO_API_URL", "http://127.0.0.1:1", "✗ Twilio: Twilio couldn’t be reached."),
        ("ONCALL_CHANNEL", "C404", "✗ Slack: channel C404: Slack says channel_not_found."),
    ],
)
def test_a_setting_is_wrong(place: Place, name: str, value: str, expected: str) -> None:
    more = {"TWILIO_API_SECRET": "x"} if name == "TWILIO_API_KEY" else {}
    assert place.complaint(**{name: value}, **more).startswith(expected)


@pytest.mark.parametrize("code", ["invalid_auth", "missing_scope", "not_allowed_token_type"])
def test_an_app_token_that_slack_refuses_is_not_taken_for_the_bot_token(
    place: Place, code: str
) -> None:
    place.sandbox.slack.fault("apps.connections.open", f"error:{code}")
    said = place.complaint()
    assert said.startswith(f"✗ Slack: SLACK_APP_TOKEN: Slack says {code}. Slack rejected the app")
    assert said.endswith(
        "It’s one of the app’s App-Level Tokens at https://api.slack.com/apps, with the scope "
        "connections:write."
    )
    assert "SLACK_BOT_TOKEN" not in said


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("503", "✗ Slack: SLACK_APP_TOKEN: Slack is having trouble (503). Try again in a few min"),
        ("ratelimited", "Slack says ratelimited. Slack is rate-limiting us. Try again in a few"),
        ("error:internal_error", "Slack is having trouble. Try again in a few minutes."),
    ],
)
def test_what_passes_at_slack_sends_nobody_to_the_tokens(
    place: Place, kind: str, expected: str
) -> None:
    place.sandbox.slack.fault("apps.connections.open", kind, times=9)
    assert expected in place.complaint()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("503", "✗ Twilio: Twilio is having trouble (503). Try again in a few minutes."),
        ("429", "✗ Twilio: Twilio is rate-limiting us. Try again in a few minutes."),
        ("drop_before", "✗ Twilio: Twilio couldn’t be reached. Check the network."),
    ],
)
def test_what_passes_at_twilio_is_said_to_pass(place: Place, kind: Kind, expected: str) -> None:
    place.sandbox.twilio.trouble(kind)
    assert place.complaint() == expected


def test_a_proxy_that_answers_for_slack_is_named(place: Place) -> None:
    async def page(_request: web.Request) -> web.Response:
        return web.Response(text="<html>Please log in.</html>", content_type="text/html")

    portal = web.Application()
    portal.router.add_route("*", "/{anything:.*}", page)
    where = place.sandbox.server.serve(portal)
    code, lines = place.check(SLACK_API_URL=f"{where}/api/")
    wrong = [line for line in lines if line.startswith("✗")]
    assert code == 1
    assert len(wrong) == 2
    assert all(
        "the answer isn’t from Slack (HTTP 200). Check the network" in line for line in wrong
    )


def test_no_secret_is_shown(place: Place) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "TWILIO_AUTH_TOKEN"):
        _, lines = place.check(**{name: "hunter2"})
        assert "hunter2" not in "".join(lines)


def test_slack_cannot_be_reached(place: Place) -> None:
    code, lines = place.check(SLACK_API_URL="http://127.0.0.1:1/api/")
    wrong = [line for line in lines if line.startswith("✗")]
    assert code == 1
    assert [line.split(":")[1] for line in wrong] == [" SLACK_BOT_TOKEN", " SLACK_APP_TOKEN"]
    assert all("couldn’t be reached" in line and "Check the network" in line for line in wrong)


def test_the_bot_is_not_in_the_channel(place: Place) -> None:
    place.channel.remove_bot()
    said = "✗ Slack: channel C0000SUPPOR: I’m not in #support. Type there: /invite @WhoseOnFirst"
    assert place.complaint() == said


def test_the_channel_is_archived(place: Place) -> None:
    place.channel.archive()
    said = place.complaint()
    assert "#support is archived. Choose another channel: set ONCALL_CHANNEL" in said
    assert "/oncall settings after it." in said


def test_there_is_no_channel_yet(place: Place) -> None:
    assert place.complaint(ONCALL_CHANNEL="") == (
        "✗ Slack: no channel yet. Set ONCALL_CHANNEL to its id, for example C0123456789."
    )


def test_the_database_is_none(place: Place) -> None:
    (place.folder / "notes.txt").write_text("Buy milk. " * 100)
    said = place.complaint(DATABASE_URL=f"sqlite:///{place.folder / 'notes.txt'}")
    assert said.startswith("✗ Database: ")
    assert "notes.txt" in said


def test_the_database_has_no_directory(place: Place) -> None:
    said = place.complaint(DATABASE_URL=f"sqlite:///{place.folder / 'nowhere' / 'bot.db'}")
    assert said.startswith("✗ Database: ")
    assert "mkdir" in said


def test_the_database_is_of_another_kind(place: Place) -> None:
    said = place.complaint(DATABASE_URL="mysql://localhost/oncall")
    assert said.startswith("✗ Database: ")
    assert "sqlite:///" in said


def test_the_database_is_locked_by_somebody_else(place: Place) -> None:
    assert place.check()[0] == 0
    other = sqlite3.connect(place.folder / "bot.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        assert "locked" in place.complaint()
    finally:
        other.close()


def test_as_a_process_it_ends_with_1_and_without_a_traceback(place: Place) -> None:
    right = run_bot("check", environment=place.environment, fresh=True)
    assert (right.returncode, right.stderr) == (0, "")
    wrong = run_bot("check", environment={**place.environment, "SLACK_BOT_TOKEN": ""}, fresh=True)
    assert wrong.returncode == 1
    assert "SLACK_BOT_TOKEN is missing" in wrong.stdout
    assert "Traceback" not in wrong.stdout + wrong.stderr
    nothing = run_bot("check", environment={}, fresh=True)
    assert nothing.returncode == 1
    assert nothing.stdout.count("✗") == 5


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN is missing"),
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "Slack says invalid_auth."),
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, "Slack says invalid_auth."),
        ({"SLACK_API_URL": "http://127.0.0.1:1/api/"}, "Slack couldn’t be reached"),
        ({"DATABASE_URL": "sqlite:////nowhere/at/all.db"}, "/nowhere/at"),
    ],
)
def test_run_says_in_a_line_why_it_does_not_start(
    place: Place, tmp_path: Path, changes: dict[str, str], expected: str
) -> None:
    # Nobody takes turns yet: where somebody does, SMS go out without Slack.
    changes = {"DATABASE_URL": f"sqlite:///{tmp_path / 'new.db'}", **changes}
    ended = run_bot("run", environment={**place.environment, **changes})
    assert ended.returncode == 1
    assert expected in ended.stderr.splitlines()[-1] or expected in ended.stderr.splitlines()[0]
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("spoilt", ["off", "503"])
def test_run_names_problems_other_than_tokens(place: Place, spoilt: str) -> None:
    slack = place.sandbox.slack
    if spoilt == "off":
        slack.switch_socket_mode(on=False)
    else:
        slack.trouble("503")
    said = run_bot("run", environment=place.environment).stderr.splitlines()[-1]
    assert said == (
        "Slack: Socket Mode is off: turn it on under Socket Mode at https://api.slack.com/apps."
        if spoilt == "off"
        else "Slack says HTTP 503. To see what to do: run_bot.py check"
    )


def test_members_who_cannot_be_reached_are_listed(place: Place) -> None:
    database = f"sqlite:///{place.folder / 'bot.db'}"
    example = str(Path(__file__).parents[2] / "examples" / "support-team.toml")
    assert run_bot("import", example, environment={"DATABASE_URL": database}).returncode == 0
    assert place.check()[0] == 0
    with sqlite3.connect(place.folder / "bot.db") as file:
        for number, change in enumerate(
            (
                "slack_user_id = '@alice'",
                "phone = '+13125550199'",
                "second_phone = '+19005550101'",
                "time_zone = 'Mars/X'",
            ),
            start=1,
        ):
            file.execute(f"UPDATE team_members SET {change} WHERE id = {number}")

    code, lines = place.check()

    assert code == 1
    assert [line.partition(". ")[0] for line in lines if line.startswith("✗")] == [
        "✗ Database: Support: Alice’s Slack user can’t be used",
        "✗ Database: Support: Bob’s number can’t be used",
        "✗ Database: Support: Carol’s second number can’t be used",
        "✗ Database: Support: Dave’s time zone can’t be used",
    ]
    assert not any("+13125550199 is" in line or "+19005550101" in line for line in lines)


def test_a_teams_name_with_something_hidden_is_reported(place: Place) -> None:
    assert "✗ Settings: ONCALL_TEAM: " in place.complaint(ONCALL_TEAM="Sup\u202eport")


def test_scopes_that_the_install_lacks_are_named(place: Place) -> None:
    place.sandbox.slack.withdraw("im:history")
    place.sandbox.slack.withdraw("users:read")

    complaint = place.complaint()

    assert "the installed app lacks im:history, users:read" in complaint
    assert "Paste manifest.json again" in complaint


def test_an_install_that_can_not_be_mentioned_is_advised_and_fine(place: Place) -> None:
    place.sandbox.slack.withdraw("app_mentions:read")

    code, lines = place.check()

    assert code == 0
    (advice,) = [line for line in lines if "app_mentions:read" in line]
    assert (
        "lacks app_mentions:read, so I don’t see it when somebody mentions me in a channel."
        in advice
    )
    assert "Paste manifest.json again" in advice


@pytest.mark.parametrize(
    ("bodies", "numbers", "said"),
    [
        (True, False, ["Twilio doesn’t store texts on this account"]),
        (False, True, ["Twilio doesn’t store full phone numbers on this account"]),
        (True, True, ["Twilio doesn’t store texts", "Twilio doesn’t store full phone numbers"]),
        (False, False, []),
    ],
)
def test_message_redaction_is_noticed_and_what_it_means_is_said(
    place: Place, bodies: bool, numbers: bool, said: list[str]
) -> None:
    twilio = place.sandbox.twilio
    twilio.redact(bodies=bodies, numbers=numbers)
    place.sandbox.phones.send(twilio.number, "+13125550101", "Good morning!")
    place.sandbox.clock.forward(minutes=1)
    code, lines = place.check()
    assert code == 0
    advice = [line for line in lines if "(message redaction)" in line]
    assert len(advice) == len(said)
    for line, words in zip(advice, said, strict=True):
        assert line.startswith(f"! Twilio: {words}")
        assert "turn off redaction" in line
