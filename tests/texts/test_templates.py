"""The rules that find texts in the code and in examples, so that a new one needs no list."""

import pytest

from tests.texts.matching import Texts, key
from tests.texts.templates import ROOT, in_source


def found(source: str) -> list[str]:
    """Return the texts of a module."""
    return [one.text for one in in_source(source, ROOT / "bot" / "some.py")]


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ('told = "Good morning."', ["Good morning."]),
        (
            'told = f"{name}, you are " "on call" f" until {end:%H:%M}."',
            ["…, you are on call until …."],
        ),
        (
            "told = f\"{'Reply OK' if hears else 'Confirm in Slack'} now\"",
            ["Reply OK", "Confirm in Slack", "… now"],
        ),
        ('told = "Hi {first}, you are on call"', ["Hi …, you are on call"]),
        ('Button("Schedule", "schedule")', ["Schedule"]),
        ('names.get(name, "nobody at all")', ["nobody at all"]),
        ('raise Refusal("Not that one.")', ["Not that one."]),
    ],
)
def test_what_reaches_a_person_is_found(source: str, texts: list[str]) -> None:
    assert sorted(found(source)) == sorted(texts)


@pytest.mark.parametrize(
    "source",
    [
        '"""What this module is for."""',
        'def f() -> "str | None":\n    """Return what it is."""',
        'log.info("the outbox has %s rows", rows)',
        're.compile("in (a|an) hour")',
        'if text == "see you": pass',
        'text.removeprefix("of the ")',
        'f"{at:%a %d %b}"',
        'f"{team}:{line}"',
        'raise ValueError("no such thing")',
        'assert text, "there is none"',
        'kinds["member added to"]',
        'x: "str | None" = None',
    ],
)
def test_what_reaches_nobody_is_passed_by(source: str) -> None:
    assert found(source) == []


def test_texts_that_read_the_same_are_one() -> None:
    one, other = in_source('f"It’s *{a}* now."\nf"it\'s {b}  now."', ROOT / "bot" / "some.py")

    assert key(one) == key(other)


def test_an_example_is_explained_by_the_texts_that_it_says() -> None:
    texts = Texts(
        in_source(
            'f"Hi {a}, you’re on call until {b}."\na = "Reply OK to confirm."',
            ROOT / "bot" / "a.py",
        )
    )
    example = "Hi Bob, you're on call until Tue 8:00 AM.\nReply OK to confirm."

    assert texts.said(example).fresh
    assert len(texts.said(example).templates) == 2
    assert texts.said("Hi Bob, you're on duty now.").templates == set()
    assert texts.said(f"{example} Thank you very much for it.").unexplained == (
        "thank you very much for it",
    )
