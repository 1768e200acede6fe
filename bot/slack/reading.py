"""Reads people, numbers and channels from commands and forms, for several features."""

import re

from slack_sdk.models.blocks import Block

from bot.slack.directory import Profile
from bot.slack.forms import Fields, Form, choice, person_field, text_field
from bot.slack.people import member_options
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.changes import checks
from scheduling.errors import NothingToDo, Refusal
from scheduling.words.mrkdwn import escaped


def who_fields(example: str, chosen: str | None = None) -> list[Block]:
    """Return the fields that ask for somebody in Slack, or for a name like the `example`.

    The Slack user `chosen` is filled in.
    """
    return [
        person_field("user", "Who, in Slack", chosen, optional=True),
        text_field(
            "name",
            "Or a name, if they aren’t in Slack",
            placeholder=example,
            optional=True,
            most=80,
        ),
    ]


def read_who(request: Request, fields: Fields) -> tuple[Profile | None, str]:
    """Return the person in these fields: a Slack user or None, and the typed name."""
    profile, name = None, fields.text("name")
    if fields["user"]:
        with fields.reading("user"):
            profile = request.services.directory.profile(fields["user"])
            check_can_be_on_call(profile)
    else:
        with fields.reading("name"):
            if not name:
                raise Refusal("Choose somebody above, or write a name here.")
            checks.check_name(name)
    return profile, name


def check_can_be_on_call(profile: Profile) -> None:
    """Raise Refusal for a Slack user who can never be reached."""
    name = escaped(profile.name)
    if profile.is_bot or profile.deleted:
        why = "is a bot" if profile.is_bot else "has left this Slack"
        raise Refusal(f"{name} {why} and can’t be on call. Name somebody else.", "user")
    if profile.is_stranger:
        raise Refusal(
            f"{name} is in another workspace, so I can’t add their Slack account. Add them by "
            f'name: `{COMMAND} members add "{name}" +13125550101`.',
            "user",
        )


def read_number(request: Request, text: str) -> str:
    """Return a phone number as E.164; without +, it is one of the team's country."""
    return checks.check_phone(text, request.team.time_zone)


def optional_number(request: Request, text: str) -> str | None:
    """Return a phone number as E.164, or None for nothing: then the person enters it themselves."""
    return read_number(request, text) if text else None


LEFT_EMPTY = "Leave it empty, and I’ll ask them in Slack to enter it."


def number_hint(request: Request) -> str:
    """Return the hint below a form's field for a phone number."""
    country = checks.country(request.team.time_zone)
    without = f"; without them, I read it as a local number ({country})" if country else ""
    return f"Start with + and the country code{without}."


def member_form(
    request: Request, name: str, title: str, label: str, *, active: bool = True, left: bool = False
) -> Form:
    """Return a form to choose a member: of the rotation, of all, or of those who left."""
    options = member_options(request, active=active, left=left)
    if not options:
        raise NothingToDo(
            f"There’s nobody to choose from. `{COMMAND} members` lists who’s in the rotation."
        )
    return Form(name, title, [choice("member", label, options)])


def read_channel(request: Request, typed: str) -> str:
    """Return the id of the channel that a mention or a name means, after joining it."""
    mention = re.fullmatch(r"<#([CG][A-Z0-9]+)(?:\|[^>]*)?>", typed)
    directory = request.services.directory
    found = mention[1] if mention else directory.channel_named(typed)
    enter(request, found)
    return found


def enter(request: Request, channel: str) -> None:
    """Join a channel that becomes a team's. Raises Refusal if that isn't possible.

    The actor must be in it, unless they lead every team.
    """
    user = None if request.leads_everywhere else request.actor
    request.services.directory.enter(channel, user)
