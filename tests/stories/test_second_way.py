"""The channel itself fails: bad news goes another way, and preflight sees it coming."""

from collections.abc import Callable

import pytest

from storage.database import reading, writing
from storage.models import KnownLead, Notification, Team
from tests.stories.conftest import World
from tests.stories.reading import cannot_reach
from tests.stories.stored import all_settled, rows


def has_no_channel(world: World) -> None:
    with writing():
        Team.update(channel_id=None).where(Team.channel_id == world.channel.id).execute()


BROKEN: dict[str, Callable[[World], None]] = {
    "archived": lambda world: world.channel.archive(),
    "deleted": lambda world: world.channel.delete(),
    "kicked": lambda world: world.channel.remove_bot(),
    "restricted": lambda world: world.channel.restrict(),
    "none": has_no_channel,
}
WHY = {
    "archived": "The channel is archived.",
    "deleted": "The channel doesn’t exist",
    "kicked": "I’m not in the channel.",
    "restricted": "Posting in the channel is restricted",
    "none": "No channel is set",
}
# What takes all of Slack from us: only phones are left.
SLACK_REFUSES = ("error:invalid_auth", "error:account_inactive", "error:token_revoked")


# --- somebody was not reached ---


@pytest.mark.parametrize("trouble", BROKEN)
def test_a_warning_goes_to_the_leads_and_then_to_their_phones(led: World, trouble: str) -> None:
    BROKEN[trouble](led)
    led.people["Alice"].phone.switches("invalid")
    led.until("2026-11-23 08:00")
    led.settles(2)

    for name in ("Greg", "Dana Boss"):
        (warning,) = led.directs(name, "@Alice is on call but didn’t get the text")
        assert WHY[trouble] in warning
        assert "You’re getting this because" in warning
    assert led.directs("Bob") == []
    assert cannot_reach(led, "Greg") == []
    led.settles(5)
    assert len(cannot_reach(led, "Greg")) == 1
    led.settles(60)
    assert len(cannot_reach(led, "Greg")) == 1
    assert len(led.directs("Greg", "didn’t get the text")) == 1
    led.forgets_mail()


def test_if_no_other_lead_is_known_the_next_on_call_is_notified(support: World) -> None:
    support.channel.archive()
    support.people["Alice"].phone.switches("off")  # she is the workspace's only admin
    support.until("2026-11-23 08:00")
    support.settles(15)

    assert support.directs("Bob", "@Alice is on call but didn’t get the text")
    assert len(cannot_reach(support, "Bob")) == 1
    support.forgets_mail()


def test_a_contact_who_is_not_in_slack_keeps_nobody_else_from_being_notified(
    support: World,
) -> None:
    support.changes("Alice", "/oncall escalation add Zoe +13125550113")
    support.channel.archive()
    support.people["Alice"].phone.switches("off")  # she is the workspace's only admin
    support.until("2026-11-23 08:00")
    support.settles(15)

    assert support.directs("Bob", "@Alice is on call but didn’t get the text")
    support.forgets_mail()


def test_escalation_contacts_hear_of_it_in_slack_and_once_by_sms(led: World) -> None:
    led.changes("Alice", "/oncall escalation add @bob")
    led.channel.archive()
    led.people["Alice"].phone.switches("invalid")
    led.until("2026-11-23 08:00")
    led.settles(15)

    assert led.directs("Bob", "didn’t get the text")
    assert len(cannot_reach(led, "Bob")) == 1
    led.forgets_mail()


def test_a_lead_who_sees_to_it_ends_the_alarm(led: World) -> None:
    led.channel.archive()
    led.people["Alice"].phone.switches("invalid")
    led.until("2026-11-23 08:00")
    led.settles(1)
    (message,) = [
        one
        for one in led.people["Greg"].slack.direct_messages.messages
        if "didn’t get the text" in one.plain
    ]
    text = led.clicks("Greg", "I’m on it", message).text
    assert "you’re on it" in text
    led.settles(10)

    assert cannot_reach(led, "Greg") == []
    assert led.directs("Dana Boss", "@Greg is handling it")


def test_an_ok_by_sms_of_a_lead_counts(led: World) -> None:
    led.channel.archive()
    led.people["Alice"].phone.switches("invalid")
    led.until("2026-11-23 08:00")
    led.settles(7)
    assert len(cannot_reach(led, "Greg")) == 1
    led.forgets_mail()
    led.replies("Greg", "OK")
    led.reads("Greg", "Thanks, Greg.")

    assert led.directs("Dana Boss", "@Greg is handling it")


def test_what_leads_read_is_kept_true(led: World) -> None:
    led.channel.archive()
    led.people["Alice"].phone.switches("off")
    led.until("2026-11-23 08:00")
    led.settles(3)
    assert led.directs("Dana Boss", "didn’t get the text")
    led.people["Alice"].phone.switches("on")
    led.settles(15)

    (said,) = led.directs("Dana Boss", "has been reached")
    assert "@Alice" in said
    assert not led.directs("Dana Boss", "didn’t get the text")
    led.forgets_mail()


@pytest.mark.parametrize("refusal", SLACK_REFUSES)
def test_where_slack_takes_nothing_phones_do(led: World, refusal: str) -> None:
    led.sandbox.slack.trouble(refusal)
    led.people["Alice"].phone.switches("invalid")
    led.until("2026-11-23 08:00")
    led.settles(15)

    assert len(cannot_reach(led, "Greg")) == 1
    led.forgets_mail()


def test_while_slack_is_away_phones_hear_within_ten_minutes(led: World) -> None:
    led.sandbox.slack.trouble("503")
    led.people["Alice"].phone.switches("invalid")
    led.until("2026-11-23 08:00")
    led.settles(10)
    assert len(cannot_reach(led, "Greg")) == 1
    led.sandbox.slack.recover()
    led.settles(10)

    led.post("@Alice is on call but didn’t get the text")
    assert led.directs("Greg", "didn’t get the text") == []  # the channel has it
    led.forgets_mail()


def test_without_the_right_to_post_phones_hear(led: World) -> None:
    led.sandbox.slack.withdraw("chat:write")
    led.people["Alice"].phone.switches("invalid")
    led.until("2026-11-23 08:00")
    led.settles(10)

    assert len(cannot_reach(led, "Greg")) == 1
    led.forgets_mail()


# --- other bad news ---


def test_of_a_broken_channel_leads_hear_once_until_it_works_again(led: World) -> None:
    led.channel.archive()
    for day in (23, 24, 25):
        led.until(f"2026-11-{day} 08:00")
        led.settles(1)
        led.forgets_mail()

    (notice,) = led.directs("Dana Boss", "I can’t post in Support’s channel")
    assert "The channel is archived." in notice
    led.channel.unarchive()
    led.until("2026-11-26 08:00")
    led.settles(1)
    led.channel.archive()
    led.until("2026-11-27 08:00")
    led.settles(1)
    led.forgets_mail()
    assert len(led.directs("Dana Boss", "I can’t post in Support’s channel")) == 2


def test_leads_hear_of_a_gap(led: World) -> None:
    led.channel.archive()
    led.until("2026-11-23 08:00")
    led.reads("Alice")
    led.until("2026-11-29 07:00")
    led.forgets_mail()
    led.changes("Alice", "/oncall shifts remove 6")
    led.until("2026-12-06 08:00")
    led.settles(1)
    led.forgets_mail()

    assert led.directs("Dana Boss", "Nobody is on call")


def test_leads_hear_of_a_reply_that_may_mean_no(led: World) -> None:
    led.channel.archive()
    led.until("2026-11-23 08:00")
    led.reads("Alice")
    led.replies("Alice", "sorry, cannot do it")
    led.replies("Alice", "I am ill")
    led.settles(1)
    led.forgets_mail()

    (said,) = led.directs("Dana Boss", "replied: ")
    assert "“sorry, cannot do it”" in said
    assert "And: “I am ill”" in said


def test_leads_get_the_note_about_missed_messages(led: World) -> None:
    led.until("2026-11-23 08:00")
    led.reads("Alice")
    led.stops_bot()
    led.channel.archive()
    led.clock.forward(days=2, hours=3)
    led.starts_bot()
    led.tick()
    led.settles(1)
    led.forgets_mail()

    assert led.directs("Dana Boss", "I wasn’t running from")


def test_leads_hear_of_a_lost_test_sms(led: World) -> None:
    led.channel.archive()
    led.people["Bob"].phone.switches("invalid")
    led.runs("Bob", "/oncall test")
    led.settles(1)

    assert led.directs("Dana Boss", "test text didn’t reach @Bob")


def test_leads_are_known_from_slack_and_from_the_setting(support: World) -> None:
    support.stops_bot()
    fran = support.people["Fran"].id
    support.starts_bot(ONCALL_ADMINS=fran)
    support.channel.archive()
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.settles(1)

    assert support.directs("Fran", "I can’t post")
    assert support.directs("Alice", "I can’t post")
    with reading():
        known = {row.slack_user_id: row.source for row in KnownLead.select()}
    assert known == {fran: "setting", support.people["Alice"].id: "workspace"}


def test_everything_comes_to_an_end(led: World) -> None:
    led.channel.archive()
    led.people["Alice"].phone.switches("off")
    led.until("2026-11-23 08:00")
    for _ in range(24 * 6 * 2):
        led.passes(minutes=10)
    led.forgets_mail()

    with reading():
        open_ones = [
            (row.id, row.purpose, row.status)
            for row in Notification.select().where(Notification.status == "pending")
        ]
    assert open_ones == []
    assert all_settled() or rows("preflight")


# --- the check of the next morning ---


@pytest.mark.parametrize("trouble", [one for one in BROKEN if one != "restricted"])
def test_tomorrows_check_sees_a_broken_channel(led: World, trouble: str) -> None:
    led.until("2026-11-23 08:00")
    led.reads("Alice")
    led.settles(1)
    BROKEN[trouble](led)
    led.until("2026-11-23 16:00")
    led.settles(1)

    (said,) = led.directs(
        "Dana Boss", "Heads-up: tomorrow’s messages for Support may not get through"
    )
    assert WHY[trouble] in said
    elsewhere = led.sandbox.slack.channel("elsewhere")
    looked = led.people["Alice"].runs("/oncall notifications", elsewhere).text
    assert "tomorrow’s check: OK" not in looked


def test_that_posting_is_restricted_is_known_from_the_last_post(led: World) -> None:
    led.channel.restrict()
    led.until("2026-11-23 08:00")
    led.reads("Alice")
    led.until("2026-11-23 16:00")
    led.settles(1)

    assert led.directs("Dana Boss", "tomorrow’s messages", WHY["restricted"])


def test_a_check_that_slack_rate_limits_is_made_in_the_end(led: World) -> None:
    led.until("2026-11-23 08:00")
    led.reads("Alice")
    led.channel.archive()
    led.sandbox.slack.fault("conversations.info", "ratelimited", times=5, retry_after=30)
    led.until("2026-11-23 16:00")
    led.settles(10)

    assert led.directs("Dana Boss", "tomorrow’s messages", WHY["archived"])


def test_a_scope_that_is_gone_is_seen(led: World) -> None:
    led.until("2026-11-23 08:00")
    led.reads("Alice")
    led.sandbox.slack.withdraw("chat:write")
    led.until("2026-11-23 16:00")
    led.settles(1)

    (look,) = [row for row in rows("preflight") if row.kind == "announcement"]
    assert "The Slack app is missing a permission" in look.text


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (lambda world: world.sandbox.twilio.release_number(), "isn’t one of this account"),
        (lambda world: world.sandbox.twilio.disable_texts(), "can’t send texts"),
        (lambda world: world.sandbox.twilio.suspend(), "The account is suspended"),
    ],
)
def test_tomorrows_check_sees_a_sender_that_is_gone_and_clears_that_later(
    led: World, trouble: Callable[[World], None], words: str
) -> None:
    led.until("2026-11-23 08:00")
    led.reads("Alice")
    trouble(led)
    led.until("2026-11-23 16:00")
    led.settles(1)
    assert words in led.post("Heads-up: tomorrow’s messages for Support may not get through")


def test_a_warning_about_tomorrow_is_cleared_when_it_no_longer_applies(led: World) -> None:
    led.until("2026-11-23 08:00")
    led.reads("Alice")
    led.sandbox.twilio.release_number()
    led.until("2026-11-23 16:00")
    led.settles(1)
    led.sandbox.twilio.regain_number()
    for _ in range(3):
        led.passes(minutes=30)

    cleared = led.post("All clear for tomorrow’s messages")
    assert "isn’t one of this account" in cleared
    assert "may not arrive" not in cleared
    led.sandbox.twilio.release_number()
    for _ in range(3):
        led.passes(minutes=30)
    led.post("Heads-up: tomorrow’s messages for Support may not get through")
    led.sandbox.twilio.regain_number()
    led.until("2026-11-24 07:00")
    led.post("All clear for tomorrow’s messages")


def test_it_is_cleared_where_leads_read_it_as_well(led: World) -> None:
    led.until("2026-11-23 08:00")
    led.reads("Alice")
    led.settles(1)
    led.channel.archive()
    led.until("2026-11-23 16:00")
    led.settles(1)
    assert led.directs("Dana Boss", "Heads-up: tomorrow’s messages")
    led.channel.unarchive()
    for _ in range(3):
        led.passes(minutes=30)

    assert led.directs("Dana Boss", "Heads-up: tomorrow’s messages") == []
    assert led.directs("Dana Boss", "All clear for tomorrow’s messages")


def test_the_messaging_service_needs_a_number(led: World) -> None:
    led.stops_bot()
    service = led.sandbox.twilio.messaging_service_sid
    led.starts_bot(TWILIO_PHONE_NUMBER="", TWILIO_MESSAGING_SERVICE_SID=service)
    led.until("2026-11-23 08:00")
    led.reads("Alice")
    led.sandbox.twilio.empty_service()
    led.until("2026-11-23 16:00")
    led.settles(1)

    led.post("has no number that can send texts")
