"""What people on call write that we don't understand, passed on: one post a person, not one a text.

Another machine may answer ours, and its hundred texts must not keep a warning waiting.
"""

from datetime import datetime

from scheduling.delivery.policy import REPLIES
from scheduling.notifications import queue, snapshot
from scheduling.words.posts import said_also, said_post
from storage.models import Member, Notification
from storage.statuses import Kind, Purpose, Status


def pass_on(member: Member, body: str, key: str, now: datetime) -> None:
    """Let the channel see what somebody on call has written: it may mean no. In a transaction."""
    query = Notification.select().where(
        Notification.team == member.team_id,
        Notification.team_member == member.id,
        Notification.purpose == Purpose.SAID,
        Notification.kind == Kind.ANNOUNCEMENT,
        Notification.created_at > now - REPLIES.collected,
    )
    post = query.order_by(Notification.id.desc()).first()
    if post is None:
        text = said_post(snapshot.person(member), body)
        queue.announce(member.team, Purpose.SAID, key, text, now, about_member=member)
        return
    if post.more + 1 < REPLIES.quoted:
        post.text += said_also(body)
    post.more += 1
    post.save()
    # What stands in Slack is edited, also where it was sent to leads in the channel's place.
    Notification.update(next_attempt_at=now).where(
        (Notification.id == post.id) | (Notification.fallback_of == post.id),
        Notification.status == Status.DELIVERED,
    ).execute()


def unquoted(post: Notification) -> int:
    """Return how many texts a post stands for beside those that it quotes."""
    return max(post.more + 1 - REPLIES.quoted, 0)
