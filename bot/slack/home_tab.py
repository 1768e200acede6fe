"""Publishes Home tabs: when people open them, and after anything they do in Slack."""

import logging

from slack_bolt import Args

from bot.slack import answers
from bot.slack.blocks import Reply
from bot.slack.features import home
from bot.slack.guard import Guard
from bot.slack.ways_back import WaysBack
from scheduling.channels.slack.errors import SLACK_ERRORS

log = logging.getLogger("whoseonfirst.listener")


class HomeTab:
    """Publishes Home tabs."""

    def __init__(self, guard: Guard, ways: WaysBack) -> None:
        self._guard = guard
        self._ways = ways

    def publish(self, args: Args, user: str) -> None:
        """Publish a user's Home tab; if that fails, the old one stays."""
        view, _ = self._guard.run(home.view, self._guard.request(user, []), "home", quiet=True)
        if isinstance(view, Reply):  # an error
            stands = args.body.get("event", {}).get("view") or {}
            if args.body.get("event") is None:
                return
            view = answers.kept(stands, view) if stands.get("blocks") else home.trouble(view)
        if unheard := self._ways.unheard.pop(user, None):
            view = answers.kept(view if isinstance(view, dict) else view.to_dict(), unheard)
        try:
            args.client.views_publish(user_id=user, view=view)
        except SLACK_ERRORS as error:
            log.warning(
                "the Home tab of %s could not be rendered: %s", user, error, extra={"actor": user}
            )
