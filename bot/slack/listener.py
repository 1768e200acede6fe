"""The guard around every listener: identity, connection, refusals in words, crash -> reference id.

Bolt runs listeners where they are (process_before_response): what only reads the database answers
with the acknowledgement. What may be slow is acknowledged at once and answered from a thread. A
form's answer can only stand in the acknowledgement; one that is not ready in time follows later.
"""

import html
import logging
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeVar, cast

from peewee import OperationalError
from slack_bolt import App, Args

from bot.slack import answers, direct, examples, offers, when
from bot.slack.answered import Answering
from bot.slack.answers import sorry
from bot.slack.blocks import Button, Reply
from bot.slack.command import Answer, Commands, FormReader, NoCommand, Subcommand
from bot.slack.features import home
from bot.slack.forms import WORKING, Form, Wrong, held, remembered, typed_into, unreadable
from bot.slack.plain_words import Said, line_of, small_talk
from bot.slack.refusals import worded
from bot.slack.request import Request, WhichTeam, team_word
from bot.slack.services import Services
from bot.slack.typed import COMMAND
from bot.slack.ways_back import Asked, WaysBack
from scheduling import limits
from scheduling.changes.waiting import Settled
from scheduling.channels.slack.errors import SLACK_ERRORS
from scheduling.channels.slack.layout import RUN
from scheduling.errors import NotAllowed, NothingToDo, Refusal
from scheduling.words import buttons
from storage.database import reading

log = logging.getLogger("whoseonfirst.listener")

UNKNOWN = "unknown"  # the operation of a line that is no subcommand

# Seconds that a form's answer may take before "One moment…" is shown; Slack waits for three.
PATIENCE = 0.4
TEAMS = 20  # buttons of the question which one is meant; a row has 25
_WHICH = re.compile(r"which ([1-9]\d{0,2}) ?(.*)", re.DOTALL)
# Seconds that a click waits for the answer to the one before it.
ANSWERED_WITHIN = 15
# Deliveries, so that one that comes again is known; of forms with their answers.
REMEMBERED, REMEMBERED_FORMS = 1000, 50


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


@dataclass(frozen=True, slots=True)
class _Click:
    """A click on a button of ours: the `line` it stands for, and where it is: `place`.

    A click in a message says its channel, one in a modal or in the Home tab the view it was in.
    Whether it was in our `direct` messages we can't tell of what only one person sees.
    """

    user: str
    line: str
    team: int
    place: str
    kind: Literal["message", "modal", "home"]
    channel: str | None
    ours: bool
    direct: bool
    view: Mapping[str, Any] | None

    @classmethod
    def of(cls, body: Mapping[str, Any], value: str) -> "_Click":
        team, line = buttons.read(value)
        container, view = body.get("container", {}), body.get("view")
        channel = body.get("channel", {}).get("id")
        kind: Any = "message" if view is None else view["type"]
        return cls(
            user=body["user"]["id"],
            line=line,
            team=team,
            place=str(container.get("message_ts") or container.get("view_id")),
            kind=kind if kind in ("message", "modal") else "home",
            channel=channel,
            ours=bool(container.get("is_ephemeral")) or str(channel).startswith("D"),
            direct=str(channel).startswith("D") and not container.get("is_ephemeral"),
            view=view,
        )

    @property
    def same(self) -> str:
        """What it has in common with the other half of a double click."""
        return f"{self.user} {self.place} {self.team} {self.line}"

    @property
    def after(self) -> str:
        """What is answered one after the other: the clicks on a message, or on a modal."""
        return self.same if self.kind == "home" else f"{self.user} {self.place}"


@dataclass(frozen=True, slots=True)
class _Read:
    """What came of a form: the acknowledgement that says it, and the modal that does.

    `answer` is the same in words. With `wrong` nothing was done, and the form can be sent again.
    """

    shown: dict[str, Any]
    view: dict[str, Any]
    answer: Answer
    team: int
    wrong: bool = False


class Listeners:
    """Answers `/oncall`, clicks, forms, direct messages, and whoever opens the Home tab."""

    def __init__(self, app: App, commands: Commands, services: Services) -> None:
        self._commands = commands
        self._services = services
        self._slow = ThreadPoolExecutor(8, thread_name_prefix="command")
        self._talk = ThreadPoolExecutor(4, thread_name_prefix="direct")
        self._direct = direct.DirectMessages(
            app.client, partial(self._later, pool=self._talk), self._written, self._hello
        )
        self._in_hand: set[Future[Any]] = set()
        self._seen: _Recent[None] = _Recent(REMEMBERED)
        self._forms: _Recent[Future[_Read]] = _Recent(REMEMBERED_FORMS)
        # What was typed last, by the form that it was typed into.
        self._newest: _Recent[object] = _Recent(REMEMBERED)
        # Clicks that are in hand; the last answer by where it is given; where it was said what
        # became of a change; and the clicks that did what is done once.
        self._clicked: set[str] = set()
        self._answering: _Recent[Future[None]] = _Recent(REMEMBERED)
        self._settled: _Recent[None] = _Recent(REMEMBERED)
        self._done: _Recent[None] = _Recent(REMEMBERED)
        self._lock = threading.Lock()
        # The latest click by where it is answered: an older answer that comes late must not replace
        # the newer one.
        self._latest: _Recent[_Click] = _Recent(REMEMBERED)
        # What could be shown neither in a modal nor in a direct message, by user: for their Home.
        self._unheard: _Recent[Reply] = _Recent(REMEMBERED)
        self._ways = WaysBack(self._later)
        app.command(COMMAND)(self._on_command)
        app.action(re.compile(""))(self._on_action)
        app.view(re.compile(""))(self._on_form)
        app.event("app_home_opened")(self._on_home)
        app.event("message")(self._on_message)

    def stop(self, timeout: float) -> bool:
        """Take no more, and finish what was acknowledged; tell whether all did."""
        self._ways.stop()
        self._direct.stop()
        self._slow.shutdown(wait=False)
        self._talk.shutdown(wait=False)
        return not wait(self._in_hand.copy(), timeout).not_done

    # --- the doors ---

    def _on_command(self, args: Args) -> None:
        body = args.body
        text = body.get("text") or ""
        try:
            subcommand, words, team = self._commands.find(text)
        except Refusal as refusal:
            Answering(UNKNOWN, body["user_id"]).done(0, "refused")
            reply = refused(refusal)
            args.ack(text=reply.text, blocks=reply.blocks(), response_type="ephemeral")
            return
        request = self._request(body["user_id"], words, channel=body.get("channel_id"), named=team)
        work = partial(self._carry_out, subcommand, request, text)
        if not subcommand.slow and self._knows(request, subcommand):
            answer, team_id = work()
            reply = cast(Reply, answer)  # no form is opened at once
            if reply.is_acknowledgement:
                args.ack(**answers.message(reply, team_id))
            else:
                args.ack()
                if not self._known(body.get("trigger_id")):
                    self._later(partial(self._answer, args, reply, team_id, text))
            unknown = self._services.directory.known(request.actor) is None
            if unknown and not self._known(f"met {request.actor}"):
                self._later(partial(self._meet, request.actor))
            return
        args.ack()
        if not self._known(body.get("trigger_id")):
            self._later(lambda: self._answer(args, *work(), text))

    def _knows(self, request: Request, subcommand: Subcommand) -> bool:
        """Tell whether Slack need not be asked who somebody is before they are answered."""
        if self._services.directory.lately(request.actor) is not None:
            return True
        known, _ = self._guarded(
            lambda asked: subcommand.of_outsiders and asked.is_here,
            request,
            "who is asking",
            quiet=True,
        )
        return known is True

    def _meet(self, user: str) -> None:
        """Ask Slack about somebody whom we don't know, so that next time we know their zone."""
        with suppress(Refusal):
            self._services.directory.profile(user)

    def _answer(
        self,
        args: Args,
        answer: Answer,
        team: int,
        line: str,
        *,
        replace: bool = False,
        arrived: Callable[[], None] = lambda: None,
        stale: Callable[[], bool] = lambda: False,
    ) -> None:
        """Show what came of a `line`, typed or clicked in a message; then call `arrived`.

        See `Asked` for the rest.
        """
        if isinstance(answer, Form):
            if answers.open_view(args, answers.view(answer, team)):
                arrived()
                return
            answer = answers.form_offered(line)
        instead = replace and not answer.in_channel and not answer.beside
        self._ways.answer(Asked(args, answer, team, instead, arrived, stale))

    def _on_action(self, args: Args) -> None:
        args.ack()
        body = args.body
        if self._known(body.get("trigger_id")):
            return
        action = body["actions"][0]
        if action["action_id"].startswith(f"{RUN}:"):
            self._on_click(args, _Click.of(body, str(action.get("value") or "")))
        elif body.get("view", {}).get("type") == "modal":
            newest = self._newest[body["view"]["id"]] = object()
            self._later(partial(self._on_change, args, newest))

    def _on_click(self, args: Args, click: _Click) -> None:
        """Answer a click, but not the second half of a double click.

        What the first half does is in hand then. Once it was done, whatever came of it, the button
        can be pressed again, and is answered after the first answer was given.
        """
        with self._lock:
            if click.same in self._clicked:
                return
            self._clicked.add(click.same)
            before = self._answering.get(click.after)
            self._latest[click.after] = click
            answered = self._later(partial(self._on_button, args, click, before))
            self._answering[click.after] = answered
        if click.view is not None:
            self._after(answered, partial(self._publish, args, click.user))

    def _on_button(self, args: Args, click: _Click, before: "Future[None] | None") -> None:
        """Do what a button stands for: the line that one would type."""
        try:
            if before is not None:
                wait([before], ANSWERED_WITHIN)
            answer, team = self._run(click, elsewhere=_elsewhere(args.body))
        finally:
            self._clicked.discard(click.same)
        if click.direct and isinstance(answer, Reply):
            answer = direct.for_one(answer)
        settles = isinstance(answer, Reply) and answer.settles
        # Where it stands already what became of a change, that stays.
        beside = isinstance(answer, Reply) and (
            answer.beside or (settles and click.place in self._settled)
        )

        def arrived() -> None:
            if settles:
                self._settled[click.place] = None
            if not beside:
                self._done[click.same] = None

        if click.view is None:
            self._answer(
                args,
                answer,
                team,
                click.line,
                replace=click.ours and not beside,
                arrived=arrived,
                stale=lambda: self._latest.get(click.after) is not click,
            )
        elif self._show(args, click, answer, team, beside=beside):
            arrived()

    def _show(self, args: Args, click: _Click, answer: Answer, team: int, *, beside: bool) -> bool:
        """Answer a click in a modal or in Home with a modal; tell whether it is there.

        If it isn't, the answer is written to them, or stands in their Home next.
        """
        shown = answers.view(answer, team)
        view = cast("Mapping[str, Any]", click.view)
        if click.kind == "home":
            there = answers.open_view(args, shown)
        else:
            if beside:
                shown = answers.kept(view, cast(Reply, answer))
            there = answers.update_view(args, view["id"], shown) != "lost"
        if not there:
            form = isinstance(answer, Form)
            reply = answers.form_offered(click.line) if form else cast(Reply, answer)
            self._write(args, reply, team)
        return there

    def _write(self, args: Args, reply: Reply, team: int) -> None:
        """Write to somebody what no modal could show; if that fails, their Home says it next."""
        asked = Asked(args, reply, team)
        if not self._ways.write(asked):
            self._unheard[asked.user] = reply

    def _run(self, click: _Click, *, elsewhere: bool) -> tuple[Answer, int]:
        try:
            subcommand, words, named = self._commands.find(click.line)
        except Refusal as refusal:  # a button of an older version
            return refused(refusal), Answering(UNKNOWN, click.user).done(click.team, "refused")
        if subcommand.once and click.same in self._done:
            done = ":white_check_mark: That was done already; nothing was done twice."
            team = Answering(subcommand.name, click.user).done(click.team, "done already")
            return Reply.of(done, beside=True), team
        request = self._request(
            click.user, words, channel=click.channel, named=named or click.team or None
        )
        return self._carry_out(subcommand, request, click.line, elsewhere=elsewhere)

    def _on_change(self, args: Args, newest: object) -> None:
        """Draw a form anew while somebody fills it in; not if something was typed since."""
        view = args.body["view"]
        reader = self._commands.forms.get(view.get("callback_id", ""))
        if reader is None or reader.changed is None:
            return
        request = self._form_request(args.body, submitted=False)
        if not isinstance(request, Request):  # what is wrong is said when the form is submitted
            return
        changed = reader.changed

        def drawn(request: Request) -> Form:
            request.keep_outsiders_out()
            if reader.for_leads:
                request.needs_lead(everywhere=reader.everywhere)
            return changed(request)

        form, team = self._guarded(drawn, request, _form_of(view), quiet=True)
        if isinstance(form, Form) and self._newest.get(view["id"]) is newest:
            answers.update_view(args, view["id"], answers.view(form, team))

    def _on_form(self, args: Args) -> None:
        body = args.body
        view = body["view"]
        self._newest.pop(view["id"], None)
        reader = self._commands.forms.get(view.get("callback_id", ""))
        if reader is None:  # a form of another version
            gone = answers.view(refused(unreadable()), 0)
            args.ack(response_action="update", view=gone)
            return
        trigger = body.get("trigger_id") or secrets.token_hex(8)
        with self._lock:
            ready = self._forms.get(trigger)
            again = ready is not None  # delivered before: it is read once, and answered the same
            if ready is None:
                ready = self._forms[trigger] = self._later(partial(self._read_form, reader, body))
        late = False
        try:
            args.ack(**ready.result(timeout=PATIENCE).shown)
        except TimeoutError:
            args.ack(response_action="update", view=WORKING)
            late = True
        if not again:
            self._after(ready, partial(self._after_form, args, ready, late=late))

    def _after_form(self, args: Args, ready: "Future[_Read]", *, late: bool) -> None:
        if late:
            self._follow_up(args, ready.result())
        self._publish(args, args.body["user"]["id"])

    def _read_form(self, reader: FormReader, body: Mapping[str, Any]) -> _Read:
        """Return what came of a form: what is shown in its place, or what was wrong.

        What was wrong is said at a field, so that what was typed stays.
        """
        view = body["view"]
        fields = _fields_of(view)

        def submitted(request: Request) -> Answer:
            if _elsewhere(body):
                self._keep_strangers_out(request.actor)
            request.keep_outsiders_out()
            if reader.for_leads:
                request.needs_lead(everywhere=reader.everywhere)
            return reader.submit(request)

        request = self._form_request(body, submitted=True)
        answer, team = request, 0
        if isinstance(request, Request):
            answer, team = self._guarded(submitted, request, _form_of(view), fields=fields)
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
        self._write(args, reply, team)

    def _opens(self, name: str) -> str:
        """Return the line that opens the form with this name, '' if there is none."""
        with suppress(Refusal):
            return name if name and self._commands.find(name)[0].name == name else ""
        return ""

    def _on_home(self, args: Args) -> None:
        args.ack()
        event = args.body["event"]
        if self._known(args.body.get("event_id")):
            return
        if event.get("tab") == "home":
            self._later(partial(self._publish, args, event["user"]))
        elif event.get("tab") == "messages":
            greet = partial(self._direct.greet, event["user"], event["channel"])
            self._later(greet, self._talk)

    def _on_message(self, args: Args) -> None:
        args.ack()
        said = Said.of(args.body["event"])
        if said is None or self._known(args.body.get("event_id")):
            return
        if not self._known(f"said {said.channel} {said.ts}"):
            self._direct.take(said, line_of(said.text, args.context.bot_user_id or ""))

    def _written(self, said: Said, line: str) -> tuple[Answer, int] | None:
        """Answer a line that was written in our direct messages; None if that was done before."""
        try:
            subcommand, words, team = self._commands.find(line)
        except NoCommand as unknown:
            return self._talked(said, line, unknown)
        except Refusal as refusal:
            return refused(refusal), Answering(UNKNOWN, said.user).done(0, "refused")
        request = self._request(said.user, words, channel=said.channel, named=team)
        if subcommand.slow:
            # An event comes again if we die before Slack has the acknowledgement.
            new, _ = self._guarded(
                lambda asked: limits.first_time(said.user, "said", said.ts, asked.now),
                request,
                subcommand.name,
                quiet=True,
            )
            if new is False:
                return None  # else it is new; or nothing can be written, and so nothing changed
        ours = self._services.directory.workspace
        elsewhere = bool(said.workspace and ours) and said.workspace != ours
        return self._carry_out(subcommand, request, line, elsewhere=elsewhere)

    def _talked(self, said: Said, line: str, unknown: NoCommand) -> tuple[Answer, int]:
        """Answer what is no command, to whom it may concern."""

        def told(request: Request) -> Reply:
            request.keep_outsiders_out()
            kind = small_talk(line)
            reply = direct.pleasantry(kind, request) if kind else direct.no_command(unknown)
            return examples.made_real(request, offers.without_refused(request, reply))

        request = self._request(said.user, [], channel=said.channel)
        return self._guarded(told, request, UNKNOWN)

    def _hello(self, user: str, channel: str) -> Reply | None:
        """Return the hello for somebody; None unless they may look, or while Slack is silent."""

        def greeted(request: Request) -> Reply | None:
            try:
                request.needs_to_be_known()
                request.keep_outsiders_out()
            except Refusal:
                return None
            reply = direct.hello(request)
            return examples.made_real(request, offers.without_refused(request, reply))

        request = self._request(user, [], channel=channel)
        reply, _ = self._guarded(greeted, request, "hello", quiet=True)
        failed = reply is not None and reply.beside
        return None if failed else reply

    # --- how ---

    def _request(self, actor: str, words: list[str], **more: Any) -> Request:
        services = self._services
        return Request(services, self._commands, actor, services.clock.now(), words, **more)

    def _form_request(self, body: Mapping[str, Any], *, submitted: bool) -> Any:
        """Return what a form asks for; if it can't be read, what is wrong by field."""
        view, user = body["view"], body["user"]["id"]

        def read(_: Request) -> Request:
            context = remembered(view)
            return self._request(
                user,
                [],
                named=held(context.pop("team", 0), int) or None,
                values=typed_into(view, submitted=submitted),
                context=context,
            )

        asked, fields = self._request(user, []), _fields_of(view)
        return self._guarded(read, asked, _form_of(view), fields=fields, quiet=True)[0]

    def _carry_out(
        self, subcommand: Subcommand, request: Request, line: str, *, elsewhere: bool = False
    ) -> tuple[Answer, int]:
        """Run a subcommand; return its answer, whatever happens, and the team's id.

        `elsewhere` is whether the actor's workspace is not ours, by what Slack delivered.
        """

        def run(request: Request) -> Answer:
            if elsewhere and subcommand.slow:
                self._keep_strangers_out(request.actor)
            request.keep_outsiders_out(open_to_them=subcommand.of_outsiders)
            if elsewhere and not (subcommand.of_outsiders and request.is_here):
                # Whom Slack says nothing of has passed for a member.
                self._keep_strangers_out(request.actor)
            if subcommand.for_leads:
                request.needs_lead(everywhere=subcommand.everywhere)
            answer = subcommand.run(request)
            if isinstance(answer, Reply) and not answer.in_channel:
                answer = offers.without_refused(request, answer)
                explains = subcommand.name == "help"  # how a command looks, not what to do
                return answer if explains else examples.made_real(request, answer)
            return answer

        what = subcommand.name or "status"  # of `/oncall` alone
        return self._guarded(run, request, what, subcommand=subcommand, line=line)

    def _keep_strangers_out(self, user: str) -> None:
        """Raise Refusal for somebody of another organization; asks Slack who they are."""
        if self._services.directory.profile(user).is_stranger:
            raise Refusal(
                "You are in another workspace, and from there nobody can change anything here. Ask "
                "somebody of the team."
            )

    def _guarded(
        self,
        work: Callable[[Request], Any],
        request: Request,
        what: str,
        *,
        fields: list[str] | None = None,
        subcommand: Subcommand | None = None,
        line: str = "",
        quiet: bool = False,
    ) -> tuple[Any, int]:
        """Return what `work` answers and the team's id (0: none); what goes wrong, in words.

        Of a form, with these `fields`, what was wrong is returned by field.
        """
        answering = Answering(what, request.actor, quiet=quiet)
        try:
            with reading():
                answer = work(request)
                return answer, answering.done(_team_of(request))
        except WhichTeam as question:
            return _which(question, line), answering.done(0, "asked which team")
        except Settled as settled:
            return Reply.of(settled.message, settles=True), answering.done(0, "settled already")
        except Refusal as refusal:
            wrong, said = refusal, examples.made_real(request, refused(refusal, subcommand))
            team = answering.done(_team_of(request), "refused")
        except Exception as error:  # noqa: BLE001 - `failed` logs it
            said, team = sorry(error, answering.failed()), _team_of(request)
            wrong = Refusal(said.paragraphs[0].removeprefix(":x: "))
        if fields is not None:
            return self._by_field(request, wrong, fields), 0
        return said, team

    def _by_field(self, request: Request, refusal: Refusal, fields: list[str]) -> dict[str, str]:
        """Return what was wrong by the field at which it can be shown: plain text, no mrkdwn."""

        def told(message: str) -> str:
            return self._plain("\n".join(examples.made_real(request, Reply.of(message)).paragraphs))

        found = refusal.fields if isinstance(refusal, Wrong) else {refusal.field: worded(refusal)}
        first = fields[0] if fields else ""
        return {
            field if field in fields else first: told(message) for field, message in found.items()
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

    def _later(
        self, work: Callable[[], Any], pool: ThreadPoolExecutor | None = None
    ) -> "Future[Any]":
        future = (pool or self._slow).submit(work)
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

    def _publish(self, args: Args, user: str) -> None:
        """Draw somebody's Home tab; leave what stands there if that goes wrong."""
        view, _ = self._guarded(home.view, self._request(user, []), "home", quiet=True)
        if isinstance(view, Reply):  # what went wrong
            stands = args.body.get("event", {}).get("view") or {}
            if args.body.get("event") is None:
                return
            view = answers.kept(stands, view) if stands.get("blocks") else home.trouble(view)
        if unheard := self._unheard.pop(user, None):
            view = answers.kept(view if isinstance(view, dict) else view.to_dict(), unheard)
        try:
            args.client.views_publish(user_id=user, view=view)
        except SLACK_ERRORS as error:
            log.warning(
                "the Home tab of %s could not be drawn: %s", user, error, extra={"actor": user}
            )


def refused(refusal: Refusal, subcommand: Subcommand | None = None) -> Reply:
    """Return a refusal as an answer, with an example if its own words have none."""
    said = worded(refusal)
    if isinstance(refusal, NothingToDo):
        return Reply.of(f":information_source: {said}", beside=True)
    own_words = said.removesuffix(when.MORE)
    helped = isinstance(refusal, NotAllowed) or f"`{COMMAND}" in own_words
    if subcommand is None or not subcommand.examples[0] or helped:
        return Reply.of(f":x: {said}", beside=True)
    example = f"For example: `{COMMAND} {subcommand.examples[0]}`".rstrip()
    return Reply.of(f":x: {said}\n{example}", beside=True)


def _which(question: WhichTeam, line: str) -> Reply:
    """Return the question which team is meant, with a button for each of the first few."""
    if len(line) > answers.LONGEST_LINE:  # more than a button can carry
        return Reply.of(f":grey_question: {question.message}", beside=True)
    page = 1
    if match := _WHICH.fullmatch(line):  # the button to a page of the question itself
        last = max(-(-len(question.teams) // TEAMS), 1)
        page, line = min(int(match[1]), last), match[2]
    shown = question.teams[(page - 1) * TEAMS : page * TEAMS]
    buttons = [Button(team.name, f"{line} {team_word(team)}".strip()) for team in shown]
    if page > 1:
        buttons.insert(0, Button("‹ Back", f"which {page - 1} {line}".strip()))
    if page * TEAMS < len(question.teams):
        buttons.append(Button("More teams ›", f"which {page + 1} {line}".strip()))
    return Reply.of(f":grey_question: {question.message}", buttons=buttons, beside=True)


def _form_of(view: Mapping[str, Any]) -> str:
    return f"form {view.get('callback_id', '')}".rstrip()


def _fields_of(view: Mapping[str, Any]) -> list[str]:
    return [block["block_id"] for block in view.get("blocks", []) if block["type"] == "input"]


def _team_of(request: Request) -> int:
    try:
        with reading():
            return int(request.team.id)
    except (Refusal, OperationalError):
        return 0


def _elsewhere(body: Mapping[str, Any]) -> bool:
    """Tell whether the one who clicked is at home in another workspace than the app.

    They came in by a shared channel, or they are a colleague: to an Enterprise organization Slack
    delivers the same workspace of a person wherever they click.
    https://github.com/slackapi/bolt-js/issues/1875
    """
    theirs = body.get("user", {}).get("team_id")
    # Of a form `team` is the user's own; ours is where the app is installed.
    ours = body.get("view", {}).get("app_installed_team_id") or (body.get("team") or {}).get("id")
    return bool(theirs and ours) and theirs != ours
