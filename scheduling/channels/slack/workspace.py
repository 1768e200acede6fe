"""Asks Slack who leads the workspace, and whether we can write to a person or a channel."""

from datetime import datetime
from typing import Any

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from scheduling.channels import DeliveryError, ErrorClass
from scheduling.channels.slack import codes
from scheduling.channels.slack.errors import SLACK_ERRORS, delivery_error, refusal
from scheduling.channels.slack.lists import Listing
from storage.statuses import Outcome


class SlackWorkspace:
    """Asks Slack about people and channels. The client must have no retry handlers."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._workspace = ""  # looked up when it is first needed
        self._admins = Listing(client.users_list, "members", self._id_of_admin)

    def person_trouble(self, user: str) -> str | None:
        """Return why a Slack user can't be written to; None if they can. Raises DeliveryError."""
        trouble = trouble_with(self._client, user)
        return trouble.message if trouble else None

    def channel_trouble(self, channel: str) -> str | None:
        """Return why we can't post in a channel; None if we can. Raises DeliveryError.

        Restricted posting only shows when we try.
        """
        try:
            answer = self._client.conversations_info(channel=channel)
        except SLACK_ERRORS as error:
            refused = delivery_error(error, sending=False)
            if refused.outcome is Outcome.PERMANENT:
                return refused.message
            raise refused from error
        found = answer["channel"]
        scopes = _scopes(answer)
        if found.get("is_archived") or found.get("is_frozen"):
            return codes.words("is_archived")
        if scopes and "chat:write" not in scopes:
            return codes.words("missing_scope")
        everywhere = "chat:write.public" in scopes and not found.get("is_private")
        return None if found.get("is_member") or everywhere else codes.words("not_in_channel")

    def admins(self, now: datetime) -> list[str]:
        """Return the ids of all of the workspace's owners and admins. Raises DeliveryError."""
        try:
            self._workspace = self._workspace or str(self._client.auth_test()["team_id"])
            return list(self._admins.each(now))
        except SLACK_ERRORS as error:
            raise delivery_error(error, sending=False) from error

    def _id_of_admin(self, user: dict[str, Any]) -> str | None:
        # In an Enterprise organization, the admins of other workspaces don't count.
        return str(user["id"]) if is_admin(user) and is_here(user, self._workspace) else None


def trouble_with(client: WebClient, user: str) -> DeliveryError | None:
    """Return why a user can't be written to; None if they can. Raises if Slack can't say."""
    try:
        gone = bool(client.users_info(user=user)["user"].get("deleted"))
    except SLACK_ERRORS as error:
        refused = delivery_error(error, sending=False)
        if refused.error_class is ErrorClass.GONE:
            return refused
        raise refused from error
    return refusal("user_disabled") if gone else None


def _scopes(answer: SlackResponse) -> list[str]:
    """Return the app's scopes from an answer's headers; empty if they aren't there."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    said = headers.get("x-oauth-scopes") or ""
    return [scope.strip() for scope in str(said).split(",") if scope.strip()]


def is_admin(user: dict[str, Any]) -> bool:
    """Tell whether a user, as Slack describes them, is an owner or admin of the workspace."""
    leads = user.get("is_admin") or user.get("is_owner")
    return bool(leads) and not (user.get("deleted") or user.get("is_bot"))


def is_here(user: dict[str, Any], workspace: str) -> bool:
    """Tell whether a user is in a workspace; '' stands for any.

    In an Enterprise organization a user may be in several, and `team_id` names any of them, or is
    missing. https://github.com/looker/lookerbot/issues/184
    """
    theirs = user.get("team_id")
    teams = (user.get("enterprise_user") or {}).get("teams") or []
    return not workspace or theirs == workspace or workspace in teams or not (theirs or teams)
