"""How Slack and Twilio are doing: applies the page's switches to the sandbox's servers."""

import threading
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from sandbox.keeper import Keeper
from sandbox.twilio import Kind
from sandbox.world import Sandbox

Service = Literal["slack", "twilio"]
SLOW = 2.0  # seconds
RETRY_AFTER = 30  # seconds

# Each word, with what Slack's and Twilio's servers call it.
WEATHER = {
    "working": ("", ""),
    "slow": ("", ""),
    "rate limiting": ("ratelimited", "429"),
    "failing": ("503", "503"),
    "hanging": ("hang", "hang"),
    "losing responses": ("drop_after", "accept_then_drop"),
}


@dataclass
class Weather:
    """The switches of one sandbox. May be used from any thread."""

    sandbox: Sandbox
    keeper: Keeper | None
    now: dict[str, str] = field(default_factory=lambda: dict.fromkeys(get_args(Service), "working"))
    armed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def turn(self, service: str, word: str) -> None:
        """Put a service into a state of WEATHER; raises LookupError for any other word."""
        if service not in self.now or word not in WEATHER:
            raise LookupError(f"{service!r} can’t be {word!r}")
        for_slack, for_twilio = WEATHER[word]
        slow = SLOW if word == "slow" else 0.0
        slack, twilio = self.sandbox.slack, self.sandbox.twilio
        with self._lock:
            if service == "slack":
                slack.recover()
                slack.latency(slow)
                if for_slack:
                    slack.trouble(for_slack, retry_after=RETRY_AFTER)
            else:
                twilio.recover()
                self.armed = False  # the armed crash was cleared with the other faults
                twilio.latency(slow)
                if for_twilio:
                    twilio.trouble(cast(Kind, for_twilio), retry_after=RETRY_AFTER)
            self.now[service] = word

    def arm(self) -> None:
        """Kill the bot as soon as Twilio has accepted its next SMS, before it hears of that."""
        with self._lock:
            if not self.armed and self.keeper:
                self.armed = True
                self.sandbox.twilio.fault("accept_then_hang", then=self._crash)

    def _crash(self) -> None:
        self.armed = False
        if self.keeper:
            self.keeper.kill()

    def as_json(self) -> dict[str, object]:
        """Return the position of the switches."""
        return {**self.now, "armed": self.armed}
