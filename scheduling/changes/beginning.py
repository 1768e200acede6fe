"""When a team begins: its first shifts may be set up for a later day."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from scheduling.errors import Refusal
from scheduling.rota import rotation, schedule
from scheduling.words.lines import Line
from scheduling.words.times import clock_time
from scheduling.words.wording import several
from storage.models import Assignment, Team


def begin_on(team: Team, begins: datetime | None, now: datetime) -> None:
    """Make a team's on-call duty begin at an instant; None is now.

    Call it in a transaction that deals the shifts afterwards. Raises Refusal if somebody was
    already on call, or if it is too far away.
    """
    if schedule.has_begun(team, now):
        raise Refusal(
            f"{team.name} is already running, so new shifts start next Monday.",
            "begins",
            suggest=(Line("shifts pattern"), " shows what that would change."),
        )
    if begins and begins > now + team.weeks_ahead * rotation.WEEK:
        raise Refusal(
            f"That is more than {several(team.weeks_ahead, 'week')} away. Pick an earlier day.",
            "day",
        )
    # Everything is still in the future, so it's dealt as if for the first time.
    Assignment.delete().where(Assignment.team == team).execute()
    team.begins_at = begins
    team.save(only=[Team.begins_at])


def check_reached(team: Team, weeks: int, now: datetime) -> None:
    """Raise Refusal if a team begins only after this many planned weeks."""
    if team.begins_at is None or team.begins_at <= now + weeks * rotation.WEEK:
        return
    needed = ceil((team.begins_at - now) / rotation.WEEK)
    begins = clock_time(team.begins_at, schedule.clock_of(team))
    raise Refusal(
        f"On-call for {team.name} starts {begins}, so I have to plan at least "
        f"{several(needed, 'week')} ahead.",
        "weeks",
        suggest=("For example: ", Line(f"generate {needed}"), "."),
    )


def keep_wall_clock(team: Team, zone: ZoneInfo, now: datetime) -> None:
    """Keep the local time at which a team will begin, which so far was in `zone`."""
    if team.begins_at is not None and schedule.waits(team, now):
        local = team.begins_at.astimezone(zone)
        team.begins_at = rotation.instant(local.date(), local.time(), schedule.zone_of(team))
        team.save(only=[Team.begins_at])


def next_handoff(team: Team, weekdays: Iterable[int], start: str, now: datetime) -> datetime:
    """Return when the next of the shifts that start on these weekdays (0 is Monday) begins.

    `start` is their wall-clock time, 'HH:MM'.
    """
    zone, wall = schedule.zone_of(team), schedule.wall_time(start)
    monday = rotation.monday_of(now, zone)
    starts = [
        rotation.instant(monday + timedelta(days=day, weeks=week), wall, zone)
        for day in weekdays
        for week in (0, 1)
    ]
    return min(at for at in starts if at > now)


def on_day(team: Team, day: date, start: str) -> datetime:
    """Return when shifts that start at `start`, wall-clock 'HH:MM', begin on a day."""
    return rotation.instant(day, schedule.wall_time(start), schedule.zone_of(team))
