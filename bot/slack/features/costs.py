"""/oncall costs: what the texts cost."""

from datetime import date, datetime, time, timedelta

from bot import leaving
from bot.slack.blocks import Reply, Table
from bot.slack.command import Section, subcommand
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.notifications import mornings, spending
from scheduling.rota import rotation, schedule
from scheduling.words.mrkdwn import escaped
from scheduling.words.wording import several
from storage.models import Team

MONTHS = 12


@subcommand(
    "costs",
    Section.LOOKING,
    does="what the texts cost, by month",
    examples=("costs",),
    takes_time=True,
    question=True,
)
def costs(request: Request) -> Reply:
    """Return the cost of this month's texts so far, and a table of earlier months."""
    team = request.team
    months = spending.by_month(team.id, schedule.zone_of(team))[:MONTHS]
    if not months:
        return Reply.of(f"No texts sent for *{escaped(team.name)}* yet.", title="Costs")
    rows, lines = [], []
    for first, spent in months:
        month = f"{first:%B %Y}"
        known = bool(spent.prices) and spent.unbilled < spent.sms
        cost = spending.money(spent.prices) if known else "not known yet"
        if spent.unbilled and known:
            cost += f", {spent.unbilled} not billed yet"
        rows.append((month, str(spent.sms), str(spent.segments), cost))
        lines.append(f"• {month}: {_size(spent)}, {cost}")
    said = [_this_month(team, dict(months), request.now)]
    said.append(f"*Last 30 days*: {_spent(spending.lately(request.now, team.id))}.")
    if request.leads_everywhere and len(request.teams) > 1:
        everybody = _spent(spending.lately(request.now))
        said.append(f"*All {len(request.teams)} teams, last 30 days*: {everybody}.")
    if morning := mornings.biggest(request.now):
        said.append(leaving.estimate(morning, request.services.pace()))
    return Reply.of(
        "\n".join([f"*Texts for {escaped(team.name)}*", *said]),
        small_print=f"Prices are Twilio’s; carrier fees are extra. Limit: {team.most_segments} "
        f"segments per 24 hours (`{COMMAND} settings sms-cap`).",
        table=Table(("Month", "Texts", "Segments", "Cost"), tuple(rows), "\n".join(lines)),
        title="Costs",
    )


def _this_month(team: Team, months: dict[date, spending.Spent], now: datetime) -> str:
    """Return e.g. '*November so far*: 214 texts, $1.82; about $2.40 for the whole month.'"""
    zone = schedule.zone_of(team)
    first = now.astimezone(zone).date().replace(day=1)
    if first not in months:
        return f"*{first:%B} so far*: no texts."
    begins = rotation.instant(first, time(), zone)
    ends = rotation.instant((first + timedelta(days=31)).replace(day=1), time(), zone)
    since = max(begins, team.created_at)
    whole = spending.whole_month(months[first], since, now, ends)
    about = f"; about {spending.money(whole)} for the whole month" if whole else ""
    return f"*{first:%B} so far*: {_spent(months[first])}{about}."


def _spent(spent: spending.Spent) -> str:
    """Return e.g. '41 texts, 45 segments, $0.35, 3 not billed yet'."""
    billed = spending.money(spent.prices)
    unbilled = f"{spent.unbilled} not billed yet" if spent.unbilled else ""
    return ", ".join(filter(None, (_size(spent), billed, unbilled)))


def _size(spent: spending.Spent) -> str:
    return f"{several(spent.sms, 'text')}, {several(spent.segments, 'segment')}"
