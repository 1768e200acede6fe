"""The budget of post edits: Slack's limit is kept, and no edit waits forever."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduling.delivery.edit_budget import Budget, Waiting, in_order
from scheduling.delivery.policy import EDITS
from tests.builders import NOW

SECOND = timedelta(seconds=1)
seconds = st.integers(0, 600)
waiting = st.lists(st.tuples(st.booleans(), seconds, seconds), max_size=120).map(
    lambda rows: [
        Waiting(number, urgent, NOW - posted * SECOND, NOW - since * SECOND)
        for number, (urgent, posted, since) in enumerate(rows)
    ]
)


@given(waiting)
def test_each_post_has_one_turn(posts: list[Waiting]) -> None:
    assert sorted(in_order(posts), key=lambda one: one.id) == posts


@given(waiting)
def test_urgent_posts_come_first_then_the_newest(posts: list[Waiting]) -> None:
    found = in_order(posts)
    first = [one for place, one in enumerate(found) if place % EDITS.fair != EDITS.fair - 1]

    assert [one.urgent for one in first] == sorted((one.urgent for one in first), reverse=True)
    for urgent in (True, False):
        posted = [one.posted for one in first if one.urgent == urgent]
        assert posted == sorted(posted, reverse=True)


@given(waiting.filter(bool))
def test_whatever_has_waited_longest_is_soon_next(posts: list[Waiting]) -> None:
    longest = min(one.since for one in posts)
    assert longest in [one.since for one in in_order(posts)[: EDITS.fair]]


@given(st.lists(st.tuples(st.booleans(), st.integers(-90, 90)), max_size=300))
def test_slack_never_gets_more_edits_a_minute_than_it_takes(
    steps: list[tuple[bool, int]],
) -> None:
    """The clock may be set back: then what was taken counts as if it were of now."""
    budget, now, passed = Budget(), NOW, timedelta()
    taken: list[timedelta] = []  # by seconds that really pass
    for urgent, step in steps:
        now += step * SECOND
        passed += max(step, 0) * SECOND
        room = budget.room(now, urgent=urgent)
        assert budget.take(now, urgent=urgent) == room
        if room:
            taken.append(passed)
        assert sum(passed - at < EDITS.minute for at in taken) <= EDITS.per_minute


def test_the_last_few_edits_of_a_minute_are_for_what_is_urgent() -> None:
    budget = Budget()
    ordinary = sum(budget.take(NOW, urgent=False) for _ in range(EDITS.per_minute))
    urgent = sum(budget.take(NOW, urgent=True) for _ in range(EDITS.per_minute))

    assert (ordinary, urgent) == (EDITS.per_minute - EDITS.kept_for_urgent, EDITS.kept_for_urgent)
    assert budget.opens(NOW) == NOW + EDITS.minute
    assert budget.take(NOW + EDITS.minute, urgent=False)


@given(st.none() | st.integers(0, 4000))
def test_a_rate_limit_holds_back_all_until_it_is_over(wait: int | None) -> None:
    budget = Budget()
    budget.pause(NOW, wait)
    opens = NOW + min(EDITS.unsaid_pause if wait is None else wait * SECOND, EDITS.longest_pause)

    assert budget.opens(NOW) == opens
    assert budget.room(opens, urgent=False)
    if opens > NOW:
        assert not budget.take(opens - SECOND, urgent=True)


def test_a_pause_that_a_clock_ahead_noted_down_is_not_waited_for() -> None:
    budget = Budget()
    budget.pause(NOW + timedelta(days=1), 60)

    assert budget.room(NOW, urgent=False)
