"""/oncall settings: a team's settings, by command and by form, from the table of settings."""

from collections.abc import Callable
from typing import Any

from slack_sdk.models.blocks import Block

from bot.slack import previews, when
from bot.slack.blocks import section
from bot.slack.command import Answer, OutcomeText, Section, form, subcommand, words_for
from bot.slack.features import notify_time
from bot.slack.forms import (
    Fields,
    Form,
    channel_field,
    choice,
    held,
    text_field,
    ticks,
    time_field,
)
from bot.slack.reading import enter, read_channel
from bot.slack.request import Request
from bot.slack.typed import COMMAND
from bot.slack.zone_field import zone_field
from scheduling.changes.settings import BY_COLUMN, BY_WORD, Asks, Field, Setting, sample
from scheduling.changes.teams import ChangeSettings, SettingsChanged
from scheduling.errors import NothingToDo, Refusal
from scheduling.rota import schedule
from scheduling.words.gsm import counted
from scheduling.words.mrkdwn import escaped
from scheduling.words.sms import unknown_placeholders
from scheduling.words.wording import joined, several
from storage.models import Team

# Typed instead of a channel, and the form's checkbox for the same: the team has no channel.
_NO_CHANNEL, _LEAVES_CHANNEL = ("none", "off"), "no-channel"
EXAMPLES = tuple(f"settings {one.word} {said}" for one in BY_WORD.values() for said in one.examples)
SET = "settings notify 7:30 AM"


@subcommand(
    "settings",
    Section.SETTING_UP,
    takes="[WHAT VALUE]",
    does="name, channel, time zone, notify time, rotation, text and limits",
    examples=("settings", *EXAMPLES),
    for_leads=True,
)
def settings(request: Request) -> Answer:
    """Open the form with the settings, or change one: 'zone Europe/Berlin'."""
    if not request.words:
        team = request.team
        return settings_form(team, {word: _begins(team, one) for word, one in BY_WORD.items()})
    word, *rest = request.words
    setting = BY_WORD.get(word.lower())
    if setting is None or not rest:
        raise Refusal(
            f"Say which setting and its new value. The settings are {joined(list(BY_WORD))}. For "
            f"example: `{COMMAND} {SET}`, or `{COMMAND} settings` for all of them."
        )
    value = _typed(request, setting, " ".join(rest))
    return previews.ask(request, ChangeSettings({setting.column: value}))


def _typed(request: Request, setting: Setting, text: str) -> Any:
    """Return the value typed for a setting."""
    if setting.asks == "channel":
        return None if text.lower() in _NO_CHANNEL else read_channel(request, text)
    return f"{when.wall_time(text):%H:%M}" if setting.asks == "time" else setting.parse(text)


# --- the form ---------------------------------------------------------------------------------


def _begins(team: Team, setting: Setting) -> Any:
    """Return the initial value of a setting's field."""
    value = getattr(team, setting.column)
    if setting.asks == "switch":
        return ["yes"] if value else []
    return str(value or "") if setting.asks in ("text", "lines") else value


def _text(_: Team, word: str, field: Field, values: dict[str, Any]) -> list[Block]:
    lines = field.asks == "lines"
    return [
        text_field(
            word,
            field.label,
            values[word] or "",
            hint=field.hint,
            placeholder=field.placeholder,
            optional=field.optional,
            lines=lines,
            most=field.most,
            live=lines,
        )
    ]


def _lines(team: Team, word: str, field: Field, values: dict[str, Any]) -> list[Block]:
    """Return the field for a text, and its size as it is typed."""
    return [
        *_text(team, word, field, values),
        section(_counted(team, values[word] or None)),
    ]


def _time(_: Team, word: str, field: Field, values: dict[str, Any]) -> list[Block]:
    return [time_field(word, field.label, values[word])]


def _zone(_: Team, __: str, field: Field, values: dict[str, Any]) -> list[Block]:
    return [zone_field(field.label, values["zone"], hint=field.hint)]


def _choice(_: Team, word: str, field: Field, values: dict[str, Any]) -> list[Block]:
    return [choice(word, field.label, field.options, values[word])]


def _switch(_: Team, word: str, field: Field, values: dict[str, Any]) -> list[Block]:
    return [ticks(word, field.label, [("yes", field.says)], values[word] or [])]


def _channel(team: Team, word: str, field: Field, values: dict[str, Any]) -> list[Block]:
    """Return the field with the team's channel, and the checkbox for no channel.

    To somebody who isn't in that channel, Slack may show the field empty, and submit it empty.
    """
    if not team.channel_id:
        return [channel_field(word, field.label, values[word], optional=True)]
    hint = "Leave empty to keep it as it is."
    return [
        channel_field(word, field.label, values[word], hint=hint, optional=True),
        ticks(
            _LEAVES_CHANNEL,
            "No channel",
            [("yes", "Remove the channel: nothing gets posted for this team")],
            values.get(_LEAVES_CHANNEL) or [],
        ),
    ]


# What renders each kind of field.
FIELDS: dict[Asks, Callable[[Team, str, Field, dict[str, Any]], list[Block]]] = {
    "text": _text,
    "lines": _lines,
    "time": _time,
    "zone": _zone,
    "choice": _choice,
    "switch": _switch,
    "channel": _channel,
}


def settings_form(team: Team, values: dict[str, Any], known: dict[str, Any] | None = None) -> Form:
    """Return the form with a team's settings.

    `values` are as filled in so far; `known` is what the form showed when it was opened, if
    that's different.
    """
    blocks = [
        block
        for one in BY_WORD.values()
        if one.field
        for block in FIELDS[one.field.asks](team, one.word, one.field, values)
    ]
    return Form(
        "settings", "Team settings", blocks, submit="Next", context={"known": known or values}
    )


def settings_changed(request: Request) -> Form:
    """Return the form, with the size of the text as typed so far."""
    typed = {name: request.values.get(name) for name in (*BY_WORD, _LEAVES_CHANNEL)}
    return settings_form(request.team, typed, held(request.context["known"], dict))


def _counted(team: Team, text: str | None) -> str:
    """Return a sample of the text, its characters and segments, and what makes it expensive."""
    unknown = unknown_placeholders(text or "")
    if unknown:
        return f":warning: I don’t know {escaped(', '.join(unknown))}."
    example = sample(team, text)
    count = counted(example)
    said = f"{several(count.characters, 'character')}, {several(count.segments, 'SMS segment')}"
    if count.foreign:
        signs = " ".join(count.foreign[:10])
        said += f". With {escaped(signs)}, a segment holds 70 characters instead of 160"
    return f"For example: “{escaped(example)}”\n*{said}.*"


@form("settings", changed=settings_changed, for_leads=True)
def settings_filled_in(request: Request) -> Answer:
    """Change only what was changed in the form: others may have changed the rest meanwhile."""
    fields, team = Fields(request.values), request.team
    known = held(request.context["known"], dict)
    wanted = {}
    for word, setting in BY_WORD.items():
        with fields.reading(word):
            # An old value that would be refused today doesn't keep people from changing others.
            given = _given(request, fields, setting, known)
            if (given or None) != (known.get(word) or None):
                wanted[setting.column] = setting.check(team, _read(fields, setting, given))
    fields.done()
    if not wanted:
        raise NothingToDo(f"{team.name} is already set that way.")
    return previews.ask(request, ChangeSettings(wanted))


def _given(request: Request, fields: Fields, setting: Setting, known: dict[str, Any]) -> Any:
    """Return a setting's value in the form, in the same shape as its initial value."""
    if setting.asks == "channel":
        return _chosen_channel(request, fields, setting.word, known)
    return fields[setting.word]


def _read(fields: Fields, setting: Setting, given: Any) -> Any:
    """Return a setting's value, read from the form."""
    if setting.asks == "switch":
        return bool(given)
    if setting.asks in ("text", "lines", "zone"):
        return setting.parse(fields.text(setting.word))
    return given


def _chosen_channel(
    request: Request, fields: Fields, word: str, known: dict[str, Any]
) -> str | None:
    """Return the channel in the form; an empty picker leaves it as it is."""
    chosen, before = fields[word], known.get(word)
    leaves = bool(fields[_LEAVES_CHANNEL])
    if leaves and chosen and chosen != before:
        raise Refusal("Choose another channel, or tick “No channel”, but not both.")
    if chosen and not leaves and chosen != request.team.channel_id:
        enter(request, chosen)
    return None if leaves else chosen or before


@words_for(ChangeSettings)
def _set(_: Team, done: SettingsChanged) -> OutcomeText:
    clock = schedule.clock_of(done.team)
    said = "\n".join(
        f"• {one.called}: {one.show(getattr(done.team, one.column), clock)}"
        for one in (BY_COLUMN[column] for column in done.changed)
    )
    if "notify_at" in done.changed and (warned := notify_time.warning(done.team)):
        said += f"\n{warned}"
    return OutcomeText(
        f"Settings of *{escaped(done.team.name)}* changed:\n{said}",
        f"`{COMMAND} undo` undoes it.",
        echo=said,
    )
