"""Runs the checks one after another: each is guarded, has a time limit, and is cleaned up."""

import queue
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from bot.live.context import Context, named
from bot.live.live_check import Answer, LiveCheck, Need, Skip
from scheduling.channels import DeliveryError

# The most things asked of a person in one check.
ASKED_AT_MOST = 4
LEAVES_WITHIN = 1.0  # seconds
# Seconds of silence, while nobody is asked for anything, until we say how far we are.
SILENT_AT_MOST = 20.0
SIGNS = (signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Finding:
    """A check and its answer."""

    check: LiveCheck
    answer: Answer

    @property
    def is_new(self) -> bool:
        """Whether the answer isn't the one that the bot's authors expect."""
        return self.answer.says in ("yes", "no") and self.check.believed != (
            self.answer.says == "yes"
        )

    @property
    def means(self) -> str:
        """What the answer means for this setup; empty without an answer."""
        return {"yes": self.check.if_yes, "no": self.check.if_no}.get(self.answer.says, "")


def run(
    checks: Iterable[LiveCheck],
    context: Context,
    found: Callable[[Finding], None],
    *,
    silent_at_most: float = SILENT_AT_MOST,
) -> list[Finding]:
    """Run the checks, report each finding, and return all; Ctrl-C ends it with those so far.

    Whatever happens, everything that the checks made is removed. Only for the main thread.
    """
    findings: list[Finding] = []
    with _signals_end_it():
        _make(checks, context, found, findings, silent_at_most)
    return findings


def _make(
    checks: Iterable[LiveCheck],
    context: Context,
    found: Callable[[Finding], None],
    findings: list[Finding],
    silent_at_most: float,
) -> None:
    try:
        for check in checks:
            try:
                answer = _made(check, context, silent_at_most)
            finally:
                with _undisturbed(context):
                    context.clean_up()
            findings.append(Finding(check, answer))
            found(findings[-1])
    except KeyboardInterrupt:
        all_gone = "Everything the checks made has been removed."
        context.tell(f"Stopped. {'I removed what I could.' if context.left else all_gone}")
    finally:
        with suppress(KeyboardInterrupt), _undisturbed(context):
            context.close()


@contextmanager
def _undisturbed(context: Context) -> Iterator[None]:
    """Delay a signal until the posts are removed; then raise KeyboardInterrupt."""
    came: list[int] = []

    def put_off(sign: int, _: object) -> None:
        if not came:
            context.tell("Removing what the checks posted…")
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
    """Treat SIGTERM and a closed terminal like Ctrl-C."""
    before = {sign: signal.signal(sign, signal.default_int_handler) for sign in SIGNS}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _made(check: LiveCheck, context: Context, silent_at_most: float) -> Answer:
    for need in check.needs:
        if missing := context.lacks(need):
            return Answer("skipped", missing)
    asks = Need.PERSON in check.needs or Need.TEXTER in check.needs
    limit = check.within + (ASKED_AT_MOST * context.options.patience if asks else 0)
    answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
    # In a thread that can be abandoned, so that a call that hangs doesn't stop the rest.
    thread = threading.Thread(
        target=lambda: answers.put(_guarded(check, context)), name="live-check", daemon=True
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
                context.tell(f"… {check.provider}: {check.question} ({lasted})")
        return Answer("broke", f"took longer than {limit:g} s")
    finally:
        context.gives_up(thread)
        thread.join(LEAVES_WITHIN)  # so that a post under way is known, and can be removed


def _guarded(check: LiveCheck, context: Context) -> Answer:
    try:
        return check.run(context)
    except Skip as skip:
        return Answer("skipped", str(skip))
    except DeliveryError as error:
        return Answer("broke", f"refused with {error.code}")
    except Exception as error:  # noqa: BLE001 - one check that fails must not end the others
        return Answer("broke", named(error))
