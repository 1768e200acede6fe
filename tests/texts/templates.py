"""Every text in the code that reaches a person, found in the source: f-strings, and plain strings.

Rules decide what counts as a text, so that a new one doesn't have to be listed. Exceptions to
the rules are in NOT_SAID and OTHER_FILES, with the reason.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


ROOT = Path(__file__).parents[2]
# Where texts are searched. In the sandbox only what `make demo` itself prints, because the rest
# imitates Slack and Twilio.
PLACES = ("run_bot.py", "bot", "scheduling", "storage", "sandbox/demo.py")
# Files whose strings the bot shows to nobody, and why.
OTHER_FILES = {
    "bot/live/docs.py": "writes docs/real-world.md",
    "bot/slack/link.py": "the log",
    "bot/slack/ways_back.py": "the log",
    "scheduling/delivery/timetable.py": "writes docs/reliability.md",
    "scheduling/words/reading_replies.py": "what people write, not what they read",
    "bot/slack/plain_words.py": "what people write, not what they read",
    "scheduling/words/gsm.py": "an alphabet",
    "storage/models.py": "tables",
    "storage/queries/": "SQL",
    "storage/migrations/": "SQL",
}
LOG = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
# Calls whose strings are compared, searched for or cut, so the program reads them.
READ = words(
    "startswith endswith split rsplit partition rpartition removeprefix removesuffix replace "
    "strip lstrip rstrip get index find count strftime strptime getattr cast"
)
# A keyword argument that isn't a message: a live check's source is for docs/real-world.md.
SOURCES = frozenset({"source"})
# Other people's words, which ours are compared with.
NOT_SAID = {
    "storage/database.py": {"not a database", "disk is full", "disk i/o", "unable to open"},
    "scheduling/zones.py": {
        "central european",
        "eastern european",
        "greenwich mean",
        "coordinated universal",
    },
    # Keys of messages.
    "scheduling/delivery/hellos.py": {"unanswered hello::", "all confirmed:"},
}
# Here a member's second value is an example for readers of the code.
WORDS = "storage/statuses.py"
# Programming errors, which appear only in a log.
OURS = words(
    "ValueError TypeError LookupError KeyError RuntimeError AssertionError NotImplementedError "
    "AttributeError OSError"
)
# Functions that make Slack elements: here a single word is a text.
SHOWN = words(
    "Button Form text_field choice radio ticks person_field people_field channel_field "
    "day_field time_field PlainTextObject Table Heading buttons_block"
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_FORMAT = re.compile(r"%[-#]?[a-zA-Z]")
_SQL = re.compile(r"(?:SELECT|INSERT|CREATE|DROP|PRAGMA|BEGIN|LEFT JOIN|UPDATE|DELETE)\b")
_BRACES = re.compile(r"\{[a-z_]+\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A text in the code: the `pieces` between its placeholders, one piece if it has none."""

    file: str
    line: int
    pieces: tuple[str, ...]

    @property
    def where(self) -> str:
        """The file and line."""
        return f"{self.file}:{self.line}"

    @property
    def text(self) -> str:
        """The text with … for its placeholders."""
        return "…".join(self.pieces)


def templates() -> list[Template]:
    """Return every text in the code, by file and line."""
    return [found for path in _files() for found in in_source(path.read_text("utf-8"), path)]


def _files() -> Iterator[Path]:
    for place in PLACES:
        path = ROOT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if not file.relative_to(ROOT).as_posix().startswith(tuple(OTHER_FILES)):
                yield file


def in_source(source: str, path: Path) -> list[Template]:
    """Return the texts of one module."""
    finder = _Finder(path.relative_to(ROOT).as_posix())
    finder.visit(ast.parse(source))
    return finder.found


class _Finder(ast.NodeVisitor):
    """Walks through a module, skipping everything that no person reads."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._shown = False
        self.found: list[Template] = []

    # --- skipped ---

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for one in (*node.decorator_list, *node.body, *node.args.defaults, *node.args.kw_defaults):
            if one is not None:
                self.visit(one)

    def visit_Assign(self, node: ast.Assign) -> None:
        value = node.value
        words = value.elts if isinstance(value, ast.Tuple) else ()
        if isinstance(value, ast.Call) and _name(value.func) == "_About":
            words = [*value.args, *(word.value for word in value.keywords)]
        if self._file == WORDS and words:
            for one in (*words[:1], *words[2:]):
                self.visit(one)
        else:
            self.generic_visit(node)

    def visit_Assert(self, node: ast.Assert) -> None:
        """Skip: only programmers read it."""

    def visit_Compare(self, node: ast.Compare) -> None:
        for one in (node.left, *node.comparators):
            if not _is_literal(one):
                self.visit(one)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)

    def visit_MatchValue(self, node: ast.MatchValue) -> None:
        """Skip: a pattern."""

    def visit_Dict(self, node: ast.Dict) -> None:
        for value in node.values:
            self.visit(value)

    def visit_Raise(self, node: ast.Raise) -> None:
        if not (isinstance(node.exc, ast.Call) and _name(node.exc.func) in OURS):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        called = _name(node.func)
        of = _name(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        if not (called in READ and isinstance(getattr(node.func, "value", None), ast.Constant)):
            self.visit(node.func)
        if (of in ("log", "logging") and called in LOG) or of == "re":
            return
        outer = self._shown
        self._shown = called in SHOWN
        named = [word.value for word in node.keywords if word.arg not in SOURCES]
        # The second argument of a button is the command that a click runs.
        args = node.args[:1] if called == "Button" else node.args
        for place, one in enumerate((*args, *named)):
            if not (called in READ and place == 0 and isinstance(one, ast.Constant)):
                self.visit(one)
        self._shown = outer

    # --- found ---

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._add(node, _BRACES.split(node.value))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        pieces = [""]
        for value in node.values:
            if isinstance(value, ast.Constant):
                pieces[-1] += str(value.value)
            elif isinstance(value, ast.FormattedValue):
                pieces.append("")
                self.visit(value.value)
        self._add(node, pieces)

    def _add(self, node: ast.expr, pieces: Sequence[str]) -> None:
        is_others = "".join(pieces) in NOT_SAID.get(self._file, ())
        if not is_others and is_text(pieces, one_word=self._shown):
            self.found.append(Template(self._file, node.lineno, tuple(pieces)))


def is_text(pieces: Sequence[str], *, one_word: bool) -> bool:
    """Return whether this is prose: a space beside letters, or `one_word` with a capital."""
    bare = [_FORMAT.sub("", piece) for piece in pieces]
    if "%(" in pieces[0] or _SQL.match(pieces[0]):
        return False
    if not any(_WORD.search(piece) for piece in bare):
        return False
    return any(re.search(r"\w\S* |\ \S*\w", piece) for piece in bare) or (
        one_word and bare[0][:1].isupper()
    )


def _is_literal(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple | ast.Set | ast.List):
        return all(map(_is_literal, node.elts))
    return isinstance(node, ast.Constant | ast.JoinedStr)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
