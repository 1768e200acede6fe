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

    The app is the one of `manifest`, manifest.json if left out. It must acknowledge within
    `ack_within` (real) seconds and use a trigger within `trigger_lives` seconds; people wait
    `patience` seconds for an answer that comes after the acknowledgement. All of this may be
    called from any thread but the server's.
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
        """What stands in the workspace. Only to be read, and only on the server's loop."""
        return self._memory

    @property
    def truths(self) -> SlackTruths:
        """Open questions about the real Slack; a story may give the other answer."""
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
        """Return somebody new. People mention them by `handle`, their first name if left out.

        A stranger belongs to another workspace, and is here in the channels shared with it: those
        they are a member of. A sibling is at home in another workspace of our Enterprise
        organization, where they are what `admin` says, and may be `also_here` as a member of ours.
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

        From now on the ids of its people begin with W. With `names_workspaces` users.info has a
        workspace's id beside the list of all; it has been seen without, too:
        https://github.com/looker/lookerbot/issues/184
        """

        def joins() -> None:
            self._memory.in_organization = True
            self._memory.names_workspaces = names_workspaces

        self._people.change(joins)

    def crowd(self, people: int = 5000, channels: int = 0) -> None:
        """Fill the workspace with so many more people, `@crowd0` and on, and channels `#crowd0`.

        The bot is in none of the channels.
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

    def until(self, condition: Callable[[], bool], timeout: float = 30.0) -> None:
        """Wait until something holds that is to be seen here; raises TimeoutError."""
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
        """Let the next `times` calls of a Web API method ('*': of any) go wrong.

        'response_url' is what the app sends there: it goes wrong only if it is named.

        - `drop_before`: the connection closes, nothing was done
        - `500`, `503`: that answer; `ratelimited`: 429, to come back in `retry_after` seconds
        - `error:some_code`: an answer with `ok: false` and that code
        - `hang`: nothing is done and no answer ever comes
        - `drop_after`: the call is carried out, the answer lost

        `then` is called, on the server's loop, before the answer is given or lost, and after the
        call was carried out if it is.
        """
        self._faults.add(method, _fault(kind, retry_after, then), times)

    def trouble(self, kind: str, *, retry_after: int | str = 1) -> None:
        """Let every call of the Web API go wrong, as in `fault`, until `recover`."""
        self._faults.last(_fault(kind, retry_after))

    def recover(self) -> None:
        """Let everything go right again."""
        self._faults.clear()

    def real_tiers(self, limits: Mapping[str, int] = PER_MINUTE) -> None:
        """Answer a method that is called more often a minute than Slack promises with a 429.

        `limits` are the calls a minute by method; a minute is one of the sandbox's clock. {} lets
        everything through again.
        """
        self._api.tiers.limits = limits

    def limits_editing(self, window: timedelta | None) -> None:
        """Let messages be edited within that time only, as a workspace may say; None ends it.

        Whether that binds apps, nobody could tell: `truths.edit_window_binds_apps`.
        """
        self._memory.edit_window = window

    def expire_triggers(self, after: float = 0.0) -> None:
        """Let triggers from now on open a form for only so many seconds; Slack has 3."""
        self._triggers.lifetime = after

    def withdraw(self, scope: str) -> None:
        """Take a scope from the app, as an install without it does."""
        self._api.scopes -= {scope}
        self._events.scopes -= {scope}

    def latency(self, seconds: float) -> None:
        """Let every call of the Web API from now on take at least this long."""
        self._api.latency = seconds

    def calls(self, method: str) -> list[Call]:
        """Return the calls of a Web API method so far, oldest first, answered or not."""
        return [call for call in self._faults.calls if call.operation == method]

    @property
    def refused_answers(self) -> list[str]:
        """What response URLs refused, where nothing of the app reached the reader after that.

        A person who asked sees nothing then. No story may end so.
        """
        return [f"to {one.url.user.name}: {one.why}" for one in self._interactions.refused]

    @property
    def connections(self) -> int:
        """How many Socket Mode connections the app has, without those asked to leave."""
        return len(self._socket.live)

    def refresh_connections(self) -> None:
        """Ask the app for a new connection in place of each present one."""
        self._server.call(self._socket.refresh())

    def drop_connections(self) -> None:
        """Break every Socket Mode connection without a goodbye."""
        self._server.call(self._socket.drop())

    def silence_connections(self) -> None:
        """Leave every present connection open, and let nothing through any more."""
        self._server.call(self._socket.fall_silent())

    def switch_socket_mode(self, *, on: bool, refuses: bool = True) -> None:
        """Switch Socket Mode on or off, as under "Socket Mode" in the app's settings.

        While it is off apps.connections.open refuses, as its documentation says; or, as people have
        seen it, opens a connection with a warning, and nothing comes on it.
        """
        self._server.call(self._socket.switch(on=on, refuses=refuses))

    def repeat_next_envelope(self) -> None:
        """Deliver what comes next twice, as Slack sometimes does."""
        self._server.call(self._socket.repeat_next())

    @property
    def last_event(self) -> Json:
        """The event that was sent last of what people did; raises IndexError if none was."""
        return self._events.of_people[-1]

    def heard(self, kind: str) -> list[Json]:
        """Return the events of a kind that the app has acknowledged, oldest first."""
        return [one["event"] for one in self._events.heard if one["event"]["type"] == kind]

    def deliver_again(self, event: Json) -> None:
        """Deliver an event once more, as Slack does when it missed the acknowledgement."""
        self._server.call(self._events.repeat(event))

    def repeat_last_event(self) -> None:
        """Deliver the last event of what people did once more."""
        self.deliver_again(self.last_event)


def _fault(kind: str, retry_after: int | str, then: Callable[[], None] | None = None) -> Fault:
    if not FAULTS.fullmatch(kind):
        raise ValueError(f"no such fault: {kind!r}")
    return Fault(kind, retry_after, then)
