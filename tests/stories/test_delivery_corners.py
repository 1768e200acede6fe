"""Two events that coincide for one SMS. Each of these pairs was a bug once."""

import sqlite3
from pathlib import Path

import pytest
from peewee import SqliteDatabase
from playhouse.migrations import Runner

from storage.database import MIGRATIONS, close_database, open_database, reading, writing
from storage.models import Notification, Team
from tests.stories.conftest import World
from tests.stories.stored import beside_alice, rows


def cannot_reach(world: World, name: str) -> int:
    """Return how often somebody heard that another can't be reached."""
    return sum("can't reach" in sms.body for sms in world.people[name].phone.messages)


# --- one person, several messages ---


def test_an_ok_confirms_all_that_calls_the_same_person(support: World) -> None:
    support.changes("Alice", "/oncall settings confirm 15")
    support.changes("Alice", "/oncall escalation add @bob")
    support.changes("Alice", "/oncall override @greg 07:50 to 12:00")
    support.until("2026-11-23 07:50")
    support.reads("Greg")
    support.until("2026-11-23 08:00")
    support.reads("Greg")
    support.replies("Greg", "OK")
    support.reads("Greg", "Confirmed")
    support.settles(30)

    assert cannot_reach(support, "Bob") == 0


def test_after_an_outage_only_the_newest_message_has_others_behind_it(support: World) -> None:
    support.changes("Alice", "/oncall escalation add @greg")
    support.people["Bob"].phone.switches("invalid")
    support.until("2026-11-23 08:00")
    support.until("2026-11-24 08:00")
    support.stops_bot()
    support.clock.forward(hours=24, minutes=1)
    support.starts_bot()
    support.tick()
    support.settles(15)

    assert cannot_reach(support, "Greg") == 1
    support.forgets_mail()


# --- confirmed while something is under way ---


@pytest.mark.parametrize("which", ["escalation", "second", "daily"])
def test_what_is_unclear_is_not_sent_any_more_once_it_is_confirmed(
    support: World, which: str
) -> None:
    support.changes("Alice", "/oncall escalation add @greg")
    if which == "second":
        support.runs("Alice", "/oncall members edit @alice second +13125550121")
    if which == "daily":
        support.sandbox.twilio.fault("drop_before")
    else:
        support.people["Alice"].phone.switches("invalid")
    support.until("2026-11-23 08:00")
    if which != "daily":
        before = len(support.sandbox.twilio.requests)
        while len(support.sandbox.twilio.requests) == before:
            if not support.sandbox.twilio.requests[before:] and not rows(which):
                support.sandbox.twilio.recover()
                support.sandbox.twilio.fault("drop_before")
            support.passes(seconds=15)
    support.runs("Alice", "/oncall ok")
    support.settles(10)

    support.has_no_mail()
    assert support.sandbox.phones.phone("+13125550121").messages == []
    assert {row.status for row in rows(which) if row.kind == "sms"} == {"cancelled"}


def test_who_sees_to_it_does_not_end_the_search(support: World) -> None:
    support.changes("Alice", "/oncall escalation add @greg")
    support.people["Alice"].phone.switches("off")
    support.until("2026-11-23 08:00")
    support.settles(7)
    support.reads("Greg", "can't reach Alice")
    support.replies("Greg", "OK")
    support.reads("Greg", "Thanks, Greg.")
    assert "@Greg is handling it (8:09 AM by text)" in support.post("Good morning!")

    support.people["Alice"].phone.switches("on")
    support.settles(12)
    support.reads("Alice", "Good morning, Alice.")
    support.replies("Alice", "ok")
    support.reads("Alice", "Confirmed")
    assert "✅ @Alice: text delivered" in support.post("Good morning!")
    support.post("is on call and has been reached")
    support.reads("Greg", "All clear: Alice has been reached")


def test_a_contact_on_call_confirms_their_own_and_sees_to_the_other(support: World) -> None:
    beside_alice(support, "Bob")
    support.changes("Alice", "/oncall escalation add @bob")
    support.people["Alice"].phone.switches("invalid")
    support.until("2026-11-23 08:00")
    support.reads("Bob", "Good morning, Bob.")
    support.settles(7)
    support.reads("Bob", "can't reach Alice")
    support.replies("Bob", "OK")
    answer = support.reads("Bob", "Thanks, Bob. Confirmed", "now shows you're on it")
    assert answer.count("Thanks") == 1
    post = support.post("Good morning!")
    assert "@Bob: text delivered 8:00:03 AM, confirmed" in post
    assert "@Bob is handling it" in post


def test_a_contact_who_sees_to_two_people_with_one_ok_is_thanked_once(support: World) -> None:
    beside_alice(support, "Bob")
    support.changes("Alice", "/oncall escalation add @greg")
    for name in ("Alice", "Bob"):
        support.people[name].phone.switches("invalid")
    support.until("2026-11-23 08:00")
    support.settles(10)
    asked = {support.reads("Greg").split(" (")[0] for _ in range(2)}
    assert asked == {"Support: can't reach Alice", "Support: can't reach Bob"}
    support.replies("Greg", "OK")

    assert support.reads("Greg") == (
        "Thanks, Greg. Support's channel now shows you're on it. To take the whole shift, type "
        "/oncall take in Slack."
    )
    post = support.post("Good morning!")
    assert post.count("@Greg is handling it") == 2


def test_the_warning_says_if_a_stop_is_why_nothing_more_comes(
    support: World,
) -> None:
    support.people["Alice"].phone.switches("off")
    support.until("2026-11-23 08:00")
    support.settles(9)
    support.people["Alice"].phone.replies("STOP")
    support.settles(8)

    warning = support.post("@Alice is on call but didn’t get the text")
    assert "Opted out (replied STOP)" in warning
    assert "Try again" not in warning


# --- what providers do ---


def test_a_long_rate_limit_is_waited_for_ten_minutes_at_most(support: World) -> None:
    support.sandbox.twilio.fault("429", retry_after=3000)
    support.until("2026-11-23 08:00")
    support.runs("Bob", "/oncall test")
    for _ in range(11):
        support.passes(minutes=1)
    support.reads("Bob", "WhoseOnFirst test")
    support.reads("Alice", "Good morning, Alice.")  # which had to wait 50 minutes


def test_a_rate_limit_during_tomorrows_check_holds_back_no_post(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.sandbox.twilio.fault("429", retry_after=600, on="account")
    support.until("2026-11-23 16:00")
    support.changes("Bob", "/oncall take now for 2 hours")
    support.settles(1)
    support.reads("Bob", "on call for")
    support.post("Handoff:")


def test_a_post_that_could_not_be_refreshed_is_refreshed_later(support: World) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.until("2026-11-23 09:35")
    support.sandbox.slack.fault("chat.update", "503", times=2)
    support.replies("Alice", "OK")
    support.reads("Alice", "Confirmed")
    support.settles(5)
    post = support.post("Good morning!")
    assert "confirmed 9:3" in post
    assert "I’ve got it" not in post


def test_twilios_own_words_show_nobodys_number(support: World) -> None:
    support.sandbox.phones.script("+13125550101", "refuse:29999")
    support.until("2026-11-23 08:00")
    support.settles(1)
    everything = "".join(post.plain for post in support.channel.messages)
    everything += support.runs("Bob", "/oncall notifications 2").text
    assert "+1••••••••01" in everything
    assert "+13125550101" not in everything


def test_one_broken_team_does_not_stop_the_others(support: World) -> None:
    support.sandbox.slack.channel("ops")
    support.changes("Alice", "/oncall teams add Ops #ops")
    support.changes("Alice", "/oncall settings notify 08:30 team:Ops")
    support.changes("Alice", "/oncall members add @greg +13125550107 team:Ops")
    support.changes("Alice", "/oncall shifts add 1 monday 168h 00:00 team:Ops")
    support.forgets_mail()
    support.people["Alice"].phone.switches("invalid")
    support.sandbox.slack.trouble("503")
    support.until("2026-11-23 08:00")
    support.settles(1)
    with writing():
        Team.update(time_zone="Mars/Base").where(Team.name == "Support").execute()
    support.forgets_mail()
    support.until("2026-11-23 08:30")
    support.reads("Greg", "Good morning, Greg.", "Ops")
    with writing():
        Team.update(time_zone="America/Chicago").where(Team.name == "Support").execute()


# --- what people write ---


def test_half_a_sign_in_one_reply_does_not_hide_the_next(support: World) -> None:
    support.people["Bob"].phone.replies("hi \ud83d")
    support.passes(minutes=2)
    support.reads("Bob", "WhoseOnFirst")
    support.replies("Carol", "WHO")
    support.reads("Carol", "on call")


@pytest.mark.parametrize("said", ["ok but I am ill, cannot do it", "No", "not ok", "can't, sick"])
def test_a_reply_other_than_a_plain_ok_confirms_nothing_and_is_passed_on(
    support: World, said: str
) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.replies("Alice", said)
    support.reads("Alice", "Reply OK to confirm")
    assert rows("daily")[1].acknowledged_at is None
    support.post("@Alice, who is on call, replied: ", said)


@pytest.mark.parametrize("said", ["OK", "ok!", "Ok, thanks", "👍🏽", "got it", "Yes", "K"])
def test_what_means_ok_confirms(support: World, said: str) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.replies("Alice", said)
    support.reads("Alice", "Thanks, Alice. Confirmed")
    support.replies("Alice", "OK")
    support.reads("Alice", "Thanks, Alice. You already confirmed at 8:02 AM CST.")


def test_a_second_phone_that_is_anothers_confirms_nothing_that_did_not_go_there(
    support: World,
) -> None:
    support.runs("Alice", "/oncall members edit @alice second +13125550102")  # Bob's
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.replies("Bob", "OK")
    support.reads("Bob", "This number is confirmed")
    assert rows("daily")[1].acknowledged_at is None


def test_a_contact_who_was_not_notified_yet_confirms_nothing(support: World) -> None:
    support.changes("Alice", "/oncall escalation add @greg")
    support.people["Alice"].phone.switches("off")
    support.until("2026-11-23 08:00")
    support.settles(1)
    support.replies("Greg", "OK")
    support.reads("Greg", "This number is confirmed")
    assert rows("daily")[1].acknowledged_at is None
    support.settles(8)
    support.forgets_mail()


# --- what is in the channel ---


def test_nobody_confirmed_although_the_second_phone_has_it_and_a_new_warning_says_so(
    support: World,
) -> None:
    support.changes("Alice", "/oncall settings confirm 10")
    support.runs("Alice", "/oncall members edit @alice second +13125550121")
    support.people["Alice"].phone.switches("off")
    support.until("2026-11-23 08:00")
    support.settles(20)

    support.post("@Alice is on call and has been reached")
    support.post("@Alice is on call but hasn’t confirmed")


def test_who_got_it_is_not_said_to_have_missed_it(support: World) -> None:
    support.changes("Alice", "/oncall settings confirm 10")
    support.runs("Alice", "/oncall members edit @alice second +13125550121")
    support.sandbox.phones.phone("+13125550121").switches("off")
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.settles(15)
    support.post("@Alice is on call but hasn’t confirmed")
    support.changes("Bob", "/oncall take now to 20:00")
    support.settles(1)
    support.reads("Bob")
    support.post("Closed: @Bob is on call now. @Alice hadn’t confirmed.")


def test_the_lines_below_a_post_end_with_the_turn(support: World) -> None:
    support.people["Alice"].phone.switches("invalid")
    support.until("2026-11-23 08:00")
    support.settles(1)
    support.post("@Alice is on call but didn’t get the text")
    support.until("2026-11-24 08:00")
    support.reads("Bob")
    support.settles(2)

    settled = support.post("Closed: @Bob is on call now. @Alice didn’t get the text.")
    assert "Try again" not in settled
    assert "I’ve got it" not in support.post("Good morning! @Alice")
    assert "I’ve got it" in support.post("Good morning! @Bob")
    assert "That shift of Alice’s is over" in support.runs("Alice", "/oncall ok 2").text


def test_yesterdays_post_loses_its_button_once_todays_is_there(support: World) -> None:
    support.until("2026-11-24 08:00")
    assert "I’ve got it" in support.post("Good morning! @Bob", "day 1 of 2")
    support.until("2026-11-25 08:00")
    support.settles(2)

    assert "I’ve got it" not in support.post("Good morning! @Bob", "day 1 of 2")
    assert "I’ve got it" in support.post("Good morning! @Bob", "day 2 of 2")
    support.forgets_mail()


def test_what_else_was_tried_is_said_in_the_warning_only(support: World) -> None:
    support.people["Alice"].phone.switches("invalid")
    support.until("2026-11-23 08:00")
    support.settles(2)
    assert "8:00 AM message in Slack\nTimes in CST" in support.post("didn’t get the text")
    post = support.post("Good morning!")
    assert "@Alice: text not sent, see below" in post
    assert "message in Slack" not in post


def test_a_number_that_is_fixed_gets_the_sms_at_once(support: World) -> None:
    support.people["Alice"].phone.switches("invalid")
    support.until("2026-11-23 08:00")
    support.settles(1)
    fixed = support.runs("Alice", "/oncall members edit phone +13125550177").text
    assert "I’m resending the text that didn’t arrive." in fixed
    support.settles(1)
    (sms,) = support.sandbox.phones.phone("+13125550177").messages
    assert sms.body.startswith("Good morning, Alice.")
    support.post("@Alice is on call and has been reached")


def test_a_long_name_beside_another_does_not_cost_the_post(support: World) -> None:
    name = "Alice " + "Featherstonehaugh " * 4
    support.changes("Alice", f'/oncall members edit @alice name "{name.strip()[:72]}"')
    beside_alice(support, "Bob")
    support.until("2026-11-23 08:00")
    support.forgets_mail()
    assert "[ I’ve got it (Alice) ]  [ I’ve got it (Bob) ]" in support.post("Good morning!")


# --- changes, and what was there before ---


def test_undoing_a_new_contact_ends_it(support: World) -> None:
    dana = support.joins("Dana Boss", "+13125550112")
    support.changes("Alice", f"/oncall escalation add <@{dana.id}> +13125550112")
    assert "Dana" in support.runs("Alice", "/oncall escalation").text
    support.changes("Alice", "/oncall undo")
    assert "Dana" not in support.runs("Alice", "/oncall escalation").text
    assert "Dana" not in support.runs("Alice", "/oncall members").text


def test_an_sms_under_way_at_an_upgrade_has_others_behind_it_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old = SqliteDatabase(str(path), pragmas={"foreign_keys": 1})
    with old.connection_context():
        Runner(old, str(MIGRATIONS)).up("0002_changes")
    with sqlite3.connect(path) as connection:
        at = "2026-11-23 14:00:00.000000"
        connection.execute(
            "INSERT INTO teams (id, name, time_zone, notify_at, strategy, anchor, weeks_ahead,"
            " planned_until, created_at) VALUES (1, 'Support', 'UTC', '08:00', 'circular',"
            " '2026-11-23', 8, ?, ?)",
            (at, at),
        )
        connection.execute(
            "INSERT INTO notification_log (id, team_id, kind, purpose, text, due_at, dedupe_key,"
            " status, attempts, next_attempt_at, created_at) VALUES (7, 1, 'sms', 'daily', 'Hi', ?,"
            " 'd', 'retrying', 1, ?, ?)",
            (at, at, at),
        )
    connection.close()
    open_database(f"sqlite:///{path}")
    try:
        with reading():
            assert Notification.get_by_id(7).watch_at is not None
    finally:
        close_database()
