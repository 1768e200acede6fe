"""A single live check, and how to add one.

It is a function `run(context) -> Answer`, and a `LiveCheck` that says what the answer means. To add
one:

1. Write `_my_question(context: Context) -> Answer` in a file of this package, beside its kind. Ask
   through the context: `context.call` and `context.refused` for Slack's Web API, `context.post` for
   a message that is removed afterwards, `context.twilio` for Twilio's API, `context.pause` to wait.
   Return `yes("what was seen")` or `no("…")`. Raise `Skip("why")` where the question can't be
   asked here. Any other exception is reported as "could not be run".
2. Remove everything that you make: call `context.later("a post in the channel", undo)` right after
   making it. `undo` runs when the check ends, even if it fails or somebody presses Ctrl-C. If
   something can't be removed, call `context.leaves("a text on the phone")`.
3. `seen` goes into a report that people attach to bug reports, so it has counts, seconds and codes,
   but never a name, number, id or text that somebody wrote. Hide those by `context.hide(value)`.
4. Add a `LiveCheck` to its tuple. If sandbox/truths.py has a field for the question, `key` is
   its name and `believed` is what its default means. `needs` are its requirements: without them it
   is skipped. A new kind of need is a line in `Need` and in `Context.lacks`.
5. Add the tuple of a new file to `LIVE_CHECKS` in live_checks.py. Run `python -m bot.live.docs` to
   write the table in docs/real-world.md. Run the check on the sandbox in
   tests/stories/test_live_*.py, with both answers if there is a field for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bot.live.context import Context

Says = Literal["yes", "no", "skipped", "broke"]


class Need(Enum):
    """A requirement of a check: how to meet it, and why the check is skipped without it."""

    CHANNEL = ("'#channel'", "no channel was given")
    PERSON = ("somebody in Slack", "nobody in Slack did what was asked")
    DEACTIVATED = ("--deactivated U…", "no deactivated account was given")
    PRIVATE = ("--private C…", "no private channel was given")
    EDIT_WINDOW = ("--edit-window", "nobody said that the workspace limits editing to a minute")
    PHONE = ("--sms-to +1…", "no phone was given")
    TEXTER = ("--sms-to +1…, somebody at that phone", "nobody texted what was asked")
    SERVICE = ("TWILIO_MESSAGING_SERVICE_SID", "no messaging service is set")
    COSTLY = ("--costly", "it is slow, or uses up a limit")

    @property
    def given_by(self) -> str:
        """What to type, or the person needed."""
        return self.value[0]

    @property
    def missing(self) -> str:
        """Why a check is skipped, with what to type."""
        return f"{self.value[1]} ({self.value[0]})"


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a check. `seen` goes into a report: no names, numbers or ids."""

    says: Says
    seen: str = ""


class Skip(Exception):
    """A check can't run here; the message says why."""


@dataclass(frozen=True, slots=True)
class LiveCheck:
    """One question, and what its answer means for the setup.

    `source` is a public address and what was read there; `believed` is the likely answer;
    `either_way` is what the bot does so that both answers are fine. `run` may take `within`
    seconds, not counting the time in which a person is asked to do something. `texts` is how many
    texts it sends beyond the one that all checks share.
    """

    key: str
    provider: Literal["Slack", "Twilio"]
    question: str
    believed: bool
    source: str
    if_yes: str
    if_no: str
    either_way: str
    run: Callable[["Context"], Answer]
    needs: tuple[Need, ...] = ()
    within: float = 60.0
    texts: int = 0


def yes(seen: str = "") -> Answer:
    """Return the answer yes."""
    return Answer("yes", seen)


def no(seen: str = "") -> Answer:
    """Return the answer no."""
    return Answer("no", seen)


def answered(holds: bool, seen: str = "") -> Answer:
    """Return yes if it holds, no if it doesn't."""
    return Answer("yes" if holds else "no", seen)
