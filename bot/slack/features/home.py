"""The Home tab: who is on call, my shifts, the coming weeks; for leads, what needs attention."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, partial

from slack_sdk.models.blocks import Block, DividerBlock, HeaderBlock, PlainTextObject
from slack_sdk.models.views import View

from bot.health import PULSE
from bot.slack import agreeing, offers
from bot.slack.blocks import Button, Reply, actions, context, section, sections
from bot.slack.features import notifications, on_call, setup, shifts
from bot.slack.features.members import own_number
from bot.slack.features.members import show as members
from bot.slack.refusals import worded
from bot.slack.request import Request
from scheduling import leads, phones, zones
from scheduling.changes import agreement
from scheduling.changes.people import everyone
from scheduling.changes.settings import described
from scheduling.clock import distance
from scheduling.numbers import spaced
from scheduling.rota import schedule, turns
from scheduling.rota.timeline import OnCallPeriod
from scheduling.words.lines import mention
from scheduling.words.mrkdwn import escaped
from scheduling.words.times import clock_time, length, wall_clock
from scheduling.words.wording import joined
from storage.models import Heartbeat, Member, Team

BLOCKS = 100
MINE, REQUESTS, OTHERS = 5, 5, 10  # as many as are shown of each
AHEAD = timedelta(weeks=2)
LINES = 30

TurnIn = Callable[[Team], OnCallPeriod | None]


def view(request: Request) -> View:
    """Return the Home tab of the request's user."""
    found = request.teams
    if request.is_outsider and not found:
        said = worded(request.refused_to_outsiders(asked=False))
        return _home([section(f"You’re a guest here. {said}")])
    if not found:
        return _home(_first_start(request))
    theirs = (request.own_teams, leads.led_by(request.actor))
    own = [one for ids in theirs for one in found if one.id in ids]
    turn_in = cache(partial(_my_turn, request))
    team = _soonest(own, turn_in, request.now) if len(own) > 1 else (own or found)[0]
    request.turns_to(team)
    others = [one for one in found if one.id != team.id]
    unfinished = [one for one in others if setup.steps_left(one) and request.roles.leads(one)]
    blocks = [*_everybody(request, team), *_unfinished(unfinished)]
    blocks += [*_mine(request, team), *_weeks(request, team), *_requests(request, team)]
    blocks += _others(request, [one for one in others if one not in unfinished], turn_in)
    if request.leads_team:
        blocks += _for_leads(request, team)
    elif request.makes_teams and not any(theirs):
        blocks += _own_team()
    return _home(blocks)


def _soonest(own: list[Team], turn_in: TurnIn, now: datetime) -> Team:
    """Return the reader's team in which they are on call first; one without shifts comes last.

    So a team that somebody has just begun to set up doesn't hide another one.
    """

    def when(team: Team) -> tuple[bool, bool, datetime]:
        turn = turn_in(team)
        return bool(setup.steps_left(team)), turn is None, turn.start if turn else now

    return min(own, key=when)


def trouble(reply: Reply) -> View:
    """Return a Home tab with an error."""
    return _home(reply.blocks())


def _home(blocks: list[Block]) -> View:
    return View(type="home", blocks=blocks[:BLOCKS])


def _first_start(request: Request) -> list[Block]:
    steps = (
        "1. *The team*: its name, channel and time zone\n"
        "2. *Its members*: who’s in the rotation. I’ll ask everyone for their number\n"
        "3. *Its shifts*: a week each, a day each, or whatever you like"
    )
    blocks = [
        _header("Welcome to WhoseOnFirst"),
        section(
            "I keep your team’s on-call rotation, and every morning I text whoever is on call. "
            "Setup takes three steps and ends with a test text:"
        ),
        section(steps),
    ]
    if request.makes_teams:
        return [*blocks, actions([Button("Set up a team", "setup", "primary")], 0)]
    return [*blocks, context(f"A lead can set up the first team. {request.who_could()}")]


def _everybody(request: Request, team: Team) -> list[Block]:
    overview = on_call.overview(request)
    buttons = [
        Button("Schedule", "schedule"),
        Button("Cover a shift myself", "take"),
        *([offers.HAVE_COVERED] if request.leads_team else []),
        Button("Overrides", "overrides"),
        Button("Why?", "why"),
        Button("Notifications", "notifications"),
    ]
    if request.leads_team and setup.steps_left(team):
        buttons.insert(0, setup.CONTINUE)
    return [
        _header(team.name),
        section("\n".join(overview.paragraphs)),
        actions(offers.open_to(request, buttons), team.id),
    ]


def _mine(request: Request, team: Team) -> list[Block]:
    me = request.member
    if me is None:
        return []
    to_come = turns.coming(team, me, request.now)
    blocks: list[Block] = [DividerBlock(), _header("My next shifts")]
    if missing := _number_trouble(me):
        blocks.append(section(missing, Button("Enter my number", "number", "primary"), team.id))
    blocks += _travelling(request, team, me)
    if not to_come:
        return [*blocks, section("None planned yet.")]
    for turn in to_come[:MINE]:
        start = max(turn.start, request.now)
        since = _since(turn, team, request.now)
        button = Button("Find cover", f"cover {start.timestamp():.0f} {turn.end.timestamp():.0f}")
        blocks.append(section(f"{since}, for {length(turn.end - start)}", button, team.id))
    more = [
        Button("All my shifts", "mine"),
        Button("Swap", "swap"),
        Button("My details", f"members edit {mention(me)}"),
    ]
    return [*blocks, actions(offers.open_to(request, more), team.id)]


def _number_trouble(me: Member) -> str:
    """Return what keeps texts from somebody's number; '' if nothing does."""
    if me.phone is None:
        return ":phone: I don’t have a phone number for you yet."
    number, known = spaced(me.phone), phones.known([me.phone]).get(me.phone)
    if known and known.opted_out_at:
        return f":no_entry: {own_number.opted_out(number)} Or enter another one."
    if not (known and known.confirmed_at) and not phones.replies_lost():
        return (
            f":phone: {number} isn’t confirmed yet. If it’s yours, reply OK to any text from me. "
            "If not, enter yours."
        )
    return ""


def _travelling(request: Request, team: Team, me: Member) -> list[Block]:
    """Return a question for somebody whose zone in Slack isn't the one in their texts.

    It only asks, because a week abroad must not overwrite the zone that they chose.
    """
    profile = request.services.directory.known(request.actor)
    texts, there = me.time_zone or team.time_zone, profile and profile.time_zone
    if not there or _offset(texts, request.now) == _offset(there, request.now):
        return []
    here = zones.city(there)
    said = f"You’re on {here} time in Slack, but your texts use {zones.city(texts)} time."
    return [section(said, Button(f"Use {here} time", f"members edit zone {there}"), team.id)]


def _offset(zone: str, now: datetime) -> timedelta | None:
    known = zones.known(zone)
    return now.astimezone(known).utcoffset() if known else None


def _weeks(request: Request, team: Team) -> list[Block]:
    """Return the next two weeks, a line for each segment."""
    clock = schedule.clock_of(team)
    planned = schedule.planned_until(team) or request.now
    people = request.people
    lines = []
    for one in schedule.segments(team, request.now, request.now + AHEAD):
        if not one.members and one.start >= planned:
            continue
        start = "now" if one.start <= request.now else wall_clock(one.start, clock)
        who = joined([escaped(people[each].name) for each in one.members]) or "nobody"
        covered = joined([escaped(people[each].name) for each in one.covered])
        lines.append(f"{start}  *{who}*" + (f", for {covered}" if covered else ""))
    if not lines:
        return []
    cut = [f"… and {len(lines) - LINES} more"] if len(lines) > LINES else []
    return [
        DividerBlock(),
        _header("Next two weeks"),
        *sections("\n".join(lines[:LINES] + cut)),
        context(f"Times in {team.time_zone}."),
    ]


def _requests(request: Request, team: Team) -> list[Block]:
    found = agreement.waits(team, request.now, request.actor)[-REQUESTS:]
    if not found:
        return []
    return [
        DividerBlock(),
        _header("Open requests"),
        *(
            block
            for one in found
            for block in (
                section(agreeing.sentence(request, one)),
                actions(agreeing.buttons(request, one), team.id),
            )
        ),
    ]


def _others(request: Request, found: list[Team], turn_in: TurnIn) -> list[Block]:
    if not found:
        return []
    blocks: list[Block] = [DividerBlock(), _header("Other teams")]
    for team in found[:OTHERS]:
        people = schedule.members_by_id(team)
        now = schedule.on_call(team, request.now).members
        who = everyone(people, now) or "nobody"
        button = Button("Schedule", "schedule")
        line = f"*{escaped(team.name)}*: {who} on call"
        if mine := turn_in(team):
            line += f"\nYour next shift: {_since(mine, team, request.now)}"
        blocks.append(section(line, button, team.id))
    return blocks


def _since(turn: OnCallPeriod, team: Team, now: datetime) -> str:
    """Return when a shift in a team begins, as people read it."""
    return "now" if turn.start <= now else clock_time(turn.start, schedule.clock_of(team))


def _my_turn(request: Request, team: Team) -> OnCallPeriod | None:
    """Return the reader's current or next shift in a team; None if they have none."""
    me = Member.in_slack(team, request.actor)
    return schedule.next_turn(team, me.id, request.now) if me else None


def _unfinished(found: list[Team]) -> list[Block]:
    """Return the teams that the reader leads and whose setup isn't finished."""
    return [section(setup.unfinished(one), setup.CONTINUE, one.id) for one in found[:OTHERS]]


def _own_team() -> list[Block]:
    """Return how somebody without a team can make one."""
    return [
        DividerBlock(),
        section("Don’t see your team?", Button("Set up a team", "teams add")),
    ]


def _for_leads(request: Request, team: Team) -> list[Block]:
    people = members.listed(request, full=True)
    slots = shifts.listed(team, request.now)
    blocks: list[Block] = [
        DividerBlock(),
        _header("For leads"),
        *sections("*Members*\n" + ("\n".join(people) or "Nobody yet.")),
        actions(members.BUTTONS, team.id),
        *sections("*Shifts*\n" + ("\n".join(slots) or "None yet.")),
        actions(shifts.BUTTONS, team.id),
        section(f"*Settings*\n{described(team)}", Button("Change", "settings"), team.id),
    ]
    troubles = notifications.troubles(team, request)
    trouble_lines = "\n".join(troubles) or ":white_check_mark: None."
    return [
        *blocks,
        *sections(f"*Delivery problems in the last week*\n{trouble_lines}"),
        section(f"*Health*\n{_health(request)}"),
        actions(
            [
                Button("Undo", "undo"),
                Button("Audit", "audit"),
                Button("Plan ahead", "generate"),
                Button("Teams", "teams"),
                Button("Leads", "admins"),
                Button("Escalation", "escalation"),
                Button("Costs", "costs"),
            ],
            team.id,
        ),
    ]


def _health(request: Request) -> str:
    beat = Heartbeat.get_or_none(Heartbeat.id == 1)
    if beat is None or distance(request.now, beat.beaten_at) > PULSE:
        return ":warning: The scheduler hasn’t reported in for 3 min. See the log."
    up = length(request.now - beat.started_at)
    state = ":white_check_mark:" if beat.slack_connected else ":warning:"
    heard = beat.twilio_answered_at
    twilio = (
        f"answered {length(distance(request.now, heard))} ago" if heard else "hasn’t answered yet"
    )
    return f"{state} Running for {up}; Slack {escaped(beat.detail)}, Twilio {twilio}."


def _header(text: str) -> Block:
    return HeaderBlock(text=PlainTextObject(text=text[:150], emoji=True))
