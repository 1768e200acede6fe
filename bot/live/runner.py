"""Runs the trials one after another: each guarded and limited in time, and cleaned up after."""

import queue
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.live.context import Context, named
from bot.live.trial import Answer, Need, Skip, Trial
from scheduling.channels import DeliveryError

# Things asked of a person in one trial, at most.
ASKED_AT_MOST = 4
LEAVES_WITHIN = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Finding:
    """A trial, and what came of it."""

    trial: Trial
    answer: Answer

    @property
    def is_new(self) -> bool:
        """Whether the answer is another one than the bot's authors believe."""
        return self.answer.says in ("yes", "no") and self.trial.believed != (
            self.answer.says == "yes"
        )

    @property
    def means(self) -> str:
        """What the answer means for this set-up; empty where there is none."""
        return {"yes": self.trial.if_yes, "no": self.trial.if_no}.get(self.answer.says, "")


def run(
    trials: Iterable[Trial], context: Context, found: Callable[[Finding], None]
) -> list[Finding]:
    """Make the trials, tell each finding, and return all; Ctrl-C ends it with those so far.

    Whatever happens, what the trials made is removed. Only for the main thread.
    """
    findings: list[Finding] = []
    with _signals_end_it():
        _make(trials, context, found, findings)
    return findings


def _make(
    trials: Iterable[Trial],
    context: Context,
    found: Callable[[Finding], None],
    findings: list[Finding],
) -> None:
    try:
        for trial in trials:
            try:
                answer = _made(trial, context)
            finally:
                context.clean_up()
            findings.append(Finding(trial, answer))
            found(findings[-1])
    except KeyboardInterrupt:
        context.tell("Stopped. Everything the trials made has been removed.")
    finally:
        context.close()


@contextmanager
def _signals_end_it() -> Iterator[None]:
    """Let SIGTERM and a closed terminal do what Ctrl-C does."""
    signs = (signal.SIGTERM, signal.SIGHUP)
    before = {sign: signal.signal(sign, signal.default_int_handler) for sign in signs}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _made(trial: Trial, context: Context) -> Answer:
    for need in trial.needs:
        if missing := context.lacks(need):
            return Answer("skipped", missing)
    asks = Need.PERSON in trial.needs or Need.TEXTER in trial.needs
    limit = trial.within + (ASKED_AT_MOST * context.options.patience if asks else 0)
    answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
    # A thread of its own, which can be left behind: a call that hangs must not stop the rest.
    thread = threading.Thread(
        target=lambda: answers.put(_guarded(trial, context)), name="live-trial", daemon=True
    )
    thread.start()
    try:
        return answers.get(timeout=limit)
    except queue.Empty:
        return Answer("broke", f"took longer than {limit:g} s")
    finally:
        context.gives_up(thread)
        thread.join(LEAVES_WITHIN)  # a post under way is known then, and can be removed


def _guarded(trial: Trial, context: Context) -> Answer:
    try:
        return trial.run(context)
    except Skip as skip:
        return Answer("skipped", str(skip))
    except DeliveryError as error:
        return Answer("broke", f"refused with {error.code}")
    except Exception as error:  # noqa: BLE001 - one trial that fails must not end the others
        return Answer("broke", named(error))
