"""A live check on the sandbox, and a person who does what the terminal asks."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.live.check import chosen, live, options
from bot.live.context import Context, Options
from bot.live.live_check import Answer, LiveCheck
from bot.live.report import report
from bot.live.runner import Finding, run
from bot.settings import Settings
from sandbox.slack.errors import NoAnswer
from sandbox.slack.manifest import Manifest
from sandbox.slack.people import SlackMessage
from sandbox.world import Sandbox
from scheduling.clock import Clock
from tests.stories.command_line import reads

# Ordinary messages of other people.
SAID = ("live", "a word")


class LivePlace:
    """A sandbox with a channel, a helpful person and a phone, and settings that work there.

    `do` has actions that replace what the terminal says, by a word in its line.
    """

    def __init__(self, folder: Path, manifest: Manifest | None = None) -> None:
        self.sandbox = Sandbox(datetime(2026, 11, 23, 13, 0, tzinfo=UTC), manifest=manifest)
        self.clock: Clock = self.sandbox.clock
        self.channel = self.sandbox.slack.channel("warroom")
        self.alice = self.sandbox.person("Alice Anderson", "+13125550101", admin=True)
        self.channel.invite(self.alice.slack)
        self.gone = self.sandbox.slack.person("Grace Gone", deleted=True)
        self.private = self.sandbox.slack.channel("secrets", private=True)
        self.environment = self.sandbox.environment(f"sqlite:///{folder / 'bot.db'}")
        self.said: list[str] = []
        self.do: dict[str, Callable[[str], object]] = {}
        self._hands = ThreadPoolExecutor(4)
        self._deeds: list[Future[None]] = []
        self._notices = 0  # how many answers of Twilio the phone had before the last reply
        self.context: Context | None = None
        self.findings: list[Finding] = []

    def talks(self) -> None:
        """Fill the channel with more than a page of messages."""
        for _ in range(20):
            self.alice.slack.says(SAID[1], self.channel)

    def close(self) -> None:
        """End everything."""
        self._hands.shutdown(cancel_futures=True)
        self.sandbox.close()
        for deed in self._deeds:
            deed.result()

    @property
    def settings(self) -> Settings:
        """The settings, as the environment is now."""
        return Settings.from_environment(self.environment)

    def options(self, **given: object) -> Options:
        """Return options for everything here, with the given ones replaced."""
        everything: dict[str, object] = {
            "channel": self.channel.id,
            "sms_to": self.alice.phone.number,
            "deactivated": self.gone.id,
            "private": self.private.id,
            "edit_window": True,
            "costly": True,
            "patience": 5.0,
        }
        return options(self.settings, self.clock, **{**everything, **given})  # type: ignore[arg-type]

    def tries(self, *keys: str, checks: Sequence[LiveCheck] = (), **given: object) -> list[Finding]:
        """Run the given checks, or those with these keys, or all."""
        self.context = Context(
            self.settings,
            self.options(**given),
            tell=self.told,
            clock=self.clock,
            pause=self.passes,
        )
        self.context.introduces_itself()
        self.findings = run(checks or chosen(keys), self.context, lambda _: None)
        return self.findings

    def answers(self, key: str, **given: object) -> Answer:
        """Run one check, and return its answer."""
        (finding,) = self.tries(key, checks=(), **given)
        return finding.answer

    def checks(self, *keys: str, **given: object) -> bool:
        """Run `check --live`; return whether all checks could be run."""
        return live(
            self.settings,
            self.options(**given),
            chosen(keys),
            self.clock,
            self.told,
            pause=self.passes,
        )

    @property
    def report(self) -> str:
        """The report of the last findings."""
        assert self.context
        return report(self.findings, self.context, self.clock.now())

    def is_clean(self) -> None:
        """Check that no post of the bot is left; ephemeral answers vanish by themselves."""
        for place in (self.channel, self.alice.slack.direct_messages):
            assert [one.text for one in place.messages if one.text not in SAID] == []

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        self.sandbox.clock.forward_to(self.clock.now() + timedelta(seconds=seconds))

    # --- the willing person -----------------------------------------------------------------

    def told(self, line: str) -> None:
        """Do what a line of the terminal says."""
        self.said.append(line)
        reads("check --live", line)
        if line.startswith("→ At that phone"):
            self._texts(line)
        elif line.startswith("→"):
            self._deeds.append(self._hands.submit(self._does, line))

    def _texts(self, line: str) -> None:
        """Reply to the text as the terminal says, at once."""
        for word, deed in self.do.items():
            if word in line:
                deed(line)
                return
        phone = self.alice.phone
        word = line.removeprefix("→ At that phone, reply ").split()[0]
        if "A if your YES" in line:
            word = "A" if len(phone.notices) > self._notices else "B"
        self._notices = len(phone.notices)
        self.passes(1)
        phone.replies(word)

    def _does(self, line: str) -> None:
        for word, deed in self.do.items():
            if word in line:
                deed(line)
                return
        alice, place = self.alice.slack, self.channel
        if "a new connection" in line:
            self.sandbox.slack.refresh_connections()
        if "Write to me" in line:
            alice.says(SAID[0], alice.direct_messages)
        if "direct messages" in line:
            place = alice.direct_messages
        with suppress(NoAnswer):  # Slack showed nothing of it
            if "or click" in line:
                try:
                    alice.runs("/oncall live", place)
                except LookupError:  # there is no place to type
                    alice.clicks("No place to type", self._latest("No place to type"))
            elif typed := re.search(r"Type in .*: (/oncall live.*?) (?:and|\(within)", line):
                command = typed[1].replace("@", f"@{alice.handle}")
                alice.runs(command, place)
            elif "Click [✓ Yes]" in line:
                word = line.split("“")[1].split("”", maxsplit=1)[0]
                alice.clicks("✓ Yes" if self._sees(word) else "✗ No", self._latest("✓ Yes"))
            elif "[Save] in the form" in line:
                alice.submits()
            elif clicked := re.search(r"Click \[(.*?)\]", line):
                alice.clicks(clicked[1], self._latest(clicked[1]))

    def clicks(self, label: str) -> Callable[[str], object]:
        """Return an action: to click a button other than the first that the terminal names."""
        return lambda _: self.alice.slack.clicks(label, self._latest(label))

    def _sees(self, word: str) -> bool:
        """Return whether the person sees a table that begins with a word."""
        return any(
            block["type"] == "table" and word in str(block["rows"][0])
            for message in self.channel.seen_by(self.alice.slack)
            for block in message.blocks
        )

    def _latest(self, label: str) -> SlackMessage:
        """Return the latest message in the channel with such a button."""
        return next(
            message
            for message in reversed(self.channel.seen_by(self.alice.slack))
            if label in str(message.blocks)
        )
