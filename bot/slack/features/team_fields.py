"""The fields of a team in the first step of setup, and how they are read."""

from typing import Any

from slack_sdk.models.blocks import Block

from bot.slack.blocks import context
from bot.slack.forms import Fields, channel_field, text_field, time_field
from bot.slack.reading import enter
from bot.slack.request import Request
from bot.slack.zone_field import zone_field
from scheduling.changes import checks


def team_fields(
    name: str = "", channel: str | None = None, zone: str = "", notify: str = "", note: str = ""
) -> list[Block]:
    """Return the fields of a team, filled in as given, with a `note` below them."""
    return [
        text_field("name", "Team name", name, placeholder="Support", most=40),
        channel_field(
            "channel",
            "Channel",
            channel,
            hint="I’ll post who’s on call here. Pick a channel you’re in.",
        ),
        zone_field("Time zone", zone),
        time_field(
            "notify",
            "Daily text at",
            notify,
            hint="Whoever is on call gets a text then, and the channel gets a post.",
        ),
        context(f"{note} You can change all of this later.".strip()),
    ]


def read_team(request: Request, former: str | None = None) -> dict[str, Any]:
    """Return the team's values in the form, by column; its channel replaces the `former` one."""
    fields = Fields(request.values)
    name = zone = ""
    with fields.reading("name"):
        name = checks.check_team_name(fields.text("name"))
    with fields.reading("zone"):
        zone = checks.meant_zone(fields.text("zone"))
    with fields.reading("channel"):
        if fields["channel"] != former:
            enter(request, fields["channel"])
    fields.done()
    return {
        "name": name,
        "channel_id": fields["channel"],
        "time_zone": zone,
        "notify_at": fields["notify"],
    }
