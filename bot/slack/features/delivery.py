"""/oncall ok, again, costs: an SMS confirmed, or sent anew; what the SMS cost."""

from bot import leaving
from bot.slack.blocks import Button, Reply, Table
from bot.slack.command import Commands, Subcommand
from bot.slack.people import mentioned
from bot.slack.request import Request
from bot.slack.typed import COMMAND, number_of
from scheduling.delivery import acknowledge, resend
from scheduling.errors import NothingToDo, Refusal
from scheduling.notifications import limits, mornings, spending
from scheduling.rota import schedule
from scheduling.words.messages import escaped, when
from scheduling.words.wording import several
from storage.database import database, read_instant, writing
from storage.models import Team

MONTHS = 12


def register(commands: Commands) -> None:
    """Take `ok`, `again` and `costs` into the table."""
    commands.add(
        Subcommand(
            name="ok",
            takes="[NUMBER]",
            does="confirm that you have it: your turn, or what you see to (or reply OK to the SMS)",
            examples=("ok",),
            run=confirm,
            takes_time=True,
        )
    )
    commands.add(
        Subcommand(
            name="again",
            takes="NUMBER",
            does="send an SMS that did not arrive once more (the button below a warning)",
            examples=("again 2",),
            run=again,
            takes_time=True,
            behind_button=True,
        )
    )
    commands.add(
        Subcommand(
            name="costs",
            takes="",
            does="what our SMS cost, by month, and how long the biggest morning takes",
            examples=("costs",),
            run=costs,
            takes_time=True,
        )
    )


def confirm(request: Request) -> Reply:
    """Confirm the actor's turn, or what they see to."""
    team, now = request.team, request.now
    number = number_of(request.words[0]) if request.words else None
    if request.words and (number is None or len(request.words) > 1):
        raise Refusal(f"Just `{COMMAND} ok` confirms that you have it.")
    if number is None:
        member = request.known_as
        call = acknowledge.newest_open(member, now) if member else None
        call = call or (acknowledge.last_acknowledged(member, now) if member else None)
        if call is None:
            raise NothingToDo(
                f"Nothing waits for your OK in {escaped(team.name)}. `{COMMAND}` shows who is on "
                "call now."
            )
        number = call.id
    root, me = acknowledge.confirm(team, number, request.actor, now)
    request.services.jobs.wake()
    zone = schedule.zone_of(team)
    by, at = root.acknowledged_by, root.acknowledged_at
    if by is None:
        said = f":white_check_mark: {mentioned(root.recipient)} was reached: nothing is left to do."
    elif by.id != me.id or at < now:
        whom = "You" if by.id == me.id else mentioned(by)
        said = f":white_check_mark: {whom} confirmed that {when(at, zone, now)} already."
    elif by.id == root.team_member_id:
        said = f":white_check_mark: Thanks: you are on call for *{escaped(team.name)}*, confirmed."
    else:
        said = (
            f":white_check_mark: Thanks: you see to it. I go on looking for "
            f"{mentioned(root.recipient)}."
        )
    return Reply.of(said, buttons=(Button("My shifts", "mine"),), title="Confirmed")


def again(request: Request) -> Reply:
    """Send an SMS anew, if its last try surely failed."""
    number = number_of(request.words[0]) if len(request.words) == 1 else None
    if number is None:
        raise Refusal(f"Which one? `{COMMAND} notifications` lists them by number.")
    with writing():
        member = resend.resend(request.team, number, request.now)
        limits.use(request.actor, "again", str(number), request.now)
    request.services.jobs.wake()
    return Reply.of(
        f":iphone: Another SMS to {mentioned(member)} is on its way. What becomes of it stands "
        "below the warning.",
        title="Sent again",
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
