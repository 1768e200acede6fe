"""Announcements through Slack's Web API."""

import logging
import socket
from collections.abc import Callable, Sequence
from datetime import datetime
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    MarkdownTextObject,
    SectionBlock,
)
from slack_sdk.models.metadata import Metadata
from slack_sdk.web import SlackResponse

from scheduling.channels import OUT_OF_REACH, DeliveryError, Message, Search
from scheduling.channels.retry_after import asked_wait
from scheduling.channels.slack import codes as slack_codes
from scheduling.channels.slack.codes import PLAIN_MAY_PASS, UNREACHABLE
from scheduling.channels.slack.lists import Listing

log = logging.getLogger("whoseonfirst.slack")

# How Slack, or the connection to it, fails.
SLACK_ERRORS = (SlackClientError, OSError, HTTPException)

# What a click on a button of ours is called, before its place in the row.
RUN = "run"
# Posts carry their key under this name, so that one whose outcome is unknown can be looked for.
METADATA_EVENT = "whoseonfirst_notification"
TIMEOUT = 10  # seconds
LONGEST = 3000  # characters of a section
# Characters of all blocks. Slack refuses more than some 12,000, and counts in a way of its own:
# https://github.com/slackapi/bolt-js/issues/2867
TOGETHER = 9000
MORE = "\n… and more than fits into a post."
MOST_PAGES = 20  # of 200 posts each
LONGEST_EDIT = 4000  # characters of what is read where blocks can't be shown


class SlackChannel:
    """Posts to channels, and writes to people. The client must have no retry handlers.

    A handler that sends again when only the answer was lost would post twice, and one that sleeps
    through a rate limit would hold up everybody else: what to do next is the outbox's decision.
    """

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._workspace = ""  # asked when it is first needed
        self._admins = Listing(client.users_list, "members", self._id_of_admin)
        self._direct: dict[str, str] = {}  # the direct messages with somebody, by their user id

    def send(self, message: Message) -> str:
        """Post to a channel or user id and return the post's ts. Raises DeliveryError.

        To whoever left Slack nothing is sent, although Slack would take it: nobody would read it.
        """
        to = self._read_by(message.to) if _is_person(message.to) else message.to

        def post(blocks: list[Block] | None) -> SlackResponse:
            return self._client.chat_postMessage(
                channel=to,
                text=_plain(message),
                blocks=blocks,
                unfurl_links=False,
                metadata=_metadata(message),
            )

        try:
            answer = _or_plain(post, _blocks(message))
        except SLACK_ERRORS as error:
            told = _told(error, sending=True)
            if self._has_moved(message.to, told):
                return self.send(message)
            raise told from error
        return str(answer["ts"])

    def edit(self, message: Message, receipt: str) -> None:
        """Draw the post with this ts anew. May be called twice. Raises DeliveryError."""
        channel = self._channel_of(message.to)

        def update(blocks: list[Block] | None) -> SlackResponse:
            return self._client.chat_update(
                channel=channel,
                ts=receipt,
                text=_plain(message)[:LONGEST_EDIT],
                blocks=blocks or [],  # left out, the old ones would stay
                metadata=_metadata(message),
            )

        try:
            _or_plain(update, _blocks(message))
        except SLACK_ERRORS as error:
            raise _told(error, sending=False) from error

    def find(self, message: Message, search: Search) -> str | None:
        """Return the ts of the post with the message's key, if it stands there."""
        cursor, channel = None, self._channel_of(message.to)
        for _ in range(MOST_PAGES):
            try:
                answer = self._client.conversations_history(
                    channel=channel,
                    oldest=str(search.since.timestamp() - 60),
                    include_all_metadata=True,
                    limit=200,
                    cursor=cursor,
                )
            except SLACK_ERRORS as error:
                told = _told(error, sending=False)
                if self._has_moved(message.to, told):
                    return self.find(message, search)
                raise told from error
            for post in answer["messages"]:
                metadata = post.get("metadata") or {}
                if metadata.get("event_payload", {}).get("key") == message.key:
                    return str(post["ts"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
        raise DeliveryError("temporary", "too busy", "The channel is too busy to look for a post.")

    def person_trouble(self, user: str) -> str | None:
        """Return why nobody can write to a Slack user, None if one can. Raises DeliveryError."""
        trouble = self._trouble_with(user)
        return trouble.message if trouble else None

    def channel_trouble(self, channel: str) -> str | None:
        """Return why we can't post in a channel, None if we can. Raises DeliveryError.

        Whether posting is restricted is known only by trying.
        """
        try:
            answer = self._client.conversations_info(channel=channel)
        except SLACK_ERRORS as error:
            told = _told(error, sending=False)
            if told.outcome == "permanent":
                return told.message
            raise told from error
        found = answer["channel"]
        scopes = _scopes(answer)
        if found.get("is_archived") or found.get("is_frozen"):
            return slack_codes.words("is_archived")
        if scopes and "chat:write" not in scopes:
            return slack_codes.words("missing_scope")
        everywhere = "chat:write.public" in scopes and not found.get("is_private")
        return None if found.get("is_member") or everywhere else slack_codes.words("not_in_channel")

    def admins(self, now: datetime) -> list[str]:
        """Return the ids of all of the workspace's owners and admins. Raises DeliveryError."""
        try:
            self._workspace = self._workspace or str(self._client.auth_test()["team_id"])
            return list(self._admins.each(now))
        except SLACK_ERRORS as error:
            raise _told(error, sending=False) from error

    def _id_of_admin(self, user: dict[str, Any]) -> str | None:
        # Who leads a workspace beside ours doesn't lead ours.
        return str(user["id"]) if is_admin(user) and is_here(user, self._workspace) else None

    def _read_by(self, user: str) -> str:
        """Return where to write to a Slack user who is there to read it. Raises DeliveryError.

        Slack posts to a deactivated account as to any other, so it is asked about the person first:
        https://github.com/slackapi/python-slack-sdk/issues/1156. Where it doesn't say, opening the
        direct messages decides.
        """
        try:
            trouble = self._trouble_with(user)
        except DeliveryError:
            trouble = None
            self._direct.pop(user, None)
        if trouble:
            raise trouble
        try:
            return self._channel_of(user)
        except DeliveryError as error:
            if error.outcome == "permanent" and error.code not in UNREACHABLE:
                return user  # an app that may not open them may still write there
            raise

    def _has_moved(self, to: str, error: DeliveryError) -> bool:
        """Tell whether the direct messages with somebody have another id than the one remembered.

        A workspace that moves into an Enterprise organization may change them.
        """
        if error.code != "channel_not_found" or to not in self._direct:
            return False
        before = self._direct.pop(to)
        return self._channel_of(to) != before

    def _trouble_with(self, user: str) -> DeliveryError | None:
        """Return what Slack says of a user to whom nobody can write; raises where it can't say."""
        try:
            gone = bool(self._client.users_info(user=user)["user"].get("deleted"))
        except SLACK_ERRORS as error:
            told = _told(error, sending=False)
            if told.code in UNREACHABLE:
                return told
            raise told from error
        code = "user_disabled"
        return DeliveryError("permanent", code, slack_codes.words(code)) if gone else None

    def _channel_of(self, to: str) -> str:
        """Return the channel in which to look: of a person, their direct messages with us."""
        if not _is_person(to):
            return to
        if to not in self._direct:
            try:
                opened = self._client.conversations_open(users=to)["channel"]["id"]
            except SLACK_ERRORS as error:
                raise _told(error, sending=False) from error
            self._direct[to] = str(opened)
        return self._direct[to]


def _is_person(to: str) -> bool:
    """Tell a user's id from a channel's. W is the letter of users of an Enterprise organization."""
    return to[:1] in ("U", "W")


def buttons_block(buttons: Sequence[tuple[str, str]], block_id: str | None = None) -> Block:
    """Return a row of buttons, of (label, what it runs). The first one is the one meant."""
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


def _scopes(answer: SlackResponse) -> list[str]:
    """Return what the app may do, as each answer's headers say; empty if they don't."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    said = headers.get("x-oauth-scopes") or ""
    return [scope.strip() for scope in str(said).split(",") if scope.strip()]


def is_admin(user: dict[str, Any]) -> bool:
    """Tell whether a user, as Slack describes them, is an owner or admin of the workspace."""
    leads = user.get("is_admin") or user.get("is_owner")
    return bool(leads) and not (user.get("deleted") or user.get("is_bot"))


def is_here(user: dict[str, Any], workspace: str) -> bool:
    """Tell whether somebody is in a workspace; in '' everybody is.

    In an Enterprise organization one may be in several, and `team_id` is that of any, or missing.
    https://github.com/looker/lookerbot/issues/184
    """
    theirs = user.get("team_id")
    teams = (user.get("enterprise_user") or {}).get("teams") or []
    return not workspace or theirs == workspace or workspace in teams or not (theirs or teams)


def _plain(message: Message) -> str:
    return "\n".join(filter(None, (message.text, message.small_print)))


def _metadata(message: Message) -> Metadata:
    return Metadata(event_type=METADATA_EVENT, event_payload={"key": message.key})


def _blocks(message: Message) -> list[Block] | None:
    """Return a message as blocks, None for one that is too long for them and has nothing else.

    Whatever is to be a link or a mention is marked as one: what looks like a web address in words
    that somebody texted is left as it is.
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
    """Cut a text at line ends, so that each piece fits a section; None if it has no room."""
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
    """Return the beginning of a text, up to a line end, and that there is more."""
    kept = text[: room - len(MORE)]
    return f"{kept.rpartition(chr(10))[0] or kept}{MORE}"


def _or_plain(
    call: Callable[[list[Block] | None], SlackResponse], blocks: list[Block] | None
) -> SlackResponse:
    """Make a call with blocks; once more without, if Slack refuses those: the text says it all."""
    try:
        return call(blocks)
    except SlackApiError as error:
        code = str(error.response.get("error"))
        if blocks is None or code not in PLAIN_MAY_PASS:
            raise
        log.warning("Slack refused how a message is laid out (%s): it goes out as text", code)
        return call(None)


def never_left(error: Exception) -> bool:
    """Tell whether Slack cannot have got what was sent: there was no connection at all."""
    unreached = ConnectionRefusedError | socket.gaierror
    return isinstance(error, URLError) and isinstance(error.reason, unreached)


def _told(error: Exception, *, sending: bool) -> DeliveryError:
    if isinstance(error, SlackApiError):
        return _refused(error.response, sending=sending)
    if sending and not never_left(error):
        return DeliveryError("uncertain", "no answer", "Slack took the call but never answered.")
    return DeliveryError("temporary", "no connection", "Slack could not be reached.", OUT_OF_REACH)


def _refused(answer: SlackResponse, *, sending: bool) -> DeliveryError:
    code = str(answer.get("error") or answer.status_code)
    known = slack_codes.is_code(code)
    trouble = f"Slack is having trouble ({answer.status_code})."
    words = slack_codes.words(code) if known and not code.isdecimal() else trouble
    passes = slack_codes.outcome(code) == "temporary"
    if answer.status_code == 429 or answer.status_code >= 500 or passes:
        code = code if known else str(answer.status_code)
        return DeliveryError("temporary", code, words, asked_wait(answer.headers))
    if not known:  # no word of Slack's: the page of a proxy, say
        words = "Slack’s answer made no sense."
        return DeliveryError("uncertain" if sending else "temporary", "no sense", words)
    return DeliveryError("permanent", code, words)
