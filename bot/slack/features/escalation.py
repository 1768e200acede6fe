"""/oncall escalation: people to notify if the person on call can't be reached."""

from bot.slack import offers, previews
from bot.slack.blocks import Button, Reply
from bot.slack.command import (
    Answer,
    OutcomeText,
    Section,
    form,
    subcommand,
    words_for,
)
from bot.slack.directory import Profile
from bot.slack.forms import Fields, Form, choice, text_field
from bot.slack.people import find_member, find_profile, member_by_id, numbers_of
from bot.slack.reading import check_can_be_on_call, number_hint, read_number, read_who, who_fields
from bot.slack.request import Request
from bot.slack.typed import COMMAND, echo
from scheduling import phones
from scheduling.changes import checks
from scheduling.changes.contacts import AddContact, ContactChanged, RemoveContact
from scheduling.changes.people import mentioned
from scheduling.errors import NothingToDo, Refusal
from scheduling.numbers import LONGEST, spaced
from scheduling.rota import queue
from scheduling.words.mrkdwn import escaped
from storage.models import Member, Team

ADD = "escalation add @greg +13125550107"


@subcommand(
    "escalation",
    Section.LOOKING,
    does="who gets a text if the person on call can’t be reached",
    examples=("escalation",),
    takes_time=True,
    question=True,
)
def show(request: Request) -> Reply:
    """Return the team's escalation contacts."""
    contacts = queue.escalation_contacts(request.team)
    buttons = [Button("Add", "escalation add")]
    if not contacts:
        return Reply.of(
            f"*{escaped(request.team.name)}* has no escalation contacts. When the person on call "
            "can’t be reached, I warn the channel, but I text nobody else.",
            small_print=f"To name somebody: `{COMMAND} {ADD}`." if offers.is_lead(request) else "",
            buttons=buttons,
            title="Escalation",
        )
    known = phones.known(one.phone for one in contacts)
    leads = request.leads_team
    lines = [
        f"• {mentioned(one)} "
        + numbers_of(one, known, full=leads or one.slack_user_id == request.actor)
        for one in contacts
    ]
    return Reply.of(
        f"When the person on call for *{escaped(request.team.name)}* can’t be reached, I notify:",
        "\n".join(lines),
        small_print="Replying OK means they’re on it.",
        buttons=[*buttons, Button("Remove", "escalation remove")],
        title="Escalation",
    )


@subcommand(
    "escalation add",
    Section.SETTING_UP,
    takes="[@PERSON [NUMBER]]",
    does="add an escalation contact",
    examples=("escalation add @greg", ADD, 'escalation add "Dana Boss" +13125550112'),
    for_leads=True,
)
def add(request: Request) -> Answer:
    """Add a contact: '@greg', '@dana +1312...', or a name in quotes and a number."""
    if not request.words:
        return _add_form(request)
    typed, *rest = request.words
    profile = find_profile(request, typed)
    phone = read_number(request, " ".join(rest)) if rest else None
    if profile is not None and phone is None and not _has_number(request, profile):
        return _add_form(request, profile)
    if profile is None and phone is None:
        member = find_member(request, typed)
        known = AddContact(member.name, member.phone, member.slack_user_id, member.time_zone)
        return previews.ask(request, known)
    if profile is None:
        checks.check_name(typed)
    return _ask(request, profile, typed, phone)


def _has_number(request: Request, profile: Profile) -> bool:
    return any(one.slack_user_id == profile.id for one in Member.of_team(request.team))


def _add_form(request: Request, chosen: Profile | None = None) -> Form:
    """Return the form that adds a contact, filled in with `chosen`, who has no number yet."""
    why = f"I don’t have {chosen.name}’s number yet. " if chosen else ""
    return Form(
        "escalation add",
        "Add a contact",
        [
            *who_fields("Dana Boss", chosen.id if chosen else None),
            text_field(
                "phone",
                "Phone number",
                placeholder="+13125550107",
                hint=f"{why}{number_hint(request)} Leave empty for a member of the team.",
                optional=True,
                most=LONGEST,
            ),
        ],
    )


@form("escalation add", for_leads=True)
def add_filled_in(request: Request) -> Answer:
    """Add the contact in the form."""
    fields = Fields(request.values)
    phone = None
    with fields.reading("phone"):
        if fields.text("phone"):
            phone = read_number(request, fields.text("phone"))
    profile, name = read_who(request, fields)
    with fields.reading("phone"):
        if profile and not fields.text("phone") and not _has_number(request, profile):
            team = escaped(request.team.name)
            raise Refusal(
                f"{escaped(profile.name)} isn’t in {team}, so I don’t have their number. Type it "
                "here."
            )
    fields.done()
    return _ask(request, profile, name, phone)


def _ask(request: Request, profile: Profile | None, name: str, phone: str | None) -> Reply:
    if profile:
        check_can_be_on_call(profile)
    return previews.ask(
        request,
        AddContact(
            name=profile.name if profile else name,
            phone=phone,
            slack_user_id=profile.id if profile else None,
            time_zone=profile.time_zone if profile else None,
        ),
    )


@words_for(AddContact)
def _added(_: Team, done: ContactChanged) -> OutcomeText:
    who, phone = mentioned(done.member), done.member.phone
    how = (
        f"text {who} at {spaced(phone)}."
        if phone
        else f"message {who} in Slack. Once they enter a number, I’ll text them instead."
    )
    return OutcomeText(
        f"When the person on call can’t be reached, I’ll {how}",
        f"`{COMMAND} escalation` lists all contacts.",
    )


@subcommand(
    "escalation remove",
    Section.SETTING_UP,
    takes="[@PERSON]",
    does="remove an escalation contact",
    examples=("escalation remove @greg",),
    for_leads=True,
)
def remove(request: Request) -> Answer:
    """Remove a contact."""
    if not request.words:
        contacts = queue.escalation_contacts(request.team)
        if not contacts:
            raise NothingToDo(f"There are no escalation contacts. Name one with `{COMMAND} {ADD}`.")
        options = [(str(one.id), one.name) for one in contacts]
        return Form("escalation remove", "Remove a contact", [choice("member", "Who?", options)])
    if len(request.words) > 1:
        raise Refusal(
            f"{echo(' '.join(request.words))} isn’t one person. For example: "
            f"`{COMMAND} escalation remove @greg`."
        )
    return _ask_to_remove(request, find_member(request, request.words[0]))


@form("escalation remove", for_leads=True)
def remove_filled_in(request: Request) -> Answer:
    """Remove the contact in the form."""
    return _ask_to_remove(request, member_by_id(request.team, Fields(request.values)["member"]))


def _ask_to_remove(request: Request, member: Member) -> Reply:
    return previews.ask(request, RemoveContact(member.id))


@words_for(RemoveContact)
def _removed(_: Team, done: ContactChanged) -> OutcomeText:
    return OutcomeText(f"{mentioned(done.member)} isn’t an escalation contact anymore.")
