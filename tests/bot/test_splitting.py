"""Splits what was typed into words: a quoted text is one word, and so is a Slack reference."""

import re
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.splitting import split
from scheduling.errors import Refusal


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", []),
        ("  override\u00a0@bob  ", ["override", "@bob"]),
        ('team:"night shift" x', ["team:night shift", "x"]),
        ('a"b c"d ""', ["ab cd", ""]),
        ("members add “Alice Doe” 3", ["members", "add", "Alice Doe", "3"]),
        ("<@U1|alice doe> now", ["<@U1|alice doe>", "now"]),
        ("teams add x <#C1|two words>", ["teams", "add", "x", "<#C1|two words>"]),
        ('<@U1|al "the cat" doe> now', ['<@U1|al "the cat" doe>', "now"]),
        ('"<@U1|alice doe> and I" b', ["<@U1|alice doe> and I", "b"]),
        ("see <https://example.com/a|the page>", ["see", "<https://example.com/a|the page>"]),
        ("add <tel:+13125550101|+1 312 555 0101> x", ["add", "+1 312 555 0101", "x"]),
        ("add <tel:+13125550101|(312) 555-0101>", ["add", "(312) 555-0101"]),
        ("add <tel:+13125550101|my phone>", ["add", "+13125550101"]),
        ("add <tel:+13125550101>", ["add", "+13125550101"]),
        ("a < b > c", ["a", "<", "b", ">", "c"]),
        ("&lt;@U1 b&gt;", ["<@U1", "b>"]),
    ],
)
def test_words_are_split_as_people_mean_them(typed: str, words: list[str]) -> None:
    assert split(typed) == words


@pytest.mark.parametrize("typed", ['"', 'a "b', '"<@U1|alice doe>', '<@U1|a> "', "“" + "<a:>" * 99])
def test_a_quote_without_a_partner_is_refused(typed: str) -> None:
    with pytest.raises(Refusal, match="isn’t closed"):
        split(typed)


LABELS = st.text(st.sampled_from('ab é"’–.+1()-&;'), max_size=12)
REFERENCES = st.builds(
    "<{}|{}>".format, st.sampled_from(["@U1", "#C1", "!subteam^S1", "mailto:a@b.c"]), LABELS
)
PLAIN = st.text(st.sampled_from("abcé@#:,.!?<>1+-"), min_size=1, max_size=8).filter(
    lambda text: not re.search(r"<[@#!a-zA-Z]", text)
)


@given(st.lists(PLAIN | REFERENCES))
def test_each_word_and_each_reference_is_one_word(pieces: list[str]) -> None:
    words = split(" ".join(pieces))

    assert len(words) == len(pieces)
    for word, piece in zip(words, pieces, strict=True):
        assert word.partition("|")[0] == piece.partition("|")[0]


@given(st.lists(PLAIN | st.builds('"{}"'.format, st.text("ab c<", max_size=6)), max_size=6))
def test_without_references_words_are_split_as_a_shell_would(pieces: list[str]) -> None:
    line = " ".join(" ".join(pieces).split())
    reader = shlex.shlex(line, posix=True, punctuation_chars=False)
    reader.whitespace_split, reader.quotes = True, '"'
    reader.commenters = reader.escape = ""

    assert split(line) == list(reader)


@given(st.text())
def test_anything_is_split_or_refused(text: str) -> None:
    try:
        words = split(text)
    except Refusal:
        return
    assert "\n" not in "".join(words)
