"""A text's visible characters, and names that look the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.words.visible import (
    hides_something,
    quoted,
    same_to_the_eye,
    visible,
    visible_lines,
)

HIDDEN = [
    *map(chr, [*range(0x00, 0x09), *range(0x0E, 0x1C), 0x7F, *range(0x80, 0x85)]),
    *"\u00ad\u034f\u061c\u115f\u1160\u17b4\u180e\u200b\u200c\u200d\u200e\u200f",
    *"\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2066\u2067\u2068\u2069\u2800\u3164\ufe0f\ufeff",
    *"\uffa0\ufffe\ud800\U000e0001\U000e0041\U000e0100",
]
BREAKS = ["\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("sign", HIDDEN, ids=ascii)
def test_what_nobody_sees_is_left_out(sign: str) -> None:
    assert visible(f"Al{sign}ice") == "Alice"
    assert visible(sign) == ""
    assert hides_something(f"Al{sign}ice")


@pytest.mark.parametrize("sign", BREAKS, ids=ascii)
def test_a_line_break_ends_no_line_of_ours(sign: str) -> None:
    assert visible(f"Alice{sign}You won") == "Alice You won"
    assert visible_lines(f"Hi {sign}there") == "Hi\nthere"
    assert hides_something(f"Alice{sign}You won")


@pytest.mark.parametrize(
    "text",
    [
        "Zoë Müller-Lüdenscheidt",
        "O’Brien",
        "山田 太郎",
        "محمد",
        "دانیال می‌خواهم",  # its joiner is spelling
        "ශ්‍රී",
        "葛\U000e0100城",  # a variant of a character, as in names on passports
        "👩‍💻 👩🏽‍🚀 🏳️‍🌈 ❤️‍🔥 👨‍👩‍👧 🤷‍♂️ 1️⃣ 👍🏽 🇩🇪",
    ],
)
def test_what_people_write_stays(text: str) -> None:
    assert visible(text) == text
    assert not hides_something(text)


def test_spaces_of_all_kinds_are_single_ones() -> None:
    assert visible("  Alice\u00a0\u2003 \t Doe ") == "Alice Doe"
    assert not hides_something("Alice\u00a0Doe")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zo\u00eb", "Zoe\u0308"),
        ("Alice", "ALICE"),
        ("Alice", "Ａｌｉｃｅ"),
        ("Alice Doe", "alice\u00a0 doe "),
        ("Alice", "A\u200blice"),
        ("Straße", "STRASSE"),
        ("\ufb01nn", "finn"),
    ],
)
def test_two_spellings_of_a_name_are_the_same_to_the_eye(one: str, other: str) -> None:
    assert same_to_the_eye(one) == same_to_the_eye(other)


def test_names_that_differ_are_not_the_same() -> None:
    assert same_to_the_eye("Zoe") != same_to_the_eye("Zoë")
    assert same_to_the_eye("Alice B") != same_to_the_eye("Alice")


def test_a_quotation_is_short_and_without_markup() -> None:
    assert quoted("<!here> *x* `y`\u202e") == "“‹!here› ∗x∗ ˋyˋ”"
    assert quoted("x" * 100) == f"“{'x' * 39}…”"


@given(st.text())
def test_nothing_hidden_is_left_and_doing_it_twice_changes_nothing(text: str) -> None:
    line, lines = visible(text), visible_lines(text)
    assert visible(line) == line
    assert visible_lines(lines) == lines
    assert not hides_something(line)
    assert same_to_the_eye(line) == same_to_the_eye(text)
    assert not {"Cc", "Cs", "Zl", "Zp"} & set(map(unicodedata.category, line))
    assert "\n" not in line
    line.encode()
