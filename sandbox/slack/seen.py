"""What people see in the workspace: messages, modals, and the answers to commands."""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sandbox.server import LoopbackServer
from sandbox.slack import render
from sandbox.slack.interactions import Interactions
from sandbox.slack.links import links_of
from sandbox.slack.memory import Channel, Json, Memory, Post


@dataclass(frozen=True, slots=True)
class Workspace:
    """What all people and channels of a workspace share."""

    server: LoopbackServer
    memory: Memory
    interactions: Interactions
    messages: bool = True  # whether people may write in the app's messages tab

    def change(self, change: Callable[[], object]) -> None:
        """Make a change on the server's loop, where all changes are made."""

        async def changed() -> None:
            change()
            self.memory.tell()

        self.server.call(changed())

    def plain(self, text: str, blocks: list[Json], zone: ZoneInfo) -> str:
        """Return a message as a reader in `zone` sees it."""
        return render.plain(text, blocks, self.memory, zone, self.memory.clock.now())


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """A message as it was when asked for: `text` as it was sent, `plain` as it is read."""

    channel_id: str
    ts: str
    text: str
    plain: str
    blocks: list[Json]
    metadata: Json | None
    ephemeral: bool
    thread_ts: str | None
    reactions: list[str]
    edited: bool

    @property
    def links(self) -> list[str]:
        """The addresses that a reader can click."""
        return links_of(self.text, self.blocks)


@dataclass(frozen=True, slots=True)
class SlackView:
    """A modal or Home tab as it was when asked for. `errors` are by the field's label.

    `submit` and `close` are the labels of a modal's own buttons; without the first it has only one.
    """

    id: str
    title: str
    plain: str
    blocks: list[Json]
    errors: dict[str, str]
    submit: str | None = None
    close: str = "Cancel"


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody saw right after typing a command. `text` is what they read."""

    text: str
    blocks: list[Json]
    ephemeral: bool
    message: SlackMessage | None
    view: SlackView | None


def message_of(workspace: Workspace, channel: Channel, post: Post, zone: ZoneInfo) -> SlackMessage:
    """Return a message as somebody in `zone` sees it now."""
    return SlackMessage(
        channel_id=channel.id,
        ts=post.ts,
        text=post.text,
        plain=workspace.plain(post.text, post.blocks, zone),
        blocks=post.blocks,
        metadata=post.metadata,
        ephemeral=post.only_for is not None,
        thread_ts=post.thread_ts,
        reactions=list(post.reactions),
        edited=post.edited_ts is not None,
    )
