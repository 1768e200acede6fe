"""Warns people in Slack when the database can't be used: from memory, in its own thread.

Everything else that people read is stored as a row first. When no row can be written, or a team's
own row is broken, this says so once in the channel and to the leads, and once more when it's over.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from peewee import OperationalError

from scheduling import zones
from scheduling.channels import Channels, DeliveryError, Message, Search
from scheduling.clock import distance
from scheduling.delivery.policy import ALARM, SECOND_WAY
from scheduling.notifications import snapshot
from scheduling.rota import schedule
from scheduling.words import alarms
from scheduling.words.people import Person
from scheduling.words.times import Clock, clock_time
from storage.database import reading
from storage.models import Team
from storage.queries import teams
from storage.statuses import Kind, Outcome

log = logging.getLogger("whoseonfirst.alarm")

# Where to post in Slack (a team's channel or a person), and what.
_Addressed = tuple[Kind, Message]


class _Reach(NamedTuple):
    """A team as last read: its channel, its zone, and its leads and escalation contacts."""

    id: int
    name: str
    channel: str | None
    zone: str
    people: frozenset[str]


@dataclass(slots=True, eq=False)
class _Trouble:
    """Something that fails.

    team: the id of the team affected; None for all teams
    since: when it began to fail
    raised: whether it has lasted long enough to warn people
    over: whether it works again
    notified: where the warning was posted
    unread: the Slack users who can't read it
    """

    team: int | None
    since: datetime
    raised: bool = False
    over: bool = False
    notified: list[tuple[Kind, str]] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class _Letter:
    """A message about a trouble.

    ends: it says that the trouble is over
    unsure: an earlier try may have posted it
    """

    kind: Kind
    message: Message
    trouble: _Trouble
    ends: bool = False
    unsure: bool = False

    @property
    def needless(self) -> bool:
        """Whether it warns of a trouble that is over."""
        return self.trouble.over and not self.ends


class Alarm:
    """Tells people in Slack what the outbox can't. Every method returns at once.

    `leads` returns the Slack ids of those who lead every team; it may ask Slack. `again` is the
    pause between two tries, in seconds.
    """

    def __init__(
        self,
        channels: Channels,
        leads: Callable[[], Iterable[str]] = tuple,
        again: float = ALARM.again,
    ) -> None:
        self._channels = channels
        self._again = again
        self._leads = leads
        self._lock = threading.Condition()
        self._reach: dict[int, _Reach] = {}
        self._read_at: datetime | None = None
        self._troubles: dict[int | None, _Trouble] = {}
        self._unworded: list[tuple[Callable[[], list[_Addressed]], _Trouble]] = []
        self._letters: list[_Letter] = []
        self._speaking = False
        self._stopping = threading.Event()

    def failed(self, error: Exception, now: datetime) -> None:
        """Note that a tick failed; once that has lasted, everybody concerned hears of it."""
        if trouble := self._lasting(None, now):
            self._say(partial(self._words_for_all, trouble, error, now), trouble)

    def works(self, failing: dict[int, str], now: datetime) -> None:
        """Note that a tick succeeded, except for the teams in `failing`: id -> reason."""
        self._remember(now)
        for team, why in failing.items():
            if trouble := self._lasting(team, now):
                self._say(partial(self._words_of_team, team, why, trouble), trouble)
        for fixed in set(self._troubles) - set(failing):
            self._ends(fixed)

    def stop(self) -> None:
        """Say nothing more."""
        self._stopping.set()

    def wait(self, timeout: float) -> bool:
        """Wait until everything is posted, at most `timeout` seconds; tell whether it is."""
        with self._lock:
            return self._lock.wait_for(lambda: not self._speaking, timeout)

    def _lasting(self, team: int | None, now: datetime) -> _Trouble | None:
        """Return the trouble of a team (None: all) once, when it's time to warn people."""
        with self._lock:
            trouble = self._troubles.setdefault(team, _Trouble(team, now))
            if trouble.raised or distance(now, trouble.since) < ALARM.after:
                return None
            trouble.raised = True
            return trouble

    def _ends(self, team: int | None) -> None:
        with self._lock:
            trouble = self._troubles.pop(team)
            trouble.over = True
            self._letters += [self._all_clear(trouble, *to) for to in trouble.notified]
        self._speak()

    def _remember(self, now: datetime) -> None:
        if self._read_at and distance(now, self._read_at) < ALARM.remembered:
            return
        with reading():
            known, people = teams.known(), teams.to_warn(SECOND_WAY.most_leads)
        self._reach = {
            team.id: _Reach(
                team.id,
                team.name,
                team.channel_id,
                team.time_zone,
                frozenset(one.slack_user_id for one in people if one.team in (None, team.id)),
            )
            for team in known
        }
        self._read_at = now

    # --- words ---

    def _words_for_all(
        self, trouble: _Trouble, error: Exception, now: datetime
    ) -> list[_Addressed]:
        messages = [
            self._post(
                one.channel,
                trouble,
                alarms.for_channel(
                    _what(error, _clock(trouble.since, one), one.name), _on_call(one.id, now)
                ),
            )
            for one in self._reach.values()
            if one.channel
        ]
        zones = {user: one for one in self._reach.values() for user in one.people}
        for user in sorted({*zones, *self._workspace()}):
            one = zones.get(user) or next(iter(self._reach.values()), None)
            what = _what(error, _clock(trouble.since, one))
            text = alarms.for_lead(what, everything=isinstance(error, OperationalError))
            messages.append(self._direct(user, trouble, text))
        return messages

    def _words_of_team(self, team: int, why: str, trouble: _Trouble) -> list[_Addressed]:
        one = self._reach.get(team)
        if one is None:
            return []
        text = alarms.not_planned(one.name, why)
        people = one.people or frozenset(self._workspace())
        messages = [self._direct(user, trouble, text) for user in sorted(people)]
        return [self._post(one.channel, trouble, text), *messages] if one.channel else messages

    def _workspace(self) -> list[str]:
        return list(islice(self._leads(), SECOND_WAY.most_leads))

    @staticmethod
    def _post(to: str, trouble: _Trouble, text: str) -> _Addressed:
        return Kind.ANNOUNCEMENT, Message(to, text, f"alarm:{to}:{trouble.team}:{trouble.since}")

    @staticmethod
    def _direct(to: str, trouble: _Trouble, text: str) -> _Addressed:
        return Kind.DIRECT, Message(to, text, f"alarm:{to}:{trouble.team}:{trouble.since}")

    def _all_clear(self, trouble: _Trouble, kind: Kind, to: str) -> _Letter:
        text = alarms.works_again()
        if trouble.team is not None:
            one = self._reach.get(trouble.team)
            text = alarms.planned_again(one.name if one else None)
        key = f"alarm:{to}:{trouble.team}:{trouble.since}:over"
        return _Letter(kind, Message(to, text, key), trouble, ends=True)

    # --- saying it ---

    def _say(self, words: Callable[[], list[_Addressed]], trouble: _Trouble) -> None:
        """Let the alarm's thread, which may wait for Slack, find the words and post them."""
        with self._lock:
            self._unworded.append((words, trouble))
        self._speak()

    def _words_passed_on(self, trouble: _Trouble, text: str) -> list[_Addressed]:
        others = [user for user in self._leads() if user not in trouble.unread]
        return [self._direct(user, trouble, text) for user in others[: SECOND_WAY.most_leads]]

    def _speak(self) -> None:
        with self._lock:
            if self._speaking or not (self._letters or self._unworded):
                return
            self._speaking = True
        threading.Thread(target=self._talk, name="alarm", daemon=True).start()

    def _talk(self) -> None:
        while not self._stopping.is_set():
            self._word()
            with self._lock:
                waiting = [*self._letters]
                if not waiting and not self._unworded:
                    self._speaking = False
                    self._lock.notify_all()
                    return
            failed = [letter for letter in waiting if not self._said(letter)]
            if failed:
                self._stopping.wait(self._again)

    def _word(self) -> None:
        with self._lock:
            unworded, self._unworded = self._unworded, []
        for words, trouble in unworded:
            try:
                found = [_Letter(kind, message, trouble) for kind, message in words()]
            except Exception:
                log.exception("it could not be found out whom to tell")
                continue
            with self._lock:
                self._letters += found

    def _said(self, letter: _Letter) -> bool:
        """Post one message; return False if it has to be tried again."""
        message, sent = letter.message, False
        slack = self._channels[letter.kind]
        try:
            sent = letter.unsure and bool(slack.find(message, Search(letter.trouble.since)))
            if not sent and not letter.needless:
                slack.send(message)
                sent = True
        except DeliveryError as error:
            if error.outcome is not Outcome.PERMANENT:
                letter.unsure = letter.unsure or error.outcome is Outcome.UNCERTAIN
                return False
            log.warning("the warning couldn't be posted in %s: %s", message.to, error)
            self._pass_on(letter)
        except Exception:
            log.exception("the warning couldn't be posted in %s", message.to)
        self._drop(letter, sent=sent)
        return True

    def _pass_on(self, letter: _Letter) -> None:
        """Warn more of the workspace's admins once nobody else can read the warning."""
        trouble = letter.trouble
        with self._lock:
            trouble.unread.add(letter.message.to)
            waiting = any(one.trouble is trouble for one in self._letters if one is not letter)
            if not (letter.ends or trouble.notified or waiting):
                words = partial(self._words_passed_on, trouble, letter.message.text)
                self._unworded.append((words, trouble))

    def _drop(self, letter: _Letter, *, sent: bool) -> None:
        trouble, to = letter.trouble, (letter.kind, letter.message.to)
        with self._lock:
            self._letters.remove(letter)
            if not sent or letter.ends:
                return
            if trouble.over:  # it ended while the warning was being posted
                self._letters.append(self._all_clear(trouble, *to))
            else:
                trouble.notified.append(to)


def _what(error: Exception, since: str, team: str | None = None) -> str:
    """Return what fails: everything if the database can't be written, else one unknown part."""
    if isinstance(error, OperationalError):
        return alarms.not_written(str(error), since, team)
    return alarms.partly_failed(type(error).__name__, since)


def _clock(at: datetime, one: _Reach | None) -> str:
    zone = zones.known(one.zone) if one else None
    zone = zone or ZoneInfo("UTC")
    return clock_time(at, Clock(zone, zones.twelve_hours(zone.key)))


def _on_call(number: int, now: datetime) -> list[Person]:
    """Return who is on call, as far as the database can still be read."""
    try:
        with reading():
            team = Team.get_by_id(number)
            people = schedule.members_by_id(team)
            members = [people[one] for one in schedule.on_call(team, now).members]
    except Exception:  # noqa: BLE001 - the database is broken anyway, and this is optional
        return []
    return [snapshot.person(one) for one in members]
