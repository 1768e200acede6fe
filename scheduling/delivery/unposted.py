"""One note about all posts that Slack didn't take before their turns were over."""

from datetime import datetime

from scheduling.notifications import queue
from scheduling.rota import schedule
from scheduling.words.posts import NOBODY_WAS, unposted_line, unposted_note
from scheduling.words.wording import joined
from storage.models import Notification
from storage.statuses import OPEN, Purpose


def note(post: Notification, now: datetime) -> None:
    """Add a post that was given up to the note about them. In a transaction."""
    team, clock = post.team, schedule.clock_of(post.team)
    people = schedule.members_by_id(team)
    members = [int(member) for member in (post.about or "").split(",") if member]
    whom = joined([people[one].name for one in members]) or NOBODY_WAS
    event = f"unposted:{team.id}"
    # The note can't be posted either while Slack is down, so later posts are added to it.
    waiting = Notification.get_or_none(
        Notification.event == event,
        Notification.status.in_(OPEN),
    )
    if waiting:
        waiting.text += unposted_line(post.due_at, whom, clock)
        waiting.save()
        return
    text = unposted_note(post.due_at, whom, clock)
    queue.announce(team, Purpose.MISSED, f"{event}:{post.id}", text, now, event=event)
