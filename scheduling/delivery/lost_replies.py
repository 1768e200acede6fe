"""Whether replies reach us at all: a messaging service can drop them without a trace.

Only the service's settings show that. While it drops them, texts don't ask for an OK, and leads
hear of it once; tomorrow's check doesn't repeat it. If a reply came since the service got these
settings, replies do reach us, and leads aren't notified.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from scheduling import phones
from scheduling.channels import Dropping
from scheduling.notifications import known_leads, queue
from scheduling.words.directs import REPLIES_LOST
from storage.database import reading, writing
from storage.models import Phone, Team
from storage.statuses import Purpose

log = logging.getLogger("whoseonfirst.replies")


def note(found: Dropping | None, now: datetime, learn_leads: Callable[[datetime], None]) -> None:
    """Record which sender of ours loses its replies (None: none), and tell leads if that is new.

    `learn_leads` asks Slack who they are.
    """
    with reading():
        lost = Phone.select().where(Phone.unheard_at.is_null(False))
        known = {row.number: row.unheard_at for row in lost}
    if found is None and not known:
        return
    if found and found.sid in known and not (found.since and found.since > known[found.sid]):
        return
    if found:
        learn_leads(now)
    with writing():
        Phone.update(unheard_at=None).execute()
        if found is None:
            log.info("replies reach us again")
            return
        phones.lose_replies(found.sid, found.since or now)
        if phones.replies_lost():
            log.warning("the messaging service drops replies: see its Integration")
            _tell_leads(now)


def _tell_leads(now: datetime) -> None:
    """Write to each lead once, whatever teams they lead, and to the channel of a team without."""
    notified: set[str] = set()
    for team in Team.select().order_by(Team.id):
        users = known_leads.of(team)
        key = f"unheard:{team.id}:{now.date()}"
        if not users:
            queue.announce(team, Purpose.WARNING, key, REPLIES_LOST, now)
        for user in users:
            if user not in notified:
                notified.add(user)
                queue.write_to(
                    team,
                    None,
                    REPLIES_LOST,
                    purpose=Purpose.UNHEARD,
                    key=f"{key}:{user}",
                    now=now,
                    user=user,
                )
