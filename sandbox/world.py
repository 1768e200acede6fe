"""The sandbox as a whole: one clock, a Slack workspace, a phone network, and the people in both."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from sandbox.clock import SandboxClock
from sandbox.phones import Phone, PhoneNetwork
from sandbox.server import LoopbackServer
from sandbox.slack.manifest import Manifest
from sandbox.slack.people import Answer, SlackChannel, SlackPerson
from sandbox.slack.workspace import SlackWorkspace
from sandbox.twilio import TwilioAccount

OUR_NUMBER = "+13125550199"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a Slack account and a phone."""

    slack: SlackPerson
    phone: Phone

    @property
    def id(self) -> str:
        """The Slack user id."""
        return self.slack.id

    @property
    def name(self) -> str:
        """The full name, as Slack shows it."""
        return self.slack.name

    def on(self, client: str) -> Self:
        """Return the same person on another Slack client; the usual one is ''."""
        return replace(self, slack=self.slack.on(f"{self.id} {client}")) if client else self

    def runs(self, command: str, channel: SlackChannel, *, escape: bool = True) -> Answer:
        """Type a slash command in a channel and return what they see."""
        return self.slack.runs(command, channel, escape=escape)


class Sandbox:
    """A Slack workspace and a phone network on loopback, on a clock that can be set forward.

    `start` is an aware instant; `running` lets the clock run on from there. `manifest` describes
    the app in Slack (default: manifest.json). Close it at the end.
    """

    def __init__(
        self,
        start: datetime | None = None,
        *,
        running: bool = False,
        manifest: Manifest | None = None,
    ) -> None:
        self.clock = SandboxClock(start, running=running)
        self.server = LoopbackServer()
        self.phones = PhoneNetwork(self.clock)
        self.slack = SlackWorkspace(self.server, self.clock, manifest=manifest)
        self.twilio = TwilioAccount(self.server, self.phones, self.clock, number=OUR_NUMBER)
        self.people: list[Person] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop all servers."""
        self.server.close()

    def person(
        self,
        name: str,
        number: str,
        *,
        admin: bool = False,
        guest: bool = False,
        tz: str = "America/Chicago",
    ) -> Person:
        """Return a new person with a Slack account and a phone."""
        person = Person(
            self.slack.person(name, admin=admin, guest=guest, tz=tz),
            self.phones.phone(number, owner=name),
        )
        self.people.append(person)
        return person

    def environment(self, database_url: str, **more: str) -> dict[str, str]:
        """Return the settings with which a bot runs here, as it would against the real services."""
        return {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_API_URL": self.slack.url,
            "TWILIO_ACCOUNT_SID": self.twilio.account_sid,
            "TWILIO_AUTH_TOKEN": self.twilio.auth_token,
            "TWILIO_PHONE_NUMBER": self.twilio.number,
            "TWILIO_API_URL": self.twilio.url,
            "DATABASE_URL": database_url,
            **more,
        }
