"""Phone numbers: what is taken, what is refused, and what others see of them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.errors import Refusal
from scheduling.numbers import EXAMPLE, masked, parse_number, spaced


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
def test_what_is_no_number_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(Refusal, match=r"for example|looks like") as caught:
        parse_number(typed)

    assert EXAMPLE in caught.value.message


@pytest.mark.parametrize("typed", ["+1312555010", "+131255501011", "+999123456789", "+1000000000"])
def test_a_number_that_cannot_exist_is_refused(typed: str) -> None:
    with pytest.raises(Refusal, match=r"\+13125550101") as caught:
        parse_number(typed)

    assert caught.value.field == "phone"


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
