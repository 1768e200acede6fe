"""The live report never contains anything that identifies a person or a place."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.live.report import Veil

NAMES = {"Grace Gone", "#secrets", "ops.on-call", "Zoë"}
TOKEN = "hunter2hunter2"
veil = Veil(NAMES, {TOKEN})

words = st.text(string.ascii_lowercase + " ,;()", max_size=20)
digits = st.lists(st.sampled_from(string.digits), min_size=7, max_size=15)
between = st.sampled_from(["", " ", "-", ".", ") ", " ("])


@given(words, digits, between, st.booleans(), words)
def test_no_number_gets_through(
    before: str, number: list[str], sign: str, plus: bool, after: str
) -> None:
    shown = veil(f"{before} {'+' if plus else ''}{sign.join(number)} {after}")

    assert not re.search(r"\d", shown)


@given(words, st.sampled_from(sorted(NAMES)), words)
def test_no_name_gets_through(before: str, name: str, after: str) -> None:
    for written in (name, name.upper(), f"@{name.lstrip('#')}"):
        shown = veil(f"{before} {written}, {after}")
        assert name.lstrip("#").lower() not in shown.lower()


@given(words, st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=8, max_size=12), words)
def test_no_id_gets_through(before: str, letters: str, after: str) -> None:
    for written in (f"U{letters}", f"<@W{letters}>", f"C{letters}"):
        assert letters not in veil(f"{before} {written} {after}")


@pytest.mark.parametrize(
    "secret",
    [
        TOKEN,
        "xoxb-1-2-3",
        "SM0123456789abcdef0123456789abcdef",
        "https://acme.slack.com/archives/C1/p2",
        "wss://wss-primary.slack.com/link/?ticket=1",
        "acme.slack.com",
        "grace@example.com",
    ],
)
def test_no_secret_gets_through(secret: str) -> None:
    shown = veil(f"seen: {secret} and more")

    assert shown.startswith("seen: ")
    assert shown.endswith("… and more")
    assert secret not in shown


@pytest.mark.parametrize(
    "seen",
    [
        "429 at update 51 after 3 s; Retry-After 30",
        "13765 characters: msg_blocks_too_long",
        "400, code 21604, compact",
        "3120 entries on 4 pages in 2.1 s",
        "SlackApiError missing_scope",
    ],
)
def test_what_checks_see_stays(seen: str) -> None:
    assert veil(seen) == seen
