"""What the local Slack workspace remembers: people, channels, posts, views.

It is changed only on the server's loop; other threads may read it.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sandbox.clock import SandboxClock
from sandbox.truths import SlackTruths

Json = dict[str, Any]
Kind = Literal["public", "private", "im"]

TEAM_ID = "T0SANDBOX"
TEAM_NAME = "Sandbox"
OTHER_TEAM_ID = "T0ELSEWHERE"  # of those who come in by a shared channel
SIBLING_TEAM_ID = "T0SIBLING"  # another workspace of the same Enterprise organization
ORGANIZATION_ID, ORGANIZATION_NAME = "E0SANDBOX", "Sandbox & Sons"
OTHER_ORGANIZATION_ID = "E0ELSEWHERE"
APP_ID = "A0SANDBOX"
BOT_ID = "B0SANDBOX"
BOT_USER_ID = "U0SANDBOX"


@dataclass
class User:
    """Somebody in the workspace; `handle` is what people type after the @, `tz` is IANA's."""

    id: str
    name: str
    handle: str
    tz: str
    email: str
    is_admin: bool = False
    is_owner: bool = False
    is_bot: bool = False
    is_guest: bool = False
    is_one_channel_guest: bool = False
    deleted: bool = False
    hidden: bool = False  # from the app
    team: str = TEAM_ID
    also_here: bool = False  # in our workspace, too, besides `team`

    @property
    def is_external(self) -> bool:
        """Whether they belong to another organization, or to a workspace outside of any."""
        return self.team == OTHER_TEAM_ID

    @property
    def enterprise_user(self) -> Json:
        """The user's `enterprise_user` in users.info, in an Enterprise organization."""
        return {
            "id": self.id,
            "enterprise_id": OTHER_ORGANIZATION_ID if self.is_external else ORGANIZATION_ID,
            "enterprise_name": "Elsewhere" if self.is_external else ORGANIZATION_NAME,
            "is_admin": False,
            "is_owner": False,
            "teams": [self.team, *([TEAM_ID] if self.also_here else [])],
        }

    def as_json(self, *, is_stranger: bool = False) -> Json:
        """Return the user as users.info gives it.

        There is less of somebody external, who is a stranger if they share no channel with the
        app: https://docs.slack.dev/apis/slack-connect
        """
        user: Json = {
            "id": self.id,
            "team_id": self.team,
            "name": self.handle,
            "deleted": self.deleted,
            "real_name": self.name,
            "profile": {
                "real_name": self.name,
                "display_name": self.handle,
                "email": self.email,
                "team": self.team,
            },
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": 0,
        }
        if self.is_external:
            return user | {"is_stranger": is_stranger}
        return user | {
            "tz": self.tz,
            "is_admin": self.is_admin,
            "is_owner": self.is_owner,
            "is_restricted": self.is_guest or self.is_one_channel_guest,
            "is_ultra_restricted": self.is_one_channel_guest,
        }


@dataclass
class Post:
    """A message in a channel. `only_for` is the one user who sees an ephemeral one."""

    ts: str
    user: str
    text: str
    blocks: list[Json]
    metadata: Json | None = None
    thread_ts: str | None = None
    only_for: str | None = None
    edited_ts: str | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    def as_json(self, *, with_metadata: bool = True) -> Json:
        """Return the message as conversations.history gives it."""
        message: Json = {
            "type": "message",
            "user": self.user,
            "text": self.text,
            "ts": self.ts,
            "team": TEAM_ID,
        }
        if self.user == BOT_USER_ID:
            message |= {"bot_id": BOT_ID, "app_id": APP_ID}
        if self.blocks:
            message["blocks"] = self.blocks
        if self.metadata and with_metadata:
            message["metadata"] = self.metadata
        if self.thread_ts:
            message["thread_ts"] = self.thread_ts
        if self.edited_ts:
            message["edited"] = {"user": self.user, "ts": self.edited_ts}
        if self.reactions:
            message["reactions"] = [
                {"name": name, "users": users, "count": len(users)}
                for name, users in self.reactions.items()
            ]
        if self.files:
            message["files"] = [{"id": file} for file in self.files]
        return message


@dataclass
class Channel:
    """A channel, public or private, or a direct message with the bot.

    In a `restricted` one only some people may post, and the bot isn't one of them.
    """

    id: str
    name: str
    kind: Kind = "public"
    archived: bool = False
    restricted: bool = False
    members: list[str] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)

    def as_json(self) -> Json:
        """Return the channel as conversations.info gives it."""
        if self.kind == "im":
            (other,) = [user for user in self.members if user != BOT_USER_ID]
            return {"id": self.id, "is_im": True, "user": other, "is_archived": False}
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": self.kind == "public",
            "is_group": self.kind == "private",
            "is_im": False,
            "is_mpim": False,
            "is_private": self.kind == "private",
            "is_archived": self.archived,
            "is_read_only": self.restricted,
            "is_member": BOT_USER_ID in self.members,
            "num_members": len(self.members),
        }


@dataclass
class View:
    """A modal or Home tab as somebody sees it now; `errors` are by the ids of their blocks.

    A modal is seen on the one `client` where it was opened, a Home tab on all of the user's.
    """

    id: str
    user: str
    content: Json
    hash: str
    client: str = ""
    root: str = ""
    previous: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    entered: Json = field(default_factory=dict)  # block id -> action id -> value

    def as_json(self, state: Json | None = None) -> Json:
        """Return the view as views.open gives it, and interactions with its `state`."""
        return {
            **self.content,
            "id": self.id,
            "team_id": TEAM_ID,
            "app_id": APP_ID,
            "app_installed_team_id": TEAM_ID,
            "bot_id": BOT_ID,
            "hash": self.hash,
            "root_view_id": self.root,
            "previous_view_id": self.previous,
            "state": {"values": state or {}},
        }


@dataclass
class File:
    """A file, from when its upload was allowed; it's shared once `channels` isn't empty."""

    id: str
    name: str
    length: int
    content: bytes | None = None
    title: str = ""
    channels: list[str] = field(default_factory=list)


@dataclass
class Usergroup:
    """A group of users that can be mentioned as one."""

    id: str
    handle: str
    name: str
    users: list[str]

    def as_json(self) -> Json:
        """Return the group as usergroups.list gives it."""
        return {
            "id": self.id,
            "team_id": TEAM_ID,
            "handle": self.handle,
            "name": self.name,
            "users": self.users,
            "user_count": len(self.users),
            "date_delete": 0,
        }


class Memory:
    """Everything in the workspace. `changed` is notified after each change."""

    def __init__(self, clock: SandboxClock) -> None:
        self.clock = clock
        self.truths = SlackTruths()
        self.in_organization = False
        self.names_workspaces = True
        self.edit_window: timedelta | None = None  # how long messages may be edited; None: always
        self.users: dict[str, User] = {
            BOT_USER_ID: User(
                BOT_USER_ID, "WhoseOnFirst", "whoseonfirst", "America/Los_Angeles", "", is_bot=True
            )
        }
        self.channels: dict[str, Channel] = {}
        self.modals: dict[str, list[View]] = {}  # by client, the one on top last
        self.homes: dict[str, View] = {}
        self.files: dict[str, File] = {}
        self.usergroups: dict[str, Usergroup] = {}
        self.changed = threading.Condition()
        # Called for each message of the app's, with its channel and whether it was edited.
        self.on_message: Callable[..., None] = lambda *_, **__: None
        # Hears of the app that joined a channel by itself.
        self.on_join: Callable[[Channel], None] = lambda _: None
        self._last_ts = 0

    def tell(self) -> None:
        """Notify those who wait that something changed."""
        with self.changed:
            self.changed.notify_all()

    def add_post(self, channel: Channel, post: Post) -> None:
        """Post a message of the app's in a channel."""
        channel.posts.append(post)
        self.on_message(channel, post, edited=False)

    def add_app(self, channel: Channel) -> None:
        """Let the app join a channel by itself, unless it is there."""
        if BOT_USER_ID not in channel.members:
            channel.members.append(BOT_USER_ID)
            self.on_join(channel)

    def described(self, user: User) -> Json:
        """Return a user as users.info gives them."""
        shared = any(
            user.id in channel.members and BOT_USER_ID in channel.members
            for channel in self.channels.values()
            if channel.kind != "im"
        )
        described = user.as_json(is_stranger=user.is_external and not shared)
        if not self.in_organization:
            return described
        if not (user.is_external or self.names_workspaces):
            del described["team_id"]
        return described | {"enterprise_user": user.enterprise_user}

    @property
    def enterprise(self) -> Json | None:
        """The organization as payloads name it; None if the workspace is in none."""
        if not self.in_organization:
            return None
        return {"id": ORGANIZATION_ID, "name": ORGANIZATION_NAME}

    def new_ts(self) -> str:
        """Return a timestamp that no message has: seconds and microseconds, always growing."""
        micros = int(self.clock.now().timestamp() * 1_000_000)
        self._last_ts = max(micros, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def can_edit(self, post: Post) -> bool:
        """Return whether the workspace still lets the app edit a message of its own."""
        if self.edit_window is None or not self.truths.edit_window_binds_apps:
            return True
        posted = datetime.fromtimestamp(float(post.ts), UTC)
        return self.clock.now() - posted <= self.edit_window

    def new_view(self, user: str, content: Json, client: str = "") -> View:
        """Return a view that nobody sees yet."""
        view_id = f"V{secrets.token_hex(5).upper()}"
        view = View(view_id, user, content, self.new_hash(), client, root=view_id)
        complete(view.content.get("blocks", []))
        return view

    def new_hash(self) -> str:
        """Return a new hash, which marks a view's version."""
        return f"{self.new_ts()}.{secrets.token_hex(4)}"

    def find_view(self, view_id: str) -> View | None:
        """Return the open modal, or the Home tab, with this id or external_id."""
        everything = [view for stack in self.modals.values() for view in stack]
        for view in [*everything, *self.homes.values()]:
            if view_id in (view.id, view.content.get("external_id")):
                return view
        return None

    def find_direct_messages(self, user: str) -> Channel | None:
        """Return the direct messages between the bot and somebody, if there are any yet."""
        for channel in list(self.channels.values()):
            if channel.kind == "im" and user in channel.members:
                return channel
        return None

    def direct_messages(self, user: str) -> Channel:
        """Return the direct messages between the bot and somebody."""
        if there := self.find_direct_messages(user):
            return there
        channel = Channel(f"D{len(self.channels):04d}{user[1:]}", "", "im")
        channel.members += [BOT_USER_ID, user]
        self.channels[channel.id] = channel
        return channel

    # `render.Names`
    def user(self, id: str) -> str:
        """Return a user's full name, or the id where there is none."""
        known = self.users.get(id)
        return known.name if known else id

    def channel(self, id: str) -> str:
        """Return a channel's name, or the id where there is none."""
        known = self.channels.get(id)
        return known.name if known else id


def complete(blocks: list[Json]) -> None:
    """Give each block and each element the id that Slack would give it."""
    for block in blocks:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        for element in interactive_elements(block):
            element.setdefault("action_id", secrets.token_urlsafe(4))


def interactive_elements(block: Json) -> list[Json]:
    """Return the block's elements that can be clicked, chosen or filled in."""
    found = [*block.get("elements", []), block.get("accessory"), block.get("element")]
    if block.get("type") in ("rich_text", "context"):
        return []
    return [
        element
        for element in found
        if isinstance(element, dict) and element.get("type") not in (None, "image")
    ]
