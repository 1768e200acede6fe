"""The bot on the sandbox's clock, as a process of its own: what `Keeper` starts.

It is the bot of `run_bot.py run`; only its clock is told, not read. Each line of standard input
is an instant: then the clock goes there, what is due happens, and a line of standard output says
what comes next. The end of the input is the end of the process.
"""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
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
from storage.models import Notification, Team
from storage.statuses import OPEN, Status

log = logging.getLogger("whoseonfirst.kept")

# Real seconds for the calls under way, before time goes on. Those that hang give up before that.
PATIENCE = 20.0
# Here an SMS has come to its end when it is first asked about, so time stops for that only once.
RECEIPTS = timedelta(seconds=20)
PLAN_EVERY = timedelta(days=1)
# What was done may make more due at once: a failed SMS, for example, the warning in the channel.
ROUNDS = 5


def main(seen: Callable[[SandboxClock], Clock] = lambda clock: clock) -> None:
    """Run until the input ends. `seen` returns what the bot sees of the clock it is told."""
    settings = Settings.from_environment(os.environ)
    set_up(settings.log_level, settings.log_format, settings.secrets)
    told = json.loads(sys.stdin.readline())
    clock = SandboxClock(datetime.fromisoformat(told["now"]), running=told["running"])
    bot = Bot(settings, seen(clock))
    identity = bot.start()
    _say({"bot": identity.bot_name if identity else "whoseonfirst"})
    planned_at = clock.now()
    for line in sys.stdin:
        now = clock.catch_up(datetime.fromisoformat(json.loads(line)["now"]))
        if now - planned_at >= PLAN_EVERY:
            # The scheduler's weekly wake-up goes by the machine's clock, which did not move.
            bot.jobs.extend()
            planned_at = now
        _say(_let_happen(bot, clock))
    ended = bot.stop()
    logging.shutdown()
    if not ended:
        os._exit(0)  # a call that hangs would keep its thread, and the process


def _say(facts: dict[str, str | None]) -> None:
    print(json.dumps(facts), flush=True)  # noqa: T201 - the keeper reads it


def _let_happen(bot: Bot, clock: SandboxClock) -> dict[str, str | None]:
    """Do what is due; return when something is due next, and the instants one may want to see."""
    # On a page nobody waits two minutes for the answer to an SMS.
    bot.outbox.listen(clock.now(), at_once=bot.outbox.hears)
    _try(bot.jobs.beat)  # which goes by the machine's clock, too
    for _ in range(ROUNDS):
        _try(bot.jobs.tick)
        idle = bot.outbox.wait(PATIENCE)
        due = min(_due(clock.now()), default=None)
        if not idle or due is None or due > clock.now():
            break
    with reading():
        team = Team.select().order_by(Team.id).first()
    if team is None:
        return {"due": None, "morning": None, "handoff": None, "zone": None}
    now = clock.now()
    handoff = _handoff(team, now)
    return {
        "due": due.isoformat() if due else None,
        "morning": _morning(team, now).isoformat(),
        "handoff": handoff.isoformat() if handoff else None,
        "zone": team.time_zone,
    }


def _try(job: Callable[[], None]) -> None:
    """Do a job; one that the disk doesn't allow is tried again, as the real bot does."""
    try:
        job()
    except OperationalError:
        log.exception("a job failed; it will be tried again")


def _due(now: datetime) -> Iterator[datetime]:
    """Yield when something happens next: a try or a look, a morning, a handoff."""
    with reading():
        on_its_way = (Notification.status == Status.SENT) & (Notification.sent_at > now - RECEIPTS)
        waiting = Notification.select().where(
            Notification.status.in_((*OPEN, Status.DELIVERED)) | on_its_way,
            Notification.next_attempt_at.is_null(False),
        )
        if row := waiting.order_by(Notification.next_attempt_at).first():
            yield row.next_attempt_at
        under_way = Notification.select().where(Notification.status == Status.SENDING)
        if row := under_way.order_by(Notification.claimed_at).first():
            yield row.claimed_at + CLAIM.abandoned
        watched = Notification.select().where(Notification.watch_at.is_null(False))
        if row := watched.order_by(Notification.watch_at).first():
            yield row.watch_at
        teams = list(Team.select())
    for team in teams:
        yield _morning(team, now)
        yield _next_at(team, PREFLIGHT_AT, now)
        if handoff := _handoff(team, now):
            yield handoff


def _morning(team: Team, now: datetime) -> datetime:
    """Return the team's next notify time."""
    return _next_at(team, schedule.wall_time(team.notify_at), now)


def _next_at(team: Team, wall: time, now: datetime) -> datetime:
    """Return when it is next that time of the day for a team."""
    zone = schedule.zone_of(team)
    day = now.astimezone(zone).date()
    today = rotation.instant(day, wall, zone)
    return today if today > now else rotation.instant(day + timedelta(days=1), wall, zone)


def _handoff(team: Team, now: datetime) -> datetime | None:
    """Return when somebody else comes on call next, None if nobody does in sight."""
    current, *later = schedule.coming(team, now)
    return next((one.start for one in later if set(one.members) != set(current.members)), None)


if __name__ == "__main__":
    main()
