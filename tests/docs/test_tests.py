"""Tests as code: shared helpers are in files of their own, so any test file can move or go."""

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_no_test_imports_another() -> None:
    found = [
        f"{file.relative_to(TESTS)} imports {node.module}"
        for file in TESTS.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").rpartition(".")[2].startswith("test_")
    ]

    assert not found
