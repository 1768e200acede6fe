"""/oncall admins: the leads of a team, who may change it."""

from contextlib import suppress

from bot.slack import previews
from bot.slack.blocks import Button, Reply
from bot.slack.command import (
    Answer,
    OutcomeText,
    Section,
    form,
    subcommand,
    words_for,
)
from bot.slack.forms import Form, choice, person_field
from bot.slack.people import find_profile
from bot.slack.reading import check_can_be_on_call
from bot.slack.refusals import worded
from bot.slack.request import Request
from bot.slack.typed import COMMAND, echo
from scheduling import leads
from scheduling.changes.leads import AddLead, LeadChanged, RemoveLead
from scheduling.errors import NothingToDo, Refusal
from scheduling.words.mrkdwn import escaped
from storage.models import Team


@subcommand(
    "admins",
    Section.LOOKING,
    does="who leads the team",
    examples=("admins",),
    takes_time=True,
    question=True,
)
def show(request: Request) -> Reply:
    """Return the team's leads, and why they lead it."""
    services, team = request.services, request.team
    named = leads.named(team)
    admins, unknown = [], ""
    try:
        admins = services.directory.workspace_admins()
    except Refusal as refusal:
        unknown = f":warning: {worded(refusal)}"
    lines = [
        f"• {title}: {', '.join(f'<@{user}>' for user in users)}"
        for title, users in (
            ("this team", named),
            ("every team (named earlier)", leads.everywhere()),
            ("every team (ONCALL_ADMINS)", sorted(services.admins)),
            ("every team (workspace admins and owners)", admins),
        )
        if users
    ]
    buttons = (Button("Add", "admins add"), Button("Remove", "admins remove"))
    return Reply.of(
        f"*Leads of {escaped(team.name)}* (they can change it):",
        "\n".join(lines) or "Nobody that I know of.",
        unknown and f"{unknown} They lead every team, too; try again in a minute.",
        small_print="Everybody else can look things up, and change their own shifts and numbers.",
        buttons=buttons[: 2 if named else 1] if request.leads_team else (),
        title="Leads",
    )


@subcommand(
    "admins add",
    Section.SETTING_UP,
    takes="[@PERSON]",
    does="make somebody a lead",
    examples=("admins add @bob",),
    for_leads=True,
)
def add(request: Request) -> Answer:
    """Make somebody a lead of the team."""
    if not request.words:
        form = [person_field("user", f"Who else should lead {request.team.name}?")]
        return Form("admins add", "Add a lead", form)
    return _ask_to_add(request, _user(request, "add"))


@form("admins add", for_leads=True)
def add_filled_in(request: Request) -> Answer:
    """Make the person in the form a lead of the team."""
    if not request.values.get("user"):
        raise Refusal("Choose somebody.", "user")
    return _ask_to_add(request, request.values["user"])


def _ask_to_add(request: Request, user: str) -> Reply:
    profile = request.services.directory.profile(user)
    check_can_be_on_call(profile)
    if profile.is_guest:
        raise Refusal(
            f"{escaped(profile.name)} is a guest here, and guests can’t be leads. Name a full "
            "member of the workspace.",
            "user",
        )
    if why := _leads_every_team(request, user):
        raise NothingToDo(f"<@{user}> {why}, so they already lead every team.", "user")
    return previews.ask(request, AddLead(user))


@subcommand(
    "admins remove",
    Section.SETTING_UP,
    takes="[@PERSON]",
    does="remove a lead",
    examples=("admins remove @bob",),
    for_leads=True,
)
def remove(request: Request) -> Answer:
    """Remove a lead."""
    if not request.words:
        named = leads.named(request.team)
        if request.leads_everywhere:
            named += leads.everywhere()
        if not named:
            raise NothingToDo(
                f"Nobody has been named a lead of {escaped(request.team.name)}. `{COMMAND} admins` "
                "lists who leads it."
            )
        options = [(user, _name(request, user)) for user in named]
        return Form("admins remove", "Remove a lead", [choice("user", "Who?", options)])
    return _ask_to_remove(request, _user(request, "remove"))


@form("admins remove", for_leads=True)
def remove_filled_in(request: Request) -> Answer:
    """Remove the lead in the form."""
    return _ask_to_remove(request, request.values["user"])


def _ask_to_remove(request: Request, user: str) -> Reply:
    still = _leads_every_team(request, user)
    return previews.ask(request, RemoveLead(user, still))


def _leads_every_team(request: Request, user: str) -> str:
    """Return why somebody leads every team without being named a lead; '' if they don't."""
    if user in request.services.admins:
        return "is in `ONCALL_ADMINS`"
    with suppress(Refusal):  # gone from Slack, or Slack doesn't answer
        if request.services.directory.profile(user).is_admin:
            return "is an admin of the workspace"
    return ""


def _name(request: Request, user: str) -> str:
    try:
        return request.services.directory.profile(user).name
    except Refusal:  # gone from Slack, but can still be removed here
        return user


def _user(request: Request, verb: str) -> str:
    profile = find_profile(request, request.words[0]) if len(request.words) == 1 else None
    if profile is None:
        raise Refusal(
            f"{echo(' '.join(request.words))} isn’t anybody in Slack. Type @ and pick one person, "
            f"for example `{COMMAND} admins {verb} @bob`."
        )
    return profile.id


@words_for(AddLead)
def _added(team: Team, done: LeadChanged) -> OutcomeText:
    return OutcomeText(
        f"<@{done.user}> now leads {escaped(team.name)} and can change it.",
        f"`{COMMAND} admins` lists all leads.",
    )


@words_for(RemoveLead)
def _removed(team: Team, done: LeadChanged) -> OutcomeText:
    who, name = f"<@{done.user}>", escaped(team.name)
    return OutcomeText(
        f"Removed {who} as a lead of {name}. {who} {done.still}, so they still lead every team."
        if done.still
        else f"{who} no longer leads {name}: they can look things up, and change their own "
        "shifts and numbers.",
        f"`{COMMAND} admins` lists all leads.",
    )
