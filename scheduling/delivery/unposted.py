"""Posts that Slack did not take until their turns were over: one note about all of them."""

from datetime import datetime

from scheduling.notifications import queue
from scheduling.rota import schedule
from scheduling.words.posts import NOBODY_WAS, unposted_line, unposted_note
from scheduling.words.wording import joined
from storage.models import Notification
from storage.statuses import OPEN, Purpose


def note(post: Notification, now: datetime) -> None:
    """Note a post about who was on call that is given up. In a transaction."""
    team, clock = post.team, schedule.clock_of(post.team)
    people = schedule.members_by_id(team)
    members = [int(member) for member in (post.about or "").split(",") if member]
    whom = joined([people[one].name for one in members]) or NOBODY_WAS
    event = f"unposted:{team.id}"
    # As long as Slack is away the note waits as well: what comes later is added to it.
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
