"""Marks what has changed: a chain is looked at soon, and the posts about it are refreshed."""

from datetime import datetime

from scheduling.delivery.chain import begins_chain
from storage.models import Notification
from storage.statuses import POSTS, Status


def chain_changed(row: Notification, now: datetime) -> None:
    """See that what follows from an SMS or direct message that changed is done soon."""
    root = row.root
    if begins_chain(root):
        Notification.update(watch_at=now).where(
            Notification.id == root.id, Notification.watch_at.is_null(False)
        ).execute()
        refresh_posts(root, now)


def refresh_posts(root: Notification, now: datetime) -> None:
    """See that the posts about an SMS are refreshed: the event's, and the warning.

    One that waits for that already keeps its place.
    """
    about = root.of_same_event | (Notification.fallback_of == root)
    due = Notification.next_attempt_at.is_null(False) & (Notification.next_attempt_at <= now)
    Notification.update(next_attempt_at=now).where(
        about, Notification.status == Status.DELIVERED, Notification.kind.in_(POSTS), ~due
    ).execute()
