"""Rights at the moment of a change, and changes that happen at the same time."""

import pytest

from sandbox.slack.people import Answer
from storage.database import reading
from storage.models import Member, Notification, Team
from tests.stories.conftest import World
from tests.stories.reading import below
from tests.stories.stored import covers, person

ONLY_ADMINS = "Only leads can"


def typed(answer: Answer, label: str) -> str:
    """Return the command that a button stands for."""
    buttons = [one for block in answer.blocks for one in block.get("elements", [])]
    (value,) = [
        str(one["value"])
        for one in buttons
        if one["type"] == "button" and one["text"]["text"] == label
    ]
    return f"/oncall {value.partition(' ')[2]}"


def received(world: World, name: str) -> int:
    """Return how many SMS somebody has got."""
    return len(world.people[name].phone.messages)


def posts(world: World) -> list[str]:
    """Return what is in the channel."""
    return [post.plain for post in world.channel.messages]


# --- rights, again at Confirm -----------------------------------------------------------------


def test_who_has_lost_the_shift_cannot_confirm_a_cover_for_it(support: World) -> None:
    support.until("2026-11-24 06:00")  # two hours before his shift, when nobody is asked any more
    support.forgets_mail()
    preview = support.runs("Bob", "/oncall override @greg today")
    assert "@Bob → @Greg" in preview.text
    support.changes("Alice", "/oncall override @carol today")

    anew = support.confirms("Bob", preview)

    assert ONLY_ADMINS in anew.text
    assert ONLY_ADMINS in support.runs("Bob", "/oncall confirm 1").text
    assert covers() == ["Carol"]


def test_a_preview_replaced_by_one_of_somebody_elses_shift_cannot_be_confirmed(
    support: World,
) -> None:
    support.until("2026-11-24 06:00")
    support.forgets_mail()
    preview = support.runs("Bob", "/oncall override @greg today")
    support.changes("Bob", "/oncall override @fran today 12:00 to 14:00")
    support.changes("Alice", "/oncall override cancel 1")
    support.changes("Alice", "/oncall override @carol today 12:00 to 14:00")

    assert "instead of" not in support.confirms("Bob", preview).text
    assert "instead of" not in support.runs("Bob", "/oncall confirm 1").text
    assert "Greg" not in covers()


def test_somebody_who_is_not_an_admin_anymore_cannot_confirm_an_override(support: World) -> None:
    support.changes("Alice", "/oncall admins add @bob")
    preview = support.runs("Bob", "/oncall override @greg friday")
    support.changes("Alice", "/oncall admins remove @bob")

    assert ONLY_ADMINS in support.confirms("Bob", preview).text
    assert covers() == []


def test_somebody_who_is_not_an_admin_anymore_cannot_confirm_an_undo(support: World) -> None:
    support.changes("Alice", "/oncall admins add @bob")
    support.changes("Alice", "/oncall override @greg friday")
    preview = support.runs("Bob", "/oncall override cancel 1")
    assert "[ Confirm ]" in preview.text
    support.changes("Alice", "/oncall admins remove @bob")

    support.confirms("Bob", preview)

    assert covers() == ["Greg"]


def test_an_old_confirm_button_never_makes_what_was_not_shown_above_it(support: World) -> None:
    first = support.runs("Alice", "/oncall override @greg tomorrow")
    support.changes("Bob", "/oncall override @carol tomorrow")
    old = typed(first, "Confirm")

    once = support.confirms("Alice", first)
    twice = support.runs("Alice", old)
    thrice = support.runs("Alice", old)

    for answer in (once, twice, thrice):
        assert (
            "Something else changed in the meantime, so I haven’t saved anything yet" in answer.text
        )
        assert "@Carol → @Greg" in answer.text
    assert covers() == ["Carol"]
    assert typed(once, "Confirm") != old
    assert "instead of @Carol" in support.confirms("Alice", once).text
    assert covers() == ["Carol", "Greg"]


def test_a_preview_with_an_undone_member_never_puts_another_on_call(support: World) -> None:
    support.changes("Alice", '/oncall members add "Hank Doe" +13125550177')
    preview = support.runs("Alice", '/oncall override "Hank Doe" friday')
    assert "→ Hank Doe" in preview.text
    assert "Undone" in support.changes("Alice", "/oncall undo").text
    assert "Ivy Roe" in support.changes("Alice", '/oncall members add "Ivy Roe" +13125550178').text

    answer = support.confirms("Alice", preview)

    assert "Ivy" not in answer.text
    assert "Ivy Roe" not in covers()
    assert "Ivy" not in support.runs("Alice", "/oncall who friday 9am").text


def test_a_demoted_admin_gets_nobodys_number_from_a_form_still_open(support: World) -> None:
    support.changes("Alice", "/oncall admins add @bob")
    support.opens("Bob", "members edit")
    support.changes("Alice", "/oncall admins remove @bob")

    view = support.fills_in("Bob", {"Who?": "Carol"})

    assert ONLY_ADMINS in f"{view.plain} {view.errors}"
    assert "555-0103" not in f"{view.plain} {view.blocks}"
    assert "5550103" not in f"{view.plain} {view.blocks}"


# --- overrides that several have a part in ----------------------------------------------------


@pytest.fixture
def swapped(support: World) -> World:
    """The team in which Dave has taken Bob's Tuesday, and Bob Dave's Friday."""
    support.runs("Bob", "/oncall swap @dave tuesday for friday")
    support.tick()
    done = support.clicks("Dave", "Accept", support.last_message("Dave"))
    assert "Swapped" in done.text
    assert covers() == ["Dave", "Bob"]
    support.tick()
    return support


@pytest.mark.parametrize(("name", "others", "own"), [("Bob", 2, 1), ("Dave", 1, 2)])
def test_nobody_reclaims_what_they_gave_the_other_in_a_swap(
    swapped: World, name: str, others: int, own: int
) -> None:
    refused = swapped.changes(name, f"/oncall override cancel {others}").text
    assert f"Override {others} was made by" in refused
    moved = swapped.changes(name, f"/oncall override edit {others} friday 08:00 to 09:00").text
    assert f"Override {others} was made by" in moved
    assert covers() == ["Dave", "Bob"]

    assert "is canceled" in swapped.changes(name, f"/oncall override cancel {own}").text
    assert len(covers()) == 1


def test_an_admin_takes_a_whole_swap_back(swapped: World) -> None:
    assert "Undone" in swapped.changes("Alice", "/oncall undo").text
    assert covers() == []


def test_who_has_found_cover_may_find_another(support: World) -> None:
    support.changes("Bob", "/oncall override @carol tomorrow")

    reason = support.changes("Bob", "/oncall override edit 1 @carol tomorrow for dentist")
    assert "covering for @Bob (reason: dentist)" in reason.text
    other = support.changes("Bob", "/oncall override edit 1 @greg tomorrow")
    shorter = support.changes("Bob", "/oncall override edit 1 2026-11-24 08:00 to 2026-11-24 20:00")

    assert other.text.startswith("✅")
    assert shorter.text.startswith("✅")
    assert covers() == ["Greg"]
    beyond = support.changes("Bob", "/oncall override edit 1 2026-11-24 08:00 to 2026-11-27 20:00")
    assert ONLY_ADMINS in beyond.text


def test_a_running_override_edited_to_another_day_begins_when_it_was_typed(
    support: World,
) -> None:
    support.changes("Alice", "/oncall override @greg today 08:00 to 20:00")
    support.until("2026-11-23 09:00")
    support.forgets_mail()

    preview = support.runs("Alice", "/oncall override edit 1 friday 15:00 to 18:00")

    assert "Mon Nov 23, 9:00 AM to 8:00 PM" in preview.text
    assert "Fri Nov 27, 3:00 PM to 6:00 PM: @Dave → @Greg" in preview.text
    for day in ("Tue", "Wed", "Thu"):
        assert f"{day} " not in preview.text
    support.confirms("Alice", preview)
    support.passes(seconds=15)
    support.reads("Alice", "on call for")
    assert "@Greg was on call" in support.runs("Bob", "/oncall who today 08:30").text
    assert "@Greg" in support.runs("Bob", "/oncall who friday 15:30").text


def test_a_swap_of_a_shift_that_has_begun_is_not_on_home_any_more(support: World) -> None:
    support.runs("Bob", "/oncall swap @dave tuesday for friday")
    support.tick()
    assert "[ Accept ]" in support.opens_home("Dave", "Open requests").plain
    assert "[ Withdraw ]" in support.opens_home("Bob", "Open requests").plain

    support.until("2026-11-24 08:00")
    support.forgets_mail()

    for name in ("Bob", "Dave"):
        support.people[name].slack.opens_home()
        support.sees_home(name, "Next two weeks", gone="Open requests")


def test_a_shift_that_has_begun_is_not_offered_for_a_swap(support: World) -> None:
    support.until("2026-11-23 09:00")
    support.forgets_mail()

    view = support.opens("Alice", "swap")

    assert "now, for" not in str(view.blocks)


# --- mornings, whatever is set meanwhile ------------------------------------------------------


def test_a_notify_time_that_is_undone_loses_no_morning(support: World) -> None:
    support.changes("Alice", "/oncall settings notify 09:00")
    support.until("2026-11-25 07:30")  # the second day of Bob's two: no handoff
    support.changes("Alice", "/oncall settings notify 08:15")
    support.until("2026-11-25 07:40")
    support.changes("Alice", "/oncall settings notify 10:00")
    support.until("2026-11-25 08:30")
    support.forgets_mail()
    before = received(support, "Bob"), len(posts(support))

    support.changes("Alice", "/oncall undo")  # it is 08:15 again, which is over
    for at in ("08:31", "10:01", "16:00", "23:30"):
        support.until(f"2026-11-25 {at}")

    assert received(support, "Bob") == before[0] + 1
    (post,) = posts(support)[before[1] :]
    assert "@Bob" in post
    support.reads("Bob", "Good morning, Bob.", "on call")
    support.until("2026-11-26 08:14")
    support.reads("Carol", "on call for")
    support.until("2026-11-26 08:15")
    support.reads("Carol")


def test_a_notify_time_moved_onto_a_handoff_tells_nobody_twice(support: World) -> None:
    support.changes("Alice", "/oncall settings notify 7:30 AM")
    support.until("2026-11-24 07:40")
    support.reads("Bob", "on call", "from 8:00 AM")
    support.forgets_mail()
    support.changes("Alice", "/oncall settings notify 08:00")
    before = len(posts(support))

    support.until("2026-11-24 08:05")
    support.until("2026-11-24 20:00")
    support.until("2026-11-25 07:59")

    support.has_no_mail()
    assert posts(support)[before:] == []
    support.until("2026-11-25 08:00")
    support.reads("Bob", "on call")


def test_a_zone_further_east_gives_the_day_it_jumps_to_its_message_once(support: World) -> None:
    support.until("2026-11-24 23:30")
    support.forgets_mail()
    before = received(support, "Bob"), len(posts(support))

    support.changes("Alice", "/oncall settings zone Asia/Tokyo")  # Wednesday 14:30 there
    for hours in (0.1, 1, 3, 4.9):
        support.passes(hours=hours)

    assert received(support, "Bob") == before[0] + 1
    (post,) = posts(support)[before[1] :]
    assert "@Bob" in post
    support.forgets_mail()
    with reading():
        said = Notification.select().where(
            Notification.dedupe_key.startswith("daily:1:2026-11-25"), Notification.kind == "sms"
        )
        assert [one.team_member_id for one in said] == [person("Bob").id]


# --- forms that were open meanwhile -----------------------------------------------------------


def test_a_form_of_a_member_leaves_alone_what_one_did_not_touch(support: World) -> None:
    support.opens("Alice", "members edit @bob")
    assert "+1 312-555-0188" in (
        support.changes("Bob", "/oncall members edit phone +13125550188").text
    )

    support.fills_in("Alice", {"Name": "Robert"})

    assert person("Robert").phone == "+13125550188"
    with reading():
        assert Member.select().where(Member.name == "Bob").count() == 0


def test_a_form_of_the_settings_leaves_alone_what_one_did_not_touch(support: World) -> None:
    support.changes("Alice", "/oncall admins add @bob")
    support.opens("Alice", "settings")
    support.changes("Bob", "/oncall settings notify 7:30 AM")

    support.fills_in("Alice", {"Name": "Helpdesk"})

    with reading():
        team = Team.get()
    assert (team.name, team.notify_at) == ("Helpdesk", "07:30")


def test_a_form_of_the_settings_that_counted_meanwhile_leaves_the_rest_alone_too(
    support: World,
) -> None:
    support.changes("Alice", "/oncall admins add @bob")
    view = support.opens("Alice", "settings")
    alice = support.people["Alice"].slack
    alice.uses(view, "sms", "sms", "Hi {first} 🎉")
    support.sandbox.slack.until(
        lambda: "With 🎉, a segment holds" in getattr(alice.view, "plain", "")
    )
    support.changes("Bob", "/oncall settings notify 7:30 AM")

    support.fills_in("Alice", {"Morning text": "Hi {first}"})

    with reading():
        team = Team.get()
    assert (team.sms_text, team.notify_at) == ("Hi {first}", "07:30")


# --- no, in words -----------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["who", "override @carol tomorrow for"])
def test_a_very_long_line_that_could_be_of_two_teams_is_answered(support: World, line: str) -> None:
    support.another_team("Payments")
    hank = support.joins("Hank", "+13125550177")
    elsewhere = support.sandbox.slack.channel("elsewhere")
    elsewhere.invite(hank.slack)

    answer = hank.runs(f"/oncall {line} {'x' * 2100}", elsewhere)

    assert "Which team do you mean?" in answer.text
    assert "reference" not in answer.text


def test_nobody_can_be_removed_from_a_team_without_members(world: World) -> None:
    world.joins("Alice", "+13125550101", admin=True)

    answer = world.runs("Alice", "/oncall members remove")

    assert answer.view is None
    assert "There’s nothing to choose from yet" in answer.text


def test_remove_on_home_says_that_a_team_has_no_members(world: World) -> None:
    world.joins("Alice", "+13125550101", admin=True)
    home = world.opens_home("Alice", "For leads")

    answer = world.clicks("Alice", "Remove", below(home, "Members"))

    assert "There’s nothing to choose from yet" in answer.text


def test_a_team_called_by_a_number_does_not_catch_the_buttons_of_another(support: World) -> None:
    support.another_team("1")

    answer = support.runs("Alice", "/oncall")
    clicked = support.clicks("Alice", "Schedule", answer)

    assert "Support" in clicked.text
    assert "Bob" in clicked.text
    assert "Bob" not in support.runs("Alice", "/oncall schedule team:1").text


@pytest.mark.parametrize("name", ["Bob's team", "Bob’s team"])
@pytest.mark.parametrize("asked", ["Bob's team", "Bob’s team", "BOB‘S TEAM"])
def test_any_apostrophe_names_a_team(support: World, name: str, asked: str) -> None:
    support.another_team(name)

    answer = support.runs("Alice", f'/oncall settings team:"{asked}"')

    assert "There’s no team" not in answer.text
    assert answer.view is not None
    assert name in answer.view.plain


@pytest.mark.parametrize(
    "line", ["cover 1 999999999999", "cover 1796000000 1795900000", "cover 1796000000 1796000000"]
)
def test_a_cover_that_cannot_be_is_refused_in_words(support: World, line: str) -> None:
    answer = support.runs("Bob", f"/oncall {line}")

    assert answer.view is None
    assert "Give days and times instead" in answer.text
    assert "reference" not in answer.text


def test_the_number_of_who_left_is_not_silently_taken_over(support: World) -> None:
    support.changes("Alice", "/oncall members remove @greg")
    support.joins("Hank", "+13125550177")

    answer = support.changes("Alice", "/oncall members add @hank +13125550107")

    assert "was Greg’s number before they left" in answer.text
    assert person("Greg").slack_user_id == support.people["Greg"].id
    with reading():
        assert not Member.select().where(Member.name == "Hank").exists()
