"""What is answered to a line in our direct messages, and to whoever opens them."""

from functools import partial
from typing import cast

from bot.slack import direct, examples, offers
from bot.slack.answered import Answering
from bot.slack.blocks import Reply
from bot.slack.command import NoCommand
from bot.slack.guard import UNKNOWN, Guard
from bot.slack.plain_words import Said, small_talk
from bot.slack.refused import refused
from bot.slack.request import Request
from scheduling import limits
from scheduling.errors import Refusal


class DirectLines:
    """Answers lines, as if they were typed after the command, and small talk."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def answered(self, said: Said, line: str) -> tuple[Reply, int] | None:
        """Answer a line that was written in our direct messages; None if that was done before."""
        try:
            subcommand, words, team = self._guard.commands.find(line)
        except NoCommand as unknown:
            return self._talked(said, line, unknown)
        except Refusal as refusal:
            return refused(refusal), Answering(UNKNOWN, said.user).done(0, "refused")
        request = self._guard.request(said.user, words, channel=said.channel, named=team)
        if subcommand.slow:
            # An event comes again if we die before Slack has the acknowledgement.
            new, _ = self._guard.run(
                lambda asked: limits.first_time(said.user, "said", said.ts, asked.now),
                request,
                subcommand.name,
                quiet=True,
            )
            if new is False:
                return None  # else it is new; or nothing can be written, and so nothing changed
        ours = self._guard.services.directory.workspace
        elsewhere = bool(said.workspace and ours) and said.workspace != ours
        shown = partial(direct.shown_here, line=line)
        answer, number = self._guard.carry_out(
            subcommand, request, line, elsewhere=elsewhere, shown=shown
        )
        return cast(Reply, answer), number

    def _talked(self, said: Said, line: str, unknown: NoCommand) -> tuple[Reply, int]:
        """Answer what is no command, to whom it may concern."""

        def told(request: Request) -> Reply:
            request.keep_outsiders_out()
            kind = small_talk(line)
            reply = direct.pleasantry(kind, request) if kind else direct.no_command(unknown)
            return examples.made_real(request, offers.without_refused(request, reply))

        request = self._guard.request(said.user, [], channel=said.channel)
        return self._guard.run(told, request, UNKNOWN)

    def hello(self, user: str, channel: str) -> Reply | None:
        """Return the hello for somebody; None unless they may look, or while Slack is silent."""

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
