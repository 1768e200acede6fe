"""/oncall costs: what the SMS cost."""

from bot import leaving
from bot.slack.blocks import Reply, Table
from bot.slack.command import Section, subcommand
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.notifications import mornings, spending
from scheduling.rota import schedule
from scheduling.words.mrkdwn import escaped
from scheduling.words.wording import several

MONTHS = 12


@subcommand(
    "costs",
    Section.LOOKING,
    does="what the texts cost, by month",
    examples=("costs",),
    takes_time=True,
)
def costs(request: Request) -> Reply:
    """Return a table of months: SMS, segments, and what Twilio asks for them."""
    team = request.team
    months = spending.by_month(team.id, schedule.zone_of(team))[:MONTHS]
    if not months:
        return Reply.of(f"No SMS was sent for *{escaped(team.name)}* yet.", title="Costs")
    rows, lines = [], []
    for first, spent in months:
        month = f"{first:%B %Y}"
        known = bool(spent.prices) and spent.unbilled < spent.sms
        cost = spending.in_words(spent.prices) if known else "not known yet"
        if spent.unbilled and known:
            cost += f" and {spent.unbilled} without a price yet"
        rows.append((month, str(spent.sms), str(spent.segments), cost))
        lines.append(f"• {month}: {spent.sms} SMS, {several(spent.segments, 'segment')}, {cost}")
    lately = [f"*Last 30 days*: {_spent(spending.lately(request.now, team.id))}"]
    if request.leads_everywhere and len(request.teams) > 1:
        lately.append(f"*All {len(request.teams)} teams*: {_spent(spending.lately(request.now))}")
    if morning := mornings.biggest(request.now):
        lately.append(leaving.told(morning, request.services.pace()))
    return Reply.of(
        "\n".join([f"*SMS of {escaped(team.name)}*", *lately]),
        small_print=f"Twilio’s own prices; carrier fees come on top. Limit: {team.most_segments} "
        f"segments within 24 hours (`{COMMAND} settings sms-cap`).",
        table=Table(("Month", "SMS", "Segments", "Cost"), tuple(rows), "\n".join(lines)),
        title="Costs",
    )


def _spent(spent: spending.Spent) -> str:
    """Return for example '41 SMS, 45 segments, 0.35 USD, 3 not billed yet'."""
    billed = spending.in_words(spent.prices)
    open_ = f"{spent.unbilled} not billed yet" if spent.unbilled else ""
    size = f"{spent.sms} SMS, {several(spent.segments, 'segment')}"
    return ", ".join(filter(None, (size, billed, open_)))
