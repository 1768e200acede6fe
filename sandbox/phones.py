"""A simulated phone network: phones, the SMS on them, and how each ends.

It knows no HTTP. What happened to an SMS is computed from the clock, so nothing has to run.
"""

import secrets
import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol

from sandbox import transcript
from sandbox.keywords import heard
from sandbox.outcomes import Outcome
from sandbox.segments import count_segments
from sandbox.truths import TwilioTruths
from scheduling.clock import Clock

Direction = Literal["outbound-api", "outbound-reply", "inbound"]
Condition = Literal["on", "off", "blocked", "invalid"]

OPTED_OUT = 21610
EXPIRED = 30036  # its validity period ended while it was queued
# How SMS to a phone end in each condition; a blocked one refuses a sender, not an SMS.
CONDITIONS: dict[str, str] = {
    "on": "delivered",
    "off": "undelivered:30003",
    "blocked": "delivered",
    "invalid": "refuse:21211",
}


class SmsRefused(Exception):
    """The network refuses an SMS; `code` is Twilio's error code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"refused with {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Sms:
    """One SMS as it was when asked for. Instants are aware and in UTC.

    `sent_at` is None until it has left for the carrier, `arrived_at` unless it reached the phone.
    `listed` is whether the account's lists have it: a messaging service can drop replies unlisted.
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
    listed: bool = True


class Line(Protocol):
    """What an account does with the texts to its number."""

    @property
    def truths(self) -> TwilioTruths:
        """The answers to open questions about the real Twilio."""

    @property
    def swallows_replies(self) -> bool:
        """Whether replies to it are lost; only STOP and START have an effect."""

    @property
    def webhook_answers(self) -> str | None:
        """The answer of the number's webhook to each text, if it has one that answers."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """An SMS as the network stores it; its state is a function of the instant."""

    sid: str
    direction: Direction
    from_number: str
    to_number: str
    body: str
    segments: int
    at: datetime
    outcome: Outcome
    dated: bool = True  # whether one that came in has a DateSent
    listed: bool = True
    validity: timedelta | None = None
    waits: timedelta = timedelta()  # in its sender's queue

    def as_of(self, now: datetime) -> Sms:
        steps = self._steps()
        age = max(now - self.at, timedelta())
        arrives = self.outcome.arrives and self._leaves
        reached = [step for step in steps if step[0] <= age]
        since, status = reached[-1]
        expired = (self.validity, "failed") in reached
        left = [after for after, word in reached if word not in ("queued", "sending")]
        if self.outcome.code == OPTED_OUT:
            left = []  # blocked before it's sent
        return Sms(
            sid=self.sid,
            direction=self.direction,
            from_number=self.from_number,
            to_number=self.to_number,
            body=self.body,
            segments=self.segments,
            status=status,
            error_code=EXPIRED if expired else self.outcome.code_of(status),
            created_at=self.at,
            sent_at=self.at + left[0] if left and self.dated and not expired else None,
            updated_at=self.at + since,
            arrived_at=self.at + self.waits if arrives and age >= self.waits else None,
            listed=self.listed,
        )

    def _steps(self) -> list[tuple[timedelta, str]]:
        """Return the statuses it goes through and when, counted from when it was accepted."""
        if self.direction == "inbound":
            return [(timedelta(), "received")]
        queued, *later = self.outcome.steps(self.validity)
        drops = (self.validity, "failed")
        if not self._leaves:
            return [queued, (self.validity or timedelta(), "failed")]
        return [queued, *(one if one == drops else (self.waits + one[0], one[1]) for one in later)]

    @property
    def _leaves(self) -> bool:
        """Whether its turn in the queue comes within its validity period."""
        return self.validity is None or self.waits < self.validity


class Phone:
    """Somebody's phone: what arrived on it, and what its owner replies."""

    def __init__(self, network: "PhoneNetwork", number: str, owner: str) -> None:
        self._network = network
        self.number = number
        self.owner = owner

    @property
    def messages(self) -> list[Sms]:
        """The SMS that arrived here, oldest first, without Twilio's own answers."""
        return [sms for sms in self._arrived() if sms.direction != "outbound-reply"]

    @property
    def notices(self) -> list[Sms]:
        """The answers of Twilio itself, or of its demo webhook, oldest first."""
        return [sms for sms in self._arrived() if sms.direction == "outbound-reply"]

    def _arrived(self) -> list[Sms]:
        return [
            sms
            for sms in self._network.messages
            if sms.to_number == self.number and sms.arrived_at is not None
        ]

    @property
    def condition(self) -> str:
        """The switch's position; another word if a story scripted an outcome of its own."""
        return self._network.condition_of(self.number)

    def switches(self, condition: Condition) -> None:
        """Turn the phone on or off, block all senders as STOP does, or give the number up."""
        self._network.switch(self.number, condition)

    def replies(self, text: str, to: str | None = None) -> Sms:
        """Send an SMS to the last sender, or else to the network's first service number.

        STOP and its synonyms end all SMS from that number, START lets them through again; the
        account answers these, see `notices`.
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
        self._services: dict[str, Line | None] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._opted_out: set[tuple[str, str]] = set()
        self._taken: dict[str, _Taken] = {}
        self._pace: float | None = None  # segments a second that leave each sender
        self._free: dict[str, datetime] = {}  # from when on a sender has nothing in its queue

    def phone(self, number: str, owner: str = "") -> Phone:
        """Return the phone with this E.164 number, the same one every time."""
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
        """Set how the SMS to a number end from now on; see `Outcome.parse`."""
        parsed = Outcome.parse(outcome)
        with self._lock:
            self._outcomes[number] = parsed

    def switch(self, number: str, condition: Condition) -> None:
        """Put a phone into one of CONDITIONS; raises ValueError for any other word."""
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
        """Return a phone's condition, which follows from how the SMS to it end."""
        with self._lock:
            outcome = self._outcomes.get(number, Outcome())
            if outcome.arrives and any(blocked == number for blocked, _ in self._opted_out):
                return "blocked"
            named = (word for word in CONDITIONS if Outcome.parse(CONDITIONS[word]) == outcome)
            return next(named, "scripted")

    @property
    def messages(self) -> list[Sms]:
        """Every SMS in both directions, oldest first, as it is now."""
        with self._lock:
            taken = list(self._taken.values())
        now = self._clock.now()
        return [sms.as_of(now) for sms in taken]

    @property
    def now(self) -> datetime:
        """The instant that its clock shows."""
        return self._clock.now()

    def find(self, sid: str) -> Sms | None:
        """Return one SMS as it is now."""
        with self._lock:
            taken = self._taken.get(sid)
        return taken.as_of(self._clock.now()) if taken else None

    def add_service(self, number: str, line: Line | None = None) -> None:
        """Make a number a service's, which phones can write to.

        With a `line`, its account answers Twilio's keywords.
        """
        with self._lock:
            self._services[number] = line

    @property
    def service_number(self) -> str:
        """The first service number; raises LookupError when there is none to write to."""
        with self._lock:
            if not self._services:
                raise LookupError("nobody wrote to this phone, and no service has a number")
            return next(iter(self._services))

    def limits_pace(self, segments: float | None) -> None:
        """Limit each sender to this many segments a second, as Twilio does; None lifts the limit.

        A text that waits for its turn is queued, and not on the phone yet:
        https://help.twilio.com/articles/115002943027-Understanding-Twilio-Rate-Limits-and-Message-Queues
        """
        with self._lock:
            self._pace = segments

    def _waits(self, from_number: str, segments: int, now: datetime) -> timedelta:
        """Put a text into its sender's queue and return how long it waits there."""
        if self._pace is None:
            return timedelta()
        leaves = max(self._free.get(from_number, now), now)
        self._free[from_number] = leaves + timedelta(seconds=segments / self._pace)
        return leaves - now

    def send(
        self,
        from_number: str,
        to_number: str,
        body: str,
        *,
        lost: int | None = None,
        finds_opt_out_later: bool = False,
        validity: timedelta | None = None,
        risk_check: bool = True,
    ) -> Sms:
        """Accept an SMS from a service; if it arrives at all, it's on the phone at once.

        `lost` is the code with which carriers drop it on its way. If it's still waiting to leave
        after its `validity`, it is dropped. Raises SmsRefused if the number is scripted to refuse
        it, or if its owner opted out, unless `finds_opt_out_later`.
        """
        transcript.said(transcript.SMS, {"body": body})
        with self._lock:
            outcome = self._outcomes.get(to_number, Outcome())
            if outcome.guarded and not risk_check:
                outcome = Outcome()
            if outcome.end == "refuse" and outcome.code is not None:
                raise SmsRefused(outcome.code)
            if (to_number, from_number) in self._opted_out:
                if not finds_opt_out_later:
                    raise SmsRefused(OPTED_OUT)
                outcome = Outcome("failed", OPTED_OUT)
            if lost and outcome.arrives:
                outcome = Outcome("undelivered", lost)
            return self._take(
                "outbound-api", from_number, to_number, body, outcome, validity=validity
            )

    def reply(self, from_number: str, to_number: str, body: str) -> Sms:
        """Accept an SMS from a phone to a service, and act on and answer Twilio's keywords.

        To `rcs:…` it comes from `rcs:` and the number. A STOP to one sender of an account applies
        to all: https://help.twilio.com/articles/223134027
        """
        with self._lock:
            line = self._services.get(to_number)
            truths = line.truths if line else TwilioTruths()
            lines = [one for one in self._services if line and self._services[one] is line]
            pairs = {(from_number, one) for one in lines or [to_number]}
            opted_out = not pairs.isdisjoint(self._opted_out)
            does = heard(body, opted_out=opted_out, truths=truths)
            if does.deed == "stop":
                self._opted_out |= pairs
            elif does.deed == "start":
                self._opted_out -= pairs
            kind = to_number.rpartition(":")[0]
            said = self._take(
                "inbound",
                f"{kind}:{from_number}" if kind else from_number,
                to_number,
                body,
                Outcome(),
                dated=truths.inbound_has_date_sent,
                listed=not (line and line.swallows_replies),
            )
            gets = self._outcomes.get(from_number, Outcome())
            if line and does.answer and gets.arrives:
                listed = truths.keyword_answers_are_listed
                self._take(
                    "outbound-reply", to_number, from_number, does.answer, gets, listed=listed
                )
            elif line and does.deed == "nothing" and line.webhook_answers and gets.arrives:
                self._take("outbound-reply", to_number, from_number, line.webhook_answers, gets)
            return said

    def _take(
        self,
        direction: Direction,
        from_number: str,
        to_number: str,
        body: str,
        outcome: Outcome,
        *,
        dated: bool = True,
        listed: bool = True,
        validity: timedelta | None = None,
    ) -> Sms:
        now, sid, segments = self._clock.now(), f"SM{secrets.token_hex(16)}", count_segments(body)
        taken = _Taken(
            sid,
            direction,
            from_number,
            to_number,
            body,
            segments,
            now,
            outcome,
            dated,
            listed,
            validity,
        )
        if direction == "outbound-api":
            taken = replace(taken, waits=self._waits(from_number, segments, now))
        self._taken[sid] = taken
        return taken.as_of(now)
