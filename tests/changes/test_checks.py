"""Checks of what may be stored, shared by everything that stores it."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.changes import checks
from scheduling.errors import Refusal
from scheduling.words.visible import hides_something

CHECKS: list[Callable[[str], str | None]] = [
    checks.check_name,
    checks.check_team_name,
    checks.check_phone,
    checks.check_slack_user,
    checks.check_channel,
    checks.check_zone,
    checks.meant_zone,
    checks.check_notify_at,
    checks.check_reason,
    checks.as_name,
]
ids = [check.__name__ for check in CHECKS]


@pytest.mark.parametrize("check", CHECKS, ids=ids)
@given(st.text(max_size=100))
def test_whatever_is_typed_is_stored_in_a_form_that_would_be_taken_again(
    check: Callable[[str], str | None], typed: str
) -> None:
    with suppress(Refusal):
        stored = check(typed)
        assert stored is None or not hides_something(stored)
        assert not stored or check(stored) == stored


@pytest.mark.parametrize("typed", ["localtime", "LOCALTIME", "posixrules", "factory"])
def test_a_refused_zone_is_never_suggested(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        checks.check_zone(typed)
    assert "Did you mean" not in refused.value.message


@pytest.mark.parametrize("check", CHECKS[:-1], ids=ids[:-1])
def test_a_refusal_says_what_was_wrong_and_what_would_be_right(
    check: Callable[[str], str | None],
) -> None:
    with pytest.raises(Refusal) as caught:
        check("<!channel>" * 30)

    message = caught.value.message
    assert "<" not in message
    assert len(message) < 300
    assert any(word in message for word in ("xample", "like", "ame a city"))
    assert caught.value.field


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ("*Zoe* `x`", "Zoe x"),
        ("Zoe <!channel>", "Zoe !channel"),
        ("@zoe", "zoe"),
        ("\u202eZoe\u200b", "Zoe"),
        ("42", ""),
        ("\u3164", ""),
        ("Z" * 100, "Z" * 80),
    ],
)
def test_a_name_that_is_not_ours_to_refuse_is_made_fit(found: str, name: str) -> None:
    assert checks.as_name(found) == name


@pytest.mark.parametrize("channel", ["C0123456789", "G012ABC", "CABCDEFGHI"])
def test_channels_have_ids(channel: str) -> None:
    assert checks.check_channel(channel) == channel


@pytest.mark.parametrize("user", ["U0123456789", "W012ABC", "U0ALICE"])
def test_slack_users_have_ids(user: str) -> None:
    assert checks.check_slack_user(user) == user
