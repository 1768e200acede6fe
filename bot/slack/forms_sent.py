"""Forms while somebody fills them in, and once they are sent.

A form's answer can only stand in the acknowledgement; one that is not ready in time follows later.
"""

import secrets
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from slack_bolt import Args

from bot.slack import answers
from bot.slack.blocks import Button, Reply
from bot.slack.command import Answer, FormReader
from bot.slack.forms import PATIENCE, WORKING, Form, held, remembered, typed_into, unreadable
from bot.slack.guard import Guard, is_elsewhere
from bot.slack.home_tab import HomeTab
from bot.slack.recent import Recent
from bot.slack.refused import refused
from bot.slack.request import Request
from bot.slack.ways_back import Asked, WaysBack
from bot.slack.workers import Workers
from scheduling.errors import Refusal

REMEMBERED_FORMS = 50  # with their answers, so that one that is delivered again is known


class _Read(NamedTuple):
    """What came of a form: the acknowledgement that says it, and the modal that does.

    `answer` is the same in words. With `wrong` nothing was done, and the form can be sent again.
    """

    shown: dict[str, Any]
    view: dict[str, Any]
    answer: Answer
    team: int
    wrong: bool = False


class SentForms:
    """Answers forms, each once, and draws them anew while they are filled in."""

    def __init__(self, guard: Guard, workers: Workers, ways: WaysBack, home: HomeTab) -> None:
        self._guard = guard
        self._workers = workers
        self._ways = ways
        self._home = home
        self._forms: Recent[Future[_Read]] = Recent(REMEMBERED_FORMS)
        # What was typed last, by the form that it was typed into.
        self._newest: Recent[object] = Recent()
        self._lock = threading.Lock()

    def typed(self, args: Args) -> None:
        """Draw a form anew, later, after something was typed or picked in it."""
        newest = self._newest[args.body["view"]["id"]] = object()
        self._workers.later(partial(self._on_change, args, newest))

    def _on_change(self, args: Args, newest: object) -> None:
        """Draw a form anew while somebody fills it in; not if something was typed since."""
        view = args.body["view"]
        reader = self._guard.commands.forms.get(view.get("callback_id", ""))
        if reader is None or reader.changed is None:
            return
        request = self._form_request(args.body, submitted=False)
        if not isinstance(request, Request):  # what is wrong is said when the form is submitted
            return
        changed = reader.changed

        def drawn(request: Request) -> Form:
            request.keep_outsiders_out()
            request.needs_rights_to(reader)
            return changed(request)

        form, team = self._guard.run(drawn, request, _form_of(view), quiet=True)
        if isinstance(form, Form) and self._newest.get(view["id"]) is newest:
            answers.update_view(args, view["id"], answers.view(form, team))

    def sent(self, args: Args) -> None:
        """Answer a form that was sent with its acknowledgement, or soon after it."""
        body = args.body
        view = body["view"]
        self._newest.pop(view["id"], None)
        reader = self._guard.commands.forms.get(view.get("callback_id", ""))
        if reader is None:  # a form of another version
            gone = answers.view(refused(unreadable()), 0)
            args.ack(response_action="update", view=gone)
            return
        trigger = body.get("trigger_id") or secrets.token_hex(8)
        with self._lock:
            ready = self._forms.get(trigger)
            again = ready is not None  # delivered before: it is read once, and answered the same
            if ready is None:
                ready = self._forms[trigger] = self._workers.later(
                    partial(self._read_form, reader, body)
                )
        late = False
        try:
            args.ack(**ready.result(timeout=PATIENCE).shown)
        except TimeoutError:
            args.ack(response_action="update", view=WORKING)
            late = True
        if not again:
            self._workers.after(ready, partial(self._after_form, args, ready, late=late))

    def _after_form(self, args: Args, ready: "Future[_Read]", *, late: bool) -> None:
        if late:
            self._follow_up(args, ready.result())
        self._home.publish(args, args.body["user"]["id"])

    def _read_form(self, reader: FormReader, body: Mapping[str, Any]) -> _Read:
        """Return what came of a form: what is shown in its place, or what was wrong.

        What was wrong is said at a field, so that what was typed stays.
        """
        view = body["view"]
        fields = _fields_of(view)

        def submitted(request: Request) -> Answer:
            if is_elsewhere(body):
                self._guard.keep_strangers_out(request.actor)
            request.keep_outsiders_out()
            request.needs_rights_to(reader)
            return reader.submit(request)

        request = self._form_request(body, submitted=True)
        answer, team = request, 0
        if isinstance(request, Request):
            answer, team = self._guard.run(submitted, request, _form_of(view), fields=fields)
        if isinstance(answer, dict):
            kept = answers.kept_form(view, answer)
            update = {"response_action": "update", "view": kept}
            errors = {"response_action": "errors", "errors": answer}
            wrong = Reply.of(*(f":x: {words}" for words in answer.values()))
            return _Read(errors if fields else update, kept, wrong, team, wrong=True)
        shown = answers.view(answer, team)
        return _Read({"response_action": "update", "view": shown}, shown, answer, team)

    def _follow_up(self, args: Args, read: _Read) -> None:
        """Show what came of a form in the place of "One moment…", or else write it to them."""
        view = args.body["view"]
        if answers.update_view(args, view["id"], read.view) != "lost":
            return
        reply, team = read.answer, read.team
        if isinstance(reply, Form):
            team = reply.context.get("team", team)
            line = self._opens(reply.opened_by or reply.name)
            reply = answers.form_offered(line, follows=True)
        elif read.wrong and (line := self._opens(view.get("callback_id", ""))):
            reply = reply.with_buttons([Button("Open the form", line)])
        self._ways.write(Asked(args, reply, team))

    def _opens(self, name: str) -> str:
        """Return the line that opens the form with this name, '' if there is none."""
        with suppress(Refusal):
            return name if name and self._guard.commands.find(name)[0].name == name else ""
        return ""

    def _form_request(self, body: Mapping[str, Any], *, submitted: bool) -> Any:
        """Return what a form asks for; if it can't be read, what is wrong by field."""
        view, user = body["view"], body["user"]["id"]

        def read(_: Request) -> Request:
            context = remembered(view)
            return self._guard.request(
                user,
                [],
                named=held(context.pop("team", 0), int) or None,
                values=typed_into(view, submitted=submitted),
                context=context,
            )

        asked, fields = self._guard.request(user, []), _fields_of(view)
        return self._guard.run(read, asked, _form_of(view), fields=fields, quiet=True)[0]


def _form_of(view: Mapping[str, Any]) -> str:
    return f"form {view.get('callback_id', '')}".rstrip()


def _fields_of(view: Mapping[str, Any]) -> list[str]:
    return [block["block_id"] for block in view.get("blocks", []) if block["type"] == "input"]
