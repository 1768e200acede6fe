"""An answer as a message or a modal, within Slack's limits."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

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

from scheduling.channels.slack.layout import RUN
from scheduling.words.buttons import carried

SECTION = 3000  # characters in a section's text
BLOCKS = 50  # blocks in a message
BLOCKS_OF_A_VIEW = 100
# Characters in all blocks of a message together. Slack refused some with 11,341, and documents no
# limit: https://github.com/slackapi/bolt-js/issues/2867
MESSAGE = 10_000
# Characters of an answer sent with a command's acknowledgement. Slack doesn't tell us if it refuses
# that, so longer answers, and all with a table, go to the response URL.
ACKNOWLEDGED = 6_000
TABLE_ROWS = 100
# Characters in all cells. Slack takes 10,000:
# https://docs.slack.dev/reference/block-kit/blocks/table-block
TABLE = 9_000
NOTE = 60  # characters of what somebody typed, in a cell
TEXT = 39_000  # characters of a message's text beside its blocks: Slack takes 40,000
CUT = "\n… and more than fits in one message."
LABEL = 75  # characters on a button
TITLE = 24  # characters above a modal
DECISION = "decision"  # callback id of a modal that asks for one


class Button(NamedTuple):
    """A button that does the same as typing `/oncall` and then `runs`."""

    label: str
    runs: str
    style: Literal["primary", "danger"] | None = None


class Decision(NamedTuple):
    """The two answers to a question: buttons below a message; submit and close of a modal."""

    yes: Button
    no: Button


class Table(NamedTuple):
    """Rows under a heading; `plain` is the same as lines of mrkdwn, where tables aren't allowed."""

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    plain: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: mrkdwn paragraphs, a table, small print, and buttons.

    - `title`: the heading when it's shown as a modal.
    - `in_channel`: everybody in the channel sees it, not only the person who asked.
    - `beside`: as the answer to a click, it's shown beside what was clicked instead of replacing
      it, so that what was refused or failed can be tried again.
    - `settles`: it says how something ended, and doesn't replace an answer that already says so.
    - `decision`: what it asks the reader to decide.
    """

    paragraphs: tuple[str, ...]
    small_print: str = ""
    table: Table | None = None
    buttons: tuple[Button, ...] = ()
    title: str = "On call"
    in_channel: bool = False
    beside: bool = False
    settles: bool = False
    decision: Decision | None = None

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
        decision: Decision | None = None,
    ) -> "Reply":
        """Return an answer of these paragraphs, without the empty ones."""
        return cls(
            tuple(filter(None, paragraphs)),
            small_print,
            table,
            tuple(buttons),
            title,
            beside=beside,
            settles=settles,
            decision=decision,
        )

    def led_by(self, paragraph: str) -> "Reply":
        """Return the answer with another paragraph at its top."""
        return replace(self, paragraphs=(paragraph, *self.paragraphs))

    def with_buttons(self, buttons: Sequence[Button]) -> "Reply":
        """Return the answer with other buttons."""
        return replace(self, buttons=tuple(buttons))

    @property
    def text(self) -> str:
        """The answer as plain mrkdwn, for notifications and screen readers."""
        table = self.table.plain if self.table else ""
        parts = (*self.paragraphs, table, self.small_print)
        return "\n".join(part for part in parts if part)[:TEXT]

    @property
    def is_acknowledgement(self) -> bool:
        """Whether it may be sent as a command's acknowledgement: Slack can't refuse any of it."""
        return self.table is None and len(self.text) <= ACKNOWLEDGED

    def without_table(self) -> "Reply":
        """Return the same answer with lines instead of its table."""
        if self.table is None:
            return self
        return replace(self, paragraphs=(*self.paragraphs, self.table.plain), table=None)

    def blocks(self, team: int = 0) -> list[Block]:
        """Return the answer as blocks of a message; its buttons act on the team with this id."""
        buttons = (*(self.decision or ()), *self.buttons)
        room = MESSAGE - len(self.small_print) - sum(len(one.label) for one in buttons)
        if self.table is None:
            return self._framed(_within(self.paragraphs, room), [], buttons, team)
        paragraphs = _within(self.paragraphs, room - TABLE)
        return self._framed(paragraphs, [_table(self.table)], buttons, team)

    def view(self, team: int = 0) -> View:
        """Return the answer as a modal, with lines instead of a table."""
        middle = sections(self.table.plain) if self.table else []
        shown: dict[str, Any] = {
            "type": "modal",
            "title": PlainTextObject(text=self.title[:TITLE]),
            "close": PlainTextObject(text="Done" if self.settles else "Close"),
            "blocks": self._framed(self.paragraphs, middle, self.buttons, team),
        }
        if self.decision is not None:
            yes, no = self.decision
            shown |= {
                "submit": PlainTextObject(text=yes.label),
                "close": PlainTextObject(text=no.label),
                "notify_on_close": True,
                "callback_id": DECISION,
                "private_metadata": json.dumps(
                    {"yes": carried(yes.runs, team), "no": carried(no.runs, team)}
                ),
            }
        return View(**shown)

    def _framed(
        self,
        paragraphs: Sequence[str],
        middle: list[Block],
        buttons: Sequence[Button],
        team: int,
    ) -> list[Block]:
        first = [block for paragraph in paragraphs for block in sections(paragraph)]
        last: list[Block] = []
        if self.small_print:
            last.append(context(self.small_print))
        if buttons:
            last.append(actions(buttons, team))
        return [*first, *middle][: BLOCKS - len(last)] + last


def _within(paragraphs: Sequence[str], most: int) -> list[str]:
    """Return the paragraphs, the longest ones cut so that all have at most `most` characters."""
    kept = list(paragraphs)
    while (over := sum(map(len, kept)) - most) > 0:
        longest = max(kept, key=len)
        left = longest[: max(len(longest) - over - len(CUT), 0)]
        kept[kept.index(longest)] = (left.rpartition("\n")[0] or left) + CUT
        if not left:
            break
    return kept


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
    """Return the buttons to the previous and next page; `line` and a number show a page."""
    newer = [Button("‹ Newer", f"{line} {page - 1}")] if page > 1 else []
    older = [Button("Older ›", f"{line} {page + 1}")] if more else []
    return newer + older


def _button(button: Button, place: int, team: int) -> ButtonElement:
    label = button.label if len(button.label) <= LABEL else f"{button.label[: LABEL - 1]}…"
    return ButtonElement(
        text=PlainTextObject(text=label, emoji=True),
        action_id=f"{RUN}:{place}",
        value=carried(button.runs, team),
        style=button.style,
    )


def sections(paragraph: str) -> list[Block]:
    """Return mrkdwn cut at line ends into as many sections as it needs."""
    return [SectionBlock(text=MarkdownTextObject(text=piece)) for piece in _pieces(paragraph)]


def _table(table: Table) -> Block:
    rows = [table.heading, *table.rows[: fitting(table)]]
    return TableBlock(
        rows=[[{"type": "raw_text", "text": cell or " "} for cell in row] for row in rows],
        column_settings=[{"is_wrapped": True} for _ in table.heading],
    )


def fitting(table: Table) -> int:
    """Return how many of a table's rows Slack takes, both as cells and as lines."""
    lines = table.plain.split("\n")
    room, plain_room = TABLE - sum(map(len, table.heading)), TABLE
    for place, row in enumerate(table.rows[: TABLE_ROWS - 1]):
        room -= sum(map(len, row))
        plain_room -= len(lines[place]) + 1 if place < len(lines) else 0
        if room < 0 or plain_room < 0:
            return max(place, 1)
    return min(len(table.rows), TABLE_ROWS - 1)


def noted(text: str) -> str:
    """Return a typed text, cut to fit a cell of a table."""
    return text if len(text) <= NOTE else f"{text[: NOTE - 1]}…"


def _pieces(paragraph: str) -> Sequence[str]:
    """Cut a paragraph at its line ends, so that each piece fits a section."""
    pieces: list[str] = []
    for line in paragraph.split("\n"):
        if pieces and len(pieces[-1]) + 1 + len(line) <= SECTION:
            pieces[-1] += f"\n{line}"
        else:
            pieces.append(line[:SECTION])
    return [piece for piece in pieces if piece]
