"""The steps at which the process can be killed, and how it learns which one."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

# The environment variable that names the file with the order to die.
ORDER = "CHAOS_ORDER"


class Step(StrEnum):
    """A step of the morning's work. The words are those of the table."""

    BEFORE_PLAN = "before the plan"
    WITHIN_PLAN = "at the plan's commit"
    AFTER_PLAN = "after the plan"
    BEFORE_CLAIM = "before the claim"
    WITHIN_CLAIM = "at the claim's commit"
    AFTER_CLAIM = "after the claim"
    SMS_LEAVES = "as the call leaves"
    SMS_ARRIVES = "during the call"
    SMS_TAKEN = "after acceptance"
    BEFORE_RECORD = "before the record"
    WITHIN_RECORD = "at the record's commit"
    AFTER_RECORD = "after the record"
    SMS_THEN_POST = "between SMS and post"
    POST_THEN_SMS = "between post and SMS"
    POST_LEAVES = "as the post leaves"
    POST_ARRIVES = "during the post"
    POST_TAKEN = "after the post was taken"
    BEFORE_RECEIPT = "before the receipt"
    ANY_STATEMENT = "at any statement"
    ANY_MOMENT = "at any moment"


def full_disk(order: Path) -> Path:
    """Return the file whose being there says that nothing can be written, beside that of orders."""
    return order.with_name("full")


def wrong_clock(order: Path) -> Path:
    """Return the file that says what is wrong with the machine's clock: nothing if it's not there.

    It holds the seconds by which the clock is ahead, or the instant at which it has stopped.
    """
    return order.with_name("clock")


@dataclass(frozen=True, slots=True)
class Order:
    """Die at a step, the `nth` time that it comes; `run` tells one order from the next.

    With `fill` the process lives, and from then on its disk is full.
    """

    step: Step
    nth: int
    run: int
    fill: bool = False

    def write(self, file: Path) -> None:
        """Put the order where the process looks, all at once because it may look at any time."""
        draft = file.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.replace(file)

    @classmethod
    def read(cls, file: Path) -> Self | None:
        """Return the order in force, None if there is none."""
        try:
            stored = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return cls(Step(stored["step"]), stored["nth"], stored["run"], stored["fill"])
