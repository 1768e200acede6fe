"""How an answer reaches the person who asked: as a message, as a modal, or beside what is shown.

A refusal or an error never replaces what was clicked or filled in: it is shown beside it, so that
people can try again.
"""

import logging
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any, Literal

from peewee import OperationalError
from slack_bolt import Args
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import Block

from bot.slack.answered import Answering
from bot.slack.blocks import BLOCKS_OF_A_VIEW, Button, Reply, actions, sections
from bot.slack.command import Answer
from bot.slack.forms import as_filled_in
from bot.slack.typed import COMMAND
from scheduling.channels.slack.errors import SLACK_ERRORS

log = logging.getLogger("whoseonfirst.listener")

TRIGGER_LIVES = 3.0  # seconds
LONGEST_LINE = 1900  # characters
# The modal is closed: whoever closed it doesn't expect an answer.
GONE = ("not_found", "view_not_found")
# Prefix of the ids of error blocks, so that the next error replaces them.
WRONG = "wrong"

Reached = Literal["shown", "gone", "lost"]
"""Whether a modal could be updated: it was, somebody had closed it, or Slack didn't accept it."""


def sorry(error: Exception, reference: str) -> Reply:
    """Return the answer to an unexpected error."""
    if isinstance(error, OperationalError) and "locked" in str(error):
        return Reply.of(
            ":x: My database is busy, so nothing was changed. Please try again in a minute.",
            beside=True,
        )
    return Reply.of(
        ":x: Something went wrong on my side. Please try again. If it happens again, give whoever "
        f"runs this bot this reference: `{reference}`.",
        beside=True,
    )


# --- as Slack takes it ------------------------------------------------------------------------


def message(reply: Reply, team: int) -> dict[str, Any]:
    """Return an answer as arguments for Slack; if that fails, the error."""
    try:
        blocks = reply.blocks(team)
    except Exception as error:  # noqa: BLE001 - `failed` logs it
        reply = sorry(error, Answering("an answer", "").failed())
        blocks = reply.blocks()
    kind = "in_channel" if reply.in_channel else "ephemeral"
    return {"text": reply.text, "blocks": blocks, "response_type": kind}


def view(answer: Answer, team: int) -> dict[str, Any]:
    """Return an answer as a modal; if that fails, the error."""
    try:
        return answer.view(team).to_dict()
    except Exception as error:  # noqa: BLE001 - `failed` logs it
        return sorry(error, Answering("a form", "").failed()).view().to_dict()


def kept(shown: Mapping[str, Any], reply: Reply, team: int = 0) -> dict[str, Any]:
    """Return a modal or Home tab as it is, with a refusal or error and its buttons on top.

    The buttons act on the `team` with this id.
    """
    lines = [*reply.paragraphs, reply.small_print]
    buttons = [actions(reply.buttons, team)] if reply.buttons else []
    return _on_top(shown, shown["blocks"], lines, buttons)


def kept_form(shown: Mapping[str, Any], wrong: Mapping[str, str]) -> dict[str, Any]:
    """Return a form as somebody filled it in, with what is wrong, by field, on top."""
    labels = {
        block["block_id"]: block["label"]["text"]
        for block in shown["blocks"]
        if block["type"] == "input"
    }
    lines = [
        f":x: {labels[field]}: {words}" if len(labels) > 1 else f":x: {words}"
        for field, words in wrong.items()
    ]
    return _on_top(shown, as_filled_in(shown), lines)


def _on_top(
    shown: Mapping[str, Any], blocks: Any, lines: list[str], buttons: Sequence[Block] = ()
) -> dict[str, Any]:
    said = [*(block for line in lines if line for block in sections(line)), *buttons]
    for place, block in enumerate(said):
        block.block_id = f"{WRONG}:{place}"
    rest = [one for one in blocks if not str(one.get("block_id", "")).startswith(f"{WRONG}:")]
    names = (
        *("type", "callback_id", "title", "submit", "close", "private_metadata"),
        "notify_on_close",
    )
    same = {name: shown[name] for name in names if shown.get(name)}
    return {**same, "blocks": ([one.to_dict() for one in said] + rest)[:BLOCKS_OF_A_VIEW]}


def once(client: WebClient) -> WebClient:
    """Return a client that doesn't retry: a post whose response was lost would appear twice."""
    return WebClient(
        token=client.token, base_url=client.base_url, timeout=client.timeout, retry_handlers=[]
    )


# --- to Slack ---------------------------------------------------------------------------------


def open_view(args: Args, shown: dict[str, Any]) -> bool:
    """Open a modal, which Slack allows for three seconds only; return whether it is open."""
    client, until = once(args.client), monotonic() + TRIGGER_LIVES
    for again in (False, True):
        try:
            client.views_open(trigger_id=args.body["trigger_id"], view=shown)
        except SlackApiError as error:
            code = error.response.get("error")
            if again and code == "exchanged_trigger_id":
                return True  # the first attempt opened it, and only the response was lost
            failed: Exception = error
            may_pass = error.response.status_code >= 500
        except SLACK_ERRORS as error:
            failed, may_pass = error, True
        else:
            return True
        if again or not may_pass or monotonic() > until:
            break
    log.warning("a form could not be opened: %s", failed, extra=_about(args))
    return False


def update_view(args: Args, view_id: str, shown: dict[str, Any]) -> Reached:
    """Show something else in a modal; return whether that worked."""
    try:
        args.client.views_update(view_id=view_id, view=shown)
    except SLACK_ERRORS as error:
        gone = isinstance(error, SlackApiError) and error.response.get("error") in GONE
        level = logging.INFO if gone else logging.WARNING
        log.log(level, "a form could not be updated: %s", error, extra=_about(args))
        return "gone" if gone else "lost"
    return "shown"


def form_offered(line: str, *, follows: bool = False) -> Reply:
    """Return the answer that replaces a form that Slack didn't let us open in time.

    `line` opens it, '' if none does. With `follows` it comes after another form's change was made.
    """
    short = 0 < len(line) <= LONGEST_LINE
    again = "Click to try again" if short else "Please try again"
    lost = (
        ":x: Slack didn’t let me show the next form. "
        if follows
        else ":x: Slack didn’t let me open the form, so nothing was changed. "
    )
    return Reply.of(
        f"{lost}{again}, or type the whole command: `{COMMAND} help` shows how.",
        buttons=[Button("Open the form", line)] if short else [],
        beside=True,
    )


def _about(args: Args) -> dict[str, str]:
    return {"actor": user_of(args)}


def user_of(args: Args) -> str:
    """Return the Slack id of the user who typed, clicked or sent a form."""
    body = args.body
    return str(body.get("user_id") or body.get("user", {}).get("id"))
