"""Slack's users and channels."""

import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple, TypeVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from scheduling.changes import checks
from scheduling.channels.slack.codes import NOT_SHOWN, RATE_LIMITED
from scheduling.channels.slack.errors import SLACK_ERRORS
from scheduling.channels.slack.lists import Listing
from scheduling.channels.slack.workspace import is_admin, is_here
from scheduling.clock import Clock, distance
from scheduling.errors import Refusal, WithoutExample
from scheduling.words.visible import visible

# Short enough for a new admin to wait, long enough that not every command asks Slack.
KEPT = timedelta(minutes=5)
# Seconds to wait where Slack rate-limits us, while somebody waits for the answer.
PATIENCE = 10.0
# Before we say that Slack knows no such user or channel, the list must be at most this old.
JUST_READ = timedelta(seconds=15)
# After Slack failed to list its admins, refusals and the Home tab don't ask again for this long.
FAILED_FOR = timedelta(minutes=1)

PAGE = 200  # channels: the most that Slack recommends

T = TypeVar("T")


class Profile(NamedTuple):
    """A Slack user. `is_admin` is true for workspace admins and owners; `time_zone` is IANA's.

    A guest has a limited account; a stranger belongs to another organization (Slack Connect).
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
        """Whether they aren't a full member of the workspace: a guest, stranger, bot, or gone."""
        return self.is_guest or self.is_stranger or self.is_bot or self.deleted


class _Listed(NamedTuple):
    """A user in the list of all, as small as possible: there may be a hundred thousand."""

    id: str
    handle: str
    is_admin: bool


class Directory:
    """Asks Slack about users and remembers the answers for five minutes.

    `workspace` is the id of ours; users of other workspaces are strangers. `lists` is the client
    for long lists, `client` if left out; `stopping` ends all waiting.
    """

    def __init__(
        self,
        client: WebClient,
        clock: Clock,
        workspace: str = "",
        lists: WebClient | None = None,
        stopping: threading.Event | None = None,
    ) -> None:
        self.workspace = workspace
        self._client = client
        self._clock = clock
        self._known: dict[str, tuple[datetime, Profile]] = {}
        lists = lists or client
        self._people = Listing(lists.users_list, "members", self._listed, stopping)
        self._channels = Listing(
            partial(
                lists.conversations_list,
                types="public_channel,private_channel",
                exclude_archived=True,
            ),
            "channels",
            lambda channel: (str(channel["name"]).lower(), str(channel["id"])),
            stopping,
        )
        self._organization: tuple[datetime | None, str] = (None, "")
        self._admins: list[str] = []
        self._failed_at: datetime | None = None
        self._lock = threading.Lock()

    def profile(self, user_id: str, within: timedelta = KEPT) -> Profile:
        """Return the user with this id, at most `within` old.

        While Slack doesn't answer, at most five minutes old. Raises Refusal if Slack has no such
        user, or doesn't answer and we know nothing that recent.
        """
        if known := self.lately(user_id, within):
            return known
        try:
            profile = self._read(self._client.users_info(user=user_id)["user"])
        except SLACK_ERRORS as error:
            known = None if _unknown(error) else self.lately(user_id)
            if known:
                return known
            raise _refused(f"<@{user_id}>", error) from error
        now = self._clock.now()
        with self._lock:
            self._known[user_id] = now, profile
        return profile

    def lately(self, user_id: str, within: timedelta = KEPT) -> Profile | None:
        """Return a user if what we know is at most `within` old, without asking Slack."""
        with self._lock:
            asked, known = self._known.get(user_id, (None, None))
        fresh = asked is not None and distance(self._clock.now(), asked) < within
        return known if fresh else None

    def known(self, user_id: str) -> Profile | None:
        """Return the user as we last saw them, without asking Slack."""
        with self._lock:
            return self._known[user_id][1] if user_id in self._known else None

    def enter(self, channel: str, user: str | None = None) -> None:
        """Join a channel if the bot isn't in it yet, so that it can post there.

        Raises Refusal if it can't, or if a `user` is given who isn't in the channel.
        """
        try:
            found = self._client.conversations_info(channel=channel)["channel"]
            if found.get("is_archived"):
                raise WithoutExample(f"<#{channel}> is archived. Choose another one.", "channel")
            if user is not None and not self._is_in(channel, user):
                raise WithoutExample(
                    f"You’re not in <#{channel}>. Join it first, or pick a channel you’re in.",
                    "channel",
                )
            if not found.get("is_member"):
                self._client.conversations_join(channel=channel)
        except SLACK_ERRORS as error:
            busy = _too_fast(error)
            if busy or not isinstance(error, SlackApiError):
                raise WithoutExample(
                    f"Slack didn’t answer when I looked at the channel{busy}, so nothing was "
                    "changed. Please try again.",
                    "channel",
                ) from error
            raise WithoutExample(
                f"I’m not in <#{channel}> and can’t join it myself. Invite me with "
                "`/invite @WhoseOnFirst`, then try again.",
                "channel",
            ) from error

    def _is_in(self, channel: str, user: str) -> bool:
        """Return whether a user is in a channel; may read several pages. Raises SLACK_ERRORS.

        Slack lists only those private channels that the bot is in as well.
        """
        pages = self._client.users_conversations(
            user=user, types="public_channel,private_channel", exclude_archived=True, limit=PAGE
        )
        return any(one["id"] == channel for page in pages for one in page["channels"])

    def absent(self, channel: str, users: Sequence[str]) -> list[str]:
        """Return those of `users` who aren't in a channel; none if Slack doesn't answer.

        Reads the channel's members page by page until it has found all of them.
        """
        left = dict.fromkeys(users)
        try:
            for page in self._client.conversations_members(channel=channel, limit=PAGE):
                for one in page["members"]:
                    left.pop(one, None)
                if not left:
                    break
        except SLACK_ERRORS:
            return []
        return list(left)

    def channel_named(self, typed: str) -> str:
        """Return the id of the channel that people call #name. Raises Refusal."""
        name = typed.removeprefix("#").lower()
        try:
            for known, channel in self._searched(self._channels):
                if known == name:
                    return channel
        except SLACK_ERRORS as error:
            raise WithoutExample(
                f"Slack didn’t answer when I looked for the channel{_too_fast(error)}, so nothing "
                "was changed. Type # and pick it from Slack’s list, or try again in a minute.",
                "channel",
            ) from error
        raise WithoutExample(
            "I can’t find that channel. Type # and pick it from Slack’s list. If it’s private, "
            "invite me first: `/invite @WhoseOnFirst`.",
            "channel",
        )

    def workspace_admins(self) -> list[str]:
        """Return the ids of all of the workspace's admins and owners. Raises Refusal."""
        return self._all_admins(PATIENCE)

    def admins_known(self) -> list[str]:
        """Return the ids of the workspace's admins and owners, as far as we can learn them quickly.

        For answers that can't wait: after a failure, Slack isn't asked again for a minute.
        """
        now = self._clock.now()
        with self._lock:
            if self._failed_at and distance(now, self._failed_at) < FAILED_FOR:
                return self._admins
        try:
            return self._all_admins(patience=0)
        except Refusal:
            with self._lock:
                self._failed_at = now
                return self._admins

    def _all_admins(self, patience: float) -> list[str]:
        try:
            people = self._people.each(self._clock.now(), patience=patience)
            found = [one.id for one in people if one.is_admin]
        except SLACK_ERRORS as error:
            raise WithoutExample("Slack didn’t tell me who the workspace admins are.") from error
        with self._lock:
            self._admins = found
        return found

    def by_handle(self, handle: str) -> Profile:
        """Return the user whom people mention as @handle. Raises Refusal unless there is just one.

        Several people may use the same display name in Slack.
        """
        try:
            found = self._called(handle, KEPT) or self._called(handle, JUST_READ)
        except SLACK_ERRORS as error:
            raise WithoutExample(
                f"Slack didn’t tell me who @{handle} is{_too_fast(error)}, so nothing was changed."
                " Type @ and pick the person from Slack’s list, or try again in a minute."
            ) from error
        if len(found) > 1:
            raise Refusal(
                f"Slack knows {len(found)} people called @{handle}. Type @ and pick the right one "
                "from Slack’s list."
            )
        if found:
            return found[0]
        raise Refusal(
            f"Nobody in Slack is called @{handle}. Type @ and pick the person from Slack’s list."
        )

    def _called(self, handle: str, within: timedelta) -> list[Profile]:
        """Return the users mentioned as @handle, by a list that is at most `within` old.

        If only part of the list could be read, those in it. Raises SLACK_ERRORS without any list.
        """
        found: list[Profile] = []
        people = self._people.each(self._clock.now(), within=within, patience=PATIENCE)
        try:
            for one in people:
                if one.handle == handle.lower():
                    found += [who for who in (self.profile(one.id),) if not who.deleted]
        except SLACK_ERRORS:
            if not found:
                raise
        return found

    def _searched(self, listing: Listing[T]) -> Iterator[T]:
        """Yield a list as we know it, then as it is now, to find what was just added."""
        now = self._clock.now()
        yield from listing.each(now, patience=PATIENCE)
        yield from listing.each(now, within=JUST_READ, patience=PATIENCE)

    def _listed(self, user: dict[str, Any]) -> _Listed | None:
        if user.get("deleted"):
            return None
        leads = is_admin(user) and is_here(user, self.workspace)
        return _Listed(str(user["id"]), _handle(user).lower(), leads)

    def _read(self, user: dict[str, Any]) -> Profile:
        """Return a user as Slack describes them. Raises what Slack, or the connection, says."""
        here = is_here(user, self.workspace)
        if here:
            return _profile(
                user, is_admin=is_admin(user), is_stranger=bool(user.get("is_stranger"))
            )
        # An admin of another workspace isn't one of ours.
        return _profile(user, is_admin=False, is_stranger=not self._is_colleague(user))

    def _is_colleague(self, user: dict[str, Any]) -> bool:
        """Return whether a user of another workspace is in our Enterprise organization."""
        theirs = (user.get("enterprise_user") or {}).get("enterprise_id")
        return bool(theirs) and theirs == self._our_organization()

    def _our_organization(self) -> str:
        """Return the id of our workspace's organization, '' for none."""
        now = self._clock.now()
        with self._lock:
            asked, organization = self._organization
        if not organization and (asked is None or distance(now, asked) >= KEPT):
            organization = str(self._client.auth_test().get("enterprise_id") or "")
            with self._lock:
                self._organization = now, organization
        return organization


def _profile(user: dict[str, Any], *, is_admin: bool, is_stranger: bool) -> Profile:
    profile = user.get("profile", {})
    names = (profile.get("real_name"), user.get("real_name"), user["name"], user["id"])
    name = next(filter(None, (checks.as_name(one or "") for one in names)), user["id"])
    zone = user.get("tz")
    return Profile(
        id=user["id"],
        name=name,
        handle=_handle(user),
        # A zone newer than our tz database doesn't keep its user out.
        time_zone=zone if zone and checks.is_zone(zone) else None,
        is_admin=is_admin,
        is_bot=bool(user.get("is_bot")),
        deleted=bool(user.get("deleted")),
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_stranger=is_stranger,
    )


def _handle(user: dict[str, Any]) -> str:
    """Return what people type after the @."""
    return visible(user.get("profile", {}).get("display_name") or "") or str(user["name"])


def _unknown(error: Exception) -> bool:
    return isinstance(error, SlackApiError) and error.response.get("error") in NOT_SHOWN


def _too_fast(error: Exception) -> str:
    """Return, in parentheses, that Slack rate-limits us; '' for another error."""
    if isinstance(error, SlackApiError) and (
        error.response.status_code == 429 or error.response.get("error") in RATE_LIMITED
    ):
        return " (rate limited)"
    return ""


def _refused(whom: str, error: Exception) -> Refusal:
    if _unknown(error):
        return Refusal(f"Slack doesn’t know {whom}. Type @ and pick the person from its list.")
    return WithoutExample(
        f"Slack didn’t tell me who {whom} is, so nothing was changed. Please try again."
    )
