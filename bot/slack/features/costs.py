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
from storage.database import database, read_instant
from storage.models import Team

MONTHS = 12


@subcommand(
    "costs",
    Section.DELIVERY,
    does="what our SMS cost, by month, and how long the biggest morning takes",
    examples=("costs",),
    takes_time=True,
)
def costs(request: Request) -> Reply:
    """Return a table of months: SMS, segments, and what Twilio asks for them."""
    team = request.team
    months = _by_month(team)
    if not months:
        return Reply.of(f"No SMS was sent for *{escaped(team.name)}* yet.", title="Costs")
    rows, lines = [], []
    for month, (sms, segments, prices, unpriced) in months:
        known = bool(prices) and unpriced < sms
        cost = spending.in_words(prices) if known else "not known yet"
        open_ = f" and {unpriced} without a price yet" if unpriced and known else ""
        rows.append((month, str(sms), str(segments), f"{cost}{open_}"))
        lines.append(f"• {month}: {sms} SMS, {several(segments, 'segment')}, {cost}{open_}")
    spent = [f"*Last 30 days*: {_spent(spending.lately(request.now, team.id))}"]
    if request.leads_everywhere and len(request.teams) > 1:
        spent.append(f"*All {len(request.teams)} teams*: {_spent(spending.lately(request.now))}")
    if morning := mornings.biggest(request.now):
        spent.append(leaving.told(morning, request.services.pace()))
    return Reply.of(
        "\n".join([f"*SMS of {escaped(team.name)}*", *spent]),
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


_Month = tuple[int, int, dict[str, int], int]


def _by_month(team: Team) -> list[tuple[str, _Month]]:
    """Return (SMS, segments, millionths by currency, without a price) by month, newest first."""
    zone = schedule.zone_of(team)
    found: dict[str, _Month] = {}
    query = (
        # What has failed at Twilio was never sent, and costs nothing.
        "SELECT sent_at, segments, CASE WHEN status = 'failed' THEN COALESCE(price, 0) ELSE price"
        " END, price_unit FROM notification_log"
        " WHERE team_id = ? AND kind = 'sms' AND sent_at IS NOT NULL ORDER BY sent_at DESC"
    )
    for sent_at, segments, price, unit in database.execute_sql(query, (team.id,)):
        local = read_instant(sent_at).astimezone(zone)
        month = f"{local:%B %Y}"
        sms, before, prices, unpriced = found.get(month, (0, 0, {}, 0))
        if unit:
            prices[unit] = prices.get(unit, 0) + (price or 0)
        found[month] = (sms + 1, before + (segments or 1), prices, unpriced + (price is None))
    return list(found.items())[:MONTHS]
