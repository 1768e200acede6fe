"""An Enterprise organization: colleagues of sibling workspaces, and ids that begin with W."""

import pytest

from scheduling.changes.team_file import export_team
from storage.database import reading
from storage.models import AuditEntry, KnownLead, Override, Team
from tests.stories.conftest import World
from tests.stories.elsewhere import ELSEWHERE, comes, warning
from tests.stories.stored import covers, person


def is_asked_to_swap(world: World, name: str) -> None:
    """Make somebody a member in Dave's place, and let Bob ask them for a swap."""
    world.changes("Alice", f"/oncall members edit @dave slack <@{world.people[name].id}>")
    world.runs("Bob", "/oncall swap Dave tuesday for friday")
    world.tick()


@pytest.mark.parametrize("names_workspaces", [True, False])
@pytest.mark.parametrize("also_here", [True, False])
def test_a_colleague_of_a_sibling_workspace_is_let_in(
    support: World, *, also_here: bool, names_workspaces: bool
) -> None:
    support.sandbox.slack.joins_organization(names_workspaces=names_workspaces)
    sibling = comes(support, "Sibyl", sibling=True, also_here=also_here)
    assert sibling.id.startswith("W")
    is_asked_to_swap(support, "Sibyl")

    question = support.direct("Sibyl", "asks you to swap shifts in Support")
    answer = support.clicks("Sibyl", "Accept", question)

    assert answer.text.startswith("✅")
    assert sorted(covers()) == ["Bob", "Dave"]


def test_a_stranger_of_another_organization_is_refused_as_before(support: World) -> None:
    support.sandbox.slack.joins_organization()
    comes(support, "Strang", stranger=True)
    answer = support.clicks("Strang", "Cover the shift", warning(support))

    assert ELSEWHERE in answer.text
    assert covers() == []


def test_forms_and_the_home_tab_are_a_colleagues_as_well(support: World) -> None:
    comes(support, "Sibyl", sibling=True)
    support.changes("Alice", f"/oncall members edit @dave slack <@{support.people['Sibyl'].id}>")
    home = support.opens_home("Sibyl", "My next shifts")
    support.clicks("Sibyl", "Cover a shift myself", home)
    view = support.fills_in("Sibyl", {"Or from": "2026-11-24"})

    assert "I’ve asked @Bob" in view.plain
    support.accepts("Bob")
    assert covers() == ["Dave"]


def test_who_leads_a_sibling_workspace_does_not_lead_ours(support: World) -> None:
    boss = comes(support, "Sibyl", sibling=True, admin=True)
    comes(support, "Both", sibling=True, also_here=True, admin=True)

    assert "Only leads can do that" in support.runs("Sibyl", "/oncall undo").text
    listed = support.runs("Bob", "/oncall admins").text
    assert "every team (workspace admins and owners): @Alice, @Both" in listed
    assert boss.name not in listed
    support.channel.archive()
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.passes(minutes=1)
    assert support.directs("Both", "I can’t post in")
    assert support.directs("Sibyl") == []


def test_where_slack_does_not_tell_who_somebody_is_nothing_is_changed(support: World) -> None:
    comes(support, "Sibyl", sibling=True)
    is_asked_to_swap(support, "Sibyl")
    question = support.direct("Sibyl", "asks you to swap shifts in Support")
    support.passes(minutes=6)
    support.sandbox.slack.fault("users.info", "503", times=99)

    answer = support.clicks("Sibyl", "Accept", question)
    assert "Slack didn’t tell me who @Sibyl is, so nothing was changed." in answer.text
    support.sandbox.slack.recover()
    assert support.clicks("Sibyl", "Accept", question).text.startswith("✅")


def test_a_click_costs_a_lookup_of_people_only_if_the_workspaces_differ(support: World) -> None:
    slack = support.sandbox.slack
    comes(support, "Sibyl", sibling=True)
    post = warning(support)
    support.runs("Carol", "/oncall mine")
    before = len(slack.calls("users.info"))

    support.clicks("Carol", "Cover the shift", post)
    assert len(slack.calls("users.info")) == before
    asked = len(slack.calls("auth.test"))  # at the start
    for _ in range(3):
        support.clicks("Sibyl", "Cover the shift", post)
    assert len(slack.calls("users.info")) == before + 1
    assert len(slack.calls("auth.test")) == asked + 1


# --- ids that begin with W ---


@pytest.fixture
def organized(world: World) -> World:
    """The team in an Enterprise organization: everybody's id begins with W."""
    world.sandbox.slack.joins_organization()
    world.has_support_team()
    assert all(one.id.startswith("W") for one in world.people.values())
    return world


def test_a_morning_and_its_chain_with_ids_that_begin_with_w(organized: World) -> None:
    organized.people["Alice"].phone.switches("invalid")
    organized.until("2026-11-23 08:00")
    organized.passes(minutes=1)

    organized.post("@Alice is on call but didn’t get the text")
    message = organized.direct("Alice", "Alice, you’re on call for Support")
    assert organized.clicks("Alice", "I’ve got it", message).text
    organized.passes(seconds=15)
    assert "confirmed" in organized.direct("Alice", "you’re on call").plain


def test_mentions_leads_and_the_audit_take_ids_that_begin_with_w(organized: World) -> None:
    fran = organized.people["Fran"].id
    organized.changes("Alice", f"/oncall admins add <@{fran}>")
    organized.changes("Fran", f"/oncall override <@{organized.people['Greg'].id}> tomorrow")

    assert covers() == ["Greg"]
    assert "this team: @Fran" in organized.runs("Bob", "/oncall admins").text
    assert "@Fran" in organized.runs("Bob", "/oncall audit").text
    with reading():
        assert {row.actor for row in AuditEntry.select()} >= {fran}
        assert Override.get().created_by == fran
    edited = organized.changes("Alice", f"/oncall members edit Eve slack {fran}0")
    assert "Slack doesn’t know" in edited.text


def test_the_setting_the_file_and_the_second_way_take_ids_that_begin_with_w(
    organized: World,
) -> None:
    greg = organized.people["Greg"].id
    organized.stops_bot()
    organized.starts_bot(ONCALL_ADMINS=greg)
    organized.channel.archive()
    organized.until("2026-11-23 08:00")
    organized.reads("Alice")
    organized.passes(minutes=1)

    assert organized.directs("Greg", "I can’t post in")
    with reading():
        assert greg in {row.slack_user_id for row in KnownLead.select()}
        assert greg in str(export_team(Team.get(), organized.clock.now()))
    assert person("Greg").slack_user_id == greg
