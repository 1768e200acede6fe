"""Pages of what is listed: which one was asked for, and the buttons to those beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.blocks import Button
from bot.command import COMMAND, Request, number_of
from scheduling.errors import Refusal

One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class Page(Generic[One]):
    """A page of a list: what stands on it, the place (0-based) of its first, and more."""

    ones: Sequence[One]
    begins: int
    title: str
    buttons: tuple[Button, ...]


def page_of(request: Request, line: str, found: Sequence[One], size: int) -> Page[One]:
    """Return the page that was typed after `line`, the first if none was. Raises Refusal."""
    number = number_of(request.words[0]) if request.words else 1
    last = max(-(-len(found) // size), 1)
    if not number or len(request.words) > 1:
        raise Refusal(f"Which page? For example: `{COMMAND} {line} {min(last, 2)}`.")
    if number > last:
        there = f"are {last} pages" if last > 1 else "is one page"
        raise Refusal(f"There {there}. For example: `{COMMAND} {line} {last}`.")
    before = [Button("‹ Back", f"{line} {number - 1}")] if number > 1 else []
    after = [Button("More ›", f"{line} {number + 1}")] if number < last else []
    begins = (number - 1) * size
    return Page(
        found[begins : begins + size],
        begins,
        f" (page {number} of {last})" if last > 1 else "",
        (*before, *after),
    )
