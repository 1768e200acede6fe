"""The span that a day means if somebody covers it and no times are given."""

from datetime import date, datetime, time, timedelta

from scheduling.errors import Refusal
from scheduling.rota import rotation, schedule
from scheduling.words.times import dated, time_of_day
from scheduling.words.wording import joined
from storage.database import reading
from storage.models import Assignment, Shift, Team
from storage.queries import timeline
from storage.queries.timeline import StoredAssignment


def whole_shifts(team: Team, first: date, last: date, now: datetime) -> tuple[datetime, datetime]:
    """Return the span that the local days `first` to `last` mean if no times are given.

    - One day is the whole shift that starts on it.
    - Several are those days, each from the hour at which its shift begins. So is one day in the
      middle of a longer shift, so that nobody is put on call for a day that wasn't named.
    - A day on which nobody is on call is its part of the gap, even if a night shift ends in its
      morning. The last hours of a shift are meant if they are most of the day.

    Raises Refusal if no shift is planned, or if two start on a single day.
    """
    zone = schedule.zone_of(team)
    opens = rotation.instant(first, time(), zone)
    closes = rotation.instant(last + timedelta(days=1), time(), zone)
    if closes <= now:
        raise Refusal(
            f"{dated(first, year=True)} has passed. Give today or a later day, "
            "for example `tomorrow` or `2026-12-24`."
        )
    with reading():
        touching = timeline.assignments(team.id, opens, closes)
    starting = [row for row in touching if row.start >= opens]
    if first == last and len(starting) > 1:
        clock = schedule.clock_of(team)
        starts = joined([time_of_day(row.start, clock) for row in starting])
        one, end = starting[0], starting[0].end.astimezone(zone)
        until = f"{end:%H:%M}" if end.date() == first else f"{end:%Y-%m-%d %H:%M}"
        raise Refusal(
            f"{len(starting)} shifts start on that day ({starts}). Give a start and an end, for "
            f"example `{first.isoformat()} {one.start.astimezone(zone):%H:%M} to {until}`."
        )
    gaps = [part for day in {first, last} if (part := _gap_on(team, day, now))]
    if not touching and not gaps:
        raise Refusal(
            f"No shift is planned on {dated(first, year=True)}. Give times instead, for "
            f"example `{first.isoformat()} 08:00 to 18:00`."
        )
    if starting and first == last:
        return starting[0].start, starting[0].end
    if named := [*_named_parts(team, touching, first, last, now), *gaps]:
        return min(start for start, _ in named), max(end for _, end in named)
    # The last hours of a shift, before the hour at which its days begin.
    return opens, max(row.end for row in touching)


def _named_parts(
    team: Team, rows: list[StoredAssignment], first: date, last: date, now: datetime
) -> list[tuple[datetime, datetime]]:
    """Return the parts of assignments on the days `first` to `last`, as their shifts count days.

    The days of a shift begin at its hour. Today, within a long shift, is from now on.
    """
    zone = schedule.zone_of(team)
    with reading():
        hours = {shift.id: schedule.wall_time(shift.start_time) for shift in Shift.of_team(team)}
    is_today = first == now.astimezone(zone).date()
    named = []
    for row in rows:
        since = rotation.instant(first, hours[row.shift], zone)
        until = rotation.instant(last + timedelta(days=1), hours[row.shift], zone)
        if is_today and row.end > since:
            since = min(since, now)
        start, end = max(row.start, since), min(row.end, until)
        if start < end:
            named.append((start, end))
    return named


def _gap_on(team: Team, day: date, now: datetime) -> tuple[datetime, datetime] | None:
    """Return the part of a day for which the rotation has nobody, None if it has somebody.

    The days of a gap begin at its own hour if no shift starts on its first day, otherwise at the
    hour of the shift that ends it. Today is from now on. Parts that overrides leave come first.
    """
    zone = schedule.zone_of(team)
    opens, midnight = (rotation.instant(day + timedelta(days=n), time(), zone) for n in (0, 1))
    with reading():
        assigned = Assignment.select().where(Assignment.team == team)
        following = (
            assigned.where(Assignment.start_datetime >= opens)
            .order_by(Assignment.start_datetime)
            .first()
        )
        before = (
            assigned.where(Assignment.start_datetime < opens)
            .order_by(Assignment.end_datetime.desc())
            .first()
        )
        if following is None or following.start_datetime < midnight:
            return None
        hour = following.start_datetime.astimezone(zone).time()
        free = max(opens, before.end_datetime) if before else opens
        if midnight - free < free - opens:  # most of the day is somebody's
            return None
        if before:
            ended = before.end_datetime.astimezone(zone)
            first = [rotation.instant(ended.date() + timedelta(n), time(), zone) for n in (0, 1)]
            begun = assigned.where(
                Assignment.start_datetime >= first[0], Assignment.start_datetime < first[1]
            )
            hour = hour if begun.exists() else ended.time()
    since, until = (rotation.instant(day + timedelta(days=n), hour, zone) for n in (0, 1))
    if day == now.astimezone(zone).date():
        since = min(since, now)
    since, until = max(since, free), min(until, following.start_datetime)
    if since >= until:
        return None
    left = [one for one in schedule.segments(team, since, until) if not one.members]
    return (left[0].start, left[0].end) if left else (since, until)
