"""Reads what was sent or not: a team's notifications, each with its attempts."""

from datetime import datetime

from peewee import ModelSelect, fn

from scheduling.delivery.policy import SENT_LOG
from storage.database import rows
from storage.models import DeliveryAttempt, Member, Notification, Team
from storage.statuses import IN_TROUBLE, LOOKUPS, Trait, purposes


def newest(team: Team, member: Member | None, *, begin: int, most: int) -> list[Notification]:
    """Return a team's notifications, or a member's, the newest first, from place `begin` (0-based).

    Answers to somebody's own questions are included only for that member.
    """
    query = _of(team)
    if member is not None:
        query = query.where(Notification.team_member == member)
    else:
        query = query.where(Notification.purpose.not_in(purposes(Trait.BETWEEN_US)))
    newest_first = query.order_by(Notification.due_at.desc(), Notification.id.desc())
    return list(newest_first.limit(most).offset(begin))


def in_trouble(team: Team, now: datetime, most: int) -> list[Notification]:
    """Return what wasn't delivered in the last week, or not yet, the newest first."""
    query = _of(team).where(
        Notification.due_at > now - SENT_LOG.lately, Notification.status.in_(IN_TROUBLE)
    )
    return list(query.order_by(Notification.due_at.desc()).limit(most))


def find(team: Team, number: int) -> Notification | None:
    """Return a team's notification by its number."""
    return Notification.get_or_none(Notification.id == number, Notification.team == team)


def tries(of: list[Notification]) -> dict[int, int]:
    """Return the number of tries by notification id; lookups don't count."""
    query = (
        DeliveryAttempt.select(DeliveryAttempt.notification, fn.COUNT(DeliveryAttempt.id))
        .where(
            DeliveryAttempt.notification.in_([row.id for row in of]),
            DeliveryAttempt.error_code.is_null() | DeliveryAttempt.error_code.not_in(LOOKUPS),
        )
        .group_by(DeliveryAttempt.notification)
    )
    return dict(rows(query))


def attempts(row: Notification) -> list[DeliveryAttempt]:
    """Return all attempts and lookups of a notification, oldest first."""
    of = DeliveryAttempt.select().where(DeliveryAttempt.notification == row)
    return list(of.order_by(DeliveryAttempt.number))


def followed(row: Notification, most: int) -> list[Notification]:
    """Return what was written because a notification didn't reach its person, oldest first."""
    of = Notification.select().where(Notification.fallback_of == row)
    return list(of.order_by(Notification.id).limit(most))


def _of(team: Team) -> "ModelSelect[Notification]":
    return (
        Notification.select(Notification, Member)
        .join(Member, "LEFT JOIN", on=Notification.team_member)
        .where(Notification.team == team)
    )
