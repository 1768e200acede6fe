"""Who people are, as Slack knows them."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from scheduling import checks
from scheduling.clock import Clock, distance
from scheduling.errors import Refusal
from scheduling.visible import visible

# Somebody who was made an admin need not wait long, and nobody is asked about at every command.
KEPT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Profile:
    """A Slack user. `is_admin` is true for workspace admins and owners; `time_zone` is IANA's.

    A guest has a limited account here; a stranger belongs to another workspace (Slack Connect).
    """

    id: str
    name: str
    handle: str
    time_zone: str | None
    is_admin: bool
    is_bot: bool
    deleted: bool
    is_guest: bool
    is_stranger: bool

    @property
    def is_outsider(self) -> bool:
        """Whether this is no full member of the workspace: a guest, a stranger, a bot, or gone."""
        return self.is_guest or self.is_stranger or self.is_bot or self.deleted


class Directory:
    """Asks Slack about users and remembers the answers for five minutes.

    `workspace` is the id of our own: who belongs to another one is a stranger.
    """

    def __init__(self, client: WebClient, clock: Clock, workspace: str = "") -> None:
        self._workspace = workspace
        self._client = client
        self._clock = clock
        self._known: dict[str, tuple[datetime, Profile]] = {}
        self._admins: tuple[datetime | None, list[str]] = (None, [])
        self._lock = threading.Lock()

    def profile(self, user_id: str, within: timedelta = KEPT) -> Profile:
        """Return the user with this id, as they were `within` that time before now.

        Where Slack does not answer, five minutes. Raises Refusal if Slack knows none, or does not
        answer.
        """
        if known := self.lately(user_id, within):
            return known
        try:
            profile = _read(self._client.users_info(user=user_id)["user"], self._workspace)
        except (SlackClientError, OSError, HTTPException) as error:
            known = None if _unknown(error) else self.lately(user_id)
            if known:
                return known
            raise _refused(f"<@{user_id}>", error) from error
        now = self._clock.now()
        with self._lock:
            self._known[user_id] = now, profile
        return profile

    def lately(self, user_id: str, within: timedelta = KEPT) -> Profile | None:
        """Return what Slack told of a user `within` that time before now, without asking."""
        with self._lock:
            asked, known = self._known.get(user_id, (None, None))
        fresh = asked is not None and distance(self._clock.now(), asked) < within
        return known if fresh else None

    def known(self, user_id: str) -> Profile | None:
        """Return what we know of a user without asking Slack."""
        with self._lock:
            return self._known[user_id][1] if user_id in self._known else None

    def enter(self, channel: str) -> None:
        """See to it that the bot is in a channel, so that it can post there. Raises Refusal."""
        try:
            found = self._client.conversations_info(channel=channel)["channel"]
            if found.get("is_archived"):
                raise Refusal(f"<#{channel}> is archived. Choose one that is in use.", "channel")
            if not found.get("is_member"):
                self._client.conversations_join(channel=channel)
        except SlackApiError as error:
            raise Refusal(
                f"I am not in <#{channel}> and cannot join it by myself. Invite me there, "
                "`/invite @WhoseOnFirst`, then try again.",
                "channel",
            ) from error
        except (SlackClientError, OSError, HTTPException) as error:
            raise Refusal(
                "Slack did not answer when I looked at the channel, so nothing was changed. Please "
                "try again.",
                "channel",
            ) from error

    def channel_named(self, typed: str) -> str:
        """Return the id of the channel that people call #name. Raises Refusal."""
        name = typed.removeprefix("#").lower()
        try:
            for page in self._client.conversations_list(
                types="public_channel,private_channel", exclude_archived=True, limit=200
            ):
                for channel in page["channels"]:
                    if channel["name"].lower() == name:
                        return str(channel["id"])
        except (SlackClientError, OSError, HTTPException) as error:
            raise Refusal(
                "Slack did not answer when I looked for the channel, so nothing was changed. "
                "Please try again."
            ) from error
        raise Refusal(
            "I know no such channel. Type # and pick it from Slack’s list; into a private one "
            "invite me first, `/invite @WhoseOnFirst`.",
            "channel",
        )

    def workspace_admins(self) -> list[str]:
        """Return the ids of the workspace's admins and owners; none if Slack does not answer."""
        now = self._clock.now()
        with self._lock:
            asked, known = self._admins
        if asked and distance(now, asked) < KEPT:
            return known
        try:
            found = [
                user["id"]
                for page in self._client.users_list(limit=200)
                for user in page["members"]
                if (profile := _read(user, self._workspace)).is_admin
                and not (profile.deleted or profile.is_bot)
            ]
        except (SlackClientError, OSError, HTTPException):
            return known
        with self._lock:
            self._admins = now, found
        return found

    def by_handle(self, handle: str) -> Profile:
        """Return the user whom people mention as @handle. Raises Refusal if there is none."""
        try:
            for page in self._client.users_list(limit=200):
                for user in page["members"]:
                    profile = _read(user, self._workspace)
                    if handle.lower() == profile.handle.lower() and not profile.deleted:
                        return profile
        except (SlackClientError, OSError, HTTPException) as error:
            raise _refused(f"@{handle}", error) from error
        raise Refusal(
            f"Slack knows nobody called @{handle}. Type @ and pick the person from Slack's list."
        )


def _read(user: dict[str, Any], workspace: str) -> Profile:
    theirs = user.get("team_id") or workspace
    # In an Enterprise Grid one belongs to several workspaces of the same organization.
    also = (user.get("enterprise_user") or {}).get("teams") or []
    profile = user.get("profile", {})
    names = (profile.get("real_name"), user.get("real_name"), user["name"], user["id"])
    name = next(filter(None, (checks.as_name(one or "") for one in names)), user["id"])
    zone = user.get("tz")
    return Profile(
        id=user["id"],
        name=name,
        handle=visible(profile.get("display_name") or "") or user["name"],
        # One that is newer than our tables is no reason to refuse its owner.
        time_zone=zone if zone and checks.is_zone(zone) else None,
        is_admin=bool(user.get("is_admin") or user.get("is_owner")),
        is_bot=bool(user.get("is_bot")),
        deleted=bool(user.get("deleted")),
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_stranger=bool(user.get("is_stranger"))
        or bool(workspace and theirs != workspace and workspace not in also),
    )


def _unknown(error: Exception) -> bool:
    return isinstance(error, SlackApiError) and error.response.get("error") == "user_not_found"


def _refused(whom: str, error: Exception) -> Refusal:
    if _unknown(error):
        return Refusal(f"Slack does not know {whom}. Type @ and pick the person from its list.")
    return Refusal(
        f"Slack did not tell me who {whom} is, so nothing was changed. Please try again."
    )
