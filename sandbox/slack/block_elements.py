"""The contents of blocks: texts, options, rich text, buttons and fields, with their limits.

https://docs.slack.dev/reference/block-kit/block-elements
"""

from collections.abc import Iterator

from sandbox.slack.block_rules import (
    Fields,
    Rule,
    all_of,
    array,
    boolean,
    by_type,
    integer,
    one_of,
    problem,
    record,
    records,
    string,
)

# --- Composition objects ---


def _plain_kinds(most: int) -> dict[str, Rule]:
    return {"plain_text": record({"text": string(most, least=1)}, {"emoji": boolean})}


def text_kinds(most: int) -> dict[str, Rule]:
    markdown = record({"text": string(most, least=1)}, {"verbatim": boolean})
    return {**_plain_kinds(most), "mrkdwn": markdown}


def plain(most: int) -> Rule:
    return by_type(_plain_kinds(most))


def text(most: int = 3000) -> Rule:
    return by_type(text_kinds(most))


ID = string(255)
_URL = string(3000)
_STYLE = one_of("primary", "danger")
_DATE = string(pattern=r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_TIME = string(pattern=r"([01]\d|2[0-3]):[0-5]\d")
# Slack wants a timestamp in seconds, which has ten digits.
_MOMENT = integer(1_000_000_000, 9_999_999_999)
_CONFIRM = record(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": _STYLE},
)
_DISPATCH = record(
    {},
    {"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), most=2)},
)
_FILTER = record(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public")),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
_SLACK_FILE = record({}, {"id": string(), "url": _URL}, either=("id", "url"))


def _option(text: Rule, extra: Fields | None = None) -> Rule:
    return record({"text": text, "value": string(150)}, {"description": text, **(extra or {})})


_SELECT_OPTION = _option(plain(75))
# Only radio buttons and checkboxes show mrkdwn in their options.
_CHOICE = _option(text(75))
_OVERFLOW_OPTION = _option(plain(75), {"url": _URL})
_OPTIONS = array(_SELECT_OPTION, most=100)
_GROUP = record({"label": plain(75), "options": _OPTIONS})


# --- Rich text ---

_LOOKS = ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight")
_LOOK: Fields = {"style": record({}, dict.fromkeys(_LOOKS, boolean))}
_INLINE = by_type(
    {
        "text": record({"text": string(least=1)}, _LOOK),
        "link": record({"url": string(least=1)}, {**_LOOK, "text": string(), "unsafe": boolean}),
        "user": record({"user_id": string(least=1)}, _LOOK),
        "usergroup": record({"usergroup_id": string(least=1)}, _LOOK),
        "team": record({"team_id": string(least=1)}, _LOOK),
        "channel": record({"channel_id": string(least=1)}, _LOOK),
        "emoji": record(
            {"name": string(least=1)}, {**_LOOK, "unicode": string(), "skin_tone": integer(1, 6)}
        ),
        "date": record(
            {"timestamp": integer(), "format": string(least=1)},
            {**_LOOK, "url": string(), "fallback": string(), "timezone": string()},
        ),
        "broadcast": record({"range": one_of("here", "channel", "everyone")}, _LOOK),
        "color": record({"value": string(least=1)}, _LOOK),
    }
)
_INLINES: Fields = {"elements": array(_INLINE, least=0)}
_BORDER: Fields = {"border": integer(0, 1)}
_RICH_SECTION = record(_INLINES)
RICH_TEXT = by_type(
    {
        "rich_text": record(
            {
                "elements": array(
                    by_type(
                        {
                            "rich_text_section": _RICH_SECTION,
                            "rich_text_preformatted": record(
                                _INLINES, {**_BORDER, "language": string()}
                            ),
                            "rich_text_quote": record(_INLINES, _BORDER),
                            "rich_text_list": record(
                                {
                                    "style": one_of("bullet", "ordered"),
                                    "elements": array(
                                        by_type({"rich_text_section": _RICH_SECTION}), least=0
                                    ),
                                },
                                {**_BORDER, "indent": integer(0, 8), "offset": integer(0)},
                            ),
                        }
                    ),
                    least=0,
                )
            },
            {"block_id": ID},
        )
    }
)


# --- Elements ---

_ACTION: Fields = {"action_id": ID}
_FOCUS: Fields = {**_ACTION, "focus_on_load": boolean}
_ASKING: Fields = {**_FOCUS, "confirm": _CONFIRM}
_HINTED: Fields = {**_FOCUS, "placeholder": plain(150)}
_PICKER: Fields = {**_HINTED, "confirm": _CONFIRM}
_TYPING: Fields = {**_HINTED, "dispatch_action_config": _DISPATCH}
_SEVERAL: Fields = {**_PICKER, "max_selected_items": integer(1)}


def _initial_among_options(value: object, where: str) -> Iterator[str]:
    """Complain about an initial choice that isn't exactly one of the options."""
    if not isinstance(value, dict):
        return
    groups = [group for _, group in records(value.get("option_groups"))]
    options = [item for one in (value, *groups) for _, item in records(one.get("options"))]
    if "initial_option" in value and value["initial_option"] not in options:
        yield problem("must be one of the options", f"{where}/initial_option")
    for at, option in records(value.get("initial_options")):
        if option not in options:
            yield problem("must be one of the options", f"{where}/initial_options/{at}")


def _choosing(required: Fields, optional: Fields, either: tuple[str, ...] = ()) -> Rule:
    return all_of(record(required, optional, either), _initial_among_options)


IMAGE_SOURCE: Fields = {"image_url": _URL, "slack_file": _SLACK_FILE}
IMAGE_ELEMENT = record({"alt_text": string(2000)}, IMAGE_SOURCE, either=("image_url", "slack_file"))
_GROUPED: Fields = {"options": _OPTIONS, "option_groups": array(_GROUP, most=100)}
_EITHER_OPTIONS = ("options", "option_groups")

# The app's suggestions for what somebody typed. There may be none.
_FOUND: Fields = {
    "options": array(_SELECT_OPTION, most=100, least=0),
    "option_groups": array(_GROUP, most=100, least=0),
}
SUGGESTIONS = record({}, _FOUND, _EITHER_OPTIONS)

_BUTTON = record(
    {"text": plain(75)},
    {
        **_ACTION,
        "url": _URL,
        "value": string(2000),
        "style": _STYLE,
        "confirm": _CONFIRM,
        "accessibility_label": string(75),
    },
)
_OVERFLOW = record({"options": array(_OVERFLOW_OPTION, most=5)}, {**_ACTION, "confirm": _CONFIRM})

# Selects and pickers: allowed in an input block, a section and an actions block.
_PICKERS: dict[str, Rule] = {
    "static_select": _choosing(
        {}, {**_PICKER, **_GROUPED, "initial_option": _SELECT_OPTION}, _EITHER_OPTIONS
    ),
    "multi_static_select": _choosing(
        {}, {**_SEVERAL, **_GROUPED, "initial_options": _OPTIONS}, _EITHER_OPTIONS
    ),
    "external_select": record(
        {}, {**_PICKER, "initial_option": _SELECT_OPTION, "min_query_length": integer(0)}
    ),
    "multi_external_select": record(
        {}, {**_SEVERAL, "initial_options": _OPTIONS, "min_query_length": integer(0)}
    ),
    "users_select": record({}, {**_PICKER, "initial_user": string()}),
    "multi_users_select": record({}, {**_SEVERAL, "initial_users": array(string(), least=0)}),
    "conversations_select": record(
        {},
        {
            **_PICKER,
            "initial_conversation": string(),
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": _FILTER,
        },
    ),
    "multi_conversations_select": record(
        {},
        {
            **_SEVERAL,
            "initial_conversations": array(string(), least=0),
            "default_to_current_conversation": boolean,
            "filter": _FILTER,
        },
    ),
    "channels_select": record(
        {}, {**_PICKER, "initial_channel": string(), "response_url_enabled": boolean}
    ),
    "multi_channels_select": record({}, {**_SEVERAL, "initial_channels": array(string(), least=0)}),
    "datepicker": record({}, {**_PICKER, "initial_date": _DATE}),
    "timepicker": record({}, {**_PICKER, "initial_time": _TIME, "timezone": string()}),
    "datetimepicker": record({}, {**_ASKING, "initial_date_time": _MOMENT}),
    "checkboxes": _choosing(
        {"options": array(_CHOICE, most=10)},
        {**_ASKING, "initial_options": array(_CHOICE, most=10)},
    ),
    "radio_buttons": _choosing(
        {"options": array(_CHOICE, most=10)}, {**_ASKING, "initial_option": _CHOICE}
    ),
}

_DECIMAL = string(pattern=r"-?\d+(\.\d+)?")
INPUT_ELEMENTS: dict[str, Rule] = {
    **_PICKERS,
    "plain_text_input": record(
        {},
        {
            **_TYPING,
            "initial_value": string(3000),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
    ),
    "number_input": record(
        {"is_decimal_allowed": boolean},
        {**_TYPING, "initial_value": _DECIMAL, "min_value": _DECIMAL, "max_value": _DECIMAL},
    ),
    "email_text_input": record({}, {**_TYPING, "initial_value": string()}),
    "url_text_input": record({}, {**_TYPING, "initial_value": string()}),
    "file_input": record(
        {}, {**_ACTION, "filetypes": array(string()), "max_files": integer(1, 10)}
    ),
    "rich_text_input": record({}, {**_TYPING, "initial_value": RICH_TEXT}),
}
ACTION_ELEMENTS: dict[str, Rule] = {**_PICKERS, "button": _BUTTON, "overflow": _OVERFLOW}
ACCESSORIES: dict[str, Rule] = {**ACTION_ELEMENTS, "image": IMAGE_ELEMENT}
CONTEXT_ELEMENTS: dict[str, Rule] = {**text_kinds(3000), "image": IMAGE_ELEMENT}
