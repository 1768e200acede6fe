"""The examples of what the bot says, kept in examples.toml, and how they're chosen."""

import json
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import tomli_w

from tests.texts.matching import Texts

FILE = Path(__file__).with_name("examples.toml")
# Readers, in the order in which `make texts` prints them.
READERS = {
    "text": "Text messages",
    "channel": "The team's channel",
    "direct": "Direct messages",
    "answer": "Answers in Slack",
    "refusal": "Refusals in Slack",
    "form": "Forms",
    "home": "The Home tab",
    "check": "The operator's terminal: check",
    "live check": "The operator's terminal: check --live",
    "terminal": "The operator's terminal: everything else",
    "demo": "The demo",
}
LONG = 1200  # characters: a longer example is used only if no shorter one has the text


@dataclass(frozen=True, order=True, slots=True)
class Example:
    """A message and its reader; `by_hand` if no test produces it."""

    reader: str
    says: str
    by_hand: bool = False


def kept() -> list[Example]:
    """Return the examples in the file; none if there is no file."""
    if not FILE.exists():
        return []
    return [Example(**one) for one in tomllib.loads(FILE.read_text("utf-8"))["example"]]


def keep(examples: Iterable[Example]) -> None:
    """Write the examples into the file, in a stable order."""
    order = list(READERS)
    rows = [
        {"reader": one.reader, "says": one.says} | ({"by_hand": True} if one.by_hand else {})
        for one in sorted(set(examples), key=lambda one: (order.index(one.reader), one.says))
    ]
    FILE.write_text(tomli_w.dumps({"example": rows}, multiline_strings=True), encoding="utf-8")


def heard(folder: Path, files: str = "*.jsonl") -> list[Example]:
    """Return what the tests said, as `tests.texts.heard` recorded it in these files."""
    said = (file.read_text(encoding="utf-8").splitlines() for file in folder.glob(files))
    return sorted({Example(*json.loads(line)) for lines in said for line in lines})


def chosen(texts: Texts, before: Sequence[Example], new: Sequence[Example]) -> list[Example]:
    """Return examples that cover everything that these say, keeping the old ones where possible.

    They are as few and as short as possible, and none has words that are no longer in the code.
    """
    good = [one for one in before if texts.said(one.says).fresh]
    new = [one for one in new if texts.said(one.says).fresh]
    left = {text for one in new for text in texts.said(one.says).templates}
    left -= {text for one in good for text in texts.said(one.says).templates}
    candidates = [one for one in new if texts.said(one.says).templates & left]
    while left and candidates:
        best = max(candidates, key=lambda one: (_worth(texts, one, left), one))
        good.append(best)
        left -= texts.said(best.says).templates
        candidates = [one for one in candidates if texts.said(one.says).templates & left]
    return _needed(texts, good)


def _worth(texts: Texts, one: Example, left: set[tuple[str, ...]]) -> float:
    length = len(one.says) + (10 * len(one.says) if len(one.says) > LONG else 0)
    return float(len(texts.said(one.says).templates & left) / (40 + length) ** 0.7)


def _needed(texts: Texts, examples: Sequence[Example]) -> list[Example]:
    """Return the examples without those that the others cover completely."""
    times: dict[tuple[str, ...], int] = {}
    for one in examples:
        for text in texts.said(one.says).templates:
            times[text] = times.get(text, 0) + 1
    needed = []
    for one in sorted(examples, key=lambda one: -len(one.says)):
        own = texts.said(one.says).templates
        if all(times[text] > 1 for text in own):
            for text in own:
                times[text] -= 1
        else:
            needed.append(one)
    return needed
