"""Twilio's codes: listed ones in our words, all others with their number, none as another one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.channels import twilio_codes
from scheduling.channels.twilio_codes import REASONS, passes, reason, told

UNLISTED = st.integers(10_000, 999_999).filter(lambda code: code not in REASONS)


@given(UNLISTED, st.text(max_size=40))
def test_what_is_not_listed_keeps_its_number(code: int, words: str) -> None:
    assert f"(code {code})" in told(code, words)
    assert reason(code).fault != "number"


@pytest.mark.parametrize("code", REASONS)
def test_what_is_said_is_a_sentence(code: int) -> None:
    assert (REASONS[code].words or "Twilio’s own.").endswith(".")


@pytest.mark.parametrize("code", [21703, 30002, 30023, 30024, 30032, 30034, 63038, 21606, 20003])
def test_what_is_our_senders_or_accounts_fault_is_nobody_elses(code: int) -> None:
    assert reason(str(code)).fault in ("sender", "account")


@pytest.mark.parametrize(
    ("code", "may_pass"),
    [
        ("30003", True),
        ("30500", True),
        ("503", True),
        ("429", True),
        ("20504", True),
        (twilio_codes.OUT, True),
        ("30410", False),  # it may have arrived
        ("30005", False),
        ("31999", False),
        ("401", False),
        ("cap", False),
        (None, False),
    ],
)
def test_whether_it_may_pass_is_known_of_each(code: str | None, *, may_pass: bool) -> None:
    assert passes(code) == may_pass
