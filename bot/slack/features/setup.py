"""/oncall setup: a team in three steps, a form each."""

from slack_sdk.models.blocks import Block

from bot.slack import previews
from bot.slack.blocks import Button, Reply, context
from bot.slack.command import Answer, Section, Told, form, subcommand, words_for
from bot.slack.features.members import missing
from bot.slack.features.shifts import pattern_fields
from bot.slack.forms import Fields, Form, channel_field, held, people_field, text_field, time_field
from bot.slack.reading import (
    LEFT_EMPTY,
    check_can_be_on_call,
    enter,
    number_hint,
    optional_number,
)
from bot.slack.request import Request, which_team
from bot.slack.typed import COMMAND
from scheduling import leads
from scheduling.changes import checks, teams
from scheduling.changes.members import AddMembers, MembersAdded, NewMember
from scheduling.changes.settings import described
from scheduling.errors import NotAllowed, Refusal
from scheduling.numbers import LONGEST, spaced
from scheduling.words.lines import Line
from scheduling.words.mrkdwn import escaped
from scheduling.words.wording import joined, several
from storage.models import Member, Shift, Team

MOST_PEOPLE = 50  # in one form


@subcommand(
    "setup",
    Section.SETTING_UP,
    does="set up a team in three steps: channel, members, shifts",
    examples=("setup",),
    takes_time=True,
)
def setup(request: Request) -> Answer:
    """Return the next step that a team needs: itself, its members, its shifts."""
    team = _team_meant(request)
    if team is None:
        request.who.needs_to_make_teams()
        return team_form(request)
    request.turns_to(team)
    if not request.leads_team:
        request.needs_to_be_known()
        raise NotAllowed(
            f"Only leads can change {escaped(team.name)}.",
            ask=request.roles.others(team),
            suggest=("To make a team of your own: ", Line("teams add"))
            if request.makes_teams
            else (),
        )
    return next_step(team)


def _team_meant(request: Request) -> Team | None:
    """Return the team whose set-up goes on; None where a new one is meant.

    Raises Refusal where it could be several.
    """
    if not request.teams:
        return None
    if request.named or request.is_here or request.leads_everywhere:
        return request.team
    led = leads.led_by(request.actor)
    theirs = [team for team in request.teams if team.id in led]
    unfinished = [team for team in theirs if steps_left(team)]
    for candidates in (unfinished, theirs):
        if len(candidates) == 1:
            return candidates[0]
    if theirs:
        raise which_team(request.own_teams, unfinished or theirs)
    return None


def next_step(team: Team) -> Answer:
    """Return the form of the next step of a team's set-up, or what can be done with it."""
    if not any(member.is_active for member in Member.of_team(team)):
        return Form(
            "people",
            "Step 2 of 3: members",
            [
                people_field(
                    "people",
                    "Who takes turns?",
                    hint="In the order in which you pick them. Next come their numbers.",
                )
            ],
            context={"team": team.id},
            opened_by="setup",
        )
    if not Shift.in_force(team):
        return Form(
            "shifts pattern",
            "Step 3 of 3: shifts",
            pattern_fields(team),
            context={"team": team.id},
            opened_by="setup",
        )
    said, ask_again = missing.told(team)
    return Reply.of(
        f":white_check_mark: *{escaped(team.name)}* is set up: {described(team)}.",
        said,
        buttons=(
            *ask_again,
            Button("Send me a test SMS", "test"),
            Button("Schedule", "schedule"),
            Button("Members", "members"),
            Button("Shifts", "shifts"),
            Button("Settings", "settings"),
        ),
        title="Set up",
    )


def team_form(request: Request) -> Form:
    """Return the form that makes a team."""
    services, first = request.services, not Team.select().exists()
    return Form(
        "team",
        "Step 1 of 3: the team" if first else "Add a team",
        [
            text_field("name", "What is the team called?", placeholder="Support", most=40),
            channel_field(
                "channel",
                "Its channel",
                _free_channel(request),
                hint="Posts go there, and commands typed there are about this team. Pick one that "
                "you’re in.",
            ),
            text_field(
                "zone",
                "Time zone",
                services.time_zone,
                hint="An IANA name, like America/Chicago or Europe/Berlin.",
                most=60,
            ),
            time_field("notify", "Morning message at", services.notify_at),
        ],
        opened_by="setup" if first else "teams add",
    )


def _free_channel(request: Request) -> str | None:
    """Return the channel in which the form is asked for, if it can be a team's."""
    here = request.channel or ""
    return here if here.startswith(("C", "G")) and Team.of_channel(here) is None else None


@form("team", makes_team=True)
def team_filled_in(request: Request) -> Answer:
    """Make the team that the form describes, and go on to its members."""
    fields = Fields(request.values)
    name = zone = ""
    with fields.reading("name"):
        name = checks.check_team_name(fields.text("name"))
    with fields.reading("zone"):
        zone = checks.check_zone(fields.text("zone"))
    with fields.reading("channel"):
        enter(request, fields["channel"])
    fields.done()
    team = teams.make_own(
        request.who,
        name=name,
        channel=fields["channel"],
        time_zone=zone,
        notify_at=fields["notify"],
        now=request.now,
    )
    request.services.jobs.wake()
    return next_step(team)


@form("people", for_leads=True)
def people_filled_in(request: Request) -> Answer:
    """Return the form that asks for the numbers of those who were picked."""
    chosen = request.values.get("people") or []
    if len(chosen) > MOST_PEOPLE:
        raise Refusal(f"{MOST_PEOPLE} at a time are the most. Add the others later.", "people")
    blocks: list[Block] = [context(f"{number_hint(request)} Don’t know one? {LEFT_EMPTY}")]
    for user in chosen:
        profile = request.services.directory.profile(user)
        try:
            check_can_be_on_call(profile)
        except Refusal as refusal:
            raise refusal.about("people") from refusal
        blocks.append(
            text_field(
                f"phone {user}",
                f"Number of {profile.name}",
                placeholder="+13125550101",
                optional=True,
                most=LONGEST,
            )
        )
    return Form(
        "numbers",
        "Step 2 of 3: numbers",
        blocks,
        context={"people": chosen, "team": request.team.id},
        opened_by="setup",
    )


@form("numbers", for_leads=True)
def numbers_filled_in(request: Request) -> Answer:
    """Take in everybody with their numbers, and go on to the shifts."""
    fields = Fields(request.values)
    people, seen = [], dict[str, str]()
    for user in held(request.context["people"], list):
        profile = request.services.directory.profile(user)
        field = f"phone {user}"
        with fields.reading(field):
            phone = optional_number(request, fields.text(field))
            if phone in seen:
                raise Refusal(f"That is {seen[phone]}’s number. Everybody needs their own.")
            if phone:
                seen[phone] = profile.name
            people.append(NewMember(profile.name, phone, user, profile.time_zone))
    fields.done()
    reply = previews.ask(request, AddMembers(people))
    return reply if reply.decision else next_step(request.team)


@words_for(AddMembers)
def _members_added(_: Team, done: MembersAdded) -> Told:
    known = [f"{escaped(one.name)} {spaced(one.phone)}" for one in done.people if one.phone]
    asked = [escaped(one.name) for one in done.people if not one.phone]
    count = several(len(done.people), "person is", "people are")
    numbers = [f"Texts go to: {', '.join(known)}."] if known else []
    numbers += [f"In Slack I ask for their numbers: {joined(asked)}."] if asked else []
    return Told(
        f"{count} in the rotation. {' '.join(numbers)}",
        f"`{COMMAND} members` lists them.",
        echo=" ".join(numbers),
    )


def steps_left(team: Team) -> bool:
    """Tell whether a team still lacks members or shifts."""
    return not (any(member.is_active for member in Member.of_team(team)) and Shift.in_force(team))
