"""A local Slack workspace behind the protocols of the real one."""

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

from aiohttp import web

from sandbox.clock import SandboxClock
from sandbox.faults import Call, Fault, FaultPlan
from sandbox.server import LoopbackServer
from sandbox.slack.events import Events
from sandbox.slack.interactions import Interactions
from sandbox.slack.manifest import Manifest
from sandbox.slack.memory import (
    BOT_USER_ID,
    OTHER_TEAM_ID,
    SIBLING_TEAM_ID,
    TEAM_ID,
    Channel,
    Json,
    Kind,
    Memory,
    User,
    Usergroup,
)
from sandbox.slack.people import SlackChannel, SlackPerson
from sandbox.slack.seen import Workspace
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.tiers import PER_MINUTE
from sandbox.slack.triggers import Triggers
from sandbox.slack.web_api import WebApi
from sandbox.truths import SlackTruths

FAULTS = re.compile(r"ratelimited|500|503|hang|drop_before|drop_after|error:[a-z_]+")


class SlackWorkspace:
    """A workspace with one app in it, ours; serves itself at `url`, the Web API's base.

    `manifest` describes the app (default: manifest.json). The app must acknowledge within
    `ack_within` (real) seconds and use a trigger within `trigger_lives` seconds; people wait
    `patience` seconds for an answer that comes after the acknowledgement. Callable from any
    thread but the server's.
    """

    def __init__(
        self,
        server: LoopbackServer,
        clock: SandboxClock,
        *,
        manifest: Manifest | None = None,
        ack_within: float = 3.0,
        trigger_lives: float = 3.0,
        patience: float = 8.0,
        port: int = 0,
    ) -> None:
        self.bot_token = f"xoxb-{secrets.token_hex(16)}"
        self.app_token = f"xapp-{secrets.token_hex(16)}"
        self.bot_user_id = BOT_USER_ID
        self._server = server
        self.manifest = manifest or Manifest.of_the_app()
        self._memory = Memory(clock)
        self._faults = FaultPlan()
        self._triggers = triggers = Triggers(trigger_lives)
        self._socket = SocketMode(ack_within, self._memory.tell)
        self._events = Events(self._memory, self._socket, self.manifest)
        interactions = Interactions(self._memory, triggers, self._events, self._faults, patience)
        self._api = WebApi(
            self._memory,
            triggers,
            self._faults,
            self._socket.open,
            bot_token=self.bot_token,
            app_token=self.app_token,
            scopes=self.manifest.scopes,
        )
        app = web.Application()
        for part in (self._api, self._socket, interactions):
            part.add_to(app)
        base = server.serve(app, port)
        for part in (self._api, self._socket, interactions):
            part.base_url = base
        self.url = f"{base}/api/"
        self._interactions = interactions
        self._people = Workspace(
            server, self._memory, interactions, messages=self.manifest.messages
        )

    @property
    def memory(self) -> Memory:
        """The workspace's contents. Read only, and only on the server's loop."""
        return self._memory

    @property
    def truths(self) -> SlackTruths:
        """Open questions about the real Slack; a story may set the other answer."""
        return self._memory.truths

    # --- people and channels ---

    def person(
        self,
        name: str,
        *,
        handle: str | None = None,
        tz: str = "America/Chicago",
        admin: bool = False,
        owner: bool = False,
        bot: bool = False,
        guest: bool = False,
        one_channel_guest: bool = False,
        stranger: bool = False,
        sibling: bool = False,
        also_here: bool = False,
        deleted: bool = False,
    ) -> SlackPerson:
        """Return a new person. People mention them by `handle` (default: their first name).

        A stranger belongs to another organization, and is here only in the shared channels that
        they're a member of. A sibling belongs to another workspace of our Enterprise organization,
        where `admin` says whether they're an admin, and may be a member of ours, too (`also_here`).
        """
        if sibling and not self._memory.in_organization:
            self.joins_organization()
        handle = handle or name.split(maxsplit=1)[0].lower()
        letters = "".join(
            letter for letter in name.upper() if letter.isascii() and letter.isalnum()
        )
        org = self._memory.in_organization and not stranger
        user = User(
            f"{'W' if org else 'U'}{len(self._memory.users):04d}{letters[:6]}",
            name,
            handle,
            tz,
            f"{handle}@example.com",
            is_admin=admin,
            is_owner=owner,
            is_bot=bot,
            is_guest=guest,
            is_one_channel_guest=one_channel_guest,
            deleted=deleted,
            team=OTHER_TEAM_ID if stranger else SIBLING_TEAM_ID if sibling else TEAM_ID,
            also_here=also_here,
        )
        self._people.change(lambda: self._memory.users.__setitem__(user.id, user))
        return SlackPerson(self._people, user)

    def joins_organization(self, *, names_workspaces: bool = True) -> None:
        """Make the workspace one of several in an Enterprise organization.

        From now on the ids of its people begin with W. With `names_workspaces`, users.info has one
        workspace's id besides the list of all; answers without it have been seen, too:
        https://github.com/looker/lookerbot/issues/184
        """

        def joins() -> None:
            self._memory.in_organization = True
            self._memory.names_workspaces = names_workspaces

        self._people.change(joins)

    def crowd(self, people: int = 5000, channels: int = 0) -> None:
        """Add this many people, `@crowd0`, `@crowd1` and so on, and channels `#crowd0`...

        The bot isn't in any of the channels.
        """
        users = {
            f"UCROWD{number:06d}": User(
                f"UCROWD{number:06d}", f"Crowd {number}", f"crowd{number}", "UTC", ""
            )
            for number in range(people)
        }
        rooms = {
            f"CCROWD{number:06d}": Channel(f"CCROWD{number:06d}", f"crowd{number}")
            for number in range(channels)
        }
        self._people.change(
            lambda: (self._memory.users.update(users), self._memory.channels.update(rooms))
        )

    def channel(
        self,
        name: str,
        *,
        members: Iterable[SlackPerson] = (),
        bot: bool = True,
        private: bool = False,
    ) -> SlackChannel:
        """Return a new channel; the bot is in it unless `bot` is false."""
        kind: Kind = "private" if private else "public"
        channel = Channel(f"C{len(self._memory.channels):04d}{name.upper()[:6]}", name, kind)
        channel.members += [person.id for person in members] + ([BOT_USER_ID] if bot else [])
        self._people.change(lambda: self._memory.channels.__setitem__(channel.id, channel))
        return SlackChannel(self._people, channel)

    def find_channel(self, channel_id: str) -> SlackChannel:
        """Return a channel by its id; raises LookupError."""
        known = self._memory.channels.get(channel_id)
        if known is None:
            raise LookupError("there is no such channel")
        return SlackChannel(self._people, known)

    def usergroup(self, handle: str, members: Iterable[SlackPerson] = ()) -> str:
        """Return the id of a new user group."""
        group = Usergroup(
            f"S{len(self._memory.usergroups):04d}{handle.upper()[:6]}",
            handle,
            handle,
            [person.id for person in members],
        )
        self._people.change(lambda: self._memory.usergroups.__setitem__(group.id, group))
        return group.id

    def until(self, condition: Callable[[], bool], timeout: float = 60.0) -> None:
        """Wait until a condition on the workspace holds; raises TimeoutError."""
        with self._memory.changed:
            if not self._memory.changed.wait_for(condition, timeout):
                raise TimeoutError(f"it did not come to pass within {timeout:g} s")

    # --- trouble by script ---

    def fault(
        self,
        method: str,
        kind: str,
        times: int = 1,
        *,
        retry_after: int | str = 1,
        then: Callable[[], None] | None = None,
    ) -> None:
        """Make the next `times` calls of a Web API method ('*': of any) go wrong.

        'response_url' is for the app's answers to response URLs, which '*' doesn't include.

        - `drop_before`: the connection closes, nothing was done
        - `500`, `503`: that answer; `ratelimited`: 429, to retry after `retry_after` seconds
        - `error:some_code`: an answer with `ok: false` and that code
        - `hang`: nothing is done and no answer ever comes
        - `drop_after`: the call is carried out, the answer lost

        `then` is called on the server's loop, before the answer is given or lost, and after the
        call has been carried out (if it is).
        """
        self._faults.add(method, _fault(kind, retry_after, then), times)

    def trouble(self, kind: str, *, retry_after: int | str = 1) -> None:
        """Make every call of the Web API go wrong, as in `fault`, until `recover`."""
        self._faults.last(_fault(kind, retry_after))

    def recover(self) -> None:
        """End all faults."""
        self._faults.clear()

    def real_tiers(self, limits: Mapping[str, int] = PER_MINUTE) -> None:
        """Answer calls beyond the rate that Slack promises for a method with a 429.

        `limits` are calls per minute by method, on the sandbox's clock. {} lifts all limits.
        """
        self._api.tiers.limits = limits

    def limits_editing(self, window: timedelta | None) -> None:
        """Limit how long messages can be edited, a workspace's setting; None lifts the limit.

        Whether it applies to apps is an open question: `truths.edit_window_binds_apps`.
        """
        self._memory.edit_window = window

    def expire_triggers(self, after: float = 0.0) -> None:
        """Make triggers from now on expire after this many seconds; Slack's last 3."""
        self._triggers.lifetime = after

    def withdraw(self, scope: str) -> None:
        """Remove a scope from the app, as if it was installed without it."""
        self._api.scopes -= {scope}
        self._events.scopes -= {scope}

    def latency(self, seconds: float) -> None:
        """Make every call of the Web API take at least this long from now on."""
        self._api.latency = seconds

    def calls(self, method: str) -> list[Call]:
        """Return the calls of a Web API method so far, oldest first, answered or not."""
        return [call for call in self._faults.calls if call.operation == method]

    @property
    def refused_answers(self) -> list[str]:
        """Answers refused by response URLs, after which the app's reader got nothing else.

        The person who asked saw nothing, so no story may end with any of these.
        """
        return [f"to {one.url.user.name}: {one.why}" for one in self._interactions.refused]

    @property
    def connections(self) -> int:
        """How many Socket Mode connections the app has, not counting those asked to leave."""
        return len(self._socket.live)

    def refresh_connections(self) -> None:
        """Ask the app to replace each of its connections by a new one."""
        self._server.call(self._socket.refresh())

    def drop_connections(self) -> None:
        """Break every Socket Mode connection without a close frame."""
        self._server.call(self._socket.drop())

    def silence_connections(self) -> None:
        """Keep every present connection open, but let nothing through anymore."""
        self._server.call(self._socket.fall_silent())

    def switch_socket_mode(self, *, on: bool, refuses: bool = True) -> None:
        """Switch Socket Mode on or off, as under "Socket Mode" in the app's settings.

        While it's off, apps.connections.open refuses, as documented; or, without `refuses`, it
        opens a connection with a warning on which nothing comes, which people have seen as well.
        """
        self._server.call(self._socket.switch(on=on, refuses=refuses))

    def repeat_next_envelope(self) -> None:
        """Deliver the next envelope twice, as Slack sometimes does."""
        self._server.call(self._socket.repeat_next())

    @property
    def last_event(self) -> Json:
        """The latest event about something people did; raises IndexError if there is none."""
        return self._events.of_people[-1]

    def heard(self, kind: str) -> list[Json]:
        """Return the events of a kind that the app has acknowledged, oldest first."""
        return [one["event"] for one in self._events.heard if one["event"]["type"] == kind]

    def deliver_again(self, event: Json) -> None:
        """Deliver an event again, as Slack does when it missed the acknowledgement."""
        self._server.call(self._events.repeat(event))

    def repeat_last_event(self) -> None:
        """Deliver the latest event about something people did again."""
        self.deliver_again(self.last_event)


def _fault(kind: str, retry_after: int | str, then: Callable[[], None] | None = None) -> Fault:
    if not FAULTS.fullmatch(kind):
        raise ValueError(f"no such fault: {kind!r}")
    return Fault(kind, retry_after, then)
