"""Why an SMS didn't arrive: Twilio's code in words, with buttons that can help."""

import pytest

from sandbox import twilio_errors
from scheduling.channels.twilio.codes import REASONS
from tests.stories.conftest import World
from tests.stories.stored import rows

ALICE = "+13125550101"


def warned(world: World, outcome: str, minutes: int = 1) -> str:
    """Let the morning's SMS to Alice come to this outcome, and return the channel's warning."""
    world.sandbox.phones.script(ALICE, outcome)
    world.until("2026-11-23 08:00")
    world.settles(minutes)
    warning = world.post("is on call but", "n’t gotten" if minutes > 5 else "the text")
    world.sandbox.phones.script(ALICE, "delivered")
    return warning


def test_the_accounts_daily_limit_is_named_as_such(support: World) -> None:
    warning = warned(support, "refuse:63038")
    assert "used up its daily message limit" in warning
    assert "Fix the number" not in warning
    text = support.runs("Alice", "/oncall notifications 2").text
    assert "63038" in text
    assert "20429" not in text


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("refuse:21703", "No number of our messaging service can text that number"),
        ("refuse:20003", "Twilio rejected our credentials"),
        ("undelivered:30002", "Our Twilio account is suspended"),
        ("undelivered:30023", "daily message cap"),
        ("undelivered:30032", "Our toll-free number isn’t verified"),
        ("undelivered:30003", "The phone is off"),
        ("refuse:21663", "region we use. Whoever runs this bot needs to check TWILIO_REGION"),
        ("refuse:21668", "Whoever runs this bot needs to remove TWILIO_REGION and TWILIO_EDGE"),
        ("refuse:21608", "Whoever runs this bot needs to upgrade it and get the profile approved."),
        ("refuse:572006", "upgrade it"),
        ("undelivered:30999", "(code 30999)"),
        ("refuse:21999", "Twilio says: Error +1••••••••01 (code 21999)"),
    ],
)
def test_whose_fault_it_is_decides_the_buttons(support: World, outcome: str, words: str) -> None:
    warning = warned(support, outcome)
    assert words in warning
    assert "[ Try again ]  [ Cover the shift ]" in warning
    assert "Fix the number" not in warning


OWNERS = [code for code, known in REASONS.items() if known.fault in ("sender", "account")]


@pytest.mark.parametrize("code", [one for one in OWNERS if REASONS[one].act][::9])
def test_where_the_accounts_owner_must_act_the_warning_says_so(support: World, code: int) -> None:
    warning = warned(support, f"undelivered:{code}", minutes=1)
    assert f"Whoever runs this bot needs to {REASONS[code].act}." in warning
    assert "Fix the number" not in warning


@pytest.mark.parametrize(
    ("outcome", "act"),
    [
        ("undelivered:30004", "unblock the number that texts you, or text START to it"),
        ("refuse:21610", "text START to the number that texts you"),
        ("failed:21610", "text START to the number that texts you"),
        ("refuse:572005", "tell whoever runs this bot the code that Twilio texted you"),
    ],
)
def test_where_the_recipient_must_act_they_read_it_in_slack(
    support: World, outcome: str, act: str
) -> None:
    warning = warned(support, outcome)
    text = support.direct("Alice", "Alice, you’re on call for Support").text
    assert f"To get texts again, {act}." in text
    assert "Whoever runs this bot" not in warning
    assert "Fix the number" not in warning


def test_what_the_recipient_can_do_nothing_about_they_do_not_read(support: World) -> None:
    warned(support, "undelivered:30007")
    assert "To get texts again" not in support.direct("Alice", "Alice, you’re on call").text


@pytest.mark.parametrize(
    "outcome", ["refuse:21999", "undelivered:30999", "failed:30453", "undelivered:573999"]
)
def test_a_code_without_words_of_ours_has_a_link(support: World, outcome: str) -> None:
    code = outcome.partition(":")[2]
    page = f"https://www.twilio.com/docs/api/errors/{code}"
    warning = warned(support, outcome)
    assert f"(code {code}). {page}" in warning
    assert "Fix the number" not in warning
    sent = next(one for one in rows("daily") if one.kind == "sms")
    assert page in support.runs("Alice", f"/oncall notifications {sent.id}").text


def test_a_code_with_words_of_ours_has_none(support: World) -> None:
    assert "docs/api/errors" not in warned(support, "undelivered:30005")


@pytest.mark.parametrize("outcome", ["refuse:21211", "refuse:21635", "undelivered:30005"])
def test_a_number_that_is_wrong_can_be_fixed(support: World, outcome: str) -> None:
    assert "[ Fix the number ]" in warned(support, outcome)


def test_what_may_have_arrived_is_not_said_to_have_failed(support: World) -> None:
    warning = warned(support, "undelivered:30410")
    assert "may not have gotten the text" in warning
    support.settles(15)
    support.has_no_mail()  # it is not sent again on its own


def test_a_stop_that_twilio_finds_after_it_took_the_sms_is_a_stop(support: World) -> None:
    warning = warned(support, "failed:21610")
    assert "To opt back in, text START" in warning
    assert "Try again" not in warning
    assert "(opted out)" in support.runs("Alice", "/oncall members").text


@pytest.mark.parametrize(("status", "said"), [(500, "may not have gotten"), (503, "didn’t get")])
def test_a_code_that_is_not_listed_keeps_its_words_beside_a_5xx(
    support: World, monkeypatch: pytest.MonkeyPatch, status: int, said: str
) -> None:
    monkeypatch.setitem(twilio_errors._REFUSALS, 29998, (status, "The pigeons are asleep"))
    support.sandbox.phones.script(ALICE, "refuse:29998")
    support.until("2026-11-23 08:00")
    support.settles(6)
    warning = support.post("is on call but", "the text")
    assert f"{said} the text. Twilio says: The pigeons are asleep (code 29998)" in warning
    assert "Fix the number" not in warning
    support.forgets_mail()
