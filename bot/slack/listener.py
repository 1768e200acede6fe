"""The listeners for everything that people do in Slack.

Bolt runs listeners in its own thread (process_before_response), so a command that only reads the
database is answered in the acknowledgement. A slow one is acknowledged first and answered later.
"""

import re
from contextlib import suppress
from functools import partial
from typing import cast

from slack_bolt import App, Args

from bot.slack import answers, direct
from bot.slack.answered import Answering
from bot.slack.arrivals import Arrivals
from bot.slack.blocks import DECISION, Reply
from bot.slack.clicks import Click, Clicks
from bot.slack.command import Commands
from bot.slack.decisions import Decisions
from bot.slack.direct_lines import DirectLines
from bot.slack.forms_sent import SentForms
from bot.slack.guard import UNKNOWN, Guard
from bot.slack.home_tab import HomeTab
from bot.slack.plain_words import Said, addressed, line_of
from bot.slack.recent import Deliveries
from bot.slack.refused import refused
from bot.slack.services import Services
from bot.slack.typed import COMMAND
from bot.slack.ways_back import WaysBack
from bot.slack.workers import Workers
from bot.slack.zone_field import ZONE, suggested
from scheduling.channels.slack.layout import RUN
from scheduling.errors import Refusal


class Listeners:
    """Handles `/oncall`, clicks, forms, direct messages, mentions and opened Home tabs.

    Also greets the channels that the bot is invited to.
    """

    def __init__(self, app: App, commands: Commands, services: Services) -> None:
        self._guard = guard = Guard(commands, services)
        self._workers = workers = Workers()
        self._deliveries = Deliveries()
        self._ways = ways = WaysBack(workers.later)
        self._home = home = HomeTab(guard, ways)
        self._clicks = Clicks(guard, workers, ways, home)
        decisions = Decisions(self._clicks, workers, ways, home)
        self._forms = SentForms(guard, workers, ways, home)
        lines = DirectLines(guard)
        self._direct = direct.DirectMessages(app.client, workers.talk, lines.answered, lines.hello)
        self._arrivals = Arrivals(guard, self._direct.post)
        app.command(COMMAND)(self._on_command)
        app.action(re.compile(""))(self._on_action)
        app.options(ZONE)(self._on_zone_search)
        app.view(DECISION)(decisions.sent)
        app.view_closed(DECISION)(decisions.closed)
        app.view(re.compile(""))(self._forms.sent)
        app.event("app_home_opened")(self._on_home)
        app.event("message")(self._on_message)
        app.event("app_mention")(self._on_mention)
        app.event("member_joined_channel")(self._on_joined)

    def stop(self, timeout: float) -> bool:
        """Accept no more and finish what was acknowledged; return whether all of it finished."""
        self._ways.stop()
        self._direct.stop()
        return self._workers.stop(timeout)

    def _on_command(self, args: Args) -> None:
        body = args.body
        text = body.get("text") or ""
        try:
            subcommand, words, team = self._guard.commands.find(text)
        except Refusal as refusal:
            Answering(UNKNOWN, body["user_id"]).done(0, "refused")
            reply = refused(refusal)
            args.ack(text=reply.text, blocks=reply.blocks(), response_type="ephemeral")
            return
        request = self._guard.request(
            body["user_id"], words, channel=body.get("channel_id"), named=team
        )
        work = partial(self._guard.carry_out, subcommand, request, text)
        if not subcommand.slow and self._guard.knows(request, subcommand):
            answer, team_id = work()
            reply = cast(Reply, answer)  # commands that open a form are slow
            if reply.is_acknowledgement:
                args.ack(**answers.message(reply, team_id))
            else:
                args.ack()
                if not self._deliveries.known(body.get("trigger_id")):
                    self._workers.later(partial(self._ways.show, args, reply, team_id, text))
            unknown = self._guard.services.directory.known(request.actor) is None
            if unknown and not self._deliveries.known(f"met {request.actor}"):
                self._workers.later(partial(self._meet, request.actor))
            return
        args.ack()
        if not self._deliveries.known(body.get("trigger_id")):
            self._workers.later(lambda: self._ways.show(args, *work(), text))

    def _meet(self, user: str) -> None:
        """Ask Slack about a user we don't know, so that we know their zone next time."""
        with suppress(Refusal):
            self._guard.services.directory.profile(user)

    def _on_action(self, args: Args) -> None:
        args.ack()
        body = args.body
        if self._deliveries.known(body.get("trigger_id")):
            return
        action = body["actions"][0]
        if action["action_id"].startswith(f"{RUN}:"):
            self._clicks.take(args, Click.of(body, str(action.get("value") or "")))
        elif body.get("view", {}).get("type") == "modal":
            self._forms.typed(args)

    def _on_zone_search(self, args: Args) -> None:
        """Answer from the tz database alone: Slack asks often, and waits only three seconds."""
        typed = str(args.body.get("value") or "")
        args.ack(options=suggested(typed, self._guard.services.clock.now()))

    def _on_home(self, args: Args) -> None:
        args.ack()
        event = args.body["event"]
        if self._deliveries.known(args.body.get("event_id")):
            return
        if event.get("tab") == "home":
            self._workers.later(partial(self._home.publish, args, event["user"]))
        elif event.get("tab") == "messages":
            greet = partial(self._direct.greet, event["user"], event["channel"])
            self._workers.talk(greet)

    def _on_message(self, args: Args) -> None:
        args.ack()
        if said := Said.of(args.body["event"]):
            self._take(args, said, said.text)

    def _on_mention(self, args: Args) -> None:
        args.ack()
        if said := Said.of_mention(args.body["event"]):
            self._take(args, said, addressed(said.text, args.context.bot_user_id or ""))

    def _take(self, args: Args, said: Said, text: str) -> None:
        if self._deliveries.known(args.body.get("event_id")):
            return
        if not self._deliveries.known(f"said {said.channel} {said.ts}"):
            self._direct.take(said, line_of(text, args.context.bot_user_id or ""))

    def _on_joined(self, args: Args) -> None:
        args.ack()
        event, delivery = args.body["event"], str(args.body.get("event_id"))
        if not self._arrivals.invited(event, args.context.bot_user_id or ""):
            return
        if not self._deliveries.known(delivery):
            self._workers.talk(partial(self._arrivals.greet, event, delivery))
