"""Whether the running bot is well, by its last heartbeat and its teams' rows."""

from datetime import datetime, timedelta
from threading import Event
from time import monotonic
from typing import NamedTuple

from scheduling.clock import Clock, distance
from scheduling.words.times import length
from storage.database import reading
from storage.models import Heartbeat
from storage.queries import teams

# The heartbeat is written once a minute, and a tick comes four times as often.
PULSE = timedelta(minutes=2)
# A team without an event is marked as planned once a minute.
BEHIND = timedelta(minutes=3)
# Seconds in which a clock that runs must have moved.
MOVES_WITHIN = 0.05


class Health(NamedTuple):
    """Whether the bot is well, and a line that says so or says what isn't."""

    fine: bool
    words: str


def look(clock: Clock) -> Health:
    """Return how the bot is doing. Reads the database, which must be open.

    If only one of several teams can't be planned, it is named but the bot still counts as healthy:
    a watchdog's restart wouldn't help that team and would delay the others.
    """
    trouble = _stopped(clock)
    now = clock.now()
    with reading():
        beat = Heartbeat.get_or_none(Heartbeat.id == 1)
        behind, all_of_them = _behind(now)
        trouble = trouble or trouble_of(beat, now) or (behind if all_of_them else "")
    if trouble or beat is None:
        return Health(False, trouble or "")
    heard = beat.twilio_answered_at
    since = f"answered {length(distance(now, heard))} ago" if heard else "not contacted yet"
    return Health(True, f"Alive; Slack {beat.detail}, Twilio {since}.{behind and ' ' + behind}")


def trouble_of(beat: Heartbeat | None, now: datetime) -> str | None:
    """Return what is wrong by the last heartbeat, None if nothing is."""
    if beat is None:
        return "There's no heartbeat yet. Is the bot running?"
    worked = distance(now, beat.ticked_at or beat.started_at)
    if trouble := _aged(now - beat.beaten_at) or beat.trouble:
        return str(trouble)
    if worked > PULSE:
        return f"No tick has succeeded for {length(worked)}. See the log."
    return None if beat.slack_connected else f"Not connected to Slack: {beat.detail}."


def _aged(age: timedelta) -> str | None:
    if age > PULSE:
        return f"The last heartbeat is {length(age)} old. Is the bot running?"
    if age < -PULSE:
        return (
            f"The last heartbeat is {length(-age)} in the future: the machine’s clock was set back "
            "or has stopped."
        )
    return None


def _stopped(clock: Clock) -> str | None:
    """Return that the clock has stopped, if it has: then a heartbeat would never grow old."""
    began, ends = clock.now(), monotonic() + MOVES_WITHIN
    while clock.now() == began:
        if monotonic() > ends:
            return "The machine’s clock has stopped."
        Event().wait(MOVES_WITHIN / 10)
    return None


def _behind(now: datetime) -> tuple[str, bool]:
    """Return which teams aren't planned though ticks succeed ('' for none), and whether all are."""
    found = teams.behind(now - BEHIND)
    words = f"The planner is behind for {found.names}. See the log." if found.names else ""
    return words, found.all
