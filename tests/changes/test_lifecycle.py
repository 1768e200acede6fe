"""The life of a change, from preview to undo, as any front could drive it."""

import subprocess
import sys
from pathlib import Path

import pytest

from scheduling.changes import agreement, proposals
from scheduling.changes.proposals import Impossible
from scheduling.changes.shifts import RemoveShift
from scheduling.changes.swaps import Swap
from scheduling.changes.undo import Undo
from scheduling.changes.waiting import Settled
from scheduling.errors import NotAllowed, Refusal
from scheduling.words.lines import Line
from storage.database import reading
from storage.models import Override, Proposal, Shift, Team
from storage.statuses import ProposalStatus
from tests.builders import LEAD, NOW, override, person, refused, support_team
from tests.changes import test_agreement
from tests.changes.acting import BOB, CAROL, DAVE, SOON, covers, on_call, status, swap, written


@pytest.fixture
def team(database_url: str) -> Team:
    """The specification's example, on Monday at 07:00."""
    assert database_url
    return support_team()


# --- an override ------------------------------------------------------------------------------


def test_an_override_is_shown_confirmed_announced_and_undone(team: Team) -> None:
    shown = proposals.propose(team, covers(team, "Greg"), LEAD, now=NOW)

    assert not shown.kept
    span = "Tue Nov 24, 8:00 AM to Thu Nov 26, 8:00 AM"
    assert shown.outcome.title == f"Have <@U0GREG> cover for <@U0BOB>, {span}"
    assert shown.proposal.title == f"{shown.outcome.title} (reason: dentist)"
    assert [(one.before, one.after) for one in shown.moves] == [
        ((person(team, "Bob").id,), (person(team, "Greg").id,))
    ]
    assert on_call(team, "2026-11-24 09:00") == ["Bob"]
    with reading():
        assert Override.select().count() == 0

    done = proposals.confirm(shown.proposal.id, LEAD, now=SOON)

    assert done.kept
    assert done.outcome.member == person(team, "Greg")
    assert on_call(team, "2026-11-24 09:00") == ["Greg"]
    assert {name for name, _ in written("moved")} == {"Bob", "Greg"}
    with pytest.raises(Settled, match=f"Already done by <@{LEAD.id}> at 7:01 AM CST"):
        proposals.confirm(shown.proposal.id, LEAD, now=SOON)

    last = proposals.last_change(team, SOON)
    back = proposals.propose(team, Undo(last.id), LEAD, now=SOON)
    assert not back.kept
    assert proposals.confirm(back.proposal.id, LEAD, now=SOON).kept
    assert on_call(team, "2026-11-24 09:00") == ["Bob"]
    assert status(shown.proposal) == ProposalStatus.UNDONE


def test_a_stale_preview_is_shown_again_and_nothing_changes(team: Team) -> None:
    shown = proposals.propose(team, covers(team, "Greg"), LEAD, now=NOW)
    override(team, "Fran", "2026-11-25 08:00", "2026-11-26 08:00")

    stale = proposals.confirm(shown.proposal.id, LEAD, now=SOON)

    assert not stale.kept
    assert stale.moves != shown.moves
    assert on_call(team, "2026-11-24 09:00") == ["Bob"]
    with pytest.raises(NotAllowed):  # half of it is Fran's already
        proposals.propose(team, covers(team, "Greg"), BOB, now=SOON)


def test_the_operation_decides_who_may_override(team: Team) -> None:
    with pytest.raises(NotAllowed) as caught:
        proposals.propose(team, covers(team, "Greg"), CAROL, now=NOW)

    assert caught.value.ask == ("U0GREG",)
    assert caught.value.suggest == (
        "You can cover it yourself: ",
        Line("take Tue Nov 24, 8:00 AM to Thu Nov 26, 8:00 AM"),
        ".",
    )
    assert not proposals.propose(team, covers(team, "Carol"), CAROL, now=NOW).kept
    assert not proposals.propose(team, covers(team, "Greg"), LEAD, now=NOW).kept


def test_somebody_elses_preview_is_confirmed_or_discarded_by_nobody_else(team: Team) -> None:
    shown = proposals.propose(team, covers(team, "Greg"), LEAD, now=NOW)

    with refused("Only <@U0ALICE00>, who asked for it, can confirm that."):
        proposals.confirm(shown.proposal.id, CAROL, now=SOON)
    with refused("Only <@U0ALICE00>, who asked for it, can discard that."):
        proposals.discard(shown.proposal.id, CAROL, SOON)

    proposals.discard(shown.proposal.id, LEAD, SOON)
    with pytest.raises(Settled, match="Already canceled"):
        proposals.confirm(shown.proposal.id, LEAD, now=SOON)
    assert on_call(team, "2026-11-24 09:00") == ["Bob"]


# --- a shift ----------------------------------------------------------------------------------


def test_a_shift_is_taken_out_by_a_lead_and_comes_back(team: Team) -> None:
    with pytest.raises(NotAllowed, match="Only leads can do that"):
        proposals.propose(team, RemoveShift(4), BOB, now=NOW)
    with refused("There’s no shift 9", "`/oncall shifts` lists them", field="number"):
        proposals.propose(team, RemoveShift(9), LEAD, now=NOW)

    shown = proposals.propose(team, RemoveShift(4), LEAD, now=NOW)
    assert shown.outcome.shift.shift_number == 4
    assert [one.count for one in shown.outcome.uneven] == [0]
    with reading():
        assert len(Shift.in_force(team)) == 6

    assert proposals.confirm(shown.proposal.id, LEAD, now=SOON).kept
    assert on_call(team, "2026-11-27 12:00") == []
    back = proposals.propose(team, Undo(shown.proposal.id), LEAD, now=SOON)
    assert proposals.confirm(back.proposal.id, LEAD, now=SOON).kept
    assert on_call(team, "2026-11-27 12:00") == ["Dave"]
    with refused("is already undone"):
        proposals.propose(team, Undo(shown.proposal.id), LEAD, now=SOON)


# --- a swap -----------------------------------------------------------------------------------


def asked(team: Team) -> Proposal:
    """Return the proposal of that swap, which Dave has to agree to."""
    found = proposals.propose(team, swap(team), CAROL, now=NOW)
    assert not found.kept
    return found.proposal


def test_a_swap_waits_until_the_other_one_agrees(team: Team) -> None:
    waits = asked(team)
    for user in (CAROL, DAVE):
        waiting = agreement.waits(team, NOW, user.id)
        assert [agreement.operation_of(one) for one in waiting] == [swap(team)]
    with refused("Only <@U0DAVE> can accept that."):
        proposals.confirm(waits.id, CAROL, now=SOON)

    assert proposals.confirm(waits.id, DAVE, now=SOON).kept

    assert on_call(team, "2026-11-26 12:00") == ["Dave"]
    assert on_call(team, "2026-11-27 12:00") == ["Carol"]
    assert agreement.waits(team, SOON, CAROL.id) == []
    back = proposals.propose(team, Undo(waits.id), LEAD, now=SOON)
    assert proposals.confirm(back.proposal.id, LEAD, now=SOON).kept
    assert on_call(team, "2026-11-26 12:00") == ["Carol"]


def test_declining_a_swap_changes_nothing_and_the_asker_hears_of_it(team: Team) -> None:
    waits = asked(team)

    agreement.decline(waits.id, DAVE, SOON)

    assert status(waits) == ProposalStatus.DECLINED
    assert on_call(team, "2026-11-26 12:00") == ["Carol"]
    [_, (name, text)] = written("swap")
    assert name == "Carol"
    assert text.startswith(":no_entry: <@U0DAVE> declined your swap in *Support*, Thu")


def test_a_swap_that_can_not_be_any_more_is_discarded_and_its_asker_hears_why(team: Team) -> None:
    waits = asked(team)
    override(team, "Greg", "2026-11-26 08:00", "2026-11-27 08:00")

    with pytest.raises(Impossible) as caught:
        proposals.confirm(waits.id, DAVE, now=SOON)

    assert "no longer possible. Carol isn’t on call for all of" in str(caught.value)
    assert isinstance(caught.value, Refusal)
    assert status(waits) == ProposalStatus.DISCARDED
    [_, (name, text)] = written("swap")
    assert name == "Carol"
    assert text.endswith("Swap one of your shifts: `/oncall mine` lists them.")


def test_a_swap_with_oneself_or_with_somebody_outside_slack_is_refused(team: Team) -> None:
    carol = person(team, "Carol").id

    with pytest.raises(Refusal, match="A swap takes two"):
        proposals.propose(
            team, Swap(carol, swap(team).ones, carol, swap(team).others), CAROL, now=NOW
        )


# --- without any front ------------------------------------------------------------------------


def test_nothing_of_the_fronts_is_needed_for_all_that(tmp_path: Path) -> None:
    stories = (
        "import sys, pytest\n"
        f"code = pytest.main(['-q', '-p', 'no:cacheprovider', '--basetemp={tmp_path / 'inner'}',"
        f" '-k', 'not nothing_of_the_fronts', {__file__!r}, {test_agreement.__file__!r}])\n"
        "fronts = [name for name in sys.modules if name.split('.')[0] in ('bot', 'run_bot')]\n"
        "sys.exit(f'{code}: {fronts}' if code or fronts else 0)\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", stories], capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
