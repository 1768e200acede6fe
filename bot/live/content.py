"""The content of the checks' messages: tables, long blocks, metadata."""

import re
from typing import Any

from slack_sdk.webhook import WebhookResponse

Json = dict[str, Any]
WORDS = "A test message from `run_bot.py check --live`. It disappears on its own."
EVENT = "whoseonfirst_live_check"


def section(text: str) -> Json:
    """Return a paragraph as a block."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def table(rows: int = 3, characters: int = 8, *, first: str = "Table") -> Json:
    """Return a table of two columns below a heading, with `characters` in each cell."""
    cells = [[first.ljust(characters, "."), "Seen?"]]
    cells += [[f"{row:03d}".ljust(characters, "."), "x" * characters] for row in range(1, rows)]
    return {"type": "table", "rows": [[cell(text) for text in row] for row in cells]}


def cell(text: str) -> Json:
    """Return a cell of plain text."""
    return {"type": "raw_text", "text": text}


def date_cell(timestamp: int, fallback: str) -> Json:
    """Return a cell with an instant that each reader sees in their own zone."""
    date = {
        "type": "date",
        "timestamp": timestamp,
        "format": "{date_short} {time}",
        "fallback": fallback,
    }
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [date]}],
    }


def long_blocks() -> list[Json]:
    """Return sections of 14,000 characters together, each within its own limit."""
    return [section(f"{place}. {'long ' * 550}") for place in range(1, 6)]


def characters(blocks: list[Json]) -> int:
    """Return how many characters sections have together."""
    return sum(len(block["text"]["text"]) for block in blocks)


def metadata(key: str) -> Json:
    """Return metadata by which to find a post."""
    return {"event_type": EVENT, "event_payload": {"key": key}}


def in_short(answer: WebhookResponse) -> str:
    """Return a response URL's answer: the status, with Slack's error code if there is one."""
    refused = re.search(r'"error":\s*"(\w{1,60})"', answer.body)
    return f"{answer.status_code} {refused[1] if refused else answer.body[:60]}"
