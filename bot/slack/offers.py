"""The commands and buttons that an answer offers: only what its reader may do, with real people.

Whether they may is asked of the same functions that would refuse it.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from bot.slack import when
from bot.slack.blocks import Button, Reply
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.changes import settings
from scheduling.errors import Refusal
from scheduling.rota import queue, schedule
from scheduling.rota.timeline import OnCallPeriod
from scheduling.words.lines import mention
from scheduling.words.times import span_time
from scheduling.words.visible import same_to_the_eye
from storage.models import Member

# Leads also see the button to cover a shift themselves.
HAVE_COVERED = Button("Have someone cover", "override")
NEAR = timedelta(days=6)  # within it a weekday's name is unambiguous
WEEKS = timedelta(weeks=7)  # in which to find a turn to swap


def is_lead(request: Request) -> bool:
    """Return whether the reader is a lead; asks Slack, and is False if Slack doesn't answer."""
    with suppress(Refusal):
        return request.leads_team
    return False


def leads(request: Request) -> bool:
    """Return whether the reader is a lead, as far as we know without asking Slack."""
    services = request.services
    if request.actor in services.admins:
        return True
    known = services.directory.known(request.actor)
    return known is not None and services.leads(known, request.team)


def without_refused(request: Request, reply: Reply) -> Reply:
    """Return an answer without the buttons that the reader may not use."""
    return reply.with_buttons(open_to(request, reply.buttons))


def open_to(request: Request, buttons: Iterable[Button]) -> list[Button]:
    """Return the buttons that the user may use."""
    return [one for one in buttons if _is_open_to(request, one)]


def _is_open_to(request: Request, button: Button) -> bool:
    with suppress(Refusal):
        subcommand, _, _ = request.commands.find(button.runs)
        request.needs_rights_to(subcommand)
        if subcommand.offered is not None:
            subcommand.offered(request)
        return True
    return False


def handle(member: Member, members: list[Member]) -> str:
    """Return how to type a member: '@bob', or the full name if that could be two people."""
    first = _first(member)
    same = [one for one in members if _first(one) == first]
    plain = len(same) == 1 and not set(first) & set('"<>`@')
    return f"@{first}" if plain else mention(member)


def _first(member: Member) -> str:
    return same_to_the_eye(member.name).split(" ")[0]


def somebody(request: Request, but: tuple[int, ...] = ()) -> str | None:
    """Return how to type a member who is neither the reader nor in `but`; None if there is none."""
    members = Member.of_team(request.team)
    for one in members:
        mine = one.slack_user_id == request.actor
        if queue.takes_turns(one, request.now) and one.id not in but and not mine:
            return handle(one, members)
    return None


def to_fill(request: Request, until: datetime, *, for_all: bool = False) -> str:
    """Return a sentence on how the reader can fill the present gap; '' if they can't.

    With `for_all`, everybody in a channel reads it, so it says what every member may do.
    """
    if until - request.now <= when.MINUTE:
        return ""
    span = _until(request, until)
    known = request.known_as
    if for_all or request.member is not None or (known is not None and known.escalates):
        return f" To fill the gap: `{COMMAND} take {span}`."
    other = somebody(request)
    if other and leads(request):
        return f" To fill the gap: `{COMMAND} override {other} {span}`."
    return ""


def to_plan_further(request: Request) -> str:
    """Return a sentence on how to plan further ahead."""
    weeks = 26 if request.team.weeks_ahead < 26 else settings.MOST_WEEKS_AHEAD
    return f"A lead can plan further ahead: `{COMMAND} generate {weeks}`."


def to_put_in(request: Request) -> str:
    """Return a command with which the reader can change the next turn; '' if there is none."""
    me, lead = request.member, leads(request)
    if me is None and not lead:
        return ""
    for turn in _coming(request):
        if me is not None and me.id not in turn.members:
            command = f"take {_said(request, turn)}"
        elif lead or turn.members == (me and me.id,):
            other = somebody(request, turn.members)
            command = f"override {other} {_said(request, turn)}" if other else ""
        else:
            continue
        if command:
            request.offered.add(command)
            return f"`{COMMAND} {command}`"
    return ""


def to_take(request: Request) -> str:
    """Return the command with which the reader takes somebody else's turn; '' if there is none."""
    me = request.known_as
    if me is not None and request.member is None and not leads(request):
        turns = schedule.coming(request.team, request.now)
        running = next(one for one in turns if one.end - request.now > when.MINUTE)
        theirs = me.escalates and running.members != (me.id,)
        return f"take {_until(request, running.end)}" if theirs else ""
    others = [one for one in _coming(request) if me is not None and me.id not in one.members]
    return f"take {_said(request, others[0])}" if others else ""


def _until(request: Request, end: datetime) -> str:
    """Return how to type the time from now to the end."""
    clock = schedule.clock_of(request.team)
    return f"until {span_time(end, end, clock, request.now).partition(' to ')[0]}"


def _coming(request: Request, ahead: timedelta = schedule.LOOK_AHEAD) -> list[OnCallPeriod]:
    """Return the coming turns; one that begins within this minute counts as running."""
    turns = schedule.coming(request.team, request.now, ahead)
    return [one for one in turns if one.members and one.start - request.now > when.MINUTE]


def to_swap(request: Request) -> str:
    """Return the command of a swap that the reader can propose; '' if there is none."""
    me = request.member
    members = Member.of_team(request.team)
    later = [turn for turn in _coming(request, WEEKS) if len(turn.members) == 1]
    mine = [turn for turn in later if me is not None and turn.members == (me.id,)]
    for turn in later:
        other = next(one for one in members if one.id == turn.members[0])
        if mine and turn.members != mine[0].members and other.slack_user_id:
            sides = f"{_said(request, mine[0])} for {_said(request, turn)}"
            return f"swap {handle(other, members)} {sides}"
    return ""


def _said(request: Request, turn: OnCallPeriod) -> str:
    """Return the shortest way to type a turn's time."""
    team, now = request.team, request.now
    clock = schedule.clock_of(team)
    local = turn.start.astimezone(clock.zone)
    names = [f"{local:%A}".lower()] if turn.start - now < NEAR else []
    for text in (*names, local.date().isoformat()):
        with suppress(Refusal):
            if when.span(text, None, team, now) == (turn.start, turn.end):
                return text
    return span_time(turn.start, turn.end, clock, now)
