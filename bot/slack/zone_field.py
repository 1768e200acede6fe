"""A form's field for a time zone, and the suggestions while somebody types."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import Block, ExternalDataSelectElement, Option

from bot.slack.forms import OPTION, input_field, option
from scheduling import zones
from scheduling.words.times import Clock, time_of_day, zone_mark

ZONE = "zone"  # action id of all such fields, by which the listener recognizes a search
MOST = 50  # suggestions
LEAST = 2  # characters before Slack asks for suggestions


def zone_field(
    label: str, zone: str | None = None, *, hint: str = "", optional: bool = False
) -> Block:
    """Return a field to search for a time zone; its value is the IANA name."""
    chosen = Option(value=zone, text=f"{zones.city(zone)} ({zone})"[:OPTION]) if zone else None
    element = ExternalDataSelectElement(
        action_id=ZONE,
        initial_option=chosen,
        placeholder="Type a city or country",
        min_query_length=LEAST,
    )
    return input_field(ZONE, label, element, hint, optional=optional)


def suggested(typed: str, now: datetime) -> list[dict[str, Any]]:
    """Return the suggestions for what was typed, each with its zone's time `now`.

    All times are written as in the country of the best match.
    """
    found = zones.search(typed, now)[:MOST]
    twelve = bool(found) and zones.twelve_hours(found[0])
    return [option(zone, _shown(zone, now, twelve=twelve)) for zone in found]


def _shown(zone: str, now: datetime, *, twelve: bool) -> str:
    clock = Clock(ZoneInfo(zone), twelve)
    return f"{zones.city(zone)} ({zone}, now {time_of_day(now, clock)} {zone_mark(now, clock)})"
