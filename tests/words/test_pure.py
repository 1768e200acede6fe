"""Message wording, and the rules of who is on call, depend only on their arguments.

The words that rows hold are enums without a database behind them, so these may be known.
"""

import ast
import sys
from pathlib import Path

import pytest

import scheduling
from scheduling import words
from scheduling.rota import rotation, timeline
from storage import statuses

HOUSE = Path(scheduling.__path__[0]).parent
PURE = {
    ".".join(path.relative_to(HOUSE).with_suffix("").parts): path
    for path in (
        *sorted(Path(words.__path__[0]).glob("*.py")),
        Path(rotation.__file__),
        Path(timeline.__file__),
        Path(statuses.__file__),
    )
}


def imported(path: Path) -> set[str]:
    """Return the modules that a file imports, wherever in it that is."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = node.module or ""
            # `from scheduling.words import titles` imports a module, too.
            found |= {
                whole if (whole := f"{module}.{one.name}") in PURE else module for one in node.names
            }
        elif isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
    return found


@pytest.mark.parametrize("module", PURE)
def test_it_imports_the_standard_library_and_its_like_only(module: str) -> None:
    others = {one for one in imported(PURE[module]) if one not in PURE}

    assert {one for one in others if one.partition(".")[0] not in sys.stdlib_module_names} == set()
