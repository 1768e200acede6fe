"""Databases filled for measuring."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from scheduling.rota import schedule
from storage.database import close_database, database, open_database, stored_instant, writing
from storage.models import DAYS, Member, RotationChange, Shift, Team

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
ZONE = "America/Chicago"
CHANNEL = "C0000000001"
# One of many teams: its people, and its shifts as (weekday, hours), all starting at 8:00.
TEAM_OF = 7
SHIFTS = ((0, 24), (1, 24), (2, 48), (4, 24), (5, 24), (6, 24))


def url(path: Path) -> str:
    """Return the DATABASE_URL of a file."""
    return f"sqlite:///{path}"


@dataclass(frozen=True, slots=True)
class StoppedClock:
    """A clock that always shows the same time."""

    at: datetime

    def now(self) -> datetime:
        """Return the time at which it stopped."""
        return self.at


@contextmanager
def fresh_database() -> Iterator[Path]:
    """Open an empty database of ours in a directory of its own; yield its file."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "bench.db")
        open_database(url(path))
        try:
            yield path
        finally:
            close_database()


def make_team(members: int = 50, shifts: int = 14) -> Team:
    """Make a team with `members` people and `shifts` shifts of twelve hours, two a day."""
    with writing():
        team = Team.create(
            name="Support",
            channel_id=CHANNEL,
            time_zone=ZONE,
            notify_at="08:00",
            strategy="circular",
            anchor=MONDAY,
            weeks_ahead=8,
            planned_until=NOW,
            created_at=NOW,
        )
        for place in range(members):
            _join(team, f"Member {place}", f"+1312555{place:04}", f"U{place:09}")
        for place in range(shifts):
            Shift.create(
                team=team,
                shift_number=place + 1,
                day_of_week=DAYS[place // 2 % 7],
                start_time=("08:00", "20:00")[place % 2],
                duration_hours=12,
                active_from=NOW - timedelta(days=14),
                created_at=NOW,
            )
    return team


def add_overrides(team: Team, weeks: int) -> None:
    """Store an override of a day for every week from now on."""
    with writing():
        member = Member.of_team(team)[0].id
        database.connection().executemany(
            "INSERT INTO overrides (team_id, team_member_id, start_datetime, end_datetime,"
            " created_by, created_at) VALUES (?, ?, ?, ?, 'U000000001', ?)",
            [
                (
                    team.id,
                    member,
                    stored_instant(NOW + timedelta(weeks=week)),
                    stored_instant(NOW + timedelta(weeks=week, days=1)),
                    stored_instant(NOW),
                )
                for week in range(weeks)
            ],
        )


def number(place: int) -> str:
    """Return the phone number of the person at this index among all teams' people."""
    return f"+1312555{1000 + place}"


def make_teams(channels: list[str], weeks: int = 8) -> list[Team]:
    """Make a team for each channel, of seven people and six shifts, with its schedule.

    All are texted at 8:00, and all shifts begin then; one lasts two days, the others one.
    """
    teams = []
    with writing():
        for place, channel in enumerate(channels):
            team = Team.create(
                name=f"Team {place}",
                channel_id=channel,
                time_zone=ZONE,
                notify_at="08:00",
                strategy="circular",
                anchor=MONDAY,
                weeks_ahead=weeks,
                planned_until=NOW,
                created_at=NOW,
            )
            for one in range(TEAM_OF):
                _join(team, f"Member {one}", number(place * TEAM_OF + one), None)
            for shift, (day, hours) in enumerate(SHIFTS):
                Shift.create(
                    team=team,
                    shift_number=shift + 1,
                    day_of_week=DAYS[day],
                    start_time="08:00",
                    duration_hours=hours,
                    active_from=NOW - timedelta(days=14),
                    created_at=NOW,
                )
            schedule.regenerate(team, NOW)
            teams.append(team)
    return teams


def _join(team: Team, name: str, phone: str, slack_user_id: str | None) -> None:
    member = Member.create(
        team=team,
        name=name,
        phone=phone,
        slack_user_id=slack_user_id,
        is_active=True,
        created_at=NOW,
        updated_at=NOW,
    )
    RotationChange.create(
        team=team, team_member=member, kind="join", effective_from=MONDAY, created_at=NOW
    )
