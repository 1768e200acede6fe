"""Events: what the app is told of without having been asked anything.

Only those that its manifest subscribes to are sent. https://docs.slack.dev/reference/events/message.im
"""

import asyncio
import secrets
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from sandbox.slack.errors import NoAnswer
from sandbox.slack.memory import APP_ID, BOT_USER_ID, TEAM_ID, Channel, Json, Memory, Post, User
from sandbox.slack.socket_mode import SocketMode


class Events:
    """Tells the app what happens. Runs on the loop."""

    def __init__(self, memory: Memory, socket: SocketMode, subscribed: frozenset[str]) -> None:
        self._memory = memory
        self.socket = socket
        self._subscribed = subscribed
        self._under_way: set[asyncio.Task[None]] = set()
        self.of_people: list[Json] = []  # what was told of people, oldest first
        memory.on_message = self._message_of_the_app

    async def opened(self, user: User, tab: str, view: Json | None = None) -> None:
        """Say that somebody opened a tab of the app's: 'home' or 'messages'. Raises NoAnswer."""
        if "app_home_opened" not in self._subscribed:
            return
        event: Json = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": self._memory.direct_messages(user.id).id,
            "tab": tab,
            "event_ts": self._memory.new_ts(),
        }
        await self._send(event | ({"view": view} if view else {}))

    async def message(self, channel: Channel, post: Post, **more: Any) -> None:
        """Say that there is a message in direct messages with the app; `more` as a subtype.

        Who wrote it doesn't care whether the app hears of it.
        """
        if channel.kind != "im" or "message.im" not in self._subscribed:
            return
        event = {**post.as_json(), "channel": channel.id, "channel_type": "im", **more}
        # Where the writer is at home; missing with a file. See bot/slack/plain_words.py.
        event["team"] = self._memory.users[post.user].team
        if post.files:
            del event["team"]
        with suppress(NoAnswer):
            await self._send({**event, "event_ts": event["ts"]})

    async def edited(self, channel: Channel, post: Post, before: Json | None = None) -> None:
        """Say that a message in direct messages with the app is another one now."""
        if channel.kind != "im" or "message.im" not in self._subscribed:
            return
        ts = self._memory.new_ts()
        event: Json = {
            "type": "message",
            "subtype": "message_changed",
            "hidden": True,
            "channel": channel.id,
            "channel_type": "im",
            "ts": ts,
            "event_ts": ts,
            "message": post.as_json(),
            "previous_message": before or {},
        }
        with suppress(NoAnswer):
            await self._send(event)

    async def repeat(self, event: Json) -> None:
        """Deliver an event once more, as Slack does when it missed the acknowledgement."""
        await self.socket.send_event(event, first_attempt=1)

    def _message_of_the_app(self, channel: Channel, post: Post, *, edited: bool) -> None:
        """Tell the app of its own messages, too, as Slack does; nobody waits for it."""
        self._later((self.edited if edited else self.message)(channel, post))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _send(self, event: Json) -> None:
        payload: Json = {
            "token": "sandbox",
            "team_id": TEAM_ID,
            "api_app_id": APP_ID,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{secrets.token_hex(5).upper()}",
            "event_time": int(self._memory.clock.now().timestamp()),
            "authorizations": [
                {
                    "enterprise_id": (self._memory.enterprise or {}).get("id"),
                    "team_id": TEAM_ID,
                    "user_id": BOT_USER_ID,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
        }
        if BOT_USER_ID not in (event.get("user"), event.get("message", {}).get("user")):
            self.of_people.append(payload)
        await self.socket.send_event(payload)
