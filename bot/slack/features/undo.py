"""/oncall undo: undoes the last change."""

from bot.slack import previews
from bot.slack.blocks import Reply
from bot.slack.command import OutcomeText, Section, subcommand, words_for
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.changes import proposals
from scheduling.changes.undo import Undo, Undone
from scheduling.rota import schedule
from scheduling.words.mrkdwn import by
from scheduling.words.times import clock_time, day_of, time_of_day, wall_clock
from storage.models import Team


@subcommand(
    "undo",
    Section.ROTATION,
    does="undo the team’s last change, within 24 hours",
    examples=("undo",),
    for_leads=True,
)
def undo(request: Request) -> Reply:
    """Show what undoing the last change would do."""
    last = proposals.last_change(request.team, request.now)
    return previews.ask(request, Undo(last.id))


@words_for(Undo)
def _undone(team: Team, done: Undone) -> OutcomeText:
    last, clock = done.change, schedule.clock_of(team)
    at = last.settled_at
    today = day_of(at, clock) == day_of(done.at, clock)
    who = by(last.actor)
    return OutcomeText(
        f"Undone: {last.title} (by {who}, {clock_time(at, clock)}).",
        f"`{COMMAND} schedule` shows who is on call.",
        whose=f"by {who}, {time_of_day(at, clock) if today else wall_clock(at, clock)}",
    )
