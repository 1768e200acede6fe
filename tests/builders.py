"""Teams, people and times for tests: the specification's example unless a test says otherwise."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.changes import members, overrides, shifts, team_file
from scheduling.changes.operation import Actor
from scheduling.errors import Refusal
from scheduling.rota import rotation
from scheduling.rota.rotation import Change, WeeklyShift
from scheduling.words.lines import continued, in_slack
from storage.database import reading, rows
from storage.models import ALL_TABLES, Member, Override, RotationChange, Team

CAST = ("Alice", "Bob", "Carol", "Dave", "Eve", "Fran", "Greg")
CHICAGO = ZoneInfo("America/Chicago")
# Mon Nov 23, 2026, and 07:00 of that day in Chicago: an hour before Alice's first shift.
MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
ADMIN = "U0ALICE00"

# (weekday, start, hours) of the specification's six shifts: Tuesday's has two days.
WEEK = tuple(
    (weekday, time(8), hours)
    for weekday, hours in ((0, 24), (1, 48), (3, 24), (4, 24), (5, 24), (6, 24))
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def chicago(text: str) -> datetime:
    """Return an instant in Chicago, for example '2026-11-24 08:00'; the first of two."""
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO).astimezone(UTC)


def phone(place: int) -> str:
    """Return the number of the cast's member with this index, from 0."""
    return f"+1312555{101 + place:04}"


# --- for the pure rotation ---


def weekly_shifts(slots: Sequence[tuple[int, time, int]] = WEEK) -> list[WeeklyShift]:
    """Return (weekday, start, hours) as shifts numbered 1, 2, ..., without an end."""
    return [
        WeeklyShift(
            id=number, number=number, weekday=day, start=start, hours=hours, active_from=LONG_AGO
        )
        for number, (day, start, hours) in enumerate(slots, start=1)
    ]


def joins(count: int, since: date = MONDAY) -> list[Change]:
    """Return the changes with which members 1 to `count` joined on a Monday."""
    return [Change("join", member, since) for member in range(1, count + 1)]


# --- for the database ---


def support_team(
    now: datetime = NOW,
    *,
    people: int = 7,
    slots: Sequence[tuple[int, time, int]] = WEEK,
    zone: str = "America/Chicago",
    strategy: str = "circular",
    channel: str | None = "",
    name: str = "Support",
) -> Team:
    """Make a team of the first `people` of the cast, with weekly slots and a stored schedule."""
    described: dict[str, object] = {"name": name, "time_zone": zone, "strategy": strategy}
    if channel == "":  # each team has its own
        channel = f"C0{name.upper().replace(' ', '')}"
    if channel:
        described["channel"] = channel
    return team_file.import_team(
        {
            "team": described,
            "members": [
                {"name": CAST[place], "phone": phone(place), "slack": f"U0{CAST[place].upper()}"}
                for place in range(people)
            ],
            "shifts": [
                {"number": number, "day": DAYS[day], "start": f"{start:%H:%M}", "hours": hours}
                for number, (day, start, hours) in enumerate(slots, start=1)
            ],
        },
        now,
    )


def another_team(slots: Sequence[tuple[int, time, int]] = WEEK, people: int = 7) -> Team:
    """Make one more such team, so that each example of a property has its own."""
    with reading():
        count = Team.select().count()
    return support_team(name=f"Team {count + 1}", slots=slots, people=people)


def person(team: Team, name: str) -> Member:
    """Return a member of the team by name."""
    with reading():
        member = Member.get(Member.team == team, Member.name == name)
    assert isinstance(member, Member)
    return member


def join(team: Team, name: str, number: str, now: datetime) -> Member:
    """Let somebody join who wasn't in the team from the start."""
    return members.add_member(
        team, name, number, slack_user_id=None, time_zone=None, actor=ADMIN, now=now
    ).member


def stored_member(team: Team, name: str, number: str, since: date, now: datetime) -> Member:
    """Store somebody who takes turns from a Monday on, fast enough for large teams."""
    member = Member.create(
        team=team, name=name, phone=number, is_active=True, created_at=now, updated_at=now
    )
    RotationChange.create(
        team=team, team_member=member, kind="join", effective_from=since, created_at=now
    )
    assert isinstance(member, Member)
    return member


def add_shift(
    team: Team, number: int, day: str, hours: int, *, now: datetime, start: time = time(8)
) -> None:
    """Add a weekly slot to a team."""
    shifts.add_shift(team, number, day, hours, start, actor=ADMIN, now=now)


def override(team: Team, name: str, start: str, end: str, now: datetime = NOW) -> Override:
    """Put a member on call from one instant in Chicago to another."""
    return overrides.create(
        team,
        person(team, name),
        chicago(start),
        chicago(end),
        reason=None,
        actor=ADMIN,
        now=now,
    ).override


class Leads:
    """The roles of somebody who leads every team."""

    def leads(self, team: Team | None) -> bool:  # noqa: ARG002 - as `Roles` has it
        """Tell so."""
        return True

    def makes_teams(self) -> bool:
        """Tell so."""
        return True

    def needs_to_be_known(self) -> None:
        """They are."""

    def others(self, team: Team | None) -> Sequence[str]:  # noqa: ARG002 - as `Roles` has it
        """Return nobody: they need not ask."""
        return ()

    def reaches(self, user: str) -> bool:  # noqa: ARG002 - as `Roles` has it
        """Everybody can be asked."""
        return True


LEAD = Actor(ADMIN, Leads())


def mondays(first: date, count: int) -> list[date]:
    """Return `count` Mondays from `first` on."""
    return [first + nth * rotation.WEEK for nth in range(count)]


def hours(count: float) -> timedelta:
    """Return a length of time."""
    return timedelta(hours=count)


# --- refusals ---


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table."""
    with reading():
        return {
            table._meta.table_name: rows(table.select().order_by(table.id)) for table in ALL_TABLES
        }


@contextmanager
def refused(*fragments: str, field: str | None = None) -> Iterator[None]:
    """Expect a Refusal that contains the fragments, and that nothing was changed."""
    before = everything()
    with pytest.raises(Refusal) as caught:
        yield
    said = continued(caught.value.message, in_slack(caught.value.suggest))
    for fragment in fragments:
        assert fragment in said
    assert caught.value.field == field
    assert everything() == before
