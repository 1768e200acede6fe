"""Who is on call at an instant, with everything that messages say about it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

from scheduling import phones
from scheduling.notifications.announced import AHEAD
from scheduling.rota import schedule
from scheduling.rota.timeline import OnCallPeriod, on_call_periods
from scheduling.words.people import Person, Turn
from scheduling.words.posts import handoff_announcement, morning_announcement
from scheduling.words.sms import handoff_sms, morning_sms
from scheduling.words.wording import joined
from storage.database import reading
from storage.models import Member, Team
from storage.queries import members
from storage.queries.members import Named
from storage.statuses import Purpose

# Messages delayed by more than this say so; ordinary retries and restarts stay below it.
LATE = timedelta(minutes=5)
# The next handoff is mostly within this time. Reading further takes four times as long.
SOON = timedelta(days=3)


class OnCallSnapshot:
    """Who is on call in a team at an instant, ready for a message.

    A text is written when the message is planned and again when it is sent, so it's true even if
    something changed in between. The message is sent at `now` and is about the turn at `at`, which
    may be in the future.
    """

    def __init__(self, team: Team, at: datetime, now: datetime) -> None:
        self._team = team
        self._now = now
        soon = on_call_periods(schedule.segments(team, at, at + SOON))
        periods = soon[:2] if len(soon) > 1 else schedule.coming(team, at)[:2]
        named = _named(periods)
        self._people = {one.id: Person(one.name, one.slack_user_id) for one in named}
        self._zones = {one.id: one.time_zone for one in named}
        self._period = periods[0]
        following = periods[1].members if len(periods) > 1 else ()
        self._following = () if following == self._period.members else following
        self._segment = self._period.segments[0]
        self._at = at

    @property
    def members(self) -> tuple[int, ...]:
        """The ids of those on call; empty in a gap."""
        return self._period.members

    @property
    def names(self) -> str:
        """The names of those on call, for example 'Alice, Bob and Carol'."""
        return joined([person.name for person in self._persons(self.members)])

    @property
    def later_day(self) -> bool:
        """Whether a morning is about the second or a later day of a shift of several days."""
        day = self._day(Purpose.DAILY)
        return day is not None and day[0] > 1

    @property
    def assignment(self) -> int | None:
        """The id of the assignment in force, if there is one."""
        return self._segment.assignments[0].id if self._segment.assignments else None

    def sms(
        self, purpose: str, member: int, due: datetime, first_sent: datetime | None = None
    ) -> str:
        """Return the SMS to a member for an event of `purpose` that was due at `due`.

        `first_sent` is when the first one went out, if this one is resent.
        """
        hears = not phones.replies_lost()
        clock = schedule.clock_of(self._team, self._zones[member])
        turn = self._turn(due, purpose)
        turn = replace(turn, clock=clock, first_sent=first_sent, hears=hears)
        recipient = self._people[member]
        if purpose == Purpose.DAILY:
            return morning_sms(recipient, turn, self._team.sms_text)
        return handoff_sms(recipient, turn)

    def too_late(self, due: datetime) -> bool:
        """Whether a late SMS is useless because the turn is almost over."""
        return self._now - due > LATE and self._period.end - self._now < LATE

    def turn(self, zone: str | None = None) -> Turn:
        """Return the turn for a message that isn't late, in `zone` (None: the team's)."""
        clock = schedule.clock_of(self._team, zone)
        return replace(self._turn(self._now), clock=clock, hears=not phones.replies_lost())

    def announcement(self, purpose: str, due: datetime) -> str:
        """Return the channel's post for an event of `purpose` that was due at `due`."""
        if purpose == Purpose.DAILY:
            return morning_announcement(self._turn(due, purpose))
        first = not schedule.anybody_before(self._team, due)
        return handoff_announcement(replace(self._turn(due), first=first))

    def _turn(self, due: datetime, purpose: str = "") -> Turn:
        late = self._now - due
        return Turn(
            team=self._team.name,
            clock=schedule.clock_of(self._team),
            people=self._persons(self.members),
            since=self._at if self._at > self._now else None,
            until=self._period.end,
            day=self._day(purpose),
            covering=self._persons(self._period.covered),
            reason=self._period.reason,
            next_up=self._persons(self._following),
            late_since=due if late > LATE else None,
            late_by=late,
            confirm_within=self._team.confirm_within,
        )

    def _persons(self, members: tuple[int, ...]) -> tuple[Person, ...]:
        return tuple(self._people[member] for member in members)

    def _day(self, purpose: str) -> tuple[int, int] | None:
        """Return (2, 2) on the second day of a two-day shift; None if the shift has only one day.

        If a day of the shift begins shortly after the notify time, the message is about that day.
        """
        if self._segment.override or len(self._segment.assignments) != 1:
            return None
        zone = schedule.zone_of(self._team)
        shift = self._segment.assignments[0]
        # Counted in wall-clock days, so a day of 23 or 25 hours counts as one.
        starts, ends, at = (
            instant.astimezone(zone).replace(tzinfo=None)
            for instant in (shift.start, shift.end, self._at)
        )
        # An edge in the hour skipped in spring moves, but that doesn't make the shift longer.
        lasts = min(ends - starts, shift.end - shift.start)
        days = ceil(lasts / timedelta(days=1))
        day = (at - starts) // timedelta(days=1) + 1
        following = starts + timedelta(days=day)
        soon = following - at <= AHEAD and following.date() == at.date()
        if purpose == Purpose.DAILY and soon and day < days:
            day += 1
        return (day, days) if 1 < days >= day else None


def _named(periods: Sequence[OnCallPeriod]) -> list[Named]:
    """Return the people who are on call or covered in these periods."""
    segments = [segment for period in periods for segment in period.segments]
    spoken_of = {member for s in segments for member in (*s.members, *s.covered)}
    with reading():
        return members.named(spoken_of)


def person(member: Member) -> Person:
    """Return a member as the messages speak of them."""
    return Person(member.name, member.slack_user_id)
