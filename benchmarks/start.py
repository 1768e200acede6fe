"""Starting the bot: from the start of the process to Slack's hello, and its memory when idle.

The floor is `bare_start.py`: a process that imports the same libraries and uses each of them once,
without our code. Each start has its own sandbox and database. The memory is the resident set in
/proc a few seconds after the hello, when both have sent an SMS and a post and are idle.
"""

import time

from benchmarks.measuring import Comparison, Measured, Result, side_by_side
from benchmarks.processes import BARE_START, OUR_BOT, workplace

STARTS, LOOKS, UNTIL_IDLE = 21, 5, 3.0


def run() -> Result:
    """Start ours and the floor in turn: up to the hello, and again until the process is idle."""
    ours, floor = side_by_side(STARTS, _starting(OUR_BOT), _starting(BARE_START))
    ours_idle, floor_idle = side_by_side(LOOKS, _idling(OUR_BOT), _idling(BARE_START))
    bare = "a program that uses the same libraries"
    return Result(
        [
            Comparison("process start to hello", ours, floor, "s", bare, 1.2),
            Comparison("resident memory when idle", ours_idle, floor_idle, "MiB", bare, 1.2),
        ]
    )


def _starting(program: tuple[str, ...]) -> Measured:
    def start() -> float:
        with workplace() as place, place.bot(*program) as bot:
            return bot.seconds

    return start


def _idling(program: tuple[str, ...]) -> Measured:
    def start_and_wait() -> float:
        with workplace() as place, place.bot(*program) as bot:
            time.sleep(UNTIL_IDLE)
            if not place.channel.messages:
                raise RuntimeError("nothing was posted")
            return bot.resident

    return start_and_wait
