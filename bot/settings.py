"""The environment as one frozen object: read once, strictly, with all problems reported at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.files import Unreadable, secret_of, unprintable
from bot.redaction import Redactor
from scheduling.changes import checks
from scheduling.channels.twilio.sms import SmsAccount
from scheduling.errors import Refusal

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
TEAMS_BY = ("members", "admins")
LOG_FORMATS = ("json", "text")
# Each names a file whose content is the secret.
SECRET_FILES = (
    "SLACK_BOT_TOKEN_FILE",
    "SLACK_APP_TOKEN_FILE",
    "TWILIO_ACCOUNT_SID_FILE",
    "TWILIO_AUTH_TOKEN_FILE",
    "TWILIO_API_KEY_FILE",
    "TWILIO_API_SECRET_FILE",
    "HEARTBEAT_URL_FILE",
)
# Placeholders: those of .env.example, and what other people write for "your value here".
_PLACEHOLDERS = re.compile(r"\byour[-_ ]|change.?me|x{6,}|<.*>|\.\.\.|…", re.IGNORECASE)
_EXAMPLES = ("+15555550100", "C0123456789", "U0123456789", "U9876543210")


class SettingsProblem(Exception):
    """Some settings are missing or wrong; `problems` holds one line for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Settings:
    """Secrets, and settings of the process. A team's settings are in the database.

    `team`, `channel`, `time_zone` and `notify_at` are for the team made at the first start.
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
    teams_by: str
    heartbeat_url: str | None
    log_level: str
    log_format: str

    @property
    def secrets(self) -> frozenset[str]:
        """What must never be in a log or an answer."""
        url = self.heartbeat_url or ""
        path = urlsplit(url).path if url else ""
        named = (self.slack_bot_token, self.slack_app_token, self.sms.password, url, path)
        logins = (urlsplit(one).password for one in (self.sms.api_url, url) if one)
        return frozenset(one for one in (*named, *logins) if one)

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
                "ONCALL_CHANNEL", checks.CHANNEL, "a channel id such as C0123456789"
            ),
            team=reader.team(),
            time_zone=reader.time_zone(),
            notify_at=reader.notify_at(),
            admins=reader.admins(),
            teams_by=reader.one_of("ONCALL_TEAMS_BY", TEAMS_BY),
            heartbeat_url=reader.secret_url("HEARTBEAT_URL"),
            log_level=reader.one_of("LOG_LEVEL", LOG_LEVELS),
            log_format=reader.one_of("LOG_FORMAT", LOG_FORMATS),
        )
        if reader.problems:
            raise SettingsProblem(reader.problems)
        return settings


def database_url(environment: Mapping[str, str]) -> str:
    """Return DATABASE_URL, for the commands that need no other setting."""
    return environment.get("DATABASE_URL", "").strip() or "sqlite:///data/whoseonfirst.db"


class _Reader:
    """Reads one variable after another and keeps a line about each that is wrong."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def text(self, name: str) -> str:
        value = self._environment.get(name, "").strip()
        if any("\udc80" <= letter <= "\udcff" for letter in value):
            self.problems.append(f"{name} is not UTF-8. Save the file that sets it as UTF-8.")
            return ""
        return value

    def matching(self, name: str, pattern: str, meaning: str) -> str | None:
        value = self.text(name)
        left = value and self._left_as_it_was(name, value)
        if value and not left and not re.fullmatch(pattern, value):
            self.problems.append(f"{name} must be {meaning}; it is {self.shown(value)}.")
        return value or None

    def team(self) -> str:
        name = self.text("ONCALL_TEAM") or "On-call"
        try:
            return checks.check_team_name(name)
        except Refusal as refusal:
            self.problems.append(f"ONCALL_TEAM: {refusal.message.replace('`', '')}")
            return name

    def shown(self, value: str) -> str:
        """Return a value, redacted for a problem: it may be a secret in the wrong place."""
        secret = re.search(r"[0-9a-fA-F]{32}", value) or len(value) > 100
        return "something else" if secret else repr(Redactor(numbers=False)(value))

    def secret(self, name: str, start: str, *, required: bool = False) -> str:
        """Return X, or the content of the file that X_FILE names. Never shown in a problem."""
        value, file = self.text(name), self.text(f"{name}_FILE")
        known = len(self.problems)
        if value and file:
            self.problems.append(f"{name} and {name}_FILE are both set; keep one of them.")
        elif file:
            try:
                value = secret_of(Path(file), f"{name}_FILE points to {file}, which")
            except Unreadable as error:
                self.problems.append(str(error))
                return ""
        if not value and required:
            if not any(line.startswith(name) for line in self.problems):
                example = f" (it starts with {start})" if start else ""
                self.problems.append(f"{name} is missing. Set it, or {name}_FILE{example}.")
        elif value and len(self.problems) == known:
            self._check_secret(name, value, start)
        return value

    def _check_secret(self, name: str, value: str, start: str) -> None:
        odd = unprintable(value)
        if self._left_as_it_was(name, value):
            return
        if value[0] in "\"'“”„‘’":
            self.problems.append(
                f"{name} starts with a quotation mark. Remove the quotes: an --env-file or a "
                "secret's file doesn't strip them."
            )
        elif not value.startswith(start):
            self.problems.append(
                f"{name} must start with {start}; this value doesn't. Copy the right one."
            )
        elif odd:
            self.problems.append(f"{name} has {odd} in it. Copy it again.")

    def _left_as_it_was(self, name: str, value: str) -> bool:
        """Tell whether a value is a placeholder, and keep a line about it."""
        if value.startswith("http"):  # “your-firm” may well be in the name of a host
            left: object = value.endswith("/your-check")
        else:
            left = _PLACEHOLDERS.search(value) or any(one in value for one in _EXAMPLES)
        if left:
            self.problems.append(
                f"{name} is still the placeholder from .env.example. Put your own value there."
            )
        return bool(left)

    def secret_url(self, name: str) -> str | None:
        known = len(self.problems)
        value = self.secret(name, "http")
        if value and len(self.problems) == known and not _is_url(value):
            self.problems.append(f"{name} must be a URL such as https://hc-ping.com/0123-4567.")
        return value or None

    def url(self, name: str) -> str | None:
        value = self.text(name)
        if value and not _is_url(value):
            self.problems.append(
                f"{name} must be a URL such as https://example.com/; it is {self.shown(value)}."
            )
        elif value and urlsplit(value).password and name == "SLACK_API_URL":
            self.problems.append(
                f"{name} can't have a user name and password in it: Slack's client doesn't support "
                "them."
            )
        return value or None

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
                "TWILIO_PHONE_NUMBER is missing. Set it to the number to text from, for example "
                "+13125550199, or set TWILIO_MESSAGING_SERVICE_SID."
            )
        elif number and service:
            self.problems.append(
                "TWILIO_PHONE_NUMBER and TWILIO_MESSAGING_SERVICE_SID are both set; keep one."
            )
        return SmsAccount(
            sid, username, password, number, service, self.twilio_url(), *self.twilio_region()
        )

    def twilio_url(self) -> str | None:
        """Return TWILIO_API_URL; None for Twilio itself, which has a host for each product."""
        value = self.url("TWILIO_API_URL")
        host = (urlsplit(value).hostname or "").rstrip(".") if value and _is_url(value) else ""
        if host == "twilio.com" or host.endswith(".twilio.com"):
            self.problems.append(
                "TWILIO_API_URL is for sandboxes only. To reach Twilio itself, remove it; to "
                "use a region, set TWILIO_REGION and TWILIO_EDGE, for example ie1 and dublin."
            )
        return value

    def twilio_region(self) -> tuple[str | None, str | None]:
        """Return region and edge: both, or neither.

        Since April 2026 a region without an edge no longer answers:
        https://www.twilio.com/docs/global-infrastructure/api-domain-migration-guide
        """
        known = len(self.problems)
        region = self.matching("TWILIO_REGION", r"[a-z]{2}\d", "a region such as ie1")
        edge = self.matching("TWILIO_EDGE", r"[a-z]+(-[a-z]+)*", "an edge location such as dublin")
        if bool(region) != bool(edge) and len(self.problems) == known:
            missing, there = ("EDGE", "REGION") if region else ("REGION", "EDGE")
            self.problems.append(
                f"TWILIO_{missing} is missing. Twilio needs it with TWILIO_{there}: set both, for "
                "example TWILIO_REGION=ie1 and TWILIO_EDGE=dublin, or neither."
            )
        return region, edge

    def time_zone(self) -> str:
        value = self.text("ONCALL_TIMEZONE") or "America/Chicago"
        if not checks.is_zone(value):
            self.problems.append(
                "ONCALL_TIMEZONE must be a zone such as America/Chicago; it is "
                f"{self.shown(value)}."
            )
        return value

    def notify_at(self) -> str:
        value = self.text("ONCALL_NOTIFY_AT") or "08:00"
        if not checks.is_notify_at(value):
            self.problems.append(
                f"ONCALL_NOTIFY_AT must be a time such as 08:00; it is {self.shown(value)}."
            )
        return value

    def admins(self) -> frozenset[str]:
        value = self.text("ONCALL_ADMINS")
        if value and self._left_as_it_was("ONCALL_ADMINS", value):
            return frozenset()
        ids = [one.strip() for one in value.split(",") if one.strip()]
        wrong = [one for one in ids if not re.fullmatch(r"[UW][A-Z0-9]{2,}", one)]
        if wrong:
            self.problems.append(
                "ONCALL_ADMINS must be Slack user ids separated by commas, such as "
                f"U0123456789,U9876543210; it has {self.shown(', '.join(wrong))}."
            )
        return frozenset(ids)

    def one_of(self, name: str, words: tuple[str, ...]) -> str:
        value = self.text(name)
        value = value.upper() if words[0].isupper() else value.lower()
        default = "INFO" if "INFO" in words else words[0]
        if value and value not in words:
            self.problems.append(
                f"{name} must be one of {', '.join(words)}; it is {self.shown(value)}."
            )
        return value if value in words else default


def _is_url(value: str) -> bool:
    if unprintable(value) or not re.match(r"https?://", value):
        return False
    try:
        parts = urlsplit(value)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that don't match, a port that isn't a number
        return False
