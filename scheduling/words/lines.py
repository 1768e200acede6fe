"""How a command is written, in Slack and elsewhere, and how a number in one is read. Pure."""

from collections.abc import Sequence
from typing import Protocol

from scheduling.words.visible import visible

COMMAND = "/oncall"
LONGEST_NUMBER = 15  # digits, which any column can hold


class Line(str):
    """A command as it is typed, without the word that each begins with: 'shifts remove 2'."""

    __slots__ = ()


class Named(Protocol):
    """Somebody with a name, and in Slack perhaps."""

    @property
    def name(self) -> str: ...
    @property
    def slack_user_id(self) -> str | None: ...


Part = str | Line
"""A piece of a sentence: words, or a command that stands in it."""


def in_slack(parts: Sequence[Part]) -> str:
    """Return a sentence in mrkdwn."""
    return "".join(f"`{typed(one)}`" if isinstance(one, Line) else one for one in parts)


def plain(parts: Sequence[Part]) -> str:
    """Return a sentence for a terminal or a log."""
    return "".join(typed(one) if isinstance(one, Line) else one for one in parts).replace("`", "")


def continued(message: str, said: str) -> str:
    """Return a message with what is said after it: another sentence, or the rest of its last."""
    if not said:
        return message
    return (
        f"{message.removesuffix('.')}{said}" if said.startswith((";", ":")) else f"{message} {said}"
    )


def typed(line: str) -> str:
    """Return the whole of what one types: '/oncall shifts remove 2'."""
    return f"{COMMAND} {line}".rstrip()


def mention(whom: Named) -> str:
    """Return how one names somebody in a command: '@alice', or the name in quotes."""
    return f"<@{whom.slack_user_id}>" if whom.slack_user_id else f'"{visible(whom.name)}"'


def number_of(text: str) -> int | None:
    """Return a number that was typed, None if it is none. Its reader says what is too big."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None
