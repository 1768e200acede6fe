"""Overrides: create and cancel. They lie over the assignments and never edit them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from scheduling.changes import checks
from scheduling.errors import NothingToDo, Refusal
from scheduling.rota import rotation, schedule
from scheduling.rota.schedule import mention
from scheduling.rota.timeline import Segment
from scheduling.words.lines import Line
from scheduling.words.times import clock_time
from storage.database import reading, writing
from storage.models import LONGEST_OVERRIDE, Assignment, AuditEntry, Member, Override, Shift, Team
from storage.queries import timeline
from storage.queries.timeline import StoredAssignment


@dataclass(frozen=True, slots=True)
class Created:
    """A new override, and the timeline it replaces in its span."""

    override: Override
    replaced: list[Segment]


def create(
    team: Team,
    member: Member,
    start: datetime,
    end: datetime,
    *,
    reason: str | None,
    actor: str,
    now: datetime,
) -> Created:
    """Put `member` on call in [start, end), aware instants, whoever's turn it is.

    A start in the past is moved to `now`. The member may be inactive. Raises Refusal when nothing
    of the span is left, when it is too long, or when the member is on call then anyway.
    """
    reason = checks.check_reason(reason)
    with writing():
        start = max(start, schedule.open_instant(team, now))
        _check_span(start, end)
        replaced = schedule.segments(team, start, end)
        if all(segment.members == (member.id,) for segment in replaced):
            raise Refusal(
                f"{member.name} is on call then anyway, so there is nothing to override.",
                suggest=(Line("schedule"), " shows whose turn it is when."),
            )
        override = Override.create(
            team=team,
            team_member=member,
            start_datetime=start,
            end_datetime=end,
            reason=reason,
            created_by=actor,
            created_at=now,
        )
        AuditEntry.record(team, actor, "override created", now, after=_facts(override))
    return Created(override, replaced)


def edit(
    team: Team,
    number: int,
    *,
    member: Member,
    start: datetime,
    end: datetime,
    reason: str | None,
    actor: str,
    now: datetime,
) -> Override:
    """Change an override; of one that is running, what is past of it stays as it was.

    Raises Refusal for one that is over or cancelled, or when nothing of the new span is left.
    """
    with writing():
        now = schedule.open_instant(team, now)
        override = find(team, number, now)
        if reason != override.reason:  # one from before, too long by now, may stay
            reason = checks.check_reason(reason)
        start = max(start, now)
        present = (override.team_member_id, override.end_datetime, override.reason)
        same_start = start == max(override.start_datetime, now)
        if same_start and present == (member.id, end, reason):
            raise NothingToDo(f"Override {number} is like that already, so nothing was changed.")
        before = _facts(override)
        _check_span(start, end)
        begun = override.start_datetime < now
        if begun:
            end_before(override, now)
            override = Override(team=team, created_by=override.created_by, created_at=now)
        override.team_member, override.reason = member, reason
        override.start_datetime, override.end_datetime = start, end
        if begun:
            lay_beneath(override, number, now)
        else:
            override.save()
        AuditEntry.record(
            team, actor, "override edited", now, before=before, after=_facts(override)
        )
    return override


def swap(
    team: Team,
    one: Member,
    ones: tuple[datetime, datetime],
    other: Member,
    others: tuple[datetime, datetime],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Let two members take each other's spans: two overrides, or neither.

    Raises Refusal unless each is on call, alone, in the whole of their own span, all of it to come.
    """
    with writing():
        now = schedule.open_instant(team, now)
        zone = schedule.zone_of(team)
        for member, (start, end) in ((one, ones), (other, others)):
            if start <= now:
                raise Refusal(
                    "A shift that has begun cannot be swapped.",
                    suggest=(
                        "Swap one that is still to come, or hand over the rest: ",
                        Line("override @bob now for 3 hours"),
                        ".",
                    ),
                )
            theirs = schedule.segments(team, start, end)
            if any(segment.members != (member.id,) for segment in theirs):
                raise Refusal(
                    f"{member.name} is not on call for all of {clock_time(start, zone)} "
                    f"to {clock_time(end, zone)}.",
                    suggest=(
                        "Swap a shift that is theirs: ",
                        Line(f"mine {mention(member)}"),
                        " lists them.",
                    ),
                )
        # Each can take back only what covers their own shift: not half of the bargain.
        for member, (start, end), whose in ((other, ones, one), (one, others, other)):
            create(
                team,
                member,
                start,
                end,
                reason=f"swap with {whose.name}",
                actor=whose.slack_user_id or actor,
                now=now,
            )


def cancel(team: Team, number: int, *, actor: str, now: datetime) -> Override:
    """Take an override back; what lies beneath shows again from `now` on. Returns it.

    Of one that is running, the past stays as it was. Raises Refusal for one that is unknown,
    over or cancelled.
    """
    with writing():
        now = schedule.open_instant(team, now)
        override = find(team, number, now)
        end_before(override, now)
        AuditEntry.record(team, actor, "override cancelled", now, before=_facts(override))
    return override


def find(team: Team, number: int, now: datetime) -> Override:
    """Return an override that runs or will. Raises Refusal for one that is unknown or over."""
    with reading():
        override = Override.get_or_none(Override.team == team, Override.id == number)
    if override is None:
        raise Refusal(
            f"There is no override {number}.",
            suggest=(Line("overrides"), " lists them by their numbers."),
        )
    if override.cancelled_at is not None:
        raise Refusal(
            f"Override {number} was cancelled before.",
            suggest=(Line("overrides"), " lists the others."),
        )
    if override.end_datetime <= now:
        raise Refusal(
            f"Override {number} is over.",
            suggest=(Line("overrides"), " lists those still to come."),
        )
    return override


def lay_beneath(override: Override, number: int, now: datetime) -> None:
    """Store an override in the place of the one with `number`: beneath what is newer than that.

    The newest wins, so those that lie over it are renewed above it, in their order.
    """
    override.save(force_insert=True)
    for newer in sorted(still_to_come(override.team, now), key=lambda one: one.id):
        overlaps = (
            newer.start_datetime < override.end_datetime
            and newer.end_datetime > override.start_datetime
        )
        if number < newer.id < override.id and overlaps:
            columns = {**newer.__data__, "start_datetime": max(newer.start_datetime, now)}
            del columns["id"]
            end_before(newer, now)
            Override.create(**columns)


def covered_by_newer(found: Sequence[Override], now: datetime) -> set[int]:
    """Return the ids of those overrides of which newer ones leave nothing to come.

    The newest are laid first, each on what is still free; whoever finds nothing free is covered.
    Every stretch is laid on once, so that ten thousand take no longer than sorting them.
    """
    spans = {one.id: (max(one.start_datetime, now), one.end_datetime) for one in found}
    edges = sorted({edge for span in spans.values() for edge in span})
    places = {edge: place for place, edge in enumerate(edges)}
    # From each place the next one that is free, as far as it is known; shortened as it is walked.
    free = list(range(len(edges) + 1))

    def next_free(place: int) -> int:
        while free[place] != place:
            free[place] = free[free[place]]
            place = free[place]
        return place

    covered = set()
    for number in sorted(spans, reverse=True):
        start, end = (places[edge] for edge in spans[number])
        place = next_free(start)
        if place >= end:
            covered.add(number)
        while place < end:
            free[place] = place + 1
            place = next_free(place)
    return covered


def end_before(override: Override, now: datetime) -> None:
    """Mark an override as cancelled at `now`; the part of it that was true stays true."""
    override.cancelled_at = now
    if override.start_datetime < now:
        override.end_datetime = now
    override.save()


def still_to_come(team: Team, now: datetime, member: Member | None = None) -> list[Override]:
    """Return the overrides that run or will run, of one covering member or of all, by start."""
    with reading():
        query = Override.select(Override, Member).join(Member)
        query = query.where(
            Override.team == team,
            Override.start_datetime > now - LONGEST_OVERRIDE,
            Override.end_datetime > now,
            Override.cancelled_at.is_null(),
        )
        if member is not None:
            query = query.where(Override.team_member == member)
        query = query.order_by(Override.start_datetime, Override.id)
        return list(query)


def whole_shifts(team: Team, first: date, last: date, now: datetime) -> tuple[datetime, datetime]:
    """Return what the local days `first` to `last` mean where no times are given.

    One day is the whole shift that starts on it. Several are those days, each from the hour at
    which its shift begins; and so is one day in the middle of a shift of several, for nobody is to
    be put on call for a day that was not named. A day on which nobody is on call means its part of
    the gap, also where a night ends in its morning; the last hours of a shift are meant where they
    are most of the day. Raises Refusal where no shift is planned, or
    where two start on a day given alone and it is not clear which is meant.
    """
    zone = schedule.zone_of(team)
    opens = rotation.instant(first, time(), zone)
    closes = rotation.instant(last + timedelta(days=1), time(), zone)
    if closes <= now:
        raise Refusal(
            f"{first:%A} {first.day} {first:%b %Y} is over. Give a day to come, "
            "for example `tomorrow` or `2026-12-24`."
        )
    with reading():
        touching = timeline.assignments(team.id, opens, closes)
    starting = [row for row in touching if row.start >= opens]
    if first == last and len(starting) > 1:
        starts = ", ".join(f"{row.start.astimezone(zone):%H:%M}" for row in starting)
        raise Refusal(
            f"{len(starting)} shifts start on that day ({starts}). Say from when to when, for "
            f"example `{first.isoformat()} {starting[0].start.astimezone(zone):%H:%M} to "
            f"{starting[0].end.astimezone(zone):%H:%M}`."
        )
    gaps = [part for day in {first, last} if (part := _gap_on(team, day, now))]
    if not touching and not gaps:
        raise Refusal(
            f"No shift is planned on {first:%A} {first.day} {first:%b %Y}. Give times instead, for "
            f"example `{first.isoformat()} 08:00 to 18:00`."
        )
    if starting and first == last:
        return starting[0].start, starting[0].end
    if named := [*_named_parts(team, touching, first, last, now), *gaps]:
        return min(start for start, _ in named), max(end for _, end in named)
    # The last hours of a shift, before the hour at which its days begin.
    return opens, max(row.end for row in touching)


def _check_span(start: datetime, end: datetime) -> None:
    if end <= start:
        raise Refusal(
            "That time is over already. Give one that is still to come, "
            "for example `tomorrow` or `friday 14:00 to 18:00`.",
            "end",
        )
    if end - start > LONGEST_OVERRIDE:
        raise Refusal(
            f"An override is {LONGEST_OVERRIDE.days // 7} weeks long at most.",
            "end",
            suggest=(
                "For a longer absence a lead can take the member out of the rotation: ",
                Line("members remove @alice"),
                ".",
            ),
        )


def _named_parts(
    team: Team, rows: list[StoredAssignment], first: date, last: date, now: datetime
) -> list[tuple[datetime, datetime]]:
    """Return the parts of assignments on the days `first` to `last`, as their shifts count them.

    The days of a shift begin at its hour; but today, within a long shift, is from now on.
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
    """Return the part of a day for which the rotation has nobody, None where it has somebody.

    The days of a gap begin at its own hour if no shift starts on its first day, else at the hour of
    the shift that ends it. Today is from now on. What overrides leave of it comes first.
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


def _facts(override: Override) -> dict[str, object]:
    return {
        "override": override.id,
        "member": override.team_member.name,
        "start": override.start_datetime,
        "end": override.end_datetime,
        "reason": override.reason,
    }
