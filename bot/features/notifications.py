"""/oncall test: a test SMS to yourself."""

from bot.blocks import Reply
from bot.command import COMMAND, Commands, Request, Subcommand
from scheduling import planning
from scheduling.errors import Refusal
from scheduling.numbers import spaced
from storage.models import Member


def register(commands: Commands) -> None:
    """Take `test` into the table."""
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
