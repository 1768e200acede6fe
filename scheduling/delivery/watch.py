"""Marks what has changed, so that its chain is checked and its posts are refreshed soon."""

from datetime import datetime

from scheduling.delivery.chain import begins_chain
from storage.models import Notification
from storage.statuses import POSTS, Status


def chain_changed(row: Notification, now: datetime) -> None:
    """Have the chain of an SMS or direct message checked soon, because it changed."""
    root = row.root
    if begins_chain(root):
        Notification.update(watch_at=now).where(
            Notification.id == root.id, Notification.watch_at.is_null(False)
        ).execute()
        refresh_posts(root, now)


def refresh_posts(root: Notification, now: datetime) -> None:
    """Have the posts about an SMS refreshed: the event's post and the warning.

    Posts that are already due keep their place.
    """
    about = root.of_same_event | (Notification.fallback_of == root)
    due = Notification.next_attempt_at.is_null(False) & (Notification.next_attempt_at <= now)
    Notification.update(next_attempt_at=now).where(
        about, Notification.status == Status.DELIVERED, Notification.kind.in_(POSTS), ~due
    ).execute()
