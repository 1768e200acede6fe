"""Which shifts a change moves, in words: in total, the first few, and all of them."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from scheduling.changes.people import everyone, mentioned
from scheduling.changes.proposals import Preview
from scheduling.rota import schedule
from scheduling.rota.timeline import Move
from scheduling.words.mrkdwn import bold
from scheduling.words.times import clock_time, day_of, span_time
from scheduling.words.wording import joined, several
from storage.models import Team

FIRST = 5  # moves shown if there are more than A_FEW
A_FEW = 6  # moves shown without a total
MOST_NAMES = 12  # people in the total


def are_many(found: Preview[Any]) -> bool:
    """Return whether there are more moves than are shown at once."""
    return len(found.moves) > A_FEW


def summary(team: Team, found: Preview[Any]) -> str:
    """Return the moves: all or, after a total, the first ones; and the warnings."""
    lines = each(team, found)
    if are_many(found):
        last = clock_time(found.moves[-1].end, schedule.clock_of(team))
        left = f"• and {len(lines) - FIRST} more, until {last}"
        lines = [total(team, found), *lines[:FIRST], left]
    return "\n".join([*lines, *warnings(team, found)])


def total(team: Team, found: Preview[Any]) -> str:
    """Return how many shifts move, from which day on, and the sum for each person."""
    moves, people = found.moves, found.people
    begins = day_of(moves[0].start, schedule.clock_of(team))
    plan = _is_first_plan(moves)
    net = Counter[int]()
    for move in moves:
        net.update({one: 1 for one in move.after if one not in move.before})
        net.update({one: -1 for one in move.before if one not in move.after})
    ranked = sorted((one for one in net if net[one]), key=lambda one: -abs(net[one]))
    each_one = [
        f"{mentioned(people[one])} {net[one] if plan else _signed(net[one])}" for one in ranked
    ]
    if len(each_one) > MOST_NAMES:
        kept = each_one[: MOST_NAMES - 1]
        each_one = [*kept, several(len(each_one) - len(kept), "other")]
    what = several(len(moves), "shift") if plan else f"{len(moves)} shifts change hands"
    if not each_one:
        return f"*{what}* from {begins}; everybody keeps as many"
    return f"*{what}* from {begins}: {joined(each_one)}"


def each(team: Team, found: Preview[Any]) -> list[str]:
    """Return a line for each move, in order of time: before → after."""
    clock, now = schedule.clock_of(team), found.proposal.created_at
    plan = _is_first_plan(found.moves)
    lines = []
    for move in found.moves:
        before = everyone(found.people, move.before).replace("*", "") or "nobody"
        after = bold(everyone(found.people, move.after) or "nobody")
        change = after if plan else f"{before} → {after}"
        lines.append(f"• {span_time(move.start, move.end, clock, now)}: {change}")
    return lines


def warnings(team: Team, found: Preview[Any]) -> list[str]:
    """Return a line about the times left uncovered, and one about those covered twice."""
    gaps = [move for move in found.moves if not move.after]
    doubles = [move for move in found.moves if len(move.after) > max(len(move.before), 1)]
    now = found.proposal.created_at
    return [
        f":warning: {who} on call {_times(team, these, now)}."
        for who, these in (("*Nobody* is", gaps), ("*More than one person* is", doubles))
        if these
    ]


def _times(team: Team, moves: Sequence[Move], now: datetime) -> str:
    first = span_time(moves[0].start, moves[0].end, schedule.clock_of(team), now)
    more = f", and {several(len(moves) - 1, 'more time')}" if len(moves) > 1 else ""
    return f"{first}{more}"


def _is_first_plan(moves: Sequence[Move]) -> bool:
    return all(not move.before for move in moves)


def _signed(number: int) -> str:
    return f"+{number}" if number > 0 else f"−{-number}"
