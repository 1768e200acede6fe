"""Handwritten SQL is only in storage."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("bot", "sandbox", "scheduling")
STATEMENT = re.compile(
    r"\b(SELECT\b.+\bFROM|INSERT (OR \w+ )?INTO|UPDATE \S+ SET|DELETE FROM|PRAGMA \w+"
    r"|CREATE (TABLE|INDEX)|ALTER TABLE|DROP TABLE)\b",
    re.DOTALL,
)
# What hands a statement to the database, or words a part of one.
DOORS = {"execute_sql", "executemany", "raw", "SQL"}


def modules() -> list[Path]:
    return [ROOT / "run_bot.py", *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))]


def sql_in(source: str) -> Iterator[str]:
    """Yield what of a module's text is SQL, or hands SQL to the database."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=str(text)) if STATEMENT.search(text):
                yield text
            case ast.JoinedStr() if STATEMENT.search(ast.unparse(node)):
                yield ast.unparse(node)
            case ast.Attribute(attr=name) | ast.Name(id=name) if name in DOORS:
                yield name


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sql_is_outside_of_storage(path: Path) -> None:
    assert list(sql_in(path.read_text())) == []


@pytest.mark.parametrize(
    "source",
    [
        'found = "SELECT id FROM teams"',
        'found = f"SELECT {column} FROM {table}"',
        'found = f"UPDATE {table} SET name = ?"',
        'words = f"DELETE FROM {table} WHERE id = ?"',
        'words = """\nINSERT OR IGNORE INTO teams (name)\nVALUES (?)\n"""',
        "database.execute_sql(words)",
        "Team.raw(words)",
        'peewee.SQL("1")',
    ],
)
def test_sql_is_known_however_it_is_written(source: str) -> None:
    assert list(sql_in(source))
