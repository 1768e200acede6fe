"""The people of the workspace."""

import re
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from bot.sandbox.slack import render
from bot.sandbox.slack.workspace import Post, SlackWorkspace


class Names:
    def __init__(self, w: SlackWorkspace) -> None:
        self._w = w

    def user(self, id: str) -> str:
        return self._w.user(id)

    def channel(self, id: str) -> str:
        return self._w.channel_name(id)


@dataclass
class Answer:
    text: str
    blocks: list[Any]
    ephemeral: bool


@dataclass
class SlackMessage:
    ts: str
    text: str
    plain: str
    metadata: dict[str, Any] | None


class SlackChannel:
    def __init__(self, w: SlackWorkspace, id: str) -> None:
        self._w, self.id = w, id
        self.name = w.channels[id].name

    @property
    def messages(self) -> list[SlackMessage]:
        return [SlackMessage(p.ts, p.text, render.plain(p.text, p.blocks, Names(self._w), ZoneInfo("America/Chicago"), self._w.clock.now()), p.metadata) for p in self._w.channels[self.id].posts]

    def invite(self, p: "SlackPerson") -> None:
        self._w.channels[self.id].members.add(p.id)

    def invite_bot(self) -> None:
        self._w.channels[self.id].members.add(self._w.bot_user_id)

    def remove_bot(self) -> None:
        self._w.channels[self.id].members.discard(self._w.bot_user_id)


class SlackPerson:
    def __init__(self, w: SlackWorkspace, id: str) -> None:
        self._w, self.id = w, id

    @property
    def name(self) -> str:
        return self._w.users[self.id].name

    def runs(self, command: str, channel: SlackChannel, *, escape: bool = True) -> Answer:
        word, _, text = command.partition(" ")
        if escape:
            for u in self._w.users.values():
                text = re.sub(rf"@{re.escape(u.handle)}\b", f"<@{u.id}|{u.handle}>", text)
        (form,) = self._w.server.call(self._w.command(self.id, channel.id, word, text))
        zone = ZoneInfo(self._w.users[self.id].tz)
        plain = render.plain(form.get("text", ""), form.get("blocks"), Names(self._w), zone, self._w.clock.now())
        return Answer(plain, form.get("blocks") or [], form.get("response_type") != "in_channel")
