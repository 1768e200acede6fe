"""The guard around every listener: identity, connection, refusals in words, crash -> reference id.

Bolt runs listeners where they are (process_before_response): what only reads the database answers
with the acknowledgement. What may be slow is acknowledged at once and answered from a thread. A
form's answer can only stand in the acknowledgement; one that is not ready in time follows later.
"""

import html
import json
import logging
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from http.client import HTTPException
from typing import Any, TypeVar, cast

from peewee import OperationalError
from slack_bolt import App, Args
from slack_sdk.errors import SlackApiError, SlackClientError

from bot import when
from bot.blocks import Button, Reply
from bot.command import (
    COMMAND,
    Answer,
    Commands,
    FormReader,
    NotAllowed,
    Request,
    Subcommand,
    WhichTeam,
    team_word,
)
from bot.features import home
from bot.forms import WORKING, Form, Wrong, typed_into
from bot.services import Services
from scheduling.channels.slack import RUN
from scheduling.errors import Refusal
from storage.database import reading

log = logging.getLogger("whoseonfirst.listener")

# Seconds that a form's answer may take before "One moment…" is shown; Slack waits for three.
PATIENCE = 0.4
# Deliveries, so that one that comes again is known; of forms with their answers.
REMEMBERED, REMEMBERED_FORMS = 1000, 50
FAILED = "%s %s failed [%s]"
LONGEST_LINE = 1900  # characters
SLACK_ERRORS = (SlackClientError, OSError, HTTPException)
# A window of Slack's that is not there any more; there is nobody to answer.
GONE = ("not_found", "expired_trigger_id", "trigger_expired", "view_not_found")


T = TypeVar("T")


class _Recent(OrderedDict[str, T]):
    """The latest entries by key, `most` of them; older ones are forgotten."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: str, value: T) -> None:
        super().__setitem__(key, value)
        if len(self) > self._most:
            self.popitem(last=False)


class Listeners:
    """Answers `/oncall`, clicks, forms, and whoever opens the Home tab."""

    def __init__(self, app: App, commands: Commands, services: Services) -> None:
        self._commands = commands
        self._services = services
        self._slow = ThreadPoolExecutor(8, thread_name_prefix="command")
        self._in_hand: set[Future[Any]] = set()
        self._seen: _Recent[None] = _Recent(REMEMBERED)
        self._forms: _Recent[Future[dict[str, Any]]] = _Recent(REMEMBERED_FORMS)
        # What was typed last, by the form that it was typed into.
        self._newest: _Recent[object] = _Recent(REMEMBERED)
        self._lock = threading.Lock()
        app.command(COMMAND)(self._on_command)
        app.action(re.compile(""))(self._on_action)
        app.view(re.compile(""))(self._on_form)
        app.event("app_home_opened")(self._on_home)

    def stop(self, timeout: float) -> bool:
        """Take no more, and finish what was acknowledged; tell whether all did."""
        self._slow.shutdown(wait=False)
        return not wait(self._in_hand.copy(), timeout).not_done

    # --- the four doors ---

    def _on_command(self, args: Args) -> None:
        body = args.body
        text = body.get("text") or ""
        try:
            subcommand, words, team = self._commands.find(text)
        except Refusal as refusal:
            reply = refused(refusal)
            args.ack(text=reply.text, blocks=reply.blocks(), response_type="ephemeral")
            return
        request = self._request(body["user_id"], words, channel=body.get("channel_id"), named=team)
        work = partial(self._carry_out, subcommand, request, text)
        if not subcommand.slow:
            answer, team_id = work()
            args.ack(**self._message(cast(Reply, answer), team_id))  # no form is opened at once
            unknown = self._services.directory.known(request.actor) is None
            if unknown and not self._known(f"met {request.actor}"):
                self._later(partial(self._meet, request.actor))
            return
        args.ack()
        if not self._known(body.get("trigger_id")):
            self._later(lambda: self._answer(args, *work()))

    def _meet(self, user: str) -> None:
        """Ask Slack about somebody whom we don't know, so that next time we know their zone."""
        with suppress(Refusal):
            self._services.directory.profile(user)

    def _answer(self, args: Args, answer: Answer, team: int, *, replace: bool = False) -> None:
        """Show what came of a command, or of a click in a message."""
        if isinstance(answer, Form):
            late = self._open(args, self._view(answer, team))
            if late is None:
                return
            answer = late
        self._respond(args, answer, team, replace=replace and not answer.in_channel)

    def _on_action(self, args: Args) -> None:
        args.ack()
        body = args.body
        if self._known(body.get("trigger_id")):
            return
        action = body["actions"][0]
        if action["action_id"].startswith(f"{RUN}:"):
            self._later(partial(self._on_button, args, action.get("value", "")))
        elif body.get("view", {}).get("type") == "modal":
            newest = self._newest[body["view"]["id"]] = object()
            self._later(partial(self._on_change, args, newest))

    def _on_button(self, args: Args, value: str) -> None:
        """Do what a button stands for: the line that one would type."""
        body = args.body
        number, _, line = value.partition(" ")
        team = int(number) if number.isdecimal() else 0
        user, channel = body["user"]["id"], body.get("channel", {}).get("id")
        container, view = body.get("container", {}), body.get("view")
        try:
            subcommand, words, named = self._commands.find(line)
        except Refusal as refusal:  # a button of an older version
            answer: Answer = refused(refusal)
        else:
            where = container.get("message_ts") or container.get("view_id")
            # A double click: the first one is being answered, and takes the button away.
            if subcommand.once and self._known(f"{user} {where} {line}"):
                return
            request = self._request(user, words, channel=channel, named=named or team or None)
            answer, team = self._carry_out(subcommand, request, line, _stranger(body))
        if view is None:
            ours = container.get("is_ephemeral") or _is_direct(body)
            self._answer(args, answer, team, replace=ours)
            return
        if view["type"] == "modal":
            self._update(args, view["id"], self._view(answer, team))
        else:
            self._open(args, self._view(answer, team))
        self._publish(args, user)

    def _on_change(self, args: Args, newest: object) -> None:
        """Draw a form anew while somebody fills it in; not if something was typed since."""
        view = args.body["view"]
        reader = self._commands.forms.get(view.get("callback_id", ""))
        if reader is None or reader.changed is None:
            return
        form, team = self._guarded(reader.changed, self._form_request(args.body), "form")
        if isinstance(form, Form) and self._newest.get(view["id"]) is newest:
            self._update(args, view["id"], self._view(form, team))

    def _on_form(self, args: Args) -> None:
        body = args.body
        view = body["view"]
        self._newest.pop(view["id"], None)
        reader = self._commands.forms.get(view.get("callback_id", ""))
        if reader is None:
            args.ack()
            return
        trigger = body.get("trigger_id") or secrets.token_hex(8)
        with self._lock:
            ready = self._forms.get(trigger)
            again = ready is not None  # delivered before: it is read once, and answered the same
            if ready is None:
                ready = self._forms[trigger] = self._later(partial(self._read_form, reader, body))
        try:
            args.ack(**ready.result(timeout=PATIENCE))
        except TimeoutError:
            args.ack(response_action="update", view=WORKING)
            if not again:
                self._after(ready, partial(self._follow_up, args, view["id"], ready))
        if not again:
            self._after(ready, partial(self._publish, args, body["user"]["id"]))

    def _read_form(self, reader: FormReader, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the acknowledgement of a form: what is shown in its place, or what was wrong."""
        request = self._form_request(body)

        def submitted(request: Request) -> Answer:
            if reader.for_admins:
                request.needs_admin()
            if _stranger(body):
                raise _no_strangers()
            return reader.submit(request)

        answer, team = self._guarded(submitted, request, "form", fields=_fields_of(body["view"]))
        if isinstance(answer, dict):
            return {"response_action": "errors", "errors": answer}
        return {"response_action": "update", "view": self._view(answer, team)}

    def _follow_up(self, args: Args, view_id: str, ready: "Future[dict[str, Any]]") -> None:
        answer = ready.result()
        if "view" in answer:
            self._update(args, view_id, answer["view"])
        else:
            words = "\n".join(answer["errors"].values())
            again = "Nothing was changed. Please open the form once more."
            self._update(
                args, view_id, Reply.of(f":x: {words}", small_print=again).view().to_dict()
            )

    def _on_home(self, args: Args) -> None:
        args.ack()
        event = args.body["event"]
        if event.get("tab") == "home" and not self._known(args.body.get("event_id")):
            self._later(partial(self._publish, args, event["user"]))

    # --- how ---

    def _request(self, actor: str, words: list[str], **more: Any) -> Request:
        services = self._services
        return Request(services, self._commands, actor, services.clock.now(), words, **more)

    def _form_request(self, body: Mapping[str, Any]) -> Request:
        view = body["view"]
        context = json.loads(view.get("private_metadata") or "{}")
        return self._request(
            body["user"]["id"],
            [],
            named=context.pop("team", 0) or None,
            values=typed_into(view["state"]["values"]),
            context=context,
        )

    def _carry_out(
        self, subcommand: Subcommand, request: Request, line: str, stranger: bool = False
    ) -> tuple[Answer, int]:
        """Run a subcommand; return its answer, whatever happens, and the team's id."""

        def run(request: Request) -> Answer:
            if stranger and subcommand.slow:
                raise _no_strangers()
            if subcommand.for_admins:
                request.needs_admin()
            return subcommand.run(request)

        return self._guarded(run, request, subcommand.name, subcommand=subcommand, line=line)

    def _guarded(
        self,
        work: Callable[[Request], Any],
        request: Request,
        what: str,
        *,
        fields: list[str] | None = None,
        subcommand: Subcommand | None = None,
        line: str = "",
    ) -> tuple[Any, int]:
        """Return what `work` answers and the team's id (0: none); what goes wrong, in words.

        Of a form with these `fields`, what was wrong is returned by field.
        """
        try:
            with reading():
                answer = work(request)
                return answer, _team_of(request)
        except WhichTeam as question:
            return _which(question, line), 0
        except Refusal as refusal:
            if fields:
                return self._by_field(refusal, fields), 0
            with reading():
                return refused(refusal, subcommand), _team_of(request)
        except Exception as error:
            log.exception(FAILED, COMMAND, what, reference := secrets.token_hex(4))
            return _sorry(error, reference), 0

    def _by_field(self, refusal: Refusal, fields: list[str]) -> dict[str, str]:
        """Return what was wrong by the field at which it can be shown: plain text, no mrkdwn."""
        found = refusal.fields if isinstance(refusal, Wrong) else {refusal.field: refusal.message}
        return {
            field if field in fields else fields[0]: self._plain(message)
            for field, message in found.items()
        }

    def _plain(self, text: str) -> str:
        def named(match: re.Match[str]) -> str:
            known = self._services.directory.known(match[1])
            return known.name if known else "this person"

        text = re.sub(r"<@(\w+)[^>]*>", named, text.replace("`", ""))
        text = html.unescape(re.sub(r"<#[^>]*>", "the channel", text))
        return text[:1].upper() + text[1:]

    def _known(self, delivery: str | None) -> bool:
        """Tell whether something was delivered before; Slack repeats what it is unsure about."""
        if not delivery:
            return False
        with self._lock:
            if delivery in self._seen:
                return True
            self._seen[delivery] = None
        return False

    def _later(self, work: Callable[[], Any]) -> "Future[Any]":
        future = self._slow.submit(work)
        self._in_hand.add(future)
        future.add_done_callback(self._ended)
        return future

    def _after(self, ready: "Future[Any]", work: Callable[[], Any]) -> None:
        """Do something once `ready` is; never in this thread, in which an answer may be waiting."""
        ready.add_done_callback(lambda _: self._later(work))

    def _ended(self, future: "Future[Any]") -> None:
        self._in_hand.discard(future)
        if not future.cancelled() and (error := future.exception()):
            log.error("an answer went wrong", exc_info=error)

    def _message(self, reply: Reply, team: int) -> dict[str, Any]:
        """Return an answer as Slack takes it; if it cannot be put so, what went wrong."""
        try:
            blocks = reply.blocks(team)
        except Exception as error:
            log.exception(FAILED, COMMAND, "an answer", reference := secrets.token_hex(4))
            reply = _sorry(error, reference)
            blocks = reply.blocks()
        kind = "in_channel" if reply.in_channel else "ephemeral"
        return {"text": reply.text, "blocks": blocks, "response_type": kind}

    def _view(self, answer: Answer, team: int) -> dict[str, Any]:
        """Return an answer as a modal; if it cannot be put so, what went wrong."""
        try:
            return answer.view(team).to_dict()
        except Exception as error:
            log.exception(FAILED, COMMAND, "a form", reference := secrets.token_hex(4))
            return _sorry(error, reference).view().to_dict()

    def _respond(self, args: Args, reply: Reply, team: int, *, replace: bool = False) -> None:
        try:
            args.respond(**self._message(reply, team), replace_original=replace)
        except SLACK_ERRORS:
            user = args.body.get("user_id") or args.body.get("user", {}).get("id")
            log.exception("the answer to %s did not reach Slack", user)

    def _open(self, args: Args, view: dict[str, Any]) -> Reply | None:
        """Open a modal; return what to say if Slack does not let us any more."""
        try:
            args.client.views_open(trigger_id=args.body["trigger_id"], view=view)
        except SLACK_ERRORS as error:
            log.warning("a form could not be opened: %s", error)
            return Reply.of(
                ":x: Slack did not let me open the form in time; nothing was changed. Please try "
                f"again, or type the whole command: `{COMMAND} help` shows how."
            )
        return None

    def _update(self, args: Args, view_id: str, view: dict[str, Any]) -> None:
        try:
            args.client.views_update(view_id=view_id, view=view)
        except SLACK_ERRORS as error:
            gone = isinstance(error, SlackApiError) and error.response.get("error") in GONE
            log.log(
                logging.INFO if gone else logging.WARNING, "a form was not drawn anew: %s", error
            )

    def _publish(self, args: Args, user: str) -> None:
        """Draw somebody's Home tab."""
        view, _ = self._guarded(home.view, self._request(user, []), "home")
        if isinstance(view, Reply):  # what went wrong
            view = home.trouble(view)
        try:
            args.client.views_publish(user_id=user, view=view)
        except SLACK_ERRORS as error:
            log.warning("the Home tab of %s could not be drawn: %s", user, error)


def _sorry(error: Exception, reference: str) -> Reply:
    """Return what is said of something that nobody expected."""
    if isinstance(error, OperationalError) and "locked" in str(error):
        return Reply.of(
            ":x: Something else is busy with my database, so nothing was changed. Please try again "
            "in a minute."
        )
    return Reply.of(
        ":x: Something went wrong on my side. Please try again; if it stays, tell whoever runs me "
        f"this reference: `{reference}`."
    )


def refused(refusal: Refusal, subcommand: Subcommand | None = None) -> Reply:
    """Return a refusal as an answer, with an example if its own words have none."""
    own_words = refusal.message.removesuffix(when.MORE)
    helped = isinstance(refusal, NotAllowed) or f"`{COMMAND}" in own_words
    if subcommand is None or not subcommand.examples[0] or helped:
        return Reply.of(f":x: {refusal.message}")
    return Reply.of(
        f":x: {refusal.message}\nFor example: `{COMMAND} {subcommand.examples[0]}`".rstrip()
    )


def _which(question: WhichTeam, line: str) -> Reply:
    """Return the question which team is meant, with a button for each of the first few."""
    if len(line) > LONGEST_LINE:  # more than a button can carry
        return Reply.of(f":grey_question: {question.message}")
    buttons = [Button(team.name, f"{line} {team_word(team)}".strip()) for team in question.teams]
    return Reply.of(f":grey_question: {question.message}", buttons=buttons[:20])


def _fields_of(view: Mapping[str, Any]) -> list[str]:
    return [block["block_id"] for block in view["blocks"] if block["type"] == "input"]


def _team_of(request: Request) -> int:
    try:
        return int(request.team.id)
    except Refusal:
        return 0


def _is_direct(body: Mapping[str, Any]) -> bool:
    return str(body.get("channel", {}).get("id", "")).startswith("D")


def _stranger(body: Mapping[str, Any]) -> bool:
    """Tell whether somebody of another workspace clicked, in a channel shared with it."""
    theirs = body.get("user", {}).get("team_id")
    # Of a form `team` is the user's own; ours is where the app is installed.
    ours = body.get("view", {}).get("app_installed_team_id") or (body.get("team") or {}).get("id")
    return bool(theirs and ours) and theirs != ours


def _no_strangers() -> Refusal:
    return Refusal(
        "You are in another workspace, and from there nobody can change anything here. Ask "
        "somebody of the team."
    )
