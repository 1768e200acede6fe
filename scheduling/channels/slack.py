"""Announcements through Slack's Web API."""

from datetime import datetime
from http.client import HTTPException
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.models.metadata import Metadata

from scheduling.channels import DeliveryError, Message

# Posts carry their key under this name, so that one whose outcome is unknown can be looked for.
METADATA_EVENT = "whoseonfirst_notification"
TIMEOUT = 10  # seconds

# What a second try may mend. https://docs.slack.dev/reference/methods/chat.postMessage#errors
TEMPORARY = {
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "team_added_to_org",
}
WORDS = {
    "not_in_channel": "I am not in the channel. Invite me there: `/invite @WhoseOnFirst`.",
    "channel_not_found": "The channel does not exist, or is private and I am not in it.",
    "is_archived": "The channel is archived.",
    "missing_scope": "The Slack app lacks a permission: reinstall it from manifest.json.",
    "invalid_auth": "Slack refuses the bot token: check SLACK_BOT_TOKEN.",
    "token_revoked": "The Slack app was uninstalled: install it again.",
    "account_inactive": "The Slack app was uninstalled: install it again.",
}


class SlackChannel:
    """Posts to channels. The client must have no retry handlers.

    A handler that sends again when only the answer was lost would post twice, and one that sleeps
    through a rate limit would hold up everybody else: what to do next is the outbox's decision.
    """

    def __init__(self, client: WebClient) -> None:
        self._client = client

    def send(self, message: Message) -> str:
        """Post to a channel id and return the post's ts. Raises DeliveryError."""
        try:
            answer = self._client.chat_postMessage(
                channel=message.to,
                text=message.text,
                unfurl_links=False,
                metadata=Metadata(event_type=METADATA_EVENT, event_payload={"key": message.key}),
            )
        except (SlackClientError, OSError, HTTPException) as error:
            raise _told(error, sending=True) from error
        return str(answer["ts"])

    def find(self, message: Message, since: datetime) -> str | None:
        """Return the ts of the post with the message's key since then, if it stands there."""
        try:
            answer = self._client.conversations_history(
                channel=message.to,
                oldest=str(since.timestamp() - 60),
                include_all_metadata=True,
                limit=200,
            )
        except (SlackClientError, OSError, HTTPException) as error:
            raise _told(error, sending=False) from error
        for post in answer["messages"]:
            metadata = post.get("metadata") or {}
            if metadata.get("event_payload", {}).get("key") == message.key:
                return str(post["ts"])
        return None


def _told(error: Exception, *, sending: bool) -> DeliveryError:
    if isinstance(error, SlackApiError):
        code = str(error.response.get("error") or error.response.status_code)
        words = WORDS.get(code, f"Slack says: {code}.")
        if code in TEMPORARY or error.response.status_code >= 500:
            asked = error.response.headers.get("Retry-After") or error.response.headers.get(
                "retry-after"
            )
            return DeliveryError("temporary", code, words, int(asked) if asked else None)
        return DeliveryError("permanent", code, words)
    refused = isinstance(error, URLError) and isinstance(error.reason, ConnectionRefusedError)
    unknown_host = isinstance(error, URLError) and "getaddrinfo" in repr(error.reason)
    if sending and not refused and not unknown_host:
        return DeliveryError("uncertain", "no answer", "Slack took the call but never answered.")
    return DeliveryError("temporary", "no connection", "Slack could not be reached.")
