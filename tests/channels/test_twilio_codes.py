"""Listed Twilio codes have our words, all others their number, and none is mixed up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.channels.twilio import codes as twilio_codes
from scheduling.channels.twilio.codes import (
    REASONS,
    error_text,
    link,
    owner_text,
    reason,
)
from storage.statuses import OwnCode

UNLISTED = st.integers(10_000, 999_999).filter(lambda code: code not in REASONS)


@given(UNLISTED, st.text(max_size=40))
def test_what_is_not_listed_keeps_its_number(code: int, words: str) -> None:
    assert f"(code {code})" in error_text(code, words)
    assert reason(code).fault != "number"


@pytest.mark.parametrize("code", REASONS)
def test_what_is_said_is_a_sentence(code: int) -> None:
    assert (REASONS[code].words or "Twilio’s own.").endswith(".")


@pytest.mark.parametrize("code", REASONS)
def test_who_must_act_decides_the_words(code: int) -> None:
    known = REASONS[code]
    for part in (known.what, known.act):
        assert not part.endswith((".", " ", ":"))
    assert not known.act or known.act[0].islower()
    if known.fault in ("sender", "account") and known.act:
        for_team = f"{known.what}. Whoever runs this bot needs to {known.act}."
        assert error_text(code, None) == for_team
        assert owner_text(str(code), "") == f"{known.what}: {known.act}."
    else:
        assert "Whoever runs this bot needs to" not in error_text(code, None)
    assert known.for_recipient == (known.act if known.fault == "recipient" else "")
    if known.fault == "provider":
        assert known.act == ""  # nobody can do anything
    if known.outcome == "permanent" and known.fault not in ("text", None):
        assert known.act, "somebody must do something"


@pytest.mark.parametrize("code", REASONS)
def test_a_link_is_given_if_we_have_no_words(code: int) -> None:
    assert bool(link(code)) == (REASONS[code].words is None)


@given(UNLISTED, st.text(max_size=40))
def test_what_is_not_listed_has_a_link(code: int, words: str) -> None:
    page = f"https://www.twilio.com/docs/api/errors/{code}"
    assert link(code) == link(str(code)) == page
    assert owner_text(str(code), error_text(code, words)).endswith(f"(code {code}). {page}")


@pytest.mark.parametrize("code", [None, "", "cap", "no connection", "503", "429", 401, "no answer"])
def test_a_code_that_is_not_twilios_has_no_link(code: str | int | None) -> None:
    assert link(code) == ""
    assert owner_text(str(code or ""), "Twilio is away.") == "Twilio is away."


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
        (OwnCode.NO_CONNECTION, True),
        ("30410", False),  # it may have arrived
        ("30005", False),
        ("31999", False),
        ("401", False),
        ("cap", False),
        (None, False),
    ],
)
def test_whether_it_may_pass_is_known_of_each(code: str | None, *, may_pass: bool) -> None:
    assert twilio_codes.explain(code).may_pass == may_pass
