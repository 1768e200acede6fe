"""Runs the trials one after another: each guarded and limited in time, and cleaned up after."""

import queue
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from bot.live.context import Context, named
from bot.live.trial import Answer, Need, Skip, Trial
from scheduling.channels import DeliveryError

# Things asked of a person in one trial, at most.
ASKED_AT_MOST = 4
LEAVES_WITHIN = 1.0  # seconds
# Seconds without a word, where nobody is asked for anything, until we say how far we are.
SILENT_AT_MOST = 20.0
SIGNS = (signal.SIGTERM, signal.SIGHUP)


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
    trials: Iterable[Trial],
    context: Context,
    found: Callable[[Finding], None],
    *,
    silent_at_most: float = SILENT_AT_MOST,
) -> list[Finding]:
    """Make the trials, tell each finding, and return all; Ctrl-C ends it with those so far.

    Whatever happens, what the trials made is removed. Only for the main thread.
    """
    findings: list[Finding] = []
    with _signals_end_it():
        _make(trials, context, found, findings, silent_at_most)
    return findings


def _make(
    trials: Iterable[Trial],
    context: Context,
    found: Callable[[Finding], None],
    findings: list[Finding],
    silent_at_most: float,
) -> None:
    try:
        for trial in trials:
            try:
                answer = _made(trial, context, silent_at_most)
            finally:
                with _undisturbed(context):
                    context.clean_up()
            findings.append(Finding(trial, answer))
            found(findings[-1])
    except KeyboardInterrupt:
        all_gone = "Everything the trials made has been removed."
        context.tell(f"Stopped. {'What can be removed, is.' if context.left else all_gone}")
    finally:
        with suppress(KeyboardInterrupt), _undisturbed(context):
            context.close()


@contextmanager
def _undisturbed(context: Context) -> Iterator[None]:
    """Put a signal off until what was posted is removed; then raise KeyboardInterrupt."""
    came: list[int] = []

    def put_off(sign: int, _: object) -> None:
        if not came:
            context.tell("Removing what the trials posted…")
        came.append(sign)

    before = {sign: signal.signal(sign, put_off) for sign in (signal.SIGINT, *SIGNS)}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
    if came:
        raise KeyboardInterrupt


@contextmanager
def _signals_end_it() -> Iterator[None]:
    """Let SIGTERM and a closed terminal do what Ctrl-C does."""
    before = {sign: signal.signal(sign, signal.default_int_handler) for sign in SIGNS}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _made(trial: Trial, context: Context, silent_at_most: float) -> Answer:
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
        began = time.monotonic()
        while (left := began + limit - time.monotonic()) > 0:
            with suppress(queue.Empty):
                return answers.get(timeout=min(left, silent_at_most))
            now = time.monotonic()
            if left > silent_at_most and now >= context.busy_until:
                lasted = f"{now - began:.0f} s of at most {limit:g} s"
                context.tell(f"… {trial.provider}: {trial.question} ({lasted})")
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
