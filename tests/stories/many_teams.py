"""A company of many teams that are all notified at 8:00, each in its own channel."""

from datetime import timedelta

from sandbox.slack.people import SlackChannel
from scheduling.rota import schedule
from storage.database import writing
from storage.models import Shift, Team
from tests.builders import stored_member
from tests.stories.conftest import World


def number(place: int) -> str:
    """Return the phone number of the person on call in a team."""
    return f"+1312556{1000 + place}"


def has_teams(world: World, count: int, *, sms_text: str | None = None) -> list[SlackChannel]:
    """Make more teams, with one person each who is always on call; return their channels."""
    channels = [world.sandbox.slack.channel(f"team-{place}") for place in range(count)]
    with writing():
        first, now = Team.get(), world.clock.now()
        for place, channel in enumerate(channels):
            columns = {
                **first.__data__,
                "name": f"Team {place}",
                "channel_id": channel.id,
                "sms_text": sms_text,
                "weeks_ahead": 1,
                "planned_until": now,
            }
            del columns["id"]
            team = Team.create(**columns)
            stored_member(team, f"Member {place}", number(place), team.anchor, now)
            Shift.create(
                team=team,
                shift_number=1,
                day_of_week="Monday",
                start_time="00:00",
                duration_hours=168,
                active_from=now - timedelta(days=14),
                created_at=now,
            )
            schedule.regenerate(team, now)
    return channels
