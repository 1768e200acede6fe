"""Modules are where CONTRIBUTING.md lists them, and none is too long."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOUSE = ("bot", "scheduling", "storage", "sandbox", "benchmarks")
# The list has only the folder if its files are all of one kind with telling names.
OF_A_KIND = ("bot/slack/features", "storage/migrations", "benchmarks")
MOST = 450  # lines
# The files that need more, and why.
LONG = {"storage/models.py": "the tables refer to each other, and are read side by side"}


def modules() -> Iterator[str]:
    """Yield the path of every module, as CONTRIBUTING.md writes it."""
    yield "run_bot.py"
    for room in HOUSE:
        for file in sorted((ROOT / room).rglob("*.py")):
            yield file.relative_to(ROOT).as_posix()


def drawn() -> tuple[list[str], list[str]]:
    """Return the rooms and the modules that CONTRIBUTING.md lists."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms, listed, room = [], [], ""
    for line in page.partition("## Rooms\n")[2].partition("\n## ")[0].splitlines():
        if found := re.match(r" {4}([\w/]+)/(?: |$)", line):
            room = found[1]
            rooms.append(room)
        elif found := re.match(r" {4}(\w+\.py) ", line):
            listed.append(found[1])
        elif found := re.match(r" {6}(\w+\.py) +\S", line):
            listed.append(f"{room}/{found[1]}")
    return rooms, listed


def is_of_a_kind(path: str) -> bool:
    """Tell whether a module is in a room whose files are not listed one by one."""
    return path.startswith(tuple(f"{room}/" for room in OF_A_KIND))


def test_every_module_is_in_the_list_of_rooms_once_and_all_that_are_listed_exist() -> None:
    there = {path for path in modules() if not path.endswith("__init__.py")}
    _, listed = drawn()
    assert set(listed) == {path for path in there if not is_of_a_kind(path)}
    assert len(listed) == len(set(listed))


def test_every_room_is_in_the_list_once_and_all_that_are_listed_exist() -> None:
    there = {path.rpartition("/")[0] for path in modules()} - {""}
    rooms, _ = drawn()
    assert set(rooms) == {room for room in there if not is_of_a_kind(room)} | {"tests"}
    assert len(rooms) == len(set(rooms))


def test_no_file_is_longer_than_one_reads_at_once_but_those_that_say_why() -> None:
    lengths = {path: len((ROOT / path).read_text("utf-8").splitlines()) for path in modules()}
    assert {path for path, lines in lengths.items() if lines > MOST} == set(LONG)
