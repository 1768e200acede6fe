"""Forms: their fields, what somebody filled in, and everything that is wrong with it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from slack_sdk.models.blocks import (
    Block,
    CheckboxesElement,
    ConversationFilter,
    ConversationSelectElement,
    DatePickerElement,
    InputBlock,
    PlainTextInputElement,
    PlainTextObject,
    RadioButtonsElement,
    SectionBlock,
    StaticSelectElement,
    TimePickerElement,
    UserMultiSelectElement,
    UserSelectElement,
)
from slack_sdk.models.blocks.basic_components import DispatchActionConfig
from slack_sdk.models.views import View

from bot.slack.blocks import TITLE
from bot.slack.refusals import worded
from scheduling.errors import Refusal, WithoutExample
from scheduling.words.visible import visible_lines

T = TypeVar("T")

OPTIONS = 100  # in a select, or in a group of one
MOST_OPTIONS = 1000  # in groups: a form has some 250 kB
OPTION = 75  # characters of an option
LIVE = DispatchActionConfig(trigger_actions_on=["on_character_entered"])
# The key of a field's value in the view's state, and the field's key for its initial value.
_BEGINS = {
    "value": "initial_value",
    **{
        f"selected_{what}": f"initial_{what}"
        for what in ("option", "options", "user", "users", "conversation", "date", "time")
    },
}
# What a picked value looks like, by the kind of field.
_SHAPES = {
    "users_select": "[UW][A-Z0-9]+",
    "multi_users_select": "[UW][A-Z0-9]+",
    "conversations_select": "[CDG][A-Z0-9]+",
    "timepicker": "([01][0-9]|2[0-3]):[0-5][0-9]",
}
# Seconds for the answer to a modal before this is shown instead; Slack waits for three.
PATIENCE = 0.8
WORKING = View(
    type="modal",
    title=PlainTextObject(text="On call"),
    blocks=[SectionBlock(text="One moment…")],
)


@dataclass(frozen=True, slots=True)
class Form:
    """A form: `name` says which function reads it; `context` comes back when it is submitted.

    `opened_by` is the subcommand that opens it, if it has a different name.
    """

    name: str
    title: str
    blocks: Sequence[Block]
    submit: str = "Next"
    context: Mapping[str, Any] = field(default_factory=dict)
    opened_by: str = ""

    def view(self, team: int = 0) -> View:
        """Return it as a modal that acts on the team with this id."""
        return View(
            type="modal",
            callback_id=self.name,
            title=PlainTextObject(text=self.title[:TITLE]),
            submit=PlainTextObject(text=self.submit),
            close=PlainTextObject(text="Cancel"),
            blocks=list(self.blocks),
            private_metadata=json.dumps({"team": team, **self.context}),
        )


class Wrong(Refusal):
    """Some fields of a form are wrong; `fields` has the error of each."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("\n".join(fields.values()), next(iter(fields)))
        self.fields = fields


class Fields:
    """What somebody filled in. Collects all errors, so that they are shown at once."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self._wrong: dict[str, str] = {}

    def __getitem__(self, name: str) -> Any:
        return self._values.get(name)

    def text(self, name: str) -> str:
        """Return the visible part of what was typed, '' for nothing."""
        return visible_lines(str(self._values.get(name) or ""))

    @contextmanager
    def reading(self, name: str) -> Iterator[None]:
        """Record a Refusal as the error of a field."""
        try:
            yield
        except Refusal as refusal:
            self._wrong[name] = worded(refusal)

    def done(self) -> None:
        """Raise Wrong if there was any error."""
        if self._wrong:
            raise Wrong(self._wrong)


class Remembered(dict[str, Any]):
    """A form's values or context, by name. A missing name means a form from another version."""

    def __missing__(self, name: str) -> Any:
        raise unreadable()


def unreadable() -> Refusal:
    """Return the refusal of a form whose content isn't ours."""
    return Refusal("I can’t read this form anymore. Nothing was changed; please open it again.")


def remembered(shown: Mapping[str, Any]) -> Remembered:
    """Return a form's context. Raises Refusal if it isn't one of ours."""
    try:
        context = json.loads(shown.get("private_metadata") or "{}")
    except (ValueError, RecursionError):
        raise unreadable() from None
    if not isinstance(context, dict):
        raise unreadable()
    return Remembered(context)


def typed_into(shown: Mapping[str, Any], *, submitted: bool) -> Remembered:
    """Return the values of a view's fields by action id, as plain values.

    Raises Refusal for a value that nobody can type or choose there and, in a `submitted` form, for
    an empty field that Slack requires.
    """
    options = {
        block["element"]["action_id"]: [one["value"] for one in block["element"]["options"]]
        for block in shown.get("blocks", [])
        if block["type"] == "input" and block["element"].get("options")
    }
    found = Remembered()
    for block in shown.get("state", {}).get("values", {}).values():
        for action, value in block.items():
            found[action] = plain = _plain(value)
            chosen = plain if isinstance(plain, list) else [plain] if plain is not None else []
            if not all(_fits(value.get("type", ""), one) for one in chosen):
                raise unreadable()
            if action in options and not set(chosen) <= set(options[action]):
                raise unreadable()
    for block in shown.get("blocks", []):
        needed = submitted and block["type"] == "input" and not block.get("optional")
        if needed and found.get(block["element"]["action_id"]) in (None, "", []):
            raise Refusal("Please fill this in.", block["block_id"])
    return found


def held(value: object, kind: type[T]) -> T:
    """Return a value from a form. Raises Refusal unless it is of this type."""
    if not isinstance(value, kind):
        raise unreadable()
    return value


def _fits(kind: str, value: object) -> bool:
    if kind == "datepicker":
        try:
            return bool(date.fromisoformat(str(value)))
        except ValueError:
            return False
    return isinstance(value, str) and bool(re.fullmatch(_SHAPES.get(kind, "(?s:.*)"), value))


def chosen_number(value: object) -> int:
    """Return a chosen option's number. Raises Refusal if it isn't one."""
    if not re.fullmatch("[0-9]{1,9}", str(value)):
        raise unreadable()
    return int(str(value))


def as_filled_in(shown: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the blocks of a submitted form, with what somebody filled in.

    Returns the form as it was opened if nobody can have filled that in: Slack would refuse it.
    """
    try:
        typed_into(shown, submitted=False)
    except Refusal:
        return list(shown["blocks"])
    values = shown["state"]["values"]
    return [
        {**block, "element": _begun(block["element"], values.get(block["block_id"], {}))}
        if block["type"] == "input"
        else block
        for block in shown["blocks"]
    ]


def _begun(element: dict[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
    """Return a field whose initial value is its current one."""
    state = held.get(element["action_id"], {})
    begins = {_BEGINS[key]: value for key, value in state.items() if key in _BEGINS}
    return {
        **{key: value for key, value in element.items() if key not in begins},
        **{key: value for key, value in begins.items() if value},
    }


def _plain(value: Mapping[str, Any]) -> Any:
    match value:
        case {"selected_options": list(options)}:
            return [option["value"] for option in options]
        case {"selected_option": option}:
            return option["value"] if option else None
        case _:
            return next((held for key, held in value.items() if key != "type"), None)


# --- fields -----------------------------------------------------------------------------------


def text_field(
    name: str,
    label: str,
    value: str = "",
    *,
    hint: str = "",
    placeholder: str = "",
    optional: bool = False,
    lines: bool = False,
    most: int = 200,
    live: bool = False,
) -> Block:
    """Return a field to type into; a `live` one sends us each character."""
    element = PlainTextInputElement(
        action_id=name,
        initial_value=value or None,
        placeholder=placeholder or None,
        multiline=lines,
        max_length=most,
        dispatch_action_config=LIVE if live else None,
    )
    return input_field(name, label, element, hint, optional=optional, live=live)


def choice(
    name: str,
    label: str,
    options: Sequence[tuple[str, str]],
    value: str | None = None,
    *,
    hint: str = "",
    optional: bool = False,
    live: bool = False,
) -> Block:
    """Return a field to pick one (value, label) from. Raises Refusal if there are none."""
    if not options:
        raise WithoutExample(f"{label} There’s nothing to choose from yet.")
    made = [option(*one) for one in options[:MOST_OPTIONS]]
    chosen = next((one for one in made if one["value"] == value), None)
    if len(options) > MOST_OPTIONS:
        hint = f"The first {MOST_OPTIONS} of {len(options)}. For others, type the command. {hint}"
    groups = [made[at : at + OPTIONS] for at in range(0, len(made), OPTIONS)]
    element = StaticSelectElement(
        action_id=name,
        options=made if len(groups) == 1 else None,
        option_groups=[_group(one) for one in groups] if len(groups) > 1 else None,
        initial_option=chosen,
        placeholder="Choose",
    )
    return input_field(name, label, element, hint.strip(), optional=optional, live=live)


def radio(
    name: str,
    label: str,
    options: Sequence[tuple[str, str] | tuple[str, str, str]],
    value: str,
    *,
    hint: str = "",
) -> Block:
    """Return a field with radio buttons for a few (value, label), or (value, label, below it)."""
    made = [option(*one) for one in options]
    chosen = next((one for one in made if one["value"] == value), None)
    element = RadioButtonsElement(action_id=name, options=made, initial_option=chosen)
    return input_field(name, label, element, hint, optional=False)


def ticks(
    name: str, label: str, options: Sequence[tuple[str, str]], ticked: Sequence[str] = ()
) -> Block:
    """Return a field with a checkbox for each (value, label)."""
    made = [option(*one) for one in options]
    chosen = [one for one in made if one["value"] in ticked]
    element = CheckboxesElement(action_id=name, options=made, initial_options=chosen or None)
    return input_field(name, label, element, "", optional=True)


def person_field(
    name: str, label: str, user: str | None = None, *, hint: str = "", optional: bool = False
) -> Block:
    """Return a field to pick somebody in Slack."""
    element = UserSelectElement(action_id=name, initial_user=user, placeholder="Choose somebody")
    return input_field(name, label, element, hint, optional=optional)


def people_field(name: str, label: str, users: Sequence[str] = (), *, hint: str = "") -> Block:
    """Return a field to pick several people in Slack."""
    element = UserMultiSelectElement(
        action_id=name, initial_users=list(users) or None, placeholder="Choose people"
    )
    return input_field(name, label, element, hint, optional=False)


def channel_field(
    name: str, label: str, channel: str | None = None, *, hint: str = "", optional: bool = False
) -> Block:
    """Return a field to pick a channel, public or private."""
    element = ConversationSelectElement(
        action_id=name,
        initial_conversation=channel,
        placeholder="Choose a channel",
        filter=ConversationFilter(include=["public", "private"], exclude_bot_users=True),
    )
    return input_field(name, label, element, hint, optional=optional)


def day_field(
    name: str, label: str, day: str | None = None, *, hint: str = "", optional: bool = False
) -> Block:
    """Return a field to pick a date, as YYYY-MM-DD."""
    element = DatePickerElement(action_id=name, initial_date=day, placeholder="Choose a day")
    return input_field(name, label, element, hint, optional=optional)


def time_field(
    name: str, label: str, wall: str | None = None, *, hint: str = "", optional: bool = False
) -> Block:
    """Return a field to pick a wall-clock time, as HH:MM."""
    element = TimePickerElement(action_id=name, initial_time=wall, placeholder="Choose a time")
    return input_field(name, label, element, hint, optional=optional)


def input_field(
    name: str, label: str, element: Any, hint: str, *, optional: bool, live: bool = False
) -> Block:
    """Return an input block; a `live` one sends us each change."""
    return InputBlock(
        block_id=name,
        label=PlainTextObject(text=label),
        element=element,
        hint=PlainTextObject(text=hint) if hint else None,
        optional=optional,
        dispatch_action=live or None,
    )


def _group(options: list[dict[str, Any]]) -> dict[str, Any]:
    first, last = (str(options[at]["text"]["text"])[: OPTION // 2 - 2] for at in (0, -1))
    return {"label": {"type": "plain_text", "text": f"{first} – {last}"}, "options": options}


def option(value: str, says: str, below: str = "") -> dict[str, Any]:
    """Return an option, cut to the length that Slack accepts, with a line `below` its label."""
    # A plain dict: slack_sdk's model takes longer to check 100 options than Slack to show them.
    short = says if len(says) <= OPTION else f"{says[: OPTION - 1]}…"
    made = {"value": value, "text": {"type": "plain_text", "text": short, "emoji": True}}
    if below:
        made["description"] = {"type": "plain_text", "text": below}
    return made
