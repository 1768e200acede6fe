"""/oncall why: the chain of reasons from the rotation to the override, in words."""

from datetime import datetime, timedelta

from bot.slack import offers, when
from bot.slack.blocks import Button, Reply
from bot.slack.command import Section, subcommand
from bot.slack.request import Request
from bot.slack.typed import COMMAND, typed
from scheduling.changes.people import everyone, mentioned
from scheduling.errors import Refusal
from scheduling.rota import rotation, schedule
from scheduling.rota.queue import order
from scheduling.words.mrkdwn import by, escaped, standing_in
from scheduling.words.times import Clock, clock_time
from scheduling.words.wording import several
from storage.models import Assignment, Member, Override, Shift, Team
from storage.queries import timeline

MOST_OVERRIDES = 12  # that lie over one moment


@subcommand(
    "why",
    Section.LOOKING,
    takes="[WHEN]",
    does="why somebody is on call, from rotation to override",
    examples=("why", "why friday 6pm"),
)
def show(request: Request) -> Reply:
    """Return the reasons for who is on call at a moment, now if none is named."""
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
            f"At what time? The reasons can change during a day. For example: `{COMMAND} why "
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
        small_print=f"Times are {team.time_zone}.",
        buttons=(Button("Schedule", "schedule"),),
        title="Why",
    )


def _assigned(team: Team, people: dict[int, Member], number: int) -> str:
    """Return how the rotation came to give a shift to its member."""
    row = Assignment.get_by_id(number)
    shift: Shift = row.shift
    clock = schedule.clock_of(team)
    monday = rotation.FIRST_MONDAY + rotation.WEEK * row.week_number
    week = schedule.week_of(team, monday)
    queue = week.queue
    names = ", ".join(escaped(people[one].name) for one in queue[:12])
    more = f" and {len(queue) - 12} more" if len(queue) > 12 else ""
    # As the shifts stood when this one began: those that were new in that week count, too.
    regular = rotation.regular_shifts(map(schedule.weekly, Shift.of_team(team)), row.start_datetime)
    nth = next((n for n, one in enumerate(regular) if one.id == shift.id), None)
    dealt = week.holder(nth) if queue and nth is not None else None
    turn = f"{clock_time(row.start_datetime, clock)} to {clock_time(row.end_datetime, clock)}"
    member = people[row.team_member_id]
    slot = (
        f"shift {shift.shift_number} ({shift.day_of_week} {shift.start_time}, "
        f"{shift.duration_hours} h)"
    )
    if dealt != member.id:
        return (
            f"It’s {slot}, {turn}. Something changed within that week, so whoever had the fewest "
            f"shifts took it: {mentioned(member)}."
        )
    step = "by one shift a week" if week.strategy == "circular" else "shift by shift"
    return (
        f"It’s {slot}, {turn}. The rotation of that week is {names}{more}; it moves on {step}, "
        f"and that week this shift falls to number {queue.index(dealt) + 1} of them: "
        f"{mentioned(member)}."
    )


def _no_shift(request: Request, at: datetime, clock: Clock) -> str:
    team = request.team
    if at < team.created_at:
        return "The team was made later, so nobody was on call for it."
    if not Shift.in_force(team) or not order(team, rotation.monday_of(at, clock.zone)):
        how = f": `{COMMAND} setup`" if offers.leads(request) else ""
        return f"It takes members and shifts, and one of them is missing{how}."
    planned = schedule.planned_until(team)
    if planned is None or at >= planned:
        return (
            f"So far ahead nothing is planned: I plan {several(team.weeks_ahead, 'week')} ahead. "
            f"{offers.to_plan_further(request)}"
        )
    return f"No shift covers that time. `{COMMAND} shifts` shows the gaps of the week."


def _overridden(team: Team, people: dict[int, Member], at: datetime) -> list[str]:
    """Return the overrides that lie over it, the oldest first; the last one counts."""
    clock = schedule.clock_of(team)
    lying = timeline.overrides(team.id, at, at + timedelta(microseconds=1))
    told = []
    if len(lying) > MOST_OVERRIDES:
        told.append(f"{several(len(lying) - MOST_OVERRIDES, 'older override')} before these.")
    last = lying[-MOST_OVERRIDES:]
    rows = {row.id: row for row in Override.select().where(Override.id.in_([o.id for o in last]))}
    for one in last:
        span = f"{clock_time(one.start, clock)} to {clock_time(one.end, clock)}"
        reason = standing_in("", one.reason)
        told.append(
            f"Override {one.id}, made by {by(rows[one.id].created_by)} on "
            f"{clock_time(rows[one.id].created_at, clock)}, puts {mentioned(people[one.member])} "
            f"on call from {span}{reason}."
        )
    if len(told) > 1:
        told[-1] += " The newest override counts."
    return told
