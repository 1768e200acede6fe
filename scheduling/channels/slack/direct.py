"""Direct messages in Slack."""

from slack_sdk import WebClient

from scheduling.channels import DeliveryError, ErrorClass
from scheduling.channels.slack.errors import SLACK_ERRORS, delivery_error
from scheduling.channels.slack.posts import SlackPosts
from scheduling.channels.slack.workspace import trouble_with
from storage.statuses import Outcome


class SlackDirect(SlackPosts):
    """Writes to people by their user ids, if they can still read it."""

    def __init__(self, client: WebClient) -> None:
        super().__init__(client)
        self._direct: dict[str, str] = {}  # conversation ids by user id

    def _read_at(self, to: str) -> str:
        """Return the conversation with a Slack user who can read it. Raises DeliveryError.

        Slack accepts messages to a deactivated account, so we look the user up first:
        https://github.com/slackapi/python-slack-sdk/issues/1156. If that fails, opening the
        conversation decides.
        """
        if not to:  # they aren't in Slack any more, so Slack refuses the message
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
                return to  # an app that may not open conversations may still write
            raise

    def _has_moved(self, to: str, error: DeliveryError) -> bool:
        """Tell whether the conversation with somebody has a new id.

        That may happen when a workspace moves into an Enterprise organization.
        """
        if error.code != "channel_not_found" or to not in self._direct:
            return False
        before = self._direct.pop(to)
        return self._channel_of(to) != before

    def _channel_of(self, to: str) -> str:
        """Return the id of our conversation with a user, or `to` if it's unknown."""
        if to and to not in self._direct:
            try:
                opened = self._client.conversations_open(users=to)["channel"]["id"]
            except SLACK_ERRORS as error:
                raise delivery_error(error, sending=False) from error
            self._direct[to] = str(opened)
        return self._direct.get(to, to)
