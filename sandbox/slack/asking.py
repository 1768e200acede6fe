"""One call of the local Slack's Web API: its arguments, its scopes, and how lists are paged."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sandbox.slack.blocks import BLOCKS_CHARACTERS, characters, message_problems
from sandbox.slack.errors import SlackError
from sandbox.slack.memory import BOT_USER_ID, Channel, Json, Memory, Post, User, complete
from sandbox.slack.triggers import Triggers

T = TypeVar("T")
LONGEST_TEXT = 40_000
# "Must be an integer under 1000": https://docs.slack.dev/reference/methods/conversations.list
MOST_ON_A_PAGE = 999
SCOPE_OF_KIND = {"public": "channels", "private": "groups", "im": "im"}


@dataclass(frozen=True, slots=True)
class Ask:
    """A call with a valid token: `arguments` as sent, from a form or from JSON."""

    memory: Memory
    triggers: Triggers
    base_url: str
    scopes: frozenset[str]
    arguments: Json

    def needs(self, scope: str) -> None:
        """Raise missing_scope if the app doesn't have `scope`."""
        if scope not in self.scopes:
            provided = ",".join(sorted(self.scopes))
            raise SlackError("missing_scope", needed=scope, provided=provided)

    def needs_for(self, channel: Channel, right: str) -> None:
        """Raise missing_scope if the app lacks the `right` ('read', 'history') for the channel."""
        self.needs(f"{SCOPE_OF_KIND[channel.kind]}:{right}")

    def text(self, name: str, default: str = "") -> str:
        """Return an argument, or the default."""
        value = self.arguments.get(name)
        return default if value is None else str(value)

    def required(self, name: str) -> str:
        """Return an argument; raises invalid_arguments if it isn't there."""
        if not (value := self.text(name)):
            raise _complaint(f"missing required field: {name}")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean in any of the ways that clients write it."""
        value = self.text(name).lower()
        return default if not value else value in ("1", "true")

    def number(self, name: str, default: int, most: int) -> int:
        """Return a count between 1 and `most`; raises invalid_arguments."""
        value = self.text(name, str(default))
        if not value.isdigit() or int(value) < 1:
            raise _complaint(f"must be a positive integer: {name}")
        return min(int(value), most)

    def names(self, name: str) -> list[str]:
        """Return a list, given as JSON or separated by commas."""
        value = self.arguments.get(name)
        if isinstance(value, list):
            return [str(item) for item in value]
        return [item.strip() for item in str(value or "").split(",") if item.strip()]

    def json(self, name: str) -> Any:
        """Return an argument that is JSON (text in a form); None if it isn't there."""
        value = self.arguments.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except json.JSONDecodeError as error:
            raise _complaint(f"invalid JSON in {name}: {error}") from error

    def user(self, name: str = "user") -> User:
        """Return the user named by an argument; raises user_not_found or user_not_visible."""
        return self.known_user(self.required(name))

    def known_user(self, id: str) -> User:
        """Return the user with an id; raises user_not_found or user_not_visible."""
        known = self.memory.users.get(id)
        if known is None:
            raise SlackError("user_not_found")
        if known.hidden:
            raise SlackError("user_not_visible")
        return known

    def channel(self, name: str = "channel") -> Channel:
        """Return the channel named by an argument; raises channel_not_found.

        To the bot, a private channel that it isn't in doesn't exist.
        """
        known = self.memory.channels.get(self.required(name))
        if known is None or (known.kind == "private" and BOT_USER_ID not in known.members):
            raise SlackError("channel_not_found")
        return known

    def message(self, channel: Channel, name: str = "ts") -> Post:
        """Return the message of a channel with this ts; raises message_not_found."""
        wanted = self.required(name)
        for post in channel.posts:
            if post.ts == wanted and post.only_for is None:
                return post
        raise SlackError("message_not_found")

    def page(self, items: Sequence[T], key: str, resource: Callable[[T], Json]) -> Json:
        """Return one page of a list, with the cursor of the next. Raises invalid_limit."""
        limit = self.number("limit", default=100, most=1_000_000)
        if limit > MOST_ON_A_PAGE:
            raise SlackError("invalid_limit")
        first = _position(self.text("cursor"))
        after = first + limit
        more = after < len(items)
        cursor = base64.b64encode(f"next:{after}".encode()).decode() if more else ""
        return {
            key: [resource(item) for item in items[first:after]],
            "response_metadata": {"next_cursor": cursor},
        }

    def content(self, longest: int = LONGEST_TEXT) -> tuple[str, list[Json]]:
        """Return the text and the blocks of a message; raises no_text, invalid_blocks, ..."""
        text, blocks = self.text("text"), self.json("blocks")
        limited = self.memory.truths.posts_limited_together
        return checked_content(text, blocks, longest=longest, limited_together=limited)


def checked_content(
    text: str, blocks: Any, *, longest: int = LONGEST_TEXT, limited_together: bool = False
) -> tuple[str, list[Json]]:
    """Return a message's text and complete blocks; raises SlackError as chat.postMessage would.

    With `limited_together`, all blocks together may have about 12,000 characters.
    """
    if not text and not blocks:
        raise SlackError("no_text")
    if len(text) > longest:
        raise SlackError("msg_too_long")
    if blocks is None:
        return text, []
    if problems := message_problems(blocks):
        raise invalid("invalid_blocks", problems)
    if limited_together and characters(blocks) > BLOCKS_CHARACTERS:
        raise SlackError("msg_blocks_too_long")
    complete(blocks)
    return text, blocks


def invalid(code: str, problems: list[str]) -> SlackError:
    """Return an error that lists the problems."""
    return SlackError(code, errors=problems, response_metadata={"messages": problems})


def _complaint(message: str) -> SlackError:
    return SlackError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {message}"]})


def _position(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
        if word == "next":
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise SlackError("invalid_cursor")
