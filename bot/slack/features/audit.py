"""/oncall audit: who changed what."""

from bot.slack import audited, offers
from bot.slack.blocks import Reply, pages
from bot.slack.command import Section, subcommand
from bot.slack.paging import all_of
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.errors import Refusal
from scheduling.words.lines import number_of
from scheduling.words.mrkdwn import escaped
from storage.models import AuditEntry

PAGE = 10  # entries of the audit


@subcommand(
    "audit",
    Section.LOOKING,
    takes="[PAGE]",
    does="who changed what, and when",
    examples=("audit", "audit 2"),
    takes_time=True,
    question=True,
)
def audit(request: Request) -> Reply:
    """Return who changed what, newest first. Leads see full numbers, others masked ones."""
    team = request.team
    page = number_of(request.words[0]) if request.words else 1
    query = AuditEntry.select().where(AuditEntry.team == team)
    last = max(-(-query.count() // PAGE), 1)
    if not page or len(request.words) > 1:
        raise Refusal(f"Which page? For example: `{COMMAND} audit {min(last, 2)}`.")
    if page > last:
        there = f"are {last} pages" if last > 1 else "is only one page"
        raise Refusal(f"There {there}. For example: `{COMMAND} audit {last}`.")
    found = query.order_by(AuditEntry.id.desc()).paginate(page, PAGE)
    lines = [audited.entry(one, team, full=request.leads_team) for one in found]
    return Reply.of(
        f"*Changes in {escaped(team.name)}* (page {page} of {last})",
        "\n".join(all_of(lines)) or "No changes yet.",
        small_print=f"Times in {team.time_zone}."
        + (f" `{COMMAND} undo` undoes the last change." if offers.is_lead(request) else ""),
        buttons=pages("audit", page, more=page < last),
        title="Audit",
    )
