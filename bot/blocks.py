"""What we show in Slack: an answer as a message or as a modal, within Slack's limits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)
from slack_sdk.models.blocks.blocks import TableBlock
from slack_sdk.models.views import View

from scheduling.channels.slack import RUN

SECTION = 3000  # characters in a section's text
BLOCKS = 50  # blocks in a message
BLOCKS_OF_A_VIEW = 100
TABLE_ROWS = 100
A_DATE = 40  # characters of an instant in a cell
TABLE_TEXT = 9_500  # characters in all cells: Slack takes 10,000
TEXT = 39_000  # characters of a message that blocks stand above: Slack takes 40,000
LABEL = 75  # characters on a button
TITLE = 24  # characters above a modal

Cell = str | datetime
"""What stands in a table: text, or an instant that each reader sees in their own zone."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button that does what typing `/oncall` and `runs` would do."""

    label: str
    runs: str
    style: Literal["primary", "danger"] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a heading; `plain` is the same as lines of mrkdwn, where no table can stand."""

    heading: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    plain: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: mrkdwn paragraphs, a table, small print, and buttons.

    Only the person who asked sees it, unless it is `in_channel`. `title` stands above it where it
    is shown as a modal. As the answer to a click it takes the place of what was clicked, but not if
    it is said `beside` it: what was refused or failed can be tried again. What `settles` something
    is said beside it once that was settled.
    """

    paragraphs: tuple[str, ...]
    small_print: str = ""
    table: Table | None = None
    buttons: tuple[Button, ...] = ()
    title: str = "On call"
    in_channel: bool = False
    beside: bool = False
    settles: bool = False

    @classmethod
    def of(
        cls,
        *paragraphs: str,
        small_print: str = "",
        table: Table | None = None,
        buttons: Sequence[Button] = (),
        title: str = "On call",
        beside: bool = False,
        settles: bool = False,
    ) -> "Reply":
        """Return the answer that consists of these paragraphs, those that are empty left out."""
        return cls(
            tuple(filter(None, paragraphs)),
            small_print,
            table,
            tuple(buttons),
            title,
            beside=beside,
            settles=settles,
        )

    def with_buttons(self, buttons: Sequence[Button]) -> "Reply":
        """Return the answer with other buttons."""
        return replace(self, buttons=tuple(buttons))

    @property
    def text(self) -> str:
        """The answer as plain mrkdwn, for notifications and screen readers."""
        table = self.table.plain if self.table else ""
        parts = (*self.paragraphs, table, self.small_print)
        return "\n".join(part for part in parts if part)[:TEXT]

    def blocks(self, team: int = 0) -> list[Block]:
        """Return the answer as blocks of a message; its buttons act on the team with this id."""
        middle: list[Block] = [_table(self.table)] if self.table else []
        return self._framed(middle, team)

    def view(self, team: int = 0) -> View:
        """Return the answer as a modal, in which a table stands as lines.

        Buttons that decide something stand above the last paragraph: on a phone, what is below a
        long one is out of sight, and *Close* is not.
        """
        middle = sections(self.table.plain) if self.table else []
        decides = bool(self.buttons) and self.buttons[0].style == "primary"
        return View(
            type="modal",
            title=PlainTextObject(text=self.title[:TITLE]),
            close=PlainTextObject(text="Close"),
            blocks=self._framed(middle, team, above=decides),
        )

    def _framed(self, middle: list[Block], team: int, *, above: bool = False) -> list[Block]:
        told = [sections(paragraph) for paragraph in self.paragraphs]
        if above and self.buttons:
            told.insert(len(told) - 1, [actions(self.buttons, team)])
        first = [block for paragraph in told for block in paragraph]
        last: list[Block] = []
        if self.small_print:
            last.append(context(self.small_print))
        if self.buttons and not above:
            last.append(actions(self.buttons, team))
        return [*first, *middle][: BLOCKS - len(last)] + last


def section(text: str, button: Button | None = None, team: int = 0) -> Block:
    """Return a section of mrkdwn, with a button beside it."""
    accessory = _button(button, 0, team) if button else None
    return SectionBlock(text=MarkdownTextObject(text=text[:SECTION]), accessory=accessory)


def context(text: str) -> Block:
    """Return small print."""
    return ContextBlock(elements=[MarkdownTextObject(text=text[:SECTION])])


def actions(buttons: Sequence[Button], team: int) -> Block:
    """Return a row of buttons that act on the team with this id."""
    return ActionsBlock(
        elements=[_button(button, place, team) for place, button in enumerate(buttons)]
    )


def pages(line: str, page: int, *, more: bool) -> list[Button]:
    """Return the buttons to the pages beside one; `line` and a number show a page."""
    newer = [Button("‹ Newer", f"{line} {page - 1}")] if page > 1 else []
    older = [Button("Older ›", f"{line} {page + 1}")] if more else []
    return newer + older


def value_of(runs: str, team: int) -> str:
    """Return what a button carries: the team it acts on and the line it stands for."""
    return f"{team} {runs}"


def _button(button: Button, place: int, team: int) -> ButtonElement:
    label = button.label if len(button.label) <= LABEL else f"{button.label[: LABEL - 1]}…"
    return ButtonElement(
        text=PlainTextObject(text=label, emoji=True),
        action_id=f"{RUN}:{place}",
        value=value_of(button.runs, team),
        style=button.style,
    )


def sections(paragraph: str) -> list[Block]:
    """Return mrkdwn as as many sections as it takes, cut at line ends."""
    return [SectionBlock(text=MarkdownTextObject(text=piece)) for piece in _pieces(paragraph)]


def _table(table: Table) -> Block:
    rows = [table.heading, *table.rows][:TABLE_ROWS]
    return TableBlock(
        rows=[[_cell(cell) for cell in row] for row in rows],
        column_settings=[{"is_wrapped": True} for _ in table.heading],
    )


def fitting(table: Table) -> int:
    """Return how many of a table's rows Slack takes: all cells together have a limit."""
    left = TABLE_TEXT - sum(map(len, table.heading))
    for place, row in enumerate(table.rows):
        left -= sum(len(cell) if isinstance(cell, str) else A_DATE for cell in row)
        if left < 0:
            return max(place, 1)
    return len(table.rows)


def _cell(cell: Cell) -> dict[str, Any]:
    if isinstance(cell, str):
        return {"type": "raw_text", "text": cell or " "}
    date = {
        "type": "date",
        "timestamp": int(cell.timestamp()),
        "format": "{date_short} {time}",
        "fallback": f"{cell:%Y-%m-%d %H:%M} UTC",
    }
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [date]}],
    }


def _pieces(paragraph: str) -> Sequence[str]:
    """Cut a paragraph at its line ends, so that each piece fits a section."""
    pieces: list[str] = []
    for line in paragraph.split("\n"):
        if pieces and len(pieces[-1]) + 1 + len(line) <= SECTION:
            pieces[-1] += f"\n{line}"
        else:
            pieces.append(line[:SECTION])
    return [piece for piece in pieces if piece]
