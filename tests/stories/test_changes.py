"""Changes of who is on call: preview, confirm, discard, direct messages, swap, undo."""

from datetime import timedelta

import pytest

from sandbox.slack.people import Answer
from storage.database import reading, writing
from storage.models import AuditEntry, Member, Override, Proposal, Shift, Team
from tests.stories.conftest import World


def messages(world: World, name: str) -> list[str]:
    """Return what the bot has written to somebody."""
    person = world.people[name].slack
    return [one.plain for one in person.direct_messages.seen_by(person)]


def overrides() -> list[tuple[str, bool]]:
    """Return who covers in each override, and whether it was cancelled."""
    with reading():
        rows = Override.select().order_by(Override.id)
        return [(one.team_member.name, one.cancelled_at is not None) for one in rows]


def status(number: int) -> str:
    """Return the state of a change."""
    with reading():
        found: str = Proposal.get_by_id(number).status
        return found


# --- preview ----------------------------------------------------------------------------------


def test_nothing_happens_until_it_is_confirmed(support: World) -> None:
    preview = support.runs("Alice", "/oncall override @greg tomorrow for a trip")

    assert (
        "Have @Greg cover for @Bob, Tue Nov 24, 8:00 AM to Thu Nov 26, 8:00 AM? Reason: a trip"
        in preview.text
    )
    assert "Tue Nov 24, 8:00 AM to Thu Nov 26, 8:00 AM: @Bob → @Greg" in preview.text
    assert overrides() == []
    support.tick()
    assert messages(support, "Greg") == []

    done = support.confirms("Alice", preview)
    support.tick()

    assert "instead of @Bob" in done.text
    assert "[ Confirm ]" not in done.text
    assert overrides() == [("Greg", False)]
    span = "Tue Nov 24, 8:00 AM to Thu Nov 26, 8:00 AM CST."
    assert messages(support, "Greg") == [
        f"📆 @Alice put you on call for Support, covering @Bob: {span} Reason: a trip"
    ]
    assert messages(support, "Bob") == [
        f"📆 @Alice took you off call for Support: {span} @Greg is on call. Reason: a trip"
    ]
    for name in ("Alice", "Carol", "Dave", "Eve", "Fran"):
        assert messages(support, name) == []


def test_a_discarded_change_is_not_made_and_cannot_be_any_more(support: World) -> None:
    preview = support.runs("Alice", "/oncall override @greg tomorrow")
    gone = support.clicks("Alice", "Cancel", preview)

    assert (
        "Canceled: Have @Greg cover for @Bob, Tue Nov 24, 8:00 AM to Thu Nov 26, 8:00 AM."
        in gone.text
    )
    assert "Already canceled by @Alice at 7:00 AM CST" in (
        support.runs("Alice", "/oncall confirm 1").text
    )
    assert overrides() == []


def test_a_double_click_on_confirm_changes_things_once(support: World) -> None:
    preview = support.runs("Alice", "/oncall override @greg tomorrow")
    assert preview.message is not None
    support.sandbox.slack.repeat_next_envelope()
    support.confirms("Alice", preview)
    again = support.runs("Alice", "/oncall confirm 1")
    support.tick()

    assert "Already done by @Alice at 7:00 AM CST: Have @Greg cover for @Bob, " in again.text
    assert overrides() == [("Greg", False)]
    assert len(messages(support, "Greg")) == 1


def test_a_stale_preview_is_replaced_by_a_new_one(support: World) -> None:
    first = support.runs("Alice", "/oncall override @greg tomorrow")
    support.changes("Bob", "/oncall override @carol tomorrow")

    anew = support.confirms("Alice", first)

    assert "Something else changed in the meantime, so I haven’t saved anything yet" in anew.text
    assert "@Carol → @Greg" in anew.text
    assert overrides() == [("Carol", False)]
    done = support.confirms("Alice", anew)
    assert "instead of @Carol" in done.text
    assert overrides() == [("Carol", False), ("Greg", False)]


def test_two_admins_who_edit_at_once_do_not_undo_each_other(support: World) -> None:
    support.changes("Alice", "/oncall admins add @bob")
    one = support.runs("Alice", "/oncall members move @fran first")
    other = support.runs("Bob", "/oncall members move @eve first")

    support.confirms("Alice", one)
    said = support.confirms("Bob", other)

    # Bob's form was made of an order that is no more: it moves others now, and says so.
    assert "Something else changed in the meantime" in said.text or "✅" not in said.text
    assert support.runs("Carol", "/oncall members").text.index("@Fran") < (
        support.runs("Carol", "/oncall members").text.index("@Alice")
    )


def test_the_last_one_moved_to_the_front_is_the_same_cycle_so_nobodys_shift_moves(
    support: World,
) -> None:
    done = support.runs("Alice", "/oncall members move @greg first").text

    assert "[ Confirm ]" not in done
    assert "order, starting Mon Nov 30: Greg, Alice, Bob, Carol, Dave, Eve, Fran." in done
    assert (
        "First shift in this order: @Bob, Mon Nov 30, 8:00 AM CST.\nNo shifts change hands." in done
    )


def test_another_strategy_moves_nobody_this_week(support: World) -> None:
    preview = support.runs("Alice", "/oncall settings strategy round_robin").text

    assert "Nov 30" not in preview
    assert "Mon Dec 7" in preview
    assert not [line for line in preview.splitlines() if line.startswith("• Tue Nov 24")]


def test_a_change_of_now_is_the_same_a_minute_later(support: World) -> None:
    support.until("2026-11-23 09:00")
    support.reads("Alice")
    preview = support.runs("Alice", "/oncall override @greg now for 3 hours")
    support.passes(minutes=1)

    done = support.confirms("Alice", preview)

    assert "@Greg is on call from Mon Nov 23, 9:01 AM to " in done.text
    support.passes(seconds=15)
    support.reads("Greg", "on call for")


def test_a_preview_whose_time_is_over_changes_nothing(support: World) -> None:
    preview = support.runs("Alice", "/oncall override @greg today 09:00 to 10:00")
    support.until("2026-11-23 11:00")
    support.reads("Alice")

    assert "That time has already passed" in support.confirms("Alice", preview).text
    assert overrides() == []


def test_only_who_asked_can_confirm(support: World) -> None:
    support.runs("Alice", "/oncall override @greg tomorrow")

    answer = support.runs("Bob", "/oncall confirm 1")

    assert "Only @Alice, who asked for it, can confirm that" in answer.text
    assert "Only @Alice" in support.runs("Bob", "/oncall discard 1").text
    assert overrides() == []


def test_somebody_who_is_not_an_admin_anymore_cannot_confirm(support: World) -> None:
    support.changes("Alice", "/oncall admins add @bob")
    preview = support.runs("Bob", "/oncall members remove @greg")
    support.changes("Alice", "/oncall admins remove @bob")

    assert "Only leads can do that" in support.confirms("Bob", preview).text
    with reading():
        assert Member.get(Member.name == "Greg").is_active


def test_what_moves_nobodys_shift_is_done_at_once(support: World) -> None:
    answer = support.runs("Alice", "/oncall members edit @bob name Robert")

    assert answer.text.startswith("✅ Updated @Bob: name Robert.")


def test_a_new_member_moves_others_and_each_hears_of_their_own_shifts(support: World) -> None:
    support.joins("Zoe Zimmer", "+13125550111")
    preview = support.runs("Alice", "/oncall members add @zoe +13125550111")
    assert "Add @Zoe Zimmer to the rotation, in position 8, starting Mon Nov 30?" in preview.text
    assert "Mon Nov 23" not in preview.text
    support.confirms("Alice", preview)
    support.tick()

    (said,) = messages(support, "Bob")
    own = [line for line in said.split("\n") if line.startswith("• O")]
    assert own
    assert "and " in said.split("\n")[-1] or len(own) <= 12
    (said,) = messages(support, "Zoe Zimmer")
    assert "@Alice put you on the Support rotation. Your first shift: " in said
    assert "312" not in messages(support, "Bob")[0]


# --- swap -------------------------------------------------------------------------------------


@pytest.fixture
def asked(support: World) -> World:
    """The team in which Bob has asked Carol to swap his Monday for her Thursday."""
    answer = support.runs("Bob", "/oncall swap @carol 2026-11-30 for thursday")
    assert "I’ve asked @Carol" in answer.text
    support.tick()
    return support


def test_a_swap_that_is_accepted_changes_both_shifts(asked: World) -> None:
    request = asked.last_message("Carol")
    assert "You take Mon Nov 30, 8:00 AM to Tue Dec 1, 8:00 AM CST." in request.plain
    assert "You give Thu Nov 26, 8:00 AM to Fri Nov 27, 8:00 AM CST." in request.plain

    done = asked.clicks("Carol", "Accept", request)
    asked.tick()

    assert "Swapped" in done.text
    assert "[ Accept ]" not in messages(asked, "Carol")[0]
    assert overrides() == [("Carol", False), ("Bob", False)]
    (said,) = messages(asked, "Bob")
    assert said.split("\n") == [
        "✅ @Carol accepted your swap in Support.",
        "• @Carol is on call Mon Nov 30, 8:00 AM to Tue Dec 1, 8:00 AM CST.",
        "• You’re on call Thu Nov 26, 8:00 AM to Fri Nov 27, 8:00 AM CST.",
    ]
    assert len(messages(asked, "Carol")) == 1  # nobody gets a message about what they did
    asked.until("2026-11-26 07:59")
    asked.forgets_mail()
    asked.until("2026-11-26 08:00")
    asked.reads("Bob", "covering Carol")


def test_a_swap_that_is_declined_changes_nothing_and_both_know(asked: World) -> None:
    declined = asked.clicks("Carol", "Decline", asked.last_message("Carol"))
    asked.tick()

    assert "Nothing was changed" in declined.text
    assert "@Carol declined" in messages(asked, "Bob")[-1]
    assert overrides() == []


def test_a_swap_can_be_withdrawn_until_it_is_accepted(asked: World) -> None:
    assert "ℹ️ I’ve asked @Carol already" in (
        asked.runs("Bob", "/oncall swap @carol 2026-11-30 for thursday").text
    )
    assert "Withdrawn" in asked.runs("Bob", "/oncall discard 1").text

    late = asked.clicks("Carol", "Accept", asked.last_message("Carol"))

    assert "Already canceled at 7:00 AM CST: Swap @Bob" in late.text
    assert overrides() == []


def test_nobody_else_can_accept_a_swap(asked: World) -> None:
    assert "Only @Carol can accept that" in asked.runs("Bob", "/oncall confirm 1").text
    assert "Only @Carol can accept that" in asked.runs("Alice", "/oncall confirm 1").text
    assert "Only the person I asked can decline" in asked.runs("Alice", "/oncall decline 1").text


def test_of_a_swap_both_shifts_change_or_neither(asked: World) -> None:
    asked.changes("Alice", "/oncall override @greg thursday")

    late = asked.clicks("Carol", "Accept", asked.last_message("Carol"))

    assert "You’re not on call for all of" in late.text
    assert overrides() == [("Greg", False)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("swap @carol friday", "yours first"),
        ("swap @bob 2026-11-30 for thursday", "takes two"),
        ("swap @carol friday for thursday", "You’re not on call for all of"),
        ("swap @carol 2026-11-30 for friday", "Carol isn’t on call for all of"),
        ("swap @nobody 2026-11-30 for friday", "Nobody in Slack is called @nobody"),
        ("swap @carol someday for friday", "I don’t know which day"),
    ],
)
def test_a_swap_that_cannot_be_says_why(support: World, line: str, said: str) -> None:
    assert said in support.runs("Bob", f"/oncall {line}").text
    support.tick()
    assert messages(support, "Carol") == []


# --- undo -------------------------------------------------------------------------------------


def undoes(world: World, name: str = "Alice") -> Answer:
    """Let somebody take the last change back, and confirm that."""
    return world.changes(name, "/oncall undo")


def schedule(world: World) -> str:
    """Return what `/oncall schedule` shows of eight weeks."""
    return world.runs("Alice", "/oncall schedule 8 weeks").text


@pytest.mark.parametrize(
    "line",
    [
        "override @greg friday",
        "members add @zoe +13125550111 first",
        "members remove @dave",
        "members remove @dave from 2026-12-03",
        "members move @greg first",
        "members edit @bob phone +13125550144",
        "shifts add 7 friday 12h 20:00",
        "shifts edit 2 tuesday 24h 09:00",
        "shifts remove 6",
        "shifts pattern weekly",
        "settings zone Europe/Berlin",
        "settings strategy round_robin",
        "settings sms Hello {first}",
        "admins add @bob",
        "generate 12",
    ],
)
def test_any_change_can_be_undone(support: World, line: str) -> None:
    support.joins("Zoe Zimmer", "+13125550111")
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    before = schedule(support), support.runs("Alice", "/oncall members").text
    made = support.changes("Alice", f"/oncall {line}")
    assert made.text.startswith("✅")

    undone = undoes(support)

    assert undone.text.startswith("✅ Undone: ")
    assert schedule(support) == before[0]
    listed = support.runs("Alice", "/oncall members").text
    # Whom something was written to stays known, as somebody who takes no turns.
    assert listed.replace("Not in the rotation anymore: Zoe Zimmer.\n", "") == before[1]
    with reading():
        assert AuditEntry.select().order_by(AuditEntry.id.desc()).get().action == (
            "change taken back"
        )
    assert "There’s nothing to undo in Support from the last 24 hours" in (
        support.runs("Alice", "/oncall undo").text
    )


def test_taking_back_goes_on_with_the_change_before(support: World) -> None:
    support.changes("Alice", "/oncall override @greg friday")
    support.changes("Alice", "/oncall override @bob saturday")
    undoes(support)
    undoes(support)

    assert overrides() == [("Greg", True), ("Bob", True)]


def test_those_whom_an_undo_moves_hear_of_it(support: World) -> None:
    support.changes("Alice", "/oncall override @greg friday")
    support.tick()
    undoes(support)
    support.tick()

    assert (
        "Undo “Have @Greg cover for @Dave, Fri Nov 27, 8:00 AM to Sat Nov 28, 8:00 AM”"
        in messages(support, "Dave")[-1]
    )
    assert "• On call Fri Nov 27" in messages(support, "Dave")[-1]
    assert "• Off Fri Nov 27" in messages(support, "Greg")[-1]


def test_a_change_that_others_depend_on_is_not_undone(support: World) -> None:
    support.changes("Alice", "/oncall override @greg friday 14:00 to 18:00")
    support.changes("Alice", "/oncall override cancel 1")
    undoes(support)  # the cancelling

    support.changes("Alice", "/oncall override @greg saturday")
    with reading():
        number = Override.select().order_by(Override.id.desc()).get().id
    assert number == 2
    support.passes(hours=25)
    support.forgets_mail()
    answer = support.runs("Alice", "/oncall undo").text

    assert "There’s nothing to undo in Support from the last 24 hours" in answer
    assert "is older" in answer


def test_an_override_that_ran_for_a_while_did_run(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.changes("Alice", "/oncall override @greg now for 6 hours")
    support.passes(hours=1)
    support.reads("Greg")
    undoes(support)
    support.passes(seconds=15)
    support.reads("Alice", "on call for")

    past = support.runs("Bob", "/oncall who today 08:30").text
    assert "@Greg was on call" in past
    assert "@Alice is on call" in support.runs("Bob", "/oncall").text


def test_a_member_who_was_on_call_meanwhile_stays_in_the_history(support: World) -> None:
    support.joins("Zoe Zimmer", "+13125550111")
    support.changes("Alice", "/oncall members remove @alice")
    with reading():
        assert not Member.get(Member.name == "Alice").is_active
    undoes(support)
    support.until("2026-11-23 08:00")

    support.reads("Alice", "on call for")


def test_undo_is_for_admins_and_says_who_they_are(support: World) -> None:
    support.changes("Alice", "/oncall override @greg friday")

    answer = support.runs("Bob", "/oncall undo").text

    assert "Only leads can do that" in answer
    assert "Ask @Alice" in answer


def test_undoing_a_pattern_brings_the_old_shifts_back(support: World) -> None:
    support.changes("Alice", "/oncall shifts pattern weekly")
    undoes(support)

    with reading():
        assert len(Shift.in_force(Team.get())) == 6
    support.until("2026-11-30 08:00")
    assert "@Bob is on call" in support.runs("Alice", "/oncall").text
    support.forgets_mail()


def test_who_leaves_on_a_day_is_out_of_the_rotation_when_it_has_come(support: World) -> None:
    support.changes("Alice", "/oncall members remove @dave from 2026-11-27")
    support.until("2026-11-26 23:00")
    support.forgets_mail()
    assert "@Dave +1 312-555-0104 ✅ (until Fri Nov 27, 2026)" in (
        support.runs("Alice", "/oncall members").text
    )

    support.until("2026-11-27 08:00")

    assert "Not in the rotation anymore: Dave." in support.runs("Alice", "/oncall members").text
    support.reads("Greg", "on call for")  # who rests that week


def test_what_was_proposed_more_than_a_year_ago_is_forgotten(support: World) -> None:
    support.runs("Alice", "/oncall override @greg friday")
    support.runs("Alice", "/oncall override @greg saturday")
    with writing():
        long_ago = support.clock.now() - timedelta(days=401)
        Proposal.update(created_at=long_ago).where(Proposal.id == 1).execute()
    assert support.bot is not None

    support.bot.jobs.clean()

    with reading():
        assert [row.id for row in Proposal.select()] == [2]


def test_taking_back_the_removal_of_the_only_shift_shows_and_tells_all_that_comes_back(
    support: World,
) -> None:
    support.changes("Alice", "/oncall shifts pattern weekly")
    support.until("2026-12-01 12:00")
    support.forgets_mail()
    support.changes("Alice", "/oncall shifts remove 1")
    support.tick()
    assert "nobody is on call" in messages(support, "Carol")[-1]

    preview = support.runs("Alice", "/oncall undo")
    assert "Nobody’s shift moves" not in preview.text
    assert "@Carol" in preview.text
    support.confirms("Alice", preview)
    support.tick()

    assert "• On call " in messages(support, "Carol")[-1]
