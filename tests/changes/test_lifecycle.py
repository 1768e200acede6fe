"""The whole life of a change, from the preview to its undoing, as any front could drive it."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from scheduling.changes import proposals, swaps
from scheduling.changes.operation import Actor
from scheduling.changes.overrides import CreateOverride
from scheduling.changes.proposals import Impossible
from scheduling.changes.shifts import RemoveShift
from scheduling.changes.swaps import Swap
from scheduling.changes.undo import Undo
from scheduling.changes.waiting import Settled
from scheduling.errors import NotAllowed, Refusal
from scheduling.rota import schedule
from scheduling.words.lines import Line
from storage.database import reading
from storage.models import Notification, Override, Proposal, Shift, Team
from storage.statuses import ProposalStatus
from tests.builders import LEAD, NOW, chicago, override, person, refused, support_team

SOON = NOW + timedelta(minutes=1)


class Led:
    """The roles of somebody who leads nothing; Greg does, if anybody asks."""

    def leads(self, team: Team | None) -> bool:  # noqa: ARG002 - as `Roles` has it
        """Tell so."""
        return False

    def makes_teams(self) -> bool:
        """Tell so."""
        return False

    def needs_to_be_known(self) -> None:
        """They are."""

    def others(self, team: Team | None) -> Sequence[str]:  # noqa: ARG002 - as `Roles` has it
        """Return Greg."""
        return ("U0GREG",)


BOB, CAROL, DAVE = (Actor(f"U0{name}", Led()) for name in ("BOB", "CAROL", "DAVE"))


@pytest.fixture
def team(database_url: str) -> Team:
    """The specification's example, on Monday at 07:00."""
    assert database_url
    return support_team()


def on_call(team: Team, at: str) -> list[str]:
    """Return who is on call at an instant in Chicago."""
    people = schedule.members_by_id(team)
    return [people[one].name for one in schedule.on_call(team, chicago(at)).members]


def status(proposal: Proposal) -> ProposalStatus:
    """Return the state of a proposal."""
    with reading():
        found: ProposalStatus = Proposal.get_by_id(proposal.id).status
    return found


def written(kind: str) -> list[tuple[str, str]]:
    """Return what was written about changes: to whom, and the text."""
    with reading():
        rows = Notification.select().where(Notification.purpose == kind).order_by(Notification.id)
        return [(row.team_member.name, row.text) for row in rows if row.team_member]


def covers(team: Team, name: str) -> CreateOverride:
    """Return the change that puts somebody on call for Bob's shift on Tuesday and Wednesday."""
    start, end = chicago("2026-11-24 08:00"), chicago("2026-11-26 08:00")
    return CreateOverride(person(team, name).id, start, end, "dentist")


# --- an override ------------------------------------------------------------------------------


def test_an_override_is_shown_confirmed_told_and_taken_back(team: Team) -> None:
    shown = proposals.propose(team, covers(team, "Greg"), BOB, now=NOW)

    assert not shown.kept
    assert shown.outcome.title == "Put <@U0GREG> on call, covering for <@U0BOB> (dentist)"
    assert [(one.before, one.after) for one in shown.moves] == [
        ((person(team, "Bob").id,), (person(team, "Greg").id,))
    ]
    assert on_call(team, "2026-11-24 09:00") == ["Bob"]
    with reading():
        assert Override.select().count() == 0

    done = proposals.confirm(shown.proposal.id, BOB, now=SOON)

    assert done.kept
    assert done.outcome.member == person(team, "Greg")
    assert on_call(team, "2026-11-24 09:00") == ["Greg"]
    assert {name for name, _ in written("moved")} == {"Bob", "Greg"}
    with pytest.raises(Settled, match="Done already, by <@U0BOB> at 7:01 AM"):
        proposals.confirm(shown.proposal.id, BOB, now=SOON)

    last = proposals.last_change(team, SOON)
    back = proposals.propose(team, Undo(last.id), LEAD, now=SOON)
    assert not back.kept
    assert proposals.confirm(back.proposal.id, LEAD, now=SOON).kept
    assert on_call(team, "2026-11-24 09:00") == ["Bob"]
    assert status(shown.proposal) == ProposalStatus.UNDONE


def test_a_preview_that_is_stale_is_shown_anew_and_nothing_changes(team: Team) -> None:
    shown = proposals.propose(team, covers(team, "Greg"), LEAD, now=NOW)
    override(team, "Fran", "2026-11-25 08:00", "2026-11-26 08:00")

    stale = proposals.confirm(shown.proposal.id, LEAD, now=SOON)

    assert not stale.kept
    assert stale.moves != shown.moves
    assert on_call(team, "2026-11-24 09:00") == ["Bob"]
    with pytest.raises(NotAllowed):  # half of it is Fran's already
        proposals.propose(team, covers(team, "Greg"), BOB, now=SOON)


def test_who_may_override_what_is_said_by_the_operation(team: Team) -> None:
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
    shown = proposals.propose(team, covers(team, "Greg"), BOB, now=NOW)

    with refused("Only <@U0BOB>, who asked for it, can confirm that."):
        proposals.confirm(shown.proposal.id, CAROL, now=SOON)
    with refused("Only <@U0BOB>, who asked for it, can discard that."):
        proposals.discard(shown.proposal.id, CAROL, SOON)

    proposals.discard(shown.proposal.id, BOB, SOON)
    with pytest.raises(Settled, match="Discarded already"):
        proposals.confirm(shown.proposal.id, BOB, now=SOON)
    assert on_call(team, "2026-11-24 09:00") == ["Bob"]


# --- a shift ----------------------------------------------------------------------------------


def test_a_shift_is_taken_out_by_a_lead_and_comes_back(team: Team) -> None:
    with pytest.raises(NotAllowed, match="Only leads can do that"):
        proposals.propose(team, RemoveShift(4), BOB, now=NOW)
    with refused("There is no shift 9", "`/oncall shifts` lists them", field="number"):
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
    with refused("was taken back already"):
        proposals.propose(team, Undo(shown.proposal.id), LEAD, now=SOON)


# --- a swap -----------------------------------------------------------------------------------


def swap(team: Team) -> Swap:
    """Return Carol's Thursday for Dave's Friday."""
    thursday, friday, saturday = (chicago(f"2026-11-{day} 08:00") for day in (26, 27, 28))
    carol, dave = person(team, "Carol"), person(team, "Dave")
    return Swap(carol.id, (thursday, friday), dave.id, (friday, saturday))


def asked(team: Team) -> Proposal:
    """Return the proposal of that swap, which Dave has to agree to."""
    other = swap(team).asks(CAROL, team, NOW)
    return proposals.propose(team, swap(team), CAROL, asked=other.slack_user_id, now=NOW).proposal


def test_a_swap_waits_until_the_other_one_agrees(team: Team) -> None:
    waits = asked(team)
    assert [swaps.stored(one) for one in swaps.waiting(team, NOW)] == [swap(team)]
    with refused("Only <@U0DAVE> can accept that."):
        proposals.confirm(waits.id, CAROL, now=SOON)

    assert proposals.confirm(waits.id, DAVE, now=SOON).kept

    assert on_call(team, "2026-11-26 12:00") == ["Dave"]
    assert on_call(team, "2026-11-27 12:00") == ["Carol"]
    assert swaps.waiting(team, SOON) == []
    back = proposals.propose(team, Undo(waits.id), LEAD, now=SOON)
    assert proposals.confirm(back.proposal.id, LEAD, now=SOON).kept
    assert on_call(team, "2026-11-26 12:00") == ["Carol"]


def test_who_declines_a_swap_changes_nothing_and_the_other_one_hears_of_it(team: Team) -> None:
    waits = asked(team)

    proposals.decline(waits.id, DAVE, SOON)

    assert status(waits) == ProposalStatus.DECLINED
    assert on_call(team, "2026-11-26 12:00") == ["Carol"]
    [(name, text)] = written("swap")
    assert name == "Carol"
    assert text.startswith(":no_entry: <@U0DAVE> declined: Swap <@U0CAROL>’s Thu Nov 26")


def test_a_swap_that_can_not_be_any_more_is_discarded_and_its_asker_hears_why(team: Team) -> None:
    waits = asked(team)
    override(team, "Greg", "2026-11-26 08:00", "2026-11-27 08:00")

    with pytest.raises(Impossible) as caught:
        proposals.confirm(waits.id, DAVE, now=SOON)

    assert "is not possible any more. Carol is not on call for all of" in str(caught.value)
    assert isinstance(caught.value, Refusal)
    assert status(waits) == ProposalStatus.DISCARDED
    [(name, text)] = written("swap")
    assert name == "Carol"
    assert text.endswith("Swap a shift that is theirs: `/oncall mine <@U0CAROL>` lists them.")


def test_a_swap_with_oneself_or_with_who_is_not_in_slack_is_refused(team: Team) -> None:
    carol = person(team, "Carol").id

    with pytest.raises(Refusal, match="A swap takes two"):
        Swap(carol, swap(team).ones, carol, swap(team).others).asks(CAROL, team, NOW)


# --- and of no front --------------------------------------------------------------------------


def test_nothing_of_the_fronts_is_needed_for_all_that(tmp_path: Path) -> None:
    stories = (
        "import sys, pytest\n"
        f"code = pytest.main(['-q', '-p', 'no:cacheprovider', '--basetemp={tmp_path / 'inner'}',"
        f" '-k', 'not nothing_of_the_fronts', {__file__!r}])\n"
        "fronts = [name for name in sys.modules if name.split('.')[0] in ('bot', 'run_bot')]\n"
        "sys.exit(f'{code}: {fronts}' if code or fronts else 0)\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", stories], capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
