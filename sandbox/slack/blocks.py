"""Whether Slack would accept these blocks or this view, by its documented limits.

The rules are data: each kind of block and element is a table of fields.
https://docs.slack.dev/reference/block-kit
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.slack.block_elements import (
    ACCESSORIES,
    ACTION_ELEMENTS,
    CONTEXT_ELEMENTS,
    ID,
    IMAGE_SOURCE,
    INPUT_ELEMENTS,
    RICH_TEXT,
    plain,
    text,
)
from sandbox.slack.block_rules import (
    Fields,
    Rule,
    array,
    boolean,
    by_type,
    number,
    one_of,
    problem,
    record,
    records,
    string,
)

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
# https://docs.slack.dev/reference/block-kit/blocks/table-block
TABLE_CHARACTERS = 10_000
# The limit for all blocks of a message together, and what each block adds to the count by itself.
BLOCKS_CHARACTERS = 12_000
A_BLOCK = 20


def message_problems(blocks: object) -> list[str]:
    """Return Slack's complaints about a message with these blocks; empty if there are none."""
    problems = list(array(_MESSAGE_BLOCK, most=MESSAGE_BLOCKS, least=0)(blocks, "/blocks"))
    known = records(blocks)
    problems += _unique_ids(known, "/blocks")
    tables = [at for at, block in known if block.get("type") == "table"]
    problems += [problem("only one table allowed", f"/blocks/{at}") for at in tables[1:]]
    for at, block in known:
        if block.get("type") == "table" and table_characters(block) > TABLE_CHARACTERS:
            words = f"no more than {TABLE_CHARACTERS} characters allowed in all cells"
            problems.append(problem(words, f"/blocks/{at}/rows"))
    return problems


def table_characters(table: Mapping[str, Any]) -> int:
    """Return how many characters a table's cells have together."""
    return sum(map(len, _words(table.get("rows"))))


def characters(blocks: object) -> int:
    """Return how many characters a message's blocks have together, with a little for each block.

    Slack has a limit of 12,000 "with a buffer for block containers", but says nowhere how it
    counts: https://github.com/slackapi/bolt-js/issues/2867
    """
    return sum(map(len, _words(blocks))) + A_BLOCK * len(records(blocks))


def _words(shown: object) -> Iterator[str]:
    """Yield the texts in blocks or cells; of a date, the longer of its two possible texts."""
    if isinstance(shown, list):
        for one in shown:
            yield from _words(one)
    elif isinstance(shown, dict):
        if shown.get("type") == "date":
            yield max(str(shown.get("fallback", "")), str(shown.get("format", "")), key=len)
            return
        for name, one in shown.items():
            if name == "text" and isinstance(one, str):
                yield one
            elif name != "options":
                yield from _words(one)


def view_problems(view: object) -> list[str]:
    """Return Slack's complaints about this modal or Home tab; empty if there are none."""
    problems = list(_VIEW(view, "/view"))
    if not isinstance(view, dict):
        return problems
    known = records(view.get("blocks"))
    problems += _unique_ids(known, "/view/blocks")
    has_input = any(block.get("type") == "input" for _, block in known)
    # Without a submit button nobody could send what they typed.
    if view.get("type") == "modal" and has_input and "submit" not in view:
        problems.append(problem("missing required field: submit", "/view"))
    return problems


# --- Across blocks ---


def _unique_ids(blocks: list[tuple[int, dict[str, Any]]], where: str) -> Iterator[str]:
    """Yield each block_id used twice, and each action_id used twice within one block.

    Two blocks may share an action_id, as lists with the same button in every row do.
    """
    ids = [(block.get("block_id"), f"{where}/{at}/block_id") for at, block in blocks]
    yield from _repeated("block_id", ids)
    for at, block in blocks:
        yield from _repeated("action_id", list(_action_ids(block, f"{where}/{at}")))


def _action_ids(block: dict[str, Any], where: str) -> Iterator[tuple[object, str]]:
    for name in ("accessory", "element"):
        if isinstance(element := block.get(name), dict):
            yield element.get("action_id"), f"{where}/{name}/action_id"
    for at, element in records(block.get("elements")):
        yield element.get("action_id"), f"{where}/elements/{at}/action_id"


def _repeated(name: str, ids: list[tuple[object, str]]) -> Iterator[str]:
    seen: set[str] = set()
    for value, where in ids:
        if not isinstance(value, str):
            continue
        if value in seen:
            yield problem(f"`{name}` must be unique: {value}", where)
        seen.add(value)


# --- Blocks ---


def _block(
    required: Fields, optional: Fields | None = None, either: tuple[str, ...] = (), one: bool = True
) -> Rule:
    return record(required, {"block_id": ID, **(optional or {})}, either, one)


_CELL = by_type(
    {
        "raw_text": record({"text": string(least=1)}),
        "raw_number": record({"value": number}, {"text": string()}),
        "rich_text": RICH_TEXT,
    }
)
_COLUMN = record({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})

_BLOCKS: dict[str, Rule] = {
    "section": _block(
        {},
        {
            "text": text(3000),
            "fields": array(text(2000), most=10),
            "accessory": by_type(ACCESSORIES),
            "expand": boolean,
        },
        either=("text", "fields"),
        one=False,
    ),
    "header": _block({"text": plain(150)}),
    "divider": _block({}),
    "context": _block({"elements": array(by_type(CONTEXT_ELEMENTS), most=10)}),
    "actions": _block({"elements": array(by_type(ACTION_ELEMENTS), most=25)}),
    "input": _block(
        {"label": plain(2000), "element": by_type(INPUT_ELEMENTS)},
        {"hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "image": _block(
        {"alt_text": string(2000)},
        {**IMAGE_SOURCE, "title": plain(2000)},
        either=("image_url", "slack_file"),
    ),
    "rich_text": RICH_TEXT,
    "alert": _block(
        {"text": text()}, {"level": one_of("default", "info", "warning", "error", "success")}
    ),
}
_MESSAGE_ONLY: dict[str, Rule] = {
    "markdown": _block({"text": string(12_000, least=1)}),
    "table": _block(
        {"rows": array(array(_CELL, most=20), most=100)},
        {"column_settings": array(_COLUMN, most=20, least=0)},
    ),
}
_MESSAGE_BLOCK = by_type({**_BLOCKS, **_MESSAGE_ONLY})


# --- Views ---

_VIEW_FIELDS: Fields = {"private_metadata": string(3000), "callback_id": ID, "external_id": ID}
_VIEW_CONTENT: Fields = {"blocks": array(by_type(_BLOCKS), most=VIEW_BLOCKS, least=0)}
_VIEW = by_type(
    {
        "modal": record(
            {"title": plain(24), **_VIEW_CONTENT},
            {
                **_VIEW_FIELDS,
                "submit": plain(24),
                "close": plain(24),
                "clear_on_close": boolean,
                "notify_on_close": boolean,
                "submit_disabled": boolean,
            },
        ),
        "home": record(_VIEW_CONTENT, _VIEW_FIELDS),
    }
)
