"""Answers and messages that people seldom get, but should read well when they do."""

from datetime import datetime, timedelta

import pytest

from storage.database import writing
from storage.models import Member, Override, Team
from tests.stories.conftest import ZONE, World
from tests.stories.reading import bullets
from tests.stories.setting_up import PEOPLE
from tests.stories.stored import changeable
from tests.stories.talk import Talk


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            ["shifts edit 2 tuesday 24h 09:00"],
            "@Alice changed shift 2 to Tuesdays 9:00 AM, 1 day (was Tuesdays 8:00 AM, 2 days)",
        ),
        (
            ["members move @bob first"],
            "@Alice changed the order to Bob, Alice, Carol, Dave, Eve, Fran, Greg (was Alice, Bob, "
            "Carol, Dave, Eve, Fran, Greg), starting Mon Nov 30",
        ),
        (
            ["escalation add @greg", "escalation remove @greg"],
            "@Alice removed Greg as an escalation contact",
        ),
        (
            ["shifts pattern daily", "shifts pattern weekly"],
            "@Alice replaced the shifts: Mondays 8:00 AM, 7 days (was Mondays 8:00 AM, 1 day; ",
        ),
    ],
    ids=["shift", "order", "contact", "pattern"],
)
def test_the_audit_says_what_was_changed(support: World, made: list[str], said: str) -> None:
    for line in made:
        support.changes("Alice", f"/oncall {line}")
    newest = bullets(support.runs("Alice", "/oncall audit").text)[0]
    assert newest.startswith(f"• Mon Nov 23, 7:00 AM: {said}")
    support.forgets_mail()


def test_a_shift_that_is_already_like_that_stays_so(support: World) -> None:
    before = changeable()
    answer = support.runs("Alice", "/oncall shifts edit 2 tuesday 48h 08:00").text
    assert answer == "ℹ️ Shift 2 is already like that."
    assert changeable() == before


def test_who_leaves_may_still_be_a_contact(support: World) -> None:
    support.changes("Alice", "/oncall escalation add @bob")
    done = support.changes("Alice", "/oncall members remove @bob").text
    assert (
        "They’re still an escalation contact. To change that: /oncall escalation remove @Bob."
    ) in done


def test_a_call_that_has_arrived_needs_no_help(support: World) -> None:
    support.changes("Alice", "/oncall escalation add @greg")
    support.until("2026-11-23 08:00")
    support.passes(seconds=30)
    support.forgets_mail()
    before = changeable()
    answer = support.clicks("Greg", "I’ve got it", support.channel.messages[-1]).text
    assert answer.startswith("✅ @Alice has been reached. Nothing left to do.")
    assert changeable() == before


def test_a_day_of_many_covers_is_cut_off(support: World) -> None:
    start = datetime(2026, 11, 27, 8, tzinfo=ZONE)
    with writing():
        for place in range(60):
            at = start + place * timedelta(minutes=15)
            Override.create(
                team=Team.get(),
                team_member=Member.get(Member.name == ("Bob", "Greg")[place % 2]),
                start_datetime=at,
                end_datetime=at + timedelta(minutes=15),
                reason="a reason that takes as many words as a reason may take, and some more",
                created_by=support.people["Alice"].id,
                created_at=support.clock.now(),
            )

    answer = support.runs("Carol", "/oncall who friday").text

    assert answer.startswith("📞 On call for Support on Fri Nov 27, 2026:\n")
    shown, cut = bullets(answer), answer.splitlines()
    assert f"… and {62 - len(shown)} more: /oncall schedule has pages." in cut


# --- requests -----------------------------------------------------------------------------------


def test_many_requests_that_wait_are_counted(support: World) -> None:
    days = ("friday", "saturday", "2026-12-05", "2026-12-12", "2026-12-19", "2026-12-27")
    for day in (*days, "2026-12-29"):
        assert "I’ve asked @" in support.runs("Bob", f"/oncall take {day}").text
    listed = support.runs("Bob", "/oncall overrides").text
    assert "Not answered yet\n• You’re waiting for @Dave to answer your offer to cover " in listed
    assert "\n• and 2 more\nThe buttons are on my Home tab." in listed


def test_an_offer_that_nobody_answered_is_recalled_two_hours_before(support: World) -> None:
    support.runs("Bob", "/oncall take friday")
    support.until("2026-11-27 06:00")
    support.settles(1)
    support.forgets_mail()
    (recalled,) = support.directs("Bob", "still hasn’t answered")
    assert recalled == (
        "⌛ @Dave still hasn’t answered your offer to cover Support, Fri Nov 27, 8:00 AM to Sat "
        "Nov 28, 8:00 AM CST. If it’s urgent, call them.\n[ Withdraw ]"
    )


def test_after_the_last_shift_of_a_plan_nobody_is_on_call(world: World) -> None:
    world.joins("Alice", "+13125550101", admin=True)
    world.changes("Alice", "/oncall members add @alice +13125550101")
    done = world.changes("Alice", "/oncall override @alice now to 7:30").text
    assert "7:00 AM to 7:30 AM CST. Nothing else is planned for then yet." in done
    world.until("2026-11-23 07:30")
    world.settles(1)
    world.forgets_mail()
    over = "👋 Your Support shift is over. Nobody is on call now, and nobody is scheduled."
    assert world.dm("Alice") == over


# --- the first steps ----------------------------------------------------------------------------


def test_people_join_a_team_that_has_shifts_already(world: World) -> None:
    for name, number in (("Alice", "01"), ("Bob", "02"), ("Carol", "03")):
        world.joins(name, f"+131255501{number}", admin=name == "Alice")
    world.changes("Alice", "/oncall shifts add 1 monday 168h 08:00")
    world.opens("Alice", "setup")
    world.fills_in("Alice", {PEOPLE: [one.id for one in world.people.values()]})
    preview = world.fills_in("Alice", {"Number of Alice": "+13125550101"})
    numbers = "Texts go to: Alice +1 312-555-0101. I’ll ask in Slack for the numbers of Bob and "
    assert f"{numbers}Carol." in preview.plain
    done = world.confirms_form("Alice", preview).text
    assert done.startswith(f"✅ 3 people are in the rotation. {numbers}Carol.")

    world.opens("Bob", "number")
    world.fills_in("Bob", {"Your phone number": "+13125550102"})
    world.passes(seconds=15)
    world.forgets_mail()
    audited = bullets(world.runs("Alice", "/oncall audit").text)
    said = "• Mon Nov 23, 7:00 AM: @Bob agreed to get texts: number +1 312-555-0102"
    assert said in audited
    before = changeable()
    again = world.runs("Bob", "/oncall confirm 3").text
    assert again == "✅ Already done by @Bob at 7:00 AM CST: Enter the number of @Bob."
    assert changeable() == before


def test_whoever_has_no_shifts_is_greeted_with_the_schedule(support: World) -> None:
    support.joins("Zoe", "+13125550111")
    assert (
        "\n• /oncall schedule shows the weeks ahead\n" in Talk(support, "Zoe").asks("hello").plain
    )
    assert "\n• /oncall mine shows your next shifts\n" in Talk(support, "Bob").asks("hello").plain


def test_a_long_message_opens_no_form(support: World) -> None:
    mention = f"<@{support.people['Bob'].id}|{'b' * 2000}>"
    assert Talk(support, "Alice").asks(f"override {mention}").plain == (
        "That takes a form (Have someone cover), and your message is too long for me to open it "
        "from here. Type just the command, then fill in the form."
    )
