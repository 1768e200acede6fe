"""Answers to lines in our direct messages and to mentions, and the greeting for new people."""

from contextlib import suppress
from functools import partial
from typing import cast

from peewee import OperationalError

from bot.slack import direct, examples, offers
from bot.slack.answered import Answering
from bot.slack.blocks import Reply
from bot.slack.command import Answer, NoCommand
from bot.slack.features import beginning
from bot.slack.guard import UNKNOWN, Guard
from bot.slack.plain_words import Said, small_talk
from bot.slack.refused import refused
from bot.slack.request import Request
from scheduling import limits
from scheduling.errors import Refusal
from storage.database import reading


class DirectLines:
    """Answers small talk, and other lines as if they were typed after the command."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def answered(self, said: Said, line: str) -> tuple[Reply, int] | None:
        """Answer a line that was written to us; None if it was already answered.

        To a mention we only answer questions: everybody reads what was asked, and the preview of a
        change isn't lost among other messages.
        """
        if not said.is_mention:
            return self._answered(said, line)
        reply, number = cast(tuple[Reply, int], self._answered(said, line))
        return self._with_a_beginning(said, reply), number

    def _answered(self, said: Said, line: str) -> tuple[Reply, int] | None:
        try:
            subcommand, words, team = self._guard.commands.find(line)
        except NoCommand as unknown:
            return self._talked(said, line, unknown)
        except Refusal as refusal:
            return refused(refusal), Answering(UNKNOWN, said.user).done(0, "refused")
        request = self._guard.request(said.user, words, channel=said.channel, named=team)
        if said.is_mention and not subcommand.question:
            instead = partial(direct.offered_instead, subcommand=subcommand, line=line)
            subcommand = subcommand._replace(run=instead)
        elif subcommand.slow and not said.is_mention:
            # Slack repeats an event if we crash before acknowledging it.
            new, _ = self._guard.run(
                lambda asked: limits.first_time(said.user, "said", said.ts, asked.now),
                request,
                subcommand.name,
                quiet=True,
            )
            if new is False:
                return None  # otherwise it's new, or the database can't be written to
        ours = self._guard.services.directory.workspace
        elsewhere = bool(said.workspace and ours) and said.workspace != ours

        def shown(answer: Answer) -> Answer:
            if said.is_mention and isinstance(answer, Reply):
                return answer
            return direct.shown_here(answer, line)

        answer, number = self._guard.carry_out(
            subcommand, request, line, elsewhere=elsewhere, shown=shown
        )
        return cast(Reply, answer), number

    def _talked(self, said: Said, line: str, unknown: NoCommand) -> tuple[Reply, int]:
        """Answer a line that isn't a command."""

        def answer(request: Request) -> Reply:
            request.keep_outsiders_out()
            kind = small_talk(line)
            if kind == "hello" and said.is_mention:
                reply = direct.hello_in_channel()
            else:
                reply = direct.pleasantry(kind, request) if kind else direct.no_command(unknown)
            return examples.made_real(request, offers.without_refused(request, reply))

        request = self._guard.request(said.user, [], channel=said.channel)
        return self._guard.run(answer, request, UNKNOWN)

    def _with_a_beginning(self, said: Said, reply: Reply) -> Reply:
        """Return an answer that says how to begin, if the channel has no team."""
        request = self._guard.request(said.user, [], channel=said.channel)
        with suppress(Refusal, OperationalError), reading():
            if not request.is_outsider:
                return beginning.offered(request, reply)
        return reply

    def hello(self, user: str, channel: str) -> Reply | None:
        """Return the greeting for a user; None if they may not see anything, or Slack is down."""

        def greeted(request: Request) -> Reply | None:
            try:
                request.needs_to_be_known()
                request.keep_outsiders_out()
            except Refusal:
                return None
            reply = direct.hello(request)
            return examples.made_real(request, offers.without_refused(request, reply))

        request = self._guard.request(user, [], channel=channel)
        reply, _ = self._guard.run(greeted, request, "hello", quiet=True)
        failed = reply is not None and reply.beside
        return None if failed else reply
