"""`run_bot.py check` in a setup where everything works, until a story breaks something."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from run_bot import cli
from sandbox.twilio import TwilioAccount
from sandbox.world import Sandbox
from tests.stories.command_line import reads


class Place:
    """A sandbox with a channel, and working settings, until a story breaks something."""

    def __init__(self, folder: Path) -> None:
        self.sandbox = Sandbox()
        self.channel = self.sandbox.slack.channel("support")
        self.folder = folder
        self.environment = self.sandbox.environment(
            f"sqlite:///{folder / 'bot.db'}", ONCALL_CHANNEL=self.channel.id
        )

    def check(self, **changes: str) -> tuple[int, list[str]]:
        """Return the exit code and the lines of `check` with some settings changed."""
        environment: dict[str, str | None] = {**self.environment, **changes}
        result = CliRunner().invoke(cli, ["check"], env=environment)
        reads("check", result.output)
        assert "Traceback" not in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.exit_code, result.output.splitlines()

    def complaint(self, **changes: str) -> str:
        """Return the one line that reports a problem."""
        code, lines = self.check(**changes)
        assert code == 1
        wrong = [line for line in lines if line.startswith("✗")]
        assert len(wrong) == 1, lines
        return wrong[0]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.chdir(tmp_path)  # so that it doesn't read a developer's .env
    place = Place(tmp_path)
    yield place
    place.sandbox.close()


def advice(place: Place, **changes: str) -> str:
    """Return the one line of advice about Twilio; there must be no other problem."""
    code, lines = place.check(**changes)
    assert code == 0
    said = [line for line in lines if line.startswith("! Twilio:")]
    assert len(said) == 1, lines
    return said[0]


def by_service(twilio: TwilioAccount) -> dict[str, str]:
    """Return the settings of a bot that sends through the messaging service."""
    return {
        "TWILIO_PHONE_NUMBER": "",
        "TWILIO_MESSAGING_SERVICE_SID": twilio.messaging_service_sid,
    }
