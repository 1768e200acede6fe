"""A tick with nothing due, for 300 teams with a history: what the bot does every 15 s, all day.

It is `Jobs.tick` with the scheduler running: it checks every team for events, messages to send or
poll, and other jobs. The teams are those of `morning`, with a schedule eight weeks ahead. Each day
of the history has a shift, and an SMS and a post with an attempt each; each week has an override.
Sent messages are deleted after 400 days, so a bot never has more than about a year of them. Fewer
teams show that more history changes nothing: the same tick after no year, three years and ten.

The floor is 5 ms: a three-thousandth of the time between two ticks.
"""

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from statistics import median

from benchmarks.data import NOW, fresh_database, make_teams, url
from benchmarks.history import add_history
from benchmarks.measuring import Comparison, Growth, Result, seconds, side_by_side
from bot.process import Bot
from bot.settings import Settings
from sandbox.clock import SandboxClock
from scheduling.clock import Clock
from storage.database import close_database, open_database

ROUNDS, TICKS = 9, 11
MANY, FEW, YEARS = 300, 30, (0, 1, 3, 10)
LIMIT = 5.0  # milliseconds
QUIET = NOW + timedelta(hours=5)  # an afternoon: no shift begins, no morning comes
NOWHERE = "http://127.0.0.1:9"
SETTINGS = {
    "SLACK_BOT_TOKEN": "xoxb-unused",
    "SLACK_APP_TOKEN": "xapp-unused",
    "SLACK_API_URL": NOWHERE,
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "unused",
    "TWILIO_PHONE_NUMBER": "+13125550199",
    "TWILIO_API_URL": NOWHERE,
}


def run() -> Result:
    """Measure the ticks of many teams, and of a few teams with more and more history."""
    clock = SandboxClock(QUIET, running=True)
    with ExitStack() as files:
        places = [(MANY, 1), *((FEW, years) for years in YEARS)]
        stored = [files.enter_context(fresh_database()) for _ in places]
        for path, (teams, years) in zip(stored, places, strict=True):
            _fill(path, teams, years)
        many, *few = side_by_side(ROUNDS, *(lambda p=path: _ticks(p, clock) for path in stored))
    what = f"a tick with nothing due, {MANY} teams, a year of history"
    grown = {f"{years}": one * 1e3 for years, one in zip(YEARS, few, strict=True)}
    return Result(
        [
            Comparison(what, many * 1e3, LIMIT, "ms", "a fixed limit", 1),
            Comparison(
                f"the same, {FEW} teams, {YEARS[-1]} years",
                few[-1] * 1e3,
                few[0] * 1e3,
                "ms",
                "ours with no history",
                1.2,
            ),
        ],
        [Growth(f"a tick with nothing due, {FEW} teams, by years of history", grown, "ms")],
    )


def _fill(path: Path, teams: int, years: int) -> None:
    open_database(url(path))
    add_history(make_teams([f"C{place:010}" for place in range(teams)]), weeks=52 * years)
    close_database()


def _ticks(path: Path, clock: Clock) -> float:
    """Return the seconds of a tick, the median of several in a row after a first one."""
    settings = Settings.from_environment({**SETTINGS, "DATABASE_URL": url(path)})
    open_database(settings.database_url)
    bot = Bot(settings, clock)
    try:
        bot.jobs.start()
        bot.jobs.tick()  # handles what became due since the schedule was made, and the other jobs
        return median(seconds(bot.jobs.tick) for _ in range(TICKS))
    finally:
        bot.stop()
