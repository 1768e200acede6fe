"""/oncall undo: undoes the last change."""

from bot.slack import previews
from bot.slack.blocks import Reply
from bot.slack.command import Section, Told, subcommand, words_for
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.changes import proposals
from scheduling.changes.undo import TakenBack, Undo
from scheduling.rota import schedule
from scheduling.words.times import clock_time
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
def _undone(team: Team, done: TakenBack) -> Told:
    last = done.change
    at = clock_time(last.settled_at, schedule.clock_of(team))
    return Told(
        f"Undone: {last.title} (by <@{last.actor}>, {at}).",
        f"`{COMMAND} schedule` shows who is on call.",
    )
