"""Turns a message in the sandbox into its reader and the lines that they read."""

import json
import re
from collections.abc import Iterator
from typing import Any

from sandbox import transcript

# A terminal's line, and the command that printed it.
TERMINAL = "terminal"
METHODS = {
    "chat.postMessage": "",
    "chat.update": "",
    "chat.postEphemeral": "answer",
    "views.open": "form",
    "views.push": "form",
    "views.update": "form",
    "views.publish": "home",
    transcript.RESPONSE: "answer",
    transcript.SUBMISSION: "form",
    transcript.SMS: "text",
}
READERS_OF = {"check": "check", "check --live": "live check"}
_LOGGED = re.compile(r'\{"time"|\d{4}-\d\d-\d\d[T ]')
MOST_OPTIONS = 6  # of a list to choose from
MOST_ROWS = 5
# At most this many lines that differ only in numbers.
ALIKE, MOST_ALIKE = 12, 3
# Values that differ between runs, with their names in an example.
_PASSING = (
    (re.compile(r"/tmp/[^\s;,’'`)]*/"), "/data/"),
    (re.compile(r"x{8,}"), "xxx"),
    (re.compile(r"127\.0\.0\.1:\d{4,5}"), "127.0.0.1:8080"),
    (re.compile(r"\b(SM|AC|MG|PN)[0-9a-f]{32}\b"), r"\1…"),
)


def read(where: str, what: dict[str, Any]) -> tuple[str, str] | None:
    """Return a message's reader and text; None if there's nothing to read."""
    if where not in METHODS and where != TERMINAL:
        return None
    text = shortened("\n".join(_lines(where, what)))
    if not text or (where == TERMINAL and _LOGGED.match(text)):
        return None
    return _reader(where, what, text), text


def shortened(text: str) -> str:
    """Return a text without empty lines, random names, filler, and repetitive lines."""
    for pattern, name in _PASSING:
        text = pattern.sub(name, text)
    kept: list[str] = []
    shapes: list[str] = []
    for line in filter(str.strip, text.splitlines()):
        shape = re.sub(r"\d+", "0", line)[:ALIKE]
        if shapes[-MOST_ALIKE:] != [shape] * MOST_ALIKE:
            kept.append(line)
            shapes.append(shape)
    return "\n".join(kept)


def _reader(where: str, what: dict[str, Any], text: str) -> str:
    if where == TERMINAL:
        return READERS_OF.get(str(what["command"]), "terminal")
    if where in ("chat.postMessage", "chat.update"):
        return "channel" if str(what.get("channel", "")).startswith("C") else "direct"
    if what.get("response_type") == "in_channel":
        return "channel"
    return "refusal" if METHODS[where] == "answer" and text.startswith(":x:") else METHODS[where]


def _lines(where: str, what: dict[str, Any]) -> Iterator[str]:
    if where in (transcript.SMS, TERMINAL):
        yield str(what["body"])
    elif where.startswith("views.") or where == transcript.SUBMISSION:
        yield from (str(error) for error in (what.get("errors") or {}).values())
        view = _json(what.get("view")) or {}
        yield from _texts([view.get("title")])
        yield from _texts(view.get("blocks") or [])
        yield from (
            f"[ {line} ]" for key in ("submit", "close") for line in _texts([view.get(key)])
        )
    elif blocks := _json(what.get("blocks")):
        yield from _texts(blocks)
    else:
        yield str(what.get("text") or "")


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value else value


def _texts(things: list[Any]) -> Iterator[str]:
    """Yield every text in blocks, in the order in which it's read."""
    for thing in things:
        match thing:
            case {"type": "button", "text": {"text": label}}:
                yield f"[ {label} ]"
            case {"type": "table", "rows": rows}:
                for row in rows[:MOST_ROWS]:
                    yield " | ".join(" ".join(_texts([cell])) for cell in row)
            case {"type": "date", "fallback": fallback}:
                yield str(fallback)
            case {"text": str(text)}:
                yield text
            case dict():
                for key in (
                    "label",
                    "text",
                    "fields",
                    "elements",
                    "element",
                    "accessory",
                    "placeholder",
                    "options",
                    "option_groups",
                    "confirm",
                    "title",
                    "deny",
                    "hint",
                    "description",
                ):
                    value = thing.get(key)
                    several = value if isinstance(value, list) else [value]
                    most = MOST_OPTIONS if "option" in key else None
                    yield from _texts(several[:most])
            case _:
                pass
