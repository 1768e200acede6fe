"""Settings: strict, complete in their complaints, and never showing a secret."""

from pathlib import Path

import pytest

from bot.settings import Settings, SettingsProblem

GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "secret",
    "TWILIO_PHONE_NUMBER": "+13125550199",
}


def problems(**changes: str) -> list[str]:
    with pytest.raises(SettingsProblem) as raised:
        Settings.from_environment({**GOOD, **changes})
    return raised.value.problems


def test_the_defaults_are_those_of_the_readme() -> None:
    settings = Settings.from_environment(GOOD)

    assert settings.time_zone == "America/Chicago"
    assert settings.notify_at == "08:00"
    assert settings.database_url == "sqlite:///data/whoseonfirst.db"
    assert (settings.log_level, settings.log_format) == ("INFO", "json")


@pytest.mark.parametrize("name", GOOD)
def test_each_missing_setting_is_one_line_that_names_it(name: str) -> None:
    (line,) = problems(**{name: ""})

    assert line.startswith(f"{name} is missing")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_BOT_TOKEN", "xapp-swapped"),
        ("SLACK_APP_TOKEN", "xoxb-swapped"),
        ("SLACK_API_URL", "slack.com"),
        ("TWILIO_ACCOUNT_SID", "SK1"),
        ("TWILIO_PHONE_NUMBER", "312-555-0199"),
        ("TWILIO_API_URL", "nowhere"),
        ("TWILIO_REGION", "Ireland"),
        ("TWILIO_EDGE", "dublin.ie1"),
        ("ONCALL_CHANNEL", "#support"),
        ("ONCALL_TIMEZONE", "Chicago"),
        ("ONCALL_TIMEZONE", "Factory"),
        ("ONCALL_NOTIFY_AT", "8 o'clock"),
        ("ONCALL_NOTIFY_AT", "8:00"),
        ("ONCALL_ADMINS", "alice, bob"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_each_wrong_setting_is_one_line_that_names_it(name: str, value: str) -> None:
    (line,) = problems(**{name: value})

    assert line.startswith(name)


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(SettingsProblem) as raised:
        Settings.from_environment({})

    assert len(raised.value.problems) == 5


def test_a_secret_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("xoxb-from-file\n")
    environment = {**GOOD, "SLACK_BOT_TOKEN": "", "SLACK_BOT_TOKEN_FILE": str(file)}

    assert Settings.from_environment(environment).slack_bot_token == "xoxb-from-file"


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    lines = problems(SLACK_BOT_TOKEN="", SLACK_BOT_TOKEN_FILE=str(tmp_path / "none"))

    assert "SLACK_BOT_TOKEN_FILE points to" in lines[0]


def test_a_secret_and_its_file_are_one_too_many(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("xoxb-2")

    (line,) = problems(SLACK_BOT_TOKEN_FILE=str(file))
    assert "both set" in line


def test_no_problem_shows_a_secret() -> None:
    assert "hunter2" not in " ".join(problems(SLACK_BOT_TOKEN="hunter2"))


def test_two_senders_are_one_too_many() -> None:
    (line,) = problems(TWILIO_MESSAGING_SERVICE_SID="MG" + "0" * 32)

    assert "both set" in line


@pytest.mark.parametrize(
    "url",
    [
        "https://api.twilio.com",
        "https://API.twilio.com./",
        "https://api.dublin.ie1.twilio.com",
        "https://messaging.twilio.com/v1",
        "http://twilio.com:8080",
    ],
)
def test_a_url_of_twilio_itself_is_refused_with_the_setting_to_use(url: str) -> None:
    (line,) = problems(TWILIO_API_URL=url)

    assert line.startswith("TWILIO_API_URL is for sandboxes only.")
    assert "set TWILIO_REGION and TWILIO_EDGE, for example ie1 and dublin" in line


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "https://twilio.com.example.org/x"])
def test_a_sandbox_may_be_anywhere_else(url: str) -> None:
    assert Settings.from_environment({**GOOD, "TWILIO_API_URL": url}).sms.api_url == url


def test_a_region_needs_its_edge_and_an_edge_its_region() -> None:
    (no_edge,) = problems(TWILIO_REGION="ie1")
    (no_region,) = problems(TWILIO_EDGE="dublin")

    assert no_edge.startswith("TWILIO_EDGE is missing")
    assert no_region.startswith("TWILIO_REGION is missing")
    both = Settings.from_environment({**GOOD, "TWILIO_REGION": " ie1 ", "TWILIO_EDGE": "dublin"})
    assert (both.sms.region, both.sms.edge) == ("ie1", "dublin")
    neither = Settings.from_environment(GOOD)
    assert (neither.sms.region, neither.sms.edge) == (None, None)


def test_an_api_key_needs_its_secret() -> None:
    (line,) = problems(TWILIO_API_KEY="SK1")

    assert line.startswith("TWILIO_API_SECRET is missing")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-your-bot-token"),
        ("SLACK_BOT_TOKEN", "xoxb-xxxxxxxxxxxx-xxxxxxxx"),
        ("SLACK_APP_TOKEN", "xapp-<token>"),
        ("TWILIO_ACCOUNT_SID", "ACxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        ("TWILIO_AUTH_TOKEN", "changeme"),
        ("TWILIO_AUTH_TOKEN", "your_auth_token"),
        ("TWILIO_PHONE_NUMBER", "+15555550100"),
        ("ONCALL_CHANNEL", "C0123456789"),
        ("ONCALL_ADMINS", "U0123456789,U9876543210"),
        ("HEARTBEAT_URL", "https://hc-ping.com/your-check"),
    ],
)
def test_a_placeholder_is_one_line_that_names_it(name: str, value: str) -> None:
    (line,) = problems(**{name: value})

    assert line.startswith(f"{name} is still the placeholder from .env.example")


def test_values_that_only_resemble_placeholders_are_accepted() -> None:
    url = "https://health.your-firm.example/ping"

    assert Settings.from_environment({**GOOD, "HEARTBEAT_URL": url}).heartbeat_url == url


@pytest.mark.parametrize("name", ["SLACK_API_URL", "TWILIO_API_URL", "HEARTBEAT_URL"])
@pytest.mark.parametrize("value", ["http://", "http://[x", "http://a b/", "http://h:x/", "ftp://h"])
def test_a_url_that_is_none_is_one_line(name: str, value: str) -> None:
    (line,) = problems(**{name: value})

    assert line.startswith(name)
