"""Problems of the Twilio account: `check` reports all, preflight those that stop a text."""

import sqlite3
import tomllib
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine

from sandbox.twilio import Operation, TwilioAccount
from scheduling import phones
from scheduling.changes import team_file
from scheduling.notifications import spending
from storage.database import reading
from tests.stories.checking import Place, advice, by_service
from tests.stories.conftest import EXAMPLE, World
from tests.stories.stored import rows

Wrong = Callable[[TwilioAccount], None]
TOLL_FREE = "+18005550199"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.chdir(tmp_path)
    place = Place(tmp_path)
    yield place
    place.sandbox.close()


def by_key(twilio: TwilioAccount) -> dict[str, str]:
    """Return the settings of a bot that has an API key instead of the token."""
    return {
        "TWILIO_AUTH_TOKEN": "",
        "TWILIO_API_KEY": twilio.api_key,
        "TWILIO_API_SECRET": twilio.api_secret,
    }


def toll_free(twilio: TwilioAccount) -> dict[str, str]:
    """Return the settings of a bot that has another account, with a toll-free number."""
    return {
        "TWILIO_ACCOUNT_SID": twilio.account_sid,
        "TWILIO_AUTH_TOKEN": twilio.auth_token,
        "TWILIO_PHONE_NUMBER": TOLL_FREE,
        "TWILIO_API_URL": twilio.url,
    }


# --- check ---


@pytest.mark.parametrize("trial", ["2026", True])
def test_a_trial_is_red(place: Place, trial: bool | str) -> None:
    place.sandbox.twilio.become_trial(trial)  # type: ignore[arg-type]
    said = place.complaint()
    assert said.startswith("✗ Twilio: A Twilio trial account can’t send our texts: upgrade it")
    assert "compliance profile (Trust Hub) approved" in said


@pytest.mark.parametrize("code", [20003, 20005, 10001])
def test_a_suspended_account_sends_one_to_check_the_balance(place: Place, code: int) -> None:
    place.sandbox.twilio.truths.suspended_answers = code
    place.sandbox.twilio.suspend()
    said = place.complaint()
    assert "suspended" in said
    assert "balance" in said


@pytest.mark.parametrize("settings", [None, by_service])
def test_a_service_that_swallows_replies_is_red(
    place: Place, settings: Callable[[TwilioAccount], dict[str, str]] | None
) -> None:
    twilio = place.sandbox.twilio
    twilio.service_defers(False)
    said = place.complaint(**(settings(twilio) if settings else {}))
    assert "drops replies, so OK and STOP never reach me" in said
    assert "Integration to “Defer to sender's webhook”" in said


@pytest.mark.parametrize("truly", [True, False])
@pytest.mark.parametrize("settings", [None, by_service])
def test_a_reply_that_comes_all_the_same_proves_that_nothing_is_swallowed(
    place: Place, truly: bool, settings: Callable[[TwilioAccount], dict[str, str]] | None
) -> None:
    twilio = place.sandbox.twilio
    changes = settings(twilio) if settings else {}
    phone = place.sandbox.phones.phone("+13125550101")
    phone.replies("before")
    twilio.truths.service_without_webhook_drops = truly
    twilio.service_defers(False)
    assert "drops replies" in place.complaint(**changes)  # nobody has replied since
    place.sandbox.clock.forward(minutes=1)
    phone.replies("after")
    assert place.check(**changes)[0] == (1 if truly else 0)


def test_a_service_with_a_webhook_of_its_own_may_answer_too(place: Place) -> None:
    twilio = place.sandbox.twilio
    twilio.service_defers(False, url="https://sms.example.com/in?key=1")
    said = advice(place, **by_service(twilio))
    assert "forwards replies to sms.example.com, which may answer them, too" in said
    twilio.service_defers(False, url="https://demo.twilio.com/welcome/sms/reply")
    assert "Twilio’s demo, which answers every text" in place.complaint(**by_service(twilio))
    twilio.service_defers(True, url="https://sms.example.com/in")  # not asked then
    assert place.check(**by_service(twilio))[1][-1].startswith("✓")


@pytest.mark.parametrize("service", [False, True])
def test_anything_else_that_answers_texts_to_the_number_is_reported(
    place: Place, service: bool
) -> None:
    twilio = place.sandbox.twilio
    settings = by_service(twilio) if service else {}
    twilio.set_webhook("https://demo.twilio.com/welcome/sms/reply/")
    said = place.complaint(**settings)
    assert "+13125550199 forwards replies to demo.twilio.com, Twilio’s demo" in said
    assert "clear “A message comes in”" in said
    twilio.set_webhook("https://example.com/sms")
    assert "forwards replies to example.com, which may answer them" in advice(place, **settings)
    twilio.set_webhook("https://demo.twilio.com/welcome/sms/reply/", application="AP123")
    assert "go to the TwiML app AP123" in advice(place, **settings)


def test_a_webhook_that_the_service_overrules_is_not_reported(place: Place) -> None:
    place.sandbox.twilio.set_webhook("https://example.com/sms")
    place.sandbox.twilio.service_defers(False, url="https://sms.example.com/in")
    assert "forwards replies to sms.example.com" in advice(place)


def test_senders_that_are_no_numbers_are_named(place: Place) -> None:
    twilio = place.sandbox.twilio
    twilio.add_sender("short_code", "12345")
    twilio.add_sender("sender", "rcs:oncall_agent")
    code, lines = place.check(**by_service(twilio))
    assert code == 0
    assert lines[-1].endswith("sends from 12345 and rcs:oncall_agent: I read replies there, too.")
    twilio.add_sender("alpha_sender", "ONCALL")
    assert "sends as ONCALL, and nobody can reply to a name" in advice(place, **by_service(twilio))
    twilio.empty_service()  # the others still send
    assert place.check(**by_service(twilio))[0] == 0


@pytest.mark.parametrize("settings", [None, by_service])
def test_a_service_without_a_campaign_is_red(
    place: Place, settings: Callable[[TwilioAccount], dict[str, str]] | None
) -> None:
    twilio = place.sandbox.twilio
    twilio.register(False)
    said = place.complaint(**(settings(twilio) if settings else {}))
    assert "has no approved A2P 10DLC campaign" in said
    assert "30034" in said


def test_of_a_bare_number_it_is_not_known(place: Place) -> None:
    place.sandbox.twilio.empty_service()
    said = advice(place)
    assert "+13125550199 isn’t in a messaging service" in said
    assert "A2P 10DLC" in said


@pytest.mark.parametrize("service", [False, True])
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, "The toll-free number +18005550199 isn’t verified"),
        ("PENDING_REVIEW", "is still waiting to be verified"),
        ("IN_REVIEW", "is still waiting to be verified"),
        ("TWILIO_REJECTED", "rejected the verification of +18005550199 (Business name"),
        ("TWILIO_APPROVED", ""),
    ],
)
def test_a_toll_free_number_needs_its_verification(
    place: Place, status: str | None, expected: str, service: bool
) -> None:
    sandbox = place.sandbox
    twilio = TwilioAccount(sandbox.server, sandbox.phones, sandbox.clock, number=TOLL_FREE)
    twilio.register(False)  # which is for ordinary numbers
    twilio.verify_toll_free(status)
    settings = toll_free(twilio) | (by_service(twilio) if service else {})
    if expected:
        assert expected in place.complaint(**settings)
    else:
        assert place.check(**settings)[0] == 0


def test_the_balance_is_red_when_it_is_gone_and_yellow_when_it_is_low(place: Place) -> None:
    twilio = place.sandbox.twilio
    for gone in ("-0.50", "0"):
        twilio.balance(gone)
        assert f"✗ Twilio: The Twilio balance is {float(gone):.2f} USD: add money" in (
            place.complaint()
        )
    twilio.balance("4.99")
    assert "! Twilio: The Twilio balance is 4.99 USD: add money" in advice(place)
    twilio.balance("5.00")
    assert place.check()[0] == 0
    twilio.balance("-1234.00")  # billed by invoice: else it would have been suspended long ago
    assert (
        "✓ Twilio: the account owes 1234.00 USD, so it’s billed by invoice." in (place.check()[1])
    )
    twilio.balance(None)  # a subaccount
    assert place.check()[1][-1] == "✓ Twilio: Texts come from +13125550199."


def test_a_week_that_costs_more_than_there_is_is_yellow(support: World, place: Place) -> None:
    support.until("2026-11-23 08:00")
    support.reads("Alice")
    support.settles(30)
    environment = support.sandbox.environment(
        support.database_url, ONCALL_CHANNEL=support.channel.id
    )
    support.sandbox.twilio.balance("5.10")
    with time_machine.travel(support.clock.now()):
        assert place.check(**environment)[0] == 0
    with sqlite3.connect(support.database_url.removeprefix("sqlite:///")) as file:
        file.execute("UPDATE notification_log SET price = 1000000 WHERE price IS NOT NULL")
    with reading():
        assert spending.next_week(support.clock.now()) == (Decimal(12), "USD")  # 6 turns by 2
    with time_machine.travel(support.clock.now()):  # `check` goes by the machine's clock
        said = advice(place, **environment)
    assert "balance is 5.10 USD, and the next 7 days will cost about" in said


def test_a_restricted_key_does_not_count_as_a_mistake(place: Place) -> None:
    twilio = place.sandbox.twilio
    twilio.restrict_key()
    for settings in (by_key(twilio), by_key(twilio) | by_service(twilio)):
        said = advice(place, **settings)
        assert "The API key isn’t allowed to read messages" in said
        assert "so I couldn’t check them and can’t see replies or receipts." in said
        assert said.endswith("Give it read access in Twilio’s console, or use a standard key.")


# --- the morning itself ---


def test_a_new_trial_sends_nothing_and_the_warning_says_to_upgrade(support: World) -> None:
    support.sandbox.twilio.become_trial("2026")
    support.until("2026-11-23 08:00")
    support.settles(1)
    warning = support.post("is on call but", "the text")
    assert "upgrade it" in warning
    assert "Fix the number" not in warning
    support.forgets_mail()


@pytest.mark.parametrize("code", [20003, 20005, 10001])
def test_a_morning_on_a_suspended_account_sends_one_to_check_the_balance(
    support: World, code: int
) -> None:
    support.sandbox.twilio.truths.suspended_answers = code
    support.sandbox.twilio.suspend()
    support.until("2026-11-23 08:00")
    support.settles(1)
    warning = support.post("is on call but", "the text")
    assert "Whoever runs this bot needs to check" in warning
    assert "balance" in warning
    assert "Fix the number" not in warning
    support.sandbox.twilio.resume()
    support.clicks("Alice", "Try again", support.channel.messages[-1])
    support.tick()
    support.reads("Alice", "Good morning, Alice.")


@pytest.mark.parametrize("trial", [False, True])
def test_without_a_compliance_profile_the_warning_names_it(support: World, trial: bool) -> None:
    twilio = support.sandbox.twilio
    twilio.become_trial(trial)
    twilio.reaches_only("+13125550102")
    support.until("2026-11-23 08:00")
    support.settles(1)
    warning = support.post("is on call but", "the text")
    assert "primary compliance profile (Trust Hub)" in warning
    assert "Fix the number" not in warning
    support.forgets_mail()


def test_the_demo_webhook_answers_beside_us(support: World) -> None:
    support.sandbox.twilio.set_webhook("https://demo.twilio.com/welcome/sms/reply/")
    morning(support)
    support.replies("Alice", "OK")
    support.reads("Alice", "Thanks, Alice. Confirmed")
    (demo,) = support.people["Alice"].phone.notices
    assert "Configure your number's SMS URL" in demo.body
    support.passes(minutes=2)
    support.has_no_mail()


# --- the check of the next morning ---


def looks(world: World) -> list[str]:
    """Go on to the check of tomorrow on Monday, and return what the channel reads of it."""
    world.until("2026-11-23 16:00")
    world.settles(1)
    return [one.text for one in world.channel.messages if "tomorrow’s messages" in one.text]


def morning(world: World) -> World:
    world.until("2026-11-23 08:00")
    world.reads("Alice")
    world.settles(1)
    return world


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (lambda twilio: twilio.balance("-0.50"), "The Twilio balance is -0.50 USD"),
        (lambda twilio: twilio.service_defers(False), "drops replies"),
        (lambda twilio: twilio.register(False), "has no approved A2P 10DLC campaign"),
        (lambda twilio: twilio.suspend(), "check its status and balance"),
    ],
)
@pytest.mark.parametrize("settings", [None, by_service])
def test_a_problem_that_stops_tomorrows_text_is_reported_the_day_before(
    support: World,
    wrong: Wrong,
    expected: str,
    settings: Callable[[TwilioAccount], dict[str, str]] | None,
) -> None:
    twilio = support.sandbox.twilio
    if settings:
        support.stops_bot()
        support.starts_bot(**settings(twilio))
    morning(support)
    wrong(twilio)
    (warning,) = looks(support)
    assert expected in warning
    assert "Whoever runs this bot needs to" in warning


@pytest.mark.parametrize(("number", "expected"), [("+13125550122", True), ("+442071838750", False)])
def test_only_teams_with_us_numbers_hear_what_us_carriers_block(
    support: World, number: str, expected: bool
) -> None:
    support.runs("Alice", f"/oncall members edit @bob phone {number}")
    morning(support)
    phones.confirm(number, support.clock.now())
    support.sandbox.twilio.register(False)
    assert ["has no approved A2P 10DLC campaign" in one for one in looks(support)] == (
        [True] if expected else []
    )


@pytest.mark.parametrize("status", [None, "IN_REVIEW", "TWILIO_APPROVED"])
def test_a_toll_free_number_that_is_not_verified_is_reported(
    support: World, status: str | None
) -> None:
    sandbox = support.sandbox
    twilio = TwilioAccount(sandbox.server, sandbox.phones, sandbox.clock, number=TOLL_FREE)
    support.stops_bot()
    support.starts_bot(**toll_free(twilio))
    morning(support)
    twilio.verify_toll_free(status)
    warnings = looks(support)
    if status == "TWILIO_APPROVED":
        assert warnings == []
    else:
        assert "so its texts are blocked (error 30032)" in warnings[0]


@pytest.mark.parametrize("truly", [True, False])
def test_the_team_hears_of_swallowed_replies_only_while_none_come(
    support: World, truly: bool
) -> None:
    morning(support)
    support.sandbox.twilio.truths.service_without_webhook_drops = truly
    support.sandbox.twilio.service_defers(False)
    support.passes(minutes=1)
    support.replies("Bob", "WHO")
    support.settles(3)
    support.forgets_mail()
    assert len(looks(support)) == (1 if truly else 0)


@pytest.mark.parametrize("operation", ["services", "senders", "balance"])
def test_what_texts_do_not_need_may_fail(support: World, operation: Operation) -> None:
    morning(support)
    support.sandbox.twilio.fault("500", times=20, on=operation)
    assert looks(support) == []
    (ahead,) = rows("preflight")  # made at once, and nothing to say
    assert (ahead.status, ahead.attempts) == ("cancelled", 1)


@pytest.mark.parametrize("code", [20003, 20403, 10001])
@pytest.mark.parametrize("settings", [None, by_key])
def test_a_suspended_account_is_seen_whatever_it_answers(
    support: World, code: int, settings: Callable[[TwilioAccount], dict[str, str]] | None
) -> None:
    if settings:
        support.stops_bot()
        support.starts_bot(**settings(support.sandbox.twilio))
    morning(support)
    support.sandbox.twilio.truths.suspended_answers = code
    support.sandbox.twilio.suspend()
    (warning,) = looks(support)
    assert "balance" in warning


@pytest.mark.parametrize(
    "fine",
    [
        lambda twilio: twilio.balance("3.00"),
        lambda twilio: twilio.balance(None),
        lambda twilio: twilio.balance("-1234.00"),  # billed by invoice: it is active anyway
        lambda twilio: twilio.set_webhook("https://demo.twilio.com/welcome/sms/reply/"),
        lambda twilio: twilio.empty_service(),
        lambda twilio: twilio.become_trial(True),  # an old one: this morning’s text arrived
    ],
)
def test_a_finding_that_stops_nothing_is_not_reported_to_the_team(
    support: World, fine: Wrong
) -> None:
    morning(support)
    fine(support.sandbox.twilio)
    assert looks(support) == []


def test_a_trial_that_has_sent_nothing_is_reported(support: World) -> None:
    support.sandbox.twilio.become_trial("2026")
    support.until("2026-11-23 08:00")
    support.settles(1)
    support.forgets_mail()
    (warning,) = looks(support)
    assert (
        "Twilio trial account can’t send our texts. Whoever runs this bot needs to upgrade"
        in warning
    )
    support.forgets_mail()


def test_a_key_that_may_only_send_is_enough(support: World) -> None:
    twilio = support.sandbox.twilio
    morning(support)
    support.stops_bot()
    twilio.restrict_key()
    support.starts_bot(**by_key(twilio))
    assert looks(support) == []


def test_many_teams_that_check_at_once_ask_twilio_once(support: World) -> None:
    for name in ("Payments", "Search", "Mobile"):
        data = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
        data["team"].update(name=name, channel=support.sandbox.slack.channel(name.lower()).id)
        team_file.import_team(data, support.clock.now())
    support.until("2026-11-23 08:00")
    support.forgets_mail()
    before = len(support.sandbox.twilio.calls)
    support.until("2026-11-23 16:00")
    asked = [call.operation for call in support.sandbox.twilio.calls[before:]]
    assert asked.count("balance") == 1
    assert asked.count("account") == 1
    support.forgets_mail()
