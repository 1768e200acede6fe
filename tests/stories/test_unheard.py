"""A messaging service that drops replies: nobody is asked for an OK that can't arrive."""

from dataclasses import replace

import pytest

from sandbox.outcomes import Outcome
from tests.stories.conftest import World
from tests.stories.stored import rows


def drops(world: World, *, truly: bool) -> None:
    """Let the service defer to no webhook, which drops replies, or doesn't."""
    world.sandbox.twilio.truths.service_without_webhook_drops = truly
    world.sandbox.twilio.service_defers(False)
    world.uses_service()
    world.passes(minutes=2)
    world.passes(minutes=2)


def test_while_replies_are_lost_the_ok_is_asked_for_in_slack(support: World) -> None:
    drops(support, truly=True)
    support.direct("Alice", "Replies to my texts aren’t reaching me", "Defer to sender’s webhook")
    support.changes("Alice", "/oncall settings confirm 15")
    support.changes("Alice", "/oncall escalation add @greg")
    support.until("2026-11-23 08:00")
    assert "Reply OK" not in support.reads("Alice", "Confirm in Slack within 15 min.")
    support.replies("Alice", "OK")  # nobody hears it
    support.settles(22)
    assert "Reply OK" not in support.reads("Greg", "Confirm in Slack if you'll handle it.")
    support.clicks("Alice", "I’ve got it", support.channel.messages[0])
    support.passes(seconds=15)
    assert "confirmed 8:" in support.post("Good morning!")
    support.reads("Greg", "All clear")


def test_the_service_that_has_our_number_may_drop_replies_too(support: World) -> None:
    support.stops_bot()
    support.sandbox.twilio.service_defers(False)
    support.starts_bot()
    support.passes(minutes=2)
    support.passes(minutes=2)
    support.direct("Alice", "Replies to my texts aren’t reaching me")
    support.changes("Alice", "/oncall settings confirm 15")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Confirm in Slack within 15 min.")


def test_leads_hear_of_lost_replies_once_through_restarts(support: World) -> None:
    drops(support, truly=True)
    support.uses_service()
    support.passes(minutes=2)
    assert len(rows("unheard")) == 1


def test_a_reply_that_comes_all_the_same_proves_the_opposite(support: World) -> None:
    drops(support, truly=False)
    support.changes("Alice", "/oncall settings confirm 15")
    support.replies("Bob", "NEXT")
    support.reads("Bob", "Your next Support shift")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Reply OK within 15 min.")
    support.replies("Alice", "OK")
    support.reads("Alice", "Thanks, Alice. Confirmed")


def test_replies_that_came_since_the_service_was_set_so_prove_it_before_anybody_is_alarmed(
    support: World,
) -> None:
    support.passes(minutes=2)
    support.sandbox.twilio.truths.service_without_webhook_drops = False
    support.sandbox.twilio.service_defers(False)
    support.passes(minutes=1)
    support.replies("Bob", "NEXT")
    support.reads("Bob", "Your next Support shift")
    support.uses_service()
    support.passes(minutes=2)
    assert rows("unheard") == []


def test_a_reply_that_is_read_with_the_finding_proves_it_too(support: World) -> None:
    support.passes(minutes=2)
    support.stops_bot()
    support.sandbox.twilio.truths.service_without_webhook_drops = False
    support.sandbox.twilio.service_defers(False)
    support.passes(minutes=1)
    support.people["Bob"].phone.replies("NEXT")
    support.starts_bot()
    support.passes(minutes=2)
    support.reads("Bob", "Your next Support shift")
    assert rows("unheard") == []


def test_a_service_that_is_set_to_drop_them_again_is_reported_again(support: World) -> None:
    drops(support, truly=True)
    twilio = support.sandbox.twilio
    twilio.service_defers(True)
    support.passes(minutes=1)
    support.replies("Bob", "NEXT")
    support.reads("Bob", "Your next Support shift")
    support.passes(hours=24)
    twilio.service_defers(False)  # within an hour, so that nobody has looked in between
    support.uses_service()
    support.passes(minutes=2)
    assert len(rows("unheard")) == 2
    support.changes("Alice", "/oncall settings confirm 15")
    support.forgets_mail()
    support.until("2026-11-25 08:00")
    support.passes(seconds=15)
    (mail,) = (one.body for one in support.people["Bob"].phone.messages[-1:])
    assert "Confirm in Slack within 15 min." in mail
    support.forgets_mail()


def test_tomorrows_check_does_not_repeat_what_leads_have_read(support: World) -> None:
    drops(support, truly=True)
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.until("2026-11-23 16:00")
    support.settles(1)
    assert [one for one in support.channel.messages if "drops replies" in one.text] == []
    assert len(rows("unheard")) == 1


@pytest.mark.parametrize("url", [None, "https://example.com/sms"])
def test_once_the_service_hands_replies_on_they_are_asked_for_again(
    support: World, url: str | None
) -> None:
    drops(support, truly=True)
    support.sandbox.twilio.service_defers(url is None, url=url)
    support.uses_service()
    support.passes(minutes=2)
    support.changes("Alice", "/oncall settings confirm 15")
    support.until("2026-11-23 08:00")
    support.reads("Alice", "Reply OK within 15 min.")
    support.replies("Alice", "OK")
    support.reads("Alice", "Thanks, Alice. Confirmed")


def test_a_new_member_is_not_asked_to_reply_in_vain(support: World) -> None:
    drops(support, truly=True)
    support.joins("Hal", "+13125550108")
    support.changes("Alice", "/oncall members add @hal +13125550108")
    support.runs("Alice", "/oncall members confirm @hal")
    support.passes(seconds=15)
    assert "Reply OK" not in support.reads("Hal", "My texts come from this number")


# --- opt-outs that a service finds later ---


@pytest.mark.parametrize("later", [True, False], ids=["found later", "refused at once"])
@pytest.mark.parametrize("by_service", [True, False], ids=["by service", "by number"])
def test_an_opt_out_that_only_twilio_knows_goes_on_in_slack_at_once(
    support: World, *, by_service: bool, later: bool
) -> None:
    support.sandbox.twilio.truths.service_finds_opt_outs_later = later
    if by_service:
        support.uses_service()
    support.people["Alice"].phone.switches("blocked")
    support.until("2026-11-23 08:00")
    support.passes(seconds=15)
    support.passes(seconds=15)
    (call,) = rows("daily")[1:]
    assert (call.status, call.error_code) == ("skipped", "21610")
    assert (call.twilio_sid is not None) == (by_service and later)
    support.direct("Alice", "Alice, you’re on call for Support", "Opted out (replied STOP)")
    support.post("@Alice is on call but didn’t get the text")
    assert "opted out" in support.runs("Alice", "/oncall members").text


def test_an_opt_out_that_twilio_tells_after_we_stopped_asking_is_kept(support: World) -> None:
    network = support.sandbox.phones
    numbers = [support.people[name].phone.number for name in ("Alice", "Bob", "Carol", "Dave")]
    support.uses_service()
    for number in numbers:
        network.script(number, "stuck:sent")
    support.until("2026-11-23 08:00")
    for name in ("Alice", "Bob", "Carol", "Dave"):
        support.runs("Alice", f"/oncall test @{name.lower()}")
    for _ in range(30):
        support.passes(minutes=10)
    for sms in network.messages:
        taken = network._taken[sms.sid]
        network._taken[sms.sid] = replace(taken, outcome=Outcome("failed", 21610))
    for _ in range(25):
        support.passes(hours=1)
    assert {row.status for row in rows("test")} == {"skipped"}
    assert support.runs("Alice", "/oncall members").text.count("opted out") == 4
    support.forgets_mail()
