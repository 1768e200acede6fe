"""Whether Slack would take these blocks or this view, by its documented limits.

The rules are data: each kind of block and element is a table of fields. A rule takes a value and
where it stands, and yields the complaints in the form of Slack's `response_metadata.messages`.
https://docs.slack.dev/reference/block-kit
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Rule = Callable[[object, str], Iterator[str]]
Fields = Mapping[str, Rule]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
# https://docs.slack.dev/reference/block-kit/blocks/table-block
TABLE_CHARACTERS = 10_000
# Of all blocks of a message together; and what a block counts, whatever is in it.
BLOCKS_CHARACTERS = 12_000
A_BLOCK = 20


def message_problems(blocks: object) -> list[str]:
    """Return what Slack would hold against a message with these blocks; empty when nothing."""
    problems = list(_array(_MESSAGE_BLOCK, most=MESSAGE_BLOCKS, least=0)(blocks, "/blocks"))
    known = _records(blocks)
    problems += _unique_ids(known, "/blocks")
    tables = [at for at, block in known if block.get("type") == "table"]
    problems += [_problem("only one table allowed", f"/blocks/{at}") for at in tables[1:]]
    for at, block in known:
        if block.get("type") == "table" and table_characters(block) > TABLE_CHARACTERS:
            words = f"no more than {TABLE_CHARACTERS} characters allowed in all cells"
            problems.append(_problem(words, f"/blocks/{at}/rows"))
    return problems


def table_characters(table: Mapping[str, Any]) -> int:
    """Return how many characters all cells of a table have."""
    return sum(map(len, _words(table.get("rows"))))


def characters(blocks: object) -> int:
    """Return how many characters a message's blocks have together, with a little for each block.

    Slack has a limit of 12,000 "with a buffer for block containers", but says nowhere how it
    counts: https://github.com/slackapi/bolt-js/issues/2867
    """
    return sum(map(len, _words(blocks))) + A_BLOCK * len(_records(blocks))


def _words(shown: object) -> Iterator[str]:
    """Yield what is to be read in blocks or cells; of a date the longer of what it may show."""
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
    """Return what Slack would hold against this modal or Home tab; empty when nothing."""
    problems = list(_VIEW(view, "/view"))
    if not isinstance(view, dict):
        return problems
    known = _records(view.get("blocks"))
    problems += _unique_ids(known, "/view/blocks")
    has_input = any(block.get("type") == "input" for _, block in known)
    # Without a submit button nobody could send what they typed.
    if view.get("type") == "modal" and has_input and "submit" not in view:
        problems.append(_problem("missing required field: submit", "/view"))
    return problems


# --- Across blocks ---


def _records(blocks: object) -> list[tuple[int, dict[str, Any]]]:
    """Return the blocks that are objects, with their places."""
    items = blocks if isinstance(blocks, list) else []
    return [(at, item) for at, item in enumerate(items) if isinstance(item, dict)]


def _unique_ids(blocks: list[tuple[int, dict[str, Any]]], where: str) -> Iterator[str]:
    """Yield each block_id used twice, and each action_id used twice within one block.

    Two blocks may share an action_id: that is how a list has the same button in every row.
    """
    ids = [(block.get("block_id"), f"{where}/{at}/block_id") for at, block in blocks]
    yield from _repeated("block_id", ids)
    for at, block in blocks:
        yield from _repeated("action_id", list(_action_ids(block, f"{where}/{at}")))


def _action_ids(block: dict[str, Any], where: str) -> Iterator[tuple[object, str]]:
    for name in ("accessory", "element"):
        if isinstance(element := block.get(name), dict):
            yield element.get("action_id"), f"{where}/{name}/action_id"
    for at, element in _records(block.get("elements")):
        yield element.get("action_id"), f"{where}/elements/{at}/action_id"


def _repeated(name: str, ids: list[tuple[object, str]]) -> Iterator[str]:
    seen: set[str] = set()
    for value, where in ids:
        if not isinstance(value, str):
            continue
        if value in seen:
            yield _problem(f"`{name}` must be unique: {value}", where)
        seen.add(value)


# --- Rules for values ---


def _problem(message: str, where: str) -> str:
    return f"[ERROR] {message} [json-pointer:{where}]"


def _string(most: int | None = None, least: int = 0, pattern: str = "") -> Rule:
    def rule(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield _problem("must be a string", where)
        elif most is not None and len(value) > most:
            yield _problem(f"must be less than {most + 1} characters", where)
        elif len(value) < least:
            yield _problem(f"must be more than {least - 1} characters", where)
        elif pattern and not re.fullmatch(pattern, value):
            yield _problem(f"must match pattern {pattern}", where)

    return rule


def _boolean(value: object, where: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield _problem("must be a boolean", where)


def _integer(least: int | None = None, most: int | None = None) -> Rule:
    def rule(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield _problem("must be an integer", where)
        elif least is not None and value < least:
            yield _problem(f"must be greater than {least - 1}", where)
        elif most is not None and value > most:
            yield _problem(f"must be less than {most + 1}", where)

    return rule


def _number(value: object, where: str) -> Iterator[str]:
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield _problem("must be a number", where)


def _one_of(*allowed: str) -> Rule:
    def rule(value: object, where: str) -> Iterator[str]:
        if value not in allowed:
            yield _problem(f"must be one of: {', '.join(allowed)}", where)

    return rule


def _array(item: Rule, most: int | None = None, least: int = 1) -> Rule:
    def rule(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield _problem("must be an array", where)
            return
        if most is not None and len(value) > most:
            yield _problem(f"no more than {most} items allowed", where)
        if len(value) < least:
            yield _problem(f"no fewer than {least} items allowed", where)
        for at, one in enumerate(value):
            yield from item(one, f"{where}/{at}")

    return rule


def _record(
    required: Fields, optional: Fields | None = None, either: tuple[str, ...] = (), one: bool = True
) -> Rule:
    """Return the rule for an object with these fields and no others.

    Of the fields in `either` (also to be listed as optional) one has to be there, and when `one`
    no more than one.
    """
    fields = {**required, **(optional or {})}

    def rule(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield _problem("must be an object", where)
            return
        for name in required:
            if name not in value:
                yield _problem(f"missing required field: {name}", where)
        given = sum(name in value for name in either)
        if either and not given:
            yield _problem(f"missing required field: {either[0]}", where)
        if one and given > 1:
            yield _problem(f"must have only one of: {', '.join(either)}", where)
        for name, one_value in value.items():
            if name in fields:
                yield from fields[name](one_value, f"{where}/{name}")
            elif name != "type":
                yield _problem(f"invalid additional property: {name}", where)

    return rule


def _by_type(kinds: Mapping[str, Rule]) -> Rule:
    """Return the rule for an object whose `type` picks its rule from `kinds`."""

    def rule(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield _problem("must be an object", where)
        elif "type" not in value:
            yield _problem("missing required field: type", where)
        elif not isinstance(kind := value["type"], str) or kind not in kinds:
            yield _problem(f"unsupported type: {kind}", f"{where}/type")
        else:
            yield from kinds[kind](value, where)

    return rule


def _all(*rules: Rule) -> Rule:
    def rule(value: object, where: str) -> Iterator[str]:
        for one in rules:
            yield from one(value, where)

    return rule


# --- Composition objects ---


def _plain_kinds(most: int) -> dict[str, Rule]:
    return {"plain_text": _record({"text": _string(most, least=1)}, {"emoji": _boolean})}


def _text_kinds(most: int) -> dict[str, Rule]:
    markdown = _record({"text": _string(most, least=1)}, {"verbatim": _boolean})
    return {**_plain_kinds(most), "mrkdwn": markdown}


def _plain(most: int) -> Rule:
    return _by_type(_plain_kinds(most))


def _text(most: int = 3000) -> Rule:
    return _by_type(_text_kinds(most))


_ID = _string(255)
_URL = _string(3000)
_STYLE = _one_of("primary", "danger")
_DATE = _string(pattern=r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_TIME = _string(pattern=r"([01]\d|2[0-3]):[0-5]\d")
# Slack wants the ten digits of a moment in seconds.
_MOMENT = _integer(1_000_000_000, 9_999_999_999)
_CONFIRM = _record(
    {"title": _plain(100), "text": _text(300), "confirm": _plain(30), "deny": _plain(30)},
    {"style": _STYLE},
)
_DISPATCH = _record(
    {},
    {"trigger_actions_on": _array(_one_of("on_enter_pressed", "on_character_entered"), most=2)},
)
_FILTER = _record(
    {},
    {
        "include": _array(_one_of("im", "mpim", "private", "public")),
        "exclude_external_shared_channels": _boolean,
        "exclude_bot_users": _boolean,
    },
)
_SLACK_FILE = _record({}, {"id": _string(), "url": _URL}, either=("id", "url"))


def _option(text: Rule, extra: Fields | None = None) -> Rule:
    return _record({"text": text, "value": _string(150)}, {"description": text, **(extra or {})})


_SELECT_OPTION = _option(_plain(75))
# Only radio buttons and checkboxes show mrkdwn in their options.
_CHOICE = _option(_text(75))
_OVERFLOW_OPTION = _option(_plain(75), {"url": _URL})
_OPTIONS = _array(_SELECT_OPTION, most=100)
_GROUP = _record({"label": _plain(75), "options": _OPTIONS})


# --- Rich text ---

_LOOKS = ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight")
_LOOK: Fields = {"style": _record({}, dict.fromkeys(_LOOKS, _boolean))}
_INLINE = _by_type(
    {
        "text": _record({"text": _string(least=1)}, _LOOK),
        "link": _record(
            {"url": _string(least=1)}, {**_LOOK, "text": _string(), "unsafe": _boolean}
        ),
        "user": _record({"user_id": _string(least=1)}, _LOOK),
        "usergroup": _record({"usergroup_id": _string(least=1)}, _LOOK),
        "team": _record({"team_id": _string(least=1)}, _LOOK),
        "channel": _record({"channel_id": _string(least=1)}, _LOOK),
        "emoji": _record(
            {"name": _string(least=1)}, {**_LOOK, "unicode": _string(), "skin_tone": _integer(1, 6)}
        ),
        "date": _record(
            {"timestamp": _integer(), "format": _string(least=1)},
            {**_LOOK, "url": _string(), "fallback": _string(), "timezone": _string()},
        ),
        "broadcast": _record({"range": _one_of("here", "channel", "everyone")}, _LOOK),
        "color": _record({"value": _string(least=1)}, _LOOK),
    }
)
_INLINES: Fields = {"elements": _array(_INLINE, least=0)}
_BORDER: Fields = {"border": _integer(0, 1)}
_RICH_SECTION = _record(_INLINES)
_RICH_TEXT = _by_type(
    {
        "rich_text": _record(
            {
                "elements": _array(
                    _by_type(
                        {
                            "rich_text_section": _RICH_SECTION,
                            "rich_text_preformatted": _record(
                                _INLINES, {**_BORDER, "language": _string()}
                            ),
                            "rich_text_quote": _record(_INLINES, _BORDER),
                            "rich_text_list": _record(
                                {
                                    "style": _one_of("bullet", "ordered"),
                                    "elements": _array(
                                        _by_type({"rich_text_section": _RICH_SECTION}), least=0
                                    ),
                                },
                                {**_BORDER, "indent": _integer(0, 8), "offset": _integer(0)},
                            ),
                        }
                    ),
                    least=0,
                )
            },
            {"block_id": _ID},
        )
    }
)


# --- Elements ---

_ACTION: Fields = {"action_id": _ID}
_FOCUS: Fields = {**_ACTION, "focus_on_load": _boolean}
_ASKING: Fields = {**_FOCUS, "confirm": _CONFIRM}
_HINTED: Fields = {**_FOCUS, "placeholder": _plain(150)}
_PICKER: Fields = {**_HINTED, "confirm": _CONFIRM}
_TYPING: Fields = {**_HINTED, "dispatch_action_config": _DISPATCH}
_SEVERAL: Fields = {**_PICKER, "max_selected_items": _integer(1)}


def _initial_among_options(value: object, where: str) -> Iterator[str]:
    """Complain of an initial choice that isn't one of the options, to the letter."""
    if not isinstance(value, dict):
        return
    groups = [group for _, group in _records(value.get("option_groups"))]
    options = [item for one in (value, *groups) for _, item in _records(one.get("options"))]
    if "initial_option" in value and value["initial_option"] not in options:
        yield _problem("must be one of the options", f"{where}/initial_option")
    for at, option in _records(value.get("initial_options")):
        if option not in options:
            yield _problem("must be one of the options", f"{where}/initial_options/{at}")


def _choosing(required: Fields, optional: Fields, either: tuple[str, ...] = ()) -> Rule:
    return _all(_record(required, optional, either), _initial_among_options)


_IMAGE_SOURCE: Fields = {"image_url": _URL, "slack_file": _SLACK_FILE}
_IMAGE_ELEMENT = _record(
    {"alt_text": _string(2000)}, _IMAGE_SOURCE, either=("image_url", "slack_file")
)
_GROUPED: Fields = {"options": _OPTIONS, "option_groups": _array(_GROUP, most=100)}
_EITHER_OPTIONS = ("options", "option_groups")

_BUTTON = _record(
    {"text": _plain(75)},
    {
        **_ACTION,
        "url": _URL,
        "value": _string(2000),
        "style": _STYLE,
        "confirm": _CONFIRM,
        "accessibility_label": _string(75),
    },
)
_OVERFLOW = _record({"options": _array(_OVERFLOW_OPTION, most=5)}, {**_ACTION, "confirm": _CONFIRM})

# What may be chosen from: both in an input block and in a section or an actions block.
_PICKERS: dict[str, Rule] = {
    "static_select": _choosing(
        {}, {**_PICKER, **_GROUPED, "initial_option": _SELECT_OPTION}, _EITHER_OPTIONS
    ),
    "multi_static_select": _choosing(
        {}, {**_SEVERAL, **_GROUPED, "initial_options": _OPTIONS}, _EITHER_OPTIONS
    ),
    "external_select": _record(
        {}, {**_PICKER, "initial_option": _SELECT_OPTION, "min_query_length": _integer(0)}
    ),
    "multi_external_select": _record(
        {}, {**_SEVERAL, "initial_options": _OPTIONS, "min_query_length": _integer(0)}
    ),
    "users_select": _record({}, {**_PICKER, "initial_user": _string()}),
    "multi_users_select": _record({}, {**_SEVERAL, "initial_users": _array(_string(), least=0)}),
    "conversations_select": _record(
        {},
        {
            **_PICKER,
            "initial_conversation": _string(),
            "default_to_current_conversation": _boolean,
            "response_url_enabled": _boolean,
            "filter": _FILTER,
        },
    ),
    "multi_conversations_select": _record(
        {},
        {
            **_SEVERAL,
            "initial_conversations": _array(_string(), least=0),
            "default_to_current_conversation": _boolean,
            "filter": _FILTER,
        },
    ),
    "channels_select": _record(
        {}, {**_PICKER, "initial_channel": _string(), "response_url_enabled": _boolean}
    ),
    "multi_channels_select": _record(
        {}, {**_SEVERAL, "initial_channels": _array(_string(), least=0)}
    ),
    "datepicker": _record({}, {**_PICKER, "initial_date": _DATE}),
    "timepicker": _record({}, {**_PICKER, "initial_time": _TIME, "timezone": _string()}),
    "datetimepicker": _record({}, {**_ASKING, "initial_date_time": _MOMENT}),
    "checkboxes": _choosing(
        {"options": _array(_CHOICE, most=10)},
        {**_ASKING, "initial_options": _array(_CHOICE, most=10)},
    ),
    "radio_buttons": _choosing(
        {"options": _array(_CHOICE, most=10)}, {**_ASKING, "initial_option": _CHOICE}
    ),
}

_DECIMAL = _string(pattern=r"-?\d+(\.\d+)?")
_INPUT_ELEMENTS: dict[str, Rule] = {
    **_PICKERS,
    "plain_text_input": _record(
        {},
        {
            **_TYPING,
            "initial_value": _string(3000),
            "multiline": _boolean,
            "min_length": _integer(0, 3000),
            "max_length": _integer(1, 3000),
        },
    ),
    "number_input": _record(
        {"is_decimal_allowed": _boolean},
        {**_TYPING, "initial_value": _DECIMAL, "min_value": _DECIMAL, "max_value": _DECIMAL},
    ),
    "email_text_input": _record({}, {**_TYPING, "initial_value": _string()}),
    "url_text_input": _record({}, {**_TYPING, "initial_value": _string()}),
    "file_input": _record(
        {}, {**_ACTION, "filetypes": _array(_string()), "max_files": _integer(1, 10)}
    ),
    "rich_text_input": _record({}, {**_TYPING, "initial_value": _RICH_TEXT}),
}
_ACTION_ELEMENTS: dict[str, Rule] = {**_PICKERS, "button": _BUTTON, "overflow": _OVERFLOW}
_ACCESSORIES: dict[str, Rule] = {**_ACTION_ELEMENTS, "image": _IMAGE_ELEMENT}
_CONTEXT_ELEMENTS: dict[str, Rule] = {**_text_kinds(3000), "image": _IMAGE_ELEMENT}


# --- Blocks ---


def _block(
    required: Fields, optional: Fields | None = None, either: tuple[str, ...] = (), one: bool = True
) -> Rule:
    return _record(required, {"block_id": _ID, **(optional or {})}, either, one)


_CELL = _by_type(
    {
        "raw_text": _record({"text": _string(least=1)}),
        "raw_number": _record({"value": _number}, {"text": _string()}),
        "rich_text": _RICH_TEXT,
    }
)
_COLUMN = _record({}, {"align": _one_of("left", "center", "right"), "is_wrapped": _boolean})

_BLOCKS: dict[str, Rule] = {
    "section": _block(
        {},
        {
            "text": _text(3000),
            "fields": _array(_text(2000), most=10),
            "accessory": _by_type(_ACCESSORIES),
            "expand": _boolean,
        },
        either=("text", "fields"),
        one=False,
    ),
    "header": _block({"text": _plain(150)}),
    "divider": _block({}),
    "context": _block({"elements": _array(_by_type(_CONTEXT_ELEMENTS), most=10)}),
    "actions": _block({"elements": _array(_by_type(_ACTION_ELEMENTS), most=25)}),
    "input": _block(
        {"label": _plain(2000), "element": _by_type(_INPUT_ELEMENTS)},
        {"hint": _plain(2000), "optional": _boolean, "dispatch_action": _boolean},
    ),
    "image": _block(
        {"alt_text": _string(2000)},
        {**_IMAGE_SOURCE, "title": _plain(2000)},
        either=("image_url", "slack_file"),
    ),
    "rich_text": _RICH_TEXT,
    "alert": _block(
        {"text": _text()}, {"level": _one_of("default", "info", "warning", "error", "success")}
    ),
}
_MESSAGE_ONLY: dict[str, Rule] = {
    "markdown": _block({"text": _string(12_000, least=1)}),
    "table": _block(
        {"rows": _array(_array(_CELL, most=20), most=100)},
        {"column_settings": _array(_COLUMN, most=20, least=0)},
    ),
}
_MESSAGE_BLOCK = _by_type({**_BLOCKS, **_MESSAGE_ONLY})


# --- Views ---

_VIEW_FIELDS: Fields = {"private_metadata": _string(3000), "callback_id": _ID, "external_id": _ID}
_VIEW_CONTENT: Fields = {"blocks": _array(_by_type(_BLOCKS), most=VIEW_BLOCKS, least=0)}
_VIEW = _by_type(
    {
        "modal": _record(
            {"title": _plain(24), **_VIEW_CONTENT},
            {
                **_VIEW_FIELDS,
                "submit": _plain(24),
                "close": _plain(24),
                "clear_on_close": _boolean,
                "notify_on_close": _boolean,
                "submit_disabled": _boolean,
            },
        ),
        "home": _record(_VIEW_CONTENT, _VIEW_FIELDS),
    }
)
