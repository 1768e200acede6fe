"""Forms: what they are made of, what somebody filled in, and all that was wrong with it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

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

from bot.blocks import TITLE
from scheduling.errors import Refusal

OPTIONS = 100  # in a select
OPTION = 75  # characters of an option
LIVE = DispatchActionConfig(trigger_actions_on=["on_character_entered"])
# Said instead of a form's answer when it takes longer than Slack waits.
WORKING = View(
    type="modal",
    title=PlainTextObject(text="On call"),
    blocks=[SectionBlock(text="One moment…")],
)


@dataclass(frozen=True, slots=True)
class Form:
    """A form: `name` says who reads it; `context` is remembered until it comes back."""

    name: str
    title: str
    blocks: Sequence[Block]
    submit: str = "Next"
    context: Mapping[str, Any] = field(default_factory=dict)

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
    """Several fields of a form are wrong; `fields` holds what is wrong with each."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("\n".join(fields.values()), next(iter(fields)))
        self.fields = fields


class Fields:
    """What somebody filled in. What is wrong is collected, so that all of it is told at once."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self._wrong: dict[str, str] = {}

    def __getitem__(self, name: str) -> Any:
        return self._values.get(name)

    def text(self, name: str) -> str:
        """Return what was typed, '' for nothing."""
        return str(self._values.get(name) or "").strip()

    @contextmanager
    def reading(self, name: str) -> Iterator[None]:
        """Take a Refusal as the complaint about a field."""
        try:
            yield
        except Refusal as refusal:
            self._wrong[name] = refusal.message

    def done(self) -> None:
        """Raise Wrong if anything was."""
        if self._wrong:
            raise Wrong(self._wrong)


def typed_into(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a view's or message's state by action id, in their plainest form."""
    return {action: _plain(value) for block in values.values() for action, value in block.items()}


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
    """Return a field to type into; a `live` one tells us each character."""
    element = PlainTextInputElement(
        action_id=name,
        initial_value=value or None,
        placeholder=placeholder or None,
        multiline=lines,
        max_length=most,
        dispatch_action_config=LIVE if live else None,
    )
    return _field(name, label, element, hint, optional=optional, live=live)


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
    """Return a field to pick one of (value, what it says) from. Raises Refusal if there is none."""
    if not options:
        raise Refusal(f"{label} There is nobody and nothing to choose from yet.")
    made = [_option(*one) for one in options[:OPTIONS]]
    chosen = next((one for one in made if one["value"] == value), None)
    element = StaticSelectElement(
        action_id=name, options=made, initial_option=chosen, placeholder="Choose"
    )
    return _field(name, label, element, hint, optional=optional, live=live)


def radio(
    name: str, label: str, options: Sequence[tuple[str, str]], value: str, *, hint: str = ""
) -> Block:
    """Return a field in which a few (value, what it says) stand below each other."""
    made = [_option(*one) for one in options]
    chosen = next((one for one in made if one["value"] == value), None)
    element = RadioButtonsElement(action_id=name, options=made, initial_option=chosen)
    return _field(name, label, element, hint, optional=False)


def ticks(
    name: str, label: str, options: Sequence[tuple[str, str]], ticked: Sequence[str] = ()
) -> Block:
    """Return a field of (value, what it says) to tick, or not."""
    made = [_option(*one) for one in options]
    chosen = [one for one in made if one["value"] in ticked]
    element = CheckboxesElement(action_id=name, options=made, initial_options=chosen or None)
    return _field(name, label, element, "", optional=True)


def person_field(
    name: str, label: str, user: str | None = None, *, hint: str = "", optional: bool = False
) -> Block:
    """Return a field to pick somebody in Slack."""
    element = UserSelectElement(action_id=name, initial_user=user, placeholder="Choose somebody")
    return _field(name, label, element, hint, optional=optional)


def people_field(name: str, label: str, users: Sequence[str] = (), *, hint: str = "") -> Block:
    """Return a field to pick several people in Slack."""
    element = UserMultiSelectElement(
        action_id=name, initial_users=list(users) or None, placeholder="Choose people"
    )
    return _field(name, label, element, hint, optional=False)


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
    return _field(name, label, element, hint, optional=optional)


def day_field(
    name: str, label: str, day: str | None = None, *, hint: str = "", optional: bool = False
) -> Block:
    """Return a field to pick a date, as YYYY-MM-DD."""
    element = DatePickerElement(action_id=name, initial_date=day, placeholder="Choose a day")
    return _field(name, label, element, hint, optional=optional)


def time_field(
    name: str, label: str, wall: str | None = None, *, hint: str = "", optional: bool = False
) -> Block:
    """Return a field to pick a wall-clock time, as HH:MM."""
    element = TimePickerElement(action_id=name, initial_time=wall, placeholder="Choose a time")
    return _field(name, label, element, hint, optional=optional)


def _field(
    name: str, label: str, element: Any, hint: str, *, optional: bool, live: bool = False
) -> Block:
    return InputBlock(
        block_id=name,
        label=PlainTextObject(text=label),
        element=element,
        hint=PlainTextObject(text=hint) if hint else None,
        optional=optional,
        dispatch_action=live or None,
    )


def _option(value: str, says: str) -> dict[str, Any]:
    # Plain: the model of an option takes longer to check a hundred of them than Slack to show them.
    short = says if len(says) <= OPTION else f"{says[: OPTION - 1]}…"
    return {"value": value, "text": {"type": "plain_text", "text": short, "emoji": True}}
