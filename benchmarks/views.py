"""Opening the biggest form, and rendering an admin's Home tab, for a team of 50.

The floor is a bare Bolt app with Bolt's defaults that acknowledges and then opens or publishes the
view that ours just did, from a constant. As in `command`, another bare app runs its listener
before the response. Each is a process with a sandbox of its own.

A form's round trip ends when it is there and the command is acknowledged, for which Bolt looks
every 10 ms by default. That is not what the person waits for, so it is there a second time:
until the form is there. A Home tab's event is acknowledged by Bolt itself, at once.
"""

import gc
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from statistics import mean
from time import perf_counter

from benchmarks.command import compared
from benchmarks.measuring import Measured, Result, seconds, side_by_side
from benchmarks.processes import BARE_BOT, OUR_BOT, Workplace, workplace

ROUNDS, CALLS = 25, 10
FORM = "/oncall override"  # of all forms the longest: a choice of all members, and of 95 shifts


def run() -> Result:
    """Compare our bot with both bare ones, each on a large team's sandbox."""
    with ExitStack() as stack:
        ours = stack.enter_context(_window(OUR_BOT))
        ours.opens_form()
        ours.opens_home()
        settings = {"FORM": ours.last("views.open"), "HOME_TAB": ours.last("views.publish")}
        windows = [
            ours,
            stack.enter_context(_window(BARE_BOT, **settings)),
            stack.enter_context(_window((*BARE_BOT, "at-once"), **settings)),
        ]
        whole = side_by_side(ROUNDS, *(_measuring(window.asks_for_form) for window in windows))
        form = side_by_side(ROUNDS, *(_measuring(window.opens_form) for window in windows))
        home = side_by_side(ROUNDS, *(_measuring(window.opens_home) for window in windows))
    return Result(
        [
            *compared(f"{FORM}, its form, over Socket Mode", whole, 1.0),
            *compared("the same, only until the form is there", form, None),
            *compared("an admin's Home tab, over Socket Mode", home, 1.0),
        ]
    )


class Window:
    """What Alice does, and sees, at one workplace; each returns how long it took."""

    def __init__(self, place: Workplace, hands: ThreadPoolExecutor) -> None:
        self._place = place
        self._hands = hands

    def asks_for_form(self) -> float:
        """Type the command, and wait for the form and for the acknowledgement."""
        return seconds(lambda: self._place.alice.runs(FORM, self._place.channel))

    def opens_form(self) -> float:
        """Type the command, and wait until another form is there than before."""
        return self._until_new(
            lambda: self._place.alice.runs(FORM, self._place.channel), self._form
        )

    def opens_home(self) -> float:
        """Open the Home tab, and wait until it's rendered."""
        return self._until_new(self._place.alice.slack.opens_home, self._home)

    def last(self, method: str) -> str:
        """Return the view that Slack was given last by a method, as JSON."""
        return json.dumps(self._place.slack.calls(method)[-1].parameters["view"])

    def _until_new(self, act: Callable[[], object], seen: Callable[[], str | None]) -> float:
        before = seen()
        began = perf_counter()
        done = self._hands.submit(act)
        self._place.slack.until(lambda: seen() != before)
        took = perf_counter() - began
        done.result()  # what follows begins when all of this has ended
        return took

    def _form(self) -> str | None:
        views = self._place.slack.memory.modals.get(self._place.alice.id)
        return views[-1].hash if views else None

    def _home(self) -> str | None:
        view = self._place.slack.memory.homes.get(self._place.alice.id)
        return view.hash if view else None


@contextmanager
def _window(program: tuple[str, ...], **settings: str) -> Iterator[Window]:
    """Start a bot on a large team's sandbox, and yield Alice's window."""
    with (
        workplace(large=True) as place,
        ThreadPoolExecutor(1) as hands,
        place.bot(*program, **settings),
    ):
        yield Window(place, hands)


def _measuring(act: Callable[[], float]) -> Measured:
    def measured() -> float:
        gc.collect()
        return mean(act() for _ in range(CALLS))

    return measured
