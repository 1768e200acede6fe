"""The guard around every listener: identity, connection, refusals in words, crash -> reference id.

Bolt runs listeners where they are (process_before_response): what only reads the database answers
with the acknowledgement. What may be slow is acknowledged at once and answered from a thread.
"""

import logging
import secrets
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial

from peewee import OperationalError
from slack_bolt import App, Args
from slack_sdk.errors import SlackClientError

from bot.blocks import Reply
from bot.command import COMMAND, Commands, Request, Subcommand
from bot.services import Services
from scheduling.errors import Refusal
from storage.database import reading
from storage.models import Member, Team

log = logging.getLogger("whoseonfirst.listener")


class Listeners:
    """Answers `/oncall`."""

    def __init__(self, app: App, commands: Commands, services: Services) -> None:
        self._commands = commands
        self._services = services
        self._slow = ThreadPoolExecutor(4, thread_name_prefix="command")
        self._in_hand: set[Future[None]] = set()
        app.command(COMMAND)(self._on_command)

    def stop(self, timeout: float) -> bool:
        """Take no more, and finish the commands that were acknowledged; tell whether all did."""
        self._slow.shutdown(wait=False)
        return not wait(self._in_hand.copy(), timeout).not_done

    def _on_command(self, args: Args) -> None:
        body = args.body
        subcommand: Subcommand | None = None
        try:
            subcommand, words = self._commands.find(body.get("text") or "")
        except Refusal as refusal:
            reply = refused(refusal)
        else:
            work = partial(
                self._carry_out, subcommand, words, body["user_id"], body.get("channel_id")
            )
            if subcommand.slow:
                args.ack()
                later = self._slow.submit(self._answer_later, args, work)
                self._in_hand.add(later)
                later.add_done_callback(self._in_hand.discard)
                return
            reply = work()
        args.ack(text=reply.text, blocks=reply.blocks(), response_type="ephemeral")

    def _answer_later(self, args: Args, work: "partial[Reply]") -> None:
        reply = work()
        try:
            args.respond(text=reply.text, blocks=reply.blocks(), response_type="ephemeral")
        except (SlackClientError, OSError):
            log.exception("the answer to %s did not reach Slack", args.body["user_id"])

    def _carry_out(
        self, subcommand: Subcommand, words: list[str], actor: str, channel: str | None
    ) -> Reply:
        """Run a subcommand and return its answer, whatever happens."""
        try:
            with reading():
                team = team_for(channel, actor)
                request = Request(self._services, team, actor, self._services.clock.now(), words)
                if subcommand.for_admins and not request.is_admin:
                    raise Refusal(
                        "Only admins may change that: workspace admins and owners, and those "
                        f"named in ONCALL_ADMINS. Ask one of them to type `{subcommand.usage}`."
                    )
                return subcommand.run(request)
        except Refusal as refusal:
            return refused(refusal, subcommand)
        except Exception as error:
            reference = secrets.token_hex(4)
            log.exception("%s %s failed [%s]", COMMAND, subcommand.name, reference)
            if isinstance(error, OperationalError) and "locked" in str(error):
                return Reply.of(
                    ":x: Something else is busy with my database, so nothing was changed. Please "
                    "try again in a minute."
                )
            return Reply.of(
                f":x: Something went wrong on my side. Please try again; if it stays, tell "
                f"whoever runs me this reference: `{reference}`."
            )


def refused(refusal: Refusal, subcommand: Subcommand | None = None) -> Reply:
    """Return a refusal as an answer, with an example if its own words have none."""
    if subcommand is None or not subcommand.examples[0] or f"`{COMMAND}" in refusal.message:
        return Reply.of(f":x: {refusal.message}")
    return Reply.of(
        f":x: {refusal.message}\nFor example: `{COMMAND} {subcommand.examples[0]}`".rstrip()
    )


def team_for(channel: str | None, actor: str) -> Team:
    """Return the team a command is about: the channel's, else the actor's, else the only one.

    Raises Refusal when there is none, or when it could be several.
    """
    teams = list(Team.select().order_by(Team.name))
    here = [team for team in teams if channel and team.channel_id == channel]
    theirs = Member.select(Member.team).where(
        Member.slack_user_id == actor,
        Member.is_active == True,  # noqa: E712 - SQL
    )
    own = {member.team_id for member in theirs} if len(teams) > 1 and not here else set()
    for candidates in (here, [team for team in teams if team.id in own], teams):
        if len(candidates) == 1:
            return candidates[0]
    if not teams:
        raise Refusal(
            "No team is set up yet. Whoever runs me can set ONCALL_CHANNEL and start me again, or "
            "import a team: `run_bot.py import team.toml`."
        )
    channels = ", ".join(
        f"<#{team.channel_id}> ({team.name})" if team.channel_id else team.name for team in teams
    )
    raise Refusal(f"Which team do you mean? Type it in that team's channel: {channels}.")
