"""Counts and lists in words. Pure."""

from collections.abc import Sequence


def several(number: int, noun: str, nouns: str = "") -> str:
    """Return a count, for example '1 shift' or '2 shifts'; `nouns` is an irregular plural."""
    return f"{number} {noun if number == 1 else nouns or f'{noun}s'}"


def joined(words: Sequence[str]) -> str:
    """Return words as a list: 'A', 'A and B', 'A, B and C'."""
    *most, last = words or ("",)
    return f"{', '.join(most)} and {last}" if most else last


def how_often(number: int) -> str:
    """Return how often, for example 'twice' or 'three times'."""
    words = {1: "once", 2: "twice", 3: "three times", 4: "four times", 5: "five times"}
    return words.get(number, f"{number} times")
