"""Renders a Slack message as the plain text that a viewer reads."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sandbox.slack.dates import date_shown

Json = Mapping[str, Any]

DIVIDER = "─" * 10
EMOJI = {
    "+1": "👍",
    "alarm_clock": "⏰",
    "arrow_right": "➡️",
    "arrows_counterclockwise": "🔄",
    "bell": "🔔",
    "bulb": "💡",
    "calendar": "📆",
    "date": "📅",
    "eyes": "👀",
    "fire": "🔥",
    "gear": "⚙️",
    "heavy_minus_sign": "➖",
    "incoming_envelope": "📨",
    "mute": "🔇",
    "outbox_tray": "📤",
    "hourglass": "⌛",
    "hourglass_flowing_sand": "⏳",
    "information_source": "ℹ️",
    "iphone": "📱",
    "large_green_circle": "🟢",
    "large_yellow_circle": "🟡",
    "lock": "🔒",
    "mag": "🔍",
    "memo": "📝",
    "no_entry": "⛔",
    "grey_question": "❔",
    "pager": "📟",
    "palm_tree": "🌴",
    "pencil2": "✏️",
    "phone": "☎️",
    "point_right": "👉",
    "question": "❓",
    "red_circle": "🔴",
    "rocket": "🚀",
    "rotating_light": "🚨",
    "speech_balloon": "💬",
    "spiral_calendar_pad": "🗓️",
    "sunrise": "🌅",
    "tada": "🎉",
    "telephone_receiver": "📞",
    "thumbsup": "👍",
    "wastebasket": "🗑️",
    "warning": "⚠️",
    "wave": "👋",
    "white_check_mark": "✅",
    "white_circle": "⚪",
    "x": "❌",
}


class Names(Protocol):
    """Looks up the names of people and channels, without `@` and `#`."""

    def user(self, id: str) -> str:
        """Return the name of this user."""
        ...

    def channel(self, id: str) -> str:
        """Return the name of this channel."""
        ...


def plain(
    text: str, blocks: Sequence[Json] | None, names: Names, zone: ZoneInfo, now: datetime
) -> str:
    """Return what a viewer in `zone` reads at `now`: the blocks, or `text` when there are none."""
    viewer = _Viewer(names, zone, now)
    return viewer.blocks(blocks) if blocks else viewer.mrkdwn(text)


def mrkdwn(text: str, names: Names, zone: ZoneInfo, now: datetime) -> str:
    """Return `text` as a viewer in `zone` reads it at `now`."""
    return _Viewer(names, zone, now).mrkdwn(text)


# --- Text ---

_FENCED = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_ANGLES = re.compile(r"<([^<>\n]+)>")
_EMOJI_CODE = re.compile(r":([a-z0-9_+'-]+):(?::skin-tone-\d:)?")
_SCHEME = re.compile(r"(?:https?|mailto|tel|slack|ftp):", re.IGNORECASE)
# A marker counts only at the edge of a word, so that snake_case and 2*3*4 stay as they are.
_MARKERS = [
    re.compile(
        rf"(?<![^\W_]){mark}(?=[^\s{mark}])"
        rf"((?:[^{mark}\n]|(?<=[^\W_]){mark}(?=[^\W_]))*)"
        rf"(?<=\S){mark}(?![^\W_])"
    )
    for mark in (r"\*", "_", "~")
]
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
# Marks the place of a finished piece, with characters that nobody types.
_HELD = re.compile("\ue000(\\d+)\ue001")


def _unescape(text: str) -> str:
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text


def _emoji(text: str) -> str:
    return _EMOJI_CODE.sub(lambda code: EMOJI.get(code[1], code[0]), text)


class _Held:
    """Keeps finished pieces (names, code, links) from being changed by later replacements."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def hold(self, piece: str) -> str:
        self._pieces.append(self.release(piece))
        return f"\ue000{len(self._pieces) - 1}\ue001"

    def release(self, text: str) -> str:
        return _HELD.sub(lambda place: self._pieces[int(place[1])], text)


# --- Tables ---


def _width(text: str) -> int:
    """Return how many terminal columns `text` takes."""
    wide = sum(unicodedata.east_asian_width(one) in "WF" for one in text)
    nothing = sum(bool(unicodedata.combining(one)) or one == "\ufe0f" for one in text)
    return len(text) + wide - nothing


def _aligned(text: str, width: int, align: str) -> str:
    space = width - _width(text)
    before = {"right": space, "center": space // 2}.get(align, 0)
    return " " * before + text + " " * (space - before)


def _columns(rows: Sequence[Sequence[str]], aligns: Sequence[str]) -> str:
    count = max((len(row) for row in rows), default=0)
    widths = [max(_width(row[at]) for row in rows if at < len(row)) for at in range(count)]
    aligns = [*aligns, *["left"] * count]
    lines = (
        "  ".join(_aligned(cell, widths[at], aligns[at]) for at, cell in enumerate(row))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


# --- Blocks ---


def _below(*parts: str) -> str:
    """Return the parts that aren't empty, one below the other."""
    return "\n".join(part for part in parts if part)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n"))


class _Viewer:
    """Reads blocks for one person, with names, their time zone and the current instant."""

    def __init__(self, names: Names, zone: ZoneInfo, now: datetime) -> None:
        self._names = names
        self._zone = zone
        self._now = now.astimezone(zone)
        self._block_kinds: dict[str, Callable[[Json], str]] = {
            "section": self._section,
            "header": lambda block: self._text(block.get("text")),
            "divider": lambda _block: DIVIDER,
            "context": lambda block: self._row(block, " "),
            "actions": lambda block: self._row(block, "  "),
            "input": self._input,
            "image": self._image,
            "rich_text": self._rich_text,
            "markdown": lambda block: _emoji(block.get("text", "")),
            "table": self._table,
            "alert": lambda block: self._text(block.get("text")),
        }
        self._element_kinds: dict[str, Callable[[Json], str]] = {
            "plain_text": self._text,
            "mrkdwn": self._text,
            "image": self._image,
            "button": lambda element: f"[ {self._text(element.get('text'))} ]",
            "overflow": lambda _element: "[ ⋯ ]",
            "checkboxes": lambda element: self._choices(element, "☑", "☐"),
            "radio_buttons": lambda element: self._choices(element, "◉", "○"),
        }
        # What an untouched field shows, by the name of its initial value.
        self._initial_values: dict[str, Callable[[Any], str]] = {
            "initial_value": self._typed,
            "initial_option": lambda option: self._text(option.get("text")),
            "initial_options": lambda options: ", ".join(
                self._text(option.get("text")) for option in options
            ),
            "initial_user": self._mention,
            "initial_users": lambda ids: ", ".join(map(self._mention, ids)),
            "initial_channel": self._channel,
            "initial_channels": lambda ids: ", ".join(map(self._channel, ids)),
            "initial_conversation": self._channel,
            "initial_conversations": lambda ids: ", ".join(map(self._channel, ids)),
            "initial_date": str,
            "initial_time": str,
            "initial_date_time": lambda moment: self._date(
                str(moment), "{date_short} at {time}", str(moment)
            ),
        }
        self._special_kinds: dict[str, Callable[[str, str], str]] = {
            "@": lambda id, _label: self._mention(id),
            "#": lambda id, _label: self._channel(id),
            "!": self._special,
        }
        self._rich_kinds: dict[str, Callable[[Json], str]] = {
            "rich_text_section": self._inline,
            "rich_text_preformatted": self._inline,
            "rich_text_quote": lambda part: _quoted(self._inline(part)),
            "rich_text_list": self._list,
        }
        self._inline_kinds: dict[str, Callable[[Json], str]] = {
            "text": lambda part: part["text"],
            "link": lambda part: part.get("text") or part["url"],
            "user": lambda part: self._mention(part["user_id"]),
            "usergroup": lambda part: f"@{part['usergroup_id']}",
            "team": lambda part: f"@{part['team_id']}",
            "channel": lambda part: self._channel(part["channel_id"]),
            "emoji": lambda part: _emoji(f":{part['name']}:"),
            "broadcast": lambda part: f"@{part['range']}",
            "color": lambda part: part["value"],
            "date": lambda part: self._date(
                str(part["timestamp"]), part["format"], part.get("fallback", "")
            ),
        }

    def blocks(self, blocks: Iterable[Json]) -> str:
        return _below(*(self._block(block) for block in blocks))

    def mrkdwn(self, text: str) -> str:
        held = _Held()
        text = text.replace("\ue000", "").replace("\ue001", "")
        text = _ANGLES.sub(lambda found: held.hold(self._angles(found[1])), text)
        for code in (_FENCED, _CODE):
            text = code.sub(lambda found: held.hold(_unescape(found[1])), text)
        for marker in _MARKERS:
            text = marker.sub(r"\1", text)
        return held.release(_unescape(_emoji(text)))

    def _angles(self, inside: str) -> str:
        """Return the text of `<inside>`."""
        target, _, label = inside.partition("|")
        label = _emoji(_unescape(label))
        if special := self._special_kinds.get(target[:1]):
            return special(target[1:], label)
        if _SCHEME.match(target):
            return label or _unescape(target.removeprefix("mailto:"))
        return f"<{_unescape(inside)}>"

    def _special(self, command: str, label: str) -> str:
        name, *rest = command.split("^")
        if name == "date" and len(rest) > 1:
            return self._date(rest[0], _unescape(rest[1]), label)
        # A user group brings its handle along as the label; @here and @channel are their own.
        return label or f"@{rest[0] if name == 'subteam' and rest else name}"

    def _mention(self, id: str) -> str:
        return f"@{self._names.user(id)}"

    def _channel(self, id: str) -> str:
        return f"#{self._names.channel(id)}"

    def _date(self, epoch: str, form: str, fallback: str) -> str:
        """Return the date in the format `form`, or `fallback` if that can't be done."""
        shown = date_shown(epoch, form, self._zone, self._now)
        return fallback if shown is None else shown

    def _text(self, text: Json | None) -> str:
        if not text:
            return ""
        if text.get("type") == "mrkdwn":
            return self.mrkdwn(text["text"])
        words: str = text["text"]
        return _unescape(words if text.get("emoji") is False else _emoji(words))

    def _block(self, block: Json) -> str:
        kind = str(block.get("type"))
        show = self._block_kinds.get(kind)
        return show(block) if show else f"[{kind}]"

    def _element(self, element: Json) -> str:
        show = self._element_kinds.get(str(element.get("type")), self._field)
        return show(element)

    def _row(self, block: Json, between: str) -> str:
        return between.join(self._element(element) for element in block.get("elements", []))

    def _section(self, block: Json) -> str:
        accessory = block.get("accessory")
        return _below(
            self._text(block.get("text")),
            *(self._text(field) for field in block.get("fields", [])),
            self._element(accessory) if accessory else "",
        )

    def _image(self, image: Json) -> str:
        return _below(self._text(image.get("title")), image.get("alt_text", ""))

    def _input(self, block: Json) -> str:
        label = self._text(block.get("label"))
        optional = " (optional)" if block.get("optional") else ""
        line = f"{label}{optional}: {self._element(block.get('element', {}))}"
        return _below(line, self._text(block.get("hint")))

    def _field(self, element: Json) -> str:
        """Return a field with its value, or with its placeholder."""
        for name, show in self._initial_values.items():
            if element.get(name):
                return f"[ {show(element[name])} ]"
        return f"[ {self._text(element.get('placeholder'))} ]"

    def _typed(self, value: str | Json) -> str:
        # A field for rich text starts with a block, the others with a string.
        return value if isinstance(value, str) else self._rich_text(value)

    def _choices(self, element: Json, chosen: str, open_: str) -> str:
        initial = [*element.get("initial_options", []), element.get("initial_option")]
        return "  ".join(
            f"{chosen if option in initial else open_} {self._option(option)}"
            for option in element.get("options", [])
        )

    def _option(self, option: Json) -> str:
        below = self._text(option.get("description"))
        return self._text(option.get("text")) + (f" ({below})" if below else "")

    def _rich_text(self, block: Json) -> str:
        return _below(*(self._rich_kinds[part["type"]](part) for part in block["elements"]))

    def _inline(self, section: Json) -> str:
        return "".join(self._inline_kinds[part["type"]](part) for part in section["elements"])

    def _list(self, part: Json) -> str:
        indent = "  " * part.get("indent", 0)
        ordered = part.get("style") == "ordered"
        first = part.get("offset", 0) + 1
        return "\n".join(
            f"{indent}{f'{number}.' if ordered else '•'} {self._inline(item)}"
            for number, item in enumerate(part["elements"], first)
        )

    def _table(self, block: Json) -> str:
        rows = [[self._cell(cell) for cell in row] for row in block.get("rows", [])]
        settings = block.get("column_settings", [])
        return _columns(rows, [setting.get("align", "left") for setting in settings])

    def _cell(self, cell: Json) -> str:
        if cell.get("type") == "rich_text":
            words = self._rich_text(cell)
        else:
            words = _emoji(str(cell.get("text", cell.get("value", ""))))
        return words.replace("\n", " ")
