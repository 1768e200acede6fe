"""The table of a team's settings.

The command, the form, the list, a team's description, the team file and the audit log are made from
this table. A new setting is an entry here and a column of `teams`.
"""

import re
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from scheduling.changes import checks
from scheduling.errors import Refusal
from scheduling.rota import schedule
from scheduling.words.gsm import counted
from scheduling.words.lines import Line, number_of
from scheduling.words.mrkdwn import escaped
from scheduling.words.sms import (
    DEFAULT_TEXT,
    MOST_SEGMENTS_A_DAY,
    PLACEHOLDERS,
    sample_sms,
    unknown_placeholders,
)
from scheduling.words.times import Clock, wall_time
from scheduling.words.visible import quoted, visible_lines
from scheduling.words.wording import several
from storage.database import reading
from storage.models import CLOCKS, STRATEGIES, Member, Team
from storage.models import MOST_SEGMENTS as USUAL_LIMIT

MOST_WEEKS_AHEAD = 104
MOST_SEGMENTS = 3  # of a morning's SMS
LONGEST_TO_CONFIRM = 120  # minutes
FEWEST_SEGMENTS = 10
# Typed instead of a text to go back to the standard one.
_STANDARD = ("default", "standard", "none", "off", "reset")
_IN_BRIEF = {"circular": "rotates by one each week", "round_robin": "next person takes next shift"}
_ROTATIONS = {
    "circular": "Shift by one each week",
    "round_robin": "Next person takes next shift",
}

Words = Callable[[Any, Clock], str]
Asks = Literal["text", "lines", "time", "zone", "channel", "choice", "switch"]


class Field(NamedTuple):
    """How a form asks for a setting: its label, and help on filling it in.

    A choice has `options` of (value, label); a switch `says` what it turns on.
    """

    asks: Asks
    label: str
    hint: str = ""
    placeholder: str = ""
    optional: bool = False
    most: int = 60
    options: tuple[tuple[str, str], ...] = ()
    says: str = ""


class Setting(NamedTuple):
    """One setting: its `column` in `teams`, and its name for people.

    - `word`: typed after `settings`, and the name of its form field; '' if another command sets it.
    - `check`: returns a value as it is stored, or raises Refusal.
    - `parse`: reads what was typed.
    - `show`: returns a value as mrkdwn, on the team's clock; `audited` does so for the audit log;
      `brief` for the description of a team.
    - `file`: its key under [settings] in a team file, and the type of its value.
    """

    column: str
    called: str
    check: Callable[[Team, Any], Any]
    show: Words = lambda value, _: "none" if value is None else escaped(str(value))
    audited: Words | None = None
    brief: Words = lambda *_: ""
    parse: Callable[[str], Any] = lambda typed: typed
    word: str = ""
    field: Field | None = None
    examples: tuple[str, ...] = ()
    file: tuple[str, type] | None = None

    @property
    def asks(self) -> Asks | None:
        """How a form asks for it; None if no form does."""
        return self.field.asks if self.field else None

    def beside_another(self, value: Any, clock: Clock) -> str:
        """Return a value for the audit log, where the old and new one are side by side."""
        return (self.audited or self.show)(value, clock)


# --- what is typed ----------------------------------------------------------------------------


def _on_or_off(word: str) -> Callable[[str], bool]:
    def parse(typed: str) -> bool:
        if typed.lower() not in ("on", "off"):
            example = ("For example: ", Line(f"settings {word} off"), ".")
            raise Refusal("Write on or off.", word, suggest=example)
        return typed.lower() == "on"

    return parse


def _minutes(typed: str) -> int | None:
    """Return the minutes within which to confirm; None for off."""
    if typed.lower() in ("", "off", "none"):
        return None
    minutes = number_of(re.sub(r"\s*min(utes?)?$", "", typed.lower()))
    if minutes is None:
        raise Refusal(
            f"{quoted(typed)} isn’t a number of minutes.",
            "confirm",
            suggest=(
                "For example: ",
                Line("settings confirm 10"),
                ", or ",
                Line("settings confirm off"),
                ".",
            ),
        )
    return minutes


def _segments(typed: str) -> int:
    segments = number_of(typed)
    if segments is None:
        example = ("For example: ", Line("settings sms-cap 200"), ".")
        raise Refusal(f"{quoted(typed)} isn’t a number of segments.", "sms-cap", suggest=example)
    return segments


def _text(typed: str) -> str | None:
    return None if not typed or typed.lower() in _STANDARD else typed


# --- what is stored ---------------------------------------------------------------------------


def _strategy(_: Team, value: str) -> str:
    if value not in STRATEGIES:
        raise Refusal(
            f"I don’t know the rotation {quoted(value)}. Write `circular` (shift by one each week) "
            "or `round_robin` (next person takes next shift).",
            "strategy",
        )
    return value


def _clock(_: Team, value: str) -> str:
    if value not in CLOCKS:
        raise Refusal(
            f"{quoted(value)} isn’t a clock. Write 12, 24, or auto for what your time zone’s "
            "country uses.",
            "clock",
            suggest=("For example: ", Line("settings clock 24"), "."),
        )
    return value


def _weeks(_: Team, value: int) -> int:
    if not 1 <= value <= MOST_WEEKS_AHEAD:
        raise Refusal(
            f"I plan 1 to {MOST_WEEKS_AHEAD} weeks ahead, not {value}.",
            "weeks",
            suggest=("For example: ", Line("generate 12"), "."),
        )
    return value


def _time_to_confirm(_: Team, value: int | None) -> int | None:
    if value is not None and not 1 <= value <= LONGEST_TO_CONFIRM:
        raise Refusal(
            f"The time to confirm must be 1 to {LONGEST_TO_CONFIRM} minutes, or off, not {value}.",
            "confirm",
            suggest=("For example: ", Line("settings confirm 10"), "."),
        )
    return value


def _limit(_: Team, value: int) -> int:
    if not FEWEST_SEGMENTS <= value <= MOST_SEGMENTS_A_DAY:
        raise Refusal(
            f"The limit is {FEWEST_SEGMENTS} to {MOST_SEGMENTS_A_DAY} segments per 24 hours, not "
            f"{value}.",
            "sms-cap",
            suggest=("For example: ", Line("settings sms-cap 200"), "."),
        )
    return value


def check_text(team: Team, text: str | None) -> str | None:
    """Return the wording of the morning text, None for the standard one.

    Raises Refusal if it can't be sent.
    """
    if not text:
        return None
    text = visible_lines(text)
    unknown = unknown_placeholders(text)
    if unknown:
        known = ", ".join(f"`{{{name}}}`" for name in PLACEHOLDERS)
        wrong = ", ".join(quoted(one).strip("“”") for one in unknown)
        raise Refusal(f"I don’t know {wrong}. You can use {known}.", "sms_text")
    count = counted(sample(team, text))
    if count.segments > MOST_SEGMENTS:
        raise Refusal(
            f"That takes {count.segments} SMS segments each morning, and the limit is "
            f"{MOST_SEGMENTS}. Shorten it.",
            "sms_text",
        )
    return text


def sample(team: Team, text: str | None) -> str:
    """Return the morning text as the member with the longest name would get it."""
    with reading():
        names = [member.name for member in Member.of_team(team) if member.is_active]
    longest = max(names, key=len, default="Alice Doe")
    return sample_sms(longest, team.name, schedule.clock_of(team), text)


def _at(value: str, clock: Clock) -> str:
    return wall_time(schedule.wall_time(value), twelve=clock.twelve)


# --- the table --------------------------------------------------------------------------------


def _switch(
    word: str, column: str, called: str, label: str, says: str, *, on: str = "", off: str = ""
) -> Setting:
    """Return a setting that is on or off; `on` and `off` are its parts of a team's description.

    Its key in a team file is its word.
    """
    return Setting(
        column,
        called,
        lambda _, value: value,
        show=lambda value, _: "on" if value else "off",
        brief=lambda value, _: on if value else off,
        parse=_on_or_off(word),
        word=word,
        field=Field("switch", label, says=says),
        examples=("on" if on else "off",),
        file=(word.replace("-", "_"), bool),
    )


SETTINGS = (
    Setting(
        "name",
        "name",
        lambda _, value: checks.check_team_name(value),
        word="name",
        field=Field("text", "Name", most=40),
    ),
    Setting(
        "channel_id",
        "channel",
        lambda _, value: checks.check_channel(value) if value else None,
        show=lambda value, _: f"<#{value}>" if value else "none",
        brief=lambda value, _: f"<#{value}>" if value else "no channel",
        word="channel",
        field=Field("channel", "Channel", optional=True),
    ),
    Setting(
        "time_zone",
        "time zone",
        lambda _, value: checks.meant_zone(value),
        brief=lambda value, _: str(value),
        word="zone",
        field=Field(
            "zone",
            "Time zone",
            hint="Shifts keep their local times.",
        ),
        examples=("Europe/Berlin",),
    ),
    Setting(
        "clock",
        "clock",
        _clock,
        show=lambda value, _: f"{value}-hour" if value != "auto" else "automatic",
        parse=lambda typed: re.sub(r"\s*-?\s*h(ours?)?$", "", typed.lower()),
        word="clock",
        field=Field(
            "choice",
            "Clock",
            options=(
                ("auto", "Automatic, by the time zone’s country"),
                ("12", "12-hour, like 8:00 AM"),
                ("24", "24-hour, like 08:00"),
            ),
        ),
        examples=("24",),
        file=("clock", str),
    ),
    Setting(
        "notify_at",
        "notify time",
        lambda _, value: checks.check_notify_at(value),
        show=_at,
        brief=lambda value, clock: f"texts at {_at(value, clock)}",
        word="notify",
        field=Field("time", "Daily text at"),
        examples=("7:30 AM",),
    ),
    Setting(
        "sms_text",
        "morning text",
        check_text,
        show=lambda value, _: f"“{escaped(value)}”" if value else "the standard one",
        parse=_text,
        word="sms",
        field=Field(
            "lines",
            "Morning text",
            hint="Leave empty for the standard text. You can use "
            + ", ".join(f"{{{name}}}" for name in PLACEHOLDERS),
            placeholder=DEFAULT_TEXT,
            optional=True,
            most=480,
        ),
        examples=("Hi {first}, you are on call until {until}.", "default"),
        file=("sms", str),
    ),
    _switch(
        "second-day",
        "second_day_sms",
        "second-day text",
        "Long shifts",
        "Text on their later days, too (“day 2 of 2”)",
        off="no texts on a shift’s later days",
    ),
    Setting(
        "confirm_within",
        "time to confirm",
        _time_to_confirm,
        show=lambda value, _: f"{value} min" if value else "off",
        brief=lambda value, _: f"confirm within {value} min" if value else "",
        parse=_minutes,
        word="confirm",
        field=Field(
            "text",
            "Minutes to confirm",
            placeholder="10",
            hint="Leave empty to skip. Otherwise, no OK in this time triggers the second phone, "
            "Slack and escalation.",
            optional=True,
            most=10,
        ),
        examples=("10",),
        file=("confirm", int),
    ),
    _switch(
        "summary",
        "weekly_summary",
        "weekly summary",
        "Mondays",
        "Post the week’s list, and text it to the escalation contacts",
        on="weekly summary Mondays",
    ),
    Setting(
        "most_segments",
        "text limit",
        _limit,
        show=lambda value, _: f"{value} segments per 24 hours",
        audited=lambda value, _: str(value),
        parse=_segments,
        word="sms-cap",
        field=Field(
            "text",
            "Text limit",
            hint="At most this many SMS segments per 24 hours. After that I use Slack. Only those "
            f"who lead every team can raise it above {USUAL_LIMIT}.",
            most=10,
        ),
        examples=("200",),
        file=("sms_cap", int),
    ),
    Setting(
        "strategy",
        "rotation",
        _strategy,
        show=lambda value, _: _ROTATIONS[value].lower(),
        brief=lambda value, _: _IN_BRIEF[value],
        parse=str.lower,
        word="strategy",
        field=Field("choice", "Rotation", options=tuple(_ROTATIONS.items())),
    ),
    Setting(
        "weeks_ahead",
        "weeks planned ahead",
        _weeks,
        brief=lambda value, _: f"planned {several(value, 'week')} ahead",
        file=("weeks_ahead", int),
    ),
)
BY_COLUMN = {one.column: one for one in SETTINGS}
BY_WORD = {one.word: one for one in SETTINGS if one.word}


def described(team: Team) -> str:
    """Return a team's settings in a line of mrkdwn."""
    clock = schedule.clock_of(team)
    said = (one.brief(getattr(team, one.column), clock) for one in SETTINGS)
    return ", ".join(filter(None, said))
