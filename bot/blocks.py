"""Small helpers for what we show in Slack."""

from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import Block, ContextBlock, MarkdownTextObject, SectionBlock

SECTION = 3000  # characters in a section's text
BLOCKS = 50  # blocks in a message


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: mrkdwn paragraphs, and a small-print line. Only the person who asked sees it."""

    paragraphs: tuple[str, ...]
    small_print: str = ""

    @classmethod
    def of(cls, *paragraphs: str, small_print: str = "") -> "Reply":
        """Return the answer that consists of these paragraphs."""
        return cls(tuple(paragraphs), small_print)

    @property
    def text(self) -> str:
        """The answer as plain mrkdwn, for notifications and screen readers."""
        return "\n".join(part for part in (*self.paragraphs, self.small_print) if part)

    def blocks(self) -> list[Block]:
        """Return the answer as blocks within Slack's limits."""
        sections: list[Block] = [
            SectionBlock(text=MarkdownTextObject(text=piece))
            for paragraph in self.paragraphs
            for piece in _pieces(paragraph)
        ]
        if self.small_print:
            sections = sections[: BLOCKS - 1]
            sections.append(ContextBlock(elements=[MarkdownTextObject(text=self.small_print)]))
        return sections[:BLOCKS]


def _pieces(paragraph: str) -> Sequence[str]:
    """Cut a paragraph at its line ends, so that each piece fits a section."""
    pieces: list[str] = []
    for line in paragraph.split("\n"):
        if pieces and len(pieces[-1]) + 1 + len(line) <= SECTION:
            pieces[-1] += f"\n{line}"
        else:
            pieces.append(line[:SECTION])
    return [piece for piece in pieces if piece]
