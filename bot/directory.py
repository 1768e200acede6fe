"""Who people are, as Slack knows them."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from scheduling.clock import Clock
from scheduling.errors import Refusal

# Somebody who was made an admin need not wait long, and nobody is asked about at every command.
KEPT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Profile:
    """A Slack user. `is_admin` is true for workspace admins and owners; `time_zone` is IANA's."""

    id: str
    name: str
    handle: str
    time_zone: str | None
    is_admin: bool
    is_bot: bool
    deleted: bool


class Directory:
    """Asks Slack about users and remembers the answers for five minutes."""

    def __init__(self, client: WebClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._known: dict[str, tuple[datetime, Profile]] = {}
        self._lock = threading.Lock()

    def profile(self, user_id: str) -> Profile:
        """Return the user with this id. Raises Refusal if Slack knows none, or does not answer."""
        now = self._clock.now()
        with self._lock:
            asked, known = self._known.get(user_id, (None, None))
        if asked and known and now - asked < KEPT:
            return known
        try:
            profile = _read(self._client.users_info(user=user_id)["user"])
        except (SlackClientError, OSError, HTTPException) as error:
            raise _refused(f"<@{user_id}>", error) from error
        with self._lock:
            self._known[user_id] = now, profile
        return profile

    def by_handle(self, handle: str) -> Profile:
        """Return the user whom people mention as @handle. Raises Refusal if there is none."""
        try:
            for page in self._client.users_list(limit=200):
                for user in page["members"]:
                    profile = _read(user)
                    if handle.lower() == profile.handle.lower() and not profile.deleted:
                        return profile
        except (SlackClientError, OSError, HTTPException) as error:
            raise _refused(f"@{handle}", error) from error
        raise Refusal(
            f"Slack knows nobody called @{handle}. Type @ and pick the person from Slack's list."
        )


def _read(user: dict[str, Any]) -> Profile:
    profile = user.get("profile", {})
    name = profile.get("real_name") or user.get("real_name") or user["name"]
    return Profile(
        id=user["id"],
        name=name,
        handle=profile.get("display_name") or user["name"],
        time_zone=user.get("tz"),
        is_admin=bool(user.get("is_admin") or user.get("is_owner")),
        is_bot=bool(user.get("is_bot")),
        deleted=bool(user.get("deleted")),
    )


def _refused(whom: str, error: Exception) -> Refusal:
    if isinstance(error, SlackApiError) and error.response.get("error") == "user_not_found":
        return Refusal(f"Slack does not know {whom}. Type @ and pick the person from its list.")
    return Refusal(
        f"Slack did not tell me who {whom} is, so nothing was changed. Please try again."
    )
