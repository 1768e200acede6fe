"""Updates forms while somebody fills them in, and answers them once they're submitted.

Only the acknowledgement can answer a form in place; an answer not ready in time follows later.
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

REMEMBERED_FORMS = 50  # with their answers, in case Slack delivers one again


class _Read(NamedTuple):
    """The answer to a form: as an acknowledgement and as a modal.

    `answer` is the same as a message. With `wrong` nothing was changed, and the form can be
    submitted again.
    """

    shown: dict[str, Any]
    view: dict[str, Any]
    answer: Answer
    team: int
    wrong: bool = False


class SentForms:
    """Answers forms, each once, and updates them while they are filled in."""

    def __init__(self, guard: Guard, workers: Workers, ways: WaysBack, home: HomeTab) -> None:
        self._guard = guard
        self._workers = workers
        self._ways = ways
        self._home = home
        self._forms: Recent[Future[_Read]] = Recent(REMEMBERED_FORMS)
        # The latest input, by form.
        self._newest: Recent[object] = Recent()
        self._lock = threading.Lock()

    def typed(self, args: Args) -> None:
        """Have a form updated after something was typed or picked in it."""
        newest = self._newest[args.body["view"]["id"]] = object()
        self._workers.later(partial(self._on_change, args, newest))

    def _on_change(self, args: Args, newest: object) -> None:
        """Update a form while somebody fills it in, unless something was typed since."""
        view = args.body["view"]
        reader = self._guard.commands.forms.get(view.get("callback_id", ""))
        if reader is None or reader.changed is None:
            return
        request = self._form_request(args.body, submitted=False)
        if not isinstance(request, Request):  # errors are shown when the form is submitted
            return
        changed = reader.changed

        def updated(request: Request) -> Form:
            request.keep_outsiders_out()
            request.needs_rights_to(reader)
            return changed(request)

        form, team = self._guard.run(updated, request, _form_of(view), quiet=True)
        if isinstance(form, Form) and self._newest.get(view["id"]) is newest:
            answers.update_view(args, view["id"], answers.view(form, team))

    def sent(self, args: Args) -> None:
        """Answer a submitted form in its acknowledgement, or soon after it."""
        body = args.body
        view = body["view"]
        self._newest.pop(view["id"], None)
        reader = self._guard.commands.forms.get(view.get("callback_id", ""))
        if reader is None:  # a form from another version
            gone = answers.view(refused(unreadable()), 0)
            args.ack(response_action="update", view=gone)
            return
        trigger = body.get("trigger_id") or secrets.token_hex(8)
        with self._lock:
            ready = self._forms.get(trigger)
            again = ready is not None  # delivered before: it gets the same answer
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
        """Read a form; return the answer that replaces it, or its errors.

        Errors are shown at the fields, so that what was typed stays.
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
        """Replace "One moment…" by the answer; if that fails, send it as a direct message."""
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
        """Return the line that opens the form with this name, '' if no line does."""
        with suppress(Refusal):
            return name if name and self._guard.commands.find(name)[0].name == name else ""
        return ""

    def _form_request(self, body: Mapping[str, Any], *, submitted: bool) -> Any:
        """Return the request made by a form; if it can't be read, the errors by field."""
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
