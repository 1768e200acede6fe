"""/oncall schedule: the coming rotation as a table, overrides marked."""

from datetime import time, timedelta

from bot.blocks import Reply
from bot.command import COMMAND, Commands, Request, Subcommand, number_of
from scheduling import rotation, schedule
from scheduling.errors import Refusal
from scheduling.messages import clock_time, escaped
from scheduling.timeline import Segment
from storage.models import Member, Team

WEEKS, MOST_WEEKS = 2, 26


def register(commands: Commands) -> None:
    """Take `schedule` into the table."""
    commands.add(
        Subcommand(
            name="schedule",
            takes="[N weeks]",
            does="the coming rotation as a table, two weeks unless you say how many",
            examples=("schedule", "schedule 4 weeks"),
            run=show,
        )
    )


def show(request: Request) -> Reply:
    """Return the timeline of the weeks asked for, a table a week."""
    weeks = _weeks(request.words)
    team = request.team
    zone = schedule.zone_of(team)
    monday = rotation.monday_of(request.now, zone)
    end = rotation.instant(monday + timedelta(weeks=weeks), time(), zone)
    planned = schedule.planned_until(team) or request.now
    # Beyond what is planned only overrides are to be told: the rest is open, and no gap.
    found = [
        segment
        for before, after in ((request.now, min(planned, end)), (max(planned, request.now), end))
        if before < after
        for segment in schedule.segments(team, before, after)
        if segment.members or before < planned
    ]
    if not any(segment.members for segment in found):
        return Reply.of(
            f":warning: Nobody is planned for *{escaped(team.name)}*. It takes members and shifts: "
            f"`{COMMAND} members add @alice +13125550101`, "
            f"`{COMMAND} shifts add 1 monday 24h 08:00`."
        )
    people = schedule.names(team)
    tables = []
    for number in range(weeks):
        begins = monday + timedelta(weeks=number)
        sunday = begins + timedelta(days=6)
        rows = [
            _row(team, people, segment, segment.start <= request.now)
            for segment in found
            if rotation.monday_of(segment.start, zone) == begins
        ]
        if rows:
            title = f"*{begins.day} {begins:%b} to {sunday.day} {sunday:%b}*"
            tables.append("\n".join([title, "```" + "\n".join(rows) + "```"]))
    cut = f" I plan {team.weeks_ahead} weeks ahead." if end > planned else ""
    return Reply.of(
        f"*{escaped(team.name)}*: who is on call",
        *tables,
        small_print=f"Times are {team.time_zone}.{cut} "
        f"`{COMMAND} override @bob friday` puts somebody else in.",
    )


def _weeks(words: list[str]) -> int:
    if not words:
        return WEEKS
    weeks = number_of(words[0])
    if words[1:] in ([], ["week"], ["weeks"]) and weeks is not None:
        if 1 <= weeks <= MOST_WEEKS:
            return weeks
        raise Refusal(
            f"I show 1 to {MOST_WEEKS} weeks, not {weeks}. For example: "
            f"`{COMMAND} schedule 4 weeks`."
        )
    raise Refusal(
        "Say how many weeks with a number, or nothing for two. For example: "
        f"`{COMMAND} schedule 4 weeks`."
    )


def _row(team: Team, people: dict[int, Member], segment: Segment, running: bool) -> str:
    """Return a line such as 'Fri 27 Nov 14:00  Bob, for Alice (sick leave)'."""
    who = " and ".join(people[member].name for member in segment.members) or "NOBODY"
    if segment.covered:
        who += ", for " + " and ".join(people[member].name for member in segment.covered)
    elif segment.override:
        who += ", override"
    if segment.override and segment.override.reason:
        who += f" ({segment.override.reason})"
    begins = clock_time(segment.start, schedule.zone_of(team)).rsplit(" ", 1)[0]
    since = "now" if running else begins
    return escaped(f"{since:<16}  {who}").replace("```", "'''")
