"""A channel of the workspace, as tests and the demo hold it."""

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sandbox.slack.memory import BOT_USER_ID, Channel
from sandbox.slack.seen import SlackMessage, Workspace, message_of

if TYPE_CHECKING:
    from sandbox.slack.people import SlackPerson

# The zone in which posts are read when no particular person reads them.
ZONE = ZoneInfo("America/Chicago")
SOMEBODY = "U0SOMEBODY"  # invites the bot to a channel in which a story has put nobody


class SlackChannel:
    """A channel, or somebody's direct messages with the bot."""

    def __init__(self, workspace: Workspace, channel: Channel) -> None:
        self._workspace = workspace
        self._channel = channel
        self.id = channel.id
        self.name = channel.name

    @property
    def messages(self) -> list[SlackMessage]:
        """The messages that everybody in the channel sees, oldest first."""
        return self.seen_by(None)

    def seen_by(self, person: "SlackPerson | None") -> list[SlackMessage]:
        """Return what a person sees here, including messages only for them, oldest first."""
        return [
            message_of(self._workspace, self._channel, post, person.zone if person else ZONE)
            for post in self._channel.posts.copy()
            if post.only_for is None or (person is not None and post.only_for == person.id)
        ]

    def invite(self, person: "SlackPerson") -> None:
        """Add somebody to the channel."""
        self._add(person.id, None)

    def invite_bot(self, by: "SlackPerson | None" = None) -> None:
        """Add the bot to the channel, invited by `by` or else by the channel's first member."""
        inviter = by.id if by else next(iter(self._channel.members), SOMEBODY)
        self._add(BOT_USER_ID, inviter)

    def remove_bot(self) -> None:
        """Remove the bot from the channel."""
        self._workspace.change(lambda: self._channel.members.remove(BOT_USER_ID))

    def _add(self, user: str, inviter: str | None) -> None:
        workspace, channel = self._workspace, self._channel

        async def add() -> None:
            channel.members.append(user)
            workspace.memory.tell()
            await workspace.interactions.events.joined(channel, user, inviter)

        workspace.server.call(add())

    def message(self, ts: str, person: "SlackPerson") -> SlackMessage:
        """Return one message as a person sees it; raises LookupError."""
        for post in self._channel.posts.copy():
            if post.ts == ts and post.only_for in (None, person.id):
                return message_of(self._workspace, self._channel, post, person.zone)
        raise LookupError("that message is no longer there")

    def archive(self) -> None:
        """Archive the channel."""
        self._workspace.change(lambda: setattr(self._channel, "archived", True))

    def unarchive(self) -> None:
        """Unarchive the channel."""
        self._workspace.change(lambda: setattr(self._channel, "archived", False))

    def delete(self) -> None:
        """Delete the channel: for the app, its id no longer exists."""
        self._workspace.change(lambda: self._workspace.memory.channels.pop(self.id))

    def restrict(self, *, restricted: bool = True) -> None:
        """Let only some people post here, the bot not among them; or everybody again."""
        self._workspace.change(lambda: setattr(self._channel, "restricted", restricted))
