"""The warning if texts go out at a time at which no shift starts."""

from datetime import date, datetime, time

from scheduling.notifications.announced import AHEAD
from scheduling.rota import schedule
from scheduling.words.times import wall_time
from scheduling.words.wording import joined
from storage.models import Shift, Team


def warning(team: Team) -> str:
    """Return a warning if no shift starts at the notify time; '' if one does, or without shifts."""
    notify = schedule.wall_time(team.notify_at)
    starts = sorted({schedule.wall_time(shift.start_time) for shift in Shift.in_force(team)})
    if not starts or notify in starts:
        return ""
    twelve = schedule.clock_of(team).twelve
    at = wall_time(notify, twelve=twelve)
    changes = joined([wall_time(one, twelve=twelve) for one in starts])
    said = [f":warning: The notify time is {at}, but shifts change at {changes}."]
    for start in starts:
        change = wall_time(start, twelve=twelve)
        when = at if _is_soon(notify, start) else change
        said.append(f"Whoever comes on at {change} is texted at {when}.")
    return " ".join(said)


def _is_soon(notify: time, start: time) -> bool:
    """Return whether a text at the notify time announces a turn starting then, on the same day."""
    day = date.min
    after = datetime.combine(day, start) - datetime.combine(day, notify)
    return AHEAD.resolution <= after <= AHEAD
