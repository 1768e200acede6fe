"""Counted nouns."""

from scheduling.words.wording import several


def test_one_thing_is_one() -> None:
    assert several(1, "shift") == "1 shift"
    assert several(0, "shift") == "0 shifts"
    assert several(2, "person", "people") == "2 people"
    assert several(1, "person", "people") == "1 person"
