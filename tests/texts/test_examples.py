"""Each text that the bot can say has an example, and each example is made of texts of the code."""

import pytest

from tests.texts.examples import READERS, kept
from tests.texts.matching import Texts
from tests.texts.templates import templates

HOW = (
    "Run its story with `make texts RECORD=1 ARGS=tests/stories/test_....py`, or change "
    "tests/texts/examples.toml by hand."
)


@pytest.fixture(scope="module")
def texts() -> Texts:
    return Texts(templates())


def test_each_text_with_something_filled_in_has_an_example(texts: Texts) -> None:
    said = {text for one in kept() for text in texts.said(one.says).templates}
    missing = [
        f"{found[0].where}: {found[0].text}"
        for text, found in texts.by_key.items()
        if len(found[0].pieces) > 1 and len(" ".join(text).split()) > 1 and text not in said
    ]

    assert not missing, f"These have no example. {HOW}\n" + "\n".join(missing)


def test_no_example_has_words_that_are_not_in_the_code(texts: Texts) -> None:
    stale = [
        f"“{row}” in {one.says[:80]!r}"
        for one in kept()
        for row in texts.said(one.says).unexplained
    ]
    empty = [one.says[:80] for one in kept() if not texts.said(one.says).templates]

    assert not stale + empty, f"These are no longer said. {HOW}\n" + "\n".join(stale + empty)


def test_each_example_has_a_reader() -> None:
    assert {one.reader for one in kept()} <= READERS.keys()
