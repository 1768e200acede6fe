"""The timeline: overrides laid over assignments."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from scheduling.rota.timeline import Segment, moves, on_call_periods, segments

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
ALICE, BOB, CAROL = 1, 2, 3


class Assignment(NamedTuple):
    """As little as the timeline needs to know."""

    id: int
    member: int
    number: int
    start: datetime
    end: datetime


class Override(NamedTuple):
    """As little as the timeline needs to know."""

    id: int
    member: int
    start: datetime
    end: datetime
    reason: str | None = None


def at(hour: int) -> datetime:
    return MIDNIGHT + timedelta(hours=hour)


def work(member: int, start: int, end: int, number: int = 1) -> Assignment:
    return Assignment(member * 100 + start, member, number, at(start), at(end))


def over(number: int, member: int, start: int, end: int) -> Override:
    return Override(number, member, at(start), at(end))


def held(of: list[Segment]) -> list[tuple[int, tuple[int, ...]]]:
    """Return (first hour, members) of each segment."""
    return [((s.start - MIDNIGHT) // timedelta(hours=1), s.members) for s in of]


assignments = st.lists(
    st.builds(
        lambda member, start, length, number: work(member, start, start + length, number),
        st.integers(1, 4),
        st.integers(-20, 40),
        st.integers(1, 30),
        st.integers(1, 3),
    ),
    max_size=6,
    unique_by=lambda piece: piece.id,
)
override_lists = st.lists(
    st.tuples(st.integers(1, 4), st.integers(-20, 40), st.integers(1, 30)), max_size=5
).map(
    lambda spans: [
        over(number, member, start, start + length)
        for number, (member, start, length) in enumerate(spans, start=1)
    ]
)


def test_an_override_cuts_out_its_span_and_names_whom_it_covers() -> None:
    found = segments(
        [work(ALICE, 0, 24), work(BOB, 24, 48)], [over(1, CAROL, 20, 28)], at(0), at(48)
    )

    assert held(found) == [(0, (ALICE,)), (20, (CAROL,)), (24, (CAROL,)), (28, (BOB,))]
    assert [segment.covered for segment in found] == [(), (ALICE,), (BOB,), ()]


def test_of_two_overrides_the_newest_wins_wherever_it_begins() -> None:
    beneath, above = over(1, BOB, 0, 20), over(2, CAROL, 5, 10)

    assert held(segments([work(ALICE, 0, 24)], [above, beneath], at(0), at(24))) == [
        (0, (BOB,)),
        (5, (CAROL,)),
        (10, (BOB,)),
        (20, (ALICE,)),
    ]


def test_nobody_is_on_call_in_a_gap_and_an_override_can_fill_it() -> None:
    assert held(segments([work(ALICE, 0, 8)], [over(1, BOB, 12, 16)], at(0), at(24))) == [
        (0, (ALICE,)),
        (8, ()),
        (12, (BOB,)),
        (16, ()),
    ]
    assert held(segments([], [], at(0), at(1))) == [(0, ())]


def test_two_are_on_call_where_shifts_overlap_by_the_number_of_the_shift() -> None:
    both = [work(ALICE, 0, 16, number=2), work(BOB, 8, 24, number=1)]

    assert held(segments(both, [], at(0), at(24))) == [
        (0, (ALICE,)),
        (8, (BOB, ALICE)),
        (16, (BOB,)),
    ]


def test_someone_who_covers_for_themselves_covers_for_nobody() -> None:
    (segment,) = segments([work(ALICE, 0, 8)], [over(1, ALICE, 0, 8)], at(0), at(8))

    assert (segment.members, segment.covered) == ((ALICE,), ())


def test_an_end_belongs_to_the_next_and_touching_edges_leave_nothing_between() -> None:
    found = segments([work(ALICE, 0, 8), work(BOB, 8, 16)], [over(1, CAROL, 16, 24)], at(8), at(16))

    assert held(found) == [(8, (BOB,))]


def test_neighbours_with_the_same_person_are_one_period_whatever_the_reasons() -> None:
    found = segments([work(ALICE, 0, 8), work(BOB, 8, 24)], [over(1, ALICE, 8, 12)], at(0), at(24))

    joined = on_call_periods(found)

    assert [(s.members, s.start, s.end) for s in joined] == [
        ((ALICE,), at(0), at(12)),
        ((BOB,), at(12), at(24)),
    ]
    assert joined[0].segments == (found[0], found[1])


@given(work=assignments, overrides=override_lists)
def test_segments_tile_the_span_and_each_hour_has_the_people_it_should_have(
    work: list[Assignment], overrides: list[Override]
) -> None:
    found = segments(work, overrides, at(0), at(24))

    assert (found[0].start, found[-1].end) == (at(0), at(24))
    assert all(earlier.end == later.start for earlier, later in pairwise(found))
    assert all(
        (earlier.assignments, earlier.override) != (later.assignments, later.override)
        for earlier, later in pairwise(found)
    )
    for hour in range(24):
        (segment,) = (s for s in found if s.start <= at(hour) < s.end)
        newest = [o.member for o in overrides if o.start <= at(hour) < o.end][-1:]
        beneath = {w.member for w in work if w.start <= at(hour) < w.end}
        assert set(segment.members) == (set(newest) or beneath)


@given(work=assignments, overrides=override_lists, cut=st.integers(1, 23))
def test_it_makes_no_difference_where_one_begins_to_look(
    work: list[Assignment], overrides: list[Override], cut: int
) -> None:
    whole = on_call_periods(segments(work, overrides, at(0), at(24)))
    later = on_call_periods(segments(work, overrides, at(cut), at(24)))

    assert [s.start for s in later[1:]] == [s.start for s in whole if s.start > at(cut)]
    assert all(
        set(earlier.members) != set(following.members) for earlier, following in pairwise(whole)
    )


# --- what a change moves ----------------------------------------------------------------------

hours = st.integers(0, 48)


@st.composite
def timelines(draw: st.DrawFn) -> list[Segment]:
    """Return a timeline of two days, cut into shifts and overrides anyhow."""
    works = [
        Assignment(n, draw(st.integers(1, 4)), n, at(start), at(start + draw(st.integers(1, 12))))
        for n, start in enumerate(draw(st.lists(hours, max_size=5)))
    ]
    overs = [
        Override(n, draw(st.integers(1, 4)), at(start), at(start + draw(st.integers(1, 12))))
        for n, start in enumerate(draw(st.lists(hours, max_size=3)))
    ]
    return segments(works, overs, at(0), at(48))


def members_at(of: list[Segment], instant: datetime) -> set[int]:
    """Return who is on call at an instant."""
    return set(next(one for one in of if one.start <= instant < one.end).members)


@given(timelines(), timelines())
def test_moves_are_exactly_where_others_are_on_call(
    before: list[Segment], after: list[Segment]
) -> None:
    found = moves(before, after, at(48))

    for hour in range(48):
        instant = at(hour)
        old, new = members_at(before, instant), members_at(after, instant)
        move = next((one for one in found if one.start <= instant < one.end), None)
        assert (move is not None) == (old != new)
        if move:
            assert (set(move.before), set(move.after)) == (old, new)


@given(timelines(), timelines(), hours)
def test_beyond_the_plan_only_overrides_move_anybody(
    before: list[Segment], after: list[Segment], planned: int
) -> None:
    for move in moves(before, after, at(planned)):
        if move.start >= at(planned):
            was = next(one for one in before if one.start <= move.start < one.end)
            now = next(one for one in after if one.start <= move.start < one.end)
            assert was.override != now.override


@given(timelines())
def test_a_timeline_moves_nobody_against_itself(of: list[Segment]) -> None:
    assert moves(of, of, at(48)) == []
