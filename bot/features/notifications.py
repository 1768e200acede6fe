"""/oncall notifications, test: what was sent and what became of it; a test SMS to yourself."""

from zoneinfo import ZoneInfo

from bot.blocks import Reply
from bot.command import COMMAND, Commands, Request, Subcommand
from bot.people import mentioned
from scheduling import planning, schedule
from scheduling.errors import Refusal
from scheduling.messages import clock_time, escaped
from scheduling.numbers import spaced
from storage.models import Member, Notification

LATEST = 10
TO_TRY = f"`{COMMAND} test` sends a test SMS to yourself."
# What a status means to a person. What isn't here is said as it is: delivered, undelivered, failed.
IN_WORDS = {
    "pending": "not sent yet",
    "sending": "being sent",
    "retrying": "not sent yet, will be tried again",
    "uncertain": "unclear whether it went out, being looked up",
    "expired": "not sent, for it was too late to be useful",
    "cancelled": "not sent, for it was no longer true",
    "skipped": "not sent, for they opted out",
}
POSTS = {
    "daily": "morning post",
    "handoff": "handoff post",
    "warning": "warning in the channel",
    "missed": "note of what was missed",
}


def register(commands: Commands) -> None:
    """Take `notifications` and `test` into the table."""
    commands.add(
        Subcommand(
            name="notifications",
            takes="",
            does=f"the latest {LATEST} SMS and posts, and what became of each",
            examples=("notifications",),
            run=show,
        )
    )
    commands.add(
        Subcommand(
            name="test",
            takes="",
            does="send a test SMS to yourself",
            examples=("test",),
            run=send,
            takes_time=True,
        )
    )


def show(request: Request) -> Reply:
    """Return the team's latest notifications, newest first."""
    latest = (
        Notification.select(Notification, Member)
        .join(Member, "LEFT JOIN")
        .where(Notification.team == request.team)
        .order_by(Notification.due_at.desc(), Notification.id.desc())
        .limit(LATEST)
    )
    zone = schedule.zone_of(request.team)
    lines = [_told(row, zone) for row in latest]
    if not lines:
        return Reply.of(f"Nothing was sent for *{escaped(request.team.name)}* yet. {TO_TRY}")
    return Reply.of(
        "\n".join([f"*The latest for {escaped(request.team.name)}*", *lines]),
        small_print=TO_TRY,
    )


def _told(row: Notification, zone: ZoneInfo) -> str:
    if row.kind == "announcement":
        what = POSTS.get(row.purpose, "post in the channel")
        sent = f"{what}, posted"
    else:
        what = "test SMS" if row.purpose == "test" else "SMS"
        what += f" to {mentioned(row.team_member)}" if row.team_member else ""
        sent = f"{what}, sent, {'no receipt yet' if row.next_attempt_at else 'without a receipt'}"
    fate = sent if row.status == "sent" else f"{what}, {IN_WORDS.get(row.status, row.status)}"
    why = f". {escaped(row.error_message)}" if row.error_message else ""
    return f"• {clock_time(row.due_at, zone)}: {fate}{why}"


def send(request: Request) -> Reply:
    """Put a test SMS to the actor into the outbox."""
    member = Member.get_or_none(Member.team == request.team, Member.slack_user_id == request.actor)
    if member is None:
        raise Refusal(
            f"I have no number of yours in {request.team.name}. An admin can add you: "
            f"`{COMMAND} members add <@{request.actor}> +13125550101`."
        )
    if not planning.send_trial(request.team, member, request.now):
        raise Refusal(
            "A test SMS to you went out less than a minute ago. If it does not arrive, look at the "
            f"number in `{COMMAND} members`, then try `{COMMAND} test` again in a minute."
        )
    request.services.jobs.wake()
    return Reply.of(
        f":iphone: A test SMS to {spaced(member.phone)} is on its way. If it is not there in a "
        "minute, the channel will say why."
    )
