"""What people do in Slack, as payloads for the app; response URLs, and the effects of answers.

https://docs.slack.dev/reference/interaction-payloads
"""

import asyncio
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from sandbox import transcript
from sandbox.faults import FaultPlan, lose
from sandbox.slack.asking import checked_content
from sandbox.slack.errors import InvalidAnswer, NoAnswer, SlackError
from sandbox.slack.events import Events
from sandbox.slack.memory import (
    APP_ID,
    BOT_USER_ID,
    TEAM_ID,
    Channel,
    Json,
    Memory,
    Post,
    User,
    View,
)
from sandbox.slack.methods_views import checked_view, push, replace
from sandbox.slack.suggestions import options_in
from sandbox.slack.triggers import Trigger, Triggers
from sandbox.slack.web_api import refusal

# The operation of an answer to a response URL, for faults.
RESPONSE_URL = "response_url"
LOOKS_EVERY = 0.02  # seconds
GONE_URLS = ("used_url", "expired_url")
URL_USES = 5
URL_LIFETIME = timedelta(minutes=30)


@dataclass
class ResponseUrl:
    """A URL for later answers of the app: five of them, within half an hour."""

    user: User
    channel: Channel
    origin: Post | None
    made_at: datetime
    first: "asyncio.Future[Post | None]"
    uses: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer that a response URL refused, `at` which ts, and why."""

    url: ResponseUrl
    at: str
    why: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What somebody saw at once: a message, a form, or neither."""

    post: Post | None
    view: View | None
    channel: Channel | None = None  # of the post, if it isn't where the person asked


class Interactions:
    """Carries what people do to the app, and its answers back to them. Runs on the loop."""

    def __init__(
        self,
        memory: Memory,
        triggers: Triggers,
        events: Events,
        faults: FaultPlan,
        patience: float,
    ) -> None:
        self._memory = memory
        self._faults = faults
        self._closing = asyncio.Event()
        self._triggers = triggers
        self.events = events
        self._socket = events.socket
        self._patience = patience
        self._urls: dict[str, ResponseUrl] = {}
        self._refused: list[Refused] = []
        self.base_url = ""  # known once it is served

    def add_to(self, app: web.Application) -> None:
        """Add the response URLs' route to an application."""
        app.on_shutdown.append(self._release)
        app.router.add_post("/actions/{key}", self._respond)

    async def _release(self, _app: web.Application) -> None:
        self._closing.set()

    # --- what people do ---

    async def command(
        self, user: User, channel: Channel, command: str, text: str, *, client: str
    ) -> Outcome:
        """Type a slash command, and wait for its answer. Raises NoAnswer."""
        trigger_id, trigger = self._triggers.give(user.id, client)
        address, later = self._response_url(user, channel, None)
        answer = await self._socket.send(
            "slash_commands",
            {
                "token": "sandbox",
                "team_id": TEAM_ID,
                "team_domain": "sandbox",
                "channel_id": channel.id,
                "channel_name": "directmessage" if channel.kind == "im" else channel.name,
                "user_id": user.id,
                "user_name": user.handle,
                "command": command,
                "text": text,
                "api_app_id": APP_ID,
                "is_enterprise_install": "false",
                "response_url": address,
                "trigger_id": trigger_id,
            },
            takes_answer=True,
        )
        if answer:
            return Outcome(self._shown(answer, later), trigger.opened)
        if trigger.opened is None:
            form: asyncio.Future[Any] = asyncio.ensure_future(trigger.shown.wait())
            elsewhere = asyncio.ensure_future(self._elsewhere(later))
            waiting: list[asyncio.Future[Any]] = [later.first, form, elsewhere]
            await asyncio.wait(
                waiting,
                timeout=self._patience,
                return_when=asyncio.FIRST_COMPLETED,
            )
            form.cancel()
            elsewhere.cancel()
            if elsewhere.done() and not elsewhere.cancelled():
                channel, post = elsewhere.result()
                return Outcome(post, None, channel)
            if trigger.opened is None and not later.first.done():
                raise NoAnswer(f"{command} {text} was acknowledged and never answered")
        return Outcome(later.first.result() if later.first.done() else None, trigger.opened)

    async def act_on_post(
        self, user: User, channel: Channel, post: Post, action: Json, state: Json, *, client: str
    ) -> Outcome:
        """Click or choose something in a message. Raises NoAnswer."""
        address, later = self._response_url(user, channel, post)
        more = {"state": {"values": state}, "response_url": address}
        trigger = await self._act(user, client, action, {**in_post(channel, post), **more})
        return Outcome(later.first.result() if later.first.done() else None, trigger.opened)

    async def act_on_view(
        self, user: User, view: View, action: Json, state: Json, *, client: str
    ) -> Outcome:
        """Click or choose something in a modal or in the Home tab. Raises NoAnswer."""
        trigger = await self._act(user, client, action, in_view(view, state), view)
        return Outcome(None, trigger.opened)

    async def suggestions(self, user: User, element: Json, typed: str, place: Json) -> list[Json]:
        """Return the options that the app suggests for what was typed. Raises NoAnswer.

        `element` has the id of its block, too; `place` says where it is: `in_post`, or `in_view`.
        """
        named = {name: element[name] for name in ("action_id", "block_id")}
        payload = self._interaction("block_suggestion", user, None, value=typed, **named, **place)
        return options_in(await self._socket.send("interactive", payload, takes_answer=True))

    async def _act(
        self, user: User, client: str, action: Json, more: Json, view: View | None = None
    ) -> Trigger:
        trigger_id, trigger = self._triggers.give(user.id, client, view)
        action = action | {"action_ts": self._memory.new_ts()}
        payload = self._interaction("block_actions", user, trigger_id, actions=[action], **more)
        await self._socket.send("interactive", payload, takes_answer=False)
        return trigger

    async def submit(self, user: User, view: View, state: Json) -> None:
        """Press a modal's submit button, and do what the app's answer says. Raises NoAnswer."""
        trigger_id, _ = self._triggers.give(user.id, view.client, view)
        payload = self._interaction(
            "view_submission", user, trigger_id, view=view.as_json(state), response_urls=[]
        )
        answer = await self._socket.send("interactive", payload, takes_answer=True)
        with _would_not_show(answer):
            self._after_submission(view, answer)
        self._memory.tell()

    def _after_submission(self, view: View, answer: Json) -> None:
        transcript.said(transcript.SUBMISSION, answer)
        stack = self._memory.modals[view.client]
        match answer.get("response_action"):
            case None:
                stack.remove(view)
            case "clear":
                stack.clear()
            case "update":
                replace(self._memory, view, checked_view(answer.get("view"), "modal"))
            case "push":
                push(self._memory, view, checked_view(answer.get("view"), "modal"))
            case "errors":
                view.errors = _checked_errors(view, answer.get("errors"))
            case other:
                raise SlackError(f"unknown response_action: {other}")

    async def close(self, user: User, view: View) -> None:
        """Close a modal, and notify the app if it has asked for that."""
        self._memory.modals[view.client].remove(view)
        if view.content.get("notify_on_close"):
            payload = self._interaction("view_closed", user, None, view=view.as_json())
            payload["is_cleared"] = False
            await self._socket.send("interactive", payload, takes_answer=False)

    async def open_home(self, user: User) -> None:
        """Open the bot's Home tab."""
        home = self._memory.homes.get(user.id)
        await self.events.opened(user, "home", home.as_json() if home else None)

    def _interaction(self, kind: str, user: User, trigger_id: str | None, **more: object) -> Json:
        payload: Json = {
            "type": kind,
            "user": {
                "id": user.id,
                "username": user.handle,
                "name": user.handle,
                "team_id": user.team,
            },
            "api_app_id": APP_ID,
            "token": "sandbox",
            # With a view, it's the user's own workspace; the app's is in the view itself.
            "team": {"id": user.team if "view" in more else TEAM_ID, "domain": "sandbox"},
            "enterprise": self._memory.enterprise,
            "is_enterprise_install": False,
            **more,
        }
        return payload | ({"trigger_id": trigger_id} if trigger_id else {})

    # --- what the app answers ---

    def _response_url(
        self, user: User, channel: Channel, origin: Post | None
    ) -> tuple[str, ResponseUrl]:
        key = secrets.token_urlsafe(12)
        first: asyncio.Future[Post | None] = asyncio.get_running_loop().create_future()
        url = ResponseUrl(user, channel, origin, self._memory.clock.now(), first)
        self._urls[key] = url
        return f"{self.base_url}/actions/{key}", url

    @property
    def refused(self) -> list[Refused]:
        """The refused answers after which their reader saw nothing new from the app."""
        return [one for one in self._refused.copy() if not self._heard_since(one)]

    def _heard_since(self, refused: Refused) -> "tuple[Channel, Post] | None":
        """Return a message from the app that the reader of a refused answer saw after that."""
        reader = refused.url.user.id
        direct = [
            channel
            for channel in list(self._memory.channels.values())
            if channel.kind == "im" and reader in channel.members
        ]
        for channel in (refused.url.channel, *direct):
            for post in channel.posts.copy():
                ours = post.user == BOT_USER_ID and post.only_for in (None, reader)
                if ours and post.ts > refused.at:
                    return channel, post
        return None

    async def _elsewhere(self, url: ResponseUrl) -> "tuple[Channel, Post]":
        """Wait until the app says elsewhere what a response URL refused; return where, and what."""
        while True:
            for refused in self._refused:
                if refused.url is url and (heard := self._heard_since(refused)):
                    return heard
            await asyncio.sleep(LOOKS_EVERY)

    def _shown(self, answer: Json, url: ResponseUrl) -> Post | None:
        truths = self._memory.truths
        with _would_not_show(answer):
            _has_no_table(answer, allowed=truths.tables_in_acknowledgements)
            return self._answered(answer, url)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        url = self._urls.get(request.match_info["key"])
        if url is None:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        answer = await self._respond_to(request, url)
        if answer.status != 200:
            why = answer.text if isinstance(answer, web.Response) else ""
            self._refused.append(Refused(url, self._memory.new_ts(), f"{answer.status} {why}"))
            if answer.status in (400, 404) and not self._memory.truths.refused_answers_say_why:
                answer.set_status(200)
            self._memory.tell()
        return answer

    async def _respond_to(self, request: web.Request, url: ResponseUrl) -> web.StreamResponse:
        body = await request.text()
        fault = self._faults.meet(
            RESPONSE_URL, self._memory.clock.now(), {"body": body}, scripted=True
        )
        self._memory.tell()  # whoever waits for the call doesn't have to wait for its effects
        if url.uses >= URL_USES:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        if self._memory.clock.now() - url.made_at > URL_LIFETIME:
            return web.json_response({"ok": False, "error": "expired_url"}, status=404)
        if fault is None:
            return self._take(body, url)
        if fault.kind == "drop_after":
            self._take(body, url)
        if fault.then:
            fault.then()
        if fault.kind in ("hang", "drop_before", "drop_after"):
            return await lose(request, self._closing if fault.kind == "hang" else None)
        if fault.kind.startswith("error:"):  # a response URL's error has its own HTTP status
            error = fault.kind.removeprefix("error:")
            status = 404 if error in GONE_URLS else 400
            return web.json_response({"ok": False, "error": error}, status=status)
        return refusal(fault)

    def _take(self, body: str, url: ResponseUrl) -> web.Response:
        truths = self._memory.truths
        try:
            answer = json.loads(body)
            _has_no_table(answer, allowed=truths.tables_in_response_urls)
            if "response_type" in answer and answer.get("replace_original"):
                _may_say_who_sees_it(allowed=truths.replacing_takes_response_type)
            post = self._answered(answer, url)
        except SlackError as error:
            return web.json_response(error.answer, status=400)
        except json.JSONDecodeError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        url.uses += 1
        # The message now shows what the person asked for last, so earlier refusals don't count.
        self._refused = [
            one
            for one in self._refused
            if one.url is not url and (one.url.origin is None or one.url.origin is not url.origin)
        ]
        if not url.first.done():
            url.first.set_result(post)
        return web.json_response({"ok": True})

    def _answered(self, answer: Json, url: ResponseUrl) -> Post | None:
        """Do what an answer says: post a message, or replace the one that was clicked."""
        transcript.said(transcript.RESPONSE, answer)
        posts = url.channel.posts
        if answer.get("delete_original") and url.origin is not None:
            posts.remove(url.origin)
            self._memory.tell()
            return None
        text, blocks = checked_content(
            str(answer.get("text") or ""),
            answer.get("blocks"),
            limited_together=self._memory.truths.answers_limited_together,
        )
        if answer.get("replace_original") and url.origin is not None:
            url.origin.text, url.origin.blocks = text, blocks
            self._memory.tell()
            return url.origin
        only_for = None if answer.get("response_type") == "in_channel" else url.user.id
        thread = answer.get("thread_ts")
        post = Post(
            self._memory.new_ts(), BOT_USER_ID, text, blocks, thread_ts=thread, only_for=only_for
        )
        posts.append(post)
        self._memory.tell()
        return post


def in_post(channel: Channel, post: Post) -> Json:
    """Return the part of a payload that says in which message somebody did something."""
    return {
        "container": {
            "type": "message",
            "message_ts": post.ts,
            "channel_id": channel.id,
            "is_ephemeral": post.only_for is not None,
            **({"thread_ts": post.thread_ts} if post.thread_ts else {}),
        },
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        # Payloads from an ephemeral message have only its state.
        **({} if post.only_for else {"message": post.as_json()}),
    }


def in_view(view: View, state: Json) -> Json:
    """Return the part of a payload that says in which modal or Home tab somebody did something."""
    container = {"type": "view", "view_id": view.id}
    return {"container": container, "view": view.as_json(state)}


def _has_no_table(answer: Json, *, allowed: bool) -> None:
    """Raise invalid_blocks for an answer with a table where Slack doesn't allow one."""
    blocks = answer.get("blocks") or []
    if not allowed and any(block.get("type") == "table" for block in blocks):
        raise SlackError("invalid_blocks", errors=["unsupported type: table"])


def _may_say_who_sees_it(*, allowed: bool) -> None:
    """Raise invalid_payload if an answer that replaces another can't have a response_type."""
    if not allowed:
        raise SlackError("invalid_payload")


@contextmanager
def _would_not_show(answer: Json) -> Iterator[None]:
    """Turn Slack's complaint about an answer into an exception, so that tests can't miss it."""
    try:
        yield
    except SlackError as error:
        raise InvalidAnswer(f"{error.answer} for {answer}") from error


def _checked_errors(view: View, errors: object) -> dict[str, str]:
    """Return the errors for a form's fields; each must belong to an input of the form."""
    inputs = {block["block_id"] for block in view.content["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not errors.keys() <= inputs:
        raise SlackError("errors_without_input", errors=errors, inputs=sorted(inputs))
    return {str(block): str(message) for block, message in errors.items()}
