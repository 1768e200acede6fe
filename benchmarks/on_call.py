"""Asking who is on call now, overrides included, with ten years stored.

The floor is one query of the same file: the current assignment, through the same index, with
Peewee's query builder on a connection that stays open. It returns the same five columns as plain
tuples and ignores overrides. The other floor is ours with one year stored: an answer about now
must not take longer because there's more history.
"""

from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.data import NOW, add_overrides, fresh_database, make_team, url
from benchmarks.measuring import Comparison, Growth, Result, seconds, side_by_side
from scheduling.rota import schedule
from storage.database import close_database, open_database, reading, rows
from storage.models import LONGEST_SHIFT, Assignment, Team

ROUNDS, CALLS = 31, 200
YEARS = (1, 5, 10)


def run() -> Result:
    """Compare `schedule.on_call` with the floor, and with itself over 1, 5 and 10 years."""
    with ExitStack() as files:
        stored = {years: files.enter_context(fresh_database()) for years in YEARS}
        for years, path in stored.items():
            _fill(path, years)
        floor, *found = side_by_side(
            ROUNDS,
            lambda: _floor(stored[10]),
            *(lambda y=y, p=p: _ours(p, y) for y, p in stored.items()),
        )
    ours = {years: seconds * 1e6 for years, seconds in zip(YEARS, found, strict=True)}
    query = "one bounded indexed query by Peewee"
    return Result(
        [
            Comparison("who is on call, 10 years stored", ours[10], floor * 1e6, "µs", query, 3),
            Comparison("the same", ours[10], ours[1], "µs", "ours with 1 year stored", 1.1),
        ],
        [Growth("who is on call, by years stored", {f"{y}": ours[y] for y in YEARS}, "µs")],
    )


def _fill(path: Path, years: int) -> None:
    open_database(url(path))
    team = make_team()
    schedule.regenerate(team, NOW, weeks=52 * years)
    add_overrides(team, weeks=52 * years)
    close_database()


def _halfway(years: int) -> datetime:
    """Return a Monday halfway through what is stored, during an override."""
    return NOW + timedelta(weeks=26 * years, hours=1)


def _ours(path: Path, years: int) -> float:
    open_database(url(path))
    with reading():
        team = Team.get()
    at = _halfway(years)
    if schedule.on_call(team, at).override is None:
        raise RuntimeError("no override is in force")
    took = seconds(lambda: schedule.on_call(team, at), CALLS)
    close_database()
    return took


def _floor(path: Path) -> float:
    open_database(url(path))
    with reading():
        team = Team.get()
        at = _halfway(10)

        def ask() -> object:
            query = Assignment.select(
                Assignment.id,
                Assignment.team_member,
                Assignment.shift,
                Assignment.start_datetime,
                Assignment.end_datetime,
            ).where(
                Assignment.team == team,
                Assignment.start_datetime > at - LONGEST_SHIFT,
                Assignment.start_datetime <= at,
                Assignment.end_datetime > at,
            )
            return rows(query)

        ask()
        took = seconds(ask, CALLS)
    close_database()
    return took
