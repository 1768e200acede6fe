"""Matches an example with the texts in the code, and finds words in it that no text has. Pure."""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from tests.texts.templates import Template, words

GAP = 600  # characters that may be filled in between two pieces
LONG = 14  # characters of a text that isn't found by chance
# Commands get a team's word if their reader would mean another team; the texts don't have it.
_TEAM = re.compile(r' team:(?:"[^"\n]*"|[^\s`"]+)')
_ALIKE = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " ", "`": "", "*": ""})
_WORD = re.compile(r"(?<![\w'])[^\W\d_](?:[^\W\d_]|')+(?!\w)")
# Words that are filled in: names and times, and what people in the stories write.
VALUES = words(
    "alice bob carol dave eve fran greg dana boss zoe yuri xena yann zed doe mon tue wed thu "
    "fri sat sun monday tuesday wednesday thursday friday saturday sunday jan feb mar apr may "
    "jun jul aug sep oct nov dec january february march april june july august september "
    "october november december am pm cst cdt cet cest utc am pm day days hour hours nobody "
    "choose support payments night shift urlopen error errno connection refused"
)
MOST_VALUES = 3  # consecutive words that may be somebody's own: a reason, a name


def plain(text: str) -> str:
    """Return a text without case, punctuation and spaces, which differ between code and message."""
    bare = _TEAM.sub("", html.unescape(text).translate(_ALIKE))
    return re.sub(r"\s+", " ", bare).casefold()


@dataclass(frozen=True, slots=True)
class Said:
    """The texts of the code that are in an example, and the words that are in none of them.

    `plainly` has the texts that aren't covered by a longer one.
    """

    templates: frozenset[tuple[str, ...]]
    plainly: frozenset[tuple[str, ...]]
    unexplained: tuple[str, ...]

    @property
    def fresh(self) -> bool:
        """Whether each word is in the code, or may have been filled in."""
        return bool(self.templates) and not self.unexplained


def key(template: Template) -> tuple[str, ...]:
    """Return a key that is the same for texts that read the same: their pieces with words."""
    pieces = [plain(piece) for piece in template.pieces]
    # The message may continue the sentence.
    pieces[0], pieces[-1] = pieces[0].lstrip(), pieces[-1].rstrip(" .")
    return tuple(piece for piece in pieces if re.search(r"[^\W\d_]", piece))


class Texts:
    """All texts of the code, ready to be found in examples."""

    def __init__(self, templates: Iterable[Template]) -> None:
        self.by_key: dict[tuple[str, ...], list[Template]] = {}
        for template in templates:
            self.by_key.setdefault(key(template), []).append(template)
        # The longest first, because a word belongs to the longest text that has it.
        longest = sorted(self.by_key, key=lambda one: (-sum(map(len, one)), one))
        self._patterns = [(one, [_pattern(piece) for piece in one]) for one in longest]
        self.said = cache(self._said)

    def _said(self, example: str) -> Said:
        text = plain(example)
        explained = bytearray(len(text))
        found, plainly = set(), set()
        for one, patterns in self._patterns:
            if all(piece.strip() in text for piece in one):
                for start, end in _places(text, patterns):
                    if len("".join(one)) >= LONG:
                        found.add(one)
                    if not all(explained[start:end]):
                        plainly.add(one)
                        explained[start:end] = b"\1" * (end - start)
        unexplained = tuple(_unexplained(text, explained))
        return Said(frozenset(found | plainly), frozenset(plainly), unexplained)


def _pattern(piece: str) -> re.Pattern[str]:
    """Return the pattern for a piece, which has to match whole words, or spaces, at its ends."""
    words = piece.strip()
    # A number may be directly before a word, as in "24h".
    before = r"(?<![^\W\d])" if piece != piece.lstrip() or piece[:1].isalpha() else ""
    after = r"(?!\w)" if piece != piece.rstrip() else ""
    return re.compile(before + re.escape(words) + after)


def _places(text: str, patterns: Sequence[re.Pattern[str]]) -> Iterator[tuple[int, int]]:
    """Yield the places of the pieces wherever they follow each other."""
    first = patterns[0].search(text)
    while first:
        places, end = [first.span()], first.end()
        for pattern in patterns[1:]:
            found = pattern.search(text, end, end + GAP)
            if found is None:
                break
            places.append(found.span())
            end = found.end()
        else:
            yield from places
        first = patterns[0].search(text, first.start() + 1)


def _unexplained(text: str, explained: bytearray) -> Iterator[str]:
    """Yield runs of unexplained words that are too long for a filled-in value."""
    row: list[str] = []
    for word in _WORD.finditer(text):
        if any(explained[word.start() : word.end()]):
            yield from _sentence(row)
            row = []
        else:
            row.append(word[0])
    yield from _sentence(row)


def _sentence(row: Sequence[str]) -> Iterator[str]:
    if sum(word not in VALUES for word in row) > MOST_VALUES:
        yield " ".join(row)
