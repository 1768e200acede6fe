"""The meaning of a stored value is on its enum, and the state of a row is in its columns."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from scheduling.words.people import Person
from scheduling.words.posts import TextStatus, status_line
from scheduling.words.times import Clock
from scheduling.words.warnings import Trouble as NotReached
from scheduling.words.warnings import unreached_warning
from storage.statuses import (
    FINAL,
    HAS_FAILED,
    ON_ITS_WAY,
    OPEN,
    WITHDRAWN,
    Kind,
    LeadSource,
    Meaning,
    Outcome,
    OwnCode,
    ProposalStatus,
    Purpose,
    Status,
    Trait,
    Trouble,
    Word,
)

ROOT = Path(__file__).parents[2]
ENUMS: tuple[type[Word] | type[Purpose], ...] = (
    Kind, Status, Purpose, Outcome, Meaning, Trouble, ProposalStatus, LeadSource, OwnCode,
)  # fmt: skip
# Where a column, or what is read from it, is called so, its words are those of these enums.
OF_NAMES: dict[str, tuple[type[Word] | type[Purpose], ...]] = {
    "status": (Status, ProposalStatus),
    "kind": (Kind,),
    "purpose": (Purpose,),
    "meaning": (Meaning,),
    "outcome": (Outcome,),
}
# Words that are hardly written for anything else.
DISTINCT = {
    "pending", "sending", "retrying", "uncertain", "undelivered", "cancelled", "skipped",
    "announcement", "handoff", "preflight", "unconfirmed", "temporary", "permanent", "stranger",
    "no receipts", "declined", "discarded", "undone",
    "not there", "no look", "no connection", "no answer", "no sense", "too busy", "no_channel",
    "look ahead", "unforeseen",
}  # fmt: skip
# What other people's interfaces call so.
HOMONYMS = {("scheduling/channels/twilio/sms.py", "undelivered")}  # Twilio's own statuses
IN_SQL = re.compile(
    r"\b(status|kind|purpose|outcome|meaning|source)\s*(=|<>|!=|IN)\s*\(?\s*'(\w+)'"
)
# Attributes that hold prose, or a key that is only ever compared as a whole.
PROSE = {"text", "dedupe_key", "error_message", "error_code", "code", "message", "title", "event"}
READS = {
    "startswith", "endswith", "partition", "rpartition", "split", "rsplit", "removeprefix",
    "removesuffix", "find", "index", "count",
}  # fmt: skip


def test_every_status_belongs_to_one_part_of_its_way() -> None:
    assert (*ON_ITS_WAY, Status.SENT, *FINAL) == tuple(
        sorted(Status, key=lambda one: (one.is_final, one is Status.SENT))
    )
    assert {*ON_ITS_WAY} == {*OPEN, Status.SENDING}
    assert {*FINAL} == {Status.DELIVERED, *HAS_FAILED, *WITHDRAWN}


def test_every_word_is_explained_and_said_in_words() -> None:
    for enum in ENUMS:
        for word in enum:
            assert word.example, repr(word)
    alice = Person("Alice", None)
    said = [unreached_warning(alice, NotReached(one, "It is off.")) for one in Trouble]
    assert all("is on call but" in one for one in said)
    told = {status_line(TextStatus(alice, one), Clock(ZoneInfo("UTC"))) for one in HAS_FAILED}
    assert len(told) == len(HAS_FAILED)


def test_a_step_of_a_chain_is_no_duty_and_duty_is_urgent() -> None:
    for one in Purpose:
        assert not (one.is_duty and Trait.STEP in one.traits)
        assert Trait.STEP in one.traits or Trait.BELOW_POST not in one.traits
        assert not one.is_duty or Trait.URGENT | Trait.AWAITS_REPLY in one.traits


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Yield the modules that may hold no such word; those that ask real providers are no part."""
    for room in ("bot", "scheduling", "storage"):
        for path in sorted((ROOT / room).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if "migrations" in name or "bot/live" in name or name == "storage/statuses.py":
                continue
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def words_of(name: str) -> set[str]:
    return {str(word) for enum in OF_NAMES[name] for word in enum}


def named(node: ast.expr) -> str | None:
    """Return which column an expression is about, by its name."""
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)
    return name if name in OF_NAMES else None


def literals(node: ast.AST) -> set[str]:
    return {
        one.value
        for one in ast.walk(node)
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    }


def misplaced(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield where a word of the enums is written out."""
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        found: set[str] = set()
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for about in filter(None, map(named, sides)):
                found = {word for one in sides for word in literals(one)} & words_of(about)
        elif isinstance(node, ast.keyword) and node.arg in OF_NAMES:
            found = literals(node.value) & words_of(node.arg)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for about in filter(None, map(named, targets)):
                found = literals(node.value) & words_of(about)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = named(node.func.value)
            if of and node.func.attr in {"in_", "not_in"}:
                found = {word for one in node.args for word in literals(one)} & words_of(of)
        elif isinstance(node, ast.Constant) and id(node) not in documented:
            text = str(node.value)
            found = {text} & DISTINCT | {match[3] for match in IN_SQL.finditer(text)} & {
                str(word) for enum in ENUMS for word in enum
            }
        for word in found:
            yield getattr(node, "lineno", 0), word


def test_no_word_of_an_enum_is_written_out_anywhere_else() -> None:
    found = [
        f"{name}:{line}: {word!r}"
        for name, tree in sources()
        for line, word in misplaced(tree)
        if (name, word) not in HOMONYMS
    ]

    assert not found, "\n".join(found)


def reads_prose(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield where a part of a stored text or key is looked at."""
    for node in ast.walk(tree):
        of: ast.expr | None = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of = node.func.value if node.func.attr in READS else None
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            of = node.comparators[0]
        elif isinstance(node, ast.Subscript):
            of = node.value
        if isinstance(of, ast.Attribute) and of.attr in PROSE:
            yield of.lineno, ast.unparse(node)


def test_no_state_is_read_out_of_a_text_or_a_key() -> None:
    found = [
        f"{name}:{line}: {code}"
        for name, tree in sources()
        if name.startswith("scheduling/")
        for line, code in reads_prose(tree)
    ]

    assert not found, "\n".join(found)
