"""Refusals that people seldom meet: what they say, and that nothing was changed."""

import pytest

from sandbox.slack.people import Answer
from tests.stories.conftest import World
from tests.stories.many_teams import has_teams
from tests.stories.reading import below
from tests.stories.setting_up import PEOPLE
from tests.stories.stored import changeable, rows

# By what they are about: what Alice types, and the words that are special about the answer.
TYPED = {
    "days": {
        "override @bob 2026-11-20": "Fri Nov 20, 2026 has passed. Give today or a later day, for "
        "example tomorrow or 2026-11-30.",
        "override @bob friday 25 dec 2027": "doesn’t fit: Dec 25, 2027 is a Saturday. Give the "
        "date alone, for example 2027-12-25.",
        "override @bob until next week": "“until next week” could mean until it starts or until "
        "it’s over. Write until 2026-11-30 08:00 or until 2026-12-06.",
    },
    "times": {
        "override @bob friday midnight to 6am": "“friday midnight” could be the start of that day "
        "or its end. Write 2026-11-27 00:00 or 2026-11-28 00:00.",
        "override @bob this evening 02:00 to 03:00": "“this evening 02:00” doesn’t fit: 02:00 is "
        "in the morning. Write it like today 20:00 or tomorrow 02:00.",
        "override @bob 2027-03-14 02:30 to 04:00": "There’s no 02:30 on Sun Mar 14, 2027: the "
        "clocks spring forward then. Write 03:30, for example.",
        "override @bob for 3 hours": "From when? For example: /oncall override @bob now for 3 "
        "hours, or /oncall override @carol tomorrow for sick leave.",
        "cover 1700000000 1700003600": "That shift is over. /oncall mine shows the upcoming ones.",
    },
    "settings": {
        "settings zone": "Say which setting and its new value. The settings are name, channel,",
        "settings color red": "or /oncall settings for all of them.",
        "settings strategy random": "I don’t know the rotation “random”. Write circular (shift by "
        "one each week) or round_robin (next person takes next shift).",
        "settings clock 13": "“13” isn’t a clock. Write 12, 24, or auto for what your time zone’s "
        "country uses. For example: /oncall settings clock 24.",
    },
    "members": {
        "members edit @bob phone": "Say what to change (name, phone, second, zone or slack) and "
        "the new value. For example: /oncall members edit @bob phone +13125550121.",
        "members edit @bob slack Bobby": "“Bobby” isn’t anybody in Slack. Type @ and pick the "
        "person.",
        "members edit @bob slack @carol": "@Carol is already Carol’s Slack account.",
        "members remove @greg instead @bob": "Say who leaves and, if they’re on call right now, "
        "who covers.",
        "members remove @bob from 2026-12-24 cover @carol": "nobody needs to cover: they finish "
        "any shift they’ve started. Use /oncall members remove @Bob from 2026-12-24.",
        "escalation add @bob +13125550112": "Bob already has +1••••••••02 here. To change that: "
        "/oncall members edit @Bob phone +13125550112.",
    },
    "swaps": {
        "swap @bob friday": "Say which shifts to swap, yours first and theirs after for. For "
        "example: /oncall swap @bob 2026-11-23 for tuesday.",
    },
}


def refuses(answer: Answer, *fragments: str) -> None:
    """Check that it's a refusal with these words."""
    assert answer.text.startswith("❌"), answer.text
    for fragment in fragments:
        assert fragment in answer.text


@pytest.mark.parametrize("lines", TYPED.values(), ids=TYPED.keys())
def test_what_is_typed_wrong_is_said_and_nothing_changes(
    support: World, lines: dict[str, str]
) -> None:
    before = changeable()
    for line, words in lines.items():
        refuses(support.runs("Alice", f"/oncall {line}"), words)
    assert changeable() == before


def test_until_this_week_is_until_its_end(support: World) -> None:
    preview = support.runs("Alice", "/oncall override @greg until this week")
    assert "until Mon Nov 30, 8:00 AM" in preview.text


# --- people -------------------------------------------------------------------------------------


def test_what_takes_a_number_or_somebody_in_slack_says_so(support: World) -> None:
    support.joins("Zoe", "+13125550111")
    for added in ("@zoe", "Zed +13125550114", '"Bert Doe" +13125550115', '"Bert Roe" +13125550116'):
        support.changes("Alice", f"/oncall members add {added}")
    support.changes("Alice", "/oncall shifts add 7 friday 4h 12:00")
    before = changeable()
    for name, line, words in (
        ("Alice", "members edit @zoe second +13125550113", "Zoe has no first number yet. Give "),
        (
            "Bob",
            "swap Zed tuesday for 2026-12-20",
            "Zed isn’t in Slack, so I can’t ask them. A lead can make two overrides instead: "
            '/oncall override "Zed" friday.',
        ),
        (
            "Bob",
            "override Zed tuesday",
            "Zed isn’t in Slack, so I can’t ask them. Only leads can put them on call. Ask @Alice.",
        ),
        (
            "Bob",
            "mine Bert",
            'There are 2 members called “Bert”. Type the whole name in quotes, like "Bert Doe".',
        ),
        (
            "Bob",
            "take friday 13:00 to 15:00",
            "@Dave and @Greg are on call together then. Only leads can put you on call in their "
            "place. Ask @Alice.",
        ),
    ):
        refuses(support.runs(name, f"/oncall {line}"), words)
    assert changeable() == before
    assert "2 shifts at once" in support.runs("Bob", "/oncall schedule").text
    support.forgets_mail()


def test_namesakes_in_slack_are_picked_there(support: World) -> None:
    for name, number in (("Zoe Doe", "+13125550111"), ("Zoe Roe", "+13125550112")):
        zoe = support.joins(name, number)
        support.changes("Alice", f"/oncall members add <@{zoe.id}> {number}")
    before = changeable()
    refuses(
        support.runs("Bob", "/oncall mine zoe"),
        "There are 2 members called “zoe”. Type @ and pick the right one from Slack’s list.",
    )
    assert changeable() == before
    support.forgets_mail()


def test_a_number_and_a_user_of_two_former_members_are_nobodys(support: World) -> None:
    for name in ("bob", "carol"):
        support.changes("Alice", f"/oncall members remove @{name}")
    before = changeable()
    refuses(
        support.runs("Alice", "/oncall members add @carol +13125550102"),
        "+1••••••••02 was Bob’s number and that Slack user was Carol, so I can’t tell who’s coming "
        "back.",
    )
    assert changeable() == before


def test_a_contact_may_take_the_running_shift_only(support: World) -> None:
    support.joins("Zoe", "+13125550111")
    support.changes("Alice", "/oncall escalation add @zoe +13125550111")
    support.until("2026-11-23 08:00")
    support.forgets_mail()
    before = changeable()
    refuses(
        support.runs("Zoe", "/oncall take friday"),
        "You’re an escalation contact of Support and not in its rotation, so you can only take the "
        "current shift, until Tue Nov 24, 8:00 AM CST: /oncall take ",
    )
    refuses(
        support.runs("Alice", "/oncall escalation remove @greg and @hal"),
        "“@greg and @hal” isn’t one person. For example: /oncall escalation remove @Zoe.",
    )
    assert changeable() == before


def test_nothing_can_be_done_with_a_team_that_is_empty(world: World) -> None:
    world.joins("Alice", "+13125550101", admin=True)
    before = changeable()
    refuses(
        world.runs("Alice", "/oncall override"),
        "Nobody is on the team yet. Start with /oncall members add.",
    )
    refuses(
        world.runs("Alice", "/oncall who next"),
        "I don’t know whose shift is next: nothing is planned yet. Write it like tomorrow,",
    )
    for line, words in (
        ("members move", "ℹ️ Nobody is in the rotation yet. Begin with /oncall members add @"),
        ("shifts edit", "ℹ️ There are no shifts yet. Begin with /oncall shifts add 2 tuesday 48h "),
        (
            "shifts",
            "There are no shifts yet. Begin with /oncall shifts add 1 monday 24h 08:00, or use a "
            "pattern: /oncall shifts pattern daily.",
        ),
    ):
        assert words in world.runs("Alice", f"/oncall {line}").text
    assert changeable() == before


def test_a_team_that_isnt_there_is_one_of_many(support: World) -> None:
    has_teams(support, 20)
    before = changeable()
    refuses(
        support.runs("Alice", "/oncall team:Opps"),
        "There’s no team “Opps”. The teams are: Support, Team 0, ",
        " and 1 more; /oncall teams lists them all. For example: /oncall team:Support.",
    )
    assert changeable() == before


# --- too late, or not any longer ----------------------------------------------------------------


def test_an_override_that_is_over_stays_as_it_was(support: World) -> None:
    support.changes("Alice", "/oncall override @greg now to 9:00")
    support.until("2026-11-23 10:00")
    support.forgets_mail()
    before = changeable()
    for line in ("override cancel 1", "override edit 1 friday"):
        refuses(
            support.runs("Alice", f"/oncall {line}"),
            "Override 1 is over. /oncall overrides lists the upcoming ones.",
        )
    assert changeable() == before


def test_cover_for_a_shift_that_is_over_isnt_found_from_an_old_home(support: World) -> None:
    mine = below(support.opens_home("Bob", "My next shifts"), "My next shifts")
    support.until("2026-11-26 09:00")
    support.forgets_mail()
    before = changeable()
    refuses(
        support.clicks("Bob", "Find cover", mine),
        "That shift is over. /oncall mine shows the upcoming ones.",
    )
    assert changeable() == before


def test_a_lead_no_longer_has_to_ask_first(support: World) -> None:
    support.changes("Alice", "/oncall admins add @carol")
    preview = support.runs("Carol", "/oncall override @greg thursday")
    support.changes("Alice", "/oncall admins remove @carol")
    before = changeable()
    refuses(
        support.confirms("Carol", preview),
        "@Greg has to agree to that first. Type it again, and I’ll ask them.",
    )
    assert changeable() == before
    assert "I’ve asked @Greg" in support.runs("Carol", "/oncall override @greg thursday").text


def test_what_somebody_else_undid_is_undone_once(support: World) -> None:
    support.changes("Alice", "/oncall admins add @greg")
    support.changes("Alice", "/oncall override @eve friday")
    first, second = (support.runs(name, "/oncall undo") for name in ("Alice", "Greg"))
    support.confirms("Alice", first)
    before = changeable()
    done = support.confirms("Greg", second).text
    assert done.startswith("ℹ️ “Have @Eve cover for @Dave, Fri Nov 27")
    assert done.endswith("” is already undone.")
    assert changeable() == before


def test_a_text_is_resent_only_if_it_failed_and_is_still_needed(support: World) -> None:
    support.changes("Alice", "/oncall escalation add @greg")
    phone = support.people["Alice"].phone
    phone.switches("invalid")
    support.until("2026-11-23 08:00")
    support.passes(seconds=15)
    warning = support.channel.messages[-1]
    phone.switches("off")
    assert "I’m texting @Alice again" in support.clicks("Bob", "Try again", warning).text
    support.tick()
    support.tick()
    refuses(
        support.clicks("Carol", "Try again", warning),
        "The text to Alice is still on its way: if I resend it now, they could get it twice. "
        "/oncall notifications ",
        " has the details.",
    )

    phone.switches("on")
    support.replies("Alice", "OK")
    support.forgets_mail()
    done = support.clicks("Carol", "Try again", warning).text
    assert done == "ℹ️ Alice has already confirmed, so there’s nothing to resend."
    first, again = [row.id for row in (*rows("daily"), *rows("again")) if row.kind == "sms"]
    sent = support.runs("Alice", f"/oncall notifications {first}").text
    assert "Confirmed by @Alice by text: Mon Nov 23, 8:02 AM CST." in sent
    resent = support.runs("Alice", f"/oncall notifications {again}").text
    assert f"Sent because of notification {first}." in resent

    support.until("2026-11-24 08:01")
    support.forgets_mail()
    refuses(
        support.clicks("Carol", "Try again", warning),
        "Alice isn’t on call anymore. /oncall shows who is.",
    )
    assert [row.id for row in rows("again")] == [again]


# --- forms and the Home tab -----------------------------------------------------------------------


def test_home_has_no_channel_to_share_to(support: World) -> None:
    home = support.opens_home("Alice", "Next two weeks")
    before = changeable()
    support.people["Alice"].slack.forges_click("1 share", home)
    support.sandbox.slack.until(
        lambda: "One moment…" not in (support.views("Alice") or ("", "One moment…"))[1]
    )
    _, said = support.views("Alice") or ("", "")
    assert said == "❌ There’s no channel here to share it to. Type /oncall share in a channel."
    assert changeable() == before


def test_setup_takes_fifty_people_at_a_time(world: World) -> None:
    world.joins("Alice", "+13125550101", admin=True)
    world.opens("Alice", "setup")
    everybody = [world.sandbox.slack.person(f"Person {place}").id for place in range(51)]
    before = changeable()

    view = world.fills_in("Alice", {PEOPLE: everybody})

    assert view.errors == {PEOPLE: "Pick at most 50 at a time. Add the others later."}
    assert changeable() == before
