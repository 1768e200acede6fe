"""Generating ten years of assignments and storing them.

The floor is the smallest program that stores the same rows as durably: one loop that computes each
row with zoneinfo, then one executemany, into the same table with the same indexes, in a file of
its own with the same pragmas (WAL, synchronous=full). Both end with the commit.
"""

import sqlite3
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.data import MONDAY, NOW, ZONE, fresh_database, make_team
from benchmarks.measuring import Comparison, Growth, Result, seconds, side_by_side
from scheduling.rota import rotation, schedule
from storage.database import PRAGMAS, reading, rows, stored_instant
from storage.models import Assignment

SHIFTS, MEMBERS, WEEKS = 14, 50, 520
ROUNDS = 9


def run() -> Result:
    """Compare `schedule.regenerate` with the plain loop, and measure how it grows."""
    _prove_the_same_rows()
    ours, floor = side_by_side(ROUNDS, lambda: _ours(MEMBERS, WEEKS), _floor)
    by_weeks = side_by_side(5, *(lambda n=n: _ours(MEMBERS, n) for n in (52, 260, WEEKS)))
    by_members = side_by_side(5, *(lambda n=n: _ours(n, WEEKS) for n in (10, MEMBERS, 200)))
    return Result(
        [
            Comparison(
                f"generate and store {MEMBERS} members × {SHIFTS} shifts × {WEEKS} weeks",
                ours * 1000,
                floor * 1000,
                "ms",
                "a plain loop and one executemany of the same rows",
                1.5,
            )
        ],
        [
            Growth(
                f"generate, {MEMBERS} members, by weeks", _figures(by_weeks, 52, 260, 520), "ms"
            ),
            Growth(f"generate, {WEEKS} weeks, by members", _figures(by_members, 10, 50, 200), "ms"),
        ],
    )


def _figures(found: list[float], *sizes: int) -> dict[str, float]:
    return {f"{size}": one * 1000 for size, one in zip(sizes, found, strict=True)}


def _ours(members: int, weeks: int) -> float:
    with fresh_database():
        team = make_team(members, SHIFTS)
        rotation.instant.cache_clear()
        return seconds(lambda: schedule.regenerate(team, NOW, weeks=weeks))


def _floor() -> float:
    with fresh_database() as path:
        make_team(MEMBERS, SHIFTS)
        connection = sqlite3.connect(path)
        for name, value in PRAGMAS.items():
            connection.execute(f"PRAGMA {name} = {value}")
        try:
            return seconds(lambda: _store(connection, _plain_loop()))
        finally:
            connection.close()


def _plain_loop() -> list[tuple[Any, ...]]:
    zone = ZoneInfo(ZONE)
    created = _text(NOW)
    number_of_first_week = (MONDAY - date(1970, 1, 5)).days // 7
    found = []
    for week in range(WEEKS + 1):
        for shift in range(SHIFTS):
            day = MONDAY + timedelta(days=7 * week + shift // 2)
            starts = datetime.combine(day, time(20 if shift % 2 else 8), zone)
            ends = starts + timedelta(hours=12)
            found.append(
                (
                    1 + (shift + week) % MEMBERS,
                    shift + 1,
                    number_of_first_week + week,
                    _text(max(starts, NOW)),  # the running shift begins now
                    _text(ends),
                    created,
                )
            )
    return found


def _text(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _store(connection: sqlite3.Connection, assignments: list[tuple[Any, ...]]) -> None:
    with connection:
        connection.executemany(
            "INSERT INTO schedule (team_id, team_member_id, shift_id, week_number,"
            " start_datetime, end_datetime, created_at) VALUES (1, ?, ?, ?, ?, ?, ?)",
            assignments,
        )


def _prove_the_same_rows() -> None:
    with fresh_database():
        schedule.regenerate(make_team(MEMBERS, SHIFTS), NOW, weeks=WEEKS)
        with reading():
            stored = rows(
                Assignment.select(
                    Assignment.team_member,
                    Assignment.shift,
                    Assignment.week_number,
                    Assignment.start_datetime,
                    Assignment.end_datetime,
                    Assignment.created_at,
                )
            )
    ours = {(*row[:3], *(stored_instant(at) for at in row[3:])) for row in stored}
    different = ours ^ set(_plain_loop())
    if different:
        raise RuntimeError(f"{len(different)} rows differ, for example {min(different)}")
