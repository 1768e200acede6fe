"""/oncall: who is on call now, until when, and who is next."""

from bot.blocks import Reply
from bot.command import COMMAND, Commands, Request, Subcommand
from bot.people import mentioned
from scheduling import schedule
from scheduling.messages import escaped, slack_time
from scheduling.timeline import Stretch
from storage.models import Member

SMALL_PRINT = f"`{COMMAND} schedule` shows the weeks to come, `{COMMAND} help` the rest."


def register(commands: Commands) -> None:
    """Take `/oncall` into the table."""
    commands.add(
        Subcommand(
            name="",
            takes="",
            does="who is on call now, until when, and who is next",
            examples=("",),
            run=show,
        )
    )


def show(request: Request) -> Reply:
    """Return who is on call at the request's time."""
    now, *later = schedule.coming(request.team, request.now)
    following = next((s for s in later if s.members and s.members != now.members), None)
    people = schedule.names(request.team, [now, following] if following else [now])
    zone = schedule.zone_of(request.team)
    until = slack_time(now.end, zone)
    if now.members:
        verb = "is" if len(now.members) == 1 else "are"
        first = (
            f":telephone_receiver: {_everyone(people, now.members)} {verb} on call for "
            f"*{escaped(request.team.name)}* until {until}{_why(people, now)}."
        )
    elif not later:
        return Reply.of(
            f":warning: *Nobody is on call* for *{escaped(request.team.name)}*, and nobody is "
            "planned. It takes members and shifts:\n"
            f"• `{COMMAND} members add @alice +13125550101`\n"
            f"• `{COMMAND} shifts add 1 monday 24h 08:00`",
            small_print=f"`{COMMAND} help` shows the rest.",
        )
    else:
        first = (
            f":warning: *Nobody is on call* for *{escaped(request.team.name)}* until {until}. "
            f"To fill the gap: `{COMMAND} override @bob today`."
        )
    if following is None:
        return Reply.of(first, small_print=SMALL_PRINT)
    since = (
        ""
        if following is later[0] and now.members
        else f" from {slack_time(following.start, zone)}"
    )
    second = (
        f"Next: {_everyone(people, following.members)}{since}, "
        f"until {slack_time(following.end, zone)}{_why(people, following)}."
    )
    return Reply.of(first, second, small_print=SMALL_PRINT)


def _everyone(people: dict[int, Member], members: tuple[int, ...]) -> str:
    return " and ".join(mentioned(people[member]) for member in members)


def _why(people: dict[int, Member], stretch: Stretch) -> str:
    """Return for whom, and why, somebody stepped in."""
    covered = f", covering for {_everyone(people, stretch.covered)}" if stretch.covered else ""
    return covered + (f" ({escaped(stretch.reason)})" if stretch.reason else "")
