"""The people of the workspace: what they do and see."""

import html
import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.slack import forms
from sandbox.slack.channel import SlackChannel
from sandbox.slack.interactions import Outcome, in_post, in_view
from sandbox.slack.links import marked, number_links
from sandbox.slack.memory import BOT_USER_ID, Channel, Json, Post, User, View, interactive_elements
from sandbox.slack.seen import Answer, SlackMessage, SlackView, Workspace, message_of
from sandbox.slack.suggestions import is_asked

# What tests import from here, including the types of what people see.
__all__ = ["Answer", "SlackChannel", "SlackMessage", "SlackPerson", "SlackView"]


class SlackPerson:
    """Somebody with a Slack account, on one `client`; the usual one's id is the user's."""

    def __init__(self, workspace: Workspace, user: User, client: str = "") -> None:
        self._workspace = workspace
        self._user = user
        self.id = user.id
        self.client = client or user.id
        self.zone = ZoneInfo(user.tz)

    @property
    def name(self) -> str:
        """The full name, as Slack shows it."""
        return self._user.name

    @property
    def handle(self) -> str:
        """What people type after the @ to mention them."""
        return self._user.handle

    @property
    def is_admin(self) -> bool:
        """Whether they are an admin of the workspace."""
        return self._user.is_admin

    @property
    def is_guest(self) -> bool:
        """Whether they are a guest, who sees only the channels they are in."""
        return self._user.is_guest or self._user.is_one_channel_guest

    def on(self, client: str) -> "SlackPerson":
        """Return the same person on another client."""
        return SlackPerson(self._workspace, self._user, client)

    @property
    def direct_messages(self) -> SlackChannel:
        """The direct messages with the bot."""

        memory, server = self._workspace.memory, self._workspace.server

        async def find() -> Channel:
            return memory.direct_messages(self.id)

        # A test that waits for a message holds the lock that the loop may be waiting for.
        there = memory.find_direct_messages(self.id) or server.call(find())
        return SlackChannel(self._workspace, there)

    @property
    def view(self) -> SlackView | None:
        """The modal on top on this client, or None."""
        stack = self._workspace.memory.modals.get(self.client)
        return self._view_of(stack[-1]) if stack else None

    @property
    def home(self) -> SlackView | None:
        """The bot's Home tab as it was last published for them, or None."""
        home = self._workspace.memory.homes.get(self.id)
        return self._view_of(home) if home else None

    def leaves(self) -> None:
        """Leave the workspace: the account is deactivated."""
        self._workspace.change(lambda: setattr(self._user, "deleted", True))

    def is_hidden(self) -> None:
        """Be hidden from the app, as people are whom a restricted account can't see."""
        self._workspace.change(lambda: setattr(self._user, "hidden", True))

    def is_demoted(self) -> None:
        """Stop being an admin of the workspace."""
        self._workspace.change(lambda: setattr(self._user, "is_admin", False))

    def travels(self, tz: str) -> None:
        """Move to another IANA time zone, which Slack then has in the profile."""
        self._workspace.change(lambda: setattr(self._user, "tz", tz))
        self.zone = ZoneInfo(tz)

    # --- what they do; each raises NoAnswer if the app doesn't do its part ---

    def runs(
        self,
        command: str,
        channel: SlackChannel,
        *,
        escape: bool = True,
        thread_ts: str | None = None,
    ) -> Answer:
        """Type a slash command in a channel, and return what the person sees then.

        A @handle becomes a mention, as it does in Slack with `should_escape`. People from another
        workspace don't have the command, even in shared channels, and it doesn't work in threads:
        these raise LookupError, and the app hears nothing.
        """
        if self._user.is_external:
            raise LookupError(f"the app is not in the workspace that {self.name} belongs to")
        word, _, text = command.partition(" ")
        if thread_ts is not None:
            raise LookupError(f"{word} is not supported in threads. Sorry!")
        self._may_write_in(channel)
        if escape:
            text = self._with_links(self._with_mentions(text))
        there = self._workspace.memory.channels[channel.id]
        outcome = self._workspace.server.call(
            self._workspace.interactions.command(self._user, there, word, text, client=self.client)
        )
        return self._answer(there, outcome)

    def says(self, text: str, channel: SlackChannel, thread_ts: str | None = None) -> None:
        """Write a message in a channel, or in a thread.

        The app hears of it in its own direct messages, and in a channel if it's mentioned there;
        this returns once it has.
        """
        self._may_write_in(channel)
        # As Slack treats what people type: only mentions and links are markup.
        words = marked(self._with_links(self._with_mentions(html.escape(text, quote=False))))
        self._posts(channel, words, thread_ts)

    def shares_file(self, channel: SlackChannel, text: str = "") -> None:
        """Share a file in a channel, with or without a text."""
        self._may_write_in(channel)
        words = self._with_mentions(html.escape(text, quote=False))
        self._posts(channel, words, None, files=["F0SCREEN"], subtype="file_share")

    def edits(self, message: SlackMessage, text: str) -> None:
        """Edit one's own message."""
        workspace, memory = self._workspace, self._workspace.memory
        words = self._with_mentions(html.escape(text, quote=False))
        there = memory.channels[message.channel_id]
        (post,) = [one for one in there.posts if one.ts == message.ts and one.user == self.id]

        async def edit() -> None:
            before = post.as_json()
            post.text, post.edited_ts = words, memory.new_ts()
            memory.tell()
            await workspace.interactions.events.edited(there, post, before)

        workspace.server.call(edit())

    def opens_messages(self) -> SlackChannel:
        """Open the bot's messages tab, and return it; the app gets the event."""
        workspace = self._workspace
        workspace.server.call(workspace.interactions.events.opened(self._user, "messages"))
        return self.direct_messages

    def _posts(
        self,
        channel: SlackChannel,
        words: str,
        thread_ts: str | None,
        files: list[str] | None = None,
        **more: str,
    ) -> None:
        workspace, memory = self._workspace, self._workspace.memory
        there = memory.channels[channel.id]

        async def post() -> None:
            said = Post(memory.new_ts(), self.id, words, [], thread_ts=thread_ts)
            said.files = files or []
            there.posts.append(said)
            memory.tell()
            await workspace.interactions.events.message(there, said, **more)

        workspace.server.call(post())

    def _may_write_in(self, channel: SlackChannel) -> None:
        """Raise LookupError if Slack shows no message box there."""
        if self._workspace.memory.channels[channel.id].kind == "im" and not (
            self._workspace.messages
        ):
            raise LookupError("sending messages to this app has been turned off")

    def clicks(
        self, label: str, on: "SlackMessage | SlackView | Answer", *, confirm: bool = True
    ) -> Answer | None:
        """Click a button; with `confirm=False`, back out when Slack asks "Are you sure?".

        A modal's own two buttons submit and close it. Returns what the person sees once the app
        has acknowledged.
        """
        if isinstance(on, SlackView) and label in (on.submit, on.close) and on == self.view:
            view = self.submits() if label == on.submit else self.closes()
            return Answer("", [], True, None, view)
        block, element = forms.element_called(on.blocks, label)
        if "confirm" in element and not confirm:
            return None
        return self._uses(on, block, element)

    def selects(self, label: str, choice: Any, on: "SlackMessage | SlackView | Answer") -> Answer:
        """Choose something in a select, picker or overflow menu; see `forms.chosen`."""
        return self._uses(on, *forms.element_called(on.blocks, label), choice)

    def uses(
        self,
        on: "SlackMessage | SlackView",
        block_id: str,
        action_id: str,
        choice: Any = None,
        entered: forms.Entered | None = None,
    ) -> Answer:
        """Click a button, or choose something, named by its ids; see `forms.chosen`.

        `entered` has the values of the other fields around it, by block and action id.
        """
        return self._uses(on, *forms.element_at(on.blocks, block_id, action_id), choice, entered)

    def searches(
        self, on: "SlackMessage | SlackView", block_id: str, action_id: str, text: str
    ) -> list[Json]:
        """Type into a select menu with suggestions from the app; return those that it shows."""
        _, element = forms.element_at(on.blocks, block_id, action_id)
        if element["type"] not in forms.SUGGESTED:
            raise LookupError(f"one can’t search in a {element['type']}")
        if not is_asked(element, text):
            return []
        if isinstance(on, SlackView):
            view = self._view(on)
            place = in_view(view, self._state(view))
        else:
            place = in_post(*self._post_of(on))
        asked = {**element, "block_id": block_id}
        return self._workspace.server.call(
            self._workspace.interactions.suggestions(self._user, asked, text, place)
        )

    def fills_in(self, entered: forms.Entered) -> None:
        """Put values into the fields of the modal on top, by block and action id.

        For a field with suggestions from the app, the value is typed and the first suggestion is
        picked; LookupError if there is none.
        """
        view = self._workspace.memory.modals[self.client][-1]
        entered = {
            block: {action: self._picked(block, action, value) for action, value in typed.items()}
            for block, typed in entered.items()
        }
        self._workspace.change(lambda: forms.fill(view.entered, view.content["blocks"], entered))

    def submits(self, values: dict[str, Any] | None = None) -> SlackView | None:
        """Fill in the modal on top, by its labels, and submit it; return what is on top then.

        If Slack itself objects to a field, that's in `errors`, and the app hears nothing of it.
        """
        view = self._workspace.memory.modals[self.client][-1]
        inputs = [block for block in view.content["blocks"] if block["type"] == "input"]
        by_label = {block["label"]["text"]: block for block in inputs}
        for label, typed in (values or {}).items():
            if label not in by_label:
                raise LookupError(f"no field {label!r} among {list(by_label)}")
            block = by_label[label]
            self.fills_in({block["block_id"]: {block["element"]["action_id"]: typed}})
        state = self._state(view)
        complaints = {
            block["block_id"]: forms.complaint(
                block, state[block["block_id"]][block["element"]["action_id"]]
            )
            for block in inputs
        }
        errors = {block: words for block, words in complaints.items() if words}
        self._workspace.change(lambda: setattr(view, "errors", errors))
        if not errors:
            self._workspace.server.call(
                self._workspace.interactions.submit(self._user, view, state)
            )
        return self.view

    def forges(
        self, held: Mapping[str, Json] | None = None, metadata: str | None = None
    ) -> SlackView | None:
        """Submit the modal on top with values that no Slack client would send.

        `held` is laid over the fields' values, by block id, in the form of Slack's state.
        """
        view = self._workspace.memory.modals[self.client][-1]
        if metadata is not None:
            content = {**view.content, "private_metadata": metadata}
            self._workspace.change(lambda: setattr(view, "content", content))
        state = self._state(view)
        for block, values in (held or {}).items():
            state[block] = {
                action: {**before, **values} for action, before in state.get(block, {}).items()
            }
        self._workspace.server.call(self._workspace.interactions.submit(self._user, view, state))
        return self.view

    def forges_click(self, value: object, on: "SlackMessage | SlackView | Answer") -> None:
        """Click the app's first button with a forged value."""
        block, element = next(
            (block, element)
            for block in on.blocks
            for element in interactive_elements(block)
            if element["type"] == "button"
        )
        self._uses(on, block, {**element, "value": value})

    def closes(self) -> SlackView | None:
        """Close the modal on top; return the one below."""
        view = self._workspace.memory.modals[self.client][-1]
        self._workspace.server.call(self._workspace.interactions.close(self._user, view))
        return self.view

    def opens_home(self) -> SlackView | None:
        """Open the bot's Home tab; return what it shows once the app has acknowledged."""
        self._workspace.server.call(self._workspace.interactions.open_home(self._user))
        return self.home

    # --- how ---

    def _picked(self, block_id: str, action_id: str, typed: Any) -> Any:
        """Return what was typed, or the first suggestion for it if the field has suggestions."""
        on = self.view
        if on is None or not isinstance(typed, str) or not forms.suggests(on.blocks, block_id):
            return typed
        if not (found := self.searches(on, block_id, action_id, typed)):
            raise LookupError(f"nothing is found for {typed!r}")
        return found[0]

    def _post_of(self, message: SlackMessage) -> tuple[Channel, Post]:
        channel = self._workspace.memory.channels[message.channel_id]
        (post,) = [post for post in channel.posts if post.ts == message.ts]
        return channel, post

    def _uses(
        self,
        on: "SlackMessage | SlackView | Answer",
        block: Json,
        element: Json,
        choice: Any = None,
        entered: forms.Entered | None = None,
    ) -> Answer:
        action: Json = {
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "type": element["type"],
        }
        held: Json = {}  # its value in the state; a button and an overflow menu have none
        if element["type"] == "button":
            action["text"] = element.get("text")
            action |= {"value": element["value"]} if "value" in element else {}
        else:
            chosen = forms.chosen(element, choice)
            action |= chosen
            held = {block["block_id"]: {element["action_id"]: chosen}}
        workspace, interactions = self._workspace, self._workspace.interactions
        if isinstance(on, SlackView):
            view = self._view(on)

            def fill() -> None:
                forms.fill(view.entered, on.blocks, entered or {})
                forms.lay_over(view.entered, held)

            workspace.change(fill)
            state = self._state(view)
            done = interactions.act_on_view(self._user, view, action, state, client=self.client)
            return self._answer(None, workspace.server.call(done))
        message = on.message if isinstance(on, Answer) else on
        if message is None:
            raise LookupError("there was no message to click on")
        channel, post = self._post_of(message)
        filled: Json = {}
        forms.fill(filled, post.blocks, entered or {})
        forms.lay_over(filled, held)
        state = forms.state_of(post.blocks, filled)
        done = interactions.act_on_post(
            self._user, channel, post, action, state, client=self.client
        )
        return self._answer(channel, workspace.server.call(done))

    def _answer(self, channel: Channel | None, outcome: Outcome) -> Answer:
        view = self._view_of(outcome.view) if outcome.view else None
        if outcome.post is None or channel is None:
            return Answer("", [], True, None, view)
        place = outcome.channel or channel
        message = message_of(self._workspace, place, outcome.post, self.zone)
        return Answer(message.plain, message.blocks, message.ephemeral, message, view)

    def _state(self, view: View) -> Json:
        """Return the values of a view's fields."""
        state = forms.state_of(view.content["blocks"], view.entered)
        memory = self._workspace.memory
        if memory.truths.private_channels_in_pickers:
            return state
        for field in (field for block in state.values() for field in block.values()):
            picked = memory.channels.get(field.get("selected_conversation") or "")
            if picked and picked.kind == "private" and self.id not in picked.members:
                field["selected_conversation"] = None
        return state

    def _view(self, shown: SlackView) -> View:
        view = self._workspace.memory.find_view(shown.id)
        if view is None:
            raise LookupError(f"“{shown.title}” is no longer open")
        return view

    def _view_of(self, view: View) -> SlackView:
        blocks = view.content["blocks"]
        labels = {
            block["block_id"]: block["label"]["text"]
            for block in blocks
            if block["type"] == "input"
        }
        return SlackView(
            view.id,
            view.content.get("title", {}).get("text", ""),
            self._workspace.plain("", blocks, self.zone),
            blocks,
            {labels[block]: words for block, words in view.errors.items()},
            view.content.get("submit", {}).get("text"),
            view.content.get("close", {}).get("text", "Cancel"),
        )

    def _with_links(self, text: str) -> str:
        """Return a text with its phone numbers as links, if this Slack makes them links."""
        known = self._workspace.memory.truths.numbers_become_links
        return number_links(text) if known else text

    def _with_mentions(self, text: str) -> str:
        known = {user.handle: user.id for user in list(self._workspace.memory.users.values())}
        # Slack suggests the app by the name that it shows.
        known[self._workspace.memory.users[BOT_USER_ID].name] = BOT_USER_ID

        def mention(match: re.Match[str]) -> str:
            handle = match[1]
            return f"<@{known[handle]}|{handle}>" if handle in known else match[0]

        return re.sub(r"@([\w.-]*\w)", mention, text)
