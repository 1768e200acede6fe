"""Modals that ask for a decision: Confirm submits them, Cancel closes them."""

import threading
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from slack_bolt import Args

from bot.slack import answers
from bot.slack.blocks import Button, Decision, Reply
from bot.slack.clicks import Click, Clicks, Decided
from bot.slack.forms import PATIENCE, WORKING, Form, held, remembered
from bot.slack.home_tab import HomeTab
from bot.slack.recent import Recent
from bot.slack.refused import refused
from bot.slack.ways_back import Asked, WaysBack
from bot.slack.workers import Workers
from scheduling.errors import Refusal
from scheduling.words import buttons


class Decisions:
    """Answers decisions made in modals, each once."""

    def __init__(self, clicks: Clicks, workers: Workers, ways: WaysBack, home: HomeTab) -> None:
        self._clicks = clicks
        self._workers = workers
        self._ways = ways
        self._home = home
        # By Slack's delivery, and by the modal and its version.
        self._made: Recent[Future[Decided]] = Recent()
        self._lock = threading.Lock()

    def sent(self, args: Args) -> None:
        """Answer a Confirm with its acknowledgement, or soon after it."""
        view = args.body["view"]
        try:
            click = Click.of(args.body, _line(view, "yes"))
        except Refusal as refusal:  # a modal from another version
            args.ack(response_action="update", view=answers.view(refused(refusal), 0))
            return
        made, again = self._decide(args, click)
        try:
            decided = made.result(timeout=PATIENCE)
        except TimeoutError:
            args.ack(response_action="update", view=WORKING)
            if not again:
                self._workers.after(made, partial(self._follow_up, args, click, made))
        else:
            args.ack(response_action="update", view=_shown(view, decided))
        if not again:
            self._workers.after(made, partial(self._home.publish, args, click.user))

    def closed(self, args: Args) -> None:
        """Treat a closed modal as Cancel. There is nothing left to show an answer in."""
        args.ack()
        with suppress(Refusal):
            click = Click.of(args.body, _line(args.body["view"], "no"))
            done = self._clicks.decide(args, click)
            self._workers.after(done, partial(self._home.publish, args, click.user))

    def _decide(self, args: Args, click: Click) -> "tuple[Future[Decided], bool]":
        """Carry out a decision; return its answer, and whether it was already under way.

        Slack may deliver a decision twice, and people press a button again that seems to do
        nothing. After a refusal they can decide again.
        """
        view = args.body["view"]
        keys = (str(args.body.get("trigger_id")), f"{view['id']} {view.get('hash')}")
        with self._lock:
            delivered, before = (self._made.get(key) for key in keys)
            if delivered is not None:
                return delivered, True
            if before is not None and not (before.done() and before.result().beside):
                return before, True
            made = self._clicks.decide(args, click)
            for key in keys:
                self._made[key] = made
            return made, False

    def _follow_up(self, args: Args, click: Click, made: "Future[Decided]") -> None:
        """Replace "One moment…" by the answer; if that fails, send it as a direct message."""
        view, decided = args.body["view"], made.result()
        if answers.update_view(args, view["id"], _shown(view, decided)) != "lost":
            return
        answer = decided.answer
        if isinstance(answer, Form):
            answer = answers.form_offered("", follows=True)
        elif decided.beside:
            answer = replace(answer, decision=_asked(view, click))
        self._ways.write(Asked(args, answer, decided.team))


def _line(view: Mapping[str, Any], which: str) -> str:
    """Return the line of a modal's submit ('yes') or close ('no'). Raises Refusal."""
    return held(remembered(view)[which], str)


def _shown(view: Mapping[str, Any], decided: Decided) -> dict[str, Any]:
    """Return the modal with the answer to a decision."""
    if isinstance(decided.answer, Reply) and decided.beside:
        return answers.kept(view, decided.answer, decided.team)
    return answers.view(decided.answer, decided.team)


def _asked(view: Mapping[str, Any], click: Click) -> Decision:
    """Return a modal's question as the buttons of a message."""
    _, no = buttons.read(_line(view, "no"))
    return Decision(
        Button(view["submit"]["text"], click.line, "primary"), Button(view["close"]["text"], no)
    )
