"""Checks of what is stored about people, teams and channels, shared by everything that stores it.

Commands, forms and files only translate what they read. Each check returns the value as it is
stored, or raises a Refusal with what is wrong, what would be right, and an example.
"""

import re
import unicodedata
from collections.abc import Callable, Collection
from datetime import time
from zoneinfo import available_timezones

from scheduling import zones
from scheduling.errors import Refusal
from scheduling.numbers import country_of_number, parse_number, spaced
from scheduling.words.visible import hides_something, quoted, same_to_the_eye, visible

LONGEST_NAME = 80  # characters: two such names fit into an SMS
LONGEST_TEAM_NAME = 40  # characters: it fits into an SMS and a button
LONGEST_REASON = 200  # characters
# Slack's ids, old and new. They have a digit, so a word in capitals isn't one.
_USER = re.compile(r"[UW](?=[A-Z0-9]*\d)[A-Z0-9]{1,30}")
CHANNEL = r"[CG](?=[A-Z0-9]*\d)[A-Z0-9]{1,30}|[CG][A-Z]{8,30}"
_MARKUP = re.compile(r"[<>`*~|]")

# Not places: the machine's own zone, which we never use, and copies with leap seconds.
_NO_PLACES = ("localtime", "posix", "right/", "Factory")

_ours: Callable[[], Collection[str]] = tuple


def we_send_from(numbers: Callable[[], Collection[str]]) -> None:
    """Set the numbers that we text from, so that none of them is stored as a person's.

    One process has one sender. `numbers` is called at each check, because a messaging service's
    numbers are only known after Twilio has listed them. It must not do network calls.
    """
    global _ours  # noqa: PLW0603 - so that no caller can forget it
    _ours = numbers


def our_number() -> str | None:
    """Return the number that we text from, as E.164; None if it isn't exactly one."""
    ours = _ours()
    return next(iter(ours)) if len(ours) == 1 else None


def country(zone: str | None) -> str | None:
    """Return the country whose numbers may be typed without their country code.

    It is the country of our own numbers if they agree, otherwise that of the team's time zone.
    """
    ours = {country_of_number(number) for number in _ours()}
    if len(ours) == 1 and (found := ours.pop()):
        return found
    return zones.country_of(zone) if zone else None


def check_phone(typed: str, zone: str | None = None) -> str:
    """Return a phone number as E.164; a team's `zone` helps to read one typed without +."""
    phone = parse_number(typed, country(zone))
    if phone in _ours():
        raise Refusal(
            f"{spaced(phone)} is the number I text from. Give the person’s own, for example "
            "+13125550101.",
            "phone",
        )
    return phone


def check_name(typed: str) -> str:
    """Return a member's name, in single spaces."""
    if not any(unicodedata.category(one).startswith(("L", "So")) for one in visible(typed)):
        raise Refusal(
            f"{quoted(typed)} isn’t a name. A member needs one with letters in it, for example "
            "`Alice Doe`.",
            "name",
        )
    if hides_something(typed):
        raise Refusal(
            f"The name {quoted(typed)} contains a line break or invisible characters. "
            "Type it again instead of pasting it, for example `Alice Doe`.",
            "name",
        )
    if _MARKUP.search(typed) or typed.strip().startswith(("@", "#")):
        raise Refusal(
            f"{quoted(typed)} isn’t a name: leave out mentions, stars, tildes, backticks, "
            "angle brackets and bars. For example `Alice Doe`.",
            "name",
        )
    name = visible(typed)
    if len(name) > LONGEST_NAME:
        raise Refusal(
            f"The name {quoted(name)} has {len(name)} characters, and the limit is {LONGEST_NAME}. "
            "Use a shorter one.",
            "name",
        )
    return name


def as_name(found: str) -> str:
    """Return a name from elsewhere, adapted so that `check_name` accepts it; '' for nothing."""
    name = visible(_MARKUP.sub(" ", found)).lstrip("@# ")[:LONGEST_NAME].rstrip()
    try:
        return check_name(name)
    except Refusal:
        return ""


def is_same_name(one: str, other: str) -> bool:
    """Return whether two names look the same, ignoring case, width, accents and spaces."""
    return same_to_the_eye(one) == same_to_the_eye(other)


def check_team_name(typed: str) -> str:
    """Return a team's name without stray spaces."""
    name = visible(typed)
    if hides_something(typed):
        raise Refusal(
            f"The team’s name {quoted(typed)} contains a line break or invisible "
            "characters. Type it again instead of pasting it, for example `Payments`.",
            "name",
        )
    if (
        not any(one.isalnum() for one in name)
        or len(name) > LONGEST_TEAM_NAME
        or re.search(r'[<>"“”„`@#]', name)
    ):
        raise Refusal(
            f"A team’s name has 1 to {LONGEST_TEAM_NAME} characters, at least one letter or digit, "
            "and no quotes, @, # or angle brackets. For example: `Payments`.",
            "name",
        )
    return name


def check_slack_user(typed: str) -> str:
    """Return a Slack user's id. Refuses a handle or mention, which must not get into a post."""
    if not _USER.fullmatch(typed):
        raise Refusal(
            f"{quoted(typed)} isn’t a Slack user id. Open the person’s profile, choose “Copy "
            "member ID” from ⋮, and write it like U0123456789.",
            "slack_user",
        )
    return typed


def check_channel(typed: str) -> str:
    """Return a Slack channel's id. Refuses a name, because channels are renamed."""
    if not re.fullmatch(CHANNEL, typed):
        raise Refusal(
            f"{quoted(typed)} isn’t a channel id. Open the channel’s details; the id is at the "
            "bottom, and looks like C0123456789.",
            "channel",
        )
    return typed


def check_zone(name: str) -> str:
    """Return an IANA time zone that our tz database has."""
    if not is_zone(name):
        close = sorted(
            zone
            for zone in filter(is_zone, available_timezones())
            if name and name.casefold() in (zone.casefold(), zone.casefold().rpartition("/")[2])
        )
        hint = f"Did you mean `{close[0]}`?" if close else "Write it like `America/Chicago`."
        raise Refusal(f"{quoted(name)} isn’t a time zone I know. {hint}", "time_zone")
    return name


def meant_zone(typed: str) -> str:
    """Return the IANA time zone that people mean: America/Chicago for 'Central Time'."""
    if zone := zones.named(typed):
        return zone.key
    raise Refusal(
        f"{quoted(typed)} isn’t a time zone I know. Write it like `America/Chicago`, or name a "
        "city.",
        "time_zone",
    )


def is_zone(name: str) -> bool:
    """Return whether our tz database has an IANA time zone."""
    return not name.startswith(_NO_PLACES) and zones.known(name) is not None


def check_notify_at(typed: str) -> str:
    """Return a wall-clock time as HH:MM."""
    if not is_notify_at(typed):
        raise Refusal(f"{quoted(typed)} isn’t a time. Write it like 08:00.", "notify_at")
    return typed


def is_notify_at(text: str) -> bool:
    """Return whether a text is a wall-clock time as stored, HH:MM."""
    try:
        return f"{time.fromisoformat(text):%H:%M}" == text
    except ValueError:
        return False


def check_reason(typed: str | None) -> str | None:
    """Return the reason for an override as one line without invisible characters; None for none."""
    reason = visible(typed or "")
    if len(reason) > LONGEST_REASON:
        raise Refusal(
            f"The reason is {len(reason)} characters long, and the limit is {LONGEST_REASON}. "
            "Use a shorter one, for example `dentist`.",
            "reason",
        )
    return reason or None
