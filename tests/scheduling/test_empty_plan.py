"""Plans that end, and begin again: whoever's shifts go or come back is shown, and hears of it."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest

from scheduling.changes import leaving, proposals, shifts, teams, undo
from scheduling.changes.operation import Outcome
from scheduling.changes.proposals import Preview
from scheduling.rota.timeline import Move
from storage.database import reading
from storage.models import Notification, Proposal, Team
from tests.builders import ADMIN, WEEK, add_shift, another_team, change, chicago, join, person

Deed = Callable[[Team, datetime], object]

TUESDAY = chicago("2026-11-24 09:00")
LATER = chicago("2026-11-24 10:00")
WEEKLY = ((0, time(8), 168),)


def shown(team: Team, deed: Deed, now: datetime, kind: str = "change") -> Preview[Outcome]:
    """Make a change that has to be shown first; return what was shown."""
    last = proposals.last_change(team, now).id if kind == undo.Undo.kind else None
    operation = change(deed, kind, last)
    trial = proposals.propose(team, operation, actor=ADMIN, now=now)
    assert not trial.kept
    assert proposals.confirm(trial.proposal, operation, actor=ADMIN, now=now).kept
    return trial


def takes_back(team: Team, now: datetime) -> Preview[Outcome]:
    """Take the last change back; return what was shown."""
    last: Proposal = proposals.last_change(team, now)

    def deed(team: Team, at: datetime) -> object:
        undo.take_back(team, last.title, last.touched or "[]", actor=ADMIN, now=at)
        return last

    return shown(team, deed, now, undo.Undo.kind)


def removes_shift(number: int) -> Deed:
    """Return the deed that takes a weekly slot out."""
    return lambda team, now: shifts.remove_shift(team, number, actor=ADMIN, now=now)


def written_to(proposal: Proposal) -> list[str]:
    """Return to whom it was written that their shifts moved by a change."""
    with reading():
        rows = Notification.select().where(
            Notification.dedupe_key.startswith(f"moved:{proposal.id}:")
        )
        return sorted(row.team_member.name for row in rows if row.team_member)


def reversed_(moves: list[Move]) -> list[Move]:
    """Return what takes these moves back."""
    return [Move(one.start, one.end, one.after, one.before) for one in moves]


@pytest.mark.parametrize("people", [1, 2, 7])
@pytest.mark.parametrize("slots", [WEEKLY, WEEK], ids=["weekly", "six"])
def test_taking_back_the_removal_of_a_shift_gives_back_all_that_went(
    database_url: str, slots: tuple[tuple[int, time, int], ...], people: int
) -> None:
    assert database_url
    team = another_team(slots=slots, people=people)
    gone = shown(team, removes_shift(1), TUESDAY)
    assert gone.moves[-1].end > TUESDAY + timedelta(weeks=7)

    back = takes_back(team, TUESDAY)

    assert back.moves == reversed_(gone.moves)
    assert written_to(back.proposal) == written_to(gone.proposal)
    assert written_to(back.proposal)


def test_a_shift_added_where_none_was_left_is_shown_in_whole(database_url: str) -> None:
    assert database_url
    team = another_team(slots=WEEKLY, people=2)
    gone = shown(team, removes_shift(1), TUESDAY)

    back = shown(team, lambda team, now: add_shift(team, 1, "Monday", 168, now=now), LATER)

    assert len(back.moves) == len(gone.moves)
    assert not any(one.before for one in back.moves)
    assert written_to(back.proposal) == ["Alice", "Bob"]


@pytest.mark.parametrize("slots", [((4, time(8), 24),), ((0, time(8), 24), (4, time(8), 24))])
def test_the_last_member_who_left_is_shown_in_whole_when_they_come_back(
    database_url: str, slots: tuple[tuple[int, time, int], ...]
) -> None:
    assert database_url
    team = another_team(slots=slots, people=1)
    alice = person(team, "Alice")
    at = chicago("2026-11-25 09:00")

    def leaves(team: Team, now: datetime) -> object:
        return leaving.remove_member(team, alice, cover=None, actor=ADMIN, now=now)

    def comes_back(team: Team, now: datetime) -> object:
        return leaving.activate(team, alice, actor=ADMIN, now=now)

    gone = shown(team, leaves, at)
    assert len(gone.moves) >= 8

    back = takes_back(team, at)
    assert back.moves == reversed_(gone.moves)
    assert written_to(back.proposal) == ["Alice"]

    shown(team, leaves, at)
    again = shown(team, comes_back, at)
    assert len(again.moves) >= 8
    assert written_to(again.proposal) == ["Alice"]


def test_who_joins_a_team_that_everybody_left_sees_all_their_shifts(database_url: str) -> None:
    assert database_url
    team = another_team(slots=((4, time(8), 24),), people=1)
    alice = person(team, "Alice")
    at = chicago("2026-11-25 09:00")
    shown(
        team,
        lambda team, now: leaving.remove_member(team, alice, cover=None, actor=ADMIN, now=now),
        at,
    )

    joined = shown(team, lambda team, now: join(team, "Hank", "+13125550155", now), at)

    assert len(joined.moves) >= 8
    assert all(not one.before for one in joined.moves)


def test_a_plan_that_only_reaches_further_moves_nobody(database_url: str) -> None:
    assert database_url
    team = another_team()

    further = proposals.propose(
        team,
        change(lambda team, now: teams.change(team, {"weeks_ahead": 20}, actor=ADMIN, now=now)),
        actor=ADMIN,
        now=chicago("2026-12-09 09:00"),
    )

    assert further.kept
    assert further.moves == []
