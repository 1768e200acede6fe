"""What somebody has done and will do on call: shifts, hours, weekends."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.slack.blocks import Button, Reply
from bot.slack.features.schedule import told_turns, turns
from bot.slack.people import find_member, mentioned
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.errors import Refusal
from scheduling.rota import schedule
from scheduling.rota.timeline import OnCallPeriod, on_call_periods
from scheduling.words.messages import clock_time, escaped, length
from scheduling.words.wording import bold, several
from storage.models import Member, Team

BACK = timedelta(days=365)
LATEST = 8  # past turns that are listed


@dataclass(frozen=True, slots=True)
class Tally:
    """What turns come to: how many, how long, and on how many weekends."""

    turns: int
    time: timedelta
    weekends: int


def tally(of: list[OnCallPeriod], zone: ZoneInfo) -> Tally:
    """Count turns. A weekend counts once, if any of its Saturday or Sunday was on call."""
    weekends = set()
    for turn in of:
        day = turn.start.astimezone(zone).date()
        last = (turn.end - timedelta(microseconds=1)).astimezone(zone).date()
        while day <= last:
            if day.weekday() >= 5:
                weekends.add(day - timedelta(days=day.weekday()))
            day += timedelta(days=1)
    return Tally(len(of), sum((t.end - t.start for t in of), timedelta()), len(weekends))


def show(request: Request) -> Reply:
    """Return a member's past year and what is planned for them."""
    if len(request.words) > 1:
        raise Refusal(f"One person at a time. For example: `{COMMAND} members history @bob`.")
    team = request.team
    member = find_member(request, request.words[0]) if request.words else request.known_as
    if member is None:
        raise Refusal(f"Whose? For example: `{COMMAND} members history @bob`.")
    zone = schedule.zone_of(team)
    past = past_turns(team, member, request.now)
    ahead = turns(team, member, request.now)
    coming = told_turns(team, ahead, request.now)
    listed = [
        f"• {clock_time(turn.start, zone)} to {clock_time(turn.end, zone)}"
        for turn in past[-LATEST:][::-1]
    ]
    earlier = f"\n… and {several(len(past) - LATEST, 'earlier one')}" if len(past) > LATEST else ""
    more = f"\n… and {len(coming) - LATEST} more" if len(coming) > LATEST else ""
    since = f" since {member.created_at.astimezone(zone):%d %b %Y}"
    return Reply.of(
        f"{bold(mentioned(member))} in *{escaped(team.name)}*{since}"
        + ("" if member.is_active else ", not in the rotation any more"),
        f"*The last 12 months:* {_said(tally(past, zone))}\n"
        + ("\n".join(listed) + earlier if listed else "No shifts."),
        f"*Planned:* {_said(tally(ahead, zone))}\n"
        + ("\n".join(coming[:LATEST]) + more if coming else "No shifts."),
        small_print=f"Overrides are counted for whoever was on call. Past times are "
        f"{team.time_zone}.",
        buttons=(Button("Schedule", "schedule"),),
        title="History",
    )


def past_turns(team: Team, member: Member, now: datetime) -> list[OnCallPeriod]:
    """Return the periods of the last year in which a member was on call, oldest first."""
    segments = schedule.segments(team, now - BACK, now)
    return [turn for turn in on_call_periods(segments) if member.id in turn.members]


def _said(counted: Tally) -> str:
    hours = round(counted.time / timedelta(hours=1))
    if not counted.turns:
        return "nothing"
    return (
        f"{several(counted.turns, 'shift')}, {several(hours, 'hour')} ({length(counted.time)}), "
        f"{several(counted.weekends, 'weekend')}"
    )
