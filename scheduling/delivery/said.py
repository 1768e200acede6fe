"""Passes on replies from people on call that we don't understand: one post per person.

The texts share a post because another bot may be answering ours, and a hundred posts would delay
warnings.
"""

from datetime import datetime

from scheduling.delivery.policy import REPLIES
from scheduling.notifications import queue, snapshot
from scheduling.words.posts import another_reply, reply_post
from storage.models import Member, Notification
from storage.statuses import Kind, Purpose, Status


def pass_on(member: Member, body: str, key: str, now: datetime) -> None:
    """Show the channel what somebody on call wrote, as it may mean no. In a transaction."""
    query = Notification.select().where(
        Notification.team == member.team_id,
        Notification.team_member == member.id,
        Notification.purpose == Purpose.SAID,
        Notification.kind == Kind.ANNOUNCEMENT,
        Notification.created_at > now - REPLIES.collected,
    )
    post = query.order_by(Notification.id.desc()).first()
    if post is None:
        text = reply_post(snapshot.person(member), body)
        queue.announce(member.team, Purpose.SAID, key, text, now, about_member=member)
        return
    if post.more + 1 < REPLIES.quoted:
        post.text += another_reply(body)
    post.more += 1
    post.save()
    # Edit what is already in Slack, whether in the channel or in direct messages to leads.
    Notification.update(next_attempt_at=now).where(
        (Notification.id == post.id) | (Notification.fallback_of == post.id),
        Notification.status == Status.DELIVERED,
    ).execute()


def unquoted(post: Notification) -> int:
    """Return how many more texts a post stands for than it quotes."""
    return max(post.more + 1 - REPLIES.quoted, 0)
