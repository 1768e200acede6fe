"""Pages of a list: the requested one, and the buttons to the previous and next."""

import re
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from bot.slack.blocks import MESSAGE, Button
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from scheduling.errors import Refusal
from scheduling.words.lines import number_of

One = TypeVar("One")

_HALF = re.compile(r"(?:<[^<>]*|&[a-z]*)\Z")  # half of a mention or an escape
PAGE_TEXT = MESSAGE - 1000  # characters of a list, which leaves room for the rest


class Page(NamedTuple, Generic[One]):
    """A page of a list: its entries, the index of the first one, and whether there are more."""

    ones: Sequence[One]
    begins: int
    title: str
    buttons: tuple[Button, ...]


def page_of(
    request: Request,
    line: str,
    found: Sequence[One],
    size: int,
    *,
    takes: Callable[[One], int] = lambda _: 0,
    key: Callable[[One], int] | None = None,
) -> Page[One]:
    """Return the page typed after `line`, by default the first. Raises Refusal.

    A page has at most `size` entries, fewer if they are long: `takes` estimates an entry's
    characters. With a `key`, the button to the next page also says with which entry it begins, so
    that no entry is skipped if earlier ones disappear before the click.
    """
    number = number_of(request.words[0]) if request.words else 1
    begins = number_of(request.words[1]) if key and len(request.words) == 2 else None
    pages = _split(found, size, takes)
    if number and key and begins is not None:
        keys = [key(one) for one in found]
        if begins in keys:
            at = keys.index(begins)
            pages = [page for page in _split(found[:at], size, takes) if page]
            number = len(pages) + 1
            pages += _split(found[at:], size, takes)
        number = min(number, len(pages))
    last = len(pages)
    if not number or (len(request.words) > 1 and begins is None):
        raise Refusal(f"Which page? For example: `{COMMAND} {line} {min(last, 2)}`.")
    if number > last:
        there = f"are {last} pages" if last > 1 else "is one page"
        raise Refusal(f"There {there}. For example: `{COMMAND} {line} {last}`.")
    before = [Button("‹ Back", f"{line} {number - 1}")] if number > 1 else []
    from_ = f" {key(pages[number][0])}" if key and number < last else ""
    after = [Button("More ›", f"{line} {number + 1}{from_}")] if number < last else []
    return Page(
        pages[number - 1],
        sum(map(len, pages[: number - 1])),
        f" (page {number} of {last})" if last > 1 else "",
        (*before, *after),
    )


def _split(found: Sequence[One], size: int, takes: Callable[[One], int]) -> list[list[One]]:
    """Return the pages, at least one."""
    pages: list[list[One]] = [[]]
    room = PAGE_TEXT
    for one in found:
        needs = takes(one) + 1
        if pages[-1] and (len(pages[-1]) == size or needs > room):
            pages.append([])
            room = PAGE_TEXT
        pages[-1].append(one)
        room -= needs
    return pages


def all_of(lines: Sequence[str], most: int = PAGE_TEXT) -> list[str]:
    """Return all lines, the longest ones cut so that they have at most `most` characters."""
    room, cut = most - len(lines), sorted(map(len, lines))
    for place, size in enumerate(cut):  # short lines leave the rest of their share to the others
        share = room // (len(cut) - place)
        if size > share:
            return [_shortened(line, share) for line in lines]
        room -= size
    return list(lines)


def _shortened(line: str, most: int) -> str:
    """Return a line of mrkdwn cut to `most` characters, never within a mention or an escape."""
    if len(line) <= most:
        return line
    return _HALF.sub("", line[: most - 1]) + "…"


def first_of(lines: Sequence[str], most: int = PAGE_TEXT) -> list[str]:
    """Return as many first lines as fit into `most` characters, at least one."""
    kept: list[str] = []
    for line in lines:
        most -= len(line) + 1
        if most < 0 and kept:
            break
        kept.append(line)
    return kept
