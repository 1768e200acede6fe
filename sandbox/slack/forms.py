"""The values of a form's or message's fields, and what somebody enters there.

https://docs.slack.dev/reference/views#view-state
"""

from collections.abc import Mapping
from typing import Any

from sandbox.slack.memory import Json, interactive_elements

# What was typed or picked, by block id and action id.
Entered = Mapping[str, Mapping[str, Any]]
# Elements with options that the app suggests while somebody types.
SUGGESTED = ("external_select", "multi_external_select")
# Under which key the state has an element's value, and the element its initial one.
_PLACE = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "overflow": ("selected_option", ""),
}


def state_of(blocks: list[Json], entered: Json) -> Json:
    """Return the values of all fields: what was entered, or else the initial value."""
    state: Json = {}
    for block in blocks:
        for element in interactive_elements(block):
            if element["type"] in ("button", "overflow", "workflow_button"):
                continue
            value = entered.get(block["block_id"], {}).get(element["action_id"])
            at_first = value or value_of(element, element.get(_PLACE[element["type"]][1]))
            state.setdefault(block["block_id"], {})[element["action_id"]] = at_first
    return state


def value_of(element: Json, value: Any) -> Json:
    """Return a value as the state holds it; None is an empty field."""
    kind = element["type"]
    if value is None and _PLACE[kind][0].endswith("s"):
        value = []
    return {"type": kind, _PLACE[kind][0]: value}


def chosen(element: Json, typed: Any) -> Json:
    """Return the state's value for what somebody types or picks.

    An option is given by its text, or as itself, which suggested options have to be; people and
    channels by their ids. None is an empty field. Raises LookupError if there's no such option.
    """
    if typed is None:
        return value_of(element, None)
    place = _PLACE[element["type"]][0]
    if place == "selected_option":
        return value_of(element, option(element, typed))
    if place == "selected_options":
        return value_of(element, [option(element, one) for one in typed])
    if isinstance(typed, list | tuple):
        return value_of(element, [getattr(one, "id", one) for one in typed])
    return value_of(element, getattr(typed, "id", typed))


def option(element: Json, shown: str | Json) -> Json:
    """Return the option that shows this text, or is this one; raises LookupError."""
    if element["type"] in SUGGESTED and isinstance(shown, dict):
        return shown
    groups = element.get("option_groups") or [element]
    options = [one for group in groups for one in group.get("options", [])]
    for one in options:
        if shown in (one, one["text"]["text"]):
            return dict(one)
    raise LookupError(f"no option {shown!r} among {[one['text']['text'] for one in options]}")


def complaint(block: Json, value: Json) -> str | None:
    """Return Slack's own objection to a field before a form is sent, if there is one."""
    element = block["element"]
    entered = value[_PLACE[element["type"]][0]]
    if entered in (None, "", []):
        return None if block.get("optional") else "Please complete this required field."
    if element["type"] == "plain_text_input":
        most = element.get("max_length", 3000)
        if len(entered) > most:
            return f"Must be less than {most + 1} characters."
        if len(entered) < element.get("min_length", 0):
            return f"Must be at least {element['min_length']} characters."
    return None


def label_of(element: Json) -> str:
    """Return an element's label for people: its text, or its placeholder, or its action_id."""
    text = element.get("text") or element.get("placeholder") or {}
    return str(text.get("text") or element["action_id"])


def element_called(blocks: list[Json], label: str) -> tuple[Json, Json]:
    """Return the element with this label, with its block; raises LookupError."""
    labels = []
    for block in blocks:
        for element in interactive_elements(block):
            labels.append(label_of(element))
            if label in (labels[-1], element["action_id"]):
                return block, element
    raise LookupError(f"nothing called {label!r} here, only {labels}")


def element_at(blocks: list[Json], block_id: str, action_id: str) -> tuple[Json, Json]:
    """Return the element with these ids, with its block; raises LookupError."""
    for block in blocks:
        for element in interactive_elements(block):
            if (block["block_id"], element["action_id"]) == (block_id, action_id):
                return block, element
    raise LookupError("what you used is no longer there")


def suggests(blocks: list[Json], block_id: str) -> bool:
    """Return whether a block is a field with options that the app suggests."""
    found = [block.get("element", {}) for block in blocks if block.get("block_id") == block_id]
    return any(element.get("type") == "external_select" for element in found)


def fill(into: Json, blocks: list[Json], entered: Entered) -> None:
    """Lay entered values over a form's state; values without a field are left out."""
    for block in blocks:
        for element in interactive_elements(block):
            typed = entered.get(block["block_id"], {})
            if element["action_id"] in typed:
                value = chosen(element, typed[element["action_id"]])
                lay_over(into, {block["block_id"]: {element["action_id"]: value}})


def lay_over(into: Json, held: Json) -> None:
    """Lay one state over another, field by field."""
    for block, values in held.items():
        into.setdefault(block, {}).update(values)
