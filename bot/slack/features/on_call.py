"""/oncall, who, share: who is on call, now or at another time."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.slack import offers, when
from bot.slack.blocks import Button, Reply
from bot.slack.command import Section, subcommand
from bot.slack.features import setup
from bot.slack.paging import first_of
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling import limits
from scheduling.changes.people import everyone
from scheduling.errors import Refusal
from scheduling.notifications import known_leads
from scheduling.rota import schedule
from scheduling.rota.timeline import OnCallPeriod, Segment
from scheduling.words.mrkdwn import covering_note, escaped
from scheduling.words.times import Clock, clock_time, dated, span_with_zone, time_beside
from storage.models import Member, Team

MOST_NAMED = 3  # leads who can finish a setup
SMALL_PRINT = f"`{COMMAND} help` shows what else I can do."
BUTTONS = (
    Button("Schedule", "schedule"),
    Button("My shifts", "mine"),
    Button("Cover a shift myself", "take"),
    Button("Share to channel", "share"),
)


@subcommand(
    "",
    Section.NOW,
    does="who’s on call now, until when, and who’s next",
    examples=("",),
    of_outsiders=True,
    question=True,
)
def show(request: Request) -> Reply:
    """Return who is on call at the request's time."""
    known = request.services.directory.known(request.actor)
    guest = known is not None and known.is_outsider and not request.own_teams
    said = overview(request)
    usual = () if setup.steps_left(request.team) else _buttons(request)
    return replace(said, buttons=() if guest else said.buttons or usual)


def _buttons(request: Request) -> tuple[Button, ...]:
    *others, share_it = BUTTONS
    return (*others, *([offers.HAVE_COVERED] if offers.leads(request) else []), share_it)


@subcommand(
    "who",
    Section.NOW,
    takes="[WHEN]",
    does="who’s on call at another time",
    examples=("who friday 6pm", "who tomorrow", "who 2026-12-24 18:00"),
    question=True,
)
def who(request: Request) -> Reply:
    """Return who is on call at a moment or during a day, past or future."""
    team = request.team
    start, end = when.moment(" ".join(request.words), team, request.now)
    if start == end == request.now:
        return show(request)
    clock = schedule.clock_of(team)
    people = schedule.members_by_id(team)
    planned = schedule.planned_until(team) or request.now
    if start == end:
        segment = schedule.on_call(team, start)
        at = clock_time(start, clock)
        if not segment.members:
            said = _nobody(request, start >= planned, at, not_begun(team, start))
            return Reply.of(said, buttons=BUTTONS[:1])
        verb = "was" if start < request.now else "will be"
        # The rest of the turn, from that moment on.
        turn = schedule.coming(team, start)[0]
        return Reply.of(
            f":telephone_receiver: {at}: {everyone(people, segment.members)} {verb} on call for "
            f"*{escaped(team.name)}*, until {time_beside(turn.end, clock, start)}"
            f"{_segment_why(people, segment)}.",
            buttons=(Button("Why?", f"why {_typed(request, start)}"), BUTTONS[0]),
        )
    segments = schedule.segments(team, start, end)
    day = _days(start, end, clock)
    lines = [
        f"• {span_with_zone(one.start, one.end, clock, request.now)}: "
        + (everyone(people, one.members) or "*nobody*")
        + _segment_why(people, one)
        for one in segments
        if one.members or one.start < planned
    ]
    waits = "" if any(one.members for one in segments) else not_begun(team, start)
    if not lines or waits:
        said = _nobody(request, True, day[0].upper() + day[1:], waits)
        return Reply.of(said, buttons=BUTTONS[:1])
    shown = first_of(lines)
    if len(shown) < len(lines):
        shown.append(f"… and {len(lines) - len(shown)} more: `{COMMAND} schedule` has pages.")
    return Reply.of(
        f":telephone_receiver: On call for *{escaped(team.name)}* {day}:",
        "\n".join(shown),
        buttons=BUTTONS[:1],
    )


@subcommand(
    "share",
    Section.NOW,
    does="post who’s on call in this channel",
    examples=("share",),
    takes_time=True,
)
def share(request: Request) -> Reply:
    """Post who is on call now in the channel, and who asked."""
    if request.channel is None:
        raise Refusal(
            f"There’s no channel here to share it to. Type `{COMMAND} share` in a channel."
        )
    reply = overview(request, for_all=True)
    limits.use(request.actor, "share", request.channel, request.now)
    return replace(
        reply, small_print=f"Shared by <@{request.actor}> with `{COMMAND} share`.", in_channel=True
    )


def overview(request: Request, *, for_all: bool = False) -> Reply:
    """Return who is on call now, until when, and who is next.

    Its only button, if any, lets a lead finish the setup. `for_all` is whether everybody in the
    channel reads it.
    """
    now, *later = schedule.coming(request.team, request.now)
    following = next((s for s in later if s.members and s.members != now.members), None)
    people = schedule.members_by_id(request.team, [now, following] if following else [now])
    clock = schedule.clock_of(request.team)
    at = partial(time_beside, clock=clock) if for_all else request.at
    until = at(now.end)
    if now.members:
        verb = "is" if len(now.members) == 1 else "are"
        first = (
            f":telephone_receiver: {everyone(people, now.members)} {verb} on call for "
            f"*{escaped(request.team.name)}* until {until}{_why(people, now)}."
        )
    elif schedule.waits(request.team, request.now) and later:
        first = (
            f":hourglass_flowing_sand: On-call for *{escaped(request.team.name)}* starts {until}. "
            "Nobody is on call before that."
        )
    elif not later:
        return _nobody_planned(request, for_all=for_all)
    else:
        first = (
            f":warning: *Nobody is on call* for *{escaped(request.team.name)}* until {until}."
            + offers.to_fill(request, now.end, for_all=for_all)
        )
    if following is None:
        return Reply.of(first, small_print=SMALL_PRINT)
    # The first line has named the zone.
    since = time_beside(following.start, clock, now.end)
    since = "" if following is later[0] and now.members else f" from {since}"
    second = (
        f"Next: {everyone(people, following.members)}{since}, "
        f"until {at(following.end, named=now.end)}{_why(people, following)}."
    )
    return Reply.of(first, second, small_print=SMALL_PRINT)


def _nobody_planned(request: Request, *, for_all: bool) -> Reply:
    """Return the answer for a team without a plan, usually one whose setup isn't finished."""
    team = request.team
    if not setup.steps_left(team):
        return Reply.of(
            f":warning: *Nobody is on call* for *{escaped(team.name)}*, and nobody is scheduled. "
            f"{offers.to_plan_further(request)}"
        )
    if not for_all and offers.leads(request):
        return Reply.of(
            f":hourglass_flowing_sand: {setup.unfinished(team)}", buttons=(setup.CONTINUE,)
        )
    could = [f"<@{one}>" for one in known_leads.of(team)[:MOST_NAMED]]
    who = " or ".join(could) or "A workspace admin"
    # An unknown user may be a lead; if they aren't, the button refuses.
    unknown = not for_all and request.services.directory.known(request.actor) is None
    return Reply.of(
        f":hourglass_flowing_sand: *{escaped(team.name)}* isn’t set up yet. {who} can finish "
        "the setup.",
        buttons=(setup.CONTINUE,) if unknown else (),
    )


def _days(start: datetime, end: datetime, clock: Clock) -> str:
    """Return the local days of a span: 'on Monday 30 November 2026', or 'from … to …'."""
    first, last = (
        dated(at, year=True)
        for at in (
            start.astimezone(clock.zone),
            (end - timedelta(minutes=1)).astimezone(clock.zone),
        )
    )
    return f"on {first}" if first == last else f"from {first} to {last}"


def not_begun(team: Team, at: datetime) -> str:
    """Return the sentences that a team begins later than an instant; empty if it doesn't."""
    if team.begins_at is None or at >= team.begins_at:
        return ""
    begins = clock_time(team.begins_at, schedule.clock_of(team))
    return f"On-call for *{escaped(team.name)}* starts {begins}. Nobody is on call before that."


def _nobody(request: Request, unplanned: bool, when_said: str, not_begun: str) -> str:
    if not_begun:
        return f":hourglass_flowing_sand: {when_said}: {not_begun}"
    if unplanned:
        further = offers.to_plan_further(request)
        return f":grey_question: {when_said}: nothing is planned yet. {further}"
    return f":warning: {when_said}: *nobody is on call*."


def _typed(request: Request, at: datetime) -> str:
    """Return how to type an instant, in the team's zone."""
    local = at.astimezone(schedule.zone_of(request.team))
    return f"{local:%Y-%m-%d %H:%M}"


def _segment_why(people: dict[int, Member], segment: Segment) -> str:
    return _why(people, OnCallPeriod(segment.start, segment.end, segment.members, (segment,)))


def _why(people: dict[int, Member], period: OnCallPeriod) -> str:
    """Return who is being covered, and why."""
    return covering_note(everyone(people, period.covered), period.reason)
