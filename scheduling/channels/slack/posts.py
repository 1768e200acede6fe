"""Posts in Slack's channels, through its Web API."""

from slack_sdk import WebClient
from slack_sdk.models.blocks import Block
from slack_sdk.models.metadata import Metadata
from slack_sdk.web import SlackResponse

from scheduling.channels import DeliveryError, Explanation, Message, Search
from scheduling.channels.slack import codes
from scheduling.channels.slack.errors import SLACK_ERRORS, delivery_error
from scheduling.channels.slack.layout import blocks_of, or_plain, plain
from storage.statuses import Outcome, OwnCode

# Posts carry their key in metadata of this type, so that they can be looked up.
METADATA_EVENT = "whoseonfirst_notification"
TIMEOUT = 10  # seconds
MOST_PAGES = 20  # of 200 posts each
LONGEST_EDIT = 4000  # characters of the plain text


class SlackPosts:
    """Posts to channels. The client must have no retry handlers.

    A handler that retries after a lost answer would post twice, and one that sleeps through a rate
    limit would hold up other messages. The outbox decides when to retry.
    """

    def __init__(self, client: WebClient) -> None:
        self._client = client

    def explain(self, code: str | None, /) -> Explanation:
        """Return what is known about one of Slack's codes."""
        return codes.explain(code)

    def send(self, message: Message) -> str:
        """Post and return the post's ts. Raises DeliveryError."""
        to = self._read_at(message.to)

        def post(blocks: list[Block] | None) -> SlackResponse:
            return self._client.chat_postMessage(
                channel=to,
                text=plain(message),
                blocks=blocks,
                unfurl_links=False,
                metadata=_metadata(message),
            )

        try:
            answer = or_plain(post, blocks_of(message))
        except SLACK_ERRORS as error:
            failed = delivery_error(error, sending=True)
            if self._has_moved(message.to, failed):
                return self.send(message)
            raise failed from error
        return str(answer["ts"])

    def edit(self, message: Message, message_id: str) -> None:
        """Replace the content of the post with this ts. May be called twice."""
        channel = self._channel_of(message.to)

        def update(blocks: list[Block] | None) -> SlackResponse:
            return self._client.chat_update(
                channel=channel,
                ts=message_id,
                text=plain(message)[:LONGEST_EDIT],
                blocks=blocks or [],  # without this, the old blocks would stay
                metadata=_metadata(message),
            )

        try:
            or_plain(update, blocks_of(message))
        except SLACK_ERRORS as error:
            raise delivery_error(error, sending=False) from error

    def find(self, message: Message, search: Search) -> str | None:
        """Return the ts of the post with the message's key, if there is one."""
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
                failed = delivery_error(error, sending=False)
                if self._has_moved(message.to, failed):
                    return self.find(message, search)
                raise failed from error
            for post in answer["messages"]:
                metadata = post.get("metadata") or {}
                if metadata.get("event_payload", {}).get("key") == message.key:
                    return str(post["ts"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
        raise DeliveryError(
            Outcome.TEMPORARY, OwnCode.TOO_BUSY, "The channel is too busy to look for a post."
        )

    def _read_at(self, to: str) -> str:
        """Return the conversation to post in. Raises DeliveryError if nobody could read it."""
        return to

    def _channel_of(self, to: str) -> str:
        """Return the channel that a message is in. Raises DeliveryError."""
        return to

    def _has_moved(self, _to: str, _error: DeliveryError) -> bool:
        """Tell whether a conversation has a new id, so that the call is repeated there."""
        return False


def _metadata(message: Message) -> Metadata:
    return Metadata(event_type=METADATA_EVENT, event_payload={"key": message.key})
