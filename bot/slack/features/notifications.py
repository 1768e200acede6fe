"""/oncall notifications: what was sent and whether it arrived."""

from bot.slack.blocks import Button, Reply, pages
from bot.slack.command import Section, subcommand
from bot.slack.people import find_member
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.changes.people import mentioned
from scheduling.channels import NO_RECEIPTS, explaining
from scheduling.delivery import sent_log
from scheduling.errors import Refusal
from scheduling.numbers import masked, spaced
from scheduling.rota import schedule
from scheduling.words.lines import mention, number_of
from scheduling.words.mrkdwn import escaped
from scheduling.words.times import Clock, clock_time
from storage.models import Member, Notification, Team
from storage.statuses import Kind, OwnCode, Purpose, Status

PAGE = 10
MOST_FOLLOWED = 20
QUOTED = 2000  # characters of a text
TO_TRY = f"`{COMMAND} test` texts you a test."


@subcommand(
    "notifications",
    Section.TEXTS,
    takes="[@PERSON] [NUMBER] [page N]",
    does="the texts and posts, newest first, and whether they arrived",
    examples=(
        "notifications",
        "notifications @bob",
        "notifications 1",
        "notifications page 2",
    ),
    takes_time=True,
    question=True,
)
def show(request: Request) -> Reply:
    """Return a page of the team's notifications, one member's or all, or one in full."""
    words = list(request.words)
    page = 1
    if len(words) >= 2 and words[-2].lower() == "page":
        page = number_of(words[-1]) or 0
        words = words[:-2]
        if page < 1:
            raise Refusal(f"Which page? For example: `{COMMAND} notifications page 1`.")
    if len(words) > 1:
        raise Refusal(
            "Name a person, or give a notification’s number. For example: "
            f"`{COMMAND} notifications @bob`, or `{COMMAND} notifications 17`."
        )
    if words and (number := number_of(words[0])) is not None:
        return _details(request, number)
    member = find_member(request, words[0]) if words else None
    return _list(request, member, page)


def _list(request: Request, member: Member | None, page: int) -> Reply:
    team = request.team
    found = sent_log.newest(team, member, begin=(page - 1) * PAGE, most=PAGE + 1)
    lines = _lines(team, found[:PAGE])
    about = f" to {mentioned(member)}" if member else ""
    if not lines:
        if page > 1:
            raise Refusal(
                "There aren’t that many pages. The newest are on page 1: "
                f"`{COMMAND} notifications`."
            )
        return Reply.of(f"Nothing has been sent{about} for *{escaped(team.name)}* yet. {TO_TRY}")
    whose = f" {mention(member)}" if member else ""
    which = f" (page {page})" if page > 1 else ""
    return Reply.of(
        "\n".join([f"*Latest notifications{about} for {escaped(team.name)}*{which}", *lines]),
        small_print=f"`{COMMAND} notifications {found[0].id}` shows one in full. {TO_TRY}",
        buttons=pages(f"notifications{whose} page", page, more=len(found) > PAGE),
        title="Notifications",
    )


def _lines(team: Team, found: list[Notification]) -> list[str]:
    clock, tries = schedule.clock_of(team), sent_log.tries(found)
    return [_line(row, clock, tries.get(row.id, 0)) for row in found]


def _line(row: Notification, clock: Clock, times: int) -> str:
    tries = f", {times} tries" if times > 1 else ""
    why = f". {escaped(row.error_message)}" if row.error_message else ""
    return f"• *{row.id}* {clock_time(row.due_at, clock)}: {_became(row)}{tries}{why}"


def _became(row: Notification) -> str:
    """Return what a notification is, and its status."""
    whom = f" to {mentioned(row.team_member)}" if row.team_member else ""
    if row.kind == Kind.ANNOUNCEMENT:
        what, sent = row.purpose.post, "posted"
        if row.purpose == Purpose.PREFLIGHT and row.status == Status.CANCELLED:
            return f"{what}: OK"
    elif row.kind == Kind.DIRECT:
        whom = whom or (f" to <@{row.slack_user_id}>" if row.slack_user_id else "")
        what, sent = f"direct message{whom}", "sent"
    else:
        what = row.purpose.sms + whom
        # Twilio’s first response means it’s queued; only a later query shows that it was sent.
        accepted = row.next_attempt_at and row.twilio_status != "sent"
        sent = "accepted by Twilio" if accepted or row.held else "sent"
        if row.held:
            sent += ", not sent yet"
        elif row.error_code == NO_RECEIPTS:
            sent += "; their carrier sends no receipts"
        else:
            sent += ", no receipt yet" if row.next_attempt_at else ", no receipt"
    as_sent = row.status == Status.SENT or (row.kind != Kind.SMS and row.status == Status.DELIVERED)
    missing = row.error_code == OwnCode.NO_NUMBER
    became = sent if as_sent else (OwnCode.NO_NUMBER if missing else row.status).in_words
    return f"{what}, {became}" + (", confirmed" if row.acknowledged_at else "")


def _details(request: Request, number: int) -> Reply:
    """Return one in full: its text, status and attempts. Only leads see the number."""
    team, clock = request.team, schedule.clock_of(request.team)
    row = sent_log.find(team, number)
    if row is None:
        raise Refusal(
            f"There’s no notification {number}. `{COMMAND} notifications` lists them by number."
        )
    lines = [f"*Notification {row.id}*: {_became(row)}", f"Due {clock_time(row.due_at, clock)}."]
    member = row.team_member
    if row.kind == Kind.SMS and member is not None:
        own = member.slack_user_id == request.actor
        to = row.phone or member.phone
        full = request.leads_team or own
        phone = (spaced(to) if full else masked(to)) if to else "no number yet"
        lines.append(f"To {mentioned(member)}, {phone}.")
    if row.error_message:
        named = not (row.error_code or "").isdigit() or str(row.error_code) in row.error_message
        code = "" if named else f" (Twilio’s code {row.error_code})"
        lines.append(f"{escaped(row.error_message)}{code} {explaining.of(row).link}".rstrip())
    if row.acknowledged_at and row.acknowledged_by:
        where = "by text" if row.acknowledged_in == "sms" else "in Slack"
        at = clock_time(row.acknowledged_at, clock)
        lines.append(f"Confirmed by {mentioned(row.acknowledged_by)} {where}: {at}.")
    if row.fallback_of_id:
        lines.append(f"Sent because of notification {row.fallback_of_id}.")
    if row.twilio_sid:
        lines.append(f"Twilio’s ID: `{row.twilio_sid}`.")
    tries = [
        f"• {clock_time(one.started_at, clock)}: "
        + (one.outcome.in_words if one.outcome else "no answer recorded")
        + (f". {escaped(one.error_message)}" if one.error_message else "")
        for one in sent_log.attempts(row)
    ]
    followed = [
        f"• *{one.id}* {clock_time(one.created_at, clock)}: {_became(one)}"
        for one in sent_log.followed(row, MOST_FOLLOWED)
    ]
    # A direct message is private to its reader; everybody has seen the announcements.
    private = row.kind == Kind.DIRECT and member and member.slack_user_id != request.actor
    text = "" if private and not request.leads_team else _quoted(row)
    return Reply.of(
        "\n".join(lines),
        text,
        "\n".join(["*Tries*", *tries[-20:]]) if tries else "Not tried yet.",
        "\n".join(["*Follow-ups*", *followed]) if followed else "",
        buttons=(Button("All", "notifications"),),
        title="Notification",
    )


def _quoted(row: Notification) -> str:
    text = row.text if row.kind != Kind.SMS else escaped(row.text)
    lines = text.split("\n")
    while len(lines) > 1 and sum(map(len, lines)) > QUOTED:
        lines.pop()
    return "\n".join(f"> {line}" for line in lines)


def troubles(team: Team, request: Request) -> list[str]:
    """Return the last week's messages that didn’t arrive, as lines of mrkdwn."""
    return _lines(team, sent_log.in_trouble(team, request.now, PAGE))
