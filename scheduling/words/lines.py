"""How commands are written, in Slack and elsewhere, and how a number in one is read. Pure."""

import html
import re
from collections.abc import Sequence
from typing import Protocol

from scheduling.words.mrkdwn import isolated
from scheduling.words.visible import AS_MEANT, same_to_the_eye, visible

COMMAND = "/oncall"
LONGEST_NUMBER = 15  # digits, which any column can hold
# Commands that act on no team, or on the team of the change whose number they give.
OF_NO_TEAM = ("help", "teams", "which", "preview", "confirm", "discard", "decline")
# A command in mrkdwn. Text in quotation marks was written by somebody else.
_SUGGESTED = re.compile(rf"(?<!“)`{COMMAND}(?: ([^`]*))?`")
_TEAM = re.compile(r'(?<!\S)team:(?:"[^"]*"|\S*)')
_QUOTES = str.maketrans("", "", '"“”„‟«»`')


class Line(str):
    """A command as it's typed, without the leading '/oncall': 'shifts remove 2'."""

    __slots__ = ()


class Named(Protocol):
    """Somebody with a name and perhaps a Slack account."""

    @property
    def name(self) -> str: ...
    @property
    def slack_user_id(self) -> str | None: ...


Part = str | Line
"""A piece of a sentence: plain words, or a command."""


def in_slack(parts: Sequence[Part]) -> str:
    """Return a sentence in mrkdwn."""
    return "".join(f"`{typed(one)}`" if isinstance(one, Line) else one for one in parts)


def plain(parts: Sequence[Part]) -> str:
    """Return a sentence for a terminal or a log."""
    return "".join(typed(one) if isinstance(one, Line) else one for one in parts).replace("`", "")


def continued(message: str, said: str) -> str:
    """Return a message continued with another sentence, or with the rest of its last one."""
    if not said:
        return message
    return (
        f"{message.removesuffix('.')}{said}" if said.startswith((";", ":")) else f"{message} {said}"
    )


def typed(line: str) -> str:
    """Return the full command: '/oncall shifts remove 2'."""
    return f"{COMMAND} {line}".rstrip()


def team_word(name: str) -> str:
    """Return the word by which a command names a team: 'team:"night shift"'.

    A word can't contain quotation marks, so those in a name are left out, here and when it's read.
    """
    plain = name.translate(_QUOTES)
    return f'team:"{plain}"' if " " in plain else f"team:{plain}"


def same_team(one: str, other: str) -> bool:
    """Return whether one team's word could mean another: quotation marks are ignored."""

    def plain(name: str) -> str:
        return same_to_the_eye(name.translate(AS_MEANT).translate(_QUOTES))

    return plain(one) == plain(other)


def names_team(line: str) -> bool:
    """Return whether a command has a word that names its team."""
    return bool(_TEAM.search(line))


def without_team(line: str) -> str:
    """Return a command without the word that names a team."""
    return _TEAM.sub("", line).strip()


def naming(text: str, team: str) -> str:
    """Return mrkdwn in which each command that acts on a team names this team."""

    def named(match: re.Match[str]) -> str:
        line = match[1] or ""
        if line.startswith(OF_NO_TEAM) or names_team(line):
            return match[0]
        return f"`{typed(f'{line} {word}'.strip())}`"

    word = html.escape(isolated(team_word(team)), quote=False)
    return _SUGGESTED.sub(named, text)


def mention(whom: Named) -> str:
    """Return how a command names somebody: '@alice', or the name in quotes."""
    return f"<@{whom.slack_user_id}>" if whom.slack_user_id else f'"{visible(whom.name)}"'


def number_of(text: str) -> int | None:
    """Return a typed number, None if it isn't one. The caller decides what is too big."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None
