"""/oncall undo: the last change is taken back."""

from datetime import datetime

from bot.slack import previews
from bot.slack.blocks import Reply
from bot.slack.command import Done, Section, deed, subcommand
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.changes import proposals
from scheduling.changes import undo as undo_
from scheduling.changes.proposals import Facts
from scheduling.errors import NothingToDo
from scheduling.rota import schedule
from scheduling.words.times import clock_time
from storage.models import Proposal, Team
from storage.statuses import ProposalStatus


@subcommand(
    "undo",
    Section.COVER,
    does="take back the team’s last change, within 24 hours",
    examples=("undo",),
    for_leads=True,
)
def undo(request: Request) -> Reply:
    """Show what taking back the last change would do."""
    last = proposals.last_change(request.team, request.now)
    return previews.ask(request, proposals.UNDO, {"proposal": last.id})


def _may_undo(request: Request, facts: Facts) -> None:
    """Raise Refusal unless the actor leads the team; every team, if the change was about all."""
    last = proposals.find(facts["proposal"])
    request.needs_lead(everywhere=undo_.reaches_every_team(last.touched or "[]"))


@deed(proposals.UNDO, may=_may_undo)
def _undone(team: Team, facts: Facts, actor: str, now: datetime) -> Done:
    last = Proposal.get_by_id(facts["proposal"])
    if last.status != ProposalStatus.DONE:
        raise NothingToDo(f"“{last.title}” was taken back already. Nothing was changed.")
    undo_.take_back(team, last.title, last.touched or "[]", actor=actor, now=now)
    at = clock_time(last.settled_at, schedule.zone_of(team))
    return Done(
        f"Take back “{last.title}”",
        f"Taken back: {last.title} (by <@{last.actor}>, {at}).",
        f"`{COMMAND} schedule` shows who is on call.",
    )
