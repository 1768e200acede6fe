"""/oncall settings, teams, setup: what belongs to a team."""

import re
from datetime import datetime
from typing import Any

from slack_sdk.models.blocks import Block

from bot.slack import previews, when
from bot.slack.blocks import Button, Reply, context, section
from bot.slack.command import (
    Answer,
    Done,
    Section,
    Told,
    deed,
    form,
    subcommand,
    words_for,
)
from bot.slack.features.shifts import pattern_fields
from bot.slack.forms import (
    Fields,
    Form,
    channel_field,
    choice,
    held,
    people_field,
    text_field,
    ticks,
    time_field,
)
from bot.slack.paging import page_of
from bot.slack.reading import check_can_be_on_call, number_hint, read_channel, read_number
from bot.slack.request import Request, team_word, which_team
from bot.slack.typed import COMMAND, echo, number_of
from scheduling.changes import checks, roster, teams
from scheduling.changes.people import everyone
from scheduling.changes.proposals import Facts
from scheduling.changes.teams import ChangeSettings, SettingsChanged
from scheduling.errors import NothingToDo, Refusal
from scheduling.numbers import LONGEST, spaced
from scheduling.rota import schedule
from scheduling.words.gsm import counted
from scheduling.words.mrkdwn import escaped
from scheduling.words.sms import DEFAULT_TEXT, PLACEHOLDERS, unknown_placeholders
from scheduling.words.wording import several
from storage.models import Member, Shift, Team

STRATEGIES = (
    ("circular", "circular: everybody moves on by one shift a week"),
    ("round_robin", "round_robin: the shifts are dealt on and on, like cards"),
)
# What can be set, by the word that one types.
WORDS = {
    "name": "name",
    "channel": "channel_id",
    "zone": "time_zone",
    "notify": "notify_at",
    "strategy": "strategy",
    "sms": "sms_text",
    "second-day": "second_day_sms",
    "confirm": "confirm_within",
    "summary": "weekly_summary",
    "sms-cap": "most_segments",
}
# Those that are on or off, with what ticking them says.
SWITCHES = {
    "second-day": ("Long shifts", "An SMS on their later days, too (“day 2 of 2”)"),
    "summary": ("Mondays", "The week’s list in the channel, and to the escalation contacts by SMS"),
}
# With one of these in the place of a text, the team has the standard one again.
_STANDARD = ("default", "standard", "none", "off", "reset")
# With one of these in the place of a channel, or with the tick in the form, the team has none.
_NO_CHANNEL, _LEAVES_CHANNEL = ("none", "off"), "no-channel"
SET = "settings notify 07:30"
MOST_PEOPLE = 50  # in one form
PAGE = 20  # teams


# --- settings ---------------------------------------------------------------------------------


@subcommand(
    "settings",
    Section.SETTING_UP,
    takes="[WHAT VALUE]",
    does="the team’s name, channel, zone, notify time, strategy, SMS text, time to "
    "confirm, weekly summary and limit of SMS",
    examples=(
        "settings",
        SET,
        "settings zone Europe/Berlin",
        "settings sms Hi {first}, you are on call until {until}.",
        "settings sms default",
        "settings second-day off",
        "settings confirm 10",
        "settings summary on",
        "settings sms-cap 200",
    ),
    for_leads=True,
)
def settings(request: Request) -> Answer:
    """Open the form with the settings, or change one: 'zone Europe/Berlin'."""
    if not request.words:
        team = request.team
        return settings_form(
            team,
            {
                "name": team.name,
                "channel": team.channel_id,
                "zone": team.time_zone,
                "notify": team.notify_at,
                "strategy": team.strategy,
                "sms": team.sms_text or "",
                "second-day": ["yes"] if team.second_day_sms else [],
                "confirm": str(team.confirm_within or ""),
                "summary": ["yes"] if team.weekly_summary else [],
                "sms-cap": str(team.most_segments),
            },
        )
    word, *rest = request.words
    if word.lower() not in WORDS or not rest:
        raise Refusal(
            f"Say what, and its new value. There are: {', '.join(WORDS)}. For example: "
            f"`{COMMAND} {SET}`, or `{COMMAND} settings` for all of them."
        )
    value: Any = " ".join(rest)
    if word.lower() == "channel":
        cleared = value.lower() in _NO_CHANNEL
        value = None if cleared else read_channel(request, value)
    elif word.lower() == "notify":
        value = f"{when.wall_time(value):%H:%M}"
    elif word.lower() in SWITCHES:
        value = _on_or_off(word.lower(), value)
    elif word.lower() == "confirm":
        value = _minutes(value)
    elif word.lower() == "sms-cap":
        value = _segments(value)
    elif word.lower() == "strategy":
        value = value.lower()
    elif word.lower() == "sms" and value.lower() in _STANDARD:
        value = None
    return previews.ask_for(request, ChangeSettings({WORDS[word.lower()]: value}))


def _on_or_off(word: str, text: str) -> bool:
    if text.lower() not in ("on", "off"):
        raise Refusal(f"Write on or off, for example `{COMMAND} settings {word} off`.")
    return text.lower() == "on"


def _minutes(text: str) -> int | None:
    """Return the minutes in which somebody has to confirm; None for off."""
    if text.lower() in ("", "off", "none"):
        return None
    minutes = number_of(re.sub(r"\s*min(utes?)?$", "", text.lower()))
    if minutes is None:
        raise Refusal(
            f"{echo(text)} is no number of minutes. For example: `{COMMAND} settings confirm 10`, "
            f"or `{COMMAND} settings confirm off`.",
            "confirm",
        )
    return minutes


def _segments(text: str) -> int:
    segments = number_of(text)
    if segments is None:
        raise Refusal(
            f"{echo(text)} is no number of SMS. For example: `{COMMAND} settings sms-cap 200`.",
            "sms-cap",
        )
    return segments


def settings_form(team: Team, values: dict[str, Any], known: dict[str, Any] | None = None) -> Form:
    """Return the form with a team's settings as they are filled in.

    `known` is what stood there when it was opened, if these are not it.
    """
    return Form(
        "settings",
        "Team settings",
        [
            text_field("name", "Name", values["name"] or "", most=40),
            *_channel_fields(team, values),
            text_field(
                "zone",
                "Time zone",
                values["zone"] or "",
                hint="An IANA name, like America/Chicago. Shifts keep their wall-clock times.",
                most=60,
            ),
            time_field("notify", "Morning message at", values["notify"]),
            choice("strategy", "Strategy", STRATEGIES, values["strategy"]),
            text_field(
                "sms",
                "Text of the morning’s SMS",
                values["sms"] or "",
                placeholder=DEFAULT_TEXT,
                hint="Empty: the standard text. In braces goes what changes: "
                + ", ".join(f"{{{name}}}" for name in PLACEHOLDERS),
                optional=True,
                lines=True,
                most=480,
                live=True,
            ),
            section(_counted(team, values["sms"] or None)),
            *(
                ticks(word, label, [("yes", says)], values[word] or [])
                for word, (label, says) in SWITCHES.items()
            ),
            text_field(
                "confirm",
                "Minutes to confirm",
                values["confirm"] or "",
                placeholder="10",
                hint="Empty: nobody has to. Else whoever gets the SMS replies OK within this time, "
                "or the fallback goes on as if it had not arrived.",
                optional=True,
                most=10,
            ),
            text_field(
                "sms-cap",
                "Limit of SMS",
                values["sms-cap"] or "",
                hint="So many SMS segments within 24 hours at most; beyond, I write in Slack.",
                most=10,
            ),
        ],
        submit="Next",
        context={"known": known or values},
    )


def _channel_fields(team: Team, values: dict[str, Any]) -> list[Block]:
    """Return the field with the team's channel, and the tick that leaves the team without one.

    Slack may show the field empty, and send it back so, to somebody who is not in that channel.
    """
    if not team.channel_id:
        return [channel_field("channel", "Channel", values["channel"], optional=True)]
    hint = "Leave empty to keep it as it is."
    return [
        channel_field("channel", "Channel", values["channel"], hint=hint, optional=True),
        ticks(
            _LEAVES_CHANNEL,
            "No channel",
            [("yes", "Remove the channel: nothing gets posted for this team")],
            values.get(_LEAVES_CHANNEL) or [],
        ),
    ]


def settings_changed(request: Request) -> Form:
    """Return the form with the count of what is being typed."""
    typed = {name: request.values.get(name) for name in (*WORDS, _LEAVES_CHANNEL)}
    return settings_form(request.team, typed, held(request.context["known"], dict))


def _counted(team: Team, text: str | None) -> str:
    """Return what an SMS text comes to: characters, segments, and what makes it dear."""
    unknown = unknown_placeholders(text or "")
    if unknown:
        return f":warning: I do not know {escaped(', '.join(unknown))}."
    sample = teams.sample(team, text)
    count = counted(sample)
    said = f"{several(count.characters, 'character')}, {several(count.segments, 'SMS segment')}"
    if count.foreign:
        signs = " ".join(count.foreign[:10])
        said += f". With {escaped(signs)} in it a segment has 70 characters instead of 160"
    return f"For example: “{escaped(sample)}”\n*{said}.*"


@form("settings", changed=settings_changed, for_leads=True)
def settings_filled_in(request: Request) -> Answer:
    """Change what the form says."""
    fields = Fields(request.values)
    team = request.team
    wanted: dict[str, Any] = {
        "notify_at": fields["notify"],
        "strategy": fields["strategy"],
        **{WORDS[word]: bool(fields[word]) for word in SWITCHES},
    }
    with fields.reading("confirm"):
        wanted["confirm_within"] = _minutes(fields.text("confirm"))
    with fields.reading("sms-cap"):
        wanted["most_segments"] = _segments(fields.text("sms-cap"))
    with fields.reading("name"):
        wanted["name"] = checks.check_team_name(fields.text("name"))
    with fields.reading("zone"):
        wanted["time_zone"] = checks.check_zone(fields.text("zone"))
    with fields.reading("sms"):
        text = fields.text("sms")
        wanted["sms_text"] = teams.check_text(team, text) if text else None
    known = held(request.context["known"], dict)
    with fields.reading("channel"):
        chosen, before = fields["channel"], known.get("channel")
        leaves = bool(fields[_LEAVES_CHANNEL])
        if leaves and chosen and chosen != before:
            raise Refusal("Choose another channel, or tick “No channel”, but not both.")
        if chosen and not leaves and chosen != team.channel_id:
            request.services.directory.enter(chosen)
        wanted["channel_id"] = None if leaves else chosen or before
    fields.done()
    # Only what was changed in the form: the rest may be another by now.
    given = {**request.values, "channel": wanted["channel_id"]}  # an empty picker is no change
    changed = {
        WORDS[word]: wanted[WORDS[word]]
        for word in WORDS
        if (given.get(word) or None) != (known.get(word) or None)
    }
    if not changed:
        raise NothingToDo(f"That is how {team.name} is set already, so nothing was changed.")
    return previews.ask_for(request, ChangeSettings(changed))


@words_for(ChangeSettings)
def _set(_: Team, done: SettingsChanged) -> Told:
    said = "\n".join(
        f"• {teams.SETTINGS[key]}: {_said(key, getattr(done.team, key))}" for key in done.changed
    )
    return Told(
        f"*{escaped(done.team.name)}* is set:\n{said}",
        f"`{COMMAND} undo` takes it back.",
        echo=said,
    )


def _said(key: str, value: Any) -> str:
    if key == "channel_id":
        return f"<#{value}>" if value else "none"
    if key in ("second_day_sms", "weekly_summary"):
        return "on" if value else "off"
    if key == "confirm_within":
        return f"{value} min" if value else "off"
    if key == "most_segments":
        return f"{value} segments within 24 hours"
    if key == "sms_text":
        return f"“{escaped(value)}”" if value else "the standard text"
    return escaped(str(value))


def described(team: Team) -> str:
    """Return a team's settings in a few lines of mrkdwn."""
    channel = f"<#{team.channel_id}>" if team.channel_id else "no channel"
    later = "" if team.second_day_sms else ", none on later days of a long shift"
    if team.confirm_within:
        later += f", to be confirmed within {team.confirm_within} min"
    if team.weekly_summary:
        later += ", the week’s list on Mondays"
    return (
        f"{channel}, {team.time_zone}, message at {team.notify_at}{later}, {team.strategy}, "
        f"planned {several(team.weeks_ahead, 'week')} ahead"
    )


# --- teams, setup -----------------------------------------------------------------------------


@subcommand(
    "teams",
    Section.LOOKING,
    takes="[PAGE]",
    does="the teams, their channels, and who is on call in each",
    examples=("teams",),
    takes_time=True,
)
def show_teams(request: Request) -> Reply:
    """Return the teams and who is on call in each."""
    lines = []
    page = page_of(request, "teams", request.teams, PAGE)
    for team in page.ones:
        now = schedule.on_call(team, request.now).members
        people = schedule.members_by_id(team)
        who = everyone(people, now) or "nobody"
        lines.append(f"• *{escaped(team.name)}*: {who} on call. {described(team)}")
    if not lines:
        raise Refusal(f"No team is set up yet. Set one up in three steps: `{COMMAND} setup`.")
    return Reply.of(
        f"*Teams*{page.title}",
        "\n".join(lines),
        small_print="A command acts on the team of the channel it is typed in. "
        f"To name another: `{COMMAND} {team_word(request.teams[0])}`.",
        buttons=(*page.buttons, Button("Add a team", "teams add")),
        title="Teams",
    )


@subcommand(
    "which",
    Section.BUTTONS,
    takes="PAGE [LINE]",
    does="more teams to choose from (the buttons of the question which one is meant)",
    examples=("which 2 schedule",),
    takes_time=True,
)
def which(request: Request) -> Reply:
    """Ask which team is meant; the listener knows for what, and shows the page."""
    if not request.teams:
        raise Refusal(f"No team is set up yet. Set one up in three steps: `{COMMAND} setup`.")
    raise which_team(request.own_teams, request.teams)


@subcommand(
    "teams add",
    Section.SETTING_UP,
    takes="[NAME #CHANNEL]",
    does="make a team; it takes the zone and notify time of the present one",
    examples=("teams add payments #payments",),
    for_leads=True,
    everywhere=True,
)
def add_team(request: Request) -> Answer:
    """Make a team: 'payments #payments'."""
    if not request.words:
        return team_form(request)
    if len(request.words) < 2:
        raise Refusal(
            f"A team needs a name and a channel. For example: `{COMMAND} teams add payments "
            "#payments`."
        )
    *name, channel = request.words
    # Like the first team, else like the settings say.
    pattern = Team.select().order_by(Team.id).first() or request.services
    team = teams.make(
        name=" ".join(name),
        channel=read_channel(request, channel),
        time_zone=pattern.time_zone,
        notify_at=pattern.notify_at,
        actor=request.actor,
        now=request.now,
    )
    request.services.jobs.wake()
    word = team_word(team)
    return Reply.of(
        f":white_check_mark: The team *{escaped(team.name)}* is made: {described(team)}.",
        small_print="Nobody is in it yet.",
        buttons=(Button("Add members and shifts", f"setup {word}"),),
        title="Done",
    )


@subcommand(
    "setup",
    Section.SETTING_UP,
    does="a team in three steps: channel, members, shifts",
    examples=("setup",),
    for_leads=True,
)
def setup(request: Request) -> Answer:
    """Return the next step that a team needs: itself, its members, its shifts."""
    if not Team.select().exists():
        return team_form(request)
    return next_step(request.team)


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
    return Reply.of(
        f":white_check_mark: *{escaped(team.name)}* is set up: {described(team)}.",
        buttons=(
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
                hint="The morning’s post goes there, and commands typed there are about this team.",
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


@form("team", for_leads=True, everywhere=True)
def team_filled_in(request: Request) -> Answer:
    """Make the team that the form describes, and go on to its members."""
    fields = Fields(request.values)
    name = zone = ""
    with fields.reading("name"):
        name = checks.check_team_name(fields.text("name"))
    with fields.reading("zone"):
        zone = checks.check_zone(fields.text("zone"))
    with fields.reading("channel"):
        request.services.directory.enter(fields["channel"])
    fields.done()
    team = teams.make(
        name=name,
        channel=fields["channel"],
        time_zone=zone,
        notify_at=fields["notify"],
        actor=request.actor,
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
    blocks: list[Block] = [context(number_hint(request))]
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
            phone = read_number(request, fields.text(field))
            if phone in seen:
                raise Refusal(f"That is {seen[phone]}’s number. Everybody needs their own.")
            seen[phone] = profile.name
            people.append(
                {
                    "name": profile.name,
                    "phone": phone,
                    "slack_user_id": user,
                    "time_zone": profile.time_zone,
                }
            )
    fields.done()
    reply = previews.ask(request, "members added", {"people": people})
    return reply if reply.buttons else next_step(request.team)


@deed("members added")
def _members_added(team: Team, facts: Facts, actor: str, now: datetime) -> Done:
    for person in facts["people"]:
        try:
            roster.add_member(team, **person, actor=actor, now=now)
        except Refusal as refusal:
            raise refusal.about(f"phone {person['slack_user_id']}") from refusal
    count = len(facts["people"])
    numbers = ", ".join(f"{escaped(one['name'])} {spaced(one['phone'])}" for one in facts["people"])
    return Done(
        f"Take {several(count, 'person', 'people')} into the rotation",
        f"{several(count, 'person is', 'people are')} in the rotation: {numbers}.",
        f"`{COMMAND} members` lists them.",
        echo=f"Texts go to: {numbers}.",
    )


def steps_left(team: Team) -> bool:
    """Tell whether a team still lacks members or shifts."""
    return not (any(member.is_active for member in Member.of_team(team)) and Shift.in_force(team))
