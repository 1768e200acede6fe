"""Reads facts from the database that nobody can see any other way."""

from datetime import timedelta

from storage.database import reading, writing
from storage.models import Assignment, Member, Notification, Override, Shift
from storage.statuses import FINAL
from tests.builders import everything
from tests.stories.conftest import World

# What has to do with clicks and forms but isn't a change: who somebody is, and where we met them.
NO_CHANGE = {"heartbeat", "notification_log", "delivery_attempts", "people", "proposals"}


def rows(purpose: str) -> list[Notification]:
    with reading():
        query = Notification.select().where(Notification.purpose == purpose)
        return list(query.order_by(Notification.id))


def changeable() -> dict[str, list[tuple[object, ...]]]:
    """Return what people can change."""
    return {table: rows for table, rows in everything().items() if table not in NO_CHANGE}


def all_settled() -> bool:
    with reading():
        return all(
            row.status in FINAL or (row.status == "sent" and not row.next_attempt_at)
            for row in Notification.select()
        )


def beside_alice(world: World, name: str) -> None:
    """Put somebody on call together with Alice on Monday, with a shift of their own."""
    with writing():
        mine = Assignment.select().order_by(Assignment.start_datetime).first()
        shift = Shift.create(
            team=mine.team,
            shift_number=99,
            day_of_week="Monday",
            start_time="08:00",
            duration_hours=24,
            active_from=mine.start_datetime - timedelta(days=1),
            created_at=mine.created_at,
        )
        Assignment.create(
            team=mine.team,
            team_member=Member.get(Member.name == name),
            shift=shift,
            week_number=mine.week_number,
            start_datetime=mine.start_datetime,
            end_datetime=mine.end_datetime,
            created_at=mine.created_at,
        )
    assert world.bot


def person(name: str) -> Member:
    """Return a member by name."""
    with reading():
        found: Member = Member.get(Member.name == name)
        return found


def the_call() -> Notification:
    """Return the SMS that calls Alice on call."""
    (call,) = [row for row in rows("daily") if row.kind == "sms"]
    return call


def covers() -> list[str]:
    """Return who covers, for each override that isn't cancelled."""
    with reading():
        rows = Override.select().where(Override.cancelled_at.is_null()).order_by(Override.id)
        return [row.team_member.name for row in rows]
