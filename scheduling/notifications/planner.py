"""Writes what became due since the last run as notifications, each exactly once.

Two kinds of events are announced: the notify time of each local day, and a handoff at any other
time. After an outage only the newest useful message is sent; older ones are stored as expired. In
addition there is a preflight check every afternoon, and a weekly summary on Mondays if a team wants
it.
"""

import logging
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from peewee import OperationalError

from scheduling import zones
from scheduling.notifications import NOTICE, announced, queue, setback
from scheduling.notifications.snapshot import LATE, OnCallSnapshot, person
from scheduling.rota import rotation, schedule
from scheduling.rota.queue import escalation_contacts, settle_leavers
from scheduling.rota.timeline import on_call_periods
from scheduling.words.directs import going_off_direct
from scheduling.words.people import Slot
from scheduling.words.posts import NOBODY_WAS, missed_note, summary_post
from scheduling.words.sms import going_off_sms, summary_sms
from storage.database import read_instant, stored_instant, writing
from storage.models import Member, Notification, Team
from storage.queries import notifications, teams
from storage.queries.notifications import NewNotification
from storage.queries.teams import Planned
from storage.statuses import Kind, Purpose, Status

log = logging.getLogger("whoseonfirst.planning")

# Events older than this are skipped: nobody needs them anymore.
LOOK_BACK = timedelta(days=7)
# The preflight check of the next morning runs at this local time.
PREFLIGHT_AT = time(16)
# How late the preflight check and the weekly summary may still go out.
STILL_AHEAD, STILL_THIS_WEEK = timedelta(hours=12), timedelta(hours=24)

# If nothing happened, `planned_until` is stored only this often, because commits wait for the disk.
NOTED_EVERY = timedelta(minutes=1)


class _Event(NamedTuple):
    """Something to announce.

    at, key: when, and what makes the event unique within its team and purpose
    members: who is on call from then on
    notified: those of them who get an SMS
    left: those who are notified that they aren't on call: their turn ended then, or the morning's
        message had announced a turn of theirs
    told_at: when that morning's message was due
    begins: when the announced turn begins, if that is later than `at`
    """

    at: datetime
    purpose: str
    key: str
    members: tuple[int, ...]
    notified: tuple[int, ...]
    left: tuple[int, ...] = ()
    notified_at: datetime | None = None
    begins: datetime | None = None


def plan_all(now: datetime) -> dict[int, str]:
    """Plan for every team in one transaction or, if that fails, each team in its own.

    Return the teams that can't be planned: id -> reason. Raises OperationalError if the database
    can't be written.
    """
    setback.put_right(now)
    busy = _with_events(now)
    if not busy:
        return {}
    try:
        with writing():
            for team_id in busy:
                plan(team_id, now)
    except OperationalError:
        raise
    except Exception:
        log.warning("one of many teams could not be planned: each is, by itself", exc_info=True)
        return _plan_each(busy, now)
    return {}


def _plan_each(team_ids: list[int], now: datetime) -> dict[int, str]:
    failing: dict[int, str] = {}
    for team_id in team_ids:
        try:
            plan(team_id, now)
        except OperationalError:
            raise
        except Exception as error:
            # A broken team must not keep the others from being planned.
            log.exception(
                "team %s could not be planned; it will be tried again",
                team_id,
                extra={"team": team_id},
            )
            failing[team_id] = f"{type(error).__name__}: {error}"
    return failing


def _with_events(now: datetime) -> list[int]:
    """Return the teams in which something may be due; note for the others that nothing was."""
    mornings: dict[tuple[str, str, str], bool] = {}
    busy = []
    with writing():
        found = teams.planned_before(now)
        for team in found:
            key = (team.planned_until, team.time_zone, team.notify_at)
            if not team.edge and key not in mornings:
                mornings[key] = _time_came(team, now)
            if team.edge or mornings[key]:
                busy.append(team.id)
        # At an instant when a team is notified, no change may take effect afterwards.
        telling = teams.being_notified(now)
        noted = stored_instant(now - NOTED_EVERY)
        if telling or any(team.planned_until <= noted for team in found):
            teams.note_planned(now, but=busy, since=now - NOTED_EVERY, also=telling)
    return busy


def _time_came(team: Planned, now: datetime) -> bool:
    """Tell whether a notify time, or the time of the preflight check, is in (planned, now]."""
    there = zones.known(team.time_zone)
    # If the team's row is invalid, planning it reports that, without holding up other teams.
    try:
        since = read_instant(team.planned_until)
        walls = (schedule.wall_time(team.notify_at), PREFLIGHT_AT)
    except ValueError:
        return True
    return there is None or any(True for wall in walls for _ in _mornings(there, wall, since, now))


def plan(team_id: int, now: datetime) -> None:
    """Write the notifications that became due in (planned_until, now], each exactly once.

    The rows and `planned_until = now` are stored in one transaction.
    """
    with writing():
        team = teams.by_id(team_id)
        # A clock set back to 1970 leaves a `planned_until` before the team was created.
        began = min(team.created_at, now) - LATE
        since = max(team.planned_until, now - LOOK_BACK, began)
        if now <= since:
            return
        events = list(_events(team, since, now))
        if events:
            _write(team, events, since, now)
            settle_leavers(team, now)
        _look_ahead(team, since, now)
        teams.set_planned(team_id, now)


def _events(team: Team, since: datetime, now: datetime) -> Iterator[_Event]:
    """Yield what happened in (since, now], in order of time."""
    found = on_call_periods(schedule.segments(team, since, now + timedelta(microseconds=1)))
    mornings = _notify_times(team, since, now)
    before: tuple[int, ...] = ()
    announced_now: dict[datetime, tuple[int, ...]] = {}
    for period in found:
        if not period.members and schedule.is_prepared(team, period.start):
            continue  # a gap before the team begins is intended
        if period.start > since and period.start not in mornings:
            notified = announced.already_notified(team, period.start)
            known = {*notified, *announced_now.get(period.start, ())}
            fresh = tuple(one for one in period.members if one not in {*before, *known})
            left = tuple(
                one for one in dict.fromkeys((*before, *notified)) if one not in period.members
            )
            key = period.start.isoformat()
            # If everybody whom the morning announced comes on call, no handoff message is needed.
            said = known and not fresh and known <= {*period.members}
            if not said and not _handoff_is_announced(team, period.start, now):
                morning = min(notified.values(), default=None)
                yield _Event(
                    period.start, Purpose.HANDOFF, key, period.members, fresh, left, morning
                )
        for at in sorted(at for at in mornings if period.start <= at < period.end):
            event = _daily(team, at, mornings[at])
            if event.begins is not None:
                announced_now[event.begins] = event.members
            yield event
        before = period.members


def _daily(team: Team, at: datetime, day: str) -> _Event:
    """Return the event of a notify time, which announces the current turn or the next one."""
    begins = announced.begins(team, at)
    members = schedule.on_call(team, begins or at).members
    return _Event(at, Purpose.DAILY, day, members, members, begins=begins)


def _handoff_is_announced(team: Team, at: datetime, now: datetime) -> bool:
    """Tell whether a handoff's messages were written, or those of a notify time at that instant."""
    day = at.astimezone(schedule.zone_of(team)).date()
    handoff = _event(Purpose.HANDOFF, team, at.isoformat())
    daily = _event(Purpose.DAILY, team, day.isoformat())
    return setback.said(handoff, now) or setback.said(daily, now, at)


def _notify_times(team: Team, since: datetime, now: datetime) -> dict[datetime, str]:
    """Return the notify times in (since, now], each with its local date."""
    wall = schedule.wall_time(team.notify_at)
    return {
        at: day.isoformat()
        for at, day in _mornings(schedule.zone_of(team), wall, since, now)
        # If the notify time was moved, it may occur twice in a day; the second one is ignored.
        if not _morning_is_announced(team, day, now)
    }


def _mornings(
    zone: ZoneInfo, wall: time, since: datetime, now: datetime
) -> Iterator[tuple[datetime, date]]:
    """Yield the instants of a wall-clock time in (since, now], each with its local date."""
    day, last = since.astimezone(zone).date(), now.astimezone(zone).date()
    while day <= last:
        at = rotation.instant(day, wall, zone)
        if since < at <= now:
            yield at, day
        day += timedelta(days=1)


def morning(team: Team, now: datetime) -> tuple[date, bool]:
    """Return today in the team's zone, and whether its notify time is still to come."""
    zone = schedule.zone_of(team)
    today = now.astimezone(zone).date()
    return today, rotation.instant(today, schedule.wall_time(team.notify_at), zone) > now


def keep_morning(team: Team, before: tuple[date, bool], now: datetime) -> None:
    """Write today's messages now if a changed zone or notify time would lose them.

    `before` is what `morning` returned before the change. A day that already had its messages gets
    no others, and a team that is still being set up gets none.
    """
    (day, waited), (today, waits) = before, morning(team, now)
    lost = not waits and (waited or day != today)
    if lost and not _morning_is_announced(team, today, now):
        event = _daily(team, now, today.isoformat())
        if event.members or not schedule.is_prepared(team, now):
            _write(team, [event], now, now)


def _morning_is_announced(team: Team, day: date, now: datetime) -> bool:
    """Tell whether the messages of a local day's notify time were written."""
    return setback.said(_event(Purpose.DAILY, team, day.isoformat()), now)


def _event(purpose: str, team: Team, key: str) -> str:
    """Return the `event` that all notifications of a morning, handoff, check or week share."""
    return f"{purpose}:{team.id}:{key}"


def _write(team: Team, events: list[_Event], since: datetime, now: datetime) -> None:
    # There is no handoff between the newest event and now, so its members are on call right now.
    newest = events[-1]
    unserved = set(newest.members)
    current = OnCallSnapshot(team, max(now, newest.begins or now), now)
    missed = []
    for event in reversed(events):
        useful = event is newest
        if event.left:  # their turn is over, so their chains end and the posts are refreshed
            Notification.update(watch_at=now).where(
                Notification.team == team,
                Notification.team_member.in_(event.left),
                Notification.watch_at.is_null(False),
            ).execute()
        snapshot = current if useful else OnCallSnapshot(team, event.begins or event.at, event.at)
        _insert(team, event, snapshot, None, useful=useful, now=now)
        for member in () if _repeats(team, event, snapshot) else event.notified:
            still = member in unserved and not current.too_late(event.at)
            unserved.discard(member)
            _insert(team, event, current if still else snapshot, member, useful=still, now=now)
            useful = useful or still
        if event is newest and now - event.at <= LATE:
            _notify_who_left(team, event, current, now)
        if not useful and now - event.at > LATE:
            names = snapshot.names or NOBODY_WAS
            missed.append((event.at, names))
    if missed:
        note = missed_note(since, now, schedule.clock_of(team), missed[::-1])
        queue.announce(team, Purpose.MISSED, f"missed:{team.id}:{since.isoformat()}", note, now)


def _notify_who_left(team: Team, event: _Event, snapshot: OnCallSnapshot, now: datetime) -> None:
    """Notify people whose turn has ended: in Slack, or by SMS if they aren't in Slack.

    Somebody who was just notified of the change that ended their turn isn't notified again.
    """
    for member in Member.select().where(Member.id.in_(event.left)):
        key = f"off:{team.id}:{event.key}:{member.id}"
        just_notified = Notification.select().where(
            Notification.team_member == member,
            Notification.purpose == Purpose.MOVED,
            Notification.team == team,
            Notification.due_at >= (event.notified_at or event.at - timedelta(minutes=1)),
        )
        if just_notified.exists():
            continue
        if member.slack_user_id:
            text = going_off_direct(snapshot.turn())
            queue.write_to(team, member, text, purpose=Purpose.OFF, key=key, now=now)
        else:
            text = going_off_sms(person(member), snapshot.turn(member.time_zone))
            queue.write_sms(team, member, text, purpose=Purpose.OFF, key=key, now=now)


def _look_ahead(team: Team, since: datetime, now: datetime) -> None:
    """Write the preflight check and the weekly summary, if they have just become due.

    The check itself runs when the outbox sends it; if it finds nothing, nothing is posted.
    """
    zone = schedule.zone_of(team)
    today = now.astimezone(zone).date()
    looks_at = rotation.instant(today, PREFLIGHT_AT, zone)
    event = _event(Purpose.PREFLIGHT, team, today.isoformat())
    if since < looks_at <= now < looks_at + STILL_AHEAD and not setback.said(event, now):
        queue.announce(team, Purpose.PREFLIGHT, event, "", now, event=event)
    begins = rotation.instant(today, schedule.wall_time(team.notify_at), zone)
    monday = today.weekday() == 0
    if (
        (team.weekly_summary and not schedule.waits(team, now))
        and monday
        and since < begins <= now < begins + STILL_THIS_WEEK
    ):
        _write_summary(team, begins, today, now)


def morning_checked(look: Notification) -> datetime:
    """Return the morning that a preflight check is about: that of the day after it was due.

    The due time is that of the root, because leads may get a copy of it after midnight.
    """
    zone = schedule.zone_of(look.team)
    day = look.root.due_at.astimezone(zone).date() + timedelta(days=1)
    return rotation.instant(day, schedule.wall_time(look.team.notify_at), zone)


def _write_summary(team: Team, begins: datetime, monday: date, now: datetime) -> None:
    zone = schedule.zone_of(team)
    ends = rotation.instant(monday + rotation.WEEK, begins.astimezone(zone).time(), zone)
    people = schedule.members_by_id(team)
    week = [
        Slot(
            one.start,
            one.end,
            tuple(person(people[member]) for member in one.members),
            tuple(person(people[member]) for member in one.covered),
            one.reason,
        )
        for one in on_call_periods(schedule.segments(team, begins, ends))
    ]
    event = _event(Purpose.SUMMARY, team, monday.isoformat())
    if setback.said(event, now):
        return
    text = summary_post(team.name, schedule.clock_of(team), week)
    queue.announce(team, Purpose.SUMMARY, f"{event}:channel", text, now, event=event)
    for contact in escalation_contacts(team):
        key = f"{event}:{contact.id}"
        text = summary_sms(team.name, schedule.clock_of(team, contact.time_zone), week)
        if contact.phone is None:
            queue.write_to(team, contact, text, purpose=Purpose.SUMMARY, key=key, now=now)
        else:
            queue.write_sms(
                team, contact, text, purpose=Purpose.SUMMARY, key=key, now=now, event=event
            )


def _repeats(team: Team, event: _Event, snapshot: OnCallSnapshot) -> bool:
    """Tell whether an event is a later day of a long shift, in a team that texts only the first."""
    return event.purpose == Purpose.DAILY and not team.second_day_sms and snapshot.later_day


def _insert(
    team: Team,
    event: _Event,
    snapshot: OnCallSnapshot,
    member: int | None,
    *,
    useful: bool,
    now: datetime,
) -> None:
    """Store an event's SMS to `member`, or its announcement when that is None."""
    if member is None:
        # Without a channel, only a gap is announced, to the leads, if the team is in use.
        if team.channel_id is None and (event.members or not _in_use(team)):
            return
        text = snapshot.announcement(event.purpose, event.at)
        about = event.members
    else:
        text = snapshot.sms(event.purpose, member, event.at)
        about = (member,)
    watch_at = now + NOTICE if useful and member is not None else None
    shared = _event(event.purpose, team, event.key)
    new = NewNotification(
        team_id=team.id,
        schedule_id=snapshot.assignment,
        team_member_id=member,
        kind=Kind.ANNOUNCEMENT if member is None else Kind.SMS,
        purpose=event.purpose,
        text=text,
        about=",".join(str(one) for one in sorted(about)),
        due_at=event.at,
        event=shared,
        dedupe_key=f"{shared}:{member or 'channel'}",
        status=Status.PENDING if useful else Status.EXPIRED,
        next_attempt_at=now if useful else None,
        watch_at=watch_at,
        created_at=now,
    )
    notifications.insert(new)


def _in_use(team: Team) -> bool:
    """Tell whether anybody takes turns in a team."""
    active = Member.select().where(Member.team == team, Member.is_active == True)  # noqa: E712 - SQL
    return bool(active.exists())
