"""/oncall members edit: changes somebody's details."""

import re

from bot.slack import previews
from bot.slack.blocks import Reply
from bot.slack.command import Answer, OutcomeText, Section, form, subcommand, words_for
from bot.slack.forms import Fields, Form, person_field, text_field
from bot.slack.people import find_member, find_profile, member_by_id
from bot.slack.reading import check_can_be_on_call, member_form, number_hint, read_number
from bot.slack.request import Request
from bot.slack.typed import COMMAND, echo
from bot.slack.zone_field import zone_field
from scheduling.changes import checks
from scheduling.changes.members import EditMember, Field, MemberEdited
from scheduling.changes.people import mentioned
from scheduling.errors import NothingToDo, Refusal
from scheduling.numbers import LONGEST, spaced
from scheduling.words.lines import mention
from scheduling.words.mrkdwn import escaped
from scheduling.words.wording import joined
from storage.models import Member, Team

EDIT = "members edit @alice phone +13125550121"
# What can be edited, by the word to type.
EDITABLE = ("name", "phone", "second", "zone", "slack")
NOTHING = ("", "none", "off")  # typed to remove a value


@subcommand(
    "members edit",
    Section.TEXTS,
    takes="[@PERSON] [name | phone | second | zone | slack VALUE]",
    does="change your name, number, second number or time zone (leads: anybody’s)",
    examples=(
        "members edit @alice",
        EDIT,
        "members edit @alice second +13125550122",
        "members edit @alice second none",
        'members edit @alice name "Alice Doe"',
    ),
    takes_time=True,
)
def edit(request: Request) -> Answer:
    """Change a member's details: leads anybody's, members their own number."""
    if not request.words:
        if request.member is not None and not request.leads_team:
            return edit_form(request, request.member)
        request.needs_lead()
        return member_form(request, "members edit", "Edit a member", "Who?", active=False)
    words = list(request.words)
    if words[0].lower() in EDITABLE:  # one's own
        if request.member is None:
            request.needs_lead()
        else:
            words.insert(0, mention(request.member))
    member = find_member(request, words[0])
    _may_edit(request, member)
    if len(words) == 1:
        return edit_form(request, member)
    field, *value = words[1:]
    if field.lower() not in EDITABLE or not value:
        raise Refusal(
            f"Say what to change ({', '.join(EDITABLE[:-1])} or {EDITABLE[-1]}) and the new value. "
            f"For example: `{COMMAND} {EDIT}`."
        )
    return _ask_to_edit(request, member, {field.lower(): " ".join(value)})


def _may_edit(request: Request, member: Member) -> None:
    if member != request.member:
        request.needs_lead()


def edit_form(request: Request, member: Member) -> Form:
    """Return the form with a member's details."""
    blocks = [
        text_field("name", "Name", member.name, most=80),
        text_field(
            "phone",
            "Phone number",
            spaced(member.phone) if member.phone else "",
            hint=number_hint(request),
            optional=member.phone is None,
            most=LONGEST,
        ),
        text_field(
            "second",
            "Second phone number",
            spaced(member.second_phone) if member.second_phone else "",
            placeholder="+13125550122",
            optional=True,
            hint="Used if the first one fails.",
            most=LONGEST,
        ),
        zone_field(
            "Time zone",
            member.time_zone,
            optional=True,
            hint="Texts show this zone’s time. Leave it empty to use the team’s.",
        ),
    ]
    own = member == request.member
    if request.leads_team and not own:
        blocks.append(person_field("slack", "Slack user", member.slack_user_id, optional=True))
    known = {
        "member": member.id,
        "name": member.name,
        "phone": spaced(member.phone) if member.phone else "",
        "second": spaced(member.second_phone) if member.second_phone else "",
        "zone": member.time_zone or "",
        "slack": member.slack_user_id or "",
    }
    title = "My details" if own else "Edit a member"
    return Form("members edit", title, blocks, submit="Save", context=known)


@form("members edit")
def edit_filled_in(request: Request) -> Answer:
    """Change a member as in the form; or open that form for the chosen member."""
    fields = Fields(request.values)
    if "member" in request.values:
        chosen = member_by_id(request.team, fields["member"])
        _may_edit(request, chosen)
        return edit_form(request, chosen)
    member = member_by_id(request.team, request.context["member"])
    _may_edit(request, member)
    # Only what was changed in the form: others may have changed the rest meanwhile.
    wanted = {
        field: fields.text(field)
        for field in EDITABLE
        if field in request.values and fields.text(field) != request.context[field]
    }
    if not wanted:
        raise NothingToDo(f"{member.name}’s details are already like that.")
    return _ask_to_edit(request, member, wanted)


def _ask_to_edit(request: Request, member: Member, wanted: dict[str, str]) -> Reply:
    fields = Fields(wanted)
    facts: dict[Field, str | None] = {}
    if "name" in wanted:
        with fields.reading("name"):
            facts["name"] = checks.check_name(wanted["name"])
    if "phone" in wanted:
        with fields.reading("phone"):
            facts["phone"] = read_number(request, wanted["phone"])
    if "second" in wanted:
        with fields.reading("second"):
            none = wanted["second"].lower() in NOTHING
            facts["second_phone"] = None if none else read_number(request, wanted["second"])
    if "zone" in wanted:
        with fields.reading("zone"):
            facts["time_zone"] = _zone(wanted["zone"])
    if "slack" in wanted:
        with fields.reading("slack"):
            request.needs_lead()
            facts["slack_user_id"] = _slack_user(request, wanted["slack"])
    fields.done()
    return previews.ask(request, EditMember(member.id, facts))


def _zone(text: str) -> str | None:
    return None if text.lower() in NOTHING else checks.meant_zone(text)


def _slack_user(request: Request, typed: str) -> str | None:
    if typed.lower() in NOTHING:
        return None
    if re.fullmatch(r"[UW][A-Z0-9]+", typed):
        typed = f"<@{typed}>"
    profile = find_profile(request, typed)
    if profile is None:
        raise Refusal(f"{echo(typed)} isn’t anybody in Slack. Type @ and pick the person.")
    check_can_be_on_call(profile)
    return profile.id


@words_for(EditMember)
def _edited(_: Team, done: MemberEdited) -> OutcomeText:
    member = done.member
    words = {
        "name": f"name {escaped(member.name)}",
        "phone": f"number {spaced(member.phone)}" if member.phone else "no number",
        "second_phone": f"second number {spaced(member.second_phone)}"
        if member.second_phone
        else "no second number",
        "time_zone": f"time zone {member.time_zone}"
        if member.time_zone
        else "the team’s time zone",
        "slack_user_id": f"Slack user <@{member.slack_user_id}>"
        if member.slack_user_id
        else "no Slack user",
    }
    said = joined([words[field] for field in done.changed])
    number = f"They can test it with `{COMMAND} test`." if "phone" in done.changed else ""
    if done.resent:
        number = "I’m resending the text that didn’t arrive."
    return OutcomeText(f"Updated {mentioned(member)}: {said}.", number)
