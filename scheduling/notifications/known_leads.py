"""The leads of a team as far as we know them without asking Slack.

They get the news that can't be posted in the channel. They are stored, so that they can still be
reached by phone while Slack is down.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from scheduling import leads
from scheduling.channels import DeliveryError
from storage.database import reading, writing
from storage.models import KnownLead, Team
from storage.statuses import LeadSource

log = logging.getLogger("whoseonfirst.leads")

# How long Slack's list of admins and owners is used before it is read again.
FRESH = timedelta(hours=6)


def of(team: Team) -> list[str]:
    """Return the Slack ids of a team's leads, beginning with those named for it.

    Last come the workspace's admins and owners, as last read from Slack.
    """
    return list(
        dict.fromkeys(
            [*leads.of_team(team, _known(LeadSource.SETTING)), *_known(LeadSource.WORKSPACE)]
        )
    )


def _known(source: LeadSource) -> list[str]:
    with reading():
        query = KnownLead.select().where(KnownLead.source == source).order_by(KnownLead.id)
        return [row.slack_user_id for row in query]


def remember(source: LeadSource, users: Iterable[str], now: datetime) -> None:
    """Store the users who lead every team, replacing those from the same source."""
    with writing():
        KnownLead.delete().where(KnownLead.source == source).execute()
        for user in dict.fromkeys(users):
            KnownLead.create(slack_user_id=user, source=source, seen_at=now)


def refresh(ask: Callable[[], list[str]], now: datetime) -> None:
    """Ask Slack for its admins and owners, unless that was done recently."""
    with reading():
        fresh = KnownLead.select().where(
            KnownLead.source == LeadSource.WORKSPACE, KnownLead.seen_at.between(now - FRESH, now)
        )
        if fresh.exists():
            return
    try:
        found = ask()
    except DeliveryError as error:
        log.info("Slack can't be asked for its admins: those known are still counted: %s", error)
        return
    remember(LeadSource.WORKSPACE, found, now)
