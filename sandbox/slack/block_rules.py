"""What a value in blocks may be: a rule takes a value and its place, and yields complaints.

The complaints have the form of Slack's `response_metadata.messages`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Rule = Callable[[object, str], Iterator[str]]
Fields = Mapping[str, Rule]


def records(listed: object) -> list[tuple[int, dict[str, Any]]]:
    """Return the items that are objects, with their indexes."""
    items = listed if isinstance(listed, list) else []
    return [(at, item) for at, item in enumerate(items) if isinstance(item, dict)]


def problem(message: str, where: str) -> str:
    return f"[ERROR] {message} [json-pointer:{where}]"


def string(most: int | None = None, least: int = 0, pattern: str = "") -> Rule:
    def rule(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield problem("must be a string", where)
        elif most is not None and len(value) > most:
            yield problem(f"must be less than {most + 1} characters", where)
        elif len(value) < least:
            yield problem(f"must be more than {least - 1} characters", where)
        elif pattern and not re.fullmatch(pattern, value):
            yield problem(f"must match pattern {pattern}", where)

    return rule


def boolean(value: object, where: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield problem("must be a boolean", where)


def integer(least: int | None = None, most: int | None = None) -> Rule:
    def rule(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield problem("must be an integer", where)
        elif least is not None and value < least:
            yield problem(f"must be greater than {least - 1}", where)
        elif most is not None and value > most:
            yield problem(f"must be less than {most + 1}", where)

    return rule


def number(value: object, where: str) -> Iterator[str]:
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield problem("must be a number", where)


def one_of(*allowed: str) -> Rule:
    def rule(value: object, where: str) -> Iterator[str]:
        if value not in allowed:
            yield problem(f"must be one of: {', '.join(allowed)}", where)

    return rule


def array(item: Rule, most: int | None = None, least: int = 1) -> Rule:
    def rule(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield problem("must be an array", where)
            return
        if most is not None and len(value) > most:
            yield problem(f"no more than {most} items allowed", where)
        if len(value) < least:
            yield problem(f"no fewer than {least} items allowed", where)
        for at, one in enumerate(value):
            yield from item(one, f"{where}/{at}")

    return rule


def record(
    required: Fields, optional: Fields | None = None, either: tuple[str, ...] = (), one: bool = True
) -> Rule:
    """Return the rule for an object with these fields and no others.

    One of the fields in `either` (to be listed as optional, too) must be there; with `one`, not
    more than one.
    """
    fields = {**required, **(optional or {})}

    def rule(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must be an object", where)
            return
        for name in required:
            if name not in value:
                yield problem(f"missing required field: {name}", where)
        given = sum(name in value for name in either)
        if either and not given:
            yield problem(f"missing required field: {either[0]}", where)
        if one and given > 1:
            yield problem(f"must have only one of: {', '.join(either)}", where)
        for name, one_value in value.items():
            if name in fields:
                yield from fields[name](one_value, f"{where}/{name}")
            elif name != "type":
                yield problem(f"invalid additional property: {name}", where)

    return rule


def by_type(kinds: Mapping[str, Rule]) -> Rule:
    """Return the rule for an object whose `type` selects its rule from `kinds`."""

    def rule(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must be an object", where)
        elif "type" not in value:
            yield problem("missing required field: type", where)
        elif not isinstance(kind := value["type"], str) or kind not in kinds:
            yield problem(f"unsupported type: {kind}", f"{where}/type")
        else:
            yield from kinds[kind](value, where)

    return rule


def all_of(*rules: Rule) -> Rule:
    def rule(value: object, where: str) -> Iterator[str]:
        for one in rules:
            yield from one(value, where)

    return rule
