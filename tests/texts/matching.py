"""Which texts of the code an example says, and what in it none of them says. Pure."""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from tests.texts.templates import Template, words

GAP = 600  # characters that may be filled in between two pieces
LONG = 14  # characters of a text that isn't found by chance
# A change may name its team where its reader would mean another one; texts don't hold that.
_TEAM = re.compile(r' team:(?:"[^"\n]*"|[^\s`"]+)')
_ALIKE = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " ", "`": "", "*": ""})
_WORD = re.compile(r"(?<![\w'])[^\W\d_](?:[^\W\d_]|')+(?!\w)")
# Words that are filled in: who and when, and what people of the stories write.
VALUES = words(
    "alice bob carol dave eve fran greg dana boss zoe yuri xena yann zed doe mon tue wed thu "
    "fri sat sun monday tuesday wednesday thursday friday saturday sunday jan feb mar apr may "
    "jun jul aug sep oct nov dec january february march april june july august september "
    "october november december am pm cst cdt cet cest utc am pm day days hour hours nobody "
    "choose support payments night shift urlopen error errno connection refused"
)
MOST_VALUES = 3  # words in a row that may be somebody's: a reason, a name


def plain(text: str) -> str:
    """Return a text without what differs between the code and what is read: case, marks, spaces."""
    bare = _TEAM.sub("", html.unescape(text).translate(_ALIKE))
    return re.sub(r"\s+", " ", bare).casefold()


@dataclass(frozen=True, slots=True)
class Said:
    """What an example says: the texts of the code in it, and the words of none of them.

    `plainly` are those of which no longer text says all the words, too.
    """

    templates: frozenset[tuple[str, ...]]
    plainly: frozenset[tuple[str, ...]]
    unexplained: tuple[str, ...]

    @property
    def fresh(self) -> bool:
        """Whether each word of it is the code's, or may have been filled in."""
        return bool(self.templates) and not self.unexplained


def key(template: Template) -> tuple[str, ...]:
    """Return what a text says, the same for texts that read the same: its pieces with words."""
    pieces = [plain(piece) for piece in template.pieces]
    # A sentence may go on where it is said.
    pieces[0], pieces[-1] = pieces[0].lstrip(), pieces[-1].rstrip(" .")
    return tuple(piece for piece in pieces if re.search(r"[^\W\d_]", piece))


class Texts:
    """All texts of the code, ready to be found in examples."""

    def __init__(self, templates: Iterable[Template]) -> None:
        self.by_key: dict[tuple[str, ...], list[Template]] = {}
        for template in templates:
            self.by_key.setdefault(key(template), []).append(template)
        # The longest first: a word is the longest text's that has it.
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
    """Return how a piece is found: by whole words where it ends in one, or beside a space."""
    words = piece.strip()
    before = r"(?<!\w)" if piece != piece.lstrip() or piece[:1].isalpha() else ""
    after = r"(?!\w)" if piece != piece.rstrip() else ""
    return re.compile(before + re.escape(words) + after)


def _places(text: str, patterns: Sequence[re.Pattern[str]]) -> Iterator[tuple[int, int]]:
    """Yield where the pieces are, wherever they follow each other."""
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
    """Yield the words in a row that nothing explains, where there are too many for a value."""
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
