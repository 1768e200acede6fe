"""Events that Slack sends to the app.

Only those that its manifest subscribes to are sent.
https://docs.slack.dev/reference/events/message.im
https://docs.slack.dev/reference/events/app_mention
https://docs.slack.dev/reference/events/member_joined_channel
"""

import asyncio
import re
import secrets
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from sandbox.slack.errors import NoAnswer
from sandbox.slack.manifest import Manifest
from sandbox.slack.memory import APP_ID, BOT_USER_ID, TEAM_ID, Channel, Json, Memory, Post, User
from sandbox.slack.socket_mode import SocketMode


class Events:
    """Sends events to the app. Runs on the loop."""

    def __init__(self, memory: Memory, socket: SocketMode, manifest: Manifest) -> None:
        self._memory = memory
        self.socket = socket
        self._subscribed = manifest.events
        self.scopes = manifest.scopes
        self._under_way: set[asyncio.Task[None]] = set()
        self.of_people: list[Json] = []  # the events about people, oldest first
        self.heard: list[Json] = []  # the events that the app has acknowledged, oldest first
        memory.on_message = self._message_of_the_app
        memory.on_join = lambda channel: self._later(self.joined(channel, BOT_USER_ID))

    async def opened(self, user: User, tab: str, view: Json | None = None) -> None:
        """Send that somebody opened a tab of the app's: 'home' or 'messages'. Raises NoAnswer."""
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
        """Send a message that the app hears of; `more` has a subtype.

        The app hears of messages in its direct messages, and of those that mention it in a channel.
        Errors are ignored, because the message's author wouldn't notice them.
        """
        if channel.kind != "im":
            await self._mention(channel, post)
            return
        if "message.im" not in self._subscribed:
            return
        event = {**post.as_json(), "channel": channel.id, "channel_type": "im", **more}
        # The writer's own workspace; missing with a file. See bot/slack/plain_words.py.
        event["team"] = self._memory.users[post.user].team
        if post.files:
            del event["team"]
        with suppress(NoAnswer):
            await self._send({**event, "event_ts": event["ts"]})

    async def edited(self, channel: Channel, post: Post, before: Json | None = None) -> None:
        """Send that a message was edited; in a channel, only if it mentions the app."""
        if channel.kind != "im":
            await self._mention(channel, post)
            return
        if "message.im" not in self._subscribed:
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

    async def joined(self, channel: Channel, user: str, inviter: str | None = None) -> None:
        """Say that somebody came to a channel that the app is in; without `inviter` by themselves.

        Whoever came doesn't care whether the app hears of it.
        """
        needed = "channels:read" if channel.kind == "public" else "groups:read"
        heard = "member_joined_channel" in self._subscribed and needed in self.scopes
        if channel.kind == "im" or BOT_USER_ID not in channel.members or not heard:
            return
        event: Json = {
            "type": "member_joined_channel",
            "user": user,
            "channel": channel.id,
            "channel_type": "C" if channel.kind == "public" else "G",
            "team": TEAM_ID if user == BOT_USER_ID else self._memory.users[user].team,
            **({"inviter": inviter} if inviter else {}),
            "event_ts": self._memory.new_ts(),
        }
        with suppress(NoAnswer):
            await self._send(event)

    async def _mention(self, channel: Channel, post: Post) -> None:
        """Say that a message mentions the app. One that was edited comes again, marked as such."""
        mentioned = re.search(rf"<@{BOT_USER_ID}(\|[^<>]*)?>", post.text)
        heard = "app_mention" in self._subscribed and "app_mentions:read" in self.scopes
        if not (mentioned and heard and BOT_USER_ID in channel.members):
            return
        event = {**post.as_json(), "type": "app_mention", "channel": channel.id}
        event["team"] = self._memory.users[post.user].team
        with suppress(NoAnswer):
            await self._send({**event, "event_ts": event["ts"]})

    async def repeat(self, event: Json) -> None:
        """Deliver an event again, as Slack does when it missed the acknowledgement."""
        await self.socket.send_event(event, first_attempt=1)

    def _message_of_the_app(self, channel: Channel, post: Post, *, edited: bool) -> None:
        """Send the app its own messages, too, as Slack does, without waiting for it."""
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
        by_the_app = BOT_USER_ID in (event.get("user"), event.get("message", {}).get("user"))
        if not by_the_app or "inviter" in event:
            self.of_people.append(payload)
        await self.socket.send_event(payload)
        self.heard.append(payload)
        self._memory.tell()
