"""/oncall why: the chain of reasons from the rotation to the override, in words."""

from datetime import datetime, timedelta

from bot.slack import offers, when
from bot.slack.blocks import Button, Reply
from bot.slack.command import Section, subcommand
from bot.slack.features import on_call
from bot.slack.request import Request
from bot.slack.typed import COMMAND, typed
from scheduling.changes.people import everyone, mentioned
from scheduling.errors import Refusal
from scheduling.rota import rotation, schedule
from scheduling.rota.queue import order
from scheduling.words import titles
from scheduling.words.mrkdwn import by, covering_note, escaped
from scheduling.words.times import Clock, clock_time, span_time, wall_clock
from scheduling.words.wording import several
from storage.models import Assignment, Member, Override, Shift, Team
from storage.queries import timeline

MOST_OVERRIDES = 12  # shown for one moment


@subcommand(
    "why",
    Section.LOOKING,
    takes="[WHEN]",
    does="why somebody is on call, from rotation to override",
    examples=("why", "why friday 6pm"),
    question=True,
)
def show(request: Request) -> Reply:
    """Return why somebody is on call at a moment, by default now."""
    team = request.team
    text = " ".join(request.words)
    at, end = when.moment(text, team, request.now)
    clock = schedule.clock_of(team)
    if at != end:
        day = (
            typed(text)
            if when.is_day(text, team, request.now)
            else at.astimezone(clock.zone).date()
        )
        raise Refusal(
            f"What time? The reason can change during the day. For example: `{COMMAND} why "
            f"{day} 18:00`."
        )
    people = schedule.members_by_id(team)
    segment = schedule.on_call(team, at)
    who = everyone(people, segment.members) or "nobody"
    verb = "was" if at < request.now else "is" if at == request.now else "will be"
    reasons = [
        *(_assigned(team, people, one.id) for one in segment.assignments),
        *([] if segment.assignments else [_no_shift(request, at, clock)]),
        *_overridden(team, people, at),
    ]
    return Reply.of(
        f"{clock_time(at, clock)}: {who} {verb} on call for *{escaped(team.name)}*, because:",
        "\n".join(f"{step}. {reason}" for step, reason in enumerate(reasons, start=1)),
        small_print=f"Times in {team.time_zone}.",
        buttons=(Button("Schedule", "schedule"),),
        title="Why",
    )


def _assigned(team: Team, people: dict[int, Member], number: int) -> str:
    """Return why the rotation gave a shift to its member."""
    row = Assignment.get_by_id(number)
    shift: Shift = row.shift
    clock = schedule.clock_of(team)
    monday = rotation.FIRST_MONDAY + rotation.WEEK * row.week_number
    week = schedule.week_of(team, monday)
    queue = week.queue
    names = ", ".join(escaped(people[one].name) for one in queue[:12])
    more = f" and {len(queue) - 12} more" if len(queue) > 12 else ""
    # The shifts as they were when this one began, including any added that week.
    regular = rotation.regular_shifts(map(schedule.weekly, Shift.of_team(team)), row.start_datetime)
    nth = next((n for n, one in enumerate(regular) if one.id == shift.id), None)
    dealt = week.holder(nth) if queue and nth is not None else None
    turn = span_time(row.start_datetime, row.end_datetime, clock, row.start_datetime)
    member = people[row.team_member_id]
    number = shift.shift_number
    slot = titles.slot(shift.day_of_week, shift.start_time, shift.duration_hours, clock)
    said = f"It’s shift {number} ({slot}): {turn}."
    if dealt != member.id:
        return (
            f"{said} The rotation changed that week, so it went to {mentioned(member)}, who had "
            "the fewest shifts."
        )
    return (
        f"{said} Rotation that week: {names}{more}. Shift {number} goes to "
        f"#{queue.index(dealt) + 1}, {mentioned(member)}."
    )


def _no_shift(request: Request, at: datetime, clock: Clock) -> str:
    team = request.team
    if at < team.created_at:
        return "The team didn’t exist yet."
    if not Shift.in_force(team) or not order(team, rotation.monday_of(at, clock.zone)):
        how = f": `{COMMAND} setup`" if offers.leads(request) else ""
        return f"The team doesn’t have both members and shifts yet{how}."
    if begins_later := on_call.not_begun(team, at):
        return begins_later
    planned = schedule.planned_until(team)
    if planned is None or at >= planned:
        return (
            f"That’s not planned yet: I plan {several(team.weeks_ahead, 'week')} ahead. "
            f"{offers.to_plan_further(request)}"
        )
    return f"No shift covers that time. `{COMMAND} shifts` shows the week’s gaps."


def _overridden(team: Team, people: dict[int, Member], at: datetime) -> list[str]:
    """Return the overrides in force at that moment, oldest first; the last one counts."""
    clock = schedule.clock_of(team)
    lying = timeline.overrides(team.id, at, at + timedelta(microseconds=1))
    lines = []
    if len(lying) > MOST_OVERRIDES:
        lines.append(f"{several(len(lying) - MOST_OVERRIDES, 'older override')} not listed.")
    last = lying[-MOST_OVERRIDES:]
    rows = {row.id: row for row in Override.select().where(Override.id.in_([o.id for o in last]))}
    for one in last:
        span = span_time(one.start, one.end, clock, one.start)
        reason = covering_note("", one.reason)
        lines.append(
            f"Override {one.id} (made by {by(rows[one.id].created_by)}, "
            f"{wall_clock(rows[one.id].created_at, clock)}): {mentioned(people[one.member])} "
            f"covers {span}{reason}."
        )
    if len(lines) > 1:
        lines[-1] += " The newest override counts."
    return lines
