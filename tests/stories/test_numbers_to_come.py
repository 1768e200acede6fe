"""Members without a number are asked in Slack, enter it themselves, and are notified anyway.

Nobody has to know a colleague's number to set up a team, and each agrees to be texted.
"""

import pytest

from sandbox.slack.people import SlackMessage, SlackView
from sandbox.world import Person
from scheduling import phones
from scheduling.changes import team_file
from storage.database import reading, writing
from storage.models import AuditEntry, Member, Notification, Team
from storage.statuses import Status
from tests.stories.conftest import World
from tests.stories.setting_up import CHANNEL, NAME, NUMBERS, PEOPLE, STEP_3, modal

FIELD = "Your phone number"
CONSENT = (
    "By entering it you agree to get on-call texts from Support. Message frequency varies. "
    "Message and data rates may apply. Reply HELP for help, STOP to opt out."
)


def number(name: str) -> str | None:
    with reading():
        found = Member.get(Member.name == name).phone
    assert found is None or isinstance(found, str)
    return found


def enters(world: World, name: str, typed: str) -> SlackView:
    """Let somebody click the button below the last message to them, and send their number."""
    form = world.clicks(name, "Enter my number", asked(world, name)).view
    assert form is not None
    return world.fills_in(name, {FIELD: typed})


def asked(world: World, name: str) -> SlackMessage:
    """Return the last message that asks somebody for their number."""
    seen = world.people[name].slack.direct_messages.messages
    return [one for one in seen if "[ Enter my number ]" in one.plain][-1]


def warned(world: World) -> list[str]:
    """Return the warnings that the channel has seen."""
    said = [post.plain for post in world.channel.messages]
    return [one for one in said if "didn’t get the text" in one]


@pytest.fixture
def zoe(support: World) -> World:
    """Zoe was added to Support without a number."""
    support.joins("Zoe", "+13125550111")
    support.changes("Alice", "/oncall members add @zoe")
    support.tick()
    return support


@pytest.fixture
def waiting(world: World) -> World:
    """A team whose members have no numbers: Bob is on call from Monday at eight, then Carol."""
    for name, phone in (("Alice", "01"), ("Bob", "02"), ("Carol", "03")):
        world.joins(name, f"+131255501{phone}", admin=name == "Alice")
    world.changes("Alice", "/oncall members add @bob")
    world.changes("Alice", "/oncall members add @carol")
    world.changes("Alice", "/oncall shifts pattern daily 08:00")
    world.tick()
    return world


# --- asking ------------------------------------------------------------------------------------


def test_whoever_is_added_without_a_number_is_asked_in_slack(zoe: World) -> None:
    said = asked(zoe, "Zoe").plain

    assert "@Alice added you to the Support on-call rotation" in said
    assert "usually one text a day" in said
    assert "You can reply STOP to any text to opt out." in said
    assert number("Zoe") is None
    assert "8. @Zoe (no number yet)" in zoe.runs("Alice", "/oncall members").text


def test_their_own_number_is_texted_and_an_ok_confirms_it(zoe: World) -> None:
    form = zoe.clicks("Zoe", "Enter my number", asked(zoe, "Zoe")).view
    assert form is not None
    assert form.title == "Your number"
    assert CONSENT in form.plain

    wrong = zoe.fills_in("Zoe", {FIELD: "12"})
    assert FIELD in wrong.errors
    done = zoe.fills_in("Zoe", {FIELD: "(312) 555-0111"})

    assert "Thanks! I’m texting +1 312-555-0111 now. Reply OK to that text" in done.plain
    zoe.tick()
    zoe.reads("Zoe", "Support", "Reply OK")
    assert "@Zoe +1 312-555-0111 (not confirmed)" in zoe.runs("Alice", "/oncall members").text
    zoe.replies("Zoe", "OK")
    zoe.reads("Zoe")
    assert "(not confirmed)" not in zoe.runs("Alice", "/oncall members").text
    with reading():
        agreed = AuditEntry.get(AuditEntry.action == "agreed to texts")
    assert agreed.actor == zoe.people["Zoe"].id
    assert "+13125550111" in (agreed.after or "")


def a_stranger_is_texted(world: World, name: str) -> Person:
    """Let somebody enter the number of Yves by mistake, who gets the hello; return Yves."""
    yves = world.joins("Yves", "+13125550177")
    enters(world, name, yves.phone.number)
    world.tick()
    world.reads("Yves", f"Hi {name}", "Reply OK")
    return yves


def a_stranger_stops(world: World, name: str) -> None:
    """Let Yves reply STOP to it."""
    a_stranger_is_texted(world, name)
    world.replies("Yves", "STOP")
    world.reads_from_twilio("Yves", "unsubscribed")


def test_a_stop_from_a_number_that_nobody_confirmed_asks_whether_it_is_theirs(zoe: World) -> None:
    """Zoe has mistyped it: it is Yves's, who knows nothing of all this."""
    a_stranger_stops(zoe, "Zoe")

    said = zoe.direct("Zoe", "I got STOP from +1 312-555-0177, so I don’t text").plain
    assert "You replied" not in said
    assert "If it isn’t yours, enter yours." in said
    assert "If it is, text START to +1 " in said
    assert "[ Enter my number ]" in said
    assert "@Zoe +1 312-555-0177 (opted out)" in zoe.runs("Alice", "/oncall members").text
    enters(zoe, "Zoe", "+13125550111")
    zoe.tick()
    zoe.reads("Zoe", "Reply OK")


def test_on_the_next_day_nobody_says_that_a_member_opted_out_whose_number_may_be_wrong(
    waiting: World,
) -> None:
    a_stranger_stops(waiting, "Carol")
    waiting.until("2026-11-23 16:00")
    waiting.settles(2)
    ahead = waiting.post("tomorrow’s messages for Support")
    assert "@Carol: I got STOP from their number, which they never confirmed." in ahead
    assert "If not, they can enter theirs: /oncall number." in ahead
    waiting.until("2026-11-24 08:00")
    waiting.settles(2)

    direct = waiting.dm("Carol")
    assert "you’re on call for Support" in direct
    assert "If +1 312-555-0177 isn’t your number, enter yours." in direct
    assert "[ I’ve got it ]  [ Enter my number ]" in direct
    warned = waiting.post("@Carol is on call but didn’t get the text")
    assert "opted out" not in warned.lower()
    assert "I got STOP from their number" in warned
    waiting.forgets_mail()


@pytest.mark.parametrize("said", ["Wrong number", "sorry, you have the wrong #", "I’m not Zoe"])
def test_a_stranger_who_says_wrong_number_gets_no_more_texts(zoe: World, said: str) -> None:
    a_stranger_is_texted(zoe, "Zoe")
    zoe.replies("Yves", said)
    zoe.reads("Yves", "You're opted out")

    text = zoe.direct("Zoe", "“wrong number” from +1 312-555-0177").plain
    assert "[ Enter my number ]" in text
    assert "(not confirmed)" not in zoe.runs("Alice", "/oncall members").text
    zoe.replies("Yves", "START")  # it is theirs after all: another phone of Zoe's
    zoe.forgets_mail()
    assert "@Zoe +1 312-555-0177 ✅" in zoe.runs("Alice", "/oncall members").text


@pytest.mark.parametrize(
    "said", ["who is this?", "Who?", "when", "sorry, what?", "not sure", "?", "next", "info"]
)
def test_a_question_confirms_no_number_and_a_stranger_hears_what_to_reply(
    zoe: World, said: str
) -> None:
    a_stranger_is_texted(zoe, "Zoe")
    zoe.replies("Yves", said)

    assert "@Zoe +1 312-555-0177 (not confirmed)" in zoe.runs("Alice", "/oncall members").text
    zoe.passes(minutes=61)
    zoe.settles(1)
    zoe.forgets_mail()
    assert zoe.direct("Zoe", "I texted +1 312-555-0177 for Support and got no OK")


def test_a_stranger_who_asks_hears_whose_texts_they_get_and_how_to_stop_them(zoe: World) -> None:
    a_stranger_is_texted(zoe, "Zoe")
    zoe.replies("Yves", "who is this?")

    asked = "WhoseOnFirst here, with on-call texts for Zoe (Support). If that's you, reply OK."
    zoe.reads("Yves", asked, "Wrong number? Reply STOP.")
    zoe.replies("Yves", "OK")  # it was Zoe, with another phone
    zoe.reads("Yves", "Thanks, Zoe. This number is confirmed.")
    assert "@Zoe +1 312-555-0177 ✅" in zoe.runs("Alice", "/oncall members").text


def test_an_ok_from_a_phone_that_was_never_texted_confirms_nothing(support: World) -> None:
    """Alice has added Zoe with the number of Yves, who takes the bot for a friend."""
    yves = support.joins("Yves", "+13125550177")
    support.joins("Zoe", "+13125550111")
    support.changes("Alice", f"/oncall members add @zoe {yves.phone.number}")
    support.replies("Yves", "OK")

    # Only their answer to this is a yes to anything.
    support.reads("Yves", "on-call texts for Zoe (Support). If that's you, reply OK. Wrong number?")
    assert "(not confirmed)" in support.runs("Alice", "/oncall members").text
    support.runs("Alice", "/oncall members confirm @zoe")
    support.tick()
    support.reads("Yves", "Hi Zoe", "Reply OK")
    support.replies("Yves", "OK")
    support.reads("Yves", "Thanks, Zoe. This number is confirmed.")


@pytest.mark.parametrize("said", ["STOP", "please stop", "Wrong number"])
def test_an_ok_after_a_stop_confirms_nothing(zoe: World, said: str) -> None:
    """Yves says "ok, thanks" to the news that there will be no more texts."""
    yves = a_stranger_is_texted(zoe, "Zoe")
    zoe.replies("Yves", said)
    zoe.forgets_mail()
    before = len(zoe.directs("Zoe"))
    zoe.replies("Yves", "ok, thanks")

    zoe.has_no_mail()
    assert len(zoe.directs("Zoe")) == before
    assert not phones.is_confirmed(yves.phone.number)
    assert phones.is_doubtful(yves.phone.number)
    zoe.replies("Yves", "START")  # it was Zoe, with another phone
    zoe.forgets_mail()
    assert phones.is_confirmed(yves.phone.number)


def test_who_never_confirmed_a_number_is_asked_after_an_hour_whether_it_is_right(
    zoe: World,
) -> None:
    enters(zoe, "Zoe", "+13125550111")
    zoe.tick()
    zoe.reads("Zoe", "Reply OK")
    zoe.passes(minutes=58)
    zoe.forgets_mail()
    assert not zoe.directs("Zoe", "got no OK")
    zoe.passes(minutes=3)
    zoe.settles(1)

    said = zoe.direct("Zoe", "I texted +1 312-555-0111 for Support and got no OK").plain
    assert "Is that your number?" in said
    assert "[ Enter my number ]" in said
    zoe.passes(hours=3)
    zoe.forgets_mail()
    assert len(zoe.directs("Zoe", "got no OK")) == 1


def test_who_has_confirmed_or_changed_their_number_is_not_asked(zoe: World) -> None:
    enters(zoe, "Zoe", "+13125550177")
    zoe.tick()
    enters(zoe, "Zoe", "+13125550111")
    zoe.tick()
    zoe.replies("Zoe", "OK")
    zoe.passes(hours=2)
    zoe.forgets_mail()

    assert not zoe.directs("Zoe", "got no OK")


def test_the_lead_hears_once_that_everybody_has_confirmed(waiting: World) -> None:
    done = "Everybody in Support has confirmed their number."
    for name, phone in (("Bob", "+13125550102"), ("Carol", "+13125550103")):
        assert not waiting.directs("Alice", done)
        enters(waiting, name, phone)
        waiting.tick()
        waiting.reads(name, "Reply OK")
        waiting.replies(name, "OK")
        waiting.reads(name, "confirmed")

    assert waiting.direct("Alice", done)
    listed = waiting.runs("Alice", "/oncall members").text
    assert "1. @Bob +1 312-555-0102 ✅" in listed
    assert "2. @Carol +1 312-555-0103 ✅" in listed


def test_whoever_left_without_a_number_is_asked_when_they_come_back(zoe: World) -> None:
    zoe.changes("Alice", "/oncall members remove @zoe")
    zoe.passes(hours=2)
    zoe.forgets_mail()
    back = zoe.changes("Alice", "/oncall members add @zoe").text
    assert "I’ll ask them in Slack for their number." in back
    zoe.settles(1)

    assert len(zoe.directs("Zoe", "Enter my number")) == 2


def test_whoever_is_removed_and_added_again_right_away_is_asked_once(zoe: World) -> None:
    zoe.changes("Alice", "/oncall members remove @zoe")
    zoe.passes(minutes=2)
    zoe.changes("Alice", "/oncall members add @zoe")
    zoe.settles(1)

    assert len(zoe.directs("Zoe", "Enter my number")) == 1


def test_the_number_of_somebody_who_left_can_be_entered_by_whoever_has_it(support: World) -> None:
    """Zoe was on the team by name only, left, and comes back with her Slack account."""
    support.joins("Zoe", "+13125550111")
    support.changes("Alice", '/oncall members add "Zoe Old" +13125550111')
    support.settles(1)
    support.changes("Alice", '/oncall members remove "Zoe Old"')
    support.settles(1)
    support.changes("Alice", "/oncall members add @zoe")
    support.settles(1)
    support.forgets_mail()

    assert "Thanks! I’m texting +1 312-555-0111 now." in enters(support, "Zoe", "3125550111").plain
    assert (number("Zoe"), number("Zoe Old")) == ("+13125550111", None)
    support.settles(1)
    support.forgets_mail()
    # Of somebody who is still there, nobody can.
    wrong = enters(support, "Zoe", "+13125550102").errors[FIELD]
    assert "is already Bob’s number" in wrong
    assert "Undone: Add @Zoe" in support.changes("Alice", "/oncall undo").text
    # Without it, nobody could reach them.
    kept = support.changes("Alice", "/oncall undo").text
    assert "“Remove Zoe Old from the rotation” can’t be undone: later changes build on it" in kept


def test_a_morning_before_the_handoff_says_in_slack_from_when_on(waiting: World) -> None:
    waiting.changes("Alice", "/oncall settings notify 07:00")
    waiting.until("2026-11-24 07:00")
    waiting.settles(2)
    waiting.forgets_mail()
    said = "Carol, you’re on call for Support from 8:00 AM until Wed Nov 25, 8:00 AM CST"
    assert len(waiting.directs("Carol", said)) == 1
    waiting.until("2026-11-24 08:00")
    waiting.settles(2)
    waiting.forgets_mail()

    assert len(waiting.directs("Carol", "Carol, you’re on call")) == 1


def test_they_are_asked_once_and_again_only_when_a_lead_says_so(zoe: World) -> None:
    zoe.passes(hours=3)
    zoe.forgets_mail()
    assert len(zoe.directs("Zoe", "Enter my number")) == 1

    answer = zoe.runs("Alice", "/oncall members confirm @zoe").text
    assert "I asked @Zoe for their number in Slack." in answer
    zoe.tick()
    assert "I still don’t have a phone number for you in Support." in zoe.dm("Zoe")
    again = zoe.runs("Alice", "/oncall members confirm @zoe").text
    assert "I already asked them within the last hour" in again

    enters(zoe, "Zoe", "+13125550111")
    zoe.tick()
    zoe.reads("Zoe", "Reply OK")


def test_ask_again_asks_all_whose_number_is_missing(waiting: World) -> None:
    waiting.passes(hours=1)
    waiting.forgets_mail()
    answer = waiting.clicks("Alice", "Ask again", waiting.runs("Alice", "/oncall members")).text

    assert "I asked @Bob and @Carol for their number in Slack." in answer
    waiting.tick()
    for name in ("Bob", "Carol"):
        assert "I still don’t have a phone number for you" in waiting.dm(name)
    # Nobody else is offered to ask.
    assert "Ask again" not in waiting.runs("Bob", "/oncall members").text


def test_nobody_enters_somebody_elses_number(zoe: World) -> None:
    taken = enters(zoe, "Zoe", "+13125550102")
    assert "is already Bob’s number" in taken.errors[FIELD]
    zoe.people["Zoe"].slack.closes()

    ours = enters(zoe, "Zoe", "+13125550199")
    assert "the number I text from" in ours.errors[FIELD]
    zoe.people["Zoe"].slack.closes()
    zoe.joins("Yves", "+13125550112")
    assert "[ Enter my number ]" not in zoe.runs("Yves", "/oncall number").text
    assert "I don’t have a number for you" in zoe.runs("Yves", "/oncall number").text
    assert number("Zoe") is None


def test_the_home_tab_asks_too(zoe: World) -> None:
    home = zoe.opens_home("Zoe", "I don’t have a phone number for you yet.")
    form = zoe.clicks("Zoe", "Enter my number", home).view
    assert form is not None
    zoe.fills_in("Zoe", {FIELD: "+13125550111"})
    zoe.tick()
    zoe.reads("Zoe", "Reply OK")
    zoe.sees_home(
        "Zoe", "+1 312-555-0111 isn’t confirmed yet. If it’s yours, reply OK", gone="I don’t"
    )
    zoe.replies("Zoe", "OK")
    zoe.reads("Zoe", "confirmed")
    zoe.opens_home("Zoe", "My next shifts")
    zoe.sees_home("Zoe", "My next shifts", gone="Enter my number")
    zoe.replies("Zoe", "STOP")
    zoe.reads_from_twilio("Zoe", "unsubscribed")
    zoe.opens_home(
        "Zoe", "+1 312-555-0111 has opted out of my texts (STOP). To get them, text START"
    )


def test_before_a_team_begins_its_channel_hears_nothing_of_a_text_that_asks_for_an_ok(
    world: World,
) -> None:
    for name, phone in (("Alice", "01"), ("Bob", "02")):
        world.joins(name, f"+131255501{phone}", admin=name == "Alice")
    world.changes("Alice", "/oncall members add @alice")
    world.changes("Alice", "/oncall members add @bob")
    world.changes("Alice", "/oncall shifts pattern daily 08:00 2026-12-03")
    world.tick()
    world.people["Bob"].phone.switches("off")
    enters(world, "Bob", "+13125550102")
    world.settles(60)

    listed = world.runs("Alice", "/oncall notifications").text
    assert "undelivered" in listed
    assert not [post for post in world.channel.messages if "@Bob" in post.plain]
    world.people["Bob"].phone.switches("on")
    world.forgets_mail()


def test_a_lead_may_still_give_the_number(zoe: World) -> None:
    zoe.changes("Alice", "/oncall members edit @zoe phone +13125550111")

    assert number("Zoe") == "+13125550111"
    zoe.changes("Alice", "/oncall undo")
    assert number("Zoe") is None


def test_an_undo_passes_over_what_members_enter_about_themselves(zoe: World) -> None:
    enters(zoe, "Zoe", "+13125550111")
    zoe.tick()
    zoe.reads("Zoe", "Reply OK")
    zoe.changes("Bob", "/oncall members edit @bob zone America/New_York")

    preview = zoe.runs("Alice", "/oncall undo")
    assert "Undo “Add @Zoe to the rotation, in position 8" in preview.text
    assert "”? (by @Alice, 7:00 AM)" in preview.text
    undone = zoe.confirms("Alice", preview)

    assert undone.text.startswith("✅ Undone: Add @Zoe")
    assert number("Zoe") == "+13125550111"
    assert "Zoe" not in zoe.runs("Alice", "/oncall members").text
    with reading():
        assert Member.get(Member.name == "Bob").time_zone == "America/New_York"


def test_an_undo_keeps_what_a_member_has_entered_since(zoe: World) -> None:
    zoe.joins("Zara", "+13125550112")
    zoe.changes("Alice", "/oncall members edit @zoe name Zo")
    enters(zoe, "Zoe", "+13125550111")
    zoe.passes(hours=20)
    zoe.forgets_mail()
    undo = zoe.runs("Alice", "/oncall undo")
    assert "”? (by @Alice, Mon Nov 23, 7:00 AM)" in undo.text
    zoe.confirms("Alice", undo)

    assert number("Zoe") == "+13125550111"


def test_an_undo_does_not_touch_a_number_that_was_corrected_by_its_owner(zoe: World) -> None:
    zoe.changes("Alice", "/oncall members edit @zoe phone +13125550112")
    zoe.runs("Zoe", "/oncall number")
    zoe.fills_in("Zoe", {FIELD: "+13125550111"})
    zoe.tick()
    zoe.reads("Zoe", "Reply OK")

    refused = zoe.runs("Alice", "/oncall undo").text

    assert "“Change @Zoe’s phone number” can’t be undone: later changes build on it" in refused
    assert number("Zoe") == "+13125550111"


def test_a_number_that_has_opted_out_says_how_to_get_texts(zoe: World) -> None:
    with writing():  # in another team, say
        phones.opt_out("+13125550111", zoe.clock.now())

    answer = enters(zoe, "Zoe", "+13125550111").plain

    assert "⚠️ Saved. +1 312-555-0111 has opted out of my texts (STOP). To get them," in answer
    assert "text START from it to +1 " in answer
    assert "✅" not in answer
    zoe.settles(1)
    zoe.forgets_mail()


def test_test_and_resend_say_that_there_is_no_number(zoe: World) -> None:
    mine = zoe.runs("Zoe", "/oncall test")
    assert "You haven’t entered a phone number yet." in mine.text
    form = zoe.clicks("Zoe", "Enter my number", mine).view
    assert form is not None
    assert "Zoe hasn’t entered a phone number yet" in zoe.runs("Alice", "/oncall test @zoe").text


def test_somebody_who_is_not_in_slack_needs_a_number(support: World) -> None:
    refused = support.runs("Alice", '/oncall members add "Zoe Doe"').text
    assert "give a name and a phone number" in refused
    support.opens("Alice", "members add")
    wrong = support.fills_in("Alice", {"Or a name, if they aren’t in Slack": "Zoe Doe"})
    assert wrong.errors == {"Phone number": "Somebody who isn’t in Slack needs a number here."}


def test_whoever_has_no_number_stays_in_slack(zoe: World) -> None:
    refused = zoe.runs("Alice", "/oncall members edit @zoe slack none").text

    assert "Zoe needs a phone number: without a Slack account, I can’t ask" in refused


# --- while there is none -------------------------------------------------------------------------


def test_somebody_on_call_without_a_number_hears_of_it_in_slack_and_the_channel_sees_it(
    waiting: World,
) -> None:
    waiting.until("2026-11-23 08:00")
    waiting.tick()

    direct = waiting.dm("Bob")
    assert "Bob, you’re on call for Support until" in direct
    assert "I’m writing here because I don’t have a phone number for you." in direct
    assert "[ I’ve got it ]  [ Enter my number ]" in direct
    warning = waiting.post("@Bob is on call but didn’t get the text")
    assert "They haven’t entered a phone number yet." in warning
    assert "Try again" not in warning
    assert "[ Cover the shift ]  [ Fix the number ]" in warning
    with reading():
        row = Notification.get(Notification.purpose == "daily", Notification.kind == "sms")
    assert (row.status, row.error_code, row.attempts) == (Status.SKIPPED, "no number", 0)
    listed = waiting.runs("Alice", "/oncall notifications").text
    assert "not sent: no number yet" in listed
    assert "no number yet" in waiting.runs("Alice", f"/oncall notifications {row.id}").text
    refused = waiting.runs("Alice", f"/oncall again {row.id}").text
    assert "Bob hasn’t entered a phone number yet" in refused


def test_a_team_that_starts_now_warns_nobody_for_ten_minutes(world: World) -> None:
    world.joins("Alice", "+13125550101", admin=True)
    world.joins("Bob", "+13125550102")
    world.changes("Alice", "/oncall members add @bob")
    world.changes("Alice", "/oncall shifts pattern weekly 06:00 now")
    world.settles(2)

    direct = world.direct("Bob", "you’re on call for Support").plain
    assert "[ I’ve got it ]  [ Enter my number ]" in direct
    world.passes(minutes=6)
    world.forgets_mail()
    assert not warned(world)
    world.passes(minutes=3)
    world.settles(2)

    assert "They haven’t entered a phone number yet." in world.post("@Bob", "didn’t get the text")
    world.forgets_mail()


def test_a_number_that_is_entered_within_ten_minutes_leaves_the_channel_alone(
    world: World,
) -> None:
    world.joins("Alice", "+13125550101", admin=True)
    world.joins("Bob", "+13125550102")
    world.changes("Alice", "/oncall members add @bob")
    world.changes("Alice", "/oncall shifts pattern weekly 06:00 now")
    world.settles(2)
    enters(world, "Bob", "+13125550102")
    world.tick()
    world.forgets_mail()
    world.passes(minutes=12)
    world.forgets_mail()

    assert not warned(world)


def test_a_number_entered_during_the_shift_is_texted_at_once(waiting: World) -> None:
    waiting.until("2026-11-23 08:00")
    waiting.tick()

    done = enters(waiting, "Bob", "+13125550102").plain
    assert "I’m texting you there that you’re on call." in done
    waiting.tick()
    texts = {waiting.reads("Bob")[:12], waiting.reads("Bob")[:12]}
    assert texts == {"Good morning", "Hi Bob, Whos"}
    waiting.settles(1)
    assert "✅ @Bob is on call and has been reached" in waiting.post("@Bob", "is on call and")


def test_an_ok_in_slack_is_enough_for_a_shift_without_a_number(waiting: World) -> None:
    waiting.until("2026-11-23 08:00")
    waiting.tick()

    waiting.clicks("Bob", "I’ve got it", waiting.last_message("Bob"))
    waiting.settles(1)

    assert "✅" in waiting.post("@Bob is on call and has been reached")


def test_the_afternoon_before_warns_of_a_missing_number(waiting: World) -> None:
    waiting.until("2026-11-23 16:00")
    waiting.tick()

    warning = waiting.post("Heads-up: tomorrow’s messages for Support may not get through")
    assert "@Carol: They haven’t entered a phone number yet." in warning
    assert "A lead can ask again: /oncall members confirm @carol" in warning
    enters(waiting, "Carol", "+13125550103")
    waiting.tick()
    waiting.reads("Carol", "Reply OK")
    waiting.replies("Carol", "OK")
    waiting.forgets_mail()


def test_a_contact_without_a_number_is_asked_in_slack(waiting: World) -> None:
    added = waiting.changes("Alice", "/oncall escalation add @carol").text
    assert "in Slack. Once they enter a number, I’ll text them instead" in added
    waiting.until("2026-11-23 08:00")
    waiting.settles(20)

    assert waiting.directs("Carol", "I can’t reach @Bob")
    with reading():
        texts = Notification.select().where(Notification.kind == "sms")
        assert {row.purpose for row in texts} == {"daily"}


def test_a_contact_is_named_by_a_name_too(waiting: World) -> None:
    added = waiting.changes("Alice", "/oncall escalation add carol").text

    assert "I’ll message @Carol in Slack" in added


# --- setup and files --------------------------------------------------------------------------


def test_a_team_is_set_up_without_a_single_number(world: World) -> None:
    for name, phone in (("Alice", "01"), ("Bob", "02"), ("Carol", "03")):
        world.joins(name, f"+131255501{phone}")
    pay = world.sandbox.slack.channel("pay", members=[world.people["Bob"].slack])
    world.opens("Bob", "teams add")
    world.fills_in("Bob", {NAME: "Payments", CHANNEL: pay.id})
    people = [world.people[name].id for name in ("Bob", "Carol")]
    form = world.fills_in("Bob", {PEOPLE: people})
    assert form.title == NUMBERS
    assert "Leave any empty: when you press Next, I’ll ask them in Slack." in form.plain

    third = world.fills_in("Bob", {"Number of Bob": "+13125550102"})
    assert third.title == STEP_3
    preview = world.fills_in("Bob")
    done = world.clicks("Bob", "Confirm", preview).text
    assert "No number yet: @Carol. I’ve asked them in Slack" in done
    assert "[ Ask again ]" not in done
    world.tick()
    assert "@Bob added you to the Payments on-call rotation" in asked(world, "Carol").plain
    assert not world.directs("Bob", "Enter my number")
    modal(world, "Bob", "Done")
    again = world.runs("Bob", "/oncall setup team:Payments").text
    assert "No number yet: @Carol" in again


def test_a_lead_without_a_number_isnt_told_who_added_them(support: World) -> None:
    support.another_team("Payments", "pay")
    support.changes("Alice", "/oncall members add @alice team:Payments")
    support.tick()

    assert "👋 You’re in the Payments on-call rotation." in asked(support, "Alice").plain


def test_a_file_may_leave_out_the_number_of_who_is_in_slack(support: World) -> None:
    assert support.bot
    support.joins("Zoe", "+13125550111")
    support.changes("Alice", "/oncall members add @zoe")
    with reading():
        described = team_file.export_team(Team.get(), support.clock.now())
    zoe = described["members"][-1]
    assert zoe == {
        "name": "Zoe",
        "slack": support.people["Zoe"].id,
        "time_zone": "America/Chicago",
    }
    described["team"] |= {"name": "Copy", "channel": "C0123456780"}
    copy = team_file.import_team(described, support.clock.now())
    support.tick()

    assert "You’re in the Copy on-call rotation." in support.dm("Zoe")
    with reading():
        assert Member.get(Member.team == copy, Member.name == "Zoe").phone is None
