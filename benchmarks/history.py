"""The history of teams, as a bot would have stored it over the years."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from benchmarks.data import MONDAY, SHIFTS, TEAM_OF
from storage.database import database, stored_instant, writing
from storage.models import Member, Shift, Team

EIGHT = datetime(2026, 11, 23, 14, tzinfo=UTC)  # on the Monday; nothing here turns with the clocks
FIRST_WEEK = (MONDAY - date(1970, 1, 5)).days // 7
# The shift that runs on each day of the week.
SHIFT_ON = {day: place for place, (day, _) in enumerate(SHIFTS)} | {3: 2}

Row = tuple[Any, ...]


def add_history(teams: list[Team], weeks: int) -> None:
    """Store the past: shifts, an override a week, and each day's SMS and post, delivered."""
    with writing():
        shift, message = _next_id("schedule"), _next_id("notification_log")
        for team in teams:
            people = [member.id for member in Member.of_team(team)]
            assignments = list(_assignments(team, people, weeks, shift))
            _insert(
                "schedule",
                "id, team_id, team_member_id, shift_id, week_number, start_datetime, end_datetime,"
                " created_at",
                assignments,
            )
            _insert(
                "overrides",
                "team_id, team_member_id, start_datetime, end_datetime, created_by, created_at",
                [
                    (team.id, people[0], _at(week, 1), _at(week, 2), "U000000001", _at(week, 0))
                    for week in range(-weeks, 0)
                ],
            )
            messages = list(_messages(team, people, weeks, shift, message))
            _insert(
                "notification_log",
                "id, team_id, schedule_id, team_member_id, kind, purpose, text, about, due_at,"
                " dedupe_key, status, attempts, claimed_at, sent_at, twilio_sid, slack_ts,"
                " created_at",
                messages,
            )
            _insert(
                "delivery_attempts",
                "notification_id, number, started_at, finished_at, outcome",
                [(row[0], 1, row[8], row[8], "sent") for row in messages],
            )
            shift, message = shift + len(assignments), message + len(messages)


def _assignments(team: Team, people: list[int], weeks: int, first: int) -> Iterator[Row]:
    shifts = [shift.id for shift in Shift.in_force(team)]
    for week in range(-weeks, 0):
        for place, (day, hours) in enumerate(SHIFTS):
            yield (
                first + (week + weeks) * len(SHIFTS) + place,
                team.id,
                people[(week + place) % TEAM_OF],
                shifts[place],
                FIRST_WEEK + week,
                _at(week, day),
                _at(week, day, hours),
                _at(week - 8, day),
            )


def _messages(team: Team, people: list[int], weeks: int, shift: int, first: int) -> Iterator[Row]:
    text = f"Good morning! You are on call for {team.name} until tomorrow at 08:00."
    for day in range(-7 * weeks, 0):
        week, weekday = divmod(day, 7)
        place = SHIFT_ON[weekday]
        assignment = shift + (week + weeks) * len(SHIFTS) + place
        member, at = people[(week + place) % TEAM_OF], _at(week, weekday)
        key = f"daily:{team.id}:{(MONDAY + timedelta(days=day)).isoformat()}:"
        sms = first + 2 * (day + 7 * weeks)
        about = (text, f"{member}", at)
        sent = (1, at, at)
        yield (
            *(sms, team.id, assignment, member, "sms", "daily", *about, f"{key}{member}"),
            *("delivered", *sent, f"SM{sms:032x}", None, at),
        )
        yield (
            *(sms + 1, team.id, assignment, None, "announcement", "daily", *about),
            *(f"{key}channel", "delivered", *sent, None, f"{sms}.000001", at),
        )


def _at(week: int, day: int, hours: int = 0) -> str:
    return stored_instant(EIGHT + timedelta(weeks=week, days=day, hours=hours))


def _next_id(table: str) -> int:
    (last,) = database.execute_sql(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()
    return int(last) + 1


def _insert(table: str, columns: str, values: list[Row]) -> None:
    marks = ", ".join("?" for _ in columns.split(","))
    database.connection().executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)
