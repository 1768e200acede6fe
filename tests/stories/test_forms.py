"""Each form by clicks alone: its fields, its errors and its effect."""

import pytest

from storage.database import reading
from storage.models import Override, Shift, Team
from tests.stories.conftest import World
from tests.stories.stored import person

# --- overrides --------------------------------------------------------------------------------


def test_an_override_is_made_with_a_form(support: World) -> None:
    support.opens("Alice", "override")
    neither = support.fills_in("Alice", {"Who covers?": "Greg"})
    assert "Choose a shift above, or a day here." in neither.errors["Or from"]
    past = support.fills_in("Alice", {"Or from": "2026-11-20"})
    assert "Nov 20" in past.errors["Or from"]

    times: dict[str, object] = {"Or from": "2026-11-27", "At": "14:00", "Until": "18:00"}
    preview = support.fills_in("Alice", times | {"Reason": "gym"})
    assert "Fri Nov 27, 2:00 PM to 6:00 PM: @Dave → @Greg" in preview.plain
    support.confirms_form("Alice", preview)

    assert support.dm("Dave") == (
        "📆 @Alice took you off call for Support: Fri Nov 27, 2:00 PM to 6:00 PM CST. @Greg is on "
        "call. Reason: gym"
    )


def test_a_whole_shift_is_chosen_from_a_list(support: World) -> None:
    support.opens("Alice", "override")
    shift = "Fri Nov 27, 8:00 AM, for 1 day: Dave"
    preview = support.fills_in("Alice", {"Who covers?": "Greg", "Which shift?": shift})
    support.confirms_form("Alice", preview)

    assert "@Greg will be on call" in support.runs("Bob", "/oncall who friday 9am").text


@pytest.mark.parametrize(
    ("at", "until", "span"),
    [
        ("14:00", "18:00", "Fri Nov 27, 2:00 PM to 6:00 PM"),
        ("02:00", "06:00", "Sat Nov 28, 2:00 AM to 6:00 AM"),
        ("22:00", "06:00", "Fri Nov 27, 10:00 PM to Sat Nov 28, 6:00 AM"),
    ],
)
def test_the_times_for_a_part_of_a_shift_are_within_it(
    support: World, at: str, until: str, span: str
) -> None:
    support.opens("Alice", "override")
    part = {"Which shift?": "Fri Nov 27, 8:00 AM, for 1 day: Dave", "At": at, "Until": until}

    preview = support.fills_in("Alice", {"Who covers?": "Greg", **part})

    assert f"{span}: @Dave → @Greg" in preview.plain


def test_another_reason_moves_no_override_that_begins_in_an_hour_that_comes_twice(
    support: World,
) -> None:
    times = "2027-11-07 1:30 AM CST to 2027-11-07 4:00 AM"
    support.changes("Alice", f"/oncall override @greg {times}")
    with reading():
        before = Override.get().start_datetime

    support.opens("Alice", "override edit 1")
    done = support.fills_in("Alice", {"Reason": "gym"})

    assert "gym" in done.plain
    with reading():
        [override] = Override.select()
    assert (override.start_datetime, override.reason) == (before, "gym")


@pytest.mark.parametrize(
    ("picked", "wrong"),
    [
        ({"At": "14:00", "Until": "18:00"}, {"Or from": "Choose a day, too."}),
        ({"Or from": "2026-11-27", "At": "14:00"}, {"Until": "Choose an end time, too."}),
        ({"Or from": "2026-11-27", "Until": "14:00"}, {"At": "Choose a start time, too."}),
        (
            {"Or from": "2026-11-27", "To": "2026-11-26"},
            {"To": "It ends before it starts. Choose a later end."},
        ),
        (
            {"Or from": "2026-11-27", "At": "14:00", "To": "2026-11-27", "Until": "13:00"},
            {"To": "It ends before it starts. Choose a later end."},
        ),
    ],
)
def test_what_is_missing_of_a_span_is_said_at_its_field(
    support: World, picked: dict[str, object], wrong: dict[str, str]
) -> None:
    support.opens("Alice", "override")

    view = support.fills_in("Alice", {"Who covers?": "Greg", **picked})

    assert view.errors == wrong
    with reading():
        assert Override.select().count() == 0


@pytest.mark.parametrize(
    ("picked", "span"),
    [
        ({"Or from": "2026-11-27"}, "Fri Nov 27, 8:00 AM to Sat Nov 28, 8:00 AM"),
        (
            {"Or from": "2026-11-27", "To": "2026-11-28"},
            "Sat Nov 28, 8:00 AM to Sun Nov 29, 8:00 AM",
        ),
        (
            {"Or from": "2026-11-27", "At": "22:00", "Until": "02:00"},
            "Fri Nov 27, 10:00 PM to Sat Nov 28, 2:00 AM",
        ),
        (
            {"Or from": "2026-11-27", "At": "20:00", "To": "2026-11-28", "Until": "07:30"},
            "Fri Nov 27, 8:00 PM to Sat Nov 28, 7:30 AM",
        ),
        (
            {
                "Which shift?": "Fri Nov 27, 8:00 AM, for 1 day: Dave",
                "At": "14:00",
                "Until": "18:00",
            },
            "Fri Nov 27, 2:00 PM to 6:00 PM",
        ),
    ],
)
def test_days_and_times_are_picked(support: World, picked: dict[str, object], span: str) -> None:
    support.opens("Alice", "override")

    preview = support.fills_in("Alice", {"Who covers?": "Greg", **picked})

    assert span in preview.plain


def test_a_member_finds_cover_for_their_own_shifts_only(support: World) -> None:
    view = support.opens("Bob", "override")

    assert view.title == "Find cover"
    options = str(view.blocks)
    assert "Tue Nov 24, 8:00 AM, for 2 days: Bob" in options
    assert 'Dave"' not in options.rsplit("'block_id': 'shift'", maxsplit=1)[-1]
    asked = support.fills_in(
        "Bob",
        {"Who covers?": "Greg", "Which shift?": "Tue Nov 24, 8:00 AM, for 2 days: Bob"},
    )
    assert "I’ve asked @Greg" in asked.plain
    assert "instead of @Bob" in support.accepts("Greg").text


def test_a_shift_is_covered_with_a_form(support: World) -> None:
    support.opens("Greg", "take")
    asked = support.fills_in("Greg", {"Which shift?": "Sat Nov 28, 8:00 AM, for 1 day: Eve"})
    assert "I’ve asked @Eve" in asked.plain
    assert "instead of @Eve" in support.accepts("Eve").text

    support.tick()
    assert "@Eve accepted your offer to cover Support, Sat Nov 28" in support.dm("Greg")


def test_an_override_is_edited_with_a_form(support: World) -> None:
    support.changes("Alice", "/oncall override @greg friday 14:00 to 18:00")
    support.opens("Alice", "override edit")
    form = support.fills_in("Alice", {"Which one?": "1: Fri Nov 27, 2:00 PM, Greg"})
    assert form.title == "Override 1"
    wrong = support.fills_in("Alice", {"Until": "13:00"})
    assert "ends before it starts" in wrong.errors["Until"]

    preview = support.fills_in("Alice", {"Who covers?": "Eve", "Until": "20:00"})
    assert "Fri Nov 27, 6:00 PM to 8:00 PM: @Dave → @Eve" in preview.plain
    support.confirms_form("Alice", preview)

    with reading():
        override = Override.get()
        assert (override.team_member.name, override.id) == ("Eve", 1)


def test_an_override_is_cancelled_with_a_form(support: World) -> None:
    support.changes("Alice", "/oncall override @greg friday")
    support.opens("Alice", "override cancel")
    preview = support.fills_in("Alice", {"Which one?": "1: Fri Nov 27, 8:00 AM, Greg"})
    support.confirms_form("Alice", preview)

    assert "No overrides" in support.runs("Bob", "/oncall overrides").text


def test_a_swap_is_proposed_with_a_form(support: World) -> None:
    support.opens("Bob", "swap")
    proposed = support.fills_in(
        "Bob",
        {
            "You give": "Mon Nov 30, 8:00 AM, for 1 day: Bob",
            "You get": "Thu Nov 26, 8:00 AM, for 1 day: Carol",
        },
    )

    assert "I’ve asked @Carol" in proposed.plain
    support.tick()
    assert "@Bob asks you to swap shifts in Support." in support.dm("Carol")


# --- members ----------------------------------------------------------------------------------


def test_a_member_is_added_with_a_form_that_tells_all_that_is_wrong_at_once(
    support: World,
) -> None:
    zoe = support.joins("Zoe Zimmer", "+13125550111")
    support.opens("Alice", "members add")
    wrong = support.fills_in("Alice", {"Phone number": "312555011"})
    assert wrong.errors == {
        "Or a name, if they aren’t in Slack": "Choose somebody above, or write a name here.",
        "Phone number": "“312555011” isn’t a phone number I can text. Write it with + and the "
        "country code, for example +13125550101.",
    }
    ours = support.fills_in("Alice", {"Who, in Slack": zoe.id, "Phone number": "+13125550199"})
    assert "the number I text from" in ours.errors["Phone number"]

    preview = support.fills_in(
        "Alice",
        {"Phone number": "+1 312 555 0111", "Position in the rotation": "After Bob"},
    )
    assert "in position 3, starting Mon Nov 30?" in preview.plain
    support.confirms_form("Alice", preview)

    assert "3. @Zoe Zimmer" in support.runs("Bob", "/oncall members").text
    assert "Your first shift: " in support.dm("Zoe Zimmer")


def test_a_bot_is_not_added(support: World) -> None:
    robot = support.sandbox.slack.person("Robot", bot=True)
    support.opens("Alice", "members add")

    wrong = support.fills_in("Alice", {"Who, in Slack": robot.id, "Phone number": "+13125550111"})

    assert wrong.errors == {
        "Who, in Slack": "Robot is a bot and can’t be on call. Name somebody else."
    }


def test_a_lead_who_enters_a_number_twice_reads_how_to_correct_the_other(support: World) -> None:
    zoe = support.joins("Zoe", "+13125550111")
    support.opens("Alice", "members add")
    taken = support.fills_in("Alice", {"Who, in Slack": zoe.id, "Phone number": "+13125550102"})

    assert taken.errors == {
        "Phone number": "+1••••••••02 is already Bob’s number. Everybody needs their own: check "
        'the digits. If Bob’s is wrong, correct it first: /oncall members edit "Bob".'
    }


def test_a_member_edits_their_own_number_and_nothing_of_others(support: World) -> None:
    form = support.opens("Bob", "members edit")
    assert "Slack user" not in form.plain
    taken = support.fills_in("Bob", {"Phone number": "+13125550101", "Time zone": "lond"})
    assert taken.errors == {
        "Phone number": "+1••••••••01 is already Alice’s number. Everybody needs their own: check "
        "the digits. If it’s yours, a lead can correct Alice’s; /oncall admins lists the leads."
    }

    done = support.fills_in("Bob", {"Phone number": "+1 312 555 0122"})

    assert ": number +1 312-555-0122 and time zone Europe/London" in done.plain
    assert person("Bob").phone == "+13125550122"
    refused = support.runs("Bob", "/oncall members edit @carol phone +13125550133").text
    assert "Only leads can do that" in refused
    assert "Ask @Alice" in refused


def test_an_admin_edits_anybody(support: World) -> None:
    support.opens("Alice", "members edit")
    form = support.fills_in("Alice", {"Who?": "Carol"})
    assert "+1 312-555-0103" in form.plain

    done = support.fills_in("Alice", {"Name": "Carol Carlson"})

    assert ": name Carol Carlson" in done.plain
    assert person("Carol Carlson").slack_user_id == support.people["Carol"].id


def test_a_member_is_removed_with_a_form_from_a_day_on(support: World) -> None:
    support.opens("Alice", "members remove")
    past = support.fills_in("Alice", {"Who leaves?": "Dave", "Starting when?": "2026-11-20"})
    assert 'none for today: /oncall members remove "Dave".' in past.errors["Starting when?"]
    preview = support.fills_in("Alice", {"Starting when?": "2026-12-03"})
    support.confirms_form("Alice", preview)

    assert (
        "@Dave +1••••••••04 ✅ (until Thu Dec 3, 2026)"
        in support.runs("Bob", "/oncall members").text
    )
    support.opens("Alice", "members activate")
    preview = support.fills_in("Alice", {"Who?": "Dave"})
    support.confirms_form("Alice", preview)
    assert "until 3 Dec" not in support.runs("Bob", "/oncall members").text


def test_who_is_on_call_can_be_removed_only_with_a_cover(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.opens("Alice", "members remove")
    wrong = support.fills_in("Alice", {"Who leaves?": "Alice"})
    assert "Alice is on call right now" in next(iter(wrong.errors.values()))

    field = "Who covers, if they’re on call right now?"
    preview = support.fills_in("Alice", {field: "Greg"})
    support.confirms_form("Alice", preview)
    support.passes(seconds=15)

    support.reads("Greg", "on call for")


# --- shifts -----------------------------------------------------------------------------------


def test_a_shift_is_added_edited_and_removed_with_forms(support: World) -> None:
    support.opens("Alice", "shifts add")
    wrong = support.fills_in("Alice", {"Number": "2", "Hours": "many"})
    assert set(wrong.errors) == {"Hours"}
    taken = support.fills_in("Alice", {"Hours": "4"})
    assert "To add another shift, use number 7." in taken.errors["Number"]
    preview = support.fills_in("Alice", {"Number": "7", "Starts every": "Friday", "At": "12:00"})
    assert "@Dave → @Dave and @Greg" in preview.plain
    support.confirms_form("Alice", preview)

    support.opens("Alice", "shifts edit")
    support.fills_in("Alice", {"Which one?": "7: Fri 12:00 PM, 4 h"})
    preview = support.fills_in("Alice", {"Hours": "2"})
    assert ", starting Mon Nov 30?" in preview.plain
    support.confirms_form("Alice", preview)
    assert "Fri 12:00 PM, 2 h (starting Mon Nov 30)" in (support.runs("Bob", "/oncall shifts").text)

    support.opens("Alice", "shifts remove")
    preview = support.fills_in("Alice", {"Which?": "7: Fri 12:00 PM, 2 h"})
    support.confirms_form("Alice", preview)
    with reading():
        assert [shift.shift_number for shift in Shift.in_force(Team.get())] == [1, 2, 3, 4, 5, 6]


def test_a_usual_pattern_takes_the_place_of_all_shifts(support: World) -> None:
    support.opens("Alice", "shifts pattern")
    preview = support.fills_in("Alice", {"Rotation": "Weekly, handoff on Mondays"})
    assert ", starting Mon Nov 30?" in preview.plain
    support.confirms_form("Alice", preview)

    assert "1. Mon 8:00 AM, 7 days" in support.runs("Bob", "/oncall shifts").text
    assert "@Dave will be on call" in support.runs("Bob", "/oncall who friday").text or (
        "@Dave" in support.runs("Bob", "/oncall who friday").text
    )


@pytest.mark.parametrize("pattern", ["weekly", "daily", "six", "weekend"])
def test_each_usual_pattern_leaves_no_gap_and_no_overlap(support: World, pattern: str) -> None:
    answer = support.runs("Alice", f"/oncall shifts pattern {pattern} 09:00")
    if "[ Confirm ]" in answer.text:
        answer = support.confirms("Alice", answer)

    assert "Every hour of the week has exactly one shift" in answer.text


# --- settings, teams, admins, planning --------------------------------------------------------


def test_settings_are_changed_with_a_form_that_counts_while_one_types(support: World) -> None:
    view = support.opens("Alice", "settings")
    assert "122 characters, 1 SMS segment." in view.plain
    alice = support.people["Alice"].slack
    text = "Morning text"

    alice.uses(view, "sms", "sms", "Hi {first} 🎉")
    support.sandbox.slack.until(
        lambda: "With 🎉, a segment holds" in getattr(alice.view, "plain", "")
    )
    assert alice.view is not None
    assert "8 characters, 1 SMS segment. With 🎉" in alice.view.plain.replace("10 char", "8 char")
    wrong = support.fills_in("Alice", {text: "Hi {fist}", "Time zone": "berlin", "Name": "!"})
    assert "I don’t know {fist}" in wrong.errors[text]
    assert set(wrong.errors) == {text, "Name"}
    done = support.fills_in(
        "Alice",
        {
            text: "Hi {first}, yours until {until}.",
            "Time zone": "chicago",
            "Name": "Support",
            "Long shifts": [],
        },
    )
    assert "morning text: “Hi {first}, yours until {until}.”" in done.plain

    support.until("2026-11-23 08:00")
    assert support.reads("Alice") == "Hi Alice, yours until Tue Nov 24, 8:00 AM CST."
    support.until("2026-11-24 08:00")
    assert support.reads("Bob") == "Hi Bob, yours until Thu Nov 26, 8:00 AM CST."
    support.until("2026-11-25 08:00")  # the second day of two: no SMS any more


def test_a_team_is_added_with_a_form(support: World) -> None:
    payments = support.sandbox.slack.channel("payments", bot=False)
    support.opens("Alice", "teams add")
    wrong = support.fills_in(
        "Alice",
        {"Team name": "Support", "Channel": support.channel.id},
    )
    assert "There’s already a team called Support" in wrong.errors["Team name"]
    form = support.fills_in("Alice", {"Team name": "Payments", "Channel": payments.id})

    assert form.title == "Step 2 of 3: members"
    assert "Payments: nobody on call" in support.runs("Bob", "/oncall teams").text


def test_admins_are_added_and_removed_with_forms(support: World) -> None:
    support.opens("Alice", "admins add")
    already = support.fills_in(
        "Alice", {"Who else should lead Support?": support.people["Alice"].id}
    )
    assert "is an admin of the workspace" in next(iter(already.errors.values()))
    done = support.fills_in("Alice", {"Who else should lead Support?": support.people["Bob"].id})
    assert "@Bob now leads Support" in done.plain
    assert "this team: @Bob" in support.runs("Carol", "/oncall admins").text
    assert "[ Confirm ]" in support.runs("Bob", "/oncall override @greg friday").text

    support.opens("Alice", "admins remove")
    done = support.fills_in("Alice", {"Who?": "Bob"})
    assert "no longer leads Support" in done.plain
    assert "Only leads can" in support.runs("Bob", "/oncall override @greg friday").text


def test_it_is_planned_further_ahead_with_a_form(support: World) -> None:
    support.opens("Alice", "generate")
    wrong = support.fills_in("Alice", {"How many weeks ahead?": "105"})
    assert "1 to 104 weeks" in next(iter(wrong.errors.values()))
    done = support.fills_in("Alice", {"How many weeks ahead?": "12"})

    assert "I now plan 12 weeks ahead" in done.plain
    assert "@" in support.runs("Bob", "/oncall who 2027-02-10 12:00").text


def test_an_escalation_contact_is_named_and_let_go_by_forms(support: World) -> None:
    support.opens("Alice", "escalation add")
    wrong = support.fills_in("Alice", {"Phone number": "12"})
    assert set(wrong.errors) == {"Or a name, if they aren’t in Slack", "Phone number"}
    support.fills_in(
        "Alice",
        {"Or a name, if they aren’t in Slack": "Dana Boss", "Phone number": "+13125550112"},
    )
    assert "Dana Boss" in support.runs("Alice", "/oncall escalation").text

    support.opens("Alice", "escalation remove")
    support.fills_in("Alice", {"Who?": "Dana Boss"})
    assert "has no escalation contacts" in support.runs("Alice", "/oncall escalation").text
