"""Covering or taking a shift needs somebody's agreement: asked, answered, expired."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from scheduling.changes import agreement, leaving, proposals
from scheduling.changes.operation import Actor
from scheduling.changes.overrides import CreateOverride, EditOverride
from scheduling.changes.proposals import Impossible
from scheduling.changes.shifts import AddShift
from scheduling.changes.undo import Undo
from scheduling.changes.waiting import Settled
from scheduling.errors import NotAllowed
from scheduling.rota import schedule
from storage.database import writing
from storage.models import Member, Proposal, Team
from storage.statuses import ProposalStatus
from tests.builders import LEAD, NOW, Leads, chicago, override, person, refused, support_team
from tests.changes.acting import (
    BOB,
    CAROL,
    DAVE,
    GREG,
    SOON,
    covers,
    meanwhile,
    on_call,
    status,
    swap,
    written,
)


@pytest.fixture
def team(database_url: str) -> Team:
    """The specification's example, on Monday at 07:00."""
    assert database_url
    return support_team()


TUESDAY = "2026-11-24 09:00"


def messages() -> list[str]:
    """Return the messages about changes that somebody has to agree to."""
    return [f"{name}: {text}" for name, text in written("swap")]


def test_the_person_to_cover_is_asked_and_only_the_asker_hears_that_they_accepted(
    team: Team,
) -> None:
    waits = proposals.propose(team, covers(team, "Greg"), BOB, now=NOW).proposal

    assert (waits.asked, status(waits)) == ("U0GREG", ProposalStatus.OPEN)
    [asked] = messages()
    assert asked.startswith("Greg: :wave: <@U0BOB> asks you to cover *Support*: Tue")
    assert asked.endswith("CST. Reason: dentist")
    with refused("Only <@U0GREG> can accept that."):
        proposals.confirm(waits.id, BOB, now=SOON)
    with refused("Only <@U0GREG> can accept that."):
        proposals.confirm(waits.id, LEAD, now=SOON)
    assert on_call(team, TUESDAY) == ["Bob"]

    assert proposals.confirm(waits.id, GREG, now=SOON).kept

    assert on_call(team, TUESDAY) == ["Greg"]
    assert messages()[1].startswith(
        "Bob: :white_check_mark: <@U0GREG> accepted your request to cover *Support*, Tue"
    )
    assert written("moved") == []
    back = proposals.propose(team, Undo(waits.id), LEAD, now=SOON)
    assert proposals.confirm(back.proposal.id, LEAD, now=SOON).kept
    assert on_call(team, TUESDAY) == ["Bob"]
    assert {name for name, _ in written("moved")} == {"Bob", "Greg"}


def test_whose_shift_somebody_takes_is_asked(team: Team) -> None:
    waits = proposals.propose(team, covers(team, "Carol"), CAROL, now=NOW).proposal

    assert waits.asked == "U0BOB"
    assert messages()[0].startswith(
        "Bob: :wave: <@U0CAROL> offers to cover your shift in *Support*: Tue"
    )
    with refused("I’ve asked <@U0BOB> already. They haven’t answered yet."):
        proposals.propose(team, covers(team, "Carol"), CAROL, now=SOON)
    agreement.decline(waits.id, BOB, SOON)
    assert messages()[1].startswith("Carol: :no_entry: <@U0BOB> declined your offer to cover")
    assert on_call(team, TUESDAY) == ["Bob"]


def test_the_asker_can_withdraw_a_request(team: Team) -> None:
    waits = proposals.propose(team, covers(team, "Greg"), BOB, now=NOW).proposal
    with refused("Only <@U0BOB>, who asked for it, can discard that."):
        proposals.discard(waits.id, GREG, SOON)

    proposals.discard(waits.id, BOB, SOON)

    assert messages()[1].startswith("Greg: :no_entry: <@U0BOB> withdrew their request to cover")
    with pytest.raises(Settled):
        proposals.confirm(waits.id, GREG, now=SOON)
    assert on_call(team, TUESDAY) == ["Bob"]


@pytest.mark.parametrize(("asks", "accepts"), [("Greg", GREG), ("Carol", CAROL)])
def test_a_shift_that_changed_hands_meanwhile_cannot_be_accepted(
    team: Team, asks: str, accepts: Actor
) -> None:
    asker, other = (BOB, accepts) if asks == "Greg" else (CAROL, BOB)
    waits = proposals.propose(team, covers(team, asks), asker, now=NOW).proposal
    override(team, "Fran", "2026-11-25 08:00", "2026-11-26 08:00")

    # The refusal says whose it is, whichever of the two Bob is.
    theirs = "<@U0BOB>’s"
    to_asker, to_asked = ("your", theirs) if asks == "Greg" else (theirs, "your")
    with pytest.raises(Impossible, match=f"It isn’t {to_asked} shift anymore"):
        proposals.confirm(waits.id, other, now=SOON)

    assert status(waits) == ProposalStatus.DISCARDED
    assert f"but too late. It isn’t {to_asker} shift anymore" in messages()[1]


@pytest.mark.parametrize("gone", ["Bob", "Greg"])
def test_nothing_is_accepted_once_one_of_them_has_left(team: Team, gone: str) -> None:
    waits = proposals.propose(team, covers(team, "Greg"), BOB, now=NOW).proposal
    leaving.remove_member(team, person(team, gone), cover=None, actor=LEAD.id, now=SOON)

    with pytest.raises(Impossible, match=f"<@U0{gone.upper()}> isn’t in Support’s rotation"):
        proposals.confirm(waits.id, GREG, now=SOON)


def test_leads_ask_nobody_and_neither_does_anybody_within_two_hours(team: Team) -> None:
    soon = chicago("2026-11-24 06:00")
    early = soon - timedelta(seconds=1)

    assert proposals.propose(team, covers(team, "Greg"), LEAD, now=NOW).proposal.asked is None
    for actor, whom in ((BOB, "Greg"), (CAROL, "Carol")):
        at_once = proposals.propose(team, covers(team, whom), actor, now=soon)
        assert at_once.proposal.asked is None
        asked = proposals.propose(team, covers(team, whom), actor, now=early)
        assert asked.proposal.asked is not None
    assert on_call(team, TUESDAY) == ["Bob"]


def test_a_former_lead_cannot_confirm_a_change_that_needs_agreement(team: Team) -> None:
    carol = Actor(CAROL.id, Leads())
    shown = proposals.propose(team, covers(team, "Carol"), carol, now=NOW).proposal

    with refused("<@U0BOB> has to agree to that first. Type it again, and I’ll ask them."):
        proposals.confirm(shown.id, CAROL, now=SOON)


def test_the_shifts_of_several_people_are_taken_one_at_a_time(team: Team) -> None:
    greg, start, end = person(team, "Greg").id, *map(chicago, ("2026-11-26 12:00", "2026-11-28"))

    with refused(
        "That’s more than one shift, of <@U0CAROL> and <@U0DAVE>. Take one at a time",
        "`/oncall take Thu Nov 26, 12:00 PM to Fri Nov 27, 8:00 AM`",
    ):
        proposals.propose(team, CreateOverride(greg, start, end), GREG, now=NOW)


def test_the_running_shift_and_later_ones_are_taken_one_at_a_time(team: Team) -> None:
    greg, now = person(team, "Greg").id, chicago("2026-11-23 20:00")
    both = CreateOverride(greg, now, chicago("2026-11-24 20:00"))

    with refused("more than one shift, of <@U0ALICE> and <@U0BOB>", "`/oncall take Mon Nov 23"):
        proposals.propose(team, both, GREG, now=now)
    running = CreateOverride(greg, now, chicago("2026-11-24 08:00"))
    assert proposals.propose(team, running, GREG, now=now).proposal.asked is None


def test_where_two_are_on_call_together_only_leads_put_another_in_their_place(team: Team) -> None:
    tuesday = AddShift(7, "Tuesday", 24, "08:00")
    proposals.confirm(proposals.propose(team, tuesday, LEAD, now=NOW).proposal.id, LEAD, now=NOW)
    together = schedule.on_call(team, chicago(TUESDAY)).members
    assert len(together) == 2
    people = schedule.members_by_id(team)
    taker = next(one for one in (CAROL, DAVE, GREG) if _of(people, one) not in together)

    with pytest.raises(NotAllowed, match="are on call together then"):
        proposals.propose(
            team,
            CreateOverride(_of(people, taker), chicago(TUESDAY), chicago("2026-11-24 20:00")),
            taker,
            now=NOW,
        )


def _of(people: Mapping[int, Member], actor: Actor) -> int:
    return next(one.id for one in people.values() if one.slack_user_id == actor.id)


def test_people_outside_slack_are_covered_without_asking_and_only_leads_have_them_cover(
    team: Team,
) -> None:
    with writing():
        for name in ("Bob", "Greg"):
            Member.update(slack_user_id=None).where(Member.name == name).execute()

    taken = proposals.propose(team, covers(team, "Carol"), CAROL, now=NOW)
    assert taken.proposal.asked is None
    with writing():
        Member.update(slack_user_id=BOB.id).where(Member.name == "Bob").execute()
    with pytest.raises(NotAllowed, match="Greg\\* isn’t in Slack, so I can’t ask them") as caught:
        proposals.propose(team, covers(team, "Greg"), BOB, now=NOW)
    assert caught.value.ask == ("U0GREG",)


def test_people_cancel_cover_that_they_arranged_without_asking(team: Team) -> None:
    waits = proposals.propose(team, covers(team, "Greg"), BOB, now=NOW).proposal
    proposals.confirm(waits.id, GREG, now=SOON)

    assert proposals.propose(team, covers(team, "Bob"), BOB, now=SOON).proposal.asked is None
    others = proposals.propose(team, covers(team, "Carol"), CAROL, now=SOON).proposal
    assert others.asked == "U0GREG"


def test_another_cover_is_asked_and_less_of_the_same_is_not(team: Team) -> None:
    waits = proposals.propose(team, covers(team, "Greg"), BOB, now=NOW).proposal
    proposals.confirm(waits.id, GREG, now=SOON)
    start, end, greg = *map(chicago, ("2026-11-24 08:00", "2026-11-25")), person(team, "Greg").id

    less = proposals.propose(team, EditOverride(greg, start, end, 1), BOB, now=SOON)
    assert less.proposal.asked is None
    other = EditOverride(person(team, "Dave").id, start, end, 1)
    another = proposals.propose(team, other, BOB, now=SOON).proposal
    assert another.asked == "U0DAVE"
    assert proposals.confirm(another.id, DAVE, now=SOON).kept
    assert on_call(team, TUESDAY) == ["Dave"]
    assert [name for name, _ in written("moved")] == ["Greg"]


def test_askers_hear_of_unanswered_requests_two_hours_before_and_at_the_beginning(
    team: Team,
) -> None:
    waits = proposals.propose(team, covers(team, "Greg"), BOB, now=NOW).proposal
    agreement.follow_up(chicago("2026-11-24 05:59"))
    assert len(messages()) == 1
    for at in ("06:00", "06:01", "07:59"):
        agreement.follow_up(chicago(f"2026-11-24 {at}"))
    [_, reminder] = messages()
    assert reminder.startswith("Bob: :hourglass: <@U0GREG> still hasn’t answered your request")
    assert status(waits) == ProposalStatus.OPEN

    agreement.follow_up(chicago("2026-11-24 08:00"))

    assert status(waits) == ProposalStatus.DISCARDED
    assert "<@U0GREG> didn’t answer your request to cover" in messages()[2]
    agreement.follow_up(chicago("2026-11-24 08:01"))
    assert len(messages()) == 3
    assert on_call(team, TUESDAY) == ["Bob"]


def test_a_last_minute_request_gets_no_reminder(team: Team) -> None:
    late = chicago("2026-11-26 07:00")
    waits = proposals.propose(team, swap(team), CAROL, now=late).proposal

    agreement.follow_up(late + timedelta(minutes=1))

    assert len(messages()) == 1
    assert status(waits) == ProposalStatus.OPEN


def test_if_two_accept_at_the_same_moment_one_gets_it(team: Team) -> None:
    asked = [
        proposals.propose(team, covers(team, name), BOB, now=NOW) for name in ("Carol", "Dave")
    ]
    late, first = (one.proposal.id for one in asked)
    refusals: list[Impossible] = []

    def accepts_too() -> None:
        with pytest.raises(Impossible, match="no longer possible") as refusal:
            proposals.confirm(late, CAROL, now=SOON)
        refusals.append(refusal.value)

    with meanwhile(accepts_too):
        proposals.confirm(first, DAVE, now=SOON)

    assert on_call(team, TUESDAY) == ["Dave"]
    assert len(refusals) == 1
    assert "Bob: :no_entry: <@U0CAROL> accepted your request" in messages()[-1]


def test_there_is_no_reminder_of_a_request_just_accepted(team: Team) -> None:
    waits = proposals.propose(team, covers(team, "Greg"), BOB, now=NOW).proposal
    soon = chicago("2026-11-24 06:00")

    with meanwhile(lambda: agreement.follow_up(soon), "notification_log"):
        proposals.confirm(waits.id, GREG, now=soon)

    assert [one for one in messages() if "still hasn’t answered" in one] == []


def test_a_request_that_cannot_be_read_holds_up_no_other(team: Team) -> None:
    broken = proposals.propose(team, covers(team, "Carol"), BOB, now=NOW).proposal
    proposals.propose(team, covers(team, "Greg"), BOB, now=NOW)
    with writing():
        Proposal.update(kind="of a later version").where(Proposal.id == broken.id).execute()

    agreement.follow_up(chicago("2026-11-24 06:00"))

    assert messages()[-1].startswith("Bob: :hourglass: <@U0GREG> still hasn’t answered")
