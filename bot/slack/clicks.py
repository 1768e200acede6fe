"""Clicks on our buttons: each does the same as a line that one could type."""

import threading
from collections.abc import Mapping
from concurrent.futures import Future, wait
from contextlib import suppress
from functools import partial
from typing import Any, Literal, NamedTuple, cast

from slack_bolt import Args

from bot.slack import answers, direct
from bot.slack.answered import Answering
from bot.slack.blocks import Reply
from bot.slack.command import Answer
from bot.slack.forms import Form, remembered, typed_into
from bot.slack.guard import UNKNOWN, Guard, is_elsewhere
from bot.slack.home_tab import HomeTab
from bot.slack.recent import Recent
from bot.slack.refused import refused
from bot.slack.ways_back import Asked, WaysBack
from bot.slack.workers import Workers
from scheduling.errors import Refusal
from scheduling.words import buttons

# Seconds that a click waits for the answer to the one before it.
ANSWERED_WITHIN = 15


class Click(NamedTuple):
    """A click on one of our buttons: the `line` that it runs, and the `place` of the button.

    A click in a message has a channel, one in a modal or in the Home tab a view. Of a message that
    only one person sees, we can't tell whether it was in our `direct` messages.
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
    def of(cls, body: Mapping[str, Any], value: str) -> "Click":
        """Return a click as Slack delivers it; `value` is what the button carries."""
        team, line = buttons.read(value)
        container, view = body.get("container", {}), body.get("view")
        channel = body.get("channel", {}).get("id")
        kind: Any = "message" if view is None else view["type"]
        return cls(
            user=body["user"]["id"],
            line=line,
            team=team,
            place=str(
                container.get("message_ts") or container.get("view_id") or (view or {})["id"]
            ),
            kind=kind if kind in ("message", "modal") else "home",
            channel=channel,
            ours=bool(container.get("is_ephemeral")) or str(channel).startswith("D"),
            direct=str(channel).startswith("D") and not container.get("is_ephemeral"),
            view=view,
        )

    @property
    def same(self) -> str:
        """A key that is the same for both clicks of a double click."""
        return f"{self.user} {self.place} {self.team} {self.line}"

    @property
    def after(self) -> str:
        """A key by which clicks are answered in order: the same for a message, or a modal."""
        return self.same if self.kind == "home" else f"{self.user} {self.place}"

    @property
    def filled_in(self) -> dict[str, Mapping[str, Any]]:
        """The values of the fields beside it, and their form's context; empty outside forms."""
        if self.kind != "modal" or self.view is None:
            return {}
        with suppress(Refusal):  # from another version, or forged: treated as empty
            values = typed_into(self.view, submitted=False)
            return {"values": dict(values), "context": dict(remembered(self.view))}
        return {}


class Decided(NamedTuple):
    """The answer to a decision, and the team's id."""

    answer: Answer
    team: int

    @property
    def beside(self) -> bool:
        """Whether the question stays open, so that it can be decided again."""
        return isinstance(self.answer, Reply) and self.answer.beside


class Clicks:
    """Answers clicks; those on the same message or modal in order."""

    def __init__(self, guard: Guard, workers: Workers, ways: WaysBack, home: HomeTab) -> None:
        self._guard = guard
        self._workers = workers
        self._ways = ways
        self._home = home
        self._clicked: set[str] = set()  # clicks being answered, by `same`
        self._answering: Recent[Future[Any]] = Recent()  # the latest answer, by `after`
        self._settled: Recent[None] = Recent()  # places that already say how a change ended
        self._done: Recent[None] = Recent()  # clicks on buttons that work once
        # The latest click by `after`: an older answer that comes late must not replace its answer.
        self._latest: Recent[Click] = Recent()
        self._lock = threading.Lock()

    def take(self, args: Args, click: Click) -> None:
        """Answer a click, but not the second half of a double click.

        The first click is still being answered then. After that, the button can be pressed again.
        """
        with self._lock:
            if click.same in self._clicked:
                return
            self._clicked.add(click.same)
            before = self._answering.get(click.after)
            self._latest[click.after] = click
            answered = self._workers.later(partial(self._on_button, args, click, before))
            self._answering[click.after] = answered
        if click.view is not None:
            self._workers.after(answered, partial(self._home.publish, args, click.user))

    def decide(self, args: Args, click: Click) -> "Future[Decided]":
        """Run the line of a modal's submit or close, after the clicks in it."""
        with self._lock:
            before = self._answering.get(click.after)
            answered = self._workers.later(partial(self._decided, args, click, before))
            self._answering[click.after] = answered
        return answered

    def _decided(self, args: Args, click: Click, before: "Future[Any] | None") -> Decided:
        if before is not None:
            wait([before], ANSWERED_WITHIN)
        return Decided(*self._run(click, elsewhere=is_elsewhere(args.body)))

    def _on_button(self, args: Args, click: Click, before: "Future[Any] | None") -> None:
        """Run a button's line, and answer."""
        try:
            if before is not None:
                wait([before], ANSWERED_WITHIN)
            answer, team = self._run(click, elsewhere=is_elsewhere(args.body))
        finally:
            self._clicked.discard(click.same)
        settles = isinstance(answer, Reply) and answer.settles
        # An answer that already says how a change ended isn't replaced.
        beside = isinstance(answer, Reply) and (
            answer.beside or (settles and click.place in self._settled)
        )

        def arrived() -> None:
            if settles:
                self._settled[click.place] = None
            if not beside:
                self._done[click.same] = None

        if click.view is None:
            self._ways.show(
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

    def _show(self, args: Args, click: Click, answer: Answer, team: int, *, beside: bool) -> bool:
        """Answer a click in a modal or in Home with a modal; return whether it is shown.

        If it isn't, the user gets the answer as a direct message, or in their Home tab next time.
        """
        shown = answers.view(answer, team)
        view = cast("Mapping[str, Any]", click.view)
        if click.kind == "home":
            there = answers.open_view(args, shown)
        else:
            if beside:
                shown = answers.kept(view, cast(Reply, answer), team)
            there = answers.update_view(args, view["id"], shown) != "lost"
        if not there:
            form = isinstance(answer, Form)
            reply = answers.form_offered(click.line) if form else cast(Reply, answer)
            self._ways.write(Asked(args, reply, team))
        return there

    def _run(self, click: Click, *, elsewhere: bool) -> tuple[Answer, int]:
        try:
            subcommand, words, named = self._guard.commands.find(click.line)
        except Refusal as refusal:  # a button from an older version
            return refused(refusal), Answering(UNKNOWN, click.user).done(click.team, "refused")
        if subcommand.once and click.same in self._done:
            done = ":white_check_mark: That’s already done. Nothing was done twice."
            team = Answering(subcommand.name, click.user).done(click.team, "done already")
            return Reply.of(done, beside=True), team
        request = self._guard.request(
            click.user,
            words,
            channel=click.channel,
            named=named or click.team or None,
            **click.filled_in,
        )

        def shown(answer: Answer) -> Answer:
            if click.direct and isinstance(answer, Reply):
                return direct.for_one(answer)
            return answer

        return self._guard.carry_out(
            subcommand, request, click.line, elsewhere=elsewhere, shown=shown
        )
