"""No phrase that sounds translated is left; each has a replacement beside it.

A word that may stay somewhere is in KEPT, with the reason.
"""

import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What is wrong, as a pattern, and what to write instead.
PHRASES = {
    r"\b(?:see|sees|seeing|saw|seen) to (?:it|that|them|him|her|this)\b": "handle it",
    r"\bseen to\b": "handled",
    r"\bby now\b": "now, already; or nothing",
    r"\banew\b": "again, once more",
    r"\bmend(?:s|ed|ing)?\b": "fix",
    r"\bstands?\b(?! for\b)": "is",
    r"\b(?:stood|standing) in\b": "covered, covering",
    r"\ball is well\b": "all clear; everything works",
    r"\bmake-believe\b": "fake; local",
    r"\bwhoever['’]s\b": "everyone whose",
    r"\b(?:becomes?|became) of\b": "the status of; what happens to",
    r"\blook at (?:the next|tomorrow)": "tomorrow's check",
    r"\bhot spare\b": "hot standby",
    r"\blest\b": "so that ... not",
    r"\ball the same\b": "anyway",
    r"\bon and on\b": "keep trying",
    r"(?:^|[.:;#] )So (?:long|old|often|many|much|late|far|soon) \w": "at most this many; this old",
    r"\bso (?:long|many|much|often|late) (?:at most|later|at least)\b": "at most this many",
    r", for (?:he|she|it|they|we|you|nobody|there|that|each|the \w+) "
    r"(?:is|was|are|were|has|have|had|can|could|may|might|does|did|needs|knows)\b": "because",
    r"(?<!there )(?<!what )\bis no (?!longer|more|other|such|one\b|need|way)[a-z]+": "isn't a",
    r"\b(?:take|takes|took|taken|taking) (?:it |that |this )?back\b": "undo; withdraw",
    r"\b(?:is|are|be|been|was|were|gets|got) told\b": "is notified; hears; is shown",
    r"\bin (?:the|its|their|her|his) place of\b": "instead of",
    r"\bsigns? of life\b": "heartbeat",
    r"\blet nobody\b|\blets nobody\b": "keep everyone out",
}
# A file, a pattern of it that may stay, and why.
KEPT = {
    ("scheduling/delivery/refreshing.py", "anew"): "the key of a stored message",
    ("scheduling/changes/undo.py", "taken back"): "stored in the audit log",
    ("bot/slack/audited.py", "taken back"): "stored in the audit log",
    ("tests/stories/test_changes.py", "taken back"): "stored in the audit log",
    ("storage/migrations/0013_state_in_columns.py", "all the same"): "stored by older versions",
    ("tests/storage/test_migrations.py", "all the same"): "stored by older versions",
}
# What is not the sentence's at the ends of a line: a comment's sign, quotation marks.
_BEGINS, _ENDS = " #f\"'", " \"'"
PLACES = (
    "*",
    "bot/**/*",
    "scheduling/**/*",
    "storage/**/*",
    "sandbox/**/*",
    "tests/**/*",
    "benchmarks/**/*",
    "docs/**/*",
    "examples/**/*",
)
READ = re.compile(
    r"\.(?:py|md|html|js|css|toml|ya?ml|json|service|example)$|(?:Makefile|Containerfile)$"
)
PASSED_BY = re.compile(
    r"requirements|docs/pictures/|tests/data/|tests/texts/examples|test_plain_english"
)


@cache
def lines() -> list[tuple[str, int, str, str]]:
    """Return each line that somebody reads: its file, its number, the line, and the next one."""
    files = [path for place in PLACES for path in sorted(ROOT.glob(place)) if path.is_file()]
    named = [(file.relative_to(ROOT).as_posix(), file) for file in files]
    found = []
    for name, file in named:
        if READ.search(name) and not PASSED_BY.search(name):
            read = [*_read(file), (0, "")]
            found += [
                (name, number, line, following.lstrip(_BEGINS))
                for (number, line), (_, following) in pairwise(read)
            ]
    return found


def _read(file: Path) -> Iterator[tuple[int, str]]:
    source = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        yield from enumerate(source.splitlines(), 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        kind = tokenize.tok_name[token.type]
        if kind in ("COMMENT", "STRING", "FSTRING_MIDDLE"):
            yield from enumerate(token.string.splitlines(), token.start[0])


@pytest.mark.parametrize("phrase", PHRASES)
def test_what_sounds_translated_is_nowhere(phrase: str) -> None:
    wrong = re.compile(phrase, re.IGNORECASE if phrase.islower() else 0)
    found = [
        f"{file}:{number}: {line.strip()}"
        for file, number, line, following in lines()
        for match in [wrong.search(f"{line.rstrip(_ENDS)} {following}")]
        if match and match.start() < len(line) and (file, match[0].lower()) not in KEPT
    ]

    assert not found, f"write “{PHRASES[phrase]}” instead:\n" + "\n".join(found)
