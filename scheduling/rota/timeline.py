"""Who is on call when: assignments with overrides laid over them. Pure.

The timeline isn't stored. It's computed from both each time, so regenerating the assignments can
never lose an override.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple, Protocol


class Span(Protocol):
    """A member on the timeline in [start, end), aware instants."""

    @property
    def id(self) -> int: ...
    @property
    def member(self) -> int: ...
    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...


class Assignment(Span, Protocol):
    """An assignment as the timeline sees it; `number` is its shift's."""

    @property
    def number(self) -> int: ...


class Override(Span, Protocol):
    """An override as the timeline sees it; of two that overlap the higher id wins."""

    @property
    def reason(self) -> str | None: ...


class Segment(NamedTuple):
    """A slice of the timeline with one cause: the same people on call for the same reason.

    `override` is the one in force, if any, and `assignments` are beneath it. Several assignments
    mean that shifts overlap; none, without an override, mean that nobody is on call.
    """

    start: datetime
    end: datetime
    assignments: tuple[Assignment, ...]
    override: Override | None

    @property
    def members(self) -> tuple[int, ...]:
        """The members on call, by shift number; empty in a gap."""
        if self.override:
            return (self.override.member,)
        return tuple(dict.fromkeys(work.member for work in self.assignments))

    @property
    def covered(self) -> tuple[int, ...]:
        """The members who are covered by the override."""
        if not self.override:
            return ()
        return tuple(
            dict.fromkeys(w.member for w in self.assignments if w.member != self.override.member)
        )


class OnCallPeriod(NamedTuple):
    """A period with the same people on call, made of one or more `segments`."""

    start: datetime
    end: datetime
    members: tuple[int, ...]
    segments: tuple[Segment, ...]

    @property
    def covered(self) -> tuple[int, ...]:
        """The covered members, in order of time.

        Empty if part of the period is the people's own turn: then it isn't cover as a whole.
        """
        if not all(segment.override for segment in self.segments):
            return ()
        return tuple(dict.fromkeys(one for segment in self.segments for one in segment.covered))

    @property
    def reason(self) -> str | None:
        """The reason for the cover, if it's the same for the whole period."""
        reasons = {s.override.reason if s.override else None for s in self.segments}
        return reasons.pop() if len(reasons) == 1 else None


def segments(
    assignments: Iterable[Assignment], overrides: Iterable[Override], start: datetime, end: datetime
) -> list[Segment]:
    """Return [start, end) cut into segments, gaps included, in order of time."""
    work = [piece for piece in assignments if piece.start < end and piece.end > start]
    over = [piece for piece in overrides if piece.start < end and piece.end > start]
    ends_of = [edge for piece in (*work, *over) for edge in (piece.start, piece.end)]
    edges = sorted({start, end, *(edge for edge in ends_of if start < edge < end)})
    found: list[Segment] = []
    ahead_work = sorted(work, key=lambda w: w.start, reverse=True)
    ahead_over = sorted(over, key=lambda o: o.start, reverse=True)
    works: list[Assignment] = []
    overs: list[Override] = []
    for begins, ends in pairwise(edges):
        while ahead_work and ahead_work[-1].start <= begins:
            works.append(ahead_work.pop())
        while ahead_over and ahead_over[-1].start <= begins:
            overs.append(ahead_over.pop())
        works = [w for w in works if w.end > begins]
        overs = [o for o in overs if o.end > begins]
        beneath = tuple(sorted(works, key=lambda w: (w.number, w.start)))
        override = max(overs, key=lambda o: o.id, default=None)
        last = found[-1] if found else None
        if last and (last.assignments, last.override) == (beneath, override):
            found[-1] = Segment(last.start, ends, beneath, override)
        else:
            found.append(Segment(begins, ends, beneath, override))
    return found


def on_call_periods(of: Sequence[Segment]) -> list[OnCallPeriod]:
    """Join neighbours with the same people on call. Between two periods lies a handoff."""
    found: list[OnCallPeriod] = []
    for segment in of:
        last = found[-1] if found else None
        if last and set(last.members) == set(segment.members):
            found[-1] = OnCallPeriod(
                last.start, segment.end, last.members, (*last.segments, segment)
            )
        else:
            found.append(OnCallPeriod(segment.start, segment.end, segment.members, (segment,)))
    return found


class Move(NamedTuple):
    """A span in which a change puts other people on call; empty where nobody is."""

    start: datetime
    end: datetime
    before: tuple[int, ...]
    after: tuple[int, ...]


def moves(before: Sequence[Segment], after: Sequence[Segment], planned: datetime) -> list[Move]:
    """Return where two timelines of the same span differ in who is on call, in order of time.

    From `planned` on only overrides count: if the rotation now reaches further than before, that
    doesn't change anything that people rely on.
    """
    edges = sorted({edge for piece in (*before, *after) for edge in (piece.start, piece.end)})
    edges = sorted({*edges, planned} if edges and edges[0] < planned < edges[-1] else edges)
    found: list[Move] = []
    old, new = iter(before), iter(after)
    was, now = next(old, None), next(new, None)
    for begins, ends in pairwise(edges):
        while was and was.end <= begins:
            was = next(old, None)
        while now and now.end <= begins:
            now = next(new, None)
        if was is None or now is None or set(was.members) == set(now.members):
            continue
        if begins >= planned and was.override == now.override:
            continue
        last = found[-1] if found else None
        if last and (last.end, last.before, last.after) == (begins, was.members, now.members):
            found[-1] = Move(last.start, ends, was.members, now.members)
        else:
            found.append(Move(begins, ends, was.members, now.members))
    return found
