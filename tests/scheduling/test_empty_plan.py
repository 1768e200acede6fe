"""Plans that end and start again: the people whose shifts change are shown and notified."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from scheduling.changes import proposals
from scheduling.changes.leaving import Activate, RemoveMember
from scheduling.changes.members import AddMember
from scheduling.changes.operation import Operation
from scheduling.changes.proposals import Preview
from scheduling.changes.shifts import AddShift, RemoveShift
from scheduling.changes.teams import ChangeSettings
from scheduling.changes.undo import Undo
from scheduling.rota.timeline import Move
from storage.database import reading
from storage.models import Notification, Proposal, Team
from tests.builders import LEAD, WEEK, another_team, chicago, person

TUESDAY = chicago("2026-11-24 09:00")
LATER = chicago("2026-11-24 10:00")
WEEKLY = ((0, time(8), 168),)


def shown(team: Team, operation: Operation[Any], now: datetime) -> Preview[Any]:
    """Make a change that has to be shown first; return what was shown."""
    found = proposals.propose(team, operation, LEAD, now=now)
    assert not found.kept
    assert proposals.confirm(found.proposal.id, LEAD, now=now).kept
    return found


def takes_back(team: Team, now: datetime) -> Preview[Any]:
    """Undo the last change; return what was shown."""
    return shown(team, Undo(proposals.last_change(team, now).id), now)


def written_to(proposal: Proposal) -> list[str]:
    """Return who was notified that a change moved their shifts."""
    with reading():
        rows = Notification.select().where(
            Notification.dedupe_key.startswith(f"moved:{proposal.id}:")
        )
        return sorted(row.team_member.name for row in rows if row.team_member)


def reversed_(moves: list[Move]) -> list[Move]:
    """Return the moves that undo these."""
    return [Move(one.start, one.end, one.after, one.before) for one in moves]


@pytest.mark.parametrize("people", [1, 2, 7])
@pytest.mark.parametrize("slots", [WEEKLY, WEEK], ids=["weekly", "six"])
def test_taking_back_the_removal_of_a_shift_gives_back_all_that_went(
    database_url: str, slots: tuple[tuple[int, time, int], ...], people: int
) -> None:
    assert database_url
    team = another_team(slots=slots, people=people)
    gone = shown(team, RemoveShift(1), TUESDAY)
    assert gone.moves[-1].end > TUESDAY + timedelta(weeks=7)

    back = takes_back(team, TUESDAY)

    assert back.moves == reversed_(gone.moves)
    assert written_to(back.proposal) == written_to(gone.proposal)
    assert written_to(back.proposal)


def test_a_shift_added_where_none_was_left_is_shown_in_whole(database_url: str) -> None:
    assert database_url
    team = another_team(slots=WEEKLY, people=2)
    gone = shown(team, RemoveShift(1), TUESDAY)

    back = shown(team, AddShift(1, "Monday", 168, "08:00"), LATER)

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

    leaves, comes_back = RemoveMember(alice.id), Activate(alice.id)
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
        RemoveMember(alice.id),
        at,
    )

    joined = shown(team, AddMember("Hank", "+13125550155"), at)

    assert len(joined.moves) >= 8
    assert all(not one.before for one in joined.moves)


def test_a_plan_that_only_reaches_further_moves_nobody(database_url: str) -> None:
    assert database_url
    team = another_team()

    further = proposals.propose(
        team,
        ChangeSettings({"weeks_ahead": 20}),
        LEAD,
        now=chicago("2026-12-09 09:00"),
    )

    assert further.kept
    assert further.moves == []
