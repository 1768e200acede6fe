"""/oncall setup: makes a team in three steps, a form each."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from slack_sdk.models.blocks import Block

from bot.slack import offers, previews
from bot.slack.blocks import Button, Reply, actions, context, section
from bot.slack.command import Answer, OutcomeText, Section, form, subcommand, words_for
from bot.slack.features import notify_time
from bot.slack.features.members import missing
from bot.slack.features.patterns import FilledIn, pattern_fields
from bot.slack.features.team_fields import read_team, team_fields
from bot.slack.forms import Fields, Form, held, people_field, text_field
from bot.slack.reading import (
    check_can_be_on_call,
    number_hint,
    optional_number,
)
from bot.slack.request import Request, which_team
from bot.slack.typed import COMMAND
from scheduling import leads
from scheduling.changes import teams
from scheduling.changes.leaving import RemoveMember
from scheduling.changes.members import AddMembers, MembersAdded, NewMember
from scheduling.changes.order import Reorder
from scheduling.changes.settings import described
from scheduling.errors import NotAllowed, NothingToDo, Refusal
from scheduling.numbers import LONGEST, spaced
from scheduling.rota import queue
from scheduling.words.lines import Line
from scheduling.words.mrkdwn import escaped
from scheduling.words.wording import joined, several
from storage.models import Member, Shift, Team

MOST_PEOPLE = 50  # in one form
STEP_1 = "Step 1 of 3: the team"
ANOTHER = Button("Add another team", "teams add")
CONTINUE = Button("Continue setup", "setup", "primary")
LEFT_ANY_EMPTY = "Leave any empty: when you press Next, I’ll ask them in Slack."
NUMBER = "phone "  # prefix of the names of number fields; a Slack user's id follows


@subcommand(
    "setup",
    Section.SETTING_UP,
    does="set up a team in three steps: channel, members, shifts",
    examples=("setup",),
    takes_time=True,
)
def setup(request: Request) -> Answer:
    """Return the form of the next missing step: the team itself, its members, its shifts."""
    team = _team_meant(request)
    if team is None:
        request.who.needs_to_make_teams()
        return team_form(request)
    elsewhere = request.is_in_free_channel and not request.named
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
    answer = next_step(team, request.now)
    if elsewhere and isinstance(answer, Form):
        said = f"This finishes *{escaped(team.name)}*, which isn’t set up yet."
        another = offers.open_to(request, [ANOTHER])
        first = section(said, another[0] if another else None)
        return replace(answer, blocks=[first, *answer.blocks])
    return answer


def _team_meant(request: Request) -> Team | None:
    """Return the team whose setup continues; None if a new one is meant.

    In a channel without a team, a new one is meant, unless the user has an unfinished one. Raises
    Refusal if several teams could be meant.
    """
    if not request.teams:
        return None
    if request.named or request.is_here:
        return request.team
    led = leads.led_by(request.actor)
    theirs = [team for team in request.teams if team.id in led]
    if request.leads_everywhere:  # then they weren't named a lead of the teams they made
        theirs += [team for team in request.teams if not leads.named(team)]
    unfinished = [team for team in theirs if steps_left(team)]
    if not unfinished and request.is_in_free_channel and request.makes_teams:
        return None
    if not unfinished and request.leads_everywhere:
        return request.team
    for candidates in (unfinished, theirs):
        if len(candidates) == 1:
            return candidates[0]
    if theirs:
        raise which_team(request.own_teams, unfinished or theirs)
    return None


def next_step(team: Team, now: datetime) -> Answer:
    """Return the form of the next step of a team's setup, or what to do once it's complete."""
    if not _has_members(team):
        return people_form(team)
    if not Shift.in_force(team):
        return _shifts_form(team, now)
    said, ask_again = missing.note(team)
    return Reply.of(
        f":white_check_mark: *{escaped(team.name)}* is set up: {described(team)}.",
        notify_time.warning(team),
        said,
        buttons=(
            *ask_again,
            Button("Text me a test", "test"),
            Button("Schedule", "schedule"),
            Button("Members", "members"),
            Button("Shifts", "shifts"),
            Button("Settings", "settings"),
            ANOTHER,
        ),
        title="Set up",
    )


def _shifts_form(team: Team, now: datetime, before: FilledIn | None = None) -> Form:
    """Return the form of step 3, filled in as `before`, if it is given."""
    return Form(
        "shifts pattern",
        "Step 3 of 3: shifts",
        [*pattern_fields(team, now, before), _back(team, "people")],
        context={"team": team.id, "setup": True},
        opened_by="setup",
    )


def _has_members(team: Team) -> bool:
    return any(member.is_active for member in Member.of_team(team))


def _members(request: Request) -> list[Member]:
    """Return the members who take turns, in rotation order."""
    return [member for member, _ in queue.in_order(request.team, request.now)]


# --- back ---------------------------------------------------------------------------------------


def _back(team: Team, step: str) -> Block:
    return actions([Button("Back", f"setup back {step}")], team.id)


@subcommand(
    "setup back",
    Section.BUTTONS,
    takes="STEP",
    does="the step before, with what was filled in",
    examples=("setup back team",),
    for_leads=True,
)
def back(request: Request) -> Form:
    """Return the previous step as it was filled in; keep what was filled in since."""
    team = request.team
    if request.words == ["team"]:
        return _filled_team_form(request)
    if request.words[:1] == ["shifts"]:
        return _shifts_form(team, request.now, FilledIn.of(request.words[1:]))
    return people_form(team, _picked_or_present(request), _typed(request))


def _picked_or_present(request: Request) -> list[str]:
    """Return the users picked so far; those who are members already, if none were."""
    return _picked(request) or [one.slack_user_id for one in _members(request) if one.slack_user_id]


def _picked(request: Request) -> list[str]:
    """Return the users picked so far, in the open form or the one before it."""
    found = request.values.get("people") or request.context.get("people") or []
    return [one for one in held(found, list) if isinstance(one, str)]


def _typed(request: Request) -> dict[str, str]:
    """Return the numbers that were typed so far, by field, in this form or one before it."""
    typed = {**held(request.context.get("typed") or {}, dict), **request.values}
    numbers = {name: str(text or "") for name, text in typed.items() if name.startswith(NUMBER)}
    return {name: text for name, text in numbers.items() if text}


# --- step 1: the team ----------------------------------------------------------------------------


def team_form(request: Request) -> Form:
    """Return the form that makes a team."""
    services, first = request.services, not Team.select().exists()
    profile = request.profile
    zone = None if isinstance(profile, Refusal) else profile.time_zone
    return Form(
        "team",
        STEP_1 if first else "Add a team",
        team_fields(
            channel=_free_channel(request),
            zone=zone or services.time_zone,
            notify=services.notify_at,
            note="Next creates the team.",
        ),
        opened_by="setup" if first else "teams add",
    )


def _filled_team_form(request: Request) -> Form:
    """Return the form of step 1 for a team that was just made."""
    team = request.team
    fields = team_fields(team.name, team.channel_id, team.time_zone, team.notify_at)
    context = {"team": team.id, "people": _picked(request), "typed": _typed(request)}
    return Form("team again", STEP_1, fields, context=context, opened_by="setup")


def _free_channel(request: Request) -> str | None:
    """Return the channel of the request, if it can become the team's."""
    return request.channel if request.is_in_free_channel else None


@form("team", makes_team=True)
def team_filled_in(request: Request) -> Answer:
    """Make the team in the form, and continue with its members."""
    read = read_team(request)
    channel = read.pop("channel_id")
    team = teams.make_own(request.who, channel=channel, **read, now=request.now)
    request.services.jobs.wake()
    return next_step(team, request.now)


@form("team again", for_leads=True)
def team_edited(request: Request) -> Answer:
    """Change a team that was just made, and continue with its members, as picked so far."""
    team = request.team
    read = read_team(request, team.channel_id)
    with suppress(NothingToDo):
        teams.change(team, read, actor=request.actor, now=request.now)
    team = Team.get_by_id(team.id)
    picked = _picked_or_present(request)
    if not picked and _has_members(team):  # nobody of them is in Slack, where one could pick them
        return next_step(team, request.now)
    return people_form(team, picked, _typed(request))


# --- step 2: its members -------------------------------------------------------------------------


def people_form(
    team: Team, picked: Sequence[str] = (), typed: Mapping[str, str] | None = None
) -> Form:
    """Return the form that asks who takes turns; `typed` are numbers already filled in."""
    return Form(
        "people",
        "Step 2 of 3: members",
        [
            people_field(
                "people",
                "Who’s in the rotation?",
                picked,
                hint="They take turns in the order in which you pick them.",
            ),
            _back(team, "team"),
        ],
        context={"team": team.id, "typed": dict(typed or {})},
        opened_by="setup",
    )


@form("people", for_leads=True)
def people_filled_in(request: Request) -> Answer:
    """Return the form for the numbers of people who were picked but aren't members yet.

    Members who were picked before, but aren't any longer, are removed.
    """
    team = request.team
    chosen = request.values.get("people") or []
    if len(chosen) > MOST_PEOPLE:
        raise Refusal(f"Pick at most {MOST_PEOPLE} at a time. Add the others later.", "people")
    typed = _typed(request)
    present = {one.slack_user_id: one for one in _members(request) if one.slack_user_id}
    blocks: list[Block] = []
    guests = []
    for user in chosen:
        profile = request.services.directory.profile(user)
        try:
            check_can_be_on_call(profile)
        except Refusal as refusal:
            raise refusal.about("people") from refusal
        if profile.is_guest:
            guests.append(user)
        if user not in present:
            field = f"{NUMBER}{user}"
            blocks.append(_number_field(field, profile.name, typed.get(field, "")))
    for user, member in present.items():
        if user not in chosen:
            reply = previews.ask(request, RemoveMember(member.id))
            if reply.decision:
                return reply
    if not blocks:
        return _in_this_order(request, chosen) or next_step(team, request.now)
    return Form(
        "numbers",
        "Step 2 of 3: numbers",
        [
            section(LEFT_ANY_EMPTY),
            context(number_hint(request)),
            *_warnings(request, chosen, guests),
            *blocks,
            _back(team, "people"),
        ],
        context={"people": chosen, "team": team.id},
        opened_by="setup",
    )


def _warnings(request: Request, users: Sequence[str], guests: Sequence[str]) -> list[Block]:
    """Return a warning about people who wouldn't see the team's posts, and one about guests."""
    channel = request.team.channel_id
    away = request.services.directory.absent(channel, users) if channel else []
    said = []
    if away:
        verb = "isn’t" if len(away) == 1 else "aren’t"
        said.append(
            f"{_named(away)} {verb} in <#{channel}> and won’t see its posts. Invite them there."
        )
    if guests:
        verb = "is a guest" if len(guests) == 1 else "are guests"
        said.append(
            f"{_named(guests)} {verb} in this workspace. Guests can be on call, too; if that’s a "
            "mistake, go back."
        )
    return [context("\n".join(f":warning: {line}" for line in said))] if said else []


def _named(users: Sequence[str]) -> str:
    return joined([f"<@{one}>" for one in users])


def _number_field(name: str, person: str, typed: str) -> Block:
    return text_field(
        name,
        f"Number of {person}",
        typed,
        placeholder="+13125550101",
        optional=True,
        most=LONGEST,
    )


@form("numbers", for_leads=True)
def numbers_filled_in(request: Request) -> Answer:
    """Add everybody with their numbers, and continue with the shifts."""
    fields = Fields(request.values)
    chosen = _picked(request)
    people, seen = [], dict[str, str]()
    for user in chosen:
        field = f"{NUMBER}{user}"
        if field not in request.values:
            continue  # already a member
        profile = request.services.directory.profile(user)
        with fields.reading(field):
            phone = optional_number(request, fields.text(field))
            if phone in seen:
                raise Refusal(f"That is {seen[phone]}’s number. Everybody needs their own.")
            if phone:
                seen[phone] = profile.name
            people.append(NewMember(profile.name, phone, user, profile.time_zone))
    fields.done()
    reply = previews.ask(request, AddMembers(people))
    if reply.decision:
        return reply
    return _in_this_order(request, chosen) or next_step(request.team, request.now)


def _in_this_order(request: Request, chosen: Sequence[str]) -> Reply | None:
    """Put the members into the order in which they were picked; return a refusal or None."""
    members = _members(request)
    place = {user: at for at, user in enumerate(chosen)}
    wanted = sorted(members, key=lambda one: place.get(one.slack_user_id or "", len(place)))
    if wanted == members:
        return None
    reply = previews.ask(request, Reorder([one.id for one in wanted]))
    return reply if reply.decision else None


@words_for(AddMembers)
def _members_added(_: Team, done: MembersAdded) -> OutcomeText:
    known = [f"{escaped(one.name)} {spaced(one.phone)}" for one in done.people if one.phone]
    asked = [escaped(one.name) for one in done.people if not one.phone]
    count = several(len(done.people), "person is", "people are")
    numbers = [f"Texts go to: {', '.join(known)}."] if known else []
    numbers += [f"I’ll ask in Slack for the numbers of {joined(asked)}."] if asked else []
    return OutcomeText(
        f"{count} in the rotation. {' '.join(numbers)}",
        f"`{COMMAND} members` lists them.",
        echo=" ".join(numbers),
    )


def steps_left(team: Team) -> str:
    """Return what a team still needs, such as 'members and shifts'; '' if it's set up."""
    members = [] if _has_members(team) else ["members"]
    return joined(members + ([] if Shift.in_force(team) else ["shifts"]))


def unfinished(team: Team) -> str:
    """Return the note to leads that their team isn't set up yet."""
    return f"*{escaped(team.name)}* isn’t set up yet. It still needs {steps_left(team)}."
