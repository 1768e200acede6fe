"""The environment as one frozen object: read once, strict, complete in its complaints."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

from scheduling.channels.sms import SmsAccount

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("json", "text")


class SettingsProblem(Exception):
    """Some settings are missing or wrong; `problems` holds one line for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Settings:
    """Secrets and the process. What belongs to a team lives in the database.

    `team`, `channel`, `time_zone` and `notify_at` are for the team made on first start.
    """

    slack_bot_token: str
    slack_app_token: str
    slack_api_url: str | None
    sms: SmsAccount
    database_url: str
    channel: str | None
    team: str
    time_zone: str
    notify_at: str
    admins: frozenset[str]
    heartbeat_url: str | None
    log_level: str
    log_format: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Return the settings in `environment`. Raises SettingsProblem with all problems."""
        reader = _Reader(environment)
        settings = cls(
            slack_bot_token=reader.secret("SLACK_BOT_TOKEN", "xoxb-", required=True),
            slack_app_token=reader.secret("SLACK_APP_TOKEN", "xapp-", required=True),
            slack_api_url=reader.url("SLACK_API_URL"),
            sms=reader.sms_account(),
            database_url=database_url(environment),
            channel=reader.matching(
                "ONCALL_CHANNEL", r"[CG][A-Z0-9]{2,}", "a channel id such as C0123456789"
            ),
            team=reader.text("ONCALL_TEAM") or "On-call",
            time_zone=reader.time_zone(),
            notify_at=reader.notify_at(),
            admins=reader.admins(),
            heartbeat_url=reader.secret("HEARTBEAT_URL", "http") or None,
            log_level=reader.one_of("LOG_LEVEL", LOG_LEVELS),
            log_format=reader.one_of("LOG_FORMAT", LOG_FORMATS),
        )
        if reader.problems:
            raise SettingsProblem(reader.problems)
        return settings


def database_url(environment: Mapping[str, str]) -> str:
    """Return DATABASE_URL alone, for the commands that need nothing else."""
    return environment.get("DATABASE_URL", "").strip() or "sqlite:///data/whoseonfirst.db"


class _Reader:
    """Reads one variable after the other and keeps a line about each that is wrong."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def text(self, name: str) -> str:
        return self._environment.get(name, "").strip()

    def matching(self, name: str, pattern: str, meaning: str) -> str | None:
        value = self.text(name)
        if value and not re.fullmatch(pattern, value):
            self.problems.append(f"{name} must be {meaning}; it is {value!r}.")
        return value or None

    def secret(self, name: str, start: str, *, required: bool = False) -> str:
        """Return X, or what stands in the file that X_FILE names. Never shown in a problem."""
        value, file = self.text(name), self.text(f"{name}_FILE")
        if value and file:
            self.problems.append(f"{name} and {name}_FILE are both set; keep one of them.")
        elif file:
            try:
                value = Path(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                why = getattr(error, "strerror", None) or "it is not text"
                self.problems.append(f"{name}_FILE names {file}, which cannot be read: {why}.")
                return ""
        if not value and required:
            example = f" (it starts with {start})" if start else ""
            self.problems.append(f"{name} is missing. Set it, or {name}_FILE{example}.")
        elif value and not value.startswith(start):
            self.problems.append(f"{name} must start with {start}; this looks like another one.")
        return value

    def url(self, name: str) -> str | None:
        return self.matching(name, r"https?://[^\s/]+\S*", "a URL such as https://example.com/")

    def sms_account(self) -> SmsAccount:
        sid = self.secret("TWILIO_ACCOUNT_SID", "AC", required=True)
        key = self.secret("TWILIO_API_KEY", "SK")
        if key:
            username, password = key, self.secret("TWILIO_API_SECRET", "", required=True)
        else:
            username, password = sid, self.secret("TWILIO_AUTH_TOKEN", "", required=True)
        number = self.matching(
            "TWILIO_PHONE_NUMBER", r"\+[1-9]\d{6,14}", "a number such as +13125550199"
        )
        service = self.matching(
            "TWILIO_MESSAGING_SERVICE_SID", r"MG[0-9a-fA-F]{32}", "MG and 32 hex digits"
        )
        if not number and not service:
            self.problems.append(
                "TWILIO_PHONE_NUMBER is missing. Set it to the number that sends, for example "
                "+13125550199, or set TWILIO_MESSAGING_SERVICE_SID."
            )
        elif number and service:
            self.problems.append(
                "TWILIO_PHONE_NUMBER and TWILIO_MESSAGING_SERVICE_SID are both set; keep one."
            )
        return SmsAccount(sid, username, password, number, service, self.url("TWILIO_API_URL"))

    def time_zone(self) -> str:
        value = self.text("ONCALL_TIMEZONE") or "America/Chicago"
        if not is_time_zone(value):
            self.problems.append(
                f"ONCALL_TIMEZONE must be a zone such as America/Chicago; it is {value!r}."
            )
        return value

    def notify_at(self) -> str:
        value = self.text("ONCALL_NOTIFY_AT") or "08:00"
        if not is_wall_time(value):
            self.problems.append(f"ONCALL_NOTIFY_AT must be a time such as 08:00; it is {value!r}.")
        return value

    def admins(self) -> frozenset[str]:
        value = self.text("ONCALL_ADMINS")
        ids = [one.strip() for one in value.split(",") if one.strip()]
        wrong = [one for one in ids if not re.fullmatch(r"[UW][A-Z0-9]{2,}", one)]
        if wrong:
            self.problems.append(
                "ONCALL_ADMINS must be Slack user ids with commas between them, such as "
                f"U0123456789,U9876543210; {', '.join(wrong)!r} is none."
            )
        return frozenset(ids)

    def one_of(self, name: str, words: tuple[str, ...]) -> str:
        value = self.text(name)
        value = value.upper() if words[0].isupper() else value.lower()
        default = "INFO" if "INFO" in words else words[0]
        if value and value not in words:
            self.problems.append(f"{name} must be one of {', '.join(words)}; it is {value!r}.")
        return value if value in words else default


def is_time_zone(name: str) -> bool:
    """Tell whether the IANA zone is known here."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def is_wall_time(text: str) -> bool:
    """Tell whether a text is a wall-clock time as we store it, 'HH:MM'."""
    try:
        return f"{time.fromisoformat(text):%H:%M}" == text
    except ValueError:
        return False
