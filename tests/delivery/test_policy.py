"""Every duration of delivery is in its policy, and is worded from there."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from scheduling.delivery import policy
from scheduling.delivery.timetable import each, every, lasting
from scheduling.words.wording import how_often

DELIVERY = Path(policy.__file__).parent


def durations(module: Path) -> Iterator[int]:
    """Yield the lines on which a duration is written out: a timedelta of nothing but numbers."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("timedelta"):
            given = [*node.args, *(one.value for one in node.keywords)]
            if given and all(isinstance(one, ast.Constant) for one in given):
                yield node.lineno


def test_no_duration_stands_outside_the_policy() -> None:
    found = {
        f"{module.name}:{line}"
        for module in DELIVERY.glob("*.py")
        if module.name not in ("policy.py", "timetable.py")
        for line in durations(module)
    }

    assert found == set()


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(minutes=5), "5 minutes"),
        (timedelta(hours=24), "1 day"),
        (timedelta(seconds=90), "90 seconds"),
    ],
)
def test_a_length_of_time_is_said_in_its_largest_unit(length: timedelta, words: str) -> None:
    assert lasting(length) == words


def test_lengths_of_one_unit_share_its_name() -> None:
    minutes = (timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=5))

    assert each(minutes) == "1, 2 and 5 minutes"
    assert each((timedelta(minutes=10), timedelta(hours=1))) == "10 minutes and 1 hour"
    assert every(timedelta(hours=1)) == "every hour"


def test_how_often_is_said_in_words() -> None:
    assert [how_often(number) for number in (1, 2, 3, 12)] == [
        "once",
        "twice",
        "three times",
        "12 times",
    ]
