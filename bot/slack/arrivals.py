"""The bot comes to a channel: it says who it is, and how to begin.

Slack names who invited it. An event without an inviter tells of a channel that the bot has joined
by itself, as it does when a team is made for it: nothing is said then.
https://docs.slack.dev/reference/events/member_joined_channel
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from bot.slack.blocks import Reply
from bot.slack.features import beginning
from bot.slack.guard import Guard
from bot.slack.plain_words import Said
from bot.slack.request import Request
from scheduling import limits
from scheduling.delivery import second_way
from storage.models import Team

log = logging.getLogger("whoseonfirst.listener")


class Arrivals:
    """Greets the channels that the bot is invited to. `post` posts, and logs what fails."""

    def __init__(self, guard: Guard, post: Callable[[Said, Reply, int], None]) -> None:
        self._guard = guard
        self._post = post

    @staticmethod
    def invited(event: Mapping[str, Any], bot: str) -> bool:
        """Tell whether somebody has invited the bot: most of these events are about others."""
        inviter = event.get("inviter")
        is_channel = str(event.get("channel", "")).startswith(("C", "G"))
        return event.get("user") == bot and bool(inviter) and inviter != bot and is_channel

    def greet(self, event: Mapping[str, Any], delivery: str) -> None:
        """Say hello in a channel, once for each invitation, or that posts arrive there again."""
        inviter, channel = str(event["inviter"]), str(event["channel"])

        def said(request: Request) -> Reply | None:
            # Slack repeats an event for some minutes, perhaps to another process.
            if not limits.first_time(str(event["user"]), "joined", delivery, request.now):
                return None
            team = Team.of_channel(channel)
            if team is None:
                makes = request.services.members_make_teams
                return beginning.greeting(members_make_teams=makes)
            return beginning.back_in(team) if second_way.lacks_channel(team) else None

        request = self._guard.request(inviter, [], channel=channel)
        reply, team = self._guard.run(said, request, "joined", quiet=True)
        failed = reply is not None and reply.beside  # logged by the guard
        if reply is not None and not failed:
            at = str(event.get("event_ts") or "0")
            self._post(Said(inviter, channel, at, "", None), reply, team)
