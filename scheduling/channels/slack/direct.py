"""Direct messages in Slack."""

from slack_sdk import WebClient

from scheduling.channels import DeliveryError, ErrorClass
from scheduling.channels.slack.errors import SLACK_ERRORS, delivery_error
from scheduling.channels.slack.posts import SlackPosts
from scheduling.channels.slack.workspace import trouble_with
from storage.statuses import Outcome


class SlackDirect(SlackPosts):
    """Writes to people, by their user ids: only to those who are there to read it."""

    def __init__(self, client: WebClient) -> None:
        super().__init__(client)
        self._direct: dict[str, str] = {}  # the direct messages with somebody, by their user id

    def _read_at(self, to: str) -> str:
        """Return where to write to a Slack user who is there to read it. Raises DeliveryError.

        Slack posts to a deactivated account as to any other, so it is asked about the person first:
        https://github.com/slackapi/python-slack-sdk/issues/1156. Where it doesn't say, opening the
        direct messages decides.
        """
        if not to:  # they are not in Slack any more: it refuses the message itself
            return to
        try:
            trouble = trouble_with(self._client, to)
        except DeliveryError:
            trouble = None
            self._direct.pop(to, None)
        if trouble:
            raise trouble
        try:
            return self._channel_of(to)
        except DeliveryError as error:
            if error.outcome is Outcome.PERMANENT and error.error_class is not ErrorClass.GONE:
                return to  # an app that may not open them may still write there
            raise

    def _has_moved(self, to: str, error: DeliveryError) -> bool:
        """Tell whether the direct messages with somebody have another id than the one remembered.

        A workspace that moves into an Enterprise organization may change them.
        """
        if error.code != "channel_not_found" or to not in self._direct:
            return False
        before = self._direct.pop(to)
        return self._channel_of(to) != before

    def _channel_of(self, to: str) -> str:
        """Return the direct messages of a person with us."""
        if to and to not in self._direct:
            try:
                opened = self._client.conversations_open(users=to)["channel"]["id"]
            except SLACK_ERRORS as error:
                raise delivery_error(error, sending=False) from error
            self._direct[to] = str(opened)
        return self._direct.get(to, to)
