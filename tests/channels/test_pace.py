"""How fast texts are sent, and how long each waits its turn."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.channels.pace import AT_ONCE, LONGEST_WAIT, Queue, takes
from scheduling.channels.twilio import senders
from tests.builders import NOW

SECOND = timedelta(seconds=1)
texts = st.lists(st.tuples(st.integers(1, 5), st.integers(-120, 120)), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("numbers", "a_second"),
    [
        ([], 1),
        (["+13125550199"], 1),
        (["+13125550199", "+13125550198"], 2),
        (["+18885550199"], 3),
        (["+447700900123"], 10),
        (["55512"], 100),
    ],
)
def test_the_pace_is_that_of_all_senders(numbers: list[str], a_second: float) -> None:
    assert senders.pace(numbers) == a_second


def test_a_lone_text_leaves_at_once() -> None:
    assert Queue().add(2, 1, NOW) == timedelta()


def test_the_last_of_300_leaves_when_all_before_it_have() -> None:
    queue = Queue()
    waits = [queue.add(1, 1, NOW) for _ in range(300)]
    assert waits[-1] == 299 * SECOND
    assert queue.add(1, 1, NOW + 300 * SECOND) == timedelta()
    assert AT_ONCE < waits[-1] < LONGEST_WAIT


@given(texts, st.sampled_from([1.0, 3.0, 10.0, 100.0]))
def test_nothing_waits_longer_than_all_before_it_takes(
    sent: list[tuple[int, int]], a_second: float
) -> None:
    """Whatever the clock does: a step of it never makes the queue longer than it is."""
    queue, now, before = Queue(), NOW, 0
    for segments, step in sent:
        now += step * SECOND
        waits = queue.add(segments, a_second, now)
        # Each text of before is rounded to a microsecond, their sum is once.
        at_most = takes(before, a_second) + len(sent) * timedelta.resolution
        assert timedelta() <= waits <= min(at_most, LONGEST_WAIT)
        before += segments
