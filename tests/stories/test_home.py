"""The Home tab: what each person sees and does there.

The tab is published after the acknowledgement; `sees_home` waits until it says what it should.
"""

import pytest

from scheduling.changes import team_file
from storage.database import reading
from storage.models import Proposal
from tests.stories.conftest import World
from tests.stories.reading import below, part

STEP_2, NUMBERS = "Step 2 of 3: members", "Step 2 of 3: numbers"


NAME, CHANNEL, PEOPLE = "Team name", "Channel", "Who’s in the rotation?"


# --- a member ---------------------------------------------------------------------------------


def test_a_member_sees_who_is_on_call_their_shifts_and_two_weeks(morning: World) -> None:
    home = morning.opens_home("Bob", "Support")

    assert home.plain.startswith(
        "Support\n📞 @Alice is on call for Support until Tue Nov 24, 8:00 AM "
        "CST.\nNext: @Bob, until Thu Nov 26, 8:00 AM.\n"
        "[ Schedule ]  [ Cover a shift myself ]  [ Overrides ]  [ Why? ]  [ Notifications ]\n"
    )
    mine = part(home, "My next shifts").splitlines()
    assert mine[:2] == [
        "Tue Nov 24, 8:00 AM CST, for 2 days",
        "[ Find cover ]",
    ]
    assert mine.count("[ Find cover ]") == 5
    assert mine[-1] == "[ All my shifts ]  [ Swap ]  [ My details ]"
    weeks = part(home, "Next two weeks", "Times in").splitlines()
    assert weeks[0] == "now  Alice"
    assert weeks[1] == "Tue Nov 24, 8:00 AM  Bob"
    assert weeks[-1] == "Sun Dec 6, 8:00 AM  Greg"
    assert len(weeks) == 12
    assert home.plain.endswith("Times in America/Chicago.")


def test_a_member_sees_no_numbers_and_nothing_for_admins(morning: World) -> None:
    home = morning.opens_home("Bob", "Next two weeks")

    assert "555" not in home.plain
    assert "For leads" not in home.plain
    assert "Open requests" not in home.plain


def test_who_is_on_call_sees_how_long_it_still_lasts(morning: World) -> None:
    morning.passes(hours=2)

    assert part(morning.opens_home("Alice", "My next shifts"), "My next shifts").startswith(
        "now, for 22 h\n"
    )


def test_an_override_is_seen_in_the_two_weeks(morning: World) -> None:
    morning.changes("Alice", "/oncall override @greg tomorrow 14:00 to 18:00 for gym")

    weeks = part(morning.opens_home("Carol", "two weeks"), "Next two weeks", "Times in")

    assert weeks.splitlines()[1:4] == [
        "Tue Nov 24, 8:00 AM  Bob",
        "Tue Nov 24, 2:00 PM  Greg, for Bob",
        "Tue Nov 24, 6:00 PM  Bob",
    ]


def test_a_gap_is_seen_and_what_is_not_planned_is_none(morning: World) -> None:
    def weeks() -> list[str]:
        home = morning.opens_home("Carol", "Next two weeks")
        return part(home, "Next two weeks", "Times in").splitlines()

    morning.changes("Alice", "/oncall shifts remove 6")
    assert [line for line in weeks() if "nobody" in line] == [
        "Sun Nov 29, 8:00 AM  nobody",
        "Sun Dec 6, 8:00 AM  nobody",
    ]

    morning.until("2027-01-20 09:00")
    morning.forgets_mail()
    morning.people["Carol"].slack.opens_home()
    morning.sees_home("Carol", "now  Carol")
    assert weeks() == [
        "now  Carol",
        "Thu Jan 21, 8:00 AM  Dave",
        "Fri Jan 22, 8:00 AM  Eve",
        "Sat Jan 23, 8:00 AM  Fran",
    ]


def test_find_cover_opens_the_form_with_that_shift_chosen(morning: World) -> None:
    home = morning.opens_home("Bob", "My next shifts")

    answer = morning.clicks("Bob", "Find cover", home)

    assert answer.view is not None
    assert answer.view.title == "Find cover"
    assert "Which shift? (optional): [ Tue Nov 24, 8:00 AM to Thu Nov 26, 8:00 AM CST ]" in (
        answer.view.plain
    )
    asked = morning.fills_in("Bob", {"Who covers?": "Greg", "Reason": "trip"})
    assert "I’ve asked @Greg" in asked.plain
    assert "Tue Nov 24, 8:00 AM to Thu Nov 26, 8:00 AM: @Bob → @Greg" in asked.plain
    morning.accepts("Greg")
    morning.people["Bob"].slack.opens_home()

    new = morning.sees_home("Bob", "Tue Nov 24, 8:00 AM  Greg, for Bob", "Next: @Greg")
    assert part(new, "My next shifts").startswith("Mon Nov 30, 8:00 AM CST")
    morning.tick()
    assert "@Greg accepted your request to cover Support" in morning.dm("Bob")


def test_find_cover_for_a_later_shift_chooses_that_one(morning: World) -> None:
    home = morning.opens_home("Bob", "My next shifts")

    answer = morning.clicks("Bob", "Find cover", below(home, "Sat Dec 26, 8:00 AM CST"))

    assert answer.view is not None
    assert "[ Sat Dec 26, 8:00 AM to Sun Dec 27, 8:00 AM CST ]" in answer.view.plain


def test_find_cover_for_a_running_shift_is_for_the_rest_of_it(morning: World) -> None:
    morning.passes(hours=2)
    home = morning.opens_home("Alice", "now, for 22 h")

    morning.clicks("Alice", "Find cover", home)
    preview = morning.fills_in("Alice", {"Who covers?": "Greg"})

    assert "to Tue Nov 24, 8:00 AM: @Alice → @Greg" in preview.plain
    morning.confirms_form("Alice", preview)
    morning.passes(seconds=15)
    morning.reads("Greg", "on call for", "covering Alice")
    morning.people["Alice"].slack.opens_home()
    morning.sees_home("Alice", "@Greg is on call for Support", gone="now, for")


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("Schedule", "• Thu Dec 3, 8:00 AM to Fri Dec 4, 8:00 AM: Dave"),
        ("Overrides", "No overrides"),
        ("Why?", "@Alice is on call for Support, because:"),
        ("Notifications", "text to @Alice, accepted"),
        ("All my shifts", "You have 8 shifts coming up in Support:"),
        ("Cover a shift myself", "Which shift?"),
        ("Swap", "You give"),
        ("My details", "Phone number"),
    ],
)
def test_each_button_of_a_members_home_shows_what_it_says(
    morning: World, label: str, words: str
) -> None:
    home = morning.opens_home("Bob", "My next shifts")

    answer = morning.clicks("Bob", label, home)

    assert answer.view is not None
    assert words in answer.view.plain


def test_one_pages_through_the_schedule_in_the_modal_too(morning: World) -> None:
    home = morning.opens_home("Bob", "Support")
    page = morning.clicks("Bob", "Schedule", home)
    assert page.view is not None

    later = morning.clicks("Bob", "Later ›", page.view)
    assert later.view is not None
    assert later.view.plain.startswith("Support schedule: Mon Dec 7, 2026 to Sun Dec 20, 2026\n")
    back = morning.clicks("Bob", "‹ Earlier", later.view)
    assert back.view is not None
    assert back.view.plain.startswith("Support schedule: Mon Nov 23, 2026 to Sun Dec 6, 2026\n")
    assert (
        "• now to Tue Nov 24, 8:00 AM: Alice\n"
        "• Tue Nov 24, 8:00 AM to Thu Nov 26, 8:00 AM: Bob (48 h)" in back.view.plain
    )
    cover = morning.clicks("Bob", "Cover a shift myself", back.view)
    assert cover.view is not None
    assert "Which shift?" in cover.view.plain


# --- swaps ------------------------------------------------------------------------------------


@pytest.fixture
def asked(morning: World) -> World:
    """Bob has asked Dave to swap Monday for Friday."""
    morning.runs("Bob", "/oncall swap @dave 2026-11-30 for 2026-11-27")
    morning.tick()
    return morning


def test_a_swap_is_accepted_from_home(asked: World) -> None:
    home = asked.opens_home("Dave", "Open requests")
    assert part(home, "Open requests") == (
        "@Bob asks you to swap shifts in Support.\n"
        "• You take Mon Nov 30, 8:00 AM to Tue Dec 1, 8:00 AM CST.\n"
        "• You give Fri Nov 27, 8:00 AM to Sat Nov 28, 8:00 AM CST.\n"
        "[ Accept ]  [ Decline ]"
    )

    answer = asked.clicks("Dave", "Accept", home)

    assert answer.text.startswith("✅")
    new = asked.sees_home("Dave", "Fri Nov 27, 8:00 AM  Bob", gone="Open requests")
    assert "Mon Nov 30, 8:00 AM  Dave" in new.plain
    asked.tick()
    assert "accepted" in asked.dm("Bob")
    with reading():
        assert [one.status for one in Proposal.select()] == ["done"]


def test_a_swap_is_declined_from_home(asked: World) -> None:
    home = asked.opens_home("Dave", "Open requests")

    answer = asked.clicks("Dave", "Decline", home)

    assert "Declined: Swap @Bob’s Mon Nov 30" in answer.text
    new = asked.sees_home("Dave", gone="Open requests")
    assert "Fri Nov 27, 8:00 AM  Dave" in new.plain
    asked.tick()
    assert "declined" in asked.dm("Bob")


def test_the_asker_sees_that_there_is_no_answer_yet_and_can_withdraw(asked: World) -> None:
    home = asked.opens_home("Bob", "Open requests")
    assert "You’re waiting for @Dave to answer your swap in Support, Mon Nov 30" in home.plain
    assert "[ Withdraw ]" in home.plain

    asked.clicks("Bob", "Withdraw", home)

    asked.sees_home("Bob", gone="Open requests")
    assert "Open requests" not in asked.opens_home("Carol", "Support").plain
    person = asked.people["Dave"].slack
    person.opens_home()
    asked.sees_home("Dave", "Support", gone="Open requests")


def test_others_see_nothing_of_a_swap(asked: World) -> None:
    assert "Open requests" not in asked.opens_home("Carol", "Next two weeks").plain
    assert "Open requests" not in asked.opens_home("Alice", "For leads").plain


# --- an admin ---------------------------------------------------------------------------------


def test_an_admin_sees_members_shifts_and_settings(morning: World) -> None:
    home = morning.opens_home("Alice", "For leads")

    assert part(home, "Members", "[ Add ]").splitlines() == [
        f"{n}. @{name} +1 312-555-010{n} ✅"
        for n, name in enumerate(("Alice", "Bob", "Carol", "Dave", "Eve", "Fran", "Greg"), start=1)
    ]
    assert part(home, "Shifts", "[ Add ]").splitlines() == [
        "1. Mon 8:00 AM, 1 day",
        "2. Tue 8:00 AM, 2 days",
        "3. Thu 8:00 AM, 1 day",
        "4. Fri 8:00 AM, 1 day",
        "5. Sat 8:00 AM, 1 day",
        "6. Sun 8:00 AM, 1 day",
    ]
    assert part(home, "Settings", "[ Change ]") == (
        "#support, America/Chicago, texts at 8:00 AM, rotates by one each week, "
        "planned 8 weeks ahead"
    )
    assert "Delivery problems in the last week\n✅ None.\n" in home.plain
    assert home.plain.endswith(
        "[ Undo ]  [ Audit ]  [ Plan ahead ]  [ Teams ]  [ Leads ]  [ Escalation ]  [ Costs ]"
    )


def test_an_admin_sees_what_did_not_arrive(support: World) -> None:
    support.sandbox.twilio.fault("503", times=3)
    support.until("2026-11-23 08:00")
    for _ in range(5):
        support.passes(seconds=60)

    home = support.opens_home("Alice", "Delivery problems")

    assert part(home, "Delivery problems in the last week", "Health") == (
        "• 2 Mon Nov 23, 8:00 AM CST: text to @Alice, failed, 3 tries. "
        "Twilio is having trouble (503)."
    )
    support.until("2026-12-01 09:00")
    support.forgets_mail()
    support.people["Alice"].slack.opens_home()
    support.sees_home("Alice", "None.", gone="failed")


def test_an_admin_sees_whether_the_clockwork_runs(morning: World) -> None:
    assert morning.bot
    home = morning.opens_home("Alice", "Health")
    assert "Health\n⚠️ The scheduler hasn’t reported in for 3 min. See the log.\n" in home.plain

    morning.bot.jobs.beat()
    morning.opens_home("Alice", "Health\n✅ Running for 1 h; Slack connected, Twilio ")

    morning.passes(minutes=4)
    morning.opens_home("Alice", "The scheduler hasn’t reported in for 3 min.")


@pytest.mark.parametrize(
    ("heading", "label", "title"),
    [
        ("*Members*", "Add", "Add a member"),
        ("*Members*", "Edit", "Edit a member"),
        ("*Members*", "Remove", "Remove a member"),
        ("*Members*", "Reorder", "Reorder the rotation"),
        ("*Shifts*", "Add", "Add a shift"),
        ("*Shifts*", "Edit", "Edit a shift"),
        ("*Shifts*", "Remove", "Remove a shift"),
        ("*Shifts*", "Pattern", "Usual patterns"),
        ("*Settings*", "Change", "Team settings"),
        ("*Health*", "Audit", "Audit"),
        ("*Health*", "Plan ahead", "Plan ahead"),
        ("*Health*", "Teams", "Teams"),
        ("*Health*", "Leads", "Leads"),
    ],
)
def test_each_button_for_admins_opens_what_it_says(
    morning: World, heading: str, label: str, title: str
) -> None:
    home = morning.opens_home("Alice", "For leads")

    answer = morning.clicks("Alice", label, below(home, heading))

    assert answer.view is not None
    assert answer.view.title == title


def test_a_change_from_home_shows_there_at_once(morning: World) -> None:
    home = morning.opens_home("Alice", "For leads")

    morning.clicks("Alice", "Change", home)
    morning.fills_in("Alice", {"Daily text at": "07:30"})
    home = morning.sees_home("Alice", "texts at 7:30 AM", gone="texts at 8:00 AM")

    morning.clicks("Alice", "Add", below(home, "*Shifts*"))
    preview = morning.fills_in("Alice", {"Starts every": "Friday", "At": "12:00", "Hours": "4"})
    morning.confirms_form("Alice", preview)
    home = morning.sees_home("Alice", "7. Fri 12:00 PM, 4 h")

    answer = morning.clicks("Alice", "Undo", home)
    assert answer.view is not None
    morning.confirms_form("Alice", answer.view)
    morning.sees_home("Alice", "6. Sun 8:00 AM", gone="7. Friday")


def test_a_member_is_added_from_home(morning: World) -> None:
    zoe = morning.joins("Zoe", "+13125550111")
    home = morning.opens_home("Alice", "For leads")

    morning.clicks("Alice", "Add", below(home, "*Members*"))
    preview = morning.fills_in(
        "Alice", {"Who, in Slack": zoe.id, "Phone number": "+1 312 555 0111"}
    )
    morning.confirms_form("Alice", preview)

    morning.sees_home("Alice", "8. @Zoe +1 312-555-0111")


def test_home_is_refreshed_also_when_the_answer_took_its_time(morning: World) -> None:
    morning.opens_home("Alice", "For leads")
    payments = morning.sandbox.slack.channel("payments", bot=False)
    morning.runs("Alice", "/oncall teams add")
    slack, alice = morning.sandbox.slack, morning.people["Alice"].slack
    slack.latency(0.5)  # each call; the bot asks for the channel and joins it

    alice.submits({NAME: "Payments", CHANNEL: payments.id})
    slack.until(lambda: alice.view is not None and alice.view.title == STEP_2)

    morning.sees_home("Alice", "Payments isn’t set up yet.")


def test_a_home_of_many_members_is_rendered_whole(world: World) -> None:
    alice = world.joins("Alice", "+13125550101", admin=True)
    people = [world.sandbox.slack.person(f"Member {n:02}", handle=f"member{n}") for n in range(120)]
    members = [
        {"name": one.name, "phone": f"+1312555{1000 + n}", "slack": one.id}
        for n, one in enumerate(people)
    ]
    members.append({"name": "Alice", "phone": "+13125550101", "slack": alice.id})
    shifts = [{"number": 1, "day": "Monday", "start": "08:00", "hours": 168}]
    team = {"name": "Support", "time_zone": "America/Chicago", "channel": world.channel.id}
    data = {"team": team, "members": members, "shifts": shifts}
    team_file.import_team(data, world.clock.now())

    home = world.opens_home("Alice", "For leads")

    assert "1. @Member 00 +1 312-555-1000" in home.plain
    lines = part(home, "Members", "[ Add ]").splitlines()
    assert all("<@" not in line for line in lines)
    assert len(lines) == 121
    assert lines[-1] == "121. @Alice +1 312-555-0101 (not confirmed)"


# --- somebody in no team, several teams -------------------------------------------------------


def test_who_is_in_no_team_sees_who_is_on_call_and_no_shifts_of_their_own(morning: World) -> None:
    morning.joins("Zoe", "+13125550111")

    home = morning.opens_home("Zoe", "Support")

    assert "@Alice is on call for Support" in home.plain
    assert "Next two weeks" in home.plain
    assert "My next shifts" not in home.plain
    shown = morning.clicks("Zoe", "Schedule", home)
    assert shown.view is not None
    assert "• now to Tue Nov 24, 8:00 AM: Alice" in shown.view.plain


@pytest.fixture
def two(morning: World) -> World:
    """Support and payments, in which Zoe is on call all week."""
    morning.joins("Zoe", "+13125550111")
    morning.sandbox.slack.channel("payments")
    for command in (
        "teams add payments #payments",
        "members add @zoe +13125550111 team:payments",
        "shifts pattern weekly team:payments",
    ):
        morning.changes("Alice", f"/oncall {command}")
    morning.passes(seconds=15)
    morning.forgets_mail()
    return morning


def test_each_sees_their_own_team_first_and_the_others_below(two: World) -> None:
    zoes, bobs = two.opens_home("Zoe", "Other teams"), two.opens_home("Bob", "Other teams")

    assert zoes.plain.startswith("payments\n📞 @Zoe is on call for payments")
    assert part(zoes, "Other teams") == "Support: @Alice on call\n[ Schedule ]"
    assert "now  Zoe" in part(zoes, "Next two weeks", "Times in")
    assert bobs.plain.startswith("Support\n")
    assert part(bobs, "Other teams") == "payments: @Zoe on call\n[ Schedule ]"


def test_a_button_on_home_is_about_its_own_team(two: World) -> None:
    home = two.opens_home("Bob", "Other teams")

    theirs = two.clicks("Bob", "Schedule", below(home, "Other teams"))
    assert theirs.view is not None
    assert theirs.view.plain.startswith("payments schedule: ")
    own = two.clicks("Bob", "Schedule", home)
    assert own.view is not None
    assert own.view.plain.startswith("Support schedule: ")
    cover = two.clicks("Zoe", "Find cover", two.opens_home("Zoe", "My next shifts"))
    assert cover.view is not None


def test_who_left_the_rotation_still_sees_who_is_on_call(two: World) -> None:
    two.changes("Alice", "/oncall members remove @dave")
    two.tick()

    home = two.opens_home("Dave", "Other teams")

    assert home.plain.startswith("Support\n")
    assert "Fri Nov 27, 8:00 AM  Greg" in home.plain
    assert "[ Find cover ]" not in home.plain
