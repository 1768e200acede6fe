"""The guard around all requests: identity, database connection, refusals in words.

An unexpected error is logged, and the answer has a reference to find it in the log.
"""

import html
import re
from collections.abc import Callable, Mapping
from typing import Any

from peewee import OperationalError

from bot.slack import examples, naming, offers
from bot.slack.answered import Answering
from bot.slack.answers import sorry
from bot.slack.blocks import Reply
from bot.slack.command import Answer, Commands, Subcommand
from bot.slack.forms import Wrong
from bot.slack.refusals import worded
from bot.slack.refused import refused, which_team
from bot.slack.request import Request, WhichTeam
from bot.slack.services import Services
from scheduling.changes.waiting import Settled
from scheduling.errors import NotAllowed, NothingToDo, Refusal
from storage.database import reading
from storage.models import Member

UNKNOWN = "unknown"  # the operation of a line that isn't a subcommand
EXPLAINS = "help"  # its examples are left as they are

# A mention, and a command with backticks around it, in mrkdwn.
_MENTION = re.compile(r"<@(\w+)[^>]*>")
_COMMAND = re.compile(r"`([^`]*)`")


class Guard:
    """Runs requests, and returns an answer whatever happens."""

    def __init__(self, commands: Commands, services: Services) -> None:
        self.commands = commands
        self.services = services

    def request(self, actor: str, words: list[str], **more: Any) -> Request:
        """Return a Slack user's request, made now; `more` are fields of the Request."""
        services = self.services
        return Request(services, self.commands, actor, services.clock.now(), words, **more)

    def knows(self, request: Request, subcommand: Subcommand) -> bool:
        """Return whether a request can be answered without asking Slack who the user is."""
        if self.services.directory.lately(request.actor) is not None:
            return True
        known, _ = self.run(
            lambda asked: subcommand.of_outsiders and asked.is_here,
            request,
            "who is asking",
            quiet=True,
        )
        return known is True

    def carry_out(
        self,
        subcommand: Subcommand,
        request: Request,
        line: str,
        *,
        elsewhere: bool = False,
        shown: Callable[[Answer], Answer] = lambda answer: answer,
    ) -> tuple[Answer, int]:
        """Run a subcommand; return its answer, whatever happens, and the team's id.

        `elsewhere` is whether Slack's delivery says that the actor belongs to another workspace;
        `shown` adapts the answer to the place where it is read.
        """

        def carried_out(request: Request) -> Answer:
            if elsewhere and subcommand.slow:
                self.keep_strangers_out(request.actor)
            request.keep_outsiders_out(open_to_them=subcommand.of_outsiders)
            if elsewhere and not (subcommand.of_outsiders and request.is_here):
                # A user unknown to us counted as a member so far.
                self.keep_strangers_out(request.actor)
            request.needs_rights_to(subcommand)
            answer = subcommand.run(request)
            if isinstance(answer, Reply) and not answer.in_channel:
                answer = offers.without_refused(request, answer)
                if subcommand.name != EXPLAINS:
                    answer = examples.made_real(request, answer)
            return shown(answer)

        what = subcommand.name or "status"  # of `/oncall` alone
        return self.run(carried_out, request, what, subcommand=subcommand, line=line)

    def keep_strangers_out(self, user: str) -> None:
        """Raise Refusal for a user of another organization; asks Slack who they are."""
        if self.services.directory.profile(user).is_stranger:
            raise NotAllowed(
                "You’re in another workspace, and people from there can’t change anything here. "
                "Ask somebody on the team."
            )

    def run(
        self,
        work: Callable[[Request], Any],
        request: Request,
        what: str,
        *,
        fields: list[str] | None = None,
        subcommand: Subcommand | None = None,
        line: str = "",
        quiet: bool = False,
    ) -> tuple[Any, int]:
        """Return the answer of `work`, or its error in words, and the team's id (0 for none).

        For a form with these `fields`, errors are returned by field, "nothing to do" as an answer.
        """
        answering = Answering(what, request.actor, quiet=quiet)
        try:
            with reading():
                answer = work(request)
                if subcommand is None or subcommand.name != EXPLAINS:
                    answer = naming.with_team(request, answer)
                return answer, answering.done(_team_of(request))
        except WhichTeam as question:
            return which_team(question, line), answering.done(0, "asked which team")
        except Settled as settled:
            return Reply.of(settled.message, settles=True), answering.done(0, "settled already")
        except Refusal as refusal:
            wrong = refusal.read_by(request.actor)
            said = _advised(request, refused(wrong, subcommand, line))
            team = answering.done(_team_of(request), "refused")
        except Exception as error:  # noqa: BLE001 - `failed` logs it
            said, team = sorry(error, answering.failed()), _team_of(request)
            wrong = Refusal(said.paragraphs[0].removeprefix(":x: "))
        # Nothing was wrong with what was filled in, unless it is said of a field.
        if isinstance(wrong, NothingToDo) and wrong.field is None:
            return said, team
        if fields is not None:
            return self._by_field(request, wrong, fields), 0
        return said, team

    def _by_field(self, request: Request, refusal: Refusal, fields: list[str]) -> dict[str, str]:
        """Return errors by the field at which they can be shown, as plain text."""

        def plain(message: str) -> str:
            return self._plain("\n".join(_advised(request, Reply.of(message)).paragraphs))

        found = refusal.fields if isinstance(refusal, Wrong) else {refusal.field: worded(refusal)}
        first = fields[0] if fields else ""
        return {
            field if field in fields else first: plain(message) for field, message in found.items()
        }

    def _plain(self, text: str) -> str:
        def typed(command: re.Match[str]) -> str:
            return _MENTION.sub(lambda one: self._named(one[1], typed=True), command[1])

        text = _COMMAND.sub(typed, text)
        text = _MENTION.sub(lambda one: self._named(one[1]), text.replace("`", ""))
        text = html.unescape(re.sub(r"<#[^>]*>", "the channel", text))
        return text[:1].upper() + text[1:]

    def _named(self, user: str, *, typed: bool = False) -> str:
        """Return a Slack user's name in plain text, or as it's `typed` in a command."""
        if profile := self.services.directory.known(user):
            return f"@{profile.handle}" if typed else profile.name
        with reading():
            member = Member.get_or_none(Member.slack_user_id == user)
        if member is None:
            return "this person"
        return f'"{member.name}"' if typed else str(member.name)


def _advised(request: Request, reply: Reply) -> Reply:
    """Return an answer whose commands the reader can type, and that act on the right team there."""
    found: Reply = naming.with_team(request, examples.made_real(request, reply))
    return found


def is_elsewhere(body: Mapping[str, Any]) -> bool:
    """Return whether the user's workspace isn't the one in which the app is installed.

    They use a shared channel, or are a colleague: for users of an Enterprise organization, Slack
    always sends the same workspace, wherever they click.
    https://github.com/slackapi/bolt-js/issues/1875
    """
    theirs = body.get("user", {}).get("team_id")
    # In a form's payload `team` is the user's; ours is where the app is installed.
    ours = body.get("view", {}).get("app_installed_team_id") or (body.get("team") or {}).get("id")
    return bool(theirs and ours) and theirs != ours


def _team_of(request: Request) -> int:
    try:
        with reading():
            return int(request.team.id)
    except (Refusal, OperationalError):
        return 0
