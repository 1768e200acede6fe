"""The changes of docs/worked-changes.md, applied to a copy of the project."""

import re
import shutil
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "worked-changes.md"
ROOMS = ("bot", "sandbox", "scheduling", "storage", "tests", "docs", "examples", "benchmarks")
FILES = ("*.md", "*.toml", "*.lock", "*.json", "*.py", ".env.example", "Containerfile", "Makefile")


class Block(NamedTuple):
    """A block of code: its file, whether the file is new, and the lines."""

    path: str
    is_new: bool
    lines: list[str]


def blocks() -> list[Block]:
    """Return the blocks of the page, in their order."""
    found = re.findall(
        r"^```(python|diff)\n# (\S+)\n(.*?)^```$",
        PAGE.read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    return [Block(path, kind == "python", body.splitlines()) for kind, path, body in found]


def apply(house: Path) -> list[str]:
    """Copy the project to a directory, make the changes, and return the paths of new files."""
    ignored = shutil.ignore_patterns("__pycache__")
    for room in ROOMS:
        shutil.copytree(ROOT / room, house / room, ignore=ignored)
    for pattern in FILES:
        for file in ROOT.glob(pattern):
            shutil.copy(file, house)
    for block in blocks():
        file = house / block.path
        if block.is_new:
            assert not file.exists(), f"{block.path} is there already"
            file.write_text("\n".join(block.lines) + "\n", encoding="utf-8")
        else:
            before = file.read_text(encoding="utf-8").splitlines()
            file.write_text("\n".join(_edited(before, block)) + "\n", encoding="utf-8")
    return [block.path for block in blocks() if block.is_new]


def _edited(before: list[str], block: Block) -> list[str]:
    """Return a file's lines with a block's + lines inserted after the lines above them."""
    after, place = list(before), 0
    for line in block.lines:
        mark, text = line[:1], line[1:]
        if mark == "+":
            after.insert(place, text)
            place += 1
        else:
            assert text in after[place:], f"{block.path} has no line “{text}” there"
            place = after.index(text, place) + 1
    return after
