"""A phone network of make-believe: phones, the SMS on them, and what becomes of each.

It knows no HTTP. What happened to an SMS is computed from the clock, so nothing has to run.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.sandbox.outcomes import Outcome
from bot.sandbox.segments import count_segments
from scheduling.clock import Clock

Direction = Literal["outbound-api", "inbound"]
Condition = Literal["on", "off", "blocked", "invalid"]

# https://help.twilio.com/articles/223134027: the words that stop and start SMS from a number.
STOP_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"}
)
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
OPTED_OUT = 21610
# What becomes of the SMS to a phone in each condition; a blocked one refuses a sender, not an SMS.
CONDITIONS: dict[str, str] = {
    "on": "delivered",
    "off": "undelivered:30003",
    "blocked": "delivered",
    "invalid": "refuse:21211",
}


class SmsRefused(Exception):
    """The network does not take an SMS; `code` is Twilio's for the reason."""

    def __init__(self, code: int) -> None:
        super().__init__(f"refused with {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Sms:
    """One SMS as it stood when asked for. Instants are aware and in UTC.

    `sent_at` is None until it left for the carrier; `arrived_at` unless it reached the phone.
    """

    sid: str
    direction: Direction
    from_number: str
    to_number: str
    body: str
    segments: int
    status: str
    error_code: int | None
    created_at: datetime
    sent_at: datetime | None
    updated_at: datetime
    arrived_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Taken:
    """An SMS as the network remembers it; its state is a function of the instant."""

    sid: str
    direction: Direction
    from_number: str
    to_number: str
    body: str
    segments: int
    at: datetime
    outcome: Outcome

    def as_of(self, now: datetime) -> Sms:
        inbound = self.direction == "inbound"
        steps = [(timedelta(), "received")] if inbound else self.outcome.steps()
        age = max(now - self.at, timedelta())
        reached = [step for step in steps if step[0] <= age]
        since, status = reached[-1]
        left = [after for after, word in reached if word not in ("queued", "sending")]
        return Sms(
            sid=self.sid,
            direction=self.direction,
            from_number=self.from_number,
            to_number=self.to_number,
            body=self.body,
            segments=self.segments,
            status=status,
            error_code=self.outcome.code if status == self.outcome.end else None,
            created_at=self.at,
            sent_at=self.at + left[0] if left else None,
            updated_at=self.at + since,
            arrived_at=self.at if self.outcome.arrives else None,
        )


class Phone:
    """Somebody's phone: what arrived on it, and what its owner replies."""

    def __init__(self, network: "PhoneNetwork", number: str, owner: str) -> None:
        self._network = network
        self.number = number
        self.owner = owner

    @property
    def messages(self) -> list[Sms]:
        """The SMS that arrived here, oldest first."""
        return [
            sms
            for sms in self._network.messages
            if sms.to_number == self.number and sms.arrived_at is not None
        ]

    @property
    def condition(self) -> str:
        """What the switch stands at; another word when an outcome of its own was scripted."""
        return self._network.condition_of(self.number)

    def switches(self, condition: Condition) -> None:
        """Turn the phone on or off, block the services as STOP does, or give the number up."""
        self._network.switch(self.number, condition)

    def replies(self, text: str, to: str | None = None) -> Sms:
        """Send an SMS: to whoever wrote last, else to the network's first service number.

        STOP and its like end all SMS from that number, START lets them through again.
        """
        if to is None:
            received = self.messages
            to = received[-1].from_number if received else self._network.service_number
        return self._network.reply(self.number, to, text)

    def __repr__(self) -> str:
        return f"<Phone {self.number} {self.owner}>"


class PhoneNetwork:
    """All phones and all SMS between them. Safe to use from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._phones: dict[str, Phone] = {}
        self._services: list[str] = []
        self._swallows: dict[str, Callable[[], bool]] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._opted_out: set[tuple[str, str]] = set()
        self._taken: dict[str, _Taken] = {}

    def phone(self, number: str, owner: str = "") -> Phone:
        """Return the phone with this E.164 number; the same one every time."""
        with self._lock:
            phone = self._phones.setdefault(number, Phone(self, number, owner))
            phone.owner = owner or phone.owner
            return phone

    @property
    def phones(self) -> list[Phone]:
        """All phones, in the order in which they were first asked for."""
        with self._lock:
            return list(self._phones.values())

    def script(self, number: str, outcome: str) -> None:
        """Decide what becomes of the SMS to a number from now on; see `Outcome.parse`."""
        parsed = Outcome.parse(outcome)
        with self._lock:
            self._outcomes[number] = parsed

    def switch(self, number: str, condition: Condition) -> None:
        """Put a phone into one of CONDITIONS; raises ValueError for another word."""
        if condition not in CONDITIONS:
            raise ValueError(f"no such condition: {condition!r}")
        self.script(number, CONDITIONS[condition])
        with self._lock:
            for service in self._services:
                if condition == "blocked":
                    self._opted_out.add((number, service))
                else:
                    self._opted_out.discard((number, service))

    def condition_of(self, number: str) -> str:
        """Return what condition a phone is in, by what becomes of the SMS to it."""
        with self._lock:
            outcome = self._outcomes.get(number, Outcome())
            if outcome.arrives and any(blocked == number for blocked, _ in self._opted_out):
                return "blocked"
            named = (word for word in CONDITIONS if Outcome.parse(CONDITIONS[word]) == outcome)
            return next(named, "scripted")

    @property
    def messages(self) -> list[Sms]:
        """Every SMS in both directions, oldest first, as it stands now."""
        with self._lock:
            taken = list(self._taken.values())
        now = self._clock.now()
        return [sms.as_of(now) for sms in taken]

    def find(self, sid: str) -> Sms | None:
        """Return one SMS as it stands now."""
        with self._lock:
            taken = self._taken.get(sid)
        return taken.as_of(self._clock.now()) if taken else None

    def add_service(self, number: str, swallows: Callable[[], bool] = lambda: False) -> None:
        """Say that a number belongs to a service: phones write to the first one of their own.

        While it `swallows` what is written to it, only STOP and START have an effect.
        """
        with self._lock:
            self._services.append(number)
            self._swallows[number] = swallows

    @property
    def service_number(self) -> str:
        """The first service number; raises LookupError when there is none to write to."""
        with self._lock:
            if not self._services:
                raise LookupError("nobody wrote to this phone, and no service has a number")
            return self._services[0]

    def send(self, from_number: str, to_number: str, body: str, *, lost: int | None = None) -> Sms:
        """Take an SMS from a service; if it arrives at all, it is on the phone at once.

        `lost` is the code with which carriers drop it on its way. Raises SmsRefused if the number
        is scripted to refuse it or its owner opted out.
        """
        with self._lock:
            outcome = self._outcomes.get(to_number, Outcome())
            if outcome.end == "refuse" and outcome.code is not None:
                raise SmsRefused(outcome.code)
            if (to_number, from_number) in self._opted_out:
                raise SmsRefused(OPTED_OUT)
            if lost and outcome.arrives:
                outcome = Outcome("undelivered", lost)
            return self._take("outbound-api", from_number, to_number, body, outcome)

    def reply(self, from_number: str, to_number: str, body: str) -> Sms:
        """Take an SMS from a phone to a service, and heed STOP and START."""
        word = body.strip().upper()
        with self._lock:
            if word in STOP_WORDS:
                self._opted_out.add((from_number, to_number))
            elif word in START_WORDS:
                self._opted_out.discard((from_number, to_number))
            sms = self._take("inbound", from_number, to_number, body, Outcome())
            swallows = self._swallows.get(to_number)
            if swallows and swallows():
                del self._taken[sms.sid]
            return sms

    def _take(
        self, direction: Direction, from_number: str, to_number: str, body: str, outcome: Outcome
    ) -> Sms:
        now, sid, segments = self._clock.now(), f"SM{secrets.token_hex(16)}", count_segments(body)
        taken = _Taken(sid, direction, from_number, to_number, body, segments, now, outcome)
        self._taken[sid] = taken
        return taken.as_of(now)
