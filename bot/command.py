"""`/oncall <word> ...`: what was typed, the table of subcommands, and the help made from it."""

import difflib
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.blocks import Reply
from scheduling.errors import Refusal
from scheduling.messages import escaped
from storage.models import Team

if TYPE_CHECKING:
    from bot.services import Services

COMMAND = "/oncall"

# What phones and word processors make of what people type, and what they meant.
_TYPED = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»", '"'),
        **dict.fromkeys("‘’‚‛", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f\u3000\t\r\n", " "),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a\u202c"),
    }
)


@dataclass(frozen=True, slots=True)
class Request:
    """One subcommand as somebody typed it. `now` is when, in UTC; `actor` a Slack user id."""

    services: "Services"
    team: Team
    actor: str
    now: datetime
    words: list[str]

    @property
    def is_admin(self) -> bool:
        """Whether the actor may change things; may ask Slack."""
        return self.services.is_admin(self.actor)


@dataclass(frozen=True, slots=True)
class Subcommand:
    """A line of the table: how it is typed, what it does, and who does it.

    `takes` are its arguments as the help shows them. `for_admins` guards it; `takes_time` says that
    it calls Slack or writes, so that it is answered after the acknowledgement.
    """

    name: str
    takes: str
    does: str
    examples: tuple[str, ...]
    run: Callable[[Request], Reply]
    for_admins: bool = False
    takes_time: bool = False

    @property
    def usage(self) -> str:
        """The whole line to type, for example '/oncall shifts remove NUMBER'."""
        return " ".join(part for part in (COMMAND, self.name, self.takes) if part)

    @property
    def slow(self) -> bool:
        """Whether it must be acknowledged before it is carried out."""
        return self.for_admins or self.takes_time


class Commands:
    """The table of subcommands, in the order in which the help shows them."""

    def __init__(self) -> None:
        self._table: dict[str, Subcommand] = {}

    def add(self, subcommand: Subcommand) -> None:
        """Take a subcommand into the table. Its name is one word or two, '' for none."""
        if subcommand.name in self._table:
            raise ValueError(f"two subcommands are called {subcommand.name!r}")
        self._table[subcommand.name] = subcommand

    def __iter__(self) -> Iterator[Subcommand]:
        return iter(self._table.values())

    def find(self, text: str) -> tuple[Subcommand, list[str]]:
        """Return the subcommand that was typed and the words after it. Raises Refusal."""
        words = split(text)
        for length in (2, 1):
            found = self._table.get(" ".join(words[:length]).lower()) if words else None
            if found and len(words) >= length:
                rest = words[length:]
                if rest and not found.takes:
                    raise self._unknown(words)
                return found, rest
        if not words:
            return self._table[""], []
        raise self._unknown(words)

    def _unknown(self, words: list[str]) -> Refusal:
        typed = " ".join(words[:2]).lower()
        names = [name for name in self._table if name]
        close = difflib.get_close_matches(typed, names, n=1, cutoff=0.6)
        close = close or difflib.get_close_matches(words[0].lower(), names, n=1, cutoff=0.6)
        hint = (
            f"Did you mean `{COMMAND} {close[0]}`?"
            if close
            else f"For example: `{COMMAND} schedule`."
        )
        return Refusal(
            f"I do not know {echo(' '.join(words))}. {hint} `{COMMAND} help` lists it all."
        )

    def help(self, words: list[str]) -> str:
        """Return the help as mrkdwn: all lines, or those of a word with their examples."""
        if not words:
            lines = [f"• `{one.usage}` {one.does}" for one in self._table.values()]
            return "\n".join(
                ["*What I understand*", *lines, f"More about one: `{COMMAND} help override`"]
            )
        asked = " ".join(words).lower()
        found = [
            one
            for one in self._table.values()
            if one.name == asked or (one.name and one.name.split()[0] == asked.split()[0])
        ]
        if not found:
            raise self._unknown(words)
        return "\n".join(
            f"`{one.usage}`\n{one.does[0].upper()}{one.does[1:]}."
            + (" For admins." if one.for_admins else "")
            + "".join(f"\n    `{COMMAND} {example}`" for example in one.examples)
            for one in found
        )


def split(text: str) -> list[str]:
    """Return the words of what was typed; "..." makes one of several. Raises Refusal.

    Quotes, dashes and spaces that phones put in are the plain ones.
    """
    plain = text.translate(_TYPED)
    reader = shlex.shlex(plain, posix=True, punctuation_chars=False)
    reader.whitespace_split = True
    reader.quotes = '"'
    reader.commenters = reader.escape = ""
    try:
        return list(reader)
    except ValueError:
        raise Refusal(
            'A quotation mark (") has no partner. For example: '
            f'`{COMMAND} members add "Alice Doe" +13125550101`.'
        ) from None


def typed(text: str, limit: int = 60) -> str:
    """Return what somebody typed, fit to be shown: short, and without markup."""
    plain = re.sub(r"<[@#]\w+\|([^>]*)>", r"@\1", text)
    flat = re.sub(r"[`\s]+", " ", plain).strip()
    return escaped(flat if len(flat) <= limit else f"{flat[: limit - 1]}…")


def echo(text: str) -> str:
    """Return what somebody typed as a quotation."""
    return f"“{typed(text)}”"


def number_of(text: str) -> int | None:
    """Return a number of at most six digits, None if it is none."""
    return int(text) if text.isdecimal() and len(text) <= 6 else None
