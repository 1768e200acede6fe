"""Phone numbers: accepted and refused formats, and how others see them."""

import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.errors import Refusal
from scheduling.numbers import EXAMPLE, country_of_number, masked, parse_number, spaced


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("+13125550101", "+13125550101"),
        ("+1 312-555-0101", "+13125550101"),
        ("+1 (312) 555 0101", "+13125550101"),
        (" +44 20 7946 0018 ", "+442079460018"),
        ("+49 (0)30 901820", "+4930901820"),
        ("tel:+1-312-555-0101", "+13125550101"),
        ("+１３１２５５５０１０１", "+13125550101"),
        ("+١٣١٢٥٥٥٠١٠١", "+13125550101"),
        ("+1–312—555‑0101", "+13125550101"),
        ("+1\u00a0312\u202f555\u20090101", "+13125550101"),
        ("\u202a+1 312 555 0101\u202c", "+13125550101"),  # as contacts apps copy it
        ("+1.312.555.0101", "+13125550101"),
        ("+1 312 555 0101, ", "+13125550101"),
        ("(+44) 20 7946 0018", "+442079460018"),
        ("0044 20 7946 0018", "+442079460018"),
        ("<tel:+13125550101|+1 312 555 0101>", "+13125550101"),
    ],
)
def test_a_number_with_its_country_is_taken_however_it_is_written(typed: str, stored: str) -> None:
    assert parse_number(typed) == stored


@pytest.mark.parametrize(
    "typed", ["312-555-0101", "(312) 555 0101", "3125550101", "1 312 555 0101"]
)
def test_a_number_without_its_country_is_not_guessed_but_the_likely_one_is_offered(
    typed: str,
) -> None:
    with pytest.raises(Refusal) as caught:
        parse_number(typed)

    assert f"“{typed}”" in caught.value.message
    assert "for example +13125550101" in caught.value.message
    assert caught.value.field == "phone"


@pytest.mark.parametrize("typed", ["", "hello", "+", "12", "+1 312 CALL-ME-MAYBE-NOW", "０"])
def test_a_text_that_is_not_a_number_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(Refusal, match=r"for example|looks like") as caught:
        parse_number(typed)

    assert EXAMPLE in caught.value.message


@pytest.mark.parametrize("typed", ["+1312555010", "+131255501011", "+999123456789", "+1000000000"])
def test_a_number_that_cannot_exist_is_refused(typed: str) -> None:
    with pytest.raises(Refusal, match=r"\+13125550101") as caught:
        parse_number(typed)

    assert caught.value.field == "phone"


@pytest.mark.parametrize(
    ("typed", "country", "stored"),
    [
        ("312 555 0101", "US", "+13125550101"),
        ("(312) 555-0101", "US", "+13125550101"),
        ("13125550101", "US", "+13125550101"),
        ("011 44 20 7946 0018", "US", "+442079460018"),
        ("0044 20 7946 0018", "US", "+442079460018"),
        ("+44 20 7946 0018", "US", "+442079460018"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("030/901820", "DE", "+4930901820"),
        ("06 12 34 56 78", "FR", "+33612345678"),
    ],
)
def test_a_national_number_is_taken_where_the_country_is_known(
    typed: str, country: str, stored: str
) -> None:
    assert parse_number(typed, country) == stored


def test_a_number_of_another_country_than_ours_is_refused_with_the_likely_one() -> None:
    with pytest.raises(
        Refusal, match=r"isn’t a phone number I can text.*for example \+442079460018"
    ):
        parse_number("442079460018", "US")


@pytest.mark.parametrize(
    "more",
    [
        " ext 23",
        " ext. 23",
        "x23",
        " x 23",
        "#23",
        " #23",
        ";ext=23",
        ";23",
        ",23",
        ",,23",
        " extension 23",
        " poste 23",
        "*23",
    ],
)
@pytest.mark.parametrize("number", ["+13125550101", "+1 312-555-0101", "(312) 555-0101"])
def test_an_extension_is_refused_not_dropped(number: str, more: str) -> None:
    with pytest.raises(Refusal, match="has an extension"):
        parse_number(number + more, "US")


@pytest.mark.parametrize(
    "typed",
    [
        "+1-312-555-CALL",
        "1-800-FLOWERS",
        "+1 312 555 O101",
        "+1 312 555 0101 please",
        "mobile +13125550101",
        "+1 312 555 0101 (work)",
        "+1 312 555 0101 or 312 555 0102",
    ],
)
def test_letters_are_never_read_as_digits_or_left_out(typed: str) -> None:
    with pytest.raises(Refusal, match="has letters in it"):
        parse_number(typed, "US")


@pytest.mark.parametrize(
    "typed",
    [
        "+13125550101 +13125550102",
        "+13125550101/+13125550102",
        "312 555 0101 312 555 0102",
        "312 555 0101 / 0102",
    ],
)
def test_two_numbers_are_refused(typed: str) -> None:
    with pytest.raises(Refusal):
        parse_number(typed, "US")


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("+1 900 555 0101", "premium-rate"),
        ("900-555-0101", "premium-rate"),
        ("+44 909 876 5432", "premium-rate"),
        ("+49 180 1234567", "shared-cost"),
        ("+44 70 1234 5678", "forwarding number"),
        ("+44 76 4012 3456", "pager"),
        ("+8816 1234 5678", "satellite"),
        ("+870 773 123 456", "satellite"),
        ("+979 123 456 789", "global-service"),
        ("911", "isn’t a phone number I can text"),
        ("112", "isn’t a phone number I can text"),
        ("+1 911", "isn’t a valid number"),
    ],
)
def test_what_costs_or_cannot_be_texted_is_refused(typed: str, what: str) -> None:
    with pytest.raises(Refusal, match=what):
        parse_number(typed, "US")


def test_a_refusal_shows_what_was_typed_without_its_markup() -> None:
    with pytest.raises(Refusal) as caught:
        parse_number("<!channel> `5`\u202e", "US")

    assert "‹!channel›" in caught.value.message
    assert not {"<", "`", "\u202e"} & set(caught.value.message)


def test_the_country_of_a_number_is_known() -> None:
    assert country_of_number("+13125550199") == "US"
    assert country_of_number("+442079460018") == "GB"
    assert country_of_number("+881612345678") is None


@given(st.text("+0123456789 -().x#,;ext", min_size=5, max_size=24), st.sampled_from(["US", None]))
def test_no_digit_is_dropped_or_made_up(typed: str, country: str | None) -> None:
    with suppress(Refusal):
        stored = parse_number(typed, country).removeprefix("+")
        digits = "".join(filter(str.isdecimal, typed))
        # Only what comes before the country's code, or is dialed within it, may go or come.
        assert stored.endswith(digits[-7:])
        assert set(typed) <= set("+0123456789 -().")


@given(st.text(max_size=30))
def test_whatever_is_typed_is_taken_or_refused_in_words(typed: str) -> None:
    with suppress(Refusal):
        number = parse_number(typed)
        assert parse_number(number) == number


def test_others_see_the_country_and_the_last_two_digits_only() -> None:
    assert masked("+13125550101") == "+1••••••••01"
    assert "312555" not in masked("+13125550101")


def test_its_owner_sees_it_as_people_write_it() -> None:
    assert spaced("+13125550101") == "+1 312-555-0101"
    assert spaced("+442079460018") == "+44 20 7946 0018"


def test_what_only_a_new_number_or_date_needs_is_not_loaded_at_start() -> None:
    heavy = ("phonenumbers", "dateparser", "twilio.rest.messaging")
    asked = f"import sys, bot.process; print([one for one in {heavy!r} if one in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"
