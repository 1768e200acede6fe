"""Former members keep no rights through any door; escalation contacts keep a few."""

import pytest

from storage.database import reading, writing
from storage.models import Override, Reply
from tests.stories.conftest import World
from tests.stories.stored import covers, person

GONE = "not in Support’s rotation anymore"


@pytest.fixture
def left(support: World) -> World:
    """The team after Greg was taken out of it."""
    support.changes("Alice", "/oncall members remove @greg")
    assert not person("Greg").is_active
    return support


@pytest.fixture
def contact(left: World) -> World:
    """The same; Greg has stayed an escalation contact."""
    left.changes("Alice", "/oncall escalation add @greg")
    left.until("2026-11-23 09:00")
    left.forgets_mail()
    return left


# --- who left -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "take tomorrow",
        "take tomorrow to 2026-12-30",
        "take now for 1 hours",
        "take",
        "swap @bob friday for monday",
        "swap",
        "test",
        "test @greg",
    ],
)
def test_who_left_acts_on_no_shift(left: World, line: str) -> None:
    answer = left.changes("Greg", f"/oncall {line}")

    assert answer.text.startswith("❌")
    assert "Ask @Alice" in answer.text
    assert answer.view is None
    assert covers() == []


@pytest.mark.parametrize(
    "line",
    [
        "override @greg tomorrow",
        "override @bob tomorrow",
        "override",
        "members edit",
        "members edit phone +13125550199",
        "members edit @greg",
        "members edit @greg phone +13125550199",
        "members edit @greg name Gregory",
        "undo",
        "cover 1796137200 1796223600",
    ],
)
def test_who_left_changes_nothing(left: World, line: str) -> None:
    answer = left.changes("Greg", f"/oncall {line}")

    assert "Only leads can do that. Ask @Alice." in answer.text
    assert answer.view is None
    assert covers() == []
    assert (person("Greg").name, person("Greg").phone) == ("Greg", "+13125550107")


def test_people_who_left_can_still_look(left: World) -> None:
    for line in ("", "who", "schedule", "mine", "mine @bob", "members", "members history", "audit"):
        assert not left.runs("Greg", f"/oncall {line}").text.startswith("❌"), line


def test_what_was_shown_before_one_left_cannot_be_confirmed_after(support: World) -> None:
    support.until("2026-11-23 08:30")
    support.forgets_mail()
    preview = support.runs("Greg", "/oncall take now for 2 hours")
    assert "[ Confirm ]" in preview.text
    support.changes("Alice", "/oncall members remove @greg")

    assert "Only leads can do that" in support.confirms("Greg", preview).text
    assert covers() == []


def test_what_somebody_asked_before_they_left_cannot_be_accepted_after(support: World) -> None:
    support.runs("Greg", "/oncall take friday")
    support.tick()
    question = support.last_message("Dave")
    support.changes("Alice", "/oncall members remove @greg")

    answer = support.clicks("Dave", "Accept", question)

    assert "@Greg isn’t in Support’s rotation anymore" in answer.text
    assert covers() == []


def test_a_form_that_was_open_when_one_left_does_nothing(support: World) -> None:
    support.opens("Greg", "take")
    support.changes("Alice", "/oncall members remove @greg")

    view = support.fills_in("Greg", {"Or from": "2026-11-27"})

    assert GONE in f"{view.plain} {view.errors}"
    assert covers() == []


def test_the_form_of_ones_own_number_does_nothing_once_one_left(support: World) -> None:
    support.opens("Greg", "members edit")
    support.changes("Alice", "/oncall members remove @greg")

    view = support.fills_in("Greg", {"Phone number": "+13125550199"})

    assert "Only leads can do that" in f"{view.plain} {view.errors}"
    assert person("Greg").phone == "+13125550107"


def test_people_who_left_cannot_undo_their_own_changes(support: World) -> None:
    support.changes("Greg", "/oncall take friday")
    support.changes("Alice", "/oncall override @fran 2026-11-28")
    with reading():
        taken, other = Override.select().order_by(Override.id)
    with writing():  # a cover that Greg found while he could
        made = Override.update(created_by=person("Greg").slack_user_id)
        made.where(Override.id == other.id).execute()
    support.changes("Alice", "/oncall members remove @greg")
    assert covers() == ["Fran"]

    for line in (f"override cancel {other.id}", f"override edit {other.id} sunday"):
        assert support.changes("Greg", f"/oncall {line}").text.startswith("❌")
    asked = support.changes("Greg", "/oncall override cancel").text
    assert asked.startswith("ℹ️ There are no upcoming overrides that you can change")
    assert covers() == ["Fran"]
    assert taken.team_member_id == person("Greg").id


@pytest.mark.parametrize("gone", ["Bob", "Dave"])
def test_a_swap_with_who_left_is_not_accepted(support: World, gone: str) -> None:
    support.runs("Bob", "/oncall swap @dave tuesday for friday")
    support.tick()
    question = support.last_message("Dave")
    support.changes("Alice", f"/oncall members remove @{gone.lower()}")

    answer = support.clicks("Dave", "Accept", question)

    assert "isn’t in Support’s rotation anymore" in answer.text
    assert covers() == []
    assert "Open requests" not in support.opens_home("Bob", "Next two weeks").plain


def test_the_home_tab_of_who_left_offers_nothing_of_theirs(left: World) -> None:
    home = left.opens_home("Greg", "Next two weeks")

    for offered in ("My next shifts", "Find cover", "My details", "[ Swap ]"):
        assert offered not in home.plain


def test_one_stays_a_member_until_the_day_on_which_one_leaves(support: World) -> None:
    support.changes("Alice", "/oncall members remove @greg from 2026-11-25")
    support.until("2026-11-24 23:00")
    support.forgets_mail()
    preview = support.runs("Greg", "/oncall take now for 2 hours")
    assert "[ Confirm ]" in preview.text

    support.until("2026-11-25 00:00")

    assert GONE in support.runs("Greg", "/oncall take friday 09:00 to 10:00").text
    assert "Only leads can do that" in support.confirms("Greg", preview).text


# --- by SMS -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["WHO", "NEXT", "OK", "HELP", "what is going on?"])
def test_who_left_gets_no_answer_by_sms_and_nothing_they_write_is_kept(
    left: World, text: str
) -> None:
    before = len(left.people["Greg"].phone.messages)

    left.replies("Greg", text)

    assert len(left.people["Greg"].phone.messages) == before
    with reading():
        reply = Reply.get()
    assert (reply.meaning, reply.body) == ("stranger", "")


def test_stop_and_start_of_who_left_count_all_the_same(left: World) -> None:
    left.replies("Greg", "STOP")
    assert "replied STOP" in left.runs("Alice", "/oncall members confirm @greg").text

    left.replies("Greg", "START")
    left.forgets_mail()

    assert "replied STOP" not in left.runs("Alice", "/oncall members confirm @greg").text
    left.forgets_mail()


def test_who_left_one_of_two_teams_hears_of_the_other_only(left: World) -> None:
    left.another_team("Payments")
    left.changes("Alice", "/oncall members add @greg +13125550107 team:Payments")
    left.changes("Alice", "/oncall shifts add 1 monday 168h 08:00 team:Payments")

    left.replies("Greg", "WHO")

    assert "Support" not in left.reads("Greg", "Payments")


def test_who_left_and_was_put_on_call_by_a_lead_confirms_that(left: World) -> None:
    left.changes("Alice", "/oncall override @greg today")
    left.until("2026-11-23 08:00")
    left.reads("Greg", "Good morning, Greg.")

    left.replies("Greg", "OK")

    left.reads("Greg", "Thanks")
    left.forgets_mail()


# --- escalation contacts ------------------------------------------------------------------------


def test_an_escalation_contact_takes_the_running_turn_to_its_end(contact: World) -> None:
    assert "@Alice → @Greg" in contact.runs("Greg", "/oncall take today").text
    assert contact.changes("Greg", "/oncall take today").text.startswith("✅")
    assert covers() == ["Greg"]
    assert "is canceled" in contact.changes("Greg", "/oncall override cancel 1").text
    contact.tick()
    contact.forgets_mail()


@pytest.mark.parametrize(
    "line",
    ["take tomorrow", "take now to 2026-11-24 09:00", "take today 20:00 to 22:00", "take friday"],
)
def test_an_escalation_contact_takes_no_turn_but_the_running_one(contact: World, line: str) -> None:
    refused = contact.changes("Greg", f"/oncall {line}")

    assert "you can only take the current shift" in refused.text
    assert covers() == []
    suggested = refused.text.rpartition("`")[0].rpartition("`")[2] or "/oncall" + (
        refused.text.rpartition("/oncall")[2].rstrip(".")
    )
    assert contact.changes("Greg", suggested).text.startswith("✅")
    assert covers() == ["Greg"]
    contact.tick()
    contact.forgets_mail()


def test_the_form_of_an_escalation_contact_has_the_running_turn_only(contact: World) -> None:
    view = contact.opens("Greg", "take")

    assert "now, for 23 h" in str(view.blocks)
    assert str(view.blocks).count("'value': '1") == 1


@pytest.mark.parametrize(
    "line", ["swap @bob friday for monday", "members edit phone +13125550199", "override @bob now"]
)
def test_an_escalation_contact_has_no_other_right_of_a_member(contact: World, line: str) -> None:
    assert contact.changes("Greg", f"/oncall {line}").text.startswith("❌")
    assert covers() == []
    assert person("Greg").phone == "+13125550107"


def test_an_escalation_contact_who_takes_no_turns_is_answered_who(contact: World) -> None:
    contact.replies("Greg", "WHO")

    contact.reads("Greg", "Alice")
