"""Somebody's past and planned time on call: shifts, hours, weekends."""

from datetime import timedelta

from bot.slack.blocks import Button, Reply
from bot.slack.command import Section, subcommand
from bot.slack.features.schedule import turn_lines
from bot.slack.people import find_member
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.changes.people import mentioned
from scheduling.errors import Refusal
from scheduling.rota import schedule, turns
from scheduling.rota.turns import Tally, tally
from scheduling.words.mrkdwn import bold, escaped
from scheduling.words.times import dated, length, span_with_zone
from scheduling.words.wording import several

LATEST = 8  # past turns listed


@subcommand(
    "members history",
    Section.LOOKING,
    takes="[@PERSON]",
    does="somebody’s shifts: how many, hours, weekends",
    examples=("members history @bob",),
    takes_time=True,
    question=True,
)
def show(request: Request) -> Reply:
    """Return a member's past year and what is planned for them."""
    if len(request.words) > 1:
        raise Refusal(f"One person at a time. For example: `{COMMAND} members history @bob`.")
    team = request.team
    member = find_member(request, request.words[0]) if request.words else request.known_as
    if member is None:
        raise Refusal(f"Whose? For example: `{COMMAND} members history @bob`.")
    clock = schedule.clock_of(team)
    past = turns.past(team, member, request.now)
    ahead = turns.coming(team, member, request.now)
    coming = turn_lines(team, ahead, request.now)
    listed = [
        f"• {span_with_zone(turn.start, turn.end, clock, request.now)}"
        for turn in past[-LATEST:][::-1]
    ]
    earlier = f"\n… and {several(len(past) - LATEST, 'earlier one')}" if len(past) > LATEST else ""
    more = f"\n… and {len(coming) - LATEST} more" if len(coming) > LATEST else ""
    since = f" since {dated(member.created_at.astimezone(clock.zone), year=True)}"
    return Reply.of(
        f"{bold(mentioned(member))} in *{escaped(team.name)}*{since}"
        + ("" if member.is_active else ", not in the rotation anymore"),
        f"*The last 12 months:* {_said(tally(past, clock.zone))}"
        + "".join(f"\n{line}" for line in listed)
        + earlier,
        f"*Planned:* {_said(tally(ahead, clock.zone))}"
        + "".join(f"\n{line}" for line in coming[:LATEST])
        + more,
        small_print=f"Covered shifts count for whoever covered. Times in {team.time_zone}.",
        buttons=(Button("Schedule", "schedule"),),
        title="History",
    )


def _said(counted: Tally) -> str:
    hours = round(counted.time / timedelta(hours=1))
    if not counted.turns:
        return "no shifts"
    return (
        f"{several(counted.turns, 'shift')}, {several(hours, 'hour')} ({length(counted.time)}), "
        f"{several(counted.weekends, 'weekend')}"
    )
