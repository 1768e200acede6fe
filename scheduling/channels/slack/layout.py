"""How a message looks in Slack: as blocks where they fit, and as text."""

import logging
from collections.abc import Callable, Sequence

from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    MarkdownTextObject,
    SectionBlock,
)
from slack_sdk.web import SlackResponse

from scheduling.channels import Message
from scheduling.channels.slack.codes import PLAIN_MAY_PASS

log = logging.getLogger("whoseonfirst.slack")

# The prefix of our buttons' action ids; the button's place in the row follows.
RUN = "run"
LONGEST = 3000  # characters of a section
# Characters of all blocks. Slack refuses more than about 12,000, and counts in its own way:
# https://github.com/slackapi/bolt-js/issues/2867
TOGETHER = 9000
MORE = "\n… and more than fits in one post."


def buttons_block(buttons: Sequence[tuple[str, str]], block_id: str | None = None) -> Block:
    """Return a row of buttons from (label, what it runs). The first one is the primary one."""
    return ActionsBlock(
        block_id=block_id,
        elements=[
            ButtonElement(
                text=label,
                action_id=f"{RUN}:{place}",
                value=runs,
                style="primary" if place == 0 else None,
            )
            for place, (label, runs) in enumerate(buttons)
        ],
    )


def plain(message: Message) -> str:
    """Return a message as plain text, for clients that can't show blocks."""
    return "\n".join(filter(None, (message.text, message.small_print)))


def blocks_of(message: Message) -> list[Block] | None:
    """Return a message as blocks; None if it's too long for blocks and is only text.

    The text is verbatim: links and mentions are marked up, and what somebody texted isn't turned
    into a link.
    """
    small_print = message.small_print[:LONGEST]
    pieces = _pieces(message.text, TOGETHER - len(small_print))
    if pieces is None and not small_print and not message.buttons:
        return None
    shown = pieces or _pieces(_cut(message.text, TOGETHER - len(small_print)), TOGETHER) or [""]
    blocks: list[Block] = [
        SectionBlock(text=MarkdownTextObject(text=piece, verbatim=True)) for piece in shown
    ]
    if small_print:
        context = MarkdownTextObject(text=small_print, verbatim=True)
        blocks.append(ContextBlock(elements=[context]))
    if message.buttons:
        blocks.append(buttons_block(message.buttons))
    return blocks


def _pieces(text: str, room: int) -> list[str] | None:
    """Split a text at line ends so that each piece fits a section; None if it's too long."""
    if len(text) > room:
        return None
    pieces: list[str] = []
    for line in text.split("\n"):
        if pieces and len(pieces[-1]) + 1 + len(line) <= LONGEST:
            pieces[-1] += f"\n{line}"
        else:
            pieces += [line[at : at + LONGEST] for at in range(0, len(line), LONGEST)]
    return pieces


def _cut(text: str, room: int) -> str:
    """Return the beginning of a text, up to a line end, with a note that there is more."""
    kept = text[: room - len(MORE)]
    return f"{kept.rpartition(chr(10))[0] or kept}{MORE}"


def or_plain(
    call: Callable[[list[Block] | None], SlackResponse], blocks: list[Block] | None
) -> SlackResponse:
    """Make a call with blocks, and if Slack refuses them, without: the text says it all."""
    try:
        return call(blocks)
    except SlackApiError as error:
        code = str(error.response.get("error"))
        if blocks is None or code not in PLAIN_MAY_PASS:
            raise
        log.warning("Slack refused how a message is laid out (%s): it goes out as text", code)
        return call(None)
