"""The tests as code: what several share is kept apart, so that any file can be moved or cut."""

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
