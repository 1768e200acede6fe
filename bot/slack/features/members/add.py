"""/oncall members add: adds a person to the rotation."""

from bot.slack import previews
from bot.slack.blocks import Button, Reply
from bot.slack.command import Answer, OutcomeText, Section, form, subcommand, words_for
from bot.slack.directory import Profile
from bot.slack.features.members.places import LAST, place_of, places, with_place
from bot.slack.forms import Fields, Form, choice, text_field
from bot.slack.people import find_profile, with_number
from bot.slack.reading import (
    LEFT_EMPTY,
    check_can_be_on_call,
    number_hint,
    optional_number,
    read_who,
    who_fields,
)
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.changes import checks
from scheduling.changes.members import AddMember, MemberAdded
from scheduling.changes.people import mentioned
from scheduling.errors import Refusal
from scheduling.numbers import LONGEST, spaced
from scheduling.rota import queue
from scheduling.words import titles
from scheduling.words.lines import mention
from storage.models import Team

ADD = "members add @alice +13125550101"


@subcommand(
    "members add",
    Section.ROTATION,
    takes="[@PERSON [NUMBER] [first | after @OTHER]]",
    does="add somebody; without a number, I ask them for it",
    examples=(
        "members add @alice",
        ADD,
        'members add "Alice Doe" +13125550101',
        f"{ADD} after @bob",
    ),
    for_leads=True,
)
def add(request: Request) -> Answer:
    """Add a person: '@alice', '@alice +1312...', or a name in quotes and a number."""
    if not request.words:
        return add_form(request)
    words, chosen = with_place(request, request.words)
    typed, *rest = words or [""]
    phone = optional_number(request, " ".join(rest))
    profile = find_profile(request, typed)
    if not typed or (profile is None and phone is None):
        raise Refusal(
            "Name somebody in Slack, or give a name and a phone number. For example: "
            f'`{COMMAND} {ADD}`, or `{COMMAND} members add "Alice Doe" +13125550101`.'
        )
    if profile is None:
        checks.check_name(typed)
    return _ask_to_add(request, profile, typed, phone, place_of(request, chosen))


def add_form(request: Request) -> Form:
    """Return the form that adds somebody."""
    order = queue.coming(request.team, request.now)
    return Form(
        "members add",
        "Add a member",
        [
            *who_fields("Alice Doe"),
            text_field(
                "phone",
                "Phone number",
                placeholder="+13125550101",
                hint=f"{number_hint(request)} {LEFT_EMPTY}",
                optional=True,
                most=LONGEST,
            ),
            choice("place", "Position in the rotation", places(request.people, order), LAST),
        ],
    )


@form("members add", for_leads=True)
def add_filled_in(request: Request) -> Answer:
    """Add the person in the form."""
    fields = Fields(request.values)
    phone = None
    with fields.reading("phone"):
        phone = optional_number(request, fields.text("phone"))
    profile, name = read_who(request, fields)
    with fields.reading("phone"):
        if profile is None and name and not fields.text("phone"):
            raise Refusal("Somebody who isn’t in Slack needs a number here.")
    fields.done()
    place = place_of(request, fields["place"])
    return _ask_to_add(request, profile, name, phone, place)


def _ask_to_add(
    request: Request, profile: Profile | None, name: str, phone: str | None, place: int | None
) -> Reply:
    if profile:
        check_can_be_on_call(profile)
    typed = profile is None or (name and not name.startswith(("@", "<")))
    operation = AddMember(
        name=name if profile is None or typed else profile.name,
        phone=phone,
        slack_user_id=profile.id if profile else None,
        time_zone=profile.time_zone if profile else None,
        place=place,
    )
    return previews.ask(request, operation)


@words_for(AddMember)
def _added(_: Team, done: MemberAdded) -> OutcomeText:
    joined = done.joined
    back = "is back in" if joined.came_back else "is in"
    said = (
        f"{mentioned(joined.member)} {back} the rotation starting {titles.week(done.since)}, in "
        f"position {joined.place}, {with_number(joined.member)}."
    )
    if joined.member.phone is None:
        return OutcomeText(said, "I’ll ask them in Slack for their number.")
    return OutcomeText(
        said,
        "The number isn’t confirmed until they reply OK from it.",
        (Button("Ask for an OK by text", f"members confirm {mention(joined.member)}"),),
        echo=f"Texts go to {spaced(joined.member.phone)}.",
    )
