"""The steps of setup: back and forth without losing anything; nothing starts before it's done."""

import re

import pytest

from sandbox.slack.people import SlackView
from sandbox.world import Person
from storage.database import reading
from storage.models import Member, Notification, Shift, Team
from tests.stories.conftest import World
from tests.stories.setting_up import ANOTHER, CHANNEL, NAME, NUMBERS, PEOPLE, STEP_1, STEP_2, STEP_3

ROTATION, STARTING, DAY, HANDOFF = "Rotation", "Starting when?", "Which day?", "Handoff at"
NEXT, NOW, ON_A_DAY = "At the next handoff", "Now", "On a day I pick"


@pytest.fixture
def three(support: World) -> World:
    """Support, and a channel #pay with Bob, Carol and Dave; Bob has begun to set up a team."""
    people = [support.people[name].slack for name in ("Bob", "Carol", "Dave")]
    pay = support.sandbox.slack.channel("pay", members=people)
    support.opens("Bob", "teams add")
    support.fills_in("Bob", {NAME: "Payments", CHANNEL: pay.id})
    return support


def picks(world: World, *names: str) -> SlackView:
    """Let Bob pick who takes turns."""
    return world.fills_in("Bob", {PEOPLE: [world.people[name].id for name in names]})


def types_number(world: World, whose: str, number: str) -> None:
    """Let Bob type somebody's number into the form that is open, and not send it yet."""
    field = f"phone {world.people[whose].id}"
    world.people["Bob"].slack.fills_in({field: {field: number}})


def goes_back(world: World) -> SlackView:
    """Let Bob click Back in the form that is open."""
    view = world.people["Bob"].slack.view
    assert view is not None
    found = world.clicks("Bob", "Back", view).view
    assert found is not None
    return found


def payments() -> Team:
    with reading():
        found = Team.get(Team.name.startswith("Pay"))
    assert isinstance(found, Team)
    return found


def taking_turns(world: World) -> list[str]:
    lines = world.runs("Bob", "/oncall members team:Payments").text.split("\n")
    return [line.split()[1] for line in lines if line[:1].isdigit()]


def at_shifts(world: World) -> SlackView:
    """Let Bob go on to the last step, with Carol and Dave in the rotation."""
    picks(world, "Carol", "Dave")
    return world.fills_in("Bob")


def test_the_first_step_has_ones_own_time_zone_and_channel(support: World) -> None:
    traveler = support.sandbox.slack.person("Zoe", tz="Europe/Berlin")
    pay = support.sandbox.slack.channel("pay", members=[traveler])
    zoe = Person(traveler, support.sandbox.phones.phone("+13125550111", owner="Zoe"))
    support.people["Zoe"] = zoe
    form = zoe.runs("/oncall setup", pay).view
    assert form is not None
    assert form.title == ANOTHER
    support.fills_in("Zoe", {NAME: "Payments"})

    assert payments().time_zone == "Europe/Berlin"
    assert payments().channel_id == pay.id


# --- back ---------------------------------------------------------------------------------------


def test_back_from_the_members_changes_the_team_and_keeps_who_was_picked(three: World) -> None:
    view = three.people["Bob"].slack.view
    assert view is not None
    assert view.title == STEP_2
    again = goes_back(three)
    assert again.title == STEP_1
    assert "Payments" in again.plain
    people = three.fills_in(
        "Bob", {NAME: "Payroll", "Time zone": "Berlin", "Daily text at": "09:00"}
    )

    assert people.title == STEP_2
    team = payments()
    assert (team.name, team.time_zone, team.notify_at) == ("Payroll", "Europe/Berlin", "09:00")
    # Back without a change goes on as well.
    goes_back(three)
    assert three.fills_in("Bob").title == STEP_2


def test_back_from_the_numbers_keeps_picks_and_numbers(three: World) -> None:
    numbers = picks(three, "Carol", "Dave")
    assert numbers.title == NUMBERS
    types_number(three, "Dave", "+13125550104")
    people = goes_back(three)
    assert people.title == STEP_2
    goes_back(three)  # to the team, and all the way forth again
    assert three.fills_in("Bob").title == STEP_2
    numbers = picks(three, "Dave", "Carol", "Bob")
    assert numbers.title == NUMBERS
    assert numbers.plain.index("Dave") < numbers.plain.index("Carol")
    three.fills_in("Bob")

    assert taking_turns(three) == ["@Dave", "@Carol", "@Bob"]


@pytest.mark.parametrize("to_the_team", [False, True])
def test_a_number_that_was_typed_is_still_there_after_back(three: World, to_the_team: bool) -> None:
    picks(three, "Carol", "Dave")
    types_number(three, "Dave", "+13125550104")
    goes_back(three)
    if to_the_team:
        goes_back(three)
        three.fills_in("Bob")
    numbers = three.fills_in("Bob")  # as it was picked
    begins = [block["element"].get("initial_value") for block in numbers.blocks if "label" in block]
    assert begins == [None, "+13125550104"]
    three.fills_in("Bob")  # as it was typed

    with reading():
        found = {one.name: one.phone for one in Member.select().where(Member.team == payments())}
    assert found == {"Carol": None, "Dave": "+13125550104"}


def test_back_from_the_shifts_changes_who_takes_turns(three: World) -> None:
    assert at_shifts(three).title == STEP_3
    people = goes_back(three)
    assert people.title == STEP_2
    numbers = picks(three, "Bob", "Dave")
    assert numbers.title == NUMBERS
    assert "Number of Dave" not in numbers.plain  # who is in already
    assert three.fills_in("Bob", {"Number of Bob": "+13125550102"}).title == STEP_3

    assert taking_turns(three) == ["@Bob", "@Dave"]
    goes_back(three)
    assert picks(three, "Dave", "Bob").title == STEP_3
    assert taking_turns(three) == ["@Dave", "@Bob"]
    three.tick()


def test_back_twice_from_the_shifts_goes_through_all_steps_again(three: World) -> None:
    at_shifts(three)
    goes_back(three)
    team = goes_back(three)
    assert team.title == STEP_1
    assert "Next creates the team" not in team.plain
    people = three.fills_in("Bob")

    assert people.title == STEP_2
    assert "@Carol, @Dave" in people.plain
    assert three.fills_in("Bob").title == STEP_3


@pytest.mark.parametrize("when", [NEXT, NOW, ON_A_DAY])
def test_back_from_the_preview_keeps_what_was_chosen(three: World, when: str) -> None:
    at_shifts(three)
    chosen = {ROTATION: "Daily", HANDOFF: "09:30", STARTING: when}
    day = {DAY: "2026-11-27"} if when == ON_A_DAY else {}
    preview = three.fills_in("Bob", {**chosen, **day})
    assert "a daily rotation, handoff 9:30 AM" in preview.plain
    again = goes_back(three)

    assert again.title == STEP_3
    assert "◉ Daily (" in again.plain
    assert "09:30" in again.plain
    assert f"◉ {when}" in again.plain
    assert ("2026-11-27" in again.plain) == bool(day)
    same = three.fills_in("Bob")
    assert same.plain == preview.plain
    three.confirms_form("Bob", same)
    assert taking_turns(three) == ["@Carol", "@Dave"]


def test_a_back_that_no_button_of_ours_has_shows_the_step_as_it_is(three: World) -> None:
    at_shifts(three)
    for forged in ("weekly 25:00 now", "x 08:00 now", "daily 08:00 2026-13-01", "daily"):
        again = three.opens("Bob", f"setup back shifts {forged} team:Payments")
        assert "◉ Weekly, handoff on Mondays" in again.plain


def test_members_without_slack_need_not_be_picked_again_after_going_back(world: World) -> None:
    world.joins("Alice", "+13125550101", admin=True)
    world.changes("Alice", "/oncall members add Bob +13125550102")
    shifts = world.opens("Alice", "setup")
    assert shifts.title == STEP_3
    people = world.clicks("Alice", "Back", shifts).view
    assert people is not None
    team = world.clicks("Alice", "Back", people).view
    assert team is not None
    assert team.title == STEP_1

    assert world.fills_in("Alice").title == STEP_3
    world.forgets_mail()


def test_back_is_for_leads_only(three: World) -> None:
    at_shifts(three)
    refused = three.runs("Carol", "/oncall setup back team team:Payments").text

    assert "Only leads can do that" in refused


# --- from when ------------------------------------------------------------------------------------


def test_nothing_goes_out_before_the_next_handoff(three: World) -> None:
    three.until("2026-11-24 12:00")  # Tuesday noon
    three.forgets_mail()
    at_shifts(three)
    preview = three.fills_in("Bob", {ROTATION: "Weekly, handoff on Mondays", STARTING: NEXT})
    assert "Start a weekly rotation, handoff Mondays 8:00 AM, starting Mon Nov 30?" in preview.plain
    done = three.clicks("Bob", "Confirm", preview).text
    assert "Nothing goes out before that." in done
    assert "On-call for Payments starts Mon Nov 30, 8:00 AM CST" in (
        three.runs("Bob", "/oncall team:Payments").text
    )
    team = payments()

    three.until("2026-11-30 07:59")
    three.forgets_mail()
    with reading():
        kinds = {row.purpose for row in Notification.select().where(Notification.team == team)}
    assert kinds <= {"hello", "moved", "preflight"}
    three.until("2026-11-30 08:00")
    with reading():
        rows = Notification.select().where(Notification.team == team, Notification.kind == "sms")
        assert [row.purpose for row in rows] == ["daily"]
    three.forgets_mail()


def test_the_first_post_of_a_team_that_begins_now_does_not_call_it_a_handoff(three: World) -> None:
    three.until("2026-11-24 12:00")
    three.forgets_mail()
    at_shifts(three)
    preview = three.fills_in("Bob", {ROTATION: "Daily", STARTING: NOW})
    assert "Start a daily rotation, handoff 8:00 AM, starting now?" in preview.plain
    done = three.clicks("Bob", "Confirm", preview).text
    assert done.startswith("✅ Set up: a daily rotation, handoff 8:00 AM, starting now.")
    three.tick()
    three.passes(minutes=1)

    channels = three.sandbox.slack.memory.channels.values()
    said = [post.text for one in channels if one.name == "pay" for post in one.posts]
    assert any("On call for *Payments* starting now: " in text for text in said), said
    assert not any("Handoff" in text for text in said)
    three.until("2026-11-25 10:00")
    three.forgets_mail()


def test_a_day_that_was_filled_in_but_not_chosen_is_pointed_out(three: World) -> None:
    at_shifts(three)
    preview = three.fills_in("Bob", {ROTATION: "Daily", STARTING: NEXT, DAY: "2026-12-03"})

    assert preview.plain.startswith("⚠️ You filled in a day, but chose “At the next handoff”.")
    assert ", starting Mon Nov 23?" in preview.plain


def test_a_team_that_is_not_set_up_does_not_hide_ones_own_at_home(three: World) -> None:
    at_shifts(three)  # Dave is in the rotation of Payments, which has no shifts yet
    home = three.opens_home("Dave", "My next shifts", "Other teams").plain

    assert home.startswith("Support")
    assert home.index("Fri Nov 27, 8:00 AM CST, for 1 day") < home.index("Other teams")
    assert "Payments: nobody on call" in home
    three.fills_in("Bob", {ROTATION: "Daily"})
    preview = three.people["Bob"].slack.view
    assert preview is not None
    three.confirms_form("Bob", preview)
    home = three.opens_home("Dave", "Your next shift").plain
    assert home.startswith("Payments")  # where he's on call sooner
    assert "Support: nobody on call\nYour next shift: Fri Nov 27, 8:00 AM CST" in home


def test_a_team_begins_on_a_day_that_was_picked(three: World) -> None:
    at_shifts(three)
    missing = three.fills_in("Bob", {ROTATION: "Daily", STARTING: ON_A_DAY})
    assert missing.errors == {DAY: "Pick the day."}
    past = three.fills_in("Bob", {DAY: "2026-11-20"})
    assert "Fri Nov 20, 8:00 AM CST has passed" in past.errors[DAY]
    far = three.fills_in("Bob", {DAY: "2027-06-01"})
    assert "more than 8 weeks away" in far.errors[DAY]
    preview = three.fills_in("Bob", {DAY: "2026-12-03", HANDOFF: "09:00"})
    assert ", starting Thu Dec 3?" in preview.plain
    three.clicks("Bob", "Confirm", preview)

    listed = three.runs("Bob", "/oncall schedule team:Payments").text
    assert "Thu Dec 3, 9:00 AM" in listed
    for day in ("2026-12-02 12:00", "2026-12-03 08:59"):
        assert "nobody" in three.runs("Bob", f"/oncall who {day} team:Payments").text.lower()
    assert "@" in three.runs("Bob", "/oncall who 2026-12-03 09:00 team:Payments").text


def test_the_first_who_was_picked_has_the_first_shift_and_the_others_follow(three: World) -> None:
    three.until("2026-11-26 12:00")  # Thursday noon
    three.forgets_mail()
    picks(three, "Dave", "Bob", "Carol")
    three.fills_in("Bob")
    preview = three.fills_in("Bob", {ROTATION: "Daily", STARTING: NEXT})
    said = "Each shift goes to the next person. @Dave has the first one."
    assert said in preview.plain
    assert said in three.clicks("Bob", "Confirm", preview).text

    assert taking_turns(three) == ["@Dave", "@Bob", "@Carol"]
    days = [f"2026-{day} 12:00" for day in ("11-27", "11-28", "11-29", "11-30", "12-01")]
    found = [three.runs("Bob", f"/oncall who {day} team:Payments").text for day in days]
    names = [re.findall(r"@\w+", text)[0] for text in found]
    assert names == ["@Dave", "@Bob", "@Carol", "@Dave", "@Bob"]
    assert "; rotation to next person takes next shift (was shift by one each week)" in (
        three.runs("Bob", "/oncall audit team:Payments").text
    )


def test_a_preview_of_a_weekly_rotation_says_who_is_first(three: World) -> None:
    at_shifts(three)
    weekly = three.fills_in("Bob", {ROTATION: "Weekly, handoff on Mondays", STARTING: NEXT})

    assert "@Carol has the first shift." in weekly.plain


def test_what_was_set_up_for_later_can_begin_earlier_and_be_changed(three: World) -> None:
    at_shifts(three)
    three.changes("Bob", "/oncall shifts pattern weekly 08:00 2026-12-07 team:Payments")
    assert payments().begins_at is not None
    # The form still asks, since nobody was on call yet; and shows what there is.
    form = three.opens("Bob", "shifts pattern team:Payments")
    assert (
        "● Weekly, handoff on Mondays" in form.plain or "Weekly, handoff on Mondays" in form.plain
    )
    preview = three.fills_in("Bob", {ROTATION: "Daily", STARTING: NEXT})
    three.clicks("Bob", "Confirm", preview)
    with reading():
        assert (
            Shift.select().where(Shift.team == payments(), Shift.active_until.is_null()).count()
            == 7
        )
    three.changes("Bob", "/oncall undo team:Payments")
    begins = payments().begins_at
    assert begins is not None
    assert begins.isoformat().startswith("2026-12-07")

    three.changes("Bob", "/oncall shifts pattern weekly 09:00 now team:Payments")
    assert payments().begins_at is None


def test_a_running_team_has_no_beginning(support: World) -> None:
    form = support.opens("Alice", "shifts pattern")
    assert STARTING not in form.plain
    support.people["Alice"].slack.closes()
    support.until("2026-11-24 12:00")
    support.forgets_mail()
    refused = support.runs("Alice", "/oncall shifts pattern daily 08:00 2026-12-07").text

    assert "Support is already running, so new shifts start next Monday." in refused


def test_the_beginning_keeps_its_local_time_in_another_zone(three: World) -> None:
    at_shifts(three)
    three.changes("Bob", "/oncall shifts pattern daily 08:00 2026-12-07 team:Payments")
    three.changes("Bob", "/oncall settings zone Europe/Berlin team:Payments")

    begins = payments().begins_at
    assert begins is not None
    assert begins.isoformat() == "2026-12-07T07:00:00+00:00"


@pytest.mark.parametrize("begun", ["members", "a beginning"])
def test_a_notify_time_that_moves_says_nothing_while_the_team_is_set_up(
    three: World, begun: str
) -> None:
    if begun == "a beginning":
        at_shifts(three)
        three.changes("Bob", "/oncall shifts pattern weekly 08:00 2026-12-07 team:Payments")
    three.until("2026-11-24 07:30")
    three.forgets_mail()
    if begun == "members":
        goes_back(three)
        three.fills_in("Bob", {"Daily text at": "07:00"})
    else:
        three.changes("Bob", "/oncall settings notify 07:00 team:Payments")
    three.tick()

    assert payments().notify_at == "07:00"
    with reading():
        rows = Notification.select().where(Notification.team == payments())
        assert not [row.text for row in rows if row.purpose == "daily"]


def test_the_first_day_is_checked_the_day_before_also_past_the_notify_time(three: World) -> None:
    at_shifts(three)
    three.changes("Bob", "/oncall settings notify 07:00 team:Payments")
    three.changes("Bob", "/oncall shifts pattern daily 09:00 2026-12-07 team:Payments")
    three.until("2026-12-05 16:00")
    three.settles(1)
    three.until("2026-12-06 16:00")
    three.settles(1)
    three.forgets_mail()

    with reading():
        looks = Notification.select().where(
            Notification.team == payments(), Notification.purpose == "preflight"
        )
        said = [row.shown or row.text for row in looks if row.status == "delivered"]
    assert len(said) == 1
    assert "number" in said[0]


def test_another_pattern_moves_no_beginning(three: World) -> None:
    at_shifts(three)
    three.changes("Bob", "/oncall shifts pattern weekly 08:00 2026-12-07 team:Payments")
    three.changes("Bob", "/oncall shifts pattern daily 09:00 team:Payments")
    begins = payments().begins_at
    assert begins is not None
    assert begins.isoformat() == "2026-12-07T15:00:00+00:00"

    three.opens("Bob", "shifts pattern team:Payments")
    preview = three.fills_in("Bob", {ROTATION: "Weekdays and weekends"})
    assert ", starting Mon Dec 7?" in preview.plain


# --- the pattern form ----------------------------------------------------------------------------


def test_the_form_shows_the_shifts_that_there_are(support: World) -> None:
    """Six shifts at eight: the form says so, also where texts go out at another time."""
    support.changes("Alice", "/oncall settings notify 07:00")
    support.opens("Alice", "shifts pattern")
    same = support.fills_in("Alice")

    assert "Those are already the team’s shifts." in "".join(same.errors.values()) + same.plain


def test_shifts_that_are_no_pattern_leave_the_choice_open(support: World) -> None:
    support.changes("Alice", "/oncall shifts remove 3")
    support.opens("Alice", "shifts pattern")
    wrong = support.fills_in("Alice")

    assert wrong.errors == {ROTATION: "Please complete this required field."}
    support.fills_in("Alice", {ROTATION: "Weekdays and weekends"})


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("weekly", "Move to a weekly rotation, handoff Mondays 8:00 AM, starting Mon Nov 30?"),
        ("daily 9am", "Move to a daily rotation, handoff 9:00 AM, starting Mon Nov 30?"),
        (
            "six 09:00",
            "Move to a daily rotation with Tue-Wed combined, handoff 9:00 AM, starting Mon Nov 30?",
        ),
        (
            "weekend",
            "Move to weekday and weekend shifts, handoff Mondays and Saturdays 8:00 AM, starting "
            "Mon Nov 30?",
        ),
    ],
)
def test_a_pattern_is_asked_for_in_plain_words(support: World, typed: str, asked: str) -> None:
    assert asked in support.runs("Alice", f"/oncall shifts pattern {typed}").text
