"""The bot on the sandbox's clock, as a process of its own: what `Keeper` starts.

It is the bot of `run_bot.py run`, except that its clock is set from outside. Each line of standard
input is an instant: the clock goes there, the bot does what is due, and a line of standard output
says what comes next. A line without an instant only asks what comes next. The process ends when
its input does.
"""

import json
import logging
import os
import sys
from collections.abc import Callable
from datetime import datetime, time, timedelta

from peewee import OperationalError

from bot.logs import set_up
from bot.process import Bot
from bot.settings import Settings
from sandbox.clock import SandboxClock
from scheduling.clock import Clock
from scheduling.delivery.policy import CLAIM
from scheduling.notifications.planner import PREFLIGHT_AT
from scheduling.rota import rotation, schedule
from storage.database import reading
from storage.models import Team
from storage.queries import outbox

log = logging.getLogger("whoseonfirst.kept")

# Real seconds that calls under way may take before time goes on. Hanging ones time out sooner.
PATIENCE = 20.0
# In the sandbox an SMS is final the first time its status is polled, so one stop is enough.
RECEIPTS = timedelta(seconds=20)
PLAN_EVERY = timedelta(days=1)
# One thing done may make another due at once: a failed SMS brings a warning in the channel.
ROUNDS = 5


def main(seen: Callable[[SandboxClock], Clock] = lambda clock: clock) -> None:
    """Run until the input ends. `seen` turns the sandbox's clock into the bot's."""
    settings = Settings.from_environment(os.environ)
    set_up(settings.log_level, settings.log_format, settings.secrets)
    said = json.loads(sys.stdin.readline())
    clock = SandboxClock(datetime.fromisoformat(said["now"]), running=said["running"])
    bot = Bot(settings, seen(clock))
    identity = bot.start()
    _say({"bot": identity.bot_name if identity else "whoseonfirst"})
    planned_at = clock.now()
    for line in sys.stdin:
        said = json.loads(line)["now"]
        if said is None:
            _say(_ahead(clock.now()))
            continue
        now = clock.catch_up(datetime.fromisoformat(said))
        if now - planned_at >= PLAN_EVERY:
            # The scheduler's weekly job follows the machine's clock, which didn't move.
            bot.jobs.extend()
            planned_at = now
        _let_happen(bot, clock)
        _say(_ahead(clock.now()))
    ended = bot.stop()
    logging.shutdown()
    if not ended:
        os._exit(0)  # a hanging call would keep its thread alive, and so the process


def _say(facts: dict[str, str | bool | None]) -> None:
    print(json.dumps(facts), flush=True)  # noqa: T201 - the keeper reads it


def _let_happen(bot: Bot, clock: SandboxClock) -> None:
    """Do what is due."""
    # On the page nobody wants to wait two minutes for the status of an SMS.
    bot.outbox.listen(clock.now(), at_once=bot.outbox.hears)
    _try(bot.jobs.beat)  # it follows the machine's clock, too
    for _ in range(ROUNDS):
        _try(bot.jobs.tick)
        idle = bot.outbox.wait(PATIENCE)
        waits = _waits(clock.now())
        if not idle or waits is None or waits > clock.now():
            break


def _ahead(now: datetime) -> dict[str, str | bool | None]:
    """Return when something is due next, and the instants that a viewer may want to jump to."""
    with reading():
        teams = list(Team.select().order_by(Team.id))
    if not teams:
        return {"due": None, "morning": None, "handoff": None, "zone": None, "twelve": True}
    mornings = [_morning(team, now) for team in teams]
    preflights = [_next_at(team, PREFLIGHT_AT, now) for team in teams]
    handoffs = [_handoff(team, now) for team in teams]
    due = min(filter(None, (_waits(now), *mornings, *preflights, *handoffs)))
    return {
        "due": due.isoformat(),
        "morning": mornings[0].isoformat(),
        "handoff": handoffs[0].isoformat() if handoffs[0] else None,
        "zone": teams[0].time_zone,
        "twelve": schedule.clock_of(teams[0]).twelve,
    }


def _try(job: Callable[[], None]) -> None:
    """Do a job; if the disk doesn't allow it, try again later, as the real bot does."""
    try:
        job()
    except OperationalError:
        log.exception("a job failed; it will be tried again")


def _waits(now: datetime) -> datetime | None:
    """Return when a waiting message is next sent, polled or given up; None if none waits."""
    with reading():
        tried, claimed, watched = outbox.first_waits(now - RECEIPTS)
    given_up = claimed and claimed + CLAIM.abandoned
    return min(filter(None, (tried, given_up, watched)), default=None)


def _morning(team: Team, now: datetime) -> datetime:
    """Return the team's next notify time."""
    return _next_at(team, schedule.wall_time(team.notify_at), now)


def _next_at(team: Team, wall: time, now: datetime) -> datetime:
    """Return the next instant at which a team's clock shows this time of day."""
    zone = schedule.zone_of(team)
    day = now.astimezone(zone).date()
    today = rotation.instant(day, wall, zone)
    return today if today > now else rotation.instant(day + timedelta(days=1), wall, zone)


def _handoff(team: Team, now: datetime) -> datetime | None:
    """Return when the on-call person next changes; None if no change is planned."""
    current, *later = schedule.coming(team, now)
    return next((one.start for one in later if set(one.members) != set(current.members)), None)


if __name__ == "__main__":
    main()
