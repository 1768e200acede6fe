"""What became due since we last looked, as notifications. The same whenever, and however often.

Two kinds of events are told: the notify time of each local day, and a handoff at any other time.
After an outage only the newest still useful message is left to send; the rest is kept as expired.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from scheduling import messages, roster, rotation, schedule
from scheduling.messages import Person, Turn
from scheduling.timeline import stretches
from storage.database import database, reading, writing
from storage.models import Member, Notification, Team

log = logging.getLogger("whoseonfirst.planning")

# A message this much later than due says so: retries and a restart stay below.
LATE = timedelta(minutes=5)
# Further back nothing is useful, nor worth telling one by one.
LOOK_BACK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class _Event:
    """Something to tell at `at`: `members` are on call from then on, `told` get an SMS."""

    at: datetime
    purpose: str
    key: str
    members: tuple[int, ...]
    told: tuple[int, ...]


class Situation:
    """Who is on call in a team at an instant, ready to be told in a message.

    The words are found when a message is planned and again when it is sent: whatever changed in
    between, the text is true. `at` is the instant told of, `now` the one of telling.
    """

    def __init__(self, team: Team, at: datetime, now: datetime) -> None:
        self._team = team
        self._now = now
        told = schedule.coming(team, at)[:2]
        self._people = schedule.names(team, told)
        self._stretch = told[0]
        following = told[1].members if len(told) > 1 else ()
        self._following = () if following == self._stretch.members else following
        self._segment = self._stretch.segments[0]
        self._at = at

    @property
    def members(self) -> tuple[int, ...]:
        """The ids of those on call; empty in a gap."""
        return self._stretch.members

    @property
    def names(self) -> str:
        """The names of those on call, for example 'Alice and Bob'."""
        return " and ".join(told.name for told in self._persons(self.members))

    @property
    def later_day(self) -> bool:
        """Whether it is the second day, or a later one, of a shift of several."""
        day = self._day()
        return day is not None and day[0] > 1

    @property
    def assignment(self) -> int | None:
        """The id of the assignment in force, if there is one."""
        return self._segment.assignments[0].id if self._segment.assignments else None

    def sms(self, purpose: str, member: int, due: datetime) -> str:
        """Return the SMS to a member for an event of `purpose` that was due at `due`."""
        told = person(self._people[member])
        if purpose == "daily":
            return messages.morning_sms(told, self._turn(due), self._team.sms_text)
        return messages.handoff_sms(told, self._turn(due))

    def announcement(self, purpose: str, due: datetime) -> str:
        """Return the channel's post for an event of `purpose` that was due at `due`."""
        if purpose == "daily":
            return messages.morning_announcement(self._turn(due))
        return messages.handoff_announcement(self._turn(due))

    def _turn(self, due: datetime) -> Turn:
        late = self._now - due
        return Turn(
            team=self._team.name,
            zone=schedule.zone_of(self._team),
            people=self._persons(self.members),
            until=self._stretch.end,
            day=self._day(),
            covering=self._persons(self._stretch.covered),
            reason=self._stretch.reason,
            next_up=self._persons(self._following),
            late_since=due if late > LATE else None,
            late_by=late,
        )

    def _persons(self, members: tuple[int, ...]) -> tuple[Person, ...]:
        return tuple(person(self._people[member]) for member in members)

    def _day(self) -> tuple[int, int] | None:
        """Return (2, 2) on the second day of a shift of two; None where it has only one."""
        if self._segment.override or len(self._segment.assignments) != 1:
            return None
        zone = schedule.zone_of(self._team)
        shift = self._segment.assignments[0]
        # Wall-clock days: a night of 23 or 25 hours counts as one like the others.
        starts, ends, at = (
            instant.astimezone(zone).replace(tzinfo=None)
            for instant in (shift.start, shift.end, self._at)
        )
        days = ceil((ends - starts) / timedelta(days=1))
        day = (at - starts) // timedelta(days=1) + 1
        return (day, days) if 1 < days >= day else None


def plan_all(now: datetime) -> None:
    """Plan for every team."""
    with reading():
        due = [team.id for team in Team.select().where(Team.planned_until < now)]
    for team_id in due:
        try:
            plan(team_id, now)
        except Exception:
            # Whatever is wrong with one team, the others must hear of theirs.
            log.exception("team %s could not be planned; it will be tried again", team_id)


def plan(team_id: int, now: datetime) -> None:
    """Write the notifications that became due in (planned_until, now], each exactly once.

    One transaction: the rows and `planned_until = now` come together or not at all.
    """
    with writing():
        team = Team.get_by_id(team_id)
        since = max(team.planned_until, now - LOOK_BACK)
        if now <= since:
            return
        events = list(_events(team, since, now))
        if events:
            _write(team, events, since, now)
            roster.settle_leavers(team, now)
        Team.update(planned_until=now).where(Team.id == team_id).execute()


def _events(team: Team, since: datetime, now: datetime) -> Iterator[_Event]:
    """Yield what happened in (since, now], in order of time."""
    found = stretches(schedule.segments(team, since, now + timedelta(microseconds=1)))
    mornings = _notify_times(team, since, now)
    before: tuple[int, ...] = ()
    for stretch in found:
        if stretch.start > since and stretch.start not in mornings:
            fresh = tuple(member for member in stretch.members if member not in before)
            key = stretch.start.isoformat()
            yield _Event(stretch.start, "handoff", key, stretch.members, fresh)
        for at in sorted(at for at in mornings if stretch.start <= at < stretch.end):
            yield _Event(at, "daily", mornings[at], stretch.members, stretch.members)
        before = stretch.members


def _notify_times(team: Team, since: datetime, now: datetime) -> dict[datetime, str]:
    """Return the notify times in (since, now], each with its local date."""
    zone = schedule.zone_of(team)
    wall = schedule.wall_time(team.notify_at)
    day, last = since.astimezone(zone).date(), now.astimezone(zone).date()
    found = {}
    while day <= last:
        at = rotation.instant(day, wall, zone)
        # A notify time that was moved can come twice on a day; then it is no morning any more.
        if since < at <= now and not _told(team, day):
            found[at] = day.isoformat()
        day += timedelta(days=1)
    return found


def morning(team: Team, now: datetime) -> tuple[date, bool]:
    """Return today in the team's zone, and whether its notify time is still to come."""
    zone = schedule.zone_of(team)
    today = now.astimezone(zone).date()
    return today, rotation.instant(today, schedule.wall_time(team.notify_at), zone) > now


def keep_morning(team: Team, before: tuple[date, bool], now: datetime) -> None:
    """Write today's messages now if a changed zone or notify time would lose them.

    `before` is what `morning` said before the change. A day that had its messages gets no others.
    """
    (day, waited), (today, waits) = before, morning(team, now)
    lost = not waits and (waited or day != today)
    if lost and not _told(team, today):
        members = schedule.on_call(team, now).members
        event = _Event(now, "daily", today.isoformat(), members, members)
        _write(team, [event], now, now)


def _told(team: Team, day: date) -> bool:
    """Tell whether the messages of a local day's notify time were written."""
    key = f"daily:{team.id}:{day.isoformat()}:"
    return (
        Notification.select()
        .where(Notification.dedupe_key >= key, Notification.dedupe_key < f"{key}~")
        .exists()
    )


def _write(team: Team, events: list[_Event], since: datetime, now: datetime) -> None:
    # No handoff lies between the newest event and now: whom it names is on call right now.
    newest = events[-1]
    unserved = set(newest.members)
    current = Situation(team, now, now)
    missed = []
    for event in reversed(events):
        useful = event is newest
        situation = current if useful else Situation(team, event.at, event.at)
        _insert(team, event, situation, None, useful=useful, now=now)
        for member in () if _repeats(team, event, situation) else event.told:
            still = member in unserved
            unserved.discard(member)
            _insert(team, event, current if still else situation, member, useful=still, now=now)
            useful = useful or still
        if not useful and now - event.at > LATE:
            names = situation.names or "nobody was on call"
            missed.append((event.at, names))
    if missed:
        note = messages.missed_note(since, now, schedule.zone_of(team), missed[::-1])
        announce(team, "missed", f"missed:{team.id}:{since.isoformat()}", note, now)


def _repeats(team: Team, event: _Event, situation: Situation) -> bool:
    """Tell whether an event is a later day of a long shift, in a team that wants no SMS then."""
    return event.purpose == "daily" and not team.second_day_sms and situation.later_day


def person(member: Member) -> Person:
    """Return a member as the messages speak of them."""
    return Person(member.name, member.slack_user_id)


def _insert(
    team: Team,
    event: _Event,
    situation: Situation,
    member: int | None,
    *,
    useful: bool,
    now: datetime,
) -> None:
    """Store an event's SMS to `member`, or its announcement when that is None."""
    if member is None:
        if team.channel_id is None:
            return
        text = situation.announcement(event.purpose, event.at)
        about = event.members
    else:
        text = situation.sms(event.purpose, member, event.at)
        about = (member,)
    _store(
        team=team,
        schedule=situation.assignment,
        team_member=member,
        kind="announcement" if member is None else "sms",
        purpose=event.purpose,
        text=text,
        about=",".join(str(one) for one in sorted(about)),
        due_at=event.at,
        dedupe_key=f"{event.purpose}:{team.id}:{event.key}:{member or 'channel'}",
        status="pending" if useful else "expired",
        next_attempt_at=now if useful else None,
        created_at=now,
    )


def announce(team: Team, purpose: str, key: str, text: str, now: datetime) -> None:
    """Put a line for the team's channel into the outbox, once per key; nothing without channel."""
    if team.channel_id is not None:
        _store(
            team=team,
            kind="announcement",
            purpose=purpose,
            text=text,
            due_at=now,
            dedupe_key=key,
            status="pending",
            next_attempt_at=now,
            created_at=now,
        )


def write_to(
    team: Team,
    member: Member,
    text: str,
    *,
    purpose: str,
    key: str,
    now: datetime,
    buttons: Sequence[tuple[str, str]] = (),
) -> None:
    """Put a direct message in Slack to a member into the outbox, once per key.

    `buttons` are (label, what it runs) below it.
    """
    _store(
        team=team,
        team_member=member,
        kind="direct",
        purpose=purpose,
        text=text,
        due_at=now,
        dedupe_key=key,
        status="pending",
        next_attempt_at=now,
        created_at=now,
        buttons=json.dumps(buttons) if buttons else None,
    )


def send_trial(team: Team, member: Member, now: datetime) -> bool:
    """Put a test SMS to a member into the outbox; False if there was one in the same minute."""
    turns = (s for s in schedule.coming(team, now) if member.id in s.members)
    turn = next(((s.start, s.end) for s in turns), None)
    text = messages.trial_sms(person(member), team.name, schedule.zone_of(team), now, turn)
    with writing():
        return _store(
            team=team,
            team_member=member,
            kind="sms",
            purpose="test",
            text=text,
            due_at=now,
            dedupe_key=f"test:{member.id}:{int(now.timestamp()) // 60}",
            status="pending",
            next_attempt_at=now,
            created_at=now,
        )


def _store(**columns: object) -> bool:
    """Store a notification; False if its key is there already.

    The unique key decides, not we: a second planner, or a second run, changes nothing.
    """
    query = Notification.insert(**columns).on_conflict_ignore()
    return bool(database.execute(query).rowcount)
