"""The links in a message: those that are marked up, and those that Slack makes by itself."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, zip_longest
from typing import Any

# Web addresses and bare domains, as the page's mrkdwn.js has them.
_ADDRESS = re.compile(
    r"(?<![\w@/.])(?:https?://[^\s<>|]+"
    r"|(?:[a-z0-9-]+\.)+(?:com|net|org|io|dev|co|de|uk|app|me|info)\b(?:/[^\s<>|]*)?)",
    re.IGNORECASE,
)
_MAIL_OR_ADDRESS = re.compile(
    rf"[\w.+-]+@(?:[a-z0-9-]+\.)+[a-z]{{2,}}|{_ADDRESS.pattern}", re.IGNORECASE
)
_MARKED = re.compile(r"<((?:https?|mailto|tel|slack|ftp):[^<>|\n]+)[^<>\n]*>", re.IGNORECASE)
# Slack's idea of a phone number: ten digits or more, with the usual separators.
_NUMBER = re.compile(r"(?<![\w<|:.\-])[+(]?\d[\d ().\-]{8,}\d(?!\w)")
_DIGITS = range(10, 16)
_HELD = re.compile(r"<[^<>\n]+>|```.*?```|`[^`\n]+`", re.DOTALL)


def links_of(text: str, blocks: Sequence[Mapping[str, Any]] | None) -> list[str]:
    """Return the addresses that somebody could click in the blocks, or in `text` without blocks."""
    return list(_in(blocks)) if blocks else list(_of_mrkdwn(text, verbatim=False))


def number_links(text: str) -> str:
    """Return a text with its phone numbers as Slack links them: <tel:+13125550101|+1 312 …>."""

    def link(found: re.Match[str]) -> str:
        number = re.sub(r"[^\d+]", "", found[0])
        long_enough = len(number.removeprefix("+")) in _DIGITS
        return f"<tel:{number}|{found[0]}>" if long_enough else found[0]

    return _NUMBER.sub(link, text)


def marked(text: str) -> str:
    """Return what somebody wrote, with the addresses in it marked up as Slack does."""
    parts = _HELD.split(text), _HELD.findall(text)
    return "".join(chain(*zip_longest(map(_marked_part, parts[0]), parts[1], fillvalue="")))


def _marked_part(text: str) -> str:
    def link(found: re.Match[str]) -> str:
        address = found[0].rstrip(".,;:!?)")
        after = found[0][len(address) :]
        if "://" in address:
            return f"<{address}>{after}"
        kind = "mailto:" if "@" in address else "http://"
        return f"<{kind}{address}|{address}>{after}"

    return _MAIL_OR_ADDRESS.sub(link, text)


def _in(content: Any) -> Iterator[str]:
    if isinstance(content, Mapping):
        if content.get("type") == "mrkdwn":
            yield from _of_mrkdwn(content["text"], verbatim=bool(content.get("verbatim")))
        elif content.get("type") == "link":
            yield content["url"]
        else:
            yield from _in(list(content.values()))
    elif isinstance(content, Sequence) and not isinstance(content, str):
        for part in content:
            yield from _in(part)


def _of_mrkdwn(text: str, *, verbatim: bool) -> Iterator[str]:
    yield from _MARKED.findall(text)
    if not verbatim:
        yield from _ADDRESS.findall(_HELD.sub(" ", text))
